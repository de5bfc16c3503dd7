"""Ways round about: whose right, and whose work, it is when somebody else's name stands on a post."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from clarion.approvals.models import Request, Stage, Workflow
from clarion.channels.models import ChannelRole
from clarion.deliveries.arriving import carry
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.recurring import say_from_here_on
from clarion.organisations.models import Member, User
from clarion.posts.content import Content, Words
from clarion.posts.models import Arrival, Campaign, Category, Evergreen, Fate, Link, Post, Recurrence, UtmPreset
from clarion.posts.models import Stage as Step
from clarion.posts.rules import Rule

from ..web.desk import a_channel
from .conftest import refuses_a_yes

pytestmark = pytest.mark.django_db


@pytest.fixture
def emil(cityhall):
    """An editor of the workspace, who may approve as well."""
    user = User.objects.create_user("emil@halden.example", name="Emil Nygaard")
    Member.objects.join(workspace=cityhall, user=user, role="editor")
    return user


def member_of(workspace, user) -> Member:
    return Member.objects.select_related("workspace", "custom").get(workspace=workspace, user=user)


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_no_glass_is_broken_on_a_channel_on_which_one_may_not(
    cityhall, flow, written, ingrid, amir, emil, board, clock
):
    delivery = written(amir)
    Member.objects.join(workspace=cityhall, user=emil, role="manager")
    ChannelRole.objects.give(channel=board, member=member_of(cityhall, emil), role="contributor", by=ingrid)
    address = f"/w/{cityhall.pk}/posts/{delivery.post_id}"
    page = as_(emil).post(f"{address}/without", {"because": "The river is rising, nobody is here."}, follow=True)
    request = Request.objects.counting().get(post=delivery.post_id)
    assert request.state == "waiting", page.content
    request.break_glass(member=member_of(cityhall, ingrid), because="The river is rising.", now=clock())
    assert request.state == "glass"


def test_who_lets_an_import_come_lends_herself_nobody_s_rights(cityhall, ingrid, emil, board, now):
    """An editor has brought a table; who publishes on one channel alone lets it come, with rows for another."""
    other = a_channel(cityhall, now)
    ChannelRole.objects.give(channel=other, member=member_of(cityhall, emil), role="contributor", by=ingrid)
    at = f"{now + timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}"
    data = f"at,text,channel,key\n{at},Here,{board.handle},a\n{at},There,{other.handle},b\n".encode()
    arrival = Arrival.objects.receive(data, name="posts.csv", workspace=cityhall, by=ingrid)
    columns = ["at", "text", "channel", "key"]
    arrival.examine(columns=columns, order="", channels=[board], drafts=False, by=emil, now=now)
    carry(Arrival.objects.get(pk=arrival.pk), now=now, alive=lambda: None)
    arrival.refresh_from_db()
    assert arrival.counts()[Fate.GOOD] == 2
    as_(emil).post(f"/w/{cityhall.pk}/imports/{arrival.pk}/do", {"do": "good"})
    arrival.refresh_from_db()
    if arrival.stage == Step.COMING:
        carry(
            Arrival.objects.select_related("workspace__organisation", "by").get(pk=arrival.pk),
            now=now,
            alive=lambda: None,
        )
    assert not Delivery.objects.filter(channel=other, on_request=False).exists()


def test_who_once_led_a_link_elsewhere_stays_an_author_after_others_have_edited(
    cityhall, flow, written, says, ingrid, mayor, mastodon, clock
):
    link = Link.objects.make(workspace=cityhall, target="https://halden.example/a", by=ingrid, slug="bridge")
    delivery = written(ingrid, f"Read {link.address}.", channels=[mastodon])
    link.lead("https://elsewhere.example/", by=mayor)
    post = Post.objects.get(pk=delivery.post_id)
    post.edit(by=ingrid, version=post.version, content=Content((Words(f"Read it: {link.address}."),)))
    assert Request.objects.counting().get(post=post).asked_by == ingrid
    refuses_a_yes(says, mayor, post, clock())


def test_what_one_said_from_here_on_is_own_work_in_all_that_come(
    cityhall, flow, written, says, ingrid, mayor, board, clock
):
    first = written(ingrid, "Council on Monday.", minutes=60 * 24).post
    begins = clock().astimezone(cityhall.tz).replace(tzinfo=None)
    rule = Recurrence.objects.begin(first, rule=Rule.of(begins, every=1, unit="day"), by=ingrid, now=clock())
    second = rule.write(begins + timedelta(days=2))
    second.want(clock() + timedelta(days=2))
    second.edit(by=mayor, version=second.version, content=Content((Words("The council is closed for good."),)))
    say_from_here_on(Post.objects.get(pk=second.pk), by=mayor)
    rule.refresh_from_db()
    third = rule.write(begins + timedelta(days=9))
    assert third.text == "The council is closed for good." and third.author == ingrid
    Delivery.objects.schedule(third, channels=[board], at=clock() + timedelta(days=9), by=ingrid, now=clock())
    refuses_a_yes(says, mayor, third, clock())


def test_other_words_that_one_gave_an_evergreen_post_are_own_work(
    cityhall, flow, written, says, ingrid, mayor, board, clock
):
    first = written(ingrid, "Borrow a bicycle.").post
    first.sort(Category.objects.make(workspace=cityhall, name="Tips", by=ingrid), by=ingrid, now=clock())
    Evergreen.objects.begin(first, times=3, rest_days=2, by=ingrid, now=clock())
    green = Evergreen.objects.begin(
        first, times=3, rest_days=2, by=mayor, now=clock(), variations=["Bicycles are for fools."]
    )
    green = Evergreen.objects.begin(
        first, times=5, rest_days=2, by=ingrid, now=clock(), variations=["Bicycles are for fools."]
    )
    again = green.write(board, at=clock() + timedelta(days=3), number=1)
    assert again.text == "Bicycles are for fools."
    Delivery.objects.schedule(again, channels=[board], at=clock() + timedelta(days=3), by=ingrid, now=clock())
    refuses_a_yes(says, mayor, again, clock())


def test_an_undo_gives_nobody_a_right_back(cityhall, ingrid, emil, board, written):
    delivery = written(ingrid, "Bins on Friday.")
    client, address = as_(emil), f"/w/{cityhall.pk}/posts"
    client.post(f"{address}/many", {"do": "remove", "post": str(delivery.post_id)})
    delivery.refresh_from_db()
    assert delivery.state == State.CANCELLED
    Member.objects.join(workspace=cityhall, user=emil, role="contributor", by=ingrid)
    client.post(f"{address}/many/undo")
    delivery.refresh_from_db()
    assert delivery.state == State.CANCELLED or delivery.on_request


def test_the_yes_for_one_channel_is_none_for_what_a_contributor_wants_on_another(
    cityhall, ingrid, amir, vera, emil, board, mastodon, written, says, worker, clock
):
    """A viewer is named for the noticeboard: she lets nothing go on a channel of which nobody asked her."""
    Workflow.objects.set_up(
        workspace=cityhall, name="Notices", stages=[Stage("Reader", people=(str(vera.pk),))], by=ingrid,
        channels=[board],
    )  # fmt: skip
    delivery = written(amir, channels=[board, mastodon])
    assert says(vera, delivery).state == "waiting"
    assert says(emil, delivery).state == "approved"


def test_by_whatever_way_somebody_writes_who_may_not_publish_there_it_needs_a_yes(
    cityhall, ingrid, emil, board, mastodon, written, clock
):
    """What she says from here on is said by a later one, too, which another has promised on a channel besides."""
    first = written(ingrid, "Council on Monday.", minutes=60 * 24).post
    begins = clock().astimezone(cityhall.tz).replace(tzinfo=None)
    rule = Recurrence.objects.begin(first, rule=Rule.of(begins, every=1, unit="day"), by=ingrid, now=clock())
    later = rule.write(begins + timedelta(days=2))
    at = clock() + timedelta(days=2)
    later.want(at)
    Delivery.objects.schedule(later, channels=[board, mastodon], at=at, by=ingrid, now=clock())
    ChannelRole.objects.give(channel=mastodon, member=member_of(cityhall, emil), role="contributor", by=ingrid)
    first.refresh_from_db()
    first.want(clock() + timedelta(days=1))
    first.edit(by=emil, version=first.version, content=Content((Words("No council."),)))
    as_(emil).post(f"/w/{cityhall.pk}/posts/{first.pk}/from-here-on")
    later.refresh_from_db()
    assert later.text == "No council."
    assert {one.channel: one.on_request for one in later.deliveries.all()} == {board: False, mastodon: True}
    assert Request.objects.counting().get(post=later).state == "waiting"


def test_another_campaign_in_the_links_of_a_post_needs_another_yes(
    cityhall, flow, written, says, ingrid, amir, mayor, mastodon
):
    preset = UtmPreset.objects.make(workspace=cityhall, name="Usual", by=ingrid)
    delivery = written(ingrid, "Read https://halden.example/a", channels=[mastodon])
    post = Post.objects.get(pk=delivery.post_id)
    said = Content((Words("Read https://halden.example/a"),), {"links": str(preset.pk)})
    post.edit(by=ingrid, version=post.version, content=said)
    first = says(mayor, delivery)
    post.join(Campaign.objects.begin(workspace=cityhall, name="Mayor's folly", by=amir), by=amir)
    assert "utm_campaign=mayors-folly" in Link.objects.get(post=post).target
    first.refresh_from_db()
    again = Request.objects.counting().get(post=post)
    assert (first.state, again.state, again.asked_by) == ("void", "waiting", amir)


def test_who_may_not_publish_takes_nothing_back_by_an_import_or_a_rule(cityhall, ingrid, amir, emil, board, now):
    """Drafts that came by a table were promised by an editor; a later one of a rule is promised elsewhere, besides."""
    arrival = Arrival.objects.receive(b"text\nOpen today\n", name="posts.csv", workspace=cityhall, by=amir)
    arrival.examine(columns=["text"], order="", channels=[board], drafts=True, by=amir, now=now)
    for _stage in range(2):
        found = Arrival.objects.select_related("workspace__organisation", "by").get(pk=arrival.pk)
        carry(found, now=now, alive=lambda: None)
        found.refresh_from_db()
        if found.stage == Step.CHECKED:
            found.come(whole=True, by=amir, now=now)
    post, at = arrival.rows.get().post, now + timedelta(days=1)
    (delivery,) = Delivery.objects.schedule(post, channels=[board], at=at, by=ingrid, now=now)
    undo = f"/w/{cityhall.pk}/imports/{arrival.pk}/do", {"do": "undo"}
    assert as_(amir).post(*undo).status_code == 403
    begins = at.astimezone(cityhall.tz).replace(tzinfo=None)
    rule = Recurrence.objects.begin(post, rule=Rule.of(begins, every=1, unit="day"), by=ingrid, now=now)
    later, other = rule.write(begins + timedelta(days=2)), a_channel(cityhall, now)
    Delivery.objects.schedule(later, channels=[board, other], at=at + timedelta(days=2), by=ingrid, now=now)
    ChannelRole.objects.give(channel=other, member=member_of(cityhall, emil), role="viewer", by=ingrid)
    as_(emil).post(f"/w/{cityhall.pk}/posts/{post.pk}/stop", {"take_back": "1"})
    assert {one.channel: one.state for one in later.deliveries.all()} == {board: "cancelled", other: "scheduled"}
    assert as_(ingrid).post(*undo).status_code == 302
    found = Arrival.objects.select_related("workspace__organisation", "by").get(pk=arrival.pk)
    carry(found, now=now, alive=lambda: None)
    delivery.refresh_from_db()
    assert delivery.state == State.CANCELLED
