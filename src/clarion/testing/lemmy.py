"""The contract stage of Lemmy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clarion.networks.articles import typed_of
from clarion.networks.base import Draft, Network, NoVault
from clarion.networks.lemmy import Lemmy

from .servers.base import Faults, Said
from .servers.lemmy import Comment, LemmyServer, Post
from .stages import Shown, Stage

PICTURE = re.compile(r"!\[((?:\\.|[^\]\\])*)\]\([^()\s]+\)")


class LemmyStage(Stage):
    text_limit = 50_000
    troubles = {
        "revoked": Said.json({"error": "incorrect_login"}, 401),
        "scope": Said.json({"error": "only_mods_can_post_in_community"}, 400),
        "suspended": Said.json({"error": "person_is_banned_from_community"}, 400),
        "deleted": Said.json({"error": "couldnt_find_community"}, 404),
        "quota": Said.json({"error": "rate_limit_error"}, 400),
    }
    untroubled = {
        "expired": "A sign-in of Lemmy lasts until somebody ends it.",
        "duplicate": "Lemmy takes the same words again.",
        "renamed": "The name of a community cannot be changed, only its title.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = LemmyServer()
        self.secrets = (self.server.token,)

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
        return method == "POST" and path in ("/api/v3/post", "/api/v3/comment")

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        return super().draft(*texts, pictures=pictures, alts=alts, **{"title": "Opening hours", **options})

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        fields = {
            "server": self.server.url, "username": "cityhall", "password": self.server.password, "community": "town"
        }  # fmt: skip
        connected = Lemmy.connect(fields, http=self.http())
        http, vault = self.http(seconds=seconds), NoVault(connected.secrets)
        return (network or Lemmy)(connected.account, http=http, vault=vault)

    # -- the other side

    def posts(self) -> list[Shown]:
        ours = [p for p in self.server.posts.values() if p.author is self.server.us and not p.deleted]
        said = [c for c in self.server.comments.values() if c.author is self.server.us and not c.deleted]
        return [self._post(p) for p in ours] + [
            Shown(f"{c.post.id}/{c.id}", typed_of(c.content), (), str(c.post.id)) for c in said
        ]

    def _post(self, post: Post) -> Shown:
        alts = [post.alt] if "/pictrs/image/" in post.url else []
        alts += [typed_of(alt) for alt in PICTURE.findall(post.body)]
        return Shown(str(post.id), typed_of(PICTURE.sub("", post.body)), tuple(alts))

    def end_token(self) -> None:
        self.server.token = "jwt.another"  # noqa: S105 - of a stand-in

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        return str(self.server.write(self.server.resident, {"name": "A question", "body": text}).id)

    def stranger_replies(self, remote_id: str, text: str) -> str:
        post, _slash, parent = remote_id.partition("/")
        made = self.server.comment(self.server.resident, int(post), text, int(parent or 0))
        return f"{made.post.id}/{made.id}"

    def stranger_mentions(self, text: str) -> str:
        post = self.server.posts.get(1) or self.server.write(self.server.resident, {"name": "A thread"})
        made: Comment = self.server.comment(self.server.resident, post.id, text)
        self.server.mentions.append(made)
        return f"{made.post.id}/{made.id}"

    def stranger_writes(self, text: str) -> str:
        return str(self.server.write_to_us(text))

    def stranger_likes(self, remote_id: str) -> None:
        self.server.posts[int(remote_id)].likes.add(self.server.resident.id)

    def marks(self, remote_id: str) -> Mapping[str, int]:
        post, _slash, comment = remote_id.partition("/")
        held = self.server.comments[int(comment)] if comment else self.server.posts[int(post)]
        return {"likes": len(held.likes - {self.server.resident.id})}
