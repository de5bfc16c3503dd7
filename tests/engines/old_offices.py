"""An installation from before there were offices is brought up to date; who then has which role is told as JSON.

    CLARION_DATA=FOLDER [DATABASE_URL=...] .venv/bin/python -m tests.engines.old_offices

What is in it is told in `test_offices.py`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clarion.config.settings")
BEFORE, AFTER = [("organisations", "0002_officers")], [("organisations", "0003_offices_given")]
HOUSES: dict[str, dict[str, dict[str, str]]] = {
    "Agency": {
        "Bakery": {"anna": "owner", "ben": "owner", "cleo": "editor"},
        "Bank": {"anna": "owner", "cleo": "owner", "dora": "manager"},
    },
    "Two firms": {"First": {"emil": "owner", "frida": "viewer"}, "Second": {"frida": "owner"}},
    "City": {"Press": {"greta": "owner", "hans": "owner", "ines": "contributor"}},
    "Nobody's": {"Desk": {"jon": "editor"}, "Later": {"kaya": "owner", "jon": "viewer"}},
    "Empty": {},
}
"""Organisation, workspace (the oldest first), person, role: as it was when owners were of a workspace."""


def fill(apps: Any) -> None:
    kinds = {name: apps.get_model("organisations", name) for name in ("Organisation", "Workspace", "User", "Member")}
    people: dict[str, Any] = {}
    for house, workspaces in HOUSES.items():
        organisation = kinds["Organisation"].objects.create(name=house)
        for workspace, members in workspaces.items():
            slug = f"{house}-{workspace}".lower().replace(" ", "-").replace("'", "")
            place = kinds["Workspace"].objects.create(organisation=organisation, name=workspace, slug=slug)
            for name, role in members.items():
                if name not in people:
                    people[name] = kinds["User"].objects.create(email=f"{name}@x.example", name=name)
                kinds["Member"].objects.create(workspace=place, user=people[name], role=role)


def told(apps: Any) -> dict[str, Any]:
    officers, members = (apps.get_model("organisations", name).objects for name in ("Officer", "Member"))
    names = ("workspace__organisation__name", "workspace__name", "user__name", "role", "own")
    return {
        "officers": sorted(officers.values_list("organisation__name", "user__name", "role")),
        "members": sorted(members.values_list(*names)),
    }


def main() -> None:
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    fill(executor.migrate(BEFORE).apps)
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes("organisations")
    given = told(executor.migrate(AFTER).apps)
    sys.stdout.write(json.dumps({"given": given, "now": told(MigrationExecutor(connection).migrate(newest).apps)}))


if __name__ == "__main__":
    main()
