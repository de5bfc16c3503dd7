"""Videos made fit by ffmpeg: ahead of time, one at a time, and the post waits for its film."""

from __future__ import annotations

import struct
import subprocess
from datetime import timedelta

import pytest

from clarion.deliveries.models import State
from clarion.deliveries.sources import Films
from clarion.networks import fitting_videos
from clarion.networks.draft import Media as Shown
from clarion.networks.fitting import CannotFit
from clarion.networks.fitting_videos import VideoRecipe, convert, ffmpeg
from clarion.networks.rules import Videos
from clarion.posts.cleaning import BadMedia
from clarion.posts.content import Content, Shot, Words
from clarion.posts.fitting import fitted
from clarion.posts.models import Conversion, Media
from clarion.posts.videos import Film, film
from clarion.work.lease import LostLease

pytestmark = pytest.mark.django_db
PLACE = b"+59.1233+011.3872/"


@pytest.fixture(scope="session")
def filmed(tmp_path_factory):
    """A film as a phone makes it, with the place where it was taken."""
    folder = tmp_path_factory.mktemp("films")
    known: dict[tuple, bytes] = {}

    def make(*, seconds: float = 1, size: str = "320x240", ending: str = ".mov", sound: bool = True) -> bytes:
        key = (seconds, size, ending, sound)
        if key not in known:
            path = folder / ("film" + ending)
            noise = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=24:duration={seconds},noise=alls=60:allf=t"]
            tone = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}"] if sound else []
            subprocess.run(
                [ffmpeg(), "-loglevel", "error", *noise, *tone, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "10",
                 "-pix_fmt", "yuv420p", "-metadata", f"location={PLACE.decode()}", "-metadata", "comment=a secret",
                 "-y", str(path)],
                check=True,
            )  # fmt: skip
            known[key] = path.read_bytes()
        return known[key]

    return make


def shown(path, data: bytes, mime: str = "video/quicktime") -> Shown:
    path.write_bytes(data)
    told = film(path)
    return Shown(path, mime, len(data), "", width=told.width, height=told.height, duration=told.seconds, name=path.name)


# -- what a file says


def test_a_film_says_how_long_and_how_large_it_is(tmp_path, filmed):
    media = shown(tmp_path / "a.mov", filmed(seconds=2, size="640x360"))
    assert (media.width, media.height) == (640, 360)
    assert media.duration == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("cut", [20, 200, 1000, -30])
def test_a_damaged_film_says_nothing_and_stops_nobody(tmp_path, filmed, cut):
    path = tmp_path / "cut.mp4"
    path.write_bytes(filmed()[:cut])
    assert isinstance(film(path), Film)


def test_the_place_where_a_film_was_taken_is_left_out_and_it_plays_as_before(keep, filmed, tmp_path):
    data = filmed(ending=".mp4")
    assert PLACE in data or b"a secret" in data
    media = keep(data, name="council.mp4")
    kept = media.path.read_bytes()
    assert PLACE not in kept and b"a secret" not in kept
    assert len(kept) == len(data)
    assert _decoded(media.path) == _decoded(_written(tmp_path / "before.mp4", data))
    assert media.path.with_name(media.sha256 + ".original").read_bytes() == data


def test_the_place_in_a_quicktime_film_is_left_out_too(keep, filmed):
    data = filmed()
    assert PLACE in data or b"a secret" in data
    kept = keep(data, name="council.mov").path.read_bytes()
    assert PLACE not in kept and b"a secret" not in kept


def _written(path, data):
    path.write_bytes(data)
    return path


def _decoded(path) -> bytes:
    """The hash of every picture of a film."""
    return subprocess.run(
        [ffmpeg(), "-loglevel", "error", "-i", str(path), "-map", "0", "-f", "md5", "-"],
        check=True,
        capture_output=True,
    ).stdout


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_a_phone_s_picture_in_a_film_s_form_is_no_film(keep, brand):
    with pytest.raises(BadMedia, match="Save it as JPEG"):
        keep(struct.pack(">I4s4sI", 24, b"ftyp", brand, 0) + b"mif1heic" + bytes(200), name="IMG_1.heic")


