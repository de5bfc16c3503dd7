"""The week and the day as a grid of time: every post at its hour, side by side, also when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.web.week import exists, rows_of

from .desk import a_channel, form, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(cityhall, ingrid, now):
    channel = a_channel(cityhall, now)

    def make(text, at):
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text), channels=[channel])
        Delivery.objects.schedule(post, channels=[channel], at=at, by=ingrid, now=now)

    return make


@pytest.fixture
def week(ingrid, cityhall):
    def week(day, *, view="week", **asked):
        answer = signed_in(ingrid).get(reverse("calendar", args=[cityhall.pk]), {"view": view, "day": day, **asked})
        assert answer.status_code == 200
        return Grid(text_of(answer))

    return week


class Grid(HTMLParser):
    """What stands in which hour of which day: ``hours[day]`` is a list of (hour, is second time, css, texts)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.hours = page, {}
        self._texts: list | None = None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if "data-day" in at:
            self.day = self.hours.setdefault(at["data-day"], [])
        elif "data-hour" in at:
            self.day.append((int(at["data-hour"]), "data-fold" in at, at["class"], []))
        elif tag == "a" and at.get("class", "").startswith(("chip", "more")) and self.hours:
            self._texts = self.day[-1][3]
            self._texts.append(at["class"])
        if tag == "section":
            self.inside = True

    def handle_data(self, data):
        if self._texts is not None:
            self._texts[-1] += f" {data}"

    def handle_endtag(self, tag):
        if tag == "a":
            self._texts = None

    def where(self, text):
        """(day, hour, second time, css of the chip) of the post with this text."""
        return [
            (day, hour, again, chip.split(" 0")[0].split(" 1")[0].split(" 2")[0])
            for day, hours in self.hours.items()
            for hour, again, _css, chips in hours
            for chip in chips
            if text in chip
        ]


def test_a_post_stands_in_its_hour_at_its_minute(week, planned):
    planned("The library is open.", datetime(2035, 6, 12, 7, 35, tzinfo=UTC))
    assert week("2035-06-14").where("The library") == [("2035-06-12", 9, False, "chip going m35")]
    assert week("2035-06-12", view="day").where("The library") == [("2035-06-12", 9, False, "chip going m35")]
    assert week("2035-06-13", view="day").where("The library") == []


def test_a_week_has_seven_days_and_says_which(week):
    grid = week("2035-06-14")
    assert list(grid.hours) == [f"2035-06-{day}" for day in range(11, 18)]
    assert "11–17 June 2035" in grid.page and "Week 24" in grid.page
    assert "28 Dec 2026 – 3 Jan 2027" in week("2026-12-31").page


def test_posts_at_one_time_share_the_width_and_the_rest_is_a_number(week, planned):
    for minute in (0, 1, 20):
        planned(f"Notice {minute}.", datetime(2035, 6, 12, 7, minute, tzinfo=UTC))
    planned("On its own.", datetime(2035, 6, 12, 8, 10, tzinfo=UTC))
    grid = week("2035-06-12")
    assert [grid.where(f"Notice {minute}.")[0][3] for minute in (0, 1, 20)] == [
        "chip going m00 of3", "chip going m00 of3 l1", "chip going m20 of3 l2",
    ]  # fmt: skip
    assert grid.where("On its own.")[0][3] == "chip going m10"
    planned("One more.", datetime(2035, 6, 12, 7, 25, tzinfo=UTC))
    full = week("2035-06-12")
    assert not full.where("One more.") and not full.where("Notice 20.")
    assert [text for *_where, text in full.where("+2")] == ["more m20 of3 l2 +2  more at this time"]
    assert "?view=day&amp;day=2035-06-12" in full.page
    assert week("2035-06-12", view="day").where("One more."), "a day has more room"


def test_hours_at_night_are_small_unless_something_stands_in_them(week, planned):
    planned("Night work.", datetime(2035, 6, 12, 1, 0, tzinfo=UTC))  # three o'clock
    hours = {hour: css for hour, _again, css, _chips in week("2035-06-14").hours["2035-06-14"]}
    assert "small" in hours[2] and "small" not in hours[3] and "small" not in hours[9]


