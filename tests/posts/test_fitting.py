"""Pictures made fit: never cut, never blown up, always upright, and said before they are sent."""

from __future__ import annotations

import hashlib
import io
from random import Random

import pytest
from PIL import Image, ImageDraw

from clarion.deliveries.models import State
from clarion.networks.fitting import CannotFit, Recipe, make
from clarion.networks.rules import Images
from clarion.posts.content import Content, Shot, Words
from clarion.posts.fitting import fitted
from clarion.posts.models import Media
from tests.posts.test_media import from_a_phone, photo

pytestmark = pytest.mark.django_db

RECIPE = Recipe(("image/jpeg", "image/png"), 1_000_000, edge=1080, smallest=100, ratios=(0.8, 1.91))


def noise(width: int, height: int, form: str = "PNG") -> bytes:
    """A picture that no encoder can press much."""
    out = io.BytesIO()
    Image.frombytes("RGB", (width, height), Random(1).randbytes(width * height * 3)).save(out, form)
    return out.getvalue()


def halves(width: int, height: int, form: str = "PNG", mode: str = "RGB") -> bytes:
    """The upper half red, the lower blue."""
    out, image = io.BytesIO(), Image.new(mode, (width, height), "red")
    ImageDraw.Draw(image).rectangle((0, height // 2, width, height), fill="blue")
    image.save(out, form)
    return out.getvalue()


@pytest.fixture
def made(tmp_path):
    def make_from(data: bytes, **recipe):
        source, target = tmp_path / "in", tmp_path / "out"
        source.write_bytes(data)
        base = {"types": RECIPE.types, "size": RECIPE.size, "edge": 1080, "smallest": 100, "ratios": (0.8, 1.91)}
        told = make(source, target, recipe=Recipe(**base | recipe))
        image = Image.open(target)
        image.load()
        assert image.size == (told.width, told.height)
        assert Image.MIME[image.format] == told.mime
        assert target.stat().st_size <= (base | recipe)["size"]
        assert not image.getexif()
        return image, told

    return make_from


def test_a_large_picture_becomes_as_large_as_the_network_takes(made):
    image, told = made(halves(4000, 3000))
    assert image.size == (1080, 810)
    assert told.changes == ()


def test_nothing_is_cut_from_a_tall_picture_it_gets_a_margin(made):
    image, told = made(halves(500, 1500))
    assert image.width / image.height >= 0.8
    assert told.changes == ("margin",)
    middle = image.width // 2
    assert image.convert("RGB").getpixel((middle, 3)) == (255, 0, 0), "its upper end is there"
    assert image.convert("RGB").getpixel((middle, image.height - 4)) == (0, 0, 255), "and its lower end"


def test_nothing_is_cut_from_a_wide_picture_either(made):
    image, told = made(halves(3000, 600))
    assert image.width / image.height <= 1.911
    assert (told.changes, image.width) == (("margin",), 1080)


def test_a_heavy_picture_becomes_lighter_before_it_becomes_smaller(made):
    data = noise(600, 500)
    assert len(data) > 800_000
    image, told = made(data, size=300_000)
    assert told.mime == "image/jpeg"
    assert image.size == (600, 500)


def test_what_cannot_be_lighter_at_its_size_becomes_smaller(made):
    image, _told = made(noise(1000, 1000), size=120_000)
    assert image.width < 1000


def test_what_is_transparent_becomes_white_where_the_network_takes_no_transparency(made):
    out = io.BytesIO()
    Image.new("RGBA", (400, 400), (0, 0, 0, 0)).save(out, "PNG")
    image, told = made(out.getvalue(), types=("image/jpeg",))
    assert image.getpixel((200, 200)) == (255, 255, 255)
    assert told.changes == ("white",)


def test_a_drawing_stays_a_drawing(made):
    assert made(halves(2000, 1600))[1].mime == "image/png"


def test_a_phone_s_picture_stands_upright(made):
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (1600, 1200), "navy").save(out, "JPEG", exif=exif)
    image, _told = made(out.getvalue())
    assert image.height > image.width


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "CMYK", "I;16", "RGBA"])
def test_every_kind_of_colour_comes_out_as_colour(made, mode):
    out = io.BytesIO()
    image = (
        Image.new("L", (1500, 1500), 128).convert(mode) if mode != "I;16" else Image.new("I;16", (1500, 1500), 32768)
    )
    image.save(out, "JPEG" if mode == "CMYK" else "PNG")
    shown, _told = made(out.getvalue(), types=("image/jpeg",))
    assert shown.mode == "RGB"
    if mode not in ("1", "P"):
        assert all(abs(value - 128) < 12 for value in shown.getpixel((500, 500)))


