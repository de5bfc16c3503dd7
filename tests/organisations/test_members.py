"""Who belongs, who may, and what an outsider sees: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.ids import new_id
from clarion.organisations.models import Member, Role, User, Workspace
from clarion.organisations.policy import (
    IN_A_WORKSPACE,
    IN_THE_ORGANISATION,
    OF_A_WORKSPACE,
    OF_THE_ORGANISATION,
    RIGHTS,
)  # fmt: skip
from clarion.posts.content import Content, Words
from clarion.posts.models import Media, Post

pytestmark = pytest.mark.django_db


def test_an_outsider_finds_nothing_through_any_door(cityhall, ingrid, outsider, board, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content((Words("Hello"),)), channels=[board])
    Delivery.objects.schedule(post, channels=[board], at=now, by=ingrid, now=now)
    for model in (Workspace, Channel, Post, Delivery, Media):
        hers, his = model.objects.of(ingrid), model.objects.of(outsider)
        assert not set(hers.values_list("pk", flat=True)) & set(his.values_list("pk", flat=True))
    assert Post.objects.of(ingrid).count() == 1 and Post.objects.of(outsider).count() == 0


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.OWNER, {*IN_A_WORKSPACE, *IN_THE_ORGANISATION}),
        (Role.ADMINISTRATOR, {*IN_A_WORKSPACE, *IN_THE_ORGANISATION} - {"owners"}),
        (Role.AUDITOR, {"read", "see_organisation", "audit"}),
        (Role.MANAGER, {*IN_A_WORKSPACE} - {"settings"}),
        (Role.EDITOR, {"asked", "read", "write", "reply", "publish", "approve"}),
        (Role.CONTRIBUTOR, {"asked", "read", "write"}),
        (Role.RESPONDER, {"asked", "read", "reply"}),
        (Role.VIEWER, {"asked", "read"}),
        (Role.GUEST, {"asked"}),
        (Role.CUSTOM, set()),
    ],
)
def test_each_role_may_what_it_may_and_no_more(role, may):
    assert {what for what in (*IN_A_WORKSPACE, *IN_THE_ORGANISATION) if Member(role=role).may(what)} == may


def test_the_document_of_people_says_what_the_policy_says():
    text = (Path(__file__).parents[2] / "docs" / "people.md").read_text(encoding="utf-8")
    tables = ((IN_A_WORKSPACE, (*OF_THE_ORGANISATION, *OF_A_WORKSPACE)), (IN_THE_ORGANISATION, OF_THE_ORGANISATION))
    rows = [
        f"| `{name}` | {sentence} | {', '.join(str(role) for role in roles if name in RIGHTS[role])} |"
        for permissions, roles in tables for name, sentence in permissions.items()
    ]  # fmt: skip
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows


def test_the_last_owner_cannot_leave(cityhall, ingrid):
    member = Member.objects.get(workspace=cityhall, user=ingrid)
    with pytest.raises(ValueError, match="needs an owner"):
        member.leave(by=ingrid)
    assert Member.objects.filter(pk=member.pk).exists()


def test_one_person_has_one_account_however_the_address_is_written(db):
    User.objects.create_user("Ada@Example.org", "correct horse 7")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("ada@example.org", "correct horse 7")


def test_workspaces_of_the_same_name_have_addresses_of_their_own(cityhall, db):
    from clarion.organisations.models import Organisation

    twin = Workspace.objects.open(organisation=Organisation.objects.found(name="City of Halden"), name="Press office")
    assert twin.slug != cityhall.slug


def test_a_post_cannot_go_out_on_the_channel_of_another_workspace(cityhall, ingrid, outsider, board, now):
    other = Workspace.objects.of(outsider).get()
    post = Post.objects.write(workspace=other, by=outsider, content=Content((Words("Mine now"),)))
    with pytest.raises(ValueError, match="own workspace"):
        Delivery.objects.schedule(post, channels=[board], at=now, by=outsider, now=now)


def test_ids_sort_by_the_time_they_were_made():
    made = [new_id() for _ in range(5000)]
    assert made == sorted(made) and len(set(made)) == 5000
