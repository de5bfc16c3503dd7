"""Telegram: a channel or a group, spoken to by a bot. https://core.telegram.org/bots/api

There is no key and no list of what a bot has said, so an answer that was lost can only be cleared up by a person. Files
that go to a private chat first (``files_chat``) make the public call small and its window short.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from .answers import Unreadable, data_of
from .api import id_at, instant, number, text, within
from .base import (
    JSON,
    Account,
    Budget,
    Connected,
    Documents,
    Draft,
    Field,
    Http,
    Images,
    Media,
    Message,
    NoVault,
    Once,
    Option,
    Polls,
    Problem,
    Published,
    Reading,
    Refused,
    Rules,
    Step,
    Text,
    Token,
    Videos,
    Words,
    utc,
)
from .look import Look
from .telegram_api import TelegramApi, chat_in
from .text import count_text
from .wording import _, gettext_noop

CAPTION = 1024
QUESTION = 300


class Telegram(TelegramApi):
    """One chat: ``account.remote_id`` is its number, ``settings`` tell the bot and the chat for files."""

    name, label = "telegram", "Telegram"
    family = "chat"
    words = Words(post="message", share="forward", like="reaction")
    sign_in = (
        Token(
            (
                Field("bot_token", gettext_noop("Bot token"), secret=True, help=gettext_noop("As @BotFather gave it.")),
                Field(
                    "chat", gettext_noop("Channel or group"),
                    help=gettext_noop("@name of a public one, else its number (-100…). The bot is its administrator."),
                ),
                Field(
                    "files_chat", gettext_noop("Private chat for files"), required=False,
                    help=gettext_noop("Optional: the number of a private group with the bot, where files wait unseen."),
                ),
            ),
            scopes={
                "Post messages": gettext_noop("publish in the channel"),
                "Edit messages": gettext_noop("edit what it said"),
                "Delete messages": gettext_noop("take down what it said"),
            },
        ),
    )  # fmt: skip
    # K: that characters are UTF-16 units. K: 10 MB and 50 MB are taken as MiB.
    look = Look(
        frame="message", face="round", card="bar", tiles="grid", most=10, many=1.2, single=(0.6, 2.2), thread="apart",
        acts=("eye",),
    )  # fmt: skip
    rules = Rules(
        text=Text(4096, unit="utf16"),
        images=Images(
            10,
            size=10_485_760,
            alt=0,
            types=("image/jpeg", "image/png", "image/gif"),
            ratios=(0.05, 20.0),
            moving=52_428_800,
        ),
        videos=Videos(10, size=52_428_800, with_images=True),
        documents=Documents(10, size=52_428_800),
        polls=Polls(12, 100, timedelta(seconds=5), timedelta(seconds=2_628_000)),
        files=10,
        parts=50,
        text_required=False,
    )
    options = (
        Option("silent", gettext_noop("Without a sound"), "flag", help=gettext_noop("Nobody's phone rings.")),
        Option("no_preview", gettext_noop("Without a link preview"), "flag"),
        Option("spoiler", gettext_noop("Cover the media"), "flag", help=gettext_noop("Shown after a tap.")),
        Option("poll", gettext_noop("Poll"), "poll"),
    )
    once = Once(Once.NONE)
    budget = Budget(20, per=timedelta(minutes=1))  # M: 20 a minute and chat; a 429 tells the truth
    docs = "https://core.telegram.org/bots/api"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``bot_token``, ``chat`` and, where there is one, ``files_chat``."""
        token = fields.get("bot_token", "").strip()
        if not re.fullmatch(r"\d{1,20}:[\w-]{10,100}", token, re.ASCII):
            sentence = _("That is not a bot token. It looks like 123456:ABC-def… and comes from @BotFather.")
            raise Refused(sentence, code="bot_token")
        chat, files = (chat_in(fields.get(name, "")) for name in ("chat", "files_chat"))
        if not chat:
            raise Refused(_("Name the channel: @name, or its number."), code="chat")
        us = cls(Account(remote_id=chat), http=http, vault=NoVault({"bot_token": token}), app=app)
        account = us.whoami()
        us._may_post(account)
        if files:
            inner = us._whole(us._call("getChat", {}, chat=files, writing=False), "id", writing=False)
            account = replace(account, settings={**account.settings, "files_chat": inner})
        return Connected(account, {"bot_token": token})

    def whoami(self) -> Account:
        """The chat, and in ``settings`` the bot that speaks there."""
        bot = self._call("getMe", {}, chat="", writing=False)
        chat = self._call("getChat", {}, writing=False)
        bot_id, known = (self._whole(one, "id", writing=False) for one in (bot, chat))
        name = text(bot, "username")
        told = {"bot": f"@{name}" if name else bot_id, "bot_id": bot_id, "kind": text(chat, "type")}
        username, title = text(chat, "username"), text(chat, "title")
        return Account(
            remote_id=known, handle=f"@{username}" if username else title or told["bot"],
            name=title, url=f"https://t.me/{username}" if username else "", settings={**self.account.settings, **told},
        )  # fmt: skip

    def _may_post(self, account: Account) -> None:
        member = self._call("getChatMember", {"user_id": int(account.settings["bot_id"])}, writing=False)
        status, kind = text(member, "status"), account.settings["kind"]
        silenced = within(member, "can_send_messages") is False
        shut_out = status in ("left", "kicked") or silenced
        if shut_out or (kind == "channel" and within(member, "can_post_messages") is not True and status != "creator"):
            sentence = _("%(bot)s may not post in “%(chat)s”. Make it an administrator there who may post messages.")
            values = {"bot": account.settings["bot"], "chat": account.handle}
            raise Refused(sentence % values, code="no_right")

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = []
        for problem in super().problems(draft):
            # That units are counted as UTF-16 is not documented: over the limit by that alone is no reason to refuse.
            only_units = problem.field == "text" and problem.limit == self.told_rules.text.limit and (
                len(draft.parts[problem.part].text) <= problem.limit
            )  # fmt: skip
            found.append(replace(problem, level="warn") if only_units else problem)
        for index, part in enumerate(draft.parts):
            count = count_text(part.text, unit="utf16")
            if part.media and CAPTION < count <= self.told_rules.text.limit:
                sentence = _(
                    "%(count)d of %(limit)d below a picture on %(network)s: %(over)d over. "
                    "Shorten it, or give the picture a part of its own."
                )
                values = {"network": self.label, "count": count, "limit": CAPTION, "over": count - CAPTION}
                level = "stop" if len(part.text) > CAPTION else "warn"
                found.append(Problem("text", sentence % values, index, count, CAPTION, level))
            if len(part.media) > 1 and any(media.mime == "image/gif" for media in part.media):
                sentence = _("An animated picture goes alone on %(network)s. Give it a part of its own.")
                found.append(Problem("media", sentence % {"network": self.label}, index))
        return [*found, *self._question_problems(draft)]

    def _question_problems(self, draft: Draft) -> list[Problem]:
        question = draft.parts[0].text
        if not draft.options.get("poll"):
            return []
        count, values = len(question), {"network": self.label, "count": len(question), "limit": QUESTION}
        if not question.strip():
            return [Problem("text", _("A poll on %(network)s needs a question. Write it as the text.") % values)]
        if count > QUESTION:
            sentence = _("The text is the question of the poll: %(count)d of %(limit)d on %(network)s. Shorten it.")
            return [Problem("text", sentence % values, 0, count, QUESTION)]
        return []

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact call, but for the chat: that is an address and may move (a group becomes a supergroup)."""
        if step.kind == "upload":
            return step.payload
        options: JSON = step.payload.get("options") or {}
        said, handles = str(step.payload.get("text") or ""), self._handles(step)
        before = [number.split(",")[0] for number in self._posts(step)]
        parent = before[-1] if before else str(step.payload.get("in_reply_to") or "").split(",")[0]
        fields: dict[str, Any] = {"reply_parameters": {"message_id": _numbers(parent)[0]}} if parent else {}
        if options.get("silent"):
            fields["disable_notification"] = True
        if options.get("poll") and step.part == 0:
            return {**step.payload, "method": "sendPoll", "fields": fields | _poll(said, options["poll"])}
        if not handles:
            fields |= {"text": said, **_preview(options)}
            return {**step.payload, "method": "sendMessage", "fields": fields}
        cover = {"has_spoiler": True} if options.get("spoiler") and handles[0]["as"] != "document" else {}
        caption = {"caption": said} if said else {}
        items = [
            {"type": handle["as"], "media": handle.get("file_id") or f"attach://file{index}", **cover}
            for index, handle in enumerate(handles)
        ]
        if len(items) == 1:
            kind, file = str(items[0]["type"]), str(items[0]["media"])
            fields |= {**({} if file.startswith("attach://") else {kind: file}), **caption, **cover}
            return {**step.payload, "method": f"send{kind.capitalize()}", "as": kind, "fields": fields}
        items[0] |= caption  # an album is described by its first item
        return {**step.payload, "method": "sendMediaGroup", "fields": {**fields, "media": items}}

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._upload(self._held(step))
        payload = step.payload if "method" in step.payload else self.prepare(step, key=key, now=utc(0))
        waiting = [handle for handle in self._handles(step) if not handle.get("file_id")]
        files = {}
        if waiting:
            alone = payload.get("as")
            files = {str(alone or f"file{n}"): _file(media) for n, media in enumerate(self._attached(step))}
        return self._published(self._call(payload["method"], payload["fields"], files=files))

    def reply(self, step: Step, *, key: str) -> Published:
        """A message whose payload has ``in_reply_to``: the number of the message that it answers."""
        return self.publish(step, key=key)

    def _upload(self, media: Media) -> Published:
        """Into the private chat for files, where there is one; else the file waits for the post and leaves with it."""
        kind = "photo" if media.is_image else "video" if media.is_video else "document"
        kind = "animation" if media.mime == "image/gif" else kind
        files_chat = str(self.account.settings.get("files_chat") or "")
        if not files_chat:
            return Published(handle={"as": kind})
        fields = {"disable_notification": True}
        made = self._call(f"send{kind.capitalize()}", fields, files={kind: _file(media)}, chat=files_chat)
        # A photo comes in several sizes, the largest last. An animation is told as a document as well.
        path: tuple[str | int, ...] = ("photo", -1, "file_id") if kind == "photo" else (kind, "file_id")
        return Published(handle={"as": kind, "file_id": self._id(made, *path)})

    def _published(self, made: Any) -> Published:
        ids = [self._whole(one, "message_id") for one in (made if isinstance(made, list) else [made])]
        if not ids:
            raise self._unreadable(writing=True)
        return Published(",".join(ids), self._link(ids[0]))

    def _link(self, number: str) -> str:
        handle, room = self.account.handle, self._chat()
        if handle.startswith("@") and self.account.url:
            return f"https://t.me/{handle[1:]}/{number}"
        return f"https://t.me/c/{room[4:]}/{number}" if room.startswith("-100") else ""

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words. A text and a caption are changed by different calls, and only Telegram knows which it is."""
        part, first = draft.parts[0], remote_id.split(",")[0]
        fields: dict[str, Any] = {"message_id": _numbers(remote_id)[0]}
        as_text = ("editMessageText", {**fields, "text": part.text, **_preview(draft.options)})
        as_caption = ("editMessageCaption", {**fields, "caption": part.text})
        ways = [as_caption, as_text] if part.media or "," in remote_id else [as_text, as_caption]
        try:
            self._changed(*ways[0])
        except Refused as refused:
            if not re.search(r"no (text|caption) in the message|message can't be edited", refused.sentence):
                raise
            self._changed(*ways[1])
        return Published(remote_id, self._link(first))

    def _changed(self, method: str, fields: JSON) -> None:
        try:
            self._call(method, fields)
        except Refused as refused:
            if refused.code != "not_modified":
                raise

    def delete(self, remote_id: str) -> None:
        """Takes all messages of an album. Those that are gone already are no failure."""
        ids = _numbers(remote_id)
        method, fields = (
            ("deleteMessage", {"message_id": ids[0]}) if len(ids) == 1 else ("deleteMessages", {"message_ids": ids})
        )
        try:
            self._call(method, cast(JSON, fields))
        except Refused as refused:
            if refused.code != "not_found":
                raise

    # -- what others say

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """One update of a webhook. Telegram proves itself by a secret in a header; the body is not signed."""
        given = {name.lower(): value for name, value in headers.items()}.get("x-telegram-bot-api-secret-token", "")
        if not secret or not hmac.compare_digest(given.encode(), secret.encode()):
            raise Refused(_("This call does not come from %(network)s.") % {"network": cls.label}, code="signature")
        try:
            update = data_of(body)
        except Unreadable:
            raise Refused(_("%(network)s sent something unreadable.") % {"network": cls.label}, code="body") from None
        kinds = (("message", "message"), ("channel_post", "post"))
        found = [(within(update, name), kind) for name, kind in kinds]
        return tuple(_heard(one, kind) for one, kind in found if isinstance(one, Mapping) and id_at(one, "message_id"))

    # -- numbers

    def measure_account(self) -> Reading:
        """Members of the chat. A bot is told no views and no number of posts."""
        count = self._call("getChatMemberCount", {}, writing=False)
        return Reading({"followers": number({"count": count}, "count")}, {"getChatMemberCount": count})


