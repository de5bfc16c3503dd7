"""At the door: what strangers learn, how often they may try, second factors, and one's own account."""

from __future__ import annotations

import asyncio
import re
from importlib import import_module
from unittest.mock import patch

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.test import Client

from clarion.channels import sealing
from clarion.records.models import Event

from .door import PASSWORD, code, signs_in

pytestmark = pytest.mark.django_db


def blank(text: str, *emails: str) -> str:
    """A page without what differs at each request."""
    for email in emails:
        text = text.replace(email, "E-MAIL")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


# -- strangers


def count_hashes(act) -> int:
    real = MD5PasswordHasher.encode
    with patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=real) as encode:
        act()
    return encode.call_count


@pytest.mark.parametrize("password", ["a wrong password", "ﬁne and wrong as well"])
def test_a_stranger_cannot_tell_who_is_known(client, ingrid, amir, now, password):
    """Somebody known, somebody invited who has no password yet, a leaver, nobody: same answer, same work."""
    vera = type(ingrid).objects.create_user("vera@halden.example")
    amir.deactivate(by=ingrid, because="", now=now)
    emails = [ingrid.email, vera.email, amir.email, "nobody@halden.example"]
    answers, work = [], []
    for email in emails:
        visitor = Client()
        work.append(count_hashes(lambda: answers.append(signs_in(visitor, email, password))))  # noqa: B023
    assert len({(answer.status_code, blank(answer.text, *emails)) for answer in answers}) == 1
    assert len(set(work)) == 1
    assert work[0] >= 1


def test_asking_for_a_new_password_tells_a_stranger_nothing(client, ingrid, mailoutbox):
    answers = [
        Client().post("/account/password/reset/", {"email": email}, follow=True)
        for email in (ingrid.email, "nobody@halden.example")
    ]
    assert len({(answer.status_code, blank(answer.text)) for answer in answers}) == 1
    assert "If the address is known here" in answers[0].text
    known, unknown = mailoutbox
    assert "/password/reset/key/" in known.body
    assert "no account there has this address" in unknown.body


def test_a_link_of_an_invitation_works_once_and_is_refused_calmly(client, ingrid, mailoutbox):
    client.post("/account/password/reset/", {"email": ingrid.email})
    link = re.search(r"http\S+/key/\S+/", mailoutbox[0].body)[0].split("8000", 1)[1]
    form = client.get(link, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "seven calm horses", "password2": "seven calm horses"})
    assert "Your password was set anew" in mailoutbox[-1].body
    again = Client().get(link, follow=True)
    assert again.status_code == 200
    assert "This link was used, or is too old" in again.text
    assert "This link was used, or is too old" in Client().get("/account/password/reset/key/zz-1-2/", follow=True).text


def test_after_a_few_wrong_passwords_even_the_right_one_has_to_wait(client, ingrid):
    for _try in range(5):
        assert "do not belong together" in signs_in(client, ingrid.email, "a wrong password").text
    other_process = Client(REMOTE_ADDR="198.51.100.7")
    assert "Too many tries" in signs_in(other_process, ingrid.email).text
    assert signs_in(other_process, "amir@halden.example").status_code == 200, "only this account waits"


def test_a_guess_at_many_accounts_from_one_address_is_slowed_down(client):
    answers = [signs_in(client, f"person{number}@halden.example").text for number in range(12)]
    assert "do not belong together" in answers[0]
    assert "Too many tries" in answers[-1]


# -- the authenticator app


def test_the_secrets_of_second_factors_are_sealed(app_key, ingrid):
    rows = Authenticator.objects.filter(user=ingrid)
    assert {row.type for row in rows} == {"totp", "recovery_codes"}
    for row in rows:
        sealed = row.data.get("secret") or row.data["seed"]
        assert app_key not in str(row.data)
        assert sealing.unseal(sealed)["text"]


def test_sealed_secrets_are_sealed_anew_with_a_new_key(app_key, ingrid, client, monkeypatch):
    old = settings.ENVIRONMENT.kept_secret("encryption")
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", f"k2:a new key of the house,k1:{old}")
    assert list(sealing.seal_anew())
    assert sealing.sealed_by().keys() == {"k2"}
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", "k2:a new key of the house")
    fresh = Client()
    signs_in(fresh, ingrid.email)
    assert fresh.post("/account/factors/code/", {"code": code(app_key)}).url == "/"


