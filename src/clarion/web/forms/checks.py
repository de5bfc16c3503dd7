"""Before it goes out: every rule of every chosen channel over one composition, by the same code as before sending."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.files.store import StoreGone
from clarion.networks.base import Draft, Price, Problem
from clarion.organisations.models import Workspace
from clarion.posts.content import Content
from clarion.posts.fitting import fitted
from clarion.posts.models import Media, Post, Rights
from clarion.posts.when import BadTime
from clarion.web.forms.composition import ALL, Composition, declared, in_words

SHOWN = 4_000
"""So many characters of a part are shown in a preview."""

LEFT_OUT = ("text", "lines", "address", "tags", "poll")
"""Kinds of options that say something: where a network has not such a one, it is told."""


@dataclass(frozen=True)
class Count:
    """How long one part is on one channel, as its network counts."""

    part: int
    count: int
    limit: int

    @property
    def over(self) -> int:
        return max(self.count - self.limit, 0)

    @property
    def is_near(self) -> bool:
        return not self.over and self.count > self.limit * 0.9


@dataclass(frozen=True)
class Preview:
    """One part as it will look: its text (the beginning of a very long one) and its files."""

    text: str
    rest: int
    files: tuple[tuple[Media, str], ...]


@dataclass(frozen=True)
class ChannelCheck:
    """One channel: counts of its parts, what stops it, what it will show. ``panel`` is where its words are written."""

    channel: Channel
    panel: str
    counts: tuple[Count, ...]
    problems: tuple[Problem, ...]
    parts: tuple[Preview, ...]
    shown: tuple[tuple[str, str], ...]
    changed: tuple[str, ...] = ()
    """What happens to its pictures before they go out."""
    price: Price | None = None
    away: str = ""
    """Why its pictures could not be looked at; empty when all is well."""

    @property
    def stops(self) -> list[str]:
        return [problem.sentence for problem in self.problems if problem.level == "stop"]

    @property
    def worst(self) -> Count:
        """The count of the part that is nearest to, or furthest over, its limit."""
        return max(self.counts, key=lambda one: one.count / one.limit)


@dataclass(frozen=True)
class Note:
    """One line of the list. ``stops``: it cannot be scheduled like this."""

    hue: str
    icon: str
    sentence: str
    about: str = ""
    stops: bool = False

    @property
    def whole(self) -> str:
        """With whom it is about, where the page has no other place for that."""
        if not self.about:
            return self.sentence
        return _("%(channel)s: %(sentence)s") % {"channel": self.about, "sentence": self.sentence}


@dataclass(frozen=True)
class Checks:
    channels: tuple[ChannelCheck, ...]
    notes: tuple[Note, ...]
    when: str = ""
    """What the clock on the wall does oddly at the chosen time; empty most of the year."""
    twice: bool = False
    """The chosen local time happens twice."""

    @property
    def stops(self) -> list[str]:
        return [note.whole for note in self.notes if note.stops]

    @property
    def open(self) -> int:
        """How many lines ask for a look."""
        return sum(note.hue != "done" for note in self.notes)


def checked(
    composition: Composition, *, workspace: Workspace, channels: Sequence[Channel], post: Post | None, now: datetime,
    at_once: bool = False,
) -> Checks:  # fmt: skip
    """Checks a composition for the chosen ``channels``. ``at_once``: now, whatever time stands there."""
    rows = _media(composition, workspace)
    found = tuple(_of_channel(channel, composition, rows) for channel in channels)
    notes: list[Note] = []
    if not channels:
        notes.append(Note("unsure", "radio-tower", _("No channel is chosen yet."), stops=True))
    if _is_blank(composition, channels):
        # Nobody is reproached for an empty page.
        notes.append(Note("draft", "pen-line", _("Nothing is written yet."), stops=True))
        return Checks(found, tuple(notes))
    for one in found:
        notes += [_problem(one.channel, problem) for problem in one.problems]
        notes += _besides(one)
        notes += _left_out(one.channel, composition.said_on(one.channel), channels)
        if one.channel.needs_sign_in:
            notes.append(
                Note(
                    "unsure",
                    "unplug",
                    _("needs a sign-in first: it waits there until somebody signs in."),
                    one.channel.handle,
                )
            )
    notes += _descriptions(composition, rows, required=workspace.alt_text_required)
    at, when, twice = now, "", False
    if not at_once:
        try:
            due = composition.due(zone=workspace.tz, now=now)
            at, when, twice = due.at, due.note, bool(due.note) and _happens_twice(composition, due.at, workspace)
        except BadTime as error:
            notes.append(Note("wrong", "clock-alert", str(error), stops=True))
        if when:
            notes.append(Note("unsure", "clock-alert", when))
    if composition.late == "send" and composition.late_number is None:
        notes.append(
            Note("wrong", "timer-off", _("Say in how many minutes it may still go out late: 1 to 10080."), stops=True)
        )
    if media := [pk for content in composition.contents for pk in content.media_ids]:
        notes += _rights(media, at=at, workspace=workspace)
    twins = _twins(composition, channels, at=at, post=post, zone=workspace.tz)
    notes += twins
    if channels and not any(note.stops for note in notes):
        fits = ngettext("It fits the channel.", "It fits all %(n)d channels.", len(channels)) % {"n": len(channels)}
        notes.append(Note("done", "circle-check", fits))
        if not twins:
            notes.append(Note("done", "circle-check", _("Nothing like it within a day.")))
    return Checks(found, tuple(sorted(notes, key=lambda note: (not note.stops, note.hue == "done"))), when, twice)


def _is_blank(composition: Composition, channels: Sequence[Channel]) -> bool:
    said = [composition.said_on(channel) for channel in channels]
    return bool(said) and not any(part.text.strip() or part.shots for one in said for part in one.parts)


def _of_channel(channel: Channel, composition: Composition, rows: dict[str, Media]) -> ChannelCheck:
    said = composition.said_on(channel)
    rules, away = channel.rules, ""
    try:
        fit = fitted(said, channel=channel)
    except StoreGone as gone:
        fit, away = fitted(said, channel=channel, make=False), gone.what
    draft = fit.draft
    warning = str(draft.options.get("content_warning") or "")
    counts = tuple(
        Count(number, rules.text.count(part.text, warning=warning), rules.text.limit)
        for number, part in enumerate(draft.parts)
    )
    previews = tuple(
        Preview(
            words.text[:SHOWN], max(len(words.text) - SHOWN, 0),
            tuple((rows[shot.media], shot.alt) for shot in words.shots if shot.media in rows),
        )
        for words in said.parts
    )  # fmt: skip
    panel = str(channel.pk) if str(channel.pk) in composition.variants else ALL
    problems = [one for one in channel.problems(draft) if not (away and one.field == "media")]
    return ChannelCheck(
        channel, panel, counts, tuple(problems), previews, _shown(channel, draft), changed=fit.changed,
        price=channel.price(draft), away=away,
    )  # fmt: skip


def _shown(channel: Channel, draft: Draft) -> tuple[tuple[str, str], ...]:
    """The options that this channel's network will see, as people read them."""
    found = []
    for option in map(in_words, channel.kind.options):
        value = draft.options.get(option.name)
        if value in (None, "", False):
            continue
        if option.kind == "poll":
            found += [(option.label, str(answer)) for answer in value.get("options", ())]
        else:
            found.append(
                (option.label, dict(option.choices).get(str(value), _("yes") if value is True else str(value)))
            )
    return tuple(found)


