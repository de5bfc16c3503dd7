"""YouTube: videos of one channel. https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol

A video is uploaded as private, in a session that can be asked how much it has; that shows nothing and may be repeated.
When YouTube has processed it, its captions are put in, so that nobody sees it without them. Then one call makes it
public: saying that again changes nothing, and asking tells whether it was said. A picture beside the video becomes its
thumbnail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import captions
from .api import instant, mappings, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Budget,
    Draft,
    Images,
    OAuth,
    Once,
    Option,
    Problem,
    Processing,
    Published,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Videos,
    Words,
)
from .look import Look
from .wording import _, gettext_noop
from .youtube_upload import YouTubeUpload, uploaded

HERE = "https://www.youtube.com/watch?v="
LONGEST = 5000
_TYPES = (
    "video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "video/x-msvideo", "video/mpeg", "video/3gpp",
)  # fmt: skip
_CATEGORIES = (
    ("22", gettext_noop("People & blogs")), ("25", gettext_noop("News & politics")), ("27", gettext_noop("Education")),
    ("28", gettext_noop("Science & technology")), ("29", gettext_noop("Non-profits & activism")),
    ("26", gettext_noop("How-to & style")), ("24", gettext_noop("Entertainment")), ("10", gettext_noop("Music")),
    ("17", gettext_noop("Sports")), ("19", gettext_noop("Travel & events")), ("1", gettext_noop("Film & animation")),
)  # fmt: skip
"""K: the numbers; which of them a country has is told by the answer."""
_SCOPE = "https://www.googleapis.com/auth/"


class YouTube(YouTubeUpload):
    """``settings["uploads"]``: the playlist of all our videos. Remote ids: a video's, a comment's."""

    name = "youtube"
    label = "YouTube"
    words = Words(post="video", share="share", like="like")
    sign_in = (
        OAuth(scopes={
            f"{_SCOPE}youtube.upload": gettext_noop("upload videos"),
            f"{_SCOPE}youtube.force-ssl": gettext_noop("edit and take down videos; write and hide comments"),
            f"{_SCOPE}youtube.readonly": gettext_noop("read the channel, its videos and their numbers"),
            f"{_SCOPE}yt-analytics.readonly": gettext_noop("read shares and minutes watched"),
        }),
    )  # fmt: skip
    look = Look(frame="headline", cut=120, lines=2, single=(1.78, 1.78), thread="apart", acts=("heart", "send", "save"))
    rules = Rules(
        text=Text(LONGEST, unit="char"),
        # 50 MiB by the discovery document (H), 2 MB in the prose (K).
        images=Images(1, size=52_428_800, alt=10_000, types=("image/jpeg", "image/png")),
        videos=Videos(
            1,
            size=274_877_906_944,
            types=_TYPES,
            with_images=True,
            required=True,
            captions=("vtt", "srt"),
            captions_size=104_857_600,
        ),
        text_required=False,
    )
    options = (
        Option("title", gettext_noop("Title"), "text", required=True, limit=100),
        Option(
            "made_for_kids", gettext_noop("Made for children"), "choice", required=True,
            choices=(("no", gettext_noop("No")), ("yes", gettext_noop("Yes"))),
            help=gettext_noop("YouTube has to be told. On videos for children it switches comments off."),
        ),
        Option(
            "visibility", gettext_noop("Visibility"), "choice", default="public",
            choices=(("public", gettext_noop("Public")), ("unlisted", gettext_noop("Unlisted")),
                     ("private", gettext_noop("Private"))),
        ),
        Option("category", gettext_noop("Category"), "choice", choices=_CATEGORIES, default="22"),
        Option("tags", gettext_noop("Tags"), "tags", help=gettext_noop("500 characters together.")),
        Option("language", gettext_noop("Language"), "language"),
        Option("playlist", gettext_noop("Playlist"), "text", limit=200,
               help=gettext_noop("The playlist's link, or its number from the link.")),
        Option("altered", gettext_noop("Shows altered or generated scenes"), "flag",
               help=gettext_noop("YouTube labels the video.")),
        Option("quiet", gettext_noop("Do not notify subscribers"), "flag"),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.HANDLE)
    budget = Budget(100, per=timedelta(days=1), name="uploads", of=Budget.APP)
    docs = "https://developers.google.com/youtube/v3/docs"

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        part, options = draft.parts[0], draft.options
        if not any(media.is_video for media in part.media):
            found.append(Problem("media", _("YouTube needs a video. Attach one, or leave this channel out.")))
        for media in part.media:
            if media.is_image and media.size > 2_000_000:
                sentence = _("YouTube may refuse a thumbnail of more than 2 MB. The video itself would stand.")
                found.append(Problem("media", sentence, count=media.size, limit=2_000_000, level="warn"))
        if (size := len(part.text.encode())) > LONGEST >= len(part.text):
            sentence = _("YouTube may count bytes: this text has %(count)d, and %(limit)d are sure to pass.")
            values = {"count": size, "limit": LONGEST}
            found.append(Problem("text", sentence % values, count=size, limit=LONGEST, level="warn"))
        for name, said in (("text", part.text), ("title", str(options.get("title") or ""))):
            if re.search(r"[<>]", said):  # K
                sentence = _("YouTube may refuse < and > in titles and texts. Write it without them.")
                found.append(Problem(name, sentence, level="warn"))
        if (count := _tags_length(_tags(options))) > 500:
            sentence = _("The tags have %(count)d of at most 500 characters on YouTube. Leave some out.")
            found.append(Problem("tags", sentence % {"count": count}, count=count, limit=500))
        return found

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The private video, its captions, its publication, and what belongs to it afterwards."""
        part, payload = draft.parts[0], {"text": draft.parts[0].text, "options": dict(draft.options)}
        video = next((media for media in part.media if media.is_video), None)
        picture = next((media for media in part.media if media.is_image), None)
        steps = [
            Step("session", 0, public=False, payload=payload, media=video),
            Step("upload", 1, public=False, media=video),
        ]
        if video is not None and self.told_rules.videos is not None:
            steps += captions.steps(video, captions.taken(video, self.told_rules.videos), after=2)
        steps.append(Step("post", len(steps), payload=payload))
        steps += self.comment(draft, after=len(steps))
        if playlist := _playlist(draft.options):
            steps.append(Step("playlist", len(steps), payload={"playlist": playlist}))
        if picture is not None:
            # Last, because YouTube refuses thumbnails to channels without a verified telephone: the video stands.
            steps.append(Step("thumbnail", len(steps), public=False, media=picture))
        return tuple(steps)

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact request."""
        if step.kind == "session":
            return {**step.payload, "request": _described(step.payload)}
        if step.kind == "comment" or step.payload.get("in_reply_to"):
            return {**step.payload, "request": self._comment_request(step)}
        if step.kind == "playlist":
            video = {"kind": "youtube#video", "videoId": self._video_of(step)}
            return {
                **step.payload,
                "request": {"snippet": {"playlistId": step.payload["playlist"], "resourceId": video}},
            }
        if step.kind == "post":
            status = _status(step.payload.get("options") or {}, visible=True)
            return {**step.payload, "request": {"id": uploaded(step), "status": status}}
        return step.payload

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if step.kind == "session":
            return Published(handle={"session": self._open(step.payload, step)})
        if step.kind == "upload":
            return self._upload(step)
        if step.kind == "captions":
            return self._captions(step)
        if step.kind == "thumbnail":
            return self._thumbnail(step)
        if step.kind == "playlist":
            made = self._post("/playlistItems", params={"part": "snippet"}, json=step.payload["request"])
            return Published(self._id(made), _playlist_url(step))
        if step.kind == "comment" or step.payload.get("in_reply_to"):
            return self._comment(step)
        return self._shown(self._say("PUT", "/videos", params={"part": "status"}, json=step.payload["request"]), step)

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """An answer to a comment, whose id is the payload's ``in_reply_to``."""
        return self._comment(step)

    def _shown(self, made: Any, step: Step) -> Published:
        """What the flip answered. An application that Google has not checked keeps every video private (K)."""
        id, wanted = self._id(made), text(step.payload, "request", "status", "privacyStatus")
        there = text(made, "status", "privacyStatus")
        if there == "private" != wanted:
            sentence = _(
                "The video is on YouTube, but YouTube keeps it private: Google has not checked our application yet. "
                "Nobody sees it. Make it public in YouTube Studio, or ask Google for the check."
            )
            raise Refused(sentence, code="locked_private")
        return Published(id, HERE + id)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        if step.kind == "comment" or step.payload.get("in_reply_to"):
            return self._find_comment(step)
        if step.kind == "playlist":
            wanted, video = step.payload["playlist"], self._video_of(step)
            told = self._get("/playlistItems", part="snippet", playlistId=wanted, videoId=video, maxResults=50)
            ids = [text(one, "id") for one in mappings(self._listed(told)) if text(one, "id") not in step.taken]
            return Published(ids[-1], _playlist_url(step)) if ids and ids[-1] else Absent()
        request = step.payload["request"]
        told = self._get("/videos", part="status", id=request["id"])
        there = text(within(self._listed(told), 0), "status", "privacyStatus")
        wanted = request["status"]["privacyStatus"]
        return Published(request["id"], HERE + request["id"]) if there == wanted else Absent()

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """A new text and, where one is given, a new title and new tags. The video stays, and who may see it."""
        now = self._video(remote_id)
        if now is None:
            raise Refused(_("The video is no longer on YouTube."), code="gone")
        # An update replaces the whole part, so what stays is said as well (K).
        kept = {name: within(now, "snippet", name) for name in (
            "title", "categoryId", "tags", "defaultLanguage", "defaultAudioLanguage",
        )}  # fmt: skip
        snippet = {name: value for name, value in kept.items() if value}
        snippet["description"] = draft.parts[0].text
        if title := str(draft.options.get("title") or "").strip():
            snippet["title"] = title
        if tags := _tags(draft.options):
            snippet["tags"] = tags
        request = {"id": remote_id, "snippet": snippet}
        made = self._say("PUT", "/videos", params={"part": "snippet"}, json=request)
        return Published(self._id(made), HERE + remote_id)

    def delete(self, remote_id: str) -> None:
        answer = self._ask("DELETE", "/videos", params={"id": remote_id})
        if answer.status not in (404, 410):
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        one = self._video(remote_id)
        if one is None:
            return None
        at = instant(one, "snippet", "publishedAt")
        return Seen(remote_id, HERE + remote_id, text(one, "snippet", "description"), at, raw=one)

    def _video(self, remote_id: str) -> Mapping[str, Any] | None:
        items = self._listed(self._get("/videos", part="snippet,status", id=remote_id))
        return next((one for one in items if text(one, "id") == remote_id), None)

    @classmethod
    def id_in(cls, url: str) -> str:
        parts = urlsplit(url)
        return parse_qs(parts.query).get("v", [""])[0] or super().id_in(url)


