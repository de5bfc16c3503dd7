"""Posts in order of time, each with the channels on which it is due then; out of rows as they were read.

A month may hold ten thousand of them, and a page shows a few: a group is made where it is looked at, the others are
counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple, overload

from clarion.web import states

type Row = tuple[int, Any, Any, str]
"""An instant (in seconds), a post, a channel and a state. What has no deliveries is one row, with all its channels as a
tuple."""


class Group(NamedTuple):
    """One post at one instant (in seconds), on some channels."""

    at: int
    post: Any
    channels: list[Any]
    states: list[str]

    @property
    def state(self) -> str:
        """The one that speaks for all."""
        return speaking(self.states)


def speaking(found: Sequence[str]) -> str:
    """The state that speaks for all of a post's."""
    return found[0] if len(found) == 1 else states.worst(found)


class Groups(Sequence[Group]):
    """The groups of ``rows``, which are in order of time and, at one time, of posts."""

    def __init__(self, rows: Sequence[Row], starts: Sequence[int] | None = None) -> None:
        self._rows, self._given = rows, starts

    @cached_property
    def _starts(self) -> Sequence[int]:
        """Where each group begins among the rows; and where the last ends."""
        if self._given is not None:
            return self._given
        starts, at, post = [], None, None
        for number, (when, one, _channel, _state) in enumerate(self._rows):
            if one != post or when != at:
                starts.append(number)
                at, post = when, one
        return [*starts, len(self._rows)]

    def __len__(self) -> int:
        return len(self._starts) - 1

    @overload
    def __getitem__(self, which: int) -> Group: ...
    @overload
    def __getitem__(self, which: slice) -> Groups: ...
    def __getitem__(self, which: int | slice) -> Group | Groups:
        if isinstance(which, slice):
            first, last, _step = which.indices(len(self))
            return Groups(self._rows, self._starts[first : max(first, last) + 1])
        number = range(len(self))[which]
        return self._made(self._rows[self._starts[number] : self._starts[number + 1]])

    @staticmethod
    def _made(rows: Sequence[Row]) -> Group:
        at, post, channel, state = rows[0]
        if isinstance(channel, tuple):
            return Group(at, post, list(channel), [state])
        return Group(at, post, [row[2] for row in rows], [row[3] for row in rows])

    @property
    def times(self) -> list[int]:
        """When each of them is, in seconds."""
        return [self._rows[start][0] for start in self._starts[:-1]]

    def between(self, start: int, end: int) -> Groups:
        """Those from one instant to before another, in seconds."""
        first, last = (
            bisect_left(self._starts, bisect_left(self._rows, at, key=_at), hi=len(self)) for at in (start, end)
        )
        return self[first:last]

    def counted(self) -> Counter[tuple[str, ...]]:
        """How many of them have which states. Each row is a group's own until it is found to share it."""
        rows = self._rows[self._starts[0] : self._starts[-1]]
        alone, found = Counter(map(_state, rows)), Counter[tuple[str, ...]]()
        for start, end in pairwise(self._starts):
            if end - start > 1:
                some = tuple([row[3] for row in self._rows[start:end]])
                found[some] += 1
                alone.subtract(some)
        return found + Counter({(state,): number for state, number in alone.items()})

    def with_more(self, rows: Sequence[Row]) -> Groups:
        """With others between them, each at its time; at one time they come last."""
        return Groups(sorted([*self._rows, *rows], key=_at)) if rows else self


_at, _state = itemgetter(0), itemgetter(3)
