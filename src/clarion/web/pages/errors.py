"""Pages for what went wrong: what happened, is it safe, what to press. None of them asks the database."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from clarion.web.place import NotYours


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(render_to_string("400.html"), status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A member without the right is told which; nobody else's words reach the page."""
    sentence = str(exception) if isinstance(exception, NotYours) else ""
    return HttpResponse(render_to_string("403.html", {"sentence": sentence}), status=403)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    return HttpResponse(render_to_string("403_csrf.html"), status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(render_to_string("404.html"), status=404)


def broken(request: HttpRequest, *args: Any) -> HttpResponse:
    return HttpResponse(render_to_string("500.html"), status=500)
