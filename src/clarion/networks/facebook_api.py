"""What a page of Facebook is, what others say below it and how far it reaches: all that is only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .api import instant, mappings, number, text, with_ids
from .base import JSON, Account, Message, NotNow, Page, Reading, Refused, Seen, utc
from .graph import GONE, signed_call
from .graph_login import FacebookLogin
from .lookup import Mine

HOME = "https://www.facebook.com"
SAID = "id,message,created_time,from,permalink_url"
COMMENT = "id,message,created_time,from,parent,permalink_url"
SHOWN = "id,message,created_time,permalink_url,attachments{type,target,subattachments{type,target}}"
COUNTS = "shares,reactions.summary(total_count).limit(0),comments.filter(stream).summary(total_count).limit(0)"
POST_METRICS = {
    "reach": "post_total_media_view_unique", "views": "post_media_view", "clicks": "post_clicks",
}  # fmt: skip
PAGE_METRICS = {
    "reach": "page_total_media_view_unique", "views": "page_media_view", "engagements": "page_post_engagements",
    "new_followers": "page_daily_follows",
}  # fmt: skip
"""H and M: metrics that were there in 2026. Names die; one that is dead is left out (``GraphApi._insights``)."""


class FacebookPage(FacebookLogin):
    """One page, by its own token; ``Facebook`` adds what is said there."""

    # -- signing in

    def whoami(self) -> Account:
        me = self._get("/me", fields="id,name,username,link,picture{url}")
        return self._account(me)

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        found = self._pages("id,name,username,link,access_token,picture{url}")
        return [
            (self._account(one), {"access_token": text(one, "access_token"), "page_id": text(one, "id")})
            for one in found
        ]

    def _account(self, page: Any) -> Account:
        id, name = self._id(page, writing=False), text(page, "name")
        return Account(
            server=HOME, remote_id=id, handle=text(page, "username") or name or id, name=name,
            url=text(page, "link") or f"{HOME}/{id}", avatar=text(page, "picture", "data", "url"),
        )  # fmt: skip

    @property
    def _me(self) -> str:
        return self.account.remote_id

    def _link(self, id: str) -> str:
        try:
            return text(self._get(f"/{id}", fields="permalink_url"), "permalink_url") or f"{HOME}/{id}"
        except (NotNow, Refused):
            return f"{HOME}/{id}"  # it is out: the address can be made as well

    def fetch(self, remote_id: str) -> Seen | None:
        try:
            one = self._object(f"/{remote_id}", fields=SHOWN)
        except Refused as failure:
            if failure.code in GONE:
                return None
            raise
        attached = mappings(one, "attachments", "data")
        photos = [part for whole in attached for part in mappings(whole, "subattachments", "data") or [whole]]
        ids = [text(photo, "target", "id") for photo in photos if text(photo, "type") == "photo"]
        alts = tuple(text(self._get(f"/{id}", fields="alt_text_custom"), "alt_text_custom") for id in ids if id)
        at = instant(one, "created_time")
        return Seen(remote_id, text(one, "permalink_url") or f"{HOME}/{remote_id}", text(one, "message"), at, alts, one)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Every comment below the post, answers to comments among them, newest first."""
        items, onward = self._page(
            f"/{remote_id}/comments", cursor, fields=COMMENT, filter="stream", order="reverse_chronological"
        )
        return Page(tuple(_message(one, "reply", parent=remote_id) for one in with_ids(items)), onward)

    def mentions(self, *, cursor: str = "") -> Page:
        """Posts of others in which the page is tagged."""
        items, onward = self._page(f"/{self._me}/tagged", cursor, fields=SAID)
        return Page(tuple(_message(one, "mention") for one in with_ids(items)), onward)

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """Comments and posts by others, as the page's ``feed`` and ``mention`` webhooks tell them."""
        heard = []
        for entry in mappings(signed_call(headers, body, secret=secret, label=cls.label), "entry"):
            for change in mappings(entry, "changes"):
                value, field = change.get("value"), change.get("field")
                ours = text(value, "from", "id") == str(entry.get("id"))
                if field not in ("feed", "mention") or text(value, "verb") != "add" or ours:
                    continue
                is_comment = text(value, "item") == "comment"
                id = text(value, "comment_id") if is_comment else text(value, "post_id")
                if not id or not (is_comment or text(value, "message")):
                    continue  # a like, a reaction
                kind = "mention" if field == "mention" else "reply" if is_comment else "post"
                told = {**(value if isinstance(value, Mapping) else {}), "id": id}
                parent = text(value, "parent_id") or text(value, "post_id") if is_comment else ""
                heard.append(_message(told, kind, parent=parent))
        return tuple(heard)

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Reactions of every kind count as likes. Meta leaves ``shares`` out where nobody shared: that is None here."""
        readings = {}
        for remote_id in remote_ids:
            try:
                one = self._object(f"/{remote_id}", fields=COUNTS)
            except Refused as failure:
                if failure.code in GONE:
                    continue
                raise
            seen = self._insights(f"/{remote_id}/insights", POST_METRICS, period="lifetime")
            numbers = {
                "likes": number(one, "reactions", "summary", "total_count"),
                "replies": number(one, "comments", "summary", "total_count"),
                "shares": number(one, "shares", "count"),
            }  # fmt: skip
            readings[remote_id] = Reading({**numbers, **seen.numbers}, {**one, "insights": seen.raw})
        return readings

    def measure_account(self) -> Reading:
        me = self._object(f"/{self._me}", fields="followers_count,fan_count")
        posts = self._get(f"/{self._me}/published_posts", fields="id", limit=1, summary="total_count")
        seen = self._insights(f"/{self._me}/insights", PAGE_METRICS, period="day")
        numbers = {"followers": number(me, "followers_count"), "posts": number(posts, "summary", "total_count")}
        return Reading({**numbers, **seen.numbers}, {**me, "insights": seen.raw})


def mine(one: Mapping[str, Any]) -> Mine:
    return Mine(text(one, "id"), text(one, "permalink_url"), instant(one, "created_time"))


def _message(one: Mapping[str, Any], kind: str, *, parent: str = "") -> Message:
    author = text(one, "from", "name")
    return Message(
        text(one, "id"), kind, text(one, "from", "id"), author, text(one, "message"),
        instant(one, "created_time") or utc(0), text(one, "permalink_url"), text(one, "parent", "id") or parent, one,
    )  # fmt: skip
