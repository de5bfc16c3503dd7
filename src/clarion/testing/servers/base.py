"""A small threaded HTTP server on 127.0.0.1 with faults at hand: the ground of every contract server and of the proxy.

Written for tests and benches: many connections at once, each answer in one packet, every fault once and exactly.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


def _any(method: str, path: str) -> bool:
    return True


@dataclass(frozen=True)
class Fault:
    """``lose_answer`` (handled, then the connection breaks), ``lose_request`` (breaks before), ``answer`` (says this
    without handling), ``late`` (handled, answered after ``seconds``), ``held`` (handled, answered ``seconds`` after
    ``StandIn.let_go``), ``twisted`` (handled, the body goes through ``twist``). ``match`` chooses the request that it
    hits; ``lasting``: every one, until the faults are cleared."""

    kind: str
    match: Callable[[str, str], bool] = _any
    status: int = 500
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    twist: Callable[[bytes], bytes] = bytes
    lasting: bool = False


class Faults:
    """Faults that wait for their request. Each hits once, unless it is lasting. Safe among threads."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def arm(self, fault: Fault) -> None:
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self._waiting:
                if fault.match(method, path):
                    if not fault.lasting:
                        self._waiting.remove(fault)
                    return fault
        return None


@dataclass(frozen=True)
class Asked:
    """One request. ``path`` without query; ``query`` and header names in lower case; ``body`` whole."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    target: str

    def one(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Said:
        body = json.dumps(data, ensure_ascii=False).encode()
        return cls(status, body, {"content-type": "application/json; charset=utf-8", **(headers or {})})

    @classmethod
    def html(cls, text: str, status: int) -> Said:
        return cls(
            status, f"<!doctype html><title>{text}</title><h1>{text}</h1>".encode(), {"content-type": "text/html"}
        )


class StandIn:
    """A server to subclass: implement ``handle``. ``start()``, ``stop()``, ``url``; or use it in a ``with``.

    ``latency``: seconds that each answer takes, handled first. ``lose``: share of answers (0 to 1) whose connection
    breaks after the work was done; ``seed`` makes them repeatable. ``/_stand/faults`` (POST) arms faults from outside:
    ``{"kind": "lose_answer", "times": 2, "method": "POST", "path": "/api"}`` or sets ``{"latency": 0.2, "lose": 0.1}``;
    ``{"let_go": true}`` lets answers go that are held.
    """

    def __init__(self, *, port: int = 0, latency: float = 0.0, lose: float = 0.0, seed: int | None = None) -> None:
        self.faults = Faults()
        self.latency = latency
        self.lose = lose
        self.asked = 0
        self._random = Random(seed)  # noqa: S311 - faults for tests
        self._port = port
        self._server: ThreadingHTTPServer | None = None
        self._ended = threading.Event()
        self._let_go = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def handle(self, asked: Asked) -> Said:
        """Does the work and answers. Runs on many threads at once."""
        raise NotImplementedError

    def loses(self, asked: Asked) -> bool:
        """Whether the answer of this request may be lost by chance (``lose``)."""
        return asked.method in ("POST", "PUT", "DELETE", "PATCH")

    def waits(self, asked: Asked) -> bool:
        """Whether this request takes ``latency``."""
        return True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        if self._server is None:
            raise RuntimeError("not started")
        return int(self._server.server_address[1])

    def start(self) -> Self:
        self._ended.clear()
        self._let_go.clear()
        self._server = _Server(("127.0.0.1", self._port), _handler(self))
        self._port = self.port  # a restart keeps the address
        threading.Thread(target=self._server.serve, daemon=True).start()
        return self

    def stop(self) -> None:
        """Nobody answers any more, also not on connections that are open. The state stays; ``start`` may follow."""
        server, self._server = self._server, None
        if server is None:
            return
        self._ended.set()
        self._let_go.set()
        server.end()
        with self._open_lock:
            for sock in list(self._open):
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Answers that are held are given; from now on none is held."""
        self._let_go.set()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *args: object) -> None:
        self.stop()

    # -- what the handler asks

    def answer(self, asked: Asked) -> Said | None:
        """The answer, or None: the connection breaks."""
        self.asked += 1
        if asked.path.startswith("/_stand/"):
            return self.stand(asked)
        fault = self.faults.take(asked.method, asked.path)
        if fault is not None and fault.kind == "lose_request":
            return None
        if fault is not None and fault.kind == "answer":
            return Said(fault.status, fault.body, fault.headers)
        said = self.handle(asked)
        if fault is not None and fault.kind == "twisted":
            said = Said(said.status, fault.twist(said.body), said.headers)
        if fault is not None and fault.kind == "held":
            self._let_go.wait()
        wait = fault.seconds if fault is not None and fault.kind in ("late", "held") else 0.0
        if self.latency and self.waits(asked):
            wait += self.latency
        if wait and self._ended.wait(wait):
            return None
        if fault is not None and fault.kind == "lose_answer":
            return None
        if self.lose and self.loses(asked) and self._random.random() < self.lose:
            return None
        return said

    def stand(self, asked: Asked) -> Said:
        """The stage's own door. Subclasses add what they hold."""
        if asked.path == "/_stand/faults" and asked.method == "POST":
            told = json.loads(asked.body or b"{}")
            self.latency = float(told.get("latency", self.latency))
            self.lose = float(told.get("lose", self.lose))
            if told.get("clear"):
                self.faults.clear()
            if told.get("let_go"):
                self.let_go()
            if "kind" in told:
                method, path = told.get("method", "POST"), told.get("path", "")
                fault = Fault(
                    told["kind"],
                    lambda m, p: m == method and p.startswith(path),
                    status=int(told.get("status", 500)),
                    body=str(told.get("body", "")).encode(),
                    headers=told.get("headers", {}),
                    seconds=float(told.get("seconds", 0)),
                )
                for _ in range(int(told.get("times", 1))):
                    self.faults.arm(fault)
            return Said.json({"latency": self.latency, "lose": self.lose})
        return Said.json({"error": "unknown"}, 404)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512
    ending = False

    def serve(self) -> None:
        """Until ``end``. It does not look around from time to time: thousands of stages begin and end at once."""
        while not self.ending:
            with contextlib.suppress(OSError):  # who knocked is gone, or it is the end
                self.process_request(*self.get_request())

    def end(self) -> None:
        self.ending = True
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the one that waits for a connection
        self.server_close()


