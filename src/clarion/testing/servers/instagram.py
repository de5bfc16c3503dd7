"""A contract server for Instagram, written from its public documentation. Our account is ``cityhall``.

``InstagramServer`` is the host of Instagram Login, ``InstagramPageServer`` that of Facebook Login.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from .base import Asked, Said
from .containers import STRANGER, US, Container, ContainerServer, Post
from .graph import Params, Wrong, gone, route, split_fields
from .graph_nodes import Nodes, nodes

US_ID, STRANGER_ID, PAGE_ID = "17841400008460056", "2200033", "1100022"
LONGEST, HASHTAGS, MENTIONS, MOST, DAILY = 2200, 30, 20, 10, 50
HEAVIEST = 8_388_608
METRICS = frozenset({
    "views", "reach", "saved", "shares", "total_interactions", "likes", "comments", "replies", "reposts", "follows",
    "profile_visits", "navigation", "accounts_engaged",
})  # fmt: skip
ALIASES = {"Media": "IGMediaForIGOnlyAPI", "Comment": "IGComment", "User": "IGUserForIGOnlyAPI"}


@dataclass(frozen=True)
class Whisper:
    id: str
    talk: str
    author_id: str
    author: str
    text: str
    at: datetime


class InstagramServer(ContainerServer):
    """``judge=True``: calls are compared with Meta's own lists, where they are at hand."""

    nodes_of: ClassVar[dict[str, str]] = {"User": "IGUserForIGOnlyAPI", "Media": "IGMediaForIGOnlyAPI"}
    fewest, most = 2, MOST

    def __init__(self, *, judge: bool = False, **given: Any) -> None:
        super().__init__(**given)
        self.username = US
        self.account_type = "BUSINESS"
        self.flat_token = False
        self.whispers: list[Whisper] = []
        self.dead_metrics: set[str] = set()
        self._nodes: Nodes | None = nodes("instagram") if judge else None
        self._pages: Nodes | None = nodes("facebook") if judge else None

    # -- the judge

    def params(self, asked: Asked) -> Params:
        found = super().params(asked)
        parts = re.sub(r"^/v[\d.]+", "", asked.path).split("/")
        return {**found, "@id": parts[1], "@edge": parts[-1]}

    def judge(self, method: str, node: str, edge: str, params: Mapping[str, Any]) -> list[str]:
        id, edge = str(params["@id"]), edge and str(params["@edge"])
        if self._nodes is None or self._pages is None or id in self.containers:
            return []
        if id == PAGE_ID:
            return self._pages.complaints(method, "Page", edge, params)
        one = self.posts.get(id)
        if node == "Any":
            node = "User" if id == US_ID else "Comment" if one is not None and one.kind == "comment" else "Media"
        name = self.nodes_of.get(node) or ALIASES[node]
        edge = "mediapublish" if edge == "media_publish" and (name, "POST", edge) not in self._nodes.edges else edge
        said = self._nodes.complaints(method, name, edge, params)
        _params, gives = self._nodes.edges.get((name, method, edge), (set(), ""))
        shown = ALIASES.get(gives, "")
        known = self._nodes.fields.get(shown, set()) | {end for node, get, end in self._nodes.edges if node == shown}
        asked = split_fields(str(params.get("fields") or "")) if edge and known and method == "GET" else []
        return said + [f"{method} {name}/{edge}: no field “{field}”" for field, _inner in asked if field not in known]

    # -- signing in

    @route("POST", "/oauth/access_token", public=True)
    def _token(self, params: Params, who: str) -> Said:
        told = json.loads(self.traded(params).body)
        one = {"access_token": told["access_token"], "user_id": int(US_ID)}
        if self.flat_token:
            return Said.json({**one, "permissions": list(self.granted)})
        return Said.json({"data": [{**one, "user_id": US_ID, "permissions": ",".join(self.granted)}]})

    @route("GET", "/access_token")
    def _exchange(self, params: Params, who: str) -> Said:
        if params.get("grant_type") != "ig_exchange_token" or not self.is_ours(params):
            raise Wrong("Error validating client secret.", 1)
        return self.long_lived(str(params["access_token"]), prefix="IGAA")

    @route("GET", "/refresh_access_token")
    def _refresh(self, params: Params, who: str) -> Said:
        if params.get("grant_type") != "ig_refresh_token":
            raise Wrong("Invalid grant_type", 100)
        self.consent.renewals += 1
        return self.long_lived(str(params["access_token"]), prefix="IGAA")

    @route("GET", "/me", "User")
    def _me(self, params: Params, who: str) -> Said:
        return self.said(self.show(self._about(), str(params.get("fields"))))

    def _about(self) -> dict[str, Any]:
        counts = {} if self.no_numbers else {
            "followers_count": 812, "media_count": sum(one.kind == "post" for one in self.posts.values()),
        }  # fmt: skip
        return {
            "id": US_ID, "user_id": US_ID, "username": self.username, "name": "City Hall", **counts,
            "account_type": self.account_type, "profile_picture_url": "https://cdn.example/cityhall.jpg",
        }  # fmt: skip

    def ours(self, id: str) -> None:
        if id != US_ID:
            raise gone(id)

    # -- publishing

    @route("POST", r"/(\d+)/media", "User", "media")
    def _make(self, params: Params, who: str, id: str) -> Said:
        self.ours(id)
        kind, caption = str(params.get("media_type") or "IMAGE"), str(params.get("caption") or "")
        is_film = params.get("upload_type") == "resumable"
        if len(caption) > LONGEST:
            raise Wrong("The caption was too long.", 36004, 2_207_010)
        if len(re.findall(r"#\w+", caption)) > HASHTAGS or len(re.findall(r"@\w+", caption)) > MENTIONS:
            raise Wrong("The caption has too many hashtags or mentions.", 36004, 2_207_010)
        if kind not in ("IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"):
            raise Wrong("Invalid media_type", 100)
        if kind == "VIDEO" and params.get("is_carousel_item") != "true":
            raise Wrong("The VIDEO value for media_type is deprecated. Use REELS.", 100)
        if kind != "CAROUSEL" and is_film == ("image_url" in params):
            raise Wrong("Only photo or video can be accepted as media type.", 9004, 2_207_052)
        if (kind in ("IMAGE",) and is_film) or (kind in ("REELS", "VIDEO") and not is_film):
            raise Wrong("The media type does not fit the file", 100, 2_207_026)
        if params.get("alt_text") and (kind in ("STORIES", "REELS") or is_film):
            self.complaints.append("alt_text is for pictures of posts only")
        if (kind == "STORIES" or params.get("is_carousel_item")) and caption:
            self.complaints.append(f"a caption for {kind} would be dropped")
        if "collaborators" in params and len(json.loads(params["collaborators"])) > 3:
            raise Wrong("Too many collaborators", 100)
        if kind == "CAROUSEL":
            self.children(params)
        made = self.make(params)
        told = {"id": made.id}
        if is_film:
            told["uri"] = f"https://rupload.facebook.com/ig-api-upload/v25.0/{made.id}"
        return self.said(told)

    def take(self, name: str, raw: bytes) -> None:
        if not raw.startswith(b"\xff\xd8\xff"):
            raise Wrong("The image format is not supported.", 36001, 2_207_005)
        if len(raw) > HEAVIEST:
            raise Wrong("The image is too large to download.", 36000, 2_207_004)

    @route("POST", r"/ig-api-upload/v[\d.]+/(\d+)")
    def _rupload(self, params: Params, who: str, id: str) -> Said:
        made, headers = self.containers[id], params["@headers"]
        if not headers.get("authorization", "").startswith("OAuth ") or "access_token" in params:
            self.complaints.append("an upload is proved by its header")
        made.size = int(headers["file_size"])
        if int(headers["offset"]) != len(made.body):
            raise Wrong("Offset does not match what was received", 100)
        made.body += params.get("@body", b"")
        if not made.is_whole:
            raise Wrong("The file is not whole", 100)
        return Said.json({"success": True, "message": "Upload successful."})

    @route("POST", r"/(\d+)/media_publish", "User", "media_publish")
    def _publish(self, params: Params, who: str, id: str) -> Said:
        self.ours(id)
        made = self.publishable(str(params.get("creation_id") or ""))
        kind = str(made.asked.get("media_type") or "IMAGE")
        if made.asked.get("is_carousel_item"):
            raise Wrong("A carousel item cannot be published", 100)
        made.published = True
        one = self.say(US, str(made.asked.get("caption") or ""), alts=self.alts(made),
                       kind="story" if kind == "STORIES" else "post", more={**made.asked, "kind": kind})  # fmt: skip
        return self.said({"id": one.id})

    @route("GET", r"/(\d+)/content_publishing_limit", "User", "content_publishing_limit")
    def _limit(self, params: Params, who: str, id: str) -> Said:
        self.ours(id)
        return self.quota(DAILY)

    @route("POST", r"/(\d+)/(comments|replies)", "Any", "comments")
    def _comment(self, params: Params, who: str, id: str, edge: str) -> Said:
        below = self.thing(id)
        if (below.kind == "comment") != (edge == "replies"):
            raise Wrong(f"Unsupported post request. {edge} of {below.kind}", 100, 33)
        one = self.say(self.username, str(params["message"]), kind="comment", parent_id=id)
        if "fields" in params:
            raise Wrong("An unknown error has occurred", 20, 1_772_107)
        return self.said({"id": one.id})

    @route("POST", r"/(\d+)", "Any")
    def _change(self, params: Params, who: str, id: str) -> Said:
        self.thing(id).hidden = params.get("hide") == "true"
        return self.said({"success": True})

    # -- reading

    @route("GET", r"/(\d+)/(media|stories|tags)", "User", "media")
    def _listing(self, params: Params, who: str, id: str, edge: str) -> Said:
        self.ours(id)
        found = {
            "media": lambda: self.newest(US, "post"), "stories": lambda: self.newest(US, "story"),
            "tags": lambda: self.newest(STRANGER, "tag"),
        }[edge]()  # fmt: skip
        return self._listed(found, params)

    @route("GET", r"/(\d+)/comments", "Media", "comments")
    def _comments(self, params: Params, who: str, id: str) -> Said:
        self.thing(id)
        return self._listed([one for one in self.posts.values() if one.parent_id == id][::-1], params)

    @route("GET", r"/(\d+)/replies", "Comment", "replies")
    def _replies(self, params: Params, who: str, id: str) -> Said:
        """Oldest first: nobody says in which order they come."""
        self.thing(id)
        return self._listed([one for one in self.posts.values() if one.parent_id == id], params)

    @route("GET", r"/(\d+)/conversations", "User", "conversations")
    def _conversations(self, params: Params, who: str, id: str) -> Said:
        if params.get("platform") != "instagram":
            raise Wrong("(#100) The platform is not Instagram", 100)
        talks = list(dict.fromkeys(one.talk for one in reversed(self.whispers)))
        return self.listed(talks, params, self._talk)

    def _talk(self, talk: str) -> dict[str, Any]:
        said = [
            {"id": one.id, "created_time": self.stamp(one.at), "message": one.text,
             "from": {"id": one.author_id, "username": one.author}}
            for one in reversed(self.whispers) if one.talk == talk
        ]  # fmt: skip
        return self.strange({"id": talk, "messages": {"data": said[:20]}})

    @route("GET", r"/(\d+)/insights", "Any", "insights")
    def _insights(self, params: Params, who: str, id: str) -> Said:
        asked = str(params.get("metric") or "").split(",")
        dead = self.dead_metrics | ({"saved"} if id in self.posts and self.posts[id].kind == "story" else set())
        if dead & set(asked) or set(asked) - METRICS:
            raise Wrong("(#100) metric must be one of the known values", 100)
        if self.no_numbers:
            return self.said({"data": []})
        total = params.get("metric_type") == "total_value"
        rows = [
            {"name": name, "period": "lifetime", **({"total_value": {"value": 7}} if total else
                                                    {"values": [{"value": 0 if name == "shares" else 7}]})}
            for name in asked
        ]  # fmt: skip
        return self.said({"data": rows})

    @route("GET", r"/(\d+)", "Any")
    def _get(self, params: Params, who: str, id: str) -> Said:
        fields = str(params.get("fields") or "")
        if id in self.containers:
            return self.said(self.show(self._state(self.containers[id]), fields))
        if id == US_ID:
            return self.said(self.show(self._about(), fields))
        return self.said(self._shown(self.thing(id), fields))

    def _state(self, made: Container) -> dict[str, Any]:
        status = made.status(self.now())
        told = {"ERROR": "Error: The video could not be read", "FINISHED": "Finished: ready to be published"}
        loading = {"status": "complete" if made.is_whole else "in_progress", "bytes_transferred": len(made.body)}
        more = {"video_status": {"uploading_phase": loading}} if made.asked.get("upload_type") else {}
        return {"id": made.id, "status_code": status, "status": told.get(status, status), **more}

    def _listed(self, items: list[Post], params: Params) -> Said:
        return self.listed(items, params, lambda one: self._shown(one, str(params.get("fields") or "")))

    def _shown(self, one: Post, fields: str) -> dict[str, Any]:
        author = {"id": US_ID if one.author == self.username else STRANGER_ID, "username": one.author}
        data: dict[str, Any] = {"id": one.id, "timestamp": self.stamp(one.at), "username": one.author}
        below = [other for other in self.posts.values() if other.parent_id == one.id]
        if one.kind == "comment":
            inner = dict(split_fields(fields)).get("replies", "")
            data |= {"text": one.text, "from": author, "parent_id": one.parent_id}
            data["replies"] = {"data": [self._shown(other, inner) for other in below]} if below else None
            return self.show(data, fields)
        kind = {"REELS": "VIDEO", "CAROUSEL": "CAROUSEL_ALBUM"}.get(str(one.more.get("kind")), "IMAGE")
        product = {"REELS": "REELS", "STORIES": "STORY"}.get(str(one.more.get("kind")), "FEED")
        data |= {
            "caption": one.text or None, "permalink": f"https://www.instagram.com/p/{one.id}/", "media_type": kind,
            "media_product_type": product, "alt_text": (one.alts[0] if len(one.alts) == 1 else "") or None,
        }  # fmt: skip
        if len(one.alts) > 1:
            data["children"] = {"data": [{"id": f"{one.id}{at}", "alt_text": alt} for at, alt in enumerate(one.alts)]}
        if not self.no_numbers:
            data |= {"like_count": one.likes, "comments_count": len(below)}
        return self.show(data, fields)


