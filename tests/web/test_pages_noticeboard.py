"""The noticeboard: public, escaped, followed by feeds, kind to caches, and without cookie or script."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings

from clarion.channels.models import Notice

ATOM = "{http://www.w3.org/2005/Atom}"
FILE = "a" * 64 + ".png"


@pytest.fixture
def address(board, cityhall):
    return f"/n/{cityhall.slug}/"


@pytest.fixture
def put_up(board, now):
    def make(text="The library is open.", *, minutes=0, media=(), **options):
        return Notice.objects.create(
            channel=board, key=f"k{Notice.objects.count()}", parts=[{"text": text, "media": list(media)}],
            options=options, published_at=now + timedelta(minutes=minutes),
        )  # fmt: skip

    return make


def test_anybody_reads_it_without_cookie_or_script(client, address, put_up):
    put_up("Snow tonight. See https://halden.example/snow")
    page = client.get(address)
    assert page.status_code == 200
    assert "Snow tonight" in page.text
    assert 'href="https://halden.example/snow"' in page.text
    assert "<script" not in page.text
    assert not page.cookies
    assert "Cookie" not in page.get("Vary", "")


def test_an_empty_board_says_what_will_be_here(client, address):
    assert "Nothing has been posted yet" in client.get(address).text


def test_words_are_escaped_everywhere(client, address, put_up):
    evil = '</p><script>alert(1)</script><a href="javascript:alert(1)">x</a>'
    notice = put_up(evil, title="<b>Title</b>")
    for path in (address, f"{address}{notice.pk}/"):
        page = client.get(path).text
        assert "<script>alert" not in page
        assert 'href="javascript:' not in page
        assert "<b>Title" not in page
    entry = ElementTree.fromstring(client.get(f"{address}feed.atom").content).find(f"{ATOM}entry")
    assert "<script>" not in entry.findtext(f"{ATOM}content")
    assert "<script>" not in client.get(f"{address}feed.json").json()["items"][0]["content_html"]


def test_a_notice_has_a_page_of_its_own_and_one_that_was_taken_down_has_none(client, address, put_up, now):
    notice = put_up("The market", title="Market day")
    page = client.get(f"{address}{notice.pk}/")
    assert "<title>Market day" in page.text
    assert f'rel="canonical" href="{notice.url}"' in page.text
    Notice.objects.update(removed_at=now)
    assert client.get(f"{address}{notice.pk}/").status_code == 404
    assert "Market day" not in client.get(address).text


def test_a_notice_of_another_board_is_not_shown_under_this_address(client, address, put_up, outsider, now):
    from clarion.channels.models import Channel

    theirs = outsider.memberships.get().workspace
    Channel.objects.open_own_ground(workspace=theirs, by=None, now=now)
    notice = put_up("Ours")
    assert client.get(f"/n/{theirs.slug}/{notice.pk}/").status_code == 404


def test_older_notices_are_on_further_pages(client, address, put_up):
    for number in range(25):
        put_up(f"Notice number {number:02}", minutes=number)
    first, second = client.get(address).text, client.get(f"{address}?page=2").text
    assert "number 24" in first
    assert "number 04" not in first
    assert "number 04" in second
    feed = client.get(f"{address}feed.json").json()
    assert len(feed["items"]) == 20
    assert feed["next_url"].endswith("feed.json?page=2")


def test_the_atom_feed_is_well_formed_and_complete(client, address, put_up, board):
    put_up("One & two", title="A title")
    answer = client.get(f"{address}feed.atom")
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    for name in ("id", "title", "updated", "author"):
        assert feed.find(f"{ATOM}{name}") is not None
    (entry,) = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "A title"
    assert "One &amp; two" in entry.findtext(f"{ATOM}content")
    assert entry.findtext(f"{ATOM}published")


def test_the_json_feed_follows_version_1_1(client, address, put_up):
    notice = put_up("Words", language="nb")
    answer = client.get(f"{address}feed.json")
    assert answer["Content-Type"].startswith("application/feed+json")
    feed = json.loads(answer.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    (item,) = feed["items"]
    assert item["id"] == item["url"] == notice.url
    assert item["content_text"] == "Words"
    assert item["language"] == "nb"


def test_the_page_points_to_feeds_and_to_confirmed_channels(client, address, mastodon, now):
    page = client.get(address).text
    assert 'type="application/atom+xml"' in page
    assert 'type="application/feed+json"' in page
    assert f'rel="me" href="{mastodon.url}"' in page
    mastodon.ask_for_sign_in(because="revoked", now=now)
    assert f'href="{mastodon.url}"' not in client.get(address).text


@pytest.mark.parametrize("path", ["", "feed.atom", "feed.json"])
def test_a_reader_that_has_it_is_told_so_until_something_changes(client, address, put_up, path, now):
    put_up("First")
    answer = client.get(address + path)
    assert "public" in answer["Cache-Control"]
    assert answer["Last-Modified"]
    again = client.get(address + path, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert not again.content
    put_up("Second", minutes=1)
    assert client.get(address + path, headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_pictures_have_words_and_sizes_and_are_gone_with_their_notice(client, address, put_up, board, now):
    folder = Path(settings.MEDIA_ROOT) / "notices" / str(board.pk)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_bytes(b"0123456789")
    media = {"file": FILE, "alt": 'The "library"', "mime": "image/png", "width": 800, "height": 600}
    put_up("Look", media=[media])
    page = client.get(address).text
    assert 'alt="The &quot;library&quot;"' in page
    assert 'width="800" height="600"' in page
    picture = client.get(f"{address}files/{FILE}")
    assert picture.status_code == 200
    assert picture["Content-Type"] == "image/png"
    assert "immutable" in picture["Cache-Control"]
    piece = client.get(f"{address}files/{FILE}", headers={"Range": "bytes=2-4"})
    assert (piece.status_code, piece.content) == (206, b"234")
    Notice.objects.update(removed_at=now)
    assert client.get(f"{address}files/{FILE}").status_code == 404


@pytest.mark.parametrize("name", ["../../secret", "a.png", "b" * 64 + ".png", "a" * 64 + ".svg"])
def test_no_other_file_is_served(client, address, name):
    assert client.get(f"{address}files/{name}").status_code == 404


def test_a_board_that_was_closed_is_gone(client, address, board, now):
    board.disconnect(by=None, now=now)
    assert client.get(address).status_code == 404
    assert client.get("/n/no-such-board/").status_code == 404


def test_a_demo_says_that_nothing_on_it_is_real(client, address, cityhall):
    type(cityhall.organisation).objects.update(is_demo=True)
    assert "Nothing here is real" in client.get(address).text


def test_it_is_read_with_few_questions_to_the_database(client, address, put_up, django_assert_max_num_queries):
    for number in range(25):
        put_up(f"Notice {number}", minutes=number)
    with django_assert_max_num_queries(8):
        client.get(address)
