from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from .cluster import CannotBeHad, cluster, in_ci, new_database
from .installation import Installation, Process, Town, until


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a throw-away cluster. Without PostgreSQL: skipped and said, and in CI a failure."""
    try:
        with cluster() as url:
            yield url
    except CannotBeHad as missing:
        if in_ci():
            pytest.fail(f"CI runs every test: {missing}")
        pytest.skip(f"SKIPPED, and not tested: {missing}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These start real processes and wait out real leases: they run with the servers, not with the unit tests."""
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("postgres") is None:
            item.add_marker(pytest.mark.server)


class House:
    """An installation with the processes of one engine."""

    def __init__(self, engine: str, installation: Installation) -> None:
        self.engine, self.installation = engine, installation

    def open(self, *, concurrency: int = 8) -> None:
        """Starts what carries deliveries, and waits until it ticks."""
        since, workers = datetime.now(UTC), 1
        if self.engine == "workers":
            workers = 2
            for _ in range(workers):
                self.installation.worker(concurrency=concurrency)
        else:
            self.installation.serve()
        until(lambda: self.installation.ticks(since=since, workers=workers), seconds=60, what="every worker ticks")

    def channels(self, count: int, *, takes: float = 0.0) -> tuple[list[Town], list[str]]:
        """Towns of two channels each, and the ids of the channels."""
        towns = [self.installation.town(takes=takes) for _ in range((count + 1) // 2)]
        return towns, [self.installation.connect(towns[n // 2], account=n % 2) for n in range(count)]

    def holder(self, *channels: str) -> Process:
        """The process that carries one of these channels now."""
        return until(lambda: self.installation.held_by(*channels), seconds=30, what="some worker carries it")


@pytest.fixture(scope="session")
def _embedded_on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("sqlite") / "data").found()
    yield installation
    installation.end()


@pytest.fixture(scope="session")
def _on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgresql: str) -> Iterator[Installation]:
    folder: Path = tmp_path_factory.mktemp("postgresql") / "data"
    installation = Installation(folder, database_url=new_database(postgresql, "engines")).found()
    yield installation
    installation.end()


ENGINES = [
    pytest.param("sqlite", id="embedded-sqlite"),
    pytest.param("postgresql", id="embedded-postgresql", marks=pytest.mark.postgres),
    pytest.param("workers", id="two-workers-postgresql", marks=pytest.mark.postgres),
]


@pytest.fixture(params=ENGINES)
def house(request: pytest.FixtureRequest) -> Iterator[House]:
    """Each engine in turn: it carries deliveries when the test begins, and is ended after it."""
    name = "_embedded_on_sqlite" if request.param == "sqlite" else "_on_postgresql"
    house = House(request.param, request.getfixturevalue(name))
    try:
        house.open()
        yield house
    finally:
        house.installation.rest()
