"""A person before the screen, who finds things by what they are called, and a watch over what people do not see."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from .house import PASSWORD, House, Office

PATIENCE = 20_000
"""Milliseconds that a person waits for a page: this is about what happens, not about how fast."""


class Watch:
    """Listens to every page of a context. ``complaints``: errors in the console (a breach of the content policy is
    one), failed parts of pages, and requests to any other host than the house."""

    def __init__(self, context: BrowserContext, *, house: str) -> None:
        self.complaints: list[str] = []
        self._host = urlsplit(house).netloc
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != self._host:
            self.complaints.append(f"another host was asked: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{response.status}: {response.request.method} {response.url}")


class Person:
    def __init__(self, page: Page, house: House) -> None:
        self.page = page
        self.house = house

    # -- coming in

    def opens(self, path: str) -> None:
        self.page.goto(self.house.url + path if path.startswith("/") else path)

    def signs_in(self, office: Office, *, email: str = "", password: str = PASSWORD) -> None:
        self.opens("/")
        self.page.get_by_label("E-mail").fill(email or office.email)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        self.sees_heading("Today")

    def goes_to(self, noun: str) -> None:
        """One of the nouns of the rail."""
        self.page.get_by_role("navigation", name="Main").get_by_role("link", name=noun).click()
        self.sees_heading(noun)

    def presses(self, name: str, *, inside: Locator | None = None, exact: bool = True) -> None:
        (inside or self.page).get_by_role("button", name=name, exact=exact).click()

    # -- looking: what she sees she can use, for the page's scripts listen once it is loaded

    def sees_heading(self, name: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(name, timeout=PATIENCE)
        self.page.wait_for_load_state()

    def sees(self, words: str, *, inside: Locator | None = None, within: float = PATIENCE / 1000) -> None:
        place = inside or self.page.get_by_role("main")
        expect(place.get_by_text(words).filter(visible=True).first).to_be_visible(timeout=within * 1000)
        self.page.wait_for_load_state()

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    # -- the composer

    def begins_to_write(self) -> None:
        self.page.get_by_role("link", name="Write", exact=True).first.click()
        self.sees_heading("Write a post")

    def types(self, *texts: str) -> None:
        """The parts of a thread."""
        for number, text in enumerate(texts, start=1):
            if number > 1:
                self.presses("Add a part to the thread")
            box = self.page.get_by_label(f"Text of part {number}")
            box.wait_for()
            self.page.wait_for_load_state()  # the page's scripts listen from then on
            box.fill(text)

    def hangs_up(self, picture: Path, *, alt: str) -> None:
        """A picture on the first part, with its description."""
        self.page.get_by_label("Add files").first.set_input_files(picture)
        description = self.page.get_by_label(f"Description {picture.name}")
        description.fill(alt)
        expect(description).to_have_value(alt)

    def chooses(self, *handles: str) -> None:
        """Only these channels."""
        for box in self.page.get_by_role("group", name="Channels").get_by_role("checkbox").all():
            name = box.evaluate("box => box.closest('label').textContent")
            box.set_checked(any(handle in name for handle in handles))

    def publishes(self) -> None:
        self.presses("Publish now")
        self.presses("Publish now", inside=self.dialog)
        self.sees("It goes out now")

    def schedules(self, at: datetime) -> None:
        self.page.get_by_label("Date", exact=True).fill(f"{at:%Y-%m-%d}")
        self.page.get_by_label("Time", exact=True).fill(f"{at:%H:%M}")
        self.presses("Schedule")

    def connects_mastodon(self, *, server: str, token: str) -> None:
        self.page.get_by_label("Access token").fill(token)
        form = self.page.locator("form").filter(has=self.page.get_by_label("Access token"))
        form.get_by_label("Server").fill(server)
        self.presses("Connect", inside=form)
