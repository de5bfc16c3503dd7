"""What goes up to TikTok: chunks that go on after a kill, a last one that publishes once, pictures that are fetched."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Draft
from clarion.networks.http import Http
from clarion.networks.tiktok import TikTok
from clarion.networks.words import Absent, NotNow, Processing, Published, Refused, Unknown
from clarion.testing.rehearsal import NeedsAPerson, Rehearsal
from clarion.testing.servers.base import Asked, Fault
from clarion.testing.servers.tiktok_routes import PLACE
from clarion.testing.tiktok import UNIT, TikTokStage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TikTokStage]:
    with TikTokStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def us(stage: TikTokStage) -> TikTok:
    return stage.network()


# --- the upload -------------------------------------------------------------------------------------------------------


def to_the_upload(us: TikTok, draft: Draft) -> Rehearsal:
    rehearsal = Rehearsal(us, draft)
    while rehearsal.line.step.kind != "upload":
        rehearsal.say()
    return rehearsal


def with_video(stage: TikTokStage, size: int, **options: Any) -> Draft:
    draft = stage.draft(**options)
    return replace(draft, parts=(replace(draft.parts[0], media=(stage.video(size),)),))


@pytest.mark.parametrize("size", [1, UNIT - 1, UNIT, 2 * UNIT - 1, 2 * UNIT, 3 * UNIT + 99_999])
def test_every_byte_arrives_once_and_in_order(stage: TikTokStage, us: TikTok, size: int) -> None:
    draft = with_video(stage, size)
    (done,) = Rehearsal(us, draft).rest()
    assert stage.server.posts[done.remote_id].sha256 == draft.parts[0].media[0].sha256
    assert stage.server.received == size
    assert done.url == f"https://www.tiktok.com/@halden/video/{done.remote_id}"


def test_chunks_of_the_real_size_are_taken(stage: TikTokStage, us: TikTok) -> None:
    us.chunk, stage.server.smallest = TikTok.chunk, 5_000_000
    draft = with_video(stage, 21_000_000)
    (done,) = Rehearsal(us, draft).rest()
    assert stage.server.posts[done.remote_id].sha256 == draft.parts[0].media[0].sha256


def test_nothing_is_published_before_the_last_chunk(stage: TikTokStage, us: TikTok) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    (upload,) = stage.server.uploads.values()
    assert upload.got == 2 * UNIT and stage.posts() == []
    rehearsal.say()
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request", "answer"])
def test_an_upload_that_broke_goes_on_where_the_server_is(stage: TikTokStage, us: TikTok, fault: str) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    stage.faults.arm(Fault(fault, lambda method, path: method == "PUT", status=503))
    with pytest.raises(Unknown):
        rehearsal.say()
    (upload,) = stage.server.uploads.values()
    assert upload.got == (UNIT if fault == "lose_answer" else 0)
    rehearsal.rest()
    assert stage.server.received == upload.size, "only the rest was sent"
    assert len(stage.posts()) == 1


def test_a_killed_upload_goes_on_where_the_server_is(stage: TikTokStage, us: TikTok, tmp_path: Path) -> None:
    """Another process is killed in the middle of the upload; what it got there is not sent again."""
    rehearsal = to_the_upload(us, with_video(stage, 8 * UNIT + 5))
    stage.server.latency = 0.05
    line = rehearsal.line
    step = rehearsal.step(line)
    media, opened = step.media, next(done for done in step.earlier if done.kind == "session")
    assert media is not None
    told = {"app": stage.app, "vault": stage.vault.read(), "path": str(media.path), "size": media.size,
            "sha": media.sha256, "opened": dict(opened.handle), "payload": opened.payload}  # fmt: skip
    (tmp_path / "told.json").write_text(json.dumps(told))
    program = textwrap.dedent("""
        import json, sys
        from pathlib import Path
        from clarion.networks.base import Account, Media, NoVault, Settled, Step
        from clarion.networks.http import Http
        from clarion.networks.tiktok import TikTok
        told = json.loads(Path(sys.argv[1]).read_text())
        us = TikTok(Account(), http=Http(private_hosts=("127.0.0.1",)), vault=NoVault(told["vault"]), app=told["app"])
        us.chunk = int(sys.argv[2])
        media = Media(Path(told["path"]), "video/mp4", told["size"], told["sha"])
        earlier = (Settled("session", 0, handle=told["opened"], payload=told["payload"], media=media),)
        us.publish(Step("upload", 1, public=False, media=media, earlier=earlier), key="k")
    """)
    running = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "told.json"), str(UNIT)])
    (upload,) = stage.server.uploads.values()
    until = time.monotonic() + 20
    while upload.got < 2 * UNIT and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait(10)
    stage.server.latency = 0.0
    assert 2 * UNIT <= upload.got < upload.size
    rehearsal.rest()
    assert stage.server.received == upload.size
    (post,) = stage.server.posts.values()
    assert post.sha256 == media.sha256 == hashlib.sha256(media.path.read_bytes()).hexdigest()


def test_an_upload_that_ended_is_opened_anew(stage: TikTokStage, us: TikTok) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    (first,) = stage.server.uploads
    stage.server.ended.add(first)
    (done,) = rehearsal.rest()
    assert len(stage.server.uploads) == 2 and stage.server.posts[done.remote_id].publish_id != first
    assert len(stage.posts()) == 1


def test_an_upload_that_ended_before_its_last_chunk_is_refused_and_nothing_is_out(
    stage: TikTokStage, us: TikTok
) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.server.ended.update(stage.server.uploads)
    with pytest.raises(Refused, match="Nothing was published") as caught:
        rehearsal.say()
    assert caught.value.code == "session_gone" and stage.posts() == []


def test_without_a_count_of_bytes_an_ended_upload_is_unknown(stage: TikTokStage, us: TikTok) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.server.tells_bytes = False
    stage.server.ended.update(stage.server.uploads)
    with pytest.raises(Unknown):
        rehearsal.say()


def test_a_chunk_that_begins_elsewhere_is_set_right_by_the_server(stage: TikTokStage, us: TikTok) -> None:
    rehearsal = to_the_upload(us, with_video(stage, 4 * UNIT))
    stage.server.tells_bytes = False
    chunks = iter([False, True])
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "PUT" and next(chunks, False)))
    with pytest.raises(Unknown):
        rehearsal.say()
    (upload,) = stage.server.uploads.values()
    assert upload.got == 2 * UNIT
    rehearsal.rest()
    assert stage.server.received == upload.size and len(stage.posts()) == 1


def test_a_file_that_has_changed_is_not_sent(stage: TikTokStage, us: TikTok) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    media = rehearsal.line.step.media
    assert media is not None
    media.path.write_bytes(b"other")
    with pytest.raises(Refused, match="has changed"):
        rehearsal.say()


def test_a_foreign_address_for_the_upload_gets_nothing(stage: TikTokStage) -> None:
    us = TikTok(Account(), http=Http())
    for url in ("https://evil.example/?upload_id=1", "http://open-upload.tiktokapis.com/", "https://eviltiktok.com/"):
        with pytest.raises(Refused) as caught:
            us._know(url)
        assert caught.value.code == "foreign_session"
    us._know("https://open-upload-va.tiktokapis.com/video/?upload_id=1234567&upload_token=abcdefgh")


def test_the_upload_address_is_no_evidence(stage: TikTokStage, us: TikTok) -> None:
    Rehearsal(us, stage.draft()).rest()
    (upload,) = stage.server.uploads.values()
    assert upload.token not in repr(us.http.exchanges)


def test_the_token_never_goes_to_the_upload(stage: TikTokStage, us: TikTok, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Asked] = []
    handle = stage.server.handle
    monkeypatch.setattr(stage.server, "handle", lambda asked: (seen.append(asked), handle(asked))[1])
    Rehearsal(us, stage.draft()).rest()
    chunks = [asked for asked in seen if asked.path == PLACE]
    assert len(chunks) == 3 and all("authorization" not in asked.headers for asked in chunks)


# --- did it happen? ---------------------------------------------------------------------------------------------------


def test_a_last_chunk_said_twice_publishes_once(stage: TikTokStage, us: TikTok) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    line = rehearsal.line
    first = us.publish(rehearsal.step(line), key=line.key)
    again = us.publish(rehearsal.step(line), key=line.key)
    assert isinstance(first, Processing) and isinstance(again, Published)
    assert [post.remote_id for post in stage.posts()] == [again.remote_id]


def test_what_is_still_worked_on_is_looked_at_later(stage: TikTokStage, us: TikTok) -> None:
    stage.process_media(times=3)
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    for _look in range(3):
        with pytest.raises(NotNow) as caught:
            rehearsal.look()
        assert caught.value.code == "processing"
    found = rehearsal.look()
    assert isinstance(found, Published) and [post.remote_id for post in stage.posts()] == [found.remote_id]


def test_what_failed_unseen_is_told_when_it_is_said_again(stage: TikTokStage, us: TikTok) -> None:
    stage.process_media(times=0, then="failed")
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)
    with pytest.raises(Refused) as caught:
        rehearsal.say()
    assert caught.value.code == "file_format_check_failed" and stage.posts() == []


def test_the_id_of_a_public_post_is_waited_for(stage: TikTokStage, us: TikTok) -> None:
    stage.server.moderates = 2
    (done,) = Rehearsal(us, stage.draft()).rest()
    assert done.remote_id.isdecimal()


def test_a_slow_moderation_is_not_waited_for_and_the_post_is_known_all_the_same(stage: TikTokStage, us: TikTok) -> None:
    stage.server.moderates = 4
    (done,) = Rehearsal(us, stage.draft("Count me.")).rest()
    assert done.remote_id.startswith("v_pub_file") and done.url == "https://www.tiktok.com/@halden"
    (post,) = stage.server.posts.values()
    post.likes = 3
    assert us.measure([done.remote_id])[done.remote_id].numbers["likes"] == 3
    seen = us.fetch(done.remote_id)
    assert seen is not None and seen.text == "Count me." and post.id in seen.url


def test_an_upload_that_tiktok_forgot_is_not_believed_to_be_absent(stage: TikTokStage, us: TikTok) -> None:
    stage.process_media(times=1)
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    line = rehearsal.line
    processing = us.publish(rehearsal.step(line), key=line.key)
    assert isinstance(processing, Processing)
    stage.server.uploads.clear()
    with pytest.raises(Unknown):
        us.check(processing, rehearsal.step(line), key=line.key)
    with pytest.raises(Refused):
        us.find(rehearsal.step(line), key=line.key)


# --- the inbox --------------------------------------------------------------------------------------------------------


def test_a_video_for_the_inbox_needs_no_audience_and_brings_no_words(stage: TikTokStage, us: TikTok) -> None:
    stage.server.audited = False
    draft = stage.draft("Typed there.", destination="inbox", privacy="")
    assert [(p.field, p.level) for p in us.problems(draft)] == [("text", "warn")]
    (done,) = Rehearsal(us, draft).rest()
    assert done.handle["privacy"] == "inbox" and stage.posts() == []
    (upload,) = stage.server.uploads.values()
    assert (upload.kind, upload.status, upload.info) == ("inbox", "SEND_TO_USER_INBOX", {})


def test_pictures_for_the_inbox_keep_their_words(stage: TikTokStage, us: TikTok) -> None:
    (done,) = Rehearsal(us, stage.photos("The bridge.", destination="inbox", privacy="", title="Now")).rest()
    assert done.remote_id.startswith("p_pub_url") and stage.posts() == []
    (upload,) = stage.server.uploads.values()
    assert upload.info == {"title": "Now", "description": "The bridge.", "inbox": True}


# --- pictures ---------------------------------------------------------------------------------------------------------


def test_pictures_are_lent_and_published_together(stage: TikTokStage, us: TikTok) -> None:
    draft = stage.photos("The bridge 🌉.", pictures=3, title="Open", cover="2", allow_comment=True, music=True)
    (done,) = Rehearsal(us, draft).rest()
    post = stage.server.posts[done.remote_id]
    assert post.photos == tuple(stage.lend(media) for media in draft.parts[0].media)
    assert (post.text, post.title, done.url) == (
        "The bridge 🌉.", "Open", f"https://www.tiktok.com/@halden/photo/{done.remote_id}",
    )  # fmt: skip
    assert post.info["disable_comment"] is False and post.info["auto_add_music"] is True


def test_pictures_need_an_address_that_tiktok_can_reach(stage: TikTokStage, us: TikTok) -> None:
    us._lend = None
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.photos("No way out.")).rest()
    assert caught.value.code == "no_address" and stage.posts() == []


def test_an_address_that_tiktok_has_not_verified_is_told(stage: TikTokStage, us: TikTok) -> None:
    stage.server.verified = "https://elsewhere.example/"
    with pytest.raises(Refused, match="developer portal"):
        Rehearsal(us, stage.photos("Not ours.")).rest()


def test_lost_pictures_are_found_among_our_posts(stage: TikTokStage, us: TikTok) -> None:
    for number in range(25):
        stage.server.put(text=f"Newer {number}")
    rehearsal = Rehearsal(us, stage.photos("The new bridge. " * 20)).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[-1].remote_id


def test_lost_pictures_that_are_not_listed_are_a_persons_to_judge(stage: TikTokStage, us: TikTok) -> None:
    rehearsal = Rehearsal(us, stage.photos("The new bridge.", privacy="SELF_ONLY")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    with pytest.raises(NeedsAPerson):
        rehearsal.recover()
    assert len(stage.posts()) == 1


def test_pictures_that_could_not_be_fetched_are_told(stage: TikTokStage, us: TikTok) -> None:
    stage.server.then.append((1, "photo_pull_failed"))
    with pytest.raises(Refused, match="could not fetch the pictures"):
        Rehearsal(us, stage.photos("Gone.")).rest()
