"""Rocket.Chat: one room of a server of one's own. https://developer.rocket.chat/apidocs

The id of a message may be chosen by us, so a text is found again exactly. A file becomes a message by a call that
takes no id: that one is looked up by the file's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast
from urllib.parse import unquote

from .answers import Unreadable
from .api import instant, mappings, number, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Connected,
    Documents,
    Draft,
    Failure,
    Field,
    Http,
    Images,
    Message,
    NotNow,
    NoVault,
    Once,
    Page,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Token,
    Unknown,
    Videos,
    Words,
    utc,
)
from .chat_api import ChatApi, One
from .lookup import BEFORE, Mine, behind, looked_up
from .mastodon_api import server_address
from .wording import _, gettext_noop, quoting

PAGE = 50
_SHUT_OUT = ("error-not-allowed", "error-action-not-allowed", "error-invalid-room", "error-room-not-found")
_ROOMS = {"c": "channel", "p": "group"}


class RocketChat(ChatApi):
    """``account.server`` is the server, ``account.remote_id`` the room; ``settings`` tell our user."""

    name, label = "rocketchat", "Rocket.Chat"
    shows_names = True
    words = Words(post="message", share="forward", like="reaction")
    sign_in = (
        Token(
            (
                Field("server", gettext_noop("Server"), help=gettext_noop("for example chat.example")),
                Field("user_id", gettext_noop("User id"), help=gettext_noop("Shown with the token.")),
                Field(
                    "access_token", gettext_noop("Personal access token"), secret=True,
                    help=gettext_noop("Profile → Personal access tokens → Add, with “Ignore two factor”"),
                ),
                Field("room", gettext_noop("Channel"), help=gettext_noop("Its name or its link.")),
            )
        ),
    )  # fmt: skip
    # K: 5,000 UTF-16 units, 100 MB; the server tells its own.
    text_limit_is_sure: ClassVar[bool] = False
    rules = Rules(
        text=Text(5000, unit="utf16"), images=Images(1, size=104_857_600, alt=1500),
        videos=Videos(1, size=104_857_600, alt=1500, types=("video/mp4", "video/webm", "video/quicktime")),
        documents=Documents(1, size=104_857_600),
        parts=50, text_required=False, asked_of_server=True,
    )  # fmt: skip
    options = (FIRST_COMMENT,)
    once = Once(Once.KEY)
    budget = Budget(10, per=timedelta(minutes=1))  # K: the usual setting of a server
    docs = "https://developer.rocket.chat/apidocs"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``server``, ``user_id``, ``access_token`` and ``room`` (a name, a link or an id)."""
        server = server_address(fields.get("server", ""), label=cls.label)
        secrets = {name: fields.get(name, "").strip() for name in ("user_id", "access_token")}
        room = unquote(fields.get("room", "").strip().split("?")[0].rstrip("/").rsplit("/", 1)[-1]).lstrip("#")
        if not all(secrets.values()):
            raise Refused(_("Paste the token and the user id that was shown with it."), code="access_token")
        if not room:
            raise Refused(_("Name the channel, or paste its link."), code="room")
        us = cls(Account(server=server), http=http, vault=NoVault(secrets), app=app)
        known = us._found(room)
        us = cls(Account(server=server, remote_id=known), http=http, vault=us.vault, app=app)
        return Connected(us.whoami(), secrets)

    def _found(self, room: str) -> str:
        """The id of the room of this name. Links of some rooms end in their id."""
        for name in ("roomName", "roomId"):
            try:
                told = self._get("/api/v1/rooms.info", **{name: room})
            except (Refused, SignInAgain) as failure:
                if failure.code == "401":
                    raise
            else:
                return self._id(told, "room", "_id", writing=False)
        sentence = _("There is no channel “%(room)s” that this user sees on %(network)s.")
        raise Refused(sentence % {"room": room, "network": self.label}, code="room")

    def whoami(self) -> Account:
        me = self._get("/api/v1/me")
        room = within(self._get("/api/v1/rooms.info", roomId=self.account.remote_id), "room")
        known, name = self._id(room, "_id", writing=False), text(room, "name")
        told = {"user_id": self._id(me, "_id", writing=False), "user": text(me, "username"), "kind": text(room, "t")}
        url = f"{self.account.server}/{_ROOMS.get(told['kind'], 'channel')}/{name}"
        settings = {**self.account.settings, **told}
        title = text(room, "fname") or name or known
        return Account(self.account.server, known, f"#{name or known}", title, url, settings=settings)

    def limits(self) -> JSON:
        """The server's own limits; empty when it does not tell them. K: the names of its settings."""
        names = "Message_MaxAllowedSize,FileUpload_MaxFileSize"
        told = self._get("/api/v1/settings.public", _id=names)
        values = {text(one, "_id"): number(one, "value") or 0 for one in mappings(told, "settings")}
        limits: dict[str, Any] = {}
        if (letters := values.get("Message_MaxAllowedSize", 0)) > 0:
            limits["text"] = {"limit": letters}
        if (size := values.get("FileUpload_MaxFileSize", 0)) > 0:
            limits |= {kind: {"size": size} for kind in ("images", "videos", "documents")}
        return limits

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact message under an id of our own, or the exact sharing of the file."""
        if step.kind == "upload":
            return step.payload
        posts, said = self._posts(step), str(step.payload.get("text") or "")
        root = posts[0] if posts else str(step.payload.get("in_reply_to") or "")
        thread = {"tmid": root} if root else {}
        if handles := self._handles(step) if step.kind == "post" else []:
            file = handles[0]
            more = {"description": file["alt"]} if file.get("alt") else {}
            return {**step.payload, "file": file["file_id"], "share": {"msg": said, **more, **thread}}
        # K: ids of the server have 17 letters and digits.
        return {**step.payload, "message": {"_id": key[:17], "rid": self.account.remote_id, "msg": said, **thread}}

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._upload(step)
        payload = self._prepared(step, key)
        if "share" in payload:
            path, asked = f"rooms.mediaConfirm/{self.account.remote_id}/{payload['file']}", payload["share"]
        else:
            path, asked = "chat.sendMessage", {"message": payload["message"]}
        try:
            made = self._post(f"/api/v1/{path}", json=asked)
            if known := text(made, "message", "_id"):
                return self._published(known)
            raise self._unreadable(writing=True)
        except (Refused, Unknown) as failure:
            # Whatever went wrong in the server is a 400, also behind the message and for an id that it has already
            # (K). What it says decides nothing then: the message itself does.
            if isinstance(failure, Refused) or failure.code == "unreadable":
                with suppress(Failure):
                    seen = self.find(step, key=key)
                    if isinstance(seen, Published):
                        return seen
            raise

    def reply(self, step: Step, *, key: str) -> Published:
        """A message whose payload has ``in_reply_to``: the id of the message whose thread it joins."""
        return self.publish(step, key=key)

    def _prepared(self, step: Step, key: str) -> JSON:
        ready = "message" in step.payload or "share" in step.payload
        return step.payload if ready else self.prepare(step, key=key, now=datetime.now(UTC))

    def _upload(self, step: Step) -> Published:
        media = self._held(step)
        file = (media.name or media.path.name, media.path, media.mime)
        made = self._post(f"/api/v1/rooms.media/{self.account.remote_id}", files={"file": file})
        return Published(handle={"file_id": self._id(made, "file", "_id"), "alt": media.alt})

    def _published(self, known: str) -> Published:
        return Published(known, self._link(known))

    def _link(self, known: str) -> str:
        return f"{self.account.url or self.account.server}?msg={known}"

    @classmethod
    def id_in(cls, url: str) -> str:
        found = re.search(r"[?&]msg=([\w-]+)", url)
        return found[1] if found else super().id_in(url)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """A text by its own id; a file by the messages of the room since the intent."""
        payload = self._prepared(step, key)
        if "share" in payload:
            return self._find_file(step, str(payload["file"]))
        known = str(payload["message"]["_id"])
        return Absent(complete=True) if self._one(known) is None else self._published(known)

    def _find_file(self, step: Step, file: str) -> Published | Absent:
        self._get("/api/v1/me")  # its answer tells the server's clock
        skew = behind(self.http.answer) if self.http.answer is not None else timedelta()
        since = (step.since or utc(0)) - BEFORE + skew
        told = self._get(
            "/api/v1/chat.syncMessages", roomId=self.account.remote_id,
            lastUpdate=since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        )  # fmt: skip
        found = sorted(self._listed_in(told, "result", "updated"), key=lambda one: text(one, "ts"), reverse=True)
        return looked_up(
            step, [found], skew=skew, whole=True, is_it=lambda one: text(one, "file", "_id") == file,
            mine=lambda one: Mine(text(one, "_id"), self._link(text(one, "_id")), instant(one, "ts")),
        )  # fmt: skip

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words; the file stays."""
        told = {"roomId": self.account.remote_id, "msgId": remote_id, "text": draft.parts[0].text}
        made = self._post("/api/v1/chat.update", json=told)
        return self._published(self._id(made, "message", "_id"))

    def delete(self, remote_id: str) -> None:
        """What is gone already is no failure."""
        with suppress(_Missing):
            self._post("/api/v1/chat.delete", json={"roomId": self.account.remote_id, "msgId": remote_id})

    def fetch(self, remote_id: str) -> Seen | None:
        one = self._one(remote_id)
        if one is None or text(one, "t") == "rm":  # some servers keep a mark of what was deleted
            return None
        alts = tuple(text(file, "description") for file in mappings(one, "attachments"))
        return Seen(remote_id, self._link(remote_id), text(one, "msg"), instant(one, "ts"), alts, one)

    def _one(self, remote_id: str) -> One | None:
        try:
            one = within(self._get("/api/v1/chat.getMessage", msgId=remote_id), "message")
        except _Missing:
            return None
        if not isinstance(one, Mapping):
            raise self._unreadable(writing=False)
        return one

    def like(self, remote_id: str) -> None:
        self._post("/api/v1/chat.react", json={"messageId": remote_id, "emoji": ":thumbsup:", "shouldReact": True})

    # -- what others say, and numbers

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """The thread below a message, page by page."""
        offset = int(cursor or 0)
        told = self._get("/api/v1/chat.getThreadMessages", tmid=remote_id, count=PAGE, offset=offset)
        found = self._listed_in(told, "messages")
        ours = self.account.settings.get("user_id")
        items = [self._heard(one) for one in found if text(one, "_id") and text(one, "u", "_id") != ours]
        onward = str(offset + len(found)) if len(found) == PAGE else ""
        return Page(tuple(sorted(items, key=lambda message: message.at, reverse=True)), onward)

    def mentions(self, *, cursor: str = "") -> Page:
        """Messages of the room that name our user, newest first."""
        offset = int(cursor or 0)
        told = self._get(
            "/api/v1/chat.getMentionedMessages", roomId=self.account.remote_id, count=PAGE, offset=offset
        )  # fmt: skip
        found = self._listed_in(told, "messages")
        onward = str(offset + len(found)) if len(found) == PAGE else ""
        return Page(tuple(replace(self._heard(one), kind="mention") for one in found if text(one, "_id")), onward)

    def _heard(self, one: One) -> Message:
        known, parent = text(one, "_id"), text(one, "tmid")
        return Message(
            remote_id=known, kind="reply" if parent else "message", author=text(one, "u", "username"),
            author_name=text(one, "u", "name") or text(one, "u", "username"), text=text(one, "msg"),
            at=instant(one, "ts") or utc(0), url=self._link(known), parent_id=parent, raw=one,
        )  # fmt: skip

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Reactions and replies. Rocket.Chat counts no views and no shares."""
        readings = {}
        for remote_id in remote_ids:
            one = self._one(remote_id)
            if one is not None:
                kinds = within(one, "reactions")
                names = [within(kind, "usernames") for kind in kinds.values()] if isinstance(kinds, Mapping) else None
                likes = None if names is None else sum(len(who) for who in names if isinstance(who, list))
                readings[remote_id] = Reading({"likes": likes, "replies": number(one, "tcount")}, one)
        return readings

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        """``success: false`` in any status; the names of its errors are K."""
        try:
            data = answer.json()
        except Unreadable:
            data = None
        is_no = within(data, "success") is False or within(data, "status") == "error"
        if not is_no or answer.status in (401, 408, 409, 425, 429) or answer.status >= 500:
            return super().understand(answer, writing=writing)
        said = answer.reason()
        kind = text(data, "errorType") or next(iter(re.findall(r"error-[\w-]+", said)), "")
        ours = {"network": self.label}
        if kind == "error-too-many-requests":
            sentence = _("%(network)s asks us to slow down.") % ours
            return NotNow(quoting(sentence, said), retry_at=answer.retry_at, code=kind)
        if answer.status == 403 or kind in _SHUT_OUT or said == "not-allowed":
            sentence = _("We may not write in that room of %(network)s any more. Join it again, then connect again.")
            return SignInAgain(quoting(sentence % ours, said), code=kind)
        if (
            kind in ("error-message-not-found", "error-invalid-message")
            or set(cast(JSON, data)) == {"success"}
            or "no message found" in said.lower()
        ):
            sentence = _("%(network)s does not know it (any more).") % ours
            return _Missing(quoting(sentence, said), code=kind or "missing")
        return Refused(quoting(_("%(network)s refused it. Nothing was sent.") % ours, said), code=kind or "refused")

    def _read(self, answer: Answer, *, writing: bool) -> Any:
        """Nothing is a yes that does not say so. K: which calls say it; what tells of a thing of ours has its id."""
        told = super()._read(answer, writing=writing)
        if within(told, "success") is not True and not text(told, "_id"):
            raise self._unreadable(writing=writing)
        return told

    def _headers(self) -> Mapping[str, str]:
        held = self.vault.read()
        return {"X-Auth-Token": str(held.get("access_token", "")), "X-User-Id": str(held.get("user_id", ""))}

    def _secrets(self) -> tuple[str, ...]:
        return (self._token(),) if self._token() else ()


class _Missing(Refused):
    """Nothing of this id is there."""
