"""The parts of the AT Protocol that we make ourselves before the first byte leaves: keys, addresses, hashes, facets.

Because a record's key and hash (its URI and CID) can be known before it is sent, a post can be sent again without
becoming a second post, and a whole thread can refer to itself in one atomic write.

- TID, AT-URI, handle and DID: https://atproto.com/specs/record-key, …/at-uri-scheme, …/handle, …/did
- data model and DAG-CBOR: https://atproto.com/specs/data-model, https://ipld.io/specs/codecs/dag-cbor/spec/
- facets: lexicon ``app.bsky.richtext.facet``: positions are UTF-8 bytes, never characters
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from .text import graphemes

# --- TID: a record key that sorts by time -----------------------------------------------------------------------------

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_clock_id = secrets.randbelow(1024)
_last_tick = 0
_ticking = threading.Lock()


def new_tids(count: int, *, now: datetime) -> list[str]:
    """``count`` fresh record keys, rising, one microsecond apart; never the same twice in this process."""
    global _last_tick
    with _ticking:
        first = max((now - _EPOCH) // timedelta(microseconds=1), _last_tick + 1)
        _last_tick = first + count - 1
    return [tid(first + index, _clock_id) for index in range(count)]


def tid(microseconds: int, clock_id: int) -> str:
    """The 13 characters of a TID: 53 bits of microseconds since 1970 and 10 bits that tell clocks apart."""
    number = (microseconds & ((1 << 53) - 1)) << 10 | (clock_id & 1023)
    return "".join(_DIGITS[(number >> shift) & 31] for shift in range(60, -1, -5))


def read_tid(key: str) -> tuple[int, int]:
    """(microseconds, clock id) of a TID. ValueError when it is none."""
    if not is_tid(key):
        raise ValueError(f"not a TID: {key!r}")
    number = 0
    for character in key:
        number = number << 5 | _DIGITS.index(character)
    return number >> 10, number & 1023


def next_tid(key: str) -> str:
    """The key of the next part of a thread whose keys came from one call of ``new_tids``."""
    microseconds, clock_id = read_tid(key)
    return tid(microseconds + 1, clock_id)


def tid_of(text: str, *, at: datetime) -> str:
    """A key that is always the same for the same ``text`` and time: for a record that may exist once for a thing."""
    stirred = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    microseconds = (at - _EPOCH) // timedelta(microseconds=1)
    # Servers give times in milliseconds: what lies below is free to tell things apart, with the clock id.
    return tid(microseconds // 1000 * 1000 + stirred % 1000, stirred // 1000 % 1024)


def is_tid(key: str) -> bool:
    return _TID.fullmatch(key) is not None


# --- names ------------------------------------------------------------------------------------------------------------

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_HANDLE = rf"(?:{_LABEL}\.)+[a-zA-Z](?:[a-zA-Z0-9-]{{0,61}}[a-zA-Z0-9])?"
_DID = r"did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]"
_NSID = re.compile(r"[a-zA-Z](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+\.[a-zA-Z][a-zA-Z0-9]{0,62}")  # fmt: skip # noqa: E501
_RECORD_KEY = re.compile(r"[a-zA-Z0-9_~.:-]{1,512}")


def is_handle(name: str) -> bool:
    return len(name) <= 253 and re.fullmatch(_HANDLE, name) is not None


def is_did(name: str) -> bool:
    return len(name) <= 2048 and re.fullmatch(_DID, name) is not None


def is_record_key(key: str) -> bool:
    return _RECORD_KEY.fullmatch(key) is not None and key not in (".", "..")


@dataclass(frozen=True)
class AtUri:
    """``at://authority/collection/rkey``; the last two may be empty."""

    authority: str
    collection: str = ""
    rkey: str = ""

    @classmethod
    def read(cls, text: str) -> AtUri:
        """ValueError, with a short reason, when ``text`` is not an AT-URI."""
        if len(text) > 8192 or not text.startswith("at://"):
            raise ValueError(f"not an at:// address: {text[:80]!r}")
        authority, *rest = text[5:].split("/")
        if not (is_did(authority) or is_handle(authority)):
            raise ValueError(f"no account in the address: {text[:80]!r}")
        if len(rest) > 2 or (rest and not _is_nsid(rest[0])) or (len(rest) == 2 and not is_record_key(rest[1])):
            raise ValueError(f"not an address of a record: {text[:80]!r}")
        return cls(authority, *rest)

    @classmethod
    def in_(cls, text: str) -> AtUri | None:
        """The address of a record that somebody told us; None when it is none."""
        try:
            found = cls.read(text)
        except ValueError:
            return None
        return found if found.rkey else None

    def __str__(self) -> str:
        return "at://" + "/".join(part for part in (self.authority, self.collection, self.rkey) if part)


