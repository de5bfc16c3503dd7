"""The Mastodon API as a language: signing in at each server, asking, and understanding the answers of all its dialects.

``Mastodon`` and its kin speak it; what is said and how it is found again is in ``mastodon.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import unquote, urlencode, urlsplit

from .api import host_of, id_at, instant, mappings, number, text
from .base import (
    JSON,
    Account,
    Answer,
    Connected,
    Failure,
    Http,
    Network,
    NotNow,
    NoVault,
    Refused,
    SignInAgain,
    Told,
    Unknown,
)  # fmt: skip
from .wording import _, quoting

PAGE = 40
KIN = ("gotosocial", "takahe", "snac", "pleroma", "akkoma", "pixelfed", "friendica", "firefish", "mitra")


class MastodonApi(Network):
    """One account on one server; ``account.server`` is its address, ``https://social.example``."""

    scopes: ClassVar[Mapping[str, str]]

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``server`` and ``access_token``. Raises Refused when the server does not speak this API."""
        server = server_address(fields.get("server", ""), label=cls.label)
        token = fields.get("access_token", "").strip()
        if not token:
            raise Refused(_("Paste the access token of your application."), code="access_token")
        return cls._connected(server, token, http=http)

    @classmethod
    def _connected(cls, server: str, token: str, *, http: Http, scopes: Sequence[str] = ()) -> Connected:
        us = cls(Account(server=server), http=http, vault=NoVault({"access_token": token}))
        kind = us._kind()
        account = us.whoami()
        account = replace(account, settings={**account.settings, **kind})
        missing = tuple(s for s in cls.scopes if scopes and s not in scopes and s.partition(":")[0] not in scopes)
        return Connected(account, {"access_token": token}, tuple(scopes), missing)

    def _kind(self) -> JSON:
        about = self._about()
        host = urlsplit(self.account.server).netloc
        if about is None:
            sentence = _("%(host)s does not answer like %(network)s. Check the server's name.")
            raise Refused(sentence % {"host": host, "network": self.label}, code="other_server")
        version = str(about.get("version", ""))
        words = f"{version} {about.get('source_url', '')}".lower()
        return {"kind": next((name for name in KIN if name in words), "mastodon"), "version": version}

    @classmethod
    def register(cls, server: str, *, redirect_uri: str, http: Http) -> dict[str, str]:
        """Registers our application at ``server``, once: ``{"client_id", "client_secret"}`` to keep and re-use."""
        server = server_address(server, label=cls.label)
        us = cls(Account(server=server), http=http)
        us._kind()  # one clear sentence now instead of a riddle later
        form = {"client_name": "Clarion", "redirect_uris": redirect_uri, "scopes": " ".join(cls.scopes)}
        answer = http.post(f"{server}/api/v1/apps", data=form)
        data = us._read(answer, writing=True)
        if not isinstance(data, Mapping) or not data.get("client_id") or not data.get("client_secret"):
            sentence = _("%(host)s did not register our application.") % {"host": urlsplit(server).netloc}
            raise Refused(sentence, code="no_app")
        return {"client_id": str(data["client_id"]), "client_secret": str(data["client_secret"])}

    @classmethod
    def authorise_url(
        cls, server: str, app: Mapping[str, str], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """Where the person signs in. ``challenge`` is the S256 PKCE challenge (base64url, no padding)."""
        query = {
            "response_type": "code",
            "client_id": app["client_id"],
            "redirect_uri": redirect_uri,
            "scope": " ".join(cls.scopes),
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{server_address(server, label=cls.label)}/oauth/authorize?{urlencode(query)}"

    @classmethod
    def exchange(
        cls, server: str, app: Mapping[str, str], *, code: str, redirect_uri: str, verifier: str, http: Http
    ) -> tuple[Connected, ...]:
        """Turns the code of the sign-in into a token and asks who we are. A code can be used once."""
        server = server_address(server, label=cls.label)
        form = {
            "grant_type": "authorization_code",
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        answer = http.post(f"{server}/oauth/token", data=form, secrets=(code, verifier, app["client_secret"]))
        if answer.status in (400, 401, 403):
            known = "invalid_client" in answer.text
            raise Refused(
                _("The sign-in was not completed. Start it again."), code="invalid_client" if known else "invalid_grant"
            )
        data = cls(Account(server=server), http=http)._read(answer, writing=True)
        if not isinstance(data, Mapping) or not data.get("access_token"):
            sentence = _("%(host)s gave no access. Start the sign-in again.") % {"host": urlsplit(server).netloc}
            raise Refused(sentence, code="no_token")
        scopes = str(data.get("scope") or "").split()
        return (cls._connected(server, str(data["access_token"]), http=http, scopes=scopes),)

    def revoke(self, app: Mapping[str, str] | None = None) -> None:
        """Ends our token. Without the application's own keys (a pasted token) only the person can."""
        if not app:
            return
        form = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": self._token}
        answer = self.http.post(f"{self.account.server}/oauth/revoke", data=form, secrets=(self._token,))
        if answer.status >= 500:
            sentence = _("%(network)s is not working at the moment (%(status)d).")
            raise NotNow(sentence % {"network": self.label, "status": answer.status}, code=str(answer.status))

    def whoami(self) -> Account:
        me = self._get("/api/v1/accounts/verify_credentials")
        id, name, url = id_at(me, "id"), text(me, "username") or text(me, "acct"), text(me, "url")
        if not id or not name:
            raise Refused(_("%(network)s does not say who we are.") % {"network": self.label}, code="unreadable")
        return Account(
            server=self.account.server,
            remote_id=id,
            handle=f"@{name}@{host_of(url) or host_of(self.account.server)}",
            name=text(me, "display_name") or name,
            url=url,
            avatar=text(me, "avatar_static") or text(me, "avatar"),
            settings=self.account.settings,
        )

    def limits(self) -> JSON:
        """What the server announces; empty when it announces nothing."""
        about = self._about()
        return announced(about) if about else {}

    def _about(self) -> Mapping[str, Any] | None:
        for path in ("/api/v2/instance", "/api/v1/instance"):
            answer = self._ask("GET", path)
            if answer.ok:
                with suppress(ValueError):
                    data = answer.json()
                    if isinstance(data, Mapping) and "version" in data:
                        return data
            elif answer.status == 429:
                raise self._failure(answer, writing=False)
        return None

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        said, ours = answer.reason(), {"network": self.label}
        if answer.status == 403 and "scope" in said.lower():
            sentence = _("%(network)s does not let us do this: a permission is missing. Connect the channel again.")
            return SignInAgain(quoting(sentence % ours, said), code="scope")
        about_us = re.search(r"token|login|sign.?in|suspend|disabled|confirm|pending|moved", said, re.IGNORECASE)
        # 422: a token that belongs to nobody any more ("This method requires an authenticated user").
        if (answer.status == 403 and about_us) or (answer.status == 422 and "authenticated user" in said):
            sentence = _("%(network)s no longer accepts our sign-in.") % ours
            return SignInAgain(quoting(sentence, said), code=str(answer.status))
        if answer.status == 422 and re.search(r"finished processing|not.{0,12}processed", said, re.IGNORECASE):
            sentence = _("%(network)s is still working on the picture.") % ours
            return NotNow(sentence, retry_at=answer.at + timedelta(seconds=5), code="processing")
        if answer.status == 429:
            at = answer.retry_at or answer.at + timedelta(minutes=5)
            return NotNow(quoting(_("%(network)s asks us to slow down.") % ours, said), retry_at=at, code="429")
        if 300 <= answer.status < 400:
            sentence = _("%(network)s has moved to another address. Connect the channel anew.") % ours
            return Refused(sentence, code="moved")
        if answer.status == 400 and not _is_json(answer) and self._signed_out():
            return SignInAgain(quoting(_("%(network)s no longer accepts our sign-in.") % ours, said), code="400")
        return super().understand(answer, writing=writing)

    def _signed_out(self) -> bool:
        """Takahē answers a dead token with 400 and plain text, as for anything else: a second question decides."""
        answer = self._ask("GET", "/api/v1/accounts/verify_credentials")
        return answer.status in (400, 401, 403)

    def budget_told(self, answer: Answer) -> Told | None:
        limit, left = (answer.headers.get(f"x-ratelimit-{word}", "") for word in ("limit", "remaining"))
        if not limit.isdecimal() and not left.isdecimal():
            return None
        return Told(
            int(limit) if limit.isdecimal() else None, int(left) if left.isdecimal() else None, answer.resets_at
        )

    # -- asking

    @property
    def _token(self) -> str:
        return str(self.vault.read().get("access_token") or "")

    @property
    def _me(self) -> str:
        return self.account.remote_id or self.whoami().remote_id

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **kw: Any) -> Answer:
        token = self._token
        given = {"Accept": "application/json", **(headers or {})}
        if token:
            given["Authorization"] = f"Bearer {token}"
        return self.http.request(
            method, f"{self.account.server}{path}", headers=given, writing=method != "GET", secrets=(token,),
            redirects=0, **kw,
        )  # fmt: skip

    def _failure(self, answer: Answer, *, writing: bool) -> Failure:
        failure = self.understand(answer, writing=writing)
        sentence = _("%(network)s answered something unexpected (%(status)d).")
        values = {"network": self.label, "status": answer.status}
        return failure or Unknown(sentence % values, code="unexpected")

    def _read(self, answer: Answer, *, writing: bool) -> Any:
        if not answer.ok:
            raise self._failure(answer, writing=writing)
        try:
            return answer.json()
        except ValueError:
            sentence = _("%(network)s gave an answer that cannot be read.") % {"network": self.label}
            raise (Unknown if writing else NotNow)(sentence, code="unreadable") from None

    def _get(self, path: str, **kw: Any) -> Any:
        return self._read(self._ask("GET", path, **kw), writing=False)

    def _listed(
        self, path: str, cursor: str, params: Mapping[str, str], *, by_link: bool = False
    ) -> tuple[list[Mapping[str, Any]], str]:
        """One page of a list and the cursor of the next. The cursor is a ``max_id``, never an address to follow."""
        answer = self._ask("GET", path, params={"limit": PAGE, **params, **({"max_id": cursor} if cursor else {})})
        data = self._read(answer, writing=False)
        found = [one for one in mappings(data) if id_at(one, "id")]
        if not found:
            return [], ""
        link = answer.headers.get("link", "")
        following = re.search(r'<[^>]*[?&]max_id=([^&>]*)[^>]*>\s*;\s*rel="?next', link)
        if following:
            onward = unquote(following.group(1))
        else:
            # Without a Link header only the items' own ids can page, and only where they are what max_id means.
            onward = "" if link or by_link else id_at(found[-1], "id")
        return found, onward if onward != cursor else ""


