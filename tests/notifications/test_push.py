"""Web push: sealed for one browser, signed by this installation; what is gone is forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clarion.notifications import push
from clarion.notifications.kinds import PUSH
from clarion.notifications.models import BadDevice, Choice, Device, PushKey, Telling
from clarion.organisations.models import User
from clarion.testing.servers.base import Fault

from .push_service import Browser, PushService

RECEIVER = Browser(
    int.from_bytes(push.decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), push.decoded("BTBZMqHH6r4Tts7J_aSIgg")
)
MESSAGE = b"When I grow up, I want to be a watermelon"
SEALED = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
"""The example of RFC 8291, section 5 and appendix A."""


def test_the_example_of_the_standard():
    body = push.sealed(
        MESSAGE, **RECEIVER.keys, salt=push.decoded("DGv6ra1nlYgDCS1FRnbzlw"),
        key=push.our_key("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
    )  # fmt: skip
    assert push.encoded(body) == SEALED
    assert RECEIVER.reads(body) == MESSAGE


def test_the_longest_message_fills_one_record_and_no_byte_more():
    longest = b"x" * push.MOST
    body = push.sealed(longest, **RECEIVER.keys)
    assert len(body) == 4096 and RECEIVER.reads(body) == longest
    with pytest.raises(ValueError, match="more than"):
        push.sealed(longest + b"x", **RECEIVER.keys)


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as running:
        yield running


@pytest.fixture
def phone(ingrid, service, clock, db) -> Device:
    return Device.objects.add(
        person=ingrid, endpoint=service.endpoint, **service.browser.keys, label="Chrome, Android", language="en",
        now=clock(),
    )  # fmt: skip


@pytest.mark.django_db
def test_a_failure_comes_to_her_phone(ingrid, phone, service, tell, post_office, cityhall):
    tell(ingrid)
    post_office()
    assert service.told == [{
        "title": "Mastodon did not take it", "body": "Storgata is closed.", "address": f"/w/{cityhall.pk}/",
        "tag": f"workspace-{cityhall.pk}", "lang": "en", "dir": "ltr",
    }]  # fmt: skip
    assert service.headers["urgency"] == "high"
    phone.refresh_from_db()
    assert phone.reached_at
    assert post_office() == 0  # once


@pytest.mark.django_db
def test_several_things_are_one_push_in_her_own_direction(ingrid, phone, service, tell, post_office):
    User.objects.filter(pk=ingrid.pk).update(language="de")
    Device.objects.update(language="ar")
    for _number in range(3):
        tell(ingrid, about="و" * 5000)
    post_office()
    (told,) = service.told
    assert (told["lang"], told["dir"], told["tag"]) == ("ar", "rtl", "several")


@pytest.mark.django_db
def test_a_browser_that_is_gone_is_forgotten(ingrid, phone, service, tell, post_office):
    service.gone = True
    tell(ingrid)
    post_office()
    assert not Device.objects.exists()
    tell(ingrid)
    assert not Telling.objects.exclude(device=None).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_is_away_is_tried_again(ingrid, phone, service, tell, post_office, status):
    service.faults.arm(Fault("answer", status=status))
    tell(ingrid)
    post_office()
    assert service.told == [] and Device.objects.exists()
    post_office(30)
    assert len(service.told) == 1


@pytest.mark.django_db
def test_a_push_that_is_refused_is_given_up_and_nothing_else(ingrid, phone, service, tell, post_office):
    service.faults.arm(Fault("answer", status=403))
    tell(ingrid)
    post_office()
    assert Telling.objects.exclude(device=None).get().outcome == "given_up"
    assert Telling.objects.get(device=None).outcome == "sent"


@pytest.mark.django_db
def test_what_she_does_not_want_pushed_is_not(ingrid, phone, service, tell, post_office):
    Choice.objects.choose(ingrid, workspace=None, chosen={("answered", PUSH): "off"})
    tell(ingrid, kind="approval.given")
    post_office()
    assert service.told == []


@pytest.mark.django_db
def test_where_a_device_is_reached_is_sealed_and_the_key_stays(phone, service, now):
    row = Device.objects.filter(pk=phone.pk).values().get()
    assert "secret-of-the-browser" not in str(row) and service.browser.keys["auth"] not in str(row)
    assert PushKey.objects.ours(now=now).public == PushKey.objects.ours(now=now).public
    assert PushKey.objects.get().private not in str(PushKey.objects.values().get())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example/1"}, {"endpoint": "javascript:alert(1)"}, {"endpoint": ""},
        {"p256dh": push.encoded(b"\x04" + b"\x01" * 64)}, {"p256dh": "no key"}, {"auth": "c2hvcnQ"}, {"auth": "é"},
        {"endpoint": "https://push.example/" + "x" * 1000},
    ],
)  # fmt: skip
def test_what_is_no_subscription_is_not_kept(ingrid, now, wrong):
    good = {"endpoint": "https://push.example/1", **Browser().keys}
    with pytest.raises(BadDevice):
        Device.objects.add(person=ingrid, **{**good, **wrong}, label="", language="", now=now)
    assert not Device.objects.exists()


@pytest.mark.django_db
def test_a_browser_belongs_to_who_sits_at_it(ingrid, amir, phone, service, now):
    Device.objects.add(
        person=amir, endpoint=service.endpoint, **service.browser.keys, label="Chrome", language="en", now=now
    )
    assert Device.objects.get().person == amir
