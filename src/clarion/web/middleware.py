"""Says so, calmly, when the database is gone; and keeps the domain of short links to short links."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse

from clarion.web.pages.errors import database_gone
from clarion.web.pages.following import followed

log = logging.getLogger(__name__)


class DatabaseGone:
    """Answers 503 when the database does not answer. The page itself asks it nothing.

    Only what asks no database may stand outside of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        except (OperationalError, InterfaceError) as error:
            return self.answer(error)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return self.answer(error) if isinstance(error, OperationalError | InterfaceError) else None

    def answer(self, error: Exception) -> HttpResponse:
        log.error("The database does not answer: %s", error)
        return database_gone(error)


class ShortDomain:
    """On the domain of short links, where it is one of its own, a path is a link's name and nothing else is found."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SHORT_HOST and request.headers.get("Host") == settings.SHORT_HOST:
            return followed(request, request.path_info.strip("/"))
        return self.get_response(request)
