"""A contract server for Neynar's part of Farcaster, written from its public OpenAPI file and judged by it."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .base import Asked, Said, StandIn
from .openapi import specification

US, STRANGER = 4207, 99
MOST = 1024
HOUSE = "/v2/farcaster"
NAMES = {US: ("cityhall", "City Hall"), STRANGER: ("rita", "Rita R.")}


@dataclass
class Cast:
    hash: str
    text: str
    author: int
    at: datetime
    parent: str = ""
    embeds: list[str] = field(default_factory=list)
    channel: str = ""
    likes: set[int] = field(default_factory=set)
    recasts: set[int] = field(default_factory=set)


class NeynarServer(StandIn):
    """``remembers``: for how many casts a key is kept; the public contract does not say how long it is."""

    def __init__(self) -> None:
        super().__init__()
        self.key = "NEYNAR-" + secrets.token_hex(16).upper()
        self.signer = "19d0c5fd-9b33-4a48-a0e2-bc7b0555baec"
        self.names = dict(NAMES)
        self.status, self.permissions = "approved", ["WRITE_ALL"]
        self.casts: dict[str, Cast] = {}
        self.keys: dict[str, str] = {}
        self.forgets_keys = self.extra_fields = self.no_numbers = self.says_no = False
        self.complaints: list[str] = []
        self.clock = timedelta()
        self._lock = threading.RLock()
        self._spec = specification("farcaster", "neynar-v2.yaml")

    def handle(self, asked: Asked) -> Said:
        with self._lock:
            said = self._answer(asked)
            self._judge(asked, said)
        date = format_datetime(datetime.now(UTC) + self.clock, usegmt=True)
        return replace(said, headers={**said.headers, "Date": date})

    def _judge(self, asked: Asked, said: Said) -> None:
        if self._spec is None:
            return
        self.complaints += self._spec.complaints_about_request(
            method=asked.method, path=asked.path, query=asked.query, content_type=asked.headers.get("content-type", ""),
            fields=json.loads(asked.body) if asked.body else {},
        )  # fmt: skip
        if not (self.extra_fields or self.no_numbers):
            self.complaints += self._spec.complaints_about_answer(
                method=asked.method, path=asked.path, status=said.status, data=json.loads(said.body)
            )

    def no(self, status: int, code: str, message: str) -> Said:
        return Said.json({"code": code, "message": message}, status)

    def yes(self, data: Mapping[str, Any]) -> Said:
        return Said.json({**data, **({"unheard_of": {"a": [1, None]}} if self.extra_fields else {})})

    # -- the desk

    def _answer(self, asked: Asked) -> Said:
        if asked.headers.get("x-api-key") != self.key:
            return self.no(401, "Unauthorized", "Incorrect or missing API key")
        told = json.loads(asked.body) if asked.body else {}
        if asked.method in ("POST", "DELETE"):
            if told.get("signer_uuid") != self.signer:
                return self.no(404, "NotFound", "Signer not found")
            if self.status != "approved":
                return self.no(403, "SignerNotApproved", "Signer is not approved")
        match asked.method, asked.path.removeprefix(HOUSE):
            case "GET", "/signer/":
                return self._signer(asked)
            case "GET", "/user/bulk/":
                return self.yes({"users": [self.user(int(fid)) for fid in asked.one("fids").split(",")]})
            case "POST", "/cast/":
                return self._cast(told)
            case "DELETE", "/cast/":
                return self._delete(told)
            case "GET", "/cast/":
                one = self.casts.get(asked.one("identifier"))
                return self.yes({"cast": self.cast(one)}) if one else self.no(404, "NotFound", "Cast not found")
            case "GET", "/casts/":
                found = [self.casts[h] for h in asked.one("casts").split(",") if h in self.casts]
                return self.yes({"result": {"casts": [self.cast(one) for one in found]}})
            case "GET", "/feed/user/casts/":
                mine = [one for one in self.newest() if one.author == int(asked.one("fid"))]
                return self.yes(self._page(asked, "casts", [self.cast(one) for one in mine], most=150))
            case "GET", "/cast/conversation/":
                return self._conversation(asked)
            case "GET", "/cast/search/":
                words = asked.one("q").casefold()
                found = [self.cast(one) for one in self.newest() if words in one.text.casefold()]
                return self.yes({"result": self._page(asked, "casts", found, most=100)})
            case "GET", "/notifications/":
                told = self._page(asked, "notifications", self._notifications(asked.query.get("type", [])), most=25)
                return self.yes({"unseen_notifications_count": 0, **told})
            case "POST", "/reaction/":
                return self._react(told)
        return self.no(404, "NotFound", "Unknown path")

    def _signer(self, asked: Asked) -> Said:
        if asked.one("signer_uuid") != self.signer:
            return self.no(404, "NotFound", "Signer not found")
        told = {"signer_uuid": self.signer, "public_key": "0x" + "3d" * 32, "status": self.status}
        return self.yes(told | {"fid": US, "permissions": self.permissions})

    def _cast(self, told: Mapping[str, Any]) -> Said:
        said = str(told.get("text") or "")
        if len(said.encode()) > MOST or not (said.strip() or told.get("embeds")):
            return self.no(400, "InvalidField", "text: must be at most 1024 bytes")
        if told.get("parent") and told["parent"] not in self.casts:
            return self.no(404, "NotFound", "Parent cast not found")
        known = self.casts.get(self.keys.get(str(told.get("idem")), ""))
        if known is None or self.forgets_keys:
            embeds = [str(one["url"]) for one in told.get("embeds", [])]
            known = self.write(US, said, parent=str(told.get("parent") or ""), embeds=embeds)
            known.channel = str(told.get("channel_id") or "")
            self.keys[str(told.get("idem"))] = known.hash
        data = {"success": not self.says_no, "cast": {"hash": known.hash, "author": {"fid": US}, "text": known.text}}
        return self.yes(data)

    def write(self, author: int, text: str, *, parent: str = "", embeds: Sequence[str] = ()) -> Cast:
        one = Cast("0x" + secrets.token_hex(20), text, author, self.now(), parent, list(embeds))
        self.casts[one.hash] = one
        return one

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self.clock

    def _delete(self, told: Mapping[str, Any]) -> Said:
        if self.casts.pop(str(told["target_hash"]), None) is None:
            return self.no(404, "NotFound", "Cast not found")
        return self.yes({"success": True})

    def _react(self, told: Mapping[str, Any]) -> Said:
        one = self.casts.get(str(told["target"]))
        if one is None:
            return self.no(404, "NotFound", "Cast not found")
        if self.says_no:
            return self.yes({"success": False, "message": "The hub said no"})
        (one.likes if told["reaction_type"] == "like" else one.recasts).add(US)
        return self.yes({"success": True})

    # -- listings

    def newest(self) -> list[Cast]:
        return list(reversed(self.casts.values()))

    def _page(self, asked: Asked, name: str, rows: list[dict[str, Any]], *, most: int) -> dict[str, Any]:
        start, count = int(asked.one("cursor", "0")), min(int(asked.one("limit", "25")), most)
        more = str(start + count) if start + count < len(rows) else None
        return {name: rows[start : start + count], "next": {"cursor": more}}

    def _conversation(self, asked: Asked) -> Said:
        one = self.casts.get(asked.one("identifier"))
        if one is None:
            return self.no(404, "NotFound", "Cast not found")
        rows = [{**self.cast(r), "direct_replies": []} for r in self.newest() if r.parent == one.hash]
        told = self._page(asked, "direct_replies", rows, most=50)
        cast = {**self.cast(one), "direct_replies": told["direct_replies"]}
        return self.yes({"conversation": {"cast": cast, "chronological_parent_casts": []}, "next": told["next"]})

    def _notifications(self, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """What is about us, newest first; likes of one cast come as one."""
        rows: list[dict[str, Any]] = []
        for one in self.newest():
            about = {"object": "notification", "most_recent_timestamp": one.at.isoformat(), "seen": False,
                     "cast": self.cast(one)}  # fmt: skip
            parent = self.casts.get(one.parent)
            if one.author != US and "@cityhall" in one.text and (not kinds or "mentions" in kinds):
                rows.append({**about, "type": "mention"})
            elif one.author != US and parent and parent.author == US and (not kinds or "replies" in kinds):
                rows.append({**about, "type": "reply"})
            elif one.author == US and one.likes - {US} and (not kinds or "likes" in kinds):
                reaction = {"object": "likes", "user": self.user(STRANGER),
                            "cast": {"object": "cast_dehydrated", "hash": one.hash}}  # fmt: skip
                rows.append({**about, "type": "likes", "reactions": [reaction], "count": len(one.likes)})
        return rows

    # -- shapes

    def user(self, fid: int) -> dict[str, Any]:
        name, shown = self.names.get(fid, (f"user{fid}", ""))
        told: dict[str, Any] = {
            "object": "user", "fid": fid, "username": name, "display_name": shown, "pfp_url": f"{self.url}/{name}.png",
            "custody_address": "0x" + "5a" * 20, "registered_at": "2024-01-01T00:00:00.000Z",
            "profile": {"bio": {"text": ""}}, "verifications": [], "auth_addresses": [],
            "verified_addresses": {"eth_addresses": [], "sol_addresses": [],
                                   "primary": {"eth_address": None, "sol_address": None}},
            "verified_accounts": [],
        }  # fmt: skip
        return told if self.no_numbers else {**told, "follower_count": 1234, "following_count": 5}

    def cast(self, one: Cast) -> dict[str, Any]:
        replies = sum(1 for other in self.casts.values() if other.parent == one.hash)
        above = self.casts.get(one.parent)
        told: dict[str, Any] = {
            "object": "cast", "hash": one.hash, "parent_hash": one.parent or None, "parent_url": None,
            "root_parent_url": None, "parent_author": {"fid": above.author if above else None},
            "author": self.user(one.author), "text": one.text, "timestamp": one.at.isoformat(),
            "embeds": [{"url": address} for address in one.embeds], "thread_hash": one.hash, "channel": None,
            "mentioned_profiles": [], "mentioned_profiles_ranges": [], "mentioned_channels": [],
            "mentioned_channels_ranges": [],
        }  # fmt: skip
        if self.no_numbers:
            return told
        counts = {"likes_count": len(one.likes), "recasts_count": len(one.recasts), "likes": [], "recasts": []}
        return {**told, "reactions": counts, "replies": {"count": replies}}
