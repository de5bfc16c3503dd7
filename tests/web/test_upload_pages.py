"""Uploads piece by piece, as js/upload.js speaks: they go on after whatever stopped them; bad ones end early."""

from __future__ import annotations

import io
import tracemalloc
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clarion.deliveries.sources import Uploads
from clarion.files.place import store
from clarion.posts.models import Folder, Media, Quota, Upload
from clarion.posts.models.upload import OutOfStep
from tests.posts.conftest import bucket, gone, s3  # noqa: F401
from tests.posts.test_media import bomb, from_a_phone, photo

from .desk import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder_of_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def client(ingrid):
    return signed_in(ingrid)


class Sending:
    """A browser that sends a file in pieces of a few bytes."""

    def __init__(self, client, workspace, data: bytes, name="photo.jpg", **more) -> None:
        self.client, self.data, self.offset = client, data, 0
        given = {"name": name, "size": len(data), "fingerprint": f"{name}:{len(data)}", **more}
        self.answer = client.post(reverse("upload_begin", args=[workspace.pk]), given)
        self.url = self.answer.json().get("url", "")
        self.offset = self.answer.json().get("offset", 0)

    def piece(self, length: int, *, offset: int | None = None):
        at = self.offset if offset is None else offset
        headers = {"Upload-Offset": str(at)}
        self.answer = self.client.patch(
            self.url, self.data[at : at + length], content_type="application/octet-stream", headers=headers
        )
        self.offset = self.answer.json().get("offset", self.offset)
        return self.answer

    def all(self, length: int = 300):
        while self.offset < len(self.data) and "media" not in self.answer.json() and self.answer.status_code < 300:
            self.piece(length)
        return self.answer.json()


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_arrives_in_pieces_and_is_kept_as_any_other(client, cityhall, folder_of_media):
    told = Sending(client, cityhall, from_a_phone()).all()
    media = Media.objects.get()
    assert told["media"]["id"] == str(media.pk) and told["media"]["was_here"] is False
    assert (media.width, media.height, media.added_by.name) == (40, 60, "Ingrid Solberg")
    assert media.path.with_name(media.sha256 + ".original").read_bytes() == from_a_phone()
    assert {path.parent.name for path in files(folder_of_media)} == {str(cityhall.pk)}  # no piece is left


def test_it_goes_on_where_it_stopped_in_another_tab_and_after_a_reload(client, cityhall):
    first = Sending(client, cityhall, photo())
    first.piece(200)
    again = Sending(client, cityhall, photo())
    assert (again.url, again.offset) == (first.url, 200)
    head = client.head(again.url)
    assert (head["Upload-Offset"], head["Upload-Length"]) == ("200", str(len(photo())))
    assert "media" in again.all()
    assert Upload.objects.count() == 1
    assert Sending(client, cityhall, photo()).url != first.url  # that one is done


def test_two_tabs_that_send_at_once_are_put_in_step(client, cityhall):
    one, two = Sending(client, cityhall, photo()), Sending(client, cityhall, photo())
    one.piece(250)
    answer = two.piece(100)
    assert (answer.status_code, two.offset) == (409, 250)
    two.answer = two.piece(100)
    one.piece(50)
    assert one.answer.status_code == 409
    one.answer = one.piece(50)
    assert "media" in one.all()
    assert Media.objects.get().clean_sha256 == Media.objects.get().sha256


def test_an_answer_that_was_lost_at_the_end_is_asked_for_again(client, cityhall):
    sending = Sending(client, cityhall, photo())
    sending.piece(10_000)
    told = client.get(sending.url).json()
    assert told["media"]["id"] == str(Media.objects.get().pk)
    assert sending.piece(0, offset=len(photo())).json()["media"]["id"] == told["media"]["id"]


def test_two_that_send_different_pieces_from_one_place_leave_none_behind(cityhall, ingrid, now, folder_of_media):
    one = Upload.objects.begin(workspace=cityhall, by=ingrid, name="a.jpg", size=len(photo()), now=now)
    two = Upload.objects.get(pk=one.pk)
    one.add(io.BytesIO(photo()[:200]), offset=0, now=now)
    with pytest.raises(OutOfStep):
        two.add(io.BytesIO(photo()[:300]), offset=0, now=now)
    assert [path.name for path in files(folder_of_media)] == ["000000000000-200"]
    two.add(io.BytesIO(photo()[200:]), offset=200, now=now)
    assert Media.objects.get().size == len(photo())


def test_a_file_that_is_asked_for_again_while_it_is_kept_is_not_refused(cityhall, ingrid, now):
    upload = Upload.objects.begin(workspace=cityhall, by=ingrid, name="a.jpg", size=len(photo()), now=now)
    upload.add(io.BytesIO(photo()[:-1]), offset=0, now=now)
    late = Upload.objects.get(pk=upload.pk)
    upload.add(io.BytesIO(photo()[-1:]), offset=len(photo()) - 1, now=now)
    late.received, late.pieces = len(photo()), [len(photo()) - 1, 1]  # as it stood before the first was done
    late.add(io.BytesIO(b""), offset=len(photo()), now=now)
    late.refresh_from_db()
    assert (late.refused, late.media) == ("", Media.objects.get())


