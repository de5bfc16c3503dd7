"""X. https://docs.x.com/x-api

X keeps no key of ours, so an own post is recognised among the account's last ones. A post costs money, one with a link
more; that is declared and shown before it is sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote

from . import captions, x_uploads
from .api import id_at, instant, mappings, number, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Budget,
    Draft,
    Images,
    Look,
    Media,
    Message,
    OAuth,
    Once,
    Option,
    Page,
    Polls,
    Price,
    Problem,
    Processing,
    Published,
    Reading,
    Rules,
    Seen,
    Step,
    Text,
    Videos,
    Words,
    utc,
)  # fmt: skip
from .lookup import BEFORE, Mine, looked_up
from .text_twitter import links
from .wording import _, gettext_noop, ngettext
from .x_api import (
    LISTED,
    NUMBERS,
    SAID,
    count,
    media_of,
    parent_of,
    poll,
    same_words,
    stamp,
    words_of,
)
from .x_uploads import MOVING, XUploads, is_moving

PAGES = 10
SKEW = timedelta(minutes=10)
"""The listing is asked from so long before the intent: what X calls the same minute may be another one."""
_CASHTAG = re.compile(r"(?<!\S)\$[A-Za-z]{1,6}(?![A-Za-z])")


class X(XUploads):
    """One account on X, by an application of the organisation's own: X charges the application."""

    name = "x"
    label = "X"
    known_as = ("Twitter",)
    words = Words(post="post", share="repost", like="like")
    sign_in = (
        OAuth(
            scopes={
                "tweet.read": gettext_noop("read posts, and look whether one is there"),
                "tweet.write": gettext_noop("publish and take down posts"),
                "users.read": gettext_noop("read the account's name and numbers"),
                "media.write": gettext_noop("upload pictures and videos"),
                "offline.access": gettext_noop("stay signed in"),
                "tweet.moderate.write": gettext_noop("hide replies"),
                "dm.read": gettext_noop("read direct messages"),
            }
        ),
    )  # fmt: skip
    look = Look(
        card="large", cut=280, alt_badge=True, many=1.78, warning="blur",
        acts=("message-square", "repeat-2", "heart", "chart-no-axes-column", "bookmark"),
    )  # fmt: skip
    rules = Rules(
        text=Text(280, unit="twitter_weighted"),
        images=Images(4, size=5_242_880, alt=1000, moving=15_728_640, frames=350),
        videos=Videos(
            1,
            size=536_870_912,
            seconds=140,
            shortest=0.5,
            ratios=(1 / 3, 3.0),
            types=("video/mp4", "video/quicktime"),
            captions=("srt", "vtt"),
        ),
        polls=Polls(4, 25, timedelta(minutes=5), timedelta(minutes=10_080)),
        parts=25,
        text_required=False,
        asked_of_server=True,
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option(
            "reply_settings", gettext_noop("Who can reply"), "choice",
            choices=(("", gettext_noop("Everyone")), ("following", gettext_noop("Accounts you follow")),
                     ("mentionedUsers", gettext_noop("Mentioned people")),
                     ("verified", gettext_noop("Verified accounts")), ("subscribers", gettext_noop("Subscribers"))),
        ),
        Option("poll", gettext_noop("Poll"), "poll"),
        Option("paid_partnership", gettext_noop("Paid partnership"), "flag"),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.LOOKUP, settle=timedelta(seconds=60), settle_slow=timedelta(seconds=120))
    budget = Budget(100, per=timedelta(minutes=15))
    docs = "https://docs.x.com/x-api"

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found, named = super().problems(draft), {"network": self.label}
        for index, part in enumerate(draft.parts):
            for media in part.media:
                tracks = self._tracks(media).values()
                for one in media.captions:
                    if one not in tracks:
                        sentence = _(
                            "%(network)s takes captions in languages with a code of two letters, one file for each. "
                            "Those in %(language)s stay away."
                        )
                        values = {**named, "language": one.label or one.language}
                        found.append(Problem("captions", sentence % values, index, level="warn"))
            gifs = [media for media in part.media if is_moving(media)]
            if gifs and len(part.media) > 1:
                sentence = _("%(network)s takes one animated picture, and nothing beside it.")
                found.append(Problem("media", sentence % named, index, len(part.media), 1))
            for media in gifs:
                if media.width > MOVING[0] or media.height > MOVING[1]:
                    sentence = _(
                        "“%(name)s” is %(width)d × %(height)d; %(network)s takes %(wide)d × %(high)d of what moves."
                    )
                    sides = {"width": media.width, "height": media.height, "wide": MOVING[0], "high": MOVING[1]}
                    found.append(Problem("media", sentence % {**named, "name": media.name, **sides}, index))
            if len(_CASHTAG.findall(part.text)) > 1:
                sentence = _("%(network)s takes one cashtag ($NAME) from most applications. It may refuse this.")
                found.append(Problem("text", sentence % named, index, level="warn"))
        if len(draft.parts) > 1 or str(draft.options.get(FIRST_COMMENT.name) or "").strip():
            # Not stated whether replies to oneself are free of the rule of 2026-02-23.
            sentence = _(
                "%(network)s limits replies by applications: it may refuse what follows the first part. "
                "Make sure that the first part stands alone."
            )
            found.append(Problem("parts", sentence % named, level="warn"))
        return found

    def price(self, draft: Draft) -> Price | None:
        """USD for everything that the draft sends: each part, the first comment, each description (H, 2026)."""
        said = [part.text for part in draft.parts]
        said += [comment] if (comment := str(draft.options.get(FIRST_COMMENT.name) or "").strip()) else []
        linked = sum(1 for words in said if links(words))
        alts = sum(1 for part in draft.parts for media in part.media if media.alt)
        amount = linked * Decimal("0.200") + (len(said) - linked) * Decimal("0.015") + alts * Decimal("0.005")
        return Price(amount, "USD", _bought(len(said), linked=linked, described=alts))

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """As everywhere, but a video goes up in several steps: opened, sent in stretches, closed, given captions."""
        steps: list[Step] = []
        for index, part in enumerate(draft.parts):
            for media in part.media:
                for kind, payload in self._upload_steps(media):
                    steps.append(Step(kind, len(steps), part=index, public=False, payload=payload, media=media))
                steps += captions.steps(media, [*self._tracks(media).values()], part=index, after=len(steps))
            payload = {"text": part.text, "options": dict(draft.options)}
            steps.append(Step("post", len(steps), part=index, payload=payload))
        return (*steps, *self.comment(draft, after=len(steps)))

    @staticmethod
    def _upload_steps(media: Media) -> Iterator[tuple[str, JSON]]:
        if media.is_video:
            yield "open", {}
            for start in range(0, media.size, x_uploads.SEGMENT * x_uploads.SEGMENTS):
                yield "send", {"offset": start, "size": min(x_uploads.SEGMENT * x_uploads.SEGMENTS, media.size - start)}
        yield "upload", {"alt": media.alt}

    def prepare(self, step: Step, *, key: str, now: Any) -> JSON:
        """Adds the exact request: which uploads hang on the post, which post it answers."""
        return {**step.payload, "request": self._request(step)} if step.public else step.payload

    def _request(self, step: Step) -> dict[str, Any]:
        options: Mapping[str, Any] = step.payload.get("options") or {}
        request: dict[str, Any] = {"text": str(step.payload.get("text") or "")}
        media = [s.handle["media_id"] for s in step.earlier if s.kind == "upload" and s.part == step.part]
        if media and step.kind == "post":
            request["media"] = {"media_ids": media}
        before = [s.remote_id for s in step.earlier if s.kind == "post"]
        parent = before[-1] if before else str(step.payload.get("in_reply_to") or "")
        if parent:
            request["reply"] = {"in_reply_to_tweet_id": parent}
        elif options.get("reply_settings"):
            request["reply_settings"] = str(options["reply_settings"])
        if options.get("paid_partnership"):
            request["paid_partnership"] = True
        if options.get("poll") and step.part == 0:
            request["poll"] = poll(options["poll"])
        return request

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if not step.public:
            return self._uploaded(step)
        made = self._post("/2/tweets", json=step.payload.get("request") or self._request(step))
        return self._published(self._id(made, "data", "id"))

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A post whose payload has ``in_reply_to``: allowed where its author mentioned or quoted us."""
        return self.publish(step, key=key)

    def _published(self, remote_id: str) -> Published:
        return Published(remote_id, self._url(remote_id))

    def _url(self, remote_id: str, name: str = "") -> str:
        return f"https://x.com/{name or self.account.handle.lstrip('@') or 'i'}/status/{remote_id}"

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Reads the account's own posts of the time since the intent and compares words, media and parent."""
        request = step.payload.get("request") or self._request(step)
        wanted = within(request, "media", "media_ids") or []
        parent, poll = text(request, "reply", "in_reply_to_tweet_id"), bool(request.get("poll"))

        def is_it(one: Mapping[str, Any]) -> bool:
            return (
                len(media_of(one)) == len(wanted)
                and parent_of(one) == parent
                and bool(within(one, "attachments", "poll_ids")) == poll
                and same_words(one, str(request["text"]), is_reply=bool(parent))
            )

        pages, whole = self._own_posts(step)
        answer = self.http.answer
        theirs = answer.server_time if answer else None
        behind = min(theirs - answer.at, timedelta()) if answer and theirs else timedelta()
        return looked_up(step, pages, mine=self._mine, is_it=is_it, skew=max(behind, BEFORE - SKEW), whole=whole)

    def _mine(self, one: Mapping[str, Any]) -> Mine:
        id = id_at(one, "id")
        return Mine(id, self._url(id), instant(one, "created_at"))

    def _own_posts(self, step: Step) -> tuple[list[Sequence[Mapping[str, Any]]], bool]:
        """The pages of our posts since the intent, newest first, and whether these are all."""
        since = stamp(step.since - SKEW) if step.since else ""
        path, token = f"/2/users/{quote(self._me, safe='')}/tweets", ""
        pages: list[Sequence[Mapping[str, Any]]] = []
        for _page in range(PAGES):
            told = self._get(path, max_results=100, start_time=since, pagination_token=token, **LISTED)
            self._listing(told)
            pages.append(mappings(told, "data"))
            token = text(told, "meta", "next_token")
            if not token:
                return pages, True
        return pages, False  # busier than that: what was not read is not known to be absent

    def _listing(self, told: Any) -> None:
        """A list says how long it is; an answer that does not is no list."""
        if not isinstance(within(told, "data"), list) and number(told, "meta", "result_count") != 0:
            raise self._unreadable(writing=False)

    # -- after publishing

    def delete(self, remote_id: str) -> None:
        answer = self._ask("DELETE", f"/2/tweets/{quote(remote_id, safe='')}")
        if answer.status != 404:
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        fields = {**LISTED, "media.fields": "alt_text,media_key"}
        answer = self._ask("GET", f"/2/tweets/{quote(remote_id, safe='')}", params=fields)
        failure = self.understand(answer, writing=False)
        if answer.status == 404 or (failure is not None and failure.code == "resource-not-found"):
            return None
        told = self._read(answer, writing=False)
        one, shown = within(told, "data"), mappings(told, "includes", "media")
        alts = {text(media, "media_key"): text(media, "alt_text") for media in shown}
        id = self._id(one, writing=False)
        return Seen(
            id, self._url(id), words_of(one), instant(one, "created_at"),
            tuple(alts.get(k, "") for k in media_of(one)), one,
        )  # fmt: skip

    def share(self, remote_id: str) -> None:
        self._post(f"/2/users/{quote(self._me, safe='')}/retweets", json={"tweet_id": remote_id})

    def hide(self, remote_id: str) -> None:
        """Hides a reply below a post of ours."""
        self._say("PUT", f"/2/tweets/{quote(remote_id, safe='')}/hidden", json={"hidden": True})

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """What was said below the post in the last seven days; X keeps no more for this question."""
        return self._posts("/2/tweets/search/recent", "reply", cursor, query=f"conversation_id:{remote_id}")

    def mentions(self, *, cursor: str = "") -> Page:
        return self._posts(f"/2/users/{quote(self._me, safe='')}/mentions", "mention", cursor)

    def search(self, query: str, *, cursor: str = "") -> Page:
        return self._posts("/2/tweets/search/recent", "post", cursor, query=query)

    def messages(self, *, cursor: str = "") -> Page:
        """Direct messages to us. Each costs money when it is read."""
        told = self._get(
            "/2/dm_events", max_results=100, event_types="MessageCreate", pagination_token=cursor,
            **{"dm_event.fields": "created_at,dm_conversation_id,event_type,id,text", "expansions": "sender_id",
               "user.fields": "name,username"},
        )  # fmt: skip
        self._listing(told)
        found = [one for one in mappings(told, "data") if text(one, "sender_id") != self._me]
        return self._page(told, found, "message", author="sender_id")

    def _posts(self, path: str, kind: str, cursor: str, **query: str) -> Page:
        told = self._get(path, max_results=100, pagination_token=cursor, **query, **SAID)
        self._listing(told)
        return self._page(told, mappings(told, "data"), kind, author="author_id")

    def _page(self, told: Any, found: Sequence[Mapping[str, Any]], kind: str, *, author: str) -> Page:
        people = {text(person, "id"): person for person in mappings(told, "includes", "users")}
        items = []
        for one in found:
            if not text(one, "id"):
                continue
            person = people.get(text(one, author), {})
            name, id = text(person, "username"), text(one, "id")
            items.append(
                Message(
                    id, kind, f"@{name}" if name else text(one, author), text(person, "name"), words_of(one),
                    instant(one, "created_at") or utc(0), "" if kind == "message" else self._url(id, name or "i"),
                    parent_of(one) or text(one, "dm_conversation_id"), one,
                )
            )  # fmt: skip
        return Page(tuple(items), text(told, "meta", "next_token"))

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        found: dict[str, Reading] = {}
        for start in range(0, len(remote_ids), 100):
            ids = ",".join(remote_ids[start : start + 100])
            for one in mappings(self._get("/2/tweets", ids=ids, **{"post.fields": "id,public_metrics"}), "data"):
                counts = within(one, "public_metrics")
                found[text(one, "id")] = Reading({name: count(counts, *keys) for name, keys in NUMBERS.items()}, one)
        return found

    def measure_account(self) -> Reading:
        me = within(self._get("/2/users/me", **{"user.fields": "public_metrics"}), "data")
        counts = within(me, "public_metrics")
        numbers = {
            "followers": count(counts, "followers_count"), "following": count(counts, "following_count"),
            "posts": count(counts, "post_count", "tweet_count"),
        }  # fmt: skip
        return Reading(numbers, me if isinstance(me, Mapping) else {})

    @classmethod
    def id_in(cls, url: str) -> str:
        found = re.search(r"/status(?:es)?/(\d+)", url)
        return found.group(1) if found else super().id_in(url)


def _bought(posts: int, *, linked: int, described: int) -> str:
    """For what X takes money, in words."""
    if posts == 1:
        what = _("a post with a link") if linked else _("a post")
    elif linked:
        what = ngettext(
            "%(posts)d posts, %(linked)d with a link", "%(posts)d posts, %(linked)d with links", linked
        ) % {"posts": posts, "linked": linked}  # fmt: skip
    else:
        what = ngettext("%(posts)d post", "%(posts)d posts", posts) % {"posts": posts}
    if not described:
        return what
    values = {"what": what, "count": described}
    return ngettext("%(what)s, %(count)d description", "%(what)s, %(count)d descriptions", described) % values
