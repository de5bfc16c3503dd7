"""Rules by which something comes again, and how they are said."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice

import pytest

from clarion.posts.rules import BadRule, Rule

TUESDAY = datetime(2026, 12, 8, 9, 0)
"""The second Tuesday of its month."""


def first(rule: Rule, count: int = 4) -> list[str]:
    return [f"{at:%Y-%m-%d %H:%M}" for at in islice(rule.after(datetime(2000, 1, 1)), count)]


@pytest.mark.parametrize(
    ("more", "sentence", "comes"),
    [
        ({"every": 1, "unit": "day"}, "Every day", ["2026-12-08 09:00", "2026-12-09 09:00"]),
        ({"every": 3, "unit": "day"}, "Every 3 days", ["2026-12-08 09:00", "2026-12-11 09:00"]),
        (
            {"every": 2, "unit": "week", "weekdays": [3]}, "Every 2 weeks on Tuesday and Thursday",
            ["2026-12-08 09:00", "2026-12-10 09:00", "2026-12-22 09:00"],
        ),
        ({"every": 1, "unit": "month"}, "Every month on day 8", ["2026-12-08 09:00", "2027-01-08 09:00"]),
        (
            {"every": 1, "unit": "month", "nth": True}, "Every month on the second Tuesday",
            ["2026-12-08 09:00", "2027-01-12 09:00", "2027-02-09 09:00"],
        ),
        (
            {"every": 1, "unit": "week", "until": date(2026, 12, 15)}, "Every week on Tuesday, until 15 December 2026",
            ["2026-12-08 09:00", "2026-12-15 09:00"],
        ),
        (
            {"every": 1, "unit": "year", "times": 2}, "Every year, 2 times in all",
            ["2026-12-08 09:00", "2027-12-08 09:00"],
        ),
    ],
)  # fmt: skip
def test_a_rule_comes_and_is_said(more, sentence, comes):
    rule = Rule.of(TUESDAY, **more)
    assert str(rule) == sentence
    assert first(rule, len(comes)) == comes


def test_an_end_is_an_end():
    assert len(first(Rule.of(TUESDAY, every=1, unit="week", until=date(2026, 12, 15)), 9)) == 2
    assert len(first(Rule.of(TUESDAY, every=1, unit="year", times=3), 9)) == 3


def test_the_fifth_weekday_of_a_month_means_the_last():
    rule = Rule.of(datetime(2026, 12, 29, 9, 0), every=1, unit="month", nth=True)
    assert str(rule) == "Every month on the last Tuesday"
    assert first(rule, 2) == ["2026-12-29 09:00", "2027-01-26 09:00"]


def test_a_day_that_a_month_does_not_have_is_left_out():
    assert first(Rule.of(datetime(2027, 1, 31, 9, 0), every=1, unit="month"), 2) == [
        "2027-01-31 09:00", "2027-03-31 09:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("FREQ=SECONDLY", "cannot be used"),
        ("FREQ=DAILY;INTERVAL=0", "from 1 to 99"),
        ("FREQ=DAILY;INTERVAL=100", "from 1 to 99"),
        ("FREQ=DAILY;COUNT=0", "at most 1000"),
        ("FREQ=DAILY;COUNT=99999", "at most 1000"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101T000000", "cannot be used"),
        ("FREQ=DAILY;BYSETPOS=1", "cannot be used"),
        ("FREQ=WEEKLY;BYDAY=XX", "cannot be used"),
        ("FREQ=DAILY;UNTIL=20200101T000000", "never comes"),
        ("FREQ=MONTHLY;BYMONTHDAY=99", "never comes"),
        ("", "cannot be used"),
        ("nonsense", "cannot be used"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_sentence(text, sentence):
    with pytest.raises(BadRule, match=sentence):
        Rule(text, TUESDAY)


def test_an_end_before_the_beginning_is_refused():
    with pytest.raises(BadRule, match="before it begins"):
        Rule.of(TUESDAY, every=1, unit="day", until=date(2026, 12, 7))
