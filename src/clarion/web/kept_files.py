"""A kept file as an answer: its bytes as they come, or the piece that a player asked for, and kept by browsers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from clarion.files.place import store
from clarion.files.small import TYPE
from clarion.files.store import Missing, Readable, StoreGone

WHOLE = 1_000_000
"""An answer of up to so many bytes is read at once; a larger one is streamed."""
NEAR = 4_000_000
"""A file of up to so many bytes is kept on this machine when it is shown; from a larger one only what is asked for is
fetched."""
PIECE = 256 * 1024


@dataclass(frozen=True)
class Kept:
    """A file in the store. ``sha256`` is its content's; ``size`` None: the store is asked."""

    key: str
    mime: str
    sha256: str
    size: int | None = None


def answered(
    request: HttpRequest, kept: Kept, *, fresh: str, small: Callable[[], str] | None = None
) -> HttpResponseBase:
    """The file, or the asked-for range of it. ``fresh`` is its Cache-Control: under one address lies one content.

    ``small`` finds or makes the key of a small copy, to be answered instead.
    """
    etag = quote_etag(kept.sha256 + ("-small" if small else ""))
    try:
        response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
        if response is None:
            if small and (key := small()) != kept.key:
                kept = Kept(key, TYPE, "")
            response = _bytes(request, kept, etag=etag)
    except Missing:
        raise Http404 from None
    except StoreGone as gone:
        return HttpResponse(
            gone.what, status=503, content_type="text/plain; charset=utf-8",
            headers={"Retry-After": "10", "Cache-Control": "no-store"},
        )  # fmt: skip
    response["ETag"], response["Cache-Control"] = etag, fresh
    return response


def _bytes(request: HttpRequest, kept: Kept, *, etag: str) -> HttpResponseBase:
    size = kept.size if kept.size is not None else store().size(kept.key)
    if size is None:
        raise Missing(kept.key)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Encoding": "identity",  # pictures and videos are small already: not to be packed again
    }
    first, last, status = 0, size - 1, 200
    if asked := _range(request, size, etag=etag):
        first, last = asked
        status, headers["Content-Range"] = 206, f"bytes {first}-{last}/{size}"
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    length = last - first + 1
    headers["Content-Length"] = str(length)
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=kept.mime, headers=headers)
    if size <= NEAR:
        store().local(kept.key, size=size)
    body = store().open(kept.key, first=first, last=last)
    if length <= WHOLE:
        try:
            return HttpResponse(body.read(length), status=status, content_type=kept.mime, headers=headers)
        finally:
            body.close()
    return StreamingHttpResponse(Pieces(body, length), status=status, content_type=kept.mime, headers=headers)


def _range(request: HttpRequest, size: int, *, etag: str) -> tuple[int, int] | None:
    """First and last byte of the one range that was asked for; first > last: there is none such. None: all of it."""
    asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", request.headers.get("Range", ""))
    if not asked or not (asked[1] or asked[2]) or request.headers.get("If-Range", etag) != etag:
        return None
    if not asked[1]:
        return (max(size - int(asked[2]), 0), size - 1) if int(asked[2]) else (1, 0)
    first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    if asked[2] and int(asked[2]) < first:
        return None  # no range at all, by the standard
    return (first, last) if first < size else (1, 0)


class Pieces:
    """The bytes one piece after the other, read beside the event loop; Django closes it when the reader hangs up."""

    def __init__(self, body: Readable, length: int) -> None:
        self._body, self._left = body, length

    def __aiter__(self) -> Pieces:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        piece = await asyncio.to_thread(self._body.read, min(PIECE, self._left))
        if not piece:
            raise ConnectionError("the file ended early")  # the reader sees a broken answer, not a short file
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._body.close()