class InstagramPageServer(InstagramServer):
    """A person signs in and speaks for the Pages; the account hangs on the first of them."""

    nodes_of: ClassVar[dict[str, str]] = {"User": "IGUser", "Media": "IGMedia"}
    proof_required = True

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.is_linked = True

    @route("POST", "/oauth/access_token", public=True)
    def _token(self, params: Params, who: str) -> Said:
        if params.get("grant_type") != "fb_exchange_token":
            return self.traded(params)
        return self.long_lived(str(params.get("fb_exchange_token")), prefix="EAAG-user")

    @route("GET", "/me/permissions")
    def _permissions(self, params: Params, who: str) -> Said:
        return self.said({"data": [{"permission": one, "status": "granted"} for one in self.granted]})

    @route("GET", "/me/accounts")
    def _accounts(self, params: Params, who: str) -> Said:
        hall = {"id": PAGE_ID, "name": "City Hall", "access_token": self.token}
        if self.is_linked:
            hall["instagram_business_account"] = self._about()
        pages = [hall, {"id": "1100044", "name": "City Library", "access_token": "EAAG-library-99"}]
        return self.listed(pages, params, lambda page: page)

    @route("DELETE", r"/(\d+)", "Any")
    def _delete(self, params: Params, who: str, id: str) -> Said:
        self.thing(id)
        del self.posts[id]
        return self.said({"success": True})

    @route("GET", r"/(\d+)", "Any")
    def _get(self, params: Params, who: str, id: str) -> Said:
        if id == PAGE_ID and who == "person":
            return self.said({"id": PAGE_ID, "access_token": self.token})
        return super()._get(params, who, id)

    @route("GET", r"/(\d+)/conversations", "User", "conversations")
    def _conversations(self, params: Params, who: str, id: str) -> Said:
        if id != PAGE_ID:
            raise gone(id)
        return super()._conversations(params, who, id)
