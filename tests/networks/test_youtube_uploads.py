"""Videos on their way to YouTube: chunks that go on after a kill, the flip that makes them public, what follows it."""

import hashlib
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

from clarion.networks.base import Account, Draft, Part
from clarion.networks.http import Http
from clarion.networks.words import Absent, NotNow, Published, Refused, Unknown
from clarion.networks.youtube import YouTube
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.youtube_routes import UNIT
from clarion.testing.youtube import YouTubeStage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[YouTubeStage]:
    with YouTubeStage(tmp_path) as stage:
        yield stage
        assert stage.server.complaints == []


@pytest.fixture
def us(stage: YouTubeStage) -> YouTube:
    return stage.network()


# --- the upload -------------------------------------------------------------------------------------------------------


def to_the_upload(us: YouTube, draft: Draft) -> Rehearsal:
    rehearsal = Rehearsal(us, draft)
    rehearsal.say()
    assert rehearsal.line.step.kind == "upload"
    return rehearsal


def only_session(stage: YouTubeStage) -> Any:
    (session,) = stage.server.sessions.values()
    return session


def test_every_byte_arrives_once_and_in_order(stage: YouTubeStage, us: YouTube) -> None:
    draft = stage.draft("A film.")
    (done,) = Rehearsal(us, draft).rest()
    video = stage.server.videos[done.remote_id]
    assert (video.sha256, stage.server.received) == (draft.parts[0].media[0].sha256, draft.parts[0].media[0].size)
    assert done.url == f"https://www.youtube.com/watch?v={done.remote_id}"


def test_nothing_is_public_before_it_is_whole(stage: YouTubeStage, us: YouTube) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    (video,) = [one for one in stage.server.videos.values() if one is not stage.before]
    assert video.status["privacyStatus"] == "private" and stage.posts() == []
    rehearsal.say()
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request", "answer"])
def test_an_upload_that_broke_goes_on_where_the_server_is(stage: YouTubeStage, us: YouTube, fault: str) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    chunks = iter([False, True])  # the question first, then the first chunk

    def second(method: str, path: str) -> bool:
        return method == "PUT" and next(chunks, False)

    stage.faults.arm(Fault(fault, second, status=503))
    with pytest.raises(Unknown):
        rehearsal.say()
    there = only_session(stage).got
    assert there == (UNIT if fault == "lose_answer" else 0)
    before = stage.server.received
    rehearsal.rest()
    (post,) = stage.posts()
    assert stage.server.received - before == only_session(stage).size - there, "only the rest was sent"
    assert stage.server.videos[post.remote_id].sha256 == rehearsal.lines[1].step.media.sha256


def test_a_server_that_takes_a_chunk_in_part_gets_the_rest(stage: YouTubeStage, us: YouTube) -> None:
    us.chunk = 4 * UNIT
    stage.server.most = UNIT
    draft = replace_video(stage, 3 * UNIT + 17)
    (done,) = Rehearsal(us, draft).rest()
    assert stage.server.videos[done.remote_id].sha256 == draft.parts[0].media[0].sha256


def replace_video(stage: YouTubeStage, size: int) -> Draft:
    draft = stage.draft("A film.")
    return replace(draft, parts=(Part("A film.", (stage.video(size),)),))


def test_a_server_that_takes_nothing_is_left_alone_for_a_while(stage: YouTubeStage, us: YouTube) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    stage.server.most = 0
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.code == "no_progress"


def test_a_lost_last_answer_makes_no_second_video(stage: YouTubeStage, us: YouTube) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    chunks = iter([False, False, True])
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "PUT" and next(chunks, False)))
    with pytest.raises(Unknown):
        rehearsal.say()
    assert only_session(stage).video
    rehearsal.rest()
    assert len(stage.server.videos) == 2, "ours and the older one"


def test_a_session_that_is_gone_is_opened_anew(stage: YouTubeStage, us: YouTube) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    stage.server.sessions.clear()
    (done,) = rehearsal.rest()
    assert stage.server.videos[done.remote_id].sha256 == rehearsal.lines[1].step.media.sha256


