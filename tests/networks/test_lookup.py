"""Own posts read back: what may be believed to be absent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from clarion.networks.base import Answer, Step
from clarion.networks.http import Http
from clarion.networks.lookup import Mine, read_back
from clarion.networks.words import Absent, Published

INTENT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass
class Listing:
    """Pages of ``(id, minutes after the intent, text)``, newest first, and how far the server's clock is from ours."""

    pages: list[list[tuple[str, float, str]]]
    clock: timedelta = timedelta()
    asked: int = 0

    def look(self, *, taken: tuple[str, ...] = (), most: int = 10, dated: bool = True) -> Published | Absent:
        http = Http()

        def ask(cursor: str) -> tuple[list[tuple[str, float, str]], str]:
            self.asked += 1
            http.answer = Answer(200, {"Date": format_datetime(INTENT + self.clock, usegmt=True)}, at=INTENT)
            here = int(cursor or 0)
            return self.pages[here], str(here + 1) if here + 1 < len(self.pages) else ""

        return read_back(
            Step("post", 0, since=INTENT, taken=frozenset(taken)), ask, http=http, most=most,
            mine=lambda p: Mine(p[0], at=INTENT + timedelta(minutes=p[1]) + self.clock if dated else None),
            is_it=lambda p: p[2] == "ours",
        )  # fmt: skip


def test_a_listing_that_ends_is_whole() -> None:
    assert Listing([[("1", 3, "other")], []]).look() == Absent(complete=True)


def test_a_listing_that_reaches_back_is_enough() -> None:
    listing = Listing([[("2", 3, "other"), ("1", -5, "other")], [("0", -9, "ours")]])
    assert listing.look() == Absent(complete=True)
    assert listing.asked == 1


def test_a_listing_that_is_cut_is_no_absence() -> None:
    listing = Listing([[(str(n), 100 - n, "other")] for n in range(20)])
    assert listing.look() == Absent(complete=False)
    assert listing.asked == 10


def test_without_dates_only_the_end_is_the_end() -> None:
    pages = [[("2", -99, "other")], [("1", -99, "other")]]
    assert Listing(pages).look(dated=False) == Absent(complete=True)
    assert Listing(pages).look(dated=False, most=1) == Absent(complete=False)


@pytest.mark.parametrize("minutes", [-90, -3, 0, 7])
def test_a_clock_of_their_own_hides_nothing(minutes: int) -> None:
    listing = Listing([[("2", 0.1, "ours"), ("1", -200, "other")]], clock=timedelta(minutes=minutes))
    assert listing.look() == Published("2")


def test_of_two_the_older_is_it_and_a_taken_one_is_another_s() -> None:
    pages = [[("3", 2, "ours"), ("2", 1, "ours")], [("1", -30, "ours")]]
    assert Listing(pages).look() == Published("2")
    assert Listing(pages).look(taken=("2",)) == Published("3")
    assert Listing(pages).look(taken=("2", "3")) == Absent(complete=True)
