"""What came back from a call: the whole answer, and the evidence of it."""

from __future__ import annotations

import html
import json as json_module
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

READABLE = 16_384
"""So many bytes of an answer are looked at for a reason or an excerpt."""

LONGEST = timedelta(days=366)
"""Nobody asks us to wait for longer."""
SAME = timedelta(seconds=5)
"""Clocks that differ by less are the same."""


class Unreadable(ValueError):
    """The answer is not the JSON that it should be."""


def data_of(body: bytes | str) -> Any:
    """The data of a JSON text, such that it can be kept and sent on anywhere: what is no character in its texts (half
    a pair, NUL) becomes “�”. Raises Unreadable for everything that is no JSON (RFC 8259), also for NaN and infinity."""
    try:
        said = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        data = json_module.loads(said, parse_constant=_finite, parse_float=_finite)
        return _kept(data) if _NO_CHARACTER.search(said) else data
    except (ValueError, RecursionError):
        raise Unreadable("It is not readable.") from None


_NO_CHARACTER = re.compile(r"\\u(?:0000|[dD][89a-fA-F])|[\ud800-\udfff]")
_ODD = re.compile("[\x00\ud800-\udfff]")


def _finite(said: str) -> float:
    if math.isfinite(number := float(said)):
        return number
    raise ValueError(said)


def _kept(data: Any) -> Any:
    if isinstance(data, str):
        return _ODD.sub("\ufffd", data)
    if isinstance(data, list):
        return [_kept(value) for value in data]
    return {_kept(name): _kept(value) for name, value in data.items()} if isinstance(data, dict) else data


class Headers(Mapping[str, str]):
    """Headers of an answer; names in any case. A header that came twice is joined by ", "."""

    def __init__(self, headers: Mapping[str, str] | Sequence[tuple[str, str]] = ()) -> None:
        self._values: dict[str, str] = {}
        for name, value in headers.items() if isinstance(headers, Mapping) else headers:
            low = name.lower()
            self._values[low] = f"{self._values[low]}, {value}" if low in self._values else value

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values


@dataclass(frozen=True)
class Exchange:
    """Evidence of one call: what left and what came back, without secrets. ``seconds`` until the end of the answer."""

    method: str
    url: str
    status: int | None
    sent: int
    request_excerpt: str
    answer_excerpt: str
    headers: dict[str, str]
    began_at: datetime
    seconds: float
    error: str = ""


class Answer:
    """A whole answer: ``status``, ``headers``, ``body`` (decompressed), the ``url`` that gave it, ``at`` (UTC)."""

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        url: str = "",
        *,
        at: datetime | None = None,
        redact: Callable[[str], str] | None = None,
    ) -> None:
        self.status = status
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.body = body
        self.url = url
        self.at = at or datetime.now(UTC)
        self._redact = redact or (lambda text: text)

    def __repr__(self) -> str:
        return f"<Answer {self.status}, {len(self.body)} bytes>"

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The parsed body. Raises Unreadable (a ValueError) when it is not JSON."""
        return data_of(self.body)

    @property
    def retry_at(self) -> datetime | None:
        """When to ask again, by our clock: Retry-After (seconds or a date), else the rate limit's reset. Never before
        the answer came, nor years ahead. None: it does not say."""
        told = _instant(self.headers.get("retry-after"), self.at, relative=True, ahead=self.ahead) or self.resets_at
        return min(max(told, self.at), self.at + LONGEST) if told else None

    @property
    def resets_at(self) -> datetime | None:
        """When the rate limit starts anew, by our clock and its header: ISO, epoch or seconds from now."""
        value = self.headers.get("x-ratelimit-reset") or self.headers.get("ratelimit-reset")
        return _instant(value, self.at, relative=False, ahead=self.ahead)

    @property
    def ahead(self) -> timedelta:
        """How far the server's clock is ahead of ours (behind: less than zero); zero when it does not tell."""
        theirs = self.server_time
        # A Date header counts whole seconds, and a cache gives an older one.
        return theirs - self.at if theirs and abs(theirs - self.at) > SAME else timedelta()

    @property
    def server_time(self) -> datetime | None:
        """What the server's own clock says (its Date header); None when it does not tell."""
        return _instant(self.headers.get("date"), self.at, relative=False)

    def after(self, seconds: float) -> datetime:
        """The moment so many seconds after the answer came; never before it, nor years ahead."""
        return self.at + timedelta(seconds=min(max(seconds, 0.0), LONGEST.total_seconds()))

    def reason(self) -> str:
        """What it says went wrong, for a person: at most 200 characters, without markup or secrets; often empty."""
        said = ""
        try:
            data = self.json()
        except Unreadable:
            said = _visible(self.text[:READABLE])
        else:
            said = _said(data)
        said = " ".join(self._redact(said).split())
        return said if len(said) <= 200 else said[:199].rstrip() + "…"


def _said(data: Any) -> str:
    if isinstance(data, str):
        return data
    if not isinstance(data, Mapping):
        return ""
    for name in ("error_user_msg", "error_description", "message", "error", "detail", "title"):
        value = data.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, Mapping) and (inner := _said(value)):
            return inner
    errors = data.get("errors")
    return _said(errors[0]) if isinstance(errors, list) and errors else ""


_UNSEEN = re.compile(r"<(script|style|head|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)


def _visible(text: str) -> str:
    if "<" not in text:
        return text
    title = re.search(r"<title[^>]*>([^<]*)", text, re.IGNORECASE)
    body = html.unescape(re.sub(r"<[^>]*>?", " ", _UNSEEN.sub(" ", text))).strip()
    return body or (html.unescape(title.group(1)) if title else "")


def _instant(value: str | None, now: datetime, *, relative: bool, ahead: timedelta = timedelta()) -> datetime | None:
    """Seconds from now, an epoch (seconds or milliseconds), an ISO instant or an HTTP date; None when unreadable.

    ``ahead``: how far the clock that wrote an instant is ahead of ours; what is told by it is told by ours then.
    """
    if not value:
        return None
    value = value.split(",")[0].strip() if value[:1].isdigit() and "T" not in value else value.strip()
    try:
        number = float(value)
        if not 0 <= number < 1e14:
            return None
        if number < 1e8 or relative:
            return now + timedelta(seconds=min(number, LONGEST.total_seconds()))
        return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC) - ahead
    except (ValueError, OverflowError, OSError):
        pass
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(value)
            return (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)) - ahead
        except (ValueError, TypeError, OverflowError):
            continue
    return None
