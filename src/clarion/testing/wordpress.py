"""The contract stage of WordPress: one site, read as its API shows it to who may edit."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from clarion.networks.articles import pictures
from clarion.networks.base import Draft, Network, NoVault
from clarion.networks.canonical import plain
from clarion.networks.wordpress import WordPress

from .servers.base import Faults, Said
from .servers.wordpress import Post, WordPressServer
from .stages import Shown, Stage


def _no(status: int, code: str, message: str) -> Said:
    return Said.json({"code": code, "message": message, "data": {"status": status}}, status)


class WordPressStage(Stage):
    # H and K: the names of the errors are those of the REST handbook and of the core.
    troubles = {
        "revoked": _no(401, "incorrect_password", "The provided password is an invalid application password."),
        "scope": _no(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts in this post type."),
        "deleted": _no(401, "invalid_username", "Unknown username. Check again or try your email address."),
        "duplicate": _no(409, "comment_duplicate", "Duplicate comment detected; it looks as though you said that."),
    }
    untroubled = {
        "expired": "An application password has no end of its own.",
        "suspended": "WordPress itself suspends nobody: a user is there or is not.",
        "quota": "A site of one's own counts no articles.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = WordPressServer()
        self.secrets = (self.server.password,)

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> list[str]:
        return self.server.complaints

    def is_publishing(self, method: str, path: str) -> bool:
        return method == "POST" and (
            bool(re.search(r"/posts/\d+\Z", path)) or path.endswith("/comments")
        )  # fmt: skip

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        return super().draft(*texts, pictures=pictures, alts=alts, **{"title": "Opening hours", **options})

    def fields(self) -> dict[str, str]:
        return {"server": self.server.url, "username": "cityhall", "password": self.server.password}

    def app(self) -> dict[str, str]:
        """The operator's settings."""
        return {}

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        connected = WordPress.connect(self.fields(), http=self.http(), app=self.app())
        vault, http = NoVault(connected.secrets), self.http(seconds=seconds)
        return (network or WordPress)(connected.account, http=http, vault=vault, app=self.app())

    # -- the other side

    def articles(self) -> list[Mapping[str, Any]]:
        """Our published articles in the API's form, oldest first."""
        us = self.server.users[0]
        ours = [p for p in self.server.posts.values() if p.author == us.id and p.status == "publish"]
        return [self.server.shown(post, editing=True) for post in ours]

    def drafts(self) -> int:
        """How many articles were begun and are not public."""
        return sum(post.status == "draft" for post in self.server.posts.values())

    def comments(self) -> list[Mapping[str, Any]]:
        """Our public comments in the API's form, oldest first."""
        us = self.server.users[0]
        ours = [c for c in self.server.comments.values() if c.author == us.id and c.status == "approved"]
        return [self.server.shown_comment(one, editing=True) for one in ours]

    def alt(self, media_id: int) -> str:
        return str(self.server.media[media_id]["alt_text"])

    def posts(self) -> list[Shown]:
        shown = [Shown(str(p["id"]), plain(p["content"]["raw"]).linked, self.alts(p)) for p in self.articles()]
        for one in self.comments():
            parent = f"{one['post']}/{one['parent']}" if one["parent"] else str(one["post"])
            shown.append(Shown(f"{one['post']}/{one['id']}", html.unescape(one["content"]["raw"]), (), parent))
        return shown

    def alts(self, article: Mapping[str, Any]) -> tuple[str, ...]:
        cover = [self.alt(article["featured_media"])] if article["featured_media"] else []
        return (*cover, *(picture.alt for picture in pictures(article["content"]["raw"])))

    def end_token(self) -> None:
        self.server.users[0].password = "another"  # noqa: S105 - of a stand-in

    def become_author(self) -> None:
        """Our user has the role below that of an editor."""
        self.server.is_editor = False

    def hold(self, comment: str) -> None:
        """A comment goes back into the queue for approval."""
        self.server.comments[int(comment.partition("/")[2])].status = "hold"

    def later(self) -> None:
        """A day passes for all comments."""
        for one in self.server.comments.values():
            one.at -= timedelta(days=1)

    def rename(self, handle: str) -> None:
        self.server.slugs[1] = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        post = Post(self.server.next_id(), 2, f"p{self.server.next_id()}", "publish", "Theirs", f"<p>{text}</p>")
        self.server.posts[post.id] = post
        return str(post.id)

    def stranger_mentions(self, text: str) -> str:
        """A stranger says something below an article of the site."""
        return self.stranger_replies(self.stranger_posts("An older article."), text)

    def stranger_replies(self, remote_id: str, text: str) -> str:
        post, _slash, parent = remote_id.partition("/")
        fields = {"post": int(post), "parent": int(parent or 0), "content": html.escape(text, quote=False)}
        return f"{post}/{self.server.comment(self.server.users[1], fields).id}"
