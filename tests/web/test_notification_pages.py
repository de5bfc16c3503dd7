"""The bell, the list, what reaches whom, devices and the team's chat: as pages."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clarion.notifications.kinds import EMAIL, OFF
from clarion.notifications.models import Choice, Device, Notification, Reader, TeamChat
from clarion.organisations.models import User, Workspace

from .desk import a_channel, form, text_of

pytestmark = pytest.mark.django_db

KEYS = {
    "endpoint": "https://push.example/1", "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
}  # fmt: skip


@pytest.fixture
def tell(cityhall, now):
    def make(person, *, kind="delivery.failed", about="Storgata is closed.", workspace=None, **fields):
        place = workspace or cityhall
        (made,) = Notification.objects.tell(**{
            "kind": kind, "people": [person.pk], "subject": place, "workspace": place, "now": now, "about": about,
            "values": {"network": "Mastodon", "by": "Amir", "file": "a.csv"}, "address": ("calendar", [place.pk]),
            **fields,
        })  # fmt: skip
        return made

    return make


def test_the_bell_counts_and_the_list_leads_to_the_thing(desk, ingrid, tell, cityhall):
    made = tell(ingrid, about="<script>x</script>", sentence="too dull")
    tell(ingrid, kind="approval.given")
    page = text_of(desk.get("notifications"))
    assert "2 are new" in page and "Mastodon did not take it" in page and "&lt;script&gt;x" in page
    answer = desk.get(f"notifications/{made.pk}")
    assert answer.url == reverse("calendar", args=[cityhall.pk])
    page = text_of(desk.get("notifications"))
    assert "1 is new" in page
    unread = text_of(desk.get("notifications?show=unread"))
    assert "Amir approved it" in unread and "did not take it" not in unread
    assert "did not take it" not in text_of(desk.get("notifications?topic=answered"))
    desk.post("notifications/read")
    assert not Notification.objects.of(ingrid).unread().exists()
    assert "Nothing here" in text_of(desk.get("notifications?show=unread"))


def test_the_menu_of_the_bell_and_the_pulse_tell_what_is_new(desk, ingrid, tell):
    tell(ingrid)
    assert "Mastodon did not take it" in text_of(desk.get("notifications/few"))
    assert "1 is new" in text_of(desk.get("pulse"))
    Notification.objects.of(ingrid).see(now=Notification.objects.get().raised_at)
    assert "Nothing is new." in text_of(desk.get("notifications/few"))


def test_the_menu_of_the_bell_says_how_much_is_new_beyond_what_it_shows(desk, ingrid, tell):
    for _time in range(6):
        tell(ingrid)
    assert "are new" not in text_of(desk.get("notifications/few"))
    tell(ingrid)
    page = text_of(desk.get("notifications/few"))
    assert page.count("Mastodon did not take it") == 6 and "7 are new" in page and "notifications?show=unread" in page


def test_nobody_reads_what_was_told_to_others(desk, ingrid, amir, outsider, tell):
    made = tell(amir)
    assert desk.get(f"notifications/{made.pk}").status_code == 404
    assert "did not take it" not in text_of(desk.get("notifications"))
    assert desk.sign_in(outsider).get("notifications").status_code == 404


def test_the_list_is_paged(desk, ingrid, tell):
    for number in range(32):
        tell(ingrid, about=f"Post number {number}.")
    first, second = text_of(desk.get("notifications")), text_of(desk.get("notifications?page=2"))
    assert "Post number 31." in first and "Post number 1." not in first
    assert "Post number 1." in second and "Post number 31." not in second
    assert desk.get("notifications?page=x&topic=nonsense&show=1").status_code == 200


def test_she_chooses_what_reaches_her(desk, ingrid, amir, cityhall):
    desk.sign_in(amir)
    fields = form(desk.get("notifications/ways"), "choices")
    answer = desk.post("notifications/ways", {**fields, "comments.email": "off", "hour": "17", "zone": "Asia/Tokyo"})
    assert answer.status_code == 302
    assert Choice.objects.of(amir, workspace=None)["comments", EMAIL] == OFF
    reader = Reader.objects.get(person=amir)
    assert (reader.hour, reader.zone) == (17, "Asia/Tokyo")
    assert User.objects.get(pk=amir.pk).language == "en"
    only = form(desk.get("notifications/ways?for=workspace"), "choices")
    assert only["comments.email"] == [""]  # as everywhere
    desk.post("notifications/ways?for=workspace", {**only, "imports.push": "at_once"})
    assert Choice.objects.of(amir, workspace=cityhall) == {("imports", "push"): "at_once"}


def test_the_last_leader_is_told_why_failures_stay_on(desk, ingrid):
    fields = form(desk.get("notifications/ways"), "choices")
    answer = desk.post("notifications/ways", {**fields, "failures.email": "off", "failures.push": "off"})
    assert answer.status_code == 422 and "would then reach nobody outside the app" in text_of(answer)
    assert not Choice.objects.exists()
    bad = desk.post("notifications/ways", {**fields, "zone": "Nowhere/Land", "hour": "25"})
    assert bad.status_code == 422 and "not a time zone" in text_of(bad)


def test_a_device_is_added_named_and_removed(desk, ingrid, amir):
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    desk.post("notifications/devices", KEYS, HTTP_USER_AGENT=agent)
    page = text_of(desk.get("notifications/ways"))
    assert "Firefox, Linux" in page and "not told anything yet" in page
    device = Device.objects.get()
    assert desk.post("notifications/devices", {}, follow=True).status_code == 200 and Device.objects.count() == 1
    assert desk.sign_in(amir).post(f"notifications/devices/{device.pk}/remove").status_code == 404
    desk.sign_in(ingrid).post(f"notifications/devices/{device.pk}/remove")
    assert not Device.objects.exists()


def test_the_service_worker_keeps_no_pages(client):
    answer = client.get("/sw.js")
    assert answer["Content-Type"].startswith("text/javascript") and answer["Cache-Control"] == "no-cache"
    assert "fetch" not in answer.content.decode()


def test_the_language_that_she_chooses_is_that_of_her_letters(client, ingrid):
    client.force_login(ingrid)
    client.post("/language", {"language": "fr"})
    client.post("/language", {"language": "xx"})
    assert User.objects.get(pk=ingrid.pk).language == "fr"


def test_a_chat_becomes_the_teams_own_and_is_no_longer_offered(desk, ingrid, cityhall, now):
    chat = a_channel(cityhall, now, network="mattermost", handle="~news")
    a_channel(cityhall, now)
    page = text_of(desk.get("channels/team"))
    assert "~news" in page and "(Mastodon)" not in page
    assert "Choose at least one thing." in text_of(desk.post("channels/team", {"channel": chat.pk, "language": "en"}))
    chosen = {"channel": chat.pk, "topics": ["failures", "crisis"], "language": "de"}
    assert desk.post("channels/team", chosen).status_code == 302
    made = TeamChat.objects.get()
    assert (made.topics, made.language) == (["failures", "crisis"], "de")
    desk.get("calendar")  # where the sentence of the press is shown
    assert "~news" not in text_of(desk.get("write"))
    assert "your team's own chat" in text_of(desk.get("channels")).replace("&#x27;", "'")
    desk.post(f"channels/team/{made.pk}", {"topics": ["asked"], "language": "en"})
    made.refresh_from_db()
    assert made.topics == ["asked"]
    desk.post(f"channels/team/{made.pk}/close")
    assert not TeamChat.objects.exists() and "~news" in text_of(desk.get("write"))


def test_a_chat_to_which_posts_are_promised_is_not_taken(desk, cityhall, now, promise):
    chat = a_channel(cityhall, now, network="mattermost", handle="~news")
    promise(chat)
    answer = desk.post("channels/team", {"channel": chat.pk, "topics": ["failures"], "language": "en"})
    assert answer.status_code == 422 and "Posts are still promised there" in text_of(answer)


def test_only_who_may_change_channels_chooses_the_teams_chat(desk, amir):
    assert desk.sign_in(amir).get("channels/team").status_code == 403


def test_letters_lead_home_whatever_the_workspace(client, desk, ingrid, cityhall):
    assert client.get("/notifications").url == reverse("told", args=[cityhall.pk])
    assert client.get("/me/notifications").url == reverse("told_ways", args=[cityhall.pk])
    client.force_login(User.objects.create_user("nobody@halden.example"))
    assert client.get("/notifications").url == "/"


def test_the_count_is_of_all_her_workspaces(desk, ingrid, cityhall, tell):
    other = Workspace.objects.open(organisation=cityhall.organisation, name="Library")
    tell(ingrid, workspace=other)
    page = text_of(desk.get("notifications"))
    assert "1 is new" in page and "Library" in page
