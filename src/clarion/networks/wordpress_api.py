"""The REST API of WordPress as a language: finding it, signing in by application password, reading its answers."""

from __future__ import annotations

import html
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .addresses import apart
from .answers import Unreadable
from .api import JsonApi, host_of, mappings, number, text, within
from .api import instant as told_at
from .articles import site_address
from .base import (
    JSON,
    Account,
    Answer,
    Connected,
    Failure,
    Http,
    NotNow,
    NoVault,
    Refused,
    SignInAgain,
    Unknown,
)  # fmt: skip
from .wording import _, quoting

PAGE = 100
FLOOD = timedelta(seconds=15)
"""So long WordPress lets nobody below an editor write a second comment."""
DEAD = frozenset({"rest_not_logged_in", "incorrect_password", "invalid_username", "invalid_email"})
ROLE = frozenset({
    "rest_cannot_create", "rest_cannot_edit", "rest_cannot_publish", "rest_cannot_delete", "rest_forbidden",
    "rest_forbidden_context", "rest_forbidden_param", "rest_forbidden_status", "rest_user_cannot_view",
})  # fmt: skip


class WordPressApi(JsonApi):
    """One user of one site; ``account.server`` is its address, ``settings["rest"]`` where its API begins."""

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``server``, ``username`` and ``password`` (an application password). Finds the API first."""
        site = site_address(fields.get("server", ""), label=cls.label)
        user, word = fields.get("username", "").strip(), "".join(fields.get("password", "").split())
        if not user or not word:
            raise Refused(_("Type your user name and an application password."), code="password")
        secrets = {"username": user, "password": word}
        us = cls(Account(server=site), http=http, vault=NoVault(secrets), app=app)
        us.account = Account(server=site, settings={"rest": us._discovered()})
        try:
            return Connected(us.whoami(), secrets)
        except SignInAgain as no:
            if no.code == "rest_cannot_publish":
                raise
            sentence = _(
                "%(network)s did not accept the application password. Make a new one and paste it whole. Should that "
                "one fail as well, the site's host removes the Authorization header: ask the host to let it through."
            )
            raise SignInAgain(sentence % {"network": cls.label}, code=no.code) from None

    def _discovered(self) -> str:
        """Where the API begins, as the site's own page says it. Raises Refused for a site that is not WordPress."""
        answer = self.http.get(self._at(self.account.server + "/"))
        found = re.search(r'<([^<>]+)>\s*;\s*rel="https://api\.w\.org/"', answer.headers.get("link", ""))
        root = found[1] if found else f"{self.account.server}/wp-json/"
        host = apart(self._at(self.account.server)).hostname
        if apart(root).hostname not in (host, apart(answer.url).hostname):
            sentence = _("%(host)s keeps its API on another host. Type that host's address.")
            raise Refused(sentence % {"host": host}, code="other_host")
        about = self.http.get(self._at(root))
        with suppress(Unreadable):
            names = within(about.json(), "namespaces") if about.ok else None
            if isinstance(names, list) and "wp/v2" in names:
                # Only what is under TLS may see the password, unless the site itself has none.
                secure = self.account.server.startswith("https://") and root.startswith("http://")
                return ("https" + root[4:] if secure else root).rstrip("/")
        sentence = _("%(host)s does not answer like %(network)s. Check the address.")
        raise Refused(sentence % {"host": host, "network": self.label}, code="other_server")

    def whoami(self) -> Account:
        """Raises SignInAgain also for a user who may not publish: nothing of ours would ever come through."""
        me = self._get("/wp/v2/users/me", context="edit")
        may = within(me, "capabilities")
        if isinstance(may, Mapping) and may and not may.get("publish_posts"):
            raise self._role("", code="rest_cannot_publish")
        known = self._id(me, writing=False)
        name = text(me, "slug") or text(me, "username") or known
        avatars = within(me, "avatar_urls")
        found = [one for one in avatars.values() if isinstance(one, str)] if isinstance(avatars, Mapping) else []
        return replace(
            self.account, remote_id=known, name=text(me, "name") or name, url=text(me, "link"),
            handle=f"{name}@{host_of(self.account.server)}", avatar=found[-1] if found else "",
        )  # fmt: skip

    def _root(self) -> str:
        return str(self.account.settings.get("rest") or f"{self.account.server}/wp-json")

    def _headers(self) -> Mapping[str, str]:
        secrets = self.vault.read()
        pair = f"{secrets.get('username', '')}:{secrets.get('password', '')}"
        return {"Authorization": "Basic " + b64encode(pair.encode()).decode()}

    def _secrets(self) -> tuple[str, ...]:
        return tuple(str(value) for name, value in self.vault.read().items() if name == "password" and value)

    # -- asking

    def _terms(self, kind: str, words: Sequence[str]) -> list[int]:
        """The numbers of tags or categories; those that are missing are made."""
        numbers = []
        for word in words:
            listed = mappings(self._get(f"/wp/v2/{kind}", search=word, per_page=PAGE))
            same = [t for t in listed if html.unescape(text(t, "name")).casefold() == word.casefold()]
            if same:
                numbers.append(int(self._whole(same[0], writing=False)))
                continue
            answer = self._ask("POST", f"/wp/v2/{kind}", json={"name": word})
            there = number(_told(answer), "data", "term_id") if not answer.ok else None  # made by another meanwhile
            numbers.append(there or int(self._whole(self._read(answer, writing=True))))
        return numbers

    def _listing(self, path: str, page: int, *, per_page: int, **params: Any) -> tuple[list[Mapping[str, Any]], str]:
        """One page of a listing, and the number of the next one (empty: there is none).

        What our user may not see is missing on its page and not made up for: a short page need not be the last.
        """
        answer = self._ask("GET", path, params={**params, "per_page": per_page, "page": page})
        told = self._all(self._read(answer, writing=False))
        pages = answer.headers.get("x-wp-totalpages", "")
        more = page < int(pages) if pages.isdecimal() else len(told) == per_page
        return told, str(page + 1) if more else ""

    def _whole(self, made: Any, *, writing: bool = True) -> str:
        """The number of a thing on the site. Raises Unknown (of a read: NotNow) without it."""
        found = number(made, "id")
        if not found:
            raise self._unreadable(writing=writing)
        return str(found)

    def _all(self, told: Any) -> list[Mapping[str, Any]]:
        """The things of a listing. What has another shape is no empty list: raises NotNow."""
        if not isinstance(told, list):
            raise self._unreadable(writing=False)
        return mappings(told)

    def _total(self, path: str, **params: Any) -> int | None:
        answer = self._ask("GET", path, params={**params, "per_page": 1})
        self._read(answer, writing=False)
        return number(answer.headers, "x-wp-total")

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        told, named = _told(answer), {"network": self.label}
        (code, status), said = _why(told), answer.reason()
        if answer.ok:
            return None
        # WordPress takes a dead password for none and says what a stranger may not do: 401. To a user it says 403.
        if code in DEAD or 401 in (status, answer.status):
            return SignInAgain(
                quoting(_("%(network)s no longer accepts our sign-in.") % named, said), code=code or "401"
            )
        if code in ROLE:
            return self._role(said, code=code)
        if code == "comment_flood":
            sentence = _("%(network)s asks us to slow down.")
            return NotNow(quoting(sentence % named, said), retry_at=answer.at + FLOOD, code=code)
        if code == "comment_duplicate":
            return Unknown(_("%(network)s has this comment already.") % named, code="duplicate")
        if code.startswith("rest_upload"):
            return Refused(quoting(_("%(network)s did not take the file.") % named, said), code=code)
        if 300 <= answer.status < 400:
            sentence = _("%(network)s has moved to another address. Connect the channel anew.")
            return Refused(sentence % named, code="moved")
        if told is None and answer.status in (400, 403, 404, 405, 406, 410):
            # Not WordPress speaks here but something before it: a security plugin, a proxy.
            if writing:
                sentence = _("Something in front of %(network)s answered (%(status)d): it may have happened.")
                return Unknown(sentence % {**named, "status": answer.status}, code=str(answer.status))
            sentence = _("Something in front of %(network)s answered (%(status)d). It is asked again.")
            return NotNow(sentence % {**named, "status": answer.status}, code=str(answer.status))
        return super().understand(answer, writing=writing)

    def _role(self, said: str, *, code: str) -> SignInAgain:
        sentence = _("%(network)s does not let our user do that. Give it the role of an editor, then connect anew.")
        return SignInAgain(quoting(sentence % {"network": self.label}, said), code=code)


def _told(answer: Answer) -> Any:
    """The answer's data; None where it is not JSON."""
    try:
        return answer.json()
    except Unreadable:
        return None


def _why(told: Any) -> tuple[str, int | None]:
    """The code and the status of what was wrong: those of a parameter, where the answer only says that one was."""
    details = within(told, "data", "details")
    for one in details.values() if isinstance(details, Mapping) else ():
        if number(one, "data", "status") is not None:
            return text(one, "code"), number(one, "data", "status")
    return text(told, "code"), None


def instant(one: Mapping[str, Any]) -> datetime | None:
    return told_at(one, "date_gmt")