def _is_nsid(text: str) -> bool:
    return len(text) <= 317 and _NSID.fullmatch(text) is not None


# --- DAG-CBOR and CID -------------------------------------------------------------------------------------------------


def encode(value: Any) -> bytes:
    """DAG-CBOR of a record in its JSON form (``{"$link": cid}`` and ``{"$bytes": base64}`` stand for links and bytes).

    TypeError for what the AT Protocol's data model does not have (floats, other objects).
    """
    out = bytearray()
    _encode(value, out)
    return bytes(out)


def _encode(value: Any, out: bytearray) -> None:
    if value is None:
        out.append(0xF6)
    elif isinstance(value, bool):
        out.append(0xF5 if value else 0xF4)
    elif isinstance(value, int):
        _head(0, value, out) if value >= 0 else _head(1, -1 - value, out)
    elif isinstance(value, str):
        _chunk(3, value.encode(), out)
    elif isinstance(value, bytes):
        _chunk(2, value, out)
    elif isinstance(value, list | tuple):
        _head(4, len(value), out)
        for item in value:
            _encode(item, out)
    elif isinstance(value, Mapping):
        if value.keys() == {"$link"}:
            _head(6, 42, out)
            _chunk(2, b"\x00" + _cid_bytes(value["$link"]), out)
        elif value.keys() == {"$bytes"}:
            text = value["$bytes"]
            _chunk(2, base64.b64decode(text + "=" * (-len(text) % 4), validate=True), out)
        else:
            # Canonical order: shorter keys first, then byte by byte.
            pairs = sorted(
                ((key.encode(), item) for key, item in value.items()), key=lambda pair: (len(pair[0]), pair[0])
            )
            _head(5, len(pairs), out)
            for key, item in pairs:
                _chunk(3, key, out)
                _encode(item, out)
    else:
        raise TypeError(f"the AT Protocol has no {type(value).__name__} in its data model")


def _chunk(kind: int, data: bytes, out: bytearray) -> None:
    _head(kind, len(data), out)
    out += data


def _head(kind: int, number: int, out: bytearray) -> None:
    if number < 24:
        out.append(kind << 5 | number)
    elif number < 1 << 8:
        out += struct.pack(">BB", kind << 5 | 24, number)
    elif number < 1 << 16:
        out += struct.pack(">BH", kind << 5 | 25, number)
    elif number < 1 << 32:
        out += struct.pack(">BI", kind << 5 | 26, number)
    elif number < 1 << 64:
        out += struct.pack(">BQ", kind << 5 | 27, number)
    else:
        raise TypeError("the AT Protocol has no integers of more than 64 bits")


def record_cid(record: Mapping[str, Any]) -> str:
    """The CID (version 1, DAG-CBOR, SHA-256) that every server computes for this record."""
    return _cid(0x71, encode(record))


def blob_cid(data: bytes) -> str:
    """The CID (version 1, raw, SHA-256) of a file."""
    return _cid(0x55, data)


def _cid(codec: int, data: bytes) -> str:
    raw = bytes((1, codec, 0x12, 0x20)) + hashlib.sha256(data).digest()
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def is_cid(text: str) -> bool:
    """Whether a record may hold this as a link: base32, and the bytes of version 1 and SHA-256."""
    return re.fullmatch(r"b[a-z2-7]{58}", text) is not None


def _cid_bytes(cid: str) -> bytes:
    if not cid.startswith("b"):
        raise TypeError(f"not a CID in base32: {cid[:80]!r}")
    text = cid[1:].upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


# --- text -------------------------------------------------------------------------------------------------------------


_BEFORE = r"(?<![^\s(\[{<\"'“„‘«¿¡—–])"
_URL = re.compile(_BEFORE + r"https?://[^\s<>\"“”«»]+", re.IGNORECASE)
_BARE = re.compile(_BEFORE + rf"(?P<host>(?:{_LABEL}\.)+[a-zA-Z]{{2,24}})(?::\d{{2,5}})?(?P<path>[/?#][^\s<>\"“”«»]*)?(?![\w@-]|\.\w)")  # fmt: skip # noqa: E501
_MENTION = re.compile(_BEFORE + rf"[@＠](?P<handle>{_HANDLE})(?![\w@-])")
_TAG = re.compile(_BEFORE + r"[#＃](?P<tag>[^\s#＃\u00AD\u2060\u200A-\u200D\u20E2]+)")
_CLOSING = ".,;:!?'\"’”“»…*_"
_PAIRS = {")": "(", "]": "[", "}": "{"}

