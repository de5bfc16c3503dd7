"""Before it goes out: every rule of every chosen channel over one composition, by the same code as before sending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.files.store import StoreGone
from clarion.networks.base import Draft, Part, Price, Problem, Rules
from clarion.networks.captions import taken
from clarion.networks.words import Refused
from clarion.organisations.dates import written
from clarion.organisations.models import Workspace
from clarion.posts.content import Content, Words
from clarion.posts.fitting import fitted
from clarion.posts.models import Advice, Blackout, Captions, LinkCard, Media, Post, Rights
from clarion.posts.models.house_rule import House
from clarion.posts.speech import Speech
from clarion.posts.when import BadTime
from clarion.web.forms.caption_files import names
from clarion.web.forms.composition import ALL, Composition, declared, in_words
from clarion.web.forms.notes import Note, advised, reading
from clarion.web.forms.ruled import ruled
from clarion.web.forms.spoken import spoken_notes
from clarion.web.previews import Preview, preview, wanted

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
class ChannelCheck:
    """One channel: counts of its parts, what stops it, what it will show. ``panel`` is where its words are written."""

    channel: Channel
    panel: str
    counts: tuple[Count, ...]
    problems: tuple[Problem, ...]
    preview: Preview
    changed: tuple[str, ...] = ()
    """What happens to its pictures before they go out."""
    price: Price | None = None
    away: str = ""
    """Why its pictures could not be looked at; empty when all is well."""

    @property
    def stops(self) -> list[str]:
        return [problem.sentence for problem in self.problems if problem.level == "stop"]

    @property
    def cost(self) -> str:
        """What the network takes for it; empty where it takes nothing, and while nothing is written."""
        said = any(not part.is_empty for part in self.preview.parts)
        return _money(self.price) if said and self.price is not None and self.price.amount else ""

    @property
    def worst(self) -> Count:
        """The count of the part that is nearest to, or furthest over, its limit."""
        return max(self.counts, key=lambda one: one.count / one.limit)


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
    def stops_for_good(self) -> list[str]:
        """What nobody can override."""
        return [note.whole for note in self.notes if note.stops and not note.by_a_rule]

    @property
    def can_be_overridden(self) -> bool:
        """A rule of the house stops it: somebody may let it go out all the same."""
        return any(note.by_a_rule for note in self.notes)

    @property
    def open(self) -> int:
        """How many lines ask for a look."""
        return sum(note.hue != "done" for note in self.notes)


def checked(
    composition: Composition, *, workspace: Workspace, channels: Sequence[Channel], post: Post | None, now: datetime,
    at_once: bool = False, advice: Advice | None = None, house: House | None = None,
) -> Checks:  # fmt: skip
    """Checks a composition for the chosen ``channels``. ``at_once``: now, whatever time stands there."""
    rows = media_of(composition, workspace)
    cards = LinkCard.objects.known(workspace, wanted(composition.contents, channels), now=now)
    speech = Speech(workspace.pk, foresees=True)
    said = {one.pk: replace(composition.said_on(one), post=str(post.pk) if post else "") for one in channels}
    spoken = {one.pk: speech.of(said[one.pk], one) for one in channels}
    found = tuple(_of_channel(channel, composition, spoken[channel.pk], rows, cards) for channel in channels)
    notes: list[Note] = []
    if not channels:
        notes.append(Note("unsure", "radio-tower", _("No channel is chosen yet."), stops=True))
    if _is_blank(composition, channels):
        # Nobody is reproached for an empty page.
        notes.append(Note("draft", "pen-line", _("Nothing is written yet."), stops=True))
        return Checks(found, tuple(notes))
    notes += spoken_notes(speech, said, channels)
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
    advice = advice or Advice.objects.for_workspace(workspace)
    if advice.force("alt_missing") != "off":
        notes += _descriptions(composition, rows, required=workspace.alt_text_required)
    notes += advised(composition, channels=channels, advice=advice, rows=rows)
    notes += ruled(composition, channels=channels, workspace=workspace, post=post, house=house)
    notes += _captionless(composition, channels, rows)
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
    stays = bool(composition.was) and composition.was == composition.moment and not at_once
    notes += _blackouts(workspace, channels, at=at, post=post, stays=stays)
    if channels and not any(note.stops for note in notes):
        fits = ngettext("It fits the channel.", "It fits all %(n)d channels.", len(channels)) % {"n": len(channels)}
        notes.append(Note("done", "circle-check", fits))
        if not twins:
            notes.append(Note("done", "circle-check", _("Nothing like it within a day.")))
    if "reading" in advice.asked and (level := reading(composition, channels=channels)):
        notes.append(level)
    notes.sort(key=lambda note: (not note.stops, note.hue == "done", note.hue == "going"))
    return Checks(found, tuple(notes), when, twice)


def _is_blank(composition: Composition, channels: Sequence[Channel]) -> bool:
    said = [composition.said_on(channel) for channel in channels]
    return bool(said) and not any(part.text.strip() or part.shots for one in said for part in one.parts)


def _of_channel(
    channel: Channel, composition: Composition, said: Content, rows: dict[str, Media], cards: dict[str, LinkCard]
) -> ChannelCheck:
    rules, away, undone = channel.rules, "", list[Problem]()
    try:
        fit = fitted(said, channel=channel)
    except StoreGone as gone:
        fit, away = fitted(said, channel=channel, make=False), gone.what
    except Refused as refused:
        fit, undone = fitted(said, channel=channel, make=False), [Problem("media", refused.sentence)]
    draft = fit.draft
    warning = str(draft.options.get("content_warning") or "")
    counts = tuple(
        Count(number, rules.text.count(part.text, warning=warning), rules.text.limit)
        for number, part in enumerate(draft.parts)
    )
    tracks = [
        names(captions_taken(part, words, rows, rules)) for words, part in zip(said.parts, draft.parts, strict=True)
    ]
    panel = str(channel.pk) if str(channel.pk) in composition.variants else ALL
    problems = undone + [one for one in channel.problems(draft) if not (away and one.field == "media")]
    look = preview(
        channel, said, draft=draft, rows=rows, cards=cards, shown=shown_options(channel, draft), captions=tracks,
        written=composition.said_on(channel),
    )  # fmt: skip
    return ChannelCheck(
        channel, panel, counts, tuple(problems), look, changed=fit.changed, price=channel.price(draft), away=away,
    )  # fmt: skip


def captions_taken(part: Part, words: Words, rows: dict[str, Media], rules: Rules) -> Iterator[Captions]:
    """The caption files of a part's videos that go along to a network with these rules."""
    if rules.videos is None:
        return
    going = {one.language for media in part.media for one in taken(media, rules.videos)}
    for shot in words.shots:
        if shot.media in rows:
            yield from (one for one in rows[shot.media].captions_given if one.language in going)


