"""Roles on channels: more or less than in the workspace, asked everywhere that something is done with a channel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from clarion.channels.models import Channel, ChannelRole
from clarion.channels.rights import refused, refused_later
from clarion.deliveries.models import Delivery
from clarion.deliveries.recurring import come
from clarion.organisations.models import Absence, Member, Team, User
from clarion.posts.content import Content, Words
from clarion.posts.models import Feed, Post, Recurrence
from clarion.posts.rules import Rule
from clarion.records.models import Event

from ..web.desk import form

pytestmark = pytest.mark.django_db


def member_of(workspace, user) -> Member:
    return Member.objects.select_related("workspace", "custom").get(workspace=workspace, user=user)


@pytest.fixture
def emil(cityhall):
    """An editor of the workspace."""
    user = User.objects.create_user("emil@halden.example", name="Emil Nygaard")
    Member.objects.join(workspace=cityhall, user=user, role="editor")
    return user


@pytest.fixture
def second(cityhall, board, now):
    """A channel beside the noticeboard."""
    return Channel.objects.create(
        workspace=cityhall, network="manual", remote_id="by-hand", handle="By hand", connected_at=now
    )


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def scheduled(workspace, channel, *, by, now) -> Delivery:
    content = Content((Words("Bins on Friday."),))
    post = Post.objects.write(workspace=workspace, by=by, content=content, channels=[channel])
    (made,) = Delivery.objects.schedule(post, channels=[channel], at=now + timedelta(days=2), by=by, now=now)
    return made


def test_an_editor_is_a_viewer_on_one_channel_and_an_editor_on_the_next(cityhall, ingrid, emil, board, second):
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, emil), role="viewer", by=ingrid)
    member = member_of(cityhall, emil)
    assert refused(member, [board, second]) == [board]
    assert member.may("publish") and member.may_somewhere("publish")


def test_a_viewer_who_edits_one_channel_publishes_there_and_writes_drafts(cityhall, ingrid, vera, board, second):
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, vera), role="editor", by=ingrid)
    member = member_of(cityhall, vera)
    assert refused(member, [board, second]) == [second]
    assert not member.may("publish") and member.may_somewhere("publish") and member.may("write")
    client, address = as_(vera), f"/w/{cityhall.pk}"
    assert client.get(f"{address}/write").status_code == 200
    assert client.post(f"{address}/queue/{board.pk}/slots", {"do": "daily"}).status_code == 302
    assert client.post(f"{address}/queue/{second.pk}/slots", {"do": "daily"}).status_code == 403
    assert client.post(f"{address}/categories", {"name": "New"}).status_code == 403, "that is of the whole workspace"


def test_one_s_own_role_on_a_channel_comes_before_that_of_a_team(cityhall, ingrid, emil, board):
    team = Team.objects.gather(organisation=cityhall.organisation, name="Night desk", by=ingrid)
    team.take_in([emil], by=ingrid)
    ChannelRole.objects.give(channel=board, team=team, role="viewer", by=ingrid)
    assert not member_of(cityhall, emil).may("publish", on=board)
    own = ChannelRole.objects.give(channel=board, member=member_of(cityhall, emil), role="editor", by=ingrid)
    assert member_of(cityhall, emil).may("publish", on=board)
    own.take_back(by=ingrid)
    assert not member_of(cityhall, emil).may("publish", on=board)


def test_a_deputy_has_on_a_channel_what_the_absent_has_there(cityhall, ingrid, amir, vera, board, now):
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, vera), role="editor", by=ingrid)
    absence = Absence.objects.announce(
        member=member_of(cityhall, vera), deputy=member_of(cityhall, amir), begins_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1), by=vera,
    )  # fmt: skip
    assert member_of(cityhall, amir).may("publish", on=board) and member_of(cityhall, amir).may_somewhere("publish")
    absence.end(by=vera, now=now)
    assert not member_of(cityhall, amir).may_somewhere("publish")


@pytest.mark.parametrize("verb", ["send", "move", "hold", "skip", "take-down"])
def test_nothing_is_done_with_a_delivery_on_a_channel_where_one_only_looks(
    cityhall, ingrid, emil, board, second, now, verb
):
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, emil), role="viewer", by=ingrid)
    delivery = scheduled(cityhall, board, by=ingrid, now=now)
    said = as_(emil).post(f"/w/{cityhall.pk}/deliveries/{delivery.pk}/{verb}", {"date": "2035-01-01", "time": "10:00"})
    assert said.status_code == 403 and "You may not publish on this channel" in said.content.decode()
    before, delivery.state = delivery.due_at, ""
    delivery.refresh_from_db()
    assert (delivery.due_at, delivery.state) == (before, "scheduled")


def test_a_post_on_such_a_channel_is_not_moved_changed_removed_or_repeated(cityhall, ingrid, emil, board, now):
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, emil), role="contributor", by=ingrid)
    delivery = scheduled(cityhall, board, by=ingrid, now=now)
    client, post = as_(emil), f"/w/{cityhall.pk}/posts/{delivery.post_id}"
    for verb in ("move", "cancel", "remove", "again", "evergreen", "edit"):
        assert client.post(f"{post}/{verb}", {"date": "2035-01-01", "time": "10:00"}).status_code == 403, verb
    page = client.get(post).content.decode()
    assert 'action="' + post + '/move"' not in page and post + "/edit" not in page
    many = client.post(f"/w/{cityhall.pk}/posts/many", {"post": str(delivery.post_id), "do": "hold"}, follow=True)
    assert "You may not publish on this channel" in many.content.decode()
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"


def test_in_the_composer_what_is_scheduled_there_is_asked_for(cityhall, ingrid, emil, board):
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, emil), role="contributor", by=ingrid)
    client, address = as_(emil), f"/w/{cityhall.pk}/write"
    assert "needs a yes" in client.get(address).text
    words = {"text:all:0": "Bins on Friday.", "channels": [str(board.pk)], "date": "2035-01-01", "time": "10:00"}
    assert client.post(address, {**form(client.get(address)), **words, "do": "schedule"}).status_code == 302
    assert Delivery.objects.get().on_request


def test_a_rule_of_somebody_who_left_makes_drafts_and_says_why(cityhall, ingrid, emil, board, now):
    delivery = scheduled(cityhall, board, by=emil, now=now)
    begins = delivery.due_at.astimezone(cityhall.tz).replace(tzinfo=None, second=0, microsecond=0)
    rule = Rule.of(begins, every=1, unit="day")
    recurrence = Recurrence.objects.begin(delivery.post, rule=rule, by=emil, now=now)
    member_of(cityhall, emil).leave(by=ingrid)
    made = come(recurrence, now=now, alive=lambda: None)
    assert made and not Delivery.objects.exclude(pk=delivery.pk).exists()
    assert all(post.wanted_at is not None for post in made)
    reasons = set(Event.objects.filter(verb="recurrence.came").values_list("because", flat=True))
    assert reasons == {f"Emil Nygaard may no longer publish on {board}."}


def test_a_feed_publishes_only_where_who_set_it_up_still_may(cityhall, ingrid, emil, board, second):
    feed = Feed(workspace=cityhall, by=emil)
    assert feed.may_publish([board, second])
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, emil), role="viewer", by=ingrid)
    assert not feed.may_publish([board, second]) and feed.may_publish([second])
    member_of(cityhall, emil).leave(by=ingrid)
    assert not feed.may_publish([second])


def test_what_belongs_to_nobody_goes_on_and_a_stranger_is_refused_everywhere(cityhall, outsider, board):
    assert refused_later(None, [board], workspace=cityhall) == []
    assert refused_later(outsider, [board], workspace=cityhall) == [board]