# -- the recipe


def test_a_film_of_another_type_becomes_an_mp4_of_the_same_sides(tmp_path, filmed):
    media = shown(tmp_path / "a.mov", filmed())
    convert(media, tmp_path / "out.mp4", recipe=VideoRecipe(("video/mp4",), 50_000_000))
    made = film(tmp_path / "out.mp4")
    assert (made.width, made.height) == (320, 240)
    assert made.seconds == pytest.approx(media.duration, abs=0.1)
    assert b"a secret" not in (tmp_path / "out.mp4").read_bytes()


def test_a_heavy_film_becomes_light_enough(tmp_path, filmed):
    media = shown(tmp_path / "a.mov", filmed(seconds=3))
    recipe = VideoRecipe(("video/mp4",), 250_000)
    assert media.size > 2 * recipe.size
    convert(media, tmp_path / "out.mp4", recipe=recipe)
    assert (tmp_path / "out.mp4").stat().st_size <= recipe.size


def test_nothing_is_cut_from_a_wide_film_it_gets_a_margin(tmp_path, filmed):
    media = shown(tmp_path / "a.mov", filmed(size="640x200"))
    convert(media, tmp_path / "out.mp4", recipe=VideoRecipe(("video/mp4",), 5_000_000, ratios=(0.8, 1.91)))
    made = film(tmp_path / "out.mp4")
    assert made.width == 640
    assert made.width / made.height == pytest.approx(1.91, abs=0.02)


def test_a_film_without_sound_is_made_fit_as_well(tmp_path, filmed):
    convert(
        shown(tmp_path / "a.mov", filmed(sound=False)), tmp_path / "b", recipe=VideoRecipe(("video/mp4",), 5_000_000)
    )
    assert film(tmp_path / "b").seconds > 0.5


def test_a_film_too_long_for_the_bytes_is_not_turned_to_mush(tmp_path, filmed):
    media = shown(tmp_path / "a.mov", filmed(seconds=3))
    recipe = VideoRecipe(("video/mp4",), 100_000)
    assert not recipe.can_help(media)
    with pytest.raises(CannotFit):
        convert(media, tmp_path / "b", recipe=recipe)


@pytest.mark.parametrize("data", [b"\0\0\0\x14ftypqt  " + bytes(5000), b"ffconcat version 1.0\nfile /etc/passwd\n" * 9])
def test_a_hostile_file_is_an_answer_not_a_traceback(tmp_path, data):
    (tmp_path / "a.mov").write_bytes(data)
    media = Shown(tmp_path / "a.mov", "video/quicktime", len(data), "", duration=1.0)
    with pytest.raises(CannotFit):
        convert(media, tmp_path / "b", recipe=VideoRecipe(("video/mp4",), 5_000_000))


def test_who_loses_the_work_stops_at_once(tmp_path, filmed):
    media = shown(tmp_path / "a.mov", filmed(seconds=3))

    def lost() -> None:
        raise LostLease("film")

    with pytest.raises(LostLease):
        convert(media, tmp_path / "b", recipe=VideoRecipe(("video/mp4",), 5_000_000), alive=lost)


# -- in the house


@pytest.fixture
def strict(mastodon, monkeypatch):
    """A server that takes MP4 only, of 2 MB."""
    mastodon.limits = {"videos": {"size": 2_000_000, "types": ["video/mp4"]}}
    mastodon.save()
    monkeypatch.setattr(type(mastodon), "limits_are_old", lambda self, now: False)
    return mastodon


@pytest.fixture
def maker(clock):
    """Makes the films that are due, in the test's own thread; gives how many."""
    source = Films(clock=clock)

    def make() -> int:
        leases = source.claim(owner="worker-1", now=clock(), limit=50)
        for lease in leases:
            source.run(lease)
        return len(leases)

    return make


def content(media: Media) -> Content:
    return Content((Words("The council meets.", (Shot(str(media.pk), "The council chamber"),)),))


