"""What a network takes: its limits and options as data, and every reason why a draft would be refused, with counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from .draft import JSON, Draft, Media, Part
from .text import IN_A_BROWSER, UNITS, count_text
from .wording import _, gettext_noop, ngettext


@dataclass(frozen=True)
class Text:
    """How long a part may be. ``unit`` is a key of ``clarion.networks.text.UNITS``; ``max_bytes`` counts UTF-8."""

    limit: int
    unit: str = "grapheme"
    max_bytes: int | None = None
    url_length: int = 23

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown text unit: {self.unit}")

    @property
    def in_a_browser(self) -> str:
        """What a page calls the unit, to count while somebody types; empty where it cannot."""
        return IN_A_BROWSER.get(self.unit, "")

    def count(self, text: str, *, warning: str = "") -> int:
        """Length of ``text`` (with a content warning, where the network counts it) in this network's unit."""
        return count_text(text, unit=self.unit, url_length=self.url_length) + (
            count_text(warning, unit=self.unit, url_length=self.url_length) if warning else 0
        )


@dataclass(frozen=True)
class Images:
    """Pictures of one part: how many, how heavy (bytes), which types, how long the alt text (characters).

    ``edge`` is the longest side in pixels that the network takes, ``smallest`` the shortest; ``ratios`` the narrowest
    and the widest shape (width divided by height). A picture that does not fit and can be made to is made to fit.
    """

    count: int
    size: int = 16_000_000
    alt: int = 1500
    types: tuple[str, ...] = ("image/jpeg", "image/png", "image/gif", "image/webp")
    edge: int | None = None
    smallest: int | None = None
    ratios: tuple[float, float] | None = None
    required: bool = False
    """True where no post goes without a picture (or a video, where there are ``videos``)."""


@dataclass(frozen=True)
class Videos:
    """Videos of one part: how many, how heavy (bytes), how long (seconds), which shapes (as for ``Images``)."""

    count: int = 1
    size: int = 99_000_000
    seconds: float | None = None
    shortest: float = 0.0
    ratios: tuple[float, float] | None = None
    alt: int = 0
    required: bool = False
    types: tuple[str, ...] = ("video/mp4",)
    with_images: bool = False


@dataclass(frozen=True)
class Polls:
    options: int = 4
    length: int = 50
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(days=30)


LONGEST = 10 * 366 * 86_400
"""Seconds: no server's poll is open for longer."""


@dataclass(frozen=True)
class Rules:
    """The limits of one network or, after ``limits()`` asked, of one server."""

    text: Text
    images: Images | None = None
    videos: Videos | None = None
    polls: Polls | None = None
    parts: int = 1
    """Longest thread; 1 means that the network has no threads."""
    text_required: bool = True
    asked_of_server: bool = False

    def told(self, limits: JSON) -> Rules:
        """These rules with what a server announced: ``{"text": {"limit": 5000}, "images": {"count": 6}, …}``."""
        changed: dict[str, Any] = {}
        for name in ("text", "images", "videos", "polls"):
            mine, theirs = getattr(self, name), limits.get(name)
            if mine is not None and theirs:
                known = {
                    k: tuple(v)
                    if isinstance(v, list)
                    else (timedelta(seconds=min(v, LONGEST)) if isinstance(getattr(mine, k), timedelta) else v)
                    for k, v in theirs.items()
                    if hasattr(mine, k) and v is not None
                }
                changed[name] = replace(mine, **known)
        return replace(self, **changed)


@dataclass(frozen=True)
class Option:
    """A choice that only this network has.

    ``kind`` is ``text``, ``lines`` (a longer text), ``choice``, ``flag``, ``language``, ``poll``, ``address`` or
    ``tags`` (words apart by commas). ``limit`` counts characters (of tags: how many).
    """

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    required: bool = False
    limit: int | None = None
    default: str = ""


