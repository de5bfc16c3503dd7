"""A composition: everything that a person has in the composer, before and after it is a post.

The form's names: ``part:P`` lists the parts of a panel ``P`` (``all``, or a channel's id) in order; ``text:P:K``,
``media:P:K``, ``alt:P:K:MEDIA`` and ``files:P:K`` are those of part ``K``. ``option:NAME`` is an option that a network
declares. Nothing that was typed is lost: what cannot be used stays in the composition, with a ``Trouble`` beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from clarion.channels.models import Channel
from clarion.networks.base import Option
from clarion.networks.editing import Edit
from clarion.organisations.ids import is_id
from clarion.organisations.models import Workspace
from clarion.posts.content import LINKS, Content, Shot, Words
from clarion.posts.lint import Finding
from clarion.posts.models import Late, Media, Post, Working
from clarion.posts.models.link import SHORT
from clarion.posts.models.media import BadMedia
from clarion.posts.models.post import LATE_MINUTES
from clarion.posts.when import BadTime, Resolved, next_half_hours, resolve
from clarion.web.forms.belonging import Belonging

ALL = "all"
FILES = 40
"""At most so many files come with one form."""
DISK = gettext_noop(
    "The file could not be kept: the disk is full, or the data folder cannot be written. Your words are safe here."
)

COPIED = ("new_labels", "date", "time", "fold", "late", "late_minutes", "only")
"""What a working copy has beside words, channels and labels."""


@dataclass(frozen=True)
class Trouble:
    """What is wrong with one thing on the form. ``panel`` and ``part`` say where, when it is in the words."""

    sentence: str
    panel: str = ""
    part: int = 0


@dataclass(frozen=True)
class Composition:
    words: Content = field(default_factory=Content)
    variants: Mapping[str, Content] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    new_labels: str = ""
    date: str = ""
    time: str = ""
    fold: str = ""
    was: str = ""
    """The local date and time that the form came with: unchanged, deliveries keep their own times."""
    offered: str = ""
    """The local date and time that nobody chose: a draft that still has it is meant for no time."""
    key: str = ""
    """Made with the empty form: sent twice, it makes one post."""
    late: str = Late.SEND
    late_minutes: str = str(LATE_MINUTES)
    version: int = 0
    only: str = ""
    """The id of the one channel that this visit is for, or empty."""
    base: int = 0
    """The version that these words began from, where somebody saved another one since; else 0."""
    working: int = 0
    """The version of the person's working copy that these words are, or 0."""
    page: str = ""
    """The open page that they were typed in: made by its script."""
    belongs: Belonging | None = None
    """None where the form does not ask: then nothing of it changes."""
    troubles: tuple[Trouble, ...] = ()

    # -- where one comes from

    @classmethod
    def new(
        cls, workspace: Workspace, *, now: datetime, date: str = "", time: str = "", channels: Iterable[Channel] = ()
    ) -> Composition:
        """An empty one for a day and a time of it; without them for the next half hour."""
        at = next_half_hours(now, zone=workspace.tz, days=2)[0].astimezone(workspace.tz)
        known = _is_date(date) and date >= f"{at:%Y-%m-%d}"
        day = date if known else f"{at:%Y-%m-%d}"
        hour = f"{at:%H:%M}" if day == f"{at:%Y-%m-%d}" else "09:00"
        if known and _is_time(time) and f"{day}T{time}" >= f"{now.astimezone(workspace.tz):%Y-%m-%dT%H:%M}":
            hour = time
        usable = [channel for channel in channels if not channel.needs_sign_in]
        offered = "" if known else f"{day}T{hour}"
        return cls(
            date=day, time=hour, offered=offered, key=f"composer-{uuid4()}", channels=tuple(str(c.pk) for c in usable),
            belongs=Belonging(),
        )  # fmt: skip

    @classmethod
    def of(cls, post: Post, *, at: datetime | None, now: datetime) -> Composition:
        """A post as it is kept. ``at`` is when its first delivery is due, None when nothing is promised."""
        zone = post.workspace.tz
        wanted = at or (post.wanted_at if post.wanted_at and post.wanted_at > now else None)
        local = (wanted or next_half_hours(now, zone=zone, days=2)[0]).astimezone(zone)
        date, time = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
        return cls(
            words=post.said, variants={str(v.channel_id): Content.from_json(v.content) for v in post.variants.all()},
            channels=tuple(str(one.pk) for one in post.channels.all()),
            labels=tuple(str(one.pk) for one in post.labels.all()), date=date, time=time,
            fold="1" if local.fold else "", was=f"{date}T{time}" if at else "",
            offered="" if wanted else f"{date}T{time}", late=post.late,
            late_minutes=str(post.late_minutes), version=post.version, belongs=Belonging.of(post),
        )  # fmt: skip

    @classmethod
    def read(cls, data: QueryDict, *, workspace: Workspace, options: Iterable[Option]) -> Composition:
        """What was sent. Media and alt texts of other workspaces are not looked up here: they find nothing later."""
        given = {option.name: value for option in options if (value := _option(option, data)) not in ("", None)}
        if (how := data.get(LINKS, "")) == SHORT or is_id(how):
            given[LINKS] = how
        own = [panel for panel in dict.fromkeys(data.getlist("panel")) if is_id(panel)]
        return cls(
            words=replace(_content(data, ALL, given), help=_helped(data)),
            variants={panel: _content(data, panel, given) for panel in own},
            channels=tuple(pk for pk in dict.fromkeys(data.getlist("channels")) if is_id(pk)),
            labels=tuple(pk for pk in data.getlist("labels") if pk.isascii() and pk.isdigit() and len(pk) < 18),
            new_labels=data.get("new_labels", ""), date=data.get("date", ""), time=data.get("time", ""),
            fold=data.get("fold", ""), was=data.get("was", ""), offered=data.get("offered", ""),
            key=data.get("key", "")[:60], late=data.get("late", Late.SEND), late_minutes=data.get("late_minutes", ""),
            version=_number(data.get("version", "")), only=data.get("only", ""), base=_number(data.get("base", "")),
            working=_number(data.get("working", "")), page=data.get("page", "")[:40],
            belongs=Belonging.read(data),
        )  # fmt: skip

    @classmethod
    def from_working(cls, working: Working, begun: Composition) -> Composition:
        """A working copy again. ``begun`` is the post as it is kept: it says what the copy has not."""
        whole = working.whole
        return replace(
            begun, words=Content.from_json(whole.get("words", {})),
            variants={pk: Content.from_json(said) for pk, said in whole.get("variants", {}).items()},
            **{name: tuple(whole.get(name, ())) for name in ("channels", "labels")},
            **{name: str(whole[name]) for name in COPIED if name in whole},
            belongs=Belonging.from_json(whole["belongs"]) if "belongs" in whole else begun.belongs,
            version=working.based_on, working=working.version,
        )  # fmt: skip

    @property
    def as_working(self) -> dict[str, Any]:
        """All of it that a person may have changed, as JSON."""
        return {
            "words": self.words.as_json(), "variants": {pk: said.as_json() for pk, said in self.variants.items()},
            "channels": list(self.channels), "labels": list(self.labels),
            **{name: getattr(self, name) for name in COPIED},
            **({"belongs": self.belongs.as_json()} if self.belongs else {}),
        }  # fmt: skip

    # -- what changes on the way

    def with_files(
        self, files: MultiValueDict[str, Any], *, data: QueryDict, workspace: Workspace, by: Any
    ) -> Composition:
        """Keeps the files that came with the form (without scripts they do) and hangs them on their parts."""
        changed, troubles = self, list(self.troubles)
        if sum(len(files.getlist(name)) for name in files if name.startswith("files:")) > FILES:
            return self.with_trouble(_("That is too many files at once. Choose at most %(limit)d.") % {"limit": FILES})
        for panel in (ALL, *self.variants):
            for number, key in enumerate(_keys(data, panel)):
                for file in files.getlist(f"files:{panel}:{key}"):
                    try:
                        media = Media.objects.keep(workspace=workspace, file=file, name=file.name or "file", by=by)
                    except BadMedia as error:
                        troubles.append(Trouble(str(error), panel, number))
                    except OSError:
                        troubles.append(Trouble(_(DISK), panel, number))
                    else:
                        changed = changed._hung(panel, number, Shot(str(media.pk), media.alt))
        return replace(changed, troubles=tuple(troubles))

    def content_of(self, panel: str) -> Content:
        return self.words if panel == ALL else self.variants.get(panel, Content(()))

    def with_part(self, panel: str) -> Composition:
        content = self.content_of(panel)
        return self._said(panel, (*content.parts, Words()))

    def without_part(self, panel: str, part: int) -> Composition:
        left = tuple(words for number, words in enumerate(self.content_of(panel).parts) if number != part)
        return self._said(panel, left or (Words(),))

    def with_variant(self, channel: str) -> Composition:
        """The channel says its own words from here on; they begin as what all say."""
        return replace(self, variants={channel: self.words, **self.variants})

    def without_variant(self, channel: str) -> Composition:
        return replace(self, variants={pk: said for pk, said in self.variants.items() if pk != channel})

    def with_mended(self, panel: str, part: int, finding: Finding) -> Composition:
        """With what a rule of good writing proposes in place of the passage, in the text or in a description."""
        parts = list(self.content_of(panel).parts)
        words = parts[part]
        if finding.media:
            shots = (replace(s, alt=finding.mend(s.alt)) if s.media == finding.media else s for s in words.shots)
            parts[part] = replace(words, shots=tuple(shots))
        else:
            parts[part] = replace(words, text=finding.mend(words.text))
        return self._said(panel, tuple(parts))

    def with_trouble(self, *sentences: str) -> Composition:
        return replace(self, troubles=(*self.troubles, *(Trouble(sentence) for sentence in sentences)))

    def _hung(self, panel: str, part: int, shot: Shot) -> Composition:
        parts = list(self.content_of(panel).parts)
        if shot.media not in [known.media for known in parts[part].shots]:
            parts[part] = replace(parts[part], shots=(*parts[part].shots, shot))
        return self._said(panel, tuple(parts))

    def _said(self, panel: str, parts: tuple[Words, ...]) -> Composition:
        if panel == ALL:
            return replace(self, words=replace(self.words, parts=parts))
        if panel not in self.variants:
            return self
        return replace(self, variants={**self.variants, panel: replace(self.variants[panel], parts=parts)})

    # -- what it says

    @property
    def is_blank(self) -> bool:
        """Nothing was written and nothing hung up."""
        return not any(part.text.strip() or part.shots for content in self.contents for part in content.parts)

    def said_on(self, channel: Channel) -> Content:
        return self.variants.get(str(channel.pk), self.words)

    @property
    def contents(self) -> Iterator[Content]:
        yield self.words
        yield from self.variants.values()

    @property
    def moment(self) -> str:
        """The local date and time as typed."""
        return f"{self.date}T{self.time}"

    def due(self, *, zone: ZoneInfo, now: datetime) -> Resolved:
        """When it shall go out. Raises ``BadTime`` for what is not a time, has passed, or lies beyond ten years."""
        try:
            local = datetime.fromisoformat(f"{self.date}T{self.time}").replace(tzinfo=None)
        except ValueError:
            raise BadTime(_("Choose a date and a time, or publish now.")) from None
        if not 2000 <= local.year < now.year + 11:
            raise BadTime(_("%(date)s is too far away. Check the year.") % {"date": self.date})
        found = resolve(local, zone=zone, fold=1 if self.fold == "1" else None)
        if found.at < now:
            raise BadTime(_("%(time)s on %(date)s has passed in %(zone)s. Choose a later time, or publish now.")
                          % {"time": self.time, "date": self.date, "zone": zone.key})  # fmt: skip
        return found

    @property
    def late_number(self) -> int | None:
        """The minutes within which it may still leave; None when that is not a number from 1 to 10080 (a week)."""
        minutes = _number(self.late_minutes)
        return minutes if 1 <= minutes <= 10_080 else None


