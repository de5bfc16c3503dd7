"""The pages about networks (``docs/networks``), read inside the product: how to connect, what works, what does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.utils.safestring import SafeString

from .prose import Where, html_of, words_of

FOLDER = Path(__file__).parent / "guides"
"""In a checkout a link to where people write them; a wheel carries the pages themselves."""
NOT_SERVED = "not-now"
"""The page that says which networks are not served, and why."""
_STEPS = "Connect"


@dataclass(frozen=True)
class Section:
    title: str
    html: SafeString

    @property
    def is_steps(self) -> bool:
        """Whether it tells how to connect."""
        return self.title.startswith(_STEPS)

    @property
    def way(self) -> str:
        """Of several ways to connect, which one; empty where there is one."""
        return self.title.removeprefix(_STEPS).strip()


@dataclass(frozen=True)
class Guide:
    """One page. It is written in English, whatever language the reader's pages have."""

    name: str
    title: str
    opening: SafeString
    sections: tuple[Section, ...]

    @property
    def steps(self) -> list[Section]:
        return [section for section in self.sections if section.is_steps]


def exists(name: str) -> bool:
    """Whether there is such a page, as there is none for networks of other packages."""
    return _path(name).parent == FOLDER and _path(name).is_file()


def _path(name: str) -> Path:
    return FOLDER / f"{name}.md"


def guide(name: str, where: Where) -> Guide | None:
    """The page of this name; None where there is none.

    ``where`` gives the address of another page, by its name.
    """
    if not exists(name):
        return None

    def leads(link: str) -> str:
        page, _hash, _part = link.partition("#")
        beside = page.removesuffix(".md")
        return where(beside) if page.endswith(".md") and exists(beside) else ""

    top, *parts = _path(name).read_text(encoding="utf-8").split("\n## ")
    title, _line, opening = top.partition("\n")
    sections = tuple(
        Section(words_of(head), html_of(body, leads)) for head, _line, body in (part.partition("\n") for part in parts)
    )
    return Guide(name, words_of(title.removeprefix("# ")), html_of(opening, leads), sections)
