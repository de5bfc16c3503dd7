"""First visits on a throttled 4G line: when the largest part is seen, what moves, what scripts and styles weigh."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Browser, sync_playwright

from bench.desk import Desk, addresses
from bench.house import House, texts
from bench.report import Figure, Report, percentile

DOWN, UP, LATENCY = 9_000_000 * 0.9 / 8, 1_500_000 * 0.9 / 8, 165.0
"""Bytes a second and milliseconds: “Fast 4G” of the browser's own tools for developers."""
SCREENS = {
    "desk": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "is_mobile": True,
        "has_touch": True,
        "device_scale_factor": 2,
    },
}
LISTENS = """
window.seen = { largest: 0, moved: 0 };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.seen.largest = one.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.seen.moved += one.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--posts", type=int, default=300)
    parser.add_argument(
        "--times", type=int, default=3, help="visits of each page on each screen; the middle one counts"
    )


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("This bench needs a browser: install Chromium (Debian, Ubuntu: apt-get install chromium).")
    with House() as house:
        house.connect(house.network(accounts=5))
        serve = house.serve()
        serve.ready()
        at = datetime.now(UTC) + timedelta(hours=1)
        house.schedule(texts(given.posts), at=at, every=timedelta(days=28) / given.posts)
        place = [house.workspace.pk]
        pages = {
            "sign-in": reverse("account_login"), **addresses(house),
            **{name: reverse(name, args=place) for name in ("write", "posts", "library", "queue", "channels")},
        }  # fmt: skip
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": Desk(house).session, "url": serve.url}
        largest, moved, weight = {}, {}, {}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found)
            for name, address in pages.items():
                for screen in SCREENS:
                    visits = [
                        _visit(browser, serve.url + address, screen, [] if name == "sign-in" else [cookie])
                        for _ in range(given.times)
                    ]
                    shown = f"{name}, {screen}"
                    largest[shown] = percentile([visit["largest"] for visit in visits], 0.5) or 0
                    moved[shown] = max(visit["moved"] for visit in visits)
                    weight[shown] = max(visit["weight"] for visit in visits) / 1024
            browser.close()
    figures = []
    for what, told, unit, must in (
        ("largest part seen after (LCP)", largest, "ms", 1200), ("layout shift (CLS)", moved, "", 0.02),
        ("scripts and styles as sent", weight, "KiB", 120),
    ):  # fmt: skip
        worst = max(told, key=lambda shown, told=told: told[shown])
        figures += [
            Figure(f"{what}, middle of all pages", percentile(list(told.values()), 0.5) or 0, unit, must),
            Figure(f"{what}, the worst: {worst}", told[worst], unit, must),
        ]
    return Report(
        "visits", "a first visit on a throttled 4G line",
        {
            "pages": len(pages), "visits of each": given.times, "posts": given.posts,
            "line": f"{DOWN * 8 / 1e6:.1f} Mbit/s down, {UP * 8 / 1e6:.2f} up, {LATENCY:.0f} ms",
            "database": house.database,
        },
        figures,
        notes=[
            "Every visit begins with an empty cache. The line is the browser's own “Fast 4G”; server and browser share "
            "the two cores."
        ],
        conditions=before,
    )  # fmt: skip


def _visit(browser: Browser, address: str, screen: str, cookies: list[Any]) -> dict[str, float]:
    context = browser.new_context(**SCREENS[screen])  # type: ignore[arg-type]
    try:
        context.add_cookies(cookies)
        context.add_init_script(LISTENS)
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP},
        )
        kinds: dict[str, str] = {}
        sent: dict[str, float] = {}
        line.on("Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]}))
        line.on("Network.loadingFinished", lambda told: sent.update({told["requestId"]: told["encodedDataLength"]}))
        page.goto(address, wait_until="networkidle")
        seen = page.evaluate("window.seen")
        weight = sum(size for asked, size in sent.items() if kinds.get(asked) in ("Script", "Stylesheet"))
        return {**seen, "weight": weight}
    finally:
        context.close()
