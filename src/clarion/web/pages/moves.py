"""Moves in the calendar: a post is given another time by hand, and put back. Asked by scripts, answered in a sentence.

A refusal is an answer too (``moved`` is false): the post goes back to where it was, and the sentence says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from clarion.channels.rights import refused, said
from clarion.deliveries import together
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import TooLate
from clarion.organisations.dates import written
from clarion.organisations.ids import as_id
from clarion.organisations.models import Member
from clarion.posts.models import Post
from clarion.posts.when import BadTime, Resolved, resolve
from clarion.web import sieve
from clarion.web.entries import zone_of
from clarion.web.place import in_workspace


@require_POST
@in_workspace("write")
def move(request: HttpRequest) -> JsonResponse:
    """Gives the post its time ``date`` and ``time`` in ``zone``; without ``time`` it keeps that of its clock."""
    chip, now = _Chip.read(request), timezone.now()
    try:
        due = _due(request, chip, now=now)
        sentence = chip.move(at=due.at, by=request.user, now=now)
    except (TooLate, BadTime) as error:
        return JsonResponse({"moved": False, "sentence": str(error)})
    told = " ".join([sentence, due.note]).strip()
    return JsonResponse({"moved": True, "sentence": told, "at": int(due.at.timestamp()), "was": chip.at})


@require_POST
@in_workspace("write")
def undo(request: HttpRequest) -> JsonResponse:
    """Puts a post back that was just moved; ``was`` is where a draft was meant for."""
    chip, now = _Chip.read(request), timezone.now()
    try:
        chip.put_back(was=_seconds(request.POST.get("was", "")), by=request.user, now=now)
    except (TooLate, BadTime) as error:
        return JsonResponse({"moved": False, "sentence": str(error)})
    return JsonResponse({"moved": True, "sentence": _("It is back at its old time.")})


@dataclass(frozen=True)
class _Chip:
    """One post at one instant (``at``, in seconds), on the channels that the person sees."""

    member: Member
    post: Post
    at: int
    zone: ZoneInfo
    deliveries: tuple[Delivery, ...]

    @classmethod
    def read(cls, request: HttpRequest) -> _Chip:
        member: Member = request.member  # type: ignore[attr-defined]
        asked, at = sieve.wanted(request.POST), _seconds(request.POST.get("at", ""))
        rows = Post.objects.kept().select_related("workspace__organisation")
        post = get_object_or_404(rows, workspace=member.workspace, pk=as_id(request.POST.get("post", "")))
        begin = datetime.fromtimestamp(at, UTC)
        due = post.deliveries.filter(due_at__gte=begin, due_at__lt=begin + timedelta(seconds=1))
        if asked.channels:
            due = due.filter(channel__in=asked.channels)
        due = due.exclude(state=State.CANCELLED).select_related("channel", "workspace__organisation")
        deliveries = tuple(due.order_by("id"))
        for one in deliveries:
            one.post = post
        return cls(member, post, at, zone_of(member.workspace, asked), deliveries)

    @property
    def is_draft(self) -> bool:
        wanted = self.post.wanted_at
        stands_here = wanted is not None and int(wanted.timestamp()) == self.at
        return stands_here and not self.post.deliveries.exclude(state=State.CANCELLED).exists()

    def move(self, *, at: datetime, by: Any, now: datetime) -> str:
        """Moves it and says so. Raises ``TooLate`` or ``BadTime``."""
        time = written(at.astimezone(self.zone), "l j F, H:i")
        if self.is_draft:
            self.post.want(at, by=by)
            return _("The draft is meant for %(time)s now.") % {"time": time}
        self._refuse_without_right()
        moved = together.moved(self.deliveries, at=at, by=by, now=now)
        held = any(one.state == State.HELD for one in moved)
        left = len(self.deliveries) - len(moved)
        sentence = (
            _("Moved to %(time)s. It stays held back.") if held else _("Moved to %(time)s.")
        ) % {"time": time}  # fmt: skip
        if not left:
            return sentence
        rest = ngettext(
            "On %(n)d channel it was already on its way or out.",
            "On %(n)d channels it was already on its way or out.", left,
        )  # fmt: skip
        return f"{sentence} {rest % {'n': left}}"

    def put_back(self, *, was: int, by: Any, now: datetime) -> None:
        if self.is_draft:
            self.post.want(datetime.fromtimestamp(was, UTC), by=by)
            return
        self._refuse_without_right()
        together.put_back([one for one in self.deliveries if one.can_be_moved], by=by, now=now)

    def _refuse_without_right(self) -> None:
        if not self.deliveries:
            raise TooLate(_("It is no longer there: somebody moved it, or took it back."))
        if not_there := refused(self.member, [one.channel for one in self.deliveries if one.can_be_moved]):
            raise TooLate(said(not_there))


def _due(request: HttpRequest, chip: _Chip, *, now: datetime) -> Resolved:
    """When it shall be due. Raises ``BadTime`` for what is no time, has passed, or lies beyond ten years."""
    was = datetime.fromtimestamp(chip.at, chip.zone)
    clock = request.POST.get("time", "") or f"{was:%H:%M:%S}"
    try:
        local = datetime.fromisoformat(f"{request.POST.get('date', '')}T{clock}").replace(tzinfo=None)
    except ValueError:
        raise BadTime(_("That is no day, or no time of it. Nothing was moved.")) from None
    if not 2000 <= local.year < now.year + 11:
        raise BadTime(_("%(year)s is too far away. Nothing was moved.") % {"year": local.year})
    due = resolve(local, zone=chip.zone, fold=1 if request.POST.get("fold") == "1" else None)
    if due.at < now:
        raise BadTime(_("%(time)s has passed: nothing can go out then. It stays where it was.")
                      % {"time": written(due.at.astimezone(chip.zone), "l j F, H:i")})  # fmt: skip
    return due


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        raise Http404
    return int(text)