def test_a_code_opens_once_and_not_while_it_is_still_shown(app_key, ingrid):
    first, thief = Client(), Client()
    for visitor in (first, thief):
        assert signs_in(visitor, ingrid.email).url == "/account/factors/code/"
        assert visitor.get("/me").status_code == 302, "the password alone opens nothing"
    shown = code(app_key)
    assert first.post("/account/factors/code/", {"code": shown}).url == "/"
    assert first.get("/me").status_code == 200
    refused = thief.post("/account/factors/code/", {"code": shown})
    assert "used already" in refused.text
    assert thief.get("/me").status_code == 302
    assert "used already" in thief.post("/account/factors/code/", {"code": code(app_key, steps=-1)}).text


@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(app_key, ingrid, steps, opens):
    row = Authenticator.objects.get(user=ingrid, type="totp")
    Authenticator.objects.filter(pk=row.pk).update(data={"secret": row.data["secret"]})
    client = Client()
    signs_in(client, ingrid.email)
    answer = client.post("/account/factors/code/", {"code": code(app_key, steps=steps)})
    assert (answer.status_code == 302) is opens


def test_codes_cannot_be_guessed(app_key, ingrid):
    client = Client()
    signs_in(client, ingrid.email)
    for _try in range(5):
        client.post("/account/factors/code/", {"code": "000000"})
    assert "Too many tries" in client.post("/account/factors/code/", {"code": code(app_key)}).text


def test_a_recovery_code_opens_once_and_the_person_is_told(client, app_key, ingrid, mailoutbox):
    page = client.get("/account/factors/codes/")
    codes = re.findall(r"<li>(\d{10})</li>", page.text)
    assert len(codes) == 10
    assert "<li>" not in client.get("/account/factors/codes/").text.split("<main")[1], "they are shown once"
    for answer in ("/", None):
        visitor = Client()
        signs_in(visitor, ingrid.email)
        came = visitor.post("/account/factors/code/", {"code": codes[0]})
        assert getattr(came, "url", None) == answer
    assert "A recovery code was used" in mailoutbox[-1].body
    assert Event.objects.filter(verb="person.recovery_code_used").count() == 1
    assert "9 codes are left" in client.get("/me").text


# -- one's own account


def test_changes_of_the_account_are_told_by_mail_and_in_the_record(client, app_key, ingrid, cityhall, mailoutbox):
    assert "An authenticator app was added" in mailoutbox[-1].body
    assert mailoutbox[-1].subject == "Was this you?"
    client.post("/account/factors/app/off/")
    assert "was taken off" in mailoutbox[-1].body
    told = Event.objects.filter(kind="user", subject=str(ingrid.pk), organisation_id=cityhall.organisation_id)
    verbs = list(told.order_by("id").values_list("verb", flat=True))
    assert verbs[0] == "person.signed_in"
    assert verbs.count("person.factor_added") == 2
    assert verbs.count("person.factor_removed") == 2, "the recovery codes went with the last factor"
    assert app_key not in str(list(told.values()))


@pytest.mark.parametrize("path", ["me/email", "me/sessions/end"])
def test_old_sessions_are_asked_who_they_are_before_something_changes(client, ingrid, path):
    client.force_login(ingrid)
    asked = client.post(f"/{path}", {"email": "new@halden.example"})
    assert asked.url.startswith("/account/reauthenticate/?next=")
    assert "That is not your password" in client.post(asked.url, {"password": "wrong"}).text
    done = client.post(asked.url, {"password": PASSWORD}, follow=True)
    assert done.redirect_chain[-1][0] == "/me", "what was asked for goes on by itself"


def test_a_new_address_is_confirmed_there_and_the_old_one_opens_nothing(client, ingrid, amir, mailoutbox):
    signs_in(client, ingrid.email)
    said = {client.post("/me/email", {"email": email}, follow=True).text.count("a link there makes it yours")
            for email in (amir.email, "solberg@halden.example")}  # fmt: skip
    assert said == {1}
    taken, asked = mailoutbox
    assert "belongs to another account" in taken.body
    link = re.search(r"http\S+/me/email/\S+", asked.body)[0].split("8000", 1)[1]
    stranger = Client()
    assert "Yes, it is mine" in stranger.get(link).text
    ingrid.refresh_from_db()
    assert ingrid.email == "ingrid@halden.example", "opening the link does nothing"
    stranger.post(link)
    ingrid.refresh_from_db()
    assert ingrid.email == "solberg@halden.example"
    assert {message.to[0] for message in mailoutbox[-2:]} == {"ingrid@halden.example", "solberg@halden.example"}
    assert stranger.post(link).status_code == 404, "it works once"
    assert client.get("/me/email/forged:token").status_code == 404
    assert "do not belong" in signs_in(Client(), "ingrid@halden.example").text
    assert signs_in(Client(), "solberg@halden.example").status_code == 302


