"""What stands in a calendar besides posts: blackouts, notes, campaigns, holidays; and when a week begins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from clarion.organisations.models import Workspace
from clarion.posts.content import Content
from clarion.posts.countries import countries, country_of, holidays_of, is_known, subdivisions, week_starts_in
from clarion.posts.models import Almanac, Blackout, Campaign, Note, Post, Subscription
from clarion.posts.when import BadTime
from clarion.records.models import Event

OSLO = ZoneInfo("Europe/Oslo")
SOME = uuid4()
"""A channel of which no blackout speaks."""
needs_database = pytest.mark.django_db


@pytest.fixture
def election(cityhall, ingrid):
    def declare(**more):
        given = {"from_day": date(2035, 9, 10), "until_day": date(2035, 9, 10), "level": "block", **more}
        return Blackout.objects.declare(workspace=cityhall, name="Election day", by=ingrid, **given)

    return declare


def over(cityhall, at, channels=(SOME,)):
    return [str(one) for one in Blackout.objects.over(cityhall, times=[at.astimezone(UTC)], channels=channels)]


@needs_database
def test_a_blackout_of_whole_days_is_that_of_the_workspaces_clock(cityhall, election):
    election()
    first, last = datetime(2035, 9, 10, 0, 0, tzinfo=OSLO), datetime(2035, 9, 11, 0, 0, tzinfo=OSLO)
    second = timedelta(seconds=1)
    found = [bool(over(cityhall, at)) for at in (first - second, first, last - second, last)]
    assert found == [False, True, True, False]


@needs_database
def test_a_blackout_may_begin_and_end_within_days(cityhall, election):
    election(from_time=time(8, 0), until_day=date(2035, 9, 11), until_time=time(21, 0))
    times = [
        datetime(2035, 9, 10, 7, 59),
        datetime(2035, 9, 10, 8),
        datetime(2035, 9, 11, 20, 59),
        datetime(2035, 9, 11, 21),
    ]
    assert [bool(over(cityhall, at.replace(tzinfo=OSLO))) for at in times] == [False, True, True, False]


@needs_database
def test_a_blackout_follows_the_clock_when_it_changes(election):
    long = election(from_day=date(2035, 3, 25), until_day=date(2035, 3, 25))
    assert long.ends_at(OSLO) - long.starts_at(OSLO) == timedelta(hours=23)


@needs_database
def test_a_blackout_of_some_channels_leaves_the_others_alone(cityhall, election, board, mastodon):
    election(channels=[mastodon])
    noon = datetime(2035, 9, 10, 12, tzinfo=OSLO)
    assert over(cityhall, noon, [mastodon.pk]) == ["Election day"]
    assert over(cityhall, noon, [board.pk]) == []
    assert over(cityhall, noon, [board.pk, mastodon.pk]) == ["Election day"]
    assert over(cityhall, noon, []) == []


@needs_database
def test_another_workspaces_blackout_is_none_of_ours(cityhall, election):
    election()
    second = Workspace.objects.open(organisation=cityhall.organisation, name="Second", zone="Europe/Oslo")
    assert over(second, datetime(2035, 9, 10, 12, tzinfo=OSLO)) == []


@needs_database
def test_a_blackout_of_the_whole_organisation_holds_in_a_workspace_that_is_opened_while_it_lasts(cityhall, ingrid):
    house, today = cityhall.organisation, datetime.now(OSLO).date()
    for name, ends in (("Mourning", today), ("Election", today - timedelta(days=3))):
        Blackout.objects.declare_everywhere(
            organisation=house, name=name, from_day=ends - timedelta(days=2), until_day=ends, level="block", by=ingrid
        )
    later = Workspace.objects.open(organisation=house, name="Later", zone="Europe/Oslo", by=ingrid)
    (mourning,) = later.blackouts.all()
    assert over(later, datetime.now(OSLO)) == ["Mourning"] and mourning.blocks
    Blackout.objects.get(workspace=cityhall, name="Mourning").lift(by=ingrid)
    assert not later.blackouts.exists()


@needs_database
@pytest.mark.parametrize(
    "wrong",
    [
        {"until_day": date(2035, 9, 9)},
        {"from_time": time(12), "until_time": time(12)},
        {"from_time": time(12), "until_time": time(9)},
    ],
)
def test_a_blackout_that_ends_before_it_begins_is_refused(election, wrong):
    with pytest.raises(BadTime, match="ends before it begins"):
        election(**wrong)
    assert not Blackout.objects.exists()


@needs_database
def test_a_blackout_tells_who_declared_changed_and_lifted_it(election, ingrid):
    blackout = election(reason="The law says so.")
    blackout.change(by=ingrid, channels=[], name="Election days", until_day=date(2035, 9, 11))
    with pytest.raises(BadTime):
        blackout.change(by=ingrid, channels=[], until_day=date(2035, 9, 1))
    assert Blackout.objects.get().until_day == date(2035, 9, 11), "what was refused is not kept"
    told = Event.objects.of(blackout)
    blackout.refresh_from_db()
    blackout.lift(by=ingrid)
    assert [event.verb for event in told] == ["blackout.declared", "blackout.changed", "blackout.lifted"]
    assert told[0].because == "The law says so." and told[1].before["name"] == "Election day"


@needs_database
def test_a_note_stands_on_its_days(cityhall, ingrid):
    note = Note.objects.put(workspace=cityhall, text="Fair", day=date(2035, 6, 12), until=date(2035, 6, 14), by=ingrid)
    assert note in Note.objects.between(date(2035, 6, 14), date(2035, 6, 20))
    assert note not in Note.objects.between(date(2035, 6, 15), date(2035, 6, 20))
    assert note not in Note.objects.between(date(2035, 6, 1), date(2035, 6, 12))
    with pytest.raises(BadTime):
        note.change(by=ingrid, text="Fair", day=date(2035, 6, 12), until=date(2035, 6, 11))
    note.refresh_from_db()
    note.change(by=ingrid, text="Fair", day=date(2035, 6, 13), until=None)
    assert (note.day, note.until) == (date(2035, 6, 13), date(2035, 6, 13))
    told = Event.objects.of(note)
    note.remove(by=ingrid)
    assert [event.verb for event in told] == ["note.put", "note.changed", "note.removed"]


@needs_database
def test_a_post_joins_a_campaign_and_stays_when_it_is_removed(cityhall, ingrid, outsider):
    campaign = Campaign.objects.begin(workspace=cityhall, name="Advent", by=ingrid, starts=date(2035, 12, 1))
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("The tree is lit."))
    post.join(campaign, by=ingrid)
    post.join(campaign, by=ingrid)
    assert [event.verb for event in Event.objects.of(post)] == ["post.written", "post.joined"]
    assert campaign.covers(date(2036, 1, 1)) and not campaign.covers(date(2035, 11, 30))
    with pytest.raises(BadTime):
        Campaign.objects.begin(
            workspace=cityhall, name="Odd", by=ingrid, starts=date(2035, 12, 2), ends=date(2035, 12, 1)
        )
    theirs = Campaign.objects.begin(workspace=outsider.memberships.get().workspace, name="Theirs", by=outsider)
    with pytest.raises(ValueError, match="own workspace"):
        post.join(theirs, by=ingrid)
    campaign.remove(by=ingrid)
    post.refresh_from_db()
    assert post.campaign is None and Post.objects.count() == 1


@needs_database
def test_a_subscription_is_opened_by_its_secret_alone_and_no_more_when_revoked(cityhall, ingrid, now):
    made, secret = Subscription.objects.offer(workspace=cityhall, name="Mayor", view=[("label", "1")], by=ingrid)
    assert Subscription.objects.opened(secret) == made
    assert Subscription.objects.opened(made.secret_sha256) is None and Subscription.objects.opened("") is None
    assert secret not in str(vars(made)) and secret not in str(list(Event.objects.of(made).values()))
    made.was_read(now)
    made.was_read(now + timedelta(minutes=1))
    made.refresh_from_db()
    assert made.read_at == now
    made.revoke(by=ingrid, now=now)
    made.revoke(by=ingrid, now=now)
    assert Subscription.objects.opened(secret) is None
    assert [event.verb for event in Event.objects.of(made)] == ["subscription.offered", "subscription.revoked"]


@needs_database
def test_a_week_begins_as_chosen_or_as_in_the_country_or_as_in_the_language(cityhall, ingrid):
    almanac = Almanac.objects.of_workspace(cityhall)
    assert almanac.starts_on == 0, "Oslo lies in Norway"
    almanac.keep(by=ingrid, country="US", subdivision="", week_starts=None)
    assert almanac.starts_on == 6
    almanac.keep(by=ingrid, country="US", subdivision="", week_starts=5)
    assert Almanac.objects.of_workspace(Workspace.objects.get(pk=cityhall.pk)).starts_on == 5
    nowhere = Workspace.objects.open(organisation=cityhall.organisation, name="Nowhere", zone="UTC")
    with translation.override("en"):
        assert Almanac.objects.of_workspace(nowhere).starts_on == 6
    with translation.override("de"):
        assert Almanac.objects.of_workspace(nowhere).starts_on == 0


def test_weeks_begin_on_the_days_that_people_know():
    assert [week_starts_in(country) for country in ("NO", "US", "EG", "MV", "AE", "")] == [0, 6, 5, 4, 0, 0]
    assert [country_of(zone) for zone in ("Europe/Oslo", "America/New_York", "UTC")] == ["NO", "US", ""]


def test_holidays_are_those_of_the_country_and_its_region_in_a_language_that_is_known():
    assert holidays_of("NO", "", 2026, "en")[date(2026, 5, 17)] == "Constitution Day"
    assert holidays_of("NO", "", 2026, "xx")[date(2026, 12, 25)] == "Første juledag"
    assert date(2026, 8, 15) in holidays_of("DE", "BY", 2026, "de") or date(2026, 1, 6) in holidays_of(
        "DE", "BY", 2026, "de"
    )
    assert date(2026, 1, 6) not in holidays_of("DE", "HH", 2026, "de")
    assert holidays_of("XX", "", 2026, "en") == {} and holidays_of("", "", 2026, "en") == {}
    assert holidays_of("DE", "no such region", 2026, "de")[date(2026, 10, 3)] == "Tag der Deutschen Einheit"
    assert all(day.year == 2200 for day in holidays_of("NO", "", 2200, "en"))


def test_countries_and_regions_have_names():
    known = dict(countries())
    assert known["NO"] == "Norway" and known["BA"] == "Bosnia and Herzegovina" and known["CD"] == "DR Congo"
    assert known["AX"] == "Aland Islands" and len(known) > 200 and all(len(code) == 2 for code in known)
    assert dict(subdivisions("DE"))["BY"] == "Bayern" and subdivisions("XX") == []
    assert is_known("DE", "BY") and not is_known("DE", "NO") and not is_known("__") and not is_known("NO'")