def _described(payload: JSON) -> JSON:
    options = payload.get("options") or {}
    snippet: dict[str, Any] = {
        "title": str(options.get("title") or "").strip(), "description": str(payload.get("text", "")),
        "categoryId": str(options.get("category") or "22"),
    }  # fmt: skip
    if tags := _tags(options):
        snippet["tags"] = tags
    if language := str(options.get("language") or ""):
        snippet |= {"defaultLanguage": language, "defaultAudioLanguage": language}
    return {"snippet": snippet, "status": _status(options, visible=False)}


def _status(options: Mapping[str, Any], *, visible: bool) -> JSON:
    """All of the part ``status``, because an update replaces it whole (K)."""
    return {
        "privacyStatus": str(options.get("visibility") or "public") if visible else "private",
        "selfDeclaredMadeForKids": options.get("made_for_kids") == "yes",
        "containsSyntheticMedia": bool(options.get("altered")),
        "embeddable": True, "publicStatsViewable": True, "license": "youtube",
    }  # fmt: skip


def _tags(options: Mapping[str, Any]) -> list[str]:
    return [tag.strip().lstrip("#") for tag in str(options.get("tags") or "").split(",") if tag.strip(" #")]


def _tags_length(tags: list[str]) -> int:
    """As YouTube counts (M): commas between, and quotes around a tag with a space."""
    return sum(len(tag) + 2 * (" " in tag) for tag in tags) + max(len(tags) - 1, 0)


def _playlist(options: Mapping[str, Any]) -> str:
    said = str(options.get("playlist") or "").strip()
    return parse_qs(urlsplit(said).query).get("list", [said])[0]


def _playlist_url(step: Step) -> str:
    return f"https://www.youtube.com/playlist?list={step.payload['playlist']}"
