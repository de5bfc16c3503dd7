"""A contract server for Facebook Pages, written from the public Graph API reference. Our page is the City Hall."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Said
from .graph import GraphServer, Params, Wrong, gone, route
from .graph_nodes import nodes

PAGE_ID, STRANGER = "1100022", "2200033"
LONGEST = 63_206
HEAVIEST = 4_194_304
MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


@dataclass
class Thing:
    """A post, a photo, a video or a comment. ``kind`` says which."""

    id: str
    kind: str
    at: datetime
    text: str = ""
    author: str = PAGE_ID
    public: bool = True
    parent_id: str = ""
    alt: str = ""
    photos: list[str] = field(default_factory=list)
    likes: set[str] = field(default_factory=set)
    hidden: bool = False
    body: bytes = b""
    size: int = 0
    status: str = ""
    checks: int = 0
    then: str = "ready"
    phase: str = "not_started"
    captions: dict[str, tuple[bytes, bool]] = field(default_factory=dict)
    """By locale: the file, and whether the video was public when it came."""


class FacebookServer(GraphServer):
    """``judge=True``: calls are compared with Meta's own lists, where they are at hand."""

    proof_required = True

    def __init__(self, *, judge: bool = False, **given: Any) -> None:
        super().__init__(**given)
        self.things: dict[str, Thing] = {}
        self.sessions: dict[str, Thing] = {}
        self.refusals: list[Wrong] = []
        self.tells_published = True
        self.dead_metrics: set[str] = set()
        self.pages = {PAGE_ID: ("City Hall", "cityhall"), "1100044": ("City Library", "")}
        self._nodes = nodes("facebook") if judge else None
        self._slow: list[tuple[int, str]] = []

    def judge(self, method: str, node: str, edge: str, params: Mapping[str, Any]) -> list[str]:
        if self._nodes is None:
            return []
        one = self.things.get(str(params["@id"]))
        kinds = {"post": "PagePost", "tagged": "PagePost", "photo": "Photo", "video": "AdVideo", "comment": "Comment"}
        found = kinds[one.kind] if one else "Page" if params["@id"] in self.pages else "PagePost"
        return self._nodes.complaints(method, found if node == "Any" else node, edge, params)

    def params(self, asked: Any) -> Params:
        found = super().params(asked)
        return {**found, "@id": re.sub(r"^/v[\d.]+", "", asked.path).split("/")[1]}

    def of(self, kind: str, *, author: str = PAGE_ID) -> list[Thing]:
        return [one for one in self.things.values() if one.kind == kind and one.public and one.author == author]

    def put(self, kind: str, **more: Any) -> Thing:
        with self.lock:
            id = self.next_id()
            if kind == "post":
                id = f"{PAGE_ID}_{id}"
            one = Thing(id, kind, self.now(), **more)
            self.things[id] = one
            return one

    def process_next(self, *, times: int, then: str) -> None:
        self._slow.append((times, then))

    def thing(self, id: str) -> Thing:
        """A thing by its id; a video also by that of its post."""
        id = id if id in self.things else id.removeprefix(f"{PAGE_ID}_")
        if id not in self.things:
            raise gone(id)
        return self.things[id]

    def _page(self, who: str, id: str) -> None:
        if who != "us" or id != PAGE_ID:
            raise Wrong("(#200) The permission(s) pages_manage_posts are not available.", 200, status=403)

    # -- signing in

    @route("POST", "/oauth/access_token", public=True)
    def _token(self, params: Params, who: str) -> Said:
        if params.get("grant_type") != "fb_exchange_token":
            return self.traded(params)
        if not self.is_ours(params):
            raise Wrong("Error validating client secret.", 1)
        return self.long_lived(str(params.get("fb_exchange_token")), prefix="EAAG-user")

    @route("GET", "/me/permissions")
    def _permissions(self, params: Params, who: str) -> Said:
        told = [{"permission": one, "status": "granted"} for one in self.granted]
        return self.said({"data": [*told, {"permission": "email", "status": "declined"}]})

    @route("GET", "/me/accounts")
    def _accounts(self, params: Params, who: str) -> Said:
        def show(pair: tuple[str, tuple[str, str]]) -> dict[str, Any]:
            return {**self._about(pair[0]), "access_token": self.token if pair[0] == PAGE_ID else "EAAG-library-99"}

        return self.listed(self.pages.items(), params, show)

    @route("GET", "/me", "Page")
    def _me(self, params: Params, who: str) -> Said:
        if who != "us":
            raise Wrong("(#100) Tried accessing nonexisting field (link) on node type (User)", 100)
        return self.said(self._about(PAGE_ID))

    def _about(self, id: str) -> dict[str, Any]:
        name, username = self.pages[id]
        numbers = {} if self.no_numbers else {"followers_count": 812, "fan_count": 790}
        return {
            "id": id, "name": name, **({"username": username} if username else {}), **numbers,
            "link": f"https://www.facebook.com/{username or id}",
            "picture": {"data": {"url": "https://scontent.example/cityhall.jpg"}},
        }  # fmt: skip

    # -- publishing

    def _said(self, text: str) -> str:
        if len(text) > LONGEST:
            raise Wrong("(#100) The message is too long.", 100)
        return text

    def _refuse(self) -> None:
        if self.refusals:
            raise self.refusals.pop(0)

    @route("POST", r"/(\d+)/feed", "Page", "feed")
    def _feed(self, params: Params, who: str, id: str) -> Said:
        self._page(who, id)
        photos = [str(one["media_fbid"]) for one in json.loads(params.get("attached_media") or "[]")]
        text, link = self._said(str(params.get("message") or "")), str(params.get("link") or "")
        if not text and not link and not photos:
            raise Wrong("(#100) Missing message or attachment", 100)
        for photo in photos:
            if self.thing(photo).public:
                raise Wrong("These photos were already posted.", 100, 1_366_051)
        one = self.put("post", text=text, photos=photos, public=params.get("published") != "false")
        return self.said({"id": one.id})

    @route("POST", r"/(\d+)/photos", "Page", "photos")
    def _photos(self, params: Params, who: str, id: str) -> Said:
        self._page(who, id)
        source = params.get("source")
        if not isinstance(source, tuple):
            raise Wrong("(#324) Requires upload file", 324)
        if len(source[2]) > HEAVIEST or not source[2].startswith(MAGIC):
            raise Wrong("Invalid parameter", 100, 1_366_046, error_user_msg="Your photos couldn't be uploaded.")
        one = self.put(
            "photo", alt=str(params.get("alt_text_custom") or ""), public=params.get("published") != "false"
        )  # fmt: skip
        return self.said({"id": one.id})

    @route("POST", r"/([\w-]+)/uploads")
    def _uploads(self, params: Params, who: str, app: str) -> Said:
        if app != self.consent.app["client_id"]:
            raise gone(app)
        session = f"upload:{self.next_id()}"
        self.sessions[session] = Thing(session, "upload", self.now(), size=int(params["file_length"]))
        return self.said({"id": session})

    @route("GET", r"/(upload:\d+)")
    def _offset(self, params: Params, who: str, id: str) -> Said:
        return self.said({"id": id, "file_offset": len(self.sessions[id].body)})

    @route("POST", r"/(upload:\d+)")
    def _bytes(self, params: Params, who: str, id: str) -> Said:
        session = self.sessions[id]
        self._taken(session, params, offset=int(params["@headers"]["file_offset"]))
        return self.said({"h": f"4::{id}"})

    def _taken(self, to: Thing, params: Params, *, offset: int) -> None:
        if offset != len(to.body):
            raise Wrong("Offset does not match what was received", 100)
        to.body += params.get("@body", b"")
        if len(to.body) != to.size:
            raise Wrong("The file is not whole", 100)

    @route("POST", r"/(\d+)/videos", "Page", "videos")
    def _videos(self, params: Params, who: str, id: str) -> Said:
        self._page(who, id)
        session = self.sessions.get(str(params.get("fbuploader_video_file_chunk") or "").removeprefix("4::"))
        if session is None:
            raise Wrong("(#100) No file was given", 100)
        times, then = self._slow.pop(0) if self._slow else (0, "ready")
        one = self.put(
            "video", text=self._said(str(params.get("description") or "")), body=session.body, checks=times, then=then,
            public=params.get("published") != "false",
        )  # fmt: skip
        return self.said({"id": one.id})

    @route("POST", r"/(\d+)/video_reels", "Page", "video_reels")
    def _reels(self, params: Params, who: str, id: str) -> Said:
        self._page(who, id)
        if str(params.get("upload_phase")).lower() == "start":
            one = self.put("video", public=False)
            address = f"https://rupload.facebook.com/video-upload/v25.0/{one.id}"
            return self.said({"video_id": one.id, "upload_url": address})
        one = self.thing(str(params["video_id"]))
        if not one.body or params.get("video_state") != "PUBLISHED":
            raise Wrong("(#100) The video has not been uploaded", 100)
        one.text, one.phase = self._said(str(params.get("description") or "")), "published"
        one.checks, one.then = self._slow.pop(0) if self._slow else (1, "ready")
        return self.said({"success": True})

    @route("POST", r"/(\d+)/captions", "Any", "captions")
    def _captions(self, params: Params, who: str, id: str) -> Said:
        self._refuse()
        one, file = self.thing(id), params.get("captions_file")
        found = re.fullmatch(r"[^.]+\.([a-z]{2,3}_[A-Z]{2})\.srt", file[0]) if isinstance(file, tuple) else None
        if found is None or one.kind != "video" or not re.match(rb"1\n\d\d:\d\d:\d\d,\d{3} --> ", file[2]):
            raise Wrong("Invalid parameter", 100, 387, error_user_msg="The file name must be name.locale.srt.")
        one.captions[found[1]] = (file[2], one.public)
        return self.said({"success": True})

    @route("POST", r"/video-upload/v[\d.]+/(\d+)")
    def _rupload(self, params: Params, who: str, id: str) -> Said:
        one, headers = self.thing(id), params["@headers"]
        one.size = int(headers["file_size"])
        self._taken(one, params, offset=int(headers["offset"]))
        return self.said({"success": True})

    @route("POST", r"/(\d+(?:_\d+)?)", "Any")
    def _change(self, params: Params, who: str, id: str) -> Said:
        self._refuse()
        one = self.thing(id)
        if params.get("is_published") == "true" or params.get("published") == "true":
            one.public, one.at = True, self.now()
            for photo in one.photos:
                self.things[photo].public = True
        if "message" in params:
            one.text = self._said(str(params["message"]))
        if "is_hidden" in params:
            one.hidden = params["is_hidden"] == "true"
        return self.said({"success": True})

    @route("DELETE", r"/(\d+(?:_\d+)?)", "Any")
    def _delete(self, params: Params, who: str, id: str) -> Said:
        self.thing(id)
        del self.things[id]
        return self.said({"success": True})

    @route("POST", r"/(\d+(?:_\d+)?)/comments", "Any", "comments")
    def _comment(self, params: Params, who: str, id: str) -> Said:
        self._refuse()
        self.thing(id)
        one = self.put("comment", text=str(params["message"]), parent_id=id)
        return self.said({"id": one.id})

    @route("POST", r"/(\d+(?:_\d+)?)/likes", "Any", "likes")
    def _like(self, params: Params, who: str, id: str) -> Said:
        self.thing(id).likes.add(PAGE_ID)
        return self.said({"success": True})

    # -- reading

    @route("GET", r"/(\d+(?:_\d+)?)/comments", "Any", "comments")
    def _comments(self, params: Params, who: str, id: str) -> Said:
        below = [one for one in self.things.values() if one.kind == "comment" and self._root(one) == id]
        newest = params.get("order") == "reverse_chronological"
        return self.listed(below[::-1] if newest else below, params, lambda one: self._shown(one, params))

    def _root(self, one: Thing) -> str:
        parent = self.things.get(one.parent_id)
        return self._root(parent) if parent is not None and parent.kind == "comment" else one.parent_id

    @route("GET", r"/(\d+)/published_posts", "Page", "published_posts")
    def _posts(self, params: Params, who: str, id: str) -> Said:
        found = self.of("post")[::-1]
        if params.get("summary") == "total_count":
            counted = {} if self.no_numbers else {"summary": {"total_count": len(found)}}
            return self.said({"data": [], **counted})
        return self.listed(found, params, lambda one: self._shown(one, params))

    @route("GET", r"/(\d+)/tagged", "Page", "tagged")
    def _tagged(self, params: Params, who: str, id: str) -> Said:
        found = [one for one in self.things.values() if one.kind == "tagged"]
        return self.listed(found[::-1], params, lambda one: self._shown(one, params))

    @route("GET", r"/(\d+(?:_\d+)?)/insights")
    def _insights(self, params: Params, who: str, id: str) -> Said:
        asked = str(params.get("metric") or "").split(",")
        if self.dead_metrics & set(asked):
            raise Wrong("(#100) The value must be a valid insights metric", 100)
        if self.no_numbers:
            return self.said({"data": []})
        rows = [{"name": name, "period": params.get("period"), "values": [{"value": 7}]} for name in asked]
        return self.said({"data": rows})

    @route("GET", r"/(\d+(?:_\d+)?)", "Any")
    def _get(self, params: Params, who: str, id: str) -> Said:
        if id in self.pages:
            token = {"access_token": self.token} if who == "person" and id == PAGE_ID else {}
            return self.said({**self._about(id), **token})
        one = self.thing(id)
        if one.kind == "video" and "status" in str(params.get("fields")):
            return self.said({"id": id, "status": self._status(one)})
        return self.said(self._shown(one, params))

    def _status(self, one: Thing) -> dict[str, Any]:
        ended = one.checks <= 0
        one.checks -= 1
        broken = ended and one.then == "failed"
        if one.phase == "published" and ended and not broken:
            one.phase, one.public = "complete", True
        phase = "in_progress" if one.phase == "published" else one.phase
        loading = {"status": "complete" if one.body else "in_progress", "bytes_transferred": len(one.body)}
        return {
            "video_status": "error" if broken else "ready" if ended else "processing",
            "uploading_phase": loading,
            "processing_phase": {"status": "error", "errors": [{"message": "No video track"}]} if broken else {
                "status": "complete" if ended else "in_progress"},
            "publishing_phase": {"status": phase},
        }  # fmt: skip

    def _shown(self, one: Thing, params: Params) -> dict[str, Any]:
        named = {PAGE_ID: "City Hall", STRANGER: "Rita Resident"}
        link = f"/cityhall/videos/{one.id}/" if one.kind == "video" else f"https://www.facebook.com/{one.id}"
        data: dict[str, Any] = {
            "id": one.id, "message": one.text, "created_time": self.stamp(one.at), "permalink_url": link,
            "from": {"id": one.author, "name": named[one.author]},
        }  # fmt: skip
        if one.kind == "video":
            data |= {"published": one.public, "post_id": f"{PAGE_ID}_{one.id}"}
        if one.kind == "photo":
            data["alt_text_custom"] = one.alt or None
        if one.kind == "post" and self.tells_published:
            data["is_published"] = one.public
        if one.photos:
            whole = [{"type": "photo", "target": {"id": photo}} for photo in one.photos]
            album = {"type": "album", "subattachments": {"data": whole}}
            data["attachments"] = {"data": whole if len(whole) == 1 else [album]}
        if one.kind == "comment" and one.parent_id in self.things and self.things[one.parent_id].kind == "comment":
            data["parent"] = {"id": one.parent_id}
        if not self.no_numbers:
            below = sum(other.kind == "comment" and self._root(other) == one.id for other in self.things.values())
            data |= {
                "shares": {"count": 0}, "reactions": {"data": [], "summary": {"total_count": len(one.likes)}},
                "comments": {"data": [], "summary": {"total_count": below}},
            }  # fmt: skip
        return self.show(data, str(params.get("fields") or ""))
