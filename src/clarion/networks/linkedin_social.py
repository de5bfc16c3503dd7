"""What is said below posts of LinkedIn, what its webhooks tell, and its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from .api import mappings, number, text, within
from .base import Absent, Draft, Message, Page, Published, Reading, Refused, Seen, SignInAgain, Step, utc
from .canonical import same_form
from .hooks import signed_body
from .linkedin_api import HOME, PAGES, instant, shown
from .linkedin_uploads import LinkedInUploads
from .lookup import Mine, looked_up
from .text import little as as_shown

COMMENT = re.compile(r"urn:li:comment:\((?P<thing>.+),(?P<id>\d+)\)\Z")
NUMBERS = {
    "likes": "likeCount", "replies": "commentCount", "shares": "shareCount", "impressions": "impressionCount",
    "reach": "uniqueImpressionsCount", "clicks": "clickCount",
}  # fmt: skip
OF_MEMBERS = {
    "likes": "REACTION", "replies": "COMMENT", "shares": "RESHARE", "impressions": "IMPRESSION",
    "reach": "MEMBERS_REACHED",
}  # fmt: skip
HEARD = {"COMMENT": "reply", "SHARE_MENTION": "mention", "SHARE": "share", "LIKE": "like"}


def url_of(urn: str) -> str:
    """Where a post or a comment is seen."""
    if found := COMMENT.match(urn):
        return f"{HOME}/feed/update/{found['thing']}/?commentUrn={quote(urn, safe='')}"
    return f"{HOME}/feed/update/{urn}/"


class LinkedInSocial(LinkedInUploads):
    # -- comments

    def _comments(self, target: str) -> str:
        return f"/rest/socialActions/{quote(target, safe='')}/comments"

    def _comment_request(self, target: str, words: str) -> dict[str, Any]:
        """Below a post, or as an answer to a comment. Comments are plain text: nothing in them is escaped."""
        found = COMMENT.match(target)
        return {
            "actor": self._me, "object": found["thing"] if found else target, "message": {"text": as_shown(words)},
            **({"parentComment": target} if found else {}),
        }  # fmt: skip

    def _commented(self, step: Step) -> Published:
        target, request = str(step.payload["target"]), step.payload["request"]
        answer = self._ask("POST", self._comments(target), json=request)
        self._done(answer)
        id, made = answer.headers.get("x-restli-id", ""), {}
        try:
            made = answer.json()
        except ValueError:
            if not id:
                raise self._unreadable(writing=True) from None
        urn = text(made, "commentUrn") or text(made, "$URN")
        id = id or text(made, "id")
        if not urn and not id:
            raise self._unreadable(writing=True)
        urn = urn or (id if COMMENT.match(id) else f"urn:li:comment:({request['object']},{id})")
        return Published(urn, url_of(urn))

    def _find_comment(self, step: Step) -> Published | Absent | None:
        """Reads all that is said below the post; the order in which it is told is not documented."""
        if not self._is_page:
            return None
        target, ours = str(step.payload["target"]), step.payload["request"]
        found: list[Mapping[str, Any]] = []
        cursor = ""
        for _number in range(PAGES):
            items, cursor = self._page_of(self._comments(target), cursor)
            found += items
            if not cursor:
                break
        found.sort(key=lambda one: number(one, "created", "time") or 0, reverse=True)

        def is_it(one: Mapping[str, Any]) -> bool:
            said = same_form(text(one, "message", "text"))
            return text(one, "actor") == self._me and said == same_form(ours["message"]["text"])

        def mine(one: Mapping[str, Any]) -> Mine:
            urn = comment_urn(one)
            return Mine(urn, url_of(urn), instant(within(one, "created", "time")))

        return looked_up(step, [found], mine=mine, is_it=is_it, skew=self._behind(), whole=not cursor)

    def _edit_comment(self, found: re.Match[str], draft: Draft) -> Published:
        patch = {"patch": {"message": {"$set": {"text": as_shown(draft.parts[0].text)}}}}
        self._done(self._ask("POST", self._comment_address(found), json=patch))
        return Published(found.string, url_of(found.string))

    def _comment_address(self, found: re.Match[str]) -> str:
        return f"{self._comments(found['thing'])}/{found['id']}?actor={quote(self._me, safe='')}"

    def _fetch_comment(self, found: re.Match[str]) -> Seen | None:
        answer = self._ask("GET", f"{self._comments(found['thing'])}/{found['id']}")
        if answer.status == 404:
            return None
        one = self._read(answer, writing=False)
        at = instant(within(one, "created", "time"))
        return Seen(found.string, url_of(found.string), text(one, "message", "text"), at, (), one)

    def like(self, remote_id: str) -> None:
        """Twice is once. K: a second reaction of the same actor is refused as a conflict."""
        answer = self._ask(
            "POST", f"/rest/reactions?actor={quote(self._me, safe='')}",
            json={"root": remote_id, "reactionType": "LIKE"},
        )  # fmt: skip
        if answer.status != 409:
            self._done(answer)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Comments below a post; below a comment, the answers to it."""
        self._only_for_pages()
        items, onward = self._page_of(self._comments(remote_id), cursor)
        return Page(tuple(_comment(one, remote_id) for one in items), onward)

    def mentions(self, *, cursor: str = "") -> Page:
        """Posts in which the page is named, of the last 60 days."""
        return self._notified(cursor, "SHARE_MENTION")

    def notifications(self, *, cursor: str = "") -> Page:
        """Comments, mentions, shares and likes of the last 60 days."""
        return self._notified(cursor, *HEARD)

    def _notified(self, cursor: str, *actions: str) -> Page:
        self._only_for_pages()
        items, onward = self._page_of(
            "/rest/organizationalEntityNotifications", cursor, q="criteria", organizationalEntity=self._me,
            actions=actions,
        )  # fmt: skip
        return Page(tuple(told for one in items if (told := _heard(one))), onward)

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """Comments and mentions as LinkedIn's webhook tells them. A call may come again: keep messages by their id.

        https://learn.microsoft.com/en-us/linkedin/shared/api-guide/webhook-validation
        """
        # M: some calls carry the name of the method before the signature itself.
        told = signed_body(
            headers, body, header="x-li-signature", before=b"hmacsha256=", mark="hmacsha256=", secret=secret,
            label=cls.label,
        )  # fmt: skip
        found = (_heard(one) for one in mappings(told, "notifications"))
        return tuple(one for one in found if one is not None and one.kind in ("reply", "mention"))

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        if not self._is_page:
            return {id: self._member_numbers(id) for id in remote_ids}
        found: dict[str, Reading] = {}
        for start in range(0, len(remote_ids), 20):
            ids = remote_ids[start : start + 20]
            told = self._statistics(
                shares=[id for id in ids if ":share:" in id], ugcPosts=[id for id in ids if ":ugcPost:" in id]
            )
            for one in self._elements(told):
                counts = within(one, "totalShareStatistics")
                urn = text(one, "share") or text(one, "ugcPost")
                found[urn] = Reading({name: number(counts, theirs) for name, theirs in NUMBERS.items()}, one)
        return {id: found[id] for id in remote_ids if id in found}

    def _statistics(self, **given: Any) -> Any:
        return self._finder(
            "/rest/organizationalEntityShareStatistics", q="organizationalEntity", organizationalEntity=self._me,
            **given,
        )  # fmt: skip

    def _member_numbers(self, urn: str) -> Reading:
        """Each number is a question of its own, and needs ``r_member_postAnalytics``."""
        kind = "ugc" if ":ugcPost:" in urn else "share"
        numbers: dict[str, int | None] = {}
        raw: dict[str, Any] = {}
        for name, metric in OF_MEMBERS.items():
            # The entity is a structure, whose brackets stand in the address as they are.
            entity = f"({kind}:{quote(urn, safe='')})"
            address = f"/rest/memberCreatorPostAnalytics?q=entity&entity={entity}&queryType={metric}&aggregation=TOTAL"
            told = self._get(address)
            raw[metric] = self._elements(told)
            numbers[name] = number(told, "elements", 0, "count")
        return Reading(numbers, raw)

    def measure_account(self) -> Reading:
        """Of a page. What is refused is left out; it never spoils the others."""
        names = ("followers", "posts", *NUMBERS)
        if not self._is_page:
            return Reading(dict.fromkeys(names))
        size = self._spared(f"/rest/networkSizes/{quote(self._me, safe='')}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")
        posts = self._spared(f"/rest/posts?q=author&author={quote(self._me, safe='')}&count=1&sortBy=CREATED")
        try:
            counts = within(self._statistics(), "elements", 0, "totalShareStatistics")
        except (Refused, SignInAgain):
            counts = None
        numbers = {
            "followers": number(size, "firstDegreeSize"), "posts": number(posts, "paging", "total"),
            **{name: number(counts, theirs) for name, theirs in NUMBERS.items()},
        }  # fmt: skip
        return Reading(numbers, {"size": size, "counts": counts})

    def _spared(self, path: str) -> Any:
        try:
            return self._get(path)
        except Refused:
            return None
        except SignInAgain as failure:
            if failure.code != "scope":
                raise
            return None

    def _behind(self) -> Any:
        raise NotImplementedError


