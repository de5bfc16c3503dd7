"""LinkedIn: videos in parts, and what happened to a post whose answer was lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clarion.networks import linkedin_uploads
from clarion.networks.base import Account, Draft, Part, Step
from clarion.networks.http import Answer, Http
from clarion.networks.linkedin import LinkedIn
from clarion.networks.words import Absent, NotNow, Published, Refused, Unknown
from clarion.testing.linkedin import LinkedInStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.linkedin_desk import MEMBER, PAGE
from clarion.testing.videos import video


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LinkedInStage]:
    with LinkedInStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: LinkedInStage) -> LinkedIn:
    us = stage.network()
    assert isinstance(us, LinkedIn)
    return us


@pytest.fixture
def member(stage: LinkedInStage, tmp_path: Path) -> LinkedIn:
    stage.us = MEMBER
    us = stage.network()
    assert isinstance(us, LinkedIn)
    return us


@pytest.fixture
def alone() -> LinkedIn:
    """A page without anybody to ask: for what is decided without a call."""
    return LinkedIn(Account(remote_id=PAGE, handle="cityhall"), http=Http())


# --- a video ----------------------------------------------------------------------------------------------------------

SMALL = 64 * 1024


@pytest.fixture
def small_parts(stage: LinkedInStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linkedin_uploads, "PART", SMALL)
    stage.server.part_size = SMALL


@pytest.mark.usefixtures("small_parts")
def test_a_video_goes_up_in_parts_each_to_its_own_address_and_goes_on_after_a_kill(
    stage: LinkedInStage, us: LinkedIn, tmp_path: Path
) -> None:
    film = video(tmp_path, size=6 * SMALL + 512)
    rehearsal = Rehearsal(us, Draft((Part("The film.", (film,)),), {"title": "The new pool"}))
    assert [line.step.kind for line in rehearsal.lines] == ["open", "send", "send", "upload", "post"]
    rehearsal.say()
    rehearsal.say()
    (upload,) = stage.server.uploads.values()
    before = sorted(upload.parts)
    assert before == [0, 1, 2]
    asked = stage.server.asked
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "PUT"))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.to_the_post()
    assert upload.raw == film.path.read_bytes() and len(stage.server.uploads) == 1
    sent = [e for e in us.http.exchanges if "dms-uploads" in e.url]
    assert len(sent) == 3 + 1 + 4, "what had arrived before the kill was not sent again"
    assert max(e.sent for e in sent) < SMALL + 4096, "only a part of the file is in memory"
    assert stage.server.asked > asked
    rehearsal.rest()
    (post,) = stage.server.things.values()
    assert post.content["media"] == {"id": upload.urn, "title": "The new pool"} and ":ugcPost:" in post.urn


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_video_whose_addresses_have_ended_is_sent_anew(
    stage: LinkedInStage, us: LinkedIn, tmp_path: Path, status: int
) -> None:
    film = video(tmp_path, size=5 * SMALL)
    rehearsal = Rehearsal(us, Draft((Part("The film.", (film,)),)))
    rehearsal.say()
    stage.server.uploads.clear()
    stage.faults.arm(Fault("answer", lambda method, path: method == "PUT", status=status))
    rehearsal.rest()
    (upload,) = stage.server.uploads.values()
    assert upload.raw == film.path.read_bytes() and len(stage.posts()) == 1


@pytest.mark.usefixtures("small_parts")
def test_a_video_is_closed_once_although_the_answer_was_lost(
    stage: LinkedInStage, us: LinkedIn, tmp_path: Path
) -> None:
    film = video(tmp_path, size=2 * SMALL)
    rehearsal = Rehearsal(us, Draft((Part("The film.", (film,)),)))
    rehearsal.say()
    rehearsal.say()
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "POST" and path == "/rest/videos"))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert len(stage.posts()) == len(stage.server.uploads) == 1


def test_a_video_that_linkedin_cannot_use_is_refused(stage: LinkedInStage, us: LinkedIn, tmp_path: Path) -> None:
    stage.process_media(times=1, then="failed")
    with pytest.raises(Refused, match="could not work with the file"):
        Rehearsal(us, Draft((Part("The film.", (video(tmp_path),)),))).rest()


def test_nothing_is_sent_to_an_address_that_is_not_linkedins(alone: LinkedIn) -> None:
    with pytest.raises(Refused) as caught:
        alone._put("https://files.example.org/upload", b"bytes")
    assert caught.value.code == "foreign_address" and alone.http.exchanges == []


# --- did it happen? ---------------------------------------------------------------------------------------------------


def test_a_refusal_as_double_adopts_our_own_post(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.server.refuses_duplicates = True
    rehearsal = Rehearsal(us, stage.draft("Water is back."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    there = rehearsal.say()
    assert [p.remote_id for p in stage.posts()] == [there.remote_id]
    assert there.url == f"https://www.linkedin.com/feed/update/{there.remote_id}/"


def test_a_refusal_as_double_never_takes_another_post(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.server.refuses_duplicates = True
    first = Rehearsal(us, stage.draft("Water is back.")).rest()
    for taken, minutes in (({first[0].remote_id}, 0), (set(), 10)):
        stage.server.things[first[0].remote_id].at -= timedelta(minutes=minutes)
        with pytest.raises(Refused) as caught:
            Rehearsal(us, stage.draft("Water is back."), taken=taken).say()
        assert caught.value.code == "duplicate" and "posted already" in caught.value.sentence
    assert len(stage.posts()) == 1


def test_a_double_of_a_deleted_post_is_not_adopted(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.server.refuses_duplicates = True
    (first,) = Rehearsal(us, stage.draft("Water is back.")).rest()
    us.delete(first.remote_id)
    with pytest.raises(Refused, match="a post that was deleted") as caught:
        Rehearsal(us, stage.draft("Water is back.")).say()
    assert caught.value.code == "duplicate_of_deleted"


def test_what_happened_to_a_members_post_only_a_person_can_tell(stage: LinkedInStage, member: LinkedIn) -> None:
    stage.server.refuses_duplicates = True
    rehearsal = Rehearsal(member, stage.draft("Water is back."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() is None
    with pytest.raises(Unknown, match="Look whether it is this post") as caught:  # a person said: send
        rehearsal.say()
    assert stage.posts()[0].remote_id in caught.value.sentence and len(stage.posts()) == 1


def test_a_clock_that_is_behind_hides_nothing(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.server.clock = timedelta(minutes=-4)
    rehearsal = Rehearsal(us, stage.draft("On time."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id
    assert len(stage.posts()) == 1


def test_absence_is_believed_only_when_the_listing_reached_back(stage: LinkedInStage, us: LinkedIn) -> None:
    for number in range(45):
        stage.server.put(PAGE, f"Old news {number}").at -= timedelta(days=1)
    rehearsal = Rehearsal(us, stage.draft("New."))
    step = rehearsal.step(rehearsal.line)
    asked = stage.server.asked
    assert us.find(step, key="k") == Absent(complete=True)
    assert stage.server.asked == asked + 1, "the first page reached back far enough"
    for thing in stage.server.things.values():
        thing.at = datetime.now(UTC)
    assert us.find(step, key="k") == Absent(complete=True), "all pages, to the empty one"


def test_the_first_comment_stands_below_the_post_and_is_found_when_its_answer_is_lost(
    stage: LinkedInStage, us: LinkedIn
) -> None:
    rehearsal = Rehearsal(us, stage.draft("News.", first_comment="More (here): https://city.org/a_b #x"))
    first = rehearsal.say()
    for number in range(25):
        stage.stranger_replies(first.remote_id, f"Question {number}")
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    assert [(p.text, p.parent_id) for p in stage.posts()] == [
        ("News.", ""), ("More (here): https://city.org/a_b #x", first.remote_id),
    ]  # fmt: skip


def test_a_post_that_is_not_known_everywhere_yet_gets_its_comment_later(alone: LinkedIn) -> None:
    failure = alone.understand(
        Answer(400, {}, b'{"status": 400, "message": "Unable to obtain activity"}'), writing=True
    )
    assert isinstance(failure, NotNow) and failure.retry_at is not None


def test_a_comment_can_be_read_changed_and_taken_back(stage: LinkedInStage, us: LinkedIn) -> None:
    rehearsal = Rehearsal(us, stage.draft("News.", first_comment="At nine."))
    _post, comment = rehearsal.rest()
    assert us.edit(comment.remote_id, Draft((Part("At ten."),))).remote_id == comment.remote_id
    seen = us.fetch(comment.remote_id)
    assert seen is not None and seen.text == "At ten."
    us.delete(comment.remote_id)
    us.delete(comment.remote_id)
    assert us.fetch(comment.remote_id) is None and len(stage.posts()) == 1


def test_an_answer_to_a_comment_names_it(stage: LinkedInStage, us: LinkedIn) -> None:
    (post,) = Rehearsal(us, stage.draft("Questions?")).rest()
    theirs = stage.stranger_replies(post.remote_id, "When?")
    step = Step("post", 0, payload={"text": "At nine.", "in_reply_to": theirs}, since=datetime.now(UTC))
    step = replace(step, payload=us.prepare(step, key="k", now=datetime.now(UTC)))
    assert step.payload["request"]["parentComment"] == theirs
    assert step.payload["request"]["object"] == post.remote_id
    done = us.reply(step, key="k")
    assert isinstance(done, Published)
    (heard,) = us.replies(theirs).items
    assert (heard.remote_id, heard.parent_id, heard.author) == (done.remote_id, theirs, PAGE)
