"""The half of YouTube around its videos: signing in, comments, what others say, numbers, answers.

https://developers.google.com/youtube/v3/docs and https://developers.google.com/youtube/analytics
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from .api import instant, mappings, number, text, within
from .base import (
    JSON,
    Absent,
    Account,
    Answer,
    Failure,
    Message,
    NotNow,
    Page,
    Published,
    Reading,
    Refused,
    SignInAgain,
    Step,
    utc,
)
from .canonical import same_form
from .google import GoogleApi, reasons_in
from .lookup import BEFORE, Mine, looked_up
from .wording import _, gettext_noop, quoting

PAGES = 10
"""A look goes back this many pages of a hundred; what is busier is looked at in part."""
AT_ONCE = 50
"""So many videos are asked about in one call (H)."""
ANALYTICS = "https://youtubeanalytics.googleapis.com/v2/reports"
_COUNTS = {"views": "viewCount", "likes": "likeCount", "replies": "commentCount"}
# M: the names; K: that they come two days late, so that a fresh video has none.
_REPORTED = {
    "shares": "shares", "minutes_watched": "estimatedMinutesWatched", "average_seconds": "averageViewDuration",
    "followers_gained": "subscribersGained",
}  # fmt: skip

_CLOSED = frozenset({
    "accountClosed", "accountSuspended", "authenticatedUserAccountClosed", "authenticatedUserAccountSuspended",
    "channelClosed", "channelSuspended",
})  # fmt: skip
_REFUSED = {
    "invalidTitle": gettext_noop("YouTube did not take the title. Nothing was published. Change the title."),
    "invalidDescription": gettext_noop("YouTube did not take the text. Nothing was published. Look for < and > in it."),
    "invalidTags": gettext_noop("YouTube did not take the tags. Nothing was published. Use fewer or shorter ones."),
    "invalidCategoryId": gettext_noop("YouTube has no such category here. Nothing was published. Choose another."),
    "invalidPublishAt": gettext_noop("YouTube did not take the time of publication. Nothing was published."),
    "invalidFilename": gettext_noop("YouTube did not take the name of the file. Nothing was published. Rename it."),
    "invalidVideoMetadata": gettext_noop(
        "YouTube did not take title, text or category. Nothing was published. Look whether one is missing."
    ),
    "mediaBodyRequired": gettext_noop("YouTube got no video. Nothing was published. Attach it again."),
    "defaultLanguageNotSet": gettext_noop("YouTube wants to know the language. Nothing was published. Choose one."),
    "imageFormatUnsupported": gettext_noop("YouTube does not take thumbnails of this type. Use JPEG or PNG."),
    "imageTooTall": gettext_noop("The thumbnail is too tall for YouTube. Use 1280 × 720."),
    "imageTooWide": gettext_noop("The thumbnail is too wide for YouTube. Use 1280 × 720."),
    "commentsDisabled": gettext_noop("Comments are switched off under this video. The video itself is not touched."),
    "videoNotFound": gettext_noop("YouTube has no such video of ours. It may have been taken down there."),
    "playlistNotFound": gettext_noop("YouTube has no such playlist of ours. The video itself is not touched."),
}
"""M: YouTube's reasons. What stands nowhere is refused with YouTube's own words."""


class YouTubeApi(GoogleApi):
    """One channel. ``settings["uploads"]`` is the playlist in which YouTube lists all its videos."""

    label: ClassVar[str] = "YouTube"
    api = "https://youtube.googleapis.com/youtube/v3"

    # -- signing in

    def whoami(self) -> Account:
        """The channel that was chosen in Google's own window: a sign-in speaks for one."""
        found = self._listed(self._get("/channels", part="snippet,contentDetails", mine="true"))
        if not found:
            sentence = _("This Google account has no YouTube channel. Make one, or sign in with another account.")
            raise SignInAgain(sentence, code="youtubeSignupRequired")
        me = found[0]
        id, title = self._id(me, writing=False), text(me, "snippet", "title")
        return Account(
            remote_id=id, handle=text(me, "snippet", "customUrl") or title or id, name=title,
            url=f"https://www.youtube.com/channel/{id}", avatar=text(me, "snippet", "thumbnails", "default", "url"),
            settings={"uploads": text(me, "contentDetails", "relatedPlaylists", "uploads")},
        )  # fmt: skip

    # -- lists

    def _listed(self, told: Any) -> list[Any]:
        """The items of an answer that must be a list: without any it says so, or it cannot be believed."""
        items = within(told, "items")
        if items is None and text(told, "kind").endswith("ListResponse"):
            return []
        if not isinstance(items, list):
            raise self._unreadable(writing=False)
        return items

    def _pages(self, path: str, **params: Any) -> Iterator[Mapping[str, Any]]:
        """Page after page of a list, as YouTube answers it."""
        cursor = ""
        while True:
            told = self._get(path, **params, pageToken=cursor)
            self._listed(told)
            yield told
            cursor = text(told, "nextPageToken")
            if not cursor:
                return

    def _read_back(self, path: str, since: datetime | None, **params: Any) -> tuple[list[list[JSON]], bool]:
        """The pages of a list back to before ``since``, and whether that is all of it."""
        read: list[list[JSON]] = []
        for told in self._pages(path, **params):
            found = mappings(told, "items")
            read.append(list(found))
            if not text(told, "nextPageToken"):
                return read, True
            at = instant(_said(found[-1]), "publishedAt") if found else None
            if len(read) == PAGES or (since is not None and at is not None and at < since - BEFORE):
                return read, False
        return read, True

    # -- comments

    def _comment(self, step: Step) -> Published:
        """The first comment, or an answer to somebody's."""
        path = "/comments" if "parentId" in step.payload["request"]["snippet"] else "/commentThreads"
        made = self._post(path, params={"part": "snippet"}, json=step.payload["request"])
        id = self._id(made)
        return Published(id, _comment_url(self._video_of(step), id))

    def _comment_request(self, step: Step) -> JSON:
        said, parent = str(step.payload.get("text", "")), str(step.payload.get("in_reply_to") or "")
        if parent:
            # K: an answer to an answer hangs on the first comment of its thread, whose id stands before the dot.
            return {"snippet": {"parentId": parent.partition(".")[0], "textOriginal": said}}
        top = {"snippet": {"textOriginal": said}}
        return {"snippet": {"videoId": self._video_of(step), "topLevelComment": top}}

    def _video_of(self, step: Step) -> str:
        return next((done.remote_id for done in step.earlier if done.kind == "post"), "")

    def _find_comment(self, step: Step) -> Published | Absent:
        """Own comments below the video (or below the comment that was answered), newest first."""
        snippet = step.payload["request"]["snippet"]
        said = text(snippet, "textOriginal") or text(snippet, "topLevelComment", "snippet", "textOriginal")
        if "parentId" in snippet:
            path, params = "/comments", {"parentId": snippet["parentId"]}
        else:
            path, params = "/commentThreads", {"videoId": snippet["videoId"], "order": "time"}
        pages, whole = self._read_back(
            path, step.since, part="snippet", maxResults=100, textFormat="plainText", **params
        )  # fmt: skip

        def is_it(one: JSON) -> bool:
            there = _said(one)
            ours = text(there, "authorChannelId", "value") == self.account.remote_id
            words = text(there, "textOriginal") or text(there, "textDisplay")
            return ours and same_form(words) == same_form(said)

        def mine(one: JSON) -> Mine:
            id = text(one, "id")
            return Mine(id, _comment_url(self._video_of(step), id), instant(_said(one), "publishedAt"))

        return looked_up(step, pages, mine=mine, is_it=is_it, whole=whole)

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """Comments below a video, newest first, and what was answered to them."""
        told = self._get(
            "/commentThreads", part="snippet,replies", videoId=remote_id, order="time", maxResults=100,
            textFormat="plainText", pageToken=cursor,
        )  # fmt: skip
        items: list[Message] = []
        for thread in mappings(self._listed(told)):
            items.append(_message(within(thread, "snippet", "topLevelComment"), video=remote_id))
            answers = mappings(thread, "replies", "comments")
            if (number(thread, "snippet", "totalReplyCount") or 0) > len(answers):
                # A thread shows only some of its answers.
                parent = {"part": "snippet", "parentId": text(thread, "id"), "textFormat": "plainText"}
                answers = [
                    one
                    for page in self._pages("/comments", maxResults=100, **parent)
                    for one in mappings(page, "items")
                ]
            items += [_message(one, video=remote_id) for one in answers]
        return Page(tuple(one for one in items if one.remote_id), text(told, "nextPageToken"))

    def hide(self, remote_id: str) -> None:
        """Takes a comment out of sight; it can be shown again in YouTube Studio."""
        self._post("/comments/setModerationStatus", params={"id": remote_id, "moderationStatus": "rejected"})

    def like(self, remote_id: str) -> None:
        """Likes a video. Comments cannot be liked from outside YouTube."""
        self._post("/videos/rate", params={"id": remote_id, "rating": "like"})

    def search(self, query: str, *, cursor: str = "") -> Page:
        """Public videos with these words, newest first. An application has a hundred searches a day (H)."""
        told = self._get(
            "/search", part="snippet", q=query, type="video", order="date", maxResults=50, pageToken=cursor
        )  # fmt: skip
        items = []
        for one in mappings(self._listed(told)):
            id, about = text(one, "id", "videoId"), within(one, "snippet")
            at = instant(about, "publishedAt") or utc(0)
            if id:
                items.append(Message(
                    id, "post", text(about, "channelId"), text(about, "channelTitle"), text(about, "title"), at,
                    f"https://www.youtube.com/watch?v={id}", raw=one,
                ))  # fmt: skip
        return Page(tuple(items), text(told, "nextPageToken"))

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Views, likes and comments as they are now; what only YouTube Analytics knows comes some days late."""
        readings = {}
        for start in range(0, len(remote_ids), AT_ONCE):
            asked = list(remote_ids[start : start + AT_ONCE])
            told = self._get("/videos", part="statistics", id=",".join(asked), maxResults=AT_ONCE)
            reported = self._reported(asked)
            for one in mappings(self._listed(told)):
                counts: dict[str, int | None] = {
                    name: number(one, "statistics", field) for name, field in _COUNTS.items()
                }  # fmt: skip
                counts |= reported.get(text(one, "id")) or dict.fromkeys(_REPORTED)
                readings[text(one, "id")] = Reading(counts, one)
        return readings

    def _reported(self, ids: Sequence[str]) -> dict[str, dict[str, int | None]]:
        params = {
            "ids": "channel==MINE", "dimensions": "video", "metrics": ",".join(_REPORTED.values()),
            "filters": f"video=={','.join(ids)}", "startDate": "2005-02-14", "endDate": f"{datetime.now(UTC):%Y-%m-%d}",
        }  # fmt: skip
        try:
            told = self._get(ANALYTICS, **params)
        except Failure:
            return {}  # the numbers that are there are worth more than none
        names = [text(column, "name") for column in mappings(told, "columnHeaders")]
        rows = within(told, "rows")
        listed = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
        found = [dict(zip(names, row, strict=False)) for row in listed]
        return {
            str(row.get("video")): {name: _whole(row.get(field)) for name, field in _REPORTED.items()} for row in found
        }  # fmt: skip

    def measure_account(self) -> Reading:
        me = within(self._listed(self._get("/channels", part="statistics", mine="true")), 0)
        hidden = within(me, "statistics", "hiddenSubscriberCount") is True
        fields = {"followers": "subscriberCount", "posts": "videoCount", "views": "viewCount"}
        counts = {name: number(me, "statistics", field) for name, field in fields.items()}
        counts["followers"] = None if hidden else counts["followers"]
        return Reading(counts, me if isinstance(me, Mapping) else {})

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        usual = super().understand(answer, writing=writing)
        if usual is not None and reasons_in(answer) & _CLOSED:
            sentence = _("YouTube has closed or suspended the channel. Look at it there, then connect it again.")
            return SignInAgain(quoting(sentence, answer.reason()), code=min(reasons_in(answer) & _CLOSED))
        if usual is None or (isinstance(usual, SignInAgain) and "forbidden" not in reasons_in(answer)):
            return usual
        reasons, said = reasons_in(answer), answer.reason()
        if "youtubeSignupRequired" in reasons:
            sentence = _("This Google account has no YouTube channel. Make one, or sign in with another account.")
            return SignInAgain(quoting(sentence, said), code="youtubeSignupRequired")
        if "uploadLimitExceeded" in reasons:
            sentence = _("YouTube takes no more videos from this channel today. It goes on tomorrow.")
            return NotNow(quoting(sentence, said), retry_at=answer.at + timedelta(hours=24), code="uploadLimitExceeded")
        for reason in sorted(reasons & _REFUSED.keys()):
            return Refused(quoting(_(_REFUSED[reason]), said), code=reason)
        return usual


def _said(one: JSON) -> JSON:
    """The words of a comment, or of the first comment of a thread."""
    inner = within(one, "snippet", "topLevelComment", "snippet") or within(one, "snippet")
    return inner if isinstance(inner, Mapping) else {}


def _message(comment: Any, *, video: str) -> Message:
    there = comment if isinstance(comment, Mapping) else {}
    said, id = _said(there), text(there, "id")
    return Message(
        remote_id=id, kind="reply", author=text(said, "authorChannelId", "value") or text(said, "authorChannelUrl"),
        author_name=text(said, "authorDisplayName"), text=text(said, "textOriginal") or text(said, "textDisplay"),
        at=instant(said, "publishedAt") or utc(0), url=_comment_url(video, id),
        parent_id=text(said, "parentId") or video, raw=there,
    )  # fmt: skip


def _comment_url(video: str, comment: str) -> str:
    return f"https://www.youtube.com/watch?v={video}&lc={comment}"


def _whole(value: Any) -> int | None:
    return number({"value": round(value) if isinstance(value, float) else value}, "value")
