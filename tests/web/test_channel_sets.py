"""Sets of channels: chosen with one press, made from what is chosen, renamed, removed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clarion.posts.models import ChannelSet
from clarion.records.models import Event

from .desk import a_channel, composed, form, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def sky(cityhall, now):
    return a_channel(cityhall, now, network="bluesky", handle="halden.example")


@pytest.fixture
def write(cityhall):
    return reverse("composer_new", args=[cityhall.pk])


def test_what_is_chosen_becomes_a_set_that_is_chosen_with_one_press(ingrid, cityhall, halden, sky, write):
    client = signed_in(ingrid)
    data = composed(client, write, **{"text:all:0": "Words stay", "channels": [str(sky.pk)], "set_name": " Only  sky "})
    answer = client.post(write, {**data, "do": "make-set"})
    made = ChannelSet.objects.get()
    assert (made.name, list(made.channels.all())) == ("Only sky", [sky])
    assert form(answer)["text:all:0"] == ["Words stay"] and "Set: Only sky" in text_of(answer)
    data = composed(client, write)
    assert set(data["channels"]) == {str(halden.pk), str(sky.pk)}
    chosen = form(client.post(write, {**data, "do": f"set:{made.pk}"}))
    assert chosen["channels"] == [str(sky.pk)]


def test_a_set_without_a_name_or_a_channel_is_not_made(ingrid, halden, write):
    client = signed_in(ingrid)
    for changes in ({"set_name": "  "}, {"set_name": "Nobody", "channels": []}):
        answer = client.post(write, {**composed(client, write, **changes), "do": "make-set"})
        assert "Choose channels and give the set a name." in text_of(answer)
    assert not ChannelSet.objects.exists()


def test_a_set_is_renamed_and_removed_on_the_record(ingrid, cityhall, halden):
    made = ChannelSet.objects.make(workspace=cityhall, name="Everyday", channels=[halden], by=ingrid)
    ChannelSet.objects.make(workspace=cityhall, name="Taken", channels=[halden], by=ingrid)
    client = signed_in(ingrid)
    page = client.get(reverse("channel_sets", args=[cityhall.pk]))
    assert "Everyday" in text_of(page) and "@halden" in text_of(page)
    rename = reverse("channel_set_rename", args=[cityhall.pk, made.pk])
    assert "already" in text_of(client.post(rename, {"name": "Taken"}, follow=True))
    client.post(rename, {"name": "Everyday four"})
    made.refresh_from_db()
    assert made.name == "Everyday four"
    client.post(reverse("channel_set_remove", args=[cityhall.pk, made.pk]))
    assert [one.name for one in ChannelSet.objects.all()] == ["Taken"]
    verbs = Event.objects.filter(subject=str(made.pk)).values_list("verb", flat=True)
    assert list(verbs) == ["channel_set.made", "channel_set.renamed", "channel_set.removed"]


def test_a_channel_that_is_disconnected_leaves_the_set_alone(ingrid, cityhall, halden, sky, write, now):
    made = ChannelSet.objects.make(workspace=cityhall, name="Both", channels=[halden, sky], by=ingrid)
    sky.disconnected_at = now
    sky.save()
    client = signed_in(ingrid)
    data = composed(client, write, channels=[])
    assert form(client.post(write, {**data, "do": f"set:{made.pk}"}))["channels"] == [str(halden.pk)]


def test_viewers_and_outsiders_change_no_set(vera, outsider, ingrid, cityhall, halden):
    made = ChannelSet.objects.make(workspace=cityhall, name="Everyday", channels=[halden], by=ingrid)
    remove = reverse("channel_set_remove", args=[cityhall.pk, made.pk])
    assert signed_in(vera).post(remove).status_code == 403
    client = signed_in(outsider)
    assert client.post(remove).status_code == 404
    own = outsider.memberships.get().workspace_id
    assert client.post(reverse("channel_set_remove", args=[own, made.pk])).status_code == 404
    assert ChannelSet.objects.exists()