def comment_urn(one: Mapping[str, Any]) -> str:
    urn = text(one, "commentUrn") or text(one, "$URN")
    return urn or f"urn:li:comment:({text(one, 'object')},{one.get('id') or ''})"


def _comment(one: Mapping[str, Any], parent: str) -> Message:
    urn = comment_urn(one)
    return Message(
        urn, "reply", text(one, "actor"), "", text(one, "message", "text"),
        instant(within(one, "created", "time")) or utc(0), url_of(urn), text(one, "parentComment") or parent, one,
    )  # fmt: skip


def _heard(one: Mapping[str, Any]) -> Message | None:
    """One notification; None where it tells of our own doing or of nothing that we keep."""
    kind, done = HEARD.get(text(one, "action"), ""), within(one, "decoratedGeneratedActivity")
    said = within(done, "comment") if kind == "reply" else within(done, "share") if kind else None
    urn = text(said, "entity") or text(one, "generatedActivity")
    author, id = text(said, "owner"), urn or str(one.get("notificationId") or "")
    if not kind or not id or (author and author == text(one, "organizationalEntity")):
        return None
    words = text(said, "text")
    return Message(
        id, kind, author or text(one, "actor") or id, "", words if kind == "reply" else shown(words),
        instant(one.get("lastModifiedAt")) or utc(0), url_of(urn) if urn else "",
        "" if kind == "mention" else text(one, "decoratedSourcePost", "entity") or text(one, "sourcePost"), one,
    )  # fmt: skip
