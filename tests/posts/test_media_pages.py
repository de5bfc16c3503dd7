"""Files as pages show them: to members only, in pieces when a player asks, small in lists, and kept by browsers."""

from __future__ import annotations

import io

import pytest
from asgiref.sync import async_to_sync
from django.urls import reverse
from PIL import Image

from clarion.channels.models.notice import BoardGround
from clarion.posts.models import Media
from tests.posts.test_media import Film, most_memory, photo  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.server)])
def stored(request, settings, tmp_path):
    """Each page is the same over both stores; in the bucket's case nothing lies in the cache when it is asked for."""
    settings.MEDIA_ROOT = tmp_path / "media"
    if request.param == "bucket":
        request.getfixturevalue("bucket")

    def forget() -> None:
        settings.MEDIA_CACHE = tmp_path / "another"

    return forget


@pytest.fixture
def film(keep, stored, client, ingrid, cityhall) -> str:
    """The address of a video of 5 MB."""
    data = Film(5_000_000).read(5_000_000)[:-10] + b"0123456789"
    media = keep(data, name="council.mp4")
    stored()
    client.force_login(ingrid)
    return reverse("media_file", args=[cityhall.pk, media.pk])


def body(answer) -> bytes:
    async def gathered() -> bytes:
        return b"".join([piece async for piece in answer])

    return async_to_sync(gathered)() if answer.streaming else answer.content


def test_a_whole_film_is_streamed(client, film):
    answer = client.get(film)
    assert answer.streaming
    assert answer.status_code == 200
    assert answer["Content-Length"] == "5000000"
    assert answer["Accept-Ranges"] == "bytes"
    assert "immutable" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
    assert body(answer).endswith(b"0123456789")


@pytest.mark.parametrize(
    ("asked", "told", "end"),
    [
        ("bytes=4999995-", "bytes 4999995-4999999/5000000", b"56789"),
        ("bytes=-3", "bytes 4999997-4999999/5000000", b"789"),
        ("bytes=4999990-4999993", "bytes 4999990-4999993/5000000", b"0123"),
        ("bytes=4999998-9999999", "bytes 4999998-4999999/5000000", b"89"),
        ("bytes=100-", "bytes 100-4999999/5000000", b"56789"),
    ],
)
def test_a_player_gets_the_piece_that_it_asks_for(client, film, asked, told, end):
    answer = client.get(film, headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (206, told)
    found = body(answer)
    assert found.endswith(end)
    assert str(len(found)) == answer["Content-Length"]


@pytest.mark.parametrize("asked", ["bytes=5000000-", "bytes=-0"])
def test_a_piece_behind_the_end_is_refused(client, film, asked):
    answer = client.get(film, headers={"Range": asked})
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */5000000")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,4-5", "bytes=x-"])
def test_what_is_no_range_is_answered_whole(client, film, asked):
    assert client.get(film, headers={"Range": asked}).status_code == 200


def test_a_browser_that_has_it_is_told_so_and_a_changed_file_is_never_patched(client, film):
    etag = client.get(film)["ETag"]
    again = client.get(film, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(film, headers={"If-Range": '"older"', "Range": "bytes=0-1"}).status_code == 200
    assert client.get(film, headers={"If-Range": etag, "Range": "bytes=0-1"}).status_code == 206


def test_asking_for_the_head_reads_nothing(client, film):
    answer = client.head(film)
    assert (answer.status_code, answer["Content-Length"], answer.content) == (200, "5000000", b"")


def test_an_outsider_gets_nothing(client, film, outsider):
    client.force_login(outsider)
    assert client.get(film).status_code == 404
    assert client.get(film, headers={"Range": "bytes=0-1"}).status_code == 404


def test_a_large_picture_is_small_in_lists(client, keep, stored, ingrid, cityhall):
    media = keep(photo(size=(1600, 800)))
    stored()
    client.force_login(ingrid)
    address = reverse("media_file", args=[cityhall.pk, media.pk])
    answer = client.get(address + "?small")
    assert answer["Content-Type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert image.size == (480, 240)
    whole = client.get(address)
    assert whole["Content-Type"] == "image/jpeg"
    assert whole["ETag"] != answer["ETag"]
    # What a browser has of one is never taken for the other, and a stale copy is replaced by the small one.
    assert client.get(address + "?small", headers={"If-None-Match": whole["ETag"]})["Content-Type"] == "image/webp"
    assert client.get(address + "?small", headers={"If-None-Match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "L", "P"])
def test_every_kind_of_picture_has_a_small_copy(client, keep, settings, tmp_path, ingrid, cityhall, form, mode):
    settings.MEDIA_ROOT = tmp_path
    out = io.BytesIO()
    Image.new("RGBA", (700, 500), (0, 0, 90, 128)).convert(mode).save(out, form)
    media = keep(out.getvalue())
    client.force_login(ingrid)
    answer = client.get(reverse("media_file", args=[cityhall.pk, media.pk]) + "?small")
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("WEBP", (480, 343))


def test_a_picture_that_is_small_already_is_shown_as_it_is(client, keep, stored, ingrid, cityhall):
    media = keep(photo())
    client.force_login(ingrid)
    answer = client.get(reverse("media_file", args=[cityhall.pk, media.pk]) + "?small")
    assert (answer["Content-Type"], answer.content) == ("image/jpeg", photo())


def test_a_missing_file_is_not_found(client, keep, ingrid, cityhall, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    media = keep(photo())
    media.path.unlink()
    client.force_login(ingrid)
    assert client.get(reverse("media_file", args=[cityhall.pk, media.pk])).status_code == 404


def test_the_public_board_offers_both_sizes_and_pieces(client, keep, stored, board):
    media = keep(photo(size=(1000, 2000)), alt="The town hall")
    ground = BoardGround(board)
    ground.put(key="k", parts=[{"text": "Look", "media": [ground.keep(media.shown("The town hall"))]}], options={})
    stored()
    address = reverse("noticeboard", args=[board.workspace.slug])
    picture = f"{address}files/{media.clean_sha256}.jpg"
    assert f'srcset="{picture}?small 240w, {picture} 1000w"' in client.get(address).text
    whole = client.get(picture)
    assert (whole.status_code, whole["Content-Type"]) == (200, "image/jpeg")
    with Image.open(io.BytesIO(client.get(picture + "?small").content)) as image:
        assert (image.format, image.size) == ("WEBP", (240, 480))
    piece = client.get(picture, headers={"Range": "bytes=0-1"})
    assert (piece.status_code, piece.content) == (206, photo(size=(1000, 2000))[:2])


def test_a_long_film_passes_through_piece_by_piece(client, ingrid, cityhall, settings, tmp_path, most_memory):  # noqa: F811
    """Asked as ``clarion serve`` asks, asynchronously: a plain iterator would be gathered whole."""
    settings.MEDIA_ROOT = tmp_path
    media = Media.objects.keep(workspace=cityhall, file=Film(200_000_000), name="council.mp4", by=ingrid)
    client.force_login(ingrid)
    answer = client.get(reverse("media_file", args=[cityhall.pk, media.pk]))
    assert answer.is_async

    async def length() -> int:
        return sum([len(piece) async for piece in answer])

    assert async_to_sync(length)() == 200_000_000
    assert most_memory() < 30_000_000
