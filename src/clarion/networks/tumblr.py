"""Tumblr: one blog, in the Neue Post Format. https://github.com/tumblr/docs

A post is made as a draft, which nobody sees, and published by its id: after a lost answer the draft says what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable
from .api import mappings, number, text, within
from .base import (
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Draft,
    Failure,
    Images,
    Media,
    Message,
    NotNow,
    OAuth,
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
    Unknown,
    Videos,
    Words,
    utc,
)
from .oauth import OAuthApi
from .wording import _, gettext_noop, quoting

BLOCK = 4096
"""Code points of one block of text."""
BLOCKS = 1000
LONGEST = 100_000
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]'’”]")
_TOMORROW = frozenset({8004, 8011, 8022, 8023})
_LATER = frozenset({8010})


class Tumblr(OAuthApi):
    """``account.remote_id`` is the blog's ``t:…`` identifier, the handle its name."""

    name = "tumblr"
    label = "Tumblr"
    words = Words(post="post", share="reblog", like="like")
    sign_in = (OAuth(scopes=("basic", "write", "offline_access")),)
    rules = Rules(
        text=Text(LONGEST, unit="codepoint"),
        images=Images(30, size=20_000_000, alt=4096),  # K: the size
        videos=Videos(1, size=500_000_000, with_images=True, types=("video/mp4", "video/quicktime")),  # K: the size
        text_required=False,
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("title", gettext_noop("Title"), "text", limit=BLOCK),
        Option("tags", gettext_noop("Tags"), "tags"),
        Option("source_url", gettext_noop("Source"), "address"),
        Option("slug", gettext_noop("Address"), "text", help=gettext_noop("The last part of the link.")),
        Option("no_reblogs", gettext_noop("No reblogs"), "flag"),
    )
    once = Once(Once.HANDLE)
    budget = (Budget(250, per=timedelta(days=1)), Budget(1000, per=timedelta(hours=1), name="app", of=Budget.APP))
    docs = "https://github.com/tumblr/docs"
    api = "https://api.tumblr.com/v2"
    authorise_at = "https://www.tumblr.com/oauth2/authorize"
    token_at = "https://api.tumblr.com/v2/oauth2/token"  # noqa: S105 - an address

    # -- signing in

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        """Every blog of the person."""
        blogs = mappings(self._get("/user/info"), "response", "user", "blogs")
        if not blogs:
            raise Refused(_("This account has no blog. Make one on Tumblr, then sign in again."), code="no_blog")
        return [(self._blog(one), {}) for one in blogs]

    def whoami(self) -> Account:
        if not self.account.remote_id:
            return self.accounts()[0][0]
        return self._blog(within(self._get(f"{self._here}/info"), "response", "blog"))

    def _blog(self, one: Any) -> Account:
        name = self._id(one, "name", writing=False)
        avatar = text((mappings(one, "avatar") or [{}])[0], "url")
        return Account(
            remote_id=text(one, "uuid") or name, handle=name, name=text(one, "title") or name,
            url=text(one, "url") or f"https://{name}.tumblr.com/", avatar=avatar,
        )  # fmt: skip

    @property
    def _here(self) -> str:
        return f"/blog/{self.account.remote_id}"

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        for paragraph in _paragraphs(draft.parts[0].text):
            if len(paragraph) > BLOCK:
                sentence = _("A paragraph has %(count)d characters; Tumblr takes %(limit)d. Divide it.")
                values = {"count": len(paragraph), "limit": BLOCK}
                found.append(Problem("text", sentence % values, 0, len(paragraph), BLOCK))
        return found

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The files wait for the draft, which takes them along; then the draft is published."""
        part = draft.parts[0]
        steps = [
            Step("upload", index, public=False, payload={"alt": media.alt}, media=media)
            for index, media in enumerate(part.media)
        ]
        payload = {"text": part.text, "options": dict(draft.options)}
        steps.append(Step("draft", len(steps), public=False, payload=payload))
        return (*steps, Step("post", len(steps), payload=payload))

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return Published()
        if step.kind == "draft":
            return self._drafted(step)
        draft = self._draft_of(step)
        told = {**self._besides(step.payload.get("options") or {}), "content": draft["content"], "state": "published"}
        if draft.get("layout"):
            told["layout"] = draft["layout"]
        made = self._say("PUT", f"{self._here}/posts/{draft['id']}", json=told)
        return self._published(self._id(made, "response", "id"))

    def _drafted(self, step: Step) -> Published:
        """The draft, and what Tumblr made of its files: publishing it names them again."""
        files = [done.media for done in step.earlier if done.kind == "upload" and done.media is not None]
        options = step.payload.get("options") or {}
        content = [*map(_shown, range(len(files)), files), *_blocks(str(step.payload.get("text") or ""), options)]
        told = {**self._besides(options), "content": content, "state": "draft"}
        if files:
            parts: dict[str, Any] = {
                f"file{index}": (media.name or media.path.name, media.path, media.mime)
                for index, media in enumerate(files)
            }
            made = self._post(f"{self._here}/posts", data={"json": json.dumps(told)}, files=parts)
        else:
            made = self._post(f"{self._here}/posts", json=told)
        id = self._id(made, "response", "id")
        one = within(self._get(f"{self._here}/posts/{id}", post_format="npf"), "response")
        if not mappings(one, "content"):
            raise self._unreadable(writing=False)
        return Published(handle={"id": id, "content": mappings(one, "content"), "layout": mappings(one, "layout")})

    @staticmethod
    def _besides(options: JSON) -> dict[str, Any]:
        tags = ",".join(tag.strip().lstrip("#") for tag in str(options.get("tags") or "").split(",") if tag.strip())
        told = {"tags": tags, "source_url": options.get("source_url"), "slug": options.get("slug"),
                "interactability_reblog": "noone" if options.get("no_reblogs") is True else ""}  # fmt: skip
        return {name: str(value) for name, value in told.items() if value}

    @staticmethod
    def _draft_of(step: Step) -> JSON:
        return next(done.handle for done in reversed(step.earlier) if done.kind == "draft")

    def _published(self, id: str) -> Published:
        return Published(id, f"https://www.tumblr.com/{self.account.handle}/{id}")

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """What the draft has become. One that is gone was published and deleted, or deleted: a person looks."""
        id = str(self._draft_of(step)["id"])
        one = self._one(id)
        state = text(one, "state")
        if one is None or state not in ("draft", "published", ""):
            return None
        return Absent(complete=True) if state == "draft" else self._published(id)

    def _one(self, id: str) -> Mapping[str, Any] | None:
        answer = self._ask("GET", f"{self._here}/posts/{id}", params={"post_format": "npf"})
        if answer.status == 404:
            return None
        one = within(self._read(answer, writing=False), "response")
        if not isinstance(one, Mapping) or not isinstance(one.get("content"), list):
            raise self._unreadable(writing=False)
        return one

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        one = self._one(remote_id)
        if one is None:
            return None
        files = [block for block in mappings(one, "content") if text(block, "type") in ("image", "video")]
        stamp = number(one, "timestamp")
        alts = tuple(text(block, "alt_text") for block in files)
        url = self._published(remote_id).url
        return Seen(remote_id, url, _words(one), None if stamp is None else utc(stamp), alts, one)

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """Other words; the files stay where they are."""
        one = self._one(remote_id)
        if one is None:
            raise Refused(_("This post is no longer on %(network)s.") % {"network": self.label}, code="404")
        files = [block for block in mappings(one, "content") if text(block, "type") not in ("text", "link")]
        tags = within(one, "tags")
        kept = {"tags": ",".join(map(str, tags))} if isinstance(tags, list) and tags else {}
        told = {**kept, **self._besides(draft.options), "state": "published",
                "content": [*files, *_blocks(draft.parts[0].text, draft.options)]}  # fmt: skip
        self._say("PUT", f"{self._here}/posts/{remote_id}", json=told)
        return self._published(remote_id)

    def delete(self, remote_id: str) -> None:
        answer = self._ask("POST", f"{self._here}/post/delete", json={"id": remote_id})
        if answer.status != 404:
            self._read(answer, writing=True)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Replies and reblogs with words, newest first. Tumblr has no way to answer them for us."""
        told = within(
            self._get(f"{self._here}/notes", id=remote_id, mode="conversation", before_timestamp=cursor), "response"
        )
        if not isinstance(within(told, "notes"), list):
            raise self._unreadable(writing=False)
        items = [_message(one, remote_id) for one in mappings(told, "notes") if _said(one)]
        return Page(tuple(items), str(within(told, "_links", "next", "query_params", "before_timestamp") or ""))

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        found: dict[str, Reading] = {}
        for id in remote_ids:
            answer = self._ask("GET", f"{self._here}/notes", params={"id": id, "mode": "conversation"})
            if answer.status == 404:
                continue
            told = within(self._read(answer, writing=False), "response")
            every, likes = number(told, "total_notes"), number(told, "total_likes")
            shares = number(told, "total_reblogs")
            known = every is not None and likes is not None and shares is not None
            replies = max((every or 0) - (likes or 0) - (shares or 0), 0) if known else None
            found[id] = Reading({"likes": likes, "replies": replies, "shares": shares}, told)
        return found

    def measure_account(self) -> Reading:
        one = within(self._get(f"{self._here}/info"), "response", "blog")
        followers = within(self._get(f"{self._here}/followers", limit=1), "response")
        numbers = {"posts": number(one, "posts"), "followers": number(followers, "total_users")}
        return Reading(numbers, one if isinstance(one, Mapping) else {})

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        usual = super().understand(answer, writing=writing)
        if usual is None:
            return None
        errors, said = _errors(answer), answer.reason()
        codes = {code for one in errors if (code := number(one, "code")) is not None}
        said = next((text(one, "detail") for one in errors if text(one, "detail")), said)
        ours = {"network": self.label}
        if codes & _TOMORROW:
            sentence = _("%(network)s takes no more from this blog today. It is tried again tomorrow.")
            at = answer.at + timedelta(hours=24)
            return NotNow(quoting(sentence % ours, said), retry_at=at, code=str(min(codes & _TOMORROW)))
        if codes & _LATER:
            sentence = _("%(network)s is still working on an earlier video.")
            at = answer.at + timedelta(minutes=1)
            return NotNow(quoting(sentence % ours, said), retry_at=at, code=str(min(codes & _LATER)))
        if answer.status == 503 and not isinstance(usual, Unknown):
            return usual
        if isinstance(usual, Refused) and said:
            sentence = _("%(network)s refused it. Nothing was published.") % ours
            return Refused(quoting(sentence, said), code=str(min(codes, default=answer.status)))
        return usual


