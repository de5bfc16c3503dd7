"""Files for the composer from elsewhere: by a web address through the guarded way out, and from the library."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import reverse

from clarion.posts import fetching
from clarion.posts.models import Media
from clarion.testing.pictures import png

from .desk import signed_in

pytestmark = pytest.mark.django_db
PICTURE = png(60, 40, (90, 120, 60))


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("location", "/files/old%20bridge.png")
            self.end_headers()
            return
        kind, body = {
            "/files/old%20bridge.png": ("image/png", PICTURE), "/page": ("text/html", b"<p>The bridge</p>"),
            "/liar.png": ("image/png", b"MZ\x90 no picture at all"), "/large.png": ("image/png", PICTURE + bytes(4000)),
        }.get(self.path, ("text/plain", b"none"))  # fmt: skip
        self.send_response(404 if body == b"none" else 200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Not into the tests' output."""


@pytest.fixture
def site(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.PRIVATE_HOSTS = ("127.0.0.1",)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetch(site, cityhall, ingrid):
    client = signed_in(ingrid)
    return lambda path: client.post(reverse("media_fetch", args=[cityhall.pk]), {"url": site + path})


def test_a_picture_comes_by_its_address_under_its_own_name(fetch):
    told = fetch("/moved").json()
    media = Media.objects.get()
    assert (told["id"], told["name"], told["mime"]) == (str(media.pk), "old bridge.png", "image/png")
    assert (media.width, media.height, media.added_by.name) == (60, 40, "Ingrid Solberg")
    assert fetch("/files/old%20bridge.png").json()["was_here"] is True


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/page", "This is the address of a page."), ("/gone.png", "127.0.0.1 gives nothing at this address (404)."),
        ("/liar.png", "“liar.png” is not a picture, a video or a document"),
        ("/large.png", "The file at this address has more than"), (" nowhere", "That is not a web address"),
    ],
)  # fmt: skip
def test_what_is_no_file_to_publish_says_why_and_keeps_nothing(fetch, monkeypatch, path, sentence):
    monkeypatch.setattr(fetching, "MOST", 3000)
    answer = fetch(path)
    assert answer.status_code == 422 and answer.json()["sentence"].startswith(sentence)
    assert not Media.objects.exists()


def test_no_address_leads_into_the_house(fetch, settings):
    settings.PRIVATE_HOSTS = ()
    answer = fetch("/moved")
    assert answer.status_code == 422 and "is on a private network" in answer.json()["sentence"]
    assert not Media.objects.exists()


def test_only_who_may_write_fetches(site, vera, outsider, cityhall):
    for person, status in ((vera, 403), (outsider, 404)):
        address = reverse("media_fetch", args=[cityhall.pk])
        assert signed_in(person).post(address, {"url": site + "/moved"}).status_code == status
    assert not Media.objects.exists()