FIRST_COMMENT = Option(
    "first_comment",
    gettext_noop("First comment"),
    "lines",
    help=gettext_noop("Said below the post, directly after it."),
)
"""For networks with comments: a step of its own, of the kind ``comment``, after everything else."""


@dataclass(frozen=True)
class Price:
    """What a network takes for a draft, in ``currency`` (ISO 4217). ``what``: for what, in a few words."""

    amount: Decimal
    currency: str
    what: str = ""


@dataclass(frozen=True)
class Problem:
    """Why a draft cannot go to this network as it is. ``part`` counts from 0; ``level`` is ``stop`` or ``warn``."""

    field: str
    sentence: str
    part: int = 0
    count: int | None = None
    limit: int | None = None
    level: str = "stop"


def problems(rules: Rules, options: Sequence[Option], draft: Draft, *, label: str) -> Iterable[Problem]:
    """Everything for which ``draft`` would be refused. Nothing is ever cut."""
    yield from _problems(rules, draft, label=label)
    yield from _option_problems(options, draft, label)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _problems(rules: Rules, draft: Draft, *, label: str) -> Iterable[Problem]:
    parts = len(draft.parts)
    if parts > rules.parts:
        sentence = (
            ngettext(
                "%(network)s has no threads: this has %(count)d part.",
                "%(network)s has no threads: this has %(count)d parts.", parts,
            )
            if rules.parts == 1
            else ngettext(
                "A thread on %(network)s has at most %(limit)d parts; this has %(count)d.",
                "A thread on %(network)s has at most %(limit)d parts; this has %(count)d.", parts,
            )
        )  # fmt: skip
        values = {"network": label, "count": parts, "limit": rules.parts}
        yield Problem("parts", sentence % values, count=parts, limit=rules.parts)
    poll = draft.options.get("poll")
    for index, part in enumerate(draft.parts):
        has_poll = bool(poll) and index == 0
        for problem in _part_problems(rules, draft, part, index, label, has_poll=has_poll):
            told = {"number": index + 1, "sentence": problem.sentence}
            yield replace(problem, sentence=_("Part %(number)d: %(sentence)s") % told) if parts > 1 else problem
        if has_poll:
            yield from _poll_problems(rules, part, poll, label)


def _option_problems(options: Sequence[Option], draft: Draft, label: str) -> Iterable[Problem]:
    for option in options:
        said = draft.options.get(option.name)
        named = {"network": label, "option": _(option.label)}
        if option.required and not str(said or "").strip():
            yield Problem(option.name, _("%(network)s needs “%(option)s”.") % named)
        if option.limit is None or not isinstance(said, str):
            continue
        count = len([tag for tag in said.split(",") if tag.strip()]) if option.kind == "tags" else len(said)
        if count > option.limit:
            sentence = _("“%(option)s” has %(count)d of at most %(limit)d on %(network)s.")
            values = {**named, "count": count, "limit": option.limit}
            yield Problem(option.name, sentence % values, count=count, limit=option.limit)


def _part_problems(
    rules: Rules, draft: Draft, part: Part, index: int, label: str, *, has_poll: bool
) -> Iterable[Problem]:
    if _CONTROL.search(part.text):
        yield Problem("text", _("the text has a control character. Remove it and type the line anew."), index)
    warning = str(draft.options.get("content_warning") or "")
    count, limit = rules.text.count(part.text, warning=warning), rules.text.limit
    if count > limit:
        values = {"network": label, "count": count, "limit": limit, "over": count - limit}
        sentence = _("%(count)d of %(limit)d on %(network)s: %(over)d over. Shorten it, or write a variant.")
        yield Problem("text", sentence % values, index, count, limit)
    size, most = len(part.text.encode()), rules.text.max_bytes
    if most is not None and size > most:
        values = {"network": label, "count": size, "limit": most}
        sentence = _("%(count)d of %(limit)d bytes on %(network)s. Shorten it.")
        yield Problem("text", sentence % values, index, size, most)
    if not part.text.strip() and not has_poll and (rules.text_required or not part.media):
        sentence = (
            _("there is nothing to say yet: %(network)s needs text.")
            if rules.text_required
            else _("there is nothing to say yet: %(network)s needs text or a picture.")
        )
        yield Problem("text", sentence % {"network": label}, index)
    yield from _media_problems(rules, part, index, label)


