"""Instagram, for professional accounts. https://developers.facebook.com/docs/instagram-platform/

Two phases: a container (Meta fetches pictures from us by a signed address; films go up in a resumable upload), then
`media_publish`, which names it. There are two ways to sign in, each with an application of its own kind at Meta; the
calls are the same.

Not declared: `edit`, `like`, `share` (no API), `search` (hashtags need a review of their own), `delete` with Instagram
Login (not in its contract).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable
from .api import instant, mappings, number, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Draft,
    Images,
    Media,
    OAuth,
    Once,
    Option,
    Problem,
    Processing,
    Published,
    Refused,
    Rules,
    Step,
    Text,
    Videos,
    Words,
)
from .canonical import same_form
from .graph import GONE, GRAPH
from .graph_containers import FIRST_LOOK
from .graph_login import FacebookLogin, SixtyDays
from .instagram_api import BY_FACEBOOK, BY_INSTAGRAM, COMMENT, InstagramAccount
from .look import LIKED, Look
from .lookup import BEFORE, Mine, looked_up
from .oauth import _Told
from .resumable import file_of
from .wording import _, gettext_noop

MOST, STORY_SECONDS = 10, 60
HASHTAGS, MENTIONS = 30, 20
_HASHTAG, _MENTION = re.compile(r"#\w"), re.compile(r"(?<![\w.])@\w")
UPLOAD_LOOK = 5.0


class InstagramPublishing(InstagramAccount):
    """What is said there, whichever way the person came in."""

    words = Words(post="post", share="share", like="like")
    docs = "https://developers.facebook.com/docs/instagram-platform/"
    rupload: ClassVar[str] = "https://rupload.facebook.com"
    # H: JPEG only. M: all other limits. K: the size of a film (sources say 300 MB and 1 GB), alt text, collaborators.
    look = Look(frame="picture", cut=125, lines=3, tiles="row", most=10, many=0.8, links=False, acts=LIKED)
    rules = Rules(
        text=Text(2200, unit="char"),
        images=Images(
            MOST, size=8_388_608, alt=1000, types=("image/jpeg",), edge=1440, ratios=(0.8, 1.91), required=True
        ),
        videos=Videos(
            MOST, size=314_572_800, seconds=900.0, shortest=3.0, types=("video/mp4", "video/quicktime"),
            with_images=True,
        ),
        files=MOST,
        text_required=False,
    )  # fmt: skip
    unsure = frozenset({("media", 314_572_800), ("alt", 1000), ("collaborators", 3)})
    options = (
        Option(
            "publish_as", gettext_noop("Publish as"), "choice", default="post",
            choices=(("post", gettext_noop("Post; a video alone becomes a reel")), ("story", gettext_noop("Story"))),
        ),
        Option(
            "collaborators", gettext_noop("Collaborators"), "tags", limit=3,
            help=gettext_noop("Names of other accounts. They are asked whether they want to appear as authors."),
        ),
        Option(
            "location_id", gettext_noop("Place"), "text", limit=30,
            help=gettext_noop("The number of the place's page on Facebook."),
        ),
        Option("reels_only", gettext_noop("Show a reel among the reels only, not in the profile's grid"), "flag"),
        Option(
            "cover_at", gettext_noop("Cover of a reel"), "moment", limit=6,
            help=gettext_noop("The second of the video that is shown as its cover."),
        ),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.HANDLE)
    # K: documents say 25, 50 and 100. What Instagram itself tells is asked before each post.
    budget = Budget(100, per=timedelta(hours=24))

    # -- publishing

    @classmethod
    def rules_for(cls, rules: Rules, options: Mapping[str, Any]) -> Rules:
        """A story may be as tall as a phone."""
        if rules.images is None or options.get("publish_as") != "story":
            return rules
        return replace(rules, images=replace(rules.images, ratios=(0.1, 10.0), edge=1920))

    def problems(self, draft: Draft) -> list[Problem]:
        told = self.told_rules
        try:
            self.told_rules = self.rules_for(told, draft.options)
            found = super().problems(draft)
        finally:
            self.told_rules = told
        part, ours = draft.parts[0], {"network": self.label}
        for pattern, limit, sentence in (
            (_HASHTAG, HASHTAGS, _("%(count)d hashtags; %(network)s takes %(limit)d. Remove some.")),
            (_MENTION, MENTIONS, _("%(count)d mentions; %(network)s takes %(limit)d. Remove some.")),
        ):
            count = len(pattern.findall(part.text))
            if count > limit:
                found.append(Problem("text", sentence % {**ours, "count": count, "limit": limit}, 0, count, limit))
        for name in ("location_id", "cover_at"):
            given = str(draft.options.get(name) or "").strip()
            if given and not given.isdecimal():
                label = _(next(option.label for option in self.options if option.name == name))
                sentence = _("“%(option)s” on %(network)s is a number.") % {**ours, "option": label}
                found.append(Problem(name, sentence))
        return found + (self._story_problems(draft) if draft.options.get("publish_as") == "story" else [])

    def _story_problems(self, draft: Draft) -> list[Problem]:
        found, ours, part = [], {"network": self.label}, draft.parts[0]
        if len(part.media) > 1:
            sentence = _("A story on %(network)s is one picture or one video; this has %(count)d files.")
            found.append(Problem("media", sentence % {**ours, "count": len(part.media)}, 0, len(part.media), 1))
        if part.text.strip():
            sentence = _("A story on %(network)s shows the file only: these words are not published there.") % ours
            found.append(Problem("text", sentence, level="warn"))
        if str(draft.options.get(FIRST_COMMENT.name) or "").strip():
            sentence = _("A story on %(network)s takes no comment. Remove the first comment.") % ours
            found.append(Problem(FIRST_COMMENT.name, sentence))
        for media in _of(part.media, "video"):
            if media.duration > STORY_SECONDS:
                count = round(media.duration)
                sentence = _("A story on %(network)s lasts up to %(limit)d seconds; this video has %(count)d.")
                values = {**ours, "limit": STORY_SECONDS, "count": count}
                found.append(Problem("media", sentence % values, 0, count, STORY_SECONDS, level="warn"))
        return found

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The items of a carousel, the container, and the call that publishes it; each film with its upload."""
        part, options = draft.parts[0], dict(draft.options)
        how = _how(part.media, options)
        said = {"text": "" if how == "story" else part.text, "as": how, "options": options}
        steps: list[Step] = []

        def hidden(kind: str, payload: JSON, media: Media | None = None) -> None:
            steps.append(Step(kind, len(steps), public=False, payload=payload, media=media))
            if media is not None and media.is_video:
                steps.append(Step("upload", len(steps), public=False, media=media))

        for media in part.media if how == "carousel" else ():
            hidden("item", {"alt": media.alt}, media)
        hidden("container", said, part.media[0] if part.media and how != "carousel" else None)
        steps.append(Step("post", len(steps), payload=said))
        return (*steps, *self.comment(draft, after=len(steps)))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the request, but for the address of a file, which is lent anew at each try; or the container's id."""
        payload, parent = step.payload, str(step.payload.get("in_reply_to") or "")
        if step.kind == "comment":
            post = next(earlier for earlier in reversed(step.earlier) if earlier.kind == "post")
            return {**payload, "path": f"/{post.remote_id}/comments", "url": post.url}
        if parent:
            return {**payload, "path": f"/{parent}/replies", "url": ""}
        if step.kind == "post":
            made = next(earlier for earlier in reversed(step.earlier) if earlier.kind == "container")
            return {**payload, "container": str(made.handle["container"])}
        if step.kind == "container":
            items = [str(earlier.handle["container"]) for earlier in step.earlier if earlier.kind == "item"]
            return {**payload, "request": _request(payload, items)}
        return payload

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        payload = step.payload
        if "path" in payload:
            # Never ask for fields here: it is answered with an error after the comment was made (M).
            return Published(self._id(self._post(payload["path"], data={"message": payload["text"]})), payload["url"])
        if step.kind == "post":
            return self._publish(payload["container"])
        if step.kind == "upload":
            return self._upload(step)
        if step.kind == "item":
            return self._make({"is_carousel_item": "true"}, step, film="VIDEO")
        self._ask_room()
        return self._make(payload["request"], step, film="REELS")

    def _make(self, asked: Mapping[str, Any], step: Step, *, film: str) -> Published | Processing:
        """A container. That of a film waits for its bytes; any other is worked on at once."""
        media, is_story = step.media, asked.get("media_type") == "STORIES"
        if media is None and asked.get("media_type") != "CAROUSEL":
            raise Refused(_("The file of this post is gone. Attach it again."), code="file")
        if media is not None and media.is_video:
            asked = {"media_type": film, **asked, "upload_type": "resumable"}
        elif media is not None:
            asked = {**asked, "image_url": self.lent(media), "alt_text": "" if is_story else media.alt}
        made = self._made(asked)
        handle = {"container": self._id(made)}
        if media is not None and media.is_video:
            return Published(handle={**handle, "address": text(made, "uri")})
        return Processing(handle, FIRST_LOOK)

    def _upload(self, step: Step) -> Processing:
        """The film from the last byte on that Instagram has."""
        opened = step.earlier[-1].handle
        id, address, size = str(opened["container"]), str(opened.get("address") or ""), file_of(step)[2]
        if not address.startswith(f"{self.rupload}/"):
            address = f"{self.rupload}/ig-api-upload/{GRAPH.name}/{id}"
        phase = within(self._get(f"/{id}", fields="status_code,video_status"), "video_status", "uploading_phase")
        # K: Meta writes this name in both ways.
        has = number(phase, "bytes_transferred") or number(phase, "bytes_transfered") or 0
        if has < size:
            self._done(
                self._send_rest(address, step, start=has, headers={"offset": str(has), "file_size": str(size)})
            )  # fmt: skip
        return Processing({"container": id}, UPLOAD_LOOK)

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A comment below the comment ``in_reply_to``."""
        return self.publish(step, key=key)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Asks the container; of a comment, reads all that is said in its place."""
        payload = step.payload
        if "path" in payload:
            return self._find_comment(step)
        return self._found(step, payload["container"], "stories" if payload["as"] == "story" else "media")

    def _find_comment(self, step: Step) -> Published | Absent:
        # K: in which order comments come. So the end of the list is what counts, and never the age of one of them.
        pages, whole, skew = self._back_to(step, step.payload["path"], at="", fields=COMMENT, limit=50)
        ours = same_form(step.payload["text"])
        since = step.since - BEFORE + skew if step.since is not None else None
        fresh = [
            one for page in pages for one in page
            if since is None or (at := instant(one, "timestamp")) is None or at >= since
        ]  # fmt: skip

        def is_it(one: Mapping[str, Any]) -> bool:
            author = {"username": text(one, "username"), **(one.get("from") or {})}
            return self._is_ours(author) and same_form(text(one, "text")) == ours

        def mine(one: Mapping[str, Any]) -> Mine:
            return Mine(text(one, "id"), step.payload["url"], instant(one, "timestamp"))

        return looked_up(step, [fresh], mine=mine, is_it=is_it, skew=skew, whole=whole)

    # -- after publishing

    def hide(self, remote_id: str) -> None:
        """Hides a comment from everybody but its author."""
        self._done(self._post(f"/{remote_id}", data={"hide": "true"}))


