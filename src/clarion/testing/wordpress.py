"""The contract stage of WordPress."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from clarion.networks.articles import pictures
from clarion.networks.base import Draft, Network, NoVault
from clarion.networks.canonical import plain
from clarion.networks.http import Http
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

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        fields = {"server": self.server.url, "username": "cityhall", "password": self.server.password}
        connected = WordPress.connect(fields, http=self.http())
        http: Http = self.http(seconds=seconds)
        return (network or WordPress)(connected.account, http=http, vault=NoVault(connected.secrets))

    # -- the other side

    def posts(self) -> list[Shown]:
        ours = [p for p in self.server.posts.values() if p.author == 1 and p.status == "publish"]
        shown = [Shown(str(p.id), plain(p.content).linked, self._alts(p)) for p in ours]
        return shown + [
            Shown(f"{c.post}/{c.id}", html.unescape(c.content), (), f"{c.post}/{c.parent}" if c.parent else str(c.post))
            for c in self.server.comments.values() if c.author == 1 and c.status == "approved"
        ]  # fmt: skip

    def _alts(self, post: Post) -> tuple[str, ...]:
        cover = [str(self.server.media[post.featured]["alt_text"])] if post.featured else []
        return (*cover, *(picture.alt for picture in pictures(post.content)))

    def end_token(self) -> None:
        self.server.users[0].password = "another"  # noqa: S105 - of a stand-in

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
