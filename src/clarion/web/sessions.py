"""The sessions of a person: those on the page of her account, and how they end."""

from __future__ import annotations

from itertools import batched
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.internal.httpkit import HTTP_USER_AGENT_MAX_LENGTH
from allauth.usersessions.models import UserSession
from django.contrib.auth import update_session_auth_hash
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from clarion.organisations.models import Domain
from clarion.web import single_sign_on
from clarion.web.devices import device, network

MOST, MANY = 50, 500
"""So many are shown, those last seen first; and so many are looked through at a time."""


def of(request: HttpRequest) -> list[Any]:
    """Those that still open, this one first; each with ``is_here``, ``device`` and ``network``."""
    live = Session.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=timezone.now())
    rows = list(
        UserSession.objects.filter(Exists(live), user=request.user).order_by("-last_seen_at", "-pk")[:MOST]
    )  # fmt: skip
    for row in rows:
        row.is_here = row.session_key == request.session.session_key
        row.device, row.network = device(row.user_agent), network(row.ip)
    return sorted(rows, key=lambda row: not row.is_here)


def begun(request: HttpRequest, *, user: Any) -> None:
    """Lists the session in the moment in which it begins, whatever way: only what is listed can be ended."""
    if not request.session.session_key:
        request.session.save()
    agent = request.META.get("HTTP_USER_AGENT", "")[:HTTP_USER_AGENT_MAX_LENGTH]
    ip = get_adapter(request).get_client_ip(request)
    UserSession.objects.get_or_create(
        session_key=request.session.session_key, defaults={"user": user, "ip": ip, "user_agent": agent}
    )


def forget(user: Any, *, but: str = "") -> None:
    """Takes the rows of a person's sessions out; ``but`` the one with this key. They open no more."""
    rows = UserSession.objects.filter(user_id=user.pk).exclude(session_key=but)
    with transaction.atomic():
        Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()
        rows.delete()


def forget_passwords(domain: Domain, *, but: Any) -> None:
    """Takes the sessions out that people of the domain began without its provider, which is a must now, so that none
    comes back should it be relaxed. Those of ``but`` end at their next request: one of them is answered just now."""
    theirs = UserSession.objects.filter(user__email__iendswith=f"@{domain.name}").select_related("user")
    with transaction.atomic():
        for some in batched(theirs.exclude(user_id=getattr(but, "pk", None)), MANY):
            users = {one.session_key: one.user for one in some}
            rows = Session.objects.filter(session_key__in=list(users))
            over = [
                row.session_key for row in rows
                if not single_sign_on.is_let(row.get_decoded(), users[row.session_key], provider=domain.provider)
            ]  # fmt: skip
            rows.filter(session_key__in=over).delete()
            UserSession.objects.filter(session_key__in=over).delete()


def end_others(request: HttpRequest) -> None:
    """Ends all of them but this one, those that left no row too."""
    user: Any = request.user
    user.end_sessions(by=user)
    update_session_auth_hash(request, user)
    UserSession.objects.create_from_request(request)


def end(request: HttpRequest, session: UserSession) -> None:
    with transaction.atomic():
        user: Any = request.user
        user.tell("person.session_ended", by=user, before={"device": device(session.user_agent)})
        Session.objects.filter(session_key=session.session_key).delete()
        session.delete()
