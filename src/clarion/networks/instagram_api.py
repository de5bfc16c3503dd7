"""What an account on Instagram is, what others say to it and how far it reaches: all that is only read.

Both ways of signing in see the same things; where one has another door, ``_inbox`` and ``whoami`` say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .api import instant, mappings, number, text, with_ids
from .base import JSON, Account, Message, Page, Reading, Refused, Seen, Step, utc
from .graph import GONE, signed_call
from .graph_containers import Containers
from .wording import gettext_noop

HOME = "https://www.instagram.com"
BY_INSTAGRAM = {
    "instagram_business_basic": gettext_noop("read the account's name and posts"),
    "instagram_business_content_publish": gettext_noop("publish posts"),
    "instagram_business_manage_comments": gettext_noop("read, answer and hide comments"),
    "instagram_business_manage_insights": gettext_noop("read numbers"),
    "instagram_business_manage_messages": gettext_noop("read private messages"),
}
BY_FACEBOOK = {
    "instagram_basic": gettext_noop("read the account's name and posts"),
    "instagram_content_publish": gettext_noop("publish posts"),
    "instagram_manage_comments": gettext_noop("read, answer and hide comments"),
    "instagram_manage_insights": gettext_noop("read numbers"),
    "instagram_manage_messages": gettext_noop("read private messages"),
    "pages_show_list": gettext_noop("list the Pages that you run"),
    "pages_read_engagement": gettext_noop("read the Page's own posts"),
    "business_management": gettext_noop("list Pages that a business owns"),
}
COMMENT = "id,text,timestamp,username,from,parent_id"
THREAD = f"{COMMENT},replies{{{COMMENT}}}"
POST = "id,caption,timestamp,permalink,username"
OWN = "id,caption,timestamp,permalink,media_type,media_product_type"
SHOWN = f"{OWN},alt_text,children{{id,alt_text}}"
TALK = "id,updated_time,messages.limit(20){id,created_time,from,message}"
"""M: of a conversation only the 20 newest messages can be read."""
POST_METRICS = {
    "views": "views", "reach": "reach", "saves": "saved", "shares": "shares", "engagements": "total_interactions",
}  # fmt: skip
STORY_METRICS = {
    "views": "views", "reach": "reach", "shares": "shares", "replies": "replies", "engagements": "total_interactions",
}  # fmt: skip
OWN_METRICS = {
    "reach": "reach", "views": "views", "engaged": "accounts_engaged", "engagements": "total_interactions",
}  # fmt: skip
"""H: names of 2026. Names die; one that is dead is left out (``GraphApi._insights``)."""
KINDS = {"IMAGE": "image", "VIDEO": "reel", "CAROUSEL_ALBUM": "carousel"}
"""What the network calls a medium -> what we published."""


class InstagramAccount(Containers):
    """One professional account. ``account.remote_id`` is its id on Instagram."""

    make_edge, publish_edge, limit_edge = "media", "media_publish", "content_publishing_limit"
    status_fields, status_name, reason_name = "status_code,status", "status_code", "status"
    own_fields, words_name = OWN, "caption"

    def _account(self, one: Any, *path: str) -> Account:
        id, username = self._id(one, *path, writing=False), text(one, "username")
        return Account(
            server=HOME, remote_id=id, handle=f"@{username or id}", name=text(one, "name") or username,
            url=f"{HOME}/{username}/", avatar=text(one, "profile_picture_url"),
        )  # fmt: skip

    @property
    def _inbox(self) -> str:
        """Whose conversations they are."""
        return self._me

    def _is_ours(self, author: Mapping[str, Any]) -> bool:
        """K: which id an author has there. The name is ours in any case."""
        return text(author, "id") == self._me or text(author, "username") == self.account.handle.removeprefix("@") != ""

    def _looks_like(self, one: Mapping[str, Any], step: Step) -> bool:
        how, kind = step.payload.get("as"), KINDS.get(text(one, "media_type"))
        return how == "story" or kind is None or kind == how

    def fetch(self, remote_id: str) -> Seen | None:
        try:
            one = self._object(f"/{remote_id}", fields=SHOWN)
        except Refused as failure:
            if failure.code in GONE:
                return None
            raise
        files = mappings(one, "children", "data") or [one]
        alts = tuple(text(file, "alt_text") for file in files)
        return Seen(remote_id, text(one, "permalink"), text(one, "caption"), instant(one, "timestamp"), alts, one)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Every comment below the post, answers to comments among them."""
        items, onward = self._page(f"/{remote_id}/comments", cursor, fields=THREAD)
        said = [_comment(one, parent=remote_id) for one in with_ids(items)]
        said += [
            _comment(answer, parent=text(one, "id"))
            for one in with_ids(items) for answer in with_ids(one, "replies", "data")
        ]  # fmt: skip
        return _newest_first(said, onward)

    def mentions(self, *, cursor: str = "") -> Page:
        """Posts of others in which the account is tagged."""
        items, onward = self._page(f"/{self._me}/tags", cursor, fields=POST)
        return Page(tuple(_tagged(one) for one in with_ids(items)), onward)

    def messages(self, *, cursor: str = "") -> Page:
        """What others wrote in private; of each conversation the newest."""
        items, onward = self._page(f"/{self._inbox}/conversations", cursor, platform="instagram", fields=TALK)
        said = [
            _private(one, talk=text(talk, "id"))
            for talk in items
            for one in with_ids(talk, "messages", "data")
            if not self._is_ours(one.get("from") or {})
        ]
        return _newest_first(said, onward)

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """Comments and private messages of others. A call about a mention has no words: mentions are read instead."""
        heard = []
        for entry in mappings(signed_call(headers, body, secret=secret, label=cls.label), "entry"):
            ours, at = str(entry.get("id")), entry.get("time")
            for change in mappings(entry, "changes"):
                value = change.get("value")
                if change.get("field") != "comments" or not isinstance(value, Mapping) or not text(value, "id"):
                    continue
                if text(value, "from", "id") != ours:
                    parent = text(value, "parent_id") or text(value, "media", "id")
                    heard.append(_comment({"timestamp": at, **value}, parent=parent))
            for one in mappings(entry, "messaging"):
                sender, said = text(one, "sender", "id"), one.get("message")
                if sender == ours or not isinstance(said, Mapping) or said.get("is_echo") or not text(said, "mid"):
                    continue
                milliseconds = number(one, "timestamp") or 0
                when = datetime.fromtimestamp(milliseconds / 1000, UTC) if 0 < milliseconds < 10**14 else utc(0)
                heard.append(Message(text(said, "mid"), "message", sender, "", text(said, "text"), when, raw=one))
        return tuple(heard)

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """``saves`` and ``shares`` come up to two days late. A story is measured for a day only."""
        readings = {}
        for remote_id in remote_ids:
            try:
                one = self._object(f"/{remote_id}", fields="like_count,comments_count,media_product_type")
            except Refused as failure:
                if failure.code in GONE:
                    continue
                raise
            metrics = STORY_METRICS if text(one, "media_product_type") == "STORY" else POST_METRICS
            seen = self._insights(f"/{remote_id}/insights", metrics)
            numbers = {"likes": number(one, "like_count"), "replies": number(one, "comments_count")}
            readings[remote_id] = Reading({**numbers, **seen.numbers}, {**one, "insights": seen.raw})
        return readings

    def measure_account(self) -> Reading:
        """Followers and posts as they stand; the rest of the last day."""
        me = self._object(f"/{self._me}", fields="followers_count,media_count")
        seen = self._insights(f"/{self._me}/insights", OWN_METRICS, period="day", metric_type="total_value")
        numbers = {"followers": number(me, "followers_count"), "posts": number(me, "media_count")}
        return Reading({**numbers, **seen.numbers}, {**me, "insights": seen.raw})


def _newest_first(said: Iterable[Message], cursor: str) -> Page:
    return Page(tuple(sorted(said, key=lambda one: one.at, reverse=True)), cursor)


def _comment(one: Mapping[str, Any], *, parent: str) -> Message:
    username = text(one, "username") or text(one, "from", "username")
    return Message(
        text(one, "id"), "reply", f"@{username}" if username else text(one, "from", "id"), username, text(one, "text"),
        instant(one, "timestamp") or utc(0), "", parent, one,
    )  # fmt: skip


def _tagged(one: JSON) -> Message:
    username = text(one, "username")
    return Message(
        text(one, "id"), "mention", f"@{username}" if username else "", username, text(one, "caption"),
        instant(one, "timestamp") or utc(0), text(one, "permalink"), "", one,
    )  # fmt: skip


def _private(one: JSON, *, talk: str) -> Message:
    username = text(one, "from", "username")
    return Message(
        text(one, "id"), "message", f"@{username}" if username else text(one, "from", "id"), username,
        text(one, "message"), instant(one, "created_time") or utc(0), "", talk, one,
    )  # fmt: skip
