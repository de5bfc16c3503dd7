"""One visit to the composer: whose, of which post, on which channels; and what its buttons do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import TooLate
from clarion.deliveries.queue import NoFreeSlot, enqueue
from clarion.organisations.models import Member
from clarion.posts.content import Content
from clarion.posts.models import Advice, Gated, Label, Late, Media, Post, Stale
from clarion.posts.models.post import LATE_MINUTES, LEAVING, AlreadyLeaving
from clarion.posts.when import BadTime
from clarion.web.forms.checks import Checks, checked, media_of
from clarion.web.forms.composition import ALL, Composition, declared
from clarion.web.forms.notes import mended
from clarion.web.place import NotYours

LIVES = (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED, *LEAVING)
"""States in which a delivery is a promise: changing its words takes the right to publish."""


@dataclass(frozen=True)
class Conflict:
    """Somebody else saved in between: their words, and who and when."""

    theirs: Composition
    by: str
    at: datetime
    gone: bool = False


class Refusal(Exception):
    """It was not saved. The composition still has every word; ``status`` is the answer's."""

    def __init__(self, composition: Composition, *, status: int = 422, conflict: Conflict | None = None) -> None:
        super().__init__(status)
        self.composition = composition
        self.status = status
        self.conflict = conflict


class Visit:
    def __init__(self, *, member: Member, post: Post | None, now: datetime) -> None:
        self.member = member
        self.workspace = member.workspace
        self.post = post
        self.now = now
        if post is not None and any(one.state in LIVES for one in self.deliveries) and not member.may("publish"):
            raise NotYours(_("This post is scheduled. Changing it takes the right to publish: ask an editor."))

    # -- what is there

    @cached_property
    def deliveries(self) -> list[Delivery]:
        return list(self.post.deliveries.select_related("channel").order_by("id")) if self.post else []

    @cached_property
    def channels(self) -> list[Channel]:
        """Connected channels, and disconnected ones where the post is out."""
        mine = Channel.objects.filter(workspace=self.workspace)
        return [one for one in mine if one.is_connected or str(one.pk) in self.fixed]

    @cached_property
    def fixed(self) -> dict[str, Delivery]:
        """Deliveries that are on their way or out, by channel id: their words stay as they are."""
        return {str(one.channel_id): one for one in self.deliveries if one.state in LEAVING}

    @property
    def is_promised(self) -> bool:
        return any(one.state in LIVES for one in self.deliveries)

    @cached_property
    def due_at(self) -> datetime | None:
        """When the next of its deliveries leaves; None when none is to leave."""
        return min((one.due_at for one in self.deliveries if one.state == State.SCHEDULED), default=None)

    def beginning(self, *, date: str = "", only: str = "") -> Composition:
        """What the composer shows first. ``only``: the visit is for this channel, which gets words of its own."""
        if self.post is None:
            begun = Composition.new(self.workspace, now=self.now, date=date, channels=self.channels)
            return replace(begun, channels=(only,)) if only in begun.channels else begun
        begun = Composition.of(self.post, at=self.due_at, now=self.now)
        if only and only not in self.fixed and any(str(one.pk) == only for one in self.channels):
            begun = replace(begun if only in begun.variants else begun.with_variant(only), only=only, was="")
        return begun

    def read(self, request: HttpRequest) -> Composition:
        options = [option for option, _who in declared(self.channels).values()]
        known = {str(one.pk) for one in self.channels}
        read = Composition.read(request.POST, workspace=self.workspace, options=options)
        read = replace(
            read, only=read.only if read.only in known else "",
            channels=tuple(pk for pk in read.channels if pk in known),
            variants={pk: said for pk, said in read.variants.items() if pk in known},
        )  # fmt: skip
        return read.with_files(request.FILES, data=request.POST, workspace=self.workspace, by=request.user)

    def chosen(self, composition: Composition) -> list[Channel]:
        """The channels to which this visit will send: chosen, not yet out, and the one alone if it is for one."""
        return [
            one for one in self.channels
            if str(one.pk) not in self.fixed
            and (str(one.pk) == composition.only if composition.only else str(one.pk) in composition.channels)
        ]  # fmt: skip

    def checks(self, composition: Composition, *, at_once: bool = False) -> Checks:
        return checked(
            composition, workspace=self.workspace, channels=self.chosen(composition), post=self.post, now=self.now,
            at_once=at_once,
        )  # fmt: skip

    # -- its buttons

    def turn(self, composition: Composition, do: str, where: str) -> Composition:
        """The buttons that only change the form, for those without scripts."""
        panel, _colon, part = where.partition(":")
        if do == "part":
            return composition.with_part(panel)
        if do == "unpart" and part.isdigit():
            return composition.without_part(panel, int(part))
        if do == "vary" and where and where not in composition.variants:
            known = any(str(one.pk) == where for one in self.channels)
            return composition.with_variant(where) if known else composition
        if do == "mend":
            advice, rows = Advice.objects.for_workspace(self.workspace), media_of(composition, self.workspace)
            return mended(composition, where, advice=advice, rows=rows)
        if do == "same":
            return composition.without_variant(where)
        return composition

    def save(self, composition: Composition) -> Post:
        """Keeps the words. Raises ``Refusal``."""
        self._refuse_unsayable(composition)
        with transaction.atomic():
            return self._keep(composition)

    def schedule(self, composition: Composition, *, at_once: bool) -> tuple[Post, list[Delivery]]:
        """Keeps the words and promises them on the chosen channels. Raises ``Refusal``."""
        self._refuse_unpublishable(composition, at_once=at_once)
        try:
            at = self.now if at_once else composition.due(zone=self.workspace.tz, now=self.now).at
            with transaction.atomic():
                post = self._keep(composition)
                return post, self._promise(post, composition, at=at)
        except (TooLate, BadTime, Gated) as error:
            raise Refusal(composition.with_trouble(str(error)), status=409) from error

    def queue(self, composition: Composition) -> tuple[Post, list[Delivery]]:
        """Keeps the words and promises them at the next free slot of each chosen channel. Raises ``Refusal``."""
        self._refuse_unpublishable(composition, at_once=True)
        try:
            with transaction.atomic():
                post = self._keep(composition)
                return post, enqueue(post, channels=self.chosen(composition), by=self.member.user, now=self.now)
        except (TooLate, NoFreeSlot, Gated) as error:
            raise Refusal(composition.with_trouble(str(error)), status=409) from error

    def _refuse_unpublishable(self, composition: Composition, *, at_once: bool) -> None:
        if not self.member.may("publish"):
            raise Refusal(composition.with_trouble(
                _("Your role writes drafts; an editor schedules them. Save this as a draft: nothing is lost.")
            ), status=403)  # fmt: skip
        self._refuse_unsayable(composition)
        checks = self.checks(composition, at_once=at_once)
        if checks.stops:
            raise Refusal(composition.with_trouble(*checks.stops))

    def _refuse_unsayable(self, composition: Composition) -> None:
        if composition.troubles:
            raise Refusal(composition)
        said = [part.text + "".join(shot.alt for shot in part.shots) for c in composition.contents for part in c.parts]
        if any("\x00" in text for text in said):
            raise Refusal(composition.with_trouble(
                _("The text has a control character that cannot be kept. Remove it and type the line anew.")
            ))  # fmt: skip
        if any(len(name.strip()) > 60 for name in composition.new_labels.split(",")):
            raise Refusal(composition.with_trouble(_("A label has at most 60 characters.")))

    # -- keeping

    def _keep(self, composition: Composition) -> Post:
        values: dict[str, Any] = {
            "content": self._marked(composition.words),
            "channels": self._carriers(composition), "labels": self._labels(composition),
            "variants": self._variants(composition), "late_minutes": composition.late_number or LATE_MINUTES,
            "late": composition.late if composition.late in Late.values else Late.SEND,
        }  # fmt: skip
        post = self.post
        if post is None and composition.key:
            post = Post.objects.kept().filter(workspace=self.workspace, key=composition.key).first()
            composition = replace(composition, version=1)
        if post is None:
            post = self._write(composition, values)
        elif not self._is_same(post, composition, values):
            post = self._edit(post, composition, values)
        if not self.is_promised and composition.moment != composition.offered:
            try:
                post.want(composition.due(zone=self.workspace.tz, now=self.now).at)
            except BadTime:
                post.want(None)
        return post

    def _marked(self, words: Content) -> Content:
        """A model that helped once is never forgotten, whatever the form says."""
        before = self.post.said.help if self.post else ()
        return replace(words, help=tuple(dict.fromkeys((*before, *words.help))))

    def _write(self, composition: Composition, values: dict[str, Any]) -> Post:
        try:
            with transaction.atomic():
                return Post.objects.write(
                    workspace=self.workspace, by=self.member.user, key=composition.key or None, **values
                )
        except IntegrityError:  # the same form at the same moment: it is that post
            return Post.objects.get(workspace=self.workspace, key=composition.key)

    def _edit(self, post: Post, composition: Composition, values: dict[str, Any]) -> Post:
        if post.removed_at is not None:
            anew = replace(composition, version=0, key=f"composer-{uuid4()}")
            raise Refusal(anew, status=409, conflict=self._conflict(post, gone=True))
        try:
            return post.edit(by=self.member.user, version=composition.version, **values)
        except Stale as stale:
            post.refresh_from_db()
            mine = replace(composition, version=stale.current)
            raise Refusal(mine, status=409, conflict=self._conflict(post)) from stale
        except AlreadyLeaving as error:
            raise Refusal(composition.with_trouble(str(error)), status=409) from error

    def _is_same(self, post: Post, composition: Composition, values: dict[str, Any]) -> bool:
        """Nothing was changed: no revision is written for it."""
        theirs = Composition.of(post, at=None, now=self.now)
        return (
            post.version == composition.version and theirs.words == values["content"]
            and dict(theirs.variants) == {str(pk): said for pk, said in values["variants"].items()}
            and set(theirs.channels) == {str(one.pk) for one in values["channels"]}
            and set(theirs.labels) == {str(one.pk) for one in values["labels"]}
            and (post.late, post.late_minutes) == (values["late"], values["late_minutes"])
        )  # fmt: skip

    def _conflict(self, post: Post, *, gone: bool = False) -> Conflict:
        last = post.revisions.select_related("by").order_by("version").last()
        by = str(last.by) if last and last.by else _("somebody")
        at = post.removed_at or (last.at if last else post.changed_at)
        return Conflict(Composition.of(post, at=self.due_at, now=self.now), by, at, gone)

    def _carriers(self, composition: Composition) -> list[Channel]:
        return [one for one in self.channels if str(one.pk) in (*composition.channels, *self.fixed, composition.only)]

    def _variants(self, composition: Composition) -> dict[Any, Any]:
        """Words of a channel's own. Where it is on its way or out, those that went out stand."""
        given = {
            one.pk: composition.variants[str(one.pk)] for one in self.channels if str(one.pk) in composition.variants
        }
        kept = {one.channel_id: self.post.said_on(one.channel) for one in self.fixed.values()} if self.post else {}
        own = {variant.channel_id for variant in self.post.variants.all()} if self.post else set()
        return {**{pk: said for pk, said in kept.items() if pk in own}, **given}

    def _labels(self, composition: Composition) -> list[Label]:
        chosen = list(Label.objects.filter(workspace=self.workspace, pk__in=composition.labels))
        for name in dict.fromkeys(" ".join(name.split()) for name in composition.new_labels.split(",")):
            if name:
                chosen.append(Label.objects.get_or_create(workspace=self.workspace, name=name)[0])
        return list(dict.fromkeys(chosen))

    # -- promising

    def _promise(self, post: Post, composition: Composition, *, at: datetime) -> list[Delivery]:
        """Schedules the chosen channels; those taken off are cancelled; an unchanged time changes no time."""
        by, chosen = self.member.user, self.chosen(composition)
        known = {one.channel_id: one for one in self.deliveries}
        keeps_times = composition.was == composition.moment and at != self.now
        moved: list[Channel] = []
        for channel in chosen:
            mine = known.get(channel.pk)
            if keeps_times and mine is not None and mine.state == State.SCHEDULED and mine.due_at > self.now:
                mine.post = post
                mine.reschedule(at=mine.due_at, by=by, now=self.now, because=_("its words were changed"))
            else:
                moved.append(channel)
        made = Delivery.objects.schedule(post, channels=moved, at=at, by=by, now=self.now)
        if not composition.only:
            for one in self.deliveries:
                if str(one.channel_id) not in composition.channels and one.can_be_cancelled:
                    one.cancel(by=by, now=self.now, because=_("taken off in the composer"))
        return made or [one for one in self.deliveries if one.channel_id in {channel.pk for channel in chosen}]

    # -- what the page shows

    def context(self, composition: Composition, *, checks: Checks, conflict: Conflict | None = None) -> dict[str, Any]:
        chosen = {str(one.pk) for one in self.chosen(composition)}
        panels = [_Panel(ALL, None, composition, self.workspace)]
        panels += [
            _Panel(str(one.pk), one, composition, self.workspace)
            for one in self.channels if str(one.pk) in composition.variants and str(one.pk) not in self.fixed
        ]  # fmt: skip
        free = [one for one in self.channels if str(one.pk) not in self.fixed]
        blank, said = _Panel("PANEL", None, Composition(), self.workspace), composition.words.options
        return {
            "here": "posts" if self.post else "write", "post": self.post, "composition": composition,
            "checks": checks, "conflict": conflict,
            "channels": [(one, str(one.pk) in chosen or str(one.pk) in composition.channels) for one in free],
            "fixed": list(self.fixed.values()), "panels": panels, "blank": blank,
            "can_vary": [one for one in free if str(one.pk) not in composition.variants],
            "options": [_Choice(option, who, said.get(option.name)) for option, who in declared(free).values()],
            "labels": list(Label.objects.filter(workspace=self.workspace)), "lates": Late.choices, "chosen": chosen,
            "is_promised": self.is_promised, "today": f"{self.now.astimezone(self.workspace.tz):%Y-%m-%d}",
            "only": next((one for one in self.channels if str(one.pk) == composition.only), None),
            "opened": composition.only or ALL,
        }  # fmt: skip


