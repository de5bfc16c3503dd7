"""Connecting a channel: the form that a network declares, and the way through the browser and back.

Nothing here knows a network by name: everything is read from ``Network.sign_in`` and from the methods it has.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from clarion.channels.models import App, http_out
from clarion.channels.sealing import seal, unseal
from clarion.networks.base import Account, Connected, Network, OAuth, Token
from clarion.networks.wording import quoting
from clarion.networks.words import Failure, Refused
from clarion.organisations.models import Organisation, Workspace

LASTS = timedelta(minutes=15)
"""So long may a person take at the network's sign-in."""


@dataclass(frozen=True)
class Way:
    """One way to sign in, as the connect page shows it."""

    number: int
    form: SignInForm
    in_browser: bool
    asked: tuple[tuple[str, str], ...] = ()
    """The permissions that it needs: the network's name of each, and what it is for."""
    app: AppForm | None = None
    """For the keys of an application of ours there; None where no such is needed."""
    lacks_app: bool = False
    """Whether nobody has given these keys yet."""
    settings: tuple[str, ...] = ()
    """The settings by which an operator gives the same keys to all organisations of the installation."""


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
                label=_(field.label), help_text=_(field.help), required=field.required, initial=field.default,
                max_length=2000, widget=widget,
            )  # fmt: skip


