"""Mastodon against mastodon-mock from PyPI: a second opinion on the words of the API, with the same faults by a proxy.

It honours all that real servers do not, so it proves nothing about keys; the contract stage plays the other dialects.
"""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.mastodon import Mastodon
from clarion.testing.conformance import Conformance
from clarion.testing.servers.base import Faults
from clarion.testing.servers.proxy import Proxy
from clarion.testing.stages import Shown, Stage

from .real_servers import server

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("mastodon_mock")]


@pytest.fixture(scope="module")
def mock() -> Iterator[dict[str, str]]:
    with server("mastodon_mock") as told:
        yield told


class MockStage(Stage):
    kind = "mock"
    text_limit = 500
    counts_as_documented = False  # it counts code points
    lacks = {"check": "it processes media at once", "search": "it knows no offset", "messages": "it folds them"}

    def __init__(self, folder: Path, told: dict[str, str]) -> None:
        super().__init__(folder)
        self.base, self.ours, self.theirs = told["base_url"], told["token_a"], told["token_b"]
        self.secrets = (self.ours,)
        self.proxy = Proxy(self.base)
        self.vaults: list[NoVault] = []

    def start(self) -> None:
        self.proxy.start()
        for token in (self.ours, self.theirs):
            for status in self.statuses(token):
                self.ask("DELETE", f"/api/v1/statuses/{status['id']}", token)
            self.ask("POST", "/api/v1/notifications/clear", token)
        for conversation in self.ask("GET", "/api/v1/conversations?limit=40", self.ours):
            self.ask("DELETE", f"/api/v1/conversations/{conversation['id']}", self.ours)

    def stop(self) -> None:
        self.proxy.stop()

    @property
    def faults(self) -> Faults:
        return self.proxy.faults

    def is_publishing(self, method: str, path: str) -> bool:
        return method == "POST" and path == "/api/v1/statuses"

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        vault = NoVault({"access_token": self.ours})
        self.vaults.append(vault)
        asked = Mastodon(Account(server=self.proxy.url), http=self.http(), vault=vault)
        return Mastodon(asked.whoami(), http=self.http(seconds=seconds), vault=vault, limits=asked.limits())

    # -- the other side: plain requests to the mock itself

    def ask(self, method: str, path: str, token: str, data: Any = None) -> Any:
        body = None if data is None else json.dumps(data).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def statuses(self, token: str) -> list[dict[str, Any]]:
        me = self.ask("GET", "/api/v1/accounts/verify_credentials", token)
        found: list[dict[str, Any]] = []
        while page := self.ask("GET", f"/api/v1/accounts/{me['id']}/statuses?limit=40" + (
            f"&max_id={found[-1]['id']}" if found else ""), token):  # fmt: skip
            found += page
        return found

    def posts(self) -> list[Shown]:
        return [
            Shown(
                s["id"], self.ask("GET", f"/api/v1/statuses/{s['id']}/source", self.ours)["text"],
                tuple(m["description"] or "" for m in s["media_attachments"]), s["in_reply_to_id"] or "",
            )
            for s in self.statuses(self.ours)[::-1] if not s["reblog"]
        ]  # fmt: skip

    def end_token(self) -> None:
        for vault in self.vaults:
            vault.write({"access_token": "tok-that-is-over"})

    def _says(self, text: str, **more: str) -> str:
        return str(self.ask("POST", "/api/v1/statuses", self.theirs, {"status": text, **more})["id"])

    def stranger_replies(self, remote_id: str, text: str) -> str:
        return self._says(text, in_reply_to_id=remote_id)

    def stranger_mentions(self, text: str) -> str:
        return self._says(f"@cityhall {text}")

    def stranger_writes(self, text: str) -> str:
        return self._says(f"@cityhall {text}", visibility="direct")

    def stranger_posts(self, text: str) -> str:
        return self._says(text)

    def stranger_likes(self, remote_id: str) -> None:
        self.ask("POST", f"/api/v1/statuses/{remote_id}/favourite", self.theirs)

    def marks(self, remote_id: str) -> dict[str, int]:
        status = self.ask("GET", f"/api/v1/statuses/{remote_id}", self.theirs)
        return {"likes": status["favourites_count"], "shares": status["reblogs_count"]}


class TestMastodonMock(Conformance):
    network = Mastodon

    @pytest.fixture
    def stage(self, tmp_path: Path, mock: dict[str, str]) -> Iterator[MockStage]:
        with MockStage(tmp_path, mock) as stage:
            yield stage
