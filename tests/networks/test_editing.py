"""Pictures as people want them in one place: turned, mirrored, cut, around a point that matters."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from clarion.networks.editing import WHOLE, Edit, edit
from clarion.networks.fitting import CannotFit

RED, GREEN, BLUE, GREY = (200, 0, 0), (0, 160, 0), (0, 0, 200), (120, 120, 120)


@pytest.fixture
def quarters(tmp_path: Path) -> Path:
    """Red and green above, blue and grey below, 60 by 40."""
    image = Image.new("RGB", (60, 40))
    for number, colour in enumerate((RED, GREEN, BLUE, GREY)):
        image.paste(colour, (number % 2 * 30, number // 2 * 20, number % 2 * 30 + 30, number // 2 * 20 + 20))
    image.save(tmp_path / "quarters.png")
    return tmp_path / "quarters.png"


def corners(path: Path) -> list[tuple[int, ...]]:
    with Image.open(path) as image:
        right, low = image.width - 1, image.height - 1
        return [image.getpixel(at) for at in ((0, 0), (right, 0), (0, low), (right, low))]


@pytest.mark.parametrize(
    ("by", "sides", "seen"),
    [
        (Edit(turn=90), (40, 60), [BLUE, RED, GREY, GREEN]),
        (Edit(turn=180), (60, 40), [GREY, BLUE, GREEN, RED]),
        (Edit(turn=270), (40, 60), [GREEN, GREY, RED, BLUE]),
        (Edit(mirror=True), (60, 40), [GREEN, RED, GREY, BLUE]),
        (Edit(turn=90, mirror=True), (40, 60), [RED, BLUE, GREEN, GREY]),
        (Edit(crop=(5000, 0, 5000, 5000)), (30, 20), [GREEN] * 4),
        (Edit(turn=90, crop=(0, 5000, 5000, 5000)), (20, 30), [GREY] * 4),
        (Edit(turn=90, mirror=True, crop=(0, 0, 5000, 10000)), (20, 60), [RED, RED, GREEN, GREEN]),
    ],
)
def test_it_is_turned_then_mirrored_then_cut(quarters, tmp_path, by, sides, seen):
    made = edit(quarters, tmp_path / "out.png", by=by)
    assert ((made.width, made.height), made.mime) == (sides, "image/png")
    assert corners(tmp_path / "out.png") == seen


def test_a_photograph_stays_one_and_keeps_its_colour_profile(tmp_path):
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (90, 60), RED).save(tmp_path / "in.jpg", icc_profile=profile)
    made = edit(tmp_path / "in.jpg", tmp_path / "out.jpg", by=Edit(crop=(0, 0, 3333, WHOLE)))
    with Image.open(tmp_path / "out.jpg") as image:
        assert (made.mime, image.format, image.size) == ("image/jpeg", "JPEG", (30, 60))
        assert image.info["icc_profile"] == profile


def test_what_moves_is_not_edited(tmp_path):
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    frames[0].save(tmp_path / "in.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(CannotFit):
        edit(tmp_path / "in.gif", tmp_path / "out.png", by=Edit(turn=90))


def test_even_the_thinnest_strip_has_a_pixel():
    assert Edit(crop=(9900, 9900, 100, 100)).box(3, 2) == (2, 1, 3, 2)


@pytest.mark.parametrize(
    "said",
    [
        {"turn": 45}, {"turn": True}, {"turn": "90"}, {"mirror": 1}, {"crop": [0, 0, WHOLE, WHOLE]},
        {"crop": [0, 0, 5, 5]},
        {"crop": [5000, 0, 6000, 100]}, {"crop": [0, 0, 0.5, 0.5]}, {"crop": "0,0,1,1"}, {"crop": [-1, 0, 500, 500]},
        {"focus": [1, 2, 3]}, {"focus": [10001, 0]}, {"focus": None}, {},
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_left_out(said):
    assert Edit.read(said) == Edit() and Edit.read(said).as_json == {}


def test_it_comes_back_from_json_as_it_was():
    whole = Edit(270, mirror=True, crop=(100, 200, 3000, 4000), focus=(0, 1000))
    assert Edit.read(whole.as_json) == whole


@pytest.mark.parametrize(
    ("edited", "centre"),
    [
        (Edit(), None), (Edit(focus=(2500, 0)), (0.25, 0.0)),
        (Edit(crop=(5000, 0, 5000, 5000), focus=(7500, 2500)), (0.5, 0.5)),
        (Edit(crop=(5000, 0, 5000, 5000), focus=(0, 9000)), (0.0, 1.0)),
    ],
)  # fmt: skip
def test_the_point_that_matters_is_told_within_what_is_left(edited, centre):
    assert edited.centre == centre
