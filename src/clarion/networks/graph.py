"""The Graph API of Meta as Facebook, Instagram and Threads share it: versions, proofs, errors, pages and numbers.

https://developers.facebook.com/docs/graph-api/
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable
from .api import instant, mappings, number, text, within
from .base import (
    JSON,
    Answer,
    Draft,
    Failure,
    NotNow,
    Problem,
    Reading,
    Refused,
    SignInAgain,
    Step,
    Told,
    Unknown,
)
from .bodies import Stretch
from .hooks import signed_body
from .lookup import BEFORE
from .oauth import OAuthApi
from .resumable import file_of
from .wording import _, gettext_noop, quoting


@dataclass(frozen=True)
class Version:
    """A version of the API. ``ends``: from then on Meta may answer as a newer one."""

    name: str
    ends: date | None = None


GRAPH = Version("v25.0", date(2028, 2, 18))
"""The one place of the version. K: versions live about two years from their release (this one: February 2026)."""
THREADS = Version("v1.0")
"""K: Threads has told no end of it."""

PAGE, PAGES = 25, 10
"""Items of a page, and how many pages a look goes back at most."""
BUSY = 80
"""From this share (percent) of what the app may ask we slow down, before Meta does it for us."""

GONE = frozenset({"100/33", "404", "803", "110"})
"""Codes (with subcode) of a thing that is not there, or not for us."""
DUPLICATE = frozenset({"506", "1366051"})
"""Refused because it was said before: M and K, so we look whether it was us. Codes and subcodes."""

_SIGNED_OUT = frozenset({102, 190, 463, 467})
_SLOWER = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
_BLOCKED = frozenset({368, 1390008})
MAYBE = frozenset({1, 2, 1363047, 1609010})
_BLOCKED_FOR = timedelta(hours=1)

_BY_HAND = {
    1404006: gettext_noop("%(network)s wants a security check. Do it on %(network)s, then connect the channel again."),
    1404078: gettext_noop(
        "%(network)s wants the page to be authorised for publishing. Its administrator does this on %(network)s; "
        "then connect the channel again."
    ),
    4854002: gettext_noop(
        "%(network)s wants a person to confirm who they are. Do it on %(network)s, then connect the channel again."
    ),
}
"""M: subcodes after which only a person can help, there."""
NEVER = {
    1366046: gettext_noop("%(network)s does not take this picture: it is too heavy, or of another type than it knows."),
    1346003: gettext_noop("%(network)s takes this for abusive and did not publish it. Change the words or the link."),
    1404102: gettext_noop("%(network)s sees its community standards broken and did not publish it."),
    1609008: gettext_noop("%(network)s does not take links to itself here. Remove the link."),
}
"""M: subcodes of refusals that a sentence of ours explains better than theirs."""


@dataclass(frozen=True)
class GraphError:
    """``{"error": {…}}`` of an answer. ``codes``: code and subcode, whichever are there."""

    code: int
    subcode: int = 0
    transient: bool = False

    @classmethod
    def of(cls, answer: Answer) -> GraphError | None:
        try:
            data = answer.json()
        except Unreadable:
            return None
        error = within(data, "error")
        if not isinstance(error, Mapping) or number(error, "code") is None:
            return None
        codes = number(error, "code") or 0, number(error, "error_subcode") or 0
        return cls(*codes, error.get("is_transient") is True)

    @property
    def codes(self) -> frozenset[int]:
        return frozenset({self.code, self.subcode} - {0})

    def __str__(self) -> str:
        return f"{self.code}/{self.subcode}" if self.subcode else str(self.code)


class GraphApi(OAuthApi):
    """What every network of the Graph API does alike. Scopes are apart by commas there."""

    scope_separator = ","
    with_proof: ClassVar[bool] = False
    """True where every call carries ``appsecret_proof``, so that a stolen token alone is worth nothing."""
    token_in_query: ClassVar[bool] = False
    """True where the documentation knows the token as a parameter only. Evidence hides it there too."""
    unsure: ClassVar[frozenset[tuple[str, int]]] = frozenset()
    """Limits (field, limit) that no official page tells: they warn, and the network decides."""
    never: ClassVar[Mapping[int, str]] = NEVER
    later: ClassVar[Mapping[int, timedelta]] = {}
    """Codes and subcodes that pass by themselves, and after which time."""
    maybe: ClassVar[frozenset[int]] = MAYBE
    """Codes and subcodes after which a write may have happened all the same."""

    # -- calls

    def _headers(self) -> Mapping[str, str]:
        return {} if self.token_in_query else super()._headers()

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
        token, secret = self._token(), str(self.app.get("client_secret") or "")
        more = {}
        if token and self.token_in_query and "Authorization" not in (headers or {}):
            more["access_token"] = token
        if token and secret and self.with_proof:
            more["appsecret_proof"] = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if more:
            given["params"] = {**(given.get("params") or {}), **more}
        return super()._ask(method, path, headers=headers, **given)

    def _page(self, path: str, cursor: str = "", **params: Any) -> tuple[list[Mapping[str, Any]], str]:
        """One page of an edge and the cursor of the next; empty when there is none."""
        told = self._get(path, **{"limit": PAGE, "after": cursor, **params})
        if not isinstance(within(told, "data"), list):
            raise self._unreadable(writing=False)
        onward = text(told, "paging", "cursors", "after") if within(told, "paging", "next") else ""
        return mappings(told, "data"), onward if onward != cursor else ""

    def _back_to(
        self, step: Step, path: str, *, at: str, **params: Any
    ) -> tuple[list[list[Mapping[str, Any]]], bool, timedelta]:
        """Pages of an edge, newest first, back to before the step's intent; whether they are all there is; and how
        far their clock is behind ours. ``at`` names the field that tells when."""
        pages: list[list[Mapping[str, Any]]] = []
        cursor, skew = "", timedelta()
        for _number in range(PAGES):
            items, cursor = self._page(path, cursor, **params)
            pages.append(items)
            theirs = self.http.answer.server_time if self.http.answer else None
            if theirs is not None and self.http.answer is not None:
                skew = min(theirs - self.http.answer.at, timedelta())
            if not cursor:
                return pages, True, skew
            oldest = instant(items[-1], at) if items else None
            if step.since is not None and oldest is not None and oldest < step.since - BEFORE + skew:
                break
        return pages, False, skew

    def _done(self, made: Any) -> None:
        """What a write without an id of its own must say: ``{"success": true}``."""
        if within(made, "success") is False:
            raise Refused(_("%(network)s did not do it, and gave no reason.") % {"network": self.label}, code="success")
        if within(made, "success") is not True and not text(made, "id"):
            raise self._unreadable(writing=True)

    def _send_rest(self, address: str, step: Step, *, start: int, headers: Mapping[str, str]) -> Any:
        """The step's file from ``start`` on in one call, read from disk while it leaves, to an upload that is open."""
        _media, path, size = file_of(step)
        rest = Stretch(path, start, max(size - start, 0))
        given = {"Authorization": f"OAuth {self._token()}", **headers}
        return self._post(address, content=rest, headers=given)

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        error = GraphError.of(answer)
        if error is None:
            return super().understand(answer, writing=writing)
        said, values = answer.reason(), {"network": self.label}
        # A subcode knows more than its code, which is often the one of everything.
        for code in error.codes & set(_BY_HAND):
            return SignInAgain(quoting(_(_BY_HAND[code]) % values, said), code=str(error))
        for code in error.codes & set(self.never):
            return Refused(quoting(_(self.never[code]) % values, said), code=str(error))
        if error.codes & _SIGNED_OUT:
            return SignInAgain(quoting(_("%(network)s no longer accepts our sign-in.") % values, said), code=str(error))
        failure = self._passing(error, answer, writing=writing)
        if failure is not None:
            return failure
        if error.code in (3, 10) or 200 <= error.code <= 299:
            sentence = _("%(network)s does not let us do this: a permission is missing. Connect the channel again.")
            return SignInAgain(quoting(sentence % values, said), code=str(error))
        usual = super().understand(answer, writing=writing)
        if usual is None or (error.code == 100 and answer.status < 500):
            return Refused(quoting(_("%(network)s refused it.") % values, said), code=str(error))
        usual.code = str(error)
        return usual

    def _passing(self, error: GraphError, answer: Answer, *, writing: bool) -> Failure | None:
        """What passes by itself: limits, blocks, and faults of theirs, which of a write are a maybe."""
        said, values, code = answer.reason(), {"network": self.label}, str(error)
        if error.codes & _SLOWER:
            sentence = _("%(network)s asks us to slow down.") % values
            return NotNow(quoting(sentence, said), retry_at=self._regained(answer) or answer.retry_at, code=code)
        for one in error.codes & set(self.later):
            sentence = _("%(network)s cannot do it yet.") % values
            return NotNow(quoting(sentence, said), retry_at=answer.at + self.later[one], code=code)
        if error.codes & _BLOCKED:
            sentence = _("%(network)s has blocked us for a while. It is tried again in an hour.") % values
            return NotNow(quoting(sentence, said), retry_at=answer.at + _BLOCKED_FOR, code=code)
        if error.codes & self.maybe or error.transient:
            if writing:
                sentence = _("%(network)s failed while it worked on it: it may have happened.") % values
                return Unknown(quoting(sentence, said), code=code)
            return NotNow(quoting(_("%(network)s is not working at the moment.") % values, said), code=code)
        return None

    def budget_told(self, answer: Answer) -> Told | None:
        """K: the usage headers give shares in percent. Below ``BUSY`` our own count is the better one."""
        if max((use for use, _minutes in _usages(answer)), default=0) < BUSY:
            return None
        return Told(None, 0, self._regained(answer) or answer.at + timedelta(minutes=5))

    def _regained(self, answer: Answer) -> datetime | None:
        minutes = max((minutes for _use, minutes in _usages(answer)), default=0)
        return answer.at + timedelta(minutes=min(minutes, 24 * 60)) if minutes else None

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        return [replace(one, level="warn") if (one.field, one.limit) in self.unsure else one for one in found]

    # -- numbers

    def _insights(self, path: str, metrics: Mapping[str, str], **params: Any) -> Reading:
        """``metrics``: our name -> theirs. Names die with the years: one that is refused is left out and named in
        ``raw["refused"]``; it never spoils the others."""
        try:
            told = mappings(self._get(path, metric=",".join(metrics.values()), **params), "data")
            return Reading({ours: _total(told, theirs) for ours, theirs in metrics.items()}, {"data": told})
        except (Refused, SignInAgain) as failure:
            if failure.code.partition("/")[0] in {str(code) for code in _SIGNED_OUT}:
                raise
            if len(metrics) < 2:
                return Reading(dict.fromkeys(metrics), {"refused": [*metrics.values()]})
        numbers: dict[str, int | None] = {}
        data: list[Any] = []
        refused: list[str] = []
        for ours, theirs in metrics.items():
            one = self._insights(path, {ours: theirs}, **params)
            numbers |= one.numbers
            data += one.raw.get("data", ())
            refused += one.raw.get("refused", ())
        return Reading(numbers, {"data": data, "refused": refused})