def _problem(channel: Channel, problem: Problem) -> Note:
    stops = problem.level == "stop"
    return Note(
        "wrong" if stops else "unsure",
        "circle-alert" if stops else "triangle-alert",
        problem.sentence,
        channel.handle,
        stops,
    )


def _besides(one: ChannelCheck) -> list[Note]:
    """What nobody has to mend, but should know before it goes out: changed pictures, and the price."""
    notes = [Note("unsure", "image", sentence, one.channel.handle) for sentence in one.changed]
    if one.away:
        notes.append(Note("unsure", "image", one.away, one.channel.handle))
    if one.price is not None and one.price.amount:
        sentence = _("%(network)s takes %(amount)s for this post.") % {
            "network": one.channel.label, "amount": _money(one.price),
        }  # fmt: skip
        more = " " + one.price.because if one.price.because else ""
        notes.append(Note("unsure", "info", sentence + more, one.channel.handle))
    return notes


def _money(price: Price) -> str:
    """The amount with at least two decimal places, and more only where it has more."""
    amount = price.amount.normalize()
    places = max(2, -int(amount.as_tuple().exponent))
    number = number_format(amount, decimal_pos=places)
    return _("$%(number)s") % {"number": number} if price.currency == "USD" else f"{number} {price.currency}"


def _left_out(channel: Channel, said: Content, channels: Sequence[Channel]) -> list[Note]:
    """Options that other channels have and this one has not: said, never dropped in silence."""
    mine = {option.name for option in channel.kind.options}
    return [
        Note(
            "unsure", "info", _("has no “%(option)s”: it is left out there.") % {"option": option.label}, channel.handle
        )
        for name, (option, _who) in declared(channels).items()
        if name not in mine and option.kind in LEFT_OUT and said.options.get(name)
    ]


