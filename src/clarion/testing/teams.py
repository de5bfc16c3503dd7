"""The contract stage of Microsoft Teams: our own server in the place of a workflow."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from clarion.networks.base import Network, NoVault
from clarion.networks.teams import PAYLOAD, Teams, card, weight

from .servers.base import Faults, Said
from .servers.teams import TeamsServer
from .stages import Shown, Stage


def _no(status: int, code: str, message: str) -> Said:
    return Said.json({"error": {"code": code, "message": message}}, status)


class TeamsStage(Stage):
    text_limit = PAYLOAD - weight(card(""))
    any_yes = True
    # M: the statuses; K: the codes, which are those of the workflows' own service.
    troubles = {
        "revoked": _no(401, "DirectApiAuthorizationRequired", "The request must be authenticated."),
        "scope": _no(403, "DirectApiInvalidAuthorizationScheme", "The user is not allowed to trigger the workflow."),
        "suspended": _no(404, "WorkflowTriggerIsNotEnabled", "The trigger is in the state 'Disabled'."),
        "deleted": _no(404, "WorkflowNotFound", "The workflow could not be found."),
        "quota": _no(429, "WorkflowTriggerRequestQuotaExceeded", "The quota of requests is used up."),
    }
    untroubled = {
        "expired": "The address of a workflow has no end of its own.",
        "duplicate": "A channel takes the same words as often as they are said.",
        "renamed": "The name is what a person typed; the address tells none.",
    }

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = TeamsServer()
        self.secrets = (self.server.signature, unquote(self.server.signature))

    def start(self) -> None:
        self.server.start()

    def stop(self) -> None:
        self.server.stop()

    @property
    def faults(self) -> Faults:
        return self.server.faults

    def complaints(self) -> list[str]:
        return self.server.complaints

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        fields = {"address": self.server.address, "name": "City Hall, News"}
        connected = Teams.connect(fields, http=self.http())
        app, vault = {"base_url": self.server.url}, NoVault(connected.secrets)
        return (network or Teams)(connected.account, http=self.http(seconds=seconds), vault=vault, app=app)

    # -- the other side

    def posts(self) -> list[Shown]:
        found = []
        for shown in self.server.cards:
            text = ""
            for block in shown.blocks:
                if block.get("weight") != "Bolder":
                    text += ("\n" if block.get("spacing") == "None" else "\n\n") + block["text"]
            found.append(Shown(shown.run, text.lstrip("\n")))
        return found

    def end_token(self) -> None:
        self.server.gone = True

    def add_unknown_fields(self) -> None:
        self.server.extra_fields = True
