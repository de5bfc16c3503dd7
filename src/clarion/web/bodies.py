"""The outermost door: how much may come with one request, before any of it is written to the disk."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, close_old_connections
from django.http import parse_cookie

MOST = 3_000_000_000
"""Bytes of one request: six of the longest videos in one form. Uploads with scripts come in pieces."""
OF_STRANGERS = 1_000_000
"""Bytes of one request of somebody who has not signed in: forms, and what machines say."""


def is_signed_in(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the cookie is that of a session in which somebody signed in. Without a database: their page says so."""
    told = "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")
    kept = parse_cookie(told).get(settings.SESSION_COOKIE_NAME)
    try:
        return bool(kept) and SESSION_KEY in import_module(settings.SESSION_ENGINE).SessionStore(kept)
    except DatabaseError:
        return True


class Bounded:
    """Answers 413 to what is larger, with one sentence. It is read to its end and thrown away, a piece at a time:
    a browser that is not listened to shows a broken connection instead of the answer.

    Whoever has not signed in may send ``OF_STRANGERS``; ``knows`` is asked only about what is larger or does not say.
    """

    def __init__(
        self, application: Any, *, page: Any, most: int = MOST,
        knows: Callable[[list[tuple[bytes, bytes]]], bool] = is_signed_in,
    ) -> None:  # fmt: skip
        self._application, self._page, self._most, self._knows = application, page, most, knows

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        said = dict(scope["headers"])
        length = int(told) if (told := said.get(b"content-length", b"")).isdigit() else 0
        most = self._most
        if length > OF_STRANGERS or b"transfer-encoding" in said:
            most = most if await sync_to_async(self._is_known)(scope["headers"]) else min(most, OF_STRANGERS)
        body = _Body(receive, most=most)
        if length > most:
            body.is_over = True
        else:
            await self._application(scope, body, send)
        if body.is_over:
            await body.drain()
            page = self._page(is_secure=settings.SECURE)
            headers = [(name.lower().encode(), value.encode()) for name, value in page.items()]
            headers.append((b"content-length", str(len(page.content)).encode()))
            await send({"type": "http.response.start", "status": page.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": page.content})

    def _is_known(self, headers: list[tuple[bytes, bytes]]) -> bool:
        try:
            return self._knows(headers)
        finally:
            close_old_connections()  # no request of Django's may follow that would


class _Body:
    """What comes, counted. Beyond ``most`` it looks to the application as if the line were gone."""

    def __init__(self, receive: Any, *, most: int) -> None:
        self._receive, self._left = receive, most
        self.is_over = self._is_done = False

    async def __call__(self) -> Any:
        message = await self._next()
        self._left -= len(message.get("body", b""))
        self.is_over = self.is_over or self._left < 0
        return {"type": "http.disconnect"} if self.is_over else message

    async def _next(self) -> Any:
        message = await self._receive()
        self._is_done = message["type"] != "http.request" or not message.get("more_body")
        return message

    async def drain(self) -> None:
        while not self._is_done:
            await self._next()
