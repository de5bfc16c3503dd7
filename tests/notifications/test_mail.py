"""Letters: at once or as a digest, in the person's own language, and switched off by one press."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core import mail

from clarion.notifications.kinds import EMAIL, OFF
from clarion.notifications.models import Choice, Reader, Telling
from clarion.organisations.models import User

pytestmark = pytest.mark.django_db


def test_a_digest_is_one_letter_a_day(amir, tell, post_office, clock):
    Reader.objects.create(person=amir, hour=(clock() + timedelta(hours=2)).hour, zone="UTC")
    for number in range(3):
        tell(amir, kind="comment.made", about=f"Post {number}")
    post_office(60)
    assert not mail.outbox
    post_office(2 * 3600)
    (letter,) = mail.outbox
    assert letter.subject == "Your day: 3 notifications"
    assert all(f"Post {number}" in letter.body for number in range(3))
    tell(amir, kind="comment.mention", about="Post 4")
    post_office(24 * 3600)
    assert mail.outbox[1].subject == "Your day: 1 notification"


def test_the_letter_speaks_her_language_and_is_plain_and_rich(ingrid, cityhall, tell, post_office):
    User.objects.filter(pk=ingrid.pk).update(language="de")
    tell(
        ingrid, about="Storgata <b>", sentence="It said: “no & no”", place="@halden (Mastodon)",
        kind="delivery.failed", at=None,
    )  # fmt: skip
    post_office()
    (letter,) = mail.outbox
    (rich, kind), = letter.alternatives  # fmt: skip
    assert kind == "text/html" and "Storgata &lt;b&gt;" in rich and "<b>" not in rich and 'lang="de"' in rich
    assert "Storgata <b>" in letter.body and "It said: “no & no”" in letter.body
    assert letter.extra_headers["Auto-Submitted"] == "auto-generated"
    assert f"/w/{cityhall.pk}/" in letter.body and f"/w/{cityhall.pk}/" in rich


def test_one_press_of_the_mail_program_switches_them_off(client, cityhall, amir, tell, post_office):
    tell(amir, kind="approval.given")
    post_office()
    (letter,) = mail.outbox
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(letter.extra_headers["List-Unsubscribe"].strip("<>")).path
    Choice.objects.choose(amir, workspace=cityhall, chosen={("answered", EMAIL): "at_once"})
    page = client.get(path)  # those who look through mail open every link
    assert page.status_code == 200 and "Answers to what you handed in" in page.content.decode()
    assert not Choice.objects.filter(when=OFF).exists()
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    tell(amir, kind="approval.refused")
    assert not Telling.objects.exclude(wake_at=None).exists()
    tell(amir, kind="approval.asked")  # only those
    assert Telling.objects.exclude(wake_at=None).count() == 1
    for forged in (path[:-3] + "abc", "/notifications/off/x"):
        assert client.post(forged).status_code == 404


def test_letters_about_failures_offer_no_such_press(ingrid, tell, post_office):
    tell(ingrid)
    post_office()
    assert "List-Unsubscribe" not in mail.outbox[0].extra_headers
    assert "/off/" not in mail.outbox[0].body


def test_a_subject_is_one_line_whatever_people_wrote(ingrid, tell, post_office):
    tell(ingrid, about="Storgata\r\nBcc: all@halden.example\nis closed")
    post_office()
    (letter,) = mail.outbox
    assert letter.subject == "Mastodon did not take it – Storgata Bcc: all@halden.example is closed"
    assert letter.recipients() == [ingrid.email]


def test_a_gone_person_gets_no_letter(ingrid, amir, tell, post_office):
    tell(amir, kind="approval.given")
    User.objects.filter(pk=amir.pk).update(is_active=False)
    post_office()
    assert not mail.outbox and Telling.objects.get().outcome == "left"
