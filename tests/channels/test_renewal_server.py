"""The sign-in of channels at a real OpenID provider (`tests/servers/oidc`): renewed, taken back, in trouble, shared.

It rotates refresh tokens: one that is used twice ends the whole sign-in. So the provider itself judges our lock.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

from clarion.channels.models import Channel
from clarion.networks.words import NotNow, SignInAgain
from clarion.testing.servers.base import Fault
from tests.engines.installation import Installation
from tests.example.installed import installed
from tests.networks.at_the_provider import Trip, Watched, is_token, out, provider

__all__ = ["installed", "provider"]
pytestmark = [pytest.mark.server, pytest.mark.xdist_group("oidc")]


@pytest.fixture
def proxy(provider) -> Iterator[Watched]:
    with Watched(provider.url) as proxy:
        yield proxy


@pytest.fixture
def keys(provider, proxy, installed, monkeypatch) -> dict[str, str]:
    """What the operator has set."""
    given = {"base_url": proxy.url, **provider.by_form}
    for name, value in given.items():
        monkeypatch.setenv(f"CLARION_PINBOARD_{name.upper()}", value)
    return given


@pytest.fixture
def connect(provider, keys, cityhall, now) -> Callable[[], list[Channel]]:
    """Both boards of one sign-in as channels, behind the proxy."""

    def go() -> list[Channel]:
        trip = Trip(provider)
        return [
            Channel.objects.keep(workspace=cityhall, network="pinboard", connected=one, by=None, now=now)
            for one in trip.home(trip.there()["code"])
        ]

    return go


@pytest.fixture
def channel(connect) -> Channel:
    return connect()[0]


def ends(*channels: Channel) -> None:
    """Their token is about to end."""
    soon = time.time() + 1
    for channel in channels:
        vault = channel.vault
        vault.keep({**vault.read(), "expires_at": soon})


def again(channel: Channel) -> Channel:
    """As another process finds it."""
    return Channel.objects.get(pk=channel.pk)


@pytest.mark.django_db
def test_a_token_is_renewed_before_it_ends_and_the_refresh_token_changes(channel, proxy, now):
    before = channel.vault.read()
    ends(channel)
    assert again(channel).verify(now=now) is None
    after = channel.vault.read()
    assert proxy.renewals == 1
    assert {name for name in before if after[name] != before[name]} == {"access_token", "refresh_token", "expires_at"}
    assert again(channel).verify(now=now) is None and proxy.renewals == 1, "the new one is good for an hour"
    ends(channel)
    assert again(channel).verify(now=now) is None and proxy.renewals == 2, "and so is the new refresh token"


@pytest.mark.django_db
def test_a_token_that_ended_too_early_is_renewed_and_the_call_made_again(channel, proxy, now):
    vault = channel.vault
    vault.keep({**vault.read(), "access_token": "one-that-has-ended"})
    assert again(channel).verify(now=now) is None
    assert proxy.renewals == 1


@pytest.mark.django_db
def test_a_sign_in_that_was_taken_back_asks_for_a_new_one_and_the_new_one_works(channel, connect, provider, now):
    provider.revoke(channel.vault.read()["refresh_token"])
    ends(channel)
    found = again(channel)
    assert isinstance(found.verify(now=now), SignInAgain)
    assert again(channel).needs_sign_in and "no longer accepts our sign-in" in again(channel).sign_in_because
    assert connect()[0] == channel
    assert not again(channel).needs_sign_in and again(channel).verify(now=now) is None


@pytest.mark.django_db
def test_a_secret_of_the_application_that_was_changed_there_holds_what_waits_and_refuses_nothing(
    channel, keys, monkeypatch, now
):
    """A person must put the new one in; until then nothing that is due is lost."""
    monkeypatch.setenv("CLARION_PINBOARD_CLIENT_SECRET", "the-old-one")
    ends(channel)
    failure = again(channel).verify(now=now)
    assert isinstance(failure, SignInAgain) and "client id and secret" in failure.sentence
    assert again(channel).needs_sign_in
    monkeypatch.setenv("CLARION_PINBOARD_CLIENT_SECRET", keys["client_secret"])
    assert again(channel).verify(now=now) is None and not again(channel).needs_sign_in


TROUBLE = (
    {"kind": "answer", "status": 500, "body": b"<h1>Oops</h1>"},
    {"kind": "answer", "status": 502},
    {"kind": "answer", "status": 503, "headers": {"retry-after": "60"}},
    {"kind": "answer", "status": 429, "headers": {"retry-after": "60"}},
    {"kind": "lose_request"},
)


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: f"{trouble['kind']} {trouble.get('status', '')}")
def test_trouble_while_renewing_disconnects_nobody(channel, proxy, now, trouble):
    ends(channel)
    held = channel.vault.read()
    proxy.faults.arm(Fault(match=is_token, **trouble))
    assert isinstance(again(channel).verify(now=now), NotNow)
    assert channel.vault.read() == held and again(channel).state == "connected"
    assert again(channel).verify(now=now) is None, "and the next time it goes on by itself"


@pytest.mark.django_db
def test_a_provider_that_is_silent_or_away_disconnects_nobody(channel, proxy, now):
    ends(channel)
    proxy.stop()
    assert isinstance(again(channel).verify(now=now), NotNow)
    assert again(channel).state == "connected"
    proxy.start()
    assert again(channel).verify(now=now) is None


@pytest.mark.django_db
@pytest.mark.parametrize("trouble", [{"kind": "lose_answer"}, {"kind": "late", "seconds": 3}], ids=["lost", "late"])
def test_an_answer_that_is_lost_disconnects_nobody_until_the_provider_itself_says_no(channel, proxy, now, trouble):
    """It has used the refresh token up, and we never heard the new one: only its next answer can tell."""
    ends(channel)
    proxy.faults.arm(Fault(match=is_token, **trouble))
    with pytest.raises(NotNow):
        again(channel).speak(out(seconds=1)).whoami()
    assert again(channel).state == "connected"
    assert isinstance(again(channel).verify(now=now), SignInAgain)
    assert again(channel).state == "sign_in_again"


@pytest.mark.django_db
def test_channels_of_one_sign_in_are_renewed_together(connect, proxy, now):
    """They hold one refresh token, and it works once: whoever renews it, renews it for all."""
    hall, pool = connect()
    ends(hall, pool)
    assert again(hall).verify(now=now) is None and again(pool).verify(now=now) is None
    assert proxy.renewals == 1
    assert hall.vault.read() == pool.vault.read()
    ends(hall, pool)
    assert again(pool).verify(now=now) is None and again(hall).verify(now=now) is None


@pytest.mark.django_db
def test_a_new_sign_in_has_its_own_end_and_not_that_of_the_one_before(channel, connect):
    """As after a sign-in that could not renew itself."""
    vault = channel.vault
    vault.expires_at = datetime.now(UTC) + timedelta(days=3)
    vault.save()
    assert again(channel).days_left(datetime.now(UTC)) == 2
    assert connect()[0] == channel
    assert again(channel).days_left(datetime.now(UTC)) is None


@pytest.mark.django_db
def test_no_secret_of_the_sign_in_is_in_the_evidence(channel, provider):
    before = channel.vault.read()
    ends(channel)
    us = again(channel).speak(out())
    us.whoami()
    seen = repr(us.http.exchanges)
    hidden = (before, channel.vault.read(), {"client_secret": provider.by_form["client_secret"]})
    assert [name for one in hidden for name, value in one.items() if str(value) in seen] == []


# --- workers that are processes of their own


KEEP = """
import json, sys
import django
django.setup()
from django.utils import timezone
from clarion.channels.models import Channel
from clarion.networks.base import Account, Connected
from clarion.organisations.models import Workspace
for one in json.load(sys.stdin):
    connected = Connected(Account(**one["account"]), one["secrets"])
    kept = Channel.objects.keep(
        workspace=Workspace.objects.get(), network="pinboard", connected=connected, by=None, now=timezone.now()
    )
    print(kept.pk)
