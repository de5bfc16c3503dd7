"""Farcaster on its contract stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from clarion.networks.base import Network
from clarion.networks.farcaster import Farcaster
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.farcaster import FarcasterStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.farcaster import STRANGER, US
from clarion.testing.stages import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[FarcasterStage]:
    with FarcasterStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: FarcasterStage) -> Farcaster:
    return stage.network()


class TestFarcaster(Conformance):
    network = Farcaster

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[FarcasterStage]:
        with FarcasterStage(tmp_path) as stage:
            yield stage

    @proves("fetch")
    def test_a_post_can_be_fetched_and_a_missing_one_is_none(self, stage: Stage, us: Network) -> None:
        """As in the suite, without a picture: the network keeps none."""
        (hash,) = self.publish(stage, us, "Read https://library.example.org/now today.")
        seen = us.fetch(hash)  # type: ignore[attr-defined]
        assert (seen.remote_id, seen.text) == (hash, "Read https://library.example.org/now today.")
        us.delete(hash)  # type: ignore[attr-defined]
        assert us.fetch(hash) is None  # type: ignore[attr-defined]

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Nobody counts an account's casts there; its followers are counted."""
        assert us.measure_account().numbers == {"followers": 1234, "following": 5}  # type: ignore[attr-defined]
        stage.hide_numbers()
        assert set(us.measure_account().numbers.values()) == {None}  # type: ignore[attr-defined]


# --- connecting -------------------------------------------------------------------------------------------------------


def test_the_signer_says_whose_account_it_is(us: Farcaster) -> None:
    assert (us.account.remote_id, us.account.handle, us.account.name) == (str(US), "@cityhall", "City Hall")
    assert us.account.url == "https://farcaster.xyz/cityhall"


@pytest.mark.parametrize("status", ["generated", "pending_approval", "revoked"])
def test_a_signer_that_nobody_approved_is_named(stage: FarcasterStage, status: str) -> None:
    stage.server.status = status
    with pytest.raises(SignInAgain, match="approval link") as caught:
        stage.network()
    assert caught.value.code == status


def test_missing_permissions_are_named(stage: FarcasterStage) -> None:
    stage.server.permissions = ["PUBLISH_CAST", "FOLLOW_USER"]
    fields = {"api_key": stage.server.key, "signer_uuid": stage.server.signer}
    connected = Farcaster.connect(fields, http=stage.http(), app={"base_url": stage.server.url})
    assert connected.missing_scopes == ("DELETE_CAST", "PUBLISH_REACTION")


def test_a_wrong_key_a_wrong_signer_and_nothing_at_all_are_told_apart(stage: FarcasterStage) -> None:
    app = {"base_url": stage.server.url}
    with pytest.raises(SignInAgain):
        Farcaster.connect({"api_key": "wrong", "signer_uuid": stage.server.signer}, http=stage.http(), app=app)
    with pytest.raises(Refused, match="Signer not found"):
        Farcaster.connect({"api_key": stage.server.key, "signer_uuid": "wrong"}, http=stage.http(), app=app)
    with pytest.raises(Refused, match="Paste both"):
        Farcaster.connect({"api_key": stage.server.key, "signer_uuid": " "}, http=stage.http(), app=app)


# --- publishing -------------------------------------------------------------------------------------------------------


def test_links_of_the_text_are_shown_and_a_named_one_comes_first(stage: FarcasterStage, us: Farcaster) -> None:
    said = "See https://a.example/1 and https://b.example/2."
    Rehearsal(us, stage.draft(said)).rest()
    Rehearsal(us, stage.draft(said, embed="https://city.example/pool.jpg", channel_id="/city")).rest()
    first, second = stage.server.casts.values()
    assert first.embeds == ["https://a.example/1", "https://b.example/2"]
    assert (second.embeds, second.channel) == (["https://city.example/pool.jpg", "https://a.example/1"], "city")


def test_letters_count_as_bytes(stage: FarcasterStage, us: Farcaster) -> None:
    assert us.problems(stage.draft("ж" * 512)) == []
    (problem,) = us.problems(stage.draft("ж" * 513))
    assert (problem.count, problem.limit) == (1026, 1024)


def test_the_signer_is_in_no_stored_request(stage: FarcasterStage, us: Farcaster) -> None:
    rehearsal = Rehearsal(us, stage.draft("Kept."))
    rehearsal.rest()
    assert all(stage.server.signer not in repr(line.step.payload) for line in rehearsal.lines)


def test_a_lost_cast_is_found_when_keys_were_forgotten(stage: FarcasterStage, us: Farcaster) -> None:
    stage.server.forgets_keys = True
    rehearsal = Rehearsal(us, stage.draft("Once.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    found = rehearsal.look()
    assert isinstance(found, Published) and found.remote_id == stage.posts()[0].remote_id


def test_the_same_words_below_another_cast_are_another_cast(stage: FarcasterStage, us: Farcaster) -> None:
    theirs = stage.server.write(STRANGER, "Question").hash
    stage.server.write(US, "At nine.", parent=theirs)
    rehearsal = Rehearsal(us, stage.draft("At nine.")).to_the_post()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)


def test_more_casts_than_are_read_is_no_absence(stage: FarcasterStage, us: Farcaster) -> None:
    rehearsal = Rehearsal(us, stage.draft("Never sent.")).to_the_post()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    for n in range(1001):
        stage.server.write(US, f"Later {n}")
    assert rehearsal.look() == Absent(complete=False)


def test_a_clock_that_is_behind_hides_nothing(stage: FarcasterStage, us: Farcaster) -> None:
    stage.server.clock = timedelta(minutes=-9)
    rehearsal = Rehearsal(us, stage.draft("On time.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)


# --- answers ----------------------------------------------------------------------------------------------------------


def test_a_yes_that_says_no_may_have_happened(stage: FarcasterStage, us: Farcaster) -> None:
    rehearsal = Rehearsal(us, stage.draft("Perhaps.")).to_the_post()
    stage.server.says_no = True
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)
    with pytest.raises(Refused, match="The hub said no"):
        us.like(stage.posts()[0].remote_id)


@pytest.mark.parametrize(
    ("status", "word"),
    [(400, Refused), (401, SignInAgain), (402, Refused), (403, SignInAgain), (404, Refused), (429, NotNow),
     (500, Unknown), (502, Unknown)],
)  # fmt: skip
def test_each_status_is_one_of_the_four_words(stage: FarcasterStage, us: Farcaster, status: int, word: type) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(status, b'{"code": "Why", "message": "Neynar says why"}')
    with pytest.raises(word) as caught:
        rehearsal.say()
    assert "Neynar says why" in caught.value.sentence
    assert stage.posts() == []


@pytest.mark.parametrize("body", [b"{}", b"null", b'{"casts": 3}', b"[3]"])
def test_a_listing_of_another_shape_is_no_empty_feed(stage: FarcasterStage, us: Farcaster, body: bytes) -> None:
    rehearsal = Rehearsal(us, stage.draft("Anything.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):
        rehearsal.look()
