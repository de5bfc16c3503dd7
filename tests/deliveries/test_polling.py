"""Feeds that are followed: read from a real server, each item taken once, as its rule says."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.sources import Feeds
from clarion.organisations.models import Member
from clarion.posts import feeding
from clarion.posts.models import BadTemplate, Feed, FeedItem, Idea, Media, Post, Slot
from clarion.testing.pictures import png
from tests.web.desk import a_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def site():
    """A website on this machine: ``pages`` by path are (status, body, headers); ``asked`` is what came."""

    class Site(BaseHTTPRequestHandler):
        pages: dict = {}
        asked: list = []

        def do_GET(self):
            self.asked.append((self.path, dict(self.headers)))
            status, body, headers = self.pages.get(self.path, (404, b"", {}))
            if headers.get("etag") and self.headers.get("If-None-Match") == headers["etag"]:
                status, body = 304, b""
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    Site.pages, Site.asked = {}, []
    server = HTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    Site.url = f"http://127.0.0.1:{server.server_port}"
    yield Site
    server.shutdown()
    server.server_close()


class Clerk:
    def __init__(self, now) -> None:
        self.now, self.source = now, Feeds(clock=lambda: self.now)

    def looks(self, minutes: float = 0) -> int:
        self.now += timedelta(minutes=minutes)
        leases = self.source.claim(owner="clerk", now=self.now, limit=10)
        for lease in leases:
            self.source.run(lease)
        return len(leases)


@pytest.fixture
def clerk(now):
    return Clerk(now + timedelta(seconds=2))


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def followed(cityhall, ingrid, site, now):
    def follow(path="/feed", **more) -> Feed:
        given = {"target": "draft", "template": "{title}\n\n{summary}\n\n{link}", "takes_old": True, **more}
        by = given.pop("by", ingrid)
        return Feed.objects.follow(workspace=cityhall, url=site.url + path, by=by, now=now, **given)

    return follow


def rss(*items: str, title="City of Halden") -> tuple:
    body = f'<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>{title}</title>{"".join(items)}</channel></rss>'
    return 200, body.encode(), {"content-type": "application/rss+xml", "etag": f'"{len(body)}"'}


def entry(n: int, at: datetime, more: str = "") -> str:
    return (
        f"<item><guid>n{n}</guid><title>News &amp;amp; {n}</title><link>/news/{n}</link>"
        f"<pubDate>{format_datetime(at)}</pubDate><description>&lt;p&gt;Open &lt;b&gt;today&lt;/b&gt;.&lt;/p&gt;"
        f"&lt;script&gt;alert(1)&lt;/script&gt;</description>{more}</item>"
    )


def cap(identifier="A1", kind="Alert", severity="Severe", expires="2099-01-01T00:00:00+00:00", more="") -> tuple:
    body = f"""<?xml version="1.0"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
    <identifier>{identifier}</identifier>
    <sender>met@weather.example</sender><sent>2026-11-27T08:00:00+01:00</sent><status>Actual</status>
    <msgType>{kind}</msgType><scope>Public</scope>{more}<info><language>en</language><category>Met</category>
    <event>Storm</event><urgency>Expected</urgency><severity>{severity}</severity><certainty>Likely</certainty>
    <expires>{expires}</expires><senderName>Weather service</senderName>
    <headline>Storm over Halden {identifier}</headline>
    <description>Wind of 30 m/s &amp; rain.</description><web>https://weather.example/{identifier}</web>
    <area><areaDesc>Halden</areaDesc></area></info></alert>"""
    return 200, body.encode(), {"content-type": "application/cap+xml"}


def test_new_items_become_drafts_once_in_plain_words(followed, site, clerk, now):
    feed = followed()
    site.pages["/feed"] = rss(entry(1, now))
    assert clerk.looks() == 1
    assert Post.objects.get().text == f"News & 1\n\nOpen today.\n\n{site.url}/news/1"
    feed.refresh_from_db()
    assert (feed.name, feed.kind, feed.trouble) == ("City of Halden", "RSS", "")
    assert clerk.looks(1) == 0, "it rests between two looks"
    site.pages["/feed"] = rss(entry(1, now), entry(2, now))
    clerk.looks(31)
    assert Post.objects.count() == 2 and FeedItem.objects.count() == 2
    clerk.looks(31)
    assert site.asked[-1][1].get("if-none-match") and Post.objects.count() == 2


def test_the_first_look_takes_nothing_that_is_older(followed, site, clerk, now):
    followed(takes_old=False)
    site.pages["/feed"] = rss(entry(1, now - timedelta(days=2)), entry(2, now + timedelta(seconds=1)))
    clerk.looks()
    assert [post.text[:8] for post in Post.objects.all()] == ["News & 2"]
    assert "before" in FeedItem.objects.get(post=None).reason


def test_a_flood_is_taken_in_pieces(followed, site, clerk, now):
    followed(target="idea")
    site.pages["/feed"] = rss(*(entry(n, now) for n in range(45)))
    clerk.looks()
    assert Idea.objects.count() == 20
    clerk.looks(2)
    clerk.looks(2)
    assert Idea.objects.count() == 45
    assert not any(headers.get("if-none-match") for _path, headers in site.asked), "what is left would be unchanged"


def test_json_feeds_and_atom_are_read_too():
    told = feeding.read(
        b'{"version":"https://jsonfeed.org/version/1.1","title":"Desk","items":[{"id":7,"url":"/a","title":"One",'
        b'"content_text":"a < b","date_published":"2026-11-27T09:00:00+01:00","authors":[{"name":"Mari"}]}]}',
        url="https://halden.example/feed.json",
    )  # fmt: skip
    (item,) = told.items
    assert (item.guid, item.link, item.summary, item.sender) == ("7", "https://halden.example/a", "a < b", "Mari")
    assert item.at == datetime(2026, 11, 27, 8, tzinfo=UTC)
    atom = feeding.read(
        b'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry><id>x</id>'
        b'<title type="html">&lt;i&gt;Hi&lt;/i&gt;</title><updated>2026-11-27T09:00:00Z</updated></entry></feed>', url="https://halden.example/",
    )  # fmt: skip
    assert (atom.kind, atom.items[0].title) == ("Atom", "Hi")


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        ((200, b"<html><body>Hello</body></html>", {}), "no feed"), ((200, b'{"a":1}', {}), "no feed"),
        ((404, b"", {}), "no feed at this address"), ((500, b"", {}), "answered with 500"),
        ((429, b"", {"retry-after": "7200"}), "less often"), ((403, b"", {}), "does not let us"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_said_and_asked_less_often(followed, site, clerk, page, sentence):
    feed = followed()
    site.pages["/feed"] = page
    clerk.looks()
    feed.refresh_from_db()
    first = feed.wake_at - clerk.now
    assert sentence in feed.trouble and first >= timedelta(minutes=120 if page[0] == 429 else 30)
    clerk.now = feed.wake_at
    clerk.looks()
    feed.refresh_from_db()
    assert feed.wake_at - clerk.now >= first and not Post.objects.exists()


def test_a_feed_that_is_gone_is_not_asked_again(followed, site, clerk):
    feed = followed()
    site.pages["/feed"] = (410, b"", {})
    clerk.looks()
    feed.refresh_from_db()
    assert feed.paused_at and feed.wake_at is None


def test_private_addresses_are_never_asked(followed, site, clerk, settings):
    feed = followed()
    settings.PRIVATE_HOSTS = ()
    clerk.looks()
    feed.refresh_from_db()
    assert feed.trouble and not site.asked


def test_feeds_of_one_server_wait_for_each_other(followed, site, clerk, now):
    followed("/one")
    followed("/two")
    site.pages |= {"/one": rss(entry(1, now)), "/two": rss(entry(2, now))}
    assert clerk.looks() == 1 and len(site.asked) == 1
    assert clerk.looks(0.2) == 1 and len(site.asked) == 2


def test_a_rule_schedules_at_once_or_in_the_next_slot(followed, site, clerk, channel, ingrid, now):
    followed(target="now", channels=[channel])
    site.pages["/feed"] = rss(entry(1, now))
    clerk.looks()
    assert Delivery.objects.get().state == State.SCHEDULED and Delivery.objects.get().due_at == clerk.now
    Slot.objects.offer(channel, at=[(day, time(9)) for day in range(7)], by=ingrid)
    followed("/slots", target="slot", channels=[channel])
    site.pages["/slots"] = rss(entry(2, now))
    clerk.looks(1)
    assert Delivery.objects.exclude(slot_at=None).count() == 1


@pytest.mark.parametrize("why", ["role", "words", "channel"])
def test_what_may_not_go_out_stays_a_draft_and_says_why(why, followed, site, clerk, channel, ingrid, amir, now):
    feed = followed(target="now", channels=[] if why == "channel" else [channel], by=amir if why == "role" else ingrid,
                    template="{title}" + ("x" * 600 if why == "words" else ""))  # fmt: skip
    site.pages["/feed"] = rss(entry(1, now))
    clerk.looks()
    assert Post.objects.count() == 1 and not Delivery.objects.exists()
    assert feed.items.get().reason


def test_rights_that_end_end_the_rule_too(followed, site, clerk, channel, ingrid, cityhall, now):
    followed(target="now", channels=[channel])
    Member.objects.filter(user=ingrid).update(role="contributor")
    site.pages["/feed"] = rss(entry(1, now))
    clerk.looks()
    assert not Delivery.objects.exists() and "may not publish" in FeedItem.objects.get().reason


def test_alerts_are_taken_by_their_gravity_from_an_index(followed, site, clerk, channel, now):
    followed(target="now", channels=[channel], severity="Severe",
             template="{sender}: {title} ({severity}, {area}, until {expires})")  # fmt: skip
    index = "".join(
        f'<entry><id>{n}</id><title>{n}</title><updated>{now:%Y-%m-%dT%H:%M:%SZ}</updated>'
        f'<link type="application/cap+xml" href="/cap/{n}"/></entry>' for n in ("A1", "A2", "A3", "A4")
    )  # fmt: skip
    site.pages |= {
        "/feed": (200, f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Warnings</title>{index}</feed>'.encode(), {}),
        "/cap/A1": cap("A1"), "/cap/A2": cap("A2", severity="Minor"),
        "/cap/A3": cap("A3", expires="2020-01-01T00:00:00+00:00"),
        "/cap/A4": (200, cap("A4")[1].replace(b"Actual", b"Exercise"), {}),
    }  # fmt: skip
    clerk.looks()
    post = Post.objects.get()
    assert post.text == "Weather service: Storm over Halden A1 (Severe, Halden, until 1 January 2099, 01:00)"
    assert post.late == "drop" and Delivery.objects.get().late == "drop"
    assert {item.title: bool(item.reason) for item in FeedItem.objects.all()} == {
        "Storm over Halden A1": False, "Storm over Halden A2": True, "Storm over Halden A3": True,
        "Storm over Halden A4": True,
    }  # fmt: skip


def test_an_update_and_a_cancel_name_the_alert_before_them(followed, site, clerk, channel, now):
    followed(target="now", channels=[channel])
    site.pages["/feed"] = cap("A1")
    clerk.looks()
    for minutes, (name, kind) in enumerate((("A2", "Update"), ("A3", "Cancel"))):
        refers = "<references>met@weather.example,A1,2026-11-27T08:00:00+01:00</references>"
        site.pages["/feed"] = cap(name, kind=kind, more=refers)
        clerk.looks(31 + minutes)
    first, update, cancel = FeedItem.objects.order_by("pk")
    assert update.earlier == cancel.earlier == first
    assert update.about == "It updates “Storm over Halden A1”." and "cancels" in cancel.about
    assert not cancel.post.deliveries.exists(), "a person decides what to say of it"


def test_a_hostile_alert_is_refused_quietly(followed, site, clerk):
    feed = followed()
    entities = b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>"
    site.pages["/feed"] = (200, cap()[1].replace(b"<alert", entities + b"<alert", 1).replace(b"Wind", b"&b;"), {})
    clerk.looks()
    feed.refresh_from_db()
    assert "cannot be read" in feed.trouble and not Post.objects.exists()


def test_pictures_come_along_where_they_are_asked_for(followed, site, clerk, now):
    picture = '<media:content url="/p.png" medium="image"/>'
    site.pages |= {"/feed": rss(entry(1, now, picture)), "/p.png": (200, png(40, 30), {"content-type": "image/png"})}
    followed(target="idea", pictures=True)
    clerk.looks()
    assert Idea.objects.get().picture == Media.objects.get()


def test_a_template_names_only_what_there_is(followed):
    with pytest.raises(BadTemplate, match="There is no “headline”"):
        followed(template="{headline}")
