"""LinkedIn: members and organisation pages. https://learn.microsoft.com/en-us/linkedin/marketing/

LinkedIn keeps no key of ours. A page's posts can be read, so a lost one is recognised among them. A member's cannot:
there a person looks, and when they let it be sent again, LinkedIn's refusal of a double names the post that is there.

Not declared: `messages` and `search` (no API), `hide` (no API), `share` (M: it would be a post of its own).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from .api import mappings, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Budget,
    Documents,
    Draft,
    Images,
    OAuth,
    Once,
    Option,
    Polls,
    Problem,
    Processing,
    Published,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Unknown,
    Videos,
    Words,
)
from .canonical import same_form
from .linkedin_api import AT_ONCE, MEMBER, PAGE, PAGES, instant, little, shown
from .linkedin_social import COMMENT, LinkedInSocial, url_of
from .linkedin_uploads import DOCUMENTS, PICTURES, kind_of
from .look import Look
from .lookup import BEFORE, Mine, looked_up
from .text import little as as_shown
from .wording import _, gettext_noop

LENGTHS = {1: "ONE_DAY", 3: "THREE_DAYS", 7: "SEVEN_DAYS", 14: "FOURTEEN_DAYS"}
"""How long a poll runs, by days."""
PIXELS = 36_152_320
QUESTION, TALK = 140, 1250
"""K: the longest question of a poll, the longest comment."""
_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):\d+")


class LinkedIn(LinkedInSocial):
    """One member or one organisation, by an application of our own."""

    name, label = "linkedin", "LinkedIn"
    words = Words(post="post", share="repost", like="like")
    docs = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api"
    app_words = (gettext_noop("Client ID"), gettext_noop("Primary client secret"))
    sign_in = (OAuth(scopes={**MEMBER, **PAGE}),)
    # M: 3,000 characters, the number of pixels. H: 20 pictures, four answers. K: all other numbers.
    look = Look(
        card="small", cut=210, lines=3, most=5, many=1.5, single=(0.8, 1.91),
        acts=("heart", "message-square", "repeat-2", "send"),
    )  # fmt: skip
    rules = Rules(
        text=Text(3000, unit="little"),
        images=Images(20, alt=4086, types=PICTURES, frames=250),
        videos=Videos(1, size=500_000_000, seconds=1800, shortest=3.0, captions=("srt",), captions_most=1),
        documents=Documents(1, size=100_000_000, types=DOCUMENTS),
        polls=Polls(4, 30, timedelta(days=1), timedelta(days=14)),
        text_required=False,
    )
    unsure = frozenset({("alt", 4086), ("media", 16_000_000), ("media", 500_000_000), ("media", 1800), ("media", 3),
                        ("media", 100_000_000), ("media", 250), ("poll", 30)})  # fmt: skip
    options: ClassVar[tuple[Option, ...]] = (
        Option(
            "visibility", gettext_noop("Who can see it"), "choice", default="PUBLIC",
            choices=(("PUBLIC", gettext_noop("Everyone")), ("LOGGED_IN", gettext_noop("Signed-in members")),
                     ("CONNECTIONS", gettext_noop("Your connections"))),
        ),
        Option(
            "link", gettext_noop("Link"), "address",
            help=gettext_noop("Shown as a card below the post. One picture, if there is one, becomes the card's."),
        ),
        Option("link_title", gettext_noop("Title of the link card"), "text", limit=400),
        Option("link_description", gettext_noop("Description on the link card"), "text", limit=4086),
        Option("title", gettext_noop("Title of the video or document"), "text", limit=400),
        Option("poll", gettext_noop("Poll"), "poll"),
        Option(
            "poll_question", gettext_noop("Question of the poll"), "text",
            help=gettext_noop("Left empty: the first line of the text."),
        ),
        Option("no_reshare", gettext_noop("Nobody may repost it"), "flag"),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.LOOKUP, settle=timedelta(seconds=90), settle_slow=timedelta(seconds=180))
    # K: what a self-made application gets, by UTC days. LinkedIn publishes no others; its own 429 tells the truth.
    budget = (
        Budget(150, per=timedelta(days=1)),
        Budget(100_000, per=timedelta(days=1), name="calls", of=Budget.APP),
    )

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = [
            replace(one, level="warn") if (one.field, one.limit) in self.unsure else one
            for one in super().problems(draft)
        ]
        part, options, named = draft.parts[0], draft.options, {"network": self.label}
        for media in part.media:
            pixels = media.width * media.height
            if media.is_image and pixels >= PIXELS:
                sentence = _(
                    "“%(name)s” has %(count)d pixels; %(network)s takes fewer than %(limit)d. Make it smaller."
                )
                values = {**named, "name": media.name, "count": pixels, "limit": PIXELS}
                found.append(Problem("media", sentence % values, 0, pixels, PIXELS))
        if options.get("link") and (len(part.media) > 1 or any(not media.is_image for media in part.media)):
            sentence = _("%(network)s shows a link card or files, not both. One picture may be the card's.")
            found.append(Problem("link", sentence % named))
        if options.get("poll"):
            question = _question(part.text, options)
            if options.get("link"):
                found.append(Problem("poll", _("%(network)s takes a poll or a link card, not both.") % named))
            if not question:
                sentence = _("A poll on %(network)s has a question. Write it in the text or in its own field.")
                found.append(Problem("poll_question", sentence % named))
            elif len(question) > QUESTION:
                values = {**named, "count": len(question), "limit": QUESTION}
                sentence = _("The question of the poll has %(count)d characters; %(network)s may take only %(limit)d.")
                found.append(Problem("poll_question", sentence % values, 0, len(question), QUESTION, "warn"))
        comment = str(options.get(FIRST_COMMENT.name) or "").strip()
        if len(comment) > TALK:
            values = {**named, "count": len(comment), "limit": TALK}
            sentence = _("The first comment has %(count)d characters; %(network)s may take only %(limit)d.")
            found.append(Problem(FIRST_COMMENT.name, sentence % values, 0, len(comment), TALK, "warn"))
        if options.get("visibility") == "CONNECTIONS" and self._is_page:
            sentence = _("A page on %(network)s has no connections: it may refuse this. Choose another visibility.")
            found.append(Problem("visibility", sentence % named, level="warn"))
        return found

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """Files and the link's card first, then the post. A video goes up in several steps."""
        steps = [
            Step(kind, index, public=False, payload=payload, media=media)
            for index, (kind, payload, media) in enumerate(self._upload_steps(draft))
        ]
        payload = {"text": draft.parts[0].text, "options": dict(draft.options)}
        steps.append(Step("post", len(steps), payload=payload))
        return (*steps, *self.comment(draft, after=len(steps)))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact request, and for a comment what it stands below."""
        if not step.public:
            return step.payload
        target = str(step.payload.get("in_reply_to") or "")
        if step.kind == "comment":
            target = next(done.remote_id for done in reversed(step.earlier) if done.kind == "post")
        if target:
            request = self._comment_request(target, str(step.payload["text"]))
            return {**step.payload, "target": target, "request": request}
        return {**step.payload, "request": self._request(step)}

    def _request(self, step: Step) -> dict[str, Any]:
        options, words = step.payload.get("options") or {}, str(step.payload.get("text") or "")
        request: dict[str, Any] = {
            "author": self._me, "commentary": little(words), "visibility": str(options.get("visibility") or "PUBLIC"),
            "distribution": {
                "feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED", "isReshareDisabledByAuthor": bool(options.get("no_reshare")),
        }  # fmt: skip
        if content := self._content(step, words, options):
            request["content"] = content
        return request

    @staticmethod
    def _content(step: Step, words: str, options: JSON) -> JSON:
        files = [done for done in step.earlier if done.kind == "upload" and done.media is not None]
        pictures = [
            {"id": done.handle["urn"], **({"altText": alt} if (alt := str(done.payload.get("alt") or "")) else {})}
            for done in files
        ]
        card = next((done.handle["card"] for done in step.earlier if done.kind == "card"), None)
        if card:
            thumbnail = pictures[0] if pictures else {"id": text(card, "thumb", "urn")}
            article = {
                "source": card["uri"], "title": card["title"], "description": card.get("description") or "",
                "thumbnail": thumbnail["id"], "thumbnailAltText": thumbnail.get("altText", ""),
            }  # fmt: skip
            return {"article": {name: value for name, value in article.items() if value}}
        if len(pictures) > 1:
            return {"multiImage": {"images": pictures}}
        if files:
            media = files[0].media
            titled = media is not None and not media.is_image
            title = str(options.get("title") or (media.name if media and kind_of(media) == "document" else ""))
            return {"media": {**pictures[0], **({"title": title} if titled and title else {})}}
        if poll := options.get("poll"):
            return {"poll": _poll(poll, _question(words, options))}
        return {}

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if not step.public:
            return self._quiet(step)
        payload = step.payload if step.payload.get("request") else self.prepare(step, key=key, now=datetime.min)
        if payload.get("target"):
            return self._commented(replace(step, payload=payload))
        answer = self._ask("POST", "/rest/posts", json=payload["request"])
        try:
            self._done(answer)
        except Refused as refused:
            if refused.code != "duplicate":
                raise
            return self._there(step, payload["request"], refused, named=_URN.search(answer.text))
        urn = answer.headers.get("x-restli-id") or answer.headers.get("x-linkedin-id") or ""
        if not urn:
            raise self._unreadable(writing=True)
        return Published(urn, url_of(urn))

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A comment below the post, or an answer to the comment, ``in_reply_to``."""
        return self.publish(step, key=key)

    def _there(self, step: Step, request: JSON, refused: Refused, *, named: re.Match[str] | None) -> Published:
        """M: the refusal of a double names the post that is there. It is adopted when it can only be ours."""
        if named is None or named[0] in step.taken:
            raise refused
        try:
            one = self._post_of(named[0])
        except SignInAgain as failure:
            if failure.code != "scope":
                raise
            # A member's post cannot be read. Nothing new was sent; whether the old one is this one, a person sees.
            sentence = _("%(network)s says that these words are there already: %(url)s. Look whether it is this post.")
            values = {"network": self.label, "url": url_of(named[0])}
            raise Unknown(sentence % values, code="duplicate") from None
        if one is None:
            sentence = _(
                "%(network)s refuses these words because of a post that was deleted. Nothing was sent. Change a word."
            )
            raise Refused(sentence % {"network": self.label}, code="duplicate_of_deleted")
        mine, since = _mine(one), step.since
        late = since is not None and (mine.at is None or mine.at < since - BEFORE + self._behind())
        if late or mine.remote_id in step.taken or not _is_same(one, request):
            raise refused
        return Published(mine.remote_id, mine.url)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Reads a page's own posts back to before the intent; of a member nothing can be read, so nobody can tell."""
        if not self._is_page:
            return None
        if step.payload.get("target"):
            return self._find_comment(step)
        request = step.payload["request"]
        pages: list[list[Mapping[str, Any]]] = []
        cursor, whole = "", False
        for _number in range(PAGES):
            told = self._listed(cursor)
            pages.append(told)
            whole = not told
            cursor = str(int(cursor or 0) + len(told))
            oldest = _mine(told[-1]).at if told else None
            if whole or (step.since and oldest and oldest < step.since - BEFORE + self._behind()):
                break
        return looked_up(
            step, pages, mine=_mine, is_it=lambda one: _is_same(one, request), skew=self._behind(), whole=whole
        )

    def _listed(self, start: str) -> list[Mapping[str, Any]]:
        told = self._finder(
            "/rest/posts", q="author", author=self._me, start=start or 0, count=AT_ONCE, sortBy="CREATED"
        )
        return self._elements(told)

    def _behind(self) -> timedelta:
        """How far LinkedIn's clock is behind ours, by its last answer; never ahead."""
        answer = self.http.answer
        theirs = answer.server_time if answer else None
        return min(theirs - answer.at, timedelta()) if answer and theirs else timedelta()

    # -- after publishing

    def _post_of(self, urn: str) -> Mapping[str, Any] | None:
        answer = self._ask("GET", f"/rest/posts/{quote(urn, safe='')}")
        if answer.status == 404:
            return None
        one = self._read(answer, writing=False)
        self._id(one, writing=False)
        return one if isinstance(one, Mapping) else None

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words. K: only they can be changed."""
        if found := COMMENT.match(remote_id):
            return self._edit_comment(found, draft)
        patch = {"patch": {"$set": {"commentary": little(draft.parts[0].text)}}}
        headers = {"X-RestLi-Method": "PARTIAL_UPDATE"}
        self._done(self._ask("POST", f"/rest/posts/{quote(remote_id, safe='')}", json=patch, headers=headers))
        return Published(remote_id, url_of(remote_id))

    def delete(self, remote_id: str) -> None:
        found = COMMENT.match(remote_id)
        address = self._comment_address(found) if found else f"/rest/posts/{quote(remote_id, safe='')}"
        answer = self._ask("DELETE", address, headers={"X-RestLi-Method": "DELETE"})
        if answer.status not in (404, 410):
            self._done(answer)

    def fetch(self, remote_id: str) -> Seen | None:
        if found := COMMENT.match(remote_id):
            return self._fetch_comment(found)
        one = self._post_of(remote_id)
        if one is None:
            return None
        files = mappings(one, "content", "multiImage", "images") or [within(one, "content", "media")]
        alts = tuple(text(file, "altText") for file in files if file)
        return Seen(remote_id, url_of(remote_id), shown(text(one, "commentary")), _mine(one).at, alts, one)

    @classmethod
    def id_in(cls, url: str) -> str:
        """The URN in an address: itself, or behind “activity-”."""
        address = unquote(url)
        if comment := re.search(r"urn:li:comment:\([^()]*\)", address):
            return comment[0]
        if found := _URN.search(address):
            return found[0]
        found = re.search(r"\b(share|ugcPost|activity)[-:](\d{6,})", address)
        return f"urn:li:{found[1]}:{found[2]}" if found else super().id_in(url)


def _mine(one: Mapping[str, Any]) -> Mine:
    urn = text(one, "id")
    return Mine(urn, url_of(urn), instant(one.get("createdAt")) or instant(one.get("publishedAt")))


def _is_same(one: Mapping[str, Any], ours: JSON) -> bool:
    """Is this the post that ``ours`` asked for: author, words, and what hangs on it?"""
    theirs, mine = (same_form(shown(text(post, "commentary"))) for post in (one, ours))
    return text(one, "author") == ours["author"] and theirs == mine and _hung(one) == _hung(ours)


def _hung(post: Mapping[str, Any]) -> Sequence[str]:
    """What hangs on a post: its files by their ids, the address of its card, the question of its poll."""
    content = within(post, "content")
    files = mappings(content, "multiImage", "images") or [within(content, "media")]
    ids = [text(file, "id") for file in files if file]
    return [*ids, text(content, "article", "source"), text(content, "poll", "question")]


def _question(words: str, options: Mapping[str, Any]) -> str:
    first = next((line.strip() for line in as_shown(words).splitlines() if line.strip()), "")
    return str(options.get("poll_question") or "").strip() or first


def _poll(asked: Mapping[str, Any], question: str) -> JSON:
    """LinkedIn knows four lengths: the shortest that is long enough, else the longest."""
    seconds = int(asked.get("seconds") or asked.get("expires_in") or 3 * 86_400)
    days = next((days for days in LENGTHS if days * 86_400 >= seconds), max(LENGTHS))
    options = [{"text": str(option).strip()} for option in asked["options"]]
    return {"question": question, "options": options, "settings": {"duration": LENGTHS[days]}}
