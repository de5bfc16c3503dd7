"""How often one delivery asks the database, and that what comes while it is carried is asked about all the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clarion.approvals.models import Stage, Workflow
from clarion.deliveries.models import Attempt, State
from clarion.deliveries.run import Run
from clarion.organisations.models import Member, User
from clarion.posts.models import Blackout, HouseRule
from clarion.posts.models.mention import Person

pytestmark = pytest.mark.django_db

MOST = 28
"""Statements of one plain delivery, its claim included: with the begin and end of three transactions."""


def test_a_plain_delivery_asks_few_questions(mastodon, promise, worker):
    for number in range(4):
        promise(mastodon, f"Storgata is closed ({number}).")
    (lease,) = worker.claim()
    following = worker.source.run(lease)  # the first one finds budgets to be made
    with CaptureQueriesContext(connection) as asked:
        third = worker.source.run(following)
    assert third is not None
    assert len(asked) <= MOST, "\n".join(one["sql"][:120] for one in asked)


def rule(cityhall, ingrid, clock):
    HouseRule.objects.make(
        organisation=cityhall.organisation, workspace=cityhall, kind="words", name="Closed", by=ingrid, level="stop",
        what={"lines": ["closed"]},
    )  # fmt: skip


def blackout(cityhall, ingrid, clock):
    day = clock().date()
    Blackout.objects.declare(
        workspace=cityhall, name="Election", by=ingrid, from_day=day - timedelta(days=1),
        until_day=day + timedelta(days=1), level="block",
    )  # fmt: skip


def workflow(cityhall, ingrid, clock):
    Workflow.objects.set_up(
        workspace=cityhall, name="A yes", stages=[Stage("Mayor", people=(str(ingrid.pk),))], by=None
    )


def another_handle_by_a_writer(cityhall, ingrid, clock):
    user = User.objects.create_user("writes@halden.example", "correct horse 7", name="Wanda Writer")
    Member.objects.join(workspace=cityhall, user=user, role="contributor")
    Person.objects.get().change(by=user, name="Town hall", handles={("mastodon", ""): "@prank@town.example"})


@pytest.mark.parametrize("comes", [rule, blackout, workflow, another_handle_by_a_writer])
def test_what_comes_between_the_check_and_the_intent_is_asked_about(
    comes, mastodon, mastodon_server, promise, worker, cityhall, ingrid, clock, monkeypatch
):
    handles = {("mastodon", ""): "@hall@town.example"}
    Person.objects.make(workspace=cityhall, name="Town hall", by=ingrid, handles=handles)
    delivery, planned, before = promise(mastodon, "Closed. Ask @[Town hall]."), Run._planned, []

    def and_then(run, steps):
        found = planned(run, steps)
        if not before:
            before.append(comes(cityhall, ingrid, clock))
        return found

    monkeypatch.setattr(Run, "_planned", and_then)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.lease_owner) == (State.HELD, "")
    assert not Attempt.objects.filter(delivery=delivery).exists()  # nothing of the intent was kept
    assert not mastodon_server.statuses
