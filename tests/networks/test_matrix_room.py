"""Matrix on its contract stage, and what only Matrix has: transactions, one sign-in for ever, rooms, edits beside."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clarion.networks.base import Account, Draft, Network, NoVault, Part
from clarion.networks.http import Answer, Http
from clarion.networks.matrix import ALT, KEY, Matrix
from clarion.networks.matrix_api import path_of
from clarion.networks.words import Absent, Failure, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.matrix_room import MatrixStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Asked, Said, StandIn
from clarion.testing.servers.matrix import ALIAS, ROOM, US
from clarion.testing.stages import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[MatrixStage]:
    with MatrixStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: MatrixStage) -> Matrix:
    us = stage.network()
    assert isinstance(us, Matrix)
    return us


class TestMatrix(Conformance):
    network = Matrix

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[MatrixStage]:
        with MatrixStage(tmp_path) as stage:
            yield stage

    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        pytest.skip("Matrix counts the bytes of the whole event, which no text alone can tell")

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Matrix has no shares."""
        assert isinstance(us, Matrix)
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        for n in range(120):
            stage.stranger_replies(remote_id, f"Counted {n}.")
        assert us.measure([remote_id, "$gone"]) == {remote_id: us.measure([remote_id])[remote_id]}
        assert us.measure([remote_id])[remote_id].numbers == {"likes": 1, "replies": 120}

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """A room tells who is in it."""
        assert isinstance(us, Matrix)
        assert us.measure_account().numbers == {"followers": 2}
        stage.hide_numbers()
        assert us.measure_account().numbers == {"followers": None}


# --- signing in -------------------------------------------------------------------------------------------------------


def fields(stage: MatrixStage, **more: str) -> dict[str, str]:
    return {
        "server": stage.server.url,
        "room": ALIAS,
        "username": "cityhall",
        "password": stage.server.password,
        **more,
    }


def test_a_person_signs_in_once_and_the_password_is_not_kept(stage: MatrixStage) -> None:
    http = stage.http()
    connected = Matrix.connect(fields(stage), http=http)
    assert (connected.account.remote_id, connected.account.handle, connected.account.name) == (ROOM, ALIAS, "City news")
    assert connected.account.settings == {"user": US, "device": "CLARIONDEV"}
    assert set(connected.secrets) == {"access_token"} and stage.server.logins == 1
    for secret in (stage.server.password, connected.secrets["access_token"]):
        assert secret not in repr(http.exchanges)


def test_a_domain_that_keeps_its_server_elsewhere_is_followed(stage: MatrixStage) -> None:
    with MatrixStage(stage.folder) as other:
        stage.server.delegated = other.server.url
        assert Matrix.connect(fields(stage), http=stage.http()).account.server == other.server.url


def test_a_domain_cannot_send_us_into_our_own_house(stage: MatrixStage) -> None:
    stage.server.delegated = "http://10.0.0.1:8008"
    with pytest.raises(Refused) as caught:
        Matrix.connect(fields(stage), http=stage.http())
    assert caught.value.code == "private_address"


class Page(StandIn):
    def handle(self, asked: Asked) -> Said:
        return Said.html("Welcome", 200)


def test_who_cannot_be_connected_is_told_why(stage: MatrixStage) -> None:
    def refused(**more: str) -> Failure:
        with pytest.raises(Failure) as caught:
            Matrix.connect(fields(stage, **more), http=stage.http())
        return caught.value

    assert "did not accept the user name" in refused(password="wrong password").sentence
    assert "Type the room as it is shared" in refused(room="news").sentence
    assert "Type user name and password" in refused(password="").sentence
    assert refused(room="#pool:city.example").code == "M_NOT_FOUND"
    with Page() as page:
        assert "does not answer like Matrix" in refused(server=page.url).sentence
    stage.server.encrypted = True
    assert "This room is encrypted" in refused().sentence
    stage.server.closed = True
    assert "must invite our account" in refused().sentence


# --- publishing -------------------------------------------------------------------------------------------------------


