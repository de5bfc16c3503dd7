"""A million posts: the list, each of its filters, and words, rare and frequent."""

from __future__ import annotations

import argparse
import itertools
import json
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection, models, transaction
from django.urls import reverse

from bench.desk import Desk
from bench.house import House
from bench.report import Figure, Report, progress
from clarion.channels.models import Channel
from clarion.deliveries.listed import DELIVERIES
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, User
from clarion.posts.content import Content
from clarion.posts.models import Label, Post
from clarion.posts.searched import MEDIA, POSTS
from clarion.posts.triggers import Triggers

YEARS = 10
VOCABULARY = 30_000
WORDS = 18
"""Words of a post, some 120 characters, drawn as people use words: the n-th most frequent 1/n as often."""
EVERYWHERE, FREQUENT, RARE, LONG_AGO = "Halden", "library", "Sankthansaften", "election"
PIECE = 10_000
BEYOND = (
    "a word that was frequent long ago", "a frequent word in a month", "a channel and a label", "everything at once",
)  # fmt: skip
"""The worst that we could think of: nothing was promised for it, but that it stays bounded."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        with _unwatched():
            began = time.monotonic()
            filling = Filling(house, rows=given.rows)
            filling.fill()
            progress(f"{given.rows} posts were made in {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        for kept in (POSTS, MEDIA, DELIVERIES):
            kept.after_migrations(using="default", plan=["as an upgrade does it"])
        indexed = time.monotonic() - began
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        progress(f"they were indexed in {indexed:.0f} s")
        figures = [Figure("indexing all that was there before", indexed, "s")]
        desk, where = Desk(house), reverse("posts", args=[house.workspace.pk])
        for name, query in filling.questions().items():
            address = f"{where}?{urlencode(query)}"
            took = desk.took(address, times=given.times)
            must = None if name in BEYOND else 50
            figures.append(Figure(f"{name}: server time p50", took.median, "ms", must))
            progress(f"{name}: {took.median:.1f} ms ({took.busy:.1f} on the processor), {took.queries} queries")
        return Report(
            f"search-{connection.vendor}", f"{Post.objects.count():,} posts",
            {"rows": given.rows, "times": given.times, "words_of_a_post": WORDS, "database": house.database}, figures,
            notes=["The time is that of the whole request inside the server, without the network."], conditions=before,
        )  # fmt: skip


# -- the rows


class Filling:
    """Posts over ten years, one a delivery; the last is the newest. A few have what is rare."""

    def __init__(self, house: House, *, rows: int) -> None:
        self.house, self.rows = house, rows
        self._random = random.Random(1)  # noqa: S311  the same rows each time
        now = datetime.now(UTC)
        self._first, self._step = now - timedelta(days=365 * YEARS), timedelta(days=365 * YEARS) / rows
        self.channels = [self._channel(number, now) for number in range(10)]
        self.labels = [Label.objects.create(workspace=house.workspace, name=f"Label {n}") for n in range(20)]
        self.people = [house.user, *(self._member(number) for number in range(4))]
        self._vocabulary = [self._word() for _ in range(VOCABULARY)]
        self._weights = list(itertools.accumulate(1 / (n + 2) for n in range(VOCABULARY)))

    def _channel(self, number: int, now: datetime) -> Channel:
        return Channel.objects.create(
            workspace=self.house.workspace, network="mastodon", handle=f"@halden{number}", remote_id=f"{number}",
            connected_at=now,
        )  # fmt: skip

    def _member(self, number: int) -> User:
        user = User.objects.create_user(f"writer{number}@halden.example", None, name=f"Writer {number}")
        Member.objects.join(workspace=self.house.workspace, user=user, role="editor")
        return user

    def _word(self) -> str:
        pick = self._random.choice
        return "".join(pick("bdfghklmnprstv") + pick("aeiouyå") for _ in range(self._random.randint(1, 5)))

    def _id(self, number: int) -> UUID:
        """As ``new_id`` makes them at that time."""
        stamp = int((self._first + self._step * number).timestamp() * 1000)
        return UUID(int=stamp << 80 | 0x7 << 76 | (number & 0xFFF) << 64 | 0b10 << 62 | number)

    def _text(self, number: int) -> str:
        words = self._random.choices(self._vocabulary, cum_weights=self._weights, k=WORDS)
        words.insert(self._random.randrange(WORDS), EVERYWHERE)
        if number % 10 == 3:
            words.append(FREQUENT)
        if number % (self.rows // 20) == 7:
            words.append(RARE)
        if number < self.rows // 20:
            words.append(LONG_AGO)
        return " ".join(words)

    def _is_draft(self, number: int) -> bool:
        return number % 500 == 250 or number > self.rows * 0.9995

    def fill(self) -> None:
        like = Post.objects.write(workspace=self.house.workspace, by=self.house.user, content=Content.of("A post"))
        at = datetime.now(UTC) + timedelta(days=1)
        (due,) = Delivery.objects.schedule(like, channels=self.channels[:1], at=at, by=None, now=datetime.now(UTC))
        put = Putting(Post, like.pk, "id", "text", "content", "author", "created_at", "changed_at", "wanted_at")
        promise = Putting(Delivery, due.pk, "id", "key", "post", "channel", "state", "due_at", "wake_at")
        on, sorted_by = Putting(Post.channels.through), Putting(Post.labels.through)
        for start in range(0, self.rows, PIECE):
            numbers = range(start, min(start + PIECE, self.rows))
            with transaction.atomic():
                put.rows(self._posts(numbers))
                on.rows((self._id(n), self._channel_of(n).pk) for n in numbers)
                sorted_by.rows((self._id(n), self._label_of(n).pk) for n in numbers)
                promise.rows(self._promises(numbers))

    def _posts(self, numbers: Iterable[int]) -> Iterator[Sequence[Any]]:
        for n in numbers:
            text, at = self._text(n), self._first + self._step * n
            author = self.people[0 if n % 3 else 1 + n % 4].pk
            yield self._id(n), text, json.dumps(Content.of(text).as_json()), author, at, at, at + timedelta(days=2)

    def _promises(self, numbers: Iterable[int]) -> Iterator[Sequence[Any]]:
        for n in numbers:
            if not self._is_draft(n):
                state, at = self._state_of(n), self._first + self._step * n + timedelta(days=2)
                wake = at if state == "scheduled" else None
                yield self._id(n), f"bench-{n}", self._id(n), self._channel_of(n).pk, state, at, wake

    def _state_of(self, number: int) -> str:
        if number > self.rows * 0.98:
            return "scheduled"
        return "failed" if number % (self.rows // 50) == 11 else "published"

    def _channel_of(self, number: int) -> Channel:
        """The last has but a few, long ago."""
        return self.channels[9] if number % 7919 == 5 and number < self.rows / 4 else self.channels[number % 9]

    def _label_of(self, number: int) -> Label:
        return self.labels[19] if number % (self.rows // 40) == 5 else self.labels[number % 19]

    def questions(self) -> dict[str, dict[str, Any]]:
        middle = self._first + self._step * (self.rows // 2)
        channel, label = {"channel": self.channels[3].pk}, {"label": self.labels[3].pk}
        old_channel, rare_label = {"channel": self.channels[9].pk}, {"label": self.labels[19].pk}
        month = {"since": f"{middle:%Y-%m-01}", "until": f"{middle:%Y-%m-28}"}
        return {
            "the list": {}, "the list, far down": {"after": self._id(self.rows // 3).hex},
            "a channel": channel, "a channel with few posts, long ago": old_channel,
            "a label": label, "a label with few posts": rare_label,
            "an author": {"author": self.people[2].pk},
            "drafts": {"shelf": "drafts"}, "scheduled": {"shelf": "scheduled"}, "published": {"shelf": "published"},
            "needs you": {"shelf": "needs"}, "a month": month,
            "a rare word": {"q": RARE}, "a frequent word": {"q": FREQUENT}, "a word of every post": {"q": EVERYWHERE},
            "a word of every post, unfinished": {"q": EVERYWHERE[:-1]}, "two letters": {"q": EVERYWHERE[:2]},
            "a word that was frequent long ago": {"q": LONG_AGO},
            "two words": {"q": f"{FREQUENT} {EVERYWHERE} "}, "a frequent word on a channel": {"q": FREQUENT, **channel},
            "a rare word on a channel": {"q": RARE, **channel}, "a frequent word in a month": {"q": FREQUENT, **month},
            "a channel and a label": {**channel, "label": self.labels[(3 + 9) % 19].pk},
            "a channel with few posts and a frequent word": {"q": FREQUENT, **old_channel},
            "everything at once": {
                "q": FREQUENT, **channel, "author": self.people[0].pk, "shelf": "published", **month,
            },
        }  # fmt: skip


class Putting:
    """Many rows of one table, like the one with ``pk`` but for the named fields; of all fields where there is none."""

    def __init__(self, model: type[models.Model], pk: Any = None, *names: str) -> None:
        like = model._default_manager.get(pk=pk) if pk else None
        fields = [f for f in model._meta.local_concrete_fields if like or not f.primary_key]
        named = [model._meta.get_field(name) for name in names] if names else fields
        rest = [field for field in fields if field not in named]
        self._named: list[Any] = named
        self._rest = [field.get_db_prep_save(getattr(like, field.attname), connection) for field in rest]
        self._columns = ", ".join(f'"{field.column}"' for field in [*named, *rest])
        self._table, self._width = model._meta.db_table, len(named) + len(rest)

    def rows(self, rows: Iterable[Sequence[Any]]) -> None:
        whole = ([*map(self._prepared, self._named, row), *self._rest] for row in rows)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f'COPY "{self._table}" ({self._columns}) FROM STDIN') as copy:
                    for row in whole:
                        copy.write_row(row)
            else:
                places = ", ".join(["%s"] * self._width)
                cursor.executemany(
                    f'INSERT INTO "{self._table}" ({self._columns}) VALUES ({places})',  # noqa: S608  ours
                    list(whole),
                )

    @staticmethod
    def _prepared(field: Any, value: Any) -> Any:
        return value if isinstance(field, models.JSONField) else field.get_db_prep_save(value, connection)


@contextmanager
def _unwatched() -> Iterator[None]:
    """The rows are there before the index is, as after an upgrade; one by one it would take hours."""
    tables = ("posts_post", "posts_variant", "deliveries_delivery", "posts_listing")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP INDEX IF EXISTS posts_listing_document")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for kept in (DELIVERIES, MEDIA, POSTS):
            _take_down(kept)
        yield
        if connection.vendor == "postgresql":
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _take_down(kept: Triggers) -> None:
    if connection.vendor == "sqlite":
        kept.take_down()
