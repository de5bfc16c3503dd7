"""Pinterest on its contract stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.pinterest import Pinterest
from clarion.networks.words import Absent, Processing, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.pinterest import PinterestStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.pinterest import BOARD
from clarion.testing.stages import Shown, Stage
from clarion.testing.videos import video

from .signing_in import BACK, CHALLENGE, VERIFIER, SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[PinterestStage]:
    with PinterestStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: PinterestStage) -> Pinterest:
    return stage.network()


def film(stage: Stage, tmp_path: Path, text: str = "The film.", **options: Any) -> Draft:
    return Draft((Part(text, (video(tmp_path, size=5000),)),), {"title": "Film", **options})


class TestPinterest(Conformance):
    network = Pinterest

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[PinterestStage]:
        with PinterestStage(tmp_path) as stage:
            yield stage

    @proves("publish")
    def test_alt_text_arrives(self, stage: Stage, us: Network) -> None:
        """A pin has one description, for all its pictures."""
        Rehearsal(us, stage.draft("Three pictures.", alts=("The reading room, “gesperrt” \U0001f6a7", "", ""))).rest()
        assert [p.alts for p in stage.posts()] == [("The reading room, “gesperrt” \U0001f6a7", "", "")]

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network, tmp_path: Path) -> None:
        """It is the video that Pinterest works on."""
        stage.process_media(times=3)
        rehearsal = Rehearsal(us, film(stage, tmp_path))
        rehearsal.say()
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        rehearsal.rest()
        assert [p.text for p in stage.posts()] == ["The film."]

    @proves("check")
    def test_processing_media_ends_refused(self, stage: Stage, us: Network, tmp_path: Path) -> None:
        stage.process_media(times=1, then="failed")
        with pytest.raises(Refused, match="could not read the video"):
            Rehearsal(us, film(stage, tmp_path)).rest()
        assert stage.posts() == []

    @proves("edit")
    def test_an_edit_keeps_the_id_and_the_pictures(self, stage: Stage, us: Network) -> None:
        super().test_an_edit_keeps_the_id_and_the_pictures(stage, us)


class TestSignIn(SignsIn):
    network = Pinterest
    scope_separator = ","

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[PinterestStage]:
        with PinterestStage(tmp_path) as stage:
            yield stage


# --- connecting -------------------------------------------------------------------------------------------------------


def signed_in(stage: PinterestStage) -> Any:
    address = Pinterest.authorise_url("", stage.app, redirect_uri=BACK, state="s", challenge=CHALLENGE)
    code = stage.consent.person_says_yes(address)["code"]
    return Pinterest.exchange("", stage.app, code=code, redirect_uri=BACK, verifier=VERIFIER, http=stage.http())


def test_every_board_can_be_chosen(stage: PinterestStage) -> None:
    found = [(one.account.remote_id, one.account.handle) for one in signed_in(stage)]
    assert found == [(BOARD, "cityhall/News"), ("5302", "cityhall/Summer")]


def test_who_has_no_board_is_told(stage: PinterestStage) -> None:
    stage.server.boards.clear()
    with pytest.raises(Refused, match="no board"):
        signed_in(stage)


def test_a_board_that_is_gone_is_named(stage: PinterestStage, us: Pinterest) -> None:
    rehearsal = Rehearsal(us, stage.draft("Look.")).to_the_post()
    del stage.server.boards[BOARD]
    with pytest.raises(Refused, match="The board is gone"):
        rehearsal.say()


def test_a_permission_that_is_missing_asks_for_a_new_sign_in(stage: PinterestStage, us: Pinterest) -> None:
    rehearsal = Rehearsal(us, stage.draft("Look.")).to_the_post()
    stage.answer_next(403, b'{"code": 7, "message": "You are not permitted"}', {"content-type": "application/json"})
    with pytest.raises(SignInAgain, match="every permission"):
        rehearsal.say()


# --- before publishing ------------------------------------------------------------------------------------------------


def test_a_pin_without_a_picture_is_stopped(us: Pinterest) -> None:
    (problem,) = us.problems(Draft((Part("Only words."),)))
    assert (problem.field, problem.level) == ("media", "stop") and "picture or a video" in problem.sentence


def test_beside_a_video_stands_its_cover_and_nothing_else(stage: PinterestStage, us: Pinterest, tmp_path: Path) -> None:
    one = film(stage, tmp_path)
    files = one.parts[0].media
    assert us.problems(replace(one, parts=(Part("F.", (*files, stage.picture())),))) == []
    (problem,) = us.problems(replace(one, parts=(Part("F.", (*files, stage.picture(), stage.picture())),)))
    assert "its cover" in problem.sentence


def test_what_makes_a_pin_hard_to_find_or_odd_is_said(stage: PinterestStage, us: Pinterest, tmp_path: Path) -> None:
    untitled = Draft((Part("F.", (video(tmp_path, size=500),)),))
    assert [(p.field, p.level) for p in us.problems(untitled)] == [("title", "warn")]
    assert [(p.field, p.level) for p in us.problems(film(stage, tmp_path, cover_second="soon"))] == [
        ("cover_second", "stop")
    ]
    wide = replace(stage.picture(), width=900)
    mixed = Draft((Part("Two.", (stage.picture(), wide)),))
    assert [(p.field, p.level) for p in us.problems(mixed)] == [("media", "warn")]


# --- publishing -------------------------------------------------------------------------------------------------------


def test_a_pin_is_sent_as_pinterest_names_it(stage: PinterestStage, us: Pinterest) -> None:
    draft = stage.draft("The pool.", alts=("Blue water",), title="Pool", link="https://city.example/pool")
    (done,) = Rehearsal(us, draft).rest()
    pin = stage.server.pins[done.remote_id]
    assert {n: pin.told[n] for n in ("board_id", "title", "link", "alt_text")} == {
        "board_id": BOARD, "title": "Pool", "link": "https://city.example/pool", "alt_text": "Blue water",
    }  # fmt: skip
    assert pin.raws == [draft.parts[0].media[0].path.read_bytes()]
    assert done.url == f"https://www.pinterest.com/pin/{done.remote_id}/"


def test_pictures_are_not_kept_in_the_step(stage: PinterestStage, us: Pinterest) -> None:
    rehearsal = Rehearsal(us, stage.draft("Look.")).to_the_post()
    rehearsal.step(rehearsal.line)
    assert "data" not in repr(rehearsal.line.payload)


def test_a_video_has_the_cover_that_was_chosen(stage: PinterestStage, us: Pinterest, tmp_path: Path) -> None:
    Rehearsal(us, film(stage, tmp_path, cover_second="3")).rest()
    one = film(stage, tmp_path)
    Rehearsal(us, replace(one, parts=(Part("F.", (*one.parts[0].media, stage.picture())),))).rest()
    first, second = (pin.told["source"] for pin in stage.server.pins.values())
    assert (first["cover_image_key_frame_time"], second["cover_image_content_type"]) == (3, "image/png")


def test_an_upload_whose_answer_was_lost_is_simply_done_again(
    stage: PinterestStage, us: Pinterest, tmp_path: Path
) -> None:
    rehearsal = Rehearsal(us, film(stage, tmp_path))
    rehearsal.say()
    stage.faults.arm(Fault("lose_answer", lambda method, path: path.startswith("/bucket/")))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert len(stage.posts()) == 1


# --- did it happen? ---------------------------------------------------------------------------------------------------


def test_a_board_in_no_order_is_read_whole_before_absence_is_believed(stage: PinterestStage, us: Pinterest) -> None:
    for n in range(45):
        Rehearsal(us, stage.draft(f"Older {n}.")).rest()
    for pin in stage.server.pins.values():
        pin.at -= timedelta(days=1)
    stage.server.newest_first = False
    rehearsal = Rehearsal(us, stage.draft("The new one.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.recover(), Published), "it stands on the last page"
    gone = Rehearsal(us, stage.draft("Another new one.")).to_the_post()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        gone.say()
    assert gone.look() == Absent(complete=True)


def test_the_same_words_under_another_title_are_another_pin(stage: PinterestStage, us: Pinterest) -> None:
    Rehearsal(us, stage.draft("Come!", title="Monday")).rest()
    rehearsal = Rehearsal(us, stage.draft("Come!", title="Tuesday")).to_the_post()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)
    assert stage.posts() == [Shown(stage.posts()[0].remote_id, "Come!", ("",))]
