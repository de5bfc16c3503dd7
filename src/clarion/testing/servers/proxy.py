"""A proxy with faults in front of a real server, so that the same faults can be played on the real thing."""

from __future__ import annotations

import http.client
import json
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from .base import Asked, Said, StandIn, with_unknown

_OURS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


class Proxy(StandIn):
    """Hands every request on to ``upstream`` (``http://127.0.0.1:8182``) with its own name as the host, and its answer
    back; addresses of the upstream inside headers and bodies are left as they are.

    ``unknown_fields``: answers as a server of the future, with fields that nobody has heard of but inside ``kept``.
    """

    def __init__(self, upstream: str, *, kept: Collection[str] = (), **more: Any) -> None:
        super().__init__(**more)
        self.unknown_fields, self._kept = False, kept
        parts = urlsplit(upstream)
        self._host, self._port_there = parts.hostname or "127.0.0.1", parts.port or 80

    def handle(self, asked: Asked) -> Said:
        there = http.client.HTTPConnection(self._host, self._port_there, timeout=60)
        try:
            left_out = _OURS | {"accept-encoding"} if self.unknown_fields else _OURS
            headers = {name: value for name, value in asked.headers.items() if name not in left_out}
            there.request(asked.method, asked.target, body=asked.body or None, headers=headers)
            answer = there.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in _OURS}
            body = answer.read()
            if self.unknown_fields and "json" in kept.get("content-type", ""):
                body = json.dumps(with_unknown(json.loads(body), kept=self._kept)).encode()
            return Said(answer.status, body, kept)
        finally:
            there.close()