def test_a_new_sign_in_forgets_the_transaction_and_our_key_is_found_all_the_same(
    stage: MatrixStage, us: Matrix
) -> None:
    rehearsal = Rehearsal(us, stage.draft("Once."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.tokens["syt_new"] = stage.server.tokens.pop(stage.server.token)
    for event in stage.server.events:
        event["transaction"] = ""
    us.vault = NoVault({"access_token": "syt_new"})
    seen = rehearsal.look()
    assert isinstance(seen, Published) and seen.remote_id == stage.posts()[0].remote_id


def test_a_message_that_somebody_deleted_is_not_said_again(stage: MatrixStage, us: Matrix) -> None:
    rehearsal = Rehearsal(us, stage.draft("A mistake."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    us.delete(stage.posts()[0].remote_id)
    rehearsal.recover()
    assert stage.posts() == [] and sum(e["type"] == "m.room.message" for e in stage.server.events) == 1


def test_a_room_full_of_our_messages_is_read_back_to_the_intent(stage: MatrixStage, us: Matrix) -> None:
    rehearsal = Rehearsal(us, stage.draft("Find me."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    for n in range(250):
        stage.server.put(US, "m.room.message", {"msgtype": "m.text", "body": f"Later {n}"})
    assert isinstance(rehearsal.look(), Published)
    for n in range(2_100):
        stage.server.put(US, "m.room.message", {"msgtype": "m.text", "body": f"Later {n}"})
    assert rehearsal.look() == Absent(complete=False)


def test_a_text_pings_nobody_and_carries_our_key(stage: MatrixStage, us: Matrix) -> None:
    Rehearsal(us, stage.draft("@room **Hello** <b>", format="markdown")).rest()
    content = stage.server.events[-1]["content"]
    assert content["body"] == "@room **Hello** <b>" and content["m.mentions"] == {} and content[KEY]
    assert content["formatted_body"] == "<p>@room <strong>Hello</strong> &lt;b&gt;</p>"


def test_a_picture_alone_is_described_by_its_body(stage: MatrixStage, us: Matrix) -> None:
    (done,) = Rehearsal(us, stage.draft("", alts=("The bridge.",))).rest()
    content = stage.server.events[-1]["content"]
    assert (content["msgtype"], content["body"], ALT in content) == ("m.image", "The bridge.", False)
    assert content["info"]["mimetype"] == "image/png" and content["url"].startswith("mxc://")
    seen = us.fetch(done.remote_id)
    assert seen is not None and (seen.text, seen.alts) == ("", ("The bridge.",))
    us.edit(done.remote_id, Draft((Part("Now with words."),)))
    seen = us.fetch(done.remote_id)
    assert seen is not None and (seen.text, seen.alts) == ("Now with words.", ("The bridge.",))
    us.delete(done.remote_id)
    with pytest.raises(Refused, match="was deleted"):
        us.edit(done.remote_id, Draft((Part("Once more."),)))


def test_a_description_beside_a_text_is_a_warning(stage: MatrixStage, us: Matrix) -> None:
    problems = us.problems(stage.draft("Look.", alts=("The bridge.",)))
    assert [(p.field, p.level) for p in problems] == [("alt", "warn")]
    assert [p.field for p in us.problems(stage.draft("Look.", pictures=2))] == ["media"]


def test_what_is_too_long_as_markdown_is_a_warning_and_the_server_decides(stage: MatrixStage, us: Matrix) -> None:
    draft = stage.draft("a " * 20_000, format="markdown")
    assert [(p.field, p.level) for p in us.problems(draft)] == [("text", "warn")]
    with pytest.raises(Refused, match="too large"):
        Rehearsal(us, draft).rest()


def test_the_servers_limit_for_files_is_asked(stage: MatrixStage) -> None:
    stage.server.media_limit = 10
    us = stage.network()
    assert [p.limit for p in us.problems(stage.draft(pictures=1))] == [10]
    with pytest.raises(Refused):
        Rehearsal(us, stage.draft(pictures=1)).rest()


def test_an_answer_outside_a_thread_is_heard_as_well(stage: MatrixStage, us: Matrix) -> None:
    (done,) = Rehearsal(us, stage.draft("Questions?")).rest()
    stage.stranger_posts("Not about that.")
    theirs = stage._says("When?", **{"m.relates_to": {"m.in_reply_to": {"event_id": done.remote_id}}})
    assert [(m.remote_id, m.parent_id) for m in us.replies(done.remote_id).items] == [(theirs, done.remote_id)]


def test_names_with_signs_stay_one_step_of_the_address() -> None:
    assert path_of("!a/b:c", "$x?y#z", "") == "/%21a%2Fb%3Ac/%24x%3Fy%23z/"


def test_a_pasted_link_is_understood(us: Matrix) -> None:
    assert us.id_in("https://matrix.to/#/%21hall%3Acity.example/%24abc-_?via=city.example") == "$abc-_"


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "writing", "word"),
    [
        (401, "M_UNKNOWN_TOKEN", True, SignInAgain), (401, "M_MISSING_TOKEN", True, SignInAgain),
        (403, "M_USER_DEACTIVATED", True, SignInAgain), (403, "M_FORBIDDEN", True, SignInAgain),
        (429, "M_LIMIT_EXCEEDED", True, NotNow), (413, "M_TOO_LARGE", True, Refused),
        (400, "M_BAD_JSON", True, Refused),
        (404, "M_NOT_FOUND", True, Refused), (404, "M_UNRECOGNIZED", False, Refused),
        (504, "M_NOT_YET_UPLOADED", True, NotNow), (500, "M_UNKNOWN", True, Unknown), (502, "", True, Unknown),
        (500, "M_UNKNOWN", False, NotNow), (301, "", True, Refused),
    ],
)  # fmt: skip
def test_answers_become_words(status: int, code: str, writing: bool, word: type[Failure]) -> None:
    us = Matrix(Account(server="https://city.example"), http=Http())
    body = b'{"errcode": "%s", "error": "No.", "retry_after_ms": 331589}' % code.encode()
    failure = us.understand(Answer(status, {}, body), writing=writing)
    assert type(failure) is word
    if code == "M_LIMIT_EXCEEDED" and isinstance(failure, NotNow):
        assert failure.retry_at is not None
        assert timedelta(seconds=320) < failure.retry_at - datetime.now(UTC) < timedelta(seconds=340)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b'{"event_id": 3.5}', b'{"chunk": 3}'])
def test_an_answer_of_another_shape_ends_in_a_word(stage: MatrixStage, us: Matrix, body: bytes) -> None:
    for call in (us.whoami, us.limits, lambda: us.fetch("$1"), lambda: us.replies("$1"), us.mentions):
        stage.answer_next(200, body, any_call=True)
        with suppress(Failure):  # one of the four words, or an answer; never a traceback
            call()
    stage.faults.clear()
    rehearsal = Rehearsal(us, stage.draft())
    stage.answer_next(200, body)
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):  # a look that fails is not an absence
        rehearsal.look()
