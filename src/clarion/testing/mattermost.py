"""The contract stage of Mattermost: one channel of our own server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from clarion.networks.base import Network, NoVault
from clarion.networks.mattermost import Mattermost

from .servers.base import Faults, Said
from .servers.mattermost import BOT, RITA, MattermostServer
from .stages import Shown, Stage


def _no(status: int, id: str, message: str) -> Said:
    return Said.json({"id": id, "message": message, "detailed_error": "", "status_code": status}, status)


class MattermostStage(Stage):
    """``shows_props=False``: a listing does not show our key, so words must do."""

    text_limit = 16_383
    # K: the ids are the server's own, from its public list of texts.
    troubles = {
        "expired": _no(401, "api.context.session_expired.app_error", "Invalid or expired session, please login again."),
        "revoked": _no(401, "app.user_access_token.invalid_or_missing", "Invalid or missing token."),
        "scope": _no(403, "api.context.permissions.app_error", "You do not have the appropriate permissions."),
        "suspended": _no(401, "api.user.login.inactive.app_error", "The account of the bot was deactivated."),
        "deleted": _no(400, "api.post.create_post.can_not_post_to_deleted.error", "Can not post to deleted channel."),
        "duplicate": _no(
            500, "api.post.deduplicate_create_post.pending",
            "Rejected post since another client is making the same request.",
        ),
    }  # fmt: skip
    untroubled = {"quota": "A server of one's own counts no posts; it only slows us down."}

    def __init__(self, folder: Path, *, shows_props: bool = True) -> None:
        super().__init__(folder)
        self.server = MattermostServer(shows_props=shows_props)
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
        return (method, path) == ("POST", "/api/v4/posts")

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        fields = {
            "server": self.server.url, "access_token": self.server.token,
            "channel": f"{self.server.url}/city/channels/news",
        }  # fmt: skip
        connected = Mattermost.connect(fields, http=self.http())
        kind, vault = network or Mattermost, NoVault(connected.secrets)
        limits = Mattermost(connected.account, http=self.http(), vault=vault).limits()
        return kind(connected.account, http=self.http(seconds=seconds), vault=vault, limits=limits)

    # -- the other side

    def posts(self) -> list[Shown]:
        return [
            Shown(sent.id, sent.text, (), sent.root)
            for sent in self.server.posts.values()
            if sent.user == BOT and not sent.gone
        ]

    def end_token(self) -> None:
        self.server.revoked = True

    def rename(self, handle: str) -> None:
        self.server.name = handle

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_posts(self, text: str) -> str:
        return self.server.write(RITA, text).id

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self.server.write(RITA, text, root=remote_id).id

    def stranger_mentions(self, text: str) -> str:
        return self.server.write(RITA, f"@clarion: {text}").id

    def stranger_likes(self, remote_id: str) -> None:
        self.server.posts[remote_id].reactions.append((RITA, "heart"))

    def marks(self, remote_id: str) -> Mapping[str, int]:
        return {"likes": len(self.server.posts[remote_id].reactions)}
