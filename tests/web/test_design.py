"""The gallery at /design: nothing that has a style of its own is missing from it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clarion import web

SHEETS = sorted((Path(web.__file__).parent / "static" / "css").glob("*.css"))

EXCEPTIONS = {
    r"brief": "a kind of h1: a page has only one",
    r"htmx-request|carrying|dropping": "of the whole page, while something is fetched or carried over it",
    r"[xy]-\d+|r-\d+": "figures, not components: where a picture is kept when it is cropped, and ratios of pictures",
}  # fmt: skip
"""Patterns of classes that need not stand there, and why."""


class Classes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.update((dict(attrs).get("class") or "").split())


def components(sheet: str) -> set[str]:
    """The first class of each selector in the layer of components; what a script says of the whole page is not one."""
    sheet = re.sub(r"/\*.*?\*/", "", sheet, flags=re.S)
    found = set()
    for layer in re.findall(r"@layer components \{(.*?)^\}", sheet, flags=re.S | re.M):
        for selectors in re.findall(r"([^{};]+)\{", layer):
            whole = re.sub(r"html:not\(\.scripted\)|\.scripted(?![\w-])", "", selectors)
            for selector in re.split(r",(?![^(]*\))", whole):
                found.update(re.findall(r"\.([a-z][\w-]*)", selector)[:1])
    return found


def is_excepted(name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in EXCEPTIONS)


@pytest.fixture
def shown(desk, client):
    page = client.get("/design")
    assert page.status_code == 200
    parser = Classes()
    parser.feed(page.text)
    return parser.found


def test_components_are_found_in_a_style_sheet():
    sheet = """/* .no */
@layer components {
  .one:hover { } .two > .three, .four { }
  .scripted .five { } html:not(.scripted) .six, :is(.seven, .eight) .nine { }
  @keyframes ten { from { } }
}
@layer narrow { .eleven { } }
"""
    assert components(sheet) == {"one", "two", "four", "five", "six", "seven"}


def test_every_component_stands_in_the_gallery(shown):
    found = {path.name: components(path.read_text()) - shown for path in SHEETS}
    missing = {path: sorted(name for name in names if not is_excepted(name)) for path, names in found.items()}
    assert {path: names for path, names in missing.items() if names} == {}


def test_an_exception_is_needed(shown):
    """One that is shown after all, or that nobody styles any more, is taken out of the list."""
    missing = set().union(*(components(sheet.read_text()) for sheet in SHEETS)) - shown
    for pattern in EXCEPTIONS:
        for one in pattern.split("|"):
            assert any(re.fullmatch(one, name) for name in missing), one


def test_the_gallery_asks_nobody_and_repeats_no_id(desk, client):
    page = client.get("/design").text
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted({one for one in ids if ids.count(one) > 1}) == []
    assert '<div class="stack loose" hx-ignore>' in page


def test_what_is_made_up_has_a_picture(desk, client):
    page = client.get("/design").text
    found = re.findall(r'<img[^>]*src="([^"]+)"', page)
    assert len(found) > 10
    for address in set(found):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml"), address
