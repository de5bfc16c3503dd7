"""Files: what can be published is kept twice (the original, and a copy fit to go out); what cannot says why."""

from __future__ import annotations

import io
import resource
import struct
import tracemalloc
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from clarion.posts.models import Media
from clarion.posts.models.media import BadMedia
from clarion.testing.documents import pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def photo(form: str = "JPEG", size=(60, 40), **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, form, **more)
    return out.getvalue()


def from_a_phone() -> bytes:
    """Lying on its side, with the place where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (59.0, 7.0, 30.0)
    return photo(exif=exif)


def test_a_photo_goes_out_upright_and_without_its_place(keep):
    media = keep(from_a_phone())
    with Image.open(media.path) as image:
        assert image.size == (40, 60) == (media.width, media.height)
        assert not image.getexif()
    assert media.path.with_name(media.sha256 + ".original").read_bytes() == from_a_phone()


def test_the_same_file_twice_is_kept_once(keep):
    assert keep(photo()).pk == keep(photo(), name="again.jpg").pk
    assert Media.objects.count() == 1


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_networks_take_is_taken(form, keep):
    assert keep(photo(form), name=f"a.{form.lower()}").mime.startswith("image/")


def bomb() -> bytes:
    """A PNG of a few bytes that claims 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is empty"),
        (b"hello", "not a picture, a video or a document"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
        (b'<?xml version="1.0"?><svg/>', "SVG"),
        (photo()[:200], "damaged"),
        (photo("PNG")[:60], "damaged"),
        (bomb(), "pixels"),
        (pdf()[:-7], "damaged"),
        (b" " + pdf(), "not a picture, a video or a document"),
    ],
    ids=["empty", "text", "svg with script", "svg", "half a jpeg", "half a png", "bomb", "half a pdf", "no pdf"],
)
def test_what_cannot_be_published_is_refused_with_its_name(data, sentence, keep):
    with pytest.raises(BadMedia, match=sentence) as refusal:
        keep(data, name="file.bin")
    assert "file.bin" in str(refusal.value)
    assert not Media.objects.exists()


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_what_moves_goes_on_moving(form, keep):
    frames = [Image.new("RGB", (60, 40), colour) for colour in ("navy", "gold", "white")]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=200)
    media = keep(out.getvalue(), name=f"tram.{form.lower()}")
    assert media.path.read_bytes() == out.getvalue()
    assert (media.frames, media.shown("").moves) == (3, True)


@pytest.mark.parametrize("raw", [photo("GIF"), from_a_phone()], ids=["gif", "photograph"])
def test_what_stands_still_is_counted_as_one_frame(raw, keep):
    media = keep(raw)
    assert (media.frames, media.shown("").moves) == (1, False)


def test_a_document_goes_out_as_it_is(keep):
    media = keep(pdf(), name="budget.pdf")
    assert (media.mime, media.ending, media.size, media.is_document) == ("application/pdf", ".pdf", len(pdf()), True)
    assert media.path.read_bytes() == pdf() and media.shown("").is_document
    assert [path.name for path in media.path.parent.iterdir()] == [media.path.name]
    assert list(Media.objects.seen()) == []


def test_the_end_of_a_long_document_is_looked_for_at_its_end_only(keep):
    assert keep(pdf() + b"\0" * 1000, name="budget.pdf").is_document
    with pytest.raises(BadMedia, match="damaged"):
        keep(pdf() + b"\0" * 1024, name="budget.pdf")


def test_a_wrong_ending_does_not_fool_anybody(keep):
    assert keep(photo("PNG"), name="really.jpg").mime == "image/png"


def test_a_file_that_needs_no_cleaning_lies_there_once(keep, folder):
    media = keep(photo())
    assert [path.name for path in media.path.parent.iterdir()] == [media.path.name]
    assert media.sha256 == media.clean_sha256
    assert list((folder / "incoming").iterdir()) == []


def test_a_file_that_went_missing_is_there_again_when_it_is_added_again(keep):
    media = keep(from_a_phone())
    media.path.unlink()
    again = keep(from_a_phone())
    assert again.pk == media.pk
    assert again.path.stat().st_size == again.size


class Film:
    """A video of so many bytes that nobody ever holds as a whole."""

    def __init__(self, size: int) -> None:
        self.left, self.head = size, b"\0\0\0\x20ftypisom"

    def read(self, size: int) -> bytes:
        size = min(size, self.left)
        piece, self.head = (self.head + bytes(size))[:size], b""
        self.left -= size
        return piece


@pytest.fixture
def most_memory():
    """The most that Python held at a time, in bytes, since the start of the test."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def test_a_long_video_is_kept_piece_by_piece(cityhall, ingrid, most_memory):
    media = Media.objects.keep(workspace=cityhall, file=Film(300_000_000), name="council.mp4", by=ingrid)
    assert (media.mime, media.size, media.path.stat().st_size) == ("video/mp4", 300_000_000, 300_000_000)
    assert most_memory() < 30_000_000


def test_a_video_beyond_the_limit_is_refused_and_leaves_nothing(cityhall, ingrid, folder):
    with pytest.raises(BadMedia, match="more than 500 MB"):
        Media.objects.keep(workspace=cityhall, file=Film(500_000_001), name="council.mp4", by=ingrid)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.fixture
def full_disk():
    """Files cannot grow beyond 3 MB: the system itself says no, in the middle of writing."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_sentence_and_leaves_nothing(client, ingrid, cityhall, folder, settings, full_disk):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 50_000_000
    client.force_login(ingrid)
    answer = client.post(
        reverse("media_add", args=[cityhall.pk]), {"file": SimpleUploadedFile("a.mp4", Film(8_000_000).read(8_000_000))}
    )
    assert answer.status_code == 507
    assert "disk is full" in answer.json()["sentence"]
    assert not Media.objects.exists()
    assert [path for path in folder.rglob("*") if path.is_file()] == []
