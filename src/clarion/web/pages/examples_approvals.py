"""What the gallery shows of approvals: made-up questions at every point of their way."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace as Made
from typing import Any

from clarion.web.stages import Step
from clarion.web.standing import Standing


def approvals(now: datetime) -> dict[str, Any]:
    def given(who: str, *, yes: bool = True, hours: float = 2) -> Any:
        answer = Made(person=who, guest=None, answer="yes" if yes else "no", at=now - timedelta(hours=hours))
        answer.because = "" if yes else "It was 241 pupils."
        return answer

    deputy = given("Nora Dahl", hours=3)
    deputy.instead = ["Amir Haddad"]
    return {
        "standings": [
            Standing("waiting", "Waits for a yes", "It waits for Anne Berg.", None, False, False, True),
            Standing("approved", "Approved", "Ingrid Solberg, 27 Nov 2026, 10:12", None),
            Standing("refused", "Sent back", "“It was 241 pupils.” Change it and ask again.", None, True),
            Standing("glass", "Went out without an approval", "Ingrid Solberg: “The dam may break.”", None),
        ],
        "steps": [
            Step("Press office", "done", (given("Ingrid Solberg"), deputy), (), False),
            Step("Departments", "here", (given("Amir Haddad", hours=1),), ("Vera Holm", "Jonas Lie"), True, ("Tor",)),
            Step("Mayor", "ahead", (), (), False),
        ],
        "sent_back": [Step("Mayor", "wrong", (given("Anne Berg", yes=False),), (), False)],
        "handed": [Made(giver="Anne Berg", taker="Vera Holm", because="I am in Oslo.")],
    }  # fmt: skip
