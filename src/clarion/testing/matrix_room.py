"""The contract stage of Matrix: one room. (``matrix.py`` beside it is the table of what is proved.)"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from clarion.networks.base import Network, NoVault
from clarion.networks.matrix import ALT, FILES, Matrix

from .servers.base import Faults, Said
from .servers.matrix import ALIAS, RESIDENT, US, MatrixServer
from .stages import Shown, Stage


def _no(code: str, said: str, status: int = 403, **more: Any) -> Said:
    return Said.json({"errcode": code, "error": said, **more}, status)


class MatrixStage(Stage):
    # https://spec.matrix.org/latest/client-server-api/#standard-error-response
    troubles = {
        "expired": _no("M_UNKNOWN_TOKEN", "Access token has expired", 401, soft_logout=True),
        "revoked": _no("M_UNKNOWN_TOKEN", "Invalid access token passed.", 401, soft_logout=False),
        "scope": _no("M_FORBIDDEN", "You don't have permission to post that to the room. (0) < (50)"),
        "suspended": _no("M_USER_SUSPENDED", "Sending messages while account is suspended is not allowed."),
        "deleted": _no("M_USER_DEACTIVATED", "This account has been deactivated"),
        "quota": _no(
            "M_RESOURCE_LIMIT_EXCEEDED", "Monthly Active User Limit Exceeded", admin_contact="mailto:it@city.example",
            limit_type="monthly_active_user",
        ),
    }  # fmt: skip
    untroubled = {"duplicate": "A room takes the same words as often as they are said."}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = MatrixServer()
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
        return method == "PUT" and "/send/m.room.message/" in path

    def fields(self) -> dict[str, str]:
        return {"server": self.server.url, "room": ALIAS, "access_token": self.server.token}

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        connected = Matrix.connect(self.fields(), http=self.http())
        kind, vault, http = network or Matrix, NoVault(connected.secrets), self.http(seconds=seconds)
        limits = Matrix(connected.account, http=self.http(), vault=vault).limits()
        return kind(connected.account, http=http, vault=vault, limits=limits)

    # -- the other side

    us = US

    def events(self) -> list[dict[str, Any]]:
        """All that stands in the room, oldest first."""
        return self.server.events

    def put(self, kind: str, content: dict[str, Any]) -> str:
        """The resident says something; gives the event's id."""
        return self.server.put(RESIDENT, kind, content)

    def posts(self) -> list[Shown]:
        found: list[Shown] = []
        for event in self.events():
            relation = event["content"].get("m.relates_to", {})
            is_edit = relation.get("rel_type") == "m.replace"
            if event["sender"] == self.us and event["type"] == "m.room.message" and event["content"] and not is_edit:
                parent = relation.get("m.in_reply_to", {}).get("event_id", "")
                found.append(self._shown(event["event_id"], self._newest(event), parent))
        return found

    def _newest(self, event: dict[str, Any]) -> dict[str, Any]:
        content: dict[str, Any] = event["content"]
        for other in self.events():
            relation = other["content"].get("m.relates_to", {})
            if (relation.get("rel_type"), relation.get("event_id")) == ("m.replace", event["event_id"]):
                content = other["content"]["m.new_content"]
        return content

    def _shown(self, id: str, content: dict[str, Any], parent: str) -> Shown:
        if content["msgtype"] not in FILES:
            return Shown(id, content["body"], (), parent)
        if ALT in content:
            return Shown(id, content["body"], (content[ALT],), parent)
        return Shown(id, "", (content["body"],), parent)

    def end_token(self) -> None:
        self.server.tokens.pop(self.server.token)

    def rename(self, handle: str) -> None:
        self.server.alias = f"#{handle}:city.example"

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True

    def hide_numbers(self) -> None:
        self.server.no_numbers = True

    def _says(self, text: str, **more: Any) -> str:
        return self.put("m.room.message", {"msgtype": "m.text", "body": text, **more})

    def stranger_posts(self, text: str) -> str:
        return self._says(text)

    def stranger_replies(self, remote_id: str, text: str) -> str:
        relation = {"rel_type": "m.thread", "event_id": remote_id, "m.in_reply_to": {"event_id": remote_id}}
        return self._says(text, **{"m.relates_to": relation})

    def stranger_mentions(self, text: str) -> str:
        return self._says(text, **{"m.mentions": {"user_ids": [self.us]}})

    def stranger_likes(self, remote_id: str) -> None:
        relation = {"rel_type": "m.annotation", "event_id": remote_id, "key": "👍"}
        self.put("m.reaction", {"m.relates_to": relation})

    def marks(self, remote_id: str) -> dict[str, int]:
        reactions = [e for e in self.events() if e["type"] == "m.reaction"]
        return {"likes": sum(e["content"]["m.relates_to"]["event_id"] == remote_id for e in reactions)}
