"""The Bot API as a language: the token in the address, ``ok`` in the answer, and groups that move."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .answers import Unreadable
from .api import number, text, within
from .base import JSON, Answer, Failure, NotNow, Refused, SignInAgain
from .chat_api import ChatApi
from .wording import _, quoting

# K: which words Telegram uses for a room that we may not write to (any more).
_SHUT_OUT = re.compile(
    r"chat not found|not a member|kicked|not enough rights|need administrator|write_forbidden|admin_required|"
    r"group chat was deleted|channel_private",
    re.IGNORECASE,
)
_CODES = {
    "not modified": "not_modified",
    "message to delete not found": "not_found",
    "message identifier is not specified": "not_found",
}
"""K: words of Telegram for what is no failure."""


class TelegramApi(ChatApi):
    """One bot in one chat."""

    api = "https://api.telegram.org"

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        try:
            data = answer.json()
        except Unreadable:
            data = None
        if within(data, "ok") is not False:
            return super().understand(answer, writing=writing)
        status, said = number(data, "error_code") or answer.status, text(data, "description")
        ours, code = {"network": self.label}, str(status)
        seconds = number(data, "parameters", "retry_after")
        if status == 429 or seconds is not None:
            at = answer.after(seconds) if seconds is not None else answer.retry_at
            return NotNow(quoting(_("%(network)s asks us to slow down.") % ours, said), retry_at=at, code="429")
        if within(data, "parameters", "migrate_to_chat_id") is not None:
            return NotNow(_("The group has moved on %(network)s. It is sent to its new place.") % ours, code="moved")
        if status in (401, 404):
            sentence = _("%(network)s no longer accepts the bot's token. Connect the channel again with a new one.")
            return SignInAgain(quoting(sentence % ours, said), code=code)
        if status == 403 or (status == 400 and _SHUT_OUT.search(said)):
            sentence = _("The bot may not post there any more. Add it again as administrator, then connect again.")
            return SignInAgain(quoting(sentence, said), code=code)
        if 400 <= status < 500 and status not in (408, 409, 425):
            sentence = _("%(network)s refused it. Nothing was sent.") % ours
            code = next((name for words, name in _CODES.items() if words in said.lower()), code)
            return Refused(quoting(sentence, said), code=code)
        made_up = Answer(status if status >= 400 else 500, answer.headers, answer.body, at=answer.at)
        return super().understand(made_up, writing=writing)

    # -- calls

    def _token(self) -> str:
        return str(self.vault.read().get("bot_token") or "")

    def _headers(self) -> Mapping[str, str]:
        return {}  # the token is a part of the address

    def _secrets(self) -> tuple[str, ...]:
        token = self._token()
        return tuple(value for value in (token, token.partition(":")[2]) if value)

    def _chat(self) -> str:
        return str(self.vault.read().get("chat_id") or self.account.remote_id)

    def _call(
        self, method: str, fields: JSON, *, files: Mapping[str, Any] | None = None, chat: str | None = None,
        writing: bool = True,
    ) -> Any:  # fmt: skip
        """The ``result`` of a method. A group that has moved is followed once: what was sent there was not taken."""
        room = self._chat() if chat is None else chat
        path = f"/bot{self._token()}/{method}"
        said = {**({"chat_id": int(room) if room.lstrip("-").isdecimal() else room} if room else {}), **fields}
        body: dict[str, Any] = {"json": said}
        if files:
            plain = {name: value if isinstance(value, str) else json.dumps(value) for name, value in said.items()}
            body = {"data": plain, "files": files}
        answer = self._ask("POST", path, writing=writing, **body)
        failure = self.understand(answer, writing=writing)
        if failure is not None and failure.code == "moved" and chat is None:
            with self.vault.locked():
                moved = self._whole(answer.json(), "parameters", "migrate_to_chat_id", writing=False)
                self.vault.write({**self.vault.read(), "chat_id": moved})
            return self._call(method, fields, files=files, chat=moved, writing=writing)
        told = self._read(answer, writing=writing)
        if within(told, "ok") is not True or "result" not in told:  # nothing is a yes that does not say so
            raise self._unreadable(writing=writing)
        return told["result"]

    def _whole(self, made: Any, *path: str | int, writing: bool = True) -> str:
        """The number of a message, a chat or a bot. Raises Unknown (of a read: NotNow) without it."""
        found = number(made, *path)
        if not found:
            raise self._unreadable(writing=writing)
        return str(found)


def chat_in(typed: str) -> str:
    """``@name`` or a number, from a name, a number or a link of t.me."""
    typed = typed.strip()
    private = re.search(r"t\.me/c/(\d+)", typed)
    if private:
        return f"-100{private.group(1)}"
    name = typed.rstrip("/").rsplit("/", 1)[-1].removeprefix("@") if "t.me/" in typed else typed.removeprefix("@")
    return name if not name or re.fullmatch(r"-?\d+", name) else f"@{name}"
