"""VK on its contract stage."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.vk import VK
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.stages import Stage
from clarion.testing.videos import video
from clarion.testing.vk import VKStage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[VKStage]:
    with VKStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: VKStage) -> VK:
    return stage.network()


class TestVK(Conformance):
    network = VK

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[VKStage]:
        with VKStage(tmp_path) as stage:
            yield stage

    @proves("publish")
    def test_the_limit_passes_and_one_more_is_refused_before_sending(self, stage: Stage, us: Network) -> None:
        """Nobody knows VK's limit: one more is a warning here, and a no there."""
        exact = stage.draft("a" * 16_000)
        assert us.problems(exact) == []
        Rehearsal(us, exact).rest()
        longer = stage.draft("a" * 16_001)
        assert [(p.field, p.level, p.count, p.limit) for p in us.problems(longer)] == [("text", "warn", 16_001, 16_000)]
        with pytest.raises(Refused):
            Rehearsal(us, longer).rest()

    @proves("hear")
    def test_a_call_of_the_network_is_heard_and_a_forged_one_is_not(self, stage: Stage) -> None:
        """VK sends a secret within the body and does not sign it."""
        headers, body, secret = stage.hook("Is the pool open?")
        (heard,) = VK.hear(headers, body, secret=secret)
        assert (heard.text, heard.author, heard.parent_id) == ("Is the pool open?", "@id99", "5")
        assert heard.remote_id == "5_9" and heard.at.tzinfo
        told = json.loads(body)
        for forged in (
            {**told, "secret": "another"},
            {**told, "secret": ""},
            {n: v for n, v in told.items() if n != "secret"},
        ):
            with pytest.raises(Refused) as caught:
                VK.hear({}, json.dumps(forged).encode(), secret=secret)
            assert caught.value.code == "signature"
        with pytest.raises(Refused):
            VK.hear({}, body, secret="")
        with pytest.raises(Refused):
            VK.hear({}, b"<html>", secret=secret)

    @proves("reply", "find")
    def test_a_reply_lands_under_its_parent(self, stage: Stage, us: Network) -> None:
        """As in the suite; the parent is a post of ours, as on a wall."""
        super().test_a_reply_lands_under_its_parent(stage, us)


# --- connecting -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["https://vk.com/cityhall", "vk.com/cityhall/", "@cityhall", "club4207", "-4207", "4207"]
)
def test_a_community_is_known_by_whatever_a_person_pastes(stage: VKStage, typed: str) -> None:
    fields = {"community": typed, "access_token": f" {stage.server.token} "}
    account = VK.connect(fields, http=stage.http(), app={"base_url": stage.server.url}).account
    assert (account.remote_id, account.handle, account.url) == ("4207", "cityhall", "https://vk.com/cityhall")


def test_a_token_of_somebody_who_may_not_publish_is_refused_at_once(stage: VKStage) -> None:
    stage.server.is_admin = 0
    with pytest.raises(Refused, match="administrator"):
        stage.network()
    stage.server.is_admin = None
    assert stage.network().whoami().name == "City Hall", "not told is no no"


def test_an_unknown_community_and_a_wrong_token_are_named(stage: VKStage) -> None:
    app = {"base_url": stage.server.url}
    with pytest.raises(Refused, match="group_id"):
        VK.connect({"community": "nobody", "access_token": stage.server.token}, http=stage.http(), app=app)
    with pytest.raises(SignInAgain):
        VK.connect({"community": "cityhall", "access_token": "wrong"}, http=stage.http(), app=app)
    with pytest.raises(Refused, match="address of your community"):
        VK.connect({"community": " ", "access_token": "x"}, http=stage.http(), app=app)


# --- publishing -------------------------------------------------------------------------------------------------------


def test_options_are_sent_as_vk_names_them(stage: VKStage, us: VK) -> None:
    options = {"close_comments": True, "signed": False, "copyright": "https://city.example/source"}
    Rehearsal(us, stage.draft("News.", **options)).rest()
    (post,) = stage.server.posts.values()
    assert (post.told["close_comments"], post.told["copyright"]) == ("1", "https://city.example/source")
    assert "signed" not in post.told and len(post.guid) == 32


def test_a_video_and_a_picture_hang_on_the_post(stage: VKStage, us: VK, tmp_path: Path) -> None:
    film = video(tmp_path, size=5000)
    Rehearsal(us, Draft((Part("Look.", (film, stage.picture("The pool."))),))).rest()
    (post,) = stage.server.posts.values()
    assert [file["type"] for file in post.files] == ["video", "photo"]
    assert film.path.read_bytes() in [raw for _name, raw in stage.server.uploaded.values()]


def test_a_picture_that_vk_cannot_read_stops_before_anything_is_public(stage: VKStage, us: VK) -> None:
    picture = stage.picture()
    picture.path.write_bytes(b"no picture at all")
    with pytest.raises(Refused, match="could not read the picture"):
        Rehearsal(us, Draft((Part("Look.", (picture,)),))).rest()
    assert stage.posts() == []


def test_the_first_comment_hangs_on_the_post_and_is_found_when_its_answer_is_lost(stage: VKStage, us: VK) -> None:
    rehearsal = Rehearsal(us, stage.draft("News.", first_comment="More: https://city.example/news"))
    first = rehearsal.say()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    rehearsal.rest()
    assert [(p.text, p.parent_id) for p in stage.posts()] == [
        ("News.", ""), ("More: https://city.example/news", first.remote_id),
    ]  # fmt: skip


