"""The half of Reddit around its posts: signing in, uploads, the inbox, numbers, answers. https://www.reddit.com/dev/api

Nearly all numbers and words here are M or K: from other clients, not from Reddit. What Reddit answers decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote

from .addresses import apart
from .answers import Unreadable
from .api import instant, mappings, number, text, within
from .base import (
    JSON,
    Account,
    Answer,
    Failure,
    Message,
    NotNow,
    Page,
    Published,
    Reading,
    Refused,
    SignInAgain,
    Step,
    Told,
    Unknown,
    utc,
)
from .http import USER_AGENT
from .oauth import OAuthApi, _Told
from .resumable import file_of
from .wording import _, gettext_noop, quoting

HOME = "https://www.reddit.com"
AT_ONCE = 100
_TRUSTED = (".amazonaws.com", ".redd.it", ".reddit.com")
_COUNTS = {"likes": "score", "replies": "num_comments", "shares": "num_crossposts"}
"""Reddit's score: votes for it less votes against it. The author's own vote is one of them."""
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_WAIT = re.compile(r"(\d{1,9})\s+(second|minute|hour|day)", re.IGNORECASE)

_REFUSED: Mapping[str, str] = {
    "SUBREDDIT_NOEXIST": gettext_noop("Reddit has no such community. Nothing was posted. Look at its name."),
    "BAD_SR_NAME": gettext_noop("Reddit has no such community. Nothing was posted. Look at its name."),
    "SUBREDDIT_NOTALLOWED": gettext_noop("This account may not post in the community. Nothing was posted."),
    "SUBREDDIT_NO_ACCESS": gettext_noop("This account may not post in the community. Nothing was posted."),
    "NO_SELFS": gettext_noop("The community takes no text posts. Nothing was posted."),
    "NO_LINKS": gettext_noop("The community takes no links. Nothing was posted."),
    "TOO_LONG": gettext_noop("It is too long for Reddit. Nothing was posted. Shorten it."),
    "NO_TEXT": gettext_noop("Something is missing that Reddit wants. Nothing was posted."),
    "DELETED_COMMENT": gettext_noop("What we answer was deleted. Nothing was posted."),
    "THREAD_LOCKED": gettext_noop("The thread is closed for comments. Nothing was posted."),
    "SUBMIT_VALIDATION_FLAIR_REQUIRED": gettext_noop("The community wants a flair. Nothing was posted. Give one."),
}
"""K: the codes. Whatever else stands in the list of errors is refused in Reddit's own words: the list is its way to
say that a form was not taken."""
_CLOSED: Mapping[str, str] = {
    "private": gettext_noop("The community is private. Nothing was posted."),
    "banned": gettext_noop("Reddit has closed the community. Nothing was posted."),
    "quarantined": gettext_noop("Reddit has put the community into quarantine. Nothing was posted."),
    "gold_only": gettext_noop("The community is for paying members. Nothing was posted."),
}


class RedditApi(OAuthApi):
    """One account, in one community or on its own profile.

    ``settings``: ``user`` (the account's name), ``community`` (empty: the profile). Remote ids are Reddit's full names:
    ``t3_`` a post, ``t1_`` a comment, ``t4_`` a message.
    """

    label: ClassVar[str] = "Reddit"
    api = "https://oauth.reddit.com"
    authorise_at = "https://www.reddit.com/api/v1/authorize"
    token_at = "https://www.reddit.com/api/v1/access_token"  # noqa: S105 - an address
    authorise_more: ClassVar[Mapping[str, str]] = {"duration": "permanent"}
    client_in_header = True

    # -- signing in

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        """The person's own profile, and every community that they moderate."""
        me = self._me()
        found: list[tuple[Account, JSON]] = [(self._account(me, ""), {})]
        with suppress(Refused, SignInAgain):  # without leave to read the list the profile is left
            for page in self._listing("/subreddits/mine/moderator"):
                for one in page:
                    name = text(one, "display_name")
                    if name and text(one, "subreddit_type") != "user":
                        found.append((self._account(me, name), {}))
        return found

    def whoami(self) -> Account:
        return self._account(self._me(), str(self.account.settings.get("community") or ""))

    def _me(self) -> Mapping[str, Any]:
        me = self._get("/api/v1/me")
        self._id(me, "id", writing=False)
        self._id(me, "name", writing=False)
        if within(me, "is_suspended") is True:
            sentence = _("Reddit has suspended the account. Ask Reddit, then connect the channel again.")
            raise SignInAgain(sentence, code="suspended")
        return me if isinstance(me, Mapping) else {}

    def _account(self, me: Mapping[str, Any], community: str) -> Account:
        user = text(me, "name")
        settings = {"user": user, "community": community}
        if community:
            place = f"r/{community}"
            return Account(
                remote_id=f"t2_{me['id']}/{place.casefold()}", handle=place, name=f"{place} (u/{user})",
                url=f"{HOME}/{place}/", settings=settings,
            )  # fmt: skip
        return Account(
            remote_id=f"t2_{me['id']}", handle=f"u/{user}", name=user, url=f"{HOME}/user/{user}/",
            avatar=text(me, "icon_img").partition("?")[0], settings=settings,
        )  # fmt: skip

    def _told(self, answer: Answer, *, is_code: bool) -> _Told:
        """Reddit says 401 without a word of OAuth where it does not know the application (K), and no with a 200."""
        data = _data(answer)
        said = text(data, "error")
        if answer.status == 401 and not said:
            sentence = _("%(network)s does not know our application. Check its client id and secret.")
            raise Refused(sentence % {"network": self.label}, code="invalid_client")
        if is_code and answer.ok and said:
            raise Refused(_("The sign-in was not completed. Start it again."), code="invalid_grant")
        return super()._told(answer, is_code=is_code)

    @property
    def _user(self) -> str:
        return str(self.account.settings.get("user") or "")

    # -- calls

    def _headers(self) -> Mapping[str, str]:
        """K: Reddit slows down whoever does not say who they are."""
        who = f" (by /u/{self._user})" if self._user else ""
        return {**super()._headers(), "User-Agent": f"web:{USER_AGENT.replace('/', ':')}{who}"}

    def _get(self, path: str, **params: Any) -> Any:
        """``raw_json``: else angle brackets and ampersands come escaped."""
        return super()._get(path, raw_json=1, **params)

    def _form(self, path: str, **fields: Any) -> Any:
        """A form; its errors come with a 200, and are raised. Gives the ``data`` of the answer."""
        told = self._post(path, data={"api_type": "json", "raw_json": "1", **fields})
        if not isinstance(within(told, "json", "errors"), list):
            raise self._unreadable(writing=True)
        return within(told, "json", "data")

    def _page_of(self, path: str, cursor: str = "", **params: Any) -> tuple[list[Mapping[str, Any]], str]:
        """The things of one page (``kind`` is among their fields), and the cursor of the next."""
        told = self._get(path, limit=AT_ONCE, after=cursor, **params)
        return self._things(told), text(told, "data", "after")

    def _things(self, told: Any) -> list[Mapping[str, Any]]:
        if not isinstance(within(told, "data", "children"), list):
            raise self._unreadable(writing=False)
        return [
            {**data, "kind": text(one, "kind")}
            for one in mappings(told, "data", "children") if isinstance(data := one.get("data"), Mapping)
        ]  # fmt: skip

    def _listing(self, path: str, **params: Any) -> Iterator[list[Mapping[str, Any]]]:
        cursor = ""
        while True:
            page, cursor = self._page_of(path, cursor, **params)
            yield page
            if not cursor:
                return

    def _info(self, names: Sequence[str]) -> list[Mapping[str, Any]]:
        return self._things(self._get("/api/info", id=",".join(names)))

    # -- uploads

    def _upload(self, step: Step) -> Published:
        """A place for the file, then the file. Repeating it takes a new place; nothing is shown."""
        media, path, _size = file_of(step)
        name = media.name or path.name
        lease = self._post("/api/media/asset.json", data={"filepath": name, "mimetype": media.mime, "raw_json": "1"})
        action, given = text(lease, "args", "action"), mappings(lease, "args", "fields")
        fields = {text(one, "name"): text(one, "value") for one in given}
        address = f"https:{action}" if action.startswith("//") else action
        if not fields.get("key") or not address:
            raise self._unreadable(writing=True)
        if not f".{apart(address).hostname or ''}".endswith(_TRUSTED) or not address.startswith("https://"):
            sentence = _("Reddit named an address for the upload that is not Reddit's. Nothing was sent.")
            raise Refused(sentence, code="foreign_upload")
        # The order of the fields is part of their signature; the file comes last.
        answer = self.http.post(
            self._at(address), data=fields, files={"file": (name, path, media.mime)},
            secrets=[value for value in fields.values() if len(value) > 20],
        )  # fmt: skip
        if answer.status == 403:
            raise NotNow(_("The place for the upload has expired. It is tried again."), code="lease")
        if not answer.ok:
            raise self.understand(answer, writing=True) or self._unreadable(writing=True)
        return Published(handle={"url": f"{address.rstrip('/')}/{fields['key']}", "mime": media.mime})

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """What was said below a post or a comment. The cursor names what Reddit has left out so far."""
        post, below = remote_id, ""
        if remote_id.startswith("t1_"):
            comment = next((one for one in self._info([remote_id]) if text(one, "name") == remote_id), {})
            post, below = text(comment, "link_id"), remote_id.removeprefix("t1_")
        if not post:
            return Page(())
        left = [id for id in cursor.split(",") if id]
        if left:
            told = self._get(
                "/api/morechildren", api_type="json", link_id=post, children=",".join(left[:AT_ONCE]), sort="new"
            )  # fmt: skip
            tree, left = within(told, "json", "data", "things"), left[AT_ONCE:]
        else:
            path = f"/comments/{quote(post.removeprefix('t3_'), safe='')}"
            told = self._get(path, sort="new", limit=500, comment=below)
            tree = within(told, 1, "data", "children")
        if not isinstance(tree, list):
            raise self._unreadable(writing=False)
        found: list[Message] = []
        for kind, one in _flat(tree):
            if kind == "t1" and text(one, "name") not in ("", remote_id):
                found.append(_message(one, "reply"))
            elif kind == "more":
                children = within(one, "children")
                left += [id for id in children if id and isinstance(id, str)] if isinstance(children, list) else []
        return Page(tuple(found), ",".join(left))

    def mentions(self, *, cursor: str = "") -> Page:
        page, after = self._page_of("/message/mentions", cursor)
        return Page(tuple(_message(one, "mention") for one in page if text(one, "name")), after)

    def messages(self, *, cursor: str = "") -> Page:
        """Private messages to us; the inbox holds answers and mentions as well. K: chats are not in it."""
        page, after = self._page_of("/message/inbox", cursor)
        return Page(tuple(_message(one, "message") for one in page if one["kind"] == "t4" and text(one, "name")), after)

    def search(self, query: str, *, cursor: str = "") -> Page:
        page, after = self._page_of("/search", cursor, q=query, sort="new", type="link")
        return Page(tuple(_message(one, "post") for one in page if text(one, "name")), after)

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Score, comments, crossposts; ``upvote_percent`` of all votes."""
        readings = {}
        for start in range(0, len(remote_ids), AT_ONCE):
            for one in self._info(remote_ids[start : start + AT_ONCE]):
                counts = {name: number(one, field) for name, field in _COUNTS.items()}
                ratio = within(one, "upvote_ratio")
                counts["upvote_percent"] = round(ratio * 100) if isinstance(ratio, float) else None
                readings[text(one, "name")] = Reading(counts, one)
        return {id: readings[id] for id in remote_ids if id in readings}

    def measure_account(self) -> Reading:
        """Followers of the profile, or members of the community; the account's karma."""
        me = self._me()
        counts = {"followers": number(me, "subreddit", "subscribers"), "karma": number(me, "total_karma")}
        if community := str(self.account.settings.get("community") or ""):
            about = within(self._get(f"/r/{quote(community, safe='')}/about"), "data")
            return Reading({**counts, "followers": number(about, "subscribers")}, {"me": me, "about": about})
        return Reading(counts, me)

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        usual, data = super().understand(answer, writing=writing), _data(answer)
        errors = within(data, "json", "errors")
        if isinstance(errors, list) and errors and answer.status < 500:
            first = errors[0]
            if not (code := text(first, 0)):
                return usual or self._unreadable(writing=writing)
            return self._no(answer, code, text(first, 1), seconds=within(data, "json", "ratelimit"))
        said = answer.reason()
        if answer.status == 403 and "insufficient_scope" in answer.headers.get("www-authenticate", ""):
            sentence = _("Our sign-in may not do this on Reddit. Connect the channel again and allow everything.")
            return SignInAgain(quoting(sentence, said), code="insufficient_scope")
        if answer.status in (403, 404) and text(data, "reason") in _CLOSED:
            return Refused(_(_CLOSED[text(data, "reason")]), code=text(data, "reason"))
        if answer.status == 403 and "suspended" in f"{said} {text(data, 'reason')}".lower():
            sentence = _("Reddit has suspended the account. Ask Reddit, then connect the channel again.")
            return SignInAgain(quoting(sentence, said), code="suspended")
        if answer.status == 403:
            sentence = _("Reddit does not let this account do that. Nothing was posted.")
            return Refused(quoting(sentence, said), code="403")
        return usual

    def _no(self, answer: Answer, code: str, said: str, *, seconds: Any) -> Failure:
        if code == "RATELIMIT":
            found = _WAIT.search(said)
            wait = int(found[1]) * _UNITS[found[2].lower()] if found else 600
            if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 86_400:
                wait = round(seconds)
            sentence = _("Reddit lets this account post only now and then. It goes on by itself.")
            return NotNow(quoting(sentence, said), retry_at=answer.after(wait + 10), code=code)
        if code == "ALREADY_SUB":
            sentence = _("The community has this link already. Tick “Post the link again”, if that is meant.")
            return Unknown(quoting(sentence, said), code="duplicate")
        if code == "USER_REQUIRED":
            return SignInAgain(quoting(_("Reddit no longer accepts our sign-in."), said), code=code)
        sentence = _(_REFUSED[code]) if code in _REFUSED else _("Reddit did not take it. Nothing was posted.")
        return Refused(quoting(sentence, said), code=code)

    def budget_told(self, answer: Answer) -> Told | None:
        """``X-Ratelimit-Used``, ``-Remaining`` (with a fraction) and ``-Reset`` (seconds)."""
        used, left = (_whole(answer.headers.get(f"x-ratelimit-{name}")) for name in ("used", "remaining"))
        if left is None:
            return None
        return Told(None if used is None else used + left, left, answer.resets_at)


def _flat(tree: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Comments and what was left out of them, however deep."""
    waiting = list(reversed(mappings(tree)))
    while waiting:
        thing = waiting.pop()
        data = thing.get("data")
        if isinstance(data, Mapping):
            yield text(thing, "kind"), data
            waiting += reversed(mappings(data, "replies", "data", "children"))


def _message(one: Mapping[str, Any], kind: str) -> Message:
    author, link = text(one, "author"), text(one, "permalink") or text(one, "context").partition("?")[0]
    said = text(one, "body") or "\n\n".join(filter(None, (text(one, "title"), text(one, "selftext"))))
    if kind == "message":
        link = f"/message/messages/{text(one, 'id')}"
    return Message(
        remote_id=text(one, "name"), kind=kind, author=f"u/{author or '[deleted]'}", author_name=author,
        text=said, at=created(one) or utc(0), url=f"{HOME}{link}" if link else "",
        parent_id=text(one, "parent_id") or text(one, "first_message_name"), raw=one,
    )  # fmt: skip


def created(one: Any) -> datetime | None:
    return instant(one, "created_utc")


def _whole(said: str | None) -> int | None:
    with suppress(ValueError, OverflowError):
        return int(float(said or ""))
    return None


def _data(answer: Answer) -> Any:
    with suppress(Unreadable):
        return answer.json()
    return None