def test_the_page_of_the_account_shows_where_one_is_signed_in_and_ends_it(client, ingrid, amir):
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone) AppleWebKit Safari/605", REMOTE_ADDR="192.0.2.77")
    for visitor in (phone, client):
        signs_in(visitor, ingrid.email)
    page = client.get("/me").text
    assert "Safari on iPhone" in page
    assert "192.0.2.0/24" in page
    assert "192.0.2.77" not in page
    of_the_phone = UserSession.objects.get(ip="192.0.2.77")
    other = Client()
    signs_in(other, amir.email)
    assert other.post(f"/me/sessions/{of_the_phone.pk}/end").status_code == 404, "nobody else's"
    client.post(f"/me/sessions/{of_the_phone.pk}/end")
    assert phone.get("/me").status_code == 302
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize("how", ["all others", "a new password"])
def test_all_other_sessions_end(client, ingrid, how):
    phone = Client()
    for visitor in (phone, client):
        signs_in(visitor, ingrid.email)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    if how == "all others":
        client.post("/me/sessions/end")
    else:
        new = "seven calm horses"
        client.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert phone.get("/me").status_code == 302
    assert client.get("/me").status_code == 200
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert UserSession.objects.filter(user=ingrid).count() == Session.objects.count() == 1


def test_a_session_stays_on_the_page_however_many_ended_after_it(client, ingrid, monkeypatch):
    monkeypatch.setattr("clarion.web.sessions.MOST", 3)
    phone = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone) AppleWebKit Safari/605")
    signs_in(phone, ingrid.email)
    for _ in range(3):  # each with a row that allauth tidies away at the next sign-in only
        gone = Client()
        gone.force_login(ingrid)
        Session.objects.filter(session_key=gone.session.session_key).delete()
    client.force_login(ingrid)
    assert UserSession.objects.filter(user=ingrid).count() == 5
    assert "Safari on iPhone" in client.get("/me").text


def test_the_first_second_factor_and_one_taken_off_end_what_was_begun_without_or_by_it(client, ingrid, request):
    phone = Client()
    signs_in(phone, ingrid.email)
    key = request.getfixturevalue("app_key")
    assert phone.get("/me").status_code == 302, "begun by a password alone"
    signs_in(phone, ingrid.email)
    phone.post("/account/factors/code/", {"code": code(key)})
    assert (phone.get("/me").status_code, client.get("/me").status_code) == (200, 200)
    client.post("/account/factors/app/off/")
    assert (phone.get("/me").status_code, client.get("/me").status_code) == (302, 200)
    assert [one.session_key for one in UserSession.objects.filter(user=ingrid)] == [client.session.session_key]


def test_the_cookie_of_a_session_is_new_at_each_sign_in(client, ingrid):
    client.get("/account/login/")
    signs_in(client, ingrid.email)
    first = client.cookies[settings.SESSION_COOKIE_NAME].value
    client.post("/account/logout/")
    signs_in(client, ingrid.email)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != first
    assert not Session.objects.filter(session_key=first).exists()


# -- addresses of visitors


def test_what_a_proxy_says_of_a_visitor_is_believed_only_of_a_trusted_one():
    proxied = import_module("uvicorn.middleware.proxy_headers").ProxyHeadersMiddleware
    told = []

    async def house(scope, receive, send):
        told.append(scope["client"][0])

    middleware = proxied(house, trusted_hosts=list(settings.TRUSTED_PROXIES))
    for peer in ("127.0.0.1", "203.0.113.9"):
        scope = {"type": "http", "client": (peer, 1), "headers": [(b"x-forwarded-for", b"192.0.2.1")], "scheme": "http"}
        asyncio.run(middleware(scope, None, None))
    assert told == ["192.0.2.1", "203.0.113.9"]


def test_after_a_wrong_password_one_types_it_again_and_hears_why(client, ingrid):
    page = client.post("/account/login/", {"login": ingrid.email, "password": "not this one, surely"}).text
    (box,) = re.findall(r'<input type="password"[^>]*>', page)
    assert "autofocus" in box and 'aria-describedby="wrong"' in box and f'value="{ingrid.email}"' in page
    (said,) = re.findall(r'role="alert" id="wrong">(.*?)</div>', page, re.S)
    assert "do not belong together" in said
