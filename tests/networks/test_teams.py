"""Microsoft Teams on its contract stage: a card is handed over, and that is all that anybody knows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clarion.networks.base import Network, NoVault, Once
from clarion.networks.http import Answer, Http
from clarion.networks.teams import PAYLOAD, Teams, card, weight
from clarion.networks.words import NotNow, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.stages import LOOPBACK, Shown, Stage
from clarion.testing.teams import TeamsStage


class TestTeams(Conformance):
    network = Teams

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[TeamsStage]:
        with TeamsStage(tmp_path) as stage:
            yield stage

    @proves("publish")
    def test_a_post_appears_once(self, stage: Stage, us: Network) -> None:
        """As in the suite; a card has no address."""
        (done,) = Rehearsal(us, stage.draft("The library opens at nine.")).rest()
        assert stage.posts() == [Shown(done.remote_id, "The library opens at nine.")]
        assert done.remote_id and done.url == ""

    @proves("publish")
    def test_a_dead_token_asks_for_sign_in(self, stage: Stage, us: Network) -> None:
        """As in the suite; who we are cannot be asked, for the only question would be a card."""
        rehearsal = Rehearsal(us, stage.draft())
        stage.end_token()
        with pytest.raises(SignInAgain, match="no longer there"):
            rehearsal.say()
        assert stage.posts() == []


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TeamsStage]:
    with TeamsStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: TeamsStage) -> Teams:
    us = stage.network()
    assert isinstance(us, Teams)
    return us


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"address": ""}, "address"),
        ({"address": "http://0a1b.api.powerplatform.com/x?sig=1"}, "address"),
        ({"address": "https://example.webhook.office.com/webhookb2/an-old-connector"}, "address"),
        ({"address": "https://0a1b.api.powerplatform.com/x?sig=1 and more"}, "address"),
        ({"address": "https://[bad/x?sig=1"}, "address"),
        ({"name": "  "}, "name"),
    ],
)
def test_what_was_typed_wrongly_is_told(stage: TeamsStage, fields: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as caught:
        Teams.connect({"address": stage.server.address, "name": "News", **fields}, http=Http())
    assert caught.value.code == code


def test_an_address_is_one_channel_and_nobody_is_asked(stage: TeamsStage) -> None:
    given = {"address": f" {stage.server.address} ", "name": " City Hall,  News "}
    one, again = (Teams.connect(given, http=Http()) for _ in range(2))
    other = Teams.connect({**given, "address": stage.server.address + "x"}, http=Http())
    assert one.account == again.account and one.account.remote_id != other.account.remote_id
    assert (one.account.name, one.secrets) == ("City Hall, News", {"address": stage.server.address})
    assert stage.server.asked == 0 and stage.server.signature not in repr(one.account)


# --- publishing -------------------------------------------------------------------------------------------------------


def test_lines_and_paragraphs_stay_as_they_were_written(stage: TeamsStage, us: Teams) -> None:
    said = "Water is back.\nHill Street: at noon\n\nThank you for waiting."
    Rehearsal(us, stage.draft(said, title="Water")).rest()
    assert [post.text for post in stage.posts()] == [said]
    assert [(block["text"], block.get("weight"), block.get("spacing")) for block in stage.server.cards[0].blocks] == [
        ("Water", "Bolder", None), ("Water is back.", None, None), ("Hill Street: at noon", None, "None"),
        ("Thank you for waiting.", None, None),
    ]  # fmt: skip


def test_title_quotes_and_lines_weigh_as_well(stage: TeamsStage, us: Teams) -> None:
    room = PAYLOAD - weight(card("", "Title"))
    assert us.problems(stage.draft("a" * room, title="Title")) == []
    for text in ("a" * (room + 1), "a\n" * (room // 3), '"' * (room // 2 + 1)):
        (problem,) = us.problems(stage.draft(text, title="Title"))
        assert (problem.field, problem.level, problem.limit) == ("text", "stop", PAYLOAD)
        assert problem.count == weight(card(text, "Title")) > PAYLOAD
    Rehearsal(us, stage.draft("a" * room, title="Title")).rest()
    with pytest.raises(Refused):
        Rehearsal(us, stage.draft("a" * (room + 1), title="Title")).rest()


def test_pictures_and_threads_are_told_before(stage: TeamsStage, us: Teams) -> None:
    assert [p.field for p in us.problems(stage.draft("Look.", pictures=1))] == ["media"]
    assert [p.field for p in us.problems(stage.draft("One.", "Two."))] == ["parts"]


def test_a_lost_answer_is_for_a_person_who_finds_the_run_by_our_key(stage: TeamsStage, us: Teams) -> None:
    rehearsal = Rehearsal(us, stage.draft("Once."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert us.once.kind == Once.NONE and "find" not in us.abilities()
    assert [card.tracked_by for card in stage.server.cards] == [rehearsal.lines[0].key]


def test_a_workflow_that_answers_without_a_number_has_taken_it(stage: TeamsStage, us: Teams) -> None:
    stage.answer_next(200, b"")
    (done,) = Rehearsal(us, stage.draft()).rest()
    assert (done.remote_id, done.url) == ("", "")


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (200, b"<!doctype html><html>Sign in to the guest network</html>", Unknown),
        (302, b"", Unknown),
        (400, b'{"error": {"code": "TriggerInputSchemaMismatch", "message": "No."}}', Refused),
        (413, b"", Refused),
        (401, b'{"error": {"code": "DirectApiAuthorizationRequired", "message": "No."}}', SignInAgain),
        (403, b"", SignInAgain),
        (404, b'{"error": {"code": "WorkflowNotFound", "message": "No."}}', SignInAgain),
        (410, b"", SignInAgain),
        (429, b"", NotNow),
        (500, b"", Unknown),
        (502, b'{"error": {"code": "NoResponse", "message": "No."}}', Unknown),
        (504, b"", Unknown),
    ],
)
def test_answers_become_words(us: Teams, status: int, body: bytes, word: type[Exception]) -> None:
    assert type(us.understand(Answer(status, {}, body), writing=True)) is word


def test_a_workflow_that_is_switched_off_says_so(us: Teams) -> None:
    body = b'{"error": {"code": "WorkflowTriggerIsNotEnabled", "message": "It is in the state Disabled."}}'
    failure = us.understand(Answer(404, {}, body), writing=True)
    assert isinstance(failure, SignInAgain) and "Switch it on in Teams" in failure.sentence


def test_a_workflow_that_is_not_for_anyone_says_what_to_do(stage: TeamsStage) -> None:
    address = stage.server.address.partition("&sig=")[0]
    connected = Teams.connect({"address": address, "name": "News"}, http=Http())
    us = Teams(
        connected.account, http=Http(private_hosts=LOOPBACK), vault=NoVault(connected.secrets),
        app={"base_url": stage.server.url},
    )  # fmt: skip
    with pytest.raises(SignInAgain, match="Let “Anyone” trigger it"):
        Rehearsal(us, stage.draft()).rest()
