"""Tumblr: blogs. https://www.tumblr.com/docs/en/api/v2

A post is a draft first, with its files; then one call publishes it. Publishing gives it a new id: the old one is told
as the post's “genesis”, and by it a post whose answer was lost is recognised.

Not declared: `reply` and `hide` (no API), `messages` (no API), `search` (only by tag), `share`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from .api import id_at, mappings, text, within
from .base import (
    JSON,
    Absent,
    Budget,
    Draft,
    Images,
    Media,
    NotNow,
    OAuth,
    Once,
    Option,
    Problem,
    Published,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Videos,
    Words,
)
from .look import Look
from .lookup import Mine, looked_up
from .resumable import file_of
from .tumblr_api import TumblrApi, instant
from .tumblr_blocks import (
    LINKS,
    again,
    alts_of,
    file_block,
    files_of,
    is_there,
    names_in,
    paragraphs,
    says_the_same,
    text_blocks,
    weight,
    words_of,
)
from .wording import _, gettext_noop

BLOCK, BLOCKS, BYTES = 4096, 1000, 1_000_000
AT_ONCE, PAGES = 20, 10


class Tumblr(TumblrApi):
    """One blog, by an application of our own. Ids are words: numbers of this size are not safe everywhere."""

    name, label = "tumblr", "Tumblr"
    words = Words(post="post", share="reblog", like="like")
    docs = "https://www.tumblr.com/docs/en/api/v2"
    app_words = (gettext_noop("OAuth consumer key"), gettext_noop("Secret key"))
    sign_in = (
        OAuth(
            scopes={
                "basic": gettext_noop("read your blogs, their posts and numbers"),
                "write": gettext_noop("publish, edit and take down posts"),
                "offline_access": gettext_noop("stay signed in"),
            }
        ),
    )
    # H: 30 pictures with descriptions of 4,096, one video. K: how heavy a file may be. The text is bound by its
    # paragraphs (4,096) and by its bytes (1,000,000 with everything around it): see ``problems``.
    look = Look(
        face="square", card="large", tiles="stack", most=30, single=(0.4, 3.0),
        acts=("message-square", "repeat-2", "heart"),
    )  # fmt: skip
    rules = Rules(
        text=Text(900_000, unit="codepoint"),
        images=Images(30, size=20_000_000, alt=4096),
        videos=Videos(1, size=500_000_000, seconds=3600, with_images=True),
        text_required=False,
    )
    unsure = frozenset({("media", 20_000_000), ("media", 500_000_000), ("media", 3600)})
    options: ClassVar[tuple[Option, ...]] = (
        Option("title", gettext_noop("Title"), "text", limit=BLOCK),
        Option("tags", gettext_noop("Tags"), "tags", help=gettext_noop("Readers find posts by them.")),
        Option(
            "link", gettext_noop("Link"), "address", help=gettext_noop("Shown as a card. Tumblr reads its page."),
        ),
        Option("source_url", gettext_noop("Source"), "address", help=gettext_noop("Where the content comes from.")),
        Option("slug", gettext_noop("Words in the address"), "text", limit=100),
        Option("no_reblog", gettext_noop("Nobody may reblog it"), "flag"),
    )  # fmt: skip
    once = Once(Once.HANDLE)
    # H: 250 posts a day for a person, over all their blogs; 1,000 and 5,000 calls of an application. A post is 6 calls.
    budget = (
        Budget(250, per=timedelta(days=1), name="posts"),
        Budget(1000, per=timedelta(hours=1), cost=6, name="calls an hour", of=Budget.APP),
        Budget(5000, per=timedelta(days=1), cost=6, name="calls a day", of=Budget.APP),
    )

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = [
            replace(one, level="warn") if (one.field, one.limit) in self.unsure else one
            for one in super().problems(draft)
        ]
        part, named = draft.parts[0], {"network": self.label}
        if any(one.field == "text" and one.level == "stop" for one in found):
            return found
        pieces = paragraphs(part.text)
        for piece in pieces:
            if len(piece) > BLOCK:
                sentence = _("A paragraph on %(network)s has at most %(limit)d characters; this one has %(count)d.")
                values = {**named, "count": len(piece), "limit": BLOCK}
                found.append(Problem("text", sentence % values, 0, len(piece), BLOCK))
        if len(pieces) > BLOCKS:
            sentence = _("A post on %(network)s has at most %(limit)d paragraphs; this one has %(count)d.")
            values = {**named, "count": len(pieces), "limit": BLOCKS}
            found.append(Problem("text", sentence % values, 0, len(pieces), BLOCKS))
        size = weight(self._blocks(part.text, draft.options, {}))
        if size > BYTES:
            values = {**named, "count": size, "limit": BYTES}
            sentence = _("%(count)d of %(limit)d bytes on %(network)s. Shorten it.")
            found.append(Problem("text", sentence % values, 0, size, BYTES))
        linked = part.text.count("://")
        if linked > LINKS:
            values = {**named, "count": linked, "limit": LINKS}
            sentence = _("%(network)s makes at most %(limit)d links of %(count)d: those behind them are plain words.")
            found.append(Problem("text", sentence % values, 0, linked, LINKS, "warn"))
        return found

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The files and the blogs that are mentioned, the draft with all of it, and the call that publishes it."""
        part = draft.parts[0]
        quiet: list[tuple[str, JSON, Media | None]] = [("upload", {"alt": media.alt}, media) for media in part.media]
        if names := names_in(part.text):
            quiet.append(("mentions", {"names": names}, None))
        said = {"text": part.text, "options": dict(draft.options)}
        quiet.append(("draft", said, None))
        steps = [
            Step(kind, index, public=False, payload=payload, media=media)
            for index, (kind, payload, media) in enumerate(quiet)
        ]
        return (*steps, Step("post", len(steps), payload=said))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """For the draft: its blocks, and a tag by which it is found again. For the post: the draft as Tumblr has it."""
        if step.kind == "draft":
            uuids: Mapping[str, str] = next((s.handle["uuids"] for s in step.earlier if s.kind == "mentions"), {})
            files = [
                file_block(replace(done.media, alt=str(done.payload.get("alt") or "")), identifier=f"file-{index}")
                for index, done in enumerate(done for done in step.earlier if done.kind == "upload")
                if done.media is not None
            ]
            options = step.payload.get("options") or {}
            content = [*files, *self._blocks(str(step.payload.get("text") or ""), options, uuids)]
            mark = f"clarion-{key}"
            request = {**_chosen(options), "content": content, "state": "draft", "tags": mark}
            return {**step.payload, "mark": mark, "request": request}
        if step.kind == "post":
            made = next(done for done in reversed(step.earlier) if done.kind == "draft").handle
            options = step.payload.get("options") or {}
            request = {"tags": "", **_chosen(options), "content": made["content"], "layout": made["layout"],
                       "state": "published"}  # fmt: skip
            return {**step.payload, "id": made["id"], "request": request}
        return step.payload

    @staticmethod
    def _blocks(words: str, options: JSON, uuids: Mapping[str, str]) -> list[dict[str, Any]]:
        blocks = text_blocks(words, uuids=uuids, title=str(options.get("title") or "").strip())
        if link := str(options.get("link") or "").strip():
            blocks.append({"type": "link", "url": link})
        return blocks

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            file_of(step)  # it goes with the draft; one that is gone is told here
            return Published()
        if step.kind == "mentions":
            return Published(handle={"uuids": self._uuids(step.payload["names"])})
        if step.kind == "draft":
            return Published(handle=self._drafted(step))
        id, request = str(step.payload["id"]), step.payload["request"]
        made = self._say("PUT", self._blog(f"/posts/{quote(id, safe='')}"), json=request)
        return self._out(self._id(made, "response", "id"), id)

    def _uuids(self, names: list[str]) -> dict[str, str]:
        """The blogs of these names, as far as there are any."""
        found = {}
        for name in names:
            try:
                blog = within(self._get(self._blog("/info", name)), "response", "blog")
            except Refused:
                continue
            if uuid := text(blog, "uuid"):
                found[name] = uuid
        return found

    def _drafted(self, step: Step) -> JSON:
        """The draft, made or found again by its mark, as Tumblr shows it now that it has the files."""
        request, mark = step.payload["request"], str(step.payload["mark"])
        drafts = self._listed(self._get(self._blog("/posts/draft")), "posts")
        id = next((_id_of(one) for one in drafts if mark in _tags_of(one)), "")
        if not id:
            files = {
                f"file-{index}": (done.media.name or done.media.path.name, done.media.path, done.media.mime)
                for index, done in enumerate(done for done in step.earlier if done.kind == "upload")
                if done.media is not None
            }
            given: dict[str, Any] = {"json": request} if not files else {
                "data": {"json": _compact(request)}, "files": files,
            }  # fmt: skip
            id = self._id(self._post(self._blog("/posts"), **given), "response", "id")
        one = self._post_of(id)
        content = mappings(one, "content")
        if one is None or files_of(content) != files_of(request["content"]) or not all(map(is_there, content)):
            sentence = _("%(network)s is still working on the files. Nothing is public yet.")
            at = self.http.answer.at + timedelta(seconds=30) if self.http.answer else None
            raise NotNow(sentence % {"network": self.label}, retry_at=at, code="files")
        return {"id": id, "content": [again(block) for block in content], "layout": within(one, "layout") or []}

    def _out(self, told: str, draft: str) -> Published:
        """The post that is public now. Whatever goes wrong here, it is out."""
        try:
            one = self._post_of(told)
            if one is not None and one.get("state", "published") == "published":
                return Published(told, self._url(one, told))
            for one in self._mine(0):
                if text(one, "genesis_post_id") == draft:
                    return Published(_id_of(one), self._url(one, _id_of(one)))
        except (NotNow, Refused, SignInAgain):
            pass
        return Published(told, self._url({}, told))

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """A draft that is still one was not published. One that is gone is looked for by its first id."""
        draft, request = str(step.payload["id"]), step.payload["request"]
        one = self._post_of(draft)
        if one is not None:
            if one.get("state") == "published":
                return Published(draft, self._url(one, draft))
            return Absent(complete=one.get("state") == "draft")

        def mine(one: Mapping[str, Any]) -> Mine:
            id = _id_of(one)
            return Mine(id, self._url(one, id), instant(one))

        def by_id(one: Mapping[str, Any]) -> bool:
            return text(one, "genesis_post_id") == draft

        def by_words(one: Mapping[str, Any]) -> bool:
            return not one.get("genesis_post_id") and says_the_same(one.get("content"), request["content"])

        for is_it in (by_id, by_words):
            seen = looked_up(step, self._own(), mine=mine, is_it=is_it, skew=timedelta(minutes=-5))
            if isinstance(seen, Published):
                return seen
        # Neither a draft nor a post: somebody took it away, and nobody can tell which of the two it was.
        return Absent(complete=False)

    def _own(self) -> Iterator[list[Mapping[str, Any]]]:
        """Our posts, newest first, page by page."""
        for number in range(PAGES):
            page = self._mine(number * AT_ONCE)
            yield page
            if not page:
                return

    def _mine(self, offset: int) -> list[Mapping[str, Any]]:
        told = self._get(self._blog("/posts"), npf="true", limit=AT_ONCE, offset=offset or None)
        return self._listed(told, "posts")

    # -- after publishing

    def _post_of(self, id: str) -> Mapping[str, Any] | None:
        answer = self._ask("GET", self._blog(f"/posts/{quote(id, safe='')}"), params={"post_format": "npf"})
        if answer.status == 404:
            return None
        one = within(self._read(answer, writing=False), "response")
        self._id(one, writing=False)
        return one if isinstance(one, Mapping) else None

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words. Files, links and the heading stay, unless a new heading is given; so do tags."""
        one = self._post_of(remote_id)
        if one is None:
            sentence = _("The post is no longer on %(network)s.") % {"network": self.label}
            raise Refused(sentence, code="gone")
        said, options = draft.parts[0].text, draft.options
        blocks = [again(block) for block in mappings(one, "content")]
        kept = [block for block in blocks if text(block, "type") not in ("", "text")]
        heading = [block for block in blocks if block.get("subtype") == "heading1" and not options.get("title")][:1]
        words = text_blocks(said, uuids=self._uuids(names_in(said)), title=str(options.get("title") or "").strip())
        tags = ",".join(_tags_of(one))
        stays = {name: told for name in ("source_url", "slug", "interactability_reblog") if (told := text(one, name))}
        request = {**stays, "tags": tags, **_chosen(options), "content": [*kept, *heading, *words],
                   "state": "published"}  # fmt: skip
        self._id(
            self._say("PUT", self._blog(f"/posts/{quote(remote_id, safe='')}"), json=request), "response", "id"
        )  # fmt: skip
        return Published(remote_id, self._url(one, remote_id))

    def delete(self, remote_id: str) -> None:
        answer = self._ask("POST", self._blog("/post/delete"), json={"id": remote_id})
        if answer.status != 404:
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        one = self._post_of(remote_id)
        if one is None:
            return None
        content = one.get("content")
        return Seen(remote_id, self._url(one, remote_id), words_of(content), instant(one), alts_of(content), one)

    def like(self, remote_id: str) -> None:
        """A post of ours by its id, of another blog as ``blog/id``. Twice is once."""
        blog, _slash, id = remote_id.rpartition("/")
        told = self._get(self._blog("/posts", blog), id=id, npf="true")
        one = next(iter(self._listed(told, "posts")), {})
        self._post("/user/like", json={"id": id, "reblog_key": self._id(one, "reblog_key", writing=False)})

    @classmethod
    def id_in(cls, url: str) -> str:
        """``/blog/123/words``, ``blog.tumblr.com/post/123/words``: the number."""
        found = re.search(r"/(\d{6,})(?:/|$)", urlsplit(url).path)
        return found[1] if found else super().id_in(url)


def _chosen(options: JSON) -> dict[str, Any]:
    """What was chosen beside the words; what was left empty is not said."""
    tags = [tag.strip().lstrip("#") for tag in str(options.get("tags") or "").split(",") if tag.strip(" #")]
    told = {"tags": ",".join(tags), "source_url": str(options.get("source_url") or "").strip(),
            "slug": str(options.get("slug") or "").strip(),
            "interactability_reblog": "noone" if options.get("no_reblog") else ""}  # fmt: skip
    return {name: value for name, value in told.items() if value}


def _id_of(one: Mapping[str, Any]) -> str:
    return text(one, "id_string") or id_at(one, "id")


def _tags_of(one: Mapping[str, Any]) -> list[str]:
    told = one.get("tags")
    return [tag for tag in told if isinstance(tag, str)] if isinstance(told, list) else []


def _compact(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
