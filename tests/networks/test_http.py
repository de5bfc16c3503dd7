"""The one way out, against real sockets on loopback: was it sent, did the whole answer arrive, may it be called?"""

import gzip
import json
import logging
import os
import socket
import ssl
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks import addresses, wire
from clarion.networks.http import Answer, Http, Unreadable
from clarion.networks.words import Failure, NotNow, Refused, Unknown

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Wire:
    """A server that speaks bytes: ``script`` gets the connection and the request that was read from it."""

    def __init__(self, script: Callable[[socket.socket, bytes], None]) -> None:
        self.script = script
        self.requests: list[bytes] = []
        self.ended = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            while (request := read_request(sock)) is not None:
                self.requests.append(request)
                try:
                    self.script(sock, request)
                except OSError:
                    return
                if sock.fileno() < 0:
                    return

    def close(self) -> None:
        self.ended.set()
        self._listening.close()


def read_request(sock: socket.socket) -> bytes | None:
    raw = b""
    try:
        while b"\r\n\r\n" not in raw:
            piece = sock.recv(65536)
            if not piece:
                return None
            raw += piece
        head, _, body = raw.partition(b"\r\n\r\n")
        length = next(
            (int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            piece = sock.recv(65536)
            if not piece:
                return None
            body += piece
        return head + b"\r\n\r\n" + body
    except OSError:
        return None


@pytest.fixture
def speak() -> Iterator[Callable[[Callable[[socket.socket, bytes], None]], Wire]]:
    made: list[Wire] = []

    def make(script: Callable[[socket.socket, bytes], None]) -> Wire:
        made.append(Wire(script))
        return made[-1]

    yield make
    for one in made:
        one.close()


def says(raw: bytes) -> Callable[[socket.socket, bytes], None]:
    return lambda sock, request: sock.sendall(raw)


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def http(**more: object) -> Http:
    return Http(**{"private_hosts": ["127.0.0.1", "localhost", "::1"], "seconds": 3.0, **more})  # type: ignore[arg-type]


Speak = Callable[[Callable[[socket.socket, bytes], None]], Wire]


# --- did it happen? ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("writing", [True, False])
def test_a_dead_port_means_that_it_did_not_happen(writing: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    us = http()
    with pytest.raises(NotNow) as caught:
        us.request("POST", f"http://127.0.0.1:{port}/", writing=writing, json={})
    assert caught.value.code == "unreachable"
    assert (us.exchanges[0].sent, us.exchanges[0].status, us.exchanges[0].error) == (0, None, "unreachable")


def test_a_name_that_nobody_knows_means_that_it_did_not_happen(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotNow) as caught:
        http().post("https://nowhere.example/")
    assert caught.value.code == "unreachable" and "name was not found" in caught.value.sentence


def test_a_resolver_that_hangs_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: release.wait(30) and [])
    with pytest.raises(NotNow):
        http(seconds=0.2).post("https://slow.example/")
    release.set()


def test_a_listener_that_never_accepts_tls_means_that_it_did_not_happen(speak: Speak) -> None:
    there = speak(says(OK))
    with pytest.raises(NotNow) as caught:
        http().post(there.url.replace("http:", "https:"), json={})
    assert caught.value.code == "unreachable" and there.requests == []


def test_silence_after_a_write_is_unknown_and_slow(speak: Speak) -> None:
    there = speak(lambda sock, request: there.ended.wait(20) and None)
    us = http(seconds=0.3)
    with pytest.raises(Unknown) as caught:
        us.post(there.url, json={"status": "hello"})
    assert caught.value.slow and caught.value.code == "timeout"
    assert len(there.requests) == 1 and us.exchanges[0].sent >= len(there.requests[0])


def test_silence_after_a_read_is_not_now(speak: Speak) -> None:
    there = speak(lambda sock, request: there.ended.wait(20) and None)
    with pytest.raises(NotNow) as caught:
        http(seconds=0.3).get(there.url)
    assert caught.value.code == "timeout"


def test_an_answer_that_trickles_for_ever_ends_at_the_deadline(speak: Speak) -> None:
    def trickle(sock: socket.socket, request: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not there.ended.wait(0.02):
            sock.sendall(b"x")

    there = speak(trickle)
    with pytest.raises(Unknown) as caught:
        http(seconds=0.4).post(there.url, json={})
    assert caught.value.slow


def test_headers_that_trickle_for_ever_end_at_the_deadline(speak: Speak) -> None:
    def trickle(sock: socket.socket, request: bytes) -> None:
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        while not there.ended.wait(0.02):
            sock.sendall(b"x-a: b\r\n")

    there = speak(trickle)
    with pytest.raises(Unknown):
        http(seconds=0.4).post(there.url, json={})


@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 O", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{"])
@pytest.mark.parametrize("polite", [True, False])
def test_a_connection_that_breaks_after_a_write_is_unknown(speak: Speak, part: bytes, polite: bool) -> None:
    def break_off(sock: socket.socket, request: bytes) -> None:
        sock.sendall(part)
        sock.close() if polite else reset(sock)

    there = speak(break_off)
    with pytest.raises(Unknown) as caught:
        http().post(there.url, json={})
    assert not caught.value.slow and caught.value.code in ("reset", "truncated")
    with pytest.raises(NotNow):
        http().get(there.url)


def test_nonsense_instead_of_http_is_unknown_after_a_write(speak: Speak) -> None:
    there = speak(says(b"SSH-2.0-OpenSSH_9\r\n\r\n"))
    with pytest.raises(Unknown):
        http().post(there.url, json={})


def test_an_answer_that_is_too_big_is_unknown_after_a_write(speak: Speak) -> None:
    there = speak(says(b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n" + b"x" * 9000))
    with pytest.raises(Unknown) as caught:
        http(cap=4000).post(there.url, json={})
    assert caught.value.code == "oversized"


def test_a_gzip_bomb_is_not_unpacked(speak: Speak) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    there = speak(says(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb) + bomb))
    with pytest.raises(Unknown) as caught:
        http(cap=1_000_000).post(there.url, json={})
    assert caught.value.code == "oversized"


def test_gzip_is_unpacked_and_half_of_it_is_no_answer(speak: Speak) -> None:
    packed = gzip.compress(json.dumps({"a": "é" * 500}).encode())
    answers = [packed, packed[:-12]]

    def say(sock: socket.socket, request: bytes) -> None:
        raw = answers.pop(0)
        sock.sendall(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(raw) + raw)

    there = speak(say)
    assert http().post(there.url, json={}).json() == {"a": "é" * 500}
    with pytest.raises(Unknown) as caught:
        http().post(there.url, json={})
    assert caught.value.code == "truncated"


def test_an_early_no_during_an_upload_is_heard(speak: Speak, tmp_path: Path) -> None:
    """A server that refuses a big file at once and hangs up has answered: that is a no, not a maybe."""
    listening = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        sock, _ = listening.accept()
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
        sock.close()

    threading.Thread(target=refuse, daemon=True).start()
    big = tmp_path / "big.mp4"
    big.write_bytes(b"\0" * 3_000_000)
    answer = http().post(f"http://127.0.0.1:{listening.getsockname()[1]}/", content=big)
    assert answer.status == 413
    listening.close()


def test_an_upload_may_take_longer_than_an_answer_while_it_moves(speak: Speak, tmp_path: Path) -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)

    def slowly() -> None:
        sock, _ = listening.accept()
        got, ended = 0, time.monotonic() + 30
        while got < 2_000_000 and time.monotonic() < ended:
            got += len(sock.recv(40_000))
            time.sleep(0.03)
        sock.sendall(OK)
        sock.close()

    threading.Thread(target=slowly, daemon=True).start()
    big, moves = tmp_path / "big.mp4", []
    big.write_bytes(b"\0" * 2_000_000)
    us = http(seconds=0.7, on_progress=lambda: moves.append(1))
    assert us.post(f"http://127.0.0.1:{listening.getsockname()[1]}/", content=big).status == 200
    assert len(moves) > 10 and us.exchanges[0].sent > 2_000_000
    listening.close()


def test_nothing_is_ever_sent_twice(speak: Speak) -> None:
    there = speak(lambda sock, request: reset(sock))
    with pytest.raises(Unknown):
        http().post(there.url, json={})
    with pytest.raises(NotNow):
        http().get(there.url)
    assert len(there.requests) == 2


def test_an_idle_connection_that_the_server_closed_is_not_used(speak: Speak) -> None:
    closed = threading.Event()

    def once(sock: socket.socket, request: bytes) -> None:
        sock.sendall(OK)
        sock.close()
        closed.set()

    there = speak(once)
    us = http()
    for _ in range(5):
        closed.clear()
        assert us.post(there.url, json={}).status == 200
        assert closed.wait(5)
        time.sleep(0.02)  # the goodbye must have travelled through loopback


def test_connections_are_shared_by_the_whole_process(speak: Speak) -> None:
    seen: set[int] = set()

    def keep(sock: socket.socket, request: bytes) -> None:
        seen.add(sock.fileno())
        sock.sendall(OK)

    there = speak(keep)
    for _ in range(10):
        http().get(there.url)
    assert len(seen) == 1


def test_many_threads_may_call_at_once(speak: Speak) -> None:
    there = speak(lambda sock, request: sock.sendall(OK))
    statuses: list[int] = []

    def call() -> None:
        us = http()
        statuses.extend(us.post(there.url, json={"n": n}).status for n in range(10))

    threads = [threading.Thread(target=call) for _ in range(16)]
    [t.start() for t in threads]
    [t.join(20) for t in threads]
    assert statuses == [200] * 160 and len(there.requests) == 160


# --- the guard --------------------------------------------------------------------------------------------------------


def test_a_guard_that_raises_stops_the_request_before_its_first_byte(speak: Speak) -> None:
    class LeaseLost(Exception):
        pass

    def lost() -> None:
        raise LeaseLost

    there = speak(says(OK))
    us = http(before=lost)
    with pytest.raises(LeaseLost):
        us.post(there.url, json={})
    assert us.exchanges[0].sent == 0 and us.exchanges[0].error == "stopped: LeaseLost"
    http().get(there.url)
    assert len(there.requests) == 1


def test_the_guard_runs_once_before_each_request(speak: Speak) -> None:
    ran: list[int] = []
    there = speak(says(OK))
    us = http(before=lambda: ran.append(len(there.requests)))
    us.post(there.url, content=b"x" * 500_000)
    us.post(there.url, json={})
    assert ran == [0, 1]


# --- which addresses --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.9.9.9", "localhost", "[::1]", "0.0.0.0", "10.1.2.3", "192.168.1.1", "172.16.0.1",
        "169.254.169.254", "[fe80::1]", "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[::127.0.0.1]", "[fec0::1]", "[ff02::1]", "[::]", "224.0.0.1",
        "255.255.255.255", "100.64.0.1", "198.18.0.1", "192.0.2.1", "2130706433", "0177.0.0.1", "0x7f.1", "127.1", "0",
    ],
)  # fmt: skip
def test_private_addresses_in_any_spelling_are_refused_before_sending(host: str) -> None:
    us = Http(seconds=2)
    with pytest.raises(Refused) as caught:
        us.post(f"http://{host}:8009/", json={})
    assert caught.value.code in ("private_address", "bad_url")
    assert us.exchanges == [] or us.exchanges[0].sent == 0


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101", "2002:101:101::"])
def test_public_addresses_are_public_in_any_wrapping(address: str) -> None:
    assert addresses.is_public(addresses.ip_address(address))


