"""Failed, reconnected, sent: the sign-in dies at the server, the author is told, and nothing is lost or doubled."""

from __future__ import annotations

import re

from clarion.testing.servers.mastodon import MastodonServer

from ..engines.installation import until
from .house import House, Mailbox, Office
from .person import Person

TEXT = "Bus 12 is diverted this week: please use the stop at the station."


def test_a_post_waits_for_a_new_sign_in_and_is_sent_once(
    person: Person, house: House, office: Office, town: MastodonServer, mailbox: Mailbox
) -> None:
    house.channel(office, town)
    citys_own = town.people.pop(town.token)  # the sign-in was revoked there
    person.begins_to_write()
    person.chooses("cityhall")
    person.types(TEXT)
    person.publishes()
    person.sees("Held", inside=person.region("On each channel"))

    # Told in the app…
    person.goes_to("Today")
    person.sees("asks for a new sign-in", inside=person.region("Needs you"))
    person.sees(TEXT, inside=person.region("Needs you"))
    # …and by e-mail, with the way to the very page.
    (letter,) = until(lambda: mailbox.about(TEXT, to=office.email), seconds=60, what="the author is told by e-mail")
    person.opens(re.search(rf"{house.url}\S+/deliveries/\S+", letter)[0])
    person.sees_heading("Held")

    fresh = "tok-cityhall-anew"
    town.people[fresh] = citys_own
    person.page.get_by_role("main").get_by_role("link", name="Sign in again").click()
    person.connects_mastodon(server=town.url, token=fresh)
    person.sees("is connected")

    until(
        lambda: [told["state"] for told in house.deliveries(office)] == ["published"],
        seconds=30, what="the post that waited is out",
    )  # fmt: skip
    person.goes_to("Today")
    person.sees("Nothing needs you")
    assert [status.text for status in town.statuses.values()] == [TEXT]
