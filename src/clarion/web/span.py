"""The part of time that a calendar shows, as its address names it: a month, a week, a day, or a list of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from clarion.web.month import days_of

VIEWS = ("month", "week", "day", "list")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """``day`` is the day it is about; a list is that of its month, or with ``one_day`` of that day alone."""

    view: str
    day: date
    today: date
    starts_on: int = 0
    one_day: bool = False

    @classmethod
    def read(cls, given: Mapping[str, str], *, today: date, starts_on: int = 0) -> Span:
        """What an address asks for. Whatever is no day or no month is the present one."""
        day, first = day_of(given.get("day", "")), day_of(given.get("month", "") + "-01")
        view = given.get("view", "")
        if view not in VIEWS:
            view = "day" if day else "month"
        about = day or (first if first and not _same_month(first, today) else today)
        return cls(view, about, today, starts_on, one_day=view == "list" and day is not None)

    @cached_property
    def first(self) -> date:
        return self.day.replace(day=1)

    @cached_property
    def week(self) -> list[date]:
        start = self.day - timedelta(days=(self.day.weekday() - self.starts_on) % 7)
        return [start + timedelta(days=number) for number in range(7)]

    @property
    def week_number(self) -> int | None:
        """That of ISO 8601, where weeks are counted by it: they begin on Monday."""
        return self.day.isocalendar().week if self.view == "week" and self.starts_on == 0 else None

    @cached_property
    def days(self) -> list[date]:
        """Every day that is drawn, in order."""
        if self.view == "month":
            return days_of(self.first, starts_on=self.starts_on)
        if self.view == "week":
            return self.week
        if self.view == "day" or self.one_day:
            return [self.day]
        return [self.first + timedelta(days=n) for n in range((_following(self.first) - self.first).days)]

    @property
    def start(self) -> date:
        return self.days[0]

    @property
    def end(self) -> date:
        """The day after the last."""
        return self.days[-1] + DAY

    @property
    def by_month(self) -> bool:
        return self.view == "month" or (self.view == "list" and not self.one_day)

    # -- addresses

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Its names and values in an address."""
        view = [] if self.view == "month" else [("view", self.view)]
        return [*view, ("month", f"{self.day:%Y-%m}") if self.by_month else ("day", f"{self.day}")]

    @property
    def query(self) -> str:
        return "&".join(f"{name}={value}" for name, value in self.pairs)

    @property
    def before(self) -> str:
        return replace(self, day=self.first - DAY if self.by_month else self.day - self._step).query

    @property
    def after(self) -> str:
        return replace(self, day=_following(self.first) if self.by_month else self.day + self._step).query

    @property
    def now(self) -> str:
        return replace(self, day=self.today).query

    @property
    def _step(self) -> timedelta:
        return 7 * DAY if self.view == "week" else DAY

    @property
    def others(self) -> dict[str, str]:
        """The same time in every view, by its name."""
        return {view: replace(self, view=view, one_day=False).query for view in VIEWS}


def day_of(text: str) -> date | None:
    """A day of a year that calendars have; None for anything else."""
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2200 else None


def _following(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)
