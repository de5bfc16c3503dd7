"""Lemmy, as one person in one community. https://join-lemmy.org/docs/contributors/04-api.html (version 0.19)

The server keeps no key: after a lost answer our own posts are read back to before the intent and compared.
A post is written to as many communities as there are channels; each is a delivery of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from .api import id_at, instant, mappings, number, text, within
from .articles import FORMAT, file_name, is_markdown, is_on, markdown_of, title_of_at_most, typed_of
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Budget,
    Draft,
    Field,
    Images,
    Message,
    Once,
    Option,
    Page,
    Problem,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Token,
    Words,
)  # fmt: skip
from .canonical import same_form
from .lemmy_api import LemmyApi
from .look import Look
from .lookup import Mine, read_back
from .wording import _, gettext_noop

PAGE = 50
PAGES = 20
TITLE, BODY = 200, 10_000  # K: what older servers take; the server's answer decides
_PICTURE = re.compile(r"!\[(?P<alt>(?:\\.|[^\]\\])*)\]\((?P<url>[^()\s]+)\)")


class Lemmy(LemmyApi):
    """One community by one of its people; ``account.remote_id`` is the community, ``settings`` tell who writes."""

    name = "lemmy"
    label = "Lemmy"
    words = Words(post="post", like="upvote")
    sign_in = (
        Token(
            (
                Field("server", gettext_noop("Server"), help=gettext_noop("for example lemmy.example")),
                Field("username", gettext_noop("User name")),
                Field("password", gettext_noop("Password"), secret=True,
                      help=gettext_noop("Used once, to sign in. It is not kept.")),
                Field("code", gettext_noop("Code of your authenticator"), required=False, secret=True),
                Field("community", gettext_noop("Community"), help=gettext_noop("town, or town@other.example")),
            )
        ),
    )  # fmt: skip
    look = Look(
        frame="headline", card="small", face="square", thread="apart", warning="blur",
        acts=("arrow-up", "arrow-down", "message-square"),
    )  # fmt: skip
    rules = Rules(
        text=Text(50_000, unit="codepoint"),
        images=Images(10, size=10_000_000, alt=1_500),  # K: the server's answer decides
        text_required=False,
    )
    options = (
        title_of_at_most(None), FORMAT,
        Option("url", gettext_noop("Link"), "address", help=gettext_noop("What the post points at.")),
        Option("nsfw", gettext_noop("Not for everybody's eyes"), "flag"),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.LOOKUP)
    budget = Budget(6, per=timedelta(minutes=10))  # K: the default; each server has its own
    docs = "https://join-lemmy.org/docs/contributors/04-api.html"

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        """Counted as it will be sent. What only older servers refuse is a warning."""
        marked = is_markdown(draft.options)
        sent = replace(draft, parts=tuple(replace(p, text=_typed(p.text, marked)) for p in draft.parts))
        found = super().problems(sent)
        title, body = str(draft.options.get("title") or ""), sent.parts[0].text if sent.parts else ""
        for name, count, limit in (("title", len(title), TITLE), ("text", len(body), BODY)):
            if limit < count <= self.told_rules.text.limit:
                sentence = _("Some servers of %(network)s take no more than %(limit)d here; this has %(count)d.")
                values = {"network": self.label, "limit": limit, "count": count}
                found.append(Problem(name, sentence % values, count=count, limit=limit, level="warn"))
        return found

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """The exact post, with the addresses of its pictures; of a comment, what it answers."""
        said = str(step.payload.get("text", ""))
        parent = str(step.payload.get("in_reply_to") or "")
        if step.kind == "comment":
            parent = next((s.remote_id for s in reversed(step.earlier) if s.kind == "post"), "")
        if parent:
            post, _slash, comment = parent.partition("/")
            request: dict[str, Any] = {"content": markdown_of(said), "post_id": int(post) if post.isdecimal() else 0}
            if comment.isdecimal():
                request["parent_id"] = int(comment)
            return {**step.payload, "comment": request}
        return step.payload if step.kind == "upload" else {**step.payload, "request": self._request(step, said)}

    def _request(self, step: Step, said: str) -> dict[str, Any]:
        options = step.payload.get("options") or {}
        files = [dict(s.handle) for s in step.earlier if s.kind == "upload" and s.part == step.part]
        request: dict[str, Any] = {
            "name": str(options.get("title") or ""), "community_id": int(self.account.remote_id or 0)
        }  # fmt: skip
        if options.get("url"):
            request["url"] = str(options["url"])
        elif files:
            first = files.pop(0)
            request |= {"url": first["url"], **({"alt_text": first["alt"]} if first["alt"] else {})}
        body = [_typed(said, is_markdown(options)), *(f"![{markdown_of(f['alt'])}]({f['url']})" for f in files)]
        if any(body):
            request["body"] = "\n\n".join(piece for piece in body if piece)
        if is_on(options.get("nsfw")):
            request["nsfw"] = True
        return request

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._upload(step)
        if "comment" in step.payload:
            made = within(self._post("/comment", json=step.payload["comment"]), "comment_view", "comment")
            return Published(f"{step.payload['comment']['post_id']}/{self._id(made)}", self._link("comment", made))
        made = within(self._post("/post", json=step.payload["request"]), "post_view", "post")
        return Published(self._id(made), self._link("post", made))

    def reply(self, step: Step, *, key: str) -> Published:
        """A comment: ``in_reply_to`` is a post's number, or ``post/comment``."""
        return self.publish(step, key=key)

    def _upload(self, step: Step) -> Published:
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        files = {"images[]": (file_name(media), media.path, media.mime)}
        made = self._post(f"{self.account.server}/pictrs/image", files=files)  # K
        name = self._id(made, "files", 0, "file")
        return Published(handle={"url": f"{self.account.server}/pictrs/image/{name}", "alt": media.alt})

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Among what we wrote, newest first: the same title, words and community, or the same answer."""
        if "comment" in step.payload:
            wanted = step.payload["comment"]
            return read_back(
                step, lambda page: self._own("comments", "comment", page), http=self.http, most=PAGES,
                mine=lambda one: Mine(_numbers(one), self._link("comment", one), instant(one, "published")),
                is_it=lambda one: number(one, "post_id") == wanted["post_id"] and not _is_gone(one)
                and _parent(one) == wanted.get("parent_id", 0)
                and same_form(text(one, "content")) == same_form(wanted["content"]),
            )  # fmt: skip
        request = step.payload["request"]

        def is_it(one: Mapping[str, Any]) -> bool:
            # A server may clean a link; an uploaded picture hangs on one post only.
            return (
                (number(one, "community_id"), text(one, "name")) == (request["community_id"], request["name"].strip())
                and same_form(text(one, "body")) == same_form(request.get("body", ""))
                and bool(text(one, "url")) == bool(request.get("url")) and not _is_gone(one)
            )  # fmt: skip

        return read_back(
            step, lambda page: self._own("posts", "post", page), http=self.http, most=PAGES, is_it=is_it,
            mine=lambda one: Mine(id_at(one, "id"), self._link("post", one), instant(one, "published")),
        )  # fmt: skip

    def _own(self, which: str, inner: str, cursor: str) -> tuple[list[Mapping[str, Any]], str]:
        """A page of what we wrote, newest first, and the number of the next."""
        user, page = self.account.settings["user_id"], int(cursor or 1)
        told = self._get("/user", person_id=user, sort="New", limit=PAGE, page=page)
        if not isinstance(within(told, which), list):
            raise self._unreadable(writing=False)
        found = mappings(told, which)
        items = [one[inner] for one in found if id_at(one, inner, "id")]
        return items, str(page + 1) if len(found) == PAGE else ""

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words, and a new title where given; pictures and link stay."""
        post = self._there(remote_id)
        if post is None:
            raise Refused(_("The post was deleted: it cannot be edited."), code="404")
        kept = [found[0] for found in _PICTURE.finditer(text(post, "body"))]
        said = _typed(draft.parts[0].text, is_markdown(draft.options))
        request: dict[str, Any] = {"post_id": int(remote_id), "body": "\n\n".join([said, *kept])}
        if draft.options.get("title"):
            request["name"] = str(draft.options["title"])
        made = within(self._say("PUT", "/post", json=request), "post_view", "post")
        return Published(self._id(made), self._link("post", made))

    def delete(self, remote_id: str) -> None:
        post, _slash, comment = remote_id.partition("/")
        name, id = ("comment", comment) if comment else ("post", post)
        answer = self._ask("POST", f"/{name}/delete", json={f"{name}_id": int(id), "deleted": True})
        if not self._is_missing(answer):
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        post = self._there(remote_id)
        if post is None:
            return None
        body, alts = text(post, "body"), [text(post, "alt_text")] if "/pictrs/image/" in text(post, "url") else []
        alts += [typed_of(found["alt"]) for found in _PICTURE.finditer(body)]
        said = typed_of(_PICTURE.sub("", body))
        return Seen(id_at(post, "id"), self._link("post", post), said, instant(post, "published"), tuple(alts), post)

    def _there(self, remote_id: str) -> Mapping[str, Any] | None:
        answer = self._ask("GET", "/post", params={"id": remote_id})
        if self._is_missing(answer):
            return None
        post = within(self._read(answer, writing=False), "post_view", "post")
        self._id(post, writing=False)
        return None if _is_gone(post) else {**post}

    def like(self, remote_id: str) -> None:
        post, _slash, comment = remote_id.partition("/")
        name, id = ("comment", comment) if comment else ("post", post)
        self._post(f"/{name}/like", json={f"{name}_id": int(id), "score": 1})

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Every comment below the post."""
        return self._listed("/comment/list", "comments", cursor, post_id=remote_id, sort="New", type_="All")

    def mentions(self, *, cursor: str = "") -> Page:
        return self._listed("/user/mention", "mentions", cursor, kind="mention", sort="New", unread_only="false")

    def notifications(self, *, cursor: str = "") -> Page:
        """Answers to our posts and comments, wherever they stand."""
        return self._listed("/user/replies", "replies", cursor, sort="New", unread_only="false")

    def messages(self, *, cursor: str = "") -> Page:
        """Private messages to us."""
        page = self._listed(
            "/private_message/list", "private_messages", cursor, kind="message", inner="private_message",
            unread_only="false",
        )  # fmt: skip
        me = number(self.account.settings, "user_id")
        return replace(page, items=tuple(m for m in page.items if number(m.raw, "creator", "id") != me))

    def search(self, query: str, *, cursor: str = "") -> Page:
        """Posts that this server knows, newest first."""
        return self._listed("/search", "posts", cursor, kind="post", inner="post", q=query, type_="Posts", sort="New")

    def _listed(
        self, path: str, name: str, cursor: str, *, kind: str = "reply", inner: str = "comment", **params: Any
    ) -> Page:
        page = int(cursor) if cursor.isdecimal() else 1
        found = mappings(self._get(path, page=page, limit=PAGE // 2, **params), name)
        items = tuple(self._message(one, inner, kind) for one in found if id_at(one, inner, "id"))
        return Page(items, str(page + 1) if len(found) == PAGE // 2 else "")

    def _message(self, one: Mapping[str, Any], inner: str, kind: str) -> Message:
        said, who = one[inner], within(one, "creator")
        post, parent = id_at(said, "post_id"), _parent(said) if inner == "comment" else 0
        words = text(said, "content") or "\n\n".join(filter(None, (text(said, "name"), text(said, "body"))))
        return Message(
            remote_id=_numbers(said) if inner == "comment" else id_at(said, "id"), kind=kind,
            author=f"@{text(who, 'name')}", author_name=text(who, "display_name") or text(who, "name"),
            text=typed_of(words), at=instant(said, "published") or datetime.now(UTC),
            url=self._link("comment" if inner == "comment" else "post", said) if inner != "private_message" else "",
            parent_id="" if inner != "comment" else f"{post}/{parent}" if parent else post, raw=one,
        )  # fmt: skip

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Upvotes (our own is one of them), downvotes and comments."""
        readings = {}
        fields = {"likes": "upvotes", "dislikes": "downvotes", "replies": "comments"}
        for remote_id in remote_ids:
            answer = self._ask("GET", "/post", params={"id": remote_id})
            if not self._is_missing(answer):
                view = within(self._read(answer, writing=False), "post_view")
                numbers = {name: number(view, "counts", field) for name, field in fields.items()}
                readings[remote_id] = Reading(numbers, view if isinstance(view, Mapping) else {})
        return readings

    def measure_account(self) -> Reading:
        """Our posts and comments, and the community's subscribers."""
        me = within(self._get("/user", person_id=self.account.settings["user_id"], limit=1), "person_view", "counts")
        town = within(self._get("/community", id=self.account.remote_id), "community_view", "counts")
        numbers = {"posts": number(me, "post_count"), "comments": number(me, "comment_count"),
                   "followers": number(town, "subscribers")}  # fmt: skip
        return Reading(numbers)


def _typed(said: str, marked: bool) -> str:
    return markdown_of(said, markdown=marked)


def _numbers(comment: Any) -> str:
    return f"{id_at(comment, 'post_id')}/{id_at(comment, 'id')}"


def _is_gone(one: Any) -> bool:
    return within(one, "deleted") is True or within(one, "removed") is True


def _parent(comment: Any) -> int:
    """The comment that this one answers, from its path (``0.12.45``); 0 directly below the post."""
    steps = text(comment, "path").split(".")
    return int(steps[-2]) if len(steps) > 2 and steps[-2].isdecimal() else 0
