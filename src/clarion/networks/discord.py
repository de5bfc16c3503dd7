"""Discord: one channel of a server, spoken to by a bot; or, as a network of its own, through a webhook's address.

A bot's message has a nonce that Discord enforces for some minutes, and its channel can be read back afterwards. A
webhook has neither: an answer that was lost can only be cleared up by a person.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from .api import mappings, number, text, within
from .base import (
    JSON,
    Absent,
    Account,
    Budget,
    Connected,
    Draft,
    Field,
    Http,
    Message,
    NoVault,
    Once,
    Option,
    Page,
    Published,
    Reading,
    Refused,
    Step,
    Token,
    utc,
)
from .canonical import same_form
from .chat_api import One
from .discord_api import ALREADY_CROSSPOSTED, CROSSPOSTED, UNKNOWN_MESSAGE, DiscordApi, instant, reactions
from .lookup import Mine
from .wording import _, gettext_noop

PAGE = 100
ANNOUNCEMENTS = 5
_ROOMS = (0, ANNOUNCEMENTS, 10, 11, 12)
"""Kinds of channels that take messages: text, announcements, and threads."""


class Discord(DiscordApi):
    """By a bot. ``account.remote_id`` is the channel; ``settings`` tell the server, the channel's kind and the bot."""

    name, label = "discord", "Discord"
    sign_in = (
        Token(
            (
                Field(
                    "bot_token", gettext_noop("Bot token"), secret=True,
                    help=gettext_noop("Developer portal → your application → Bot → Reset token"),
                ),
                Field(
                    "channel", gettext_noop("Channel"),
                    help=gettext_noop("Its link or its number: right-click the channel → Copy link."),
                ),
            ),
            scopes={
                "View Channels": gettext_noop("see the channel"),
                "Send Messages": gettext_noop("publish messages"),
                "Embed Links": gettext_noop("show cards of links"),
                "Attach Files": gettext_noop("publish files"),
                "Read Message History": gettext_noop("look whether a message is there, and read replies"),
                "Add Reactions": gettext_noop("react"),
                "Manage Messages": gettext_noop("hand messages on to followers"),
            },
        ),
    )  # fmt: skip
    rules = replace(DiscordApi.rules, parts=50)
    options = (
        *DiscordApi.options,
        Option(
            "crosspost", gettext_noop("Publish to followers"), "flag",
            help=gettext_noop("For announcement channels: servers that follow the channel get the message as well."),
        ),
    )  # fmt: skip
    once = Once(Once.KEY, window=timedelta(minutes=2))
    budget = Budget(5, per=timedelta(seconds=5))  # K: usual for a channel; the headers tell the truth

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``bot_token`` and ``channel``. Raises Refused for a channel that takes no messages (voice, forum)."""
        token = fields.get("bot_token", "").strip().removeprefix("Bot ")
        if not re.fullmatch(r"[\w.-]{20,200}", token, re.ASCII):
            raise Refused(_("Paste the token of your bot."), code="bot_token")
        channel = re.search(r"(\d{5,20})/?\s*\Z", fields.get("channel", ""))
        if channel is None:
            raise Refused(_("Paste the link of the channel, or its number."), code="channel")
        us = cls(Account(remote_id=channel[1]), http=http, vault=NoVault({"bot_token": token}), app=app)
        account = us.whoami()
        if account.settings["kind"] not in _ROOMS:
            raise Refused(_("“%(channel)s” takes no messages.") % {"channel": account.handle}, code="channel_kind")
        return Connected(account, {"bot_token": token})

    def whoami(self) -> Account:
        bot = self._get("/users/@me")
        channel = self._get(f"/channels/{self.account.remote_id}")
        known = self._id(channel, writing=False)
        told = {
            "guild_id": text(channel, "guild_id"), "channel_id": known, "kind": number(channel, "type") or 0,
            "bot_id": self._id(bot, writing=False), "bot": text(bot, "username"),
        }  # fmt: skip
        handle = f"#{text(channel, 'name') or known}"
        url = f"https://discord.com/channels/{told['guild_id'] or '@me'}/{known}"
        return Account(remote_id=known, handle=handle, name=handle, url=url, settings={**self.account.settings, **told})

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """Where it is wished, the last step hands every part on to the followers of an announcement channel."""
        steps = super().plan(draft)
        if not draft.options.get("crosspost") or self.account.settings.get("kind") != ANNOUNCEMENTS:
            return steps
        parts = range(len(draft.parts))
        return (*steps, *(Step("crosspost", len(steps) + part, part=part, payload={}) for part in parts))

    def prepare(self, step: Step, *, key: str, now: Any) -> JSON:
        """Adds the message with its nonce, or the message to hand on."""
        if step.kind == "upload":
            return step.payload
        posts = self._posts(step)
        if step.kind == "crosspost":
            return {"message_id": posts[step.part]}
        message = {**self._message(step), "nonce": key[:25], "enforce_nonce": True}
        parent = posts[-1] if posts else str(step.payload.get("in_reply_to") or "")
        if parent:
            message["message_reference"] = {"message_id": parent, "fail_if_not_exists": True}
        return {**step.payload, "message": message}

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._waiting(self._held(step))
        if step.kind == "crosspost":
            return self._crossposted(str(step.payload["message_id"]))
        payload = step.payload if "message" in step.payload else self.prepare(step, key=key, now=None)
        return self._published(self._post(self._messages, **self._body(step, payload["message"])))

    def reply(self, step: Step, *, key: str) -> Published:
        """A message whose payload has ``in_reply_to``: the id of the message that it answers."""
        return self.publish(step, key=key)

    def _crossposted(self, remote_id: str) -> Published:
        try:
            self._post(f"{self._messages}/{remote_id}/crosspost")
        except Refused as refused:
            if refused.code != str(ALREADY_CROSSPOSTED):
                raise
        return Published(remote_id, self._link(remote_id))

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Our own messages back to the intent: by the nonce where it is shown, else by what they say."""
        if step.kind == "crosspost":
            return self._is_crossposted(str(step.payload["message_id"]))
        message = (step.payload if "message" in step.payload else self.prepare(step, key=key, now=None))["message"]
        ours = str(self.account.settings.get("bot_id") or "")
        return self._read_back(
            step, self._listed, mine=self._mine, is_it=lambda one: _is_it(one, message, by=ours)
        )  # fmt: skip

    def _is_crossposted(self, remote_id: str) -> Published | Absent:
        one = self._get(f"{self._messages}/{remote_id}")
        done = (number(one, "flags") or 0) & CROSSPOSTED
        return Published(remote_id, self._link(remote_id)) if done else Absent(complete=True)

    def _listed(self, cursor: str) -> tuple[Sequence[One], str]:
        """A page of the channel, newest first, and the id before which the next one lies."""
        found = self._listed_in(self._get(self._messages, limit=PAGE, before=cursor))
        return found, text(found[-1], "id") if len(found) == PAGE else ""

    def _mine(self, one: One) -> Mine:
        return Mine(text(one, "id"), self._link(text(one, "id")), instant(one))

    # -- after publishing

    def like(self, remote_id: str) -> None:
        self._say("PUT", f"{self._messages}/{remote_id}/reactions/{quote('👍')}/@me")

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Messages of the channel that answer this one. Without the message content intent their text is empty."""
        return self._others(cursor, lambda one: _parent(one) == remote_id, since=int(remote_id))

    def mentions(self, *, cursor: str = "") -> Page:
        """Messages of the channel that name our bot."""
        ours = str(self.account.settings.get("bot_id") or "")
        return self._others(cursor, lambda one: any(text(who, "id") == ours for who in mappings(one, "mentions")))

    def _others(self, cursor: str, wanted: Callable[[One], bool], *, since: int = 0) -> Page:
        found, onward = self._listed(cursor)
        ours = str(self.account.settings.get("bot_id") or "")
        theirs = [one for one in found if text(one, "id") and text(one, "author", "id") != ours]
        items = [self._heard(one) for one in theirs if wanted(one)]
        return Page(tuple(items), onward if onward.isdecimal() and int(onward) > since else "")

    def _heard(self, one: One) -> Message:
        who, parent = within(one, "author"), _parent(one)
        return Message(
            remote_id=text(one, "id"), kind="reply" if parent else "mention", author=text(who, "username"),
            author_name=text(who, "global_name") or text(who, "username"), text=text(one, "content"),
            at=instant(one) or utc(0), url=self._link(text(one, "id")), parent_id=parent, raw=one,
        )  # fmt: skip

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Reactions, whatever they show. Discord counts no views and no replies."""
        readings = {}
        for remote_id in remote_ids:
            try:
                one = self._get(f"{self._messages}/{remote_id}")
            except Refused as refused:
                if refused.code != str(UNKNOWN_MESSAGE):
                    raise
                continue
            self._id(one, writing=False)
            readings[remote_id] = Reading({"likes": reactions(one)}, one)
        return readings

    def measure_account(self) -> Reading:
        """Members of the server. K: the count is approximate."""
        guild = self._get(f"/guilds/{self.account.settings.get('guild_id')}", with_counts="true")
        return Reading({"followers": number(guild, "approximate_member_count")}, {"id": text(guild, "id")})

    # -- calls

    @property
    def _messages(self) -> str:
        return f"/channels/{self.account.remote_id}/messages"

    def _headers(self) -> Mapping[str, str]:
        return {**super()._headers(), "Authorization": f"Bot {self.vault.read().get('bot_token', '')}"}


