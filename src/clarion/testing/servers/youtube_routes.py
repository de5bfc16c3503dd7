"""What YouTube's contract server answers, call by call."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .base import Asked, Said
from .google import Routes, related, router, stamp

if TYPE_CHECKING:
    from .youtube import YouTubeServer

US, STRANGER = "UC-halden", "UC-resident"
UNIT = 256 * 1024
ROUTES: Routes = []
route = router(ROUTES)


@dataclass
class Session:
    id: str
    told: dict[str, Any]
    size: int
    got: int = 0
    video: str = ""
    hash: Any = field(default_factory=hashlib.sha256)


def parts_of(asked: Asked) -> list[str]:
    return asked.one("part").split(",")


# --- uploads ----------------------------------------------------------------------------------------------------------


@route("POST", "/upload/youtube/v3/videos")
def _open(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if asked.one("uploadType") != "resumable" or not asked.headers.get("x-upload-content-type", "").startswith(
        "video/"
    ):
        return server.error(400, "mediaBodyRequired", "The request does not include the video content.")
    told = json.loads(asked.body)
    if refused := server.wrong_snippet(told.get("snippet", {})):
        return refused
    session = Session(f"up-{server.next_number()}-s3cret", told, int(asked.headers["x-upload-content-length"]))
    server.sessions[session.id] = session
    where = f"{server.url}/upload/youtube/v3/videos?uploadType=resumable&upload_id={session.id}"
    return Said(200, b"", {"location": where})


@route("PUT", "/upload/youtube/v3/videos")
def _chunk(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    session = server.sessions.get(asked.one("upload_id"))
    if session is None:
        return Said(404, b"Not Found")
    if session.video:
        return server.say(server.show(server.videos[session.video], ("snippet", "status")))
    found = re.fullmatch(r"bytes (?:\*|(\d+)-(\d+))/(\d+)", asked.headers.get("content-range", ""))
    if found is None or int(found[3]) != session.size:
        return server.error(400, "badContent", "Invalid Content-Range.")
    if found[1] is not None:
        first, last = int(found[1]), int(found[2])
        wanted = last - first + 1
        if first != session.got or (wanted % UNIT and last + 1 != session.size):
            return server.error(400, "badContent", "The chunk does not begin where the last one ended, or is odd.")
        taken = len(asked.body) if server.most is None else min(server.most, len(asked.body))
        if first + taken < session.size:
            taken -= taken % UNIT
        session.hash.update(memoryview(asked.body)[:taken])
        session.got += taken
        server.received += taken
    if session.got == session.size and found[1] is not None:
        video = server.put(session.told["snippet"], session.told["status"])
        video.sha256, session.video = session.hash.hexdigest(), video.id
        return server.say(server.show(video, ("snippet", "status")))
    there = {"range": f"bytes=0-{session.got - 1}"} if session.got else {}
    return Said(308, b"", there)


@route("POST", "/upload/youtube/v3/thumbnails/set")
def _thumbnail(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    video = server.videos.get(asked.one("videoId"))
    if video is None:
        return server.error(404, "videoNotFound", "The video cannot be found.")
    if not server.verified:
        return server.error(
            403, "forbidden", "The authenticated user doesn't have permissions to set custom thumbnails."
        )
    if asked.headers.get("content-type") not in ("image/jpeg", "image/png") or not asked.body:
        return server.error(400, "invalidImage", "The provided image content is invalid.")
    video.thumbnail += 1
    return server.say({"kind": "youtube#thumbnailSetResponse", "items": [{}]})


@route("POST", "/upload/youtube/v3/captions")
def _put_captions(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    about, kind, raw = related(asked)
    told = about.get("snippet", {})
    video = server.videos.get(told.get("videoId", ""))
    if video is None:
        return server.error(404, "videoNotFound", "The video cannot be found.")
    if not told.get("language") or "name" not in told:
        return server.error(400, "invalidMetadata", "The request contains invalid metadata values.")
    if kind not in ("text/vtt", "application/x-subrip") or b"-->" not in raw:
        return server.error(400, "contentRequired", "The request does not contain the caption track's contents.")
    if any((one["language"], one["name"]) == (told["language"], told["name"]) for one in video.captions.values()):
        return server.error(409, "captionExists", "The specified video already has a caption track with that name.")
    id = f"cap-{server.next_number()}"
    video.captions[id] = {**told, "trackKind": "standard", "raw": raw, "kind": kind, "put": video.public_at}
    return server.say(_captions_shown(id, video.captions[id]))


@route("GET", "/youtube/v3/captions")
def _captions(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    video = server.videos.get(asked.one("videoId"))
    if video is None:
        return server.error(404, "videoNotFound", "The video cannot be found.")
    items = [_captions_shown(id, one) for id, one in video.captions.items()]
    return server.say({"kind": "youtube#captionListResponse", "items": items})


def _captions_shown(id: str, one: dict[str, Any]) -> dict[str, Any]:
    snippet = {name: one[name] for name in ("videoId", "language", "name", "trackKind")}
    return {"kind": "youtube#caption", "id": id, "snippet": snippet}


# --- videos -----------------------------------------------------------------------------------------------------------


@route("GET", "/youtube/v3/videos")
def _videos(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    found = [server.videos[id] for id in asked.one("id").split(",") if id in server.videos]
    for one in found:
        if one.upload == "uploaded" and "processingDetails" in parts_of(asked):
            if one.waits:
                one.waits -= 1
            else:
                one.upload = (
                    "processed" if not one.why else "rejected" if one.why in ("duplicate", "copyright") else "failed"
                )
    return server.listed(asked, "video", [server.show(one, parts_of(asked)) for one in found])


@route("PUT", "/youtube/v3/videos")
def _update(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    told = json.loads(asked.body)
    video = server.videos.get(told.get("id", ""))
    if video is None or video.channel != US:
        return server.error(404, "videoNotFound", "The video that you are trying to update cannot be found.")
    if "snippet" in parts_of(asked):
        if refused := server.wrong_snippet(told["snippet"]):
            return refused
        video.snippet = told["snippet"]
    if "status" in parts_of(asked):
        if told["status"].get("privacyStatus") not in ("public", "unlisted", "private"):
            return server.error(400, "invalidVideoMetadata", "The request metadata is invalid.")
        video.status = dict(told["status"])
        if server.locked:
            video.status["privacyStatus"] = "private"
        if video.status["privacyStatus"] == "public":
            video.public_at = video.public_at or server.next_number()
    return server.say(server.show(video, parts_of(asked)))


@route("DELETE", "/youtube/v3/videos")
def _delete(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if server.videos.pop(asked.one("id"), None) is None:
        return server.error(404, "videoNotFound", "The video that you are trying to delete cannot be found.")
    return Said(204)


@route("POST", "/youtube/v3/videos/rate")
def _rate(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if asked.one("id") not in server.videos:
        return server.error(404, "videoNotFound", "The video that you are trying to rate cannot be found.")
    server.videos[asked.one("id")].likes.add(US)
    return Said(204)


@route("GET", "/youtube/v3/search")
def _search(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    found = [v for v in server.videos.values() if asked.one("q").lower() in v.snippet["title"].lower()]
    items = [
        {"kind": "youtube#searchResult", "id": {"kind": "youtube#video", "videoId": one.id},
         "snippet": {"title": one.snippet["title"], "channelId": one.channel, "channelTitle": "Rita",
                     "publishedAt": stamp(one.at)}}
        for one in reversed(found)
    ]  # fmt: skip
    return server.listed(asked, "search", items)


@route("GET", "/youtube/v3/channels")
def _channels(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if not server.has_channel:
        return server.say({"kind": "youtube#channelListResponse", "pageInfo": {"totalResults": 0}})
    mine = len(server.public())
    whole = {
        "snippet": {"title": "City of Halden", "customUrl": f"@{server.name}"},
        "contentDetails": {"relatedPlaylists": {"uploads": "UU-halden"}},
        "statistics": {} if server.no_numbers else {
            "subscriberCount": "250", "videoCount": str(mine), "viewCount": "9000", "hiddenSubscriberCount": False,
        },
    }  # fmt: skip
    me = {"kind": "youtube#channel", "id": US, **{part: whole[part] for part in parts_of(asked)}}
    return server.listed(asked, "channel", [me])


# --- playlists and comments -------------------------------------------------------------------------------------------


@route("GET", "/youtube/v3/playlistItems")
def _items(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    wanted, video = asked.one("playlistId"), asked.one("videoId")
    if wanted == "UU-halden":
        mine = [one for one in server.videos.values() if one.channel == US]
        held = [(f"item-{one.id}", one.id) for one in sorted(mine, key=lambda one: one.at, reverse=True)]
    else:
        held = [(id, inside) for id, (playlist, inside) in server.playlist_items.items() if playlist == wanted]
    items = [_item(server, id, wanted, one) for id, one in held if video in ("", one)]
    return server.listed(asked, "playlistItem", items)


def _item(server: YouTubeServer, id: str, playlist: str, video: str) -> dict[str, Any]:
    one = server.videos[video]
    snippet = {
        "playlistId": playlist, "title": one.snippet["title"], "description": one.snippet.get("description", ""),
        "publishedAt": stamp(one.at), "resourceId": {"kind": "youtube#video", "videoId": video},
    }  # fmt: skip
    return {"kind": "youtube#playlistItem", "id": id, "snippet": snippet}


@route("POST", "/youtube/v3/playlistItems")
def _add(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    told = json.loads(asked.body)["snippet"]
    if told["playlistId"] != "PL-news" or told["resourceId"]["videoId"] not in server.videos:
        return server.error(404, "playlistNotFound", "The playlist cannot be found.")
    id = f"item-{server.next_number()}"
    server.playlist_items[id] = (told["playlistId"], told["resourceId"]["videoId"])
    return server.say(_item(server, id, *server.playlist_items[id]))


@route("GET", "/youtube/v3/commentThreads")
def _threads(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    mine = [c for c in server.comments.values() if c.video == asked.one("videoId") and not c.parent]
    shown = [server.show_thread(c) for c in reversed(mine) if c.state == "published"]
    return server.listed(asked, "commentThread", shown, most=100)


@route("POST", "/youtube/v3/commentThreads")
def _comment(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    told = json.loads(asked.body)["snippet"]
    video = server.videos.get(told["videoId"])
    if video is None:
        return server.error(404, "videoNotFound", "The video cannot be found.")
    if video.status.get("selfDeclaredMadeForKids"):
        return server.error(403, "commentsDisabled", "The video has disabled comments.")
    return server.say(
        server.show_thread(server.comment(video.id, told["topLevelComment"]["snippet"]["textOriginal"], author=US))
    )


@route("GET", "/youtube/v3/comments")
def _answers(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    below = [server.show_comment(c) for c in server.comments.values() if c.parent == asked.one("parentId")]
    return server.listed(asked, "comment", below, most=100)


@route("POST", "/youtube/v3/comments")
def _answer(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    told = json.loads(asked.body)["snippet"]
    parent = server.comments.get(told["parentId"])
    if parent is None or parent.parent:
        return server.error(404, "parentCommentNotFound", "The parent comment cannot be found.")
    if len(told["textOriginal"]) > 10_000:
        return server.error(400, "commentTextTooLong", "The comment is too long.")
    made = server.comment(parent.video, told["textOriginal"], author=US, parent=parent.id)
    return server.say(server.show_comment(made))


@route("POST", "/youtube/v3/comments/setModerationStatus")
def _moderate(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if asked.one("id") not in server.comments:
        return server.error(404, "commentNotFound", "The comment cannot be found.")
    server.comments[asked.one("id")].state = asked.one("moderationStatus")
    return Said(204)


@route("GET", "/v2/reports")
def _reports(server: YouTubeServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if not server.has_analytics:
        return server.error(403, "insufficientPermissions", "Insufficient Permission")
    names = asked.one("metrics").split(",")
    ids = asked.one("filters").removeprefix("video==").split(",")
    columns = [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in ("video", *names)]
    rows = [[id, *(0 for _name in names)] for id in ids if id in server.videos]
    return server.say({"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns,
                       **({} if server.no_numbers else {"rows": rows})})  # fmt: skip
