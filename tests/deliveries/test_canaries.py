"""A delivery that fails, in whatever way, keeps its secrets to itself and its words to its author."""

from __future__ import annotations

import pytest

from clarion.deliveries.models import Attempt, Delivery
from clarion.networks.mastodon import Mastodon
from clarion.notifications.models import Announcement, Notification
from clarion.records.models import Event
from clarion.testing.servers.base import Fault
from tests.canaries import MAIL, PHONE, WORDS

pytestmark = pytest.mark.django_db


def test_a_delivery_that_fails_tells_no_secret(mastodon, mastodon_server, promise, worker, lines, monkeypatch):
    token, text = mastodon_server.token, f"{WORDS}. Call {PHONE} or {MAIL}."
    echo = f'{{"error": "bad token {token}", "access_token": "{token}"}}'.encode()

    def stumbles(network, step, *, key):
        raise RuntimeError({"Authorization": f"Bearer {network.vault.read()['access_token']}", "words": step.payload})

    mastodon_server.faults.arm(Fault("lose_answer"))
    worker.work_until_settled(promise(mastodon, text))
    for status in (422, 500, 401):
        mastodon_server.faults.arm(Fault("answer", status=status, body=echo))
        promise(mastodon, text)
        worker.tick()
    type(mastodon).objects.update(sign_in_needed_at=None)
    with monkeypatch.context() as patch:
        patch.setattr(Mastodon, "publish", stumbles)
        promise(mastodon, text)
        worker.tick()
    assert Attempt.objects.count() >= 5
    lines.keep(token, WORDS, PHONE, MAIL)
    nouns = (Attempt, Notification, Announcement, Event, Delivery)
    rows = [row for noun in nouns for row in noun.objects.values()]
    assert "bad token" in str(rows)
    assert token not in str(rows)
