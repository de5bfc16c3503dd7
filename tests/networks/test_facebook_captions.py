"""Captions on Facebook: SubRip by language and country, there before the video can be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clarion.networks.base import Captions, Draft, Part
from clarion.networks.facebook import Facebook
from clarion.networks.words import Refused, Unknown
from clarion.testing.facebook import FacebookStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.graph import Wrong
from clarion.testing.videos import captions

SRT = b"1\n00:00:01,000 --> 00:00:04,250\nMayor: The bridge is <b>open</b> & free.\n"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[FacebookStage]:
    with FacebookStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: FacebookStage) -> Facebook:
    us = stage.network()
    assert isinstance(us, Facebook)
    return us


@pytest.fixture
def both(stage: FacebookStage) -> tuple[Captions, ...]:
    return (captions(stage.folder, "nb"), captions(stage.folder, "es-419"), captions(stage.folder, "sme"))


def film(stage: FacebookStage, captions: tuple[Captions, ...], **options: str) -> Draft:
    return Draft((Part("The film.", (replace(stage.video(), captions=captions),)),), options)


def put(stage: FacebookStage) -> dict[str, tuple[bytes, bool]]:
    (one,) = [one for one in stage.server.things.values() if one.kind == "video"]
    return one.captions


def test_a_videos_captions_are_subrip_and_there_before_it_is_public(
    stage: FacebookStage, us: Facebook, both: tuple[Captions, ...]
) -> None:
    rehearsal = Rehearsal(us, film(stage, both))
    kinds = [line.step.kind for line in rehearsal.lines]
    assert kinds == ["session", "upload", "draft", "captions", "captions", "post"]
    rehearsal.rest()
    assert put(stage) == {"nb_NO": (SRT, False), "es_LA": (SRT, False)} and len(stage.posts()) == 1


def test_a_reels_captions_follow_when_it_is_out(stage: FacebookStage, us: Facebook, both: tuple[Captions, ...]) -> None:
    rehearsal = Rehearsal(us, film(stage, both, video_as="reel", first_comment="More below."))
    kinds = [line.step.kind for line in rehearsal.lines]
    assert kinds == ["reel", "upload_reel", "post", "captions", "captions", "comment"]
    rehearsal.rest()
    assert put(stage) == {"nb_NO": (SRT, True), "es_LA": (SRT, True)}


def test_a_language_without_a_country_is_told_and_stays_away(
    stage: FacebookStage, us: Facebook, both: tuple[Captions, ...]
) -> None:
    (problem,) = us.problems(film(stage, both))
    assert problem.level == "warn" and "sme stay away" in problem.sentence


def test_a_lost_answer_leaves_one_file_for_each_language(
    stage: FacebookStage, us: Facebook, both: tuple[Captions, ...]
) -> None:
    rehearsal = Rehearsal(us, film(stage, both))
    for _step in range(3):
        rehearsal.say()
    stage.faults.arm(Fault("lose_answer", lambda method, path: path.endswith("/captions")))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert list(put(stage)) == ["nb_NO", "es_LA"]


@pytest.mark.parametrize(
    ("kind", "sentence", "out"), [("video", "Nothing was published", 0), ("reel", "published without them", 1)]
)
def test_refused_captions_say_what_became_of_the_video(
    stage: FacebookStage, us: Facebook, both: tuple[Captions, ...], kind: str, sentence: str, out: int
) -> None:
    rehearsal = Rehearsal(us, film(stage, both, video_as=kind))
    while rehearsal.line.step.kind != "captions":
        rehearsal.say()
    stage.server.refusals.append(Wrong("Invalid parameter", 100))
    with pytest.raises(Refused, match=sentence):
        rehearsal.say()
    assert len(stage.posts()) == out