def _total(told: Iterable[Mapping[str, Any]], name: str) -> int | None:
    """The newest value of a metric; of a value by kinds (reactions) their sum."""
    for one in told:
        if one.get("name") != name:
            continue
        value = within(one, "total_value", "value")
        value = within(one, "values", -1, "value") if value is None else value
        if isinstance(value, Mapping):
            return sum(number(value, kind) or 0 for kind in value)
        return number({"value": value}, "value")
    return None


def _usages(answer: Answer) -> Iterable[tuple[int, int]]:
    """(percent, minutes until it is free again) of each usage header."""
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        with suppress(ValueError):
            told = json.loads(answer.headers.get(name) or "{}")
            rows = [told] if name != "x-business-use-case-usage" else [
                row for rows in (told.values() if isinstance(told, Mapping) else ()) for row in mappings(rows)
            ]  # fmt: skip
            for row in rows:
                shares = [number(row, share) or 0 for share in ("call_count", "total_time", "total_cputime")]
                yield max(shares), number(row, "estimated_time_to_regain_access") or 0


def signed_call(headers: Mapping[str, str], body: bytes, *, secret: str, label: str) -> JSON:
    """The data of a call in that is signed with the application's secret (``X-Hub-Signature-256``); raises Refused."""
    return signed_body(headers, body, header="x-hub-signature-256", mark="sha256=", secret=secret, label=label)
