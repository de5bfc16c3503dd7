"""Which addresses may be called: the guard against requests into our own house (SSRF).

A name is resolved once, every address that it gives is judged, and the caller connects to a judged address: a name that
changes its mind between the check and the call changes nothing.
"""

from __future__ import annotations

import queue
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address

_SIX_TO_FOUR = ip_network("2002::/16")
_NAT64 = ip_network("64:ff9b::/96")
_NEVER_PUBLIC = tuple(
    ip_network(block)
    for block in (
        "64:ff9b:1::/48",  # NAT64 for local use (RFC 8215)
        "2001::/23",  # Teredo, ORCHID and other protocol assignments
        "::/96",  # IPv4-compatible, abandoned
        "fec0::/10",  # site-local, abandoned
        "100.64.0.0/10",  # carrier-grade NAT
        "192.88.99.0/24",  # 6to4 relays
    )
)

# Where mail, files, names and the like are served and never the web: a server there could take our lines for its own
# (https://fetch.spec.whatwg.org/#port-blocking).
NO_WEB = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109,
        110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530,
        531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
        5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211,
    }
)  # fmt: skip


def apart(url: str) -> SplitResult:
    """The parts of a web address; all of them empty for what is none, whoever named it."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


class Unresolved(Exception):
    """The name has no address now, or the resolver did not answer in time."""


class Forbidden(Exception):
    """Every address of the name is private, and the host is not on the list of allowed private hosts."""


@dataclass(frozen=True)
class _Entry:
    name: str = ""
    block: IPv4Network | IPv6Network | None = None
    port: int | None = None


class PrivateHosts:
    """The hosts on private addresses that may be called: names, addresses or CIDR blocks, each with an optional port.

    ``localhost``, ``127.0.0.1:4000``, ``10.0.0.0/8``, ``[::1]:8080``, ``fd00::/8``.
    Raises ValueError for an entry that is none of these.
    """

    def __init__(self, entries: Sequence[str] = ()) -> None:
        self._entries = tuple(_parsed(entry) for entry in entries if entry.strip())

    def allow(self, *, host: str, address: Address, port: int) -> bool:
        name = host.lower().rstrip(".")
        return any(
            entry.port in (None, port)
            and (
                entry.name == name
                if entry.block is None
                else address.version == entry.block.version and address in entry.block
            )
            for entry in self._entries
        )


def _parsed(entry: str) -> _Entry:
    text, port = entry.strip().lower(), None
    if text.startswith("["):
        text, _, tail = text[1:].partition("]")
        port = _port(tail[1:], entry) if tail else None
    elif text.count(":") == 1:
        text, _, tail = text.partition(":")
        port = _port(tail, entry)
    try:
        block = ip_network(text, strict=False)
    except ValueError:
        if not text or "/" in text or ":" in text or any(c.isspace() for c in text):
            raise ValueError(f"not a host, an address or a CIDR block: {entry!r}") from None
        return _Entry(name=text.rstrip("."), port=port)
    return _Entry(block=block, port=port)


def _port(text: str, entry: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(f"not a port: {entry!r}")
    return int(text)


def plain(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one where it is only wrapped (``::ffff:127.0.0.1``); else the address itself."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_this_machine(host: str) -> bool:
    """True for ``localhost`` and loopback addresses written as such."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_public(address: Address) -> bool:
    """True when the address is on the open internet, also after undoing every known way to wrap one in another."""
    address = plain(address)
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        if address in _SIX_TO_FOUR:
            return is_public(IPv4Address((int(address) >> 80) & 0xFFFFFFFF))
    if any(address.version == block.version and address in block for block in _NEVER_PUBLIC):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def judged(*, host: str, port: int, private: PrivateHosts, seconds: float) -> list[str]:
    """The addresses of ``host`` that may be called, in the resolver's order. Raises Unresolved or Forbidden."""
    addresses = _resolve(host, port, seconds)
    allowed = [
        text
        for text, address in addresses
        if is_public(address) or private.allow(host=host, address=plain(address), port=port)
    ]
    if not allowed:
        raise Forbidden(host)
    return allowed


def _resolve(host: str, port: int, seconds: float) -> list[tuple[str, Address]]:
    bare = host.strip("[]")
    try:
        return [(bare, ip_address(bare))]
    except ValueError:
        pass  # a name, or one of the odd spellings of an address (2130706433, 0177.1) that only the resolver knows
    # The system's resolver has no time-out that we could set: it works in a thread that we may stop waiting for.
    found: queue.SimpleQueue[list[tuple[str, Address]] | None] = queue.SimpleQueue()
    threading.Thread(target=lambda: found.put(_looked_up(bare, port)), name="resolver", daemon=True).start()
    try:
        addresses = found.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        addresses = None
    if not addresses:
        raise Unresolved(host)
    return addresses


def _looked_up(host: str, port: int) -> list[tuple[str, Address]] | None:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return None
    result: list[tuple[str, Address]] = []
    for *_rest, where in answers:
        text = str(where[0])
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            continue
        if (text, address) not in result:
            result.append((text, address))
    return result
