"""Previews: each network is recognised by what it declares; a link's card is asked for beside the page, guarded."""

from __future__ import annotations

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import reverse
from PIL import Image

from clarion.channels.models import Channel
from clarion.networks import registry
from clarion.networks.base import Draft, Part
from clarion.networks.look import FAMILIES, Look
from clarion.posts.content import Content, Shot
from clarion.posts.models import LinkCard, Media
from clarion.posts.models.card import first_link, named
from clarion.testing.pictures import png
from clarion.web import icons
from clarion.web.previews import RATIOS, preview, wanted

from .desk import a_channel, composed, signed_in, text_of, tomorrow

LONG = "The library is open late on Friday and the children's floor on Sunday as well. " * 12


def seen(network: str, said: Content, *, rows=None, cards=None, shown=()):
    kind = Channel(network=network)
    return preview(kind, said, draft=drafted_options(said), rows=rows or {}, cards=cards or {}, shown=shown)


def drafted_options(said: Content) -> Draft:
    return Draft((Part(said.text),), said.options)


def pictures(*sizes):
    rows = {str(n): Media(name=f"{n}.png", mime="image/png", width=w, height=h) for n, (w, h) in enumerate(sizes)}
    return rows, Content.of("Look.", *(Shot(key, f"picture {key}") for key in rows))


@pytest.mark.parametrize("kind", list(registry.all()), ids=lambda kind: kind.name)
def test_every_network_has_a_look_with_icons_that_there_are(kind):
    look = kind.seen_as()
    assert isinstance(look, Look)
    for name in look.acts:
        assert icons.icon(name)
    assert look.single[0] <= look.single[1]
    assert min(RATIOS) <= look.single[0] * 100
    assert look.single[1] * 100 <= max(RATIOS)


def test_an_unknown_look_is_an_error_where_it_is_declared():
    with pytest.raises(ValueError, match="unknown look"):
        Look(frame="hologram")


def test_a_text_is_folded_where_the_network_folds_it():
    whole = seen("mastodon", Content.of(LONG)).parts[0]
    assert whole.folded == ()
    part = seen("instagram", Content.of(LONG)).parts[0]
    shown = "".join(piece.text for piece in part.pieces)
    assert 100 < len(shown) <= 125
    assert not shown.endswith(" ")
    assert " ".join([shown, "".join(piece.text for piece in part.folded)]) == LONG.strip()
    lines = seen("linkedin", Content.of("one\ntwo\nthree\nfour\nfive")).parts[0]
    assert "".join(piece.text for piece in lines.folded) == "four\nfive"
    assert FAMILIES["social"].folded("a" * 9000) == ("a" * 9000, "")
    assert Look(cut=10).folded("a" * 30) == ("a" * 10, "a" * 20)


def test_pictures_are_laid_out_and_cropped_as_there():
    rows, said = pictures((900, 600), (600, 900), (800, 800), (800, 800), (800, 800))
    grid = seen("mastodon", said, rows=rows).parts[0]
    assert (len(grid.tiles), grid.hidden) == (4, 1)
    row = seen("instagram", said, rows=rows).parts[0]
    assert [tile.shape for tile in row.tiles] == [80] * 5
    assert [tile.cropped for tile in row.tiles] == ["sides", "ends", "sides", "sides", "sides"]
    rows, said = pictures((600, 1800))
    assert seen("facebook", said, rows=rows).parts[0].cropped == "ends"
    assert seen("tumblr", said, rows=rows).parts[0].tiles[0].cropped == "ends"
    rows, said = pictures((1200, 900))
    assert seen("facebook", said, rows=rows).parts[0].cropped == ""


def test_links_tags_and_mentions_are_told_apart_and_links_are_dead_where_they_are():
    said = Content.of("See https://halden.example/a and @halden, #Library.")
    kinds = [(piece.kind, piece.text) for piece in seen("mastodon", said).parts[0].pieces if piece.kind]
    assert kinds == [("link", "https://halden.example/a"), ("mention", "@halden"), ("tag", "#Library")]
    assert "link" not in {piece.kind for piece in seen("instagram", said).parts[0].pieces}


def test_a_card_stands_where_the_network_makes_one():
    said = Content.of("See https://halden.example/a")
    card = LinkCard(url="https://halden.example/a", title="Winter", name="n")
    cards = {"https://halden.example/a": card}
    assert seen("mastodon", said, cards=cards).parts[0].card is card
    assert seen("instagram", said, cards=cards).parts[0].card is None
    assert seen("mastodon", said).parts[0].link == "https://halden.example/a"
    nothing = {"https://halden.example/a": LinkCard(url="https://halden.example/a")}
    assert (seen("mastodon", said, cards=nothing).parts[0].link) == ""
    rows, more = pictures((10, 10))
    more = Content.of("https://halden.example/a", *more.parts[0].shots)
    assert seen("mastodon", more, rows=rows, cards=cards).parts[0].card is None
    assert wanted([said], [Channel(network="instagram")]) == set()
    assert wanted([said], [Channel(network="mastodon")]) == {"https://halden.example/a"}


