"""The way in: set-up, sign-in, the look, and pages for what went wrong."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from clarion.organisations.models import User
from clarion.web import demo_city

FORM = {
    "organisation": "City of Halden", "workspace": "Press office", "zone": "Europe/Oslo", "name": "Ingrid Solberg",
    "email": "ingrid@halden.example", "password": "seven calm horses",
}  # fmt: skip


@pytest.mark.django_db
def test_a_newcomer_sets_up_and_lands_on_today_with_a_noticeboard(client):
    assert client.get("/")["Location"] == "/setup"
    assert client.get("/setup").status_code == 200
    page = client.post("/setup", FORM, follow=True)
    assert page.status_code == 200
    assert "Your first post, in a minute" in page.text
    assert client.get("/n/city-of-halden-press-office/").status_code == 200


@pytest.mark.django_db
def test_set_up_exists_only_while_nobody_does(client, ingrid):
    assert client.get("/setup").status_code == 404
    assert client.post("/setup", FORM).status_code == 404
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"), [("password", "12345"), ("zone", "Mars/Base"), ("email", "no"), ("organisation", "")]
)
def test_a_mistake_is_shown_and_nothing_is_made(client, field, value):
    page = client.post("/setup", {**FORM, field: value})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert not User.objects.exists()


def test_a_press_officer_signs_in_and_out(client, ingrid, cityhall):
    page = client.post(
        "/account/login/", {"login": "INGRID@halden.example", "password": "correct horse 7"}, follow=True
    )
    assert page.redirect_chain[-1][0] == f"/w/{cityhall.pk}/"
    assert client.post("/account/logout/", follow=True).status_code == 200
    assert client.get(f"/w/{cityhall.pk}/").status_code == 302


def test_a_wrong_password_is_told_calmly(client, ingrid):
    page = client.post("/account/login/", {"login": "ingrid@halden.example", "password": "wrong"})
    assert page.status_code == 200
    assert 'role="alert"' in page.text
    assert "This e-mail and this password do not belong together." in page.text


def test_a_demo_says_how_to_come_in_and_a_real_house_does_not(client, cityhall):
    page = client.get("/account/login/").text
    assert demo_city.PASSWORD not in page and "Demo" not in page
    type(cityhall.organisation).objects.update(is_demo=True)
    page = client.get("/account/login/").text
    assert demo_city.EMAIL in page and demo_city.PASSWORD in page
    assert "nothing here leaves this machine" in page


@pytest.mark.django_db
def test_nobody_signs_up_alone(client):
    page = client.get("/account/signup/")
    assert "People join by invitation" in page.text


def test_a_member_of_nothing_is_told_whom_to_ask(client, db):
    client.force_login(User.objects.create_user("lone@halden.example", "x"))
    assert "You are in no workspace" in client.get("/").text


@pytest.mark.parametrize("path", ["account/login/", "account/password/reset/", "account/password/reset/done/"])
def test_signed_out_pages_stand_in_our_look(client, ingrid, path):
    page = client.get("/" + path)
    assert page.status_code == 200
    assert 'class="plain"' in page.text


def test_the_look_is_remembered_and_leads_back_here_only(client, db):
    answer = client.post("/theme", {"theme": "dark", "next": "//evil.example"})
    assert answer["Location"] == "/"
    assert 'data-theme="dark"' in client.get("/account/password/reset/").text
    client.post("/theme", {"theme": ""})
    assert "data-theme=" not in client.get("/account/password/reset/").text
    assert client.post("/theme", {"theme": '"><script>'}).status_code == 302
    assert "<script>" not in client.get("/account/password/reset/").text


def test_the_policy_of_every_page_is_strict(desk):
    policy = desk.get()["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy and "script-src 'self'" in policy


def test_an_unknown_address_is_a_calm_404(client, db):
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert "nothing at this address" in page.text


def test_a_missing_right_is_said_in_words(desk, vera):
    page = desk.sign_in(vera).get("channels/connect")
    assert page.status_code == 403
    assert "Ask its owner or a manager" in page.text


def test_a_database_that_is_gone_is_a_503_that_says_nothing_was_lost(client, monkeypatch, db):
    def gone(*args, **kwargs):
        raise OperationalError("connection refused")

    client.raise_request_exception = False
    monkeypatch.setattr("clarion.web.pages.front.User.objects.exists", gone)
    page = client.get("/")
    assert page.status_code == 503
    assert "Nothing was lost" in page.text
    assert page["Retry-After"]
    assert "connection refused" not in page.text


def test_the_gallery_renders_every_component(desk, client):
    page = client.get("/design")
    assert page.status_code == 200
    assert "Waits for a yes" in page.text
