from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self
from urllib.parse import urlsplit

from django.db import models
from django.utils import timezone

from clarion.channels.models.channel import http_out
from clarion.networks import link_card
from clarion.networks.text import links
from clarion.networks.words import Failure
from clarion.organisations.models import Workspace

FRESH = timedelta(hours=12)
FAILED = timedelta(minutes=10)
"""So long what was found, or that nothing was, is believed."""
KEPT = 500
"""So many cards a workspace keeps; the oldest go."""
SECONDS = 6.0
PAGE, PICTURE = 1_000_000, 3_000_000
"""Most bytes of a page and of its picture."""
EDGE = 600
_PICTURES = ("image/jpeg", "image/png", "image/webp")


class LinkCardQuerySet(models.QuerySet["LinkCard"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def known(self, workspace: Workspace, urls: Iterable[str], *, now: datetime) -> dict[str, LinkCard]:
        """Cards by address, as far as they are known and still believed. One query; no call leaves."""
        wanted = {named(url): url for url in urls}
        rows = self.filter(workspace=workspace, name__in=wanted).defer("picture") if wanted else ()
        return {wanted[row.name]: row for row in rows if row.is_believed(now)}

    def fetch(self, workspace: Workspace, url: str, *, now: datetime) -> LinkCard:
        """Asks the page what it says of itself, by the guarded way out, and keeps the answer; no answer is one too.

        Never in a transaction: it calls out.
        """
        http = http_out(workspace, seconds=SECONDS, cap=PAGE)
        said, picture = None, b""
        try:
            answer = http.get(url, headers={"accept": "text/html"})
            if answer.status == 200 and "html" in answer.headers.get("content-type", ""):
                said = link_card.read_card(answer.text, url=answer.url)
        except Failure:
            said = None
        if said is not None and said.image:
            picture = _picture(http_out(workspace, seconds=SECONDS, cap=PICTURE), said.image)
        row, _made = self.update_or_create(
            workspace=workspace, name=named(url),
            defaults={
                "url": url[:2000], "title": said.title if said else "", "description": said.description if said else "",
                "picture": picture, "has_picture": bool(picture), "fetched_at": now,
            },
        )  # fmt: skip
        self._forget(workspace)
        return row

    def _forget(self, workspace: Workspace) -> None:
        old = self.filter(workspace=workspace).order_by("-fetched_at").values_list("pk", flat=True)[KEPT:]
        self.filter(pk__in=list(old)).delete()


class LinkCard(models.Model):
    """What a linked page says of itself, for previews. A row without a title: the page said nothing."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="link_cards")
    name = models.CharField(max_length=64)
    url = models.CharField(max_length=2000)
    title = models.CharField(max_length=300, blank=True)
    description = models.CharField(max_length=1000, blank=True)
    picture = models.BinaryField(blank=True, default=bytes)
    has_picture = models.BooleanField(default=False)
    fetched_at = models.DateTimeField(default=timezone.now)

    objects = LinkCardQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("workspace", "name", name="link_card_once")]
        indexes = [models.Index(fields=["workspace", "-fetched_at"], name="link_card_newest")]

    def __str__(self) -> str:
        return self.title or self.url

    @property
    def host(self) -> str:
        return (urlsplit(self.url).hostname or "").removeprefix("www.")

    def is_believed(self, now: datetime) -> bool:
        return self.fetched_at + (FRESH if self.title else FAILED) > now


def named(url: str) -> str:
    """The name under which an address is kept: its SHA-256."""
    return hashlib.sha256(url.encode()).hexdigest()


def first_link(text: str) -> str:
    """The first link with a scheme in the text, or empty."""
    found = links(text)
    return text[slice(*found[0])] if found else ""


def _picture(http: Any, url: str) -> bytes:
    """The picture of a card, made small; empty when there is none that can be shown."""
    from PIL import Image  # noqa: PLC0415  15 MB and 60 ms that most commands do not need

    try:
        answer = http.get(url, headers={"accept": ", ".join(_PICTURES)})
        if answer.status != 200 or answer.headers.get("content-type", "").split(";")[0].strip() not in _PICTURES:
            return b""
        with Image.open(io.BytesIO(answer.body), formats=("JPEG", "PNG", "WEBP")) as opened:
            if opened.width * opened.height > 40_000_000:
                return b""
            opened.draft("RGB", (EDGE * 2, EDGE * 2))
            image = opened.convert("RGB")
        image.thumbnail((EDGE, EDGE))
        target = io.BytesIO()
        image.save(target, "WEBP", quality=80)
        return target.getvalue()
    except (Failure, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return b""
