"""Bringing the database up to date. The check is cheap when nothing changed: it must not cost every start a second."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection
from django.db.migrations import RunPython
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

KEPT_BY_THE_DATABASE = (("records", "0002_append_only"), ("posts", "0011_search"))
"""Migrations that make what no model names: an empty database gets it from them, too."""


def fingerprint() -> str:
    """A hash of the names of all migrations that this version carries."""
    names = sorted(
        f"{config.label}.{path.stem}"
        for config in apps.get_app_configs()
        for path in (Path(config.path) / "migrations").glob("[0-9]*.py")
    )
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def is_up_to_date() -> bool:
    """True when the database says that this very set of migrations was applied."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM django_migrations")
            count = cursor.fetchone()[0]
        mark = _mark()
        return mark.read_text() == f"{fingerprint()} {count} {_database()}"
    except (DatabaseError, FileNotFoundError):
        return False


def bring_up_to_date() -> bool:
    """Applies what is missing; True when something was."""
    if is_up_to_date():
        return False
    if connection.introspection.table_names():
        call_command("migrate", interactive=False, verbosity=0)
    else:
        lay_out()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM django_migrations")
        _mark().write_text(f"{fingerprint()} {cursor.fetchone()[0]} {_database()}")
    return True


def lay_out() -> None:
    """Makes an empty database as the models say, all or nothing, and notes every migration as done.

    Going through the migrations comes to the same (``tests/engines/test_first_start.py``), and takes a hundred times as
    long: for each of their steps Django makes most of the models anew."""
    executor = MigrationExecutor(connection)
    executor.migrate([leaf for leaf in executor.loader.graph.leaf_nodes() if _has_statements_only(leaf[0])])
    executor.loader.build_graph()
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.can_migrate(connection):
                editor.create_model(model)
        for one in KEPT_BY_THE_DATABASE:
            for operation in executor.loader.disk_migrations[one].operations:
                if isinstance(operation, RunPython):
                    operation.code(apps, editor)
        executor.recorder.ensure_schema()
        for migration, _backwards in plan:
            executor.record_migration(migration.app_label, migration.name)
    emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias, apps=apps, plan=plan)


def _has_statements_only(label: str) -> bool:
    """Whether an app makes its tables without Django's help: its migrations are the only ones that can."""
    models = list(apps.get_app_config(label).get_models())
    return bool(models) and not any(model._meta.managed for model in models)


def _mark() -> Path:
    return Path(settings.DATA) / "migrated"


def _database() -> str:
    described = "|".join(str(settings.DATABASES["default"].get(k, "")) for k in ("ENGINE", "HOST", "PORT", "NAME"))
    return hashlib.sha256(described.encode()).hexdigest()[:16]
