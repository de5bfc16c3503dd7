"""Tumblr on its contract stage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Budget, Draft, Media, Network, Part
from clarion.networks.http import Answer, Http
from clarion.networks.tumblr import Tumblr
from clarion.networks.tumblr_blocks import again, names_in, paragraphs, text_blocks
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import FAMILY, LINK, Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.tumblr import LIBRARY, OURS, STRANGER
from clarion.testing.stages import Stage
from clarion.testing.tumblr import TumblrStage
from clarion.testing.videos import video

from .signing_in import SignsIn


class TestTumblr(Conformance):
    network = Tumblr

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[TumblrStage]:
        with TumblrStage(tmp_path) as stage:
            yield stage

    # The limit of Tumblr is that of a paragraph, and the weight of the whole.

    @proves("publish")
    def test_the_limit_passes_and_one_more_is_refused_before_sending(self, stage: Stage, us: Network) -> None:
        exact = "\n\n".join(["a" * 4096] * 3)
        assert us.problems(stage.draft(exact)) == []
        Rehearsal(us, stage.draft(exact)).rest()
        assert [p.text for p in stage.posts()] == [exact]
        problems = us.problems(stage.draft(exact + "a"))
        assert [(p.field, p.level, p.count, p.limit) for p in problems] == [("text", "stop", 4097, 4096)]

    @proves("publish")
    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        start = f"{FAMILY} 🇺🇦 e\u0301 {LINK} "
        exact = start + "b" * (4096 - len(start))
        assert us.problems(stage.draft(exact)) == []
        Rehearsal(us, stage.draft(exact)).rest()
        with pytest.raises(Refused):
            Rehearsal(us, stage.draft(exact + "b")).rest()
        assert len(stage.posts()) == 1


class TestSigningIn(SignsIn):
    network = Tumblr

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[TumblrStage]:
        with TumblrStage(tmp_path) as stage:
            yield stage

    def test_a_person_chooses_among_their_blogs(self, stage: TumblrStage) -> None:
        found = self.there_and_back(stage)
        assert [(one.account.remote_id, one.account.handle) for one in found] == [
            (OURS, "cityhall"), (LIBRARY, "citylibrary"),
        ]  # fmt: skip


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TumblrStage]:
    with TumblrStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: TumblrStage) -> Tumblr:
    us = stage.network()
    assert isinstance(us, Tumblr)
    return us


@pytest.fixture
def alone() -> Tumblr:
    """A blog without anybody to ask: for what is decided without a call."""
    return Tumblr(Account(remote_id=OURS, handle="cityhall"), http=Http())


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_paragraphs_are_blocks_with_their_links_and_mentions(stage: TumblrStage, us: Tumblr) -> None:
    said = f"{FAMILY} Danke @resident, see {LINK}.\nNext line\n \n\nBye @nobody a@resident.example"
    Rehearsal(us, stage.draft(said, title="Thanks")).rest()
    (post,) = stage.server.posts.values()
    heading, first, last = post.content
    assert (heading["subtype"], heading["text"]) == ("heading1", "Thanks")
    assert [one["type"] for one in first["formatting"]] == ["mention", "link"]
    assert first["formatting"][0]["blog"] == {"uuid": STRANGER}
    assert first["text"].endswith("Next line") and "formatting" not in last


def test_what_is_chosen_beside_the_words_is_said(stage: TumblrStage, us: Tumblr) -> None:
    draft = stage.draft("Hello.", tags="#Water, City Hall,", source_url="https://city.org/a", slug="hello-there",
                        no_reblog=True, link="https://city.org/pool")  # fmt: skip
    Rehearsal(us, draft).rest()
    (post,) = stage.server.posts.values()
    assert post.tags == ["Water", "City Hall"], "the mark of the draft is gone"
    assert post.more == {
        "source_url": "https://city.org/a", "slug": "hello-there", "interactability_reblog": "noone",
    }  # fmt: skip
    assert post.content[-1]["url"] == "https://city.org/pool"


def test_a_post_without_tags_loses_the_mark_of_its_draft(stage: TumblrStage, us: Tumblr) -> None:
    Rehearsal(us, stage.draft("Hello.")).rest()
    (post,) = stage.server.posts.values()
    assert post.tags == []


def test_pictures_and_a_video_go_with_the_draft_byte_by_byte(stage: TumblrStage, us: Tumblr, tmp_path: Path) -> None:
    film, one, two = video(tmp_path), stage.picture(alt="The pool."), stage.picture()
    rehearsal = Rehearsal(us, Draft((Part("Look.", (two, one, film)),)))
    assert [line.step.kind for line in rehearsal.lines] == ["upload", "upload", "upload", "draft", "post"]
    rehearsal.to_the_post()
    assert stage.posts() == [], "nothing is public yet"
    rehearsal.rest()
    (post,) = stage.server.posts.values()
    assert [b["type"] for b in post.content] == ["image", "image", "video", "text"]
    urls = [post.content[0]["media"][0]["url"], post.content[1]["media"][0]["url"], post.content[2]["media"]["url"]]
    assert [stage.server.files[url] for url in urls] == [m.path.read_bytes() for m in (two, one, film)]
    assert stage.posts()[0].alts == ("", "The pool.")


def test_a_file_that_is_gone_is_told_before_anything_is_made(stage: TumblrStage, us: Tumblr, tmp_path: Path) -> None:
    gone = Media(tmp_path / "gone.png", "image/png", 10, "0" * 64)
    with pytest.raises(Refused) as caught:
        Rehearsal(us, Draft((Part("Look.", (gone,)),))).rest()
    assert caught.value.code == "file" and stage.server.posts == {}


def test_a_video_that_is_worked_on_is_waited_for_and_never_lost(stage: TumblrStage, us: Tumblr, tmp_path: Path) -> None:
    stage.server.transcoding = 2
    rehearsal = Rehearsal(us, Draft((Part("The film.", (video(tmp_path),)),)))
    rehearsal.say()
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.code == "files" and caught.value.retry_at is not None
    stage.server.transcoding = 0
    rehearsal.rest()
    (post,) = stage.server.posts.values()
    assert [b["type"] for b in post.content] == ["video", "text"]


def test_a_draft_whose_answer_was_lost_is_not_made_twice(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft("Hello.", alts=("A picture.",)))
    rehearsal.say()
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "POST" and path.endswith("/posts")))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert len(stage.server.posts) == len(stage.server.files) == 1


def test_what_tumblr_only_shows_is_not_said_again() -> None:
    shown = {
        "type": "image", "alt_text": "The pool.", "colors": {"c0": "fff"}, "exif": {},
        "media": [{"url": "https://x/y", "type": "image/png", "width": 8, "height": 6, "media_key": "a:1",
                   "original_dimensions_missing": True}],
    }  # fmt: skip
    assert again(shown) == {
        "type": "image", "alt_text": "The pool.",
        "media": [{"url": "https://x/y", "type": "image/png", "width": 8, "height": 6}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "count"),
    [("One.", 1), ("One.\nStill one.", 1), ("One.\n\nTwo.", 2), ("\n\nOne.\n \n\t\nTwo.\n\n", 2), ("  ", 0)],
)
def test_an_empty_line_parts_paragraphs(said: str, count: int) -> None:
    assert len(paragraphs(said)) == count


def test_names_are_found_and_addresses_are_not() -> None:
    assert names_in("@Rita and @city-hall, a@b.org https://x.org/@me @rita") == ["rita", "city-hall"]


def test_only_so_many_links_are_links(us: Tumblr, stage: TumblrStage) -> None:
    said = "\n\n".join(f"https://city.org/{number}" for number in range(101))
    assert [p.level for p in us.problems(stage.draft(said))] == ["warn"]
    blocks = text_blocks(said, uuids={})
    assert sum(len(block.get("formatting", ())) for block in blocks) == 100


def test_a_post_that_is_too_heavy_is_stopped(us: Tumblr, stage: TumblrStage) -> None:
    heavy = "\n\n".join(["ß" * 4000] * 130)
    (problem,) = us.problems(stage.draft(heavy))
    assert (problem.field, problem.level, problem.limit) == ("text", "stop", 1_000_000)
    many = "\n\n".join(["a"] * 1001)
    assert [p.limit for p in us.problems(stage.draft(many))] == [1000]


def test_a_heavy_file_only_warns(us: Tumblr, stage: TumblrStage) -> None:
    heavy = replace(stage.picture(), size=21_000_000)
    assert [p.level for p in us.problems(Draft((Part("Look.", (heavy,)),)))] == ["warn"]


# --- did it happen? ---------------------------------------------------------------------------------------------------


def test_a_published_draft_has_a_new_id_and_is_found_by_its_first_one(stage: TumblrStage, us: Tumblr) -> None:
    stage.server.put(OURS, "Hello.")  # the same words, by hand
    rehearsal = Rehearsal(us, stage.draft("Hello."))
    draft = rehearsal.to_the_post().step(rehearsal.line).payload["id"]
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    found = rehearsal.recover()
    assert found.remote_id != draft and stage.server.posts[found.remote_id].genesis == draft
    assert found.url == f"https://www.tumblr.com/cityhall/{found.remote_id}"


def test_an_answer_with_the_first_id_leads_to_the_post_that_is_public(stage: TumblrStage, us: Tumblr) -> None:
    stage.server.tells_first_id = True
    (done,) = Rehearsal(us, stage.draft("Hello.")).rest()
    assert [p.remote_id for p in stage.posts()] == [done.remote_id]


def test_trouble_after_the_publication_changes_nothing_about_it(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft("Hello.")).to_the_post()
    rehearsal.step(rehearsal.line)
    stage.faults.arm(Fault("answer", lambda method, path: method == "GET", status=500))
    done = rehearsal.say()
    assert [p.remote_id for p in stage.posts()] == [done.remote_id]


def test_a_draft_that_somebody_took_away_is_asked_about(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft("Hello.")).to_the_post()
    step = rehearsal.step(rehearsal.line)
    assert us.find(step, key="k") == Absent(complete=True)
    stage.server.posts.clear()
    assert us.find(step, key="k") == Absent(complete=False)


def test_without_the_first_id_a_post_is_known_by_its_words_and_files(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft("Hello.", alts=("A picture.",)))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.rest()
    (post,) = stage.server.posts.values()
    post.genesis = ""
    assert rehearsal.look() == Published(post.id, f"https://www.tumblr.com/cityhall/{post.id}")
    post.content = post.content[1:]
    assert rehearsal.look() == Absent(complete=False)


# --- afterwards -------------------------------------------------------------------------------------------------------


def test_an_edit_keeps_the_heading_the_tags_and_the_card(stage: TumblrStage, us: Tumblr) -> None:
    draft = stage.draft("Old.", alts=("A picture.",), title="Pool", tags="water", link="https://city.org/pool")
    (done,) = Rehearsal(us, draft).rest()
    us.edit(done.remote_id, Draft((Part("New, @resident."),)))
    (post,) = stage.server.posts.values()
    assert [b["type"] for b in post.content] == ["image", "link", "text", "text"]
    assert [b["text"] for b in post.content[2:]] == ["Pool", "New, @resident."] and post.tags == ["water"]
    us.edit(done.remote_id, Draft((Part("New."),), {"title": "The pool", "tags": "pool"}))
    assert [b["text"] for b in post.content[2:]] == ["The pool", "New."] and post.tags == ["pool"]
    us.delete(done.remote_id)
    with pytest.raises(Refused, match="no longer on Tumblr"):
        us.edit(done.remote_id, Draft((Part("Newer."),)))


def test_reblogs_with_words_are_replies_and_likes_are_not(stage: TumblrStage, us: Tumblr) -> None:
    (done,) = Rehearsal(us, stage.draft("Questions?")).rest()
    stage.server.note(done.remote_id, "reblog", words="We asked, too.")
    stage.server.note(done.remote_id, "reblog")
    stage.server.note(done.remote_id, "like")
    stage.server.note(done.remote_id, "reply", words="When?")
    assert [(m.text, m.author) for m in us.replies(done.remote_id).items] == [
        ("When?", "resident"), ("We asked, too.", "resident"),
    ]  # fmt: skip
    numbers = us.measure([done.remote_id, "1"])
    assert dict(numbers[done.remote_id].numbers) == {"likes": 1, "replies": 1, "shares": 2, "notes": 4}
    assert set(numbers) == {done.remote_id}


# --- answers ----------------------------------------------------------------------------------------------------------


def answer(status: int, data: Any = None, headers: dict[str, str] | None = None) -> Answer:
    body = data if isinstance(data, bytes) else json.dumps(data).encode() if data is not None else b""
    return Answer(status, headers or {}, body, "https://api.tumblr.com/v2/blog/x/posts")


def problem(status: int, code: int = 0, title: str = "Sorry.") -> dict[str, Any]:
    errors = {"errors": [{"title": title, "code": code}]} if code else {}
    return {"meta": {"status": status, "msg": "No"}, "response": [], **errors}


@pytest.mark.parametrize(
    ("status", "body", "word", "code"),
    [
        (400, problem(400, 8001), Refused, "400.8001"),
        (400, problem(400, 8005), Refused, "400.8005"),
        (400, problem(400, 8016), Refused, "400.8016"),
        (401, problem(401), SignInAgain, "401"),
        (403, problem(403), Refused, "403"),
        (403, problem(403, 8004), NotNow, "403.8004"),
        (403, problem(403, 8011), NotNow, "403.8011"),
        (403, problem(403, 8023), NotNow, "403.8023"),
        (403, problem(403, 8010), NotNow, "403.8010"),
        (403, problem(403, 8008), Refused, "403.8008"),
        (404, problem(404), Refused, "404"),
        (429, problem(429), NotNow, "429"),
        (500, problem(500, 8006), Unknown, "500"),
        (500, problem(500, 8009), Unknown, "500"),
        (503, problem(503), NotNow, "503"),
        (503, b"<h1>Oops</h1>", Unknown, "503"),
        (200, problem(401), SignInAgain, "401"),
        (200, problem(403, 8023), NotNow, "200.8023"),
        (200, problem(500), Unknown, "500"),
    ],
)
def test_an_answer_becomes_one_of_the_four_words(alone: Tumblr, status: int, body: Any, word: type, code: str) -> None:
    failure = alone.understand(answer(status, body), writing=True)
    assert type(failure) is word and failure.code == code
    assert "Tumblr" in failure.sentence


def test_a_used_up_day_ends_with_the_day_of_tumblr(alone: Tumblr) -> None:
    given = answer(403, problem(403, 8023))
    for hour, day in ((4, 31), (6, 1)):
        given.at = datetime(2026, 12, 31, hour, 30, tzinfo=UTC)
        failure = alone.understand(given, writing=True)
        assert isinstance(failure, NotNow) and failure.retry_at is not None
        assert (failure.retry_at.day, failure.retry_at.hour) == (day, 5)


def test_the_limit_that_is_used_up_says_when(alone: Tumblr) -> None:
    headers = {"x-ratelimit-perhour-remaining": "12", "x-ratelimit-perhour-reset": "600",
               "x-ratelimit-perday-remaining": "0", "x-ratelimit-perday-reset": "7200"}  # fmt: skip
    given = answer(429, problem(429), headers)
    failure = alone.understand(given, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == given.at + timedelta(hours=2)
    assert [(budget.limit, budget.of) for budget in Tumblr.budgets()] == [
        (250, Budget.CHANNEL), (1000, Budget.APP), (5000, Budget.APP),
    ]  # fmt: skip


def test_a_renamed_blog_keeps_its_id_and_one_that_was_left_is_told(stage: TumblrStage, us: Tumblr) -> None:
    stage.server.blogs[OURS][0] = "townhall"
    again = us.whoami()
    assert (again.remote_id, again.handle) == (us.account.remote_id, "townhall")
    stage.server.mine = [LIBRARY]
    with pytest.raises(SignInAgain, match="no longer lets this person post"):
        us.whoami()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"response": []}', b'"x"', b"null", b'{"response": {}}'])
def test_a_listing_of_another_shape_is_asked_again(stage: TumblrStage, us: Tumblr, body: bytes) -> None:
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):
        us.notifications()


def test_an_answer_of_endless_size_is_unknown(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft("One.")).to_the_post()
    stage.answer_next(200, b"x" * 5_100_000)
    with pytest.raises(Unknown) as caught:
        rehearsal.say()
    assert caught.value.code == "oversized"


@pytest.mark.parametrize(
    "link",
    [
        "https://www.tumblr.com/cityhall/9007199254740993001/hello-there",
        "https://cityhall.tumblr.com/post/9007199254740993001?source=share",
        "https://www.tumblr.com/cityhall/9007199254740993001",
    ],
)
def test_a_pasted_link_names_its_post(link: str) -> None:
    assert Tumblr.id_in(link) == "9007199254740993001"
