"""Mastodon and its kin (GoToSocial, Takahē, Pleroma, Akkoma, snac …). https://docs.joinmastodon.org/api/

Kin differ where it hurts: keys that are ignored, errors in HTML or plain text, no v2, no rate headers. So the key is
always sent and never trusted, limits are asked of each server, and an own post is recognised by what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from .api import id_at, instant, mappings, number, text
from .base import (
    JSON,
    Absent,
    Budget,
    Draft,
    Field,
    Images,
    Message,
    NotNow,
    OAuth,
    Once,
    Option,
    Page,
    Polls,
    Processing,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Token,
    Unknown,
    Videos,
    Words,
    utc,
)  # fmt: skip
from .canonical import letters, plain, same_form, says
from .look import Look
from .lookup import behind
from .mastodon_api import PAGE, MastodonApi, when
from .wording import _, gettext_noop

PAGES = 10
"""A look goes back this many pages; a busier account than that in the time since the intent is looked at in part."""
ASKED_SOURCES = 5
_SERVER = Field("server", gettext_noop("Server"), help=gettext_noop("for example social.example"))


class Mastodon(MastodonApi):
    """Mastodon and kin, by one account on one server (``account.server`` is its address, ``https://social.example``)."""

    name = "mastodon"
    label = "Mastodon"
    known_as: ClassVar[tuple[str, ...]] = ("GoToSocial", "Takahē", "Pleroma", "Akkoma", "snac", "Fediverse")
    words = Words(post="post", share="boost", like="favourite")
    scopes: ClassVar[Mapping[str, str]] = {
        "read": gettext_noop("read the account, its posts and what is said to it"),
        "write:statuses": gettext_noop("publish, edit and take down posts"),
        "write:media": gettext_noop("upload pictures and videos"),
        "write:favourites": gettext_noop("favourite posts"),
    }
    sign_in = (
        OAuth(
            scopes=scopes,
            at_each_server=True,
            fields=(_SERVER,),
        ),
        Token(
            (
                _SERVER,
                Field(
                    "access_token", gettext_noop("Access token"), secret=True,
                    help=gettext_noop("Preferences → Development → your application"),
                ),
            ),
            scopes=scopes,
        ),
    )  # fmt: skip
    look = Look(
        card="large", face="square", alt_badge=True, single=(0.66, 2.4), many=1.78,
        acts=("message-square", "repeat-2", "star", "bookmark"),
    )  # fmt: skip
    rules = Rules(
        text=Text(500, unit="mastodon"),
        images=Images(4, size=16_777_216, alt=1500),
        videos=Videos(1, size=103_809_024, types=("video/mp4", "video/webm", "video/quicktime")),
        polls=Polls(4, 50, timedelta(minutes=5), timedelta(seconds=2_629_746)),
        parts=50,
        text_required=False,
        asked_of_server=True,
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option(
            "content_warning", gettext_noop("Content warning"), "text",
            help=gettext_noop("Shown first; the post opens on request."),
        ),
        Option(
            "visibility", gettext_noop("Visibility"), "choice",
            choices=(("public", gettext_noop("Public")), ("unlisted", gettext_noop("Quiet public")),
                     ("private", gettext_noop("Followers")), ("direct", gettext_noop("Mentioned people"))),
        ),
        Option("language", gettext_noop("Language"), "language"),
        Option("poll", gettext_noop("Poll"), "poll"),
    )  # fmt: skip
    once = Once(Once.KEY, window=timedelta(hours=1))
    budget = Budget(300, per=timedelta(minutes=5))
    docs = "https://docs.joinmastodon.org/api/"

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact request: which uploads hang on the post, which post it answers."""
        return step.payload if step.kind == "upload" else {**step.payload, "request": self._request(step)}

    def _request(self, step: Step) -> dict[str, Any]:
        options: Mapping[str, Any] = step.payload.get("options") or {}
        request: dict[str, Any] = {"status": step.payload.get("text", "")}
        media = [str(s.handle["media_id"]) for s in step.earlier if s.kind == "upload" and s.part == step.part]
        if media:
            request["media_ids"] = media
        before = [s.remote_id for s in step.earlier if s.kind == "post"]
        parent = before[-1] if before else str(step.payload.get("in_reply_to") or "")
        if parent:
            request["in_reply_to_id"] = parent
        for name, field in (
            ("content_warning", "spoiler_text"),
            ("visibility", "visibility"),
            ("language", "language"),
        ):
            if options.get(name):
                request[field] = str(options[name])
        if options.get("poll") and step.part == 0:
            request["poll"] = _poll(options["poll"])
        return request

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if step.kind == "upload":
            return self._upload(step)
        request = step.payload.get("request") or self._request(step)
        answer = self._ask("POST", "/api/v1/statuses", json=request, headers={"Idempotency-Key": key})
        return self._published(self._read(answer, writing=True))

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A post whose payload has ``in_reply_to``: the id of the status that it answers."""
        return self.publish(step, key=key)

    def _upload(self, step: Step) -> Published | Processing:
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        files = {"file": (media.name or media.path.name, media.path, media.mime)}
        data = {"description": media.alt} if media.alt else {}
        if media.focus is not None:  # from -1 (left, below) to 1 (right, above)
            data["focus"] = f"{media.focus[0] * 2 - 1:.2f},{1 - media.focus[1] * 2:.2f}"
        answer = self._ask("POST", "/api/v2/media", files=files, data=data)
        if answer.status == 404:  # before Mastodon 3.1.3
            answer = self._ask("POST", "/api/v1/media", files=files, data=data)
        made = self._read(answer, writing=True)
        if not id_at(made, "id"):
            sentence = _("%(network)s took the file but did not say under which number.")
            raise Unknown(sentence % {"network": self.label}, code="no_id")
        handle = {"media_id": id_at(made, "id")}
        return Processing(handle, 1.0) if answer.status in (202, 206) else Published(handle=handle)

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        answer = self._ask("GET", f"/api/v1/media/{quote(str(processing.handle['media_id']), safe='')}")
        if answer.status in (202, 206):
            return Processing(processing.handle, min(processing.seconds * 1.5, 30.0))
        self._read(answer, writing=False)
        return Published(handle=processing.handle)

    def _published(self, made: Any) -> Published:
        if not id_at(made, "id"):
            sentence = _("%(network)s said yes, but not under which number.")
            raise Unknown(sentence % {"network": self.label}, code="no_id")
        return Published(id_at(made, "id"), text(made, "url") or text(made, "uri"))

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Reads our own statuses back to a minute before the intent and compares what they say. Never a search."""
        request = step.payload.get("request") or self._request(step)
        hits: list[Mapping[str, Any]] = []
        seen, last, sources = set[str](), "", ASKED_SOURCES
        for _page in range(PAGES):
            params = {"limit": PAGE, "exclude_reblogs": "true", **({"max_id": last} if last else {})}
            answer = self._ask("GET", f"/api/v1/accounts/{quote(self._me, safe='')}/statuses", params=params)
            listed = self._read(answer, writing=False)
            if not isinstance(listed, list):
                sentence = _("%(network)s gave no readable list of our posts.")
                raise NotNow(sentence % {"network": self.label}, code="unreadable")
            found = [one for one in mappings(listed) if id_at(one, "id")]
            new = [one for one in found if id_at(one, "id") not in seen]
            since = None if step.since is None else step.since - timedelta(seconds=60) + behind(answer)
            for one in new:
                seen.add(id_at(one, "id"))
                likeness = self._likeness(one, request, step, since)
                if likeness is None and sources:
                    sources -= 1
                    likeness = self._source_says(one, str(request.get("status", "")))
                if likeness:
                    hits.append(one)
            if not found or (since is not None and all(when(one) < since for one in found)):
                return self._oldest(hits) if hits else Absent(complete=True)
            if not new:
                break  # it does not page
            last = id_at(found[-1], "id")
        return self._oldest(hits) if hits else Absent(complete=False)

    def _likeness(
        self, one: Mapping[str, Any], request: Mapping[str, Any], step: Step, since: datetime | None
    ) -> bool | None:
        """Is this status the one of ``request``? None: only its source can tell."""
        if one.get("reblog") or id_at(one, "id") in step.taken or (since is not None and when(one) < since):
            return False
        attached = mappings(one, "media_attachments")
        wanted = [str(m) for m in request.get("media_ids") or ()]
        if len(attached) != len(wanted) or id_at(one, "in_reply_to_id") != request.get("in_reply_to_id", ""):
            return False
        if wanted and {id_at(m, "id") for m in attached} == set(wanted):
            return True  # an upload hangs on one status only
        words, poll = str(request.get("status", "")), request.get("poll")
        if not words and poll:
            return [text(o, "title") for o in mappings(one, "poll", "options")] == list(poll["options"])
        if not words and wanted:
            alts = [str(s.payload.get("alt") or "") for s in step.earlier if s.kind == "upload" and s.part == step.part]
            return [text(m, "description") for m in attached] == alts
        return says(text(one, "content"), words)

    def _source_says(self, one: Mapping[str, Any], words: str) -> bool:
        """The words as they were typed decide, where the server keeps them; else the same letters must do."""
        answer = self._ask("GET", f"/api/v1/statuses/{quote(id_at(one, 'id'), safe='')}/source")
        if answer.status == 429:
            raise self._failure(answer, writing=False)
        if answer.ok:
            with suppress(ValueError):
                source = answer.json()
                if isinstance(source, Mapping) and isinstance(source.get("text"), str):
                    return same_form(source["text"]) == same_form(words)
        content = plain(text(one, "content"))
        return letters(same_form(words)) in (letters(same_form(content.shown)), letters(same_form(content.linked)))

    def _oldest(self, hits: list[Mapping[str, Any]]) -> Published:
        return self._published(min(hits, key=when))

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words for the first part of ``draft``; media stay as they are, but for new descriptions."""
        path = f"/api/v1/statuses/{quote(remote_id, safe='')}"
        now = self._get(path)
        part, options = draft.parts[0], draft.options
        attached = mappings(now, "media_attachments")
        request: dict[str, Any] = {"status": part.text, "media_ids": [id_at(m, "id") for m in attached]}
        if len(part.media) == len(attached) and any(m.alt for m in part.media):
            pairs = zip(attached, part.media, strict=True)
            request["media_attributes"] = [{"id": id_at(there, "id"), "description": ours.alt} for there, ours in pairs]
        request["spoiler_text"] = str(options.get("content_warning") or "")
        language = options.get("language") or text(now, "language")
        if language:
            request["language"] = str(language)
        if options.get("poll"):
            request["poll"] = _poll(options["poll"])
        made = self._read(self._ask("PUT", path, json=request), writing=True)
        done = self._published(made)
        return Published(done.remote_id, done.url or text(now, "url"))

    def delete(self, remote_id: str) -> None:
        answer = self._ask("DELETE", f"/api/v1/statuses/{quote(remote_id, safe='')}")
        if answer.status not in (404, 410) and not answer.ok:
            raise self._failure(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        answer = self._ask("GET", f"/api/v1/statuses/{quote(remote_id, safe='')}")
        if answer.status in (404, 410):
            return None
        one = self._read(answer, writing=False)
        if not id_at(one, "id"):
            sentence = _("%(network)s gave an answer that cannot be read.") % {"network": self.label}
            raise NotNow(sentence, code="unreadable")
        return Seen(
            id_at(one, "id"), text(one, "url") or text(one, "uri"), plain(text(one, "content")).linked,
            instant(one, "created_at"), tuple(text(m, "description") for m in mappings(one, "media_attachments")), one,
        )  # fmt: skip

    def like(self, remote_id: str) -> None:
        self._read(self._ask("POST", f"/api/v1/statuses/{quote(remote_id, safe='')}/favourite"), writing=True)

    def share(self, remote_id: str) -> None:
        self._read(self._ask("POST", f"/api/v1/statuses/{quote(remote_id, safe='')}/reblog"), writing=True)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Everything below the post, newest first. The server gives it whole."""
        context = self._get(f"/api/v1/statuses/{quote(remote_id, safe='')}/context")
        items = [_message(one, "reply") for one in mappings(context, "descendants") if id_at(one, "id")]
        return Page(tuple(sorted(items, key=lambda message: message.at, reverse=True)))

    def notifications(self, *, cursor: str = "") -> Page:
        return self._notifications(cursor, {})

    def mentions(self, *, cursor: str = "") -> Page:
        # Some servers ignore the filter, so what comes is filtered once more; the cursor counts what came.
        return self._notifications(cursor, {"types[]": "mention"}, only="mention")

    def _notifications(self, cursor: str, params: Mapping[str, str], only: str = "") -> Page:
        found, onward = self._listed("/api/v1/notifications", cursor, params)
        items = []
        for one in found:
            if only and one.get("type") != only:
                continue
            status: Any = one.get("status")
            told = {**(status if isinstance(status, Mapping) else {}), "account": one.get("account")}
            message = _message(told, text(one, "type") or "notification")
            own_id = message.remote_id if only else id_at(one, "id")
            at = instant(one, "created_at") or message.at
            items.append(replace(message, remote_id=own_id or id_at(one, "id"), at=at, raw=one))
        return Page(tuple(items), onward)

    def messages(self, *, cursor: str = "") -> Page:
        """The newest message of each conversation (statuses with visibility ``direct``)."""
        found, onward = self._listed("/api/v1/conversations", cursor, {}, by_link=True)
        last = [one["last_status"] for one in found if id_at(one, "last_status", "id")]
        return Page(tuple(_message(one, "message") for one in last), onward)

    def search(self, query: str, *, cursor: str = "") -> Page:
        """Public posts with a hashtag (``#water``) or with these words, as far as the server's index goes."""
        if query.startswith("#") and query[1:].isidentifier():
            found, onward = self._listed(f"/api/v1/timelines/tag/{quote(query[1:], safe='')}", cursor, {})
            return Page(tuple(_message(one, "post") for one in found), onward)
        told, _slash, first = cursor.partition("/")
        offset = int(told) if told.isdigit() else 0
        params = {"q": query, "type": "statuses", "limit": PAGE // 2, "offset": offset}
        result = self._get("/api/v2/search", params=params)
        found = [one for one in mappings(result, "statuses") if id_at(one, "id")]
        if found and id_at(found[0], "id") == first:
            return Page(())  # the server knows no offset: this is its first page again
        onward = f"{offset + len(found)}/{id_at(found[0], 'id')}" if len(found) == PAGE // 2 else ""
        return Page(tuple(_message(one, "post") for one in found), onward)

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Replies, shares, likes and quotes of each post that is still there."""
        readings = {}
        for remote_id in remote_ids:
            answer = self._ask("GET", f"/api/v1/statuses/{quote(remote_id, safe='')}")
            if answer.status in (404, 410):
                continue
            one = self._read(answer, writing=False)
            fields = {"replies": "replies_count", "shares": "reblogs_count", "likes": "favourites_count",
                      "quotes": "quotes_count"}  # fmt: skip
            readings[remote_id] = self._counted(one, fields)
        return readings

    def measure_account(self) -> Reading:
        me = self._get("/api/v1/accounts/verify_credentials")
        fields = {"followers": "followers_count", "following": "following_count", "posts": "statuses_count"}
        return self._counted(me, fields)

    @staticmethod
    def _counted(one: Any, fields: Mapping[str, str]) -> Reading:
        counts = {name: number(one, field) for name, field in fields.items()}
        return Reading(counts, one if isinstance(one, Mapping) else {})


def _poll(poll: Mapping[str, Any]) -> dict[str, Any]:
    """``{"options": […], "seconds": 86400, "multiple": false, "hide_totals": false}`` in the API's words."""
    seconds = poll.get("seconds") or poll.get("expires_in") or 86_400
    asked: dict[str, Any] = {"options": [str(o).strip() for o in poll["options"]], "expires_in": int(seconds)}
    for name in ("multiple", "hide_totals"):
        if poll.get(name):
            asked[name] = True
    return asked


def _message(one: Mapping[str, Any], kind: str) -> Message:
    acct = text(one, "account", "acct") or text(one, "account", "username")
    return Message(
        remote_id=id_at(one, "id"),
        kind=kind,
        author=f"@{acct}" if acct else "",
        author_name=text(one, "account", "display_name") or acct,
        text=plain(text(one, "content")).linked,
        at=instant(one, "created_at") or utc(0),
        url=text(one, "url") or text(one, "uri"),
        parent_id=id_at(one, "in_reply_to_id"),
        raw=one,
    )