def test_a_piece_that_breaks_off_is_not_kept(cityhall, ingrid, now, folder_of_media):
    class Broken(io.BytesIO):
        def read(self, size: int = -1) -> bytes:
            if self.tell() >= 100:
                raise OSError("the line is gone")
            return super().read(min(size, 100))

    upload = Upload.objects.begin(workspace=cityhall, by=ingrid, name="a.jpg", size=len(photo()), now=now)
    with pytest.raises(OSError, match="line"):
        upload.add(Broken(photo()), offset=0, now=now)
    upload.refresh_from_db()
    assert (upload.received, files(folder_of_media)) == (0, [])
    upload.add(io.BytesIO(photo()), offset=0, now=now)
    assert upload.media is not None


def test_the_same_file_says_that_it_is_here(client, cityhall):
    Sending(client, cityhall, photo()).all()
    told = Sending(client, cityhall, photo(), name="again.jpg").all()
    assert told["media"]["was_here"] is True
    assert told["media"]["page"] == reverse("library_media", args=[cityhall.pk, Media.objects.get().pk])


def test_it_lands_in_its_folder_or_as_a_new_version(client, cityhall, ingrid):
    folder = Folder.objects.open(workspace=cityhall, name="Summer", by=ingrid)
    Sending(client, cityhall, photo(), folder=str(folder.pk)).all()
    old = Media.objects.get()
    assert old.folder == folder
    Sending(client, cityhall, photo("PNG"), name="b.png", replaces=str(old.pk)).all()
    assert [m.version for m in old.versions()] == [2, 1]
    told = Sending(client, cityhall, photo("PNG"), name="c.png", replaces=str(Media.objects.get(version=2).pk)).all()
    assert "same file" in told["sentence"]


@pytest.mark.parametrize(
    ("size", "sentence"), [("0", "is empty"), ("", "is empty"), ("4294967296", "more than 500 MB"), ("x", "is empty")]
)
def test_what_would_be_refused_at_the_end_is_refused_at_the_beginning(client, cityhall, size, sentence):
    answer = client.post(reverse("upload_begin", args=[cityhall.pk]), {"name": "film.mp4", "size": size})
    assert (answer.status_code, Upload.objects.count()) == (422, 0)
    assert sentence in answer.json()["sentence"]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>" * 9, "SVG"),
        (b"MZ" + bytes(900), "not a picture, a video or a document"),
        (b"\0\0\0\x20ftypheic" + bytes(900), "HEIC"),
        (b"PK\x03\x04" + bytes(900), "not a picture, a video or a document"),
    ],
)
def test_a_file_of_another_kind_is_refused_with_its_first_piece(client, cityhall, folder_of_media, data, sentence):
    sending = Sending(client, cityhall, data, name="photo.jpg")  # whatever its name says
    answer = sending.piece(200)
    assert answer.status_code == 422 and sentence in answer.json()["sentence"]
    assert client.get(sending.url).json() == answer.json()  # it stays refused
    assert files(folder_of_media) == []


@pytest.mark.parametrize(("data", "sentence"), [(bomb(), "pixels"), (photo()[:200], "damaged")])
def test_what_only_shows_at_the_end_is_refused_then(client, cityhall, folder_of_media, data, sentence):
    told = Sending(client, cityhall, data).all(100)
    assert sentence in told["sentence"]
    assert (Media.objects.count(), files(folder_of_media)) == (0, [])


def test_more_than_was_announced_is_refused(client, cityhall):
    sending = Sending(client, cityhall, photo())
    sending.data += b"and more"
    assert sending.piece(len(sending.data)).status_code == 422


@pytest.mark.parametrize("offset", ["", "-1", "x", "1e3", "9" * 30])
def test_a_piece_without_a_place_is_refused(client, cityhall, offset):
    sending = Sending(client, cityhall, photo())
    answer = client.patch(sending.url, b"x", content_type="a/b", headers={"Upload-Offset": offset})
    assert answer.status_code == 400


def test_a_full_library_says_so_before_anything_is_sent(client, cityhall):
    Quota.objects.grant(cityhall, 100, by=None)
    sending = Sending(client, cityhall, photo())
    assert sending.answer.status_code == 422 and "this library may hold" in sending.answer.json()["sentence"]


def test_one_person_cannot_announce_without_end(client, cityhall):
    where = reverse("upload_begin", args=[cityhall.pk])
    answers = [client.post(where, {"name": f"{n}.mp4", "size": 499_000_000}) for n in range(42)]
    assert [answer.status_code for answer in answers] == [201] * 40 + [422] * 2
    assert "on their way" in answers[-1].json()["sentence"]