def server_address(typed: str, *, label: str = "Mastodon") -> str:
    """``https://social.example`` from what a person typed: a name, an address with a path, or a handle.

    Plain http is kept only where no certificate can be expected (an IP address, ``localhost``, a name of the own net).
    """
    text = typed.strip().lower()
    scheme, found, rest = text.partition("://")
    if not found:
        scheme, rest = "https", text
    host = rest.split("/")[0].split("?")[0].split("#")[0].rpartition("@")[2]
    name = host.rpartition(":")[0] if re.search(r":\d+\Z", host) else host
    if scheme not in ("http", "https") or not re.fullmatch(r"[\w.-]+(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?", host):
        sentence = _("Type the name of your %(network)s server, for example social.example.")
        raise Refused(sentence % {"network": label}, code="server")
    own_net = "." not in name or name.endswith((".local", ".test", ".internal", ".localhost", ".lan", ".home.arpa"))
    if scheme == "http" and not (own_net or re.fullmatch(r"[\d.]+|\[.*\]", name)):
        scheme = "https"
    return f"{scheme}://{host}"


def announced(about: Mapping[str, Any]) -> dict[str, Any]:
    """The limits in an instance answer (v1 or v2, and Pleroma's own words), as ``Rules.told`` takes them."""
    told: dict[str, dict[str, Any]] = {"text": {}, "images": {}, "videos": {}, "polls": {}}

    def tell(part: str, name: str, value: Any) -> None:
        if (known := number(value)) and known > 0:
            told[part][name] = known

    def of(source: Any, name: str) -> Mapping[str, Any]:
        value = source.get(name) if isinstance(source, Mapping) else None
        return value if isinstance(value, Mapping) else {}

    settings = of(about, "configuration")
    statuses, media, polls = of(settings, "statuses"), of(settings, "media_attachments"), of(settings, "polls")
    tell("text", "limit", about.get("max_toot_chars"))
    tell("text", "limit", statuses.get("max_characters"))
    tell("text", "url_length", statuses.get("characters_reserved_per_url"))
    tell("images", "count", statuses.get("max_media_attachments"))
    tell("images", "size", about.get("upload_limit"))
    tell("images", "size", media.get("image_size_limit"))
    tell("images", "alt", about.get("description_limit"))
    tell("images", "alt", media.get("description_limit"))
    tell("videos", "size", media.get("video_size_limit"))
    older = of(about, "poll_limits")
    tell("polls", "options", polls.get("max_options") or older.get("max_options"))
    tell("polls", "length", polls.get("max_characters_per_option") or older.get("max_option_chars"))
    tell("polls", "shortest", polls.get("min_expiration") or older.get("min_expiration"))
    tell("polls", "longest", polls.get("max_expiration") or older.get("max_expiration"))
    types = media.get("supported_mime_types")
    for part, start in (("images", "image/"), ("videos", "video/")):
        kinds = [t for t in types if isinstance(t, str) and t.startswith(start)] if isinstance(types, list) else []
        if kinds:
            told[part]["types"] = kinds
    return {part: limits for part, limits in told.items() if limits}


def when(one: Any, *path: str) -> datetime:
    """When it was said; the farthest day where that cannot be read, which is no reason to overlook a post."""
    return instant(one, *path, "created_at") or datetime.max.replace(tzinfo=UTC)


def _is_json(answer: Answer) -> bool:
    with suppress(ValueError):
        answer.json()
        return True
    return False
