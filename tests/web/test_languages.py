"""The language of a page: what the browser asks for, what the person chose, else that of the installation."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.urls import reverse
from django.utils import translation

from .desk import signed_in


def lang_of(answer):
    return answer.content.decode().partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("asked", "spoken"), [("de-AT,de;q=0.9", "de"), ("ar", "ar"), ("nb,fr;q=0.5", "fr"), ("nb", "en"), ("", "en")]
)
def test_a_page_speaks_the_language_that_the_browser_asks_for(client, ingrid, asked, spoken):
    answer = client.get(reverse("account_login"), headers={"accept-language": asked})
    assert lang_of(answer) == spoken
    assert ('dir="rtl"' in answer.content.decode()) == (spoken == "ar")
    assert "Accept-Language" in answer["Vary"]


def test_whoever_asks_for_none_of_ours_reads_that_of_the_installation(client, ingrid, settings):
    settings.LANGUAGE_CODE = "es"
    assert lang_of(client.get(reverse("account_login"), headers={"accept-language": "nb"})) == "es"


def test_a_person_chooses_and_it_is_remembered(ingrid, cityhall):
    client, today = signed_in(ingrid), reverse("today", args=[cityhall.pk])
    answer = client.post(reverse("language"), {"language": "fr", "next": today})
    assert answer.status_code == 302 and answer["Location"] == today
    assert lang_of(client.get(today, headers={"accept-language": "de"})) == "fr"


@pytest.mark.parametrize("nonsense", ["", "klingon", "../../etc/passwd", "de" * 500])
def test_a_language_that_is_none_changes_nothing(client, ingrid, nonsense):
    client.post(reverse("language"), {"language": nonsense, "next": "https://elsewhere.example/"})
    assert "language" not in client.cookies


def test_nobody_is_led_elsewhere(client, ingrid):
    answer = client.post(reverse("language"), {"language": "de", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize(
    ("code", "day"), [("en", "Tuesday 3 March"), ("de", "Dienstag, 3. März"), ("es", "martes 3 de marzo")]
)
def test_days_are_written_as_the_language_writes_them(code, day):
    with translation.override(code):
        page = Template('{{ at|date:"l j F" }}').render(Context({"at": datetime(2026, 3, 3, tzinfo=UTC)}))
    assert page == day
