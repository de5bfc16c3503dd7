"""The one way out: every call to a network goes through ``Http``.

It decides what an adapter cannot know by itself: was anything sent, did the whole answer arrive, may the address be
called at all. It never retries, never follows a redirect of a write, and keeps redacted evidence of every call.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from clarion import __version__

from .addresses import NO_WEB, Forbidden, PrivateHosts, Unresolved, is_this_machine
from .answers import READABLE, Answer, Exchange, Headers, Unreadable
from .bodies import Body, Content, File, body_of
from .lost import gone, unreached
from .redaction import Redactor
from .sockets import Socket, asking
from .wire import Call, Late, NotConnected, Reply, lost, malformed, send
from .wording import _
from .words import Failure, NotNow, Refused

USER_AGENT = f"Clarion/{__version__}"
EXCERPT = 2048
_KEPT_ON_OTHER_ORIGINS = frozenset({"accept", "accept-language", "user-agent"})


@dataclass(frozen=True)
class _Where:
    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def _where(url: str, params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None) -> _Where:
    """Takes an address apart; raises Refused when it is none, or one that could be read in two ways."""
    bad = Refused(_("That is not a web address that can be called."), code="bad_url")
    if "\\" in url or any(ord(c) <= 32 or ord(c) == 127 for c in url):
        raise bad
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
        host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        raise bad from None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not re.fullmatch(r"[a-z0-9._:\-]+", host):
        raise bad
    if port in NO_WEB:
        sentence = _("No web address has the port %(port)d. Look at the address again.")
        raise Refused(sentence % {"port": port}, code="bad_url")
    query = quote(parts.query, safe="%/:?@!$&'()*+,;=~-._[]")
    if params:
        query = "&".join(piece for piece in (query, urlencode(params, doseq=True)) if piece)
    path = quote(parts.path or "/", safe="%/:@!$&'()*+,;=~-._")
    default = 443 if parts.scheme == "https" else 80
    return _Where(parts.scheme, host, port or default, f"{path}?{query}" if query else path)


def _onward(before: str, told: str) -> str:
    try:
        return urljoin(before, told).split("#")[0]
    except ValueError:
        return told  # no address at all: it is refused where addresses are taken apart


class _TooBig(Exception):
    pass


class _Cut(Exception):
    pass


@dataclass
class _Notes:
    """What is known of the call in hand, for its evidence."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    error: str = ""