def _descriptions(composition: Composition, rows: dict[str, Media], *, required: bool) -> list[Note]:
    bare = {s.media for c in composition.contents for p in c.parts for s in p.shots if s.media in rows and not s.alt}
    if not bare:
        return []
    count = ngettext("One picture has no description.", "%(n)d pictures have no description.", len(bare)) % {
        "n": len(bare)
    }
    if required:
        return [
            Note(
                "wrong", "captions", count + " " + _("This workspace asks for one: say what is to be seen."), stops=True
            )
        ]
    return [Note("unsure", "captions", count + " " + _("People who cannot see it will miss it."))]


def _rights(media: list[str], *, at: datetime, workspace: Workspace) -> list[Note]:
    """Files that may not be used any more at that time, or whose permission ends soon after it."""
    notes = []
    for rights in Rights.objects.ending(media, at=at, workspace=workspace):
        if rights.have_ended(at, workspace=workspace):
            sentence = _("“%(name)s” may be used until %(day)s. Choose another picture, or an earlier time.")
            notes.append(Note("wrong", "copyright", sentence % rights.told, stops=True))
        else:
            sentence = _(
                "“%(name)s” may be used until %(day)s. It stays in the post after that: take it down then, if the "
                "permission says so."
            )
            notes.append(Note("unsure", "copyright", sentence % rights.told))
    return notes


def _twins(
    composition: Composition, channels: Iterable[Channel], *, at: datetime, post: Post | None, zone: Any
) -> list[Note]:
    notes = []
    for channel in channels:
        said = composition.said_on(channel)
        if not said.text.strip():
            continue
        twin = (
            Delivery.objects.echoes(channel=channel, text_sha256=said.text_sha256, at=at, besides=post)
            .order_by("due_at")
            .first()
        )
        if twin is not None:
            time = date_format(twin.due_at.astimezone(zone), "j F, H:i")
            notes.append(
                Note("unsure", "copy", _("has the same text already, at %(time)s.") % {"time": time}, channel.handle)
            )
    return notes


def _happens_twice(composition: Composition, at: datetime, workspace: Workspace) -> bool:
    """True in an overlap; False in a gap, where the time that was typed does not exist."""
    return f"{at.astimezone(workspace.tz):%Y-%m-%dT%H:%M}" == composition.moment[:16]


def _media(composition: Composition, workspace: Workspace) -> dict[str, Media]:
    ids = {pk for content in composition.contents for pk in content.media_ids}
    return {str(row.pk): row for row in Media.objects.filter(workspace=workspace, pk__in=ids)} if ids else {}