def shown_options(channel: Channel, draft: Draft) -> tuple[tuple[str, str, str], ...]:
    """The options that this channel's network will see, as people read them: name, label, value."""
    found = []
    for option in map(in_words, channel.kind.options):
        value = draft.options.get(option.name)
        if value in (None, "", False):
            continue
        if option.kind != "poll":
            said = dict(option.choices).get(str(value), _("yes") if value is True else str(value))
            found.append((option.name, option.label, said))
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
    """What nobody has to mend, but should know before it goes out: what happens to pictures."""
    notes = [Note("unsure", "image", sentence, one.channel.handle) for sentence in one.changed]
    if one.away:
        notes.append(Note("unsure", "image", one.away, one.channel.handle))
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
    shots = [s for c in composition.contents for p in c.parts for s in p.shots if s.media in rows and not s.alt]
    bare = {s.media for s in shots if not rows[s.media].is_document}
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
            notes.append(Note("wrong", "copyright", rights.refusal, stops=True))
        else:
            sentence = _(
                "“%(name)s” may be used until %(day)s. It stays in the post after that: take it down then, if the "
                "permission says so."
            )
            notes.append(Note("unsure", "copyright", sentence % rights.told))
    return notes


def _captionless(composition: Composition, channels: Iterable[Channel], rows: dict[str, Media]) -> list[Note]:
    """Videos without captions, where a chosen network would take some."""
    could: set[str] = set()
    for channel in channels:
        videos = channel.rules.videos
        if videos is not None and videos.captions:
            could |= set(composition.said_on(channel).media_ids)
    bare = [row for pk, row in rows.items() if pk in could and row.is_video and not row.captions_given]
    if not bare:
        return []
    count = ngettext("One video has no captions.", "%(n)d videos have no captions.", len(bare)) % {"n": len(bare)}
    return [Note("unsure", "captions", count + " " + _("People who cannot hear it will miss what is said."))]


def _twins(
    composition: Composition, channels: Iterable[Channel], *, at: datetime, post: Post | None, zone: Any
) -> list[Note]:
    said = {one: composition.said_on(one) for one in channels}
    texts = {one.pk: words.text_sha256 for one, words in said.items() if words.text.strip()}
    found = Delivery.objects.echo_times(texts, at=at, besides=post)
    sentence = _("has the same text already, at %(time)s.")
    return [
        Note("unsure", "copy", sentence % {"time": written(found[one.pk].astimezone(zone), "j F, H:i")}, one.handle)
        for one in said
        if one.pk in found
    ]


def _blackouts(
    workspace: Workspace, channels: Iterable[Channel], *, at: datetime, post: Post | None, stays: bool
) -> list[Note]:  # fmt: skip
    """What the calendar says against this time. ``stays``: it is scheduled then already, and only its words change."""
    found = Blackout.objects.over(workspace, times=[at], channels=[channel.pk for channel in channels])
    allowed = set(post.allowed_in.values_list("pk", flat=True)) if post and found else set()
    return [_against(one, stays=stays) for one in found if one.pk not in allowed]


def _against(blackout: Blackout, *, stays: bool) -> Note:
    if blackout.blocks and not stays:
        return Note("wrong", "ban", blackout.sentence, stops=True)
    return Note("unsure", "triangle-alert", blackout.held_sentence if blackout.blocks else blackout.warning)


def _happens_twice(composition: Composition, at: datetime, workspace: Workspace) -> bool:
    """True in an overlap; False in a gap, where the time that was typed does not exist."""
    return f"{at.astimezone(workspace.tz):%Y-%m-%dT%H:%M}" == composition.moment[:16]


def media_of(composition: Composition, workspace: Workspace) -> dict[str, Media]:
    """All files of a composition, by id."""
    ids = {pk for content in composition.contents for pk in content.media_ids}
    return {str(row.pk): row for row in Media.objects.filter(workspace=workspace, pk__in=ids)} if ids else {}