def test_a_session_that_is_gone_with_its_video_made_is_not_sent_twice(stage: YouTubeStage, us: YouTube) -> None:
    rehearsal = to_the_upload(us, stage.draft())
    chunks = iter([False, False, True])
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "PUT" and next(chunks, False)))
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.sessions.clear()
    rehearsal.rest()
    assert len(stage.server.videos) == 2 and len(stage.posts()) == 1


def test_a_session_elsewhere_gets_no_byte(tmp_path: Path) -> None:
    us = YouTube(Account(), http=Http())
    for address in ("https://evil.example/?upload_id=1", "http://www.googleapis.com/", "https://evilgoogleapis.com/"):
        with pytest.raises(Refused) as caught:
            us._know(address)
        assert caught.value.code == "foreign_session"
    assert us._know("https://www.googleapis.com/upload?upload_id=abcdef")


def test_the_secret_of_a_session_is_in_no_evidence(stage: YouTubeStage, us: YouTube) -> None:
    Rehearsal(us, stage.draft()).rest()
    assert only_session(stage).id not in repr(us.http.exchanges)


CHILD = """
    import sys
    from pathlib import Path
    from clarion.networks.base import Account, Media, NoVault, Settled, Step
    from clarion.networks.http import Http
    from clarion.networks.youtube import YouTube
    url, token, session, path, size = sys.argv[1:]
    us = YouTube(Account(), http=Http(private_hosts=("127.0.0.1",)), vault=NoVault({"access_token": token}),
                 app={"base_url": url})
    us.chunk = 256 * 1024
    media = Media(Path(path), "video/mp4", int(size), "")
    opened = Settled("session", 0, handle={"session": session})
    us.publish(Step("upload", 1, public=False, media=media, earlier=(opened,)), key="k")
"""


def test_after_a_kill_9_the_upload_goes_on_from_the_last_accepted_byte(stage: YouTubeStage, us: YouTube) -> None:
    rehearsal = to_the_upload(us, replace_video(stage, 12 * UNIT + 99))
    media = rehearsal.line.step.media
    assert media is not None
    stage.server.latency = 0.05
    session = rehearsal.lines[0].settled.handle["session"]  # type: ignore[union-attr]
    told = [stage.server.url, stage.vault.read()["access_token"], session, str(media.path), str(media.size)]
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(CHILD), *told])
    until = time.monotonic() + 20
    while only_session(stage).got < 3 * UNIT:
        assert child.poll() is None and time.monotonic() < until
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    stage.server.latency = 0
    there = only_session(stage).got
    assert 3 * UNIT <= there < media.size
    before = stage.server.received
    rehearsal.rest()
    assert stage.server.received - before <= media.size - there, "nothing that was there is sent again"
    (video,) = stage.server.public()
    assert video.sha256 == media.sha256 == hashlib.sha256(media.path.read_bytes()).hexdigest()


# --- processing and publication ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["codec", "duplicate", "invalidFile", "something new"])
def test_a_video_that_youtube_cannot_use_is_refused_before_it_is_public(
    stage: YouTubeStage, us: YouTube, why: str
) -> None:
    stage.server.then.append((1, why))
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft()).rest()
    assert caught.value.code == why and stage.posts() == []


def test_an_application_that_google_has_not_checked_is_told(stage: YouTubeStage, us: YouTube) -> None:
    stage.server.locked = True
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft()).rest()
    assert caught.value.code == "locked_private" and "private" in caught.value.sentence


@pytest.mark.parametrize("visibility", ["public", "unlisted", "private"])
def test_who_may_see_it_is_chosen(stage: YouTubeStage, us: YouTube, visibility: str) -> None:
    rehearsal = Rehearsal(us, stage.draft(visibility=visibility))
    (done,) = rehearsal.rest()
    assert stage.server.videos[done.remote_id].status["privacyStatus"] == visibility
    assert isinstance(rehearsal.look(rehearsal.lines[2]), Published)


