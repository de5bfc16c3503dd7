"""Videos on Bluesky: in parts that go on after a kill, worked through by its service, with captions, in one post."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from clarion.networks.atproto import AtUri, blob_cid
from clarion.networks.base import Draft, Part
from clarion.networks.words import NotNow, Refused
from clarion.testing.bluesky import BlueskyContract
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.videos import WORDS, captions

SMALL = 64 * 1024
XRPC = "/xrpc/app.bsky.video."


@pytest.fixture
def stage(tmp_path):
    with BlueskyContract(tmp_path) as stage:
        stage.server.part_size = SMALL
        yield stage
        assert stage.server.unlawful == [], "something was said against the official lexicons"


@pytest.fixture
def us(stage):
    return stage.network()


def of(film, text="The film.") -> Draft:
    return Draft((Part(text, (film,)),))


def record(stage, rehearsal):
    at = AtUri.read(rehearsal.posts[0].remote_id)
    return stage.server.cityhall.records[at.collection, at.rkey].value


def refusing(stage, name: str, status: int, error: str, message: str = "So it is.", times: int = 1) -> None:
    body = f'{{"error": "{error}", "message": "{message}"}}'.encode()
    for _time in range(times):
        stage.faults.arm(
            Fault("answer", lambda method, path: path == XRPC + name, status=status, body=body,
                  headers={"content-type": "application/json"})
        )  # fmt: skip


# --- what arrives


def test_a_video_arrives_whole_with_its_description_its_shape_and_its_captions(stage, us):
    srt = "1\n00:00:01,000 --> 00:00:04,250\nThe bridge is open.\n"
    both = (captions(stage.folder, "nb"), captions(stage.folder, "en-GB", text=srt))
    film = stage.film(*both, size=5 * SMALL + 17, alt="The council at its table.")
    rehearsal = Rehearsal(us, of(film))
    assert [line.step.kind for line in rehearsal.lines] == ["open", "upload", "captions", "captions", "thread"]
    rehearsal.rest()
    embed, blobs = record(stage, rehearsal)["embed"], stage.server.cityhall.blobs
    assert (embed["$type"], embed["alt"]) == ("app.bsky.embed.video", "The council at its table.")
    assert embed["aspectRatio"] == {"width": 1280, "height": 720}
    assert blobs[embed["video"]["ref"]["$link"]][1] == film.path.read_bytes()
    tracks = [(one["lang"], *blobs[one["file"]["ref"]["$link"]]) for one in embed["captions"]]
    assert tracks == [
        ("nb", "text/vtt", WORDS.encode()),
        ("en-GB", "text/vtt", b"WEBVTT\n\n00:00:01.000 --> 00:00:04.250\nThe bridge is open.\n"),
    ]
    (upload,) = stage.server.uploads.values()
    assert upload.received == film.size, "each part was sent once"
    assert us.fetch(rehearsal.posts[0].remote_id).alts == ("The council at its table.",)


def test_each_part_of_a_thread_may_have_its_own_video(stage, us):
    draft = Draft((Part("One.", (stage.film(),)), Part("Two."), Part("Three.", (stage.film(),))))
    rehearsal = Rehearsal(us, draft)
    rehearsal.rest()
    embeds = [stage.server.cityhall.records["app.bsky.feed.post", AtUri.read(uri).rkey].value.get("embed")
              for uri in rehearsal.posts[0].handle["uris"]]  # fmt: skip
    cids = [blob_cid(draft.parts[number].media[0].path.read_bytes()) for number in (0, 2)]
    assert [embed and embed["video"]["ref"]["$link"] for embed in embeds] == [cids[0], None, cids[1]]


def test_pictures_and_a_video_do_not_go_together(stage, us):
    draft = Draft((Part("Both.", (stage.film(), stage.picture())),))
    assert [problem.level for problem in us.problems(draft)] == ["stop"]


def test_what_only_bluesky_s_program_says_is_a_warning(stage, us):
    (problem,) = us.problems(of(replace(stage.film(), duration=700.0)))
    assert (problem.level, problem.limit) == ("warn", 600)


def test_captions_beyond_twenty_thousand_bytes_stay_away_and_are_named(stage, us):
    heavy = captions(stage.folder, "nb", text=WORDS + "\nNOTE " + "x" * 20_000)
    draft = of(stage.film(heavy, captions(stage.folder, "en")))
    (problem,) = us.problems(draft)
    assert problem.level == "warn" and "20.0 kB" in problem.sentence
    rehearsal = Rehearsal(us, draft)
    rehearsal.rest()
    assert [one["lang"] for one in record(stage, rehearsal)["embed"]["captions"]] == ["en"]


# --- interrupted


@pytest.mark.parametrize("name", ["startUpload", "uploadPart", "finishUpload", "getUploadStatus", "getJobStatus"])
@pytest.mark.parametrize("fault", ["lose_answer", "lose_request"])
def test_whatever_answer_is_lost_one_video_is_published(stage, us, name, fault):
    rehearsal = Rehearsal(us, of(stage.film(size=3 * SMALL)))
    stage.faults.arm(Fault(fault, lambda method, path: path == XRPC + name))
    while any(line.settled is None for line in rehearsal.lines):
        try:
            rehearsal.say()
        except NotNow:
            continue
    assert len(stage.posts()) == 1
    assert len([one for one in stage.server.uploads.values() if one.state == "completed"]) == 1


def test_an_upload_that_broke_sends_only_what_is_missing(stage, us):
    film = stage.film(size=6 * SMALL)
    rehearsal = Rehearsal(us, of(film))
    rehearsal.say()
    parts = iter([False, False, True])
    stage.faults.arm(Fault("lose_request", lambda method, path: path == XRPC + "uploadPart" and next(parts, False)))
    with pytest.raises(NotNow):
        rehearsal.say()
    (upload,) = stage.server.uploads.values()
    assert sorted(upload.parts) == [1, 2]
    rehearsal.rest()
    assert upload.received == film.size and upload.raw == film.path.read_bytes()


def test_a_part_that_the_service_lost_is_sent_again(stage, us):
    rehearsal = Rehearsal(us, of(stage.film(size=3 * SMALL)))
    rehearsal.say()
    refusing(stage, "finishUpload", 400, "MissingParts", "Missing parts: [2]")
    rehearsal.rest()
    assert len(stage.posts()) == 1


def test_a_service_that_keeps_nothing_is_left_alone_for_a_while(stage, us):
    rehearsal = Rehearsal(us, of(stage.film(size=2 * SMALL)))
    rehearsal.say()
    refusing(stage, "finishUpload", 400, "MissingParts", times=3)
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.code == "no_progress"


CHILD = """
    import sys
    from pathlib import Path
    from clarion.networks.base import Account, Media, NoVault, Settled, Step
    from clarion.networks.bluesky import Bluesky
    from clarion.networks.http import Http
    url, did, access, refresh, upload, part, parts, path, size = sys.argv[1:]
    account = Account(server=url, remote_id=did, settings={"did": did, "pds": url})
    us = Bluesky(account, http=Http(private_hosts=("127.0.0.1",)), app={"base_url": url},
                 vault=NoVault({"access": access, "refresh": refresh}))
    media = Media(Path(path), "video/mp4", int(size), "")
    opened = Settled("open", 0, handle={"upload": upload, "part": int(part), "parts": int(parts)}, media=media)
    us.publish(Step("upload", 1, public=False, media=media, earlier=(opened,)), key="k")
