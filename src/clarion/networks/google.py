"""What Google's networks share: signing in, and how its errors become words.

https://developers.google.com/identity/protocols/oauth2/web-server and https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from .answers import Unreadable
from .api import mappings, text, within
from .base import Answer, Failure, NotNow, Refused, SignInAgain
from .oauth import OAuthApi
from .wording import _, quoting

PACIFIC = "America/Los_Angeles"
"""Where Google's daily quotas start anew, at midnight."""

# Reasons are Google's words for what went wrong: ``errors[].reason`` of the older APIs, ``details[].reason`` and
# ``status`` of the newer ones. M and K: the tables are from third parties' handling; the status decides otherwise.
SIGNED_OUT = frozenset({"authError", "authorizationRequired", "UNAUTHENTICATED", "invalid_grant", "expired"})
NOT_ALLOWED = frozenset({"insufficientPermissions", "forbidden", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded"})
TOO_FAST = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"})
SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})


class GoogleApi(OAuthApi):
    """A network of Google's: one application of ours, a refresh token that stays."""

    authorise_at = "https://accounts.google.com/o/oauth2/v2/auth"
    token_at = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    # Without both a second sign-in gives no refresh token.
    authorise_more: ClassVar[Mapping[str, str]] = {"access_type": "offline", "prompt": "consent"}

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        usual = super().understand(answer, writing=writing)
        if usual is None:
            return None
        reasons, said = reasons_in(answer), answer.reason()
        values = {"network": self.label}
        if reasons & SIGNED_OUT and answer.status < 500:
            sentence = _("%(network)s no longer accepts our sign-in.") % values
            return SignInAgain(quoting(sentence, said), code=_code(reasons & SIGNED_OUT))
        if reasons & SWITCHED_OFF:
            sentence = _(
                "The API of %(network)s is switched off for our application. Nothing was sent. "
                "Switch it on in the Google Cloud console."
            )
            return Refused(quoting(sentence % values, said), code="api_off")
        if "0" in [text(one, "metadata", "quota_limit_value") for one in mappings(_data(answer), "error", "details")]:
            return self._not_approved(said)
        if reasons & SPENT:
            sentence = _(
                "Today's quota of our application for %(network)s is used up. It goes on after midnight there."
            )
            return NotNow(quoting(sentence % values, said), retry_at=midnight(answer.at), code=_code(reasons & SPENT))
        if reasons & TOO_FAST and answer.status < 500:
            sentence = _("%(network)s asks us to slow down.") % values
            return NotNow(quoting(sentence, said), retry_at=answer.retry_at, code=_code(reasons & TOO_FAST))
        if reasons & NOT_ALLOWED:
            sentence = _(
                "Our sign-in may not do this on %(network)s. Connect the channel again and tick every permission."
            )
            return SignInAgain(quoting(sentence % values, said), code=_code(reasons & NOT_ALLOWED))
        return usual

    def _not_approved(self, said: str) -> Refused:
        sentence = _(
            "Google has not opened the API of %(network)s for our application: its quota is 0. Nothing was sent. "
            "Ask Google for access for the project."
        )
        return Refused(quoting(sentence % {"network": self.label}, said), code="not_approved")


def reasons_in(answer: Answer) -> frozenset[str]:
    """Google's words in an error answer: reasons, and the status."""
    error = within(_data(answer), "error")
    if isinstance(error, str):
        return frozenset({error})
    told = {text(one, "reason") for name in ("errors", "details") for one in mappings(error, name)}
    return frozenset((told | {text(error, "status")}) - {""})


def midnight(now: datetime) -> datetime:
    """The next midnight in California, in UTC."""
    there = now.astimezone(ZoneInfo(PACIFIC))
    tomorrow = datetime.combine(there.date() + timedelta(days=1), time(), tzinfo=ZoneInfo(PACIFIC))
    return tomorrow.astimezone(UTC)


def _data(answer: Answer) -> Any:
    with suppress(Unreadable):
        return answer.json()
    return None


def _code(reasons: frozenset[str]) -> str:
    return min(reasons)
