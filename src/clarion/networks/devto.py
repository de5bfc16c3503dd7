"""DEV and every other Forem, with a person's API key. https://developers.forem.com/api/v1

An article is made unpublished and then only switched to published, by its number. Until then an invisible line at its
end carries our key, so one whose answer was lost is found and not made twice; publishing takes that line away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from .api import JsonApi, instant, mappings, number, text
from .articles import (
    CANONICAL,
    EXCERPT,
    FORMAT,
    LONGEST,
    TAGS,
    is_markdown,
    markdown_of,
    site_address,
    tags_of,
    title_of_at_most,
    typed_of,
)
from .base import (
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Connected,
    Draft,
    Failure,
    Field,
    Http,
    Message,
    NotNow,
    NoVault,
    Once,
    Option,
    Page,
    Problem,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Token,
    Words,
)  # fmt: skip
from .canonical import plain
from .wording import _, gettext_noop, quoting

PAGE = 100
PAGES = 10
TITLE, TAGS_TAKEN = 128, 4  # K: the server's answer decides
LIQUID = "&#123;"
"""A brace that opens nothing: what stands in braces is run by the server."""


class DevTo(JsonApi):
    """One person of one Forem; ``account.server`` is its address."""

    name = "devto"
    label = "DEV"
    known_as = ("dev.to", "Forem")
    family = "site"
    words = Words(post="article", like="reaction")
    sign_in = (
        Token(
            (
                Field(
                    "api_key", gettext_noop("API key"), secret=True,
                    help=gettext_noop("Settings → Extensions → DEV Community API Keys"),
                ),
                Field("server", gettext_noop("Site"), default="https://dev.to", required=False,
                      help=gettext_noop("another Forem, or left as it is")),
            )
        ),
    )  # fmt: skip
    rules = Rules(text=Text(LONGEST, unit="codepoint"))  # pictures: there is no upload, and lent addresses would end
    options = (
        title_of_at_most(None), FORMAT, replace(EXCERPT, limit=None), replace(TAGS, help=gettext_noop("At most four.")),
        Option("cover_url", gettext_noop("Cover picture"), "address",
               help=gettext_noop("A public address that stays: the network takes no uploads.")),
        Option("series", gettext_noop("Series"), "text"),
        Option("organization_id", gettext_noop("Organisation"), "text", help=gettext_noop("Its number, if not you.")),
        CANONICAL,
    )  # fmt: skip
    once = Once(Once.HANDLE)
    budget = Budget(10, per=timedelta(seconds=30))  # K
    docs = "https://developers.forem.com/api/v1"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``api_key``, and ``server`` for another Forem than DEV."""
        key = fields.get("api_key", "").strip()
        if not key:
            raise Refused(_("Paste your API key."), code="api_key")
        server = site_address(fields.get("server", "").strip() or "https://dev.to", label=cls.label)
        us = cls(Account(server=server), http=http, vault=NoVault({"api_key": key}), app=app)
        return Connected(us.whoami(), {"api_key": key})

    def whoami(self) -> Account:
        me = self._get("/users/me")
        id = self._id(me, writing=False)
        name = text(me, "username") or id
        return replace(
            self.account, remote_id=id, handle=f"@{name}", name=text(me, "name") or name,
            url=f"{self.account.server}/{name}", avatar=text(me, "profile_image"),
        )  # fmt: skip

    def _root(self) -> str:
        return f"{self.account.server}/api"

    def _headers(self) -> Mapping[str, str]:
        return {
            "api-key": str(self.vault.read().get("api_key") or ""), "Accept": "application/vnd.forem.api-v1+json"
        }  # fmt: skip

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        """What DEV says elsewhere about titles and tags is not in its contract: a warning."""
        found, title, tags = super().problems(draft), str(draft.options.get("title") or ""), tags_of(draft.options)
        for name, count, limit in (("title", len(title), TITLE), ("tags", len(tags), TAGS_TAKEN)):
            if count > limit:
                sentence = _("%(network)s may take no more than %(limit)d here; this has %(count)d.")
                values = {"network": self.label, "limit": limit, "count": count}
                found.append(Problem(name, sentence % values, count=count, limit=limit, level="warn"))
        return found

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The unpublished article, and its publication."""
        payload = {"text": draft.parts[0].text, "options": dict(draft.options)}
        return (Step("draft", 0, public=False, payload=payload), Step("post", 1, payload=payload))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        options = step.payload.get("options") or {}
        body = _body(str(step.payload.get("text", "")), options)
        if step.kind == "draft":
            mark = f"<!-- clarion {key} -->"
            article = {**_chosen(options), "body_markdown": f"{body}\n\n{mark}", "published": False}
            return {**step.payload, "mark": mark, "article": article}
        (id,) = [s.handle["article_id"] for s in step.earlier if s.kind == "draft"][-1:] or [""]
        return {**step.payload, "article_id": str(id), "article": {"published": True, "body_markdown": body}}

    def publish(self, step: Step, *, key: str) -> Published:
        article = {"article": step.payload["article"]}
        if step.kind == "draft":
            mark = str(step.payload["mark"])
            made: Any = next((a for a in self._mine("unpublished") if mark in text(a, "body_markdown")), None)
            made = made or self._post("/articles", json=article)
            return Published(handle={"article_id": self._id(made)})
        done = self._say("PUT", f"/articles/{step.payload['article_id']}", json=article)
        return Published(self._id(done), text(done, "url"))

    def _mine(self, which: str, pages: int = 1) -> Iterator[Mapping[str, Any]]:
        """Our own articles, newest first."""
        for page in range(1, pages + 1):
            found = self._get(f"/articles/me/{which}", page=page, per_page=PAGE)
            if not isinstance(found, list):
                raise self._unreadable(writing=False)
            yield from mappings(found)
            if len(found) < PAGE:
                return

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Asks on which of our two lists the article stands. On neither: somebody deleted it."""
        id = step.payload["article_id"]
        for one in self._mine("published"):
            if str(one.get("id")) == id:
                return Published(id, text(one, "url"))
        unpublished = any(str(one.get("id")) == id for one in self._mine("unpublished"))
        return Absent(complete=unpublished)

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words, and whatever else is chosen anew."""
        options = draft.options
        chosen = {name: value for name, value in _chosen(options).items() if value}
        article = {**chosen, "body_markdown": _body(draft.parts[0].text, options)}
        done = self._say("PUT", f"/articles/{self._number(remote_id)}", json={"article": article})
        return Published(self._id(done), text(done, "url"))

    def delete(self, remote_id: str) -> None:
        """Back among the drafts: DEV lets nobody delete by its API."""
        answer = self._ask("PUT", f"/articles/{self._number(remote_id)}", json={"article": {"published": False}})
        if answer.status != 404:
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        answer = self._ask("GET", f"/articles/{quote(remote_id)}")
        if answer.status == 404:
            return None
        one = self._read(answer, writing=False)
        said = typed_of(text(one, "body_markdown").replace(LIQUID, "{"))
        return Seen(self._id(one, writing=False), text(one, "url"), said, instant(one, "published_at"), (), one)

    def _number(self, remote_id: str) -> str:
        seen = None if remote_id.isdecimal() else self.fetch(remote_id)
        return seen.remote_id if seen else quote(remote_id, safe="")

    @classmethod
    def id_in(cls, url: str) -> str:
        """A link carries no number: it is asked for by ``person/slug``, which the network takes in its place."""
        return urlsplit(url).path.strip("/")

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Every comment below the article, newest first. The server gives them whole."""
        found = self._get("/comments", a_id=remote_id)
        if not isinstance(found, list):
            raise self._unreadable(writing=False)
        items = list(_messages(mappings(found), remote_id))
        return Page(tuple(sorted(items, key=lambda message: message.at, reverse=True)))

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Views, reactions and comments, as our own list of articles tells them (K)."""
        wanted, readings = set(remote_ids), dict[str, Reading]()
        fields = {"views": "page_views_count", "likes": "public_reactions_count", "replies": "comments_count"}
        for one in self._mine("published", PAGES):
            id = str(one.get("id"))
            if id in wanted:
                readings[id] = Reading({name: number(one, field) for name, field in fields.items()}, one)
                if len(readings) == len(wanted):
                    break
        return readings

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        if answer.status == 401:
            sentence = _("%(network)s no longer accepts our API key. Make a new one and connect anew.")
            return SignInAgain(quoting(sentence % {"network": self.label}, answer.reason()), code="401")
        if answer.status == 429:
            at = answer.retry_at or answer.at + timedelta(seconds=30)
            sentence = _("%(network)s asks us to slow down.") % {"network": self.label}
            return NotNow(quoting(sentence, answer.reason()), retry_at=at, code="429")
        if answer.status == 422 and "five minutes" in answer.reason():  # of a draft: the title is there already
            sentence = _("%(network)s takes the same title only every five minutes. It is tried again.")
            at = answer.at + timedelta(minutes=5)
            return NotNow(quoting(sentence % {"network": self.label}, answer.reason()), retry_at=at, code="title")
        if 300 <= answer.status < 400:
            sentence = _("%(network)s has moved to another address. Connect the channel anew.")
            return Refused(sentence % {"network": self.label}, code="moved")
        return super().understand(answer, writing=writing)


def _body(said: str, options: JSON) -> str:
    if is_markdown(options):
        return markdown_of(said, markdown=True)
    return markdown_of(said).replace("\\{", LIQUID)


def _chosen(options: JSON) -> dict[str, Any]:
    """The article's fields from the options; those that were left empty are not said."""
    fields = {"title": "title", "excerpt": "description", "canonical_url": "canonical_url", "cover_url": "main_image",
              "series": "series"}  # fmt: skip
    chosen: dict[str, Any] = {field: str(options[name]) for name, field in fields.items() if options.get(name)}
    if tags := tags_of(options):
        chosen["tags"] = ", ".join(tags)
    if str(options.get("organization_id") or "").isdecimal():
        chosen["organization_id"] = int(options["organization_id"])
    return chosen


def _messages(comments: list[Mapping[str, Any]], parent: str) -> Iterator[Message]:
    for one in comments:
        id, name = text(one, "id_code"), text(one, "user", "username")
        if id:
            yield Message(
                remote_id=id, kind="reply", author=f"@{name}" if name else "", author_name=text(one, "user", "name"),
                text=plain(text(one, "body_html")).linked, at=instant(one, "created_at") or datetime.now(UTC),
                parent_id=parent, raw=one,
            )  # fmt: skip
        yield from _messages(mappings(one, "children"), id or parent)
