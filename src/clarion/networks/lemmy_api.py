"""The API of Lemmy 0.19 as a language: signing in by a password that is not kept, and its errors, which are codes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from .answers import Unreadable
from .api import JsonApi, id_at, number, text, within
from .articles import site_address
from .base import JSON, Account, Answer, Connected, Failure, Http, NotNow, NoVault, Refused, SignInAgain, Unknown
from .wording import _, quoting

DEAD = frozenset({"not_logged_in", "incorrect_login", "deleted", "couldnt_find_that_username_or_email"})
BANNED = frozenset({"site_ban", "banned", "banned_from_community", "community_ban", "person_is_banned_from_community"})
MISSING = frozenset({"couldnt_find_post", "couldnt_find_comment", "couldnt_find_object", "not_found"})
MAYBE = frozenset({"couldnt_create_post", "couldnt_create_comment", "unknown"})
"""K: codes that do not tell whether the server wrote before it failed."""


class LemmyApi(JsonApi):
    """One person on one server, writing in one community."""

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``server``, ``username``, ``password``, where needed ``code``, and the ``community`` to write in."""
        server = site_address(fields.get("server", ""), label=cls.label)
        login = {"username_or_email": fields.get("username", "").strip(), "password": fields.get("password", "")}
        town = fields.get("community", "").strip().lstrip("!")
        if not all(login.values()) or not town:
            raise Refused(_("Type your user name, your password and the community."), code="fields")
        if code := fields.get("code", "").strip():
            login["totp_2fa_token"] = code
        us = cls(Account(server=server), http=http, app=app)
        us._check_version()
        answer = us._ask("POST", "/user/login", json=login, writing=False)
        if us._code(answer) in ("incorrect_login", "missing_totp_token", "incorrect_totp_token"):
            sentence = _("%(network)s did not accept the user name, the password or the code.")
            raise SignInAgain(sentence % {"network": cls.label}, code=us._code(answer))
        token = text(us._read(answer, writing=False), "jwt")
        if not token:
            sentence = _("%(network)s has not opened this account yet: confirm the e-mail, or wait for its moderators.")
            raise Refused(sentence % {"network": cls.label}, code="no_token")
        account, vault = Account(server=server, settings={"community": town}), NoVault({"access_token": token})
        us = cls(account, http=http, vault=vault, app=app)
        return Connected(us.whoami(), {"access_token": token})

    def _check_version(self) -> None:
        """K: from 1.0 on servers speak another API. One sentence instead of riddles."""
        answer = self._ask("GET", "/site")
        host = urlsplit(self.account.server).netloc
        with suppress(Unreadable):
            if answer.ok and text(answer.json(), "version"):
                return
        if answer.status == 429:
            self._read(answer, writing=False)
        sentence = _("%(host)s does not answer like %(network)s 0.19. Check the address; newer versions come later.")
        raise Refused(sentence % {"host": host, "network": self.label}, code="other_server")

    def whoami(self) -> Account:
        site = self._get("/site")
        me = within(site, "my_user", "local_user_view", "person")
        if not isinstance(me, Mapping):
            sentence = _("%(network)s no longer accepts our sign-in.")
            raise SignInAgain(sentence % {"network": self.label}, code="not_logged_in")
        if number(me, "id") is None:
            raise self._unreadable(writing=False)
        town = str(self.account.settings.get("community") or "")
        answer = self._ask("GET", "/community", params={"name": town})
        if self._code(answer) in ("couldnt_find_community", "not_found") or answer.status == 404:
            raise Refused(_("There is no community “%(name)s” here.") % {"name": town}, code="community")
        there = within(self._read(answer, writing=False), "community_view", "community")
        return replace(
            self.account, remote_id=self._id(there, writing=False), name=text(there, "title") or town,
            handle=f"!{town if '@' in town else f'{town}@{urlsplit(self.account.server).netloc}'}",
            url=text(there, "actor_id"), avatar=text(there, "icon"),
            settings={"community": town, "user": text(me, "name"), "user_id": number(me, "id"),
                      "version": text(site, "version")},
        )  # fmt: skip

    def _root(self) -> str:
        return f"{self.account.server}/api/v3"

    def _link(self, kind: str, one: Any) -> str:
        """Where people read it on our own server."""
        return f"{self.account.server}/{kind}/{id_at(one, 'id')}"

    # -- answers

    def _code(self, answer: Answer) -> str:
        with suppress(Unreadable):
            return text(answer.json(), "error")
        return ""

    def _is_missing(self, answer: Answer) -> bool:
        return answer.status == 404 or self._code(answer) in MISSING

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        """K: most codes. They come with status 400, some with others."""
        if answer.ok:
            return None
        code, named = self._code(answer), {"network": self.label}
        if answer.status == 401 or code in DEAD:
            sentence = _("%(network)s no longer accepts our sign-in. Connect the channel anew.")
            return SignInAgain(sentence % named, code=code or "401")
        if answer.status == 429 or code == "rate_limit_error":
            at = answer.retry_at or answer.at + timedelta(minutes=10)
            return NotNow(_("%(network)s asks us to slow down.") % named, retry_at=at, code=code or "429")
        if code in BANNED:
            sentence = _("Our account is banned there. Only the moderators of %(network)s can change that.")
            return Refused(sentence % named, code=code)
        if code == "only_mods_can_post_in_community":
            return Refused(_("Only moderators may post in this community. Ask them for that role."), code=code)
        if code in MAYBE and writing:
            sentence = _("%(network)s failed while it worked on it: it may have happened.")
            return Unknown(quoting(sentence % named, code), code=code)
        if 300 <= answer.status < 400:
            return Refused(
                _("%(network)s has moved to another address. Connect the channel anew.") % named, code="moved"
            )
        return super().understand(answer, writing=writing)
