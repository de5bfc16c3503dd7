"""No spelling and no wrapping of an address leads into our own house: any address, not only those we thought of."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from clarion.networks.addresses import NO_WEB, Forbidden, PrivateHosts, is_public, judged
from clarion.networks.http import Http, _where
from clarion.networks.words import Refused

INSIDE = [
    ip_network(block)
    for block in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4",
    )
]  # fmt: skip
inside = some.sampled_from(INSIDE).flatmap(
    lambda block: some.integers(int(block.network_address), int(block.broadcast_address)).map(IPv4Address)
)
few = settings(max_examples=60, deadline=None)


def wrapped(address: IPv4Address) -> list[IPv6Address]:
    """The ways to write an IPv4 address as an IPv6 one (RFC 4291, 6052, 8215, 3056)."""
    number = int(address)
    return [
        IPv6Address((0xFFFF << 32) | number),
        IPv6Address(number),
        IPv6Address((0x64FF9B << 96) | number),
        IPv6Address((0x64FF9B0001 << 80) | number),
        IPv6Address((0x2002 << 112) | (number << 80)),
    ]


def spelled(address: IPv4Address) -> list[str]:
    """The ways in which resolvers read an IPv4 address that is not four decimal numbers."""
    first, *rest = address.packed
    tail = int.from_bytes(bytes(rest))
    return [
        str(int(address)), hex(int(address)), f"0{int(address):o}", f"{first}.{tail}",
        ".".join(f"0{part:o}" for part in address.packed), ".".join(hex(part) for part in address.packed),
    ]  # fmt: skip


@few
@given(inside)
def test_what_is_inside_stays_inside_in_any_wrapping(address: IPv4Address) -> None:
    assert not is_public(address)
    assert [str(one) for one in wrapped(address) if is_public(one)] == []


@few
@given(inside, some.data())
def test_what_is_inside_is_not_called_in_any_spelling(address: IPv4Address, data: some.DataObject) -> None:
    spelling = data.draw(some.sampled_from([*spelled(address), *(f"[{one}]" for one in wrapped(address))]))
    us = Http(seconds=2)
    with pytest.raises(Refused) as caught:
        us.post(f"http://{spelling}:8009/", json={})
    assert caught.value.code in ("private_address", "bad_url")
    assert [one.sent for one in us.exchanges] in ([], [0])


@few
@given(some.ip_addresses())
def test_an_address_that_is_called_is_on_the_internet_by_the_registry_too(address: IPv4Address | IPv6Address) -> None:
    """Python's own tables are those of IANA: we may be stricter, never laxer."""
    if is_public(address) and not getattr(address, "sixtofour", None) and address not in ip_network("64:ff9b::/96"):
        assert address.is_global and not address.is_multicast


@few
@given(inside)
def test_only_the_private_host_that_was_named_is_open(address: IPv4Address) -> None:
    assert judged(host=str(address), port=80, private=PrivateHosts([str(address)]), seconds=1) == [str(address)]
    other = ip_address(int(address) ^ 1)
    with pytest.raises(Forbidden):
        judged(host=str(other), port=80, private=PrivateHosts([str(address)]), seconds=1)


@few
@given(some.text(alphabet="ahtp:/\\@.[]%#?&0127 \t\n1é。", max_size=40).map(lambda tail: "http://" + tail))
def test_an_address_is_understood_in_one_way_or_refused(url: str) -> None:
    """Nothing is left in what is called that another reader could take for a user, a fragment or another host."""
    try:
        where = _where(url, None)
    except Refused:
        return
    assert where.host.isascii() and not set(where.host) & set("@/\\?#%[] ")
    assert where.target.startswith("/") and "#" not in where.target and where.target.isprintable()


@pytest.mark.parametrize("port", [22, 25, 6379])
def test_no_other_service_is_spoken_to(port: int) -> None:
    us = Http(private_hosts=["127.0.0.1"], seconds=1)
    with pytest.raises(Refused, match=str(port)):
        us.post(f"http://127.0.0.1:{port}/", content=b"MAIL FROM")
    assert us.exchanges == []
    assert not NO_WEB & {80, 443, 3000, 8000, 8080, 8443}
