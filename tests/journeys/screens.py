"""Pictures of every page, light and dark, on a desk and on a phone, into ``docs/screens``: ``bin/screens``.

The pages are those of the demo, and of a house in which nobody has been yet.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from .browsers import CALM, DESK, MISSING, PHONE, system_browser
from .house import House
from .pages import OUTSIDE, addresses, goes_out_now, guest_link, signs_in
from .person import Person
from .test_first_minute import sets_up

HERE = Path(__file__).parents[2] / "docs" / "screens"
SCREENS = {"desk": DESK, "phone": PHONE}
SCHEMES = ("light", "dark")
SHOWN = {
    "set-up": "First set-up, in an empty data folder",
    "first-day": "Today, right after it",
    "sign-in": "Sign-in",
    "today": "Today",
    "composer-empty": "The composer, empty",
    "composer": "The composer, with a post",
    "history": "The history of a post",
    "channel-sets": "Sets of channels",
    "kit": "The kit: groups of hashtags",
    "kit-mentions": "The kit: whom posts mention",
    "links": "Short links and their clicks",
    "crisis": "The crisis board",
    "calendar": "The calendar's month",
    "calendar-week": "A week as a grid of time",
    "calendar-day": "A day",
    "calendar-list": "The month as a list",
    "campaigns": "Campaigns",
    "blackouts": "Blackouts",
    "rules": "Rules of the house",
    "rule-personal": "A rule for personal data",
    "queue": "The queue of a channel",
    "categories": "Categories",
    "evergreen": "A post that goes out again from time to time",
    "ideas": "Ideas",
    "incoming": "Incoming feeds",
    "imports": "Imports",
    "approvals": "What waits for a yes",
    "approval": "One post, with the exact words and what changed since the last yes",
    "approval-without": "One that goes out without its yes, and waits for a look",
    "approval-steps": "One in the middle of its three steps",
    "workflows": "Who approves what",
    "workflow": "A workflow",
    "guests": "Guests",
    "guest": "What a guest sees",
    "posts": "Posts",
    "post": "One post",
    "delivery-published": "A delivery that is published",
    "delivery-needs-a-person": "A delivery of which nobody can tell",
    "delivery-failed": "A delivery that failed",
    "library": "The library",
    "library-file": "One picture of the library",
    "channels": "Channels",
    "channel": "One channel",
    "connect": "Which network to connect",
    "connect-mastodon": "Connecting Mastodon",
    "connect-facebook": "Connecting Facebook, which wants an application first",
    "guide": "Everything about Slack",
    "told": "Notifications",
    "told-ways": "What reaches you",
    "people": "People",
    "organisation": "People of the organisation",
    "organisation-person": "One person, and by what she is where",
    "team": "A team and what it gives",
    "roles": "What each role may do",
    "single-sign-on": "Single sign-on",
    "single-sign-on-provider": "An identity provider and its domains",
    "sign-in-rules": "How people of an organisation sign in",
    "account": "One's own account",
    "authenticator-app": "Setting up an authenticator app",
    "noticeboard": "The public noticeboard",
    "notice": "One notice",
    "not-found": "Nothing at this address",
}


class Camera:
    def __init__(self, folder: Path, *, whole: bool, only: list[str]) -> None:
        self.folder, self.whole, self.only = folder, whole, only
        folder.mkdir(parents=True, exist_ok=True)

    def wants(self, name: str) -> bool:
        return name in SHOWN and (not self.only or name in self.only)

    def takes(self, person: Person, name: str, *, look: str) -> None:
        page = person.page
        page.wait_for_load_state("networkidle")
        raw = page.screenshot(full_page=self.whole, animations="disabled", caret="hide")
        with Image.open(io.BytesIO(raw)) as picture:
            few_colours(picture.convert("RGB")).save(self.folder / f"{name}-{look}.png", optimize=True)
        sys.stderr.write(f"{name}-{look}\n")


def few_colours(picture: Image.Image) -> Image.Image:
    """A palette of 256, chosen so that a small green dot stays green, and ``kmeans`` so that white stays white."""
    return picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE)


def looks(browser: Browser, house: House) -> Iterator[tuple[str, Person]]:
    """A person before each screen in each light."""
    for screen, size in SCREENS.items():
        for scheme in SCHEMES:
            context = browser.new_context(**size, **CALM, color_scheme=scheme)
            yield f"{screen}-{scheme}", Person(context.new_page(), house)
            context.close()


@contextmanager
def opened(folder: Path, command: str) -> Iterator[House]:
    house = House(folder)
    try:
        yield house.open(command)
    finally:
        house.end()


def the_empty_house(browser: Browser, folder: Path, camera: Camera) -> None:
    with opened(folder, "serve") as house:
        for look, person in looks(browser, house):
            person.opens("/")
            camera.takes(person, "set-up", look=look)
        context = browser.new_context(**DESK, **CALM)
        sets_up(Person(context.new_page(), house))
        cookies = context.cookies()
        context.close()
        for look, person in looks(browser, house):
            person.page.context.add_cookies(cookies)
            person.opens("/")
            camera.takes(person, "first-day", look=look)


def the_city(browser: Browser, folder: Path, camera: Camera) -> None:
    with opened(folder, "demo") as house:
        goes_out_now(house)
        for look, person in looks(browser, house):
            person.opens(OUTSIDE["sign-in"])
            if camera.wants("sign-in"):
                camera.takes(person, "sign-in", look=look)
            workspace = signs_in(person)
            paths = addresses(house, workspace) | {"guest": guest_link(person, workspace)}
            person.opens(paths["today"])
            board = person.page.get_by_role("link", name="Your noticeboard").get_attribute("href")
            person.opens(board)
            notice = person.page.get_by_role("article").get_by_role("link").first.get_attribute("href")
            paths |= {"noticeboard": board, "notice": notice}
            for name in filter(camera.wants, paths):
                person.opens(paths[name])
                camera.takes(person, name, look=look)


def written(folder: Path) -> None:
    """The list of the pictures."""
    lines = [
        "# Screens", "",
        "Pictures of the demo's pages, made by `bin/screens`. Each is there in four looks:", "",
        "| page | desk | phone |", "|---|---|---|",
    ]  # fmt: skip
    for name, what in SHOWN.items():
        cells = [", ".join(f"[{scheme}]({name}-{screen}-{scheme}.png)" for scheme in SCHEMES) for screen in SCREENS]
        lines.append(f"| {what} | {cells[0]} | {cells[1]} |")
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/screens", description=__doc__)
    parser.add_argument("--to", type=Path, default=HERE, help="another folder than docs/screens")
    parser.add_argument("--whole", action="store_true", help="whole pages, also what is below the fold")
    parser.add_argument("names", nargs="*", metavar="PAGE", help=f"only these: {', '.join(SHOWN)}")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in SHOWN]:
        parser.error(f"no such page: {', '.join(unknown)}")
    if not (path := system_browser()):
        sys.stderr.write(f"bin/screens: {MISSING}\n")
        return 1
    camera = Camera(given.to, whole=given.whole, only=given.names)
    with tempfile.TemporaryDirectory(prefix="clarion-screens-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        if camera.wants("set-up") or camera.wants("first-day"):
            the_empty_house(browser, Path(folder) / "empty", camera)
        if any(camera.wants(name) for name in SHOWN if name not in ("set-up", "first-day")):
            the_city(browser, Path(folder) / "demo", camera)
        browser.close()
    if not given.names:
        written(given.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
