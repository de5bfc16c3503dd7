"""Tumblr on its contract stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.tumblr import Tumblr
from clarion.networks.words import Absent, NotNow, Refused, SignInAgain, Unknown
from clarion.testing.conformance import LINK, Conformance, proves
from clarion.testing.rehearsal import NeedsAPerson, Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.tumblr import BLOG
from clarion.testing.stages import Stage
from clarion.testing.tumblr import TumblrStage
from clarion.testing.videos import video

from .signing_in import BACK, CHALLENGE, VERIFIER, SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TumblrStage]:
    with TumblrStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: TumblrStage) -> Tumblr:
    return stage.network()


class TestTumblr(Conformance):
    network = Tumblr

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[TumblrStage]:
        with TumblrStage(tmp_path) as stage:
            yield stage

    @proves("publish")
    def test_the_limit_passes_and_one_more_is_refused_before_sending(self, stage: Stage, us: Network) -> None:
        """It is the paragraph that Tumblr limits; the whole is kept within what one reads."""
        exact = stage.draft("a" * 4096 + "\n\n" + "b" * 4096)
        assert us.problems(exact) == []
        Rehearsal(us, exact).rest()
        assert [len(p.text) for p in stage.posts()] == [2 * 4096 + 2]
        longer = us.problems(stage.draft("a" * 4097))
        assert [(p.field, p.level, p.count, p.limit) for p in longer] == [("text", "stop", 4097, 4096)]
        whole = us.problems(stage.draft("\n\n".join("a" * 4000 for _n in range(26))))
        assert [(p.level, p.limit) for p in whole] == [("stop", 100_000)]

    @proves("publish")
    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        """Code points: a family is seven of them."""
        start = "👩‍👩‍👧‍👦 "
        exact = start + "b" * (4096 - len(start))
        assert us.problems(stage.draft(exact)) == []
        Rehearsal(us, stage.draft(exact)).rest()
        with pytest.raises(Refused):
            Rehearsal(us, stage.draft(exact + "b")).rest()
        assert len(stage.posts()) == 1


class TestSignIn(SignsIn):
    network = Tumblr

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[TumblrStage]:
        with TumblrStage(tmp_path) as stage:
            yield stage


# --- connecting -------------------------------------------------------------------------------------------------------


def signed_in(stage: TumblrStage) -> Any:
    address = Tumblr.authorise_url("", stage.app, redirect_uri=BACK, state="s", challenge=CHALLENGE)
    code = stage.consent.person_says_yes(address)["code"]
    return Tumblr.exchange("", stage.app, code=code, redirect_uri=BACK, verifier=VERIFIER, http=stage.http())


def test_every_blog_can_be_chosen(stage: TumblrStage) -> None:
    found = [(one.account.remote_id, one.account.handle) for one in signed_in(stage)]
    assert found == [(BLOG, "cityhall"), ("t:LiBrArYoFhAlDeN", "library")]


def test_who_has_no_blog_is_told(stage: TumblrStage) -> None:
    stage.server.has_blogs = False
    with pytest.raises(Refused, match="no blog"):
        signed_in(stage)


# --- publishing -------------------------------------------------------------------------------------------------------


def test_a_post_is_sent_in_blocks_with_its_links(stage: TumblrStage, us: Tumblr) -> None:
    draft = stage.draft(
        f"The pool 👩‍👩‍👧‍👦 opens: {LINK}.\n\nCome!", title="Pool", tags="pool, #summer", slug="pool",
        source_url="https://city.example", no_reblogs=True,
    )  # fmt: skip
    (done,) = Rehearsal(us, draft).rest()
    told = stage.server.posts[done.remote_id].told
    assert {name: told[name] for name in ("tags", "slug", "source_url", "interactability_reblog")} == {
        "tags": "pool,summer", "slug": "pool", "source_url": "https://city.example", "interactability_reblog": "noone",
    }  # fmt: skip
    title, first, second = told["content"]
    assert (title["subtype"], title["text"], second["text"]) == ("heading1", "Pool", "Come!")
    (link,) = first["formatting"]
    assert first["text"][link["start"] : link["end"]] == link["url"] == LINK
    assert done.url == f"https://www.tumblr.com/cityhall/{done.remote_id}"
    assert int(done.remote_id) > 2**53


def test_pictures_and_a_video_travel_with_the_draft_and_stay(stage: TumblrStage, us: Tumblr, tmp_path: Path) -> None:
    film = video(tmp_path, size=5000)
    pictures = (stage.picture("The pool."), stage.picture())
    Rehearsal(us, Draft((Part("Look.", (*pictures, film)),))).rest()
    (post,) = stage.server.posts.values()
    kinds = [block["type"] for block in post.told["content"]]
    assert kinds == ["image", "image", "video", "text"]
    assert set(stage.server.files.values()) == {one.path.read_bytes() for one in (*pictures, film)}


def test_nothing_is_seen_before_the_last_step(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft("Soon.")).to_the_post()
    assert stage.posts() == [] and len(stage.server.posts) == 1
    rehearsal.rest()
    assert [p.text for p in stage.posts()] == ["Soon."]


def test_a_draft_whose_answer_was_lost_leaves_an_orphan_that_nobody_sees(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft("Once."))
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "POST"))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert len(stage.posts()) == 1 and len(stage.server.posts) == 2


def test_a_draft_that_is_gone_needs_a_person(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.posts.clear()
    with pytest.raises(NeedsAPerson):
        rehearsal.recover()


def test_what_was_not_published_yet_is_known_to_be_absent(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [
        (400, 8001, Refused), (400, 8005, Refused), (400, 8016, Refused), (401, 1016, SignInAgain), (403, 8004, NotNow),
        (403, 8008, Refused), (403, 8010, NotNow), (403, 8011, NotNow), (403, 8022, NotNow), (403, 8023, NotNow),
        (404, 0, Refused), (500, 8006, Unknown), (500, 8009, Unknown), (403, 99999, Refused),
    ],
)  # fmt: skip
def test_every_code_is_one_of_the_four_words(
    stage: TumblrStage, us: Tumblr, status: int, code: int, word: type
) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    if status == 401:
        stage.end_token()
    stage.server.code = (status, code)
    with pytest.raises(word) as caught:
        rehearsal.say()
    assert caught.value.sentence and stage.posts() == []


def test_a_full_day_waits_for_the_next(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.server.code = (403, 8004)
    with pytest.raises(NotNow, match="today") as caught:
        rehearsal.say()
    assert caught.value.retry_at is not None
    assert caught.value.retry_at - datetime.now(UTC) > timedelta(hours=23)


def test_posting_that_is_switched_off_is_only_for_now(stage: TumblrStage, us: Tumblr) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(503, b'{"meta": {"status": 503, "msg": "Service Unavailable"}}', {"retry-after": "600"})
    with pytest.raises(NotNow):
        rehearsal.say()
