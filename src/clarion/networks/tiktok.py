"""TikTok: videos and pictures of one account. https://developers.tiktok.com/doc/content-posting-api-get-started

A video goes up in chunks to an upload that is known by its ``publish_id``; all but the last show nothing. The last one
makes TikTok publish, and saying it again to the same upload cannot make a second post. Pictures are fetched by TikTok,
and the call that names them publishes: after a lost answer our posts are read, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .api import mappings, number, text, within
from .base import (
    JSON,
    Absent,
    Budget,
    Draft,
    Images,
    NotNow,
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
    Unknown,
    Videos,
    Words,
)
from .canonical import same_form
from .look import Look
from .lookup import Mine, looked_up
from .problems import problems
from .tiktok_api import created, post_id_in
from .tiktok_upload import TikTokUpload, wants_bytes
from .wording import _, gettext_noop

PAGES = 5
"""So many pages of our own posts (twenty each) are read for pictures whose answer was lost."""
PHOTO_TEXT, PHOTO_TITLE = 4000, 90
PATIENCE = 4
"""So often the id of a public post is waited for; moderation usually takes less than a minute (H)."""
SELF_ONLY = "SELF_ONLY"
_AUDIENCES = (
    ("PUBLIC_TO_EVERYONE", gettext_noop("Everyone")), ("MUTUAL_FOLLOW_FRIENDS", gettext_noop("Friends")),
    ("FOLLOWER_OF_CREATOR", gettext_noop("Followers")), (SELF_ONLY, gettext_noop("Only me")),
)  # fmt: skip


class TikTok(TikTokUpload):
    """Remote ids: a post's, or its ``publish_id`` where TikTok does not tell one."""

    name = "tiktok"
    label = "TikTok"
    words = Words(post="post", share="share", like="like")
    app_words = (gettext_noop("Client key"), gettext_noop("Client secret"))
    sign_in = (
        OAuth(scopes={
            "user.info.basic": gettext_noop("read the account's name and picture"),
            "user.info.profile": gettext_noop("read the account's address"),
            "user.info.stats": gettext_noop("read the account's numbers"),
            "video.publish": gettext_noop("publish on the account"),
            "video.upload": gettext_noop("bring drafts to the account's inbox"),
            "video.list": gettext_noop("look whether a post is there, and read its numbers"),
        }),
    )  # fmt: skip
    # H: numbers of pictures, lengths of their words. M: types, bytes and the 2,200. The account's own longest video is
    # asked of TikTok.
    look = Look(
        frame="film", cut=90, lines=2, tiles="row", most=35, many=0.56, single=(0.56, 0.56), links=False,
        thread="apart", acts=("heart", "message-square", "bookmark", "send"),
    )  # fmt: skip
    rules = Rules(
        text=Text(2200, unit="utf16"),
        images=Images(35, size=20_971_520, alt=10_000, types=("image/jpeg", "image/webp"), required=True),
        videos=Videos(
            1, size=4_294_967_296, seconds=600, types=("video/mp4", "video/webm", "video/quicktime"),
        ),
        text_required=False,
        asked_of_server=True,
    )  # fmt: skip
    options = (
        Option(
            "privacy", gettext_noop("Who can see it"), "choice", choices=_AUDIENCES, required=True,
            help=gettext_noop(
                "TikTok wants a person to choose this for each post. Until TikTok has audited your application, only "
                "“Only me” works. By posting you agree to TikTok's Music Usage Confirmation."
            ),
        ),
        Option("allow_comment", gettext_noop("Allow comments"), "flag"),
        Option("allow_duet", gettext_noop("Allow duets"), "flag", help=gettext_noop("Videos only.")),
        Option("allow_stitch", gettext_noop("Allow stitches"), "flag", help=gettext_noop("Videos only.")),
        Option(
            "brand_organic", gettext_noop("Promotes our own organisation"), "flag",
            help=gettext_noop("TikTok labels it “Promotional content”."),
        ),
        Option(
            "brand_content", gettext_noop("Paid partnership"), "flag",
            help=gettext_noop("TikTok labels it “Paid partnership”; its Branded Content Policy applies."),
        ),
        Option("generated", gettext_noop("Shows generated scenes"), "flag",
               help=gettext_noop("TikTok labels the video.")),
        Option("title", gettext_noop("Title of the pictures"), "text", limit=PHOTO_TITLE),
        Option("music", gettext_noop("Let TikTok add music to the pictures"), "flag"),
        Option(
            "cover", gettext_noop("Cover"), "moment", limit=10,
            help=gettext_noop("Of a video the second, such as 2.5; of pictures the number of the one."),
        ),
        Option(
            "destination", gettext_noop("Where to"), "choice", default="post",
            choices=(("post", gettext_noop("Publish")), ("inbox", gettext_noop("Inbox of the account"))),
            help=gettext_noop("From the inbox a person finishes and publishes it in the TikTok app."),
        ),
    )  # fmt: skip
    # The last chunk of the same upload cannot publish twice, so a look need not wait long.
    once = Once(Once.HANDLE)
    # H: for each account. K: about 15 posts a day for each account, by all applications together; TikTok tells.
    budget = Budget(6, per=timedelta(minutes=1), name="posts")
    docs = "https://developers.tiktok.com/doc/content-posting-api-get-started"

    # -- before publishing

    def limits(self) -> JSON:
        """How long a video of this account may be."""
        return {"videos": {"seconds": number(self._creator(), "max_video_post_duration_sec")}}

    def problems(self, draft: Draft) -> list[Problem]:
        part, options = draft.parts[0], draft.options
        photos, rules = _is_photos(draft), self.told_rules
        if photos:
            rules = replace(rules, text=replace(rules.text, limit=PHOTO_TEXT))
        found = list(problems(rules, self.options, draft, label=self.label))
        if _to_inbox(options):
            found = [problem for problem in found if problem.field != "privacy"]
            if part.text.strip() and not photos:
                sentence = _(
                    "TikTok takes no text with a video for the inbox. Whoever finishes it types the text there."
                )
                found.append(Problem("text", sentence, level="warn"))
        elif options.get("privacy") == SELF_ONLY:
            if options.get("brand_content"):
                sentence = _("A paid partnership cannot be for “Only me” on TikTok. Choose another audience.")
                found.append(Problem("privacy", sentence))
            sentence = _("Nobody but the account itself will see this on TikTok.")
            found.append(Problem("privacy", sentence, level="warn"))
        title = str(options.get("title") or "")
        if photos and (count := self.rules.text.count(title)) > PHOTO_TITLE >= len(title):
            sentence = _("The title has %(count)d of at most %(limit)d on TikTok. An emoji counts as two.")
            values = {"count": count, "limit": PHOTO_TITLE}
            found.append(Problem("title", sentence % values, count=count, limit=PHOTO_TITLE))
        at, said = _cover(options), str(options.get("cover") or "").strip()
        if said and (at is None or (photos and not 1 <= at <= len(part.media))):
            sentence = _("The cover is a number: a second of the video, or which of the pictures.")
            found.append(Problem("cover", sentence))
        for media in part.media:
            sides = [side for side in (media.width, media.height) if side]
            if media.is_video and any(not 360 <= side <= 4096 for side in sides):  # M
                sentence = _("TikTok may refuse a video of %(width)d × %(height)d: it takes sides from 360 to 4096.")
                values = {"width": media.width, "height": media.height}
                found.append(Problem("media", sentence % values, level="warn"))
        return found

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """What the account may do; then the video's upload and its last chunk, or the pictures and their one call."""
        part, inbox = draft.parts[0], _to_inbox(draft.options)
        kind = "photos" if _is_photos(draft) else "inbox" if inbox else "video"
        said = {"text": part.text, "options": dict(draft.options), "as": kind}
        asked = {"options": dict(draft.options), "seconds": part.media[0].duration if part.media else 0}
        steps = [] if inbox else [Step("creator", 0, public=False, payload=asked)]
        if kind == "photos":
            for media in part.media:
                steps.append(Step("photo", len(steps), public=False, media=media))
            return (*steps, Step("post", len(steps), payload=said))
        video = next((media for media in part.media if media.is_video), None)
        steps.append(Step("session", len(steps), public=False, payload=said, media=video))
        if video is not None and video.size > self._chunk_of(video.size):
            steps.append(Step("upload", len(steps), public=False, media=video))
        return (*steps, Step("post", len(steps), payload=said, media=video))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact words and settings. What the account has switched off stays off."""
        if step.kind not in ("session", "post"):
            return step.payload
        off = next((done.handle for done in step.earlier if done.kind == "creator"), {})
        if step.payload["as"] == "photos":
            return {**step.payload, "request": _photo_request(step.payload, off)}
        if step.kind == "session":
            request = {} if step.payload["as"] == "inbox" else {"post_info": _video_info(step.payload, off)}
            return {**step.payload, "request": request}
        return {**step.payload, "publish_id": self._session_of(step).publish_id}

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if step.kind == "creator":
            return self._may(step)
        if step.kind == "photo":
            if step.media is not None:
                self.lent(step.media)  # told now where TikTok could not fetch it
            return Published()
        if step.kind == "session":
            return Published(handle=self._open(step.payload, step).handle())
        if step.kind == "upload":
            return self._upload(step)
        if step.payload["as"] == "photos":
            addresses = [self.lent(done.media) for done in step.earlier if done.kind == "photo" and done.media]
            request = step.payload["request"]
            source = {**request["source_info"], "photo_images": addresses}
            made = self._post("/v2/post/publish/content/init/", json={**request, "source_info": source})
            return Processing({"publish_id": self._id(made, "data", "publish_id")}, 5.0)
        session = self._session_of(step)
        state = self._status(session.publish_id)
        if not wants_bytes(state, session):
            return self._outcome(state, {"publish_id": session.publish_id}, step, seconds=5.0)
        self._finish(step, session, state)
        return Processing({"publish_id": session.publish_id}, 3.0)

    def _creator(self) -> Mapping[str, Any]:
        told = within(self._post("/v2/post/publish/creator_info/query/", json={}, writing=False), "data")
        if not isinstance(told, Mapping) or not isinstance(told.get("privacy_level_options"), list):
            raise self._unreadable(writing=False)
        return told

    def _may(self, step: Step) -> Published:
        """What the account may do, as TikTok wants it asked before each post."""
        told, options = self._creator(), step.payload["options"]
        allowed = told["privacy_level_options"]
        if str(options.get("privacy") or "") not in allowed:
            names = [str(_(name)) for level, name in _AUDIENCES if level in allowed]
            sentence = _(
                "This account may not choose that audience on TikTok. Nothing was published. Choose one of: %(names)s."
            )
            raise Refused(sentence % {"names": ", ".join(names) or "–"}, code="privacy_level_option_mismatch")
        longest = number(told, "max_video_post_duration_sec")
        if longest and step.payload["seconds"] > longest:
            sentence = _("TikTok takes videos of at most %(limit)d seconds from this account. Nothing was published.")
            raise Refused(sentence % {"limit": longest}, code="duration_check_failed")
        return Published(handle={
            name: within(told, f"{name}_disabled") is True for name in ("comment", "duet", "stitch")
        })  # fmt: skip

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        """How far TikTok is. What it says of a post that it does not know is no proof that there is none."""
        try:
            state = self._status(str(processing.handle["publish_id"]))
        except Refused as refused:
            raise Unknown(refused.sentence, code=refused.code) from None
        return self._outcome(state, processing.handle, step, seconds=min(processing.seconds * 1.5, 60.0))

    def _outcome(self, state: Mapping[str, Any], handle: JSON, step: Step, *, seconds: float) -> Published | Processing:
        status, publish_id = text(state, "status"), str(handle["publish_id"])
        audience = str(within(step.payload, "options", "privacy") or "")
        if status == "FAILED":
            raise self._failure(text(state, "fail_reason"))
        if status == "SEND_TO_USER_INBOX":
            return Published(publish_id, self._link(""), {"publish_id": publish_id, "privacy": "inbox"})
        if status != "PUBLISH_COMPLETE":
            return Processing({"publish_id": publish_id}, seconds)
        id, asked = post_id_in(state), int(handle.get("asked") or 0) + 1
        if not id and audience != SELF_ONLY and not _to_inbox(step.payload.get("options") or {}) and asked < PATIENCE:
            return Processing({"publish_id": publish_id, "asked": asked}, 15.0)
        link = self._link(id, photos=step.payload["as"] == "photos")
        return Published(id or publish_id, link, {"publish_id": publish_id, "privacy": audience})

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Of a video its upload is asked. A failed one is absent: said again, it tells why."""
        if step.payload["as"] == "photos":
            return self._find_photos(step)
        session = self._session_of(step)
        state = self._status(session.publish_id)
        if text(state, "status") == "FAILED" or wants_bytes(state, session):
            return Absent()
        found = self._outcome(state, {"publish_id": session.publish_id, "asked": PATIENCE}, step, seconds=5.0)
        if isinstance(found, Processing):
            sentence = _("TikTok has all of the video and is still working on it. It is asked again.")
            raise NotNow(sentence, code="processing")
        return found

    def _find_photos(self, step: Step) -> Published | Absent:
        """K: whether TikTok lists pictures among our videos. So nothing that is not found is known to be absent."""
        info = step.payload["request"]["post_info"]
        wanted = {same_form(info["description"]), same_form(f"{info['title']} {info['description']}")} - {""}

        def is_it(one: Mapping[str, Any]) -> bool:
            said = {same_form(text(one, name)) for name in ("video_description", "title")} - {""}
            return any(ours == theirs or (len(theirs) > 100 and ours.startswith(theirs))
                       for ours in wanted for theirs in said)  # fmt: skip

        found = looked_up(
            step, self._own(), is_it=is_it,
            mine=lambda one: Mine(text(one, "id"), self._link(text(one, "id"), photos=True), created(one)),
        )  # fmt: skip
        return found if isinstance(found, Published) else Absent(complete=False)

    def _own(self) -> Iterator[list[Mapping[str, Any]]]:
        """Our public posts, newest first."""
        cursor: dict[str, int] = {}
        for _page in range(PAGES):
            told = self._post(
                "/v2/video/list/", params={"fields": "id,create_time,title,video_description"},
                json={"max_count": 20, **cursor}, writing=False,
            )  # fmt: skip
            yield mappings(told, "data", "videos")
            if within(told, "data", "has_more") is not True:
                return
            cursor = {"cursor": number(told, "data", "cursor") or 0}