class Instagram(SixtyDays, InstagramPublishing):
    """By Instagram Login: the person signs in as the account itself, and no Page of Facebook is needed."""

    name, label = "instagram", "Instagram"
    app_words = (gettext_noop("Instagram app ID"), gettext_noop("Instagram app secret"))
    sign_in = (OAuth(scopes=BY_INSTAGRAM),)
    api = f"https://graph.instagram.com/{GRAPH.name}"
    authorise_at = "https://www.instagram.com/oauth/authorize"
    token_at = "https://api.instagram.com/oauth/access_token"  # noqa: S105 - an address
    exchange_at, exchange_by = "https://graph.instagram.com/access_token", "ig_exchange_token"
    renew_from, renew_by = "https://graph.instagram.com/refresh_access_token", "ig_refresh_token"
    token_in_query = True

    def whoami(self) -> Account:
        me = self._get("/me", fields="user_id,username,name,account_type,profile_picture_url")
        if text(me, "account_type") == "PERSONAL":
            sentence = _(
                "Only professional accounts can be spoken for on %(network)s, and this is a personal one. Change it in "
                "the settings of the account there, then connect it again."
            )
            raise Refused(sentence % {"network": self.label}, code="personal")
        return self._account(me, "user_id")

    def _told(self, answer: Answer, *, is_code: bool) -> _Told:
        return super()._told(_plain(answer), is_code=is_code)


