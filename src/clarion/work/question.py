"""A question that is asked so often that Django takes longer to write it than the database to answer it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models


class Question:
    """The words of a question, kept; its answer is asked for anew each time.

    ``put`` makes the question (a ``values_list``) out of values that only stand in for those that will be asked about;
    ``kinds`` says of each by name what kind of field it is compared with. A value that is used twice has one name.
    """

    def __init__(self, put: Callable[..., models.QuerySet[Any, Any]], **kinds: type[models.Field[Any, Any]]) -> None:
        self._put = put
        self._fields = {name: kind() for name, kind in kinds.items()}
        self._written: dict[str, tuple[str, list[Any], dict[int, Any]]] = {}

    def first(self, **values: Any) -> tuple[Any, ...] | None:
        """The first row of the answer as it is at this moment; None when there is none."""
        vendor = connection.vendor
        sql, params, converters = self._written.get(vendor) or self._written.setdefault(vendor, self._write())
        told = {name: self._told(name, value) for name, value in values.items()}
        with connection.cursor() as cursor:
            cursor.execute(sql, [told[one.name] if isinstance(one, _Place) else one for one in params])
            row = cursor.fetchone()
        if row is None:
            return None
        found = list(row)
        for index, (convert, expression) in converters.items():
            for one in convert:
                found[index] = one(found[index], expression, connection)
        return tuple(found)

    def _told(self, name: str, value: Any) -> Any:
        return self._fields[name].get_db_prep_value(value, connection)

    def _write(self) -> tuple[str, list[Any], dict[int, Any]]:
        stand_ins = {name: _stand_in(field, number) for number, (name, field) in enumerate(self._fields.items(), 1)}
        compiler = self._put(**stand_ins).query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        places = {self._told(name, value): _Place(name) for name, value in stand_ins.items()}
        found = [places.get(one, one) for one in params]
        if missing := set(places.values()) - {one for one in found if isinstance(one, _Place)}:
            raise ValueError(f"The question does not ask about {', '.join(sorted(one.name for one in missing))}.")
        columns = [column[0] for column in compiler.select[: compiler.col_count]]
        return sql, found, compiler.get_converters(columns)


class _Place:
    """Where a value of this name belongs."""

    def __init__(self, name: str) -> None:
        self.name = name


def _stand_in(field: models.Field[Any, Any], number: int) -> Any:
    """A value that no question has in it by itself, another one for each number."""
    if isinstance(field, models.UUIDField):
        return UUID(int=number, version=4)
    if isinstance(field, models.DateTimeField):
        return datetime(1001, 1, number, tzinfo=UTC)
    if isinstance(field, models.DateField):
        return date(1001, 2, number)
    raise TypeError(f"{type(field).__name__} has no stand-in")