def test_five_hundred_pictures_are_begun_at_once(client, cityhall):
    where = reverse("upload_begin", args=[cityhall.pk])
    urls = {
        client.post(where, {"name": f"{n}.jpg", "size": 9_000_000, "fingerprint": n}).json()["url"] for n in range(500)
    }
    assert len(urls) == 500


def test_a_large_piece_passes_through_without_being_held(client, cityhall, ingrid, now):
    """As the server hands it over: a stream. What Python holds stays small, whatever the file has."""

    class Film:
        def __init__(self, size: int) -> None:
            self.left, self.head = size, b"\0\0\0\x20ftypisom"

        def read(self, size: int) -> bytes:
            size = min(size, self.left)
            piece, self.head = (self.head + bytes(size))[:size], b""
            self.left -= size
            return piece

    upload = Upload.objects.begin(workspace=cityhall, by=ingrid, name="a.mp4", size=160_000_000, now=now)
    tracemalloc.start()
    while not upload.is_whole:
        upload.add(Film(16_000_000), offset=upload.received, now=now)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert upload.media.size == 160_000_000
    assert most < 30_000_000


def test_a_cancelled_upload_leaves_nothing(client, cityhall, folder_of_media):
    sending = Sending(client, cityhall, photo())
    sending.piece(100)
    assert client.delete(sending.url).status_code == 204
    assert (Upload.objects.count(), files(folder_of_media)) == (0, [])
    assert client.get(sending.url).status_code == 404


def test_what_nobody_goes_on_with_is_swept_after_a_day(client, cityhall, folder_of_media, now):
    stopped, done = Sending(client, cityhall, photo()), Sending(client, cityhall, photo("PNG"), name="b.png")
    stopped.piece(100)
    done.all()

    def sweep(at):
        source = Uploads(clock=lambda: at)
        for lease in source.claim(owner="w", now=at, limit=9):
            source.run(lease)

    sweep(now + timedelta(hours=23))
    assert Upload.objects.count() == 2
    sweep(now + timedelta(hours=25))
    assert Upload.objects.count() == 0
    assert [path.suffix for path in files(folder_of_media)] == [".png"]


def test_an_unfinished_upload_is_told_on_the_library_page(client, cityhall, amir, now):
    sending = Sending(client, cityhall, photo())
    sending.piece(len(photo()) // 2)
    home = reverse("library", args=[cityhall.pk])
    assert "If no other tab is sending it" in client.get(home).text
    Upload.objects.update(wake_at=now + timedelta(hours=12))
    page = client.get(home).text
    assert "It stopped at 49 %" in page or "It stopped at 50 %" in page
    assert f'data-fingerprint="photo.jpg:{len(photo())}"' in page
    assert "It stopped at" not in signed_in(amir).get(home).text


def test_uploads_are_their_owners_alone(client, cityhall, amir, vera, outsider):
    sending = Sending(client, cityhall, photo())
    for person, status in ((amir, 404), (vera, 403), (outsider, 404)):
        other = signed_in(person)
        assert other.get(sending.url).status_code == status
        assert other.patch(sending.url, b"x", headers={"Upload-Offset": "0"}).status_code == status
        assert other.delete(sending.url).status_code == status
    assert signed_in(vera).post(reverse("upload_begin", args=[cityhall.pk]), {"size": 9}).status_code == 403


def test_without_a_token_nothing_is_taken(ingrid, cityhall):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(ingrid)
    assert client.post(reverse("upload_begin", args=[cityhall.pk]), {"name": "a", "size": 9}).status_code == 403


@pytest.mark.server
def test_pieces_lie_in_the_bucket_and_are_tried_again_when_it_is_away(client, cityhall, bucket, s3, gone, settings):  # noqa: F811
    sending = Sending(client, cityhall, photo())
    sending.piece(100)
    assert any("uploads/" in name for name in s3.names(bucket))
    there = settings.MEDIA_BUCKET
    gone()
    answer = sending.piece(100)
    assert (answer.status_code, answer.json()["offset"]) == (503, 100)
    settings.MEDIA_BUCKET = there
    assert "media" in Sending(client, cityhall, photo()).all()
    assert not any("uploads/" in name for name in s3.names(bucket))


@pytest.mark.server
def test_the_store_forgets_what_it_is_told_to(bucket, s3, tmp_path):  # noqa: F811
    with store().received() as path:
        path.write_bytes(b"x")
        store().put("some/key", path)
    store().remove("some/key")
    store().remove("some/key")  # nothing there is as good
    assert store().size("some/key") is None and s3.names(bucket) == set()


def test_the_plain_way_of_the_composer_still_works(client, cityhall):
    answer = client.post(reverse("media_add", args=[cityhall.pk]), {"file": SimpleUploadedFile("a.jpg", photo())})
    assert answer.json()["name"] == "a.jpg" and answer.json()["small"].endswith("?small")
