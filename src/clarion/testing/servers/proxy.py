"""A proxy with faults in front of a real server, so that the same faults can be played on the real thing."""

from __future__ import annotations

import http.client
from typing import Any
from urllib.parse import urlsplit

from .base import Asked, Said, StandIn

_OURS = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "host"})


class Proxy(StandIn):
    """Hands every request on to ``upstream`` (``http://127.0.0.1:8182``) with its own name as the host, and its answer
    back; addresses of the upstream inside headers and bodies are left as they are."""

    def __init__(self, upstream: str, **more: Any) -> None:
        super().__init__(**more)
        parts = urlsplit(upstream)
        self._host, self._port_there = parts.hostname or "127.0.0.1", parts.port or 80

    def handle(self, asked: Asked) -> Said:
        there = http.client.HTTPConnection(self._host, self._port_there, timeout=60)
        try:
            headers = {name: value for name, value in asked.headers.items() if name not in _OURS}
            there.request(asked.method, asked.target, body=asked.body or None, headers=headers)
            answer = there.getresponse()
            kept = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in _OURS}
            return Said(answer.status, answer.read(), kept)
        finally:
            there.close()
