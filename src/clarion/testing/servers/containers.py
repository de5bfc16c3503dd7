"""What the contract servers of Instagram and Threads share: containers that fetch files and are published once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .base import Said
from .graph import GraphServer, Params, Wrong, gone

US, STRANGER = "cityhall", "rita"


@dataclass
class Container:
    id: str
    at: datetime
    asked: Mapping[str, Any]
    checks: int = 0
    then: str = "ready"
    published: bool = False
    body: bytes = b""
    size: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether every byte that was promised is there."""
        return self.asked.get("upload_type") != "resumable" or 0 < self.size == len(self.body)

    def status(self, now: datetime) -> str:
        if self.published:
            return "PUBLISHED"
        if now - self.at > timedelta(hours=24):
            return "EXPIRED"
        if not self.is_whole:
            return "IN_PROGRESS"
        if self.checks > 0:
            self.checks -= 1
            return "IN_PROGRESS"
        return "ERROR" if self.then == "failed" else "FINISHED"


@dataclass
class Post:
    """One thing that was said in public: a post, a reply, a comment."""

    id: str
    author: str
    text: str
    at: datetime
    kind: str = "post"
    parent_id: str = ""
    alts: tuple[str, ...] = ()
    hidden: bool = False
    likes: int = 0
    more: dict[str, Any] = field(default_factory=dict)


class ContainerServer(GraphServer):
    """``lend`` an address before it is fetched: what nobody lent is not there, as behind a firewall."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.containers: dict[str, Container] = {}
        self.posts: dict[str, Post] = {}
        self.lent: dict[str, bytes] = {}
        self.used = 0
        self.listed_late = False
        self.behind = timedelta()
        self._slow: list[tuple[int, str]] = []

    def now(self) -> datetime:
        return super().now() - self.behind

    def process_next(self, *, times: int, then: str) -> None:
        self._slow.append((times, then))

    def say(self, author: str, text: str, **more: Any) -> Post:
        with self.lock:
            one = Post(self.next_id(), author, text, self.now(), **more)
            self.posts[one.id] = one
            return one

    def thing(self, id: str) -> Post:
        if id not in self.posts:
            raise gone(id)
        return self.posts[id]

    def make(self, params: Params) -> Container:
        """A container for what was asked; the file is fetched now."""
        for name in ("image_url", "video_url"):
            address = params.get(name)
            if address is not None and address not in self.lent:
                raise Wrong("The media could not be fetched from this URI", 9004, 2_207_052)
            if address is not None:
                self.take(name, self.lent[address])
        times, then = self._slow.pop(0) if self._slow else (0, "ready")
        made = Container(self.next_id(), self.now(), dict(params), times, then)
        self.containers[made.id] = made
        return made

    def take(self, name: str, raw: bytes) -> None:
        """Refuses a file that is not what it should be."""

    def children(self, params: Params) -> list[Container]:
        ids = str(params.get("children") or "").split(",")
        found = [self.containers[id] for id in ids if id in self.containers]
        if not self.fewest <= len(found) <= self.most or len(found) != len(ids):
            raise Wrong("The number of children is not valid", 100, 2_207_028)
        for child in found:
            if child.asked.get("is_carousel_item") != "true" or child.status(self.now()) != "FINISHED":
                raise Wrong("A child is not ready", 100, 2_207_028)
        return found

    fewest, most = 2, 20

    def publishable(self, id: str) -> Container:
        """The container that is ready to be published; refuses any other, also one that was published."""
        made = self.containers.get(id)
        if made is None:
            raise gone(id)
        status = made.status(self.now())
        if status == "IN_PROGRESS":
            raise Wrong("The media is not ready to be published", 9007, 2_207_027)
        if status == "EXPIRED":
            raise Wrong("The media has expired", 24, 2_207_020)
        if status != "FINISHED":
            raise Wrong("The media was published, or cannot be", 100, 2_207_051 if status == "ERROR" else 0)
        return made

    def alts(self, made: Container) -> tuple[str, ...]:
        """Of each file, in order; a file without one has an empty one."""
        children = [self.containers[id] for id in str(made.asked.get("children") or "").split(",") if id]
        files = children or ([made] if made.asked.get("media_type", "IMAGE") != "TEXT" else [])
        return tuple(str(one.asked.get("alt_text") or "") for one in files)

    def quota(self, total: int) -> Said:
        row = {"quota_usage": self.used, "config": {"quota_total": total, "quota_duration": 86_400}}
        return self.said({"data": [row]})

    def newest(self, author: str = US, *kinds: str) -> list[Post]:
        """What somebody said, newest first. ``listed_late``: the last is out, but not in the list yet."""
        found = [one for one in self.posts.values() if one.author == author and one.kind in (kinds or ("post",))]
        return found[::-1][1:] if self.listed_late else found[::-1]