class Http:
    """Calls out, with evidence. One instance per piece of work; connections are shared by the whole process.

    ``private_hosts``: names, addresses or CIDR blocks (each with an optional ``:port``) to call although they
    are private. ``before`` runs directly before the first byte of each request and may raise: then nothing is sent.
    ``on_progress`` runs while an upload moves. ``seconds``: how long a whole call may take (an upload: as long as it
    moves, and then so long for the answer). ``cap``: the most bytes of an answer. ``confined``: nothing leaves this
    machine, whatever else is allowed (the demo).
    """

    def __init__(
        self,
        *,
        private_hosts: Sequence[str] = (),
        before: Callable[[], None] | None = None,
        on_progress: Callable[[], None] | None = None,
        user_agent: str = USER_AGENT,
        seconds: float = 20.0,
        cap: int = 5_000_000,
        confined: bool = False,
    ) -> None:
        PrivateHosts(private_hosts)  # a bad entry is an error here, not at the first call
        self._private = tuple(private_hosts)
        self._before = before
        self._on_progress = on_progress
        self._user_agent = user_agent
        self._seconds = seconds
        self._cap = cap
        self._confined = confined
        self.exchanges: list[Exchange] = []
        self.answer: Answer | None = None
        """The last whole answer: its headers tell the budget."""

    def get(self, url: str, **kw: Any) -> Answer:
        return self.request("GET", url, **{"writing": False, "redirects": 3, **kw})

    def post(self, url: str, **kw: Any) -> Answer:
        return self.request("POST", url, **{"writing": True, **kw})

    def put(self, url: str, **kw: Any) -> Answer:
        return self.request("PUT", url, **{"writing": True, **kw})

    def delete(self, url: str, **kw: Any) -> Answer:
        return self.request("DELETE", url, **{"writing": True, **kw})

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Mapping[str, File] | Sequence[tuple[str, File]] | None = None,
        content: Content | None = None,
        writing: bool,
        secrets: Sequence[str] = (),
        seconds: float | None = None,
        redirects: int = 0,
    ) -> Answer:
        """One call and its whole answer, whatever its status.

        Raises NotNow when nothing was sent (code ``unreachable``) or a read got no whole answer; Refused for an address
        that is private (``private_address``) or none (``bad_url``); Unknown when a write may have happened
        (``timeout``, ``reset``, ``truncated``, ``oversized``). ``secrets`` are values to keep out of the evidence.
        """
        where, given = _where(url, params), dict(headers or {})
        redactor = Redactor(secrets)
        redactor.learn(headers=headers or {}, fields=[json, data, dict(params) if params else None], url=url)
        try:
            body = body_of(json=json, data=data, files=files, content=content)
        except OSError:
            raise Refused(_("A file of this post can no longer be read. Attach it again."), code="file") from None
        while True:
            answer = self._once(method, where, given, body, writing=writing, redactor=redactor, seconds=seconds)
            onward = answer.headers.get("location")
            if (
                writing
                or redirects <= 0
                or method not in ("GET", "HEAD")
                or not onward
                or not 301 <= answer.status <= 308
            ):
                return answer
            redirects -= 1
            before, where = where, _where(_onward(answer.url, onward), None)
            if where.origin != before.origin:
                given = {name: value for name, value in given.items() if name.lower() in _KEPT_ON_OTHER_ORIGINS}

    def converse[Result](
        self, url: str, talk: Callable[[Socket], Result], *, writing: bool, seconds: float | None = None
    ) -> Result:
        """Opens a WebSocket (``wss://…``), and gives what ``talk`` makes of it. One deadline for all of it.

        Raises as ``request`` does: Unknown when ``talk`` had said something that writes and the end is not known.
        """
        where = _where(url.replace("ws", "http", 1) if url.startswith(("ws:", "wss:")) else url, None)
        began_at, clock, notes = datetime.now(UTC), time.monotonic(), _Notes()
        call = Call(seconds or self._seconds, before=self._before)
        if self._confined and not is_this_machine(where.host):
            sentence = _("This is a demo: nothing leaves this machine, so %(host)s was not called.")
            raise Refused(sentence % {"host": where.host}, code="demo")
        try:
            asked, proof = asking()
            headers = {"host": where.authority, "user-agent": self._user_agent, **asked}
            reply = send(
                call=call, private_hosts=self._private, method="GET", scheme=where.scheme, host=where.host,
                port=where.port, target=where.target, headers=list(headers.items()), pieces=None,
            )  # fmt: skip
            try:
                found = Headers(reply.headers)
                notes.status, notes.headers = reply.status, Redactor(()).headers(found)
                if reply.status != 101 or found.get("sec-websocket-accept", "") != proof:
                    sentence = _("%(host)s does not speak as expected (%(status)d). Nothing was sent.")
                    raise NotNow(sentence % {"host": where.host, "status": reply.status}, code="no_socket")
                call.touched = False  # the greeting is no writing
                socket = Socket(reply, call, cap=self._cap)
                try:
                    return talk(socket)
                finally:
                    notes.answer = socket.excerpt
            finally:
                reply.close()
        except Failure as failure:
            notes.error = failure.code or failure.word
            raise
        except Forbidden:
            notes.error = "private_address"
            raise self._private_address(where.host) from None
        except (Unresolved, NotConnected) as error:
            notes.error = "unreachable"
            raise NotNow(unreached(where.host, error), code="unreachable") from None
        except Late:
            notes.error = "timeout" if call.touched else "unreachable"
            raise gone(where.host, notes.error, call=call, writing=writing) from None
        except lost():
            notes.error = "reset" if call.touched else "unreachable"
            raise gone(where.host, notes.error, call=call, writing=writing) from None
        finally:
            self.exchanges.append(
                Exchange(
                    method="SOCKET", url=f"{where.scheme}://{where.authority}{where.target}", status=notes.status,
                    sent=call.sent, request_excerpt="", answer_excerpt=notes.answer, headers=notes.headers,
                    began_at=began_at, seconds=round(time.monotonic() - clock, 4), error=notes.error,
                )
            )  # fmt: skip

    @staticmethod
    def _private_address(host: str) -> Refused:
        sentence = _(
            "%(host)s is on a private network, which Clarion does not call. "
            "An administrator can allow it with CLARION_PRIVATE_HOSTS."
        )
        return Refused(sentence % {"host": host}, code="private_address")

    def _once(
        self,
        method: str,
        where: _Where,
        given: Mapping[str, str],
        body: Body | None,
        *,
        writing: bool,
        redactor: Redactor,
        seconds: float | None,
    ) -> Answer:
        began_at, clock, notes = datetime.now(UTC), time.monotonic(), _Notes()
        length = body.length if body else 0
        call = Call(seconds or self._seconds, length=length, before=self._before, on_progress=self._on_progress)
        url = f"{where.scheme}://{where.authority}{where.target}"
        if self._confined and not is_this_machine(where.host):
            sentence = _("This is a demo: nothing leaves this machine, so %(host)s was not called.")
            raise Refused(sentence % {"host": where.host}, code="demo")
        try:
            return self._answer(method, where, url, given, body, call, notes, redactor)
        except Failure as failure:
            notes.error = failure.code or failure.word
            raise
        except Forbidden:
            notes.error = "private_address"
            raise self._private_address(where.host) from None
        except (Unresolved, NotConnected) as error:
            notes.error = "unreachable"
            raise NotNow(unreached(where.host, error), code="unreachable") from None
        except Late:
            notes.error = "timeout" if call.touched else "unreachable"
            raise gone(where.host, notes.error, call=call, writing=writing) from None
        except _TooBig:
            notes.error = "oversized"
            raise gone(where.host, notes.error, call=call, writing=writing) from None
        except (_Cut, zlib.error):
            notes.error = "truncated"
            raise gone(where.host, notes.error, call=call, writing=writing) from None
        except lost():
            notes.error = "reset" if notes.status is None else "truncated"
            raise gone(where.host, notes.error, call=call, writing=writing) from None
        except malformed():
            notes.error = "bad_request"
            raise Refused(_("The request holds a character that cannot be sent."), code="bad_request") from None
        except BaseException as error:
            notes.error = f"stopped: {type(error).__name__}"
            raise
        finally:
            self.exchanges.append(
                Exchange(
                    method=method,
                    url=redactor.url(url),
                    status=notes.status,
                    sent=call.sent,
                    request_excerpt=redactor.text(body.excerpt[:READABLE])[:EXCERPT] if body else "",
                    answer_excerpt=notes.answer,
                    headers=notes.headers,
                    began_at=began_at,
                    seconds=round(time.monotonic() - clock, 4),
                    error=notes.error,
                )
            )

    def _answer(
        self,
        method: str,
        where: _Where,
        url: str,
        given: Mapping[str, str],
        body: Body | None,
        call: Call,
        notes: _Notes,
        redactor: Redactor,
    ) -> Answer:
        headers = {"host": where.authority, "user-agent": self._user_agent, "accept-encoding": "gzip"}
        if body is not None:
            headers["content-length"] = str(body.length)
            if body.content_type:
                headers["content-type"] = body.content_type
        elif method in ("POST", "PUT", "PATCH"):
            headers["content-length"] = "0"
        headers |= {name.lower(): str(value) for name, value in given.items()}
        reply = send(
            call=call,
            private_hosts=self._private,
            method=method,
            scheme=where.scheme,
            host=where.host,
            port=where.port,
            target=where.target,
            headers=list(headers.items()),
            pieces=body.pieces() if body else None,
        )
        try:
            found = Headers(reply.headers)
            notes.status, notes.headers = reply.status, redactor.headers(found)
            raw = _whole(reply, found.get("content-encoding", ""), self._cap)
        finally:
            reply.close()
        answer = Answer(reply.status, found, raw, url, redact=redactor.text)
        notes.answer = _excerpt(answer, redactor)
        self.answer = answer
        return answer


def _whole(reply: Reply, coding: str, cap: int) -> bytes:
    """The body, decompressed; never more than ``cap`` bytes, neither on the wire nor after."""
    pieces: list[bytes] = []
    size = raw = 0
    coding = coding.strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise _Cut
    inflate = zlib.decompressobj(47 if "gzip" in coding else 15) if coding in ("gzip", "x-gzip", "deflate") else None
    for piece in reply.pieces():
        raw += len(piece)
        if raw > cap:
            raise _TooBig
        if inflate is not None:
            piece = inflate.decompress(piece, cap - size + 1)
        size += len(piece)
        if size > cap:
            raise _TooBig
        pieces.append(piece)
    if inflate is not None and raw and not inflate.eof:
        raise _Cut
    return b"".join(pieces)


def _excerpt(answer: Answer, redactor: Redactor) -> str:
    kind = answer.headers.get("content-type", "")
    if kind.startswith(("image/", "video/", "audio/", "application/octet-stream")):
        return f"({len(answer.body)} bytes, {kind})"
    return redactor.text(answer.body[:READABLE].decode("utf-8", "replace"))[:EXCERPT]


__all__ = ["USER_AGENT", "Answer", "Exchange", "Headers", "Http", "Unreadable"]