def test_a_stranger_s_comment_with_our_words_is_not_ours(stage: VKStage, us: VK) -> None:
    rehearsal = Rehearsal(us, stage.draft("News.", first_comment="Thanks!"))
    first = rehearsal.say()
    stage.server.stranger_says(int(first.remote_id), "Thanks!")
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)


def test_a_reply_to_a_comment_goes_below_that_comment(stage: VKStage, us: VK) -> None:
    (done,) = Rehearsal(us, stage.draft("Questions?")).rest()
    theirs = stage.stranger_replies(done.remote_id, "When?")
    rehearsal = Rehearsal(us, stage.draft("At nine."))
    line = rehearsal.line
    line.step = replace(line.step, payload={**line.step.payload, "in_reply_to": theirs})
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    found = rehearsal.recover()
    assert stage.server.comments[int(found.remote_id.partition("_")[2])].above == int(theirs.partition("_")[2])


def test_a_mention_reads_as_it_was_typed(stage: VKStage, us: VK) -> None:
    rehearsal = Rehearsal(us, stage.draft("Thanks to @rita")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    (post,) = stage.server.posts.values()
    post.text = "Thanks to [id99|@rita]"
    assert isinstance(rehearsal.recover(), Published)


def test_an_old_post_with_the_same_words_is_not_taken_for_this_one(stage: VKStage, us: VK) -> None:
    Rehearsal(us, stage.draft("Every Monday.")).rest()
    (post,) = stage.server.posts.values()
    post.at -= 3600
    rehearsal = Rehearsal(us, stage.draft("Every Monday.")).to_the_post()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)


def test_a_pinned_post_does_not_end_the_look_before_it_began(stage: VKStage, us: VK) -> None:
    (pinned,) = Rehearsal(us, stage.draft("Pinned for a year.")).rest()
    stage.server.posts[int(pinned.remote_id)].at -= 31_536_000
    stage.server.pinned = int(pinned.remote_id)
    rehearsal = Rehearsal(us, stage.draft("Busy day.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    for n in range(150):
        stage.server.write(f"Later {n}")
    assert isinstance(rehearsal.look(), Published)


def test_a_wall_too_long_to_be_read_back_is_no_absence(stage: VKStage, us: VK) -> None:
    rehearsal = Rehearsal(us, stage.draft("Never sent.")).to_the_post()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    for n in range(1001):
        stage.server.write(f"Later {n}")
    assert rehearsal.look() == Absent(complete=False)


def test_a_clock_that_is_behind_hides_nothing(stage: VKStage, us: VK) -> None:
    stage.server.clock = timedelta(minutes=-9)
    rehearsal = Rehearsal(us, stage.draft("On time.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (1, Unknown), (5, SignInAgain), (6, NotNow), (9, NotNow), (10, Unknown), (14, SignInAgain), (15, SignInAgain),
        (17, SignInAgain), (29, NotNow), (100, Refused), (113, Refused), (203, SignInAgain), (214, Refused),
        (219, Refused), (222, Refused), (224, Refused), (3300, SignInAgain), (987654, Unknown),
    ],
)  # fmt: skip
def test_a_yes_that_says_no_is_one_of_the_four_words(stage: VKStage, us: VK, code: int, word: type) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.server.error = (code, "VK says why")
    with pytest.raises(word) as caught:
        rehearsal.say()
    assert caught.value.code == str(code) and "VK says why" in caught.value.sentence
    assert stage.posts() == []


def test_a_flood_waits_for_an_hour_and_too_many_a_second_for_one(stage: VKStage, us: VK) -> None:
    for code, pause in ((6, 1), (9, 3600), (29, 86_400)):
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.server.error = (code, "slow")
        with pytest.raises(NotNow) as caught:
            rehearsal.say()
        assert caught.value.retry_at is not None
        assert abs(caught.value.retry_at - datetime.now(UTC) - timedelta(seconds=pause)) < timedelta(seconds=20)


def test_when_the_posts_of_the_day_are_used_up_it_goes_on_tomorrow(stage: VKStage, us: VK) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.server.error = (214, "Access to adding post denied: you can only add 50 posts a day")
    with pytest.raises(NotNow, match="goes on tomorrow"):
        rehearsal.say()
    stage.server.error = (214, "Access to adding post denied: a post is already scheduled for this time")
    with pytest.raises(Refused, match="for the same minute"):
        rehearsal.say()


@pytest.mark.parametrize(
    ("url", "id"),
    [
        ("https://vk.com/wall-123_45", "45"),
        ("https://vk.com/wall-123_45?reply=9", "45_9"),
        ("https://vk.com/cityhall?w=wall-123_45_r9&z=1&reply=9", "45_9"),
        ("https://vk.com/wall-123_45?z=photo1#reply=9", "45"),
    ],
)
def test_a_pasted_link_names_the_post_and_never_another(url: str, id: str) -> None:
    assert VK.id_in(url) == id


def test_what_is_no_post_is_not_asked_for(stage: VKStage, us: VK) -> None:
    for ask in (us.delete, us.replies):
        with pytest.raises(Refused, match="no post on VK"):
            ask("halden")


def test_a_reading_call_that_stumbles_is_asked_again(stage: VKStage, us: VK) -> None:
    stage.server.error = (10, "Internal server error")
    with pytest.raises(NotNow):
        us.fetch("1")