@dataclass(frozen=True)
class _Choice:
    """An option with the channels that know it and what is chosen."""

    option: Any
    channels: tuple[Channel, ...]
    value: Any

    @property
    def most(self) -> str:
        """The limit that the option has, in words; empty where it has none."""
        if self.option.limit is None:
            return ""
        number = number_format(self.option.limit, use_l10n=True, force_grouping=True)
        if self.option.kind == "tags":
            return _("At most %(limit)s.") % {"limit": number}
        return _("At most %(limit)s characters.") % {"limit": number}

    @property
    def answers(self) -> str:
        return "\n".join(self.value.get("options", ())) if isinstance(self.value, dict) else ""

    @property
    def seconds(self) -> int:
        return int(self.value.get("seconds", 86_400)) if isinstance(self.value, dict) else 86_400


class _Panel:
    """The words of all channels, or of one: as the template walks through them."""

    def __init__(self, key: str, channel: Channel | None, composition: Composition, workspace: Any) -> None:
        self.key = key
        self.channel = channel
        self._composition = composition
        self._workspace = workspace

    @cached_property
    def content(self) -> Any:
        return self._composition.content_of(self.key) if self.key != "PANEL" else self._composition.words

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        ids = self.content.media_ids
        rows = {str(row.pk): row for row in Media.objects.filter(workspace=self._workspace, pk__in=ids)} if ids else {}
        return [
            {
                "key": "KEY" if self.key == "PANEL" else number, "number": number + 1, "text": words.text,
                "shots": [(rows[shot.media], shot.alt) for shot in words.shots if shot.media in rows],
                "troubles": [t.sentence for t in self._composition.troubles if (t.panel, t.part) == (self.key, number)],
            }
            for number, words in enumerate(self.content.parts)
        ]  # fmt: skip

    @property
    def kinship(self) -> str:
        """How the channel's words compare with what all say: "shorter", "longer", "as all", "different"."""
        if self.channel is None:
            return ""
        mine, common = self.content, self._composition.words
        if mine.text == common.text and mine.media_ids == common.media_ids:
            return _("as all")
        lengths = len(mine.text), len(common.text)
        return _("shorter") if lengths[0] < lengths[1] else _("longer") if lengths[0] > lengths[1] else _("different")