def _media_problems(rules: Rules, part: Part, index: int, label: str) -> Iterable[Problem]:
    images = [m for m in part.media if m.is_image]
    videos = [m for m in part.media if m.is_video]
    if not part.media and (missing := _missing(rules)):
        yield Problem("media", missing % {"network": label}, index, 0, 1)
    for found, rule in ((images, rules.images), (videos, rules.videos)):
        if found:
            yield from _file_problems(found, rule, index, label)
    if images and videos and rules.videos is not None and not rules.videos.with_images:
        yield Problem("media", _("%(network)s takes pictures or a video, not both.") % {"network": label}, index)
    if rules.images is not None:
        for media in images:
            count, limit = len(media.alt), rules.images.alt
            if count > limit:
                values = {"network": label, "name": media.name, "count": count, "limit": limit}
                sentence = ngettext(
                    "the description of “%(name)s” has %(count)d character; %(network)s takes %(limit)d.",
                    "the description of “%(name)s” has %(count)d characters; %(network)s takes %(limit)d.", count,
                )  # fmt: skip
                yield Problem("alt", sentence % values, index, count, limit)


def _missing(rules: Rules) -> str:
    """What a part without files lacks; empty where the network needs none."""
    if rules.images is not None and rules.images.required:
        return (
            _("%(network)s takes no post without a picture or a video. Add one.")
            if rules.videos is not None
            else _("%(network)s takes no post without a picture. Add one.")
        )
    if rules.videos is not None and rules.videos.required:
        return _("%(network)s takes no post without a video. Add one.")
    return ""


def _file_problems(found: Sequence[Media], rule: Images | Videos | None, index: int, label: str) -> Iterable[Problem]:
    """Files of one kind, pictures or videos, under the rule for them. A limit of 0: the network takes none."""
    are_images, count = found[0].is_image, len(found)
    if rule is None:
        sentence = (
            _("%(network)s takes no pictures. Leave the picture out for this channel.")
            if are_images
            else _("%(network)s takes no videos. Leave the video out for this channel.")
        )
        yield Problem("media", sentence % {"network": label}, index, count, 0)
        return
    if count > rule.count:
        sentence = (
            ngettext(
                "%(count)d picture; %(network)s takes %(limit)d. Remove some, or start a new part.",
                "%(count)d pictures; %(network)s takes %(limit)d. Remove some, or start a new part.", count,
            )
            if are_images
            else ngettext(
                "%(count)d video; %(network)s takes %(limit)d. Remove some, or start a new part.",
                "%(count)d videos; %(network)s takes %(limit)d. Remove some, or start a new part.", count,
            )
        )  # fmt: skip
        values = {"network": label, "count": count, "limit": rule.count}
        yield Problem("media", sentence % values, index, count, rule.count)
    for media in found:
        name = media.name or (_("picture") if are_images else _("video"))
        if media.mime not in rule.types:
            told = {"network": label, "type": media.mime, "name": name}
            yield Problem("media", _("%(network)s does not take %(type)s (“%(name)s”).") % told, index)
        if media.size > rule.size:
            sentence = _("“%(name)s” has %(size)s; %(network)s takes %(limit)s.") % {
                "network": label, "name": name, "size": megabytes(media.size), "limit": megabytes(rule.size),
            }  # fmt: skip
            yield Problem("media", sentence, index, media.size, rule.size)
        yield from _shape_problems(media, rule, name, index, label)


