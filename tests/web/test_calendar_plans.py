"""What stands in the calendar besides posts, on its pages: notes, holidays, blackouts and campaigns."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Member, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Almanac, Blackout, Campaign, Note, Post, Recurrence
from clarion.posts.rules import Rule

from .desk import a_channel, composed, form, signed_in, text_of

pytestmark = pytest.mark.django_db
OSLO = ZoneInfo("Europe/Oslo")
DAY = date(2035, 6, 12)


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def planned(cityhall, ingrid, halden, now):
    def make(text, at=datetime(2035, 6, 12, 9, tzinfo=OSLO), *, channel=None):
        channel = channel or halden
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text), channels=[channel])
        return Delivery.objects.schedule(post, channels=[channel], at=at.astimezone(UTC), by=ingrid, now=now)[0]

    return make


@pytest.fixture
def june(cityhall, ingrid):
    def june(who=None, **asked):
        answer = signed_in(who or ingrid).get(reverse("calendar", args=[cityhall.pk]), {"month": "2035-06", **asked})
        return text_of(answer)

    return june


@pytest.fixture
def send(cityhall, ingrid):
    def send(page, /, *args, who=None, **values):
        return signed_in(who or ingrid).post(reverse(page, args=[cityhall.pk, *args]), values)

    return send


# -- notes


def test_a_note_is_put_seen_changed_and_taken_away(send, june, amir):
    answer = send("note_new", who=amir, text="Handball cup", day="2035-06-12", until="2035-06-13")
    assert answer.status_code == 302 and answer.url.endswith("calendar?month=2035-06")
    note = Note.objects.get()
    assert note.by == amir
    assert june().count("Handball cup") == 2 and june(view="week", day="2035-06-12").count("Handball cup") == 2
    send("note", note.pk, text="Handball final", day="2035-06-13", until="", next="/w/x/calendar?view=week")
    assert "Handball cup" not in june() and june().count("Handball final") == 1
    assert send("note_remove", note.pk).status_code == 302
    assert "Handball" not in june() and not Note.objects.exists()


def test_a_note_that_cannot_be_is_refused_with_its_words_kept(send):
    odd = send("note_new", text="Odd", day="2035-06-12", until="2035-06-11")
    assert odd.status_code == 422 and "ends before it begins" in text_of(odd) and 'value="Odd"' in text_of(odd)
    assert send("note_new", text="", day="2035-06-12").status_code == 422
    far = send("note_new", text="Far", day="9999-12-31")
    assert far.status_code == 422 and "too far away" in text_of(far)
    assert send("note_new", text="x" * 301, day="2035-06-12").status_code == 422
    assert not Note.objects.exists()


def test_viewers_read_notes_and_outsiders_find_nothing(send, june, vera, outsider, cityhall, ingrid):
    note = Note.objects.put(workspace=cityhall, text="<b>Cup</b>", day=DAY, by=ingrid)
    page = june(vera)
    assert "&lt;b&gt;Cup" in page and "data-dialog" not in page
    assert send("note", note.pk, who=vera, text="Mine", day="2035-06-12").status_code == 403
    assert send("note", note.pk, who=outsider, text="Mine", day="2035-06-12").status_code == 404
    Member.objects.join(workspace=cityhall, user=outsider, role="owner")
    theirs = outsider.memberships.exclude(workspace=cityhall).get().workspace
    foreign = Note.objects.put(workspace=theirs, text="Theirs", day=DAY, by=outsider)
    assert send("note", foreign.pk, text="Mine", day="2035-06-12").status_code == 404
    assert send("note_remove", foreign.pk).status_code == 404


# -- holidays and weeks


def test_holidays_of_the_chosen_country_stand_in_the_calendar_and_weeks_begin_as_there(send, june, ingrid, cityhall):
    assert "Constitution Day" not in june(month="2035-05")
    send("almanac", country="NO", subdivision="", week_starts="")
    assert "Constitution Day" in june(month="2035-05")
    assert june().index(">Mon<") < june().index(">Sun<")
    send("almanac", country="US", subdivision="", week_starts="")
    page = june()
    assert page.index(">Sun<") < page.index(">Mon<") and "Constitution Day" not in june(month="2035-05")
    week = june(view="week", day="2035-06-12")
    assert 'data-day="2035-06-10"' in week and "Week 24" not in week, "counted by weeks that begin on Monday"


def test_a_region_has_holidays_of_its_own(send, june, ingrid, cityhall):
    page = text_of(signed_in(ingrid).get(reverse("almanac", args=[cityhall.pk]), {"country": "DE"}))
    assert ">Bayern</option>" in page and '<option value="DE" selected>' in page
    send("almanac", country="DE", subdivision="BY", week_starts="0")
    assert (Almanac.objects.get().country, Almanac.objects.get().subdivision) == ("DE", "BY")
    assert "Epiphany" in june(month="2035-01")
    send("almanac", country="DE", subdivision="HH", week_starts="0")
    assert "Epiphany" not in june(month="2035-01")


@pytest.mark.parametrize("wrong", [{"country": "XX"}, {"country": "NO'"}, {"country": "DE", "subdivision": "nowhere"}])
def test_a_country_that_nobody_knows_is_refused(send, wrong):
    assert send("almanac", **{"subdivision": "", "week_starts": "", **wrong}).status_code == 422
    assert not Almanac.objects.exists()


def test_only_owners_and_managers_choose_holidays_and_declare_blackouts(send, amir, vera):
    for who in (amir, vera):
        assert send("almanac", who=who, country="NO", week_starts="").status_code == 403
        assert send("blackout_new", who=who, name="Mine", level="block").status_code == 403


# -- blackouts


def declared(cityhall, ingrid, **more):
    given = {"from_day": DAY, "until_day": DAY, "level": "block", **more}
    return Blackout.objects.declare(workspace=cityhall, name="Election day", by=ingrid, **given)


def test_a_blackout_is_declared_and_its_day_is_hatched(send, june):
    answer = send("blackout_new", name="Election day", level="block", from_day="2035-06-12", until_day="2035-06-12")
    blackout = Blackout.objects.get()
    assert answer.status_code == 302 and answer.url.endswith(f"/blackouts/{blackout.pk}")
    page = june()
    assert page.count(" shut") == 1 and "Election day" in page
    assert june(view="week", day="2035-06-12").count(" shut") == 24
    send(
        "blackout", blackout.pk, name="Election day", level="warn", from_day="2035-06-12", from_time="08:00",
        until_day="2035-06-12", until_time="10:00",
    )  # fmt: skip
    assert june().count(" hushed") == 1 and june(view="week", day="2035-06-12").count(" hushed") == 2
    send("blackout_lift", blackout.pk)
    assert "Election day" not in june()


@pytest.mark.parametrize(
    "wrong",
    [
        {"until_day": "2035-06-11"}, {"from_time": "12:00", "until_time": "11:00"}, {"from_day": "2035-13-01"},
        {"until_day": "9999-01-01"}, {"name": ""}, {"level": "destroy"}, {"from_time": "25:00"}, {"channels": "x"},
    ],
)  # fmt: skip
def test_a_blackout_that_cannot_be_is_refused(send, wrong):
    given = {"name": "Odd", "level": "block", "from_day": "2035-06-12", "until_day": "2035-06-12", **wrong}
    answer = send("blackout_new", **given)
    assert answer.status_code == 422 and not Blackout.objects.exists()


def test_what_is_caught_is_listed_and_held_or_let_through_as_a_person_decides(send, planned, cityhall, ingrid, june):
    first, second = planned("The first."), planned("The second.")
    blackout = declared(cityhall, ingrid)
    address = reverse("blackout", args=[cityhall.pk, blackout.pk])
    page = text_of(signed_in(ingrid).get(address))
    assert "2 deliveries are scheduled in it" in page and "The first." in page and "Nothing is moved by itself" in page
    assert {one.state for one in Delivery.objects.all()} == {State.SCHEDULED}
    send("blackout_settle", blackout.pk, do="hold", post=[str(first.post_id)])
    first.refresh_from_db()
    assert (first.state, first.code) == (State.HELD, "blackout") and "Election day" in first.reason
    send("blackout_settle", blackout.pk, do="leave", all="on")
    page = text_of(signed_in(ingrid).get(address))
    assert "are scheduled in it" not in page and "1 post goes out in it all the same" in page
    second.refresh_from_db()
    assert second.state == State.SCHEDULED


def test_a_blackout_refuses_in_the_composer_and_in_the_calendar_and_a_warning_is_only_said(
    planned, cityhall, ingrid, halden, send
):
    delivery = planned("Later.", datetime(2035, 6, 20, 9, tzinfo=OSLO))
    blackout = declared(cityhall, ingrid)
    client, address = signed_in(ingrid), reverse("write", args=[cityhall.pk])
    fields = composed(client, address, **{"text:all:0": "Vote.", "date": "2035-06-12", "time": "10:00"})
    answer = client.post(address, {**fields, "channels": [str(halden.pk)], "do": "schedule"})
    assert answer.status_code == 422 and "lets nothing go out until the end of 12 June" in text_of(answer)
    moved = send(
        "calendar_move", post=str(delivery.post_id), at=int(delivery.due_at.timestamp()), date="2035-06-12"
    ).json()
    assert not moved["moved"] and "lets nothing go out" in moved["sentence"]
    blackout.change(by=ingrid, channels=[], level="warn")
    looked = client.post(address, {**fields, "channels": [str(halden.pk)], "do": "look"})
    assert "This time lies in “Election day”" in text_of(looked)
    answer = client.post(address, {**fields, "channels": [str(halden.pk)], "do": "schedule"})
    assert answer.status_code == 302


def test_in_a_later_blackout_a_word_can_still_be_mended_and_it_is_said_what_comes(planned, cityhall, ingrid):
    delivery = planned("Vote on Sundey.")
    declared(cityhall, ingrid)
    client, address = signed_in(ingrid), reverse("composer", args=[cityhall.pk, delivery.post_id])
    fields = composed(client, address, **{"text:all:0": "Vote on Sunday."})
    assert "Give it another time, or let it go after that" in text_of(client.post(address, {**fields, "do": "look"}))
    assert client.post(address, {**fields, "do": "schedule"}).status_code == 302
    delivery.refresh_from_db()
    assert delivery.post.text == "Vote on Sunday." and delivery.state == State.SCHEDULED


def test_letting_go_too_early_is_refused_in_a_sentence(send, planned, cityhall, ingrid, now):
    delivery = planned("Now?", now + timedelta(minutes=5))
    delivery.hold(by=ingrid, because="Wait.")
    today = now.astimezone(OSLO).date()
    declared(cityhall, ingrid, from_day=today - timedelta(days=1), until_day=today + timedelta(days=1))
    answer = signed_in(ingrid).post(reverse("delivery_release", args=[cityhall.pk, delivery.pk]), follow=True)
    assert "lets nothing go out until" in text_of(answer)
    delivery.refresh_from_db()
    assert delivery.state == State.HELD


def test_everybody_of_the_workspace_reads_a_blackout_and_nobody_else(cityhall, ingrid, amir, outsider, june):
    blackout = declared(cityhall, ingrid, reason="The law says so.")
    address = reverse("blackout", args=[cityhall.pk, blackout.pk])
    page = text_of(signed_in(amir).get(address))
    assert "The law says so." in page and 'name="level"' not in page
    assert signed_in(amir).post(address, {"name": "Mine"}).status_code == 403
    assert signed_in(outsider).get(address).status_code == 404
    assert "Election day" in text_of(signed_in(amir).get(reverse("blackouts", args=[cityhall.pk])))


def test_a_mourning_holds_everything_of_the_organisation_back_at_once_and_lists_it(
    planned, cityhall, ingrid, amir, send, now
):
    brigade = Workspace.objects.open(organisation=cityhall.organisation, name="Fire brigade", zone="UTC")
    delivery = planned("Come to the party.", now + timedelta(hours=3))
    page = signed_in(ingrid).get(reverse("blackout_new", args=[cityhall.pk]) + "?preset=mourning")
    fields = form(page, "blackout")
    assert fields["name"] == ["Mourning"] and fields["level"] == ["block"] and {"everywhere", "hold"} <= set(fields)
    fields |= {"everywhere": ["on"], "hold": ["on"]}  # a box without a value is sent like this
    answer = signed_in(ingrid).post(reverse("blackout_new", args=[cityhall.pk]), fields, follow=True)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "blackout")
    assert "1 delivery is held back" in text_of(answer) and "Come to the party." in text_of(answer)
    museum = Workspace.objects.open(organisation=cityhall.organisation, name="Museum", zone="Europe/Oslo")
    assert {one.workspace for one in Blackout.objects.all()} == {cityhall, brigade, museum}
    here = Blackout.objects.get(workspace=cityhall)
    cityhall.members.filter(user=amir).update(role="manager")
    assert send("blackout_lift", here.pk, who=amir).status_code == 403
    assert send("blackout_lift", here.pk).status_code == 302 and not Blackout.objects.exists()


@pytest.mark.parametrize("preset", ["election", "holiday", "odd"])
def test_a_preset_only_fills_the_form(cityhall, ingrid, preset):
    page = signed_in(ingrid).get(reverse("blackout_new", args=[cityhall.pk]) + f"?preset={preset}")
    assert page.status_code == 200 and not Blackout.objects.exists()


# -- campaigns


def test_a_campaign_is_begun_filtered_by_and_removed(send, june, planned, cityhall, ingrid):
    inside, _outside = planned("The tree is lit."), planned("Bins.")
    answer = send("campaign_new", name="Advent", hue="clay", starts="2035-06-11", ends="2035-06-14", brief="Warm.")
    campaign = Campaign.objects.get()
    assert answer.url.endswith(f"/campaigns/{campaign.pk}")
    send("post_campaign", inside.post_id, campaign=str(campaign.pk))
    page = june()
    assert 'class="stripe hue-clay begins"' in page and 'class="chip going hued hue-clay"' in page
    assert ", Advent</i>" in page, "not by colour alone"
    narrowed = june(campaign=str(campaign.pk))
    assert "The tree is lit." in narrowed and "Bins." not in narrowed
    own = text_of(signed_in(ingrid).get(reverse("campaign", args=[cityhall.pk, campaign.pk])))
    assert "The tree is lit." in own and "Warm." in own and "Bins." not in own
    send("campaign_edit", campaign.pk, name="Advent 2035", hue="moss", starts="", ends="", brief="")
    listed = text_of(signed_in(ingrid).get(reverse("campaigns", args=[cityhall.pk])))
    assert "Advent 2035" in listed and "1 post" in listed
    send("post_campaign", inside.post_id, campaign="")
    assert "The tree is lit." not in june(campaign=str(campaign.pk))
    send("campaign_remove", campaign.pk)
    assert not Campaign.objects.exists() and Post.objects.count() == 2


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"hue": "red; }"}, {"starts": "2035-06-12", "ends": "2035-06-11"}, {"name": "Taken"}]
)
def test_a_campaign_that_cannot_be_is_refused(send, cityhall, ingrid, wrong):
    Campaign.objects.begin(workspace=cityhall, name="Taken", by=ingrid)
    assert send("campaign_new", **{"name": "New", "hue": "sea", **wrong}).status_code == 422
    assert Campaign.objects.count() == 1


def test_foreign_campaigns_cannot_be_joined_seen_or_changed(send, planned, cityhall, ingrid, outsider, vera):
    theirs = Campaign.objects.begin(workspace=outsider.memberships.get().workspace, name="Theirs", by=outsider)
    delivery = planned("Ours.")
    assert send("post_campaign", delivery.post_id, campaign=str(theirs.pk)).status_code == 404
    assert send("post_campaign", delivery.post_id, campaign="x").status_code == 404
    assert send("campaign_edit", theirs.pk, name="Mine", hue="sea").status_code == 404
    assert send("post_campaign", delivery.post_id, campaign="", who=vera).status_code == 403


# -- all of it


def test_a_full_calendar_takes_no_more_than_twelve_queries(
    cityhall, ingrid, planned, halden, django_assert_max_num_queries
):
    for number in range(3):
        planned(f"Post {number}.").post.join(
            Campaign.objects.begin(workspace=cityhall, name=f"C{number}", by=ingrid, starts=DAY), by=ingrid
        )
        Note.objects.put(workspace=cityhall, text=f"Note {number}", day=DAY, by=ingrid)
        declared(cityhall, ingrid, channels=[halden], from_day=DAY + timedelta(days=1), until_day=date(2035, 6, 20))
    Almanac(workspace=cityhall).keep(by=ingrid, country="NO", subdivision="", week_starts=None)
    weekly(cityhall, ingrid, halden)
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    for view in ({"month": "2035-06"}, *({"view": view, "day": "2035-06-12"} for view in ("week", "day", "list"))):
        with django_assert_max_num_queries(12):
            page = text_of(client.get(address, view))
        assert "Post 2." in page, view
        assert "Note 0" in page and "Council, live." in page, view


# -- ghosts


def weekly(cityhall, ingrid, channel) -> Recurrence:
    """A post that comes again each Tuesday at seven in the evening from 5 June 2035 on; only the first is made."""
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Council, live."), channels=[channel])
    rule = Rule.of(datetime(2035, 6, 5, 19), every=1, unit="week")
    return Recurrence.objects.begin(post, rule=rule, by=ingrid, now=datetime(2035, 6, 1, tzinfo=UTC))


def test_what_a_rule_will_bring_stands_pale_in_each_view_and_leads_to_its_rule(cityhall, ingrid, halden):
    rule = weekly(cityhall, ingrid, halden)
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    views = {"month": 3, "week": 1, "day": 1, "list": 1}
    for view, count in views.items():
        page = text_of(client.get(address, {"view": view, "day": "2035-06-12"}))
        assert page.count(f"/recurrences/{rule.pk}") == count, view
        assert "0 posts" in page and "Will come again" in page, view
    answer = client.get(reverse("recurrence", args=[cityhall.pk, rule.pk]))
    assert answer.url == reverse("post", args=[cityhall.pk, rule.posts.get().pk]) + "#again"


def test_a_filter_lets_through_what_a_rule_will_bring_only_where_it_fits(cityhall, ingrid, halden, outsider):
    rule = weekly(cityhall, ingrid, halden)
    client, address = signed_in(ingrid), reverse("calendar", args=[cityhall.pk])
    campaign = Campaign.objects.begin(workspace=cityhall, name="Advent", by=ingrid)

    def shown(**wanted) -> bool:
        return f"/recurrences/{rule.pk}" in text_of(client.get(address, {"month": "2035-06", **wanted}))

    assert shown(channel=str(halden.pk)) and shown(author=str(ingrid.pk)) and shown(state="scheduled")
    assert not shown(channel=str(rule.pk)) and not shown(campaign=str(campaign.pk)) and not shown(state="draft")
    assert not shown(month="2020-06"), "what has passed comes no more"
    own = outsider.memberships.get().workspace_id
    for place in (cityhall.pk, own):
        assert signed_in(outsider).get(reverse("recurrence", args=[place, rule.pk])).status_code == 404
