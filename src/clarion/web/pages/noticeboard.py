"""The noticeboard: our own ground, read by the public. No sign-in, no cookie, no script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Any

from django.core.paginator import Paginator
from django.db.models import TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date, quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from clarion.channels.models.notice import key_of
from clarion.files.place import store
from clarion.files.small import is_needed, small_of
from clarion.web.kept_files import Kept, answered
from clarion.web.place import stated
from clarion.web.public_board import A_PAGE, PublicBoard

FILE = re.compile(r"[0-9a-f]{64}\.(?:jpg|png|gif|webp|mp4|vtt|pdf)")
PICTURES = {"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
TYPES = {**PICTURES, "mp4": "video/mp4", "vtt": "text/vtt; charset=utf-8", "pdf": "application/pdf"}
FRESH = "public, max-age=30, stale-while-revalidate=300"
FOR_EVER = "public, max-age=31536000, immutable"


def on_board(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Finds the board, answers 304 when the asker has it already, and says how long an answer is fresh."""

    @require_safe
    @wraps(view)
    def inside(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        board = PublicBoard.by_slug(slug)
        if board is None:
            raise Http404
        etag = quote_etag(board.stamp(view.__name__, request.get_full_path(), get_language() or ""))
        changed = board.changed_at()
        same = get_conditional_response(request, etag=etag)
        response = same or view(request, board, **kwargs)
        response["ETag"], response["Cache-Control"] = etag, FRESH
        if changed and response.status_code == 200:
            response["Last-Modified"] = http_date(changed.timestamp())
        return response

    return inside


def _page(request: HttpRequest, board: PublicBoard) -> Any:
    return Paginator(board.notices, A_PAGE).get_page(request.GET.get("page"))


@on_board
@stated("anybody")
def noticeboard(request: HttpRequest, board: PublicBoard) -> HttpResponse:
    page = _page(request, board)
    return render(request, "noticeboard.html", {
        "board": board, "workspace": board.workspace, "page": page, "notices": board.shown(page),
    })  # fmt: skip


@on_board
@stated("anybody")
def notice(request: HttpRequest, board: PublicBoard, pk: Any) -> HttpResponse:
    found = board.notice(pk)
    if found is None:
        raise Http404
    return render(request, "notice.html", {"board": board, "workspace": board.workspace, "one": found})


@on_board
@stated("anybody")
def feed_atom(request: HttpRequest, board: PublicBoard) -> HttpResponse:
    page = _page(request, board)
    body = render_to_string("feed.atom.xml", {
        "board": board, "page": page, "notices": board.shown(page),
        "changed_at": board.changed_at() or board.channel.connected_at,
    })  # fmt: skip
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8")


@on_board
@stated("anybody")
def feed_json(request: HttpRequest, board: PublicBoard) -> HttpResponse:
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    page = _page(request, board)
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1", "title": board.title, "home_page_url": board.url,
        "feed_url": board.json_url, "authors": [{"name": board.title, "url": board.url}],
        "items": [_item(one) for one in board.shown(page)],
    }  # fmt: skip
    if page.has_next():
        feed["next_url"] = f"{board.json_url}?page={page.next_page_number()}"
    return JsonResponse(
        feed, content_type="application/feed+json; charset=utf-8", json_dumps_params={"ensure_ascii": False}
    )


def _item(one: Any) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": one.url, "url": one.url, "content_text": one.notice.text,
        "content_html": render_to_string("parts/notice_body.html", {"one": one, "whole": True}).strip(),
        "date_published": _iso(one.notice.published_at), "date_modified": _iso(one.changed_at),
    }  # fmt: skip
    if one.title:
        item["title"] = one.title
    if one.language:
        item["language"] = one.language
    if one.pictures:
        item["image"] = one.pictures[0]["url"]
    if one.files:
        item["attachments"] = [
            {"url": file["url"], "mime_type": file["mime"], "title": file["title"]} for file in one.files
        ]
    return item


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


@require_safe
@stated("anybody")
def notice_file(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """A file of a notice, or with ``?small`` a small copy of a picture. Its name is the hash of its content."""
    board = PublicBoard.by_slug(slug)
    file = _shown_file(board, name) if board and FILE.fullmatch(name) else None
    if board is None or file is None:
        raise Http404
    sha256, ending = name.rsplit(".", 1)
    kept = Kept(key_of(board.channel, name), TYPES[ending], sha256)
    small = None
    if (
        "small" in request.GET
        and ending in PICTURES
        and is_needed(width=file.get("width", 0), height=file.get("height", 0))
    ):
        small = partial(small_of, store(), kept.key, sha256=sha256)
    response = answered(request, kept, fresh=FOR_EVER, small=small)
    response["Cross-Origin-Resource-Policy"] = "cross-origin"  # readers of the feed show it on pages of theirs
    if title := file.get("name"):
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=title)
    return response


def _shown_file(board: PublicBoard, name: str) -> dict[str, Any] | None:
    """What a notice says of its file. A file of a notice that was taken down is gone from the public too."""
    return next(
        (
            file
            for parts in _named(board, name).values_list("parts", flat=True).iterator()
            for part in parts
            for file in part.get("media", ())
            if name in (file["file"], *(one["file"] for one in file.get("captions", ())))
        ),
        None,
    )


def _named(board: PublicBoard, name: str) -> Any:
    """Notices in which the name stands somewhere: the database looks, so that no request reads a whole board."""
    return board.notices.annotate(told=Cast("parts", TextField())).filter(told__contains=name)


def old_atom(request: HttpRequest, slug: str) -> HttpResponse:
    """Readers try ``/feed`` first."""
    return redirect("feed_atom", slug, permanent=True)