# A bare name becomes a link when its ending is one that people write for web sites, or any country's (two letters, all
# in lower case), but not when it looks like a file: "readme.md" is one, "www.readme.md" and "notes.md/guide" are not.
_ENDINGS = """com org net edu gov mil int info biz name museum coop eu app dev page web site online blog news social
media press city town berlin hamburg koeln wien bayern ruhr nrw swiss bzh cat eus gal scot wales london paris nyc tokyo
amsterdam brussels istanbul quebec africa asia health care charity foundation ngo ong green events library university
academy school gallery tickets live video radio shop store cloud tech email link world global community international"""
_WEB = frozenset(_ENDINGS.split())
_FILES = frozenset({"cc", "cs", "db", "go", "js", "kt", "md", "pl", "ps", "py", "rb", "rs", "sh", "so", "ts", "vb"})


@dataclass(frozen=True)
class Span:
    """A stretch of text that means something. ``start`` and ``end`` are UTF-8 bytes."""

    kind: str
    start: int
    end: int
    value: str


def spans(text: str) -> list[Span]:
    """Links (``kind`` "link", ``value`` the whole URL), mentions (the handle) and hashtags (without #), in order."""
    found: list[tuple[int, int, str, str]] = []
    taken: list[tuple[int, int]] = []
    for start, end, kind, value in _candidates(text):
        if all(end <= from_ or start >= to for from_, to in taken):
            taken.append((start, end))
            found.append((start, end, kind, value))
    return [
        Span(kind, len(text[:start].encode()), len(text[:end].encode()), value)
        for start, end, kind, value in sorted(found)
    ]


def _candidates(text: str) -> Iterator[tuple[int, int, str, str]]:
    for match in _URL.finditer(text):
        url = _without_closing(match.group())
        if re.fullmatch(r"https?://[^/?#]*[\w\]][^\s]*", url, re.IGNORECASE):
            yield match.start(), match.start() + len(url), "link", url
    for match in _MENTION.finditer(text):
        if is_handle(match["handle"]):
            yield match.start(), match.end(), "mention", match["handle"].lower()
    for match in _BARE.finditer(text):
        name = _without_closing(match.group())
        if _is_web_site(match["host"], path=match["path"] or ""):
            yield match.start(), match.start() + len(name), "link", f"https://{name}"
    for match in _TAG.finditer(text):
        tag = _without_closing(match["tag"])
        # Digits alone ("#1") are a number, and the lexicon ends at 64 graphemes and 640 bytes.
        says_something = not tag.isdigit() and any(c.isalnum() or ord(c) >= 0x1F000 for c in tag)
        if says_something and graphemes(tag) <= 64 and len(tag.encode()) <= 640:
            yield match.start(), match.start() + 1 + len(tag), "tag", tag


def _is_web_site(host: str, *, path: str) -> bool:
    ending = host.rpartition(".")[2]
    if ending.lower() in _WEB or host.lower().startswith("www."):
        return True
    return len(ending) == 2 and host == host.lower() and (ending not in _FILES or bool(path))


def _without_closing(text: str) -> str:
    """``text`` without the punctuation of the sentence around it; a bracket stays when it was opened inside."""
    while text:
        last = text[-1]
        if last in _CLOSING or (last in _PAIRS and text.count(last) > text.count(_PAIRS[last])):
            text = text[:-1]
        else:
            break
    return text


def facets(text: str, *, did_of: Callable[[str], str | None] = lambda handle: None) -> list[dict[str, Any]]:
    """The facets of ``text``. A mention whose handle ``did_of`` does not know stays plain text."""
    made = []
    for span in spans(text):
        if span.kind == "link":
            feature = {"$type": "app.bsky.richtext.facet#link", "uri": span.value}
        elif span.kind == "tag":
            feature = {"$type": "app.bsky.richtext.facet#tag", "tag": span.value}
        else:
            did = did_of(span.value)
            if not did:
                continue
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
        made.append({"index": {"byteStart": span.start, "byteEnd": span.end}, "features": [feature]})
    return made


def timestamp(at: datetime) -> str:
    """An instant as records carry it: UTC, milliseconds, ``Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
