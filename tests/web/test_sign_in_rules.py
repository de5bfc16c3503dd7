"""The rules of an organisation at every request: how long a session lasts, and what has to be set up first."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from clarion.organisations.models import SignInPolicy
from clarion.records.models import Event
from clarion.web.place import rule_of
from clarion.web.sign_in_rules import LEADS, SEEN, SINCE, STREET

from .door import PASSWORD

pytestmark = pytest.mark.django_db


def decide(workspace, **what):
    plain = {"second_factor_from": None, "idle_hours": 24, "whole_hours": 24 * 7, "by": None}
    SignInPolicy.objects.decide(organisation=workspace.organisation, **{**plain, **what})


@pytest.mark.parametrize(
    ("key", "ago", "said"),
    [
        (SEEN, timedelta(hours=25), "Nothing happened here for a long time"),
        (SINCE, timedelta(days=7, hours=1), "for as long as your organisation allows"),
    ],
)
def test_a_session_ends_by_itself(client, ingrid, cityhall, key, ago, said):
    decide(cityhall)
    client.force_login(ingrid)
    session = client.session
    session[key] = (timezone.now() - ago + timedelta(hours=2)).timestamp()
    session.save()
    assert client.get("/me").status_code == 200
    session = client.session
    session[key] = (timezone.now() - ago).timestamp()
    session.save()
    assert said in client.get("/me", follow=True).text
    assert client.get("/me").status_code == 302


def test_an_open_page_alone_keeps_no_session_alive(client, ingrid, cityhall):
    client.force_login(ingrid)
    session = client.session
    long_ago = session[SEEN] = (timezone.now() - timedelta(hours=3)).timestamp()
    session.save()
    client.get(f"/w/{cityhall.pk}/pulse")
    assert client.session[SEEN] == long_ago
    client.get(f"/w/{cityhall.pk}/")
    assert client.session[SEEN] > long_ago


def addresses(patterns, prefix=""):
    """Every address of the house, with something in the place of each value; its name, and the rule of who may in."""
    for one in patterns:
        route = prefix + re.sub(r"<uuid:\w+>", "0198c0de-0000-7000-8000-000000000000", str(one.pattern))
        if isinstance(one, URLPattern):
            route = re.sub(r"<int:\w+>", "1", route).replace("^", "").replace("$", "")
            route = re.sub(r"\(\?P<\w+>[^)]*\)", "x", route)
            yield one.name, "/" + re.sub(r"<\w+:\w+>", "x", route), rule_of(one.callback, one.name).where
        else:
            yield from addresses(one.url_patterns, route)


def test_who_lacks_the_second_factor_that_is_asked_of_all_comes_nowhere_else_first(client, ingrid, cityhall, now):
    decide(cityhall, second_factor_from=now + timedelta(days=7))
    client.force_login(ingrid)
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200, "there are days of grace"
    decide(cityhall, second_factor_from=now)
    seen = 0
    for name, path, where in addresses(get_resolver().url_patterns):
        if name in LEADS or where in STREET:
            continue
        for ask in (client.get, client.post):
            answer = ask(path)
            assert (answer.status_code, answer.get("Location")) == (302, "/me/second-factor"), (name, path)
        seen += 1
    assert seen > 150
    assert client.get("/me", headers={"HX-Request": "true"})["HX-Redirect"] == "/me/second-factor"
    for page in ("/me/second-factor", "/account/factors/app/", "/account/logout/"):
        assert client.get(page).status_code in (200, 302)
        assert client.get(page).get("Location") != "/me/second-factor"


def test_every_page_that_leads_to_a_second_factor_is_one():
    assert {name for name, _path, _where in addresses(get_resolver().url_patterns)} >= LEADS


def test_who_has_a_second_factor_is_not_held_up(client, app_key, ingrid, cityhall, now):
    decide(cityhall, second_factor_from=now)
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200


def test_a_short_password_is_made_longer_when_the_second_factor_goes(client, app_key, ingrid, cityhall):
    client.post(
        "/account/password/change/", {"oldpassword": PASSWORD, "password1": "fjord 4812", "password2": "fjord 4812"}
    )
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200
    client.post("/account/factors/app/off/")
    page = client.get(f"/w/{cityhall.pk}/", follow=True)
    assert page.redirect_chain[-1][0] == "/account/password/change/"
    assert "needs 15 characters" in page.text


def test_the_owner_decides_how_people_sign_in(client, cityhall, ingrid, amir):
    rules = f"/o/{cityhall.organisation_id}/sign-in"
    client.force_login(ingrid)
    assert "2 of 2" in client.get(rules).text
    client.post(rules, {"second_factor": "7", "idle_hours": "8", "whole_hours": "24"})
    policy = SignInPolicy.objects.get()
    assert timedelta(days=6) < policy.second_factor_from - timezone.now() <= timedelta(days=7)
    assert (policy.idle_hours, policy.whole_hours) == (8, 24)
    event = Event.objects.get(verb="sign_in.decided")
    assert (event.by_id, event.organisation_id) == (ingrid.pk, cityhall.organisation_id)
    assert "Your organisation asks everybody for one from" in client.get("/me").text
    client.post(rules, {"second_factor": "keep", "idle_hours": "1", "whole_hours": "24"})
    assert SignInPolicy.objects.get().second_factor_from == policy.second_factor_from
    assert client.post(rules, {"second_factor": "never", "idle_hours": "1", "whole_hours": "24"}).status_code == 422
    client.force_login(amir)
    assert client.get(rules).status_code == 404, "who has no office there finds nothing"


def test_the_rules_cost_no_query_of_their_own(client, ingrid, cityhall, django_assert_num_queries):
    client.force_login(ingrid)
    with django_assert_num_queries(3):  # the session, the person with the rules, and what the page itself asks
        client.get("/account/password/change/")
