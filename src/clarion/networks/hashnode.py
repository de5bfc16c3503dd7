"""Hashnode, with a person's access token, by GraphQL. https://apidocs.hashnode.com

An article is made as a draft and then only published, by the draft's id; the draft remembers what became of it.
A no comes with status 200 and ``errors``: every answer is read for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable
from .api import JsonApi, host_of, instant, mappings, number, text, within
from .articles import (
    CANONICAL,
    FORMAT,
    LONGEST,
    TAGS,
    is_markdown,
    is_on,
    markdown_of,
    slug_of,
    tags_of,
    title_of_at_most,
    typed_of,
)
from .base import (
    FIRST_COMMENT,
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
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Token,
    Unknown,
    Words,
)  # fmt: skip
from .canonical import same_form
from .lookup import Mine, read_back
from .wording import _, gettext_noop, quoting

PAGE = 20
ANSWERS = 50
_POST = "id slug url title publishedAt content { markdown } views reactionCount responseCount"
_SAID = "id dateAdded content { markdown text } author { id username name }"
ASK: Mapping[str, str] = {
    "me": "query Me { me { id username name profilePicture publications(first: 50) "
          "{ edges { node { id title url favicon } } } } }",
    "publication": "query Publication($id: ObjectId!) { publication(id: $id) "
                   "{ id title url favicon followersCount posts(first: 1) { totalDocuments } } }",
    "draft": "query Draft($id: ObjectId!) { draft(id: $id) { id slug publishedPost { id url } } }",
    "newest": "query Newest($id: ObjectId!) { publication(id: $id) "
              "{ posts(first: 20) { edges { node { id slug url } } } } }",
    "post": f"query Post($id: ID!) {{ post(id: $id) {{ {_POST} }} }}",
    "comments": "query Comments($id: ID!, $after: String) { post(id: $id) { comments(first: 20, after: $after, "
                f"sortBy: RECENT) {{ edges {{ node {{ {_SAID} "
                f"replies(first: {ANSWERS}) {{ edges {{ node {{ {_SAID} }} }} }} "
                "} } pageInfo { hasNextPage endCursor } } } }",
    "createDraft": "mutation CreateDraft($input: CreateDraftInput!) { createDraft(input: $input) { draft { id } } }",
    "publishDraft": "mutation PublishDraft($input: PublishDraftInput!) { publishDraft(input: $input) "
                    "{ post { id url } } }",
    "updatePost": "mutation UpdatePost($input: UpdatePostInput!) { updatePost(input: $input) { post { id url } } }",
    "removePost": "mutation RemovePost($input: RemovePostInput!) { removePost(input: $input) { post { id } } }",
    "addComment": "mutation AddComment($input: AddCommentInput!) { addComment(input: $input) { comment { id } } }",
    "addReply": "mutation AddReply($input: AddReplyInput!) { addReply(input: $input) { reply { id } } }",
}  # fmt: skip
"""Everything that is ever said, by name: the public schema judges it."""


class Hashnode(JsonApi):
    """One publication (blog) by one of its people."""

    name = "hashnode"
    label = "Hashnode"
    family = "site"
    words = Words(post="article", like="reaction")
    api: ClassVar[str] = "https://gql.hashnode.com/"
    sign_in = (
        Token(
            (
                Field("access_token", gettext_noop("Personal access token"), secret=True,
                      help=gettext_noop("Account settings → Developer → Generate new token")),
                Field("blog", gettext_noop("Blog"), required=False,
                      help=gettext_noop("its address, where you have several")),
            )
        ),
    )  # fmt: skip
    rules = Rules(text=Text(LONGEST, unit="codepoint"))  # pictures: there is no upload, and lent addresses would end
    options = (
        title_of_at_most(None), FORMAT, Option("subtitle", gettext_noop("Subtitle"), "text"), TAGS,
        Option("slug", gettext_noop("Address"), "text",
               help=gettext_noop("The last part of the link. Left empty, it is made from the title.")),
        Option("cover_url", gettext_noop("Cover picture"), "address",
               help=gettext_noop("A public address that stays: the network takes no uploads.")),
        CANONICAL,
        Option("newsletter", gettext_noop("Send to the newsletter's readers"), "flag",
               help=gettext_noop("Mail that was sent cannot be taken back.")),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.HANDLE)
    budget = Budget(500, per=timedelta(minutes=1))  # K
    docs = "https://apidocs.hashnode.com"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``access_token``, and ``blog`` (its address) for who has several."""
        token, blog = fields.get("access_token", "").strip(), fields.get("blog", "").strip().lower()
        if not token:
            raise Refused(_("Paste your access token."), code="access_token")
        us = cls(Account(), http=http, vault=NoVault({"access_token": token}), app=app)
        me = within(us._graph("me"), "me")
        blogs = [
            edge["node"] for edge in mappings(me, "publications", "edges") if isinstance(edge.get("node"), Mapping)
        ]
        wanted = blog.partition("://")[2].strip("/") if "://" in blog else blog.strip("/")
        found = [one for one in blogs if not wanted or _host(one) == wanted]
        if len(found) != 1:
            hosts = ", ".join(_host(one) for one in blogs)
            sentence = (
                _("Type the address of one of your blogs: %(blogs)s.")
                if hosts
                else _("You have no blog on Hashnode yet.")
            )
            raise Refused(sentence % {"blogs": hosts}, code="blog")
        us.account = Account(settings={"user": text(me, "username"), "user_id": text(me, "id")})
        return Connected(us._account(found[0]), {"access_token": token})

    def whoami(self) -> Account:
        if not text(within(self._graph("me"), "me"), "id"):
            raise self._dead("")
        return self._account(within(self._graph("publication", id=self.account.remote_id), "publication"))

    def _account(self, blog: Any) -> Account:
        return replace(
            self.account, remote_id=self._id(blog, writing=False), handle=_host(blog) or self.account.handle,
            url=text(blog, "url"), name=text(blog, "title"), avatar=text(blog, "favicon"),
        )  # fmt: skip

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": self._token()}

    def _graph(self, name: str, **variables: Any) -> Any:
        """One of ``ASK`` and its data. A mutation is a write."""
        writing = ASK[name].startswith("mutation")
        body = {"query": ASK[name], "variables": variables}
        data = within(self._say("POST", "", json=body, writing=writing), "data")
        if not isinstance(data, Mapping):
            raise self._unreadable(writing=writing)
        return data

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The draft, its publication, and the first comment."""
        payload = {"text": draft.parts[0].text, "options": dict(draft.options)}
        steps = (Step("draft", 0, public=False, payload=payload), Step("post", 1, payload=payload))
        return (*steps, *self.comment(draft, after=2))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        said = str(step.payload.get("text", ""))
        if step.kind == "draft":
            return {
                **step.payload,
                "say": "createDraft",
                "input": self._drafted(said, step.payload.get("options") or {}),
            }
        parent = str(step.payload.get("in_reply_to") or "")
        if step.kind == "comment":
            parent = next((s.remote_id for s in reversed(step.earlier) if s.kind == "post"), "")
        if parent:
            post, _slash, comment = parent.partition("/")
            words = {"contentMarkdown": markdown_of(said)}
            if comment:
                return {**step.payload, "say": "addReply", "post": post, "input": {**words, "commentId": comment}}
            return {**step.payload, "say": "addComment", "post": post, "input": {**words, "postId": post}}
        done = next((s for s in reversed(step.earlier) if s.kind == "draft"), None)
        id = str(done.handle["draft_id"]) if done else ""
        slug = str(within(done.payload, "input", "slug") or "") if done else ""
        return {**step.payload, "say": "publishDraft", "slug": slug, "input": {"draftId": id}}

    def _drafted(self, said: str, options: JSON) -> dict[str, Any]:
        title = str(options.get("title") or "")
        asked: dict[str, Any] = {
            "publicationId": self.account.remote_id, "title": title,
            "contentMarkdown": markdown_of(said, markdown=is_markdown(options)),
        }  # fmt: skip
        if slug := str(options.get("slug") or "").strip() or slug_of(title):
            asked["slug"] = slug
        for name, field in (("subtitle", "subtitle"), ("canonical_url", "originalArticleURL")):
            if options.get(name):
                asked[field] = str(options[name])
        if options.get("cover_url"):
            asked["coverImageOptions"] = {"coverImageURL": str(options["cover_url"])}
        if tags := tags_of(options):
            asked["tags"] = [{"name": tag, "slug": slug_of(tag) or tag} for tag in tags]
        if is_on(options.get("newsletter")):
            asked["settings"] = {"activateNewsletter": True}
        return asked

    def publish(self, step: Step, *, key: str) -> Published:
        name = str(step.payload["say"])
        made = within(self._graph(name, input=step.payload["input"]), name)
        if name == "createDraft":
            return Published(handle={"draft_id": self._id(made, "draft", "id")})
        if name == "publishDraft":
            return Published(self._id(made, "post", "id"), text(made, "post", "url"))
        return Published(
            f"{step.payload['post']}/{self._id(made, 'comment' if name == 'addComment' else 'reply', 'id')}"
        )

    def reply(self, step: Step, *, key: str) -> Published:
        """A comment: ``in_reply_to`` is an article's id, or ``article/comment``."""
        return self.publish(step, key=key)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Asks the draft what became of it; looks for a comment among our own."""
        if step.payload["say"] in ("addComment", "addReply"):
            return self._find_comment(step)
        draft = within(self._graph("draft", id=step.payload["input"]["draftId"]), "draft")
        if isinstance(draft, Mapping):
            post = within(draft, "publishedPost")
            return Published(self._id(post, writing=False), text(post, "url")) if post else Absent()
        # K: a published draft may be gone as a draft. Then its slug is among the newest articles.
        newest = within(self._graph("newest", id=self.account.remote_id), "publication", "posts")
        for edge in mappings(newest, "edges"):
            if step.payload.get("slug") and text(edge, "node", "slug") == step.payload["slug"]:
                return Published(self._id(edge, "node", "id", writing=False), text(edge, "node", "url"))
        return None

    def _find_comment(self, step: Step) -> Published | Absent:
        post, request = str(step.payload["post"]), step.payload["input"]
        wanted = same_form(typed_of(request["contentMarkdown"]))
        under = str(request.get("commentId") or "")

        def is_it(one: Message) -> bool:
            parent = f"{post}/{under}" if under else post
            mine = text(one.raw, "author", "id") == self.account.settings.get("user_id")  # names change
            return mine and one.parent_id == parent and same_form(one.text) == wanted

        answers = 0

        def page(cursor: str) -> tuple[tuple[Message, ...], str]:
            nonlocal answers
            told = self.replies(post, cursor=cursor)
            answers += sum(1 for one in told.items if one.parent_id == f"{post}/{under}")
            return told.items, told.cursor

        # Nothing says in which order they come: only the last page ends the look.
        found = read_back(step, page, http=self.http, mine=lambda one: Mine(one.remote_id), is_it=is_it, most=20)
        # A comment's own answers come without pages: of so many there may be more.
        return Absent(complete=False) if found == Absent(complete=True) and answers >= ANSWERS else found

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words, and a new title or subtitle where given."""
        options = draft.options
        words = markdown_of(draft.parts[0].text, markdown=is_markdown(options))
        request = {"id": remote_id, "contentMarkdown": words}
        request |= {name: str(options[name]) for name in ("title", "subtitle") if options.get(name)}
        post = within(self._graph("updatePost", input=request), "updatePost", "post")
        return Published(self._id(post), text(post, "url"))

    def delete(self, remote_id: str) -> None:
        with suppress(_Gone):
            self._graph("removePost", input={"id": remote_id})

    def fetch(self, remote_id: str) -> Seen | None:
        post = self._seen(remote_id)
        if post is None:
            return None
        said = typed_of(text(post, "content", "markdown"))
        at = instant(post, "publishedAt")
        return Seen(self._id(post, writing=False), text(post, "url"), said, at, (), post)

    def _seen(self, remote_id: str) -> Mapping[str, Any] | None:
        try:
            post = within(self._graph("post", id=remote_id), "post")
        except _Gone:
            return None
        return post if isinstance(post, Mapping) else None

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Comments below the article and the replies to them."""
        post = within(self._graph("comments", id=remote_id, after=cursor or None), "post")
        told = within(post, "comments")
        if post is not None and not isinstance(within(told, "edges"), list):
            raise self._unreadable(writing=False)
        items: list[Message] = []
        for edge in mappings(told, "edges"):
            one = _message(within(edge, "node"), remote_id, remote_id)
            items.append(one)
            items += [_message(within(inner, "node"), remote_id, one.remote_id)
                      for inner in mappings(edge, "node", "replies", "edges")]  # fmt: skip
        more = within(told, "pageInfo", "hasNextPage") is True
        return Page(tuple(items), text(told, "pageInfo", "endCursor") if more else "")

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        fields = {"views": "views", "likes": "reactionCount", "replies": "responseCount"}
        found = {id: self._seen(id) for id in remote_ids}
        return {
            id: Reading({name: number(post, field) for name, field in fields.items()}, post)
            for id, post in found.items() if post is not None
        }  # fmt: skip

    def measure_account(self) -> Reading:
        blog = within(self._graph("publication", id=self.account.remote_id), "publication")
        posts, followers = number(blog, "posts", "totalDocuments"), number(blog, "followersCount")
        return Reading({"posts": posts, "followers": followers})

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        """K: the codes. ``errors`` beside status 200 is a no, and one that nobody knows is Unknown for a write."""
        errors = self._errors(answer)
        if not errors:
            return super().understand(answer, writing=writing)
        code, said, named = text(errors[0], "extensions", "code"), answer.reason(), {"network": self.label}
        if code == "UNAUTHENTICATED":
            return self._dead(said)
        if code == "FORBIDDEN":
            sentence = _("%(network)s does not let us write in this blog. Ask its owner for the role, connect anew.")
            return SignInAgain(quoting(sentence % named, said), code=code)
        if code in ("NOT_FOUND", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"):
            kind = _Gone if code == "NOT_FOUND" else Refused
            return kind(quoting(_("%(network)s refused it.") % named, said), code=code)
        if code in ("TOO_MANY_REQUESTS", "RATE_LIMITED") or answer.status == 429:
            at = answer.retry_at or answer.at + timedelta(minutes=1)
            slow = _("%(network)s asks us to slow down.") % named
            return NotNow(quoting(slow, said), retry_at=at, code=code or "429")
        if 400 <= answer.status < 500:
            return super().understand(answer, writing=writing)
        if writing:
            sentence = _("%(network)s failed while it worked on it: it may have happened.")
            return Unknown(quoting(sentence % named, said), code=code)
        return NotNow(quoting(_("%(network)s is not working at the moment.") % named, said), code=code)

    def _dead(self, said: str) -> SignInAgain:
        sentence = _("%(network)s no longer accepts our token. Make a new one and connect anew.")
        return SignInAgain(quoting(sentence % {"network": self.label}, said), code="UNAUTHENTICATED")

    @staticmethod
    def _errors(answer: Answer) -> list[Mapping[str, Any]]:
        try:
            return mappings(answer.json(), "errors")
        except Unreadable:
            return []


class _Gone(Refused):
    """What was asked for is not there."""


def _host(blog: Any) -> str:
    return host_of(text(blog, "url"))


def _message(one: Any, post: str, parent: str) -> Message:
    name = text(one, "author", "username")
    return Message(
        remote_id=f"{post}/{text(one, 'id')}", kind="reply", author=f"@{name}", author_name=text(one, "author", "name"),
        text=typed_of(text(one, "content", "markdown")), at=instant(one, "dateAdded") or datetime.now(UTC),
        parent_id=parent, raw=one if isinstance(one, Mapping) else {},
    )  # fmt: skip
