"""One visit to the composer: whose, of which post, on which channels; and what its buttons do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.channels.rights import refused, said
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.letting import let_out
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import TooLate
from clarion.deliveries.queue import NoFreeSlot, enqueue
from clarion.organisations.models import Member
from clarion.posts.content import LINKS, Content
from clarion.posts.models import Advice, Gated, HouseRule, Label, Late, NoReason, Post, UtmPreset, Working
from clarion.posts.models.post import LATE_MINUTES, LEAVING
from clarion.posts.when import BadTime
from clarion.web.forms import caption_files
from clarion.web.forms.around import Around
from clarion.web.forms.asks import Asks, asks_of
from clarion.web.forms.checks import Checks, checked, media_of
from clarion.web.forms.composition import ALL, Composition, declared
from clarion.web.forms.conflict import Conflict
from clarion.web.forms.from_template import begun_from, keep_as_template
from clarion.web.forms.keeping import Keeping, Refusal
from clarion.web.forms.notes import mended
from clarion.web.forms.panels import Choice, ChosenSet, Panel, chosen_sets, grouped
from clarion.web.place import NotYours

LIVES = (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED, *LEAVING)
"""States in which a delivery is a promise: changing its words takes the right to publish."""


class Visit(Keeping):
    def __init__(
        self, *, member: Member, post: Post | None, now: datetime, known: Sequence[Channel] | None = None
    ) -> None:
        """``known``: every channel of the workspace, where somebody has asked for them already."""
        self._known = known
        self.member = member
        self.workspace = member.workspace
        self.post = post
        if post is not None:
            post.workspace = member.workspace  # it is that one: not asked for again
        self.now = now
        self.because = ""
        """Why it should go out although a rule stops it; empty: it should not."""
        promised = [one for one in self.deliveries if one.state in LIVES] if post is not None else []
        if not_there := refused(member, [one.channel for one in promised if not one.on_request]):
            raise NotYours(said(not_there))

    # -- what is there

    @cached_property
    def deliveries(self) -> list[Delivery]:
        return list(self.post.deliveries.select_related("channel").order_by("id")) if self.post else []

    @cached_property
    def channels(self) -> list[Channel]:
        """Connected channels, and disconnected ones where the post is out."""
        mine = Channel.objects.filter(workspace=self.workspace) if self._known is None else self._known
        return [one for one in mine if (one.is_connected and not one.for_us) or str(one.pk) in self.fixed]

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

    @cached_property
    def working(self) -> Working | None:
        """The person's words that are not in the post."""
        if hasattr(self.post, "mine"):
            return self.post.mine  # type: ignore[union-attr,no-any-return]  it came with the post
        return Working.objects.of(self.member.user).filter(post=self.post).first() if self.post else None

    def beginning(self, *, date: str = "", time: str = "", only: str = "", template: str = "") -> Composition:
        """What the composer shows first. ``only``: the visit is for this channel, which gets words of its own.
        ``template``: the id of the one that a new post begins from."""
        if self.post is None:
            begun = Composition.new(self.workspace, now=self.now, date=date, time=time, channels=self.channels)
            usual = next((str(one.pk) for one in self.presets if one.is_usual), "")
            begun = replace(begun, words=Content(options={LINKS: usual})) if usual else begun
            begun = begun_from(template, begun, workspace=self.workspace, channels=self.channels)
            return replace(begun, channels=(only,)) if only in begun.channels else begun
        begun = Composition.of(self.post, at=self.due_at, now=self.now)
        if self.working is not None:
            begun = Composition.from_working(self.working, begun)
        if only and only not in self.fixed and any(str(one.pk) == only for one in self.channels):
            begun = replace(begun if only in begun.variants else begun.with_variant(only), only=only, was="")
        return begun

    def read(self, request: HttpRequest) -> Composition:
        options = [option for option, _who in declared(self.channels).values()]
        known = {str(one.pk) for one in self.channels}
        if self.member.may("override"):
            self.because = request.POST.get("override", "").strip()
        read = Composition.read(request.POST, workspace=self.workspace, options=options)
        read = replace(
            read, only=read.only if read.only in known else "",
            channels=tuple(pk for pk in read.channels if pk in known),
            variants={pk: own for pk, own in read.variants.items() if pk in known},
        )  # fmt: skip
        came = {"data": request.POST, "workspace": self.workspace, "by": request.user}
        return caption_files.taken_in(read.with_files(request.FILES, **came), request.FILES, **came)

    def chosen(self, composition: Composition) -> list[Channel]:
        """The channels to which this visit will send: chosen, not yet out, and the one alone if it is for one."""
        return [
            one for one in self.channels
            if str(one.pk) not in self.fixed
            and (str(one.pk) == composition.only if composition.only else str(one.pk) in composition.channels)
        ]  # fmt: skip

    def taken_off(self, composition: Composition) -> list[Channel]:
        """The channels on which scheduling this takes back what somebody with the right had promised."""
        return [
            one.channel for one in self.deliveries
            if not composition.only and one.can_be_cancelled and not one.on_request
            and str(one.channel_id) not in composition.channels
        ]  # fmt: skip

    def checks(self, composition: Composition, *, at_once: bool = False) -> Checks:
        return checked(
            composition, workspace=self.workspace, channels=self.chosen(composition), post=self.post, now=self.now,
            at_once=at_once, advice=getattr(self.workspace, "advice", None) or Advice(workspace=self.workspace),
            house=HouseRule.objects.house(self.workspace, marks=self.around.rules),
        )  # fmt: skip

    def asks(self, composition: Composition) -> Asks:
        """Whose yes this will need, and whose it has."""
        return asks_of(
            self.member, self.chosen(composition), composition, post=self.post,
            has_asked=any(one.on_request for one in self.deliveries),
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
        if do == "set":
            found = next((one for one in self.sets if one.key == where), None)
            return replace(composition, channels=found.channels) if found else composition
        if do == "at" and (at := _moment(where)):
            return replace(composition, date=f"{at:%Y-%m-%d}", time=f"{at:%H:%M}", fold="")
        if do == "mend":
            advice, rows = Advice.objects.for_workspace(self.workspace), media_of(composition, self.workspace)
            return mended(composition, where, advice=advice, rows=rows)
        if do == "same":
            return composition.without_variant(where)
        return composition

    def keep_as_template(self, composition: Composition, *, name: str) -> None:
        """The words as they stand here, to begin other posts from. Raises ``Refusal`` for what cannot be kept."""
        self._refuse_unsayable(composition)
        keep_as_template(composition, name=name, workspace=self.workspace, by=self.member.user)

    def schedule(self, composition: Composition, *, at_once: bool, note: str = "") -> tuple[Post, list[Delivery]]:
        """Keeps the words and promises them on the chosen channels; where somebody's yes is needed, it is asked for,
        with the ``note`` for who approves. Raises ``Refusal``."""
        self._refuse_unpublishable(composition, at_once=at_once)
        try:
            at = self.now if at_once else composition.due(zone=self.workspace.tz, now=self.now).at
            with self._nobody_loses(), transaction.atomic():
                post = self._kept_against_rules(composition)
                made = self._promise(post, composition, at=at)
                if note.strip():
                    ask_for_yes(post, by=self.member.user, now=self.now, note=note)
                return post, made
        except (TooLate, BadTime, Gated, NoReason) as error:
            raise Refusal(composition.with_trouble(str(error)), status=409) from error

    def queue(self, composition: Composition) -> tuple[Post, list[Delivery]]:
        """Keeps the words and promises them at the next free slot of each chosen channel. Raises ``Refusal``."""
        self._refuse_unpublishable(composition, at_once=True)
        try:
            with self._nobody_loses(), transaction.atomic():
                post = self._kept_against_rules(composition)
                return post, enqueue(post, channels=self.chosen(composition), by=self.member.user, now=self.now)
        except (TooLate, BadTime, NoFreeSlot, Gated, NoReason) as error:
            raise Refusal(composition.with_trouble(str(error)), status=409) from error

    def _refuse_unpublishable(self, composition: Composition, *, at_once: bool) -> None:
        if not_there := refused(self.member, self.taken_off(composition)):
            raise Refusal(composition.with_trouble(said(not_there)), status=403)
        self._refuse_unsayable(composition)
        checks = self.checks(composition, at_once=at_once)
        if stops := checks.stops_for_good if self.because else checks.stops:
            raise Refusal(composition.with_trouble(*stops))

    def _kept_against_rules(self, composition: Composition) -> Post:
        """The post with its words kept; with a reason, rules that stop them are overridden for these words."""
        post = self._keep(composition)
        if self.because:
            let_out(post, by=self.member.user, because=self.because, now=self.now, channels=self.chosen(composition))
        return post

    # -- promising

    def _promise(self, post: Post, composition: Composition, *, at: datetime) -> list[Delivery]:
        """Schedules the chosen channels; those taken off are cancelled; an unchanged time changes no time."""
        by, chosen = self.member.user, self.chosen(composition)
        known = {one.channel_id: one for one in self.deliveries}
        keeps_times = composition.was == composition.moment and at != self.now
        moved: list[Channel] = []
        for channel in chosen:
            mine = known.get(channel.pk)
            frees = mine is not None and mine.on_request and self.member.may("publish", on=channel)
            if (
                keeps_times
                and not frees
                and mine is not None
                and mine.state == State.SCHEDULED
                and mine.due_at > self.now
            ):
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

    @cached_property
    def around(self) -> Around:
        return Around(self.workspace)

    def opened(self) -> None:
        """The page is only shown: all that hangs on the post is asked for at once."""
        if self.post is not None:
            self.around = Around(self.workspace, self.post)
            self.around.hang(self.channels if self._known is None else self._known)

    @cached_property
    def sets(self) -> list[ChosenSet]:
        """The workspace's sets of channels, of those channels that can be chosen here."""
        can = {str(one.pk) for one in self.channels if one.is_connected} - set(self.fixed)
        return chosen_sets(self.around.sets, can)

    @cached_property
    def staying(self) -> set[Label]:
        """The labels of the post that this person cannot take off."""
        if self.post is None or not self.around.labels:
            return set()
        return self.post.labels_that_stay(by=self.member.user)

    @cached_property
    def presets(self) -> list[UtmPreset]:
        return self.around.presets

    def context(self, composition: Composition, *, checks: Checks, conflict: Conflict | None = None) -> dict[str, Any]:
        chosen = {str(one.pk) for one in self.chosen(composition)}
        files = media_of(composition, self.workspace)
        panels = [Panel(ALL, None, composition, files)]
        panels += [
            Panel(str(one.pk), one, composition, files)
            for one in self.channels if str(one.pk) in composition.variants and str(one.pk) not in self.fixed
        ]  # fmt: skip
        free = [one for one in self.channels if str(one.pk) not in self.fixed]
        blank, options = Panel("PANEL", None, Composition(), {}), composition.words.options
        return {
            "here": "posts" if self.post else "write", "post": self.post, "composition": composition,
            "checks": checks, "conflict": conflict, "because": self.because,
            "closed": {one.pk for one in refused(self.member, free)},
            "channels": [(one, str(one.pk) in chosen or str(one.pk) in composition.channels) for one in free],
            "fixed": list(self.fixed.values()), "panels": panels, "blank": blank,
            "can_vary": [one for one in free if str(one.pk) not in composition.variants],
            "options": grouped(Choice(one, who, options.get(one.name)) for one, who in declared(free).values()),
            "labels": self.around.labels, "staying": self.staying, "campaigns": self.around.campaigns,
            "categories": self.around.categories, "lates": Late.choices, "chosen": chosen,
            "is_promised": self.is_promised, "asks": self.asks(composition),
            "today": f"{self.now.astimezone(self.workspace.tz):%Y-%m-%d}",
            "only": next((one for one in self.channels if str(one.pk) == composition.only), None),
            "opened": composition.only or ALL, "languages": caption_files.languages,
            "green": getattr(self.post, "evergreen", None) if self.post else None,
            "working": self.working, "sets": self.sets,
            "chosen_set": next((one for one in self.sets if set(one.channels) == set(composition.channels)), None),
            "late_minutes": composition.late_number or LATE_MINUTES,
            "links": str(options.get(LINKS, "")), "presets": self.presets,
            "has_options": bool(options.keys() - {LINKS}),
        }  # fmt: skip


def _moment(text: str) -> datetime | None:
    """A wall time as a button names it."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M")
    except ValueError:
        return None