def _is_photos(draft: Draft) -> bool:
    media = draft.parts[0].media
    return bool(media) and not any(one.is_video for one in media)


def _to_inbox(options: Mapping[str, Any]) -> bool:
    return options.get("destination") == "inbox"


def _cover(options: Mapping[str, Any]) -> float | None:
    try:
        return max(float(str(options.get("cover") or "0").strip().replace(",", ".")), 0.0)
    except ValueError:
        return None


def _disclosed(options: Mapping[str, Any]) -> dict[str, Any]:
    """What TikTok wants to be told of every post that is advertising."""
    return {
        "brand_content_toggle": bool(options.get("brand_content")),
        "brand_organic_toggle": bool(options.get("brand_organic")),
    }


def _video_info(payload: JSON, off: JSON) -> JSON:
    options = payload["options"]
    info = {
        "title": payload["text"], "privacy_level": str(options.get("privacy") or ""), **_disclosed(options),
        "is_aigc": bool(options.get("generated")),
        **{f"disable_{name}": bool(off.get(name)) or not options.get(f"allow_{name}")
           for name in ("comment", "duet", "stitch")},
    }  # fmt: skip
    if at := _cover(options):
        info["video_cover_timestamp_ms"] = round(at * 1000)
    return info


def _photo_request(payload: JSON, off: JSON) -> JSON:
    options, inbox = payload["options"], _to_inbox(payload["options"])
    info = {"title": str(options.get("title") or "").strip(), "description": payload["text"]}
    if not inbox:
        info |= {
            "privacy_level": str(options.get("privacy") or ""), **_disclosed(options),
            "disable_comment": bool(off.get("comment")) or not options.get("allow_comment"),
            "auto_add_music": bool(options.get("music")),
        }  # fmt: skip
    return {
        "post_info": info, "media_type": "PHOTO", "post_mode": "MEDIA_UPLOAD" if inbox else "DIRECT_POST",
        "source_info": {"source": "PULL_FROM_URL", "photo_cover_index": max(round(_cover(options) or 1), 1) - 1},
    }  # fmt: skip
