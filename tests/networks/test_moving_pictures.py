"""Pictures that move go out as they are; where a network shows them standing still, it is told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clarion.networks import registry
from clarion.networks.base import Account, Draft, Media, Part
from clarion.networks.http import Http
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.x import XStage

STILL = {"bluesky", "facebook", "vk"}
WITH_PICTURES = [kind for kind in registry.all() if kind.rules.images and "image/gif" in kind.rules.images.types]


def tram(**more: Any) -> Media:
    return replace(Media(Path("tram.gif"), "image/gif", 900_000, "0" * 64, alt="A tram", name="tram.gif"), **more)


def told(kind: Any, media: Media) -> list[tuple[str, str]]:
    us = kind(Account(remote_id="1", handle="@city", server="https://city.example"), http=Http())
    found = us.problems(Draft((Part("The tram runs again.", (media,)),)))
    return [(one.level, one.sentence) for one in found if "moves" in one.sentence or "frames" in one.sentence]


@pytest.mark.parametrize("kind", WITH_PICTURES, ids=lambda kind: kind.name)
def test_standing_still_is_told_and_stops_nothing(kind: Any) -> None:
    sentence = f"“tram.gif” moves; {kind.label} shows it standing still."
    expected = [("warn", sentence)] if kind.name in STILL else []
    assert told(kind, tram(frames=40)) == expected
    assert told(kind, tram(frames=0)) == expected, "a GIF that nobody counted is taken for one that moves"
    assert told(kind, tram(frames=1)) == []


def test_the_frames_that_linkedin_may_refuse_are_a_warning() -> None:
    kind = registry.get("linkedin")
    assert told(kind, tram(frames=250)) == []
    (problem,) = told(kind, tram(frames=251))
    assert problem == ("warn", "“tram.gif” has 251 frames; LinkedIn takes 250. Shorten it.")


def test_a_picture_of_another_kind_moves_when_it_has_frames() -> None:
    assert tram(mime="image/webp", frames=2).moves and not tram(mime="image/webp").moves


@pytest.fixture
def x(tmp_path: Path) -> Iterator[XStage]:
    with XStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


def test_an_animated_picture_goes_alone_on_x(x: XStage) -> None:
    us = x.network()
    gif = replace(x.picture(), mime="image/gif")
    assert us.problems(Draft((Part("Look.", (gif,)),))) == []
    (problem,) = us.problems(Draft((Part("Look.", (gif, x.picture())),)))
    assert problem.level == "stop" and "nothing beside it" in problem.sentence


def test_on_x_it_may_be_heavier_and_goes_out_as_what_it_is(x: XStage, tmp_path: Path) -> None:
    us = x.network()
    path = tmp_path / "tram.gif"
    path.write_bytes(b"GIF89a" + bytes(6_000_000))
    tram = replace(x.picture(), path=path, mime="image/gif", size=6_000_006, frames=40, width=1280, height=1080)
    draft = Draft((Part("The tram runs again.", (tram,)),))
    assert us.problems(draft) == []
    Rehearsal(us, draft).rest()
    (upload,) = x.server.uploads.values()
    assert (upload.kind, upload.raw) == ("tweet_gif", path.read_bytes())

    def told(**more: Any) -> list[tuple[str, int | None]]:
        return [(p.level, p.limit) for p in us.problems(Draft((Part("Look.", (replace(tram, **more),)),)))]

    assert told(frames=351) == [("stop", 350)] and told(size=15_728_641) == [("stop", 15_728_640)]
    assert told(width=1281) == [("stop", None)] == told(height=1081)
    assert told(frames=1) == [("stop", 5_242_880)]


def test_a_gif_that_stands_still_is_a_picture_among_others_on_x(x: XStage) -> None:
    us = x.network()
    still = replace(x.picture(), mime="image/gif", frames=1)
    draft = Draft((Part("Look.", (still, x.picture())),))
    assert us.problems(draft) == []
    Rehearsal(us, draft).rest()
    assert {upload.kind for upload in x.server.uploads.values()} == {"tweet_image"}