class AppForm(forms.Form):
    """The keys of an application that a person of the organisation has made at the network."""

    client_id = forms.CharField(
        max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    client_secret = forms.CharField(
        max_length=2000, widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "secret"})
    )

    def __init__(self, kind: type[Network], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_%s_app", **kwargs)
        for field, word in zip(tuple(self.fields), kind.app_words, strict=True):
            if word:
                self.fields[field].label = _(word)
            else:
                del self.fields[field]


def ways(
    kind: type[Network],
    *,
    organisation: Organisation,
    data: Mapping[str, str] | None = None,
    chosen: int | None = None,
    known: Mapping[str, str] | None = None,
) -> list[Way]:
    """All ways into a network; ``data`` fills the chosen one, ``known`` (server, handle) proposes values."""
    keys = App.objects.keys(kind, organisation=organisation)
    found = []
    for number, way in enumerate(kind.sign_in):
        form = SignInForm(way, data if number == chosen else None, initial=dict(known or {}))
        needs = needs_app(way)
        found.append(
            Way(
                number, form, isinstance(way, OAuth), _asked(kind, way, keys),
                app=AppForm(kind) if needs else None, lacks_app=needs and "client_id" not in keys,
                settings=tuple(f"CLARION_{kind.name.upper()}_{key}" for key in KEYS),
            )
        )  # fmt: skip
    return found


def _asked(kind: type[Network], way: Token | OAuth, keys: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The permissions of a way in. An operator may have named those that this application may ask for."""
    named = str(keys.get("scopes") or "").replace(",", " ").split() if isinstance(way, OAuth) else []
    return tuple((scope, kind.purpose(scope)) for scope in named or way.scopes)


KEYS = ("CLIENT_ID", "CLIENT_SECRET")


def needs_app(way: Token | OAuth) -> bool:
    """True when this way needs an application of ours at the network."""
    return isinstance(way, OAuth) and not way.at_each_server


# -- through the browser


def back_address() -> str:
    return settings.BASE_URL + reverse("signed_in")


def leave(request: HttpRequest, kind: type[Network], *, workspace: Workspace, server: str, now: datetime) -> str:
    """Where the person signs in. What is needed on the way back is kept in the session, under a state of its own."""
    app = _app(kind, server, workspace=workspace)
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    given = {"redirect_uri": back_address(), "state": state, "challenge": challenge}
    begun: Mapping[str, Any] = {}
    if hasattr(kind, "begin"):  # it asks the server before the person leaves, and has to know that again
        address, begun = kind.begin(server, app, **given, http=http_out(workspace))
    else:
        address = _able(kind).authorise_url(server, app, **given)
    request.session["sign_in"] = {
        "state": state, "verifier": verifier, "network": kind.name, "server": server, "workspace": str(workspace.pk),
        "until": (now + LASTS).isoformat(), "sealed": seal(dict(begun)) if begun else "",
    }  # fmt: skip
    return str(address)


def come_back(
    request: HttpRequest, kind: type[Network], kept: Mapping[str, str], *, workspace: Workspace
) -> tuple[Connected, ...]:
    """Turns the network's answer into accounts that it lets us speak for. Raises one of the four words."""
    if error := request.GET.get("error"):
        raise _not_let_in(kind, error, said=request.GET.get("error_description") or error)
    server = kept["server"]
    more = {"begun": unseal(kept["sealed"]), "came_from": request.GET.get("iss", "")} if kept.get("sealed") else {}
    try:
        found: tuple[Connected, ...] = _able(kind).exchange(
            server, _app(kind, server, workspace=workspace), code=request.GET.get("code", ""),
            redirect_uri=back_address(), verifier=kept["verifier"], http=http_out(workspace), **more,
        )  # fmt: skip
    except Failure as failure:
        if failure.code == "invalid_client":  # the server forgot us: register anew at the next start
            App.objects.filter(network=kind.name, server=_name(server), organisation=None).delete()
        raise
    if not found:
        sentence = _("%(network)s let us in, but showed nothing that we may speak for. Allow it there, and try again.")
        raise Refused(sentence % {"network": kind.label}, code="no_account")
    return found


def _not_let_in(kind: type[Network], error: str, *, said: str) -> Refused:
    """The no that came back: a person's, or the network's own (RFC 6749, 4.1.2.1), which is quoted."""
    if error == "access_denied":
        return Refused(_("The sign-in was declined there. Nothing was connected."), code="declined")
    sentence = _("%(network)s did not let us in. Nothing was connected.") % {"network": kind.label}
    return Refused(quoting(sentence, said[:300]), code=error)


def offer(
    request: HttpRequest, kind: type[Network], found: tuple[Connected, ...], *, workspace: Workspace, now: datetime
) -> None:
    """Keeps what a person may choose from, sealed, until they have chosen."""
    request.session["offer"] = {
        "network": kind.name, "workspace": str(workspace.pk), "until": (now + LASTS).isoformat(),
        "sealed": seal({"found": [_as_json(one) for one in found]}),
    }  # fmt: skip


def offered(request: HttpRequest, *, workspace: Workspace, now: datetime) -> tuple[str, list[Connected]]:
    """The network and the accounts to choose from; nothing when there is no such offer (any more)."""
    kept = request.session.get("offer")
    if not kept or kept["workspace"] != str(workspace.pk) or datetime.fromisoformat(kept["until"]) < now:
        return "", []
    return kept["network"], [_of_json(one) for one in unseal(kept["sealed"])["found"]]


def _as_json(one: Connected) -> dict[str, Any]:
    return {**asdict(one), "expires_at": one.expires_at.isoformat() if one.expires_at else None}


def _of_json(kept: Mapping[str, Any]) -> Connected:
    ends = kept["expires_at"]
    return Connected(
        Account(**kept["account"]), kept["secrets"], tuple(kept["scopes"]), tuple(kept["missing_scopes"]),
        datetime.fromisoformat(ends) if ends else None,
    )  # fmt: skip


def taken(request: HttpRequest, *, now: datetime) -> dict[str, str]:
    """What was kept when the person left; once, and only for the same state. Raises Refused."""
    kept = request.session.pop("sign_in", None)
    if not kept or not secrets.compare_digest(kept["state"], request.GET.get("state", "")):
        raise Refused(_("This sign-in was not begun here, or was used already. Start it again."), code="state")
    if datetime.fromisoformat(kept["until"]) < now:
        raise Refused(_("The sign-in took longer than 15 minutes. Start it again."), code="late")
    return dict(kept)


def _able(kind: type[Network]) -> Any:
    if not hasattr(kind, "exchange"):
        raise Refused(_("%(name)s cannot be connected through the browser.") % {"name": kind.label})
    return kind


def _name(server: str) -> str:
    return server.strip().lower().removeprefix("https://").rstrip("/")


def _app(kind: type[Network], server: str, *, workspace: Workspace) -> dict[str, Any]:
    """Our application's keys: those that were given, or registered once at this server and re-used."""
    given = App.objects.keys(kind, organisation=workspace.organisation)
    if "client_id" in given or not hasattr(kind, "register"):
        return given
    at = {"network": kind.name, "server": _name(server), "redirect_uri": back_address(), "organisation": None}
    known = App.objects.filter(**at).first()
    if known is not None:
        return known.keys
    app = App(**at)
    app.keys = keys = dict(_able(kind).register(server, redirect_uri=back_address(), http=http_out(workspace)))
    try:
        with transaction.atomic():
            app.save()
    except IntegrityError:  # somebody else registered us in the same second: both are good
        return App.objects.get(**at).keys
    return keys
