"""Bluesky's whole network from npm, over loopback: what we say is heard by people, and what they say is heard by us.

Installing it takes minutes, so it runs when it is asked for: `bin/test --bluesky-network`.
"""

import os
import urllib.request

import pytest

from clarion.networks.bluesky import Bluesky
from clarion.networks.words import Unknown
from clarion.testing.conformance import Conformance
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.bluesky_appview import POST, REPOST
from tests.engines.installation import until

from .bluesky_network_stage import PATIENCE, BlueskyNetwork
from .real_servers import server

if not os.environ.get("CLARION_BLUESKY_NETWORK"):
    pytest.skip("only when it is asked for: bin/test --bluesky-network", allow_module_level=True)

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("bluesky_network")]


@pytest.fixture(scope="module")
def config():
    with server("bluesky_network") as told:
        yield told


@pytest.fixture
def stage(config, tmp_path):
    with BlueskyNetwork(tmp_path, config) as stage:
        yield stage


class TestBlueskyNetwork(Conformance):
    """The suite for all networks."""

    network = Bluesky

    def publish(self, stage, us, *texts, **more):
        uris = super().publish(stage, us, *texts, **more)
        stage.published(uris)
        return uris


@pytest.fixture
def network(stage):
    return stage.network()


def published(stage, network, *texts, **more):
    """What we say, once everybody sees it: the addresses of its parts."""
    Rehearsal(network, stage.draft(*texts, **more)).rest()
    uris = [post.remote_id for post in stage.posts()]
    stage.published(uris)
    return uris


# --- what we say


def test_people_see_the_post_as_it_was_written(stage, network):
    text = "Hello 👨‍👩‍👧 @nobody.test, see https://example.org/ä #Köln"
    (uri,) = published(stage, network, text, language="de", link_card="off")
    seen = stage.shown(uri)
    assert (seen["record"]["text"], seen["record"]["langs"]) == (text, ["de"])
    assert seen["author"]["handle"] == stage.cityhall["handle"]
    kinds = [facet["features"][0]["$type"].partition("#")[2] for facet in seen["record"]["facets"]]
    assert sorted(kinds) == ["link", "tag"]


def test_people_see_the_picture_and_those_who_cannot_are_told_what_is_on_it(stage, network):
    (uri,) = published(stage, network, "The bridge is open.", alts=("A red bridge over the river",))
    (image,) = stage.shown(uri)["embed"]["images"]
    assert image["alt"] == "A red bridge over the river"
    with urllib.request.urlopen(stage.in_reach(image["thumb"]), timeout=20) as answer:
        assert answer.headers.get_content_maintype() == "image" and answer.read()


def test_a_thread_is_one_thread_for_everybody_and_no_reply_of_our_own_is_among_the_replies(stage, network):
    first, second, third = published(stage, network, "One", "Two", "Three")
    thread = stage.app("app.bsky.feed.getPostThread", uri=first)["thread"]
    (below,) = thread["replies"]
    (last,) = below["replies"]
    assert [thread["post"]["uri"], below["post"]["uri"], last["post"]["uri"]] == [first, second, third]
    assert network.replies(first).items == ()
    theirs = stage.stranger_replies(third, "Thank you!")
    assert [(one.remote_id, one.parent_id) for one in network.replies(first).items] == [(theirs, third)]


def test_a_deleted_post_is_gone_for_everybody(stage, network):
    (uri,) = published(stage, network, "A mistake.")
    network.delete(uri)
    until(lambda: stage.seen(uri) is None, seconds=PATIENCE, what="the AppView shows it no longer")
    assert network.measure([uri]) == {}


# --- what we hear


def test_all_that_people_do_with_a_post_is_told_and_counted(stage, network):
    (uri,) = published(stage, network, "The library opens at nine.")
    ref = stage.ref(uri)
    stage.stranger_likes(uri)
    reply = stage.stranger_replies(uri, "On Sundays too?")
    repost = stage.stranger_says(REPOST, subject=ref)
    embed = {"$type": "app.bsky.embed.record", "record": ref}
    quote = stage.stranger_says(POST, text="Good news", embed=embed)
    follow = stage.stranger_says("app.bsky.graph.follow", subject=stage.cityhall["did"])
    for one in (reply, repost, quote, follow):
        stage.told(one)
    stage.counted(uri, repostCount=1, quoteCount=1)

    numbers = network.measure([uri])[uri].numbers
    assert numbers == {"likes": 1, "shares": 1, "replies": 1, "quotes": 1, "bookmarks": 0, "views": None}
    told = {one.kind: one for one in network.notifications().items}
    assert set(told) == {"like", "repost", "quote", "reply", "follow"}
    assert {told[kind].parent_id for kind in ("like", "repost", "reply")} == {uri}
    assert {one.author for one in told.values()} == {stage.gazette["handle"]}
    assert (told["reply"].text, told["reply"].remote_id) == ("On Sundays too?", reply)
    assert sorted(one.kind for one in network.mentions().items) == ["quote", "reply"]
    until(
        lambda: network.measure_account().numbers["followers"], seconds=PATIENCE, what="our profile counts a follower"
    )
    assert network.measure_account().numbers == {"followers": 1, "following": 0, "posts": 1}


def test_more_than_a_page_of_mentions_is_read_to_its_end(stage, network):
    said = stage.strangers_mention([f"Is the pool open? {n}" for n in range(60)])
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = network.mentions(cursor=cursor)
        found, cursor, pages = [*found, *(one.remote_id for one in page.items)], page.cursor, pages + 1
    assert pages > 1 and sorted(found) == sorted(said)


def test_more_than_a_page_of_replies_is_read_to_its_end(stage, network):
    (uri,) = published(stage, network, "Questions?")
    said = stage.strangers_reply(uri, [f"Question {n}" for n in range(60)])
    found = network.replies(uri)
    rest = network.replies(uri, cursor=found.cursor)
    assert len(found.items) == 50 and len(rest.items) == 10 and rest.cursor == ""
    assert sorted(one.remote_id for one in (*found.items, *rest.items)) == sorted(said)


@pytest.mark.parametrize(("verb", "mark"), [("like", "likes"), ("share", "shares")])
def test_a_mark_of_ours_is_seen_once_even_when_its_answer_is_lost(stage, network, verb, mark):
    theirs = stage.stranger_posts("The bridge is open")
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        getattr(network, verb)(theirs)
    getattr(network, verb)(theirs)
    assert stage.marks(theirs)[mark] == 1


def test_a_post_whose_answer_was_lost_is_seen_once(stage, network):
    rehearsal = Rehearsal(network, stage.draft("The library opens at nine."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    uri = rehearsal.recover().remote_id
    stage.published([uri])
    feed = stage.app("app.bsky.feed.getAuthorFeed", actor=stage.cityhall["did"])["feed"]
    assert [one["post"]["uri"] for one in feed] == [uri]
