"""Posts of a workspace by what they have, the newest first, a page at a time: over a million of them as over a hundred.

Each thing that is asked for gives its posts in the order of their ids, which is that of their making. One of them
leads, the others are asked about what it brings: the rarest, where one is rare. A page looks at a bounded number of
posts; where that was not enough, it says how far it came and goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, F, Func, QuerySet
from django.db.models.expressions import RawSQL

from clarion.organisations.models import Workspace
from clarion.posts.models.listing import Listing
from clarion.posts.search import POSTS, Asked

FEW, MANY = 2_000, 3_000
"""What at most ``FEW`` posts have is gathered; nobody counts beyond ``MANY``."""
BUDGET = 20_000
"""Posts that one page looks at."""
FIRST, MORE = 100, 4_000


class Having(Protocol):
    """One thing that is asked for, and the posts that have it. ``on_desk``: all of them are in the listing."""

    on_desk: bool

    def size(self, most: int) -> int:
        """How many they are; ``most`` stands for so many and more."""

    def all(self) -> list[UUID]:
        """Each of them, in any order."""

    def below(self, mark: UUID | None, most: int) -> list[UUID]:
        """The newest of those older than ``mark``, the newest first; fewer than ``most``: there are no more."""

    def among(self, posts: Sequence[UUID]) -> set[UUID]:
        """Which of these have it."""


class Rows:
    """Posts named by rows of some table. Several querysets: posts named by any of them."""

    def __init__(self, *rows: QuerySet[Any], key: str = "post_id") -> None:
        self._rows, self._key = rows, key
        self.on_desk = all(one.model is Listing for one in rows)

    def _ids(self, rows: QuerySet[Any]) -> QuerySet[Any, UUID]:
        ids = rows.order_by().values_list(self._key, flat=True)
        return ids if len(self._rows) == 1 and self.on_desk else ids.distinct()

    def size(self, most: int) -> int:
        return min(sum(self._ids(rows)[:most].count() for rows in self._rows), most)

    def all(self) -> list[UUID]:
        return list({one for rows in self._rows for one in self._ids(rows)})

    def below(self, mark: UUID | None, most: int) -> list[UUID]:
        found: set[UUID] = set()
        known_to = None
        for rows in self._rows:
            older = rows.filter(**{f"{self._key}__lt": mark}) if mark else rows
            some = list(self._ids(older).order_by(f"-{self._key}")[:most])
            found |= set(some)
            if len(some) == most:
                known_to = max(known_to, some[-1]) if known_to else some[-1]
        return sorted((one for one in found if known_to is None or one >= known_to), reverse=True)[:most]

    def among(self, posts: Sequence[UUID]) -> set[UUID]:
        these = _is_one_of(self._key, posts)
        return {one for rows in self._rows for one in self._ids(rows.filter(these))}


def _is_one_of(key: str, posts: Sequence[UUID]) -> Func:
    """Many ids as one value: to bind thousands one by one takes longer than to look them up."""
    if connection.vendor == "postgresql":
        # No join with them: where PostgreSQL has no figures of a table yet, it would compare each row with each id.
        these, template, joiner = RawSQL("%s::uuid[]", [list(posts)]), "%(expressions)s)", " = ANY("
    else:
        ids = json.dumps([one.hex for one in posts])
        these, template, joiner = RawSQL("SELECT value FROM json_each(%s)", [ids]), "%(expressions)s", " IN "
    return Func(F(key), these, template=template, arg_joiner=joiner, output_field=BooleanField())


class Words:
    """Posts that have these words, in what all channels say or in a variant."""

    on_desk = True

    def __init__(self, asked: Asked, *, workspace: Workspace) -> None:
        self._asked, self._workspace = asked, workspace.pk

    def size(self, most: int) -> int:
        return POSTS.size(self._asked, workspace=self._workspace, most=most)

    def all(self) -> list[UUID]:
        return POSTS.all(self._asked, workspace=self._workspace)

    def below(self, mark: UUID | None, most: int) -> list[UUID]:
        return POSTS.newest(self._asked, workspace=self._workspace, below=mark, most=most)

    def among(self, posts: Sequence[UUID]) -> set[UUID]:
        return POSTS.among(self._asked, posts)


@dataclass(frozen=True)
class Mark:
    """The last post that was seen, and its time where time is the order."""

    post: UUID
    at: datetime | None = None

    @classmethod
    def read(cls, text: str) -> Mark | None:
        """As ``str`` writes it; None for anything else."""
        at, _tilde, post = text.rpartition("~")
        try:
            found = cls(UUID(hex=post), datetime.fromisoformat(at) if at else None)
        except ValueError:
            return None
        return found if found.at is None or found.at.tzinfo else None

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.post.hex}" if self.at else self.post.hex


@dataclass(frozen=True)
class Page:
    """``posts`` in order. ``after``: where the next page begins, None at the end. ``is_cut``: it looked at as many as
    one page may, and found fewer than fit."""

    posts: tuple[UUID, ...]
    after: Mark | None = None
    is_cut: bool = False


@dataclass(frozen=True)
class Look:
    """``since`` (included) and ``until`` (not included) are of the time a post is meant for: then that is the order."""

    workspace: Workspace
    having: tuple[Having, ...] = ()
    since: datetime | None = None
    until: datetime | None = None

    def page(self, *, after: Mark | None, most: int) -> Page:
        if after is not None and (after.at is None) == self.is_by_time:
            after = None  # a mark of another order
        found: list[Mark] = []
        looked = 0
        for piece in self._led(after):
            looked += piece.looked
            # Words are asked last: it takes longest to look for them one by one.
            found += _having_all(piece.marks, (one for one in reversed(self.having) if one is not piece.of))
            if len(found) > most:
                return Page(tuple(one.post for one in found[:most]), found[most - 1])
            if looked >= BUDGET:
                return Page(tuple(one.post for one in found), piece.last, is_cut=True)
        return Page(tuple(one.post for one in found))

    @property
    def is_by_time(self) -> bool:
        return self.since is not None or self.until is not None

    # -- who leads

    def _led(self, after: Mark | None) -> Iterator[_Piece]:
        """Posts on the desk in order, in growing pieces."""
        leader, size = self._rarest()
        if leader is not None and size <= FEW:
            return self._gathered(leader, after)
        if self.is_by_time:
            return self._by_time(after)
        return self._by_age(leader, after.post if after else None)

    def _rarest(self) -> tuple[Having | None, int]:
        """With one thing only, and no time, there is nothing to choose. Of those that are all many, the first."""
        if len(self.having) + self.is_by_time < 2:
            return next(iter(self.having), None), MANY
        return min(((one, one.size(MANY)) for one in self.having), key=lambda one: one[1], default=(None, MANY))

    def _listed(self) -> QuerySet[Listing]:
        rows = Listing.objects.filter(workspace=self.workspace)
        if self.since:
            rows = rows.filter(at__gte=self.since)
        return rows.filter(at__lt=self.until) if self.until else rows

    def _gathered(self, rare: Having, after: Mark | None) -> Iterator[_Piece]:
        if self.is_by_time:
            rows = self._listed().filter(_is_one_of("post_id", rare.all())).values_list("post_id", "at")
            marks = sorted((Mark(post, at) for post, at in rows), key=_order, reverse=True)
        else:
            marks = [Mark(post) for post in sorted(rare.all(), reverse=True)]
        for some in batched((one for one in marks if after is None or _order(one) < _order(after)), FIRST * 2):
            posts = [one.post for one in some]
            there = set(posts) if self.is_by_time else self._on_desk(rare, posts)
            yield _Piece([one for one in some if one.post in there], some[-1], len(some), rare)

    def _on_desk(self, leader: Having | None, posts: Sequence[UUID]) -> set[UUID]:
        return set(posts) if leader is None or leader.on_desk else Rows(self._listed()).among(posts)

    def _by_time(self, after: Mark | None) -> Iterator[_Piece]:
        size = FIRST
        while True:
            rows = self._listed()
            if after is not None:
                rows = rows.filter(at__lte=after.at).exclude(at=after.at, post__gte=after.post)
            marks = [Mark(*row) for row in rows.order_by("-at", "-post").values_list("post_id", "at")[:size]]
            if marks:
                yield _Piece(marks, marks[-1], len(marks), None)
            if len(marks) < size:
                return
            after, size = marks[-1], min(size * 4, MORE)

    def _by_age(self, leader: Having | None, after: UUID | None) -> Iterator[_Piece]:
        size = FIRST
        while True:
            posts, asked = (leader or Rows(self._listed())).below(after, size), size
            if leader and size > FIRST:
                leader, posts, asked = self._farthest(leader, posts, after, size)
            if posts:
                there = self._on_desk(leader, posts)
                yield _Piece([Mark(post) for post in posts if post in there], Mark(posts[-1]), len(posts), leader)
            if len(posts) < asked:
                return
            after, size = posts[-1], min(size * 4, MORE)

    def _farthest(
        self, leader: Having, posts: list[UUID], after: UUID | None, asked: int
    ) -> tuple[Having, list[UUID], int]:
        """Who leads from here on, and its next posts: those that are far between pass over most of the others'."""
        some = asked // 4
        for one in self.having:
            if one is not leader and len(posts) >= some:
                near = one.below(after, some)
                if len(near) < some or near[-1] < posts[some - 1]:
                    leader, posts, asked = one, near, some
        return leader, posts, asked


@dataclass(frozen=True)
class _Piece:
    """Posts on the desk among ``looked`` that were looked at, the ``last`` of which may be none of them. ``of``: who
    led to them, None: the desk's own."""

    marks: list[Mark]
    last: Mark
    looked: int
    of: Having | None


def _having_all(marks: list[Mark], others: Iterable[Having]) -> list[Mark]:
    for one in others:
        there = one.among([mark.post for mark in marks]) if marks else set()
        marks = [mark for mark in marks if mark.post in there]
    return marks


def _order(mark: Mark) -> tuple[Any, ...]:
    return (mark.at, mark.post) if mark.at else (mark.post,)
