"""A WebSocket (RFC 6455) over the same judged connection and deadline as every other call out."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any

from .wire import Call, Ended, Reply

_SEAL = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def asking() -> tuple[dict[str, str], str]:
    """The headers that ask for a conversation, and what a server must answer to them."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    proof = base64.b64encode(hashlib.sha1((key + _SEAL).encode(), usedforsecurity=False).digest()).decode()
    headers = {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13", "sec-websocket-key": key}
    return headers, proof


class Socket:
    """An open conversation in texts. ``cap``: the most bytes of one text, and of all together a hundred times that."""

    def __init__(self, reply: Reply, call: Call, *, cap: int) -> None:
        from wsproto.connection import Connection, ConnectionType  # noqa: PLC0415 - an extra, for few networks

        self._stream: Any = reply.stream
        self._call, self._cap = call, cap
        self._told = 0
        self._wire = Connection(ConnectionType.CLIENT)
        self._heard: list[str] = []
        self._pieces: list[str] = []
        self.excerpt = ""

    def say(self, text: str) -> None:
        from wsproto.events import TextMessage  # noqa: PLC0415 - see __init__

        self._stream.write(self._wire.send(TextMessage(text)), timeout=None)

    def hear(self) -> str:
        """The next text. Raises ``Ended``, or Late when the time of the whole conversation is over."""
        while not self._heard:
            self._call.left()
            data = self._stream.read(65_536, timeout=None)
            self._told += len(data)
            if not data or self._told > 100 * self._cap:
                raise Ended
            self._take(data)
        return self._heard.pop(0)

    def _take(self, data: bytes) -> None:
        from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage  # noqa: PLC0415 - see __init__
        from wsproto.utilities import ProtocolError  # noqa: PLC0415 - see __init__

        try:
            self._wire.receive_data(data)
            for event in self._wire.events():
                if isinstance(event, BytesMessage | CloseConnection):  # bytes are no conversation in texts
                    raise Ended
                if isinstance(event, Ping):
                    self._stream.write(self._wire.send(event.response()), timeout=None)
                elif isinstance(event, TextMessage):
                    self._pieces.append(event.data)
                    if sum(map(len, self._pieces)) > self._cap:
                        raise Ended
                    if event.message_finished:
                        self._heard.append("".join(self._pieces))
                        self._pieces.clear()
                        self.excerpt = self.excerpt or self._heard[-1][:500]
        except ProtocolError:
            raise Ended from None
