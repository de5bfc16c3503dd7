"""Readiness does not lie: it asks whether posts would go out now, not whether this process answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError

from clarion.web.pages import health
from clarion.web.serving import Beat
from clarion.work.loop import Loop
from clarion.work.models import Pulse

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client, monkeypatch):
    monkeypatch.setattr(health, "is_up_to_date", lambda: True)

    def asked() -> tuple[int, str]:
        answer = client.get("/health/ready")
        return answer.status_code, answer.json().get("reason", "")

    return asked


class Trouble:
    """Rows whose database says this."""

    name = "trouble"

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence

    def claim(self, **asked: object) -> list[object]:
        if self.sentence:
            raise OperationalError(self.sentence)
        return []

    def next_wake(self, *, after: datetime) -> None:
        return None


def test_a_worker_that_ticks_is_ready(ask, now):
    Loop([Trouble("")], owner="me", beat=Beat(owner="me", kind="embedded")).tick()
    assert ask() == (200, "")


def test_a_loop_whose_database_is_in_trouble_gives_no_sign_of_life_and_readiness_says_so(ask, now):
    """The process lives and serves pages; nothing is published. The last tick was a minute ago."""
    Pulse.objects.beat(owner="me", kind="embedded", now=now - timedelta(minutes=1))
    loop = Loop([Trouble("database or disk is full")], owner="me", beat=Beat(owner="me", kind="embedded"))
    with pytest.raises(OperationalError):
        loop.tick()
    status, reason = ask()
    assert status == 503
    assert "No worker ticks" in reason
    assert "Nothing is being published" in reason


def test_no_worker_at_all_is_not_ready(ask):
    assert ask()[0] == 503


def test_a_database_that_does_not_answer_is_said_in_a_sentence(ask, monkeypatch):
    monkeypatch.setattr(type(Pulse.objects.all()), "last", lambda self: (_ for _ in ()).throw(OperationalError("gone")))
    status, reason = ask()
    assert status == 503
    assert "The database does not answer" in reason


def test_old_signs_of_life_are_forgotten(now):
    Pulse.objects.beat(owner="long gone", kind="distributed", now=now - timedelta(hours=2))
    Pulse.objects.beat(owner="me", kind="embedded", now=datetime.now(UTC))
    assert [pulse.owner for pulse in Pulse.objects.all()] == ["me"]
