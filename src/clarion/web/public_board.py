"""A workspace's own public page, as data: its notices in pages, its feeds, and what a cache may ask about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Count, Max
from django.urls import reverse
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from clarion.channels.models import Channel, Notice
from clarion.files.small import EDGE, is_needed
from clarion.networks.registry import all as all_networks
from clarion.organisations.dates import written
from clarion.organisations.models import Workspace
from clarion.web.assets import assets

A_PAGE = 20


@dataclass(frozen=True)
class PublicBoard:
    workspace: Workspace
    channel: Channel

    @classmethod
    def by_slug(cls, slug: str) -> PublicBoard | None:
        """The board of this name, or None: no such workspace, or its own ground is closed."""
        grounds = [kind.name for kind in all_networks() if kind.own_ground]
        channel = (
            Channel.objects.connected().filter(workspace__slug=slug, network__in=grounds)
            .select_related("workspace__organisation").order_by("connected_at").first()
        )  # fmt: skip
        return cls(channel.workspace, channel) if channel else None

    @property
    def title(self) -> str:
        house, place = self.workspace.organisation.name, self.workspace.name
        return house if house == place else f"{place}, {house}"

    @property
    def url(self) -> str:
        return settings.BASE_URL + reverse("noticeboard", args=[self.workspace.slug])

    @property
    def atom_url(self) -> str:
        return settings.BASE_URL + reverse("feed_atom", args=[self.workspace.slug])

    @property
    def json_url(self) -> str:
        return settings.BASE_URL + reverse("feed_json", args=[self.workspace.slug])

    @property
    def notices(self) -> Any:
        return Notice.objects.shown().filter(channel=self.channel)

    def notice(self, pk: Any) -> Shown | None:
        found = self.notices.filter(pk=pk).first()
        return Shown(found, self) if found else None

    def shown(self, notices: Any) -> list[Shown]:
        return [Shown(notice, self) for notice in notices]

    @cached_property
    def elsewhere(self) -> list[Channel]:
        """The workspace's other channels, whose account a network has confirmed: for links with ``rel=me``."""
        others = Channel.objects.connected().filter(workspace=self.workspace, sign_in_needed_at=None)
        return list(others.exclude(url="").exclude(pk=self.channel.pk))

    # -- for caches

    @cached_property
    def _marks(self) -> dict[str, Any]:
        return Notice.objects.filter(channel=self.channel).aggregate(
            many=Count("pk"), newest=Max("published_at"), edited=Max("edited_at"), removed=Max("removed_at")
        )

    def changed_at(self) -> datetime | None:
        """When the board last changed; None when nothing was ever put up."""
        times = [self._marks[name] for name in ("newest", "edited", "removed") if self._marks[name]]
        return max(times) if times else None

    def stamp(self, *more: str) -> str:
        """Changes with everything that is to be seen: notices, names, links, the look."""
        parts = [str(value) for value in self._marks.values()]
        parts += [
            self.title,
            self.workspace.zone,
            str(self.workspace.organisation.is_demo),
            assets().stamp,
            settings.BASE_URL,
            *more,
        ]
        parts += [f"{channel.pk}{channel.url}{channel.handle}{channel.name}" for channel in self.elsewhere]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Shown:
    """One notice as the public sees it."""

    notice: Notice
    board: PublicBoard

    @property
    def url(self) -> str:
        return settings.BASE_URL + self.path

    @property
    def path(self) -> str:
        return reverse("notice", args=[self.board.workspace.slug, self.notice.pk])

    @property
    def title(self) -> str:
        return str(self.notice.options.get("title") or "").strip()

    @property
    def name(self) -> str:
        """A title for lists and tabs: its own, or its first words, or its day."""
        words = " ".join(self.notice.text.split())
        short = words if len(words) <= 80 else words[:79].rsplit(" ", 1)[0] + "…"
        return self.title or short or written(localtime(self.notice.published_at, self.board.workspace.tz), "j F Y")

    @property
    def language(self) -> str:
        return str(self.notice.options.get("language") or "")

    @property
    def changed_at(self) -> datetime:
        return self.notice.edited_at or self.notice.published_at

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        return [
            {
                "paragraphs": [_linked(block) for block in _blocks(part["text"])],
                "media": [file for file in files if not file["is_document"]],
                "documents": [file for file in files if file["is_document"]],
            }
            for part in self.notice.parts
            for files in [[self._file(file) for file in part.get("media", ())]]
        ]  # fmt: skip

    def _file(self, file: dict[str, Any]) -> dict[str, Any]:
        def at(name: str) -> str:
            return reverse("notice_file", args=[self.board.workspace.slug, name])

        address = at(file["file"])
        return {
            **file,
            "tracks": [
                {**one, "path": at(one["file"]), "url": settings.BASE_URL + at(one["file"])}
                for one in file.get("captions", ())
            ],
            "path": address,
            "url": settings.BASE_URL + address,
            "title": file["alt"] or file.get("name", ""),
            "is_video": file["mime"].startswith("video/"),
            "is_document": not file["mime"].startswith(("image/", "video/")),
            "choice": _choice(address, width=file.get("width", 0), height=file.get("height", 0)),
        }

    @property
    def files(self) -> list[dict[str, Any]]:
        return [file for part in self.parts for file in (*part["media"], *part["documents"])]

    @property
    def pictures(self) -> list[dict[str, Any]]:
        return [file for file in self.files if not file["is_video"] and not file["is_document"]]


def _choice(address: str, *, width: int, height: int) -> str:
    """The picture and its small copy, for ``srcset``: the browser takes what its screen needs."""
    if not width or not is_needed(width=width, height=height):
        return ""
    return f"{address}?small {max(EDGE * width // max(width, height), 1)}w, {address} {width}w"


def _linked(text: str) -> SafeString:
    """The text escaped, its addresses made links."""
    return mark_safe(urlize(text, nofollow=True, autoescape=True))  # noqa: S308  urlize has escaped it


def _blocks(text: str) -> list[str]:
    """The paragraphs of a text: empty lines divide them."""
    return [block for block in text.split("\n\n") if block.strip()]
