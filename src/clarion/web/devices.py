"""Where a session is, said coarsely: browser and system as the browser names them, and part of its address."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address, ip_network

from django.utils.translation import gettext as _

# The first that is found counts: most browsers also carry the names of their forebears.
BROWSERS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"), (r"OPR/|Opera", "Opera"), (r"Firefox/|FxiOS/", "Firefox"),
    (r"SamsungBrowser/", "Samsung Internet"), (r"Chrome/|CriOS/|Chromium/", "Chrome"), (r"Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    (r"iPhone", "iPhone"), (r"iPad", "iPad"), (r"Android", "Android"), (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "macOS"), (r"CrOS", "ChromeOS"), (r"Linux", "Linux"),
)  # fmt: skip


def _named(agent: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for pattern, name in known if re.search(pattern, agent)), "")


def device(agent: str) -> str:
    """“Firefox on Linux”, as far as the browser says it."""
    browser, system = _named(agent, BROWSERS), _named(agent, SYSTEMS)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("An unknown browser")


def network(ip: str) -> str:
    """``192.0.2.0/24``, ``2001:db8:1::/48``: the network, not the place of one person in it."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))


def place(agent: str, ip: str) -> str:
    return _("%(device)s, network %(network)s") % {"device": device(agent), "network": network(ip)}
