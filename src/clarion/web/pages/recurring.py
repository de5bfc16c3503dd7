"""A post that comes again: the rule beside the post, and what is changed from one of them on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.rights import refused
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import TooLate
from clarion.deliveries.recurring import say_from_here_on
from clarion.posts.models import Post, Recurrence
from clarion.posts.rules import BadRule, Rule
from clarion.posts.when import resolve
from clarion.web.place import in_workspace, refuse

UNITS = (
    ("day", gettext_lazy("days")), ("week", gettext_lazy("weeks")), ("month", gettext_lazy("months")),
    ("year", gettext_lazy("years")),
)  # fmt: skip
NEXT = 3


@dataclass(frozen=True)
class Again:
    """What the post's page shows. ``begins``: the wall time from which a rule would count; None: it cannot begin."""

    recurrence: Recurrence | None
    coming: tuple[datetime, ...] = ()
    begins: datetime | None = None
    can_say: bool = False

    @property
    def units(self) -> Any:
        return UNITS

    @property
    def weekdays(self) -> list[tuple[int, Any]]:
        return list(WEEKDAYS.items())

    @property
    def nth(self) -> str:
        """ "the second Tuesday of the month", of the day on which it begins."""
        assert self.begins is not None
        return str(Rule.of(self.begins, every=1, unit="month", nth=True))

    @property
    def same_day(self) -> str:
        assert self.begins is not None
        return str(Rule.of(self.begins, every=1, unit="month"))


def of(post: Post, deliveries: Sequence[Delivery], *, now: datetime) -> Again:
    found: Recurrence | None = post.recurrence
    if found is not None:
        zone = post.workspace.tz
        times = (resolve(local, zone=zone).at for local in found.way.after(now.astimezone(zone).replace(tzinfo=None)))
        coming = tuple(islice(times, NEXT)) if found.ended_at is None else ()
        return Again(found, coming, can_say=found.ended_at is None and post.removed_at is None)
    return Again(None, begins=_begins(post, deliveries))


def _begins(post: Post, deliveries: Sequence[Delivery]) -> datetime | None:
    due = min((one.due_at for one in deliveries if one.state == State.SCHEDULED), default=None)
    return due.astimezone(post.workspace.tz).replace(tzinfo=None, second=0, microsecond=0) if due else None


@require_POST
@in_workspace("publish", somewhere=True)
def begin(request: HttpRequest, post: UUID) -> HttpResponse:
    """Has the post come again. What was chosen is said back as a sentence."""
    found, now, typed = _own(request, post), timezone.now(), request.POST
    begins = _begins(found, list(found.deliveries.all()))
    try:
        if begins is None:
            raise BadRule(_("Schedule the post first: its time is the first time of the rule."))
        if found.recurrence_id is not None:
            raise BadRule(_("It comes again already. Stop that rule first."))
        end = typed.get("end", "")
        rule = Rule.of(
            begins, every=_number(typed.get("every", "1")), unit=typed.get("unit", ""),
            weekdays=[int(day) for day in typed.getlist("weekday") if day in {"0", "1", "2", "3", "4", "5", "6"}],
            nth=typed.get("nth") == "1", until=_day(typed.get("until", "")) if end == "until" else None,
            times=_number(typed.get("times", "")) if end == "times" else None,
        )  # fmt: skip
        Recurrence.objects.begin(found, rule=rule, by=request.user, now=now)
        messages.success(request, _("It comes again: %(rule)s.") % {"rule": rule})
    except BadRule as error:
        messages.error(request, str(error))
    return redirect("post", found.workspace_id, found.pk)


@require_POST
@in_workspace("publish", somewhere=True)
def from_here_on(request: HttpRequest, post: UUID) -> HttpResponse:
    """What this one says, all later ones say."""
    found = _own(request, post)
    if found.recurrence is not None and found.recurrence.ended_at is None:
        count = say_from_here_on(found, by=request.user)
        said = ngettext(
            "%(n)d later post and all that will be made say this now.",
            "%(n)d later posts and all that will be made say this now.", count,
        )  # fmt: skip
        messages.success(request, said % {"n": count})
    return redirect("post", found.workspace_id, found.pk)


@require_POST
@in_workspace("publish", somewhere=True)
def stop(request: HttpRequest, post: UUID) -> HttpResponse:
    """No more are made; those that are scheduled go out, or are taken back, as chosen."""
    found, now, taken = _own(request, post), timezone.now(), 0
    if (recurrence := found.recurrence) is not None:
        with transaction.atomic():
            recurrence.stop(by=request.user, now=now)
            if request.POST.get("take_back"):
                rows = Delivery.objects.filter(post__recurrence=recurrence, state=State.SCHEDULED, due_at__gt=now)
                for one in rows.exclude(post=found).select_related("post", "channel", "workspace"):
                    if refused(request.member, [one.channel]):  # type: ignore[attr-defined]
                        continue  # somebody else has promised one of them elsewhere, besides
                    try:
                        one.cancel(by=request.user, now=now, because=_("its rule was stopped"))
                        taken += 1
                    except TooLate:
                        continue  # it is on its way: it stays as it is
        said = ngettext(
            "The rule is stopped. %(n)d delivery was taken back.",
            "The rule is stopped. %(n)d deliveries were taken back.", taken,
        )  # fmt: skip
        messages.success(
            request, said % {"n": taken} if taken else _("The rule is stopped. What is scheduled still goes out.")
        )
    return redirect("post", found.workspace_id, found.pk)


@require_safe
@in_workspace()
def recurrence(request: HttpRequest, recurrence: UUID) -> HttpResponse:
    """To the page of its last post, where the rule stands."""
    rows = Recurrence.objects.filter(workspace=request.member.workspace)  # type: ignore[attr-defined]
    found = get_object_or_404(rows, pk=recurrence)
    last = found.posts.order_by(F("removed_at").asc(nulls_first=True), "-wanted_at").first()
    if last is None:
        raise Http404
    return redirect(reverse("post", args=[found.workspace_id, last.pk]) + "#again")


def _find(request: HttpRequest, pk: UUID) -> Post:
    rows = Post.objects.select_related("workspace__organisation", "recurrence__workspace__organisation")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]


def _own(request: HttpRequest, pk: UUID) -> Post:
    """The post, where the person may publish on every channel of it and of its rule."""
    found = _find(request, pk)
    rule = list(found.recurrence.channels.all()) if found.recurrence else []
    refuse(request.member, {*found.channels.all(), *rule})  # type: ignore[attr-defined]
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRule(_("Choose the last day, or another end.")) from None


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
