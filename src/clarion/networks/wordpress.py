"""WordPress, each site by itself. https://developer.wordpress.org/rest-api/

An article is made as a draft and then only switched to “published”, by its number: saying that again changes nothing.
The draft's slug carries our key until then, so a draft whose answer was lost is found and not made twice.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import captions
from .api import id_at, number, text, within
from .articles import (
    COVER,
    EXCERPT,
    FORMAT,
    LONGEST,
    TAGS,
    blocks,
    file_name,
    is_markdown,
    is_on,
    pictures,
    slug_of,
    tags_of,
    title_of_at_most,
)
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Documents,
    Draft,
    Field,
    Images,
    Message,
    NotNow,
    Once,
    Option,
    Page,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Token,
    Videos,
    Words,
)  # fmt: skip
from .canonical import letters, plain, same_form, says
from .lookup import Mine, read_back
from .wording import _, gettext_noop
from .wordpress_api import PAGE, WordPressApi, instant
from .wordpress_blocks import attached, wrapped


class WordPress(WordPressApi):
    """One user of one site; ``account.server`` is its address, ``settings["rest"]`` where its API begins."""

    name = "wordpress"
    label = "WordPress"
    family = "site"
    shows_names = True  # in the address of the picture
    words = Words(post="article")
    sign_in = (
        Token(
            (
                Field("server", gettext_noop("Site"), help=gettext_noop("for example https://blog.example")),
                Field("username", gettext_noop("User name")),
                Field(
                    "password", gettext_noop("Application password"), secret=True,
                    help=gettext_noop("Users → Profile → Application Passwords; not the one that you log in with."),
                ),
            )
        ),
    )  # fmt: skip
    rules = Rules(
        text=Text(LONGEST, unit="codepoint"),
        # K: what a site takes is set by its host (upload_max_filesize); its answer decides.
        images=Images(20, size=64_000_000, alt=5_000),
        videos=Videos(
            3,
            size=512_000_000,
            types=("video/mp4", "video/webm", "video/quicktime"),
            with_images=True,
            captions=("vtt",),
        ),
        documents=Documents(20, size=64_000_000, with_others=True),
        text_required=False,
    )
    options = (
        title_of_at_most(None), FORMAT, replace(EXCERPT, limit=None), COVER, TAGS,
        Option("categories", gettext_noop("Categories"), "tags", help=gettext_noop("New ones are made.")),
        Option("slug", gettext_noop("Address"), "text", limit=190,
               help=gettext_noop("The last part of the link. Left empty, it is made from the title.")),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.HANDLE)
    docs = "https://developer.wordpress.org/rest-api/"

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """Uploads, the draft, its publication, and the first comment."""
        part, payload = draft.parts[0], {"text": draft.parts[0].text, "options": dict(draft.options)}
        steps: list[Step] = []
        for media in part.media:
            steps.append(Step("upload", len(steps), public=False, payload={"alt": media.alt}, media=media))
            if self.told_rules.videos is not None:
                steps += captions.steps(media, captions.taken(media, self.told_rules.videos), after=len(steps))
        steps.append(Step("draft", len(steps), public=False, payload=payload))
        steps.append(Step("post", len(steps), payload=payload))
        return (*steps, *self.comment(draft, after=len(steps)))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        options = step.payload.get("options") or {}
        if step.kind == "draft":
            return {**step.payload, "request": self._drafted(step, slug=f"clarion-{key}")}
        if step.kind == "comment" or step.payload.get("in_reply_to"):
            parent = str(step.payload.get("in_reply_to") or "") or _made(step, "post")
            post, _slash, comment = parent.partition("/")
            said = html.escape(str(step.payload.get("text", "")), quote=False)
            request = {"post": int(post) if post.isdigit() else 0, "content": said}
            return {**step.payload, "comment": {**request, "parent": int(comment)} if comment.isdigit() else request}
        if step.kind == "post":
            slug = str(options.get("slug") or "").strip() or slug_of(str(options.get("title") or ""))
            return {**step.payload, "draft_id": _made(step, "draft"), "request": {"status": "publish", "slug": slug}}
        return step.payload

    def _drafted(self, step: Step, *, slug: str) -> dict[str, Any]:
        options = step.payload.get("options") or {}
        tracks = [(s.media.sha256, s.handle) for s in step.earlier if s.kind == "captions" and s.media]
        files = [
            {**s.handle, "tracks": [track for film, track in tracks if s.media and s.media.sha256 == film]}
            for s in step.earlier if s.kind == "upload"
        ]  # fmt: skip
        cover = next((f for f in files if f.get("kind") == "image"), None) if is_on(options.get("cover")) else None
        made = [wrapped(b) for b in blocks(str(step.payload.get("text", "")), markdown=is_markdown(options))]
        made += [attached(file) for file in files if file is not cover]
        request = {
            "status": "draft", "slug": slug, "content": "\n\n".join(made),
            "title": html.escape(str(options.get("title") or ""), quote=False),
        }  # fmt: skip
        if options.get("excerpt"):
            request["excerpt"] = html.escape(str(options["excerpt"]), quote=False)
        return {**request, "featured_media": cover["media_id"]} if cover else request

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._upload(step)
        if step.kind == "captions":
            return self._captions(step)
        if step.kind == "draft":
            return self._draft(step)
        if "comment" in step.payload:
            made = self._post("/wp/v2/comments", json=step.payload["comment"])
            return Published(f"{step.payload['comment']['post']}/{self._whole(made)}", text(made, "link"))
        made = self._post(f"/wp/v2/posts/{step.payload['draft_id']}", json=step.payload["request"])
        id, status = self._whole(made), text(made, "status")
        if not status:
            raise self._unreadable(writing=True)
        if status not in ("publish", "private"):
            sentence = _("%(network)s kept the article as “%(status)s”. Your user may not publish: ask for that role.")
            raise SignInAgain(sentence % {"network": self.label, "status": status}, code="status")
        return Published(id, text(made, "link"))

    def reply(self, step: Step, *, key: str) -> Published:
        """A comment: ``in_reply_to`` is an article's number, or ``article/comment``."""
        return self.publish(step, key=key)

    def _upload(self, step: Step) -> Published:
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        headers = {"Content-Type": media.mime, "Content-Disposition": f'attachment; filename="{file_name(media)}"'}
        made = self._post("/wp/v2/media", content=media.path, headers=headers)
        id = self._whole(made)
        if media.alt:
            self._post(f"/wp/v2/media/{id}", json={"alt_text": media.alt})
        kind = "video" if media.is_video else "image" if media.is_image else "file"
        told = {"media_id": int(id), "url": text(made, "source_url"), "alt": media.alt, "kind": kind}
        return Published(handle={**told, "name": media.name} if media.is_document else told)

    def _captions(self, step: Step) -> Published:
        """A caption file lies in the site's library, and the video's block names it."""
        told, kind, raw = captions.file_of(step, (captions.VTT,))
        name = f'attachment; filename="captions-{told.language}.{kind}"'
        headers = {"Content-Type": captions.TYPES[kind], "Content-Disposition": name}
        made = self._post("/wp/v2/media", content=raw, headers=headers)
        self._id(made)
        label = told.label or told.language
        track = {"src": text(made, "source_url"), "label": label, "srcLang": told.language, "kind": "captions"}
        return Published(handle=track)

    def _draft(self, step: Step) -> Published:
        request = step.payload["request"]
        found = self._get("/wp/v2/posts", slug=request["slug"], status="draft", context="edit")
        made: Any = next(iter(self._all(found)), None)
        if made is None:
            options = step.payload.get("options") or {}
            terms = {name: self._terms(name, words) for name in ("tags", "categories")
                     if (words := tags_of(options, name))}  # fmt: skip
            made = self._post("/wp/v2/posts", json={**request, **terms})
        return Published(handle={"draft_id": self._whole(made)})

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Asks the draft by its number what became of it; looks for a comment among our own."""
        if "comment" in step.payload:
            return self._find_comment(step)
        answer = self._ask("GET", f"/wp/v2/posts/{step.payload['draft_id']}", params={"context": "edit"})
        if answer.status == 404:
            return Absent()
        post = self._read(answer, writing=False)
        id, status = self._whole(post, writing=False), text(post, "status")
        if not status:
            raise self._unreadable(writing=False)
        if status in ("publish", "private", "future"):
            return Published(id, text(post, "link"))
        return None if status == "trash" else Absent()  # somebody threw it away: published or not?

    def _find_comment(self, step: Step) -> Published | Absent | None:
        """Among all of ours below the article, those that wait for approval as well."""
        try:
            return self._find_among(step, context="edit")
        except SignInAgain as no:
            if no.code != "rest_forbidden_context":
                raise
        return self._find_among(step, context="view")  # below an editor nobody reads comments as they were written

    def _find_among(self, step: Step, *, context: str) -> Published | Absent | None:
        request, alike = step.payload["comment"], []
        words = plain(request["content"]).linked

        def ask(cursor: str) -> tuple[list[Mapping[str, Any]], str]:
            whose = {"post": request["post"], "author": self.account.remote_id, "status": "all", "context": context}
            return self._listing("/wp/v2/comments", int(cursor or 1), per_page=PAGE, order="desc", **whose)

        def mine(one: Mapping[str, Any]) -> Mine:
            known = id_at(one, "id")
            return Mine(f"{request['post']}/{known}" if known else "", text(one, "link"), instant(one))

        def is_it(one: Mapping[str, Any]) -> bool:
            if number(one, "parent") != request.get("parent", 0):
                return False
            if context == "edit":
                return same_form(plain(text(one, "content", "raw")).linked) == same_form(words)
            shown = text(one, "content", "rendered")  # with other quotes, dashes and smileys than were typed
            says_so = says(shown, words)
            if says_so is None and letters(plain(shown).linked) != letters(words):
                alike.append(one)
                return False
            return says_so is not False

        found = read_back(step, ask, http=self.http, mine=mine, is_it=is_it, most=20)
        return None if alike and isinstance(found, Absent) else found

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words, and a new title or excerpt where given; the files stay where they are, below the text."""
        path = f"/wp/v2/posts/{self._number(remote_id)}"
        now = self._get(path, context="edit")
        if not isinstance(within(now, "content", "raw"), str):  # its files would be lost
            raise self._unreadable(writing=False)
        raw = text(now, "content", "raw")
        kept = [found[0] for found in re.finditer(r"<!-- wp:(image|video|file)\b.*?<!-- /wp:\1 -->", raw, re.DOTALL)]
        options = draft.options
        made = [wrapped(b) for b in blocks(draft.parts[0].text, markdown=is_markdown(options))]
        request = {"content": "\n\n".join([*made, *kept])}
        for name in ("title", "excerpt"):
            if options.get(name):
                request[name] = html.escape(str(options[name]), quote=False)
        done = self._post(path, json=request)
        return Published(self._whole(done), text(done, "link"))

    def delete(self, remote_id: str) -> None:
        """Into the site's bin, from where a person can take it back."""
        if "/" in remote_id:
            answer = self._ask("DELETE", f"/wp/v2/comments/{remote_id.partition('/')[2]}")
        else:
            answer = self._ask("DELETE", f"/wp/v2/posts/{self._number(remote_id)}")
        if answer.status not in (404, 410):
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        answer = self._ask("GET", f"/wp/v2/posts/{self._number(remote_id)}", params={"context": "edit"})
        if answer.status == 404:
            return None
        post = self._read(answer, writing=False)
        id = self._whole(post, writing=False)
        if text(post, "status") == "trash":
            return None
        raw = text(post, "content", "raw")
        alts = [picture.alt for picture in pictures(raw)]
        if cover := number(post, "featured_media"):
            try:
                alts[:0] = [text(self._get(f"/wp/v2/media/{cover}"), "alt_text")]
            except (NotNow, Refused, SignInAgain):
                alts[:0] = [""]  # the article is worth more than the words of its cover
        return Seen(id, text(post, "link"), plain(raw).linked, instant(post), tuple(alts), post)

    def _number(self, remote_id: str) -> str:
        """The article's number, also from the slug that a pasted link ends with."""
        if remote_id.isdecimal():
            return remote_id
        found = self._all(self._get("/wp/v2/posts", slug=remote_id, status="any", context="edit"))
        return self._whole(found[0], writing=False) if found else "0"

    @classmethod
    def id_in(cls, url: str) -> str:
        return parse_qs(urlsplit(url).query).get("p", [""])[0] or super().id_in(url)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        return self._listed(cursor, post=self._number(remote_id))

    def notifications(self, *, cursor: str = "") -> Page:
        """Comments by others on the whole site, those that wait for approval as well."""
        return self._listed(cursor, status="all", author_exclude=self.account.remote_id)

    def _listed(self, cursor: str, **params: Any) -> Page:
        page = int(cursor) if cursor.isdecimal() else 1
        listed, onward = self._listing("/wp/v2/comments", page, per_page=PAGE // 4, order="desc", **params)
        return Page(tuple(_message(one) for one in listed if id_at(one, "id")), onward)

    def hide(self, remote_id: str) -> None:
        """Takes a comment (``article/comment``) back into the queue for approval: only the site's staff see it."""
        self._post(f"/wp/v2/comments/{remote_id.partition('/')[2]}", json={"status": "hold"})

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Comments of each article that is still there. WordPress itself counts no views."""
        readings = {}
        for remote_id in remote_ids:
            id = self._number(remote_id)
            if self._ask("GET", f"/wp/v2/posts/{id}", params={"_fields": "id"}).status != 404:
                readings[remote_id] = Reading({"replies": self._total("/wp/v2/comments", post=id)})
        return readings

    def measure_account(self) -> Reading:
        return Reading({"posts": self._total("/wp/v2/posts", author=self.account.remote_id)})


def _made(step: Step, kind: str) -> str:
    """The number that an earlier step of this kind got."""
    done = [s for s in step.earlier if s.kind == kind]
    return str((done[-1].handle.get("draft_id") or done[-1].remote_id) if done else "")


def _message(one: Mapping[str, Any]) -> Message:
    post, parent = number(one, "post") or 0, number(one, "parent") or 0
    return Message(
        remote_id=f"{post}/{id_at(one, 'id')}", kind="reply", author=text(one, "author_name"),
        author_name=text(one, "author_name"), text=plain(text(one, "content", "rendered")).linked,
        at=instant(one) or datetime.now(UTC), url=text(one, "link"),
        parent_id=f"{post}/{parent}" if parent else str(post), raw=one,
    )  # fmt: skip
