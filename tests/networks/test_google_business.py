"""Google Business Profile on its contract stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.google_business import GoogleBusiness
from clarion.networks.words import Absent, Processing, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import proves
from clarion.testing.google_business import GoogleBusinessStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.google_business import US
from clarion.testing.stages import Stage

from .no_descriptions import NoDescriptions
from .signing_in import BACK, CHALLENGE, VERIFIER, SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[GoogleBusinessStage]:
    with GoogleBusinessStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: GoogleBusinessStage) -> GoogleBusiness:
    return stage.network()


class TestGoogleBusiness(NoDescriptions):
    __test__ = True
    network = GoogleBusiness

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[GoogleBusinessStage]:
        with GoogleBusinessStage(tmp_path) as stage:
            yield stage

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network) -> None:
        """It is the post that Google looks at, not its picture."""
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, stage.draft("Slow."))
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        assert stage.posts() == []
        stage.process_media(times=2)
        Rehearsal(us, stage.draft("Slow as well.")).rest()
        assert [p.text for p in stage.posts()] == ["Slow as well."]

    @proves("reply", "find")
    def test_a_reply_lands_under_its_parent(self, stage: Stage, us: Network) -> None:
        """A review has one answer; a lost one is found in the review."""
        super().test_a_reply_lands_under_its_parent(stage, us)

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        stage.stranger_mentions("Good.")
        numbers = us.measure_account().numbers  # type: ignore[attr-defined]
        assert numbers == {"calls": 3, "clicks": 3, "directions": 3, "views": 12, "reviews": 1}
        stage.hide_numbers()
        assert set(us.measure_account().numbers.values()) == {None}  # type: ignore[attr-defined]


class TestSignIn(SignsIn):
    network = GoogleBusiness

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[GoogleBusinessStage]:
        with GoogleBusinessStage(tmp_path) as stage:
            yield stage


# --- connecting -------------------------------------------------------------------------------------------------------


def signed_in(stage: GoogleBusinessStage) -> Any:
    address = GoogleBusiness.authorise_url("", stage.app, redirect_uri=BACK, state="s", challenge=CHALLENGE)
    code = stage.consent.person_says_yes(address)["code"]
    return GoogleBusiness.exchange("", stage.app, code=code, redirect_uri=BACK, verifier=VERIFIER, http=stage.http())


def test_every_location_can_be_chosen(stage: GoogleBusinessStage) -> None:
    found = [(one.account.remote_id, one.account.name) for one in signed_in(stage)]
    assert found == [(US, "City Hall"), ("accounts/71/locations/2002", "Library")]


def test_who_manages_no_location_is_told(stage: GoogleBusinessStage) -> None:
    stage.server.has_places = False
    with pytest.raises(Refused, match="manages no location"):
        signed_in(stage)


def test_a_project_that_google_has_not_approved_is_told_what_to_do(stage: GoogleBusinessStage) -> None:
    stage.server.approved = False
    with pytest.raises(Refused, match="Ask Google for access") as caught:
        signed_in(stage)
    assert caught.value.code == "not_approved"


# --- before publishing ------------------------------------------------------------------------------------------------


def draft(text: str = "News.", **options: Any) -> Draft:
    return Draft((Part(text),), options)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"topic": "EVENT"}, "event_title"),
        ({"topic": "OFFER", "event_title": "Sale", "starts": "2026-12-01"}, "ends"),
        ({"topic": "EVENT", "event_title": "Fair", "starts": "tomorrow", "ends": "2026-12-01"}, "starts"),
        ({"topic": "EVENT", "event_title": "Fair", "starts": "2026-02-30", "ends": "2026-12-01"}, "starts"),
        ({"action": "BOOK"}, "action_url"),
    ],
)
def test_what_an_event_lacks_is_said_before_it_is_sent(us: GoogleBusiness, options: dict[str, str], field: str) -> None:
    assert [(p.field, p.level) for p in us.problems(draft(**options))] == [(field, "stop")]


@pytest.mark.parametrize("said", ["Call +49 30 1234567", "Tel. 030/123 45 67 89", "(030) 1234567"])
def test_a_telephone_number_is_a_warning(us: GoogleBusiness, said: str) -> None:
    assert [(p.field, p.level) for p in us.problems(draft(said))] == [("text", "warn")]


@pytest.mark.parametrize(
    "said", ["In 2026, from 9 to 12", "https://city.example/a/20261201-1234567", "On 1.12. at 18:30"]
)
def test_what_is_no_telephone_number_is_none(us: GoogleBusiness, said: str) -> None:
    assert us.problems(draft(said)) == []


# --- publishing -------------------------------------------------------------------------------------------------------


def test_an_event_is_sent_as_google_names_it(stage: GoogleBusinessStage, us: GoogleBusiness) -> None:
    options = {"topic": "EVENT", "event_title": "Fair", "starts": "2026-12-01 18:30", "ends": "2026-12-02",
               "action": "LEARN_MORE", "action_url": "https://city.example/fair", "language": "no"}  # fmt: skip
    Rehearsal(us, stage.draft("Come!", **options)).rest()
    (post,) = stage.server.posts.values()
    assert post.told == {
        "languageCode": "no", "summary": "Come!", "topicType": "EVENT",
        "event": {"title": "Fair", "schedule": {
            "startDate": {"year": 2026, "month": 12, "day": 1}, "startTime": {"hours": 18, "minutes": 30},
            "endDate": {"year": 2026, "month": 12, "day": 2},
        }},
        "callToAction": {"actionType": "LEARN_MORE", "url": "https://city.example/fair"},
    }  # fmt: skip


def test_a_picture_is_fetched_by_google_from_an_address_that_is_made_when_it_is_needed(
    stage: GoogleBusinessStage, us: GoogleBusiness
) -> None:
    rehearsal = Rehearsal(us, stage.draft("Look.", pictures=1)).to_the_post()
    assert "lent" not in repr(rehearsal.line.payload)
    rehearsal.rest()
    (post,) = stage.server.posts.values()
    assert post.told["media"][0]["sourceUrl"].startswith("https://clarion.example/lent/")


def test_without_a_public_address_a_picture_cannot_go_and_that_is_said(stage: GoogleBusinessStage) -> None:
    us = stage.network()
    us._lend = None
    with pytest.raises(Refused, match="no public address"):
        Rehearsal(us, stage.draft("Look.", pictures=1)).rest()
    assert stage.posts() == []


def test_a_post_that_google_rejects_later_is_refused_loudly(stage: GoogleBusinessStage, us: GoogleBusiness) -> None:
    stage.process_media(times=2, then="failed")
    with pytest.raises(Refused, match="does not show it"):
        Rehearsal(us, stage.draft("Call us.")).rest()


def test_one_that_was_rejected_is_not_taken_for_ours(stage: GoogleBusinessStage, us: GoogleBusiness) -> None:
    stage.process_media(times=0, then="failed")
    rehearsal = Rehearsal(us, stage.draft("Again."))
    with pytest.raises(Refused):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)


def test_an_old_post_with_the_same_words_is_not_ours(stage: GoogleBusinessStage, us: GoogleBusiness) -> None:
    Rehearsal(us, stage.draft("Every Monday.")).rest()
    (post,) = stage.server.posts.values()
    post.at -= timedelta(hours=1)
    rehearsal = Rehearsal(us, stage.draft("Every Monday."))
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)
    assert isinstance(rehearsal.recover(), Published)


def test_who_is_no_longer_a_manager_signs_in_again(stage: GoogleBusinessStage, us: GoogleBusiness) -> None:
    rehearsal = Rehearsal(us, stage.draft())
    body = b'{"error": {"code": 403, "message": "The caller does not have permission", "status": "PERMISSION_DENIED"}}'
    stage.answer_next(403, body, {"content-type": "application/json"})
    with pytest.raises(SignInAgain):
        rehearsal.say()


def test_an_answer_to_a_review_may_be_said_again(stage: GoogleBusinessStage, us: GoogleBusiness) -> None:
    review = stage.stranger_mentions("Slow service.")
    (seen,) = us.mentions().items
    assert (seen.text, seen.author, seen.raw["starRating"]) == ("Slow service.", "Rita R.", "FOUR")
    for _again in range(2):
        rehearsal = Rehearsal(us, draft("We are sorry."))
        line = rehearsal.line
        line.step = type(line.step)("post", 0, payload={"text": "We are sorry.", "in_reply_to": review})
        rehearsal.say()
    assert [(p.text, p.parent_id) for p in stage.posts()] == [("We are sorry.", review)]