"""


@pytest.fixture
def installation(keys, tmp_path) -> Iterator[Installation]:
    place = Installation(tmp_path / "data").found()
    place.environment |= {f"CLARION_PINBOARD_{name.upper()}": value for name, value in keys.items()}
    place.environment["DJANGO_SETTINGS_MODULE"] = "clarion.config.settings"
    yield place
    place.end()


@pytest.mark.parametrize("of", ["one channel", "two channels of one sign-in"])
def test_workers_that_renew_at_the_same_time_renew_once(provider, proxy, installation, of):
    trip = Trip(provider)
    soon = {"expires_at": time.time() + 1}
    told = [asdict(one) for one in trip.home(trip.there()["code"])]
    given = json.dumps([{"account": one["account"], "secrets": one["secrets"] | soon} for one in told])
    kept = subprocess.run(
        [sys.executable, "-c", KEEP], env=installation.environment, input=given, capture_output=True, text=True
    )
    assert kept.returncode == 0, kept.stderr
    hall, pool = kept.stdout.split()
    proxy.faults.arm(Fault("late", is_token, seconds=2))  # the others come while the first one waits
    both = [hall, hall, hall] if of == "one channel" else [hall, pool]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "clarion", "channels", "check", channel, "--json"],
            env=installation.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for channel in both
    ]  # fmt: skip
    ends = [worker.communicate(timeout=60) for worker in workers]
    assert [json.loads(said)["failure"] for said, _complaint in ends] == [None] * len(both), ends
    assert proxy.renewals == 1
    assert [one["failure"] for one in installation.ask("channels", "check", pool)] == [None], "and the other one, later"
    assert proxy.renewals == 1
