"""Signing in to Bluesky: in the browser by OAuth, or by an app password where Clarion has no public address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from .api import mappings, text
from .atproto import AtUri, is_did
from .atproto_oauth import (
    DIRECTORY,
    LIFE,
    SCOPES,
    Keyed,
    client_id,
    client_metadata,
    home_of,
    issuer_of,
    kept,
    pushed,
    tokens,
)
from .base import JSON, Account, Connected, Failure, Field, Http, Network, NoVault, OAuth, Refused, Token
from .bluesky_conversation import Conversation, profile_url
from .wording import _, gettext_noop


class BlueskyLogin(Conversation, Network):
    """The ways in, and who we are then."""

    sign_in: ClassVar[tuple[Token | OAuth, ...]] = (
        OAuth(
            scopes=SCOPES, at_each_server=True,
            fields=(
                Field(
                    "server", gettext_noop("Server"), default="https://bsky.social",
                    help=gettext_noop("Leave it unless you run your own. You sign in there."),
                ),
            ),
        ),
        Token(
            (
                Field(
                    "server", gettext_noop("Server"), default="https://bsky.social",
                    help=gettext_noop("Leave it unless you run your own."),
                ),
                Field("identifier", gettext_noop("Handle"), help=gettext_noop("For example cityhall.bsky.social")),
                Field(
                    "app_password", gettext_noop("App password"), secret=True,
                    help=gettext_noop("Settings, Privacy and security, App passwords. Not the main password."),
                ),
            )
        ),
    )  # fmt: skip

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        server = _server(fields.get("server") or "https://bsky.social")
        # People paste handles with an @ and with invisible marks around them.
        identifier = "".join(c for c in fields.get("identifier", "") if c.isprintable()).strip().lstrip("@")
        secrets = {"identifier": identifier, "app_password": fields.get("app_password", "").strip()}
        if not identifier or not secrets["app_password"]:
            raise Refused(_("Type the handle and an app password."), code="incomplete")
        network = cls(Account(server=server), http=http, vault=NoVault(secrets))
        made = network.session.log_in(secrets)
        network.vault.write({**secrets, "access": made["accessJwt"], "refresh": made["refreshJwt"]})
        settings = {"did": made["did"], "pds": _pds(made.get("didDoc"), server)}
        network.account = Account(server=server, remote_id=made["did"], settings=settings)
        return Connected(network.whoami(), secrets=network.vault.read())

    @classmethod
    def begin(
        cls, server: str, app: JSON, *, redirect_uri: str, state: str, challenge: str, http: Http
    ) -> tuple[str, JSON]:
        """Where the person signs in, and what has to be known again when they come back (secret)."""
        issuer = issuer_of(_server(server or "https://bsky.social"), http=http, label=cls.label)
        key = Keyed.new()
        address = pushed(
            issuer, key, http=http, redirect_uri=redirect_uri, state=state, challenge=challenge, label=cls.label
        )
        return address, {"dpop_key": key.pem, "issuer": issuer["issuer"], "token_endpoint": issuer["token_endpoint"]}

    @classmethod
    def client_metadata(cls, *, redirect_uri: str) -> dict[str, Any]:
        """What Clarion says of itself under the address that is its name there."""
        return client_metadata(redirect_uri)

    @classmethod
    def exchange(
        cls,
        server: str,
        app: JSON,
        *,
        code: str,
        redirect_uri: str,
        verifier: str,
        http: Http,
        begun: JSON,
        came_from: str,
    ) -> tuple[Connected, ...]:
        """Turns the code into a sign-in. The account's own server must name the one that signed us in."""
        if came_from.rstrip("/") != str(begun["issuer"]).rstrip("/"):
            raise Refused(_("This answer comes from another server than the sign-in. Start it again."), code="issuer")
        key, ours = Keyed(str(begun["dpop_key"])), client_id(redirect_uri)
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "client_id": ours,
                "code_verifier": verifier}  # fmt: skip
        told = tokens(str(begun["token_endpoint"]), form, key, http=http, label=cls.label)
        did, scopes = str(told.get("sub") or ""), tuple(str(told.get("scope") or "").split())
        if not did.startswith("did:") or "atproto" not in scopes:
            raise Refused(
                _("%(network)s let us in without saying as whom.") % {"network": cls.label}, code="no_account"
            )
        home = home_of(did, http=http, directory=str(app.get("base_url") or DIRECTORY))
        if issuer_of(home, http=http, label=cls.label)["issuer"] != begun["issuer"]:
            raise Refused(_("The account does not belong to the server that signed us in."), code="issuer")
        secrets = {**begun, **kept(told), "client_id": ours}
        account = Account(server=_server(server or home), remote_id=did, settings={"did": did, "pds": home})
        us = cls(account, http=http, vault=NoVault(secrets))
        missing = tuple(scope for scope in SCOPES if scope not in scopes)
        return (Connected(us.whoami(), us.vault.read(), scopes, missing, datetime.now(UTC) + LIFE),)

    def whoami(self) -> Account:
        found = self._read("com.atproto.server.getSession")
        did, handle = text(found, "did"), text(found, "handle")
        if not is_did(did) or not handle:
            raise self._unreadable()
        settings = {**self.account.settings, "did": did}
        return Account(
            server=self.account.server, remote_id=did, handle=handle, name=self._display_name(did) or handle,
            url=profile_url(handle, did), settings=settings,
        )  # fmt: skip

    def _display_name(self, did: str) -> str:
        """From the account's own profile record: a server alone has no `getProfile`."""
        try:
            record = self._record(AtUri(did, "app.bsky.actor.profile", "self"))
        except Failure:
            return ""
        return text(record, "value", "displayName")


def _server(typed: str) -> str:
    address = typed.strip().rstrip("/")
    return address if "://" in address else f"https://{address}"


def _pds(document: Any, server: str) -> str:
    """Where the account lives, by its DID document. A server without https (a test) is believed as typed."""
    if urlsplit(server).scheme != "https" or not isinstance(document, Mapping):
        return server
    for service in mappings(document, "service"):
        address = text(service, "serviceEndpoint")
        if text(service, "id").endswith("#atproto_pds") and address.startswith("https://"):
            return address.rstrip("/")
    return server
