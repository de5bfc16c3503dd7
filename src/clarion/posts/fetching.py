"""A file by its web address: fetched by the guarded way out, and kept as if somebody had sent it."""

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
from clarion.posts.models import Media

MOST = 40_000_000
"""Bytes: the whole answer is held in memory. What is larger comes as a file."""
SECONDS = 30.0
TAKEN = (*(mime for mime, _ending in FORMATS.values()), "video/mp4", "video/quicktime", "application/pdf")


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
