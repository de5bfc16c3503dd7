"""Captions on LinkedIn: one SubRip file, on its way with the video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clarion.networks.base import Draft, Part
from clarion.networks.linkedin import LinkedIn
from clarion.networks.words import Refused, Unknown
from clarion.testing.linkedin import LinkedInStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.videos import captions, video

SRT = b"1\n00:00:01,000 --> 00:00:04,250\nMayor: The bridge is <b>open</b> & free.\n"
NORWEGIAN = ({"language": "NB", "country": "NO"}, SRT)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LinkedInStage]:
    with LinkedInStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: LinkedInStage) -> LinkedIn:
    us = stage.network()
    assert isinstance(us, LinkedIn)
    return us


@pytest.fixture
def draft(stage: LinkedInStage) -> Draft:
    both = (captions(stage.folder, "nb"), captions(stage.folder, "en", label="English"))
    return Draft((Part("The film.", (replace(video(stage.folder), captions=both),)),))


def test_captions_go_up_before_the_video_is_closed(stage: LinkedInStage, us: LinkedIn, draft: Draft) -> None:
    rehearsal = Rehearsal(us, draft)
    assert [line.step.kind for line in rehearsal.lines] == ["open", "send", "captions", "upload", "post"]
    for _step in range(3):
        rehearsal.say()
    (upload,) = stage.server.uploads.values()
    assert upload.captions == NORWEGIAN and not upload.closed
    rehearsal.rest()
    assert len(stage.posts()) == 1


def test_a_second_language_is_told_to_stay_away(us: LinkedIn, draft: Draft) -> None:
    (problem,) = us.problems(draft)
    assert problem.level == "warn" and "without those in English" in problem.sentence


def test_a_video_without_captions_asks_for_no_place_for_them(stage: LinkedInStage, us: LinkedIn) -> None:
    rehearsal = Rehearsal(us, Draft((Part("The film.", (video(stage.folder),)),)))
    assert rehearsal.say().handle["captions"] == ""


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request"])
def test_a_lost_answer_sends_the_captions_again(stage: LinkedInStage, us: LinkedIn, draft: Draft, fault: str) -> None:
    rehearsal = Rehearsal(us, draft)
    rehearsal.say()
    rehearsal.say()
    stage.faults.arm(Fault(fault, lambda method, path: path.endswith("/captions")))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    (upload,) = stage.server.uploads.values()
    assert upload.captions == NORWEGIAN


@pytest.mark.parametrize("ended", ["the parts", "the captions"])
def test_addresses_that_have_ended_cost_neither_video_nor_captions(
    stage: LinkedInStage, us: LinkedIn, draft: Draft, ended: str
) -> None:
    rehearsal = Rehearsal(us, draft)
    rehearsal.say()
    if ended == "the captions":
        rehearsal.say()
    stage.server.uploads.clear()
    rehearsal.rest()
    (upload,) = stage.server.uploads.values()
    assert upload.captions == NORWEGIAN and upload.raw == (stage.folder / "video-0.mp4").read_bytes()


def test_refused_captions_stop_the_post_before_it_is_public(stage: LinkedInStage, us: LinkedIn, draft: Draft) -> None:
    stage.faults.arm(Fault("answer", lambda method, path: path.endswith("/captions"), status=400))
    with pytest.raises(Refused):
        Rehearsal(us, draft).rest()
    assert stage.posts() == []
