"""What the database itself keeps beside the rows, so that no writer can forget it: here, what is searched.

On SQLite Django changes a table by making it anew, which takes its triggers away and trips over those of others that
name it (https://docs.djangoproject.com/en/6.1/topics/migrations/#sqlite). So there they are taken down before
migrations and put up after them, and then what changed in between is mended, a piece at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, transaction

LISTING = "posts_listing"
PIECE = 5_000
"""Posts that are mended in one transaction."""


@dataclass(frozen=True)
class Triggers:
    """Triggers of one room. ``mending`` are statements over the rows of ``of`` between the ids %(above)s and %(to)s."""

    of: str
    sqlite: Mapping[str, str]
    """By name, what follows ``CREATE TRIGGER name``."""
    postgresql: tuple[str, ...]
    """May be said again."""
    mending: Mapping[str, tuple[str, ...]]
    indexes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Those that Django cannot know; made over rows that are there."""

    def before_migrations(self, using: str, plan: Any = (), **_more: Any) -> None:
        if plan and connections[using].vendor == "sqlite":
            self.take_down(using)

    def after_migrations(self, using: str, **told: Any) -> None:
        # Django tells the same after it emptied all tables, and then there is no plan; and after a part of them only.
        if "plan" in told and LISTING in connections[using].introspection.table_names():
            self.put_up(using)
            self.mend(using)
            self.index(using)

    def take_down(self, using: str = "default") -> None:
        with connections[using].cursor() as cursor:
            for name in self.sqlite:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")

    def put_up(self, using: str = "default") -> None:
        with transaction.atomic(using), connections[using].cursor() as cursor:
            for statement in self.postgresql if connections[using].vendor == "postgresql" else self._created():
                cursor.execute(statement)

    def _created(self) -> Iterator[str]:
        for name, what in self.sqlite.items():
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield f"CREATE TRIGGER {name} {what}"

    def mend(self, using: str = "default") -> None:
        """Makes right what was written while nothing watched; at the first time that is everything."""
        connection = connections[using]
        with connection.cursor() as cursor:
            for above, to in self._pieces(cursor):
                with transaction.atomic(using):
                    for statement in self.mending[connection.vendor]:
                        cursor.execute(statement, {"above": above, "to": to})

    def index(self, using: str = "default") -> None:
        with connections[using].cursor() as cursor:
            for statement in self.indexes.get(connections[using].vendor, ()):
                cursor.execute(statement)

    def _pieces(self, cursor: Any) -> Iterator[tuple[Any, Any]]:
        """Ids between which lie so many rows; the first piece begins below all of them, the last ends above."""
        above: Any = NO_ID
        while True:
            cursor.execute(
                f"SELECT id FROM {self.of} WHERE id > %s ORDER BY id LIMIT 1 OFFSET {PIECE - 1}",  # noqa: S608  ours
                [above],
            )
            found = cursor.fetchone()
            yield above, found[0] if found else LAST_ID
            if found is None:
                return
            above = found[0]


NO_ID, LAST_ID = "0" * 32, "f" * 32
"""As both databases read them; nobody has these ids."""
