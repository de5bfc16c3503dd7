"""Media in a bucket: kept there, published from anywhere, and no word lost when the server is away."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clarion.deliveries.models import Attempt, State
from clarion.files.cache import IN_USE, UNUSED, Cache
from clarion.files.place import store
from clarion.files.store import StoreGone
from clarion.networks.words import NotNow
from clarion.posts.content import Shot, Words
from clarion.posts.models import Media
from clarion.posts.models.media import NotKept
from tests.posts.test_media import Film, from_a_phone, most_memory, photo  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.server]


def files(folder: Path) -> list[str]:
    """Whole files below the folder, without the cache's locks."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and path.parent.name != "locks")


@pytest.fixture
def elsewhere(settings, tmp_path):
    """From here on another machine with the same database and settings, on which no file has ever been."""

    def move() -> Path:
        settings.MEDIA_CACHE = tmp_path / "elsewhere"
        return settings.MEDIA_CACHE

    return move


def test_the_original_and_the_clean_copy_are_in_the_bucket(keep, bucket, s3, settings):
    media = keep(from_a_phone())
    folder = f"press office/library/{media.workspace_id}/{media.sha256}"
    assert s3.names(bucket) == {folder + ".original", folder + ".jpg"}
    original = s3.s3.get_object(Bucket=bucket.name, Key=folder + ".original")["Body"].read()
    assert original == from_a_phone()
    assert not Path(settings.MEDIA_ROOT).exists()
    assert list((settings.MEDIA_CACHE / "incoming").iterdir()) == []


def test_a_post_is_published_from_a_machine_that_never_had_its_picture(
    keep, bucket, elsewhere, mastodon, mastodon_server, promise, worker, clock
):
    media = keep(from_a_phone())
    delivery = promise(mastodon, parts=[Words("See", (Shot(str(media.pk), "The town hall"),))])
    cache = elsewhere()
    worker.work_until_settled(delivery)
    assert delivery.state == State.PUBLISHED, delivery.reason
    (status,) = mastodon_server.statuses.values()
    assert len(status.media) == 1
    assert files(cache) == [f"{media.sha256}.jpg"]
    assert hashlib.sha256(media.path.read_bytes()).hexdigest() == media.clean_sha256


def test_the_noticeboard_takes_its_own_copy(keep, bucket, elsewhere, s3, board, promise, worker, client):
    media = keep(photo())
    delivery = promise(board, parts=[Words("See", (Shot(str(media.pk), "The town hall"),))])
    elsewhere()
    assert worker.work_until_settled(delivery).state == State.PUBLISHED, delivery.reason
    assert f"press office/notices/{board.pk}/{media.clean_sha256}.jpg" in s3.names(bucket)
    elsewhere()
    address = reverse("notice_file", args=[board.workspace.slug, f"{media.clean_sha256}.jpg"])
    assert client.get(address).content == photo()


def test_a_picture_is_fetched_only_when_its_bytes_are_wanted(keep, bucket, elsewhere):
    media = keep(photo())
    cache = elsewhere()
    shown = media.shown("The town hall")
    assert (shown.path.name, shown.path.suffix) == (f"{media.sha256}.jpg", ".jpg")
    assert hash(shown.path) == hash(media.path) and shown.path == media.path
    assert not cache.exists()
    assert shown.path.stat().st_size == media.size
    assert files(cache) == [f"{media.sha256}.jpg"]


def test_the_same_file_again_is_not_sent_again_unless_it_is_gone(keep, bucket, s3, elsewhere):
    media = keep(photo())
    name = f"press office/library/{media.workspace_id}/{media.sha256}.jpg"
    first = s3.s3.head_object(Bucket=bucket.name, Key=name)["LastModified"]
    elsewhere()
    assert keep(photo()).pk == media.pk
    assert s3.s3.head_object(Bucket=bucket.name, Key=name)["LastModified"] == first
    s3.s3.delete_object(Bucket=bucket.name, Key=name)
    elsewhere()
    (store().cache.path(media.key)).unlink(missing_ok=True)
    assert keep(photo()).pk == media.pk
    assert name in s3.names(bucket)


# -- the server is away


