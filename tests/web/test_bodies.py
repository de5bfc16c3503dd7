"""How much may come with one request, asked as the server asks: a piece at a time."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest

from clarion.web.bodies import OF_STRANGERS, Bounded, is_signed_in
from clarion.web.pages.errors import too_much

PIECE = bytes(64 * 1024)


class Browser:
    """Sends so many pieces, and remembers the answer."""

    def __init__(self, pieces: int, *, length: int | None = None) -> None:
        self.left, self.answer = pieces, []
        headers = (
            [(b"transfer-encoding", b"chunked")] if length is None else [(b"content-length", str(length).encode())]
        )
        self.scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}

    async def receive(self):
        assert self.left > 0, "nobody asks a browser that has said all"
        self.left -= 1
        return {"type": "http.request", "body": PIECE, "more_body": self.left > 0}

    async def send(self, message):
        self.answer.append(message)

    def asks(self, application, *, most: int, is_known=True):
        bounded = Bounded(application, page=too_much, most=most, knows=lambda headers: is_known)
        asyncio.run(bounded(self.scope, self.receive, self.send))
        return self.answer[0]["status"] if self.answer else None


async def reads_all(scope, receive, send):
    """As Django does: all of it, or nothing when the line is gone."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_what_is_small_enough_passes():
    assert Browser(3, length=3 * len(PIECE)).asks(reads_all, most=3 * len(PIECE)) == 200


def test_what_says_that_it_is_too_large_never_reaches_the_application():
    async def never(scope, receive, send):
        raise AssertionError("it was asked")

    browser = Browser(50, length=50 * len(PIECE))
    assert browser.asks(never, most=len(PIECE)) == 413
    assert browser.left == 0  # heard out, so that the browser reads the answer
    assert "too much at once" in browser.answer[1]["body"].decode()


def test_what_does_not_say_is_counted():
    browser = Browser(50)
    assert browser.asks(reads_all, most=10 * len(PIECE)) == 413
    assert browser.left == 0


def test_four_gigabytes_are_thrown_away_piece_by_piece():
    tracemalloc.start()
    browser = Browser(4_294_967_296 // len(PIECE), length=4_294_967_296)
    assert browser.asks(reads_all, most=3_000_000_000) == 413
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize("says", [True, False])
def test_a_stranger_may_send_a_form_and_no_film(says):
    form, film = OF_STRANGERS // len(PIECE), 40
    for pieces, answer in ((form, 200), (film, 413)):
        browser = Browser(pieces, length=pieces * len(PIECE) if says else None)
        assert browser.asks(reads_all, most=100 * len(PIECE), is_known=False) == answer
    assert Browser(film).asks(reads_all, most=100 * len(PIECE), is_known=True) == 200


@pytest.mark.django_db
def test_only_a_session_in_which_somebody_signed_in_is_known(client, ingrid):
    def cookie(value):
        return [(b"cookie", f"theme=dark; sessionid={value}".encode())]

    assert not is_signed_in([])
    assert not is_signed_in(cookie("made-up"))
    client.get("/account/login/")
    client.force_login(ingrid)
    key = client.cookies["sessionid"].value
    assert is_signed_in(cookie(key))
    client.logout()
    assert not is_signed_in(cookie(key))
