"""YouTube: uploads that go on after a kill, a flip that makes the video public, thumbnails, playlists, comments."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Draft, Media, Network, NoVault, Part, Step
from clarion.networks.google import midnight
from clarion.networks.http import Answer, Http
from clarion.networks.words import Absent, NotNow, Processing, Published, Refused, SignInAgain, Unknown
from clarion.networks.youtube import YouTube
from clarion.testing.conformance import FAMILY, LINK, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.discovery import discovery
from clarion.testing.stages import Stage
from clarion.testing.youtube import YouTubeStage
from tests.networks.no_descriptions import NoDescriptions
from tests.networks.signing_in import SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[YouTubeStage]:
    with YouTubeStage(tmp_path) as stage:
        yield stage
        assert stage.server.complaints == []


@pytest.fixture
def us(stage: YouTubeStage) -> YouTube:
    return stage.network()


class TestYouTube(NoDescriptions):
    __test__ = True
    network = YouTube

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[YouTubeStage]:
        with YouTubeStage(tmp_path) as stage:
            yield stage

    @proves("find")
    @pytest.mark.parametrize(
        "text",
        ["Water is back.\n\nMore: https://city.example/a?b=c (in English).", f"Ça va: {FAMILY} “quoted” #Wasser", ""],
        ids=["a link and paragraphs", "accents, emoji, hashtag", "nothing"],
    )  # fmt: skip
    def test_a_lost_post_is_found_whatever_it_says(self, stage: Stage, us: Network, text: str) -> None:
        """YouTube takes no < and >, so the suite's line of HTML cannot be said there; the handle finds the rest."""
        self.publish(stage, us, "Something else before.")
        rehearsal = Rehearsal(us, stage.draft(text)).to_the_post()
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            rehearsal.say()
        before = stage.posts()
        assert rehearsal.recover().remote_id == before[-1].remote_id
        assert len(stage.posts()) == len(before) == 2

    @proves("publish")
    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        """YouTube may count bytes (K): what is sure to pass by neither count is warned of, and not stopped."""
        start = f"{FAMILY} 🇺🇦 e\u0301 {LINK} "
        exact = start + "b" * (5000 - len(start))
        assert [problem.level for problem in us.problems(stage.draft(exact))] == ["warn"]
        Rehearsal(us, stage.draft(exact)).rest()
        with pytest.raises(Refused):
            Rehearsal(us, stage.draft(exact + "b")).rest()
        assert len(stage.posts()) == 1

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network) -> None:
        """It is the upload, not the opening of its session, that YouTube works on."""
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, stage.draft("Slow."))
        rehearsal.say()
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        assert stage.posts() == []
        rehearsal.rest()
        assert [post.text for post in stage.posts()] == ["Slow."]

    @proves("reply", "find")
    def test_a_reply_lands_under_its_parent(self, stage: Stage, us: Network) -> None:
        """Answers go to comments."""
        assert isinstance(stage, YouTubeStage)
        theirs = stage.stranger_comments("When does the library open?")
        step = Step("post", 0, payload={"text": "At nine.", "in_reply_to": theirs}, since=datetime.now(UTC))
        step = replace(step, payload=us.prepare(step, key="k", now=datetime.now(UTC)))
        assert us.find(step, key="k") == Absent(complete=True)  # type: ignore[attr-defined]
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            us.reply(step, key="k")  # type: ignore[attr-defined]
        (there,) = stage.posts()
        assert (there.text, there.parent_id) == ("At nine.", theirs)
        found = us.find(step, key="k")  # type: ignore[attr-defined]
        assert isinstance(found, Published) and found.remote_id == there.remote_id

    @proves("hide")
    def test_a_hidden_comment_is_out_of_sight(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "Questions?")
        rude = stage.stranger_replies(remote_id, "Something rude")
        us.hide(rude)  # type: ignore[attr-defined]
        assert us.replies(remote_id).items == ()  # type: ignore[attr-defined]


class TestSigningIn(SignsIn):
    network = YouTube

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[YouTubeStage]:
        with YouTubeStage(tmp_path) as stage:
            yield stage


# --- signing in -------------------------------------------------------------------------------------------------------


def test_google_is_asked_for_a_refresh_token_every_time(stage: YouTubeStage) -> None:
    address = YouTube.authorise_url("", stage.app, redirect_uri="https://c.example/b", state="s", challenge="c" * 43)
    assert "access_type=offline" in address and "prompt=consent" in address


def test_an_account_without_a_channel_is_told_so(stage: YouTubeStage, us: YouTube) -> None:
    stage.server.has_channel = False
    with pytest.raises(SignInAgain, match="no YouTube channel"):
        us.whoami()


# --- before sending ---------------------------------------------------------------------------------------------------


def test_what_cannot_go_is_told_before_sending(stage: YouTubeStage, us: YouTube) -> None:
    bare = Draft((Part("Only words."),), {})
    assert {p.field for p in us.problems(bare) if p.level == "stop"} == {"media", "title", "made_for_kids"}
    long = stage.draft(title="t" * 101, tags=",".join(["word and word"] * 40))
    assert {p.field for p in us.problems(long)} == {"title", "tags"}