def test_an_upload_while_the_server_is_away_is_one_sentence_and_leaves_nothing(
    client, ingrid, cityhall, bucket, gone, settings
):
    client.force_login(ingrid)
    gone()
    answer = client.post(reverse("media_add", args=[cityhall.pk]), {"file": SimpleUploadedFile("hall.jpg", photo())})
    assert answer.status_code == 503
    sentence = answer.json()["sentence"]
    assert sentence.startswith("“hall.jpg” could not be kept. The media store at 127.0.0.1:")
    assert "does not answer" in sentence and "Your words are safe here" in sentence
    assert bucket.secret not in sentence and bucket.key not in sentence
    assert not Media.objects.exists()
    assert files(settings.MEDIA_CACHE) == []


def test_a_delivery_while_the_server_is_away_comes_back_by_itself(
    keep, bucket, elsewhere, gone, settings, mastodon, mastodon_server, promise, worker, clock
):
    media = keep(photo())
    delivery = promise(mastodon, parts=[Words("See", (Shot(str(media.pk), "The town hall"),))])
    elsewhere()
    gone()
    for _ in range(3):
        worker.tick()
        delivery.refresh_from_db()
        assert delivery.state == State.SCHEDULED
        assert "The media store at 127.0.0.1" in delivery.reason and "tried again by itself" in delivery.reason
        assert delivery.wake_at > clock()
        clock.shift += delivery.wake_at - clock()
    assert set(Attempt.objects.filter(delivery=delivery).values_list("word", flat=True)) == {"not_now"}
    assert not mastodon_server.statuses
    settings.MEDIA_BUCKET = bucket
    assert worker.work_until_settled(delivery).state == State.PUBLISHED
    assert len(mastodon_server.statuses) == 1


def test_words_without_pictures_leave_while_the_server_is_away(bucket, gone, mastodon, promise, worker):
    gone()
    assert worker.work_until_settled(promise(mastodon)).state == State.PUBLISHED


def test_a_picture_that_is_not_in_the_bucket_stops_its_post_with_a_sentence(
    keep, bucket, s3, elsewhere, mastodon, board, promise, worker
):
    media = keep(photo())
    s3.s3.delete_object(Bucket=bucket.name, Key=f"press office/{media.key}")
    elsewhere()
    for channel in (mastodon, board):
        delivery = promise(channel, parts=[Words("See", (Shot(str(media.pk), "The town hall"),))])
        worker.work_until_settled(delivery)
        assert delivery.state == State.FAILED
        assert delivery.reason == "A file of this post can no longer be read. Attach it again."


def test_a_page_says_that_the_server_is_away_and_no_browser_keeps_that(
    client, ingrid, keep, bucket, elsewhere, gone, cityhall
):
    media = keep(photo(size=(900, 900)))
    client.force_login(ingrid)
    elsewhere()
    gone()
    for more in ("", "?small"):
        answer = client.get(reverse("media_file", args=[cityhall.pk, media.pk]) + more)
        assert answer.status_code == 503
        assert "does not answer" in answer.text
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"secret": "not the secret"}, "does not accept our keys"),
        ({"key": "NOBODY"}, "does not accept our keys"),
        ({"name": "no-such-bucket"}, "There is no bucket"),
    ],
    ids=["secret", "key", "bucket"],
)
def test_a_wrong_address_is_said_at_upload_and_by_readiness(keep, bucket, settings, wrong, sentence):
    settings.MEDIA_BUCKET = replace(bucket, **wrong)
    with pytest.raises(NotKept, match=sentence):
        keep(photo())
    assert sentence in store().trouble()
    assert not Media.objects.exists()


def test_without_any_keys_that_is_said(keep, bucket, settings, monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    settings.MEDIA_BUCKET = replace(bucket, key="", secret="")
    with pytest.raises(NotKept, match="There are no keys"):
        keep(photo())


def test_keys_may_come_from_the_environment(keep, bucket, settings, monkeypatch, s3):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret)
    settings.MEDIA_BUCKET = replace(bucket, key="", secret="")
    keep(photo())
    assert s3.names(bucket)


