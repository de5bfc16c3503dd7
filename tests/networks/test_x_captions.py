"""Captions on X: each language a file of its own, hung on the video before the post that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clarion.networks.base import Draft, Part
from clarion.networks.words import Refused, Unknown
from clarion.networks.x import X
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.videos import WORDS, captions, video
from clarion.testing.x import XStage

SRT = "1\n00:00:01,000 --> 00:00:04,250\nThe bridge is open.\n"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[XStage]:
    with XStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: XStage) -> X:
    us = stage.network()
    assert isinstance(us, X)
    return us


@pytest.fixture
def draft(stage: XStage) -> Draft:
    both = (
        captions(stage.folder, "nb", label="norsk bokmål"), captions(stage.folder, "en-GB", text=SRT),
        captions(stage.folder, "sme", label="davvisámegiella"), captions(stage.folder, "en-US"),
    )  # fmt: skip
    return Draft((Part("The film.", (replace(video(stage.folder), captions=both),)),))


def hung(stage: XStage) -> dict[str, tuple[str, bytes]]:
    (film,) = [one for one in stage.server.uploads.values() if one.kind == "tweet_video"]
    return {code: (name, file.raw) for code, (name, file) in film.tracks.items()}


def test_captions_hang_on_the_video_before_anybody_sees_it(stage: XStage, us: X, draft: Draft) -> None:
    rehearsal = Rehearsal(us, draft).to_the_post()
    kinds = [line.step.kind for line in rehearsal.lines]
    assert kinds == ["open", "send", "upload", "captions", "captions", "post"]
    assert hung(stage) == {"NB": ("norsk bokmål", WORDS.encode()), "EN": ("en-GB", SRT.encode())}
    assert stage.posts() == []
    rehearsal.rest()
    (post,) = stage.server.posts.values()
    assert len(post.media) == 1, "a caption file is no picture of the post"


def test_languages_that_x_cannot_name_are_told_and_stay_away(us: X, draft: Draft) -> None:
    problems = [one for one in us.problems(draft) if one.field == "captions"]
    assert [one.level for one in problems] == ["warn", "warn"]
    assert "davvisámegiella" in problems[0].sentence and "en-US" in problems[1].sentence


@pytest.mark.parametrize("end", ["/append", "/finalize", "/subtitles"])
def test_a_lost_answer_leaves_one_track_for_each_language(stage: XStage, us: X, draft: Draft, end: str) -> None:
    rehearsal = Rehearsal(us, draft)
    for _step in range(3):
        rehearsal.say()
    stage.faults.arm(Fault("lose_answer", lambda method, path: path.endswith(end)))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert list(hung(stage)) == ["NB", "EN"] and len(stage.posts()) == 1


def test_refused_captions_stop_the_post_before_it_is_public(stage: XStage, us: X, draft: Draft) -> None:
    stage.faults.arm(Fault("answer", lambda method, path: path.endswith("/subtitles"), status=400))
    with pytest.raises(Refused):
        Rehearsal(us, draft).rest()
    assert stage.posts() == []