class DiscordWebhook(DiscordApi):
    """By the address of an incoming webhook. It can change and delete what it has said, and nothing else."""

    name, label = "discord_webhook", "Discord (webhook)"
    sign_in = (
        Token(
            (
                Field(
                    "address", gettext_noop("Webhook address"), secret=True,
                    help=gettext_noop("Channel → Edit → Integrations → Webhooks → Copy webhook URL"),
                ),
            )
        ),
    )  # fmt: skip
    once = Once(Once.NONE)
    budget = Budget(5, per=timedelta(seconds=2))  # K: the headers tell the truth

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``address``: whoever has it may post, so all of it is a secret."""
        found = re.search(
            r"/webhooks/(\d{5,20})/([\w-]{20,120})/?(?:\?.*)?\Z", fields.get("address", "").strip(), re.ASCII
        )
        if found is None:
            sentence = _("Paste the whole address of the webhook: https://discord.com/api/webhooks/…")
            raise Refused(sentence, code="address")
        secrets = {"webhook_token": found[2]}
        us = cls(Account(remote_id=found[1]), http=http, vault=NoVault(secrets), app=app)
        return Connected(us.whoami(), secrets)

    def whoami(self) -> Account:
        one = self._get(self._webhook)
        known, channel = self._id(one, writing=False), text(one, "channel_id")
        told = {"guild_id": text(one, "guild_id"), "channel_id": channel}
        url = f"https://discord.com/channels/{told['guild_id'] or '@me'}/{channel}"
        name = text(one, "name") or known
        return Account(remote_id=known, handle=name, name=name, url=url, settings={**self.account.settings, **told})

    def prepare(self, step: Step, *, key: str, now: Any) -> JSON:
        return step.payload if step.kind == "upload" else {**step.payload, "message": self._message(step)}

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._waiting(self._held(step))
        message = step.payload.get("message") or self._message(step)
        # Without "wait" the answer is empty, and nobody would know the message's id.
        return self._published(self._post(self._webhook, params={"wait": "true"}, **self._body(step, message)))

    @property
    def _webhook(self) -> str:
        return f"/webhooks/{self.account.remote_id}/{self.vault.read().get('webhook_token', '')}"

    @property
    def _messages(self) -> str:
        return f"{self._webhook}/messages"


def _parent(one: One) -> str:
    return text(one, "message_reference", "message_id")


def _is_it(one: One, message: JSON, *, by: str) -> bool:
    """Is this the message that was said? A nonce that is shown decides; else words, files, poll and parent do."""
    if text(one, "author", "id") != by:
        return False
    shown = within(one, "nonce")
    if shown is not None:
        return bool(str(shown) == message["nonce"])
    return (
        same_form(text(one, "content")) == same_form(str(message.get("content") or ""))
        and len(mappings(one, "attachments")) == len(message.get("attachments") or ())
        and text(one, "poll", "question", "text") == str(within(message, "poll", "question", "text") or "")
        and _parent(one) == str(within(message, "message_reference", "message_id") or "")
    )
