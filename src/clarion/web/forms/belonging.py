"""Where a post belongs: its campaign, its category, and whether it goes out again from its category's pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from clarion.organisations.ids import as_id
from clarion.posts.models import Campaign, Category, Evergreen, Post
from clarion.posts.models.evergreen import REST_DAYS, TIMES, BadEvergreen
from clarion.web.span import day_of


@dataclass(frozen=True)
class Belonging:
    """As it was typed. ``campaign`` and ``category`` are ids, or empty."""

    campaign: str = ""
    category: str = ""
    again: bool = False
    times: str = str(TIMES)
    rest_days: str = str(REST_DAYS)
    until: str = ""

    @classmethod
    def of(cls, post: Post) -> Belonging:
        campaign, category = str(post.campaign_id or ""), str(post.category_id or "")
        green: Evergreen | None = getattr(post, "evergreen", None)
        if green is None:
            return cls(campaign, category)
        until = f"{green.until}" if green.until else ""
        return cls(campaign, category, green.ended_at is None, str(green.times), str(green.rest_days), until)

    @classmethod
    def read(cls, data: QueryDict) -> Belonging | None:
        """What was sent; None where the form did not ask."""
        if "belongs" not in data:
            return None
        return cls(
            campaign=_id(data.get("campaign", "")), category=_id(data.get("category", "")),
            again=data.get("again") == "1", times=data.get("again_times", ""), rest_days=data.get("again_days", ""),
            until=data.get("again_until", "")[:10],
        )  # fmt: skip

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Belonging:
        return cls(**{name: data[name] for name in cls.__dataclass_fields__ if name in data})

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def keep(self, post: Post, *, by: Any, now: datetime, variations: Sequence[str] | None = None) -> None:
        """Puts the post where it belongs; what is so already changes nothing. Without ``variations`` those that it has
        stay. Raises ``BadEvergreen``."""
        mine = {"workspace": post.workspace_id}
        if self.campaign != str(post.campaign_id or ""):
            post.join(Campaign.objects.filter(**mine, pk=self.campaign or None).first(), by=by)
        if self.category != str(post.category_id or ""):
            post.sort(Category.objects.filter(**mine, pk=self.category or None).first(), by=by, now=now)
        green: Evergreen | None = getattr(post, "evergreen", None)
        if self.again:
            Evergreen.objects.begin(
                post, times=_number(self.times), rest_days=_number(self.rest_days), until=until_of(self.until), by=by,
                now=now, variations=variations if variations is not None else green.variations if green else (),
            )  # fmt: skip
        elif green is not None and green.ended_at is None:
            green.end(by=by, now=now)


def until_of(typed: str) -> Any:
    """A day, or None for an empty field. Raises ``BadEvergreen`` for what is no day."""
    if not typed.strip():
        return None
    if (day := day_of(typed.strip())) is None:
        raise BadEvergreen(_("The last day is not a day. Choose one, or leave it empty."))
    return day


def _number(typed: str) -> int:
    typed = typed.strip()
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0


def _id(text: str) -> str:
    return str(as_id(text) or "")
