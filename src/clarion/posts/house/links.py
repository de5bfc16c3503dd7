"""Where links lead: to hosts that are denied, or to none but those that are allowed; and signs of a bad address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from clarion.networks.wording import _, gettext_noop

from .folding import clean, large, small

SIGNS: dict[str, str] = {
    "http": gettext_noop("Addresses that are not encrypted (http)"),
    "ip": gettext_noop("Addresses that are a number instead of a name"),
    "shortener": gettext_noop("Short links of others, which hide where they lead"),
    "lookalike": gettext_noop("Hosts that only look like one of ours"),
}
"""What can be wrong with an address by itself, with its name."""

SHORTENERS = frozenset((
    "bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "ow.ly", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "t.co",
    "t.ly", "tiny.cc", "tinyurl.com", "v.gd",
))  # fmt: skip
_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s<>\"“”«»]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![@\w./:-])(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}\.?(?![\w@-])(?::\d+)?(?P<path>/\S*)?"
)


@dataclass(frozen=True)
class LinkRule:
    """``domains`` are denied, or (``only``) the only ones allowed; subdomains are of their domain. ``ours``: those with
    which look-alikes are compared. ``signs``: names of ``SIGNS``."""

    rule: int
    domains: frozenset[str] = frozenset()
    only: bool = False
    signs: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()


def find(
    rules: Collection[LinkRule], text: str, *, leads: Callable[[str], str] = str
) -> Iterator[tuple[int, str, int, int]]:
    """The rule's number, what is wrong, and where the link stands. ``leads``: where one of our short links leads."""
    spans = []
    for found in _ADDRESS.finditer(text) if "://" in text else ():
        url = found.group().rstrip(".,;:!?)]}'’*_")
        spans.append((found.start(), found.start() + len(url), url))
    covered = [(start, end) for start, end, _url in spans]
    if "." in text:
        for found in _BARE.finditer(text):
            if not any(start <= found.start() < end for start, end in covered):
                spans.append((found.start(), found.end(), found.group()))
    for start, end, url in spans:
        target = leads(url)
        host = host_of(target)
        if not host:
            continue
        is_bare = "://" not in target
        for rule in rules:
            wrong = _wrong(rule, target, host, is_bare=is_bare)
            if wrong:
                yield rule.rule, wrong, start, end


def _wrong(rule: LinkRule, url: str, host: str, *, is_bare: bool) -> str:
    listed = within(host, rule.domains)
    if listed and not rule.only:
        return "denied"
    if "ip" in rule.signs and _is_ip(host):
        return "ip"
    if "lookalike" in rule.signs and not within(host, rule.ours) and _looks_like(host, rule.ours):
        return "lookalike"
    if "shortener" in rule.signs and within(host, SHORTENERS):
        return "shortener"
    # Two words with a dot between them are no link; what begins with www. or goes on with a path is one.
    if rule.only and not listed and (not is_bare or "/" in url or host.startswith("www.")):
        return "unlisted"
    return "http" if "http" in rule.signs and url[:7].lower() == "http://" else ""


def host_of(url: str) -> str:
    """The host as it is asked for: small letters, in its ASCII form. Empty where there is none."""
    try:
        host = urlsplit(url if "://" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""
    return in_ascii(unquote(host))  # as browsers read it


def in_ascii(host: str) -> str:
    host = clean(host).replace("。", ".").strip(".").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


def sound_domain(line: str) -> str:
    """A line of a list as a domain: an address is cut to its host, ``*.`` and ``www.`` fall away. Raises ValueError."""
    value = line.strip().removeprefix("*.").removeprefix(".")
    host = host_of(value).removeprefix("www.")
    if not host or len(host) > 253 or not re.fullmatch(r"[\w-]+(?:\.[\w-]+)*|[0-9a-f:.]+", host):
        raise ValueError(_("“%(line)s” is no domain. Write one a line, such as example.org.") % {"line": line[:80]})
    return host


def within(host: str, domains: Collection[str]) -> bool:
    """Whether the host is one of the domains, or lies below one."""
    while host:
        if host in domains:
            return True
        _label, dot, host = host.partition(".")
        if not dot:
            break
    return False


def _is_ip(host: str) -> bool:
    """Also in the forms that only browsers read: one number, octal, hexadecimal."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(re.fullmatch(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", host))
    return True


def _looks_like(host: str, ours: Collection[str]) -> bool:
    """Reads the same as one of ours; or is one with a letter too many, too few or another; or has it in front."""
    try:
        shown = host.encode().decode("idna") if "xn--" in host else host
    except UnicodeError:
        shown = host
    shown = shown.removeprefix("www.")
    for mine in ours:
        tail = ".".join(shown.split(".")[-1 - mine.count(".") :])
        read = {_skeleton(small(tail)), _skeleton(large(tail))}
        if _skeleton(mine) in read or (len(mine) > 6 and _one_apart(tail, mine)) or f"{mine}." in f"{shown}.":
            return True
    return False


def _skeleton(host: str) -> str:
    for sign, letter in (("rn", "m"), ("vv", "w"), ("0", "o"), ("1", "l"), ("i", "l"), ("-", "")):
        host = host.replace(sign, letter)
    return host


def _one_apart(one: str, other: str) -> bool:
    """One letter changed, left out, put in, or two neighbours exchanged."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