def test_what_only_youtube_asks_arrives(stage: YouTubeStage, us: YouTube) -> None:
    draft = stage.draft(
        "Words.", title="The new bridge", made_for_kids="yes", altered=True, category="25", tags="bridge, town hall, ",
        language="nb",
    )  # fmt: skip
    (done,) = Rehearsal(us, draft).rest()
    video = stage.server.videos[done.remote_id]
    assert video.snippet == {
        "title": "The new bridge", "description": "Words.", "categoryId": "25", "tags": ["bridge", "town hall"],
        "defaultLanguage": "nb", "defaultAudioLanguage": "nb",
    }  # fmt: skip
    assert video.status["selfDeclaredMadeForKids"] is True and video.status["containsSyntheticMedia"] is True


def test_a_picture_beside_the_video_becomes_its_thumbnail(stage: YouTubeStage, us: YouTube) -> None:
    (done,) = Rehearsal(us, stage.draft(pictures=1)).rest()
    assert stage.server.videos[done.remote_id].thumbnail == 1


def test_a_refused_thumbnail_leaves_the_video(stage: YouTubeStage, us: YouTube) -> None:
    stage.server.verified = False
    rehearsal = Rehearsal(us, stage.draft(pictures=1))
    with pytest.raises(Refused, match="the video is published"):
        rehearsal.rest()
    assert len(stage.posts()) == 1


def test_a_thumbnail_waits_for_a_video_that_is_not_known_everywhere(stage: YouTubeStage, us: YouTube) -> None:
    stage.faults.arm(Fault("answer", lambda method, path: path.endswith("/thumbnails/set"), status=404))
    with pytest.raises(NotNow) as caught:
        Rehearsal(us, stage.draft(pictures=1)).rest()
    assert caught.value.retry_at is not None


def test_a_first_comment_and_a_playlist_are_said_once_each(stage: YouTubeStage, us: YouTube) -> None:
    link = "https://www.youtube.com/playlist?list=PL-news"
    rehearsal = Rehearsal(us, stage.draft(first_comment="Subtitles follow.", playlist=link)).to_the_post()
    assert [line.step.kind for line in rehearsal.lines] == ["session", "upload", "post", "comment", "playlist"]
    rehearsal.say()
    for path in ("/youtube/v3/commentThreads", "/youtube/v3/playlistItems"):
        assert rehearsal.look() == Absent(complete=True)
        stage.faults.arm(Fault("lose_answer", lambda method, there, path=path: (method, there) == ("POST", path)))
        with pytest.raises(Unknown):
            rehearsal.say()
        rehearsal.recover()
    video = rehearsal.posts[0].remote_id
    assert [(c.video, c.text) for c in stage.server.comments.values()] == [(video, "Subtitles follow.")]
    assert list(stage.server.playlist_items.values()) == [("PL-news", video)]


def test_a_comment_under_a_video_for_children_is_refused_and_the_video_stands(stage: YouTubeStage, us: YouTube) -> None:
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft(made_for_kids="yes", first_comment="Hello.")).rest()
    assert caught.value.code == "commentsDisabled" and len(stage.posts()) == 1


def test_answers_that_a_thread_does_not_show_are_fetched(stage: YouTubeStage, us: YouTube) -> None:
    theirs = stage.stranger_comments("When?")
    for number in range(4):
        stage.server.comment(stage.before.id, f"Answer {number}", parent=theirs)
    found = us.replies(stage.before.id).items
    assert [(one.text, one.parent_id) for one in found] == [
        ("When?", stage.before.id), *((f"Answer {number}", theirs) for number in range(4)),
    ]  # fmt: skip


def test_numbers_without_analytics_are_told_as_far_as_they_go(stage: YouTubeStage, us: YouTube) -> None:
    (done,) = Rehearsal(us, stage.draft()).rest()
    stage.server.has_analytics = False
    numbers = us.measure([done.remote_id])[done.remote_id].numbers
    assert (numbers["views"], numbers["shares"]) == (12, None)
