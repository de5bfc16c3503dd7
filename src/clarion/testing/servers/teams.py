"""A contract server for a workflow of Microsoft Teams, written from its documentation: one address, one channel.

It takes a card and says 202, before anybody knows whether it will be shown.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .base import Asked, Said, StandIn

PATH = "/powerautomate/automations/direct/workflows/86ff/triggers/manual/paths/invoke"
PAYLOAD = 28 * 1024
BLOCK = {"type", "text", "wrap", "weight", "size", "spacing"}


@dataclass
class Shown:
    run: str
    blocks: list[dict[str, Any]] = field(default_factory=list)
    tracked_by: str = ""


class TeamsServer(StandIn):
    def __init__(self) -> None:
        super().__init__()
        self.signature = "s1gnature-of-the-city-hall%2Bx%2F0123456789"
        self.gone = self.extra_fields = False
        self.cards: list[Shown] = []
        self.complaints: list[str] = []

    @property
    def address(self) -> str:
        """As a person copies it."""
        query = f"api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={self.signature}"
        return f"https://0a1b.09.environment.api.powerplatform.com:443{PATH}?{query}"

    def handle(self, asked: Asked) -> Said:
        if asked.path != PATH or self.gone:
            return self.no(404, "WorkflowNotFound", "The workflow could not be found.")
        if f"sig={self.signature}" not in asked.target:
            return self.no(401, "DirectApiAuthorizationRequired", "The request must be authenticated.")
        if asked.method != "POST" or not asked.headers.get("content-type", "").startswith("application/json"):
            return self.no(400, "TriggerInputSchemaMismatch", "The input body did not match its schema.")
        if len(asked.body) > PAYLOAD:
            return self.no(413, "RequestEntityTooLarge", "Request entity too large.")
        run = f"0858{len(self.cards):026d}"
        tracked_by = asked.headers.get("x-ms-client-tracking-id", "")
        self.cards.append(Shown(run, self._blocks(json.loads(asked.body)), tracked_by))
        body = json.dumps({"x_unheard_of": [1, None]}).encode() if self.extra_fields else b""
        return Said(202, body, {"x-ms-workflow-run-id": run})

    def no(self, status: int, code: str, message: str) -> Said:
        return Said.json({"error": {"code": code, "message": message}}, status)

    def _blocks(self, told: Any) -> list[dict[str, Any]]:
        """The blocks of the card; what is not as documented is a complaint."""
        (attachment,) = told["attachments"]
        content = attachment["content"]
        blocks: list[dict[str, Any]] = content["body"]
        wrong = {
            "message": set(told) != {"type", "attachments"} or told["type"] != "message",
            "attachment": attachment["contentType"] != "application/vnd.microsoft.card.adaptive",
            "card": content["type"] != "AdaptiveCard" or content["version"] not in ("1.2", "1.3", "1.4", "1.5"),
            "block": any(block["type"] != "TextBlock" or set(block) - BLOCK for block in blocks),
            "line": any("\n" in block["text"] for block in blocks),
        }
        self.complaints += [f"the {name} is not as documented" for name, is_wrong in wrong.items() if is_wrong]
        return blocks
