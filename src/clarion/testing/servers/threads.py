"""A contract server for Threads, written from its public documentation. Our account is ``cityhall``."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from .base import Asked, Said
from .containers import STRANGER, US, ContainerServer, Post
from .graph import Params, Wrong, route, split_fields
from .graph_collection import collection

US_ID = "9900011"
LONGEST, DAILY = 500, 250


def weight(text: str) -> int:
    """How long a text is there: an emoji counts as its bytes, anything else as one. Counted without our counter.

    A joiner, a mark of shape and a skin tone belong to their emoji; flags are two signs of their own.
    """
    total, last_was_emoji, joined = 0, False, False
    for sign in text:
        point = ord(sign)
        glue = point in (0x200D, 0xFE0F, 0x20E3) or 0x1F3FB <= point <= 0x1F3FF or 0xE0020 <= point <= 0xE007F
        emoji = point >= 0x1F000 or (unicodedata.category(sign) == "So" and joined)
        if emoji or (glue and last_was_emoji):
            total += len(sign.encode())
            last_was_emoji = True
        else:
            total += 1
            last_was_emoji = False
        joined = point == 0x200D
    return total


class ThreadsServer(ContainerServer):
    """``judge=True``: calls are compared with the public collection, where it is at hand."""

    def __init__(self, *, judge: bool = False, **given: Any) -> None:
        super().__init__(**given)
        self.username = US
        self.reposts: list[tuple[str, str]] = []
        self.renewals: list[str] = []
        self._collection = collection("threads", "threads-api.postman_collection.json") if judge else None

    def handle(self, asked: Asked) -> Said:
        if self._collection is not None and not asked.path.startswith("/_stand"):
            path = re.sub(r"^/v\d+\.\d+(?=/)", "", asked.path)
            params = self.params(asked)
            if path == "/oauth/access_token":
                params.pop("code_verifier", None)  # PKCE is ours; the collection knows none
            self.complaints += self._collection.complaints(asked.method, path, params)
        return super().handle(asked)

    # -- signing in

    @route("POST", "/oauth/access_token", public=True)
    def _token(self, params: Params, who: str) -> Said:
        told = json.loads(self.traded(params).body)
        return self.said({"access_token": told["access_token"], "user_id": US_ID})

    @route("GET", "/access_token")
    def _exchange(self, params: Params, who: str) -> Said:
        if params.get("grant_type") != "th_exchange_token" or not self.is_ours(params):
            raise Wrong("Invalid client_secret", 100)
        return self.long_lived(str(params["access_token"]), prefix="THAA")

    @route("GET", "/refresh_access_token")
    def _refresh(self, params: Params, who: str) -> Said:
        if params.get("grant_type") != "th_refresh_token":
            raise Wrong("Invalid grant_type", 100)
        self.consent.renewals += 1
        return self.long_lived(str(params["access_token"]), prefix="THAA")

    @route("GET", "/debug_token")
    def _debug(self, params: Params, who: str) -> Said:
        valid = params.get("input_token") in self.consent.tokens
        return self.said({"data": {"is_valid": valid, "type": "USER", "scopes": list(self.granted)}})

    @route("GET", "/me")
    def _me(self, params: Params, who: str) -> Said:
        picture = "https://cdn.example/cityhall.jpg"
        told = {"id": US_ID, "username": self.username, "name": "City Hall", "threads_profile_picture_url": picture}
        return self.said(self.show(told, str(params.get("fields"))))

    # -- publishing

    @route("POST", "/me/threads")
    def _make(self, params: Params, who: str) -> Said:
        kind, text = params.get("media_type"), str(params.get("text") or "")
        if params.get("auto_publish_text"):
            self.complaints.append("auto_publish_text takes the second phase away")
        if weight(text) > LONGEST:
            raise Wrong("The text is longer than 500 characters", 100)
        if kind not in ("TEXT", "IMAGE", "VIDEO", "CAROUSEL"):
            raise Wrong("Invalid media_type", 100)
        if kind == "TEXT" and not (text or params.get("link_attachment")):
            raise Wrong("The parameter text is required", 100)
        if kind in ("IMAGE", "VIDEO") and f"{kind.lower()}_url" not in params:
            raise Wrong("The parameter image_url or video_url is required", 100)
        if kind != "TEXT" and (params.get("link_attachment") or params.get("poll_attachment")):
            raise Wrong("Link and poll attachments are for text posts only", 100)
        if set(str(params.get("topic_tag") or "")) & set(".&"):
            raise Wrong("The topic tag is not valid", 100)
        if poll := params.get("poll_attachment"):
            names = list(json.loads(poll))
            if names != ["option_a", "option_b", "option_c", "option_d"][: len(names)] or len(names) < 2:
                raise Wrong("The poll is not valid", 100)
        if params.get("reply_to_id"):
            self.thing(str(params["reply_to_id"]))
        if kind == "CAROUSEL":
            self.children(params)
        return self.said({"id": self.make(params).id})

    def take(self, name: str, raw: bytes) -> None:
        good = raw[4:8] == b"ftyp" if name == "video_url" else raw.startswith((b"\xff\xd8\xff", b"\x89PNG"))
        if not good or len(raw) > 8_388_608:
            raise Wrong("The file is not of a supported type", 100, 2_207_005)

    @route("POST", "/me/threads_publish")
    def _publish(self, params: Params, who: str) -> Said:
        made = self.publishable(str(params.get("creation_id") or ""))
        parent = str(made.asked.get("reply_to_id") or "")
        made.published = True
        one = self.say(US, str(made.asked.get("text") or ""), parent_id=parent, alts=self.alts(made),
                       kind="reply" if parent else "post", more=dict(made.asked))  # fmt: skip
        return self.said({"id": one.id})

    @route("POST", r"/(\d+)/repost")
    def _repost(self, params: Params, who: str, id: str) -> Said:
        self.thing(id)
        self.reposts.append((US, id))
        one = self.say(US, "", kind="repost", more={"reposted_post": id})
        return self.said({"id": one.id})

    @route("POST", r"/(\d+)/manage_reply")
    def _hide(self, params: Params, who: str, id: str) -> Said:
        self.thing(id).hidden = params.get("hide") == "true"
        return self.said({"success": True})

    @route("DELETE", r"/(\d+)")
    def _delete(self, params: Params, who: str, id: str) -> Said:
        self.thing(id)
        del self.posts[id]
        return self.said({"success": True, "deleted_id": id})

    # -- reading

    @route("GET", "/me/threads_publishing_limit")
    def _limit(self, params: Params, who: str) -> Said:
        row = {
            "quota_usage": self.used, "config": {"quota_total": DAILY, "quota_duration": 86_400},
            "reply_quota_usage": 0, "reply_config": {"quota_total": 1000, "quota_duration": 86_400},
        }  # fmt: skip
        names = {name for name, _inner in split_fields(str(params.get("fields")))}
        return self.said({"data": [{name: value for name, value in row.items() if name in names}]})

    @route("GET", "/me/threads")
    def _own(self, params: Params, who: str) -> Said:
        return self._listed(self.newest(US, "post", "repost"), params)

    @route("GET", "/me/replies")
    def _replies_of_ours(self, params: Params, who: str) -> Said:
        return self._listed(self.newest(US, "reply"), params)

    @route("GET", r"/(\d+)/conversation")
    def _conversation(self, params: Params, who: str, id: str) -> Said:
        self.thing(id)
        below = [one for one in self.posts.values() if self._root(one) == id and one.id != id]
        return self._listed(below[::-1], params)

    def _root(self, one: Post) -> str:
        parent = self.posts.get(one.parent_id)
        return self._root(parent) if parent else one.id

    @route("GET", "/me/mentions")
    def _mentions(self, params: Params, who: str) -> Said:
        return self._listed(self.newest(STRANGER, "mention"), params)

    @route("GET", "/keyword_search")
    def _search(self, params: Params, who: str) -> Said:
        words = str(params["q"])
        words = f"#{words}" if params.get("search_mode") == "TAG" else words
        found = [one for one in self.newest(STRANGER) if words.lower() in one.text.lower()]
        return self._listed(found, params)

    @route("GET", "/me/threads_insights")
    def _own_numbers(self, params: Params, who: str) -> Said:
        return self._numbers(params, {"followers_count": 812})

    @route("GET", r"/(\d+)/insights")
    def _post_numbers(self, params: Params, who: str, id: str) -> Said:
        one = self.thing(id)
        below = sum(other.parent_id == id for other in self.posts.values())
        return self._numbers(params, {"likes": one.likes, "replies": below})

    def _numbers(self, params: Params, told: Mapping[str, int]) -> Said:
        if self.no_numbers:
            return self.said({"data": []})
        rows = []
        for name in str(params["metric"]).split(","):
            value = told.get(name, 0)
            total = {"total_value": {"value": value}} if name == "followers_count" else {"values": [{"value": value}]}
            rows.append({"name": name, "period": "lifetime", "title": name, **total})
        return self.said({"data": rows})

    @route("GET", r"/(\d+)")
    def _get(self, params: Params, who: str, id: str) -> Said:
        fields = str(params.get("fields") or "")
        if id in self.containers:
            made = self.containers[id]
            status = made.status(self.now())
            more = {"error_message": "FAILED_DOWNLOADING_VIDEO"} if status == "ERROR" else {}
            return self.said(self.show({"id": id, "status": status, **more}, fields))
        return self.said(self._shown(self.thing(id), fields))

    def _listed(self, items: list[Post], params: Params) -> Said:
        return self.listed(items, params, lambda one: self._shown(one, str(params.get("fields") or "")))

    def _shown(self, one: Post, fields: str) -> dict[str, Any]:
        data: dict[str, Any] = {
            "id": one.id, "text": one.text, "username": one.author, "timestamp": self.stamp(one.at),
            "permalink": f"https://www.threads.com/@{one.author}/post/{one.id}",
        }  # fmt: skip
        if one.parent_id:
            data["replied_to"] = {"id": one.parent_id}
        if one.kind == "repost":
            data["reposted_post"] = {"id": one.more["reposted_post"]}
        if len(one.alts) == 1:
            data["alt_text"] = one.alts[0] or None
        elif one.alts:
            data["children"] = {"data": [{"id": f"{one.id}{at}", "alt_text": alt} for at, alt in enumerate(one.alts)]}
        return self.show(data, fields)
