"""A contributor asks, her manager says yes, the mayor says yes on a phone. An edit in between voids the yes and is
shown, and what goes out is exactly what was approved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from clarion.testing.servers.mastodon import MastodonServer

from ..engines.installation import until
from .browsers import PHONE
from .house import House, Mailbox, Office
from .person import Person
from .test_agency import OWN, comes_in

FIRST = "The bridge is closed on Friday."
SECOND = "The bridge is closed on Monday."
YES = "Yes, to exactly this"


def invites(manager: Person, office: Office, email: str, role: str) -> None:
    manager.opens(f"/w/{office.workspace}/people")
    manager.page.get_by_label("E-mail addresses").fill(email)
    manager.page.get_by_label("Role", exact=True).select_option(label=role)
    manager.presses("Invite")
    manager.sees("1 invitation is out.")


def says_yes(person: Person, office: Office, text: str) -> None:
    person.opens(f"/w/{office.workspace}/approvals")
    person.page.get_by_role("link", name=text).first.click()
    person.sees_heading(text)
    person.presses(YES)
    person.sees("is kept. It waits for the next one.")


def test_a_contributor_her_manager_and_the_mayor(
    come: Callable[..., Person], house: House, office: Office, town: MastodonServer, mailbox: Mailbox
) -> None:
    house.channel(office, town)
    tag = office.email.split("@")[0]
    amir_at, anne_at = f"amir-{tag}@halden.example", f"anne-{tag}@halden.example"
    manager, amir, anne = come(house), come(house), come(house, **PHONE)
    manager.signs_in(office)
    newcomers = ((amir, amir_at, "Amir Haddad", "Contributor"), (anne, anne_at, "Anne Berg", "Editor"))
    for person, email, name, role in newcomers:
        invites(manager, office, email, role)
        comes_in(person, mailbox, email=email, name=name)
        person.signs_in(office, email=email, password=OWN)

    # Two stages: the desk, then the mayor.
    manager.opens(f"/w/{office.workspace}/workflows")
    manager.page.get_by_role("link", name="The mayor's yes").click()
    first = manager.page.get_by_role("group", name="Yes 1", exact=True)
    first.get_by_role("group", name="Roles and teams").get_by_label("Owner").check()
    second = manager.page.get_by_role("group", name="Yes 2", exact=True)
    second.get_by_role("group", name="People").get_by_label("Anne Berg").check()
    manager.presses("Set it up")
    manager.sees("Anne Berg")

    # The contributor asks; her own yes is not to be had.
    amir.begins_to_write()
    amir.chooses("cityhall")
    amir.types(FIRST)
    at = datetime.now(ZoneInfo("Europe/Oslo")) + timedelta(minutes=2)
    amir.page.get_by_label("Date", exact=True).fill(f"{at:%Y-%m-%d}")
    amir.page.get_by_label("Time", exact=True).fill(f"{at:%H:%M}")
    amir.presses("Ask for approval")
    amir.sees("Waits for a yes")
    post = amir.page.url
    amir.opens(f"/w/{office.workspace}/approvals?shelf=all")
    amir.page.get_by_role("link", name=FIRST).first.click()
    amir.sees_heading(FIRST)
    expect(amir.page.get_by_role("button", name=YES)).to_have_count(0)

    # The manager first; only then is the mayor asked, on her phone.
    anne.opens(f"/w/{office.workspace}/approvals")
    expect(anne.page.get_by_role("link", name=FIRST)).to_have_count(0)
    says_yes(manager, office, FIRST)
    anne.opens(f"/w/{office.workspace}/approvals")
    anne.page.get_by_role("link", name=FIRST).first.click()
    anne.sees_heading(FIRST)

    # While she looks the contributor changes a word: her press is refused, and both are asked again.
    amir.opens(post)
    amir.page.get_by_role("link", name="Edit").click()
    amir.types(SECOND)
    amir.presses("Save and ask again")
    amir.sees("Waits for a yes")
    anne.presses(YES)
    anne.sees("It was changed since")
    assert not town.statuses

    says_yes(manager, office, SECOND)
    anne.opens(f"/w/{office.workspace}/approvals")
    anne.page.get_by_role("link", name=SECOND).first.click()
    anne.sees("Changed since the last yes")
    anne.presses(YES)
    anne.sees("is approved")
    until(lambda: [one.text for one in town.statuses.values()] == [SECOND], seconds=240, what="it goes out")
    amir.opens(post)
    amir.sees("Approved")
