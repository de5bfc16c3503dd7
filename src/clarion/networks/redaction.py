"""Keeping secrets out of evidence, exceptions and logs: by value where we know them, by name where we do not."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

HIDDEN = "[hidden]"

_TELLING = (
    r"[\w.\-]*(?:token|secret|passw|pwd|jwt|api[_-]?key|private[_-]?key|authori[sz]ation|cookie|signature|assertion"
    r"|credential|session|verifier)[\w.\-]*|code|sig|key|dpop"
)
_NAMED = re.compile(rf"(?:{_TELLING})\Z", re.IGNORECASE)
_JSON_PAIR = re.compile(rf'("(?:{_TELLING})"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\Z)|-?\d+)', re.IGNORECASE)
_FORM_PAIR = re.compile(rf"((?:^|[?&;\s])(?:{_TELLING})=)[^&;\s\"'<]+", re.IGNORECASE)
_SCHEMES = re.compile(r"\b(Bearer|Basic|DPoP|Ghost|Bot|Token)\s+[A-Za-z0-9._~+/=:\-]{6,}", re.IGNORECASE)
# Error codes are what a person must see: "code": 190 and "code": "record_invalid" are no secrets; sign-in codes are.
_ERROR_CODE = re.compile(r'"code"\s*:\s*(?:"[a-z_ ]{1,40}"|-?\d{1,9}\b)', re.IGNORECASE)

SAFE_HEADERS = frozenset(
    {
        *("content-type", "content-length", "date", "server", "retry-after", "x-request-id", "x-runtime"),
        *("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit-policy"),
        *("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"),
    }
)


class Redactor:
    """Replaces known secret values (also in their encoded forms) and everything whose name says that it is a secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._values: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """Learns one secret value. Values under four characters are not replaced: they would hide everything else."""
        if len(secret) < 4:
            return
        raw = secret.encode()
        self._values |= {
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            json.dumps(secret)[1:-1],
            base64.b64encode(raw).decode(),
            base64.urlsafe_b64encode(raw).decode().rstrip("="),
        }

    def learn(self, *, headers: Mapping[str, str], fields: Any = None, url: str = "") -> None:
        """Learns the secrets that a request carries: credentials in headers, fields and query whose name says so."""
        for name, value in headers.items():
            if _NAMED.match(name) and name.lower() not in ("idempotency-key",):
                self.add(value)
                scheme, _, credential = value.partition(" ")
                self.add(credential)
                if scheme.lower() == "basic":
                    self._learn_basic(credential)
        self._learn_fields(fields)
        for name, value in parse_qsl(urlsplit(url).query):
            if _NAMED.match(name):
                self.add(value)

    def _learn_basic(self, credential: str) -> None:
        try:
            _, _, password = base64.b64decode(credential, validate=True).decode().partition(":")
        except ValueError:
            return
        self.add(password)

    def _learn_fields(self, fields: Any, depth: int = 0) -> None:
        if depth > 5:
            return
        if isinstance(fields, Mapping):
            for name, value in fields.items():
                if isinstance(value, str):
                    if _NAMED.match(str(name)):
                        self.add(value)
                else:
                    self._learn_fields(value, depth + 1)
        elif isinstance(fields, list | tuple):
            for value in fields:
                self._learn_fields(value, depth + 1)

    def text(self, text: str) -> str:
        """``text`` without secrets."""
        for value in sorted(self._values, key=len, reverse=True):
            if value in text:
                text = text.replace(value, HIDDEN)
        text = _JSON_PAIR.sub(_pair, text)
        text = _FORM_PAIR.sub(rf"\1{HIDDEN}", text)
        return _SCHEMES.sub(rf"\1 {HIDDEN}", text)

    def url(self, url: str) -> str:
        """``url`` without user, password and secret query values."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = urlencode(
            [(n, HIDDEN if _NAMED.match(n) else v) for n, v in parse_qsl(parts.query, keep_blank_values=True)],
            safe="[]",
        )
        return self.text(urlunsplit((parts.scheme, host, parts.path, query, "")))

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Only the headers that are known to be harmless."""
        return {name.lower(): self.text(value) for name, value in headers.items() if name.lower() in SAFE_HEADERS}


def _pair(found: re.Match[str]) -> str:
    if _ERROR_CODE.fullmatch(found.group()):
        return found.group()
    return f'{found.group(1)}"{HIDDEN}"'
