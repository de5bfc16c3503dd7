"""Calendar feeds: what other calendars read at a secret address, and that it ends when it is revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from clarion.deliveries.models import Delivery, State
from clarion.posts.content import Content
from clarion.posts.models import Campaign, Label, Post, Subscription

from .desk import a_channel, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def planned(cityhall, ingrid, halden, now):
    def make(text, *, days=1.0, channels=(), labels=()):
        channels = list(channels) or [halden]
        post = Post.objects.write(
            workspace=cityhall, by=ingrid, content=Content.of(text), channels=channels, labels=labels
        )
        at = (now + timedelta(days=days)).replace(microsecond=0)
        Delivery.objects.schedule(post, channels=channels, at=at, by=ingrid, now=now)
        return post

    return make


@pytest.fixture
def offered(cityhall, ingrid):
    """The path of a new feed."""

    def offer(*view):
        _made, secret = Subscription.objects.offer(workspace=cityhall, name="Mayor", view=view, by=ingrid)
        return reverse("ical", args=[secret])

    return offer


def read(path, **headers):
    answer = Client().get(path, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return answer


def events(path):
    """Events by the words of their posts."""
    calendar = icalendar.Calendar.from_ical(read(path).content)
    return {str(event["summary"]).partition(": ")[2]: event for event in calendar.walk("VEVENT")}


def test_another_calendar_reads_what_is_planned_without_a_sign_in(planned, offered, halden, cityhall, now):
    post = planned("The library is open, late; and “free”.")
    answer = read(offered())
    assert answer["Content-Type"].startswith("text/calendar") and not answer.cookies
    calendar = icalendar.Calendar.from_ical(answer.content)
    assert str(calendar["x-wr-calname"]) == "Mayor" and calendar["version"] == "2.0"
    (event,) = calendar.walk("VEVENT")
    assert str(event["summary"]) == "Scheduled: The library is open, late; and “free”."
    assert event["dtstart"].dt == post.deliveries.get().due_at
    assert event["dtend"].dt - event["dtstart"].dt == timedelta(minutes=15)
    assert str(halden) in event["description"] and str(event["url"]).endswith(f"/posts/{post.pk}")
    assert str(event["uid"]).startswith(f"{post.pk}@") and event["transp"] == "TRANSPARENT"
    assert now - timedelta(minutes=5) < event["last-modified"].dt == event["dtstamp"].dt <= datetime.now(UTC)


def test_an_event_keeps_its_name_when_its_post_is_moved_and_counts_its_changes(planned, offered, ingrid, now):
    post, path = planned("The library is open."), offered()
    (before,) = events(path).values()
    delivery = post.deliveries.select_related("post", "channel", "workspace").get()
    delivery.reschedule(at=now + timedelta(days=9), by=ingrid, now=now)
    (after,) = events(path).values()
    assert after["uid"] == before["uid"] and after["dtstart"].dt > before["dtstart"].dt
    assert int(after["sequence"]) > int(before["sequence"])
    assert after["last-modified"].dt >= before["last-modified"].dt


def test_a_post_at_two_times_is_two_events_and_both_keep_their_names(planned, offered, cityhall, ingrid, halden, now):
    other = a_channel(cityhall, now, handle="@other")
    post, path = planned("Twice.", channels=[halden, other]), offered()
    (whole,) = events(path).values()
    second = post.deliveries.select_related("post", "channel", "workspace").get(channel=other)
    second.reschedule(at=now.replace(microsecond=0) + timedelta(hours=9), by=ingrid, now=now)  # before the first
    calendar = icalendar.Calendar.from_ical(read(path).content)
    uids = {event["dtstart"].dt: str(event["uid"]) for event in calendar.walk("VEVENT")}
    assert uids[whole["dtstart"].dt] == str(whole["uid"])
    assert uids[second.due_at].startswith(f"{post.pk}-{second.pk}@")


def test_the_state_stands_in_the_title_and_drafts_are_tentative(planned, offered, cityhall, ingrid, now):
    Delivery.objects.filter(post=planned("Gone wrong.")).update(state=State.FAILED)
    draft = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("An idea."))
    draft.want(now + timedelta(days=3))
    found = events(offered())
    assert str(found["Gone wrong."]["summary"]).startswith("Failed: ")
    assert str(found["An idea."]["summary"]).startswith("Draft: ") and found["An idea."]["status"] == "TENTATIVE"


def test_sixty_days_of_the_past_and_all_of_the_future(planned, offered):
    for days in (-61.5, -59, 0.5, 3000):
        planned(f"{days}", days=days)
    assert list(events(offered())) == ["-59", "0.5", "3000"]


def test_it_shows_what_its_filters_let_through(planned, offered, cityhall, ingrid, halden, now):
    other = a_channel(cityhall, now, handle="@other")
    label = Label.objects.create(workspace=cityhall, name="Roads")
    campaign = Campaign.objects.begin(workspace=cityhall, name="Advent", by=ingrid)
    planned("On halden.", labels=[label])
    planned("On other.", channels=[other]).join(campaign, by=ingrid)
    assert list(events(offered(("channel", str(other.pk))))) == ["On other."]
    assert list(events(offered(("label", str(label.pk))))) == ["On halden."]
    narrowed = events(offered(("campaign", str(campaign.pk))))
    assert narrowed["On other."]["categories"].to_ical() == b"Advent"
    assert list(events(offered(("state", "published")))) == []


def test_hostile_and_very_long_words_are_escaped_and_folded(planned, offered):
    planned("A\r\nEND:VCALENDAR\r\nBEGIN:VEVENT; x, y \\n " + "ü" * 3000)
    body = read(offered()).content
    assert body.count(b"\r\nEND:VCALENDAR") == 1
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")
    assert "END:VCALENDAR" in str(event["summary"])


def test_nothing_new_is_said_in_a_word(planned, offered, ingrid, now):
    post, path = planned("The library is open."), offered()
    first = read(path)
    etag, changed = first["ETag"], first["Last-Modified"]
    assert Client().get(path, headers={"if-none-match": etag}).status_code == 304
    assert Client().get(path, headers={"if-modified-since": changed}).status_code == 304
    post.deliveries.select_related("post", "channel", "workspace").get().reschedule(
        at=now + timedelta(days=2), by=ingrid, now=now
    )
    assert read(path, **{"if-none-match": etag})["ETag"] != etag
    post.edit(by=ingrid, version=1, content=Content.of("The library is closed."))
    assert "The library is closed." in events(path)


def test_a_revoked_or_wrong_address_is_not_found_at_once(planned, offered, ingrid):
    planned("Secret plans.")
    path = offered()
    read(path)
    Subscription.objects.get().revoke(by=ingrid, now=datetime.now(UTC))
    assert Client().get(path).status_code == 404
    assert Client().get(reverse("ical", args=["no-such-secret"])).status_code == 404
    assert Client().get(reverse("ical", args=["x" * 4000])).status_code == 404


def test_who_left_the_workspace_reads_it_no_more_although_she_works_elsewhere(planned, offered, ingrid, cityhall):
    planned("Secret plans.")
    path = offered()
    read(path)
    cityhall.members.filter(user=ingrid).delete()
    assert ingrid.is_active and Client().get(path).status_code == 404


def test_who_asks_too_often_is_asked_to_wait(offered):
    path = offered()
    answers = [Client().get(path) for _time in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert answers[-1]["Retry-After"] == "60"
    assert Client().get(offered()).status_code == 200, "another address is not concerned"


def test_made_up_addresses_leave_nothing_behind(db, monkeypatch):
    counted = []
    monkeypatch.setattr("clarion.web.pages.subscriptions._asks_too_often", lambda secret: counted.append(secret))
    assert {Client().get(reverse("ical", args=[f"guess-{n}"])).status_code for n in range(40)} == {404}
    assert counted == []


def test_an_address_is_shown_once_and_only_its_hash_is_kept(ingrid, cityhall, halden):
    client, page = signed_in(ingrid), reverse("subscriptions", args=[cityhall.pk])
    answer = client.post(page, {"name": "The mayor", "channel": str(halden.pk)}, follow=True)
    address = text_of(answer).split('id="address" value="')[1].split('"')[0]
    path = "/" + address.split("/", 3)[3]
    assert Client().get(path).status_code == 200
    made = Subscription.objects.get()
    assert made.view == [["channel", str(halden.pk)]] and path.split("/")[-1].removesuffix(".ics") not in str(
        vars(made)
    )
    again = text_of(client.get(page))
    assert "Addresses in use" in again and "The mayor" in again and address not in again and "last read" in again
    client.post(reverse("subscription_revoke", args=[cityhall.pk, made.pk]))
    assert Client().get(path).status_code == 404
    assert "Addresses in use" not in text_of(client.get(page))


def test_one_revokes_ones_own_and_managers_revoke_all(ingrid, amir, vera, outsider, cityhall):
    mine, _secret = Subscription.objects.offer(workspace=cityhall, name="Mine", view=[], by=ingrid)
    his, _secret = Subscription.objects.offer(workspace=cityhall, name="His", view=[], by=amir)
    page = reverse("subscriptions", args=[cityhall.pk])
    assert signed_in(vera).post(page, {"name": "V"}).status_code == 403
    assert signed_in(outsider).get(page).status_code == 404

    def revoke(who, one):
        return signed_in(who).post(reverse("subscription_revoke", args=[cityhall.pk, one.pk])).status_code

    assert [revoke(amir, mine), revoke(outsider, mine), revoke(amir, his), revoke(ingrid, mine)] == [403, 404, 302, 302]


def test_another_workspaces_posts_are_never_read(planned, outsider):
    planned("Ours.")
    theirs = outsider.memberships.get().workspace
    _made, secret = Subscription.objects.offer(workspace=theirs, name="Theirs", view=[], by=outsider)
    assert events(reverse("ical", args=[secret])) == {}