def test_writing_says_what_will_happen_and_starts_nothing(keep, strict, filmed):
    fit = fitted(content(keep(filmed(), name="council.mov")), channel=strict)
    assert fit.changed == ("“council.mov” is made an MP4 of at most 2.0 MB before it goes out.",)
    assert [problem for problem in strict.problems(fit.draft) if problem.level == "stop"] == []
    assert not Conversion.objects.exists()


def test_without_ffmpeg_it_is_said_before_it_is_sent(keep, strict, filmed, monkeypatch):
    monkeypatch.setattr("clarion.posts.fitting.ffmpeg", lambda: None)
    fit = fitted(content(keep(filmed(), name="council.mov")), channel=strict)
    assert fit.changed == ()
    assert any("council.mov" in p.sentence for p in strict.problems(fit.draft) if p.level == "stop")


def test_a_scheduled_film_is_made_fit_ahead_of_time(keep, strict, filmed, promise, worker, maker, clock):
    delivery = promise(strict, parts=content(keep(filmed())).parts, at=clock() + timedelta(hours=2))
    assert maker() == 1
    result = Conversion.objects.get().result
    assert (result.mime, result.source.mime) == ("video/mp4", "video/quicktime")
    clock.pass_by(hours=2)
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED
    assert delivery.current_steps().get(public=False).media == result


def test_a_post_that_is_due_waits_for_its_film_and_nothing_leaves(keep, strict, filmed, promise, worker, maker):
    delivery = promise(strict, parts=content(keep(filmed(), name="council.mov")).parts)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.SCHEDULED
    assert "“council.mov” is being made fit" in delivery.reason
    assert not delivery.attempt_rows.exists()
    maker()
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED


def test_the_same_film_is_made_once_for_two_posts(keep, strict, filmed, promise, maker):
    media = keep(filmed())
    promise(strict, parts=content(media).parts)
    promise(strict, "Another.", parts=[Words("Another.", (Shot(str(media.pk), ""),))])
    assert maker() == 1
    assert maker() == 0


def test_one_film_at_a_time(keep, strict, filmed, promise, clock):
    for seconds in (1, 2):
        promise(strict, parts=content(keep(filmed(seconds=seconds))).parts)
    first, second = Films(clock=clock), Films(clock=clock)
    assert len(first.claim(owner="a", now=clock(), limit=50)) == 1
    assert second.claim(owner="b", now=clock(), limit=50) == []


def test_a_film_that_cannot_be_made_fails_the_post_with_a_sentence(keep, strict, promise, worker, maker, filmed):
    broken = bytearray(filmed())
    start = broken.index(b"mdat") + 4
    broken[start : start + 40_000] = bytes(40_000)
    moov = broken.index(b"stsd")
    broken[moov : moov + 60] = bytes(60)
    delivery = promise(strict, parts=content(keep(bytes(broken), name="council.mov")).parts)
    maker()
    assert Conversion.objects.get().failed
    worker.work_until_settled(delivery)
    assert delivery.state == State.FAILED
    assert "council.mov" in delivery.reason


def test_a_worker_that_dies_leaves_the_film_to_the_next(keep, strict, filmed, promise, clock, maker):
    promise(strict, parts=content(keep(filmed())).parts)
    Films(clock=clock).claim(owner="dead", now=clock(), limit=1)
    assert maker() == 0
    clock.pass_by(minutes=5)
    assert maker() == 1
    assert Conversion.objects.get().result is not None


def test_rules_make_recipes():
    rule = Videos(size=1_000_000, ratios=(0.5, 2))
    media = Shown(None, "video/mp4", 900_000, "", width=100, height=100)
    assert VideoRecipe.of(rule).fits(media)
    assert not VideoRecipe.of(rule).fits(Shown(None, "video/mp4", 900_000, "", width=300, height=100))
    assert not VideoRecipe.of(rule).fits(Shown(None, "video/mp4", 1_100_000, ""))
    assert fitting_videos.TYPE in rule.types
