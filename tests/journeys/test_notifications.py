"""A failure rings: at the bell, by letter, and on the device that she has chosen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from clarion.testing.servers.base import Fault
from clarion.testing.servers.mastodon import MastodonServer

from ..engines.installation import until
from ..notifications.push_service import PushService
from .browsers import PHONE
from .conftest import opened
from .house import House, Mailbox, Office
from .person import Person

TEXT = "The ferry to Hvaler is cancelled tonight."
NO_SERVICE = """
PushManager.prototype.subscribe = async function ({ applicationServerKey }) {
  if (new Uint8Array(applicationServerKey).length !== 65) throw new Error("no key");
  const keys = %s;
  const plain = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const bytes = (text) => Uint8Array.from(plain(text), (one) => one.charCodeAt(0)).buffer;
  return { endpoint: %s, getKey: (name) => bytes(keys[name]) };
};
"""
"""Chromium's own push service is out of reach here: only what it would answer is stood in for."""
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  return (await worker.getNotifications()).map((one) => [one.title, one.body, one.data.address]);
}"""
"""What stands on the screen."""


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with opened(playwright, whole=True) as browser:
        yield browser


def refused(town: MastodonServer) -> None:
    town.faults.arm(
        Fault("answer", lambda method, path: (method, path) == ("POST", "/api/v1/statuses"), 422, b'{"error": "no"}')
    )


def test_a_failure_rings_at_the_bell_by_letter_and_on_her_device(
    come: Callable[..., Person], house: House, office: Office, town: MastodonServer, mailbox: Mailbox
) -> None:
    with PushService() as service:
        person = come(house, permissions=["notifications"])
        page = person.page
        page.add_init_script(NO_SERVICE % (json.dumps(service.browser.keys), json.dumps(service.endpoint)))
        person.signs_in(office)
        house.channel(office, town)

        page.locator("summary").filter(has_text="Notifications").click()
        expect(page.get_by_text("Nothing is new.")).to_be_visible()
        page.get_by_role("link", name="What reaches you").click()
        person.presses("Notify me on this device")
        person.sees("This device is told from now on.")
        person.sees("not told anything yet")

        refused(town)
        person.begins_to_write()
        person.chooses("cityhall")
        person.types(TEXT)
        person.publishes()
        (told,) = until(lambda: service.told, seconds=60, what="her device is told")
        assert told["title"] == "Mastodon did not take it" and told["body"] == TEXT
        (letter,) = until(lambda: mailbox.about(TEXT, to=office.email), seconds=60, what="a letter comes")
        assert told["address"] in letter

        # The real service worker of the page shows what the service was given.
        shown = shows(person, told)
        assert shown == [["Mastodon did not take it", TEXT, told["address"]]]

        person.opens("/notifications")
        person.sees("1 is new")
        page.get_by_role("link", name="Mastodon did not take it").last.click()
        person.sees("did not take it", inside=page.get_by_role("main"))
        assert page.url.endswith(told["address"])
        person.opens("/notifications")
        person.sees("Nothing is new.", inside=page.get_by_role("main"))


def shows(person: Person, told: dict[str, str]) -> list[list[str]]:
    """Hands the message to the service worker as the browser would, and says what stands on the screen then."""
    page = person.page
    session = page.context.new_cdp_session(page)
    found: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")
    assert found
    message = {"origin": person.house.url, "registrationId": found[0], "data": json.dumps(told)}
    # Beside much else Chromium now and then shows nothing of what it is handed in this way (2 of 30 times): then it is
    # handed over once more, and is one and the same by its tag.
    assert told["tag"]
    for _turn in range(10):
        session.send("ServiceWorker.deliverPushMessage", message)
        page.wait_for_timeout(500)
        shown: list[list[str]] = page.evaluate(SHOWN)
        if shown:
            return shown
    return []


def test_the_last_owner_cannot_be_deaf_to_failures_and_chooses_the_rest_by_keyboard_on_a_phone(
    come: Callable[..., Person], house: House, office: Office
) -> None:
    person = come(house, **PHONE)
    person.signs_in(office)
    page = person.page
    page.locator("summary").filter(has_text="Notifications").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="What reaches you").focus()
    page.keyboard.press("Enter")
    person.sees_heading("What reaches you")
    expect(page.get_by_role("button", name="Notify me on this device")).to_be_visible()
    for way in ("E-mail", "On your devices"):
        page.get_by_label(f"Posts that did not go out: {way}").select_option("off")
    page.get_by_label("Comments and mentions: E-mail").select_option("off")
    person.presses("Save")
    person.sees("would then reach nobody outside the app")
    page.get_by_label("Posts that did not go out: E-mail").select_option("at_once")
    page.get_by_role("button", name="Save", exact=True).focus()
    page.keyboard.press("Enter")
    person.sees("From now on you are told this way.")
    expect(page.get_by_label("Comments and mentions: E-mail")).to_have_value("off")
    expect(page.get_by_label("Posts that did not go out: On your devices")).to_have_value("off")
