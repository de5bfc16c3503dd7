"""The press officer makes her account safe: an app, recovery codes, a passkey; and ends what is not hers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from typing import Any

from playwright.sync_api import expect

from .browsers import PHONE
from .house import PASSWORD
from .person import PATIENCE


class ByName:
    """The house by its name: browsers make passkeys for names, not for numbers."""

    def __init__(self, house: Any) -> None:
        self._house = house

    def __getattr__(self, name: str) -> Any:
        return getattr(self._house, name)

    @property
    def url(self) -> str:
        return f"http://localhost:{self._house.port}"


def code(key: str, *, ahead: int = 0) -> str:
    """What an authenticator app shows (RFC 6238), some half minutes ahead of now."""
    counter = struct.pack(">Q", int(time.time()) // 30 + ahead)
    digest = hmac.new(base64.b32decode(key), counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def gives_password(person, email: str) -> None:
    person.opens("/")
    person.page.get_by_label("E-mail").fill(email)
    person.page.get_by_label("Password").fill(PASSWORD)
    person.page.keyboard.press("Enter")


def signs_out(person) -> None:
    person.opens("/account/logout/")
    person.presses("Sign out")
    person.sees_heading("Sign in")


def opens_account(person) -> None:
    person.page.locator(".place > summary").click()
    person.page.get_by_role("link", name="Your account").click()
    person.sees_heading("Your account")


def test_a_press_officer_makes_her_account_safe_and_ends_a_session_that_is_not_hers(come, house, office, mailbox):
    town = ByName(house)
    ingrid = come(town)
    page = ingrid.page
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip

    # the app, and the codes for the day on which it is not at hand
    ingrid.signs_in(office)
    opens_account(ingrid)
    page.get_by_role("link", name="Set up an authenticator app").click()
    page.get_by_text("Or type the key").click()
    key = page.locator(".key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill("000000")
    page.keyboard.press("Enter")
    ingrid.sees("This code is wrong")
    page.get_by_label("Code").fill(code(key))
    page.keyboard.press("Enter")
    ingrid.sees_heading("Recovery codes")
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem").all_inner_texts()
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download").click()
    assert kept.value.path().read_text().split() == codes
    page.get_by_role("link", name="I have kept them").click()
    signs_out(ingrid)

    # in again, with the next code
    gives_password(ingrid, office.email)
    ingrid.sees_heading("One more step")
    page.get_by_label("Code").fill(code(key, ahead=1))
    page.keyboard.press("Enter")
    ingrid.sees_heading("Today")

    # somebody has her password and one of her codes
    thief = come(town, **PHONE)
    gives_password(thief, office.email)
    thief.sees_heading("One more step")
    thief.page.get_by_label("Code").fill(codes[0])
    thief.presses("Come in")
    thief.sees_heading("Today")
    assert mailbox.about("A recovery code was used", to=office.email)
    opens_account(ingrid)
    ingrid.sees("9 codes are left")
    page.get_by_role("button", name="End the session of Chrome").click()
    ingrid.sees("That session has ended.")
    thief.opens("/me")
    thief.sees_heading("Sign in")

    # a passkey, kept by the device itself: from now on neither password nor code
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Work laptop")
    ingrid.presses("Add it")
    ingrid.sees("Work laptop")
    assert mailbox.about("A passkey was added", to=office.email)
    signs_out(ingrid)
    ingrid.presses("Use a passkey")
    ingrid.sees_heading("Today")
    opens_account(ingrid)
    ingrid.sees("Passkey, last used on")

    # she takes it off again; the device's key opens nothing any more
    page.get_by_role("link", name="Take Work laptop off").click()
    ingrid.presses("Take it off")
    ingrid.sees("The passkey is taken off.")
    signs_out(ingrid)
    ingrid.presses("Use a passkey")
    expect(page.get_by_text("This code is wrong")).to_be_visible(timeout=PATIENCE)


def test_a_second_factor_that_is_asked_of_all_is_set_up_by_keyboard_on_the_next_visit(come, house, office):
    ingrid = come(house)
    ingrid.signs_in(office)
    ingrid.goes_to("People")
    ingrid.page.get_by_role("link", name="Signing in").click()
    ingrid.page.get_by_label("Everybody, from now on").check()
    ingrid.presses("Save")
    ingrid.sees_heading("Set up a second factor")
    page = ingrid.page
    page.get_by_role("link", name="Use an authenticator app").focus()
    page.keyboard.press("Enter")
    ingrid.sees_heading("Set up an authenticator app")
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    key = page.locator(".key").inner_text().replace(" ", "")
    page.keyboard.press("Tab")
    page.keyboard.type(code(key))
    page.keyboard.press("Enter")
    ingrid.sees_heading("Recovery codes")
    page.get_by_role("link", name="I have kept them").focus()
    page.keyboard.press("Enter")
    ingrid.sees_heading("Today")
