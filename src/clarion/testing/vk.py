"""The contract stage of VK."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from clarion.networks.base import Network, NoVault
from clarion.networks.vk import VK

from .servers.base import Faults, Said
from .servers.vk import GROUP, STRANGER, Post, VKServer
from .stages import Shown, Stage


def _no(code: int, said: str) -> Said:
    return Said.json({"error": {"error_code": code, "error_msg": said, "request_params": []}})


class VKStage(Stage):
    text_limit = 16_000
    # The codes are of the specification; what they say is K.
    troubles = {
        "expired": _no(5, "User authorization failed: access_token has expired."),
        "revoked": _no(5, "User authorization failed: user revoke access for this token."),
        "scope": _no(7, "Permission to perform this action is denied"),
        "suspended": _no(18, "User was deleted or banned"),
        "deleted": _no(203, "Access to the group is denied"),
        "quota": _no(214, "Access to adding post denied: you can only add 50 posts a day"),
    }
    untroubled = {"duplicate": "VK refuses no words that it has; of too many alike it only slows us down."}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = VKServer()
        self.secrets = (self.server.token,)

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> Sequence[str]:
        return self.server.complaints

    def is_publishing(self, method: str, path: str) -> bool:
        return path in ("/method/wall.post", "/method/wall.createComment")

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> VK:
        app = {"base_url": self.server.url}
        fields = {"community": "https://vk.com/cityhall", "access_token": self.server.token}
        connected = VK.connect(fields, http=self.http(), app=app)
        vault = NoVault(connected.secrets)
        kind = network if network is not None and issubclass(network, VK) else VK
        return kind(connected.account, http=self.http(seconds=seconds), vault=vault, app=app)

    # -- the other side

    def posts(self) -> list[Shown]:
        said = [
            (
                post.at,
                post.id,
                Shown(str(post.id), post.text, tuple(f["photo"]["text"] for f in post.files if "photo" in f)),
            )
            for post in self.server.posts.values()
            if post.owner == -GROUP
        ]
        said += [
            (one.at, one.id, Shown(f"{one.post}_{one.id}", one.text, (), str(one.post)))
            for one in self.server.comments.values()
            if one.author == -GROUP
        ]
        return [shown for _at, _id, shown in sorted(said, key=lambda row: row[:2])]

    def end_token(self) -> None:
        self.server.revoked = True

    def rename(self, handle: str) -> None:
        self.server.name = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        post = Post(self.server.new_id(), text, owner=STRANGER, at=self.server.now())
        self.server.posts[post.id] = post
        return str(post.id)

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return f"{remote_id}_{self.server.stranger_says(int(remote_id), text)}"

    def stranger_likes(self, remote_id: str) -> None:
        self.server.posts[int(remote_id)].likes += 1

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        comment = {"id": 9, "from_id": STRANGER, "date": int(time.time()), "text": text, "post_id": 5,
                   "post_owner_id": -GROUP, "owner_id": -GROUP}  # fmt: skip
        told = {"type": "wall_reply_new", "event_id": "e1", "v": "5.251", "group_id": GROUP, "secret": "hook-secret-1"}
        return {}, json.dumps({**told, "object": comment}).encode(), "hook-secret-1"
