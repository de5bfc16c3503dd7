"""An agency with two clients: who works for one sees nothing of the other; a team, a role of one's own, a deputy; and
somebody who leaves has nothing left at the next click."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .house import House, Mailbox, Office
from .person import Person

OWN = "seven calm horses"
"""The password that a new person chooses."""


def comes_in(person: Person, mailbox: Mailbox, *, email: str, name: str) -> None:
    """By the invitation's link, as somebody new."""
    (mail,) = mailbox.about("invites you to", to=email)
    person.opens(re.search(r"/invited/[\w-]+", mail.replace("=\n", ""))[0])  # type: ignore[index]
    person.page.get_by_label("Your name").fill(name)
    person.presses("Come in")
    passwords = person.page.locator('input[type="password"]')
    passwords.first.wait_for()
    for field in passwords.all():
        field.fill(OWN)
    person.page.locator('main form:has(input[type="password"]) button').first.click()
    person.page.wait_for_load_state()


def test_an_agency_keeps_two_clients_apart_and_a_leaver_has_nothing(
    come, house: House, office: Office, mailbox: Mailbox
) -> None:
    tag = office.email.split("@")[0]
    anna_at, bo_at = f"anna-{tag}@halden.example", f"bo-{tag}@halden.example"
    owner, anna, bo = come(house), come(house), come(house)
    owner.signs_in(office)

    # The owner opens a workspace for a second client and invites two people, in one press.
    owner.page.get_by_text("Workspaces and account").locator("xpath=..").click()
    owner.page.get_by_role("link", name="People, workspaces, teams, roles").click()
    owner.sees_heading("People")
    owner.goes_to("Workspaces")
    owner.page.get_by_label("Name").fill("Bakery")
    owner.presses("Open it")
    owner.sees_heading("People")
    bakery = owner.page.url.split("/w/")[1].split("/")[0]
    owner.page.get_by_label("E-mail addresses").fill(f"{anna_at}, {bo_at}")
    owner.presses("Invite")
    owner.sees("2 invitations are out.")

    for person, email, name in ((anna, anna_at, "Anna Berg"), (bo, bo_at, "Bo Dahl")):
        comes_in(person, mailbox, email=email, name=name)
        person.signs_in(office, email=email, password=OWN)
        assert bakery in person.page.url
        person.opens(f"/w/{office.workspace}/")
        person.sees_heading("There is nothing at this address")
        assert office.name not in person.page.content()

    # Anna leads the client from now on; she cannot reach the organisation, and makes nobody an owner.
    owner.page.reload()
    owner.page.get_by_label("Role of Anna Berg").select_option(label="Manager")
    row = owner.page.get_by_role("listitem").filter(has_text="Anna Berg")
    row.get_by_role("button", name="Save").click()
    owner.sees("Anna Berg: Manager.")
    anna.opens(f"/w/{bakery}/people")
    assert "Owner" not in anna.page.get_by_label("Role", exact=True).inner_text()
    expect(anna.page.get_by_role("link", name="People, workspaces, teams, roles")).to_have_count(0)

    # While she is away Bo stands in, and has what she has.
    bo.opens(f"/w/{bakery}/people")
    expect(bo.page.get_by_role("button", name="Invite")).to_have_count(0)
    anna.page.get_by_text("Say that somebody is away").click()
    anna.page.get_by_label("Who stands in").select_option(label="Bo Dahl")
    anna.page.get_by_label("Last day").fill(anna.page.get_by_label("First day").input_value())
    anna.presses("Announce it")
    anna.sees("Bo Dahl stands in for Anna Berg")
    bo.page.reload()
    expect(bo.page.get_by_role("button", name="Invite")).to_be_visible()

    # A role of one's own, given by a team in the other workspace: Bo is there with the next click.
    owner.page.get_by_text("Workspaces and account").locator("xpath=..").click()
    owner.page.get_by_role("link", name="People, workspaces, teams, roles").click()
    owner.goes_to("Roles")
    owner.page.get_by_role("link", name="A role of your own").click()
    owner.page.get_by_label("Name").fill("Proofreader")
    owner.page.get_by_label("writes and changes drafts").check()
    owner.presses("Keep it")
    owner.goes_to("Teams")
    owner.page.get_by_label("Name").fill("Night desk")
    owner.presses("Make it")
    owner.sees_heading("Night desk")
    owner.page.get_by_label("Workspace", exact=True).select_option(label="Press office")
    owner.page.get_by_label("Role", exact=True).select_option(label="Proofreader")
    owner.presses("Give this role")
    owner.page.get_by_label("A person").select_option(label=f"Bo Dahl · {bo_at}")
    owner.presses("Take in")
    owner.sees("Bo Dahl belongs to the team.")
    bo.opens(f"/w/{office.workspace}/")
    bo.sees_heading("Today")

    # Bo leaves: one press, and each of his pages is gone at the next click.
    owner.page.get_by_role("main").get_by_role("link", name="Bo Dahl").click()
    owner.sees_heading("Bo Dahl")
    owner.sees("by the team Night desk")
    owner.presses("Remove from everything")
    owner.presses("Remove from everything", inside=owner.dialog)
    owner.sees("Bo Dahl has nothing here any more.")
    bo.page.get_by_role("navigation", name="Main").get_by_role("link", name="Posts").click()
    bo.sees_heading("There is nothing at this address")
    bo.opens("/")
    bo.sees_heading("You are in no workspace")
