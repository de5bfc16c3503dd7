"""Who may less than before, or is elsewhere, has nothing left: no feed, no number, no name, no way to give a right."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from clarion.channels.models import ChannelRole
from clarion.notifications.models import Notification, Telling
from clarion.notifications.waiting import Waiting
from clarion.organisations.models import CustomRole, Member, Team, Workspace
from clarion.posts.models import HouseRule, Link, Subscription
from clarion.web.place import Shell

pytestmark = pytest.mark.django_db


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_calendar_feed_ends_with_the_right_to_read(cityhall, amir, ingrid):
    _made, secret = Subscription.objects.offer(workspace=cityhall, name="Amir", view=[], by=amir)
    address = reverse("ical", args=[secret])
    assert Client().get(address).status_code == 200
    Member.objects.join(workspace=cityhall, user=amir, role="guest", by=ingrid)
    assert Client().get(address).status_code == 404


def test_what_was_told_in_a_place_that_one_has_left_is_not_counted_nor_sent(cityhall, amir, ingrid, outsider, now, rf):
    elsewhere = Workspace.objects.of(outsider).get()
    Member.objects.join(workspace=elsewhere, user=amir, role="editor")
    told = {"kind": "comment.made", "people": [amir.pk], "subject": elsewhere, "now": now, "values": {"by": "Oscar"}}
    Notification.objects.tell(workspace=elsewhere, **told)
    Notification.objects.tell(organisation=elsewhere.organisation, **told)
    request = rf.get("/")
    request.user, request.member = amir, cityhall.members.get(user=amir)
    assert Shell(request, now=now).unread == 2
    telling = Telling.objects.create(person=amir, notification=Notification.objects.last(), wake_at=now)
    assert Waiting(telling, clock=lambda: now).told()
    elsewhere.members.get(user=amir).leave(by=outsider)
    assert Shell(request, now=now).unread == 0
    assert not Waiting(telling, clock=lambda: now).told()


def test_what_other_workspaces_call_their_roles_is_told_to_nobody_else(cityhall, ingrid, vera):
    house = cityhall.organisation
    CustomRole.objects.put_together(organisation=house, name="Bergen's censor", permissions=["read"], by=ingrid)
    here = CustomRole.objects.put_together(organisation=house, name="Night reader", permissions=["read"], by=ingrid)
    Member.objects.join(workspace=cityhall, user=vera, role="custom", custom=here, by=ingrid)
    page = as_(vera).get(f"/w/{cityhall.pk}/people").text
    assert "Night reader" in page and "censor" not in page
    assert "censor" in as_(ingrid).get(f"/w/{cityhall.pk}/people").text, "she may give it"


def test_who_only_adds_people_gives_a_team_nothing_on_a_channel(cityhall, ingrid, amir, vera, board):
    """A limit on one channel is taken back by somebody who may herself what comes back by that."""
    clerk = CustomRole.objects.put_together(
        organisation=cityhall.organisation, name="Reception", permissions=["asked", "read", "people"], by=ingrid
    )
    Member.objects.join(workspace=cityhall, user=vera, role="custom", custom=clerk, by=ingrid)
    team = Team.objects.gather(organisation=cityhall.organisation, name="Night desk", by=ingrid)
    team.place(workspace=cityhall, role="editor", by=ingrid)
    limit = ChannelRole.objects.give(channel=board, team=team, role="viewer", by=ingrid)
    address = reverse("channel", args=[cityhall.pk, board.pk])
    back = reverse("channel_role_back", args=[cityhall.pk, board.pk, limit.pk])
    assert back not in as_(vera).get(address).text and back in as_(ingrid).get(address).text
    as_(vera).post(back)
    give = reverse("channel_role_give", args=[cityhall.pk, board.pk])
    as_(vera).post(give, {"who": f"team:{team.pk}", "role": "guest"})
    limit.refresh_from_db()
    assert limit.role == "viewer"
    as_(ingrid).post(back)
    assert not ChannelRole.objects.filter(pk=limit.pk).exists()


def test_a_link_of_what_is_out_is_led_nowhere_that_a_rule_denies_nor_where_one_may_not_publish(
    cityhall, ingrid, amir, board
):
    """Its readers follow it at once: nothing else asks."""
    HouseRule.objects.make(
        organisation=cityhall.organisation, workspace=cityhall, kind="links", name="No traps", by=ingrid, level="stop",
        what={"domains": ["evil.example"]},
    )  # fmt: skip
    link = Link.objects.make(workspace=cityhall, target="https://halden.example/", by=ingrid, channel=board)
    address = reverse("link", args=[cityhall.pk, link.pk])
    page = as_(ingrid).post(address, {"target": "https://evil.example/"})
    assert page.status_code == 422 and "No traps" in page.text
    new = as_(ingrid).post(reverse("link_new", args=[cityhall.pk]), {"target": "https://evil.example/", "slug": "trap"})
    assert new.status_code == 422 and not Link.objects.filter(slug="trap").exists()
    member = Member.objects.join(workspace=cityhall, user=amir, role="editor", by=ingrid)
    ChannelRole.objects.give(channel=board, member=member, role="contributor", by=ingrid)
    assert as_(amir).post(address, {"target": "https://elsewhere.example/"}).status_code == 403
    assert as_(ingrid).post(address, {"target": "https://elsewhere.example/"}).status_code == 302
