"""A contract relay: Nostr's basic protocol (NIP-01, 09) over WebSockets, on threads, with the usual faults.

A fault's method is the word of the message that it hits (``EVENT``, ``REQ``), its path is ``/``. In the body of an
answer ``<id>`` stands for the event that was said.
"""

from __future__ import annotations

import hashlib
import json
import socket
import struct
import threading
import time
from typing import Any, Self

import coincurve
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request, TextMessage

from clarion.networks.http import Http
from clarion.networks.sockets import Socket

from .base import Fault, Faults

LIMIT = 20_000


def _message(said: bytes) -> TextMessage | BytesMessage:
    """As texts, and what is none as bytes: no text of a WebSocket is anything but UTF-8."""
    try:
        return TextMessage(said.decode())
    except UnicodeDecodeError:
        return BytesMessage(said)


class Cut(Exception):
    """The connection breaks here."""


def canonical(event: dict[str, Any]) -> bytes:
    """The relay's own way to the bytes that are hashed."""
    parts = [0, event["pubkey"], event["created_at"], event["kind"], event["tags"], event["content"]]
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()


class Relay:
    """``events``: what is held, by id. ``refuses``: the message of the next no. ``silent``: it answers no question.
    ``lax``: whatever is asked, all is given."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.events: dict[str, dict[str, Any]] = {}
        self.refuses = ""
        self.silent = False
        self.extra_words = False
        self.lax = False
        self.answers_false_for_duplicates = True
        self._lock = threading.RLock()
        self._let_go = threading.Event()
        self._server: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._port = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    def start(self) -> Self:
        self._server = socket.create_server(("127.0.0.1", self._port), reuse_port=False)
        self._port = self._server.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()
        return self

    def stop(self) -> None:
        server, self._server = self._server, None
        self._let_go.set()
        if server is not None:
            server.shutdown(socket.SHUT_RDWR)
            server.close()
        for one in list(self._open):
            one.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *args: object) -> None:
        self.stop()

    def _accept(self, server: socket.socket) -> None:
        while True:
            try:
                wire, _address = server.accept()
            except OSError:
                return
            self._open.add(wire)
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        talk, pieces = WSConnection(ConnectionType.SERVER), list[str]()
        try:
            while data := wire.recv(65_536):
                talk.receive_data(data)
                for event in talk.events():
                    if isinstance(event, Request):
                        wire.sendall(talk.send(AcceptConnection()))
                    elif isinstance(event, Ping):
                        wire.sendall(talk.send(event.response()))
                    elif isinstance(event, CloseConnection):
                        wire.sendall(talk.send(event.response()))
                        return
                    elif isinstance(event, TextMessage):
                        pieces.append(event.data)
                        if event.message_finished:
                            whole, pieces = "".join(pieces), []
                            self._message(whole, lambda said: wire.sendall(talk.send(_message(said))))
        except Cut:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        finally:
            self._open.discard(wire)
            wire.close()

    # -- the protocol

    def _message(self, data: str, say: Any) -> None:
        told = json.loads(data)
        fault = self.faults.take(told[0], "/")
        if fault is not None and fault.kind == "lose_request":
            raise Cut
        if fault is not None and fault.kind == "answer":
            self._faulty(fault, told, say)
            return
        with self._lock:
            said = self._answered(told)
        if fault is not None and fault.kind == "lose_answer":
            raise Cut
        if fault is not None and fault.kind == "late":
            self._let_go.wait(fault.seconds)
        twist = fault.twist if fault is not None and fault.kind == "twisted" else bytes
        for one in said:
            say(twist(json.dumps(one, ensure_ascii=False).encode()))

    def _faulty(self, fault: Fault, told: list[Any], say: Any) -> None:
        """The work is not done. A status of the web becomes what a relay says in its place."""
        id = told[1]["id"] if told[0] == "EVENT" else "another"
        if fault.status < 300:
            say(fault.body.replace(b"<id>", id.encode()))
        elif fault.status >= 500:
            raise Cut
        else:
            said = "rate-limited: slow down" if fault.status == 429 else "invalid: It cannot be."
            answer = ["OK", id, False, said] if told[0] == "EVENT" else ["CLOSED", told[1], said]
            say(json.dumps(answer).encode())

    def _answered(self, told: list[Any]) -> list[list[Any]]:
        if told[0] == "EVENT":
            return [["NOTICE", "hello"]] * self.extra_words + [self._take(told[1])]
        if told[0] == "REQ":
            if self.silent:
                return [["CLOSED", told[1], "error: shutting down"]]
            found = {one["id"]: one for wanted in told[2:] for one in self._matching(wanted)}
            more = {"unheard_of": [1, None]} if self.extra_words else {}
            return [*(["EVENT", told[1], {**one, **more}] for one in found.values()), ["EOSE", told[1]]]
        return [["NOTICE", "unknown word"]]

    def _take(self, event: dict[str, Any]) -> list[Any]:
        id = event["id"]
        if self.refuses:
            said, self.refuses = self.refuses, ""
            return ["OK", id, False, said]
        if hashlib.sha256(canonical(event)).hexdigest() != id:
            return ["OK", id, False, "invalid: bad id"]
        key = coincurve.PublicKeyXOnly(bytes.fromhex(event["pubkey"]))
        if not key.verify(bytes.fromhex(event["sig"]), bytes.fromhex(id)):
            return ["OK", id, False, "invalid: Bad signature"]
        if len(event["content"].encode()) > LIMIT:
            return ["OK", id, False, "invalid: too large"]
        if event["created_at"] > time.time() + 60:
            return ["OK", id, False, "invalid: created_at in the future"]
        if id in self.events:
            return ["OK", id, not self.answers_false_for_duplicates, "duplicate: exists"]
        if event["kind"] == 5:
            for tag in event["tags"]:
                if tag[0] == "e" and self.events.get(tag[1], {}).get("pubkey") == event["pubkey"]:
                    del self.events[tag[1]]
        self.events[id] = event
        return ["OK", id, True, ""]

    def _matching(self, wanted: dict[str, Any]) -> list[dict[str, Any]]:
        def fits(event: dict[str, Any]) -> bool:
            for name, values in wanted.items():
                if name in ("limit", "since", "until"):
                    continue
                if name.startswith("#"):
                    if not any(tag[0] == name[1:] and tag[1] in values for tag in event["tags"]):
                        return False
                elif event[{"ids": "id", "authors": "pubkey", "kinds": "kind"}[name]] not in values:
                    return False
            return True

        if self.lax:
            return list(self.events.values())
        newest = sorted((e for e in self.events.values() if fits(e)), key=lambda e: (-e["created_at"], e["id"]))
        return newest[: wanted.get("limit", len(newest))]


class RelayProxy(Relay):
    """The same faults in front of a real relay: every message is said there, and its answer is handed back."""

    def __init__(self, upstream: str) -> None:
        super().__init__()
        self._upstream = upstream
        self.order: list[str] = []
        """Ids of events in the order in which they went there: a relay knows seconds only."""

    def _answered(self, told: list[Any]) -> list[list[Any]]:
        if told[0] == "REQ" and self.silent:
            return super()._answered(told)
        return [["NOTICE", "hello"]] * self.extra_words + self.said_there(told)

    def said_there(self, told: list[Any]) -> list[list[Any]]:
        """What the real relay answers, up to the word that ends an answer."""
        if told[0] == "EVENT" and told[1]["id"] not in self.order:
            self.order.append(told[1]["id"])

        def talk(socket: Socket) -> list[list[Any]]:
            socket.say(json.dumps(told, ensure_ascii=False))
            said = []
            while not said or said[-1][0] not in ("OK", "EOSE", "CLOSED"):
                said.append(json.loads(socket.hear()))
            return said

        return Http(private_hosts=["127.0.0.1"]).converse(self._upstream, talk, writing=False)
