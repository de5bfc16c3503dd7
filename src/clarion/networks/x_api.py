"""Signing in to X, its answers in our words, and a post of ours as X shows it. https://docs.x.com/x-api

X renamed fields from “tweet” to “post” in 2026 (``referenced_tweets``, ``retweet_count``…); both names are read.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable
from .api import id_at, instant, mappings, number, text, within
from .base import JSON, Account, Answer, Failure, NotNow, Refused, SignInAgain, Told, Unknown
from .canonical import same_form
from .oauth import OAuthApi
from .wording import _, quoting

PREMIUM = {"Premium": 25_000, "PremiumPlus": 25_000}
"""K: how long a post of a paying account may be; the field and its values are official, the number is not."""
LINKED = re.compile(r"https?://\S*", re.IGNORECASE)
_LEADING_NAMES = re.compile(r"\A(?:@\w+\s+)+")

LISTED = {
    "post.fields": "attachments,created_at,entities,id,note_post,text",
    "expansions": "attachments.media_keys,referenced_posts",
}
SAID = {"post.fields": "created_at,entities,id,note_post,text", "expansions": "author_id,referenced_posts",
        "user.fields": "name,username"}  # fmt: skip
NUMBERS = {
    "likes": ("like_count",), "replies": ("reply_count",), "shares": ("repost_count", "retweet_count"),
    "quotes": ("quote_count",), "bookmarks": ("bookmark_count",), "impressions": ("impression_count",),
}  # fmt: skip


class XApi(OAuthApi):
    api: ClassVar[str] = "https://api.x.com"
    authorise_at: ClassVar[str] = "https://x.com/i/oauth2/authorize"
    token_at: ClassVar[str] = "https://api.x.com/2/oauth2/token"  # noqa: S105 - an address
    client_in_header: ClassVar[bool] = True

    # -- signing in

    def whoami(self) -> Account:
        me = within(self._get("/2/users/me", **{"user.fields": "profile_image_url,subscription_type"}), "data")
        id, name = self._id(me, writing=False), text(me, "username")
        return Account(
            remote_id=id,
            handle=f"@{name}" if name else id,
            name=text(me, "name") or name or id,
            url=f"https://x.com/{name}" if name else f"https://x.com/i/user/{id}",
            avatar=text(me, "profile_image_url"),
            settings={"subscription": text(me, "subscription_type")},
        )

    def limits(self) -> JSON:
        """A paying account may say more; what its plan is, X tells."""
        longer = PREMIUM.get(str(self.whoami().settings["subscription"]))
        return {"text": {"limit": longer}} if longer else {}

    @property
    def _me(self) -> str:
        return self.account.remote_id or self.whoami().remote_id

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        problem = _problem(answer)
        if answer.ok and not problem:
            return None
        kind, said = text(problem, "type").rpartition("/")[2], answer.reason()
        detail, ours = said.lower(), {"network": self.label}
        if kind == "usage-capped":
            sentence = _("%(network)s: the budget of this application is used up for the month. Nothing was sent.")
            return NotNow(quoting(sentence % ours, said), retry_at=_next_month(answer.at), code=kind)
        if kind == "rate-limit-exceeded" or answer.status == 429:
            at = answer.retry_at or self._resets_at(answer) or answer.at + timedelta(minutes=15)
            return NotNow(quoting(_("%(network)s asks us to slow down.") % ours, said), retry_at=at, code="429")
        if answer.ok and kind == "resource-not-found":
            return Refused(quoting(_("%(network)s does not have it (any more).") % ours, said), code=kind)
        if answer.ok:
            # Yes in the status, no in the body: of a write nobody knows what was done.
            sentence = _("%(network)s answered with a problem and nothing else.") % ours
            return (Unknown if writing else NotNow)(quoting(sentence, said), code=kind or "problem")
        if answer.status == 403:
            return self._forbidden(kind, detail, said)
        if 400 <= answer.status < 500 and kind == "unsupported-authentication":
            return SignInAgain(quoting(_("%(network)s no longer accepts our sign-in.") % ours, said), code=kind)
        return super().understand(answer, writing=writing)

    def _forbidden(self, kind: str, detail: str, said: str) -> Failure:
        ours = {"network": self.label}
        if "duplicate content" in detail:  # M
            sentence = _("%(network)s takes no words a second time: these were posted already.")
            return Unknown(quoting(sentence % ours, said), code="duplicate")
        if kind == "client-forbidden":
            sentence = _(
                "%(network)s does not let this application post. An administrator has to look at its plan there."
            )
            return Refused(quoting(sentence % ours, said), code=kind)
        if kind in ("user-suspended", "unsupported-authentication") or "locked" in detail or "suspended" in detail:
            sentence = _("%(network)s has locked or suspended this account. Sign in there, then connect it again.")
            if kind == "unsupported-authentication":
                sentence = _("%(network)s no longer accepts our sign-in.")
            known = kind in ("user-suspended", "unsupported-authentication")
            return SignInAgain(quoting(sentence % ours, said), code=kind if known else "locked")
        if "access this feature" in detail:  # M
            sentence = _("%(network)s keeps this for paying accounts. Leave it out for this channel.")
            return Refused(quoting(sentence % ours, said), code="premium")
        if "perform this action" in detail or "not allowed to create" in detail:  # M
            sentence = _(
                "%(network)s does not allow this account to reply here: it takes replies by applications only where "
                "the author has asked for them. Nothing was sent. Say it there by hand."
            )
            return Refused(quoting(sentence % ours, said), code="reply_not_allowed")
        if re.search(r"\b(scope|token|oauth)", detail):
            sentence = _("%(network)s misses a permission. Connect the channel again and allow everything it asks for.")
            return SignInAgain(quoting(sentence % ours, said), code="scope")
        return Refused(quoting(_("%(network)s refused it (%(status)d).") % {**ours, "status": 403}, said), code="403")

    def _resets_at(self, answer: Answer) -> datetime | None:
        """The latest of the limits that are used up. K: the headers of the daily limits."""
        ends = []
        for limit in ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour"):
            at = _reset(answer, limit)
            if at is not None and answer.headers.get(f"{limit}-remaining", "0") == "0":
                ends.append(at)
        return max(ends, default=None)

    def budget_told(self, answer: Answer) -> Told | None:
        """Each address has a limit of its own; the one of posting is our budget."""
        if not answer.url.endswith("/2/tweets"):
            return None
        left = number(answer.headers, "x-rate-limit-remaining")
        if left is None:
            return None
        return Told(number(answer.headers, "x-rate-limit-limit"), left, _reset(answer, "x-rate-limit"))


def _reset(answer: Answer, limit: str) -> datetime | None:
    """When a limit starts anew, by our clock: X tells it by its own."""
    at = instant({"at": number(answer.headers, f"{limit}-reset")}, "at")
    return None if at is None else answer.after((at - answer.ahead - answer.at).total_seconds())


def _problem(answer: Answer) -> Mapping[str, Any] | None:
    """The problem that an answer tells of; None for a success, also for one that could give only a part."""
    try:
        data = answer.json()
    except Unreadable:
        return None if answer.ok else {}
    if answer.ok:
        return next(iter(mappings(data, "errors")), None) if not within(data, "data") else None
    return next(iter(mappings(data, "errors")), data) if not text(data, "type") else data


def _next_month(now: datetime) -> datetime:
    return (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


# --- a post as X shows it ---------------------------------------------------------------------------------------------


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parent_of(one: Mapping[str, Any]) -> str:
    for name in ("referenced_posts", "referenced_tweets"):
        for other in mappings(one, name):
            if other.get("type") == "replied_to":
                return id_at(other, "id")
    return ""


def media_of(one: Mapping[str, Any]) -> Sequence[str]:
    keys = within(one, "attachments", "media_keys")
    return [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []


def words_of(one: Mapping[str, Any]) -> str:
    """The words as they were typed: whole, with every address in place of its short one, without the media's own."""
    whole = next((one[name] for name in ("note_post", "note_tweet") if isinstance(one.get(name), Mapping)), one)
    words = text(whole, "text")
    for url in mappings(whole, "entities", "urls") or mappings(one, "entities", "urls"):
        short, real = text(url, "url"), text(url, "expanded_url")
        if not short:
            continue
        shows_media = "media_key" in url or re.search(r"//(?:x|twitter)\.com/\w+/status/\d+/(?:photo|video)/", real)
        words = words.replace(short, "" if shows_media else real or short)
    # K: ampersand and angle brackets come escaped.
    return html.unescape(words).strip()


def same_words(one: Mapping[str, Any], ours: str, *, is_reply: bool) -> bool:
    """Does this post say ``ours``? X adds the names of those who are answered in front (K)."""
    theirs, mine = _form(words_of(one)), _form(ours)
    return theirs == mine or (is_reply and _LEADING_NAMES.sub("", theirs) == mine)


def _form(words: str) -> str:
    """A link without a scheme gets one on X, and one without a path may get a slash."""
    return LINKED.sub(lambda found: re.sub(r"(?i)\Ahttps?://", "", found.group()).rstrip("/"), same_form(words))


def count(counts: Any, *names: str) -> int | None:
    return next((found for name in names if (found := number(counts, name)) is not None), None)


def poll(asked: Mapping[str, Any]) -> dict[str, Any]:
    seconds = int(asked.get("seconds") or asked.get("expires_in") or 86_400)
    return {"options": [str(option).strip() for option in asked["options"]], "duration_minutes": seconds // 60}