def _handler(stand: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet per answer: else Nagle and delayed acknowledgements cost 40 ms each
        disable_nagle_algorithm = True
        timeout = 120

        def setup(self) -> None:
            super().setup()
            with stand._open_lock:
                stand._open.add(self.connection)

        def finish(self) -> None:
            with stand._open_lock:
                stand._open.discard(self.connection)
            with contextlib.suppress(OSError, ValueError):
                super().finish()

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length) if length else b""
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = parse_qs(parts.query, keep_blank_values=True)
            asked = Asked(self.command, parts.path, query, headers, body, self.path)
            said = stand.answer(asked)
            if said is None:
                self._break()
                return
            self.send_response_only(said.status)
            if not any(name.lower() == "date" for name in said.headers):
                self.send_header("Date", self.date_time_string())
            for name, value in said.headers.items():
                self.send_header(name, value)
            if said.status not in (204, 304):
                self.send_header("content-length", str(len(said.body)))
            self.end_headers()
            if self.command != "HEAD" and said.status not in (204, 304):
                self.wfile.write(said.body)
            self.wfile.flush()

        def _break(self) -> None:
            """A reset, as a crash or a dying proxy looks from outside."""
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the stage keeps what matters."""

        def handle(self) -> None:
            with contextlib.suppress(OSError, ValueError):  # a client that went away is no error here
                super().handle()

    return Handler


def with_unknown(value: Any, *, kept: Collection[str] = ()) -> Any:
    """A decoded JSON answer with fields of the future in every object, but not inside the fields ``kept``."""
    if isinstance(value, list):
        return [with_unknown(item, kept=kept) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {name: item if name in kept else with_unknown(item, kept=kept) for name, item in value.items()}
    return {**inner, "fromTheFuture": {"deep": [1, None, "x"]}}
