"""Connecting a channel: the form that a network declares, and the way through the browser and back.

Nothing here knows a network by name: everything is read from ``Network.sign_in`` and from the methods it has.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from clarion.channels.models import App, Channel, http_out
from clarion.networks.base import Network, OAuth, Token
from clarion.networks.words import Failure, Refused
from clarion.organisations.models import Workspace

LASTS = timedelta(minutes=15)
"""So long may a person take at the network's sign-in."""


@dataclass(frozen=True)
class Kind:
    """What pages show of a network. (A template would call the class itself.)"""

    name: str
    label: str
    own_ground: bool
    characters: int
    has_threads: bool

    @classmethod
    def of(cls, kind: type[Network]) -> Kind:
        return cls(kind.name, kind.label, kind.own_ground, kind.rules.text.limit, kind.rules.parts > 1)


@dataclass(frozen=True)
class Way:
    """One way to sign in, as the connect page shows it. ``missing`` names settings without which it cannot work."""

    number: int
    form: SignInForm
    in_browser: bool
    missing: tuple[str, ...] = ()


class SignInForm(forms.Form):
    """The fields that a network declared. Secrets are never written back into the page."""

    def __init__(self, way: Token | OAuth, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_%s_" + type(way).__name__.lower(), **kwargs)
        for field in way.fields:
            widget: forms.Widget = (
                forms.PasswordInput(attrs={"autocomplete": "off", "class": "secret", "spellcheck": "false"})
                if field.secret
                else forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"})
            )
            self.fields[field.name] = forms.CharField(
                label=field.label, help_text=field.help, required=field.required, initial=field.default,
                max_length=2000, widget=widget,
            )  # fmt: skip


def ways(
    kind: type[Network],
    *,
    data: Mapping[str, str] | None = None,
    chosen: int | None = None,
    known: Mapping[str, str] | None = None,
) -> list[Way]:
    """All ways into a network; ``data`` fills the chosen one, ``known`` (server, handle) proposes values."""
    found = []
    for number, way in enumerate(kind.sign_in):
        form = SignInForm(way, data if number == chosen else None, initial=dict(known or {}))
        found.append(Way(number, form, isinstance(way, OAuth), missing(kind, way)))
    return found


def missing(kind: type[Network], way: Token | OAuth) -> tuple[str, ...]:
    """The application keys that an operator has yet to set for this way."""
    if not isinstance(way, OAuth) or way.at_each_server:
        return ()
    wanted = ("CLIENT_ID", "CLIENT_SECRET")
    return tuple(
        f"CLARION_{kind.name.upper()}_{what}" for what in wanted if not settings.ENVIRONMENT.app_key(kind.name, what)
    )


# -- through the browser


def back_address() -> str:
    return settings.BASE_URL + reverse("signed_in")


def leave(request: HttpRequest, kind: type[Network], *, workspace: Workspace, server: str, now: datetime) -> str:
    """Where the person signs in. What is needed on the way back is kept in the session, under a state of its own."""
    app = _app(kind, server, workspace=workspace)
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    address = _able(kind).authorise_url(server, app, redirect_uri=back_address(), state=state, challenge=challenge)
    request.session["sign_in"] = {
        "state": state, "verifier": verifier, "network": kind.name, "server": server, "workspace": str(workspace.pk),
        "until": (now + LASTS).isoformat(),
    }  # fmt: skip
    return str(address)


def come_back(
    request: HttpRequest, kind: type[Network], kept: Mapping[str, str], *, workspace: Workspace, now: datetime
) -> Channel:
    """Turns the network's answer into a channel. Raises one of the four words; nothing is kept then."""
    if request.GET.get("error"):
        raise Refused(_("The sign-in was declined there. Nothing was connected."), code="declined")
    server = kept["server"]
    try:
        connected = _able(kind).exchange(
            server, _app(kind, server, workspace=workspace), code=request.GET.get("code", ""),
            redirect_uri=back_address(), verifier=kept["verifier"], http=http_out(workspace),
        )  # fmt: skip
    except Failure as failure:
        if failure.code == "invalid_client":  # the server forgot us: register anew at the next start
            App.objects.filter(network=kind.name, server=_name(server)).delete()
        raise
    return Channel.objects.keep(workspace=workspace, network=kind.name, connected=connected, by=request.user, now=now)


def taken(request: HttpRequest, *, now: datetime) -> dict[str, str]:
    """What was kept when the person left; once, and only for the same state. Raises Refused."""
    kept = request.session.pop("sign_in", None)
    if not kept or not secrets.compare_digest(kept["state"], request.GET.get("state", "")):
        raise Refused(_("This sign-in was not begun here, or was used already. Start it again."), code="state")
    if datetime.fromisoformat(kept["until"]) < now:
        raise Refused(_("The sign-in took longer than 15 minutes. Start it again."), code="late")
    return dict(kept)


def _able(kind: type[Network]) -> Any:
    if not hasattr(kind, "authorise_url"):
        raise Refused(_("%(name)s cannot be connected through the browser.") % {"name": kind.label})
    return kind


def _name(server: str) -> str:
    return server.strip().lower().removeprefix("https://").rstrip("/")


def _app(kind: type[Network], server: str, *, workspace: Workspace) -> dict[str, Any]:
    """Our application's keys: set by the operator, or registered once at this server and re-used."""
    environment = settings.ENVIRONMENT
    if environment.app_key(kind.name, "CLIENT_ID"):
        return {name.lower(): environment.app_key(kind.name, name) for name in ("CLIENT_ID", "CLIENT_SECRET")}
    known = App.objects.filter(network=kind.name, server=_name(server), redirect_uri=back_address()).first()
    if known is not None:
        return known.keys
    keys = dict(_able(kind).register(server, redirect_uri=back_address(), http=http_out(workspace)))
    app = App(network=kind.name, server=_name(server), redirect_uri=back_address())
    app.keys = keys
    try:
        with transaction.atomic():
            app.save()
    except IntegrityError:  # somebody else registered us in the same second: both are good
        return App.objects.get(network=kind.name, server=_name(server), redirect_uri=back_address()).keys
    return keys
