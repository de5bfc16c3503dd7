"""Matrix, as one account in one room. https://spec.matrix.org/latest/client-server-api/

Every message has a transaction id of ours: the same again, with the same sign-in, is the same message. Our key stands
in the message as well, so it is found after that memory has ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote
from uuid import uuid4

from .api import instant, mappings, number, text, within
from .articles import FORMAT, file_name, html_of, is_markdown
from .base import (
    JSON,
    Absent,
    Budget,
    Documents,
    Draft,
    Field,
    Images,
    Message,
    Once,
    Page,
    Problem,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Token,
    Videos,
    Words,
)  # fmt: skip
from .lookup import Mine, read_back
from .matrix_api import MatrixApi, error_of, path_of
from .wording import _, gettext_noop

KEY, ALT = "org.clarion.key", "org.clarion.alt"
"""What a message carries of ours besides its words: our key, and a description that stands beside a caption."""
FILES = ("m.image", "m.video", "m.file")
PAGE, PAGES = 100, 20
THUMB = "👍"


class Matrix(MatrixApi):
    """One room by one account; ``account.remote_id`` is the room, ``settings["user"]`` who writes."""

    name = "matrix"
    label = "Matrix"
    family = "chat"
    shows_names = True
    words = Words(post="message", like="reaction")
    sign_in = (
        Token(
            (
                Field("server", gettext_noop("Server"), help=gettext_noop("for example city.example")),
                Field("room", gettext_noop("Room"), help=gettext_noop("#news:city.example")),
                Field("username", gettext_noop("User name"), required=False),
                Field("password", gettext_noop("Password"), secret=True, required=False,
                      help=gettext_noop("Used once, to sign in. It is not kept.")),
                Field("access_token", gettext_noop("Access token"), secret=True, required=False,
                      help=gettext_noop("Instead of name and password")),
            )
        ),
    )  # fmt: skip
    rules = Rules(
        # A whole event has 65,536 bytes (K); the rest is for what stands around the words.
        text=Text(60_000, unit="utf8_bytes"),
        images=Images(1, size=50_000_000, alt=5_000),
        videos=Videos(1, size=50_000_000, alt=5_000, types=("video/mp4", "video/webm", "video/quicktime")),
        documents=Documents(1),
        parts=50,
        text_required=False,
        asked_of_server=True,
    )
    options = (FORMAT,)
    once = Once(Once.KEY, window=timedelta(minutes=30))  # K: how long a server remembers is its own choice
    budget = Budget(10, per=timedelta(seconds=50))  # K
    docs = "https://spec.matrix.org/latest/client-server-api/"

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        for index, part in enumerate(draft.parts):
            if part.text.strip() and any(media.alt for media in part.media):
                sentence = _(
                    "Beside a text %(network)s shows no description of a picture. Say in the text what matters."
                )
                found.append(Problem("alt", sentence % {"network": self.label}, index, level="warn"))
            if is_markdown(draft.options):
                size = len(part.text.encode()) + len(html_of(part.text, markdown=True).encode())
                if size > self.told_rules.text.limit:
                    sentence = _("As Markdown this may be too long for one message on %(network)s (%(count)d bytes).")
                    values = {"network": self.label, "count": size}
                    found.append(Problem("text", sentence % values, index, size, self.told_rules.text.limit, "warn"))
        return found

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """The exact content of the message: its words or its file, our key, and what it hangs on."""
        if step.kind == "upload":
            return step.payload
        said, options = str(step.payload.get("text", "")), step.payload.get("options") or {}
        content: dict[str, Any] = {"msgtype": "m.text", "body": said}
        files = [dict(s.handle) for s in step.earlier if s.kind == "upload" and s.part == step.part]
        if files:
            file = files[0]
            content = {name: file[name] for name in ("msgtype", "url", "info", "filename")}
            content["body"] = said or file["alt"] or file["filename"]
            if said:
                content[ALT] = file["alt"]
        if said and is_markdown(options):
            content |= {"format": "org.matrix.custom.html", "formatted_body": html_of(said, markdown=True)}
        content |= {"m.mentions": {}, KEY: key}
        before = [s.remote_id for s in step.earlier if s.kind == "post"]
        if before:
            content["m.relates_to"] = {
                "rel_type": "m.thread", "event_id": before[0], "is_falling_back": True,
                "m.in_reply_to": {"event_id": before[-1]},
            }  # fmt: skip
        elif step.payload.get("in_reply_to"):
            content["m.relates_to"] = {"m.in_reply_to": {"event_id": str(step.payload["in_reply_to"])}}
        return {**step.payload, "content": content}

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._upload(step)
        return self._published(self._send("m.room.message", key, step.payload["content"]))

    def reply(self, step: Step, *, key: str) -> Published:
        """A message whose payload has ``in_reply_to``: the id of the event that it answers."""
        return self.publish(step, key=key)

    def _send(self, kind: str, id: str, content: JSON) -> Any:
        return self._say("PUT", self._in_room("send", kind, id), json=content)

    def _published(self, made: Any) -> Published:
        id = self._id(made, "event_id")
        return Published(id, self._url(id))

    def _url(self, event_id: str) -> str:
        return f"https://matrix.to/#/{quote(self.account.remote_id, safe='!:')}/{quote(event_id, safe='$:')}"

    def _upload(self, step: Step) -> Published:
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        name = file_name(media)
        made = self._post(
            "/_matrix/media/v3/upload", params={"filename": name}, content=media.path,
            headers={"Content-Type": media.mime},
        )  # fmt: skip
        info: dict[str, Any] = {"mimetype": media.mime, "size": media.size}
        info |= {"w": media.width, "h": media.height} if media.width and media.height else {}
        info |= {"duration": int(media.duration * 1000)} if media.duration else {}
        kind = "m.video" if media.is_video else "m.image" if media.is_image else "m.file"
        handle = {
            "url": self._id(made, "content_uri"),
            "msgtype": kind,
            "info": info,
            "filename": name,
            "alt": media.alt,
        }
        return Published(handle=handle)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Reads our own messages in the room back to before the intent; the one with our key is it."""
        wanted = json.dumps({"senders": [self.account.settings["user"]], "types": ["m.room.message"]})

        def page(start: str) -> tuple[list[Mapping[str, Any]], str]:
            told = self._messages(start, filter=wanted)
            return mappings(told, "chunk"), text(told, "end")

        def is_it(event: Mapping[str, Any]) -> bool:
            # A message that somebody deleted has lost its words and our key, but it did happen.
            return key in (within(event, "content", KEY), within(event, "unsigned", "transaction_id"))

        return read_back(
            step, page, http=self.http, is_it=is_it, most=PAGES,
            mine=lambda e: Mine(text(e, "event_id"), self._url(text(e, "event_id")), _instant(e)),
        )  # fmt: skip

    def _messages(self, start: str, **params: Any) -> Any:
        told = self._get(self._in_room("messages"), dir="b", limit=PAGE, **{"from": start}, **params)
        if not isinstance(within(told, "chunk"), list):
            raise self._unreadable(writing=False)
        return told

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words for the message; its file stays."""
        event = self._event(remote_id)
        if event is None:
            raise Refused(_("The message was deleted: it cannot be edited."), code="404")
        said = draft.parts[0].text
        kept = {name: value for name, value in event["content"].items() if name not in ("format", "formatted_body")}
        content = {**kept, "body": said}
        content.pop("m.relates_to", None)
        if is_markdown(draft.options):
            content |= {"format": "org.matrix.custom.html", "formatted_body": html_of(said, markdown=True)}
        if content.get("msgtype") in FILES:
            content[ALT] = _alt(event["content"])  # the description makes room for the caption
        outer = {**content, "body": f"* {said}", "m.new_content": content}
        outer.pop(KEY, None)
        self._send("m.room.message", f"edit-{uuid4().hex}", {
            **outer, "m.relates_to": {"rel_type": "m.replace", "event_id": remote_id}})  # fmt: skip
        return Published(remote_id, self._url(remote_id))

    def delete(self, remote_id: str) -> None:
        answer = self._ask("PUT", self._in_room("redact", remote_id, f"delete-{uuid4().hex}"), json={})
        if error_of(answer) != "M_NOT_FOUND":
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        event = self._event(remote_id)
        if event is None:
            return None
        content = event["content"]
        alts = (_alt(content),) if content.get("msgtype") in FILES else ()
        return Seen(remote_id, self._url(remote_id), _words(content), _instant(event), alts, event)

    def _event(self, remote_id: str) -> Mapping[str, Any] | None:
        """The event with its newest words; None when it is gone or was deleted."""
        answer = self._ask("GET", self._in_room("event", remote_id))
        if error_of(answer) == "M_NOT_FOUND":
            return None
        event = self._read(answer, writing=False)
        self._id(event, "event_id", writing=False)
        content = within(event, "content")
        if not isinstance(content, Mapping):
            raise self._unreadable(writing=False)
        if not content:
            return None
        edits = mappings(self._get(self._relations(remote_id, "m.replace"), dir="b", limit=10), "chunk")
        mine = [e for e in edits if text(e, "sender") == text(event, "sender")]
        newest = within(mine[0], "content", "m.new_content") if mine else None
        return {**event, "content": dict(newest)} if isinstance(newest, Mapping) else dict(event)

    def like(self, remote_id: str) -> None:
        relation = {"rel_type": "m.annotation", "event_id": remote_id, "key": THUMB}
        path = self._in_room("send", "m.reaction", f"like-{sha256(remote_id.encode()).hexdigest()[:32]}")
        answer = self._ask("PUT", path, json={"m.relates_to": relation})
        if error_of(answer) != "M_DUPLICATE_ANNOTATION":
            self._read(answer, writing=True)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Answers to the message and what stands in its thread, newest first, back to the message itself."""
        told = self._messages(cursor)
        found, ended = [], False
        for event in mappings(told, "chunk"):
            if text(event, "event_id") == remote_id:
                ended = True
                break
            relation = within(event, "content", "m.relates_to")
            root = text(relation, "event_id") if text(relation, "rel_type") == "m.thread" else ""
            if text(event, "event_id") and remote_id in (text(relation, "m.in_reply_to", "event_id"), root):
                found.append(self._message(event, "reply"))
        return Page(tuple(found), "" if ended else text(told, "end"))

    def mentions(self, *, cursor: str = "") -> Page:
        """Messages of our room that call us by name (K: the server's own list of what it would notify us of)."""
        told = self._get("/_matrix/client/v3/notifications", only="highlight", limit=PAGE // 2, **{"from": cursor})
        here = [one for one in mappings(told, "notifications") if text(one, "room_id") == self.account.remote_id]
        events = [one["event"] for one in here if text(one, "event", "event_id")]
        return Page(tuple(self._message(event, "mention") for event in events), text(told, "next_token"))

    def _message(self, event: Mapping[str, Any], kind: str) -> Message:
        relation, id, who = within(event, "content", "m.relates_to"), text(event, "event_id"), text(event, "sender")
        return Message(
            remote_id=id, kind=kind, author=who, author_name=who[1:].partition(":")[0],
            text=text(event, "content", "body"), at=_instant(event) or datetime.now(UTC), url=self._url(id),
            parent_id=text(relation, "m.in_reply_to", "event_id") or text(relation, "event_id"), raw=event,
        )  # fmt: skip

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Reactions, and messages in the thread; None where the server does not tell."""
        readings = {}
        for id in remote_ids:
            if self._event(id) is not None:
                counts = {"likes": self._count(id, "m.annotation"), "replies": self._count(id, "m.thread")}
                readings[id] = Reading(counts)
        return readings

    def _count(self, remote_id: str, relation: str) -> int | None:
        total, start = 0, ""
        for _page in range(PAGES):
            params = {"limit": PAGE, **({"from": start} if start else {})}
            answer = self._ask("GET", self._relations(remote_id, relation), params=params)
            if error_of(answer) in ("M_UNRECOGNIZED", "M_NOT_FOUND"):
                return None
            told = self._read(answer, writing=False)
            total += len(mappings(told, "chunk"))
            start = text(told, "next_batch")
            if not start:
                return total
        return None

    def measure_account(self) -> Reading:
        """How many are in the room."""
        joined = within(self._get(self._in_room("joined_members")), "joined")
        return Reading({"followers": len(joined) if isinstance(joined, Mapping) else None})

    def limits(self) -> JSON:
        for path in ("/_matrix/client/v1/media/config", "/_matrix/media/v3/config"):
            answer = self._ask("GET", path)
            if answer.ok:
                size = number(self._read(answer, writing=False), "m.upload.size")
                return {kind: {"size": size} for kind in ("images", "videos", "documents")} if size else {}
        return {}

    @classmethod
    def id_in(cls, url: str) -> str:
        return unquote(url.split("?")[0].rstrip("/").rsplit("/", 1)[-1])

    # -- paths

    def _in_room(self, *steps: str) -> str:
        return "/_matrix/client/v3/rooms" + path_of(self.account.remote_id, *steps)

    def _relations(self, remote_id: str, relation: str) -> str:
        return "/_matrix/client/v1/rooms" + path_of(self.account.remote_id, "relations", remote_id, relation)


def _words(content: Mapping[str, Any]) -> str:
    """What a message says. Of a file its caption: without one its body is only its description or its name."""
    return "" if content.get("msgtype") in FILES and ALT not in content else text(content, "body")


def _alt(content: Mapping[str, Any]) -> str:
    if ALT in content:
        return text(content, ALT)
    body = text(content, "body")
    return "" if body == content.get("filename") else body


def _instant(event: Any) -> datetime | None:
    return instant(event, "origin_server_ts", parts=1000)
