"""What TikTok's contract server answers, call by call."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .base import Asked, Said

if TYPE_CHECKING:
    from .tiktok import TikTokServer, Upload

type Handler = Callable[[Any, Asked], Said]
ROUTES: dict[tuple[str, str], tuple[Handler | None, str]] = {}
PLACE = "/video/"
LARGEST, LAST, CHUNKS = 64_000_000, 128_000_000, 1000

_PRIVACY = {"privacy_level", "disable_comment", "brand_content_toggle", "brand_organic_toggle"}
_KNOWN = {
    "video": {
        *_PRIVACY, "title", "disable_duet", "disable_stitch", "video_cover_timestamp_ms", "is_aigc",
    },
    "photos": {*_PRIVACY, "title", "description", "auto_add_music"},
}  # fmt: skip


def route(method: str, path: str, *, scope: str = "") -> Callable[[Handler], Handler]:
    """``scope``: what the token must be good for; empty: no token is asked for."""

    def keep(handler: Handler) -> Handler:
        ROUTES[method, path] = (handler, scope)
        return handler

    return keep


def units(text: str) -> int:
    """Length in UTF-16."""
    return sum(2 if ord(letter) > 0xFFFF else 1 for letter in text)


# --- the account ------------------------------------------------------------------------------------------------------


@route("GET", "/v2/user/info/", scope="user.info.basic")
def _info(server: TikTokServer, asked: Asked) -> Said:
    fields = asked.one("fields").split(",")
    needs = {"username": "user.info.profile", "follower_count": "user.info.stats"}
    if server.scopes is not None and any(field in fields and needs[field] not in server.scopes for field in needs):
        return server.error(401, "scope_not_authorized", "The user did not authorize the scope.")
    counts = {"follower_count": 250, "following_count": 3, "likes_count": 900, "video_count": len(server.public())}
    whole = {
        "open_id": "open-halden", "avatar_url": "https://p16.tiktokcdn.example/a.jpg", "display_name": "City of Halden",
        "username": server.name, **({} if server.no_numbers else counts),
    }  # fmt: skip
    return server.say({"user": {name: whole[name] for name in fields if name in whole}})


@route("POST", "/v2/post/publish/creator_info/query/", scope="video.publish")
def _creator(server: TikTokServer, asked: Asked) -> Said:
    if server.banned:
        return server.error(403, server.banned, "The user may not post.")
    return server.say({
        "creator_username": server.name, "creator_nickname": "City of Halden",
        "creator_avatar_url": "https://p16.tiktokcdn.example/a.jpg", "privacy_level_options": server.audiences,
        "max_video_post_duration_sec": server.longest,
        **{f"{name}_disabled": name in server.off for name in ("comment", "duet", "stitch")},
    })  # fmt: skip


# --- posts ------------------------------------------------------------------------------------------------------------


def _wrong_info(server: TikTokServer, info: Any, kind: str) -> Said | None:
    if not isinstance(info, dict) or set(info) - _KNOWN[kind]:
        return server.error(400, "invalid_param", "post_info has a field that is not known")
    if info.get("privacy_level") not in server.audiences:
        said = "Privacy level unspecified, or not among the options of the creator"
        return server.error(400, "privacy_level_option_mismatch", said)
    if not server.audited and not server.private:
        said = "Unaudited clients can only post to private accounts"
        return server.error(403, "unaudited_client_can_only_post_to_private_accounts", said)
    if info.get("brand_content_toggle") and info["privacy_level"] == "SELF_ONLY":
        return server.error(400, "invalid_param", "Branded content cannot be private")
    if any(f"disable_{name}" in _KNOWN[kind] and not info.get(f"disable_{name}") for name in server.off):
        return server.error(400, "invalid_param", "The creator has switched that off")
    return _wrong_words(server, info, kind)


def _wrong_words(server: TikTokServer, info: dict[str, Any], kind: str) -> Said | None:
    most = {"video": {"title": 2200}, "photos": {"title": 90, "description": 4000}}[kind]
    if any(units(str(info.get(name, ""))) > limit for name, limit in most.items()):
        return server.error(400, "invalid_param", "The text is too long")
    return None


@route("POST", "/v2/post/publish/video/init/", scope="video.publish")
def _video(server: TikTokServer, asked: Asked) -> Said:
    told = json.loads(asked.body)
    if refused := _wrong_info(server, told.get("post_info"), "video"):
        return refused
    return _opened(server, told, "video")


@route("POST", "/v2/post/publish/inbox/video/init/", scope="video.upload")
def _inbox(server: TikTokServer, asked: Asked) -> Said:
    return _opened(server, json.loads(asked.body), "inbox")


def _opened(server: TikTokServer, told: dict[str, Any], kind: str) -> Said:
    source = told.get("source_info", {})
    known = {"post_info", "source_info"} if kind == "video" else {"source_info"}
    size, chunk, count = (source.get(name) for name in ("video_size", "chunk_size", "total_chunk_count"))
    if set(told) - known or source.get("source") != "FILE_UPLOAD" or not all(isinstance(n, int) for n in (size, chunk)):
        return server.error(400, "invalid_param", "source_info is not valid")
    whole = chunk == size and size <= LARGEST
    if not whole and not server.smallest <= chunk <= LARGEST:
        return server.error(400, "invalid_param", "chunk_size is not valid")
    if count != max(size // chunk, 1) or not 1 <= count <= CHUNKS or size - chunk * (count - 1) > LAST:
        return server.error(400, "invalid_param", "The total chunk count is invalid")
    made = server.begin(kind, told.get("post_info", {}), size=size, chunk=chunk)
    number = made.publish_id.rpartition(".")[2]
    url = f"https://open-upload.tiktokapis.com{PLACE}?upload_id={number}&upload_token={made.token}"
    return server.say({"publish_id": made.publish_id, "upload_url": url})


@route("POST", "/v2/post/publish/content/init/", scope="video.publish")
def _photos(server: TikTokServer, asked: Asked) -> Said:
    told = json.loads(asked.body)
    source, info, inbox = (
        told.get("source_info", {}),
        told.get("post_info", {}),
        told.get("post_mode") == "MEDIA_UPLOAD",
    )
    addresses = source.get("photo_images", [])
    if set(told) - {"post_info", "source_info", "post_mode", "media_type"} or told.get("media_type") != "PHOTO":
        return server.error(400, "invalid_param", "media_type is not valid")
    if source.get("source") != "PULL_FROM_URL" or not 1 <= len(addresses) <= 35:
        return server.error(400, "invalid_param", "source_info is not valid")
    if not 0 <= source.get("photo_cover_index", 0) < len(addresses):
        return server.error(400, "invalid_param", "photo_cover_index is not valid")
    if any(not address.startswith(server.verified) for address in addresses):
        said = "Please review our URL ownership verification rules"
        return server.error(403, "url_ownership_unverified", said)
    if inbox and set(info) - {"title", "description"}:
        return server.error(400, "invalid_param", "post_info has a field that is not known")
    if refused := _wrong_words(server, info, "photos") if inbox else _wrong_info(server, info, "photos"):
        return refused
    made = server.begin("photos", {**info, **({"inbox": True} if inbox else {})})
    made.photos = addresses
    server.all_there(made)
    return server.say({"publish_id": made.publish_id})


@route("PUT", PLACE)
def _chunk(server: TikTokServer, asked: Asked) -> Said:
    number = asked.one("upload_id")
    one = next((one for one in server.uploads.values() if one.publish_id.endswith(number)), None)
    if one is None or one.token != asked.one("upload_token") or "authorization" in asked.headers:
        return Said(404)
    if one.publish_id in server.ended or one.got == one.size:
        return Said(403)
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", asked.headers.get("content-range", ""))
    if found is None or int(found[3]) != one.size or not asked.headers.get("content-type", "").startswith("video/"):
        return Said(400)
    first, last = int(found[1]), int(found[2])
    if last - first + 1 != len(asked.body):
        return Said(400)
    start = one.chunk * (max(one.size // one.chunk, 1) - 1)
    right = len(asked.body) == (one.size - start if first == start else one.chunk)
    if first != one.got or not right:
        return Said(416, b"", _there(one))
    one.hash.update(asked.body)
    one.got += len(asked.body)
    server.received += len(asked.body)
    if one.got == one.size:
        server.all_there(one)
        return Said(201, b"", _there(one))
    return Said(206, b"", _there(one))


def _there(one: Upload) -> dict[str, str]:
    return {"content-range": f"bytes 0-{one.got - 1}/{one.size}"} if one.got else {}


@route("POST", "/v2/post/publish/status/fetch/", scope="video.publish")
def _status(server: TikTokServer, asked: Asked) -> Said:
    one = server.uploads.get(json.loads(asked.body).get("publish_id", ""))
    if one is None:
        return server.error(400, "invalid_publish_id", "The publish_id does not exist")
    if one.status in ("PROCESSING_UPLOAD", "PROCESSING_DOWNLOAD") and one.got == one.size:
        if one.waits:
            one.waits -= 1
        else:
            server.settle(one)
    told: dict[str, Any] = {"status": one.status}
    if server.tells_bytes and one.kind != "photos":
        told["uploaded_bytes"] = one.got
    if one.status == "FAILED":
        told["fail_reason"] = one.why
    if one.post and server.posts[one.post].privacy != "SELF_ONLY":
        if server.moderates:
            server.moderates -= 1
            told["publicaly_available_post_id"] = []
        else:
            told["publicaly_available_post_id"] = [int(one.post)]
    return server.say(told)


# --- what is there ----------------------------------------------------------------------------------------------------


@route("POST", "/v2/video/query/", scope="video.list")
def _query(server: TikTokServer, asked: Asked) -> Said:
    ids = json.loads(asked.body).get("filters", {}).get("video_ids", [])
    if not 1 <= len(ids) <= 20 or not all(isinstance(id, str) and id.isdecimal() for id in ids):
        return server.error(400, "invalid_params", "video_ids is not valid")
    found = [one for one in server.public() if one.id in ids]
    return server.say({"videos": [server.show(one, asked.one("fields").split(",")) for one in found]})


@route("POST", "/v2/video/list/", scope="video.list")
def _list(server: TikTokServer, asked: Asked) -> Said:
    told = json.loads(asked.body)
    if not 1 <= told.get("max_count", 10) <= 20:
        return server.error(400, "invalid_params", "max_count is not valid")
    mine = server.public()
    before = [one for one in mine if "cursor" not in told or one.at.timestamp() * 1000 < told["cursor"]]
    page = before[: told.get("max_count", 10)]
    more = {"cursor": int(page[-1].at.timestamp() * 1000) if page else 0, "has_more": len(before) > len(page)}
    return server.say({"videos": [server.show(one, asked.one("fields").split(",")) for one in page], **more})
