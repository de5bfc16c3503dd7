"""Rows of a table as posts: each is checked as scheduling would check it, and what is wrong is said cell by cell.

Pages and the command line ask the same questions here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.columns import named, several, words, written
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Advice, Blackout, Gated, HouseRule, Level, Media, Rights, RightsEnded
from clarion.posts.models.house_rule import House
from clarion.posts.models.media import BadMedia
from clarion.posts.models.post import drafted
from clarion.posts.sheets import Line, letter
from clarion.posts.when import BadTime, parse


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a cell. ``column`` counts from 0; None is the whole row. ``field`` is what it should be."""

    column: int | None
    field: str
    sentence: str


@dataclass(frozen=True)
class Row:
    """A checked row. ``at`` is None for a draft without a time. With ``wrongs`` it must not be written."""

    number: int
    at: datetime | None
    content: Content
    channels: tuple[Channel, ...]
    labels: tuple[str, ...]
    key: str
    wrongs: tuple[Wrong, ...] = ()


class Checker:
    """Checks the rows of one table, in their order.

    ``columns`` names a field for each column. ``channels`` are those of rows that name none. ``find`` gives a file by
    the name or the address in a cell with its description, and raises ``BadMedia``. ``drafts``: nothing is scheduled,
    so a row needs no time, and gates do not stop it. ``sha256`` of the file makes keys for rows that have none.
    """

    def __init__(
        self, place: Workspace, *, columns: Sequence[str], now: datetime, sha256: str,
        find: Callable[[str, str], Shot], order: str = "", channels: Sequence[Channel] = (), drafts: bool = False,
        formulas: Iterable[str] = (),
    ) -> None:  # fmt: skip
        self.place, self.now, self.drafts, self._sha256, self._order = place, now, drafts, sha256, order
        self._width, self._at_column, self._find = len(columns), named(columns), find
        self._given, self._formulas = tuple(channels), frozenset(formulas)
        self._channels: dict[str, Channel | str] = {}
        self._known: list[Channel] | None = None
        self._advice = None if drafts else Advice.objects.for_workspace(place)
        self._house = None if drafts else HouseRule.objects.house(place)
        today = now.astimezone(place.tz).date()
        blocks = Blackout.objects.filter(workspace=place, level=Level.BLOCK, until_day__gte=today)
        self._blocks = [] if drafts else list(blocks.select_related("workspace").prefetch_related("channels"))
        self._keys: dict[str, int] = {}

    def remember(self, keys: Mapping[str, int]) -> None:
        """Keys of rows that were checked before, by a run that broke off."""
        self._keys.update(keys)

    def row(self, line: Line) -> Row:
        wrongs: list[Wrong] = []

        def say(field: str, sentence: str) -> None:
            wrongs.append(Wrong(self._at_column.get(field), field, sentence))

        if line.wrong:
            say("row", line.wrong)
        if any(line.cells[self._width :]):
            say("row", _("It has more cells than there are columns (%(n)d). Quote the text.") % {"n": self._width})
        for field, column in self._at_column.items():
            if f"{letter(column)}{line.number}" in self._formulas:
                say(field, _("It is a formula without a result. Put the result itself into the cell."))
        cell = {
            field: line.cells[column].strip() if column < len(line.cells) else ""
            for field, column in self._at_column.items()
        }
        at = self._time(cell.get("at", ""), say)
        channels = self._channels_of(cell, say)
        content = self._content(cell, say)
        key = cell.get("key", "")[:200] or f"{self._sha256[:24]}:{line.number}"
        if key in self._keys:
            say("key", _("Row %(row)d has the same key “%(key)s”.") % {"row": self._keys[key], "key": key})
        self._keys.setdefault(key, line.number)
        if not wrongs:
            self._refuse(content, channels, at, say)
        labels = tuple(words(cell.get("labels", "")))
        return Row(line.number, at, content, channels, labels, key, tuple(wrongs))

    def _time(self, text: str, say: Callable[[str, str], None]) -> datetime | None:
        if self.drafts and not text:
            return None
        if not text:
            say("at", _("No time is given."))
            return None
        try:
            return parse(written(text, order=self._order), zone=self.place.tz, now=self.now)
        except BadTime as error:
            say("at", str(error))
            return None

    def _channels_of(self, cell: Mapping[str, str], say: Callable[[str, str], None]) -> tuple[Channel, ...]:
        names = several(cell.get("channel", ""))
        if not names and not self._given and not self.drafts:
            say("channel", _("No channel is named."))
        found = [] if names else list(self._given)
        for name in names:
            channel = self._channel(name)
            if isinstance(channel, str):
                say("channel", channel)
            elif channel not in found:
                found.append(channel)
        return tuple(found)

    def _channel(self, name: str) -> Channel | str:
        """The channel, or why there is none: by id, handle, name, or by its network when it is the only one there."""
        if name not in self._channels:
            if self._known is None:
                self._known = list(Channel.objects.for_posts().filter(workspace=self.place).select_related("workspace"))
            self._channels[name] = _found(name, self._known)
        return self._channels[name]

    def _content(self, cell: Mapping[str, str], say: Callable[[str, str], None]) -> Content:
        text, link = cell.get("text", ""), cell.get("link", "")
        if link and link not in text:
            text = f"{text}\n\n{link}" if text else link
        names, alts = several(cell.get("media", "")), cell.get("alt", "")
        said = [alts] if len(names) == 1 else [one.strip() for one in alts.replace("||", ";").split(";")]
        shots = []
        for number, name in enumerate(names):
            try:
                shots.append(self._find(name, said[number] if number < len(said) else ""))
            except BadMedia as error:
                say("media", str(error))
        if not self.drafts and missing_alt(shots, place=self.place):
            say("alt", _("This workspace asks for a description of each picture."))
        if self.drafts and not text and not shots:
            say("text", _("There is nothing to say."))
        title = cell.get("title", "")
        return Content((Words(text, tuple(shots)),), {"title": title} if title else {})

    def _refuse(
        self, content: Content, channels: tuple[Channel, ...], at: datetime | None, say: Callable[[str, str], None]
    ) -> None:
        for sentence in stops(content, channels=channels, advice=self._advice, house=self._house):
            say("text", sentence)
        if at is not None and (closed := blocked(self._blocks, channels=channels, at=at)) is not None:
            say("at", closed.sentence)
        if at is not None and not self.drafts and (ended := without_rights(content, place=self.place, at=at)):
            say("media", ended)


