"""The connection under every call out: judged addresses, bytes counted as they leave, one deadline for all of it.

A thin backend for httpcore, because three things must be known exactly that no client library tells: whether anything
was sent, to which address, and how long the whole answer may still take.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from .addresses import PrivateHosts, judged

SMALL = 64 * 1024
"""A request up to this size has one deadline for everything; a bigger one may go on as long as it progresses."""
PROGRESS = 16 * 1024
"""So many bytes count as progress of an upload."""
BUFFERED = 128 * 1024
"""What the system may hold of an upload that has not left yet: else megabytes count as sent on a slow line, and the
time for the answer would run while they still travel."""
IDLE = 4.0
"""Idle connections are kept for less than the shortest common limit of servers (5 s), so that few die under us."""


class Late(Exception):
    """The deadline passed."""


class Ended(Exception):
    """The other side closed a conversation, or spoke nonsense in it."""


class Why(Enum):
    """What kept us from connecting."""

    CERTIFICATE = "certificate"
    INSECURE = "insecure"
    SILENT = "silent"
    REFUSED = "refused"
    NOWHERE = "nowhere"


class NotConnected(Exception):
    """No connection was made: nothing was sent. ``detail`` is in the system's own words, where it has any."""

    def __init__(self, why: Why, detail: str = "") -> None:
        super().__init__(why.value, detail)
        self.why = why
        self.detail = detail


@dataclass
class Call:
    """One request on its way. ``touched``: at least one byte of it may have left."""

    seconds: float
    length: int = 0
    before: Callable[[], None] | None = None
    on_progress: Callable[[], None] | None = None
    sent: int = 0
    touched: bool = False

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds
        self._rewarded = 0
        self._started = False

    def left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Late
        return left

    def starting(self) -> None:
        """Called before every write; the guard runs once, directly before the first byte."""
        if not self._started:
            self._started = True
            if self.before is not None:
                self.before()

    def went(self, count: int) -> None:
        self.touched = True
        self.sent += count
        if self.length > SMALL and (self.sent - self._rewarded >= PROGRESS or self.sent >= self.length):
            self._rewarded = self.sent
            self._deadline = time.monotonic() + self.seconds
            if self.on_progress is not None:
                self.on_progress()


_now = threading.local()  # httpcore works on the caller's thread, so the call in hand is the thread's


class _Stream:
    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call: Call = _now.call
        try:
            self._sock.settimeout(call.left())
            return self._sock.recv(max_bytes)
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise _core().ReadError(type(error).__name__) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        call: Call = _now.call
        call.starting()
        rest = memoryview(buffer)
        while rest:
            try:
                self._sock.settimeout(call.left())
                # A failed write inside TLS may have put part of a record on the wire: count it as touched at once.
                call.touched = call.touched or isinstance(self._sock, ssl.SSLSocket)
                count = self._sock.send(rest[:PROGRESS])
            except TimeoutError:
                raise Late from None
            except OSError as error:
                # httpcore then still reads: a server may refuse early (413) and hang up while we are sending.
                raise _core().WriteError(type(error).__name__) from None
            rest = rest[count:]
            call.went(count)

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> _Stream:
        call: Call = _now.call
        try:
            self._sock.settimeout(call.left())
            return _Stream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname))
        except TimeoutError:
            self._sock.close()
            raise Late from None
        except ssl.SSLCertVerificationError as error:
            self._sock.close()
            raise NotConnected(Why.CERTIFICATE, error.verify_message) from None
        except (OSError, ValueError) as error:
            self._sock.close()
            raise NotConnected(Why.INSECURE, type(error).__name__) from None

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return _readable(self._sock)
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        return None


def _readable(sock: socket.socket) -> bool:
    """True for an idle connection that the other side has closed."""
    if sock.fileno() < 0:
        return True
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


class _Backend:
    """httpcore's network backend, connecting only to judged addresses."""

    def __init__(self, private: PrivateHosts) -> None:
        self._private = private

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> _Stream:
        call: Call = _now.call
        addresses = judged(host=host, port=port, private=self._private, seconds=call.left())
        reason = NotConnected(Why.NOWHERE)
        for index, address in enumerate(addresses):
            # The time that is left is shared, so that one silent address does not eat the turn of the next.
            share = call.left() / (len(addresses) - index)
            try:
                sock = socket.create_connection((address, port), timeout=share)
            except OSError as error:
                reason = (
                    NotConnected(Why.SILENT)
                    if isinstance(error, TimeoutError)
                    else NotConnected(Why.REFUSED, error.strerror or type(error).__name__)
                )
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFERED)
            return _Stream(sock)
        raise reason

    def sleep(self, seconds: float) -> None:  # httpcore sleeps only between retries, and there are none
        raise NotImplementedError


@cache
def _core() -> Any:
    import httpcore  # noqa: PLC0415 - 0.2 s and 13 MB at import; most commands never call out

    # Its debug lines carry whole requests with their credentials.
    logging.getLogger("httpcore").setLevel(logging.INFO)
    return httpcore


_pools: dict[tuple[int, bool, tuple[str, ...]], Any] = {}
_pools_lock = threading.Lock()


def _pool(private_hosts: tuple[str, ...], *, secure: bool) -> Any:
    key = (os.getpid(), secure, private_hosts)  # a forked process must not share its parent's sockets
    with _pools_lock:
        if key not in _pools:
            _pools[key] = _core().ConnectionPool(
                ssl_context=_trust() if secure else None,
                network_backend=_Backend(PrivateHosts(private_hosts)),
                max_connections=None,  # the callers are counted elsewhere; waiting here would let one network delay all
                max_keepalive_connections=64,
                keepalive_expiry=IDLE,
                retries=0,
            )
        return _pools[key]


def _trust() -> ssl.SSLContext:
    """The public authorities and those that this machine trusts (SSL_CERT_FILE and SSL_CERT_DIR are honoured)."""
    import certifi  # noqa: PLC0415 - needed for the first secure call only

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class Reply:
    """A status line with headers, and the body as it comes. Close it."""

    def __init__(self, response: Any) -> None:
        self.status = int(response.status)
        self.headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in response.headers]
        self._response = response

    @property
    def stream(self) -> Any:
        """The connection itself, after it was upgraded (status 101)."""
        return self._response.extensions["network_stream"]

    def pieces(self) -> Iterator[bytes]:
        yield from self._response.stream

    def close(self) -> None:
        self._response.close()


def send(
    *,
    call: Call,
    private_hosts: tuple[str, ...],
    method: str,
    scheme: str,
    host: str,
    port: int,
    target: str,
    headers: list[tuple[str, str]],
    pieces: Iterator[bytes] | None,
) -> Reply:
    """Sends one request, once. Raises Late, NotConnected, Unresolved, Forbidden, or one of lost() and malformed()."""
    core = _core()
    request = core.Request(
        method=method.encode(),
        url=core.URL(scheme=scheme.encode(), host=host.encode(), port=port, target=target.encode()),
        headers=[(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        content=pieces,
    )
    _now.call = call
    return Reply(_pool(private_hosts, secure=scheme == "https").handle_request(request))


def lost() -> tuple[type[Exception], ...]:
    """The errors that mean: the connection broke or spoke nonsense before the answer was whole."""
    core = _core()
    return (core.NetworkError, core.RemoteProtocolError, Ended)


def malformed() -> tuple[type[Exception], ...]:
    """The errors that mean: this can never be sent as it is (a line end inside a header)."""
    return (_core().LocalProtocolError, UnicodeEncodeError)
