"""A contract server for YouTube, written from its public documents: resumable uploads, videos, comments, numbers.

Bytes are counted and hashed, never kept. One channel of ours, one stranger.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .base import Asked, Said
from .discovery import discovery
from .google import GoogleServer, stamp
from .youtube_routes import ROUTES, STRANGER, US, Session


@dataclass
class Video:
    id: str
    channel: str
    snippet: dict[str, Any]
    status: dict[str, Any]
    at: datetime
    sha256: str = ""
    upload: str = "processed"
    why: str = ""
    waits: int = 0
    thumbnail: int = 0
    likes: set[str] = field(default_factory=set)
    captions: dict[str, dict[str, Any]] = field(default_factory=dict)
    public_at: int = 0
    """Which of all that became public it was."""


@dataclass
class Comment:
    id: str
    video: str
    author: str
    text: str
    at: datetime
    parent: str = ""
    state: str = "published"
    public_at: int = 0


class YouTubeServer(GoogleServer):
    """``locked``: the application is not checked, so everything stays private. ``most``: so many bytes of a chunk are
    taken. ``then``: what becomes of the next video: (questions until it is processed, reason of a failure)."""

    routes = ROUTES

    def __init__(self, *, judge: bool = True, **more: Any) -> None:
        documents = ("youtube.v3.json", "youtubeAnalytics.v2.json") if judge else ()
        super().__init__(judges=tuple(discovery("youtube", one) for one in documents), prefix="yt-", **more)
        self.videos: dict[str, Video] = {}
        self.comments: dict[str, Comment] = {}
        self.playlist_items: dict[str, tuple[str, str]] = {}
        self.sessions: dict[str, Session] = {}
        self.then: list[tuple[int, str]] = []
        self.name = "halden"
        self.locked = False
        self.has_channel = True
        self.has_analytics = True
        self.verified = True
        self.most: int | None = None
        self.received = 0

    # -- what is held

    def put(
        self, snippet: dict[str, Any], status: dict[str, Any], *, channel: str = US, at: datetime | None = None
    ) -> Video:
        id = f"vid{self.next_number():08d}"
        waits, why = self.then.pop(0) if self.then and channel == US else (0, "")
        made = Video(id, channel, snippet, dict(status), at or datetime.now(UTC), waits=waits, why=why)
        if waits or why:
            made.upload = "uploaded"
        if self.locked and channel == US:
            made.status["privacyStatus"] = "private"
        self.videos[id] = made
        return made

    def comment(self, video: str, text: str, *, author: str = STRANGER, parent: str = "") -> Comment:
        id = (f"{parent}." if parent else "") + f"Ugx{self.next_number():020d}"
        made = Comment(id, video, author, text, datetime.now(UTC), parent, public_at=self.next_number())
        self.comments[id] = made
        return made

    def public(self) -> list[Video]:
        return [one for one in self.videos.values() if one.channel == US and one.status["privacyStatus"] == "public"]

    # -- what is shown

    def show(self, one: Video, parts: Iterable[str]) -> dict[str, Any]:
        comments = sum(1 for c in self.comments.values() if c.video == one.id)
        likes = str(len(one.likes))
        counts = {"viewCount": "12", "likeCount": likes, "favoriteCount": "0", "commentCount": str(comments)}
        states = {"uploadStatus": one.upload}
        if one.upload == "failed":
            states["failureReason"] = one.why
        if one.upload == "rejected":
            states["rejectionReason"] = one.why
        whole = {
            "snippet": {**one.snippet, "channelId": one.channel, "publishedAt": stamp(one.at)},
            "status": {**one.status, **states},
            "processingDetails": {"processingStatus": "processing" if one.upload == "uploaded" else "succeeded"},
            "statistics": {} if self.no_numbers else counts,
        }
        return {"kind": "youtube#video", "id": one.id, **{part: whole[part] for part in parts if part in whole}}

    def show_comment(self, one: Comment) -> dict[str, Any]:
        said = {
            "videoId": one.video, "textDisplay": one.text, "textOriginal": one.text, "publishedAt": stamp(one.at),
            "authorDisplayName": "City of Halden" if one.author == US else "Rita",
            "authorChannelId": {"value": one.author},
            "moderationStatus": one.state, **({"parentId": one.parent} if one.parent else {}),
        }  # fmt: skip
        return {"kind": "youtube#comment", "id": one.id, "snippet": said}

    def show_thread(self, one: Comment) -> dict[str, Any]:
        below = [c for c in self.comments.values() if c.parent == one.id]
        snippet = {"videoId": one.video, "topLevelComment": self.show_comment(one), "totalReplyCount": len(below)}
        shown = {"replies": {"comments": [self.show_comment(c) for c in below[:2]]}} if below else {}
        return {"kind": "youtube#commentThread", "id": one.id, "snippet": snippet, **shown}

    def listed(self, asked: Asked, kind: str, items: list[Any], *, most: int = 50) -> Said:
        page, more = self.page(asked, items, most=most)
        about = {"totalResults": len(items), "resultsPerPage": len(page)}
        return self.say({"kind": f"youtube#{kind}ListResponse", "items": page, "pageInfo": about, **more})

    def wrong_snippet(self, snippet: dict[str, Any]) -> Said | None:
        title, words = str(snippet.get("title", "")), str(snippet.get("description", ""))
        tags = [str(tag) for tag in snippet.get("tags", [])]
        if not title.strip() or len(title) > 100 or re.search("[<>]", title):
            return self.error(400, "invalidTitle", "The request metadata specifies an invalid or empty video title.")
        if len(words) > 5000 or re.search("[<>]", words):
            return self.error(400, "invalidDescription", "The request metadata specifies an invalid video description.")
        if sum(len(tag) + 2 * (" " in tag) + 1 for tag in tags) > 501:
            return self.error(400, "invalidTags", "The request metadata specifies invalid video keywords.")
        if snippet.get("categoryId") not in {"1", "10", "17", "19", "22", "24", "25", "26", "27", "28", "29"}:
            return self.error(400, "invalidCategoryId", "The category is not valid.")
        return None


def older(server: YouTubeServer) -> Video:
    """A video of ours from before, under which people talk."""
    status = {"privacyStatus": "unlisted"}
    return server.put({"title": "Older", "categoryId": "22"}, status, at=datetime.now(UTC) - timedelta(days=30))
