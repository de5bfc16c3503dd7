"""The contract stage of Google Business Profile."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clarion.networks.base import Account, Media, Network, NoVault
from clarion.networks.google_business import GoogleBusiness

from .servers.base import Faults, Said
from .servers.google_business import US, GoogleBusinessServer
from .stages import Shown, Stage


def lend(media: Media) -> str:
    """An address as Clarion lends it."""
    return f"https://clarion.example/lent/{media.sha256[:12]}{media.path.suffix}"


def _no(code: int, status: str, message: str, *reasons: str) -> Said:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason} for reason in reasons]
    return Said.json({"error": {"code": code, "message": message, "status": status, "details": details}}, code)


class GoogleBusinessStage(Stage):
    text_limit = 1500
    troubles = {
        "expired": _no(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
        "revoked": _no(401, "UNAUTHENTICATED", "Token has been revoked."),
        "scope": _no(
            403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.",
            "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        ),
        "suspended": _no(400, "FAILED_PRECONDITION", "The location is suspended."),
        "deleted": _no(404, "NOT_FOUND", "Requested entity was not found."),
        "quota": _no(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'.", "RATE_LIMIT_EXCEEDED"),
    }  # fmt: skip
    untroubled = {"duplicate": "Google looks at a post after it has taken it, and tells then what it rejects."}
    token_path = GoogleBusinessServer.token_path

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = GoogleBusinessServer()
        self.consent = self.server.consent

    def start(self) -> None:
        self.server.start()
        self.vault = NoVault(self.consent.issue())
        held = self.vault.read()
        self.secrets = (held["access_token"], held["refresh_token"], self.consent.app["client_secret"])

    def stop(self) -> None:
        self.server.stop()

    @property
    def app(self) -> dict[str, str]:
        return {**self.consent.app, "base_url": self.server.url}

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> Sequence[str]:
        return self.server.complaints

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> GoogleBusiness:
        kind = network if network is not None and issubclass(network, GoogleBusiness) else GoogleBusiness
        account = kind(Account(remote_id=US), http=self.http(), vault=self.vault, app=self.app).whoami()
        return kind(account, http=self.http(seconds=seconds), vault=self.vault, app=self.app, lend=lend)

    def is_publishing(self, method: str, path: str) -> bool:
        return (method == "POST" and path.endswith("/localPosts")) or (method == "PUT" and path.endswith("/reply"))

    # -- the other side

    def posts(self) -> list[Shown]:
        said = [
            Shown(post.name, post.told["summary"], tuple("" for _one in post.told.get("media", [])))
            for post in self.server.posts.values() if post.state == "LIVE"
        ]  # fmt: skip
        said += [
            Shown(f"{one.name}/reply", one.reply, (), one.name) for one in self.server.reviews.values() if one.reply
        ]
        return said

    def rename(self, handle: str) -> None:
        self.server.title = handle

    def end_token(self) -> None:
        self.consent.end_tokens(also_renewal=True)

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        self.server.then.append((times, "LIVE" if then == "ready" else "REJECTED"))

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def stranger_mentions(self, text: str) -> str:
        return self.server.review(text).name

    def stranger_posts(self, text: str) -> str:
        """What strangers say of a location is a review."""
        return self.server.review(text).name
