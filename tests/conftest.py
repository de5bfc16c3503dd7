"""The people of the tests: a press officer, her mayor, and an outsider who must see nothing.

Settings are fixed before Django reads them: an empty data folder of this run's own, and loopback allowed for servers
that stand in for networks.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_folder = tempfile.TemporaryDirectory(prefix="clarion-tests-")
os.environ["CLARION_DATA"] = _folder.name
os.environ["DJANGO_SETTINGS_MODULE"] = "clarion.config.settings"
os.environ["CLARION_PRIVATE_HOSTS"] = "127.0.0.1,localhost"
os.environ.pop("CLARION_BASE_URL", None)

import django  # noqa: E402
import pytest  # noqa: E402
from django.utils import translation  # noqa: E402

from .engines.cluster import new_database  # noqa: E402
from .groups import Groups  # noqa: E402

django.setup()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever their random order: those that wait long come first, and then those that only one process may run, so
    that they are not waited for at the end."""
    items.sort(key=lambda item: [item.get_closest_marker(mark) is None for mark in ("long", "xdist_group")])


def pytest_collection_finish() -> None:
    """What was collected stays until the end: nobody looks through it again and again for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Groups | None:
    return Groups(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A database for each process; SQLite's in a file, for workers run in threads, and every thread has a connection of
    its own."""
    from django.conf import settings
    from django.db import connections

    process = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = str(Path(_folder.name) / f"test-{process}.sqlite3") if settings.IS_SQLITE else f"test_clarion_{process}"
    connections.databases["default"]["TEST"]["NAME"] = name


@pytest.fixture
def lines() -> Iterator[object]:
    """All lines that are written while the test runs: see ``tests/canaries.py``."""
    from tests.canaries import Lines

    with Lines().written() as lines:
        yield lines


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_modify_db_settings: None, django_db_blocker: Any) -> bool:
    """The database is laid out as at a first start, and pytest-django keeps to that. PostgreSQL has it until the next
    run."""
    from django.conf import settings
    from django.db import connection, connections

    from clarion.web.migrating import lay_out

    test = connections.databases["default"]
    kept, test["NAME"] = test["NAME"], test["TEST"]["NAME"]
    if not settings.IS_SQLITE:
        new_database(os.environ["DATABASE_URL"], test["NAME"])
    with django_db_blocker.unblock():
        lay_out()
        connection.close()
    test["NAME"] = kept
    return True


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """A database of its own, in which what one thread commits is seen by the other."""
    from django.db import connection

    with django_db_blocker.unblock():
        connection.close()
        connection.creation.clone_test_db("race", verbosity=0)
        whole = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = connection.creation.get_test_db_clone_settings("race")["NAME"]
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = whole
            connection.creation.destroy_test_db(suffix="race", verbosity=0)


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def cityhall(db):
    """The press office of a small city: an organisation with one workspace in Oslo's time."""
    from clarion.organisations.models import Organisation, Workspace

    organisation = Organisation.objects.found(name="City of Halden")
    return Workspace.objects.open(organisation=organisation, name="Press office", zone="Europe/Oslo")


def _member(workspace, email: str, name: str, role: str):
    from clarion.organisations.models import Member, User

    user = User.objects.create_user(email, "correct horse 7", name=name)
    Member.objects.join(workspace=workspace, user=user, role=role)
    return user


@pytest.fixture
def ingrid(cityhall):
    """The press officer: owner of her workspace."""
    return _member(cityhall, "ingrid@halden.example", "Ingrid Solberg", "owner")


@pytest.fixture
def amir(cityhall):
    """A contributor: writes, does not publish."""
    return _member(cityhall, "amir@halden.example", "Amir Haddad", "contributor")


@pytest.fixture
def vera(cityhall):
    """A viewer."""
    return _member(cityhall, "vera@halden.example", "Vera Lie", "viewer")


@pytest.fixture
def outsider(db):
    """Somebody of another organisation, who must see nothing."""
    from clarion.organisations.models import Organisation, Workspace

    other = Workspace.objects.open(organisation=Organisation.objects.found(name="Elsewhere"), name="Desk", zone="UTC")
    return _member(other, "oscar@elsewhere.example", "Oscar Else", "owner")


@pytest.fixture
def board(cityhall, now):
    """The workspace's noticeboard."""
    from clarion.channels.models import Channel

    Channel.objects.open_own_ground(workspace=cityhall, by=None, now=now)
    return next(channel for channel in Channel.objects.filter(workspace=cityhall) if channel.kind.own_ground)


@pytest.fixture
def mastodon_server() -> Iterator[object]:
    """A Mastodon-compatible server that ignores Idempotency-Key, as several real ones do."""
    from clarion.testing.servers.mastodon import MastodonServer

    server = MastodonServer(dialect="mastodon", honour_keys=False).start()
    yield server
    server.stop()


@pytest.fixture
def mastodon(cityhall, mastodon_server, now):
    """The city hall's channel on that server."""
    from clarion.channels.models import Channel

    return Channel.objects.connect(
        workspace=cityhall, network="mastodon", by=None, now=now,
        fields={"server": mastodon_server.url, "access_token": mastodon_server.token},
    )  # fmt: skip


@pytest.fixture(autouse=True)
def no_language_stays() -> Iterator[None]:
    """A request leaves its language in the thread; nobody after it shall be spoken to in that."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> None:
    """Hashing is slow on purpose; tests sign in often."""
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
