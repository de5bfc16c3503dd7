"""The library: what a person wants to see of it, from the address and back into it; and what a page shows of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from clarion.organisations.ids import is_id
from clarion.organisations.models import Workspace
from clarion.posts.content import Content
from clarion.posts.models import Folder, Media, Post, Recurrence, Working
from clarion.posts.models.post import LEAVING
from clarion.posts.search import MEDIA, Asked

ENDS_SOON = timedelta(days=30)
KINDS: Mapping[str, tuple[Any, str]] = {
    "image": (_("Pictures"), "image/"), "video": (_("Videos"), "video/"), "file": (_("Documents"), "application/pdf"),
}  # fmt: skip
SHOWS = (
    ("unused", _("In no post")), ("bare", _("Without description")), ("ending", _("Rights end soon")),
    ("ended", _("Rights have ended")), ("removed", _("Taken out")),
)  # fmt: skip
SORTS: Mapping[str, Any] = {
    "": (_("Newest first"), ("-id",)), "old": (_("Oldest first"), ("id",)), "name": (_("By name"), ("lower", "id")),
    "large": (_("Largest first"), ("-size", "-id")),
}  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """Whatever cannot be one is empty. Without a search or a filter, it is what lies in ``folder`` itself."""

    q: str = ""
    folder: str = ""
    label: str = ""
    kind: str = ""
    show: str = ""
    by: str = ""
    sort: str = ""
    asked: Asked = field(default=Asked(()), compare=False)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        q = given.get("q", "")[:200].replace("\x00", "").lstrip()
        label, kind, show, sort = (given.get(name, "") for name in ("label", "kind", "show", "sort"))
        return cls(
            q=q, asked=Asked.read(q), folder=as_id(given.get("folder", "")), by=as_id(given.get("by", "")),
            label=label if label.isascii() and label.isdigit() and len(label) < 18 else "",
            kind=kind if kind in KINDS else "", show=show if show in dict(SHOWS) else "",
            sort=sort if sort in SORTS else "",
        )  # fmt: skip

    @property
    def is_narrowed(self) -> bool:
        return bool(self.q or self.label or self.kind or self.show or self.by)

    def query(self, **changed: str) -> str:
        """The address's query, with some of it changed."""
        words = {name: getattr(self, name) for name in ("q", "folder", "label", "kind", "show", "by", "sort")}
        return urlencode({name: value for name, value in {**words, **changed}.items() if value})

    def files(self, workspace: Workspace, *, folder: Folder | None, today: date) -> QuerySet[Media]:
        rows = Media.objects.filter(workspace=workspace)
        if self.show == "removed":
            rows = rows.filter(source=None, is_current=True).exclude(removed_at=None)
        else:
            rows = rows.on_show()
        if not self.is_narrowed:
            rows = rows.filter(folder=folder)
        elif folder is not None:
            rows = rows.filter(folder__in=_below(folder))
        if self.q:
            found = MEDIA.having(self.asked, workspace=workspace.pk)
            rows = rows.filter(pk__in=found) if self.asked else rows.none()
        if self.label:
            rows = rows.filter(labels=self.label)
        if self.kind:
            rows = rows.filter(mime__startswith=KINDS[self.kind][1])
        if self.by:
            rows = rows.filter(added_by=self.by)
        if self.show == "unused":
            rows = rows.exclude(Exists(Post.media.through.objects.filter(media=OuterRef("pk"))))
            rows = rows.exclude(pk__in=_elsewhere(workspace))
        elif self.show == "bare":
            rows = rows.seen().filter(alt="")
        elif self.show == "ending":
            rows = rows.filter(rights__until__range=(today, today + ENDS_SOON))
        elif self.show == "ended":
            rows = rows.filter(rights__until__lt=today)
        return rows.annotate(lower=Lower("name")).order_by(*SORTS[self.sort][1])


def _elsewhere(workspace: Workspace) -> set[str]:
    """Files by id that rules for posts to come have, and words that somebody has not saved yet."""
    wholes: list[tuple[Any, Any]] = [
        (whole.get("words", {}), whole.get("variants", {}))
        for whole in Working.objects.filter(post__workspace=workspace).values_list("whole", flat=True)
    ]
    wholes += Recurrence.objects.alive().filter(workspace=workspace).values_list("content", "variants")
    return {
        pk for words, variants in wholes for said in (words, *variants.values())
        for pk in Content.from_json(said).media_ids
    }  # fmt: skip


def _below(folder: Folder) -> list[UUID]:
    """The folder and those within it."""
    found, level = [folder.pk], [folder.pk]
    while level:
        level = list(Folder.objects.filter(parent__in=level).values_list("pk", flat=True))
        found += level
    return found


@dataclass(frozen=True)
class Place:
    """A folder in a list of all: ``path`` is its whole name."""

    pk: UUID
    path: str


def places(workspace: Workspace) -> list[Place]:
    """All folders by their whole names, each behind the one that it lies in."""
    rows = {one.pk: one for one in Folder.objects.filter(workspace=workspace)}

    def path(one: Folder) -> str:
        above = rows.get(one.parent_id) if one.parent_id else None
        return f"{path(above)} / {one.name}" if above else one.name

    return sorted((Place(pk, path(one)) for pk, one in rows.items()), key=lambda one: one.path.lower())


def told(media: Media) -> dict[str, Any]:
    """A file for scripts. ``file`` and ``small`` are its bytes, ``page`` is where it is looked at."""
    place = media.workspace_id
    address = reverse("media_file", args=[place, media.pk])
    return {
        "id": str(media.pk), "name": media.name, "alt": media.alt, "mime": media.mime, "url": address,
        "small": address + "?small", "width": media.width, "height": media.height, "was_here": media.was_here,
        "page": reverse("library_media", args=[place, media.pk]),
        "edit": reverse("media_edit", args=[place, media.pk]) if media.is_image and media.frames < 2 else "",
        "alike": [
            {"name": one.name, "page": reverse("library_media", args=[place, one.pk])}
            for one in ([] if media.was_here else Media.objects.alike(media))
        ],
    }  # fmt: skip


def not_out_yet(media: Media) -> list[tuple[Post, Media]]:
    """Posts that have an older version and can still take this one, each with the version that it has."""
    older = {one.pk: one for one in media.versions() if one.pk != media.pk}
    rows = Post.media.through.objects.filter(media__in=older, post__removed_at=None).values_list("post_id", "media_id")
    has = dict(rows.order_by("post_id")[:200])
    posts = Post.objects.filter(pk__in=has).select_related("workspace").prefetch_related("deliveries")
    return [
        (post, older[has[post.pk]])
        for post in posts.order_by("-id")
        if not (states := [one.state for one in post.deliveries.all()]) or any(one not in LEAVING for one in states)
    ]


def as_id(text: str) -> str:
    return text if is_id(text) else ""


def as_date(text: str) -> date | None:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None
