"""All that a database knows of itself, so that two can be held against each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .installation import Installation

ON_SQLITE = {
    "tables": """SELECT t.name, c.name, lower(c.type), c."notnull", c.dflt_value, c.pk
                 FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'""",
    "foreign keys": """SELECT t.name, f."table", f."from", f."to", f.on_update, f.on_delete
                       FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'""",
    "statements": "SELECT type, tbl_name, name, sql FROM sqlite_master",
}
ON_POSTGRESQL = {
    "tables": """SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default,
                        collation_name, is_identity, generation_expression
                 FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid)
                      FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": """SELECT p.proname, p.prosrc FROM pg_proc p
                    LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
                    WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL""",
    "extensions": "SELECT extname FROM pg_extension",
}
ROWS = {
    "migrations": "SELECT app, name FROM django_migrations",
    "content types": "SELECT app_label, model FROM django_content_type",
    "permissions": "SELECT codename, name FROM auth_permission",
}


DJANGOS_OWN = "auth_group_permissions | id |"
"""Of this one table Django's models and its migrations do not say the same: ``integer`` and ``bigint``."""


def described(place: Installation) -> dict[str, list[str]]:
    """Everything that the database knows of itself, in an order of its own: columns may stand in any."""
    asked = (ON_POSTGRESQL if place.is_postgresql else ON_SQLITE) | ROWS
    told = {what: sorted(_in_order(row) for row in place.rows(statement)) for what, statement in asked.items()}
    return {what: [line for line in lines if not line.startswith(DJANGOS_OWN)] for what, lines in told.items()}


def _in_order(row: tuple[Any, ...]) -> str:
    words = " | ".join(re.sub(r"\s+", " ", str(value)) for value in row)
    return " , ".join(sorted(_parts(words))) if words.startswith("table | ") else words


def _parts(statement: str) -> Iterator[str]:
    """What stands between the commas of CREATE TABLE, commas within its brackets aside."""
    head, _, columns = statement.partition("(")
    yield head
    depth, part = 0, ""
    for letter in columns.rpartition(")")[0]:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            yield part.strip()
            part = ""
        else:
            part += letter
    yield part.strip()