def _shape_problems(media: Media, rule: Images | Videos, name: str, index: int, label: str) -> Iterable[Problem]:
    """Sides and seconds, where they are known: 0 is not known, and the network decides."""
    told = {"network": label, "name": name, "width": media.width, "height": media.height}
    long, short = max(media.width, media.height), min(media.width, media.height)
    if short and isinstance(rule, Images):
        if rule.edge is not None and long > rule.edge:
            sentence = _("“%(name)s” is %(width)d × %(height)d; %(network)s takes %(limit)d on the longer side.")
            yield Problem("media", sentence % {**told, "limit": rule.edge}, index, long, rule.edge)
        if rule.smallest is not None and short < rule.smallest:
            sentence = _(
                "“%(name)s” is %(width)d × %(height)d; %(network)s takes %(limit)d and more on the shorter side. "
                "Use a larger one."
            )
            yield Problem("media", sentence % {**told, "limit": rule.smallest}, index, short, rule.smallest)
    if short and rule.ratios is not None and not rule.ratios[0] <= media.width / media.height <= rule.ratios[1]:
        sentence = _(
            "“%(name)s” is %(width)d × %(height)d; %(network)s takes shapes from %(narrow)s to %(wide)s "
            "(width divided by height)."
        )
        shapes = {"narrow": f"{rule.ratios[0]:.3g}", "wide": f"{rule.ratios[1]:.3g}"}
        yield Problem("media", sentence % {**told, **shapes}, index)
    if isinstance(rule, Videos) and media.duration:
        seconds = {**told, "seconds": _clock(media.duration)}
        if rule.seconds is not None and media.duration > rule.seconds:
            sentence = _("“%(name)s” lasts %(seconds)s; %(network)s takes %(limit)s. Shorten it.")
            values = {**seconds, "limit": _clock(rule.seconds)}
            yield Problem("media", sentence % values, index, round(media.duration), round(rule.seconds))
        if media.duration < rule.shortest:
            sentence = _("“%(name)s” lasts %(seconds)s; %(network)s takes videos from %(limit)s up.")
            values = {**seconds, "limit": _clock(rule.shortest)}
            yield Problem("media", sentence % values, index, round(media.duration), round(rule.shortest))


def _poll_problems(rules: Rules, part: Part, poll: Any, label: str) -> Iterable[Problem]:
    if rules.polls is None:
        yield Problem(
            "poll", _("%(network)s has no polls. Leave the poll out for this channel.") % {"network": label}
        )  # fmt: skip
        return
    options = [str(o).strip() for o in poll.get("options", ())] if isinstance(poll, Mapping) else []
    most, longest = rules.polls.options, rules.polls.length
    if not 2 <= len(options) <= most or not all(options):
        sentence = _("A poll on %(network)s has 2 to %(limit)d answers, none of them empty.")
        yield Problem("poll", sentence % {"network": label, "limit": most}, count=len(options), limit=most)
    for option in options:
        count = len(option)
        if count > longest:
            sentence = ngettext(
                "The answer “%(answer)s” has %(count)d character; %(network)s takes %(limit)d.",
                "The answer “%(answer)s” has %(count)d characters; %(network)s takes %(limit)d.", count,
            )  # fmt: skip
            values = {"network": label, "answer": option, "count": count, "limit": longest}
            yield Problem("poll", sentence % values, count=count, limit=longest)
    if part.media:
        yield Problem("poll", _("%(network)s takes a poll or media, not both.") % {"network": label})


def megabytes(size: int) -> str:
    """Bytes as people say them."""
    return _("%(number)s MB") % {"number": f"{size / 1_000_000:.1f}"}


def _clock(seconds: float) -> str:
    """Seconds as a player shows them: 2:20; parts of a second only below ten."""
    if seconds < 10:
        return _("%(number)s s") % {"number": f"{seconds:.3g}"}
    return f"{round(seconds) // 60}:{round(seconds) % 60:02}"