def without_rights(content: Content, *, place: Workspace, at: datetime) -> str:
    """Empty, or which file may not be used any more then."""
    try:
        Rights.objects.refuse(content.media_ids, at=at, workspace=place)
    except RightsEnded as ended:
        return str(ended)
    return ""


def blocked(blocks: Iterable[Blackout], *, channels: Iterable[Channel], at: datetime) -> Blackout | None:
    """The blackout, of those given, in which nothing may go out then on one of the channels."""
    mine = {channel.pk for channel in channels}
    for one in blocks:
        if one.holds(at, zone=one.workspace.tz) and (not one.channel_ids or one.channel_ids & mine):
            return one
    return None


def _found(name: str, known: Sequence[Channel]) -> Channel | str:
    plain = name.casefold()
    for field in ("pk", "handle", "name", "network"):
        found = [one for one in known if str(getattr(one, field)).casefold() == plain]
        if not found and field == "handle":
            found = [one for one in known if one.handle.lstrip("@").casefold() == plain.lstrip("@")]
        if len(found) == 1:
            return found[0]
        if found:
            return _("More than one channel is called “%(name)s”. Write its handle: %(known)s.") % {
                "name": name, "known": ", ".join(one.handle for one in found[:20])
            }  # fmt: skip
    if not known:
        return _("There is no channel “%(name)s”. None is connected yet.") % {"name": name[:80]}
    there = ", ".join(one.handle for one in known[:20])
    return _("There is no channel “%(name)s” here. There are: %(known)s.") % {"name": name[:80], "known": there}


def stops(content: Content, *, channels: Sequence[Channel], advice: Advice | None, house: House | None) -> list[str]:
    """Why the content cannot go out on these channels: sentences, each with the channel's name.

    ``advice`` and ``house``: the workspace's, whose gates and rules stop it as well; None for a draft, which may still
    be mended.
    """
    found = []
    try:
        if advice is not None:
            advice.refuse(content)
        if house is not None and advice is not None:
            house.refuse(content, workspace=advice.workspace)
    except Gated as gated:
        found.append(str(gated))
    for channel in channels:
        for problem in channel.problems(drafted(content, channel=channel)):
            if problem.level == "stop":
                found.append(f"{channel.handle}: {problem.sentence}")
    return found


def missing_alt(shots: Iterable[Shot], *, place: Workspace) -> bool:
    bare = [shot.media for shot in shots if not shot.alt.strip()]
    return bool(bare) and place.alt_text_required and Media.objects.filter(pk__in=bare).seen().exists()


NOW = "now"


def as_json(row: Row, *, now: datetime) -> dict[str, Any]:
    """A good row, as it is kept until it is written. What is due ``now`` is due when it is written."""
    return {
        "at": NOW if row.at == now else row.at.isoformat() if row.at else None,
        "content": row.content.as_json(), "key": row.key,
        "channels": [str(one.pk) for one in row.channels], "labels": list(row.labels),
    }  # fmt: skip
