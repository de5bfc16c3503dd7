"""Files: what can be published is kept twice (the original, and a copy fit to go out); what cannot says why."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from clarion.posts.models import Media
from clarion.posts.models.media import BadMedia

pytestmark = pytest.mark.django_db


@pytest.fixture
def keep(cityhall, ingrid, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    def keep(data: bytes, name: str = "picture.jpg") -> Media:
        return Media.objects.keep(workspace=cityhall, file=io.BytesIO(data), name=name, by=ingrid)

    return keep


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
        (b"hello", "not a picture or a video"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
        (b'<?xml version="1.0"?><svg/>', "SVG"),
        (photo()[:200], "damaged"),
        (photo("PNG")[:60], "damaged"),
        (bomb(), "pixels"),
        (b"%PDF-1.7 nonsense", "not a picture or a video"),
    ],
    ids=["empty", "text", "svg with script", "svg", "half a jpeg", "half a png", "bomb", "pdf"],
)
def test_what_cannot_be_published_is_refused_with_its_name(data, sentence, keep):
    with pytest.raises(BadMedia, match=sentence) as refusal:
        keep(data, name="file.bin")
    assert "file.bin" in str(refusal.value)
    assert not Media.objects.exists()


def test_a_wrong_ending_does_not_fool_anybody(keep):
    assert keep(photo("PNG"), name="really.jpg").mime == "image/png"
