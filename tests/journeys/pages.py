"""Every page that a person can come to, by name, in the demo's city: for the checks of all pages and the pictures."""

from __future__ import annotations

import re
from uuid import UUID

from clarion.web import demo_city

from ..engines.installation import until
from .house import House
from .person import Person

NOW_TEXT = "Storgata is open again: the water main is mended, and busses 12 and 14 are back on their usual way."
NOW_PARTS = "Thank you for your patience, and to those who worked through the night."


def signs_in(person: Person) -> str:
    """Signs in as the demo's person; the workspace's id."""
    person.opens("/account/login/")
    person.page.get_by_label("E-mail").fill(demo_city.EMAIL)
    person.page.get_by_label("Password").fill(demo_city.PASSWORD)
    person.presses("Sign in")
    person.sees_heading("Today")
    return person.page.url.split("/w/")[1].split("/")[0]


def goes_out_now(demo: House) -> None:
    """One post that really goes out on every channel: the city's past is made up and has no steps to look at."""
    channels = demo.ask("channels", "list", "--workspace", demo_city.WORKSPACE)
    words = [word for channel in channels for word in ("--channel", channel["id"])]
    (made,) = demo.ask("posts", "add", "--workspace", demo_city.WORKSPACE, *words, "--text", NOW_TEXT, "--at", "now")
    mine = {one["id"] for one in made["deliveries"]}
    until(
        lambda: {one["state"] for one in _deliveries(demo) if one["id"] in mine} == {"published"},
        seconds=60, what="the demo publishes",
    )  # fmt: skip


def _deliveries(demo: House) -> list[dict[str, str]]:
    return demo.ask("deliveries", "--workspace", demo_city.WORKSPACE)


def _picture(demo: House, name: str) -> UUID:
    ((pk,),) = demo.rows(f"SELECT id FROM posts_media WHERE name = '{name}' AND source_id IS NULL")
    return UUID(hex=pk)


def _id(demo: House, table: str, name: str) -> UUID:
    ((pk,),) = demo.rows(f"SELECT id FROM {table} WHERE name = '{name}'")
    return UUID(hex=pk)


def _sign_on(demo: House) -> dict[str, str]:
    """The pages of single sign-on, which are of the organisation."""
    ((house, provider),) = demo.rows("SELECT organisation_id, id FROM organisations_identityprovider")
    at = f"/o/{UUID(hex=house)}/single-sign-on"
    return {
        "single-sign-on": at, "single-sign-on-provider": f"{at}/{UUID(hex=provider)}",
        "single-sign-on-oidc": f"{at}/new/oidc", "single-sign-on-saml": f"{at}/new/saml",
        "single-sign-on-edit": f"{at}/{UUID(hex=provider)}/edit",
    }  # fmt: skip


def _drill(demo: House) -> UUID:
    ((pk,),) = demo.rows("SELECT id FROM organisations_pause WHERE kind = 'drill'")
    return UUID(pk)


def _organisation(demo: House) -> UUID:
    ((pk,),) = demo.rows("SELECT id FROM organisations_organisation WHERE is_demo")
    return UUID(hex=pk)


def _asked_anew(demo: House) -> UUID:
    """A question about words of which others were approved before."""
    ((pk,),) = demo.rows(
        "SELECT id FROM approvals_request WHERE state = 'waiting' AND post_id IN"
        " (SELECT post_id FROM approvals_request WHERE state = 'void')"
    )
    return UUID(hex=pk)


def _question(demo: House, which: str) -> UUID:
    ((pk,),) = demo.rows(f"SELECT id FROM approvals_request WHERE {which}")
    return UUID(hex=pk)


def _workflow(demo: House) -> UUID:
    """One of several stages."""
    ((pk,),) = demo.rows("SELECT id FROM approvals_workflow WHERE name LIKE 'The mayor%'")
    return UUID(hex=pk)


def _talked_about(demo: House) -> UUID:
    """A question whose post two colleagues talk about."""
    ((pk,),) = demo.rows(
        "SELECT id FROM approvals_request WHERE state = 'waiting' AND post_id IN"
        " (SELECT post_id FROM approvals_comment WHERE answers_id IS NOT NULL)"
    )
    return UUID(hex=pk)


def guest_link(person: Person, workspace: str) -> str:
    """The address by which the demo's guest comes, shown instead of written."""
    person.opens(f"/w/{workspace}/guests")
    person.presses("Show one instead")
    return re.search(r"/g/\S+", person.page.get_by_text("Pass this on to").inner_text())[0]


