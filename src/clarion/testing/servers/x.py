"""A contract server for X, written from its public documentation. It counts, shortens links and refuses by itself.
``clock``: how far its clock is from ours.

People: ``cityhall`` (1, ours) and ``resident`` (2). Only the fields that were asked for are given, as X does.
"""

from __future__ import annotations

import html
import json
import re
import threading
import time
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .base import Asked, Said, StandIn
from .consent import Consent
from .mastodon_routes import form
from .openapi import OpenApi, specification

PROBLEM = "https://api.x.com/2/problems/"
PEOPLE = {"1": ("cityhall", "City Hall"), "2": ("resident", "Rita")}
_URL = re.compile(r"https?://[^\s()]+[^\s().,;:!?]", re.IGNORECASE)
_EMOJI = (
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?"
    "(?:[\U0001f3fb-\U0001f3ff])?(?:\u200d[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?)*)"
)


def weighed(text: str) -> int:
    """The server's own count: NFC, a link 23, an emoji 2, what is not Latin 2."""
    text = _URL.sub("x" * 23, unicodedata.normalize("NFC", text))
    text = re.sub(_EMOJI, "xx", text)
    light = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
    return sum(1 if any(a <= ord(c) <= b for a, b in light) else 2 for c in text)


LARGEST = {"tweet_image": 5_242_880, "tweet_gif": 15_728_640}


@dataclass
class Upload:
    id: str
    kind: str
    total: int
    segments: dict[int, bytes] = field(default_factory=dict)
    finished: bool = False
    alt: str = ""
    waits: int = 0
    then: str = "ready"
    tracks: dict[str, tuple[str, Upload]] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        return b"".join(self.segments[n] for n in sorted(self.segments))


@dataclass
class Post:
    id: str
    author: str
    text: str
    media: list[Upload] = field(default_factory=list)
    parent: str = ""
    root: str = ""
    poll: Any = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    likes: set[str] = field(default_factory=set)
    shares: set[str] = field(default_factory=set)
    hidden: bool = False


