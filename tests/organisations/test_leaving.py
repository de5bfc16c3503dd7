"""A person who leaves: every door closes at once, and what they did stays."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from typer.testing import CliRunner

from clarion.organisations.models import Organisation, SignInPolicy, Strictest, User, Workspace
from clarion.posts.models import Feed, Subscription
from clarion.records.models import Event
from clarion.web.command_line import app

pytestmark = pytest.mark.django_db


def test_who_is_deactivated_is_out_at_the_next_request_and_comes_in_by_no_door(client, cityhall, amir, ingrid, now):
    _made, secret = Subscription.objects.offer(workspace=cityhall, name="Phone", view=(), by=amir)
    client.force_login(amir)
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200
    assert client.get(f"/calendar/{secret}.ics").status_code == 200

    assert amir.deactivate(by=ingrid, because="new job", now=now)

    assert client.get(f"/w/{cityhall.pk}/").status_code == 302
    assert client.get(f"/calendar/{secret}.ics").status_code == 404
    answer = client.post("/account/login/", {"login": amir.email, "password": "correct horse 7"})
    stranger = client.post("/account/login/", {"login": "nobody@halden.example", "password": "correct horse 7"})
    assert answer.status_code == stranger.status_code == 200
    assert "do not belong together" in answer.text
    assert cityhall.members.filter(user=amir).exists()


def test_a_feed_of_somebody_who_left_publishes_nothing_more(cityhall, ingrid, board, now):
    feed = Feed.objects.follow(
        workspace=cityhall, url="https://news.example/rss", by=ingrid, now=now, target="idea", template="{title}"
    )
    assert feed.may_publish([board])
    ingrid.deactivate(by=None, because="left", now=now)
    assert not feed.may_publish([board])


def test_who_comes_back_has_to_sign_in_anew(client, cityhall, amir, ingrid, now):
    client.force_login(amir)
    amir.deactivate(by=ingrid, because="leave", now=now)
    assert amir.reactivate(by=ingrid, because="back")
    assert client.get(f"/w/{cityhall.pk}/").status_code == 302
    assert client.login(email=amir.email, password="correct horse 7")


def test_it_is_done_once_and_told_in_each_organisation_of_the_person(cityhall, amir, ingrid, outsider, now):
    elsewhere = outsider.memberships.get().workspace
    elsewhere.members.create(user=amir, role="viewer")
    assert amir.deactivate(by=ingrid, because="gone", now=now)
    assert not amir.deactivate(by=ingrid, because="gone", now=now)
    told = Event.objects.filter(verb="person.deactivated")
    assert set(told.values_list("organisation_id", flat=True)) == {cityhall.organisation_id, elsewhere.organisation_id}
    assert {event.because for event in told} == {"gone"}


def test_sessions_that_left_no_trace_end_as_well(client, cityhall, ingrid):
    client.force_login(ingrid)  # no row of its own: the browser has only the cookie
    ingrid.end_sessions(by=ingrid)
    assert client.get(f"/w/{cityhall.pk}/").status_code == 302


def test_an_update_ends_no_session_by_itself(ingrid):
    """Until somebody ends them, sessions are checked against what Django itself checks them against."""
    plain = super(User, ingrid)._get_session_auth_hash()
    assert ingrid.get_session_auth_hash() == plain
    ingrid.end_sessions(by=None)
    assert ingrid.get_session_auth_hash() != plain


def test_the_address_of_somebody_else_is_not_taken(ingrid, amir):
    with pytest.raises(IntegrityError), transaction.atomic():
        amir.change_email("Ingrid@Halden.example", by=amir)
    amir.refresh_from_db()
    assert amir.email == "amir@halden.example"


def test_who_belongs_to_several_organisations_keeps_to_the_strictest(cityhall, amir, now):
    other = Workspace.objects.open(organisation=Organisation.objects.found(name="Library"), name="Desk")
    other.members.create(user=amir, role="viewer")
    plain = {"by": None, "second_factor_from": None}
    SignInPolicy.objects.decide(organisation=cityhall.organisation, idle_hours=1, whole_hours=720, **plain)
    SignInPolicy.objects.decide(
        organisation=other.organisation, idle_hours=24, whole_hours=12, by=None, second_factor_from=now
    )
    rules = Strictest.of(User.objects.annotate(**Strictest.asked()).get(pk=amir.pk))
    assert (rules.idle.total_seconds(), rules.whole.total_seconds()) == (3600, 12 * 3600)
    assert rules.second_factor_from == now


@pytest.mark.parametrize(("typed", "again"), [("ﬁlm über Ångström", "film über Ångström"), ("Å" * 15, "Å" * 15)])
def test_a_password_opens_however_the_keyboard_spells_it(amir, typed, again):
    amir.set_password(typed)
    assert amir.check_password(again)


def test_a_password_from_before_it_was_normalised_still_opens(amir):
    super(User, amir).set_password("ﬁve calm horses")
    assert amir.check_password("ﬁve calm horses")
    assert not amir.check_password("six calm horses")


def test_the_operator_lets_people_out_and_in_and_helps_who_lost_a_phone(amir, cityhall):
    def clarion(*words, code=0):
        result = CliRunner().invoke(app, ["people", *words, "--json"])
        assert result.exit_code == code, result.stderr
        return result.stdout or result.stderr

    Authenticator.objects.create(user=amir, type="totp", data={"secret": ""})
    assert '"forgotten": 1' in clarion("forget-factors", "AMIR@halden.example", "--because", "the phone is in a fjord")
    assert not Authenticator.objects.exists()
    assert '"changed": true' in clarion("deactivate", amir.email, "--because", "new job")
    assert '"changed": false' in clarion("deactivate", amir.email, "--because", "new job")
    assert '"changed": true' in clarion("reactivate", amir.email, "--because", "back")
    assert "Nobody signs in with" in clarion("deactivate", "nobody@halden.example", "--because", "x", code=1)
    assert "Say why" in clarion("deactivate", amir.email, "--because", " ", code=1)
    told = Event.objects.filter(verb__startswith="person.", by_name="command line").order_by("id")
    assert [event.verb.removeprefix("person.") for event in told] == [
        "factors_forgotten", "sessions_ended", "deactivated", "reactivated",
    ]  # fmt: skip
