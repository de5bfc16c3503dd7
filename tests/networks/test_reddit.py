"""Reddit: communities and what they take, posts that appear late, errors that come with a 200, comments, the inbox."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Draft, Network, NoVault, Part
from clarion.networks.http import Answer, Http
from clarion.networks.reddit import Reddit
from clarion.networks.words import Absent, NotNow, Processing, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import FAMILY, LINK, proves
from clarion.testing.reddit import RedditStage
from clarion.testing.rehearsal import NeedsAPerson, Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.reddit import US
from clarion.testing.stages import Stage
from tests.networks.no_descriptions import NoDescriptions
from tests.networks.signing_in import SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[RedditStage]:
    with RedditStage(tmp_path) as stage:
        yield stage
        assert stage.server.complaints == []


@pytest.fixture
def us(stage: RedditStage) -> Reddit:
    return stage.network()


class TestReddit(NoDescriptions):
    __test__ = True
    network = Reddit

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[RedditStage]:
        with RedditStage(tmp_path) as stage:
            yield stage

    @proves("publish")
    def test_the_limit_passes_and_one_more_is_refused_before_sending(self, stage: Stage, us: Network) -> None:
        """Nobody has told us Reddit's limits for sure (K): one more is warned of, and Reddit's answer decides."""
        exact, over = stage.draft("a" * 40_000), stage.draft("a" * 40_001)
        assert us.problems(exact) == []
        Rehearsal(us, exact).rest()
        assert [(p.field, p.level, p.count, p.limit) for p in us.problems(over)] == [("text", "warn", 40_001, 40_000)]
        with pytest.raises(Refused) as caught:
            Rehearsal(us, over).rest()
        assert caught.value.code == "TOO_LONG" and len(stage.posts()) == 1

    @proves("publish")
    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        """As above: the limit is not sure, and the server counts by itself."""
        start = f"{FAMILY} 🇺🇦 e\u0301 {LINK} "
        exact = start + "b" * (40_000 - len(start))
        assert us.problems(stage.draft(exact)) == []
        Rehearsal(us, stage.draft(exact)).rest()
        with pytest.raises(Refused):
            Rehearsal(us, stage.draft(exact + "b")).rest()
        assert len(stage.posts()) == 1

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network) -> None:
        """It is the post, not the upload, that appears late on Reddit."""
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, stage.draft("Slow.", pictures=1)).to_the_post()
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        assert stage.posts() == []
        done = rehearsal.look()
        while not isinstance(done, Published):
            assert done == Absent(complete=False)
            done = rehearsal.look()
        assert [post.remote_id for post in stage.posts()] == [done.remote_id]

    @proves("check")
    def test_processing_media_ends_refused(self, stage: Stage, us: Network) -> None:
        """Reddit does not say that it gave a file up: a post that never appears is a person's to judge."""
        stage.process_media(times=1, then="failed")
        rehearsal = Rehearsal(us, stage.draft("Broken.", pictures=1)).to_the_post()
        with pytest.raises(Unknown) as caught:
            rehearsal.say()
        assert caught.value.code == "not_shown"
        with pytest.raises(NeedsAPerson):
            rehearsal.recover()
        assert stage.posts() == []

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """The author's own vote is in Reddit's score."""
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        numbers = us.measure([remote_id])[remote_id].numbers  # type: ignore[attr-defined]
        assert numbers == {"likes": 2, "replies": 1, "shares": 0, "upvote_percent": 97}
        stage.hide_numbers()
        numbers = us.measure([remote_id])[remote_id].numbers  # type: ignore[attr-defined]
        assert set(numbers.values()) == {None}

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Reddit counts members and karma, not posts."""
        assert isinstance(stage, RedditStage)
        assert us.measure_account().numbers == {"followers": 1200, "karma": 4711}  # type: ignore[attr-defined]
        assert stage.network(community="").measure_account().numbers["followers"] == 250
        stage.hide_numbers()
        assert set(us.measure_account().numbers.values()) == {None}  # type: ignore[attr-defined]


class TestSigningIn(SignsIn):
    network = Reddit

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[RedditStage]:
        with RedditStage(tmp_path) as stage:
            yield stage

    def test_a_token_that_stays_is_asked_for(self, stage: RedditStage) -> None:
        address = Reddit.authorise_url("", stage.app, redirect_uri="https://c.example/b", state="s", challenge="c" * 43)
        assert "duration=permanent" in address

    def test_the_profile_and_every_moderated_community_are_offered(self, stage: RedditStage) -> None:
        stage.server.moderated = ["halden", "norway", f"u_{US}"]
        stage.server.places[f"u_{US}"].about["subreddit_type"] = "user"
        found = [one.account for one in self.there_and_back(stage)]
        assert [one.handle for one in found] == [f"u/{US}", "r/halden", "r/norway"]
        assert len({one.remote_id for one in found}) == 3

    def test_without_leave_to_list_communities_the_profile_is_left(self, stage: RedditStage) -> None:
        stage.server.scopes = {"identity"}
        (connected,) = self.there_and_back(stage)
        assert connected.account.handle == f"u/{US}"

    def test_a_401_without_a_word_means_the_application(self, stage: RedditStage) -> None:
        said = b'{"message": "Unauthorized", "error": 401}'
        stage.faults.arm(Fault("answer", lambda method, path: path == stage.token_path, status=401, body=said))
        with pytest.raises(Refused) as caught:
            self.there_and_back(stage)
        assert caught.value.code == "invalid_client"

    def test_a_no_to_the_code_may_come_with_a_200(self, stage: RedditStage) -> None:
        said = b'{"error": "invalid_grant"}'
        stage.faults.arm(Fault("answer", lambda method, path: path == stage.token_path, status=200, body=said))
        with pytest.raises(Refused) as caught:
            self.there_and_back(stage)
        assert caught.value.code == "invalid_grant"


def test_a_suspended_account_is_told(stage: RedditStage, us: Reddit) -> None:
    stage.server.suspended = True
    with pytest.raises(SignInAgain, match="suspended"):
        us.whoami()


def test_a_scope_that_is_missing_asks_for_sign_in(stage: RedditStage, us: Reddit) -> None:
    stage.server.scopes = {"identity", "read", "flair"}
    with pytest.raises(SignInAgain, match="allow everything"):
        Rehearsal(us, stage.draft()).rest()


def test_we_say_who_we_are(stage: RedditStage, us: Reddit) -> None:
    assert us._headers()["User-Agent"].startswith("web:Clarion:")
    assert us._headers()["User-Agent"].endswith(f"(by /u/{US})")


# --- before sending ---------------------------------------------------------------------------------------------------


def test_what_cannot_go_is_told_before_sending(stage: RedditStage, us: Reddit) -> None:
    assert [p.field for p in us.problems(Draft((Part("Words."),), {}))] == ["title"]
    assert [p.field for p in us.problems(stage.draft(pictures=1, link="https://city.example/"))] == ["link"]
    film = stage.film()
    assert us.problems(film) == []
    bare = replace(film, parts=(replace(film.parts[0], media=film.parts[0].media[:1]),))
    assert [p.field for p in us.problems(bare)] == ["media"]
    assert [p.field for p in us.problems(stage.draft(community="the whole city!"))] == ["community"]


def test_what_nobody_is_sure_of_is_only_a_warning(stage: RedditStage, us: Reddit) -> None:
    draft = stage.draft("a" * 40_001, pictures=1, title="t" * 301, first_comment="c" * 10_001)
    heavy = replace(draft.parts[0].media[0], size=30_000_000)
    draft = replace(draft, parts=(replace(draft.parts[0], media=(heavy,)),))
    found = us.problems(draft)
    assert {p.level for p in found} == {"warn"}
    assert {p.field for p in found} == {"text", "title", "media", "first_comment"}


# --- others -----------------------------------------------------------------------------------------------------------


def test_answers_to_answers_are_read_too(stage: RedditStage, us: Reddit) -> None:
    (done,) = Rehearsal(us, stage.draft("Questions?")).rest()
    first = stage.stranger_replies(done.remote_id, "When?")
    second = stage.stranger_replies(first, "And where?")
    assert {(m.remote_id, m.parent_id) for m in us.replies(done.remote_id).items} == {
        (first, done.remote_id), (second, first),
    }  # fmt: skip
    (below,) = us.replies(first).items
    assert (below.remote_id, below.text, below.author) == (second, "And where?", "u/rita")
    assert below.url.startswith("https://www.reddit.com/r/halden/comments/")


def test_of_a_post_that_never_was_nobody_says_anything(us: Reddit) -> None:
    assert us.replies("t1_never").items == ()


# --- answers ----------------------------------------------------------------------------------------------------------


def error(code: str, said: str = "Said by Reddit.", **more: Any) -> Answer:
    return Answer(200, {}, json.dumps({"json": {"errors": [[code, said, "sr"]], **more}}).encode())


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("RATELIMIT", NotNow),
        ("USER_REQUIRED", SignInAgain),
        ("SUBREDDIT_NOTALLOWED", Refused),
        ("SUBREDDIT_NOEXIST", Refused),
        ("SUBMIT_VALIDATION_FLAIR_REQUIRED", Refused),
        ("SUBMIT_VALIDATION_TITLE_BLACKLISTED_STRING", Refused),
        ("TOO_LONG", Refused),
        ("NO_TEXT", Refused),
        ("NO_SELFS", Refused),
        ("NO_LINKS", Refused),
        ("BAD_SR_NAME", Refused),
    ],
)
def test_a_200_that_says_no_is_a_no(code: str, word: type[Exception]) -> None:
    failure = Reddit(Account(), http=Http()).understand(error(code), writing=True)
    assert type(failure) is word and failure.code == code and "Said by Reddit." in failure.sentence


@pytest.mark.parametrize(
    ("said", "more", "seconds"),
    [
        ("Take a break for 9 minutes before trying again.", {}, 550),
        ("Take a break for 45 seconds before trying again.", {}, 55),
        ("Looks like you've been doing that a lot.", {}, 610),
        ("Take a break for 9 minutes before trying again.", {"ratelimit": 512.4}, 522),
    ],
)
def test_how_long_to_wait_is_read(said: str, more: dict[str, Any], seconds: int) -> None:
    answer = error("RATELIMIT", said, **more)
    failure = Reddit(Account(), http=Http()).understand(answer, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(seconds=seconds)


def test_a_wait_in_the_headers_is_read() -> None:
    answer = Answer(429, {"x-ratelimit-reset": "300"})
    failure = Reddit(Account(), http=Http()).understand(answer, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(seconds=300)


@pytest.mark.parametrize(
    ("status", "word"),
    [(401, SignInAgain), (403, Refused), (404, Refused), (409, Unknown), (500, Unknown), (503, Unknown)],
)
def test_statuses_become_words(status: int, word: type[Exception]) -> None:
    body = json.dumps({"message": "Said by Reddit.", "error": status}).encode()
    assert type(Reddit(Account(), http=Http()).understand(Answer(status, {}, body), writing=True)) is word


def test_the_budget_is_told_by_headers(stage: RedditStage, us: Reddit) -> None:
    us.whoami()
    assert us.http.answer is not None
    told = us.budget_told(us.http.answer)
    assert told is not None and (told.limit, told.remaining) == (1000, 997)
    assert told.resets_at == us.http.answer.at + timedelta(seconds=420)
    assert us.budget_told(Answer(200, {})) is None


def test_somebody_elses_token_asks_for_sign_in(stage: RedditStage) -> None:
    us = Reddit(Account(), http=stage.http(), vault=NoVault({"access_token": "long-gone"}), app=stage.app)
    with pytest.raises(SignInAgain):
        us.whoami()


@pytest.mark.parametrize("body", [b"", b"<html>", b'"ok"', b'{"data": null}', b'{"data": {"children": 7}}'])
def test_answers_of_another_shape_are_asked_for_again(stage: RedditStage, us: Reddit, body: bytes) -> None:
    asked = (us.whoami, us.mentions, us.messages, lambda: us.search("pool"), lambda: us.fetch("t3_a"),
             lambda: us.replies("t3_a"), lambda: us.measure(["t3_a"]))  # fmt: skip
    for ask in asked:
        stage.answer_next(200, body, any_call=True)
        with pytest.raises(NotNow):
            ask()


@pytest.mark.parametrize(
    ("url", "id"),
    [
        ("https://www.reddit.com/r/halden/comments/1abc9/the_new_bridge/?utm=x", "t3_1abc9"),
        ("https://old.reddit.com/r/halden/comments/1abc9/the_new_bridge/k2x9/", "t1_k2x9"),
        ("https://redd.it/1abc9", "t3_1abc9"),
    ],
)
def test_a_pasted_link_names_its_post(url: str, id: str) -> None:
    assert Reddit.id_in(url) == id


def test_nobody_votes_by_machine() -> None:
    assert "like" not in Reddit.abilities() and "vote" not in Reddit.scopes()
