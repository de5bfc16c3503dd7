"""A content as readers of one channel get its words: people by their names there, links short where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from clarion.channels.models import Channel
from clarion.networks.text import links
from clarion.posts.content import LINKS, Content
from clarion.posts.models.link import LENGTH, SPOKEN, Link, links_of, prefix, spoken_options
from clarion.posts.models.mention import MARK, Person


@dataclass(frozen=True)
class Unnamed:
    """A mention that goes out as a plain name. ``is_known``: the workspace knows the person, and no name there."""

    name: str
    is_known: bool


class Speech:
    """What a workspace says in place of marks and links. Asks once about people, and once a post about links.

    ``foresees``: a link that has no short address yet gets one that only shows how long it will be.
    """

    def __init__(self, workspace: Any, *, foresees: bool = False) -> None:
        self._workspace = workspace
        self._foresees = foresees
        self._people: dict[str, Person] = {}
        self._asked: set[str] = set()
        self._fixed: dict[str, dict[tuple[Any, str], str]] = {}

    def of(self, content: Content, channel: Channel) -> Content:
        """The same content when there is nothing to say otherwise."""
        names, shortens = set(_names(content, channel)), bool(content.options.get(LINKS))
        if not names and not shortens and not _has_marks(content):
            return content
        people, addresses = self._known(names), self._addresses(content, channel) if shortens else {}

        def said(text: str) -> str:
            text = _with_addresses(text, addresses) if addresses else text
            return MARK.sub(lambda found: self._called(found[1], people, channel), text) if names else text

        parts = (
            replace(part, text=said(part.text), shots=tuple(replace(shot, alt=_bare(shot.alt)) for shot in part.shots))
            for part in content.parts
        )
        return replace(content, parts=tuple(parts), options=_options(content, channel, said))

    def unnamed(self, content: Content, channel: Channel) -> list[Unnamed]:
        """Who is mentioned and goes out as a plain name on the channel."""
        names = dict.fromkeys(_names(content, channel))
        people = self._known(set(names))
        found = ((name, people.get(name.casefold())) for name in names)
        return [Unnamed(name, one is not None) for name, one in found if one is None or not one.handle_on(channel)]

    def unfixed(self, content: Content, channel: Channel) -> int:
        """How many links get their short address when the post is kept."""
        if not content.options.get(LINKS):
            return 0
        known = self._of_post(content.post)
        return sum((channel.pk, url) not in known for url in links_of(content, channel))

    def _known(self, names: set[str]) -> dict[str, Person]:
        new = {name for name in names if name not in self._asked}
        if new:
            self._people |= Person.objects.named(self._workspace, new)
            self._asked |= new
        return self._people

    def _called(self, name: str, people: dict[str, Person], channel: Channel) -> str:
        known = people.get(name.casefold())
        return (known.handle_on(channel) if known else "") or name

    def _addresses(self, content: Content, channel: Channel) -> dict[str, str]:
        known, foreseen = self._of_post(content.post), f"{prefix()}{'z' * LENGTH}" if self._foresees else ""
        found = {url: known.get((channel.pk, url), foreseen) for url in links_of(content, channel)}
        return {url: address for url, address in found.items() if address}

    def _of_post(self, post: str) -> dict[tuple[Any, str], str]:
        if post not in self._fixed:
            self._fixed[post] = Link.objects.addresses(post) if post else {}
        return self._fixed[post]


def _names(content: Content, channel: Channel) -> Iterator[str]:
    for text in [*(part.text for part in content.parts), *spoken_options(content, channel)]:
        if "@[" in text:
            yield from MARK.findall(text)


def _has_marks(content: Content) -> bool:
    """Anywhere: also where nobody can be mentioned, such as a description or an answer of a poll."""
    alts = (shot.alt for part in content.parts for shot in part.shots)
    return any("@[" in text for text in (*alts, str(content.options)))


def _bare(value: Any) -> Any:
    """With plain names in place of marks."""
    if isinstance(value, str):
        return MARK.sub(r"\1", value)
    if isinstance(value, Mapping):
        return {name: _bare(one) for name, one in value.items()}
    return [_bare(one) for one in value] if isinstance(value, list) else value


def _options(content: Content, channel: Channel, said: Callable[[str], str]) -> dict[str, Any]:
    spoken = {option.name for option in channel.kind.options if option.kind in SPOKEN}
    return {
        name: said(value) if name in spoken and isinstance(value, str) else _bare(value)
        for name, value in content.options.items()
    }


def _with_addresses(text: str, addresses: dict[str, str]) -> str:
    made, at = [], 0
    for start, end in links(text):
        made += [text[at:start], addresses.get(text[start:end], text[start:end])]
        at = end
    return "".join([*made, text[at:]])
