"""Slack: one channel of a workspace, spoken to by an application that the organisation has made for itself.

Slack keeps no key, but a message may carry data that only applications see. Ours carries the step's key, so a lost
answer is looked up exactly. Files are shared by one call that does not say which message it made: that is asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .answers import Unreadable, data_of
from .api import mappings, number, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Budget,
    Documents,
    Draft,
    Field,
    Images,
    Message,
    OAuth,
    Once,
    Option,
    Page,
    Processing,
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
from .canonical import same_form
from .chat_api import PAGES, One
from .look import Look
from .lookup import Mine
from .slack_api import PAGE, SlackApi, escaped, instant, now, unescaped
from .wording import _, gettext_noop

SIGNED_WITHIN = timedelta(minutes=5)
_CHANNEL = gettext_noop("Its link or its id: right-click the channel → Copy link.")
_SCOPES = {
    "chat:write": gettext_noop("publish, edit and take down messages"),
    "channels:read": gettext_noop("list public channels"),
    "groups:read": gettext_noop("list private channels that it was invited to"),
    "channels:history": gettext_noop("look whether a message is there, and read replies, in public channels"),
    "groups:history": gettext_noop("the same in private channels"),
    "channels:join": gettext_noop("join a public channel by itself"),
    "files:write": gettext_noop("publish files"),
    "users:read": gettext_noop("read the names of those who reply"),
}


class Slack(SlackApi):
    """``account.remote_id`` is the channel; a message's id is its time stamp (``ts``) there."""

    name, label = "slack", "Slack"
    shows_names = True
    words = Words(post="message", share="forward", like="reaction")
    sign_in = (
        OAuth(scopes=_SCOPES),
        Token(
            (
                Field(
                    "bot_token", gettext_noop("Bot token"), secret=True,
                    help=gettext_noop("Your application → OAuth & Permissions → Bot User OAuth Token"),
                ),
                Field("channel", gettext_noop("Channel"), help=_CHANNEL),
            ),
            scopes=_SCOPES,
        ),
    )  # fmt: skip
    # M: 40,000 characters, after which Slack cuts. K: sizes of files; ten of them are our own limit.
    look = Look(
        frame="message", face="square", card="bar", tiles="stack", cut=700, lines=5, single=(0.5, 2.2), thread="apart",
        acts=("smile", "message-square"),
    )  # fmt: skip
    rules = Rules(
        text=Text(40_000, unit="char"), images=Images(10, size=1_000_000_000, alt=1000),
        videos=Videos(10, size=1_000_000_000, with_images=True, types=("video/mp4", "video/webm", "video/quicktime")),
        documents=Documents(10, size=1_000_000_000, with_others=True),
        files=10, parts=50, text_required=False,
    )  # fmt: skip
    options = (
        Option("no_previews", gettext_noop("Without link previews"), "flag"),
        FIRST_COMMENT,
    )
    once = Once(Once.LOOKUP)
    budget = Budget(1, per=timedelta(seconds=1))
    docs = "https://docs.slack.dev/"

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact call; the key travels with the message as data for applications."""
        if step.kind == "upload":
            return step.payload
        options: JSON = step.payload.get("options") or {}
        said = escaped(str(step.payload.get("text") or ""))
        posts = self._posts(step)
        # A thread has one root: an answer's own id would make Slack lose the place.
        parent = posts[0] if posts else str(step.payload.get("in_reply_to") or "")
        thread = {"thread_ts": parent} if parent else {}
        if files := [str(handle["file_id"]) for handle in self._handles(step)] if step.kind == "post" else []:
            asked = {"files": [{"id": file} for file in files], "channel_id": self.account.remote_id, **thread}
            return {**step.payload, "share": {**asked, **({"initial_comment": said} if said else {})}}
        message: dict[str, Any] = {
            "channel": self.account.remote_id, "text": said, **thread,
            "metadata": {"event_type": "clarion_post", "event_payload": {"key": key, "step": step.number}},
        }  # fmt: skip
        if options.get("no_previews"):
            message |= {"unfurl_links": False, "unfurl_media": False}
        return {**step.payload, "message": message}

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if step.kind == "upload":
            return self._upload(step)
        payload = self._rooted(step, key)
        if share := payload.get("share"):
            self._said("/files.completeUploadExternal", share)
            return Processing({"files": [file["id"] for file in share["files"]]}, 1.0)
        made = self._said("/chat.postMessage", payload["message"])
        return self._published(self._id(made, "ts"), _thread(payload))

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        """Files are shared a moment after Slack said yes; then the message that carries them is there."""
        found = self.find(step, key=key)
        return (
            found
            if isinstance(found, Published)
            else Processing(processing.handle, min(processing.seconds * 1.5, 15.0))
        )

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A message whose payload has ``in_reply_to``: the id of the message whose thread it joins."""
        return self.publish(step, key=key)

    def _prepared(self, step: Step, key: str) -> JSON:
        ready = "message" in step.payload or "share" in step.payload
        return step.payload if ready else self.prepare(step, key=key, now=now())

    def _rooted(self, step: Step, key: str) -> JSON:
        """The step's payload; an answer to an answer hangs on the root of its thread, which only Slack knows."""
        payload, told = self._prepared(step, key), str(step.payload.get("in_reply_to") or "")
        if not told or self._posts(step):
            return payload
        root, way = text(self._one(told), "thread_ts") or told, "share" if "share" in payload else "message"
        return {**payload, way: {**payload[way], "thread_ts": root}}

    def _said(self, method: str, asked: JSON) -> Any:
        """Says it; a public channel in which our bot is not yet is joined first, for then nothing was said."""
        try:
            return self._post(method, json=asked)
        except SignInAgain as failure:
            if failure.code != "not_in_channel" or self.account.settings.get("private"):
                raise
        self._post("/conversations.join", json={"channel": self.account.remote_id})
        return self._post(method, json=asked)

    def _upload(self, step: Step) -> Published:
        media = self._held(step)
        form = {"filename": media.name or media.path.name, "length": media.size}
        place = self._post(
            "/files.getUploadURLExternal", data={**form, **({"alt_txt": media.alt} if media.alt else {})}
        )
        file, address = self._id(place, "file_id"), text(place, "upload_url")
        if not address.startswith("https://"):
            raise self._unreadable(writing=True)
        # The address is proof enough; the token stays with the API.
        answer = self.http.post(self._at(address), content=media.path, headers={"Content-Type": media.mime})
        if not answer.ok:
            raise self.understand(answer, writing=True) or Unknown(_("The file was not taken."), code="upload")
        return Published(handle={"file_id": file})

    def _published(self, ts: str, thread: str) -> Published:
        return Published(ts, self._link(ts, thread))

    def _link(self, ts: str, thread: str = "") -> str:
        base = str(self.account.settings.get("team_url") or "https://slack.com/")
        link = f"{base}archives/{self.account.remote_id}/p{ts.replace('.', '')}"
        return f"{link}?thread_ts={thread}&cid={self.account.remote_id}" if thread and thread != ts else link

    @classmethod
    def id_in(cls, url: str) -> str:
        found = re.search(r"/p(\d{9,11})(\d{6})\b", url)
        return f"{found[1]}.{found[2]}" if found else super().id_in(url)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Reads the channel or the thread back to the intent: by our key or the file's id, else by what is said."""
        payload = self._rooted(step, key)
        thread = _thread(payload)
        return self._read_back(
            step, self._pages(thread), is_it=lambda one: self._is_it(one, payload, key),
            mine=lambda one: Mine(text(one, "ts"), self._link(text(one, "ts"), thread), instant(text(one, "ts"))),
        )  # fmt: skip

    def _is_it(self, one: One, payload: JSON, key: str) -> bool:
        if share := payload.get("share"):
            return bool({file["id"] for file in share["files"]} & _files(one))
        told = within(one, "metadata", "event_payload", "key")
        if told is not None:
            return bool(told == key)
        asked, ours = payload["message"], self.account.settings.get("bot_id")
        root = text(one, "thread_ts")
        return (
            text(one, "bot_id") == ours and not mappings(one, "files")
            and ("" if root == text(one, "ts") else root) == asked.get("thread_ts", "")
            and same_form(unescaped(text(one, "text"))) == same_form(unescaped(asked["text"]))
        )  # fmt: skip

    def _pages(self, thread: str) -> Callable[[str], tuple[Sequence[One], str]]:
        """Pages of the channel or of one thread, newest first."""
        return (lambda cursor: self._whole_thread(thread, cursor)) if thread else self._history

    def _history(self, cursor: str) -> tuple[Sequence[One], str]:
        page = self._get(
            "/conversations.history", channel=self.account.remote_id, limit=PAGE, cursor=cursor,
            include_all_metadata="true",
        )  # fmt: skip
        return self._listed_in(page, "messages"), text(page, "response_metadata", "next_cursor")

    def _whole_thread(self, thread: str, cursor: str) -> tuple[Sequence[One], str]:
        """A thread comes oldest first, so all of it is read; a cursor stays only where it has no end."""
        if cursor:
            return [], cursor
        found: list[One] = []
        for _page in range(PAGES):
            page, cursor = self._thread_page(thread, cursor)
            found += page
            if not cursor:
                break
        return found[::-1], cursor

    def _thread_page(self, thread: str, cursor: str) -> tuple[list[One], str]:
        page = self._get(
            "/conversations.replies", channel=self.account.remote_id, ts=thread, limit=PAGE, cursor=cursor,
            include_all_metadata="true",
        )  # fmt: skip
        found = [one for one in self._listed_in(page, "messages") if text(one, "ts") != thread]
        return found, text(page, "response_metadata", "next_cursor")

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words; files stay."""
        asked = {"channel": self.account.remote_id, "ts": remote_id, "text": escaped(draft.parts[0].text)}
        made = self._post("/chat.update", json=asked)
        return self._published(self._id(made, "ts"), "")

    def delete(self, remote_id: str) -> None:
        """What is gone already is no failure."""
        try:
            self._post("/chat.delete", json={"channel": self.account.remote_id, "ts": remote_id})
        except Refused as refused:
            if refused.code != "message_not_found":
                raise

    def fetch(self, remote_id: str) -> Seen | None:
        one = self._one(remote_id)
        if one is None:
            return None
        alts = tuple(text(file, "alt_txt") for file in mappings(one, "files"))
        said = unescaped(text(one, "text"))
        return Seen(remote_id, self._link(remote_id, text(one, "thread_ts")), said, instant(remote_id), alts, one)

    def _one(self, remote_id: str) -> One | None:
        """A message by its id, also one within a thread: that call takes any message of it."""
        asked = {"channel": self.account.remote_id, "ts": remote_id, "oldest": remote_id, "latest": remote_id}
        try:
            # K: the root of the thread may come first, whatever was asked.
            page = self._get("/conversations.replies", **asked, inclusive="true", limit=10)
        except Refused as refused:
            if refused.code in ("thread_not_found", "message_not_found"):
                return None
            raise
        return next((one for one in self._listed_in(page, "messages") if text(one, "ts") == remote_id), None)

    # -- what others say, and numbers

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """The thread below a message, page by page; within a page newest first."""
        found, onward = self._thread_page(remote_id, cursor)
        ours = self.account.settings.get("user_id")
        theirs = [one for one in found if text(one, "ts") and text(one, "user") != ours]
        heard = [_heard(one, self.account.remote_id) for one in theirs]
        named = [replace(message, author_name=self._name(message.author)) for message in heard]
        return Page(tuple(named[::-1]), onward)

    def mentions(self, *, cursor: str = "") -> Page:
        """Messages of the channel that name our bot. Answers within threads are not among them."""
        found, onward = self._history(cursor)
        ours = str(self.account.settings.get("user_id") or "")
        heard = [
            replace(_heard(one, self.account.remote_id), kind="mention", author_name=self._name(text(one, "user")))
            for one in found
            if text(one, "ts") and text(one, "user") != ours and f"<@{ours}" in text(one, "text")
        ]  # fmt: skip
        return Page(tuple(heard), onward)

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Reactions and replies. Slack counts no views and no shares."""
        readings = {}
        for remote_id in remote_ids:
            one = self._one(remote_id)
            if one is not None:
                found = within(one, "reactions")
                likes = sum(number(kind, "count") or 0 for kind in mappings(found)) if isinstance(found, list) else None
                readings[remote_id] = Reading({"likes": likes, "replies": number(one, "reply_count")}, one)
        return readings

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """One event of the Events API, signed within the last five minutes (signature version v0)."""
        given = {name.lower(): value for name, value in headers.items()}
        stamp, signature = given.get("x-slack-request-timestamp", ""), given.get("x-slack-signature", "")
        fresh = stamp.isdecimal() and len(stamp) < 12 and abs(now() - utc(float(stamp))) <= SIGNED_WITHIN
        proof = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        if not secret or not hmac.compare_digest(f"v0={proof}".encode(), signature.encode()):
            raise Refused(_("This call does not come from %(network)s.") % {"network": cls.label}, code="signature")
        if not fresh:
            sentence = _("This call of %(network)s is too old, or the clock of this server is wrong. It was not read.")
            raise Refused(sentence % {"network": cls.label}, code="signature")
        try:
            event = within(data_of(body), "event")
        except Unreadable:
            raise Refused(_("%(network)s sent something unreadable.") % {"network": cls.label}, code="body") from None
        wanted = ("message", "app_mention")
        if (
            text(event, "type") not in wanted
            or text(event, "bot_id")
            or text(event, "subtype")
            or not text(event, "ts")
        ):
            return ()
        return (_heard(event, text(event, "channel")),)


def _thread(payload: JSON) -> str:
    return str((payload.get("share") or payload.get("message") or {}).get("thread_ts", ""))


def _files(one: One) -> set[str]:
    return {text(file, "id") for file in mappings(one, "files")} - {""}


def _heard(one: One, channel: str) -> Message:
    ts, root = text(one, "ts"), text(one, "thread_ts")
    is_reply = bool(root) and root != ts
    kind = "reply" if is_reply else "mention" if one.get("type") == "app_mention" else "message"
    author = text(one, "user") or text(one, "bot_id")
    return Message(
        remote_id=ts, kind=kind, author=author, author_name=text(one, "username") or author,
        text=unescaped(text(one, "text")), at=instant(ts) or utc(0), parent_id=root if is_reply else "",
        url=f"https://slack.com/archives/{channel}/p{ts.replace('.', '')}", raw=one,
    )  # fmt: skip
