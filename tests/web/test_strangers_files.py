"""Files of strangers: what a file is, its content decides; what is something else besides can do nothing with it."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, PngImagePlugin

from clarion.posts.models import Media
from clarion.testing.documents import pdf

pytestmark = pytest.mark.django_db

SCRIPT = b"<html><body onload=alert(1)><script>alert(document.cookie)</script>"


def picture(form: str, **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, form, **more)
    return out.getvalue()


def chatty() -> bytes:
    """A PNG whose text chunk is a page."""
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SCRIPT.decode())
    return picture("PNG", pnginfo=info)


FILM = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + SCRIPT

REFUSED = {
    "a page called picture.jpg": SCRIPT,
    "a page behind white space": b"\n \t" + SCRIPT,
    "a drawing called picture.png": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a drawing without a head": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a drawing behind a comment": b'<!-- a --><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>',
    "a program of another kind": b"MZ\x90\x00" + bytes(200),
    "an archive called picture.jpg": b"PK\x03\x04" + bytes(200),
    "a script that begins like a GIF": b"GIF89a/*" + b" " * 40 + b"*/=1;alert(1)//",
    "a page that begins like a JPEG": b"\xff\xd8\xff\xe0" + SCRIPT,
    "a page that begins like a PNG": b"\x89PNG\r\n\x1a\n" + SCRIPT,
    "a page within RIFF that is no WebP": b"RIFF\x40\x00\x00\x00WAVE" + SCRIPT,
    "a document that is none": b"%PDF-1.7\n" + SCRIPT,
}
TAKEN = {
    "a PNG with a page behind it": (picture("PNG") + SCRIPT, "image/png"),
    "a GIF with a page behind it": (picture("GIF") + SCRIPT, "image/gif"),
    "a JPEG with a page in its comment": (picture("JPEG", comment=SCRIPT), "image/jpeg"),
    "a PNG with a page in its text": (chatty(), "image/png"),
    "a document with a page before its end": (pdf().replace(b"%%EOF", SCRIPT + b"%%EOF"), "application/pdf"),
    "a film with a page in it": (FILM, "video/mp4"),
}


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def given(desk, content: bytes, name: str):
    return desk.post("media", {"file": SimpleUploadedFile(name, content, content_type="image/png")})


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["picture.png", "film.mp4"])
def test_what_is_no_picture_is_refused_whatever_it_is_called(desk, content, name):
    answer = given(desk, content, name)
    assert answer.status_code == 422
    assert name in answer.json()["sentence"]
    assert not Media.objects.exists()


@pytest.mark.parametrize(("content", "kind"), TAKEN.values(), ids=TAKEN)
def test_what_is_a_picture_and_a_page_is_shown_as_a_picture_that_can_do_nothing(desk, content, kind):
    assert given(desk, content, "page.html").status_code == 200
    (media,) = Media.objects.all()
    assert media.mime == kind and not media.ending.startswith(".htm")
    for path in (f"media/{media.pk}", f"media/{media.pk}?small", f"library/{media.pk}/original"):
        answer = desk.get(path)
        assert answer.status_code == 200, path
        asked = "image/webp" if path.endswith("small") else None
        assert answer["Content-Type"] in (kind, asked, "application/octet-stream")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert "original" not in path or answer["Content-Disposition"].startswith("attachment")
    if kind == "application/pdf":
        assert desk.get(f"media/{media.pk}")["Content-Disposition"].startswith("attachment")


def test_a_page_in_a_comment_does_not_go_out(desk):
    given(desk, picture("JPEG", comment=SCRIPT), "a.jpg")
    answer = desk.get(f"media/{Media.objects.get().pk}")
    assert SCRIPT not in b"".join(answer) and answer["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("name", ['"><script>.png', "a\r\nSet-Cookie: b=c.png", "../../etc/passwd.png", "مكتبة.png"])
def test_a_name_cannot_break_out_of_its_header(desk, name):
    given(desk, picture("PNG"), name)
    media = Media.objects.get()
    told = desk.get(f"library/{media.pk}/original")["Content-Disposition"]
    assert told.startswith("attachment; filename") and not set(told) & {"\r", "\n"}
    assert "/" not in told and "Set-Cookie" not in desk.get(f"library/{media.pk}/original")
