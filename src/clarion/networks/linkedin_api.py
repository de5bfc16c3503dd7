"""Signing in to LinkedIn, its versions, its answers in our words, and its “little text”.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from .answers import Unreadable
from .api import mappings, number, text
from .base import JSON, Account, Answer, Connected, Failure, NotNow, Refused, SignInAgain, Told
from .oauth import OAuthApi
from .wording import _, gettext_noop, quoting

HOME = "https://www.linkedin.com"
MEMBER = {
    "openid": gettext_noop("sign you in"),
    "profile": gettext_noop("read your name and picture"),
    "w_member_social": gettext_noop("publish, comment and like as yourself"),
    "r_member_postAnalytics": gettext_noop("read the numbers of your own posts"),
}
PAGE = {
    "w_organization_social": gettext_noop("publish, comment and like as your pages"),
    "r_organization_social": gettext_noop("read your pages' posts and what is said below them"),
    "rw_organization_admin": gettext_noop("list your pages and read their numbers"),
}
SPEAKS = frozenset({"ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN"})
"""Roles that may say something for an organisation and read what is said there."""
AT_ONCE = 50
PAGES = 10
"""Items of a page, and how many pages a look goes back at most."""


@dataclass(frozen=True)
class Version:
    """A version of the API. ``ends``: about then LinkedIn refuses it."""

    name: str
    ends: date


VERSION = Version("202609", date(2027, 9, 1))
"""The one place of the version; ``CLARION_LINKEDIN_VERSION`` names another. K: a version lives about twelve months."""


class LinkedInApi(OAuthApi):
    """One member or one organisation. ``account.remote_id`` is its URN, and so is every id here."""

    api: ClassVar[str] = "https://api.linkedin.com"
    authorise_at: ClassVar[str] = f"{HOME}/oauth/v2/authorization"
    token_at: ClassVar[str] = f"{HOME}/oauth/v2/accessToken"
    pkce: ClassVar[bool] = False
    """M (2026-09, tried live by others): a code that comes with a verifier is answered by ``invalid_client``."""

    def _headers(self) -> Mapping[str, str]:
        version = str(self.app.get("version") or VERSION.name)
        return {**super()._headers(), "LinkedIn-Version": version, "X-Restli-Protocol-Version": "2.0.0"}

    # -- signing in

    def whoami(self) -> Account:
        if self._is_page:
            return self._organisation(self._me)
        try:
            me = self._get("/v2/userinfo")
        except (Refused, SignInAgain) as failure:
            if failure.code != "scope":
                raise
            return self._basic()
        id, name = self._id(me, "sub", writing=False), text(me, "name")
        return Account(
            server=HOME, remote_id=f"urn:li:person:{id}", handle=name or id, name=name or id, url=f"{HOME}/in/me/",
            avatar=text(me, "picture"),
        )  # fmt: skip

    def _basic(self) -> Account:
        """K: an application with “Community Management” alone gives ``r_basicprofile`` in place of OpenID."""
        me = self._get("/v2/me")
        id = self._id(me, writing=False)
        name = f"{text(me, 'localizedFirstName')} {text(me, 'localizedLastName')}".strip() or id
        vanity = text(me, "vanityName")
        return Account(
            server=HOME, remote_id=f"urn:li:person:{id}", handle=vanity or name, name=name,
            url=f"{HOME}/in/{vanity or 'me'}/",
        )  # fmt: skip

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        """The member, and every organisation for which this person may speak."""
        found = [self.whoami()]
        return [(account, {}) for account in (*found, *(self._organisation(urn) for urn in self._organisations()))]

    def signed_in(self, secrets: JSON, *, scopes: Sequence[str] = ()) -> tuple[Connected, ...]:
        """Each account misses only what it needs itself."""
        found = super().signed_in(secrets, scopes=scopes)
        return tuple(
            replace(one, missing_scopes=tuple(
                scope for scope in one.missing_scopes if scope not in (MEMBER if is_page(one.account) else PAGE)
            ))
            for one in found
        )  # fmt: skip

    def _organisations(self) -> list[str]:
        found: list[str] = []
        start = 0
        for _number in range(PAGES):
            try:
                told = self._finder(
                    "/rest/organizationAcls", q="roleAssignee", state="APPROVED", start=start, count=100
                )
            except (Refused, SignInAgain) as failure:
                if failure.code == "scope":
                    break  # an application for members only
                raise
            items = self._elements(told)
            for one in items:
                urn = text(one, "organization") or text(one, "organizationTarget")
                if text(one, "role") in SPEAKS and urn.startswith("urn:li:organization:") and urn not in found:
                    found.append(urn)
            if not items:
                break
            start += len(items)
        return found

    def _organisation(self, urn: str) -> Account:
        id = urn.rpartition(":")[2]
        told = self._get(f"/rest/organizations/{quote(id, safe='')}")
        if number(told, "id") is None:
            raise self._unreadable(writing=False)
        name, vanity = text(told, "localizedName"), text(told, "vanityName")
        return Account(
            server=HOME, remote_id=urn, handle=vanity or name or id, name=name or vanity or id,
            url=f"{HOME}/company/{vanity or id}/",
        )  # fmt: skip

    @property
    def _me(self) -> str:
        return self.account.remote_id

    @property
    def _is_page(self) -> bool:
        return is_page(self.account)

    def _only_for_pages(self) -> None:
        """What LinkedIn shows of organisations and of nobody else."""
        if not self._is_page:
            sentence = _("%(network)s shows this to applications only for pages, not for members.")
            raise Refused(sentence % {"network": self.label}, code="pages_only")

    # -- calls

    def _finder(self, path: str, **params: Any) -> Any:
        """A reading call whose lists, ``List(a,b)``, stand in the address as they are: encoded they are plain text.

        Values in a list or tuple are encoded one by one (Rest.li 2.0).
        """
        return self._get(f"{path}?{_query(params)}")

    def _elements(self, told: Any) -> list[Mapping[str, Any]]:
        if not isinstance(told, Mapping) or not isinstance(told.get("elements"), list):
            raise self._unreadable(writing=False)
        return mappings(told, "elements")

    def _page_of(self, path: str, cursor: str, **params: Any) -> tuple[list[Mapping[str, Any]], str]:
        """One page, and the cursor of the next: where it starts. LinkedIn may give fewer than were asked for."""
        start = int(cursor) if cursor.isdigit() else 0
        told = self._finder(path, **params, start=start, count=AT_ONCE)
        items = self._elements(told)
        after, total = start + len(items), number(told, "paging", "total")
        more = items and (after < total if total is not None else True)
        return items, str(after) if more else ""

    def _done(self, answer: Answer) -> None:
        """A write whose answer carries nothing but its status."""
        if failure := self.understand(answer, writing=True):
            raise failure

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        if answer.ok:
            return None
        problem = _problem(answer)
        code, said, ours = text(problem, "code"), answer.reason(), {"network": self.label}
        words = said.lower()
        if answer.status == 426 or code in _NO_VERSION:
            sentence = _(
                "%(network)s does not take the version of its API that Clarion speaks (any more). Nothing was sent. "
                "An administrator has to update Clarion."
            )
            return Refused(quoting(sentence % ours, said), code="version")
        if answer.status == 401:
            sentence = _("%(network)s no longer accepts our sign-in.")
            return SignInAgain(quoting(sentence % ours, said), code=code or "401")
        if answer.status == 403 and (code in _FORBIDDEN or "permission" in words or "forbidden" in words):
            sentence = _(
                "%(network)s does not let us do this. Either a permission is missing, or the person who connected the "
                "channel has lost their role on the page. Check the role there, then connect the channel again."
            )
            return SignInAgain(quoting(sentence % ours, said), code="scope")
        if answer.status == 429:
            daily = "day" in words.split()
            at = _next_midnight(answer.at) if daily else answer.retry_at or answer.at + timedelta(minutes=15)
            sentence = (
                _("%(network)s: what may be said in a day is used up. It goes on after midnight (UTC).")
                if daily
                else _("%(network)s asks us to slow down.")
            )
            return NotNow(quoting(sentence % ours, said), retry_at=at, code="429")
        if "DUPLICATE_POST" in (code, *_inner_codes(problem)):
            sentence = _("%(network)s says that these words were posted already. Look there, or change the words.")
            return Refused(quoting(sentence % ours, said), code="duplicate")
        waits = _WAITS.get(code) or next((wait for hint, wait in _WAITS.items() if hint.lower() in words), None)
        if answer.status < 500 and waits:
            return NotNow(
                quoting(_("%(network)s cannot do it yet.") % ours, said), retry_at=answer.at + waits, code=code
            )
        return super().understand(answer, writing=writing)

    def budget_told(self, answer: Answer) -> Told | None:
        """LinkedIn says nothing of a budget until it is used up."""
        if answer.status != 429 or "day" not in answer.reason().lower().split():
            return None
        return Told(None, 0, _next_midnight(answer.at))


_NO_VERSION = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING"})
_FORBIDDEN = frozenset({"ACCESS_DENIED", "FORBIDDEN", "NOT_ENOUGH_PERMISSIONS"})
_WAITS = {
    "MEDIA_ASSET_WAITING_UPLOAD": timedelta(seconds=10),
    "MEDIA_ASSET_PROCESSING": timedelta(seconds=10),
    "Unable to obtain activity": timedelta(seconds=30),
}
"""M: what passes, by code or by its words: a file that is not ready, a post that is not known everywhere."""


def _problem(answer: Answer) -> JSON:
    try:
        found = answer.json()
    except Unreadable:
        return {}
    return found if isinstance(found, Mapping) else {}


def _inner_codes(problem: JSON) -> Iterable[str]:
    details = problem.get("errorDetails")
    return [text(one, "code") for one in mappings(details, "inputErrors")] if isinstance(details, Mapping) else []


def _next_midnight(now: datetime) -> datetime:
    return (now.astimezone(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _query(params: Mapping[str, Any]) -> str:
    def said(value: Any) -> str:
        if isinstance(value, list | tuple):
            return f"List({','.join(quote(str(one), safe='') for one in value)})"
        return quote(str(value), safe="")

    return "&".join(f"{name}={said(value)}" for name, value in params.items() if value not in (None, "", (), []))


def is_page(account: Account) -> bool:
    return account.remote_id.startswith("urn:li:organization:")


def instant(milliseconds: Any) -> datetime | None:
    """Epoch milliseconds as an aware instant; None when there are none."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# --- little text ------------------------------------------------------------------------------------------------------
# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
# An unescaped mark of its own cuts the text there, and the answer is yes all the same.

RESERVED = "\\|{}@[]()<>#*_~"
_MARK = re.compile(f"[{re.escape(RESERVED)}]")
_NAME, _TAG = r"(?P<name>(?:\\.|[^\\\]\[])*+)", r"(?P<tag>(?:\\.|[^\\{}|])*+)"
_MENTION = rf"@\[{_NAME}\]\((?P<urn>urn:li:[^()\s]++)\)"
_TAGGED = rf"\{{hashtag\|\\?(?P<sign>[#＃])\|{_TAG}\}}"
_TYPED = re.compile(rf"{_MENTION}|{_TAGGED}|(?<![\w&/=?.#＃])(?P<plain>[#＃])(?P<word>\w*[^\W\d_]\w*)", re.DOTALL)
_WRITTEN = re.compile(rf"{_MENTION}|{_TAGGED}|\\(?P<mark>.)", re.DOTALL)


def little(typed: str) -> str:
    """What a person typed as LinkedIn takes it: marks escaped; mentions and hashtags as their elements."""
    pieces, last = [], 0
    for found in _TYPED.finditer(typed):
        pieces.append(_escaped(typed[last : found.start()]))
        if found["name"] is not None:
            pieces.append(f"@[{_escaped(_plain(found['name']))}]({found['urn']})")
        else:
            sign, tag = (found["plain"], found["word"]) if found["plain"] else (found["sign"], _plain(found["tag"]))
            pieces.append(f"{{hashtag|{_escaped(sign)}|{_escaped(tag)}}}")
        last = found.end()
    return "".join([*pieces, _escaped(typed[last:])])


def shown(commentary: str) -> str:
    """What readers see of a little text: names, #tags, and every escaped mark as itself."""

    def one(found: re.Match[str]) -> str:
        if found["mark"] is not None:
            return found["mark"]
        return _plain(found["name"]) if found["name"] is not None else found["sign"] + _plain(found["tag"])

    return _WRITTEN.sub(one, commentary)


def _escaped(words: str) -> str:
    return _MARK.sub(r"\\\g<0>", words)


def _plain(words: str) -> str:
    return re.sub(r"\\(.)", r"\1", words, flags=re.DOTALL)