class XServer(StandIn):
    """``plan``: what the account has paid for. ``refuses_duplicates``, ``self_serve``: the rules that hurt."""

    def __init__(self, *, judge: bool = True) -> None:
        super().__init__()
        self.people = dict(PEOPLE)
        self.consent = Consent(basic=True)
        self.posts: dict[str, Post] = {}
        self.uploads: dict[str, Upload] = {}
        self.letters: list[dict[str, Any]] = []
        self.plan = "None"
        self.refuses_duplicates = self.self_serve = False
        self.extra_fields = self.no_numbers = False
        self.clock = timedelta()
        self.slow: list[tuple[int, str]] = []
        self.complaints: list[str] = []
        self.left = 100
        self._last = 0
        self._lock = threading.RLock()
        self._spec: OpenApi | None = specification("x", "openapi-2.167.json") if judge else None

    def handle(self, asked: Asked) -> Said:
        if asked.path == "/2/oauth2/token":
            return self.consent.token(asked)
        self._judge(asked)
        if self.consent.who(asked) is None:
            return Said.json(
                {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}, 401
            )
        with self._lock:
            said = self._answered(asked)
        told = format_datetime(datetime.now(UTC) + self.clock, usegmt=True)
        said = Said(said.status, said.body, {**said.headers, "date": told})
        if self._spec and said.status < 300 and not self.extra_fields and not self.no_numbers:
            self.complaints += self._spec.complaints_about_answer(
                method=asked.method, path=asked.path, status=said.status, data=json.loads(said.body)
            )
        return said

    def _judge(self, asked: Asked) -> None:
        if self._spec is None:
            return
        kind = asked.headers.get("content-type", "")
        fields = json.loads(asked.body) if kind.startswith("application/json") and asked.body else list(form(asked))
        self.complaints += self._spec.complaints_about_request(
            method=asked.method, path=asked.path, query=asked.query, content_type=kind, fields=fields
        )

    # -- what is held

    def new_id(self) -> str:
        self._last = max(self._last + 1, int(time.time() * 1000) << 8)
        return str(self._last)

    def put(self, author: str, text: str, *, parent: str = "", media: Sequence[Upload] = (), poll: Any = None) -> Post:
        above = self.posts.get(parent)
        post = Post(self.new_id(), author, text, list(media), parent, above.root if above else "", poll)
        post.root = post.root or post.id
        self.posts[post.id] = post
        return post

    # -- the desk

    def _answered(self, asked: Asked) -> Said:
        method, parts = asked.method, asked.path.strip("/").split("/")[1:]
        match (method, *parts):
            case ("GET", "users", "me"):
                return self._fields({"data": self._person("1", asked)})
            case ("GET", "users", "1", "tweets"):
                return self._listed(asked, [p for p in self.posts.values() if p.author == "1"])
            case ("GET", "users", "1", "mentions"):
                return self._listed(asked, [p for p in self.posts.values() if "@cityhall" in p.text])
            case ("POST", "users", "1", "retweets"):
                shared = self.posts[json.loads(asked.body)["tweet_id"]]
                shared.shares.add("1")
                return Said.json({"data": {"retweeted": True, "rest_id": shared.id}})
            case ("GET", "tweets", "search", "recent"):
                return self._search(asked)
            case ("POST", "tweets"):
                return self._create(json.loads(asked.body))
            case ("GET", "tweets"):
                found = [self.posts[id] for id in asked.one("ids").split(",") if id in self.posts]
                return self._fields({"data": [self._post(p, asked) for p in found]})
            case ("GET", "tweets", id) if id in self.posts:
                post = self.posts[id]
                return self._fields({"data": self._post(post, asked), "includes": self._includes([post], asked)})
            case ("DELETE", "tweets", id) if id in self.posts and self.posts[id].author == "1":
                del self.posts[id]
                return Said.json({"data": {"deleted": True}})
            case ("PUT", "tweets", id, "hidden") if id in self.posts:
                self.posts[id].hidden = json.loads(asked.body)["hidden"]
                return Said.json({"data": {"hidden": self.posts[id].hidden}})
            case ("GET", "tweets", id):
                # X answers 200 for what it cannot show, with errors and without data.
                return Said.json({"errors": [self._problem("resource-not-found", f"Could not find tweet {id}.")]})
            case ("GET", "dm_events"):
                return self._dms(asked)
            case (_, "media", *rest):
                return self._media(asked, rest)
        return self.no(404, "resource-not-found", "Not Found")

    def no(self, status: int, kind: str, detail: str) -> Said:
        headers = {"content-type": "application/problem+json"}
        return Said(status, json.dumps({**self._problem(kind, detail), "status": status}).encode(), headers)

    def _problem(self, kind: str, detail: str) -> dict[str, Any]:
        told = {"type": PROBLEM + kind, "title": kind.replace("-", " ").title(), "detail": detail}
        return {**told, "resource_type": "tweet"} if kind == "resource-not-found" else told

    def _create(self, told: Mapping[str, Any]) -> Said:
        text, media = str(told.get("text") or ""), [str(m) for m in within(told, "media", "media_ids") or ()]
        parent, poll = within(told, "reply", "in_reply_to_tweet_id"), told.get("poll")
        if weighed(text) > (25_000 if self.plan.startswith("Premium") else 280):
            return self.no(400, "invalid-request", "Your Tweet text is too long.")
        if not text.strip() and not media and not poll:
            return self.no(400, "invalid-request", "One of text, poll or media is needed.")
        if poll and media:
            return self.no(400, "invalid-request", "A poll or media, not both.")
        uploads = [self.uploads[m] for m in media if m in self.uploads and self.uploads[m].finished]
        if len(uploads) != len(media) or len(media) > 4 or any(u.waits for u in uploads):
            return self.no(400, "invalid-request", "Your media IDs are invalid.")
        if sum(u.kind != "tweet_image" for u in uploads) and len(uploads) > 1:
            return self.no(400, "invalid-request", "One video or animated picture.")
        if parent and parent not in self.posts:
            return self.no(403, "invalid-request", "The Tweet that you reply to is deleted or not visible to you.")
        if parent and self.self_serve and "@cityhall" not in self.posts[parent].text:
            return self.no(403, "invalid-request", "You are not permitted to perform this action.")
        same = [p for p in self.posts.values() if p.author == "1" and (p.text, p.parent) == (text, parent or "")]
        if self.refuses_duplicates and same and not media:
            return self.no(403, "invalid-request", "You are not allowed to create a Tweet with duplicate content.")
        post = self.put("1", text, parent=parent or "", media=uploads, poll=poll)
        self.left -= 1
        headers = {"x-rate-limit-limit": "100", "x-rate-limit-remaining": str(self.left),
                   "x-rate-limit-reset": str(int(time.time()) + 900)}  # fmt: skip
        return self._fields({"data": {"id": post.id, "text": self._shown(post)["text"]}}, 201, headers)

    # -- uploads

    def _media(self, asked: Asked, rest: Sequence[str]) -> Said:
        match (asked.method, *rest):
            case ("POST", "upload", "initialize"):
                told = json.loads(asked.body)
                if told["total_bytes"] > LARGEST.get(told["media_category"], told["total_bytes"]):
                    return self.no(400, "invalid-request", "The media is too large.")
                waits, then = self.slow.pop(0) if self.slow else (0, "ready")
                upload = Upload(self.new_id(), told["media_category"], told["total_bytes"], waits=waits, then=then)
                self.uploads[upload.id] = upload
                return Said.json({"data": {"id": upload.id, "media_key": f"3_{upload.id}"}})
            case ("POST", "upload", id, "append") if id in self.uploads:
                told = form(asked)
                if len(told["media"][2]) > 5 * 1024 * 1024:
                    return self.no(413, "invalid-request", "The segment is too large.")
                self.uploads[id].segments[int(told["segment_index"])] = told["media"][2]
                return Said.json({"data": {"expires_at": int(time.time()) + 86_400}})
            case ("POST", "upload", id, "finalize") if id in self.uploads:
                if len(self.uploads[id].raw) != self.uploads[id].total:
                    return self.no(400, "invalid-request", "The file is not whole.")
                self.uploads[id].finished = True
                return Said.json({"data": self._upload(self.uploads[id])})
            case ("GET", "upload") if asked.one("media_id") in self.uploads:
                upload = self.uploads[asked.one("media_id")]
                upload.waits = max(0, upload.waits - 1)
                return Said.json({"data": self._upload(upload)})
            case ("POST", "subtitles"):
                return self._subtitles(json.loads(asked.body))
            case ("POST", "metadata"):
                told = json.loads(asked.body)
                alt = told["metadata"]["alt_text"]["text"]
                if len(alt) > 1000 or told["id"] not in self.uploads:
                    return self.no(400, "invalid-request", "The description is too long.")
                self.uploads[told["id"]].alt = alt
                return Said.json({"data": {"id": told["id"], "associated_metadata": told["metadata"]}})
        return self.no(404, "resource-not-found", "Not Found")

    def _subtitles(self, told: Mapping[str, Any]) -> Said:
        video, track = self.uploads.get(told["id"]), told["subtitles"]
        file = self.uploads.get(track["id"])
        if video is None or file is None or video.kind != "tweet_video" or file.kind != "subtitles":
            return self.no(400, "invalid-request", "Your media IDs are invalid.")
        if not (video.finished and file.finished) or told["media_category"] != "TweetVideo":
            return self.no(400, "invalid-request", "The media is not ready, or of another category.")
        video.tracks[track["language_code"]] = (track["display_name"], file)
        return Said.json({"data": {"id": told["id"], "media_category": told["media_category"]}})

    def _upload(self, upload: Upload) -> dict[str, Any]:
        told: dict[str, Any] = {"id": upload.id, "media_key": f"3_{upload.id}", "size": upload.total}
        if upload.waits:
            told["processing_info"] = {"state": "in_progress", "check_after_secs": 1, "progress_percent": 40}
        elif upload.then == "failed":
            told["processing_info"] = {"state": "failed"}
        elif upload.kind != "tweet_image":
            told["processing_info"] = {"state": "succeeded", "progress_percent": 100}
        return told

    # -- what is shown

    def _fields(self, data: dict[str, Any], status: int = 200, headers: Mapping[str, str] | None = None) -> Said:
        data = {name: value for name, value in data.items() if value != {}}
        if self.extra_fields:
            data = {**data, "x_unheard_of": {"a": [1, None]}}
            if isinstance(data.get("data"), dict):
                data["data"] = {**data["data"], "kind_of_thing": "new"}
        return Said.json(data, status, headers)

    def _person(self, id: str, asked: Asked) -> dict[str, Any]:
        name, shown = self.people[id]
        mine = sum(1 for p in self.posts.values() if p.author == id)
        counts = {"followers_count": 12, "following_count": 3, "post_count": mine, "listed_count": 0}
        every = {
            "profile_image_url": f"{self.url}/{name}.png",
            "subscription_type": self.plan,
            **({} if self.no_numbers else {"public_metrics": counts}),
        }
        fields = asked.one("user.fields").split(",")
        return {"id": id, "name": shown, "username": name, **{k: v for k, v in every.items() if k in fields}}

    def _shown(self, post: Post) -> dict[str, Any]:
        """The text with short links and escaped, and what the short ones stand for."""
        urls: list[dict[str, Any]] = []

        def short(found: re.Match[str]) -> str:
            url = f"https://t.co/{post.id[-6:]}{len(urls)}"
            urls.append(
                {"url": url, "expanded_url": found.group(), "start": found.start(), "end": found.start() + len(url)}
            )
            return url

        words = html.escape(_URL.sub(short, post.text), quote=False)
        if post.media:
            url, key = f"https://t.co/{post.id[-6:]}m", f"3_{post.media[0].id}"
            real = f"https://x.com/{self.people[post.author][0]}/status/{post.id}/photo/1"
            place = {"start": len(words), "end": len(words) + len(url)}
            urls.append({"url": url, "media_key": key, "expanded_url": real, **place})
            words = f"{words} {url}".strip()
        return {"text": words, "entities": {"urls": urls}}

    def _post(self, post: Post, asked: Asked) -> dict[str, Any]:
        fields, more = asked.one("post.fields").split(","), asked.one("expansions").split(",")
        shown = self._shown(post)
        told: dict[str, Any] = {"id": post.id, "text": shown["text"]}
        attached: dict[str, Any] = {"media_keys": [f"3_{u.id}" for u in post.media]} if post.media else {}
        attached |= {"poll_ids": ["1"]} if post.poll else {}
        every = {"created_at": post.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                 "entities": shown["entities"], "attachments": attached}  # fmt: skip
        told |= {name: value for name, value in every.items() if name in fields and value}
        if "public_metrics" in fields and not self.no_numbers:
            replies = sum(1 for p in self.posts.values() if p.parent == post.id)
            told["public_metrics"] = {
                "like_count": len(post.likes), "reply_count": replies, "repost_count": len(post.shares),
                "quote_count": 0, "bookmark_count": 0, "impression_count": 7,
            }  # fmt: skip
        if "author_id" in more:
            told["author_id"] = post.author
        if post.parent and "referenced_posts" in more:
            told["referenced_posts"] = [{"type": "replied_to", "id": post.parent}]
        return told

    def _includes(self, posts: Sequence[Post], asked: Asked) -> dict[str, Any]:
        more, told = asked.one("expansions").split(","), {}
        if "attachments.media_keys" in more and (media := [u for p in posts for u in p.media]):
            wanted = asked.one("media.fields").split(",")
            told["media"] = [
                {"media_key": f"3_{u.id}", "type": "photo", **({"alt_text": u.alt} if "alt_text" in wanted else {})}
                for u in media
            ]  # fmt: skip
        if "author_id" in more:
            told["users"] = [self._person(author, asked) for author in sorted({p.author for p in posts})]
        return told

    def _page(self, asked: Asked, items: list[Any]) -> tuple[list[Any], dict[str, Any]]:
        start = int(asked.one("pagination_token").removeprefix("page-token-from-") or 0)
        page = items[start : start + 20]  # X may give fewer than were asked for
        meta: dict[str, Any] = {"result_count": len(page)}
        if len(items) > start + 20:
            meta["next_token"] = f"page-token-from-{start + 20}"
        return page, meta

    def _listed(self, asked: Asked, posts: list[Post]) -> Said:
        since = asked.one("start_time")
        found = sorted(posts, key=lambda p: int(p.id), reverse=True)
        if since:
            found = [p for p in found if p.at >= datetime.fromisoformat(since)]
        page, meta = self._page(asked, found)
        told: dict[str, Any] = {"meta": meta, "includes": self._includes(page, asked)}
        if page:
            told["data"] = [self._post(p, asked) for p in page]
        return self._fields(told)

    def _search(self, asked: Asked) -> Said:
        query = asked.one("query")
        name, _colon, value = query.partition(":")
        if name == "conversation_id":
            found = [p for p in self.posts.values() if p.root == value and p.id != value]
        else:
            found = [p for p in self.posts.values() if all(w in p.text.lower() for w in query.lower().split())]
        return self._listed(asked, found)

    def _dms(self, asked: Asked) -> Said:
        page, meta = self._page(asked, self.letters[::-1])
        told: dict[str, Any] = {"meta": meta}
        if page:
            told |= {"data": page, "includes": {"users": [self._person("2", asked)]}}
        return self._fields(told)

    def letter(self, author: str, text: str) -> str:
        id = self.new_id()
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.letters.append({"id": id, "event_type": "MessageCreate", "text": text, "sender_id": author,
                             "created_at": at, "dm_conversation_id": "1-2"})  # fmt: skip
        return id


def within(data: Any, *path: str) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data
