"""Where a post stands with its yes, as everybody sees it: on its page, and on those of its deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clarion.approvals.models import Decision, Request
from clarion.approvals.progress import State
from clarion.deliveries.asking import APPROVAL, ASKED_FOR
from clarion.deliveries.progress import State as Promised
from clarion.organisations.dates import written
from clarion.organisations.models import Member
from clarion.web.asked import stage_said
from clarion.web.questions import keeping


def asked_of(post: Any) -> list[Request]:
    """The last questions that were asked about it: their events belong to its history."""
    return list(Request.objects.filter(post=post).only("pk").order_by("-asked_at")[:10])


@dataclass(frozen=True)
class Standing:
    """Where a post stands with its yes: ``state`` names a hue and a word; ``sentence`` says it whole."""

    state: str
    title: str
    sentence: str
    request: Request | None
    may_ask: bool = False
    may_withdraw: bool = False
    may_break: bool = False


def standing(post: Any, deliveries: Iterable[Any], *, member: Member) -> Standing | None:
    """None for a post that never needed a yes. Asks nothing where no workflow is and nobody was asked."""
    some = list(deliveries)
    held = [one for one in some if one.state == Promised.HELD and one.code == APPROVAL]
    is_near = getattr(member, "has_workflows", True) or any(one.on_request for one in some) or held
    rows = Request.objects.filter(post=post).counting().select_related("glass_by", "asked_by")
    request = rows.first() if is_near else None
    waits = any(one.state in ASKED_FOR for one in some)
    writes, breaks = member.may("write") and waits, member.may("break_glass") and waits
    if request is None:
        if not held:
            return None
        sentence = held[0].reason or _("Nobody has been asked for a yes to this.")
        return Standing("withdrawn", _("Nobody is asked for a yes"), sentence, None, writes, False, breaks)
    own = member.may("publish") or request.asked_by_id == member.user_id
    if request.state == State.WAITING:
        names = [str(one.person) for one in request.asked.filter(answered_at=None).select_related("person")]
        told = {"names": ", ".join([*names, *request.here.guests]), "stage": stage_said(request)}
        sentence = _("It waits for %(names)s.") % told if told["names"] else _("Nobody can answer it as it is.")
        return Standing("waiting", _("Waits for a yes"), sentence, request, False, writes and own, breaks)
    if request.state == State.REFUSED:
        sentence = _("“%(reason)s” Change it and ask again.") % {"reason": request.because}
        return Standing("refused", _("Sent back"), sentence, request, writes, False, breaks)
    if request.state == State.GLASS:
        told = {"who": request.glass_by or _("Somebody who left"), "reason": request.because}
        title = _("Goes out without an approval") if waits else _("Went out without an approval")
        return Standing("glass", title, _("%(who)s: “%(reason)s”") % told, request)
    given = request.decisions.filter(answer=Decision.Answer.YES).select_related("person", "guest")
    lines = [
        _("%(who)s, %(time)s") % {
            "who": one.person or one.guest,
            "time": written(one.at.astimezone(member.workspace.tz), "j M Y, H:i"),
        } for one in given
    ]  # fmt: skip
    again = writes and bool(held)
    return Standing("approved", _("Approved"), " · ".join(lines), request, again, writes and own and waits, False)


def waits_or(state: str, where: Standing | None) -> str:
    return keeping(state, where.state if where else None)


def shown_each(deliveries: Iterable[Any], where: Standing | None) -> None:
    """Each with the state that it is ``shown`` in: only what is asked about waits for its yes."""
    asked = where.request if where else None
    for one in deliveries:
        one.shown = keeping(one.state, asked.state if asked and str(one.channel_id) in asked.seals else None)