def _paragraphs(said: str) -> list[str]:
    return [one for one in re.split(r"\n\s*\n", said) if one.strip()]


def _blocks(said: str, options: JSON) -> list[dict[str, Any]]:
    """Text as blocks: the title, then a block for each paragraph, with its addresses as links."""
    title = str(options.get("title") or "").strip()
    found: list[dict[str, Any]] = [{"type": "text", "subtype": "heading1", "text": title}] if title else []
    for paragraph in _paragraphs(said)[:BLOCKS]:
        links = [{"type": "link", "start": one.start(), "end": one.end(), "url": one[0]}
                 for one in _LINK.finditer(paragraph)]  # fmt: skip
        found.append({"type": "text", "text": paragraph, **({"formatting": links} if links else {})})
    return found


def _shown(index: int, media: Media) -> dict[str, Any]:
    """The block of a file that travels with the draft."""
    file = {"type": media.mime, "identifier": f"file{index}"}
    if media.is_video:
        return {"type": "video", "media": file}
    size = {"width": media.width, "height": media.height} if media.width and media.height else {}
    return {"type": "image", "media": [{**file, **size}], **({"alt_text": media.alt} if media.alt else {})}


def _words(one: Any) -> str:
    """The paragraphs as they were typed, without the title."""
    blocks = [b for b in mappings(one, "content") if text(b, "type") == "text" and text(b, "subtype") != "heading1"]
    return "\n\n".join(text(block, "text") for block in blocks)


def _said(note: Mapping[str, Any]) -> str:
    return text(note, "reply_text") or text(note, "added_text")


def _message(note: Mapping[str, Any], post: str) -> Message:
    name, stamp = text(note, "blog_name"), number(note, "timestamp")
    id = str(note.get("id") or note.get("post_id") or f"{name}-{stamp}")
    at: datetime = utc(stamp or 0)
    return Message(id, "reply", name, name, _said(note), at, text(note, "blog_url"), post, note)


def _errors(answer: Answer) -> list[Mapping[str, Any]]:
    try:
        return mappings(answer.json(), "errors")
    except Unreadable:
        return []
