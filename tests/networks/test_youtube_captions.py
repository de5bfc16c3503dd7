"""Captions on YouTube: there before anybody can see the video, in each language once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clarion.networks.words import NotNow, Refused, Unknown
from clarion.networks.youtube import YouTube
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.videos import WORDS, captions
from clarion.testing.youtube import YouTubeStage

SRT = "1\n00:00:01,000 --> 00:00:04,250\nThe bridge is open.\n"
PUT = "/upload/youtube/v3/captions"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[YouTubeStage]:
    with YouTubeStage(tmp_path) as stage:
        yield stage
        assert stage.server.complaints == []


@pytest.fixture
def us(stage: YouTubeStage) -> YouTube:
    return stage.network()


@pytest.fixture
def rehearsal(stage: YouTubeStage, us: YouTube) -> Rehearsal:
    """A film with captions in two languages, whose upload is done."""
    both = (captions(stage.folder, "nb"), captions(stage.folder, "en-GB", text=SRT))
    rehearsal = Rehearsal(us, stage.draft("A film.", pictures=1, captions=both, first_comment="More below."))
    rehearsal.say()
    rehearsal.say()
    return rehearsal


def put(stage: YouTubeStage) -> list[tuple[str, bytes]]:
    return [(one["language"], one["raw"]) for film in stage.server.videos.values() for one in film.captions.values()]


def test_captions_go_up_as_they_are_before_the_video_is_public(stage: YouTubeStage, rehearsal: Rehearsal) -> None:
    kinds = [line.step.kind for line in rehearsal.lines]
    assert kinds == ["session", "upload", "captions", "captions", "post", "comment", "thumbnail"]
    rehearsal.to_the_post()
    assert put(stage) == [("nb", WORDS.encode()), ("en-GB", SRT.encode())] and stage.posts() == []
    rehearsal.rest()
    assert [post.text for post in stage.posts()] == ["A film.", "More below."]


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request"])
def test_a_lost_answer_makes_no_second_track(stage: YouTubeStage, rehearsal: Rehearsal, fault: str) -> None:
    stage.faults.arm(Fault(fault, lambda method, path: (method, path) == ("POST", PUT)))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert [language for language, _raw in put(stage)] == ["nb", "en-GB"]


def test_a_track_that_is_not_listed_yet_is_not_put_twice(stage: YouTubeStage, rehearsal: Rehearsal) -> None:
    rehearsal.say()
    line = rehearsal.lines[2]
    line.settled = None
    listed = b'{"kind": "youtube#captionListResponse", "items": []}'
    stage.faults.arm(Fault("answer", lambda method, path: method == "GET", status=200, body=listed))
    rehearsal.rest()
    assert [language for language, _raw in put(stage)] == ["nb", "en-GB"]


def test_what_youtube_heard_by_itself_is_no_caption_file_of_ours(stage: YouTubeStage, rehearsal: Rehearsal) -> None:
    (film,) = [one for one in stage.server.videos.values() if one is not stage.before]
    heard = {"videoId": film.id, "language": "nb", "name": "auto", "trackKind": "ASR", "raw": b""}
    film.captions["asr"] = heard
    rehearsal.to_the_post()
    assert put(stage)[1:] == [("nb", WORDS.encode()), ("en-GB", SRT.encode())]


def test_refused_captions_stop_the_video_before_it_is_public(stage: YouTubeStage, rehearsal: Rehearsal) -> None:
    body = b'{"error": {"code": 400, "message": "Bad.", "errors": [{"reason": "contentRequired", "message": "Bad."}]}}'
    stage.faults.arm(Fault("answer", lambda method, path: path == PUT, status=400, body=body))
    with pytest.raises(Refused, match=r"in “nb”\. The video was not made public"):
        rehearsal.rest()
    assert stage.posts() == []


def test_captions_wait_for_a_video_that_is_not_known_everywhere(stage: YouTubeStage, rehearsal: Rehearsal) -> None:
    stage.faults.arm(Fault("answer", lambda method, path: path == PUT, status=404))
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.retry_at is not None
    rehearsal.rest()
    assert len(put(stage)) == 2


def test_captions_that_were_removed_meanwhile_are_missed_before_anything_is_public(
    stage: YouTubeStage, rehearsal: Rehearsal
) -> None:
    (stage.folder / "captions-nb.vtt").unlink()
    with pytest.raises(Refused, match="gone"):
        rehearsal.rest()
    assert stage.posts() == []
