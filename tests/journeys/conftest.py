"""Journeys: a real process, a real browser, and people. Nothing here touches Django: all is said over HTTP or the
command line. A journey that fails leaves its trace, a picture and the page in a folder that is named in the report."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from clarion.testing.pictures import png
from clarion.testing.servers.mastodon import MastodonServer

from ..engines.cluster import in_ci
from .browsers import CALM, DESK, MISSING, system_browser
from .house import House, Mailbox, Office
from .person import PATIENCE, Person, Watch

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if call.when != "teardown":
        item._failed = report.failed or getattr(item, "_failed", False)  # type: ignore[attr-defined]


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Ends with this folder's tests, because its event loop would keep Django in the other tests from its database."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with opened(playwright) as browser:
        yield browser


@contextmanager
def opened(playwright: Playwright, *, whole: bool = False) -> Iterator[Browser]:
    """The system's own Chromium. Without one: skipped and said, and in CI a failure."""
    found = system_browser(whole=whole)
    if not found:
        if in_ci():
            pytest.fail(f"CI runs every test: {MISSING}")
        pytest.skip(f"SKIPPED, and not tested: {MISSING}")
    browser = playwright.chromium.launch(executable_path=found)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox().start()
    yield box
    box.stop()


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, mailbox: Mailbox) -> Iterator[House]:
    """A house that is open, shared by those who come with an office of their own."""
    house = House(tmp_path_factory.mktemp("house") / "data", mailbox=mailbox)
    house.environment["DJANGO_SETTINGS_MODULE"] = "tests.journeys.settings"
    try:
        yield house.open()
    finally:
        house.end()


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[House]:
    """A house in which nobody has been yet."""
    house = House(tmp_path / "data")
    try:
        yield house.open()
    finally:
        house.end()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's city, in which every state is to be seen."""
    house = House(tmp_path_factory.mktemp("demo") / "data")
    try:
        yield house.open("demo")
    finally:
        house.end()


@pytest.fixture
def office(house: House) -> Office:
    return house.office()


@pytest.fixture
def town() -> Iterator[MastodonServer]:
    """A Mastodon-compatible server that ignores Idempotency-Key, as several real ones do."""
    with MastodonServer(dialect="mastodon", honour_keys=False) as server:
        yield server


@pytest.fixture
def come(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Person]]:
    """Brings somebody before a screen. At the end nobody may have a complaint that a person would not see."""
    opened: list[tuple[BrowserContext, Watch]] = []

    def come(house: House, **screen: Any) -> Person:
        context = browser.new_context(**{**DESK, **CALM, **screen})
        context.set_default_timeout(PATIENCE)
        context.tracing.start()
        opened.append((context, Watch(context, house=house.url)))
        return Person(context.new_page(), house)

    yield come
    failed = getattr(request.node, "_failed", True)
    if failed:
        kept = Path(tempfile.mkdtemp(prefix="clarion-journey-"))
        sys.stderr.write(f"what the browser saw: {kept} (playwright show-trace {kept}/0.zip)\n")
    for number, (context, _watch) in enumerate(opened):
        if failed:
            for n, page in enumerate(context.pages):
                page.screenshot(path=kept / f"{number}-{n}.png")
                (kept / f"{number}-{n}.html").write_text(page.content())
            context.tracing.stop(path=kept / f"{number}.zip")
        context.close()
    assert [complaint for _, watch in opened for complaint in watch.complaints] == []


@pytest.fixture
def person(come: Callable[..., Person], house: House, office: Office) -> Person:
    """The press officer, signed in."""
    person = come(house)
    person.signs_in(office)
    return person


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "library.png"
    path.write_bytes(png(640, 400, (60, 110, 90)))
    return path
