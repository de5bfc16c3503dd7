"""Pages for what went wrong: what happened, is it safe, what to press. None of them asks the database."""

from __future__ import annotations

import sys
from typing import Any

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from clarion.web.headers import guarded
from clarion.web.place import NotYours
from clarion.web.said import database_sentence


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


def too_much(*, is_secure: bool) -> HttpResponse:
    """For a request that never came to Django, because it was too large."""
    return guarded(HttpResponse(render_to_string("413.html"), status=413), is_secure=is_secure)


def broken(request: HttpRequest, *args: Any) -> HttpResponse:
    """A fault of ours; or the database, which is told apart because what to do differs."""
    error = sys.exc_info()[1]
    if isinstance(error, DatabaseError | InterfaceError):
        return database_gone(error)
    return HttpResponse(render_to_string("500.html"), status=500)


def database_gone(error: Exception) -> HttpResponse:
    """503, so that proxies and scripts come back by themselves."""
    body = render_to_string("503.html", {"sentence": database_sentence(error)})
    return HttpResponse(body, status=503, headers={"Retry-After": "10", "Cache-Control": "no-store"})