class InstagramPage(FacebookLogin, InstagramPublishing):
    """By Facebook Login: the person speaks for the Pages that the accounts are linked with.

    Secrets: as for Facebook. ``page_id`` is the Page whose token it is.
    """

    name, label = "instagram_page", "Instagram via Facebook"
    app_words = (gettext_noop("App ID"), gettext_noop("App secret"))
    sign_in = (OAuth(scopes=BY_FACEBOOK),)

    def whoami(self) -> Account:
        return self._account(self._get(f"/{self._me}", fields="id,username,name,profile_picture_url"))

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        fields = "id,name,access_token,instagram_business_account{id,username,name,profile_picture_url}"
        linked = [
            (self._account(page["instagram_business_account"]),
             {"access_token": text(page, "access_token"), "page_id": text(page, "id")})
            for page in self._pages(fields)
            if text(page, "instagram_business_account", "id")
        ]  # fmt: skip
        if not linked:
            sentence = _(
                "None of these Pages has a professional account of Instagram linked. Link one in the settings of the "
                "Page, then connect again."
            )
            raise Refused(sentence, code="no_account")
        return linked

    @property
    def _inbox(self) -> str:
        return str(self.vault.read().get("page_id") or "me")

    def delete(self, remote_id: str) -> None:
        """K: that posts made by applications may be taken down; the answer tells."""
        try:
            self._done(self._say("DELETE", f"/{remote_id}"))
        except Refused as failure:
            if failure.code not in GONE:
                raise


