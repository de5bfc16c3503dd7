"""A house as a newcomer starts it: ``clarion serve`` in a process of its own; and a mail server that keeps letters."""

from __future__ import annotations

import json
import socket
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from itertools import count
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller

from clarion.testing.servers.mastodon import MastodonServer

from ..engines.installation import Installation, Process, until

PASSWORD = "correct horse 7"
_numbers = count(1)


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Mailbox:
    """SMTP on loopback. Keeps every message that arrives."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(message_from_bytes(envelope.original_content, policy=default))  # type: ignore[arg-type]
        return "250 kept"

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self._controller.port}?tls=off"

    def start(self) -> Mailbox:
        self._controller.start()
        return self

    def stop(self) -> None:
        self._controller.stop()

    def about(self, words: str, *, to: str) -> list[str]:
        """Texts of the messages to one person that speak of these words."""
        mine = [message for message in self.messages if to in str(message["to"])]
        texts = [body.get_content() for message in mine if (body := message.get_body(("plain",))) is not None]
        return [text for text in texts if words in text]


@dataclass(frozen=True)
class Office:
    """One workspace with its owner: what a journey starts from, apart from all others."""

    workspace: str
    name: str
    email: str


class House(Installation):
    """One data folder and one ``clarion serve``, at an address that is known beforehand."""

    def __init__(self, folder: Path, *, mailbox: Mailbox | None = None) -> None:
        super().__init__(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.environment |= {"CLARION_BASE_URL": self.url, "CLARION_EMAIL_URL": mailbox.url if mailbox else ""}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self, command: str = "serve") -> House:
        """Starts it and waits until it is ready: migrated, and its worker has ticked."""
        process = self._start(["clarion", command, "--port", str(self.port)], command)
        process.first_line()
        until(lambda: self._is_ready(process), seconds=180, what="the house is ready")
        return self

    def _is_ready(self, process: Process) -> bool:
        assert process.popen.poll() is None, f"it ended: {process.log.read_text()[-3000:]}"
        return status_of(f"{self.url}/health/ready") == 200

    def office(self, *, zone: str = "Europe/Oslo") -> Office:
        """A workspace of an organisation of its own, with an owner."""
        number = next(_numbers)
        name, email = f"City of Halden {number}", f"ingrid{number}@halden.example"
        (made,) = self.ask(
            "init", "--organisation", name, "--workspace", "Press office", "--email", email, "--password", PASSWORD,
            "--zone", zone,
        )  # fmt: skip
        return Office(made["workspace"], name, email)

    def channel(self, office: Office, town: MastodonServer) -> None:
        """Connects the city hall's account by the command line, for journeys that begin later."""
        fields = (f"server={town.url}", f"access_token={town.token}")
        self.ask("channels", "connect", "mastodon", "--workspace", office.workspace, *fields)

    def deliveries(self, office: Office) -> list[dict[str, Any]]:
        return self.ask("deliveries", "--workspace", office.workspace)


def read(url: str) -> str:
    """What a stranger reads there."""
    with _opener.open(url, timeout=20) as answer:
        return str(answer.read().decode())


def read_json(url: str) -> Any:
    return json.loads(read(url))


def status_of(url: str) -> int:
    """The status that a stranger gets; 0 when nobody answers."""
    try:
        with _opener.open(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