"""


def test_after_a_kill_9_the_upload_goes_on_from_the_last_accepted_part(stage, us):
    film = stage.film(size=14 * SMALL + 99)
    rehearsal = Rehearsal(us, of(film))
    rehearsal.say()
    stage.server.latency = 0.05
    handle, kept = rehearsal.lines[0].settled.handle, stage.vault.read()
    told = [stage.url, stage.server.cityhall.did, kept["access"], kept["refresh"], handle["upload"],
            str(handle["part"]), str(handle["parts"]), str(film.path), str(film.size)]  # fmt: skip
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(CHILD), *told])
    (upload,) = stage.server.uploads.values()
    until = time.monotonic() + 20
    while len(upload.parts) < 4:
        assert child.poll() is None and time.monotonic() < until
        time.sleep(0.005)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    stage.server.latency = 0
    there = upload.received
    assert 4 * SMALL <= there < film.size
    rehearsal.rest()
    assert upload.received == film.size, "nothing that was there was sent again"
    assert hashlib.sha256(upload.raw).hexdigest() == film.sha256 and len(stage.posts()) == 1


@pytest.mark.parametrize("ended", ["forgotten", "expired"])
def test_an_upload_that_has_ended_is_begun_anew(stage, us, ended):
    film = stage.film(size=3 * SMALL)
    rehearsal = Rehearsal(us, of(film))
    rehearsal.say()
    (upload,) = stage.server.uploads.values()
    if ended == "forgotten":
        stage.server.uploads.clear()
    else:
        upload.state = "expired"
    rehearsal.rest()
    (again,) = [one for one in stage.server.uploads.values() if one is not upload]
    assert again.raw == film.path.read_bytes() and len(stage.posts()) == 1


def test_the_same_video_again_is_the_job_that_it_was(stage, us):
    film = stage.film()
    Rehearsal(us, of(film, "Once.")).rest()
    Rehearsal(us, of(film, "Twice.")).rest()
    assert [post.text for post in stage.posts()] == ["Once.", "Twice."] and len(stage.server.jobs) == 1


def test_a_job_that_failed_is_worked_through_again_when_somebody_tries_again(stage, us):
    stage.process_media(times=0, then="failed")
    rehearsal = Rehearsal(us, of(stage.film()))
    with pytest.raises(Refused):
        rehearsal.rest()
    rehearsal.rest()
    assert len(stage.server.jobs) == 2 and len(stage.posts()) == 1


def test_a_token_that_runs_out_during_the_upload_is_asked_for_again(stage, us):
    rehearsal = Rehearsal(us, of(stage.film(size=4 * SMALL)))
    rehearsal.say()
    stage.server.end_service_tokens()
    rehearsal.rest()
    assert len(stage.posts()) == 1


# --- refusals


@pytest.mark.parametrize(
    ("error", "word", "sentence"),
    [
        ("VideoTooLarge", Refused, "too large"), ("VideoTooLong", Refused, "Shorten it"),
        ("BadAspectRatio", Refused, "shape"), ("UnsupportedContentType", Refused, "Save it as MP4"),
        ("UploadForbidden", Refused, "Confirm its e-mail address"), ("DailyLimitExceeded", NotNow, "today"),
        ("TooManyOpenUploads", NotNow, "unfinished"), ("ServiceOverloaded", NotNow, "no room"),
        ("SomethingNew", Refused, "refused it"),
    ],
)  # fmt: skip
def test_a_no_of_the_service_is_one_clear_sentence(stage, us, error, word, sentence):
    refusing(stage, "startUpload", 403 if error == "UploadForbidden" else 400, error, times=2)
    with pytest.raises(word) as caught:
        Rehearsal(us, of(stage.film())).rest()
    assert sentence in caught.value.sentence and "So it is." in caught.value.sentence
    assert stage.posts() == []


def test_a_spent_day_is_tried_again_later_and_not_at_once(stage, us):
    stage.server.today = 0
    with pytest.raises(NotNow) as caught:
        Rehearsal(us, of(stage.film())).rest()
    assert caught.value.retry_at - us.http.answer.at == timedelta(hours=1)


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ("encoding_failure", "could not convert"), ("pds_upload_unsupported_blob_size", "own server takes no file"),
        ("validation_failure", "does not take this video"), ("something_new", "could not use the video"),
    ],
)  # fmt: skip
def test_a_video_that_cannot_be_used_is_refused_before_anything_is_public(stage, us, failure, sentence):
    stage.server.then.append((1, failure))
    with pytest.raises(Refused, match=sentence) as caught:
        Rehearsal(us, of(stage.film())).rest()
    assert caught.value.code == failure and stage.posts() == []


def test_a_server_that_the_video_service_does_not_know_is_told_in_plain_words(stage, us):
    stage.server.service = False
    with pytest.raises(Refused, match="takes no videos for this account's server") as caught:
        Rehearsal(us, of(stage.film())).rest()
    assert caught.value.code == "video_service" and stage.posts() == []


def test_a_video_service_that_is_away_costs_time_and_no_post(stage, us):
    rehearsal = Rehearsal(us, of(stage.film()))
    stage.faults.arm(Fault("answer", lambda method, path: path.startswith(XRPC), status=503))
    with pytest.raises(NotNow):
        rehearsal.say()
    rehearsal.rest()
    assert len(stage.posts()) == 1


def test_an_answer_that_says_nothing_is_asked_for_again(stage, us):
    rehearsal = Rehearsal(us, of(stage.film()))
    stage.faults.arm(Fault("answer", lambda method, path: path.startswith(XRPC), status=200, body=b"{}"))
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.code == "unreadable"


def test_the_token_of_the_service_is_in_no_evidence(stage, us):
    Rehearsal(us, of(stage.film())).rest()
    evidence = repr(us.http.exchanges)
    assert stage.server.tokens and not any(token in evidence for token in stage.server.tokens)