def _of(media: Sequence[Media], kind: str) -> list[Media]:
    return [one for one in media if one.mime.startswith(f"{kind}/")]


def _how(media: Sequence[Media], options: Mapping[str, Any]) -> str:
    """``story``, ``carousel``, ``reel`` or ``image``."""
    if options.get("publish_as") == "story":
        return "story"
    return "carousel" if len(media) > 1 else "reel" if media and media[0].is_video else "image"


def _request(said: JSON, items: Sequence[str]) -> dict[str, str]:
    """What a container is asked for, but for its file."""
    options, how = said.get("options") or {}, said["as"]
    if how == "story":
        return {"media_type": "STORIES"}
    names = [name.strip().removeprefix("@") for name in str(options.get("collaborators") or "").split(",")]
    asked = {
        "caption": str(said["text"]), "location_id": str(options.get("location_id") or "").strip(),
        "collaborators": json.dumps([name for name in names if name]) if any(names) else "",
    }  # fmt: skip
    if how == "carousel":
        asked |= {"media_type": "CAROUSEL", "children": ",".join(items)}
    if how == "reel":
        seconds = str(options.get("cover_at") or "").strip()
        asked |= {"share_to_feed": "false" if options.get("reels_only") else "true"}
        asked |= {"thumb_offset": str(int(seconds) * 1000) if seconds.isdecimal() else ""}
    return {name: value for name, value in asked.items() if value}


def _plain(answer: Answer) -> Answer:
    """The token answer in the usual shape. M: it lies in a list there, and permissions are what others call scope."""
    try:
        data = answer.json()
    except Unreadable:
        return answer
    (one, *_more) = mappings(data, "data") or [data]
    if not text(one, "access_token"):
        return answer
    told = {**one, "scope": one.get("permissions") or ""}
    return Answer(answer.status, answer.headers, json.dumps(told).encode(), answer.url, at=answer.at)