def in_words(option: Option) -> Option:
    """The option with its label, help and choices in the reader's language: networks declare them in English."""
    choices = tuple((value, _(word)) for value, word in option.choices)
    return replace(option, label=_(option.label), help=_(option.help), choices=choices)


def declared(channels: Iterable[Channel]) -> dict[str, tuple[Option, tuple[Channel, ...]]]:
    """The options of these channels' networks by name, each with the channels that know it."""
    found: dict[str, tuple[Option, tuple[Channel, ...]]] = {}
    for channel in channels:
        for option in map(in_words, channel.kind.options):
            first, others = found.get(option.name, (option, ()))
            more = tuple(choice for choice in option.choices if choice not in first.choices)
            found[option.name] = (replace(first, choices=(*first.choices, *more)), (*others, channel))
    return found


def with_texts(content: Content, typed: Sequence[str]) -> Content:
    """The content with other texts in its parts, in order; its files stay."""
    parts = tuple(
        replace(words, text=_text(typed[number]) if number < len(typed) else words.text)
        for number, words in enumerate(content.parts)
    )
    return replace(content, parts=parts)


def _content(data: QueryDict, panel: str, options: Mapping[str, Any]) -> Content:
    parts = tuple(
        Words(_text(data.get(f"text:{panel}:{key}", "")), _shots(data, panel, key)) for key in _keys(data, panel)
    )
    return Content(parts or (Words(),), dict(options))


