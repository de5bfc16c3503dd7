"""Bluesky against our contract server: what the conformance suite does not ask."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from clarion.networks.answers import Answer
from clarion.networks.atproto import AtUri
from clarion.networks.base import Draft, Part
from clarion.networks.words import NotNow, Refused, SignInAgain, Unknown
from clarion.testing.bluesky import BlueskyContract
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.bluesky_appview import LIKE, POST, REPOST

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def stage(tmp_path):
    with BlueskyContract(tmp_path) as stage:
        yield stage
        assert stage.server.unlawful == [], "something was said against the official lexicons"


@pytest.fixture
def network(stage):
    return stage.network()


def publish(network, *texts, **options):
    rehearsal = Rehearsal(network, Draft(tuple(Part(text) for text in texts), options))
    rehearsal.rest()
    return rehearsal


def record_of(stage, uri):
    at = AtUri.read(uri)
    return stage.server.cityhall.records[(at.collection, at.rkey)].value


# --- publishing


def test_a_thread_is_one_write_whose_parts_refer_to_each_other(stage, network):
    rehearsal = publish(network, "One", "Two", "Three")
    first, second, third = (record_of(stage, uri) for uri in rehearsal.posts[0].handle["uris"])
    assert "reply" not in first
    assert second["reply"]["root"] == second["reply"]["parent"] == stage.server.ref(rehearsal.posts[0].remote_id)
    assert third["reply"]["parent"]["uri"] == rehearsal.posts[0].handle["uris"][1]
    assert third["reply"]["root"] == second["reply"]["root"]
    assert first["createdAt"] < second["createdAt"] < third["createdAt"]
    assert [post.text for post in stage.posts()] == ["One", "Two", "Three"]


def test_a_lost_thread_is_found_whole_and_sending_it_again_doubles_nothing(stage, network):
    rehearsal = Rehearsal(network, stage.draft("One", "Two", "Three"))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    with pytest.raises(Unknown):  # the server answers 500 to the same keys: somebody must look
        network.publish(rehearsal.step(rehearsal.line), key=rehearsal.line.key)
    rehearsal.recover()
    assert [post.text for post in stage.posts()] == ["One", "Two", "Three"]


def test_a_thread_with_a_part_deleted_by_hand_still_counts_as_published(stage, network):
    rehearsal = publish(network, "One", "Two", "Three")
    stage.server.cityhall.records.pop((POST, AtUri.read(rehearsal.posts[0].remote_id).rkey))
    assert rehearsal.look(rehearsal.lines[-1]).remote_id == rehearsal.posts[0].remote_id


def test_another_record_under_our_key_is_refused_loudly_and_stays(stage, network):
    rehearsal = Rehearsal(network, stage.draft("Ours"))
    step = rehearsal.step(rehearsal.line)
    item = step.payload["records"][0]
    stage.server._keep(stage.server.cityhall, (POST, item["rkey"]), "b" * 59, {**item["record"], "text": "Theirs"})
    with pytest.raises(Refused) as failure:
        network.publish(step, key=rehearsal.line.key)
    assert failure.value.code == "other_record"
    assert [post.text for post in stage.posts()] == ["Theirs"]


def test_a_prepared_payload_is_never_prepared_anew(stage, network):
    rehearsal = Rehearsal(network, stage.draft("Ours"))
    step = rehearsal.step(rehearsal.line)
    assert network.prepare(step, key=uuid4().hex, now=NOW) == step.payload


def test_pictures_carry_their_words_and_their_shape(stage, network):
    rehearsal = Rehearsal(network, stage.draft("Look", alts=("A red bridge", "")))
    rehearsal.rest()
    embed = record_of(stage, rehearsal.posts[0].remote_id)["embed"]
    assert [(one["alt"], one["aspectRatio"]) for one in embed["images"]] == [
        ("A red bridge", {"width": 8, "height": 6}), ("", {"width": 8, "height": 6}),
    ]  # fmt: skip


def test_a_picture_that_the_server_let_go_is_explained(stage, network):
    rehearsal = Rehearsal(network, stage.draft("Look", pictures=1)).to_the_post()
    stage.server.cityhall.blobs.clear()
    with pytest.raises(Refused) as failure:
        rehearsal.say()
    assert failure.value.code == "BlobNotFound"
    assert "Nothing was published" in failure.value.sentence


def test_people_who_exist_are_mentioned_and_others_stay_text(stage, network):
    rehearsal = publish(network, "Thanks @gazette.test and @nobody.example!")
    facets = record_of(stage, rehearsal.posts[0].remote_id)["facets"]
    assert [facet["features"][0].get("did") for facet in facets] == [stage.server.gazette.did]


def test_a_name_that_cannot_be_asked_for_costs_the_mention_and_not_the_post(stage, network):
    stage.faults.arm(Fault("answer", lambda m, p: p.endswith("resolveHandle"), status=502))
    publish(network, "Thanks @gazette.test!")
    assert len(stage.posts()) == 1


def test_languages_are_sent_and_four_are_refused_before_sending(stage, network):
    rehearsal = publish(network, "Guten Tag", language="de, en")
    assert record_of(stage, rehearsal.posts[0].remote_id)["langs"] == ["de", "en"]
    draft = stage.draft("Hi", language="de,en,fr,it")
    assert [problem.field for problem in network.problems(draft)] == ["language"]


def test_three_thousand_bytes_are_the_limit_below_three_hundred_characters(stage, network):
    family = "👨‍👩‍👧‍👦"  # one character, 25 bytes
    assert network.problems(stage.draft(family * 120)) == []
    publish(network, family * 120)
    assert [p.limit for p in network.problems(stage.draft(family * 121))] == [3000]


# --- answering, marking, reading


def test_an_answer_stands_under_its_parent_and_in_its_thread(stage, network):
    mine = publish(network, "One", "Two").posts[0]
    theirs = stage.stranger_replies(mine.handle["uris"][1], "A question")
    answer = publish(network, "An answer", in_reply_to=theirs)
    reply = record_of(stage, answer.posts[0].remote_id)["reply"]
    assert (reply["root"]["uri"], reply["parent"]["uri"]) == (mine.remote_id, theirs)


def test_an_answer_to_a_post_that_is_gone_is_refused_before_anything_is_public(stage, network):
    with pytest.raises(Refused):
        publish(network, "An answer", in_reply_to=f"at://{stage.server.gazette.did}/{POST}/3n2yyxeo4tojk")
    assert stage.posts() == []


def test_the_own_parts_of_a_thread_are_not_answers_to_it(stage, network):
    mine = publish(network, "One", "Two", "Three").posts[0]
    stage.stranger_replies(mine.handle["uris"][2], "Well said")
    assert [message.text for message in network.replies(mine.remote_id).items] == ["Well said"]


def test_many_answers_come_in_pages_without_gap_or_repeat(stage, network):
    mine = publish(network, "One").posts[0]
    said = [stage.stranger_replies(mine.remote_id, f"Answer {number}") for number in range(120)]
    seen, cursor = [], ""
    while True:
        page = network.replies(mine.remote_id, cursor=cursor)
        seen += [message.remote_id for message in page.items]
        cursor = page.cursor
        if not cursor:
            break
    assert seen == said[::-1]


def test_notifications_come_in_pages_without_gap_or_repeat(stage, network):
    mine = publish(network, "One").posts[0]
    said = [stage.stranger_replies(mine.remote_id, f"Answer {number}") for number in range(120)]
    first = network.notifications()
    second = network.notifications(cursor=first.cursor)
    third = network.notifications(cursor=second.cursor)
    items = [*first.items, *second.items, *third.items]
    assert [message.remote_id for message in items] == said[::-1]
    assert third.cursor == ""
    assert {(message.kind, message.parent_id) for message in items} == {("reply", mine.remote_id)}


@pytest.mark.parametrize(("verb", "mark"), [("like", "likes"), ("share", "shares")])
def test_a_mark_is_made_once_even_when_its_answer_is_lost(stage, network, verb, mark):
    theirs = stage.stranger_posts("The bridge is open")
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        getattr(network, verb)(theirs)
    getattr(network, verb)(theirs)
    stage.server._appview = False  # now without seeing that it is marked already
    getattr(network, verb)(theirs)
    assert stage.marks(theirs)[mark] == 1
    collection = {"like": LIKE, "share": REPOST}[verb]
    assert len(list(stage.server.cityhall.of(collection))) == 1


def test_a_like_made_in_another_program_is_not_made_twice(stage, network):
    theirs = stage.stranger_posts("The bridge is open")
    stage.server.says(stage.server.cityhall, LIKE, subject=stage.server.ref(theirs))
    network.like(theirs)
    assert len(list(stage.server.cityhall.of(LIKE))) == 1


def test_deleting_a_thread_takes_all_its_parts_and_leaves_our_later_answers(stage, network):
    mine = publish(network, "One", "Two", "Three").posts[0]
    answer = publish(network, "A late remark", in_reply_to=mine.handle["uris"][2]).posts[0]
    network.delete(mine.remote_id)
    network.delete(mine.remote_id)
    assert [post.remote_id for post in stage.posts()] == [answer.remote_id]


def test_numbers_of_many_posts_are_asked_for_in_bundles(stage, network):
    uris = [publish(network, f"Notice {number}").posts[0].remote_id for number in range(27)]
    stage.stranger_likes(uris[26])
    read = network.measure(uris)
    assert len(read) == 27
    assert read[uris[26]].numbers == {
        "likes": 1, "shares": 0, "replies": 0, "quotes": 0, "bookmarks": 0, "views": None,
    }  # fmt: skip


def test_long_private_talks_come_in_pages_without_gap_or_repeat(stage, network):
    said = [stage.stranger_writes(f"In private {number}") for number in range(120)]
    pages = [network.messages()]
    while pages[-1].cursor:
        pages.append(network.messages(cursor=pages[-1].cursor))
    items = [message for page in pages for message in page.items]
    assert [message.remote_id for message in items] == said[::-1]
    assert {(message.author, message.parent_id) for message in items} == {("gazette.test", "convo1")}


def test_an_app_password_that_may_not_read_private_messages_keeps_the_channel_alive(stage, network):
    stage.server.may_chat = False
    with pytest.raises(Refused) as failure:
        network.messages()
    assert failure.value.code == "not_allowed"
    assert (stage.server.log_ins, stage.server.refreshes) == (1, 0)


# --- answers


def test_the_headers_of_the_address_limiter_do_not_touch_the_budget_of_writes(network):
    def told(limit, remaining, policy):
        headers = {"ratelimit-limit": str(limit), "ratelimit-remaining": str(remaining), "ratelimit-policy": policy}
        return network.budget_told(Answer(200, headers, b"{}"))

    assert told(3000, 2990, "3000;w=300") is None
    assert told(3000, 20, "3000;w=300").remaining == 20
    assert told(5000, 4000, "5000;w=3600").remaining == 4000
    assert network.budget_told(Answer(200, {}, b"{}")) is None


@pytest.mark.parametrize(
    ("status", "error", "word"),
    [
        (400, "ExpiredToken", SignInAgain), (401, "AccountTakedown", SignInAgain),
        (400, "AccountDeactivated", SignInAgain), (400, "InvalidRequest", Refused), (400, "InvalidSwap", Refused),
        (413, "PayloadTooLarge", Refused), (429, "RateLimitExceeded", NotNow), (500, "InternalServerError", Unknown),
        (502, "UpstreamFailure", Unknown), (501, "MethodNotImplemented", Unknown),
    ],
)  # fmt: skip
def test_answers_to_a_write_become_words(network, status, error, word):
    answer = Answer(status, {"content-type": "application/json"}, json.dumps({"error": error, "message": "m"}).encode())
    assert type(network.understand(answer, writing=True)) is word