@pytest.mark.parametrize(
    ("entry", "fits"),
    [
        ("127.0.0.1", True), ("127.0.0.0/8", True), ("localhost", True), ("LOCALHOST.", True), ("10.0.0.0/8", False),
        ("example.com", False), ("127.0.0.1:1", False), ("localhost:1", False),
    ],
)  # fmt: skip
def test_private_hosts_open_names_addresses_and_blocks(speak: Speak, entry: str, fits: bool) -> None:
    there = speak(says(OK))
    us = Http(private_hosts=[entry], seconds=2)
    url = there.url.replace("127.0.0.1", "localhost") if "local" in entry.lower() else there.url
    if fits:
        assert us.get(url).status == 200
    else:
        with pytest.raises(Refused):
            us.get(url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_private_hosts_may_name_a_port(speak: Speak, host: str) -> None:
    there, other = speak(says(OK)), speak(says(OK))
    us = Http(private_hosts=[f"{host}:{there.port}"], seconds=2)
    assert us.get(f"http://{host}:{there.port}/").status == 200
    with pytest.raises(Refused):
        us.get(f"http://{host}:{other.port}/")


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "a b", "host:port", "[::1]:0", "http://x/"])
def test_a_bad_entry_is_an_error_at_once(entry: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        Http(private_hosts=[entry])


def test_a_wrapped_address_is_opened_by_its_plain_one() -> None:
    private = addresses.PrivateHosts(["127.0.0.0/8"])
    assert addresses.judged(host="::ffff:127.0.0.1", port=80, private=private, seconds=1) == ["::ffff:127.0.0.1"]


def test_a_name_is_resolved_once_and_the_judged_address_is_called(
    speak: Speak, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is judged, private when it is called."""
    there = speak(says(OK))
    asked: list[str] = []
    called: list[str] = []

    def rebinding(host: str, port: int, **more: object) -> list[object]:
        asked.append(host)
        address = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def connect(where: tuple[str, int], timeout: float) -> socket.socket:
        called.append(where[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotNow):
        Http(seconds=2).post(f"http://rebinding.example:{there.port}/", json={})
    assert (asked, called) == (["rebinding.example"], ["93.184.215.14"])


def test_of_several_addresses_only_the_judged_ones_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def both(host: str, port: int, **more: object) -> list[object]:
        kinds = ["10.0.0.1", "93.184.215.14", "::1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in kinds]

    def connect(where: tuple[str, int], timeout: float) -> socket.socket:
        called.append(where[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", both)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotNow):
        Http(seconds=2).get("http://both.example/")
    assert called == ["93.184.215.14"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "file:///etc/passwd", "example.com", "", "http://", "http://user:pw@example.com/",
        "http://example.com\\@127.0.0.1/", "http://exa mple.com/", "http://example.com:99999/", "http://[::1/",
        "http://example.com/\r\nX: y", "http://%31%32%37.0.0.1/", "gopher://127.0.0.1:6379/_FLUSHALL",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    us = http()
    with pytest.raises(Refused) as caught:
        us.post(url, json={})
    assert caught.value.code == "bad_url"


def test_the_environments_proxy_is_not_used(speak: Speak, monkeypatch: pytest.MonkeyPatch) -> None:
    there, proxy = speak(says(OK)), speak(says(OK))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    http().get(there.url)
    assert len(there.requests) == 1 and proxy.requests == []


# --- redirects --------------------------------------------------------------------------------------------------------


def onward(to: str, status: int = 302) -> Callable[[socket.socket, bytes], None]:
    return says(f"HTTP/1.1 {status} Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n".encode())


def test_a_read_follows_and_takes_its_credentials_only_to_the_same_origin(speak: Speak) -> None:
    end = speak(says(OK))
    there = speak(onward(f"{end.url}/new"))
    assert http().get(there.url, headers={"Authorization": "Bearer canary-1234", "X-Api-Key": "canary"}).status == 200
    assert b"canary" in there.requests[0] and b"canary" not in end.requests[0]
    assert end.requests[0].startswith(b"GET /new ")

    def twice(sock: socket.socket, request: bytes) -> None:
        (onward("/new") if request.startswith(b"GET / ") else says(OK))(sock, request)

    same = speak(twice)
    http().get(same.url, headers={"Authorization": "Bearer canary-1234"})
    assert all(b"canary" in request for request in same.requests) and len(same.requests) == 2


def test_a_redirect_to_a_private_address_is_refused(speak: Speak) -> None:
    there = speak(onward("http://10.0.0.1/latest/meta-data"))
    with pytest.raises(Refused) as caught:
        http().get(there.url)
    assert caught.value.code == "private_address"


def test_a_write_never_follows(speak: Speak) -> None:
    end = speak(says(OK))
    there = speak(onward(end.url, 307))
    assert http().post(there.url, json={}).status == 307
    assert end.requests == []


def test_a_circle_ends(speak: Speak) -> None:
    there = speak(onward("/again"))
    assert http().get(there.url).status == 302
    assert len(there.requests) == 4


# --- evidence and secrets ---------------------------------------------------------------------------------------------

CANARY = "cAnArY-7f3a/b+c=9"


def test_no_secret_is_in_evidence_errors_or_logs(
    speak: Speak, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    echo = json.dumps(
        {"error": f"bad token {CANARY}", "refresh_token": "other-canary-1", "access_token": "other-canary-2"}
    )
    raw = b"HTTP/1.1 403 No\r\nset-cookie: s=cookie-canary\r\ncontent-length: %d\r\n\r\n" % len(echo) + echo.encode()
    there = speak(says(raw))
    file = tmp_path / "a.png"
    file.write_bytes(b"x")
    us = http()
    answer = us.post(
        f"{there.url}/?access_token={CANARY[:12]}", json={"text": CANARY}, headers={"Authorization": f"Bearer {CANARY}"}
    )
    us.post(there.url, data={"client_secret": CANARY, "code": "code-canary-55"})
    us.post(there.url, json={"identifier": "press", "password": CANARY})
    us.post(there.url, files={"file": file}, data={"api_key": CANARY})
    us.get(f"{there.url}/bot{CANARY}/send", secrets=[CANARY])
    us.get(there.url, params={"token": CANARY}, headers={"Cookie": "session=cookie-canary"})
    us.get(there.url, headers={"Authorization": "Basic cHJlc3M6YmFzaWMtY2FuYXJ5"})
    us.post(there.url, json={"text": "basic-canary"}, headers={"Authorization": "Basic cHJlc3M6YmFzaWMtY2FuYXJ5"})
    seen = repr(us.exchanges) + caplog.text + answer.reason() + repr(answer)
    for part in (CANARY, "canary", "cHJlc3M6YmFzaWMtY2FuYXJ5", CANARY[:12], "cAnArY"):
        assert part not in seen.replace('basic-canary"', ""), part
    assert len(us.exchanges) == 8 and "bad token" in seen


def test_no_secret_is_in_an_exception(speak: Speak) -> None:
    there = speak(lambda sock, request: reset(sock))
    for call in (
        lambda us: us.post(there.url, json={"password": CANARY}, headers={"Authorization": f"Bearer {CANARY}"}),
        lambda us: us.post(there.url, headers={"Authorization": f"Bearer {CANARY}\r\nX: y"}),
        lambda us: us.post(f"http://127.0.0.1:8001/?token={CANARY}"),
        lambda us: us.post(f"http://10.0.0.1/?token={CANARY}"),
    ):
        with pytest.raises(Failure) as caught:
            call(http())
        told = "".join(traceback.format_exception(caught.value)).replace(f'"Bearer {CANARY}', "")
        shown = [line for line in told.splitlines() if "lambda us" not in line and "call(http" not in line]
        assert CANARY not in "\n".join(shown)


def test_the_evidence_says_what_left_and_what_came_back(speak: Speak) -> None:
    raw = b'{"id":"7"}' + b" " * 5000
    there = speak(
        says(
            b"HTTP/1.1 200 OK\r\nx-ratelimit-remaining: 7\r\nx-secret: no\r\ncontent-length: %d\r\n\r\n" % len(raw)
            + raw
        )
    )
    us = http()
    us.post(f"{there.url}/api?limit=40", json={"status": "Grüße"})
    (one,) = us.exchanges
    assert (one.method, one.url, one.status) == ("POST", f"{there.url}/api?limit=40", 200)
    assert one.sent == len(there.requests[0]) and one.request_excerpt == '{"status":"Grüße"}'
    assert one.answer_excerpt.startswith('{"id":"7"}') and len(one.answer_excerpt) <= 2048
    assert one.headers["x-ratelimit-remaining"] == "7" and "x-secret" not in one.headers
    assert one.began_at.tzinfo is UTC and one.seconds > 0 and one.error == ""


def test_error_codes_stay_readable_in_evidence(speak: Speak) -> None:
    body = b'{"error":{"code":190,"message":"Too long"},"code":"record_invalid"}'
    there = speak(says(b"HTTP/1.1 400 No\r\ncontent-length: %d\r\n\r\n" % len(body) + body))
    us = http()
    us.post(there.url, json={})
    assert us.exchanges[0].answer_excerpt.encode() == body


# --- requests ---------------------------------------------------------------------------------------------------------


def test_bodies_are_written_as_servers_expect_them(speak: Speak, tmp_path: Path) -> None:
    there = speak(says(OK))
    us = http()
    file = tmp_path / 'a "b".png'
    file.write_bytes(b"PNG")
    us.post(there.url, json={"a": ["é"]})
    us.post(there.url, data={"a": "1 2", "b": ["x", "y"]})
    us.post(there.url, data={"description": "Straße"}, files={"file": (file.name, file, "image/png")})
    us.post(there.url, content=file, headers={"Content-Type": "image/png"})
    us.post(there.url)
    as_json, as_form, as_parts, as_raw, bare = there.requests
    assert b"content-type: application/json" in as_json and as_json.endswith('{"a":["é"]}'.encode())
    assert as_form.endswith(b"a=1+2&b=x&b=y")
    assert b'name="file"; filename="a %22b%22.png"\r\nContent-Type: image/png\r\n\r\nPNG\r\n--' in as_parts
    assert 'name="description"\r\n\r\nStraße\r\n'.encode() in as_parts
    assert b"content-type: image/png" in as_raw and as_raw.endswith(b"\r\n\r\nPNG")
    assert b"content-length: 0" in bare and b"user-agent: Clarion/" in bare.lower().replace(b"clarion", b"Clarion")


def test_a_file_that_is_gone_is_told_before_anything_is_sent(speak: Speak, tmp_path: Path) -> None:
    there = speak(says(OK))
    with pytest.raises(Refused) as caught:
        http().post(there.url, content=tmp_path / "gone.png")
    assert caught.value.code == "file" and there.requests == []


def test_a_certificate_that_nobody_vouches_for_means_that_it_did_not_happen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certified(tmp_path)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    got: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                sock, _ = listening.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(sock, server_side=True) as safe:
                    got.append(read_request(safe) or b"")  # type: ignore[arg-type]
                    safe.sendall(OK)
            except OSError:
                continue

    threading.Thread(target=serve, daemon=True).start()
    with pytest.raises(NotNow) as caught:
        http().post(f"https://localhost:{port}/", json={"status": "hi"})
    assert "certificate" in caught.value.sentence and got == []
    # The same server, once this machine trusts it: the name is what is checked, the address what is called.
    monkeypatch.setenv("SSL_CERT_FILE", os.fspath(tmp_path / "cert.pem"))
    monkeypatch.setattr(wire, "_pools", {})
    us = http()
    assert us.post(f"https://localhost:{port}/", json={"status": "hi"}).status == 200
    assert us.exchanges[0].sent == len(got[0])
    listening.close()


def certified(folder: Path) -> ssl.SSLContext:
    """A server's context with a certificate for ``localhost`` that nobody signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    (folder / "cert.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


# --- answers ----------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
IN_TWO, IN_TWELVE = NOW + timedelta(minutes=2), NOW + timedelta(minutes=12)


@pytest.mark.parametrize(
    ("headers", "at"),
    [
        ({"Retry-After": "120"}, NOW + timedelta(minutes=2)),
        ({"retry-after": "Mon, 23 Nov 2026 12:03:00 GMT"}, NOW + timedelta(minutes=3)),
        ({"X-RateLimit-Reset": "2026-11-23T12:05:00.000000Z"}, NOW + timedelta(minutes=5)),
        ({"ratelimit-reset": str(int(NOW.timestamp()) + 60)}, NOW + timedelta(minutes=1)),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp() + 60) * 1000)}, NOW + timedelta(minutes=1)),
        ({"ratelimit-reset": "30"}, NOW + timedelta(seconds=30)),
        ({"Retry-After": "5", "X-RateLimit-Reset": "2030-01-01T00:00:00Z"}, NOW + timedelta(seconds=5)),
        ({"Retry-After": "soon"}, None),
        ({"X-RateLimit-Reset": "1e300"}, None),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2300"}, None),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, NOW + timedelta(days=366)),
        ({"Retry-After": "Mon, 23 Nov 2026 11:00:00 GMT"}, NOW),
        ({}, None),
        # the network's clock is ten minutes ahead of ours, or behind it
        ({"Date": "Mon, 23 Nov 2026 12:10:00 GMT", "Retry-After": "Mon, 23 Nov 2026 12:12:00 GMT"}, IN_TWO),
        ({"Date": "Mon, 23 Nov 2026 11:50:00 GMT", "Retry-After": "Mon, 23 Nov 2026 11:52:00 GMT"}, IN_TWO),
        ({"Date": "Mon, 23 Nov 2026 12:10:00 GMT", "X-RateLimit-Reset": str(int(IN_TWELVE.timestamp()))}, IN_TWO),
        ({"Date": "Mon, 23 Nov 2026 12:10:00 GMT", "X-RateLimit-Reset": IN_TWELVE.isoformat()}, IN_TWO),
        ({"Date": "Mon, 23 Nov 2026 12:10:00 GMT", "Retry-After": "120"}, IN_TWO),
    ],
)
def test_an_answer_says_when_to_ask_again(headers: dict[str, str], at: datetime | None) -> None:
    assert Answer(429, headers, at=NOW).retry_at == at


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"error": "Too long"}', "Too long"),
        (b'{"error": "invalid_grant", "error_description": "The code is old."}', "The code is old."),
        (b'{"error": {"message": "No", "code": 1}}', "No"),
        (b'{"errors": [{"message": "First"}]}', "First"),
        (
            b"<html><head><title>404</title><style>a{}</style></head><h1>Not  found</h1><script>x()</script></html>",
            "Not found",
        ),
        (b"<html><head><title>Bad gateway</title></head><body></body></html>", "Bad gateway"),
        (b"Invalid bearer token\n", "Invalid bearer token"),
        (b"x" * 500, "x" * 199 + "…"),
        (b"", ""),
        (b"[1, 2]", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_reason_is_short_and_for_a_person(body: bytes, reason: str) -> None:
    assert Answer(400, {}, body).reason() == reason


def test_an_answer_that_is_no_json_says_so() -> None:
    with pytest.raises(Unreadable):
        Answer(200, {}, b"<html>").json()
    with pytest.raises(ValueError, match="not readable"):
        Answer(200, {}, b"[" * 100_000).json()


@pytest.mark.parametrize(
    "body",
    [b"[NaN]", b"[Infinity]", b"[1e400]", b"[-1e400]", b'{"a": "\xff"}', b"9" * 5000, b'"\xed\xa0\x80"'],
    ids=["not a number", "infinity", "too large", "too small", "no UTF-8", "endless", "half a pair in bytes"],
)
def test_what_no_database_and_no_network_would_take_is_no_data(body: bytes) -> None:
    with pytest.raises(Unreadable):
        Answer(200, {}, body).json()


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (b'["\\ud800 and \\u0000"]', ["\ufffd and \ufffd"]),
        (b'{"\\udfff": {"deep": ["\\u0000"]}}', {"\ufffd": {"deep": ["\ufffd"]}}),
        (b'["\\ud83d\\ude00", "\\\\u0000", "\\\\ud800"]', ["😀", "\\u0000", "\\ud800"]),
        (b'\xef\xbb\xbf{"a": 1.5}', {"a": 1.5}),
    ],
    ids=["halves and NUL", "names and depths", "what is meant so", "a mark before it"],
)
def test_the_data_of_an_answer_can_be_kept_anywhere(body: bytes, data: Any) -> None:
    told = Answer(200, {}, body).json()
    assert told == data
    json.dumps(told, ensure_ascii=False).encode()


def test_the_reason_can_be_kept_anywhere() -> None:
    assert Answer(400, {}, b'{"error": "Half \\ud800 a pair"}').reason() == "Half \ufffd a pair"


@pytest.mark.parametrize(("seconds", "at"), [(60, 60), (-5, 0), (0, 0), (10**18, 366 * 86_400)])
def test_a_wait_is_neither_before_the_answer_nor_for_years(seconds: int, at: int) -> None:
    assert Answer(429, at=NOW).after(seconds) == NOW + timedelta(seconds=at)


@pytest.mark.parametrize("url", ["http://[", "https://[x/y?z", "http://\u2100.example/", ""])
def test_what_is_no_address_has_no_parts(url: str) -> None:
    assert addresses.apart(url).hostname is None
