"""Files that a table or a feed names by address: fetched by the guarded way out, judged, and kept like any other."""

from __future__ import annotations

import io
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _

from clarion.channels.models.channel import http_out
from clarion.networks.words import Failure
from clarion.organisations.models import Workspace
from clarion.posts.content import Shot
from clarion.posts.models import Media
from clarion.posts.models.media import BadMedia

SECONDS, MOST = 30.0, 60_000_000
"""How long one file may take, and how many bytes it may have."""


def is_address(name: str) -> bool:
    return name.lower().startswith(("http://", "https://"))


def fetched(url: str, *, workspace: Workspace, by: Any, alt: str = "") -> Media:
    """The file at an address, kept in the library. Raises ``BadMedia``. Never in a transaction: it calls out."""
    try:
        answer = http_out(workspace, seconds=SECONDS, cap=MOST).get(url, headers={"accept": "image/*, video/*"})
    except Failure as failure:
        raise BadMedia(_("%(url)s could not be fetched: %(why)s") % {"url": url[:200], "why": failure}) from failure
    if answer.status != 200:
        raise BadMedia(
            _("%(url)s could not be fetched: its server answered with %(status)d.")
            % {"url": url[:200], "status": answer.status}
        )
    name = unquote(PurePosixPath(urlsplit(answer.url).path).name) or _("picture")
    return Media.objects.keep(workspace=workspace, file=io.BytesIO(answer.body), name=name[:200], alt=alt, by=by)


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
        row = Media.objects.filter(workspace=self._place, name=name, source=None).order_by("-pk").first()
        if row is None:
            raise BadMedia(
                _("“%(name)s” is neither an address nor a file of this workspace. Add the file first.")
                % {"name": name[:80]}
            )
        return row
