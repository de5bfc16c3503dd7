"""Threads. https://developers.facebook.com/docs/threads/

Two phases: a container (Meta fetches files from us by a signed address), then `threads_publish`, which names it.
`auto_publish_text` would make one phase of it and take the promise away: it is never sent.

Not declared: `edit`, `like`, `messages` (no API).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from .api import instant, mappings, text, within
from .base import (
    JSON,
    Absent,
    Account,
    Budget,
    Draft,
    Images,
    Message,
    NotNow,
    OAuth,
    Once,
    Option,
    Page,
    Polls,
    Problem,
    Processing,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Videos,
    Words,
    utc,
)
from .graph import GONE, THREADS, signed_call
from .graph_containers import FIRST_LOOK, Containers
from .graph_login import SixtyDays
from .look import Look
from .wording import _, gettext_noop

HOME = "https://www.threads.com"
SAID = "id,text,timestamp,permalink,username,replied_to"
POST = "id,text,timestamp,permalink,username"
SHOWN = "id,text,timestamp,permalink,alt_text,children{id,alt_text}"
POST_METRICS = {name: name for name in ("views", "likes", "replies", "reposts", "quotes", "shares")}
OWN_METRICS = {
    "views": "views", "likes": "likes", "replies": "replies", "reposts": "reposts", "quotes": "quotes",
    "clicks": "clicks", "followers": "followers_count",
}  # fmt: skip
MOST = 20
ASKED_REPOSTS = 3
"""So many pages of own posts are looked through for a repost before a new one is made."""


class Threads(SixtyDays, Containers):
    """One account, by its own token. ``account.remote_id`` is the user's id for our application."""

    name, label = "threads", "Threads"
    words = Words(post="post", share="repost", like="like")
    docs = "https://developers.facebook.com/docs/threads/"
    app_words = (gettext_noop("App ID"), gettext_noop("App secret"))
    sign_in = (
        OAuth(
            scopes={
                "threads_basic": gettext_noop("read the account's name and posts"),
                "threads_content_publish": gettext_noop("publish posts"),
                "threads_manage_replies": gettext_noop("hide replies, and choose who can reply"),
                "threads_read_replies": gettext_noop("read replies"),
                "threads_manage_insights": gettext_noop("read numbers"),
                "threads_manage_mentions": gettext_noop("read mentions"),
                "threads_keyword_search": gettext_noop("search by topic or words"),
                "threads_delete": gettext_noop("take down posts"),
            }
        ),
    )  # fmt: skip
    api = f"https://graph.threads.net/{THREADS.name}"
    authorise_at = "https://threads.com/oauth/authorize"
    token_at = "https://graph.threads.net/oauth/access_token"  # noqa: S105 - an address
    exchange_at, exchange_by = "https://graph.threads.net/access_token", "th_exchange_token"
    renew_from, renew_by = "https://graph.threads.net/refresh_access_token", "th_refresh_token"
    token_in_query = True
    # H: 500 and how emoji count, up to 20 files. M: sizes, shapes and length. K: the length of a poll's answer.
    look = Look(
        card="large", tiles="row", most=20, many=0.8, single=(0.66, 1.91),
        acts=("heart", "message-square", "repeat-2", "send"),
    )  # fmt: skip
    rules = Rules(
        text=Text(500, unit="threads_mixed"),
        images=Images(MOST, size=8_388_608, alt=1000, types=("image/jpeg", "image/png"), edge=1440, ratios=(0.1, 10.0)),
        videos=Videos(
            MOST, size=1_073_741_824, seconds=300.0, alt=1000, types=("video/mp4", "video/quicktime"), with_images=True
        ),
        polls=Polls(4, 25, timedelta(hours=24), timedelta(hours=24)),
        files=MOST,
        parts=50,
        text_required=False,
    )
    unsure = frozenset({("alt", 1000), ("poll", 25), ("parts", 50)})
    options = (
        Option(
            "reply_control", gettext_noop("Who can reply"), "choice",
            choices=(("everyone", gettext_noop("Everyone")), ("followers_only", gettext_noop("Followers")),
                     ("accounts_you_follow", gettext_noop("Accounts we follow")),
                     ("mentioned_only", gettext_noop("Mentioned accounts"))),
        ),
        Option("topic_tag", gettext_noop("Topic"), "text", limit=50, help=gettext_noop("One, without “.” and “&”.")),
        Option(
            "link", gettext_noop("Link"), "address",
            help=gettext_noop("Shown as a card below words without files; else the first link of the text is."),
        ),
        Option("poll", gettext_noop("Poll"), "poll", help=gettext_noop("Two to four answers, for 24 hours.")),
        Option("spoiler", gettext_noop("Hide pictures and videos until they are asked for"), "flag"),
    )  # fmt: skip
    once = Once(Once.HANDLE)
    budget = Budget(250, per=timedelta(hours=24))
    make_edge, publish_edge, limit_edge = "threads", "threads_publish", "threads_publishing_limit"
    status_fields, status_name, reason_name = "id,status,error_message", "status", "error_message"
    own_fields, words_name = SAID, "text"

    # -- signing in

    def whoami(self) -> Account:
        me = self._get("/me", fields="id,username,name,threads_profile_picture_url")
        id, username = self._id(me, writing=False), text(me, "username")
        return Account(
            server=HOME, remote_id=id, handle=f"@{username or id}", name=text(me, "name") or username,
            url=f"{HOME}/@{username}", avatar=text(me, "threads_profile_picture_url"),
        )  # fmt: skip

    @property
    def _me(self) -> str:
        return "me"

    def _granted(self, token: str) -> tuple[str, ...]:
        """K: the shape of the answer. Without it nothing is called missing."""
        try:
            scopes = within(self._get("/debug_token", input_token=token), "data", "scopes")
        except (NotNow, Refused):
            return ()
        return tuple(scope for scope in scopes if isinstance(scope, str)) if isinstance(scopes, list) else ()

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found, ours = super().problems(draft), {"network": self.label}
        tag = str(draft.options.get("topic_tag") or "")
        if set(tag) & set(".&"):
            found.append(Problem("topic_tag", _("A topic on %(network)s has no “.” and no “&”.") % ours))
        if draft.options.get("link") and (draft.parts[0].media or draft.options.get("poll")):
            sentence = _("%(network)s shows the link only below words without files and without a poll.") % ours
            found.append(Problem("link", sentence, level="warn"))
        return found

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """For each part: the items of a carousel, the container, and the call that publishes it."""
        steps: list[Step] = []
        for index, part in enumerate(draft.parts):
            options = {name: told for name, told in draft.options.items() if index == 0 or name == "spoiler"}
            said = {"text": part.text, "options": options}
            alone = part.media[0] if len(part.media) == 1 else None
            for media in part.media if alone is None else ():
                item = {"alt": media.alt}
                steps.append(Step("item", len(steps), part=index, public=False, payload=item, media=media))
            steps.append(Step("container", len(steps), part=index, public=False, payload=said, media=alone))
            steps.append(Step("post", len(steps), part=index, payload=said))
        return tuple(steps)

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the request, but for the address of a file, which is lent anew at each try; or the container's id."""
        if step.kind == "item":
            return step.payload
        mine = [earlier for earlier in step.earlier if earlier.part == step.part]
        parent = str(step.payload.get("in_reply_to") or "")
        if step.kind == "post":
            made = next((one for one in reversed(mine) if one.kind == "container"), None)
            known = str(made.payload["request"].get("reply_to_id") or "") if made else None
            if made is None or (parent and parent != known):  # a reply that no container was made for
                return {**step.payload, "request": self._words(step.payload, parent)}
            return {**step.payload, "container": str(made.handle["container"]), "parent": known}
        before = [earlier.remote_id for earlier in step.earlier if earlier.kind == "post"]
        request = self._words(step.payload, parent or (before[-1] if before else ""))
        children = [str(one.handle["container"]) for one in mine if one.kind == "item"]
        if children:
            request |= {"media_type": "CAROUSEL", "children": ",".join(children)}
        return {**step.payload, "request": request}

    @staticmethod
    def _words(said: JSON, parent: str) -> dict[str, Any]:
        options = said.get("options") or {}
        asked: dict[str, Any] = {"media_type": "TEXT", "text": said.get("text"), "reply_to_id": parent}
        asked |= {name: options.get(name) for name in ("reply_control", "topic_tag")}
        asked["link_attachment"] = options.get("link")
        asked["is_spoiler_media"] = "true" if options.get("spoiler") else ""
        poll = options.get("poll")
        if isinstance(poll, Mapping):
            answers = zip("abcd", poll.get("options") or (), strict=False)
            asked["poll_attachment"] = json.dumps({f"option_{letter}": str(answer) for letter, answer in answers})
        return {name: value for name, value in asked.items() if value}

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        payload = step.payload
        if step.kind == "post":
            return self._publish(payload["container"]) if "container" in payload else self._at_once(payload["request"])
        if step.kind == "item":
            asked = {**self._file(step), "is_carousel_item": "true"}
        else:
            asked = {**payload["request"], **(self._file(step) if step.media else {})}
            is_reply = bool(asked.get("reply_to_id"))
            self._ask_room(**{"used": "reply_quota_usage", "config": "reply_config"} if is_reply else {})
            if asked["media_type"] == "TEXT":
                asked.pop("is_spoiler_media", None)
            else:
                asked.pop("link_attachment", None)
        return Processing({"container": self._container(asked)}, FIRST_LOOK)

    def _file(self, step: Step) -> dict[str, Any]:
        """What a container says of one file. The address is good for a while only, so it is no part of the payload."""
        media = step.media
        if media is None:
            raise Refused(_("The file of this post is gone. Attach it again."), code="file")
        kind, field = ("VIDEO", "video_url") if media.is_video else ("IMAGE", "image_url")
        return {"media_type": kind, field: self.lent(media), "alt_text": media.alt}

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A post below ``in_reply_to``."""
        return self.publish(step, key=key)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Asks the container. A reply without one is looked for among our replies."""
        payload = step.payload
        if "container" in payload:
            return self._found(step, payload["container"], "replies" if payload.get("parent") else "threads")
        return self._said_before(step, "replies", parent=str(payload["request"].get("reply_to_id") or ""))

    # -- after publishing

    def delete(self, remote_id: str) -> None:
        try:
            self._done(self._say("DELETE", f"/{remote_id}"))
        except Refused as failure:
            if failure.code not in GONE:
                raise

    def fetch(self, remote_id: str) -> Seen | None:
        try:
            one = self._get(f"/{remote_id}", fields=SHOWN)
        except Refused as failure:
            if failure.code in GONE:
                return None
            raise
        self._id(one, writing=False)
        files = mappings(one, "children", "data") or ([one] if text(one, "alt_text") else [])
        alts = tuple(text(file, "alt_text") for file in files)
        return Seen(remote_id, text(one, "permalink"), text(one, "text"), instant(one, "timestamp"), alts, one)

    def share(self, remote_id: str) -> None:
        """Reposts it, unless a look at our newest posts shows that we did."""
        cursor = ""
        for _number in range(ASKED_REPOSTS):
            items, cursor = self._page("/me/threads", cursor, fields="id,reposted_post")
            if any(text(one, "reposted_post", "id") == remote_id for one in items):
                return
            if not cursor:
                break
        self._id(self._post(f"/{remote_id}/repost"))

    def hide(self, remote_id: str) -> None:
        """Hides a reply below a post of ours."""
        self._done(self._post(f"/{remote_id}/manage_reply", data={"hide": "true"}))

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Everything below the post, newest first."""
        items, onward = self._page(f"/{remote_id}/conversation", cursor, fields=SAID)
        return Page(tuple(_message(one, "reply", parent=remote_id) for one in items if text(one, "id")), onward)

    def mentions(self, *, cursor: str = "") -> Page:
        items, onward = self._page("/me/mentions", cursor, fields=POST)
        return Page(tuple(_message(one, "mention") for one in items if text(one, "id")), onward)

    def search(self, query: str, *, cursor: str = "") -> Page:
        """Public posts with a topic (``#water``) or with these words, newest first."""
        is_tag = query.startswith("#") and query[1:].isidentifier()
        mode, words = ("TAG", query[1:]) if is_tag else ("KEYWORD", query)
        items, onward = self._page(
            "/keyword_search", cursor, q=words, search_type="RECENT", search_mode=mode, fields=POST
        )
        return Page(tuple(_message(one, "post") for one in items if text(one, "id")), onward)

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """Replies and mentions. K: the shape, ``{"values": {"field", "value"}}`` or Meta's usual ``entry``."""
        told = signed_call(headers, body, secret=secret, label=cls.label)
        values = told.get("values")
        changes = [values] if isinstance(values, Mapping) else mappings(told, "values")
        changes += [change for entry in mappings(told, "entry") for change in mappings(entry, "changes")]
        kinds = {"replies": "reply", "mentions": "mention"}
        heard = []
        for change in changes:
            kind, value = kinds.get(str(change.get("field"))), change.get("value")
            if kind and isinstance(value, Mapping) and text(value, "id"):
                heard.append(_message(value, kind))
        return tuple(heard)

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """``shares`` are those to elsewhere, ``reposts`` those on Threads."""
        return {id: self._insights(f"/{id}/insights", POST_METRICS) for id in remote_ids}

    def measure_account(self) -> Reading:
        return self._insights("/me/threads_insights", OWN_METRICS)


def _message(one: Mapping[str, Any], kind: str, *, parent: str = "") -> Message:
    username = text(one, "username")
    return Message(
        text(one, "id"), kind, f"@{username}" if username else "", username, text(one, "text"),
        instant(one, "timestamp") or utc(0), text(one, "permalink"), text(one, "replied_to", "id") or parent, one,
    )  # fmt: skip
