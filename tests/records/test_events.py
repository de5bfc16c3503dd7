"""The record: who did what and why, written with the deed, and never changed afterwards."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from clarion.approvals.models import Comment, Guest, GuestLink, Request, Workflow
from clarion.channels.models import Channel, ChannelRole
from clarion.deliveries.models import Delivery
from clarion.deliveries.models.live import Live
from clarion.deliveries.models.stopping import Stoppable
from clarion.notifications.models import TeamChat
from clarion.organisations.models import (
    Absence,
    CustomRole,
    DirectoryToken,
    Domain,
    IdentityProvider,
    Invitation,
    Member,
    Officer,
    Organisation,
    Pause,
    Provision,
    SignInPolicy,
    Spokesperson,
    Team,
    User,
    Workspace,
)  # fmt: skip
from clarion.posts.models import (
    Arrival,
    Feed,
    Folder,
    HouseRule,
    Idea,
    Label,
    Media,
    Override,
    Post,
    Quota,
)  # fmt: skip
from clarion.posts.models.planned import Planned
from clarion.posts.models.shelved import Shelved
from clarion.records.models import Event
from clarion.records.models.event import Immutable

from .verbs import BECAUSE, BEFORE, NO_VERBS, VERBS
from .verbs_approvals import APPROVALS, APPROVALS_BEFORE, APPROVALS_NO_VERBS
from .verbs_crisis import CRISIS, CRISIS_BEFORE, CRISIS_NO_VERBS
from .verbs_people import PEOPLE, PEOPLE_BEFORE, PEOPLE_NO_VERBS
from .verbs_rules import RULES, RULES_BEFORE, RULES_NO_VERBS
from .verbs_sign_in import SIGN_IN, SIGN_IN_BEFORE, SIGN_IN_NO_VERBS
from .verbs_sign_on import SIGN_ON, SIGN_ON_BEFORE, SIGN_ON_NO_VERBS

VERBS = {**VERBS, **PEOPLE, **APPROVALS, **RULES, **SIGN_IN, **SIGN_ON, **CRISIS}
BEFORE = {
    **BEFORE, **PEOPLE_BEFORE, **APPROVALS_BEFORE, **RULES_BEFORE, **SIGN_IN_BEFORE, **SIGN_ON_BEFORE,
    **CRISIS_BEFORE,
}  # fmt: skip
NO_VERBS = NO_VERBS | PEOPLE_NO_VERBS | APPROVALS_NO_VERBS | RULES_NO_VERBS | SIGN_IN_NO_VERBS | CRISIS_NO_VERBS
NO_VERBS = NO_VERBS | SIGN_ON_NO_VERBS

pytestmark = pytest.mark.django_db


# --- append-only ------------------------------------------------------------------------------------------------------


@pytest.fixture
def event(cityhall):
    return Event.objects.write("workspace.greeted", subject=cityhall, because="a test")


def test_an_event_cannot_be_changed_or_deleted_by_our_own_code(event):
    event.verb = "workspace.insulted"
    for forbidden in (
        event.save, event.delete, Event.objects.all().delete, lambda: Event.objects.update(verb="workspace.insulted"),
        lambda: Event.objects.bulk_update([event], ["verb"]),
    ):  # fmt: skip
        with pytest.raises(Immutable), transaction.atomic():
            forbidden()
    assert Event.objects.get(pk=event.pk).verb == "workspace.greeted"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE records_event SET verb = 'workspace.insulted' WHERE id = %s",
        "UPDATE records_event SET at = at WHERE id = %s",
        "DELETE FROM records_event WHERE id = %s",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete_an_event(event, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [event.pk])
    assert Event.objects.get(pk=event.pk).verb == "workspace.greeted"


def test_the_record_cannot_be_emptied_at_a_stroke(event):
    if connection.vendor != "postgresql":
        return  # SQLite has no TRUNCATE: its DELETE without WHERE meets the same trigger, see above
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE records_event")


def test_an_event_outlives_what_it_speaks_of(cityhall, ingrid, amir):
    member = cityhall.members.get(user=amir)
    key = str(member.pk)
    member.leave(by=ingrid)
    amir.delete()
    verbs = list(Event.objects.filter(kind="member", subject=key).order_by("id").values_list("verb", flat=True))
    assert verbs == ["member.joined", "member.left"]


# --- every verb leaves its event --------------------------------------------------------------------------------------


def photograph() -> dict[str, list[tuple[object, ...]]]:
    """All rows of the database, as it keeps them."""
    with connection.cursor() as cursor:
        return {table: _rows(cursor, table) for table in connection.introspection.table_names(cursor)}


def _rows(cursor: Any, table: str) -> list[tuple[object, ...]]:
    cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
    return sorted(cursor.fetchall(), key=repr)


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_leaves_its_event_in_its_own_transaction(name, desk, monkeypatch):
    verb, act = VERBS[name]
    nouns = (desk.house, desk.workspace, desk.channel, desk.post, desk.delivery)
    BEFORE.get(name, lambda desk: None)(desk)
    for noun in nouns:
        noun.refresh_from_db()
    count = Event.objects.count()

    # Rolled back: no event stays.
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        act(desk)
        assert Event.objects.count() > count
        raise ZeroDivisionError
    assert Event.objects.count() == count

    # The other way round: when the event cannot be written, the deed does not happen.
    for noun in nouns:
        noun.refresh_from_db()
    before = photograph()
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        for written in ("create", "bulk_create"):
            patch.setattr(type(Event.objects.all()), written, lambda *a, **k: 1 / 0)
        act(desk)
    assert photograph() == before

    for noun in nouns:
        noun.refresh_from_db()
    act(desk)
    told = [event for event in Event.objects.order_by("id")[count:] if event.verb == verb]
    assert told, "it left no event"
    assert told[-1].by_name
    assert told[-1].organisation_id is not None


def test_no_public_verb_is_forgotten():
    """A new method of these nouns is a verb with its event above, or is said to be none."""
    kinds: list[type] = [
        Organisation, Workspace, Member, Channel, Media, Post, Delivery, Folder, Quota, Idea, Feed, Arrival, Officer,
        Team, CustomRole, Absence, ChannelRole, Pause, Spokesperson, User, SignInPolicy, Workflow, Request, Guest,
        GuestLink, Comment, HouseRule, Override, TeamChat, Invitation, IdentityProvider, Domain, DirectoryToken,
        Provision,
    ]  # fmt: skip
    classes = [
        *kinds, *(type(kind.objects.all()) for kind in kinds if kind is not User), Live, Planned, Shelved, Label,
        Stoppable,
    ]  # fmt: skip
    public = {
        f"{owner.__name__}.{name}"
        for owner in classes
        for name, member in vars(owner).items()
        if not name.startswith("_") and inspect.isfunction(member) and not getattr(member, "alters_data", False)
        and not hasattr(models.Model, name) and not name.startswith(("get_", "Meta"))
    }  # fmt: skip
    assert public - set(VERBS) - NO_VERBS == set(), "say which event it leaves, or that it leaves none"
    assert (set(VERBS) | NO_VERBS) - public == set(), "these are gone"


def test_an_event_says_who_and_why_and_holds_no_secret(desk):
    desk.delivery.cancel(by=desk.ingrid, now=desk.now, because=BECAUSE)
    event = Event.objects.of(desk.delivery).latest("id")
    assert (event.by_id, event.by_name, event.because) == (desk.ingrid.pk, str(desk.ingrid), BECAUSE)
    told = " ".join(str(row) for row in Event.objects.values("before", "after", "because"))
    assert desk.server.token not in told
    assert str(User.objects.get(pk=desk.ingrid.pk).password) not in told