def test_an_hour_into_which_a_post_reaches_is_as_high_as_any(week, planned):
    """Else the post would lie under the first one of the hour after."""
    planned("Ends with its hour.", datetime(2035, 6, 11, 23, 15, tzinfo=UTC))  # a quarter past one
    planned("Reaches into the next.", datetime(2035, 6, 12, 1, 20, tzinfo=UTC))
    planned("Nothing comes after it.", datetime(2035, 6, 12, 21, 55, tzinfo=UTC))
    hours = {hour: css for hour, _again, css, _chips in week("2035-06-12", view="day").hours["2035-06-12"]}
    assert [hour for hour, css in hours.items() if "small" not in css] == [1, 3, 4, *range(7, 20), 23]


def test_in_spring_an_hour_is_missing_and_nothing_can_be_written_in_it(week, planned):
    planned("Before.", datetime(2035, 3, 25, 0, 59, tzinfo=UTC))
    planned("After.", datetime(2035, 3, 25, 1, 0, tzinfo=UTC))
    grid = week("2035-03-25", view="day")
    hours = grid.hours["2035-03-25"]
    assert len(hours) == 24
    assert [hour for hour, _again, css, _chips in hours if "void" in css] == [2]
    assert "time=02:00" not in grid.page and "time=03:00" in grid.page
    assert grid.where("Before.")[0][1] == 1 and grid.where("After.")[0][1] == 3


def test_in_autumn_an_hour_comes_twice_and_both_are_there(week, planned):
    planned("The first.", datetime(2035, 10, 28, 0, 30, tzinfo=UTC))
    planned("The second.", datetime(2035, 10, 28, 1, 30, tzinfo=UTC))
    grid = week("2035-10-28", view="day")
    assert len(grid.hours["2035-10-28"]) == 25
    assert grid.where("The first.")[0][1:3] == (2, False) and grid.where("The second.")[0][1:3] == (2, True)
    across = week("2035-10-28")
    monday = across.hours["2035-10-22"]
    assert len(monday) == 25
    assert [(hour, again) for hour, again, css, _chips in monday if "void" in css] == [(2, True)]


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "America/Havana", "Africa/Cairo", "Europe/Oslo", "UTC"])
def test_every_quarter_of_an_hour_of_a_year_has_its_place_in_any_zone(zone):
    zone, at = ZoneInfo(zone), datetime(2034, 12, 31, tzinfo=UTC)
    rows = {}
    for _quarter in range(367 * 96):
        local = at.astimezone(zone)
        day, row = local.date(), (local.hour, local.fold)
        if day not in rows:
            rows[day] = {row for row in rows_of([day], zone) if exists(day, row, zone)}
        assert row in rows[day], local
        at += timedelta(minutes=15)


def test_an_empty_time_leads_to_the_composer_at_that_time(ingrid, cityhall, week):
    grid = week("2035-06-12")
    assert "?date=2035-06-12&amp;time=14:00" in grid.page
    client = signed_in(ingrid)
    fields = form(client.get(reverse("write", args=[cityhall.pk]), {"date": "2035-06-12", "time": "14:25"}))
    assert fields["date"] == ["2035-06-12"] and fields["time"] == ["14:25"]
    odd = form(client.get(reverse("write", args=[cityhall.pk]), {"date": "2035-06-12", "time": "25:99"}))
    assert odd["date"] == ["2035-06-12"] and odd["time"] == ["09:00"]


def test_seen_from_another_zone_one_still_writes_in_the_workspaces_own(week):
    grid = week("2035-06-12", zone="America/New_York")
    assert "?date=2035-06-12&amp;time=20:00" in grid.page, "14:00 in New York"
    assert "?date=2035-06-13&amp;time=00:00" in grid.page, "18:00 in New York"


def test_nothing_can_be_written_for_hours_that_have_passed(week, now):
    assert 'class="slot"' not in week("2020-06-12").page
    today = week(f"{now:%Y-%m-%d}").page
    assert today.count('class="now ') == 1
