"""From a keystroke to the new count, in a browser: an ordinary text, a long one, and 100,000 characters."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.urls import reverse
from playwright.sync_api import sync_playwright

from bench.desk import Desk
from bench.house import House, texts
from bench.report import Figure, Report, percentile

LENGTHS = (280, 5_000, 100_000)
TYPES = """
([text, times]) => {
  const area = document.querySelector("textarea.area");
  area.value = text;
  const took = [];
  for (let n = 0; n < times; n += 1) {
    area.value += "x";
    const from = performance.now();
    area.dispatchEvent(new Event("input", { bubbles: true }));
    took.push(performance.now() - from);
  }
  return took;
}
"""
COUNTS = """
async ([text, times]) => {
  const { src } = document.querySelector('script[src*="/js/composer.js"]');
  const { count } = await import(src.replace("composer.js", "count.js"));
  const took = [];
  for (let n = 0; n < times; n += 1) {
    const from = performance.now();
    count(text + "x".repeat(n % 7), "links", 23);
    took.push(performance.now() - from);
  }
  return took;
}
"""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--times", type=int, default=100)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise SystemExit("This bench needs a browser: install Chromium (Debian, Ubuntu: apt-get install chromium).")
    with House() as house:
        house.connect(house.network(accounts=5))
        serve = house.serve()
        serve.ready()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": Desk(house).session, "url": serve.url}
        figures = []
        long = " ".join([*texts(900), "Ærø, Größe, 👩‍👩‍👧‍👧 and https://city.no/l/winter"])
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found)
            context = browser.new_context()
            context.add_cookies([cookie])
            page = context.new_page()
            page.goto(serve.url + reverse("write", args=[house.workspace.pk]), wait_until="networkidle")
            page.route("**/write/*", lambda route: route.abort())
            for length in LENGTHS:
                took = page.evaluate(TYPES, [(long * 2)[-length:], given.times])
                figures += _figures(f"{length} characters: a keystroke, with its new count", took)
            took = page.evaluate(COUNTS, [(long * 2)[-LENGTHS[-1] :], given.times])
            figures += _figures(f"{LENGTHS[-1]} characters: the count, a breath later", took)
            browser.close()
        return Report(
            "keystroke", "a keystroke to the new count", {"times": given.times, "channels": len(house.channels) + 1},
            figures,
            notes=[
                "The time that the page's own script takes for one input event. Above 20,000 characters the count "
                "itself waits for a pause of 120 ms."
            ],
            conditions=before,
        )  # fmt: skip


def _figures(what: str, took: list[float]) -> list[Figure]:
    return [
        Figure(f"{what}, p50", percentile(took, 0.5) or 0, "ms"),
        Figure(f"{what}, p95", percentile(took, 0.95) or 0, "ms"),
    ]
