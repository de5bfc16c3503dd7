"""Somebody mentioned once in a text, and called on each network what they are called there."""

from __future__ import annotations

import pytest

from clarion.channels.models import Channel
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Person, Post
from clarion.posts.models.mention import written
from clarion.posts.models.post import drafted
from clarion.posts.speech import Speech, Unnamed

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(cityhall, now):
    def channel(network, server=""):
        return Channel.objects.create(
            workspace=cityhall, network=network, server=server, remote_id=f"{network}{server}", handle="halden",
            connected_at=now,
        )  # fmt: skip

    return channel


@pytest.fixture
def kari(cityhall, ingrid):
    return Person.objects.make(
        workspace=cityhall, name="Kari Nordmann", by=ingrid, handles={
            ("mastodon", ""): "kari@social.example", ("mastodon", "https://home.example"): "kari",
            ("bluesky", ""): "@kari.example", ("reddit", ""): "u/kari", ("x", ""): " ",
        },
    )  # fmt: skip


def said(text, channel):
    return drafted(Content((Words(text),)), channel=channel).parts[0].text


def test_each_network_gets_its_own_name_and_the_plain_one_where_none_is_known(kari, channel):
    text = "Thank you, @[Kari Nordmann]! (@[kari nordmann])"
    assert said(text, channel("mastodon", "https://social.example")) == (
        "Thank you, @kari@social.example! (@kari@social.example)"
    )
    assert said(text, channel("mastodon", "https://home.example")) == "Thank you, @kari! (@kari)"
    assert said(text, channel("bluesky")) == "Thank you, @kari.example! (@kari.example)"
    assert said(text, channel("reddit")) == "Thank you, u/kari! (u/kari)"
    assert said(text, channel("x")) == "Thank you, Kari Nordmann! (kari nordmann)"


def test_a_mark_never_goes_out_and_a_form_of_a_network_is_left_alone(channel):
    here = channel("mastodon")
    assert said("With @[Ola] and @[Urn](urn:li:person:1), ask me@[x", here) == (
        "With Ola and @[Urn](urn:li:person:1), ask me@[x"
    )


def test_no_mark_goes_out_where_nobody_can_be_mentioned(kari, channel, cityhall):
    here = channel("mastodon")
    poll = {"options": ["@[Kari Nordmann]", "Nobody"], "seconds": 3600}
    content = Content((Words("Who?", (Shot("1", "@[Kari Nordmann] on the stairs"),)),), {"poll": poll})
    spoken = Speech(cityhall).of(content, here)
    assert spoken.parts[0].shots[0].alt == "Kari Nordmann on the stairs"
    assert spoken.options["poll"] == {"options": ["Kari Nordmann", "Nobody"], "seconds": 3600}


def test_the_names_of_another_workspace_are_not_known_here(kari, outsider, now):
    other = outsider.memberships.get().workspace
    theirs = Channel.objects.create(
        workspace=other, network="bluesky", remote_id="1", handle="else", connected_at=now
    )  # fmt: skip
    assert said("@[Kari Nordmann]", theirs) == "Kari Nordmann"


def test_words_in_options_are_spoken_too_and_the_text_that_is_kept_stays(kari, channel, cityhall, ingrid):
    here = channel("mastodon")
    content = Content((Words("@[Kari Nordmann]"),), {"content_warning": "About @[Kari Nordmann]"})
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=content, channels=[here])
    assert post.draft_for(here).options["content_warning"] == "About @kari@social.example"
    assert post.said_on(here).text == "@[Kari Nordmann]"
    assert post.said_on(here).sha256 == content.sha256


def test_who_has_no_name_on_a_network_is_told(kari, channel, cityhall, django_assert_max_num_queries):
    content = Content.of("@[Kari Nordmann] and @[Ola]")
    speech = Speech(cityhall)
    there, here = channel("bluesky"), channel("x")
    with django_assert_max_num_queries(2):
        assert speech.unnamed(content, there) == [Unnamed("Ola", is_known=False)]
        assert speech.unnamed(content, here) == [
            Unnamed("Kari Nordmann", is_known=True),
            Unnamed("Ola", is_known=False),
        ]


def test_names_that_are_changed_are_called_anew(kari, channel, ingrid):
    kari.change(by=ingrid, name="Kari N.", handles={("bluesky", ""): "new.example"})
    here = channel("bluesky")
    assert said("@[Kari N.] @[Kari Nordmann]", here) == "@new.example Kari Nordmann"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("kari", "@kari"), ("@kari", "@kari"), ("kari@a.example", "@kari@a.example"), ("u/kari", "u/kari"),
        ("<@U123>", "<@U123>"), (" kari.bsky.social ", "@kari.bsky.social"),
    ],
)  # fmt: skip
def test_a_bare_name_gets_its_sign(typed, text):
    assert written(typed) == text
