"""The other half of Bluesky: reading records, what others say, likes and reposts, and numbers.

Records come from the account's server; everything named ``app.bsky`` needs an AppView behind it: a server without one
refuses those calls (400, "No service configured").
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any, ClassVar

from .api import id_at, instant, mappings, number, text, within
from .atproto import AtUri, is_tid, next_tid, read_tid, tid_of, timestamp
from .atproto_session import KeyedSession, Session
from .base import JSON, Account, Http, Message, NotNow, Page, Reading, Refused, Seen, Vault, utc
from .wording import _

POST = "app.bsky.feed.post"
LIKE = "app.bsky.feed.like"
REPOST = "app.bsky.feed.repost"
PAGE = 50
CHAT = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
"""Direct messages live at a service of their own; the account's server hands the call on."""
_COUNTS = {"likes": "like", "shares": "repost", "replies": "reply", "quotes": "quote", "bookmarks": "bookmark"}


class Conversation:
    """What ``Bluesky`` does besides publishing."""

    label: ClassVar[str]
    account: Account
    http: Http
    vault: Vault

    @property
    def session(self) -> Session:
        login = self.account.server or "https://bsky.social"
        server = str(self.account.settings.get("pds") or login)
        kind = KeyedSession if "dpop_key" in self.vault.read() else Session
        return kind(server=server, login_server=login, http=self.http, vault=self.vault, network=self)

    @property
    def did(self) -> str:
        return str(self.account.settings.get("did") or self.account.remote_id)

    def _url(self, uri: str, handle: str = "") -> str:
        at = AtUri.read(uri)
        ours = self.account.handle if at.authority == self.did else ""
        return f"{profile_url(handle or ours, at.authority)}/post/{at.rkey}"

    def fetch(self, remote_id: str) -> Seen | None:
        there = self._record(AtUri.read(remote_id))
        if there is None:
            return None
        value, embed = there["value"], within(there, "value", "embed")
        images = mappings(embed, "images") or ([embed] if isinstance(embed, Mapping) and "video" in embed else [])
        return Seen(
            remote_id=there["uri"], url=self._url(remote_id), text=text(value, "text"),
            at=instant(value, "createdAt"), alts=tuple(text(image, "alt") for image in images), raw=there,
        )  # fmt: skip

    def _read(self, name: str, query: Any = None, **more: Any) -> Mapping[str, Any]:
        """The object that answers a question. NotNow when it is none."""
        found = self.session.ask(name, query, **more)
        if not isinstance(found, Mapping):
            raise self._unreadable()
        return found

    def _unreadable(self) -> NotNow:
        sentence = _("%(network)s gave an answer that cannot be read.") % {"network": self.label}
        return NotNow(sentence, code="unreadable")

    def _record(self, at: AtUri) -> dict[str, Any] | None:
        """{uri, cid, value} of a record; None when the server says that there is none."""
        query = {"repo": at.authority, "collection": at.collection, "rkey": at.rkey}
        try:
            found = self.session.ask("com.atproto.repo.getRecord", query, token=False)
        except Refused as refused:
            if refused.code == "RecordNotFound":
                return None
            raise
        if not text(found, "uri") or not isinstance(within(found, "value"), Mapping):
            raise self._unreadable()
        return dict(found)

    def like(self, remote_id: str) -> None:
        self._mark(LIKE, remote_id, "like")

    def share(self, remote_id: str) -> None:
        self._mark(REPOST, remote_id, "repost")

    def _mark(self, collection: str, remote_id: str, seen_as: str) -> None:
        """One like or repost of a post, however often it is asked for: its key is made from the post's address."""
        subject = self._subject(remote_id, unless=seen_as)
        if subject is None:
            return
        named = AtUri.read(subject["uri"]).rkey
        at = utc(read_tid(named)[0] / 1_000_000) if is_tid(named) else utc(0)
        rkey = tid_of(f"{self.did} {subject['uri']}", at=at)
        created_at = timestamp(self.http.exchanges[-1].began_at)
        record = {"$type": collection, "subject": subject, "createdAt": created_at}
        body = {"repo": self.did, "collection": collection, "rkey": rkey, "record": record, "swapRecord": None}
        try:
            self.session.do("com.atproto.repo.putRecord", body)
        except Refused as refused:
            there = self._record(AtUri(self.did, collection, rkey)) if refused.code == "InvalidSwap" else None
            if text(there, "value", "subject", "uri") != subject["uri"]:
                raise

    def _subject(self, remote_id: str, *, unless: str) -> dict[str, str] | None:
        """Address and hash of a post; None when we have marked it already, by whatever program."""
        try:
            posts = mappings(self._read("app.bsky.feed.getPosts", [("uris", remote_id)]), "posts")
        except Refused:  # a server without an AppView knows the records of its own accounts
            posts = [self._record(AtUri.read(remote_id)) or {}]
        if not posts or not posts[0]:
            raise Refused(_("That post is no longer there."), code="NotFound")
        if within(posts[0], "viewer", unless):
            return None
        uri, cid = text(posts[0], "uri"), text(posts[0], "cid")
        if AtUri.in_(uri) is None or not cid:
            raise self._unreadable()
        return {"uri": uri, "cid": cid}

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """All answers below a post, newest first. The network has no pages here: we cut them by time and address."""
        found = self._read("app.bsky.feed.getPostThread", {"uri": remote_id, "depth": 100, "parentHeight": 0})
        if not isinstance(found.get("thread"), Mapping):
            raise self._unreadable()
        messages = sorted(self._below(found["thread"]), key=_order, reverse=True)
        if cursor:
            messages = [message for message in messages if _order(message) < tuple(cursor.split(" ", 1))]
        more = len(messages) > PAGE
        return Page(tuple(messages[:PAGE]), " ".join(_order(messages[PAGE - 1])) if more else "")

    def _below(self, thread: JSON) -> Iterable[Message]:
        for answer in mappings(thread, "replies"):
            for message in self._messages([answer.get("post")], "reply"):
                if not self._is_next_part(message):
                    yield message
                yield from self._below(answer)

    def _is_next_part(self, message: Message) -> bool:
        """Is this our own thread going on? Its key follows the key of the part above."""
        this, above = AtUri.in_(message.remote_id), AtUri.in_(message.parent_id)
        if this is None or above is None or not is_tid(above.rkey):
            return False
        return this.authority == above.authority == self.did and this.rkey == next_tid(above.rkey)

    def mentions(self, *, cursor: str = "") -> Page:
        return self._notified(("mention", "reply", "quote"), cursor)

    def notifications(self, *, cursor: str = "") -> Page:
        return self._notified((), cursor)

    def _notified(self, reasons: tuple[str, ...], cursor: str) -> Page:
        query = [
            ("limit", "50"),
            *(("reasons", reason) for reason in reasons),
            *([("cursor", cursor)] if cursor else []),
        ]
        found = self._read("app.bsky.notification.listNotifications", query)
        # Older servers do not know ``reasons``.
        wanted = [item for item in mappings(found, "notifications") if not reasons or text(item, "reason") in reasons]
        return Page(tuple(self._messages(wanted)), text(found, "cursor"))

    def messages(self, *, cursor: str = "") -> Page:
        """Direct messages of all conversations, newest first within a page.

        The cursor is JSON: where each conversation goes on (``at``), and the next conversations (``more``).
        """
        told: dict[str, Any] = json.loads(cursor) if cursor else {"at": {}, "more": ""}
        following: dict[str, Any] = {"at": {}, "more": None}
        asked = dict(told["at"])
        if told["more"] is not None:
            given = {"limit": 20} | ({"cursor": told["more"]} if told["more"] else {})
            found = self._read("chat.bsky.convo.listConvos", given, headers=CHAT)
            following["more"] = text(found, "cursor") or None
            asked |= {text(convo, "id"): "" for convo in mappings(found, "convos") if text(convo, "id")}
        items: list[Message] = []
        for convo, at in asked.items():
            given = {"convoId": convo, "limit": PAGE} | ({"cursor": at} if at else {})
            found = self._read("chat.bsky.convo.getMessages", given, headers=CHAT)
            people = {text(person, "did"): person for person in mappings(found, "relatedProfiles")}
            told_here = [one for one in mappings(found, "messages") if "text" in one and id_at(one, "id")]
            items += [self._private(one, convo, people) for one in told_here]
            if text(found, "cursor"):
                following["at"][convo] = text(found, "cursor")
        ends = not following["at"] and following["more"] is None
        return Page(tuple(sorted(items, key=_order, reverse=True)), "" if ends else json.dumps(following))

    def _private(self, view: JSON, convo: str, people: Mapping[str, JSON]) -> Message:
        did = text(view, "sender", "did")
        author = people.get(did, {})
        handle = text(author, "handle") or did
        return Message(
            remote_id=id_at(view, "id"), kind="message", author=handle,
            author_name=text(author, "displayName") or handle, text=text(view, "text"),
            at=instant(view, "sentAt") or utc(0), url=f"https://bsky.app/messages/{convo}", parent_id=convo,
            raw=view,
        )  # fmt: skip

    def search(self, query: str, *, cursor: str = "") -> Page:
        given = {"q": query, "limit": 25, "sort": "latest"} | ({"cursor": cursor} if cursor else {})
        found = self._read("app.bsky.feed.searchPosts", given)
        return Page(tuple(self._messages(mappings(found, "posts"), "post")), text(found, "cursor"))

    def _messages(self, views: Iterable[Any], kind: str = "") -> Iterable[Message]:
        """Each view that has an address, as a message; without ``kind`` its own reason is it."""
        for view in views:
            uri, handle = text(view, "uri"), text(view, "author", "handle")
            at = AtUri.in_(uri)
            if at is None:
                continue
            is_post = at.collection == POST
            yield Message(
                remote_id=uri, kind=kind or text(view, "reason") or "notification", author=handle,
                author_name=text(view, "author", "displayName") or handle, text=text(view, "record", "text"),
                at=instant(view, "indexedAt") or utc(0),
                url=self._url(uri, handle) if is_post else profile_url(handle, text(view, "author", "did")),
                parent_id=text(view, "record", "reply", "parent", "uri") or text(view, "reasonSubject"), raw=view,
            )  # fmt: skip

    def measure(self, remote_ids: Iterable[str]) -> Mapping[str, Reading]:
        uris, read = list(remote_ids), {}
        for start in range(0, len(uris), 25):
            found = self._read("app.bsky.feed.getPosts", [("uris", uri) for uri in uris[start : start + 25]])
            for post in mappings(found, "posts"):
                read[text(post, "uri")] = Reading(
                    {name: number(post, f"{field}Count") for name, field in _COUNTS.items()} | {"views": None}, post
                )
        return read

    def measure_account(self) -> Reading:
        found = self._read("app.bsky.actor.getProfile", {"actor": self.did})
        names = {"followers": "followersCount", "following": "followsCount", "posts": "postsCount"}
        return Reading({name: number(found, field) for name, field in names.items()}, found)


def profile_url(handle: str, did: str) -> str:
    return f"https://bsky.app/profile/{handle if handle and handle != 'handle.invalid' else did}"


def _order(message: Message) -> tuple[str, str]:
    return message.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"), message.remote_id
