"""Files for networks that fetch: an address that shows one file, to anybody who has it, for a while."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core import signing

from clarion.deliveries.models import State
from clarion.networks.words import Refused
from clarion.posts import lending
from clarion.posts.lending import lender
from tests.posts.test_media import from_a_phone, photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def public(settings) -> str:
    settings.BASE_URL = "https://social.halden.example"
    return settings.BASE_URL


def path(address: str, base: str) -> str:
    assert address.startswith(base)
    return address.removeprefix(base)


def test_whoever_has_the_address_gets_the_file_and_nothing_of_its_place(client, keep, cityhall, public):
    row = keep(from_a_phone(), name="square.jpg")
    address = lender(cityhall.pk)(row.shown(""))
    answer = client.get(path(address, public))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer.content == row.path.read_bytes()
    assert b"Exif" not in answer.content
    assert "no-store" in answer["Cache-Control"]
    assert "Set-Cookie" not in answer
    assert address.endswith(".jpg"), "some networks look at the ending"


def test_the_address_ends(client, keep, cityhall, public, monkeypatch):
    address = path(lender(cityhall.pk)(keep(photo()).shown("")), public)
    later = signing.time.time() + lending.LENGTH.total_seconds() + 1
    monkeypatch.setattr(signing.time, "time", lambda: later)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(
    "change", [lambda a: a[:-5] + "x.jpg", lambda a: a.replace("lent/", "lent/0"), lambda a: "/lent/x"]
)
def test_an_address_that_we_did_not_give_shows_nothing(client, keep, cityhall, public, change):
    address = path(lender(cityhall.pk)(keep(photo()).shown("")), public)
    assert client.get(change(address)).status_code == 404


def test_a_file_of_another_workspace_is_not_lent(keep, public):
    with pytest.raises(Refused, match="Attach it again"):
        lender(uuid4())(keep(photo()).shown(""))


def test_a_post_that_cannot_be_said_without_an_address_fails_before_anything_leaves(
    mastodon, promise, worker, settings, monkeypatch
):
    """The network asks for an address while it writes down what it will say."""
    settings.BASE_URL = "http://clarion:8000"
    monkeypatch.setattr(
        type(mastodon.speak()), "prepare", lambda self, step, *, key, now: {"url": self.lent(step.media)}
    )
    delivery = promise(mastodon)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.FAILED, "no_address")
    assert "Set CLARION_BASE_URL" in delivery.reason
    assert not delivery.attempt_rows.exists(), "nothing was intended, so nothing can have happened"


@pytest.mark.parametrize(
    "base", ["http://127.0.0.1:8000", "http://localhost", "http://clarion:8000", "http://10.0.0.5", "http://[::1]"]
)
def test_where_nobody_outside_can_reach_us_it_is_said(keep, cityhall, settings, base):
    settings.BASE_URL, settings.PRIVATE_HOSTS = base, ()
    with pytest.raises(Refused, match="Set CLARION_BASE_URL") as refused:
        lender(cityhall.pk)(keep(photo()).shown(""))
    assert refused.value.code == "no_address"


def test_a_network_in_the_same_house_may_fetch(keep, cityhall, settings):
    settings.BASE_URL, settings.PRIVATE_HOSTS = "http://10.0.0.5:8000", ("10.0.0.0/8",)
    assert lender(cityhall.pk)(keep(photo()).shown("")).startswith("http://10.0.0.5:8000/lent/")