def _numbers(remote_id: str) -> list[int]:
    """The messages of a post: an album is several. Raises Refused for what is no number, such as half a link."""
    found = remote_id.split(",")
    if not all(one.isdecimal() and len(one) < 20 for one in found):
        sentence = _("“%(id)s” is no message on Telegram. Paste the link of the message.")
        raise Refused(sentence % {"id": remote_id}, code="id")
    return [int(one) for one in found]


def _file(media: Media) -> tuple[str, Any, str]:
    return (media.name or media.path.name, media.path, media.mime)


def _preview(options: JSON) -> dict[str, Any]:
    return {"link_preview_options": {"is_disabled": True}} if options.get("no_preview") else {}


def _poll(question: str, poll: Mapping[str, Any]) -> dict[str, Any]:
    """``{"options": […], "seconds": 86400, "multiple": false}`` in Telegram's words; without seconds it stays open."""
    asked: dict[str, Any] = {
        "question": question, "options": [{"text": str(option).strip()} for option in poll["options"]]
    }  # fmt: skip
    if poll.get("seconds"):
        asked["open_period"] = int(poll["seconds"])
    if poll.get("multiple"):
        asked["allows_multiple_answers"] = True
    return asked


def _heard(one: Mapping[str, Any], kind: str) -> Message:
    who = within(one, "from") or within(one, "sender_chat") or within(one, "chat")
    names = [text(who, name) for name in ("first_name", "last_name")]
    username, chat, known = text(who, "username"), one.get("chat"), id_at(one, "message_id")
    link = text(chat, "username")
    return Message(
        remote_id=known, kind="reply" if within(one, "reply_to_message") else kind,
        author=f"@{username}" if username else id_at(who, "id"),
        author_name=" ".join(filter(None, names)) or text(who, "title") or username,
        text=text(one, "text") or text(one, "caption"), at=instant(one, "date") or utc(0),
        url=f"https://t.me/{link}/{known}" if link else "",
        parent_id=id_at(one, "reply_to_message", "message_id"), raw=one,
    )  # fmt: skip
