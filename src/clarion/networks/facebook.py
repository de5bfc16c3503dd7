"""Facebook Pages. https://developers.facebook.com/docs/pages-api/

Everything is made unpublished first and then made public by one call that only names it. K: that repeating this call
is harmless; so after a lost answer the post itself is asked, and nothing is repeated before.

Not declared: `messages` and `search` (no permission is asked for them), `share` (no API).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from . import captions
from .api import number, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Budget,
    Captions,
    Draft,
    Images,
    Media,
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
    Videos,
    Words,
)
from .canonical import same_form
from .facebook_api import COMMENT, HOME, SAID, FacebookPage, mine
from .graph import DUPLICATE, GONE, GRAPH
from .look import Look
from .lookup import looked_up
from .resumable import file_of
from .wording import _, gettext_noop, quoting


class Facebook(FacebookPage):
    """One page, by its own token. ``account.remote_id`` is the page's id."""

    name, label = "facebook", "Facebook"
    words = Words(post="post", share="share", like="like")
    docs = "https://developers.facebook.com/docs/pages-api/"
    app_words = (gettext_noop("App ID"), gettext_noop("App secret"))
    sign_in = (
        OAuth(
            scopes={
                "pages_show_list": gettext_noop("list the Pages that you run"),
                "pages_manage_posts": gettext_noop("publish, edit and take down posts"),
                "pages_read_engagement": gettext_noop("read the Page's own posts"),
                "pages_manage_engagement": gettext_noop("comment, like and hide comments as the Page"),
                "pages_read_user_content": gettext_noop("read what others say on the Page"),
                "publish_video": gettext_noop("publish videos"),
                "read_insights": gettext_noop("read numbers"),
                "business_management": gettext_noop("list Pages that a business owns"),
            }
        ),
    )  # fmt: skip
    # M: 63,206 characters. M: 4 MB for a picture. K: how many pictures, how long an alt text, how heavy a video may be.
    look = Look(
        card="large", cut=400, lines=5, most=5, many=1.0, single=(0.8, 1.91),
        acts=("heart", "message-square", "send"),
    )  # fmt: skip
    rules = Rules(
        text=Text(63_206, unit="char"),
        images=Images(
            10, size=4_194_304, alt=1000, frames=1,
            types=("image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"),
        ),
        videos=Videos(
            1, size=1_000_000_000, types=("video/mp4", "video/quicktime"), captions=("srt",), captions_size=200_000
        ),
        text_required=False,
    )  # fmt: skip
    unsure = frozenset({("media", 10), ("media", 1_000_000_000), ("alt", 1000)})
    options = (
        Option(
            "link", gettext_noop("Link"), "address",
            help=gettext_noop("Shown as a card below a post without picture or video."),
        ),
        Option(
            "video_as", gettext_noop("Video as"), "choice", default="video",
            choices=(("video", gettext_noop("Video")), ("reel", gettext_noop("Reel"))),
        ),
        Option("title", gettext_noop("Title of the video"), "text", limit=255),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.HANDLE)
    # K: calls of an app for each of its users. Meta's own usage headers slow us down before that.
    budget = Budget(200, per=timedelta(hours=1))
    reel_seconds: ClassVar[tuple[int, int]] = (3, 90)

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        shortest, longest = self.reel_seconds
        for media in draft.parts[0].media:
            if _as(media.is_video, draft.options) != "reel" or not media.duration:
                continue
            if not shortest <= media.duration <= longest:
                sentence = _("A reel on %(network)s lasts %(shortest)d to %(longest)d seconds; this one has %(count)d.")
                count = round(media.duration)
                values = {"network": self.label, "shortest": shortest, "longest": longest, "count": count}
                found.append(Problem("media", sentence % values, 0, count, longest))
        for media in draft.parts[0].media:
            for one in media.captions:
                if _locale(one) == "":
                    sentence = _(
                        "%(network)s wants a country beside the language of captions. Those in %(language)s stay away; "
                        "give their language with its country, such as en-GB."
                    )
                    values = {"network": self.label, "language": one.label or one.language}
                    found.append(Problem("captions", sentence % values, level="warn"))
        return found

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """Uploads, the unpublished post, its captions, and the call that makes it public. A reel is its own unpublished
        post; K: that it takes captions, so they come when it is out."""
        part, options = draft.parts[0], dict(draft.options)
        videos = [media for media in part.media if media.is_video]
        kind = _as(bool(videos), options)
        said = {"text": part.text, "options": options, "as": kind}
        first = {"post": (), "video": ("session", "upload"), "reel": ("reel", "upload_reel")}[kind]
        steps = [Step(name, number, public=False, media=videos[0]) for number, name in enumerate(first)]
        if kind == "post":
            steps = [
                Step("photo", number, public=False, payload={"alt": media.alt}, media=media)
                for number, media in enumerate(part.media)
            ]
        if kind != "reel":
            steps.append(Step("draft", len(steps), public=False, payload=said))
        if kind == "video":
            steps += self._captioned(videos[0], after=len(steps))
        steps.append(Step("post", len(steps), payload=said))
        if kind == "reel":
            steps += self._captioned(videos[0], after=len(steps))
        return (*steps, *self.comment(draft, after=len(steps)))

    def _captioned(self, media: Media, *, after: int) -> tuple[Step, ...]:
        rule = self.told_rules.videos
        mine = [one for one in captions.taken(media, rule) if _locale(one)] if rule else []
        return captions.steps(media, mine, after=after)

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds what is named by the step: the unpublished post, the post below which it is said, the whole request."""
        payload = dict(step.payload)
        handles = {earlier.kind: earlier.handle for earlier in step.earlier}
        parent = str(payload.get("in_reply_to") or "")
        if step.kind == "comment":
            parent = next(earlier.remote_id for earlier in reversed(step.earlier) if earlier.kind == "post")
        if parent:
            return {**payload, "target": parent, "request": {"message": payload["text"]}}
        if step.kind == "draft":
            photos = [str(earlier.handle["id"]) for earlier in step.earlier if earlier.kind == "photo"]
            payload["request"] = self._draft(payload, photos, str(handles.get("upload", {}).get("file") or ""))
        elif step.kind in ("post", "captions"):
            payload["target"] = str((handles.get("draft") or handles["reel"])["id"])
        if step.kind == "post":
            payload["request"] = {
                "post": {"is_published": "true"},
                "video": {"published": "true"},
                "reel": {
                    "upload_phase": "finish", "video_id": payload["target"], "video_state": "PUBLISHED",
                    "description": payload["text"],
                },
            }[payload["as"]]  # fmt: skip
        return payload

    @staticmethod
    def _draft(said: JSON, photos: Sequence[str], file: str) -> dict[str, str]:
        options = said["options"]
        if said["as"] == "video":
            asked = {"fbuploader_video_file_chunk": file, "description": said["text"], "title": options.get("title")}
        else:
            attached = json.dumps([{"media_fbid": photo} for photo in photos]) if photos else ""
            link = "" if photos else str(options.get("link") or "")
            asked = {"message": said["text"], "attached_media": attached, "link": link}
        return {**{name: str(value) for name, value in asked.items() if value}, "published": "false"}

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if not step.public:
            return {
                "photo": self._photo, "session": self._session, "upload": self._upload, "reel": self._reel,
                "upload_reel": self._upload_reel, "draft": self._unpublished, "captions": self._captions,
            }[step.kind](step)  # fmt: skip
        payload = step.payload
        target, request = payload["target"], payload["request"]
        try:
            if step.kind == "comment" or payload.get("in_reply_to"):
                id = self._id(self._post(f"/{target}/comments", data=request))
                return Published(id, self._link(id))
            if payload["as"] == "reel":
                self._done(self._post(f"/{self._me}/video_reels", data=request))
                return Processing({"id": target}, 5.0)
            self._done(self._post(f"/{target}", data=request))
        except Refused as failure:
            seen = self.find(step, key=key) if set(failure.code.split("/")) & DUPLICATE else None
            if isinstance(seen, Published):
                return seen
            raise
        return self._out(target, payload["as"])

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A comment below the post or comment ``in_reply_to``."""
        return self.publish(step, key=key)

    def _out(self, target: str, kind: str) -> Published:
        """The post that is public now. A video's post has an id of its own."""
        if kind == "post":
            return Published(target, self._link(target))
        try:
            video = self._get(f"/{target}", fields="post_id,permalink_url")
        except (NotNow, Refused):
            video = {}
        id, link = text(video, "post_id") or target, text(video, "permalink_url")
        id = id if "_" in id or id == target else f"{self._me}_{id}"
        return Published(id, f"{HOME}{link}" if link.startswith("/") else link or f"{HOME}/{target}")

    def _photo(self, step: Step) -> Published:
        media, path, _size = file_of(step)
        data = {"published": "false", **({"alt_text_custom": media.alt} if media.alt else {})}
        files = {"source": (media.name or path.name, path, media.mime)}
        return Published(handle={"id": self._id(self._post(f"/{self._me}/photos", data=data, files=files))})

    def _session(self, step: Step) -> Published:
        """A place for the file, at our application; it takes bytes until it has them all."""
        media, path, size = file_of(step)
        asked = {"file_name": media.name or path.name, "file_length": size, "file_type": media.mime}
        made = self._post(f"/{self.app.get('client_id')}/uploads", data=asked)
        return Published(handle={"session": self._id(made)})

    def _upload(self, step: Step) -> Published:
        session = step.earlier[-1].handle["session"]
        has = number(self._get(f"/{session}"), "file_offset") or 0
        made = self._send_rest(f"/{session}", step, start=has, headers={"file_offset": str(has)})
        return Published(handle={"file": self._id(made, "h")})

    def _reel(self, step: Step) -> Published:
        made = self._post(f"/{self._me}/video_reels", data={"upload_phase": "start"})
        return Published(handle={"id": self._id(made, "video_id")})

    def _upload_reel(self, step: Step) -> Published:
        id = str(step.earlier[-1].handle["id"])
        size = file_of(step)[2]
        has = number(self._get(f"/{id}", fields="status"), "status", "uploading_phase", "bytes_transferred") or 0
        if has < size:
            address = f"{self.rupload}/video-upload/{GRAPH.name}/{id}"
            headers = {"offset": str(has), "file_size": str(size)}
            self._done(self._send_rest(address, step, start=has, headers=headers))
        return Published(handle={"id": id})

    def _unpublished(self, step: Step) -> Published | Processing:
        request, is_video = step.payload["request"], step.payload["as"] == "video"
        id = self._id(self._post(f"/{self._me}/{'videos' if is_video else 'feed'}", data=request))
        return Processing({"id": id}, 5.0) if is_video else Published(handle={"id": id})

    def _captions(self, step: Step) -> Published:
        """One caption file of the video. Its name says its language; K: said again, it takes the place of the same."""
        told, _kind, raw = captions.file_of(step, (captions.SRT,))
        files = {"captions_file": (f"captions.{_locale(told)}.srt", raw, "application/x-subrip")}
        try:
            self._done(self._post(f"/{step.payload['target']}/captions", files=files))
        except Refused as failure:
            is_out = any(done.kind == "post" for done in step.earlier)
            sentence = (
                _("%(network)s did not take the captions in “%(language)s”. The reel is published without them.")
                if is_out
                else _("%(network)s did not take the captions in “%(language)s”. Nothing was published.")
            )
            values = {"network": self.label, "language": told.language}
            raise Refused(quoting(sentence % values, failure.sentence), code=failure.code) from None
        return Published()

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        id = str(processing.handle["id"])
        status = within(self._get(f"/{id}", fields="status"), "status")
        self._raise_if_broken(status)
        if step.public and _phase(status, "publishing_phase") == "complete":
            return self._out(id, "reel")
        if not step.public and text(status, "video_status") == "ready":
            return Published(handle={"id": id})
        return Processing(processing.handle, min(processing.seconds * 1.5, 60.0))

    def _raise_if_broken(self, status: Any) -> None:
        phases = [_phase(status, name) for name in ("uploading_phase", "processing_phase", "publishing_phase")]
        if text(status, "video_status") in ("error", "expired") or "error" in phases:
            said = text(status, "processing_phase", "errors", 0, "message")
            sentence = _("%(network)s could not use the video. Nothing was published.") % {"network": self.label}
            raise Refused(quoting(sentence, said), code="video")

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Asks the post itself whether it is public; of a comment, looks below its post."""
        payload, target = step.payload, str(step.payload["target"])
        if step.kind == "comment" or payload.get("in_reply_to"):
            return self._find_comment(step, target)
        if payload["as"] == "reel":
            status = within(self._get(f"/{target}", fields="status"), "status")
            phase = _phase(status, "publishing_phase")
            if phase == "complete":
                return self._out(target, "reel")
            if phase != "not_started":
                raise NotNow(_("%(network)s is still working on the reel.") % {"network": self.label}, code="reel")
            return Absent(complete=True)
        field = "published" if payload["as"] == "video" else "is_published"
        public = within(self._get(f"/{target}", fields=f"{field},permalink_url"), field)
        if public is True:
            return self._out(target, payload["as"])
        if public is False:
            return Absent(complete=True)
        pages, whole, skew = self._back_to(step, f"/{self._me}/published_posts", at="created_time", fields=SAID)
        return looked_up(step, pages, mine=mine, is_it=lambda one: one["id"] == target, skew=skew, whole=whole)

    def _find_comment(self, step: Step, target: str) -> Published | Absent:
        pages, whole, skew = self._back_to(
            step, f"/{target}/comments", at="created_time", fields=COMMENT, filter="stream",
            order="reverse_chronological",
        )  # fmt: skip
        ours = same_form(step.payload["request"]["message"])

        def is_it(one: Mapping[str, Any]) -> bool:
            return text(one, "from", "id") == self._me and same_form(text(one, "message")) == ours

        return looked_up(step, pages, mine=mine, is_it=is_it, skew=skew, whole=whole)

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        self._done(self._post(f"/{remote_id}", data={"message": draft.parts[0].text}))
        return Published(remote_id, self._link(remote_id))

    def delete(self, remote_id: str) -> None:
        try:
            self._done(self._say("DELETE", f"/{remote_id}"))
        except Refused as failure:
            if failure.code not in GONE:
                raise

    def like(self, remote_id: str) -> None:
        """As the page. Twice is once."""
        self._done(self._post(f"/{remote_id}/likes"))

    def hide(self, remote_id: str) -> None:
        """Hides a comment from everybody but its author and their friends."""
        self._done(self._post(f"/{remote_id}", data={"is_hidden": "true"}))


def _as(is_video: bool, options: Mapping[str, Any]) -> str:
    """``post``, ``video`` or ``reel``: each is made and made public in its own way."""
    return ("reel" if options.get("video_as") == "reel" else "video") if is_video else "post"


def _phase(status: Any, name: str) -> str:
    return text(status, name, "status")


def _locale(one: Captions) -> str:
    """The language as Meta names it, always with a country; empty where nobody knows one. K: the two that differ."""
    known = captions.locale_of(one.language)
    return _LOCALES.get(one.language) or ("_".join(known) if known else "")


_LOCALES = {"ar": "ar_AR", "es-419": "es_LA"}
