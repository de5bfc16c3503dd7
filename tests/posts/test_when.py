"""Local times: gaps and overlaps of the clock are resolved where a person sees it, and refused where nobody does."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarion.posts.when import BadTime, next_half_hours, parse, resolve

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def test_an_ordinary_time_is_itself():
    resolved = resolve(datetime(2026, 12, 1, 9, 0), zone=OSLO)
    assert resolved.at == datetime(2026, 12, 1, 8, 0, tzinfo=UTC) and not resolved.note


def test_a_time_that_does_not_exist_moves_on_and_says_so():
    resolved = resolve(datetime(2027, 3, 28, 2, 30), zone=OSLO)
    assert resolved.at.astimezone(OSLO).strftime("%H:%M") == "03:30"
    assert "does not exist" in resolved.note and "03:30" in resolved.note


def test_a_time_that_happens_twice_is_the_first_unless_asked_and_says_so():
    first = resolve(datetime(2027, 10, 31, 2, 30), zone=OSLO)
    second = resolve(datetime(2027, 10, 31, 2, 30), zone=OSLO, fold=1)
    assert (second.at - first.at).total_seconds() == 3600
    assert "twice" in first.note and "first" in first.note and "second" in second.note


@pytest.mark.parametrize("text", ["2027-03-28T02:30", "2027-10-31T02:30"])
def test_without_a_page_an_odd_time_is_refused_with_what_to_write(text):
    with pytest.raises(BadTime, match=r"Add an offset, such as .*[+]0[12]:00"):
        parse(text, zone=OSLO, now=NOW)
    assert parse(text + "+02:00", zone=OSLO, now=NOW).tzinfo is UTC


def test_fractions_of_a_second_are_kept():
    assert parse("2026-11-23T13:00:00.123456+00:00", zone=OSLO, now=NOW).microsecond == 123456


def test_now_is_now_and_the_past_is_refused():
    assert parse("now", zone=OSLO, now=NOW) == NOW
    with pytest.raises(BadTime, match="has passed"):
        parse("2026-11-23T12:59", zone=OSLO, now=NOW)


@given(st.datetimes(min_value=datetime(2026, 12, 1), max_value=datetime(2030, 1, 1)))
def test_a_resolved_time_shows_the_same_clock_or_a_note(local):
    resolved = resolve(local, zone=OSLO)
    assert resolved.note or resolved.at.astimezone(OSLO).replace(tzinfo=None) == local


def test_half_hours_lie_in_the_day_and_ahead():
    found = next_half_hours(NOW, zone=OSLO, days=3)
    assert all(8 <= at.astimezone(OSLO).hour < 20 and at.minute in (0, 30) and at > NOW for at in found)
    assert found == sorted(set(found))
