"""The two ways into Meta's networks: Facebook Login, whose user speaks for pages; and tokens of 60 days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from .api import mappings, text
from .base import JSON, Answer, Connected, Failure, NotNow, NoVault, Refused, SignInAgain
from .graph import GRAPH, GraphApi, GraphError
from .oauth import _Told
from .wording import _

DAY = 86_400.0
FRESH = 53 * DAY
"""A token of 60 days is renewed once it is a week old, while it lives: a dead one cannot be."""
MOST_PAGES = 100
"""A list is read no further: one that never ends leads to itself."""
AGAIN = 3600.0
"""After a renewal that did not work while the token still does, it is tried again so much later."""
UNKNOWN_APP = 101


class MetaLogin(GraphApi):
    """What both ways say when they say no."""

    def _told(self, answer: Answer, *, is_code: bool) -> _Told:
        error = GraphError.of(answer)
        if error is not None and error.code == UNKNOWN_APP:
            sentence = _("%(network)s does not know our application. Check its client id and secret.")
            raise Refused(sentence % {"network": self.label}, code="invalid_client")
        if error is not None and error.code == 190 and not is_code:
            raise SignInAgain(_("%(network)s no longer accepts our sign-in.") % {"network": self.label}, code="190")
        return super()._told(answer, is_code=is_code)

    def _exchanged(self, path: str, **params: str) -> JSON:
        """The secrets that a token's own address gives for a GET. Raises SignInAgain or NotNow."""
        us = type(self)(self.account, http=self.http, app=self.app)  # these calls carry what they need themselves
        try:
            answer = us._ask("GET", path, params=params)
        except Failure as failure:
            raise NotNow(failure.sentence, code="renewal") from None
        return self._told(answer, is_code=False).secrets


class FacebookLogin(MetaLogin):
    """A person signs in to Facebook and we speak for their pages, each with a token of its own.

    Secrets: ``access_token`` (the page's), ``user_token``, ``page_id``. A page's token has no end of its own; when it
    is refused, a new one is read with the person's.
    """

    api = f"https://graph.facebook.com/{GRAPH.name}"
    authorise_at = f"https://www.facebook.com/{GRAPH.name}/dialog/oauth"
    token_at = f"https://graph.facebook.com/{GRAPH.name}/oauth/access_token"
    rupload: ClassVar[str] = "https://rupload.facebook.com"
    with_proof = True

    def signed_in(self, secrets: JSON, *, scopes: Sequence[str] = ()) -> tuple[Connected, ...]:
        short = str(secrets["access_token"])
        form = {"grant_type": "fb_exchange_token", "fb_exchange_token": short}
        token = self._token_call(form, secrets=(short,)).secrets["access_token"]
        us = type(self)(self.account, http=self.http, vault=NoVault({"access_token": token}), app=self.app)
        # Page tokens outlive the person's 60 days, so the channel itself ends at no known time.
        return super().signed_in({"access_token": token, "user_token": token}, scopes=us._granted() or scopes)

    def _granted(self) -> tuple[str, ...]:
        """What the person ticked; nothing when it cannot be told, which is no reason to stop."""
        try:
            told = mappings(self._get("/me/permissions"), "data")
        except (NotNow, Refused):
            return ()
        return tuple(text(one, "permission") for one in told if one.get("status") == "granted")

    def _pages(self, fields: str) -> list[Mapping[str, Any]]:
        """The pages that this sign-in may speak for, each with its ``access_token``."""
        found: list[Mapping[str, Any]] = []
        cursor = ""
        for _page in range(MOST_PAGES):
            items, cursor = self._page("/me/accounts", cursor, fields=fields)
            found += [one for one in items if text(one, "id") and text(one, "access_token")]
            if not cursor:
                break
        return found

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
        before = self.vault.read()
        answer = super()._ask(method, path, headers=headers, **given)
        error = GraphError.of(answer) if answer.status >= 400 else None
        if error is not None and error.code == 190 and before.get("user_token") and before.get("page_id"):
            # A refused token did not happen: the same call may be made with the page's new one.
            self._renewed(before)
            answer = super()._ask(method, path, headers=headers, **given)
        return answer

    def _can_renew(self, secrets: JSON) -> bool:
        return False

    def _renew(self, secrets: JSON) -> JSON:
        vault = NoVault({"access_token": secrets["user_token"]})
        us = type(self)(self.account, http=self.http, vault=vault, app=self.app)
        try:
            found = text(us._get(f"/{secrets['page_id']}", fields="access_token"), "access_token")
        except Refused:
            found = ""
        if not found:
            sentence = _("%(network)s no longer lets this person speak for the page. Connect the channel again.")
            raise SignInAgain(sentence % {"network": self.label}, code="190")
        return {"access_token": found}


class SixtyDays(MetaLogin):
    """A token of an hour is exchanged for one of 60 days, which renews itself as long as it lives.

    Secrets: ``access_token``, ``expires_at``, ``renew_at`` (epoch seconds; not before then).
    """

    exchange_at: ClassVar[str]
    exchange_by: ClassVar[str]
    renew_from: ClassVar[str]
    renew_by: ClassVar[str]

    def signed_in(self, secrets: JSON, *, scopes: Sequence[str] = ()) -> tuple[Connected, ...]:
        told = self._exchanged(
            self.exchange_at, grant_type=self.exchange_by, client_secret=str(self.app.get("client_secret") or ""),
            access_token=str(secrets["access_token"]),
        )  # fmt: skip
        us = type(self)(self.account, http=self.http, vault=NoVault(told), app=self.app)
        granted = tuple(scopes) or us._granted(str(told["access_token"]))
        return super().signed_in({"expires_at": _in_sixty_days(), **told}, scopes=granted)

    def _granted(self, token: str) -> tuple[str, ...]:
        """What the person ticked, where it can be asked."""
        return ()

    def _is_ending(self, secrets: JSON) -> bool:
        now = datetime.now(UTC).timestamp()
        ends, not_before = secrets.get("expires_at"), secrets.get("renew_at")
        return (
            isinstance(ends, int | float)
            and ends - FRESH <= now < ends
            and not (isinstance(not_before, int | float) and now < not_before)
        )

    def _can_renew(self, secrets: JSON) -> bool:
        return False  # a token that is refused cannot be renewed: only a person can help

    def _renew(self, secrets: JSON) -> JSON:
        now = datetime.now(UTC).timestamp()
        try:
            told = self._exchanged(self.renew_from, grant_type=self.renew_by, access_token=str(secrets["access_token"]))
        except NotNow:
            # It lives for weeks yet: what is to be said is said with it.
            return {"renew_at": now + AGAIN}
        return {"expires_at": _in_sixty_days(), **told, "renew_at": now + DAY}


def _in_sixty_days() -> float:
    return (datetime.now(UTC) + timedelta(days=60)).timestamp()
