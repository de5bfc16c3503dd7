"""Files by their web addresses: fetched by the guarded way out, judged, and kept as if somebody had sent them."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from clarion.channels.models.channel import http_out
from clarion.networks.words import Failure
from clarion.organisations.models import Workspace
from clarion.posts.cleaning import FORMATS, BadMedia
from clarion.posts.content import Shot
from clarion.posts.models import Media

MOST = 40_000_000
"""Bytes: the whole answer is held in memory. What is larger comes as a file."""
SECONDS = 30.0
TAKEN = (*(mime for mime, _ending in FORMATS.values()), "video/mp4", "video/quicktime", "application/pdf")


def is_address(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def fetched(url: str, *, workspace: Workspace, by: Any) -> Media:
    """Never in a transaction: it calls out. Raises ``BadMedia``, and OSError when the disk says no."""
    http = http_out(workspace, seconds=SECONDS, cap=MOST)
    try:
        answer = http.get(url.strip(), headers={"accept": ", ".join(TAKEN)})
    except Failure as failure:
        if failure.code != "oversized":
            raise BadMedia(failure.sentence) from failure
        sentence = _("The file at this address has more than %(n)d MB. Save it on your device and add it from there.")
        raise BadMedia(sentence % {"n": MOST // 1_000_000}) from failure
    found = urlsplit(answer.url)
    if answer.status != 200:
        sentence = _("%(host)s gives nothing at this address (%(status)d). Look whether it opens without a sign-in.")
        raise BadMedia(sentence % {"host": found.hostname, "status": answer.status})
    if "html" in answer.headers.get("content-type", "").lower():
        raise BadMedia(_("This is the address of a page. Open the picture alone, and take the address of that."))
    name = PurePosixPath(unquote(found.path)).name.replace("\x00", "") or str(found.hostname)
    return Media.objects.keep(workspace=workspace, file=io.BytesIO(answer.body), name=name, by=by)


class Files:
    """Files of a workspace by what a cell calls them: an address, or the name of a file in its library."""

    def __init__(self, place: Workspace, *, by: Any) -> None:
        self._place, self._by = place, by
        self._known: dict[str, Media | str] = {}

    def __call__(self, name: str, alt: str) -> Shot:
        """Raises ``BadMedia``."""
        if name not in self._known:
            try:
                self._known[name] = self._find(name)
            except BadMedia as error:
                self._known[name] = str(error)
        found = self._known[name]
        if isinstance(found, str):
            raise BadMedia(found)
        return Shot(str(found.pk), alt or found.alt)

    def _find(self, name: str) -> Media:
        if is_address(name):
            return fetched(name, workspace=self._place, by=self._by)
        row = Media.objects.on_show().filter(workspace=self._place, name=name).order_by("-pk").first()
        if row is None:
            raise BadMedia(
                _("“%(name)s” is neither an address nor a file of this workspace. Add the file first.")
                % {"name": name[:80]}
            )
        return row
