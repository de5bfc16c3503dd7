"""The outermost door: how much may come with one request, before any of it is written to the disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings

MOST = 3_000_000_000
"""Bytes of one request: six of the longest videos in one form. Uploads with scripts come in pieces."""


class Bounded:
    """Answers 413 to what is larger, with one sentence. It is read to its end and thrown away, a piece at a time:
    a browser that is not listened to shows a broken connection instead of the answer."""

    def __init__(self, application: Any, *, page: Any, most: int = MOST) -> None:
        self._application, self._page, self._most = application, page, most

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        said = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        body = _Body(receive, most=self._most)
        if said.isdigit() and int(said) > self._most:
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