def test_what_nobody_is_sure_of_is_only_a_warning(stage: YouTubeStage, us: YouTube) -> None:
    draft = stage.draft("ä" * 4000 + " <b>", title="a < b")
    heavy = Media(Path("t.png"), "image/png", 3_000_000, "", name="t.png")
    draft = replace(draft, parts=(replace(draft.parts[0], media=(*draft.parts[0].media, heavy)),))
    found = us.problems(draft)
    assert {p.level for p in found} == {"warn"} and {p.field for p in found} == {"text", "title", "media"}


# --- answers ----------------------------------------------------------------------------------------------------------


def error(status: int, reason: str, **more: Any) -> Answer:
    body = {"error": {"code": status, "message": "Said by YouTube.", "errors": [{"reason": reason}], **more}}
    return Answer(status, {}, json.dumps(body).encode(), at=datetime(2026, 11, 23, 20, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("status", "reason", "word"),
    [
        (401, "authError", SignInAgain),
        (401, "youtubeSignupRequired", SignInAgain),
        (403, "insufficientPermissions", SignInAgain),
        (403, "forbidden", SignInAgain),
        (403, "quotaExceeded", NotNow),
        (403, "dailyLimitExceeded", NotNow),
        (403, "rateLimitExceeded", NotNow),
        (403, "userRateLimitExceeded", NotNow),
        (400, "uploadLimitExceeded", NotNow),
        (400, "invalidTags", Refused),
        (400, "invalidTitle", Refused),
        (400, "invalidDescription", Refused),
        (400, "invalidCategoryId", Refused),
        (400, "invalidPublishAt", Refused),
        (400, "mediaBodyRequired", Refused),
        (403, "commentsDisabled", Refused),
        (403, "accessNotConfigured", Refused),
        (404, "videoNotFound", Refused),
        (409, "conflict", Unknown),
        (500, "backendError", Unknown),
        (503, "backendError", Unknown),
    ],
)
def test_reasons_become_words(status: int, reason: str, word: type[Exception]) -> None:
    us = YouTube(Account(), http=Http())
    failure = us.understand(error(status, reason), writing=True)
    assert type(failure) is word and failure.sentence


def test_a_spent_quota_waits_for_midnight_in_california() -> None:
    us = YouTube(Account(), http=Http())
    failure = us.understand(error(403, "quotaExceeded"), writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert midnight(datetime(2026, 7, 1, 8, 0, tzinfo=UTC)) == datetime(2026, 7, 2, 7, 0, tzinfo=UTC), "summer there"


def test_too_many_uploads_wait_for_a_day() -> None:
    answer = error(400, "uploadLimitExceeded")
    failure = YouTube(Account(), http=Http()).understand(answer, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(hours=24)


@pytest.mark.parametrize(
    ("url", "id"),
    [
        ("https://www.youtube.com/watch?v=abc123&t=4", "abc123"),
        ("https://youtu.be/abc123?si=x", "abc123"),
        ("https://www.youtube.com/shorts/abc123", "abc123"),
    ],
)
def test_a_pasted_link_names_its_video(url: str, id: str) -> None:
    assert YouTube.id_in(url) == id


def test_an_unknown_vault_asks_for_sign_in(stage: YouTubeStage) -> None:
    us = YouTube(Account(), http=stage.http(), vault=NoVault({"access_token": "long-gone"}), app=stage.app)
    with pytest.raises(SignInAgain):
        us.whoami()


# --- the server itself is honest --------------------------------------------------------------------------------------


def test_the_contract_server_answers_as_the_discovery_document_says(stage: YouTubeStage, us: YouTube) -> None:
    judge = discovery("youtube", "youtube.v3.json")
    if judge is None:
        pytest.skip("YouTube's discovery document is not at hand")
    (done,) = Rehearsal(us, stage.draft()).rest()
    theirs = stage.stranger_replies(done.remote_id, "When?")
    stage.stranger_posts("A stranger's film")
    for path in (
        f"videos?part=snippet,status,statistics,processingDetails&id={done.remote_id}",
        "channels?part=snippet,contentDetails,statistics&mine=true",
        "playlistItems?part=snippet&playlistId=UU-halden",
        f"commentThreads?part=snippet,replies&videoId={done.remote_id}", f"comments?part=snippet&parentId={theirs}",
        "search?part=snippet&q=film",
    ):  # fmt: skip
        headers = {"Authorization": f"Bearer {stage.vault.read()['access_token']}"}
        answer = stage.http().get(f"{stage.server.url}/youtube/v3/{path}", headers=headers)
        plain = f"/youtube/v3/{path.partition('?')[0]}"
        assert judge.complaints_about_answer(method="GET", path=plain, data=answer.json()) == [], path


@pytest.mark.parametrize(
    ("query", "data", "said"),
    [
        ({"part": ["status"]}, {"id": "a", "status": {"privacyStatus": "secret"}}, "cannot be"),
        ({"part": ["status"]}, {"id": "a", "state": {}}, "no such field"),
        ({"part": ["status"]}, {"id": 7}, "is int, not string"),
        ({"part": ["status"], "notify": ["true"]}, {"id": "a"}, "unknown query"),
        ({}, {"id": "a"}, "is missing"),
    ],
)
def test_a_request_that_the_document_does_not_know_is_a_complaint(query: Any, data: Any, said: str) -> None:
    judge = discovery("youtube", "youtube.v3.json")
    if judge is None:
        pytest.skip("YouTube's discovery document is not at hand")
    (complaint,) = judge.complaints_about_request(method="PUT", path="/youtube/v3/videos", query=query, data=data)
    assert said in complaint
