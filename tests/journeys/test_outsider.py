"""An outsider: signed in, member of another workspace, and for every address of ours there is nothing there."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import URLPattern, URLResolver, get_resolver

from clarion.web.pages.examples_plan import MADE_UP

from .house import House, Office

TEXT = "Not yet for the public: the budget of next year."


def test_an_outsider_sees_404_at_every_address(come, house: House, office: Office) -> None:
    ingrid = come(house)
    ingrid.signs_in(office)
    ingrid.begins_to_write()
    ingrid.types(TEXT)
    ingrid.schedules(datetime.now(ZoneInfo("Europe/Oslo")) + timedelta(days=1))
    ingrid.sees("It goes out on")
    (told,) = house.deliveries(office)
    real = {"post": told["post"], "delivery": told["id"], "channel": told["channel"], "network": "mastodon"}

    oscar = come(house)
    oscar.signs_in(house.office())
    oscar.opens(f"/w/{office.workspace}/posts/{told['post']}")
    oscar.sees_heading("There is nothing at this address")
    assert TEXT not in oscar.page.content() and office.name not in oscar.page.content()

    found = {}
    token = next(cookie["value"] for cookie in oscar.page.context.cookies() if cookie["name"] == "csrftoken")
    for route in workspace_routes():
        address = house.url + filled(route, {"workspace": office.workspace, **real})
        for method in ("GET", "POST"):
            headers = {"X-CSRFToken": token, "Referer": house.url}
            answer = oscar.page.request.fetch(address, method=method, headers=headers, max_redirects=0)
            found[f"{method} {route}"] = (answer.status, TEXT in answer.text() or office.name in answer.text())
    assert len(found) > 40
    # A verb that an address does not know is refused before anybody is asked who they are: that tells nothing either.
    assert {what: said for what, said in found.items() if said[0] not in (404, 405) or said[1]} == {}
    by_route = {}
    for what, (status, _told) in found.items():
        by_route.setdefault(what.split(" ", 1)[1], set()).add(status)
    assert {route for route, statuses in by_route.items() if 404 not in statuses} == set()

    ingrid.page.reload()
    ingrid.sees(TEXT)  # it is all still there
    assert [one["state"] for one in house.deliveries(office)] == ["scheduled"]


def workspace_routes() -> list[str]:
    """Every address below a workspace, as it is declared."""

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> list[str]:
        routes = []
        for one in patterns:
            route = before + str(one.pattern)
            routes += walk(one.url_patterns, route) if isinstance(one, URLResolver) else [route]
        return routes

    # What lies below the workspace of the gallery is made up, and the same for everybody.
    routes = [route for route in walk(get_resolver().url_patterns, "") if not route.startswith(f"w/{MADE_UP}/")]
    return [route for route in dict.fromkeys(routes) if route.startswith("w/")]


def filled(route: str, real: dict[str, str]) -> str:
    """The route with ids that exist where we know one, and a made-up one elsewhere."""

    def value(found: re.Match[str]) -> str:
        kind, _, name = found[1].partition(":")
        return real.get(name, "00000000-0000-4000-8000-000000000000" if kind == "uuid" else "there")

    return "/" + re.sub(r"<([^>]+)>", value, route)
