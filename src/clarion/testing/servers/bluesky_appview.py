"""What the contract server for Bluesky shows to readers: views, counts, threads, notifications, search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from clarion.networks import atproto

from .base import Asked, Said

POST, LIKE, REPOST = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.repost"
FOLLOW = "app.bsky.graph.follow"


class Wrong(Exception):
    """An XRPC error."""

    def __init__(self, error: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.said = Said.json({"error": error, "message": message}, status)


@dataclass
class Kept:
    """One record. ``seen_at``: when the AppView saw it."""

    cid: str
    value: dict[str, Any]
    seen_at: str


@dataclass
class Person:
    """One account with its repository."""

    handle: str
    did: str
    app_password: str
    records: dict[tuple[str, str], Kept] = field(default_factory=dict)
    blobs: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    access: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)

    def of(self, collection: str) -> Iterator[tuple[str, Kept]]:
        return ((rkey, kept) for (where, rkey), kept in self.records.items() if where == collection)

    def uri(self, collection: str, rkey: str) -> str:
        return f"at://{self.did}/{collection}/{rkey}"


class AppView:
    """The ``app.bsky`` queries over the repositories of ``people``."""

    people: tuple[Person, ...]
    numbers: bool
    may_chat: bool
    private: list[dict[str, Any]]

    def _who(self, asked: Asked) -> Person:
        raise NotImplementedError

    def _person(self, name: str) -> Person:
        raise NotImplementedError

    def _everyone(self, collection: str) -> Iterator[tuple[Person, str, Kept]]:
        for person in self.people:
            for rkey, kept in person.of(collection):
                yield person, person.uri(collection, rkey), kept

    def _profile(self, person: Person) -> dict[str, Any]:
        return {"did": person.did, "handle": person.handle, "displayName": person.handle.split(".")[0].title()}

    def marked(self, collection: str, uri: str) -> list[tuple[Person, str]]:
        """Who likes or reposts ``uri``: each person once, as an AppView counts."""
        found = {
            person.did: (person, mark)
            for person, mark, kept in self._everyone(collection)
            if kept.value["subject"]["uri"] == uri
        }
        return list(found.values())

    def _answers(self, uri: str) -> list[tuple[Person, str, Kept]]:
        posts = self._everyone(POST)
        return [found for found in posts if found[2].value.get("reply", {}).get("parent", {}).get("uri") == uri]

    def _view(self, person: Person, uri: str, kept: Kept, viewer: Person) -> dict[str, Any]:
        view: dict[str, Any] = {
            "uri": uri, "cid": kept.cid, "author": self._profile(person), "record": kept.value,
            "indexedAt": kept.seen_at, "viewer": {},
        }  # fmt: skip
        for name, collection in (("like", LIKE), ("repost", REPOST)):
            marks = self.marked(collection, uri)
            for who, mark in marks:
                if who is viewer:
                    view["viewer"][name] = mark
            if self.numbers:
                view[f"{name}Count"] = len(marks)
        if self.numbers:
            view |= {"replyCount": len(self._answers(uri)), "quoteCount": 0, "bookmarkCount": 0}
        return view

    def _post(self, uri: str) -> tuple[Person, str, Kept] | None:
        return next((found for found in self._everyone(POST) if found[1] == uri), None)

    def x_app_bsky_feed_getPosts(self, asked: Asked) -> Any:
        viewer = self._who(asked)
        uris = asked.query.get("uris", [])
        if len(uris) > 25:
            raise Wrong("InvalidRequest", "Error: uris must not have more than 25 elements")
        found = [self._post(uri) for uri in uris]
        return {"posts": [self._view(*one, viewer) for one in found if one is not None]}

    def x_app_bsky_feed_getPostThread(self, asked: Asked) -> Any:
        viewer, found = self._who(asked), self._post(asked.one("uri"))
        if found is None:
            raise Wrong("NotFound", f"Post not found: {asked.one('uri')}")
        return {"thread": self._thread(found, viewer, int(asked.one("depth", "6")))}

    def _thread(self, found: tuple[Person, str, Kept], viewer: Person, depth: int) -> dict[str, Any]:
        view: dict[str, Any] = {"$type": "app.bsky.feed.defs#threadViewPost", "post": self._view(*found, viewer)}
        if depth:
            view["replies"] = [self._thread(answer, viewer, depth - 1) for answer in self._answers(found[1])]
        return view

    def x_app_bsky_notification_listNotifications(self, asked: Asked) -> Any:
        me = self._who(asked)
        wanted = asked.query.get("reasons", [])
        found: list[dict[str, Any]] = sorted(self._notices(me), key=lambda one: str(one["indexedAt"]), reverse=True)
        found = [notice for notice in found if not wanted or notice["reason"] in wanted]
        items, cursor = _paged(found, asked, key="indexedAt")
        return {"notifications": items, **cursor}

    def _notices(self, me: Person) -> Iterator[dict[str, Any]]:
        for collection in (POST, LIKE, REPOST, FOLLOW):
            for person, uri, kept in self._everyone(collection):
                reason, subject = self._reason(me, collection, kept.value)
                if person is not me and reason:
                    yield {
                        "uri": uri, "cid": kept.cid, "author": self._profile(person), "reason": reason,
                        "record": kept.value, "isRead": False, "indexedAt": kept.seen_at,
                        **({"reasonSubject": subject} if subject else {}),
                    }  # fmt: skip

    def _reason(self, me: Person, collection: str, value: Mapping[str, Any]) -> tuple[str, str]:
        if collection == FOLLOW:
            return ("follow", "") if value["subject"] == me.did else ("", "")
        if collection in (LIKE, REPOST):
            subject = value["subject"]["uri"]
            return (collection.rpartition(".")[2], subject) if me.did in subject else ("", "")
        parent = value.get("reply", {}).get("parent", {}).get("uri", "")
        if parent.startswith(f"at://{me.did}/"):
            return "reply", parent
        features = [feature for facet in value.get("facets", []) for feature in facet["features"]]
        return ("mention", "") if any(feature.get("did") == me.did for feature in features) else ("", "")

    def x_app_bsky_feed_searchPosts(self, asked: Asked) -> Any:
        viewer, word = self._who(asked), asked.one("q").lower()
        views = [self._view(*one, viewer) for one in self._everyone(POST) if word in one[2].value["text"].lower()]
        views.sort(key=lambda view: str(view["indexedAt"]), reverse=True)
        items, cursor = _paged(views, asked, key="indexedAt")
        return {"posts": items, **cursor}

    # -- direct messages: one conversation, between our account and the stranger

    def x_chat_bsky_convo_listConvos(self, asked: Asked) -> Any:
        self._chatting(asked)
        return {"convos": [self._convo()] if self.private else []}

    def x_chat_bsky_convo_getMessages(self, asked: Asked) -> Any:
        self._chatting(asked)
        if asked.one("convoId") != "convo1":
            raise Wrong("InvalidConvo", "Convo not found")
        items, cursor = _paged(self.private[::-1], asked, key="rev")
        return {"messages": items, "relatedProfiles": [self._profile(person) for person in self.people], **cursor}

    def _chatting(self, asked: Asked) -> None:
        self._who(asked)
        if asked.headers.get("atproto-proxy") != "did:web:api.bsky.chat#bsky_chat":
            raise Wrong("MethodNotImplemented", "Method Not Implemented", 501)
        if not self.may_chat:
            raise Wrong("InvalidToken", "Bad token method")

    def _convo(self) -> dict[str, Any]:
        members = [self._profile(person) for person in self.people]
        return {"id": "convo1", "rev": self.private[-1]["rev"], "members": members, "muted": False, "unreadCount": 1}

    def writes(self, person: Person, text: str) -> str:
        """``person`` writes in private; the message's id."""
        number, now = len(self.private), datetime.now(UTC) + timedelta(milliseconds=len(self.private))
        self.private.append(
            {
                "$type": "chat.bsky.convo.defs#messageView", "id": f"message{number}", "rev": f"{number:013d}",
                "text": text, "sender": {"did": person.did}, "sentAt": atproto.timestamp(now),
            }
        )  # fmt: skip
        return f"message{number}"

    def x_app_bsky_actor_getProfile(self, asked: Asked) -> Any:
        self._who(asked)
        person = self._person(asked.one("actor"))
        view = self._profile(person)
        if self.numbers:
            followers = [kept for _, _, kept in self._everyone(FOLLOW) if kept.value["subject"] == person.did]
            view |= {
                "followersCount": len(followers), "followsCount": len(list(person.of(FOLLOW))),
                "postsCount": len(list(person.of(POST))),
            }  # fmt: skip
        return view


def _paged(items: list[dict[str, Any]], asked: Asked, *, key: str) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """One page, newest first, and the cursor of the next: everything older than the last."""
    limit, cursor = int(asked.one("limit", "50")), asked.one("cursor")
    left = [item for item in items if not cursor or item[key] < cursor]
    return left[:limit], ({"cursor": left[limit - 1][key]} if len(left) > limit else {})
