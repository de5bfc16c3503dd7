"""Two stand-in networks for demos and journeys: they speak the real networks' words on loopback, in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Self

from .servers.base import StandIn
from .servers.bluesky import Bluesky
from .servers.mastodon import MastodonServer


class Stands:
    """Starts them on the ports of last time (kept in ``path``) where those are free."""

    def __init__(self, path: Path) -> None:
        self._path = path
        before: dict[str, int] = json.loads(path.read_text()) if path.is_file() else {}
        self.mastodon = MastodonServer(latency=0.2, port=before.get("m", 0))
        self.bluesky = Bluesky(latency=0.2, port=before.get("b", 0))

    def start(self) -> Self:
        self.mastodon = self._started(self.mastodon, MastodonServer)
        self.bluesky = self._started(self.bluesky, Bluesky)
        self._path.write_text(json.dumps({"m": self.mastodon.port, "b": self.bluesky.port}))
        return self

    def _started[Stand: StandIn](self, stand: Stand, kind: type[Stand]) -> Stand:
        try:
            return stand.start()
        except OSError:
            return kind(latency=0.2).start()

    def stop(self) -> None:
        self.mastodon.stop()
        self.bluesky.stop()

    def doors(self) -> dict[str, tuple[str, dict[str, str]]]:
        """A letter → the network's name and what a person would type to connect the city hall's account on it."""
        ours = self.bluesky.cityhall
        return {
            "m": ("mastodon", {"server": self.mastodon.url, "access_token": self.mastodon.token}),
            "b": (
                "bluesky",
                {"server": self.bluesky.url, "identifier": ours.handle, "app_password": ours.app_password},
            ),
        }