def test_a_server_that_hangs_up_in_the_middle_leaves_nothing_in_the_cache(keep, bucket, elsewhere, settings):
    class HangsUp(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"x" * 1000)

        def log_message(self, *args: object) -> None: ...

    media = keep(photo())
    cache = elsewhere()
    with HTTPServer(("127.0.0.1", 0), HangsUp) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.MEDIA_BUCKET = replace(bucket, server=f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(NotNow, match="does not answer"):
            media.path.read_bytes()
        server.shutdown()
    assert files(cache) == []


def test_what_came_back_as_another_file_is_not_published(keep, bucket, s3, elsewhere):
    media = keep(photo())
    s3.s3.put_object(Bucket=bucket.name, Key=f"press office/{media.key}", Body=b"x" * media.size)
    cache = elsewhere()
    with pytest.raises(StoreGone, match="another file"):
        media.path.read_bytes()
    assert files(cache) == []


def test_readiness_and_doctor_know_of_it(bucket, gone, client, monkeypatch, now):
    from clarion.web.commands.doctor import _media
    from clarion.web.pages import health
    from clarion.work.models import Pulse

    monkeypatch.setattr(health, "is_up_to_date", lambda: True)
    Pulse.objects.beat(owner="me", kind="embedded", now=now)
    assert client.get("/health/ready").status_code == 200
    assert [(one.level, bucket.name in one.says) for one in _media()] == [("ok", True)]
    gone()
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["reason"]
    assert [one.level for one in _media()] == ["stop"]


# -- streams and the cache


def test_a_long_video_goes_up_and_comes_back_piece_by_piece(
    cityhall, ingrid, keep, bucket, elsewhere, most_memory  # noqa: F811
):  # fmt: skip
    keep(photo())  # the client is loaded
    before = most_memory()
    media = Media.objects.keep(workspace=cityhall, file=Film(90_000_000), name="council.mp4", by=ingrid)
    elsewhere()
    assert media.path.stat().st_size == 90_000_000
    assert most_memory() < max(before, 1) + 30_000_000


def test_several_who_want_one_file_fetch_it_once(keep, bucket, elsewhere):
    media = keep(photo(size=(900, 900)))
    elsewhere()
    asked = []
    place = store()
    fetch = place._fetch
    place._fetch = lambda key, path, **more: (asked.append(key), fetch(key, path, **more))
    threads = [threading.Thread(target=lambda: media.path.stat()) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    del place._fetch
    assert asked == [media.key]


def test_the_cache_forgets_what_was_not_used_for_longest(tmp_path):
    cache = Cache(tmp_path, most=25)
    now = time.time()
    for name, age in {
        "unused": UNUSED + 60, "old": IN_USE * 4, "older": IN_USE * 5, "in use": 5, "also in use": 60,
    }.items():  # fmt: skip
        with cache.received() as path:
            path.write_bytes(b"0123456789")
            cache.put(name, path)
        os.utime(tmp_path / name, (now - age, now - age))
    cache.trim()
    assert files(tmp_path) == ["also in use", "in use"]
    cache.trim(room=100)
    assert files(tmp_path) == ["also in use", "in use"], "what somebody may be reading stays"


def test_a_file_that_never_arrived_is_swept_away(bucket, settings, keep):
    left = settings.MEDIA_CACHE / "incoming" / "left"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    keep(photo())
    assert not left.exists()


# -- not configured


def test_without_the_setting_the_client_is_never_loaded(tmp_path):
    """Not by the command line, not by the pages: start-up and memory are what they were."""
    told = subprocess.run(
        [sys.executable, "-c",
         "import clarion.web.set_up as s; s.set_up(); import clarion.web.urls, clarion.web.command_line, sys;"
         "print([m for m in sys.modules if m.split('.')[0] in ('botocore', 'boto3', 'urllib3', 'PIL')])"],
        capture_output=True, text=True, check=True,
        env={
            "PATH": os.environ["PATH"], "CLARION_DATA": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "clarion.config.settings",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        },
    )  # fmt: skip
    assert told.stdout.strip() == "[]"


def test_no_word_of_ours_shows_the_keys(bucket, caplog, settings, keep):
    with contextlib.suppress(NotKept):
        settings.MEDIA_BUCKET = replace(bucket, secret="sEcReT/bad")
        keep(photo())
    assert bucket.key not in repr(settings.MEDIA_BUCKET) + settings.MEDIA_BUCKET.shown + caplog.text
    assert "sEcReT" not in repr(settings.MEDIA_BUCKET) + settings.MEDIA_BUCKET.shown + caplog.text