def test_what_moves_is_left_alone(made):
    out = io.BytesIO()
    frames = [Image.new("P", (2000, 2000), number) for number in range(3)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(CannotFit):
        made(out.getvalue())


def test_what_is_too_small_is_not_blown_up(made):
    with pytest.raises(CannotFit):
        made(halves(90, 80))


def test_the_same_recipe_gives_the_same_file(made, tmp_path):
    made(halves(4000, 3000))
    first = hashlib.sha256((tmp_path / "out").read_bytes()).hexdigest()
    made(halves(4000, 3000))
    assert hashlib.sha256((tmp_path / "out").read_bytes()).hexdigest() == first


def test_rules_make_recipes_and_another_rule_is_another_name():
    rule = Images(4, size=1_000, types=("image/jpeg",), edge=1080)
    assert Recipe.of(rule).name == Recipe.of(rule).name
    assert Recipe.of(rule).name != Recipe.of(Images(4, size=1_001, types=("image/jpeg",), edge=1080)).name


# -- in the house


def content(media: Media, alt: str = "The square, seen from above") -> Content:
    return Content((Words("The square is open.", (Shot(str(media.pk), alt),)),))


@pytest.fixture
def strict(mastodon):
    """A server that takes pictures of 40 kB."""
    mastodon.limits = {"images": {"size": 40_000}}
    mastodon.limits_at = None
    mastodon.save()
    return mastodon


def test_a_picture_that_fits_goes_as_it_is(keep, mastodon):
    media = keep(photo())
    fit = fitted(content(media), channel=mastodon)
    assert fit.changed == ()
    assert fit.draft.parts[0].media[0].path == media.path
    assert Media.objects.count() == 1


def test_a_picture_is_made_fit_once_and_kept_beside_its_source(keep, strict):
    media = keep(noise(400, 300), name="square.png")
    first, second = (fitted(content(media), channel=strict) for _ in range(2))
    shown = first.draft.parts[0].media[0]
    assert shown.size <= 40_000 < media.size
    assert shown.path == second.draft.parts[0].media[0].path
    assert shown.alt == "The square, seen from above"
    row = first.rows[shown.path]
    assert (row.source, row.clean_sha256) == (media, hashlib.sha256(shown.path.read_bytes()).hexdigest())
    assert Media.objects.count() == 2
    assert "“square.png” goes out as JPEG" in first.changed[0]


def test_the_network_gets_the_one_that_fits(keep, strict, mastodon_server, promise, worker, monkeypatch):
    monkeypatch.setattr(type(strict), "limits_are_old", lambda self, now: False)
    media = keep(noise(400, 300), name="square.png")
    delivery = promise(strict, parts=content(media).parts)
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    step = delivery.current_steps().get(public=False)
    assert step.media.source == media
    assert step.media.size <= 40_000


def test_what_cannot_be_made_fit_says_so_and_is_not_tried_at_every_key_stroke(keep, mastodon, monkeypatch):
    mastodon.limits = {"images": {"size": 40}}
    media = keep(photo(), name="square.jpg")
    assert fitted(content(media), channel=mastodon).changed == ()
    monkeypatch.setattr("clarion.posts.models.media.make", lambda *args, **more: pytest.fail("tried again"))
    draft = fitted(content(media), channel=mastodon).draft
    assert any("square.jpg" in problem.sentence for problem in mastodon.problems(draft) if problem.level == "stop")


def test_the_place_where_it_was_taken_never_leaves(keep, strict):
    strict.limits = {"images": {"size": 700}}
    media = keep(from_a_phone())
    shown = fitted(content(media), channel=strict).draft.parts[0].media[0]
    with Image.open(shown.path) as image:
        assert not image.getexif()
