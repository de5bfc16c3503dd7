"""What the contract server holds, and how the Mastodon API shows it (every field that its documentation requires)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .mastodon_dialects import Dialect


@dataclass
class Person:
    id: str
    name: str
    shown_name: str


@dataclass
class Attachment:
    """One upload. ``waits``: so many more questions are answered with “processing”; ``then``: ready or failed."""

    id: str
    mime: str
    alt: str
    waits: int = 0
    then: str = "ready"
    focus: str = ""
    slow: bool = field(init=False)

    def __post_init__(self) -> None:
        self.slow = bool(self.waits)


@dataclass
class Status:
    id: str
    person: Person
    text: str
    html: str
    key: str = ""
    visibility: str = "public"
    warning: str = ""
    language: str | None = None
    parent_id: str = ""
    poll: dict[str, Any] | None = None
    media: list[Attachment] = field(default_factory=list)
    likes: set[str] = field(default_factory=set)
    shares: set[str] = field(default_factory=set)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    edited_at: datetime | None = None

    def row(self) -> dict[str, Any]:
        """The status for those who look from outside: ``at`` is the epoch second of its arrival."""
        return {
            "id": self.id, "account": self.person.name, "text": self.text, "key": self.key, "at": self.at.timestamp(),
            "in_reply_to_id": self.parent_id or None, "alts": [m.alt for m in self.media],
            "visibility": self.visibility, "spoiler_text": self.warning,
        }  # fmt: skip


def _meta(media: Attachment) -> dict[str, Any]:
    across, _comma, up = media.focus.partition(",")
    return {"focus": {"x": float(across), "y": float(up)}} if up else {}


def media_entity(media: Attachment, *, url: str) -> dict[str, Any]:
    there = None if media.waits else f"{url}/media/{media.id}"
    kind = media.mime.partition("/")[0]
    return {"id": media.id, "type": kind, "url": there, "preview_url": there, "remote_url": None, "meta": _meta(media),
            "description": media.alt or None, "blurhash": None}  # fmt: skip


def account_entity(person: Person, *, url: str, statuses: int | None = 0, own: bool = False) -> dict[str, Any]:
    picture = f"{url}/avatars/{person.id}.png"
    shown: dict[str, Any] = {
        "id": person.id, "username": person.name, "acct": person.name, "display_name": person.shown_name,
        "url": f"{url}/@{person.name}", "uri": f"{url}/users/{person.name}", "note": "", "avatar": picture,
        "avatar_static": picture, "header": picture, "header_static": picture, "locked": False, "bot": False,
        "group": False, "indexable": True, "discoverable": True, "created_at": "2026-01-01T00:00:00.000Z",
        "last_status_at": None, "emojis": [], "fields": [], "avatar_description": "", "header_description": "",
        "feature_approval": {"automatic": [], "manual": [], "current_user": "unknown"},
        "show_featured": True, "show_media": True, "show_media_replies": True, "hide_collections": False,
    }  # fmt: skip
    if statuses is not None:
        shown |= {"followers_count": 12, "following_count": 3, "statuses_count": statuses}
    if own:
        shown["source"] = {"note": "", "fields": [], "privacy": "public", "sensitive": False, "language": "en",
                           "follow_requests_count": 0, "attribution_domains": [], "quote_policy": "public",
                           "discoverable": True, "indexable": True, "hide_collections": False}  # fmt: skip
        shown["role"] = {"id": "-99", "name": "", "color": "", "permissions": "0", "highlighted": False}
    return shown


def status_entity(status: Status, *, url: str, replies: int, account: dict[str, Any]) -> dict[str, Any]:
    poll = None
    if status.poll:
        options = [{"title": title, "votes_count": 0} for title in status.poll["options"]]
        poll = {
            "id": f"9{status.id}", "expires_at": None, "expired": False, "votes_count": 0, "voters_count": 0,
            "multiple": bool(status.poll.get("multiple")), "options": options, "emojis": [], "voted": False,
            "own_votes": [],
        }  # fmt: skip
    return {
        "id": status.id, "uri": f"{url}/users/{status.person.name}/statuses/{status.id}",
        "url": f"{url}/@{status.person.name}/{status.id}", "created_at": status.at.isoformat().replace("+00:00", "Z"),
        "edited_at": status.edited_at.isoformat() if status.edited_at else None, "account": account,
        "content": status.html, "visibility": status.visibility, "sensitive": bool(status.warning),
        "spoiler_text": status.warning, "language": status.language, "in_reply_to_id": status.parent_id or None,
        "in_reply_to_account_id": None, "media_attachments": [media_entity(m, url=url) for m in status.media],
        "mentions": [], "tags": [], "emojis": [], "card": None, "poll": poll, "reblog": None,
        "replies_count": replies, "reblogs_count": len(status.shares), "favourites_count": len(status.likes),
        "quotes_count": 0, "favourited": False, "reblogged": False, "bookmarked": False, "muted": False,
    }  # fmt: skip


def instance_entity(dialect: Dialect, *, limit: int, host: str, v: int) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "statuses": {"max_characters": limit, "max_media_attachments": 4, "characters_reserved_per_url": 23},
        "media_attachments": {
            "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4", "audio/mpeg"],
            "image_size_limit": 16777216, "image_matrix_limit": 33177600, "video_size_limit": 103809024,
            "video_frame_rate_limit": 120, "video_matrix_limit": 8294400, "description_limit": 1500,
        },
        "polls": {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2629746},
    }  # fmt: skip
    shown = {"title": dialect.name, "version": dialect.version, "description": "A stand-in for tests.", "rules": [],
             "languages": ["en"], "configuration": settings}  # fmt: skip
    if v == 1:
        urls = {"urls": {"streaming_api": f"wss://{host}"}, "stats": {"user_count": 2, "status_count": 0,
                "domain_count": 1}}  # fmt: skip
        return {**shown, **urls, "uri": host, "short_description": "", "email": "press@cityhall.test",
                "thumbnail": None, "registrations": False, "approval_required": False, "invites_enabled": False,
                "contact_account": None}  # fmt: skip
    settings |= {"accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5}, "urls": {"streaming": f"wss://{host}"},
                 "translation": {"enabled": False}, "vapid": {"public_key": "B"}}  # fmt: skip
    return {**shown, "domain": host, "source_url": dialect.source_url, "icon": [],
            "usage": {"users": {"active_month": 2}}, "thumbnail": {"url": f"https://{host}/t.png"},
            "registrations": {"enabled": False, "approval_required": False, "message": None},
            "contact": {"email": "press@cityhall.test", "account": None}, "api_versions": {"mastodon": 7}}  # fmt: skip