def test_warning_poll_and_first_comment_have_a_place_of_their_own():
    said = Content.of(
        "Which day?", content_warning="Election", poll={"options": ["Monday", "Friday"]}, first_comment="Here"
    )
    shown = [("content_warning", "Content warning", "Election"), ("visibility", "Visibility", "public")]
    found = seen("mastodon", said, shown=shown)
    assert (found.warning, found.answers, found.comment) == ("Election", ("Monday", "Friday"), "Here")
    assert found.others == (("Visibility", "public"),)


# -- cards


PAGE = b"""<title>t</title><meta property="og:title" content="Winter &lt;b&gt; hours">
<meta property="og:description" content="Open late"><meta property="og:image" content="/picture.png">"""


class _Pages(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        _Pages.asked.append(self.path)
        if self.path == "/picture.png":
            self._say("image/png", png(1200, 630))
        elif self.path == "/huge":
            self._say("text/html", b"<title>x</title>" + b" " * 3_000_000)
        elif self.path == "/bomb.png":
            self._say("image/png", b"\x89PNG not at all")
        elif self.path == "/bad-picture":
            self._say("text/html", b'<title>Bad</title><meta property="og:image" content="/bomb.png">')
        elif self.path == "/json":
            self._say("application/json", b"{}")
        else:
            self._say("text/html", PAGE)

    def _say(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None: ...


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _Pages.asked = []
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.django_db
def test_a_card_is_fetched_once_kept_and_shown_from_our_own_ground(ingrid, cityhall, now, site, monkeypatch):
    url = f"{site}/winter"
    monkeypatch.setattr("clarion.posts.models.card.links", lambda text: [(0, len(text))])  # a test's host has no dot
    client, ask = signed_in(ingrid), reverse("composer_card", args=[cityhall.pk])
    assert client.post(ask, {"url": url}).json() == {"card": True}
    assert client.post(ask, {"url": url}).json() == {"card": True}
    assert _Pages.asked == ["/winter", "/picture.png"]
    card = LinkCard.objects.get()
    assert (card.title, card.description, card.host) == ("Winter <b> hours", "Open late", "127.0.0.1")
    answer = client.get(reverse("composer_card_picture", args=[cityhall.pk, card.name]))
    assert answer["content-type"] == "image/webp"
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 600


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "title"), [("/huge", ""), ("/json", ""), ("/bad-picture", "Bad")])
def test_a_page_that_says_nothing_useful_costs_only_the_card(cityhall, now, site, path, title):
    card = LinkCard.objects.fetch(cityhall, site + path, now=now)
    assert (card.title, card.has_picture) == (title, False)
    assert card.is_believed(now)


@pytest.mark.django_db
def test_a_private_address_is_never_called(cityhall, now, site, settings):
    settings.PRIVATE_HOSTS = ()
    assert LinkCard.objects.fetch(cityhall, f"{site}/winter", now=now).title == ""
    assert _Pages.asked == []


@pytest.mark.django_db
def test_an_outsider_asks_for_nothing_and_sees_no_card(outsider, cityhall, now):
    card = LinkCard.objects.create(workspace=cityhall, name="n", url="u", title="t", picture=b"x", has_picture=True)
    client = signed_in(outsider)
    assert (
        client.post(reverse("composer_card", args=[cityhall.pk]), {"url": "https://halden.example/"}).status_code == 404
    )
    assert client.get(reverse("composer_card_picture", args=[cityhall.pk, card.name])).status_code == 404


@pytest.mark.django_db
def test_what_is_no_address_is_not_asked(ingrid, cityhall):
    client, ask = signed_in(ingrid), reverse("composer_card", args=[cityhall.pk])
    for url in ("", "halden", "javascript:alert(1)", "file:///etc/passwd", "https://a.example/ x"):
        assert client.post(ask, {"url": url}).status_code == 422
    assert first_link("see https://a.example/b.") == "https://a.example/b"


@pytest.mark.django_db
def test_the_composer_shows_the_card_and_never_calls_out_itself(ingrid, cityhall, now):
    a_channel(cityhall, now)
    url = "https://halden.example/winter"
    client, write = signed_in(ingrid), reverse("composer_new", args=[cityhall.pk])
    data = composed(client, write, **{"text:all:0": f"See {url}", "date": tomorrow(now)})
    page = text_of(client.post(write, {**data, "do": "look"}))
    assert f'data-link="{url}"' in page
    assert not LinkCard.objects.exists()
    LinkCard.objects.create(workspace=cityhall, name=named(url), url=url, title="<script>Winter", fetched_at=now)
    page = text_of(client.post(write, {**data, "do": "look"}))
    assert "&lt;script&gt;Winter" in page
    assert "<script>Winter" not in page
