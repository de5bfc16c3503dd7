"""Signing in to Tumblr, its answers in our words, what others say there, and numbers.

https://www.tumblr.com/docs/en/api/v2
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from .answers import Unreadable
from .api import id_at, mappings, number, text, within
from .base import JSON, Account, Answer, Failure, Message, NotNow, Page, Reading, Refused, SignInAgain, utc
from .oauth import OAuthApi
from .tumblr_blocks import said_in
from .wording import _, quoting

HOME = "https://www.tumblr.com"
USED_UP = frozenset({8004, 8011, 8022, 8023})
"""What may be done in a day is done: files, videos, queue, posts."""
TRANSCODING = 8010
_SHUT_OUT = re.compile(r"suspended|terminated|scope|permission|not authorized", re.IGNORECASE)
"""K: a 403 that is about us and not about the post."""
MENTIONED = ("mention_in_post", "mention_in_reply")


class TumblrApi(OAuthApi):
    """One blog. ``account.remote_id`` is its unique id, which stays when it is renamed."""

    api: ClassVar[str] = "https://api.tumblr.com/v2"
    authorise_at: ClassVar[str] = f"{HOME}/oauth2/authorize"
    token_at: ClassVar[str] = "https://api.tumblr.com/v2/oauth2/token"  # noqa: S105 - an address

    # -- signing in

    def whoami(self) -> Account:
        """This blog among those that the person may post to; at the sign-in their main one."""
        blogs = self._blogs()
        known = {self.account.remote_id, self.account.handle} - {""}
        if not known:
            return self._account(next((one for one in blogs if one.get("primary") is True), blogs[0]))
        for one in blogs:
            if {text(one, "uuid"), text(one, "name")} & known:
                return self._account(one)
        sentence = _("%(network)s no longer lets this person post to the blog. Connect the channel again.")
        raise SignInAgain(sentence % {"network": self.label}, code="blog")

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        return [(self._account(one), {}) for one in self._blogs()]

    def _blogs(self) -> list[Mapping[str, Any]]:
        found = mappings(self._get("/user/info"), "response", "user", "blogs")
        if not [one for one in found if text(one, "name")]:
            raise self._unreadable(writing=False)
        return [one for one in found if text(one, "name")]

    def _account(self, blog: Mapping[str, Any]) -> Account:
        name = text(blog, "name")
        return Account(
            server=HOME, remote_id=text(blog, "uuid") or name, handle=name, name=text(blog, "title") or name,
            url=text(blog, "url") or f"{HOME}/{name}", avatar=f"{self.api}/blog/{name}/avatar/128",
        )  # fmt: skip

    # -- addresses

    def _blog(self, path: str, blog: str = "") -> str:
        return f"/blog/{quote(blog or self.account.remote_id, safe='')}{path}"

    def _url(self, one: Any, id: str) -> str:
        return text(one, "post_url") or f"{HOME}/{self.account.handle}/{id}"

    def _listed(self, told: Any, name: str) -> list[Mapping[str, Any]]:
        if not isinstance(within(told, "response", name), list):
            raise self._unreadable(writing=False)
        return mappings(told, "response", name)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Replies and reblogs with words of their own, newest first."""
        told = self._get(self._blog("/notes"), id=remote_id, mode="conversation", before_timestamp=cursor)
        notes = [one for one in self._listed(told, "notes") if said_in(one) and _id_of(one)]
        items = tuple(
            Message(
                _id_of(one), "reply", text(one, "blog_name"), text(one, "blog_name"), said_in(one),
                instant(one) or utc(0), text(one, "blog_url"), remote_id, one,
            )
            for one in notes
        )  # fmt: skip
        return Page(items, self._onward(told, "before_timestamp", cursor))

    def mentions(self, *, cursor: str = "") -> Page:
        """Posts and replies in which the blog is named."""
        return self._activity(cursor, MENTIONED)

    def notifications(self, *, cursor: str = "") -> Page:
        """Everything that the blog's activity shows, one by one."""
        return self._activity(cursor)

    def _activity(self, cursor: str, kinds: Sequence[str] = ()) -> Page:
        wanted = {f"types[{index}]": kind for index, kind in enumerate(kinds)}
        told = self._get(self._blog("/notifications"), before=cursor, rollups="false", **wanted)
        items = []
        for one in self._listed(told, "notifications"):
            kind, name = text(one, "type"), text(one, "from_tumblelog_name")
            id = id_at(one, "id")
            if id:
                items.append(
                    Message(
                        id, "mention" if kind in MENTIONED else kind, name, name,
                        said_in(one) or text(one, "target_post_summary"), instant(one) or utc(0),
                        f"{HOME}/{name}" if name else "", id_at(one, "target_post_id"), one,
                    )
                )  # fmt: skip
        return Page(tuple(items), self._onward(told, "before", cursor))

    @staticmethod
    def _onward(told: Any, name: str, cursor: str) -> str:
        found = within(told, "response", "_links", "next", "query_params", name)
        onward = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
        return onward if onward != cursor else ""

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Tumblr counts notes. K: those that are neither likes nor reblogs are replies."""
        found = {}
        for id in remote_ids:
            try:
                notes = within(self._get(self._blog("/notes"), id=id, mode="conversation"), "response")
            except Refused as failure:
                if failure.code != "404":
                    raise
                continue
            total, likes, shares = (number(notes, f"total_{name}") for name in ("notes", "likes", "reblogs"))
            known = total is not None and likes is not None and shares is not None
            replies = max(total - likes - shares, 0) if known else None  # type: ignore[operator]
            numbers = {"likes": likes, "replies": replies, "shares": shares, "notes": total}
            found[id] = Reading(numbers, notes if isinstance(notes, Mapping) else {})
        return found

    def measure_account(self) -> Reading:
        me = next((one for one in self._blogs() if text(one, "name") == self.account.handle), {})
        blog = within(self._get(self._blog("/info")), "response", "blog")
        numbers = {"followers": number(me, "followers"), "posts": number(blog, "posts")}
        return Reading(numbers, {"blog": blog, "me": me})

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        problem = _problem(answer)
        status = number(problem, "meta", "status") if problem else None
        codes = {inner for one in mappings(problem, "errors") if (inner := number(one, "code"))}
        said, ours = _said(problem) or ("" if answer.ok else answer.reason()), {"network": self.label}
        if answer.ok and (status is None or status < 400):
            return None
        code = f"{answer.status}.{min(codes)}" if codes else str(answer.status)
        if codes & USED_UP:
            sentence = _("%(network)s: what may be posted in a day is used up. It goes on tomorrow.") % ours
            return NotNow(quoting(sentence, said), retry_at=_tomorrow(answer.at), code=code)
        if TRANSCODING in codes:
            sentence = _("%(network)s is still working on a video. It is tried again in a minute.") % ours
            return NotNow(quoting(sentence, said), retry_at=answer.at + timedelta(minutes=1), code=code)
        if answer.status == 429:
            at = answer.retry_at or self._again_at(answer)
            return NotNow(quoting(_("%(network)s asks us to slow down.") % ours, said), retry_at=at, code=code)
        if answer.status == 503 and status == 503:
            sentence = _("%(network)s takes no posts at the moment. It is tried again.") % ours
            at = answer.retry_at or answer.at + timedelta(minutes=15)
            return NotNow(quoting(sentence, said), retry_at=at, code=code)
        if answer.ok and status is not None:
            # Yes in the status, no in the body: the body is Tumblr's own word.
            answer = Answer(status, answer.headers, answer.body, answer.url, at=answer.at)
        failure = super().understand(answer, writing=writing)
        if isinstance(failure, SignInAgain) or (answer.status == 403 and _SHUT_OUT.search(said)):
            sentence = _(
                "%(network)s does not let us do that any more. Look whether the account is in order there, then "
                "connect the channel again and allow everything."
            )
            return SignInAgain(quoting(sentence % ours, said), code=failure.code if failure else code)
        if isinstance(failure, Refused) and answer.status == 404:
            sentence = _("%(network)s does not know the blog or the post (any more).")
            return Refused(quoting(sentence % ours, said), code=code)
        if isinstance(failure, Refused):
            return Refused(quoting(_("%(network)s refused it.") % ours, said), code=code)
        return failure

    @staticmethod
    def _again_at(answer: Answer) -> datetime:
        """K: the headers of the hour and of the day; of those that are used up the later."""
        ends = [answer.at + timedelta(minutes=15)]
        for limit in ("perhour", "perday"):
            left, resets = (answer.headers.get(f"x-ratelimit-{limit}-{word}", "") for word in ("remaining", "reset"))
            if left == "0" and resets.isdecimal() and len(resets) < 10:
                ends.append(answer.after(min(int(resets), 86_400)))
        return max(ends)


def _id_of(note: Mapping[str, Any]) -> str:
    """What tells a note from others: replies have an id, reblogs a post; else who it was, and when."""
    known, blog, at = id_at(note, "reply_id") or id_at(note, "post_id"), text(note, "blog_name"), instant(note)
    return known or (f"{blog}:{note['timestamp']}" if blog and at else "")


def _problem(answer: Answer) -> JSON:
    try:
        found = answer.json()
    except Unreadable:
        return {}
    return found if isinstance(found, Mapping) else {}


def _said(problem: JSON) -> str:
    first = next(iter(mappings(problem, "errors")), {})
    return text(first, "detail") or text(first, "title") or text(problem, "meta", "msg")


def _tomorrow(now: datetime) -> datetime:
    """Days are Tumblr's own. K: of New York, five hours behind UTC at the latest."""
    there = now.astimezone(UTC) - timedelta(hours=5)
    return (there + timedelta(days=1)).replace(hour=5, minute=0, second=0, microsecond=0)


def instant(one: Mapping[str, Any]) -> datetime | None:
    """Epoch seconds; notes of a conversation are told more finely."""
    stamp = one.get("timestamp")
    if isinstance(stamp, bool) or not isinstance(stamp, int | float):
        return None
    try:
        return datetime.fromtimestamp(stamp / 1_000_000 if stamp > 1e14 else stamp, UTC)
    except (ValueError, OverflowError, OSError):
        return None
