"""Rocket.Chat on its contract stage: ids of our own, files that are found by theirs, and a 400 for everything."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.http import Answer, Http
from clarion.networks.rocketchat import RocketChat
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.rocketchat import RocketChatStage
from clarion.testing.servers.base import Fault
from clarion.testing.servers.rocketchat import RITA, ROOM, US
from clarion.testing.stages import LOOPBACK, Stage

from .flat_threads import FlatThreads


class TestRocketChat(FlatThreads, Conformance):
    network = RocketChat

    @pytest.fixture(params=["error", "null"], ids=["a repeated id is an error", "a repeated id is a yes without words"])
    def stage(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RocketChatStage]:
        with RocketChatStage(tmp_path, repeats=request.param) as stage:
            yield stage

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """As in the suite, without shares: Rocket.Chat counts none."""
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        measured = us.measure([remote_id, "gone"])  # type: ignore[attr-defined]
        assert {id: one.numbers for id, one in measured.items()} == {remote_id: {"likes": 1, "replies": 1}}
        stage.hide_numbers()
        assert set(us.measure([remote_id])[remote_id].numbers.values()) == {None}  # type: ignore[attr-defined]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[RocketChatStage]:
    with RocketChatStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: RocketChatStage) -> RocketChat:
    us = stage.network()
    assert isinstance(us, RocketChat)
    return us


def http() -> Http:
    return Http(private_hosts=LOOPBACK, seconds=2)


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["news", " #news ", "https://chat.example/channel/news/?msg=1", f"x/channel/{ROOM}"])
def test_a_room_is_understood_as_it_is_typed(stage: RocketChatStage, typed: str) -> None:
    given = {"server": stage.server.url, "user_id": US, "access_token": stage.server.token, "room": typed}
    account = RocketChat.connect(given, http=http()).account
    assert (account.remote_id, account.handle, account.name) == (ROOM, "#news", "News")
    assert account.url == f"{stage.server.url}/channel/news"


@pytest.mark.parametrize(
    ("fields", "code", "word"),
    [
        ({"server": "not a name"}, "server", Refused),
        ({"access_token": " "}, "access_token", Refused),
        ({"user_id": ""}, "access_token", Refused),
        ({"room": "#"}, "room", Refused),
        ({"access_token": "old"}, "401", SignInAgain),
        ({"room": "other"}, "room", Refused),
    ],
)
def test_what_was_typed_wrongly_is_told(
    stage: RocketChatStage, fields: dict[str, str], code: str, word: type[Refused]
) -> None:
    given = {"server": stage.server.url, "user_id": US, "access_token": stage.server.token, "room": "news", **fields}
    with pytest.raises(word) as caught:
        RocketChat.connect(given, http=http())
    assert caught.value.code == code


def test_the_server_tells_its_own_limits(stage: RocketChatStage) -> None:
    stage.server.text_limit = 500
    us = stage.network()
    assert [(p.level, p.count, p.limit) for p in us.problems(stage.draft("a" * 499 + "🚧"))] == [("stop", 501, 500)]
    assert us.told_rules.images is not None and us.told_rules.images.size == 52_428_800
    odd = b'{"success": true, "settings": [{"_id": "Message_MaxAllowedSize", "value": "many"}]}'
    stage.answer_next(200, odd, any_call=True)
    assert us.limits() == {}  # type: ignore[attr-defined]
    untold = RocketChat(us.account, http=http())
    assert [p.level for p in untold.problems(stage.draft("a" * 5001))] == ["warn"]


# --- publishing -------------------------------------------------------------------------------------------------------


def test_the_id_is_ours_and_the_link_leads_there(stage: RocketChatStage, us: RocketChat) -> None:
    rehearsal = Rehearsal(us, stage.draft("Ours."))
    (done,) = rehearsal.rest()
    assert done.remote_id == rehearsal.lines[0].key[:17] and list(stage.server.messages) == [done.remote_id]
    assert done.url == f"{stage.server.url}/channel/news?msg={done.remote_id}"
    assert RocketChat.id_in(done.url) == done.remote_id


def test_a_server_that_stumbles_behind_the_message_has_said_it_all_the_same(
    stage: RocketChatStage, us: RocketChat
) -> None:
    stage.server.stumbles = True
    Rehearsal(us, Draft((Part("Words."), Part("A file.", (stage.picture("a"),))))).rest()
    assert [post.text for post in stage.posts()] == ["Words.", "A file."]


def test_a_file_whose_answer_is_lost_is_found_and_not_shared_twice(stage: RocketChatStage, us: RocketChat) -> None:
    rehearsal = Rehearsal(us, stage.draft("Look.", alts=("The reading room.",))).to_the_post()
    assert rehearsal.look() == Absent(complete=True)
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id
    assert [post.alts for post in stage.posts()] == [("The reading room.",)]


def test_a_file_is_found_although_the_networks_clock_is_slow(stage: RocketChatStage, us: RocketChat) -> None:
    stage.server.clock = -600.0
    rehearsal = Rehearsal(us, stage.draft("Ten minutes ago, by their clock.", pictures=1)).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"success": true, "result": {"updated": [3]}}'])
def test_a_look_of_another_shape_is_no_absence(stage: RocketChatStage, us: RocketChat, body: bytes) -> None:
    for draft, call in ((stage.draft("Words."), "getMessage"), (stage.draft("", pictures=1), "syncMessages")):
        rehearsal = Rehearsal(us, draft).to_the_post()
        fault = Fault("answer", lambda method, path, call=call: path.endswith(call), status=200, body=body)
        stage.server.faults.arm(fault)
        with pytest.raises(NotNow):
            rehearsal.look()


def test_a_first_comment_and_an_answer_to_an_answer_join_the_thread(stage: RocketChatStage, us: RocketChat) -> None:
    Rehearsal(us, stage.draft("One.", first_comment="More below.")).rest()
    one, two = stage.posts()
    assert (two.text, two.parent_id) == ("More below.", one.remote_id)
    theirs = stage.stranger_posts("When?")
    between = stage.stranger_replies(theirs, "Yes, when?")
    rehearsal = Rehearsal(us, stage.draft("At nine."))
    line = rehearsal.line
    line.step = replace(line.step, payload={**line.step.payload, "in_reply_to": between})
    us.reply(rehearsal.step(line), key=line.key)
    assert stage.posts()[-1].parent_id == theirs


def test_two_pictures_are_one_too_many(stage: RocketChatStage, us: RocketChat) -> None:
    assert [(p.field, p.limit) for p in us.problems(stage.draft("Two.", pictures=2))] == [("media", 1)]


# --- after publishing -------------------------------------------------------------------------------------------------


def test_what_was_deleted_with_a_mark_is_gone_but_did_happen(stage: RocketChatStage, us: RocketChat) -> None:
    rehearsal = Rehearsal(us, stage.draft("Gone."))
    (done,) = rehearsal.rest()
    shown = {**stage.server.show(stage.server.messages[done.remote_id]), "msg": "", "t": "rm"}
    for ask, answer in ((lambda: us.fetch(done.remote_id), None), (lambda: rehearsal.look(rehearsal.lines[0]), done)):
        stage.answer_next(200, json.dumps({"success": True, "message": shown}).encode(), any_call=True)
        seen = ask()
        assert (seen.remote_id if isinstance(seen, Published) else seen) == (answer and answer.remote_id)


def test_answers_of_ours_are_no_replies(stage: RocketChatStage, us: RocketChat) -> None:
    done, *_rest = Rehearsal(us, stage.draft("Questions?", first_comment="Ours.")).rest()
    stage.stranger_replies(done.remote_id, "Mine.")
    (theirs,) = us.replies(done.remote_id).items
    assert (theirs.text, theirs.author, theirs.author_name) == ("Mine.", "rita", "Rita")


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "data", "word"),
    [
        (401, {"status": "error", "message": "You must be logged in to do this."}, SignInAgain),
        (403, {"success": False, "error": "unauthorized"}, SignInAgain),
        (400, {"success": False, "error": "Not allowed [error-not-allowed]"}, SignInAgain),
        (400, {"success": False, "error": "not-allowed", "errorType": "Not Allowed"}, SignInAgain),
        (400, {"success": False, "error": "x", "errorType": "error-room-not-found"}, SignInAgain),
        (400, {"success": False, "error": "x", "errorType": "error-room-archived"}, Refused),
        (400, {"success": False, "error": "x", "errorType": "error-message-size-exceeded"}, Refused),
        (400, {"success": False, "error": "x", "errorType": "error-too-many-requests"}, NotNow),
        (200, {"success": False, "error": "x"}, Refused),
        (429, {"success": False, "error": "Too many requests"}, NotNow),
        (409, {"success": False, "error": "x"}, Unknown),
        (500, {"success": False, "error": "Internal server error"}, Unknown),
        (503, {"success": False, "error": "Service Unavailable"}, Unknown),
    ],
)
def test_answers_become_words(us: RocketChat, status: int, data: dict[str, object], word: type[Exception]) -> None:
    assert type(us.understand(Answer(status, {}, json.dumps(data).encode()), writing=True)) is word


def test_a_user_who_left_the_room_is_asked_to_join_again(stage: RocketChatStage, us: RocketChat) -> None:
    stage.server.left = True
    for draft in (stage.draft(), stage.draft("File.", pictures=1)):
        with pytest.raises(SignInAgain, match="Join it again"):
            Rehearsal(us, draft).rest()
    stage.server.write(RITA, "Nobody of the city hall here?")
    assert stage.posts() == []
