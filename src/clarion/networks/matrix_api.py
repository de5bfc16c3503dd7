"""The client API of Matrix as a language: finding the server, signing in once, joining a room, and its error codes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote, urlsplit

from .answers import Unreadable
from .api import JsonApi, number, text
from .articles import site_address
from .base import JSON, Account, Answer, Connected, Failure, Http, NotNow, NoVault, Refused, SignInAgain
from .wording import _, gettext_noop, quoting

CLIENT = "/_matrix/client/v3"
DEAD = {
    "M_UNKNOWN_TOKEN": gettext_noop("%(network)s no longer accepts our sign-in."),
    "M_MISSING_TOKEN": gettext_noop("%(network)s no longer accepts our sign-in."),
    "M_USER_DEACTIVATED": gettext_noop("Our account on %(network)s was closed. Connect the room with another account."),
    "M_USER_LOCKED": gettext_noop(
        "Our account on %(network)s is locked. Ask the server's administrator, then connect the room again."
    ),
    "M_USER_SUSPENDED": gettext_noop(
        "Our account on %(network)s is suspended. Ask the server's administrator, then connect the room again."
    ),
}
NO = frozenset({
    "M_TOO_LARGE", "M_BAD_JSON", "M_NOT_JSON", "M_INVALID_PARAM", "M_MISSING_PARAM", "M_NOT_FOUND", "M_UNRECOGNIZED",
    "M_DUPLICATE_ANNOTATION",
})  # fmt: skip


class MatrixApi(JsonApi):
    """One account in one room of its server; ``account.server`` is the address of the server's API."""

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``server``, ``room``, and either ``access_token`` or ``username`` and ``password``. Joins the room.

        The sign-in is made once and kept with its device: a new one would forget our transaction ids.
        """
        told = {name: value.strip() for name, value in fields.items()}
        room, token = told.get("room", ""), told.get("access_token", "")
        if room[:1] not in ("#", "!") or ":" not in room:
            raise Refused(_("Type the room as it is shared: #news:city.example."), code="room")
        us = cls(Account(server=site_address(told.get("server", ""), label=cls.label)), http=http, app=app)
        us.account = Account(server=us._found())
        if not token:
            token = us._signed_in(told.get("username", ""), fields.get("password", ""))
        us.vault = NoVault({"access_token": token})
        room_id = us._joined(room)
        us.account = replace(us.account, remote_id=room_id, handle=room)
        return Connected(us.whoami(), {"access_token": token})

    def _found(self) -> str:
        """The address of the API, as the domain's own page tells it; else the one that was typed."""
        typed = self.account.server
        answer = self.http.get(self._at(f"{typed}/.well-known/matrix/client"))
        with suppress(Unreadable):
            told = text(answer.json(), "m.homeserver", "base_url") if answer.ok else ""
            if told:
                typed = site_address(told, label=self.label)
        versions = self.http.get(self._at(f"{typed}/_matrix/client/versions"))
        with suppress(Unreadable):
            if versions.ok and isinstance(versions.json(), Mapping) and versions.json().get("versions"):
                return typed
        sentence = _("%(host)s does not answer like %(network)s. Check the server's name.")
        values = {"host": urlsplit(typed).netloc, "network": self.label}
        raise Refused(sentence % values, code="other_server")

    def _signed_in(self, user: str, password: str) -> str:
        if not user or not password:
            raise Refused(_("Type user name and password, or paste an access token."), code="password")
        asked = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user}, "password": password,
                 "initial_device_display_name": "Clarion"}  # fmt: skip
        answer = self._ask("POST", f"{CLIENT}/login", json=asked, writing=False)
        if error_of(answer) == "M_FORBIDDEN":
            sentence = _("%(network)s did not accept the user name or the password.")
            raise SignInAgain(sentence % {"network": self.label}, code="M_FORBIDDEN")
        return self._id(self._read(answer, writing=False), "access_token", writing=False)

    def _joined(self, room: str) -> str:
        """Joins (again is no harm) and refuses what is encrypted: messages of ours would be unreadable there."""
        answer = self._ask("POST", f"{CLIENT}/join" + path_of(room), json={}, writing=False)
        if error_of(answer) == "M_FORBIDDEN":
            raise Refused(_("The room must invite our account first."), code="M_FORBIDDEN")
        room_id = self._id(self._read(answer, writing=False), "room_id", writing=False)
        state = self._ask("GET", f"{CLIENT}/rooms" + path_of(room_id, "state", "m.room.encryption", ""))
        if state.ok:
            sentence = _("This room is encrypted. Clarion writes in open rooms only: choose or make one.")
            raise Refused(sentence, code="encrypted")
        if error_of(state) != "M_NOT_FOUND":
            self._read(state, writing=False)
        return room_id

    def whoami(self) -> Account:
        """The room by its name of today: aliases and names may change, its id does not."""
        me = self._get(f"{CLIENT}/account/whoami")
        user, room = self._id(me, "user_id", writing=False), self.account.remote_id
        handle = self._state("m.room.canonical_alias", "alias") or self.account.handle or room
        return replace(
            self.account, name=self._state("m.room.name", "name") or handle, handle=handle,
            url=f"https://matrix.to/#/{quote(handle, safe='!:#')}",
            settings={**self.account.settings, "user": user, "device": text(me, "device_id")},
        )  # fmt: skip

    def _state(self, kind: str, name: str) -> str:
        """What the room says of itself; empty where it does not."""
        answer = self._ask("GET", f"{CLIENT}/rooms" + path_of(self.account.remote_id, "state", kind, ""))
        return "" if error_of(answer) == "M_NOT_FOUND" else text(self._read(answer, writing=False), name)

    def _root(self) -> str:
        return self.account.server

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        if answer.ok:
            return None
        code, said, named = error_of(answer), answer.reason(), {"network": self.label}
        if code in DEAD:
            return SignInAgain(quoting(_(DEAD[code]) % named, said), code=code)
        if code == "M_FORBIDDEN":
            sentence = _("Our account may not do that in this room. Invite it, or give it the right to write.")
            return SignInAgain(quoting(sentence, said), code=code)
        if code == "M_RESOURCE_LIMIT_EXCEEDED":
            sentence = _("Our server of %(network)s has reached a limit. Ask its administrator; it is tried again.")
            return NotNow(quoting(sentence % named, said), retry_at=answer.retry_at or answer.after(3600), code=code)
        if code == "M_LIMIT_EXCEEDED" or answer.status == 429:
            at = answer.retry_at or _waited(answer) or answer.at + timedelta(minutes=1)
            sentence = _("%(network)s asks us to slow down.") % named
            return NotNow(quoting(sentence, said), retry_at=at, code=code or "429")
        if code == "M_NOT_YET_UPLOADED":
            sentence = _("%(network)s is still working on the picture.") % named
            return NotNow(sentence, retry_at=answer.at + timedelta(seconds=5), code=code)
        if code in NO and answer.status < 500:
            return Refused(quoting(_("%(network)s refused it.") % named, said), code=code)
        if 300 <= answer.status < 400:
            sentence = _("%(network)s has moved to another address. Connect the channel anew.")
            return Refused(sentence % named, code="moved")
        return super().understand(answer, writing=writing)


def error_of(answer: Answer) -> str:
    """The code of a failure (``M_…``); empty for a success."""
    with suppress(Unreadable):
        return "" if answer.ok else text(answer.json(), "errcode")
    return ""


def path_of(*steps: str) -> str:
    """Steps of an address: rooms and events have signs in their names that must not be read as its parts."""
    return "".join(f"/{quote(step, safe='')}" for step in steps)


def _waited(answer: Answer) -> datetime | None:
    with suppress(Unreadable):
        wait = number(answer.json(), "retry_after_ms")
        return answer.after(wait / 1000) if wait else None
    return None
