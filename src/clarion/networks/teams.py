"""Microsoft Teams: a channel, by the address of a workflow ("When a Teams webhook request is received").

The answer says that the workflow has taken it (202), not that it is shown, and nothing can be read back: what was lost
is cleared up by a person.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote

from .base import (
    JSON,
    Account,
    Answer,
    Budget,
    Connected,
    Draft,
    Failure,
    Field,
    Http,
    Once,
    Option,
    Problem,
    Published,
    Refused,
    Rules,
    SignInAgain,
    Step,
    Text,
    Token,
    Words,
    utc,
)
from .chat_api import ChatApi
from .wording import _, gettext_noop, quoting

PAYLOAD = 28 * 1024
"""M: bytes of a request."""
_SWITCHED_OFF = "WorkflowTriggerIsNotEnabled"
"""K: how a workflow that its owner or an administrator has stopped answers."""
TRACKED_BY, RUN = "x-ms-client-tracking-id", "x-ms-workflow-run-id"
"""K: by these two a person finds the run in the history of the workflow: our key, and the number of the run."""


def card(said: str, title: str = "") -> dict[str, Any]:
    """The message as an Adaptive Card: a block for each line, for a line end within a block shows nothing."""
    body = [{"type": "TextBlock", "text": title, "wrap": True, "weight": "Bolder", "size": "Large"}] if title else []
    for paragraph in re.split(r"\n[ \t]*\n\s*", said.strip("\n")):
        first, *rest = paragraph.split("\n")
        body.append({"type": "TextBlock", "text": first, "wrap": True})
        body += [{"type": "TextBlock", "text": line, "wrap": True, "spacing": "None"} for line in rest]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
        "body": body, "msteams": {"width": "Full"},
    }  # fmt: skip
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}
    return {"type": "message", "attachments": [attachment]}


def weight(message: JSON) -> int:
    """Bytes of a message on the wire."""
    return len(json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode())


class Teams(ChatApi):
    """``account.remote_id`` stands for the address, which is a secret as a whole."""

    name, label = "teams", "Microsoft Teams"
    words = Words(post="card")
    sign_in = (
        Token(
            (
                Field(
                    "address", gettext_noop("Address of the workflow"), secret=True,
                    help=gettext_noop("Teams → channel → ⋯ → Workflows → “Send webhook alerts to a channel”"),
                ),
                Field("name", gettext_noop("Name"), help=gettext_noop("The team and the channel, as you call them.")),
            )
        ),
    )  # fmt: skip
    rules = Rules(text=Text(PAYLOAD - weight(card("")), unit="utf8_bytes"))
    options = (Option("title", gettext_noop("Title"), "text", limit=200, help=gettext_noop("Shown above, in bold.")),)
    once = Once(Once.NONE)
    budget = Budget(4, per=timedelta(seconds=1))  # M
    docs = "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``address`` and ``name``. Nobody is asked: the only question would be a post."""
        address, name = fields.get("address", "").strip(), " ".join(fields.get("name", "").split())[:200]
        if not re.fullmatch(r"https://[\w.-]+(:\d{1,5})?/[^\s?#]+\?[^\s#]+", address, re.ASCII):
            raise Refused(
                _("Paste the whole address of the workflow. It begins with https:// and is long."), code="address"
            )
        if not name:
            raise Refused(_("Give the channel a name, so that it can be told from others."), code="name")
        known = hashlib.sha256(address.encode()).hexdigest()[:24]
        return Connected(Account(remote_id=known, handle=name, name=name), {"address": address})

    def whoami(self) -> Account:
        return self.account

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found, size = super().problems(draft), weight(self._card(draft.parts[0].text, draft.options))
        if size > PAYLOAD and not any(problem.field == "text" for problem in found):
            sentence = _("Text and title weigh %(count)d of %(limit)d bytes on %(network)s. Shorten them.")
            values = {"network": self.label, "count": size, "limit": PAYLOAD}
            found.append(Problem("text", sentence % values, 0, size, PAYLOAD))
        return found

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        return {**step.payload, "message": self._card(str(step.payload.get("text") or ""), step.payload.get("options"))}

    def publish(self, step: Step, *, key: str) -> Published:
        """Hands it over. What comes back is at most the number of the workflow's run; nothing has an address."""
        payload = step.payload if "message" in step.payload else self.prepare(step, key=key, now=utc(0))
        address = str(self.vault.read().get("address") or "")
        answer = self.http.post(
            self._at(address), json=payload["message"], headers={TRACKED_BY: key}, secrets=self._secrets()
        )  # fmt: skip
        failure = self.understand(answer, writing=True)
        if failure is not None:
            raise failure
        return Published(answer.headers.get(RUN, ""))

    @staticmethod
    def _card(said: str, options: JSON | None) -> dict[str, Any]:
        return card(said, str((options or {}).get("title") or "").strip())

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        said = answer.reason()
        if answer.status in (401, 403):
            sentence = _("The workflow takes nothing from us. Let “Anyone” trigger it, or connect a new one.")
            return SignInAgain(quoting(sentence, said), code=str(answer.status))
        if answer.status in (400, 404) and _SWITCHED_OFF in answer.text[:1000]:
            sentence = _("The workflow is switched off. Switch it on in Teams, then connect the channel again.")
            return SignInAgain(quoting(sentence, said), code="switched_off")
        if answer.status in (404, 410):
            sentence = _("The workflow is no longer there, or its owner has left. Make a new one and connect again.")
            return SignInAgain(quoting(sentence, said), code=str(answer.status))
        if answer.status == 200 and "<html" in answer.text[:500].lower():
            return self._unreadable(writing=writing)
        return super().understand(answer, writing=writing)

    def _secrets(self) -> tuple[str, ...]:
        address = str(self.vault.read().get("address") or "")
        signed = re.findall(r"[?&]sig=([^&#]+)", address)
        return tuple(value for value in (address, *signed, *map(unquote, signed)) if value)