def addresses(demo: House, workspace: str) -> dict[str, str]:
    """Names of pages → paths, for somebody who is signed in."""
    at, house = f"/w/{workspace}", f"/o/{_id(demo, 'organisations_organisation', demo_city.ORGANISATION)}"
    deliveries = _deliveries(demo)
    channels = {one["network"]: one["id"] for one in demo.ask("channels", "list", "--workspace", demo_city.WORKSPACE)}

    def one(state: str, network: str = "") -> dict[str, str]:
        return max(
            (d for d in deliveries if d["state"] == state and d["channel"] == channels.get(network, d["channel"])),
            key=lambda d: d["due_at"] if state == "published" else "",
        )

    published, coming = one("published", "mastodon"), min(
        (d for d in deliveries if d["state"] == "scheduled"), key=lambda d: d["due_at"]
    )  # fmt: skip
    return {
        "today": f"{at}/",
        "today-week": f"{at}/?span=week",
        "needs-you": f"{at}/needs",
        "composer-empty": f"{at}/write",
        "rules-of-writing": f"{at}/advice",
        "rules": f"{at}/rules",
        "rule-kinds": f"{at}/rules/new",
        "rule-personal": f"{at}/rules/new?kind=personal",
        "blackout-mourning": f"{at}/calendar/blackouts/new?preset=mourning",
        "writing-help": f"{at}/assist",
        "composer": f"{at}/posts/{coming['post']}/edit",
        "history": f"{at}/posts/{coming['post']}/history?old=1&new=3",
        "channel-sets": f"{at}/sets",
        "kit": f"{at}/kit",
        "kit-snippets": f"{at}/kit/snippets",
        "kit-mentions": f"{at}/kit/people",
        "kit-person-new": f"{at}/kit/people/new",
        "kit-preset-new": f"{at}/kit/utm/new",
        "links": f"{at}/links",
        "calendar": f"{at}/calendar",
        "calendar-list": f"{at}/calendar?view=list",
        "calendar-week": f"{at}/calendar?view=week",
        "calendar-day": f"{at}/calendar?view=day",
        "calendar-ahead": f"{at}/calendar?day={coming['due_at'][:10]}&zone=America/New_York",
        "note-new": f"{at}/calendar/notes/new",
        "blackouts": f"{at}/calendar/blackouts",
        "blackout-new": f"{at}/calendar/blackouts/new",
        "feeds": f"{at}/calendar/feeds",
        "holidays": f"{at}/calendar/holidays",
        "campaigns": f"{at}/campaigns",
        "campaign-new": f"{at}/campaigns/new",
        "queue": f"{at}/queue",
        "categories": f"{at}/categories",
        "evergreen": f"{at}/posts/{published['post']}/evergreen",
        "ideas": f"{at}/ideas",
        "idea-new": f"{at}/ideas/new?title=Snow&url=https://halden.example",
        "incoming": f"{at}/incoming",
        "incoming-new": f"{at}/incoming/new",
        "imports": f"{at}/imports",
        "approvals": f"{at}/approvals",
        "approvals-all": f"{at}/approvals?shelf=all",
        "approvals-decided": f"{at}/approvals?shelf=decided",
        "approval": f"{at}/approvals/{_asked_anew(demo)}",
        "approval-without": f"{at}/approvals/{_question(demo, "state = 'glass'")}",
        "approval-steps": f"{at}/approvals/{_question(demo, "state = 'waiting' AND stage = 1")}",
        "workflows": f"{at}/workflows",
        "workflow-new": f"{at}/workflows/new?preset=mayor",
        "workflow": f"{at}/workflows/{_workflow(demo)}",
        "guests": f"{at}/guests",
        "approval-comments": f"{at}/approvals/{_talked_about(demo)}",
        "posts": f"{at}/posts",
        "post": f"{at}/posts/{published['post']}",
        "post-scheduled": f"{at}/posts/{coming['post']}",
        "delivery-published": f"{at}/deliveries/{published['id']}",
        "delivery-scheduled": f"{at}/deliveries/{coming['id']}",
        "delivery-needs-a-person": f"{at}/deliveries/{one('unknown')['id']}",
        "delivery-failed": f"{at}/deliveries/{one('failed')['id']}",
        "delivery-correct": f"{at}/deliveries/{published['id']}/edit",
        "library": f"{at}/library",
        "library-file": f"{at}/library/{_picture(demo, 'market.png')}",
        "library-taken-out": f"{at}/library?show=removed",
        "channels": f"{at}/channels",
        "channel": f"{at}/channels/{channels['mastodon']}",
        "connect": f"{at}/channels/connect",
        "connect-mastodon": f"{at}/channels/connect/mastodon",
        "connect-bluesky": f"{at}/channels/connect/bluesky",
        "connect-facebook": f"{at}/channels/connect/facebook",
        "connect-slack": f"{at}/channels/connect/slack",
        "connect-none": f"{at}/channels/connect?q=myspace",
        "guide": f"{at}/channels/about/slack",
        "told": f"{at}/notifications",
        "told-ways": f"{at}/notifications/ways",
        "team-chats": f"{at}/channels/team",
        "people": f"{at}/people",
        "organisation": f"{house}/",
        "organisation-person": f"{house}/people/{_id(demo, 'organisations_user', demo_city.NIGHT[0][1])}",
        "organisation-workspaces": f"{house}/workspaces",
        "organisation-workspace": f"{house}/workspaces/{workspace}",
        "teams": f"{house}/teams",
        "team": f"{house}/teams/{_id(demo, 'organisations_team', 'Night desk')}",
        "roles": f"{house}/roles",
        "role": f"{house}/roles/{_id(demo, 'organisations_customrole', 'Proofreader')}",
        **_sign_on(demo),
        "crisis": f"{at}/crisis",
        "crisis-review": f"{at}/crisis/review",
        "crisis-report": f"{at}/crisis/{_drill(demo)}",
        "sign-in-rules": f"/o/{_organisation(demo)}/sign-in",
        "account": "/me",
        "second-factor": "/me/second-factor",
        "authenticator-app": "/account/factors/app/",
        "passkey": "/account/factors/passkeys/new/",
        "password": "/account/password/change/",
        "components": "/design",
        "not-found": f"{at}/no-such-page",
    }


OUTSIDE = {
    "sign-in": "/account/login/", "forgotten-password": "/account/password/reset/", "sign-in-through": "/sign-in",
}  # fmt: skip
"""Pages for those who are not signed in; the public noticeboard and one notice come with the city."""
