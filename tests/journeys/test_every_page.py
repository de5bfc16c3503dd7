"""Every page, light and dark, on a desk and on a phone: no barrier that axe can find, nothing that sticks out, no error
in the console, nothing against the content policy, and no word to any other host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from .browsers import CALM, DESK, PHONE
from .house import House
from .pages import OUTSIDE, addresses, goes_out_now, guest_link, signs_in
from .person import PATIENCE, Person, Watch
from .test_first_minute import sets_up

RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
"""The dark look is the same page in other colours: what else could be wrong was seen in the light."""
pytestmark = pytest.mark.xdist_group("city")  # one demo for all of them
SIZES = {"desk": DESK["viewport"], "phone": PHONE["viewport"]}


class Look:
    """One browser in the demo's city, with a watch."""

    def __init__(self, browser: Browser, house: House) -> None:
        context = browser.new_context(**DESK, **CALM)
        context.set_default_timeout(PATIENCE)
        self.watch = Watch(context, house=house.url)
        self.person = Person(context.new_page(), house)

    def at(self, path: str) -> list[str]:
        """All that is wrong with a page."""
        self.watch.complaints.clear()
        page, wrong = self.person.page, []
        page.set_viewport_size(SIZES["desk"])
        page.emulate_media(color_scheme="light")
        self.person.opens(path)  # once: no script looks at the width or the scheme when it begins
        page.evaluate(AXE_SCRIPT)
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            page.emulate_media(color_scheme="light")
            wrong += [f"{size} light: {barrier}" for barrier in barriers(page)]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                wrong.append(f"{size}: the page scrolls sideways")
            page.emulate_media(color_scheme="dark")
            wrong += [f"{size} dark: {barrier}" for barrier in barriers(page, COLOURS)]
        return wrong + self.watch.complaints


def barriers(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    found = page.evaluate("rules => axe.run(rules)", rules)["violations"]
    return [
        f"{one['id']} ({one['help']}) at {node['target']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        for node in one["nodes"][:4]
    ]


@pytest.fixture(scope="package")
def inside(browser: Browser, demo: House) -> Iterator[tuple[Look, dict[str, str]]]:
    look = Look(browser, demo)
    workspace = signs_in(look.person)
    goes_out_now(demo)
    yield look, addresses(demo, workspace)
    look.person.page.context.close()


PAGES = (
    "today", "today-week", "needs-you", "composer-empty", "composer", "history", "channel-sets", "kit", "kit-snippets",
    "kit-mentions", "kit-person-new", "kit-preset-new", "links", "calendar", "calendar-list",
    "calendar-week", "calendar-day", "calendar-ahead", "note-new", "blackouts", "blackout-new",
    "account", "second-factor", "authenticator-app", "passkey", "sign-in-rules",
    "feeds", "holidays", "campaigns", "campaign-new", "posts", "post", "post-scheduled", "queue", "categories",
    "evergreen", "ideas", "idea-new", "incoming", "incoming-new", "imports",
    "approvals", "approvals-all", "approvals-decided", "approval", "approval-without", "approval-steps",
    "approval-comments", "workflows", "workflow", "workflow-new", "guests",
    "delivery-published", "delivery-scheduled", "delivery-needs-a-person", "delivery-failed", "delivery-correct",
    "library", "library-file", "library-taken-out",
    "channels", "channel", "connect", "connect-mastodon", "connect-bluesky", "connect-facebook", "connect-slack",
    "connect-none", "guide", "told", "told-ways", "team-chats", "people", "organisation", "organisation-person",
    "organisation-workspaces", "organisation-workspace", "teams", "team", "roles", "role", "crisis", "crisis-review",
    "crisis-report", "password", "rules-of-writing", "writing-help", "rules", "rule-kinds", "rule-personal",
    "blackout-mourning", "single-sign-on", "single-sign-on-provider", "single-sign-on-oidc", "single-sign-on-saml",
    "single-sign-on-edit",
    "components", "not-found",
)  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_a_page_for_members_is_sound(inside: tuple[Look, dict[str, str]], name: str) -> None:
    look, paths = inside
    assert look.at(paths[name]) == []


def test_no_page_for_members_is_left_out(inside: tuple[Look, dict[str, str]]) -> None:
    assert set(inside[1]) == set(PAGES)


def test_what_the_tools_of_the_composer_open_is_sound(inside: tuple[Look, dict[str, str]]) -> None:
    look, paths = inside
    page, wrong = look.person.page, []
    for scheme, size in (("light", "desk"), ("dark", "phone")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(SIZES[size])
        look.person.opens(paths["composer-empty"])
        page.evaluate(AXE_SCRIPT)
        for name in ("Emoji", "Hashtags", "Mentions", "Snippets and templates"):
            look.person.presses(name, inside=page.get_by_role("group", name="Tools"))
            page.get_by_role("dialog").locator("[data-inside] li, [data-inside] section button").first.wait_for()
            wrong += [f"{size} {scheme} {name}: {barrier}" for barrier in barriers(page)]
            page.keyboard.press("Escape")
    assert wrong == []


def test_what_stands_in_the_calendar_is_sound(inside: tuple[Look, dict[str, str]]) -> None:
    """Pages of one thing each, to which one comes from a list."""
    look, paths = inside
    found = {}
    for page in ("blackouts", "campaigns", "incoming", "imports"):
        look.person.page.set_viewport_size(SIZES["desk"])
        look.person.opens(paths[page])
        one = look.person.page.locator(".plans a.cover").first.get_attribute("href")
        found[one] = look.at(one)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_pages_for_strangers_are_sound(browser: Browser, demo: House, inside: tuple[Look, dict[str, str]]) -> None:
    look, page = Look(browser, demo), inside[0].person.page
    inside[0].person.opens(inside[1]["today"])
    board = page.get_by_role("link", name="Your noticeboard").get_attribute("href")
    look.person.opens(board)
    notice = look.person.page.get_by_role("article").get_by_role("link").first.get_attribute("href")
    workspace = inside[1]["today"].split("/")[2]
    found = {
        path: look.at(path) for path in (*OUTSIDE.values(), board, notice, guest_link(inside[0].person, workspace))
    }
    found["/g/nothing/"] = look.at("/g/nothing/")
    look.person.page.context.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_pages_of_a_new_house_are_sound(browser: Browser, empty_house: House) -> None:
    look = Look(browser, empty_house)
    found = {"set-up": look.at("/")}
    look.person.page.set_viewport_size(SIZES["desk"])
    look.person.page.emulate_media(color_scheme="light")
    sets_up(look.person)
    here = "/" + look.person.page.url.split("/", 3)[3]
    more = ("calendar", "calendar?view=list", "calendar?view=week", "calendar/blackouts", "campaigns")
    for path in ("", "channels", "posts", *more, "library", "people"):
        found[path or "today"] = look.at(here + path)
    look.person.page.context.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
