"""A reader of another language: pages say what networks say in it, and so does a worker when the house speaks it."""

from __future__ import annotations

import struct
import threading

import pytest
from django.test import override_settings
from django.urls import reverse
from django.utils import translation

from clarion.channels.models import Channel
from clarion.networks.base import Account, Draft, Part
from clarion.networks.http import Http

pytestmark = pytest.mark.django_db

GERMAN = {
    "%(count)d of %(limit)d on %(network)s: %(over)d over. Shorten it, or write a variant.":
        "Auf %(network)s sind es %(over)d zu viel: %(count)d von %(limit)d. Kürzen, oder eigene Worte schreiben.",
    "has no “%(option)s”: it is left out there.": "kennt „%(option)s“ nicht: dort entfällt es.",
    "Content warning": "Inhaltswarnung", "Quiet public": "Leise öffentlich", "Server": "Server-Name",
    "for example social.example": "zum Beispiel social.example", "Up to three, for example: de, en": "Bis zu drei",
}  # fmt: skip


def catalogue(messages):
    """A compiled catalogue (https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html)."""
    header = "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    pairs = sorted((key.encode(), text.encode()) for key, text in {"": header, **messages}.items())
    tables, strings, at = b"", b"", 28 + 16 * len(pairs)
    for column in (0, 1):
        for pair in pairs:
            tables += struct.pack("<II", len(pair[column]), at + len(strings))
            strings += pair[column] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0) + tables + strings


@pytest.fixture
def german(tmp_path):
    """An installation that has a German catalogue; English stays its own language."""
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.mo").write_bytes(catalogue(GERMAN))
    with override_settings(LOCALE_PATHS=[tmp_path], LANGUAGES=[("en", "English"), ("de", "German")]):
        yield {"HTTP_ACCEPT_LANGUAGE": "de"}


@pytest.fixture
def channels(cityhall, now):
    return [
        Channel.objects.create(
            workspace=cityhall, network=name, handle=f"halden.{name}", server="https://x.example", connected_at=now
        )
        for name in ("mastodon", "bluesky")
    ]


def test_the_composer_tells_a_german_reader_in_german_what_does_not_fit(client, ingrid, cityhall, channels, german):
    client.force_login(ingrid)
    typed = {
        "panel": [], "part:all": ["0"], "text:all:0": "x" * 301, "channels": [str(one.pk) for one in channels],
        "option:content_warning": "Feuer",
    }  # fmt: skip
    address = reverse("composer_check", args=[cityhall.pk])
    told = client.post(address, typed, **german).json()
    assert "Auf Bluesky sind es 1 zu viel: 301 von 300." in told["checks"]
    assert "kennt „Inhaltswarnung“ nicht: dort entfällt es." in told["checks"]
    assert any(sentence.startswith("halden.bluesky: Auf Bluesky") for sentence in told["stops"])
    assert "301 of 300 on Bluesky: 1 over." in client.post(address, typed, HTTP_ACCEPT_LANGUAGE="en").json()["checks"]


def test_what_networks_declare_is_shown_in_the_readers_language(client, ingrid, cityhall, channels, german):
    client.force_login(ingrid)
    page = client.get(reverse("composer_new", args=[cityhall.pk]), **german).content.decode()
    assert "Inhaltswarnung" in page and "Leise öffentlich" in page
    page = client.get(reverse("connect_network", args=[cityhall.pk, "mastodon"]), **german).content.decode()
    assert "Server-Name" in page and "zum Beispiel social.example" in page


def test_a_worker_speaks_the_language_of_the_installation(channels, german):
    heard = []

    def work():
        heard.extend(
            one.sentence for one in channels[0].kind(Account(), http=Http()).problems(Draft((Part("x" * 501),)))
        )

    with override_settings(LANGUAGE_CODE="de"), translation.override("en"):
        worker = threading.Thread(target=work)
        worker.start()
        worker.join()
    assert heard == ["Auf Mastodon sind es 1 zu viel: 501 von 500. Kürzen, oder eigene Worte schreiben."]
