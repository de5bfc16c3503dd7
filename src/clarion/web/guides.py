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


def guide(name: str, where: Where) -> Guide | None:
    """The page of this name; None where there is none, as for networks of other packages.

    ``where`` gives the address of another page, by its name.
    """
    path = FOLDER / f"{name}.md"
    if path.parent != FOLDER or not path.is_file():
        return None

    def leads(link: str) -> str:
        page, _hash, _part = link.partition("#")
        beside = page.removesuffix(".md")
        return where(beside) if "/" not in page and (FOLDER / f"{beside}.md").is_file() else ""

    top, *parts = path.read_text(encoding="utf-8").split("\n## ")
    title, _line, opening = top.partition("\n")
    sections = tuple(
        Section(words_of(head), html_of(body, leads)) for head, _line, body in (part.partition("\n") for part in parts)
    )
    return Guide(name, words_of(title.removeprefix("# ")), html_of(opening, leads), sections)