def _helped(data: QueryDict) -> tuple[str, ...]:
    """The models whose suggestions were taken in this form, or before."""
    return tuple(dict.fromkeys(name[:200] for name in data.getlist("help") if name.strip()))[:20]


def _keys(data: QueryDict, panel: str) -> list[str]:
    return list(dict.fromkeys(data.getlist(f"part:{panel}")))


def _shots(data: QueryDict, panel: str, key: str) -> tuple[Shot, ...]:
    dropped = set(data.getlist(f"drop:{panel}:{key}"))
    ids = [pk for pk in dict.fromkeys(data.getlist(f"media:{panel}:{key}")) if is_id(pk) and pk not in dropped]
    return tuple(
        Shot(
            pk,
            _text(data.get(f"alt:{panel}:{key}:{pk}", "")).strip(),
            edit_of(data.get(f"edit:{panel}:{key}:{pk}", "")),
        )
        for pk in ids
    )


def edit_of(typed: str) -> Edit:
    """What is done to a picture, from JSON as the page's script writes it."""
    try:
        said = json.loads(typed[:400]) if typed else {}
    except ValueError:
        return Edit()
    return Edit.read(said) if isinstance(said, dict) else Edit()


def shot_told(shot: Shot, name: str) -> str:
    """A picture in one line, where versions are compared."""
    values = {"name": name or _("a picture"), "description": shot.alt}
    if shot.edit.as_json:
        sentence = _("%(name)s (edited): %(description)s") if shot.alt else _("%(name)s (edited)")
    else:
        sentence = _("%(name)s: %(description)s") if shot.alt else "%(name)s"
    return sentence % values


def _text(typed: str) -> str:
    """Browsers send line ends as CR LF; networks and people mean LF."""
    return typed.replace("\r\n", "\n").replace("\r", "\n")


def _option(option: Option, data: QueryDict) -> Any:
    name = f"option:{option.name}"
    if option.kind == "flag":
        return {"on": True, "off": False}.get(data.get(name, ""), "")
    if option.kind == "poll":
        answers = [line.strip() for one in data.getlist(name) for line in _text(one).split("\n") if line.strip()]
        more = {"multiple": True} if data.get(f"{name}:multiple") else {}
        return (
            {"options": answers, "seconds": _number(data.get(f"{name}:seconds", "")) or 86_400, **more}
            if answers
            else ""
        )
    if option.kind == "choice" and data.get(name, "") not in {value for value, _label in option.choices}:
        return ""
    return _text(data.get(name, "")).strip()


def _number(typed: str) -> int:
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _is_date(text: str) -> bool:
    try:
        return f"{datetime.strptime(text, '%Y-%m-%d'):%Y-%m-%d}" == text
    except ValueError:
        return False


def _is_time(text: str) -> bool:
    try:
        return f"{datetime.strptime(text, '%H:%M'):%H:%M}" == text
    except ValueError:
        return False
