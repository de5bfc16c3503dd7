"""Mattermost on its contract stage: a key beside the words, an id that is remembered for a moment, flat threads."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.http import Answer, Http
from clarion.networks.mattermost import Mattermost
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.mattermost import MattermostStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.mattermost import BOT, CHANNEL, RITA
from clarion.testing.stages import LOOPBACK, Stage

from .flat_threads import FlatThreads
from .no_descriptions import NoDescriptions


class TestMattermost(FlatThreads, NoDescriptions, Conformance):
    __test__ = True
    network = Mattermost

    @pytest.fixture(params=[True, False], ids=["our key is shown", "our key is not shown"])
    def stage(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MattermostStage]:
        with MattermostStage(tmp_path, shows_props=request.param) as stage:
            yield stage

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """As in the suite, without shares: Mattermost counts none."""
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        measured = us.measure([remote_id, "x" * 26])  # type: ignore[attr-defined]
        assert {id: one.numbers for id, one in measured.items()} == {remote_id: {"likes": 1, "replies": 1}}
        stage.hide_numbers()
        assert set(us.measure([remote_id])[remote_id].numbers.values()) == {None}  # type: ignore[attr-defined]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[MattermostStage]:
    with MattermostStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: MattermostStage) -> Mattermost:
    us = stage.network()
    assert isinstance(us, Mattermost)
    return us


def http() -> Http:
    return Http(private_hosts=LOOPBACK, seconds=2)


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [CHANNEL, f" {CHANNEL} ", "https://chat.example/city/channels/news/"])
def test_a_channel_is_understood_as_it_is_typed(stage: MattermostStage, typed: str) -> None:
    given = {"server": stage.server.url, "access_token": stage.server.token, "channel": typed}
    account = Mattermost.connect(given, http=http()).account
    assert (account.remote_id, account.handle, account.name) == (CHANNEL, "~news", "News")
    assert account.settings["user_id"] == BOT
    assert account.url == (f"{stage.server.url}/city/channels/news" if "city" in typed else stage.server.url)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"server": "not a name"}, "server"),
        ({"access_token": " "}, "access_token"),
        ({"channel": "#news"}, "channel"),
        ({"channel": "https://chat.example/city/channels/other"}, "404"),
    ],
)
def test_what_was_typed_wrongly_is_refused(stage: MattermostStage, fields: dict[str, str], code: str) -> None:
    given = {"server": stage.server.url, "access_token": stage.server.token, "channel": CHANNEL, **fields}
    with pytest.raises(Refused) as caught:
        Mattermost.connect(given, http=http())
    assert caught.value.code == code


def test_a_token_that_was_revoked_is_not_connected(stage: MattermostStage) -> None:
    with pytest.raises(SignInAgain):
        Mattermost.connect({"server": stage.server.url, "access_token": "old", "channel": CHANNEL}, http=http())


def test_the_server_tells_its_own_limits(stage: MattermostStage) -> None:
    stage.server.text_limit = 500
    us = stage.network()
    assert [(p.level, p.limit) for p in us.problems(stage.draft("a" * 501))] == [("stop", 500)]
    assert us.told_rules.images is not None and us.told_rules.images.size == 52_428_800
    stage.answer_next(200, b'{"MaxPostSize": "many"}', any_call=True)
    assert us.limits() == {}  # type: ignore[attr-defined]
    untold = Mattermost(us.account, http=http())
    assert [p.level for p in untold.problems(stage.draft("a" * 16_384))] == ["warn"]


# --- publishing -------------------------------------------------------------------------------------------------------


def test_the_key_travels_beside_the_words(stage: MattermostStage, us: Mattermost) -> None:
    rehearsal = Rehearsal(us, stage.draft("Look.", pictures=2))
    (done,) = rehearsal.rest()
    (sent,) = stage.server.posts.values()
    assert sent.props == {"clarion_key": rehearsal.lines[-1].key}
    assert sent.files == list(stage.server.files) and len(sent.files) == 2
    assert done.url == f"{stage.server.url}/city/pl/{done.remote_id}"
    assert Mattermost.id_in(done.url) == done.remote_id


def test_a_post_that_is_said_twice_at_once_is_one(stage: MattermostStage, us: Mattermost) -> None:
    rehearsal = Rehearsal(us, stage.draft("Once."))
    line = rehearsal.line
    first, again = (us.publish(rehearsal.step(line), key=line.key) for _ in range(2))
    assert first.remote_id == again.remote_id and len(stage.posts()) == 1


def test_two_posts_of_one_moment_are_two(stage: MattermostStage, us: Mattermost) -> None:
    now, steps = datetime.now(UTC), [us.plan(stage.draft(text))[0] for text in ("One.", "Two.")]
    for key, step in zip("ab", steps, strict=True):
        us.publish(replace(step, payload=us.prepare(step, key=key, now=now)), key=key)
    assert [post.text for post in stage.posts()] == ["One.", "Two."]


def test_a_first_comment_and_pictures_of_later_parts_land_in_the_thread(stage: MattermostStage, us: Mattermost) -> None:
    draft = Draft((Part("One."), Part("", (stage.picture(),))), {"first_comment": "More below."})
    Rehearsal(us, draft).rest()
    one, two, three = stage.posts()
    assert (two.parent_id, three.parent_id) == (one.remote_id, one.remote_id)
    assert (two.text, three.text) == ("", "More below.")


def test_an_answer_to_an_answer_joins_the_thread_of_its_root(stage: MattermostStage, us: Mattermost) -> None:
    theirs = stage.stranger_posts("When?")
    between = stage.stranger_replies(theirs, "Yes, when?")
    stage.server.shows_props = False
    rehearsal = Rehearsal(us, stage.draft("At nine."))
    line = rehearsal.line
    line.step = replace(line.step, payload={**line.step.payload, "in_reply_to": between})
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        us.reply(rehearsal.step(line), key=line.key)
    rehearsal.recover()
    assert [(post.text, post.parent_id) for post in stage.posts()] == [("At nine.", theirs)]


# --- did it happen? ---------------------------------------------------------------------------------------------------


def test_a_look_goes_back_over_many_pages_and_stops_at_the_intent(stage: MattermostStage, us: Mattermost) -> None:
    rehearsal = Rehearsal(us, stage.draft("The one."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    for n in range(250):
        stage.stranger_posts(f"Later {n}")
    assert isinstance(rehearsal.look(), Published)
    other = Rehearsal(us, stage.draft("Never sent."))
    assert other.look() == Absent(complete=True)


def test_others_who_say_the_same_are_not_us(stage: MattermostStage, us: Mattermost) -> None:
    stage.server.write(RITA, "Same words.")
    stage.server.write(BOT, "Same words.", props={"clarion_key": "another"})
    stage.server.write(BOT, "Same words.", files=["file"])
    assert Rehearsal(us, stage.draft("Same words.")).look() == Absent(complete=True)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"order": 3}', b'{"order": ["x"], "posts": {"x": {}}}'])
def test_a_listing_of_another_shape_is_no_empty_channel(stage: MattermostStage, us: Mattermost, body: bytes) -> None:
    rehearsal = Rehearsal(us, stage.draft("Anything."))
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):
        rehearsal.look()


# --- what others say --------------------------------------------------------------------------------------------------


def test_people_have_names_where_the_server_tells_them(stage: MattermostStage, us: Mattermost) -> None:
    (done,) = Rehearsal(us, stage.draft("Questions?", first_comment="Ours.")).rest()[:1]
    stage.stranger_replies(done.remote_id, "Mine.")
    (theirs,) = us.replies(done.remote_id).items
    assert (theirs.text, theirs.author, theirs.author_name) == ("Mine.", RITA, "Rita Reader")
    stage.server.tells_names = False
    (again,) = stage.network().replies(done.remote_id).items  # type: ignore[attr-defined]
    assert again.author_name == RITA


def test_only_our_whole_name_is_a_mention(stage: MattermostStage, us: Mattermost) -> None:
    for text in ("mail me@clarion.example", "@clarion-fans hello", "@@clarion", "Hello @Clarion!"):
        stage.stranger_posts(text)
    assert [message.text for message in us.mentions().items] == ["Hello @Clarion!"]


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "id", "word"),
    [
        (400, "model.post.is_valid.message_length.app_error", Refused),
        (401, "api.context.session_expired.app_error", SignInAgain),
        (403, "api.context.permissions.app_error", SignInAgain),
        (404, "app.channel.get.existing.app_error", Refused),
        (413, "api.file.upload_file.too_large.app_error", Refused),
        (429, "", NotNow),
        (500, "api.post.deduplicate_create_post.pending", Unknown),
        (501, "api.file.no_driver.app_error", Unknown),
    ],
)
def test_answers_become_words(us: Mattermost, status: int, id: str, word: type[Exception]) -> None:
    body = json.dumps({"id": id, "message": "So it is.", "status_code": status}).encode()
    failure = us.understand(Answer(status, {}, body), writing=True)
    assert isinstance(failure, word) and "So it is." in failure.sentence


def test_a_bot_that_was_taken_out_of_the_channel_asks_to_be_added_again(stage: MattermostStage, us: Mattermost) -> None:
    stage.server.left = True
    with pytest.raises(SignInAgain, match="Add it to the channel again"):
        Rehearsal(us, stage.draft()).rest()
    with pytest.raises(SignInAgain):
        Rehearsal(us, stage.draft()).look()
