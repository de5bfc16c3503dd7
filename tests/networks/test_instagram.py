"""Instagram by Instagram Login on the contract stage, and what only it has."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Draft, Media, NoVault, Part
from clarion.networks.http import Answer
from clarion.networks.instagram import Instagram
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import LINK, Conformance, proves
from clarion.testing.instagram import InstagramStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.containers import US
from clarion.testing.servers.instagram import US_ID

from .signing_in import TROUBLE, SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[InstagramStage]:
    with InstagramStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: InstagramStage) -> Instagram:
    us = stage.network()
    assert isinstance(us, Instagram)
    return us


class TestInstagram(Conformance):
    network = Instagram

    # Nothing can be taken down through this door, so a post goes away by hand.

    @proves("fetch")
    def test_a_post_can_be_fetched_and_a_missing_one_is_none(self, stage: InstagramStage, us: Instagram) -> None:
        (remote_id,) = self.publish(stage, us, f"Read {LINK} now.", alts=("The reading room.",))
        seen = us.fetch(remote_id)
        assert seen is not None
        assert (seen.remote_id, seen.text, seen.alts) == (remote_id, f"Read {LINK} now.", ("The reading room.",))
        del stage.server.posts[remote_id]
        assert us.fetch(remote_id) is None

    @proves("hide")
    def test_a_comment_of_a_stranger_can_be_hidden(self, stage: InstagramStage, us: Instagram) -> None:
        (remote_id,) = self.publish(stage, us, "Questions?")
        theirs = stage.stranger_replies(remote_id, "Buy my watches")
        us.hide(theirs)
        assert stage.server.posts[theirs].hidden


# --- signing in -------------------------------------------------------------------------------------------------------


class TestSigningIn(SignsIn):
    network = Instagram
    scope_separator = ","
    renews = False  # not by a refresh token; see below

    @pytest.mark.parametrize("flat", [True, False])
    def test_both_shapes_of_the_answer_become_sixty_days(self, stage: InstagramStage, flat: bool) -> None:
        stage.server.flat_token = flat
        (connected,) = self.there_and_back(stage)
        assert connected.account.remote_id == US_ID and connected.account.handle == "@cityhall"
        assert connected.scopes == Instagram.scopes() and connected.missing_scopes == ()
        assert connected.expires_at is not None
        assert 59 * 86_400 < connected.expires_at.timestamp() - time.time() < 61 * 86_400

    def test_a_personal_account_is_told_what_to_do(self, stage: InstagramStage) -> None:
        stage.server.account_type = "PERSONAL"
        with pytest.raises(Refused, match="this is a personal one"):
            self.there_and_back(stage)

    def test_neither_token_nor_secret_of_the_address_is_in_the_evidence(self, stage: InstagramStage) -> None:
        http = stage.http()
        stage.http = lambda **given: http  # type: ignore[method-assign]
        (connected,) = self.there_and_back(stage)
        evidence = repr(http.exchanges)
        assert "client_secret" in evidence, "the documentation wants it in the address"
        for secret in (connected.secrets["access_token"], stage.app["client_secret"]):
            assert secret not in evidence


DAY = 86_400


def aged(us: Instagram, days: float) -> dict[str, Any]:
    us.vault.write({**us.vault.read(), "expires_at": time.time() + (60 - days) * DAY})
    return us.vault.read()


def test_a_token_renews_itself_after_a_week(stage: InstagramStage, us: Instagram) -> None:
    aged(us, 6.9)
    us.whoami()
    assert stage.consent.renewals == 0
    before = aged(us, 7.1)
    us.whoami()
    after = us.vault.read()
    assert stage.consent.renewals == 1 and after["access_token"] != before["access_token"]
    assert after["expires_at"] - time.time() > 59 * DAY


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: f"{trouble['kind']} {trouble.get('status', '')}")
def test_trouble_while_renewing_never_disconnects(stage: InstagramStage, trouble: dict[str, Any]) -> None:
    us = stage.network(seconds=0.4)
    assert isinstance(us, Instagram)
    before = aged(us, 30)
    stage.faults.arm(Fault(match=lambda method, path: path == "/refresh_access_token", **trouble))
    assert us.whoami().remote_id == US_ID
    assert us.vault.read()["access_token"] == before["access_token"]


def test_a_token_that_was_taken_back_asks_for_sign_in_also_while_renewing(stage: InstagramStage, us: Instagram) -> None:
    aged(us, 30)
    stage.end_token()
    with pytest.raises(SignInAgain):
        us.whoami()


def test_a_renamed_account_is_known_by_its_id(stage: InstagramStage, us: Instagram) -> None:
    before = us.whoami()
    stage.server.username = "townhall"
    assert us.whoami().remote_id == before.remote_id and us.whoami().handle == "@townhall"


# --- what is refused before -------------------------------------------------------------------------------------------


def said(us: Instagram, draft: Draft) -> list[tuple[str, str, int | None]]:
    return [(problem.field, problem.level, problem.count) for problem in us.problems(draft)]


def test_what_instagram_would_refuse_is_refused_before(stage: InstagramStage, us: Instagram) -> None:
    assert said(us, Draft((Part("Words only."),))) == [("media", "stop", 0)]
    assert said(us, stage.draft("#a " * 31)) == [("text", "stop", 31)]
    assert said(us, stage.draft("@rita " * 21)) == [("text", "stop", 21)]
    assert said(us, stage.draft("#a " * 30 + "@rita " * 20 + "press@cityhall.example")) == []
    assert said(us, stage.draft("x", collaborators="a,b,c,d")) == [("collaborators", "warn", 4)]
    assert said(us, stage.draft("x", location_id="Town Square")) == [("location_id", "stop", None)]
    mixed = (*(stage.picture() for _ in range(6)), *([stage.video()] * 6))
    assert said(us, Draft((Part("x", mixed),))) == [("media", "stop", 12)]
    heavy = Media(stage.video().path, "video/mp4", 400_000_000, "0", duration=30.0, name="film.mp4")
    assert said(us, Draft((Part("x", (heavy,)),))) == [("media", "warn", 400_000_000)]
    png = Media(stage.picture().path, "image/png", 100, "0", width=1080, height=1080, name="a.png")
    assert [level for _field, level, _count in said(us, Draft((Part("x", (png,)),)))] == ["stop"]


def test_a_tall_picture_may_be_a_story_but_no_post(stage: InstagramStage, us: Instagram) -> None:
    one = stage.picture()
    tall = Media(one.path, one.mime, one.size, one.sha256, width=1080, height=1920, name="tall.jpg")
    assert {level for _field, level, _count in said(us, Draft((Part("x", (tall,)),)))} == {"stop"}
    assert said(us, Draft((Part("", (tall,)),), {"publish_as": "story"})) == []


def test_what_a_story_does_not_show_is_said(stage: InstagramStage, us: Instagram) -> None:
    assert said(us, stage.draft("Words", publish_as="story")) == [("text", "warn", None)]
    assert said(us, stage.draft("", pictures=2, publish_as="story")) == [("media", "stop", 2)]
    assert said(us, stage.draft("", publish_as="story", first_comment="x")) == [("first_comment", "stop", None)]
    long = Draft((Part("", (stage.video(seconds=61),)),), {"publish_as": "story"})
    assert said(us, long) == [("media", "warn", 61)]


# --- publishing -------------------------------------------------------------------------------------------------------


def test_pictures_and_a_film_go_as_a_carousel_in_order(stage: InstagramStage, us: Instagram) -> None:
    files = (stage.picture("First."), stage.video(), stage.picture(""))
    options = {"collaborators": "@library, theatre", "location_id": "7640348500"}
    rehearsal = Rehearsal(us, Draft((Part("Three.", files),), options))
    assert [line.step.kind for line in rehearsal.lines] == ["item", "item", "upload", "item", "container", "post"]
    rehearsal.rest()
    assert [p.alts for p in stage.posts()] == [("First.", "", "")]
    whole = list(stage.server.containers.values())[-1].asked
    assert (whole["media_type"], whole["location_id"]) == ("CAROUSEL", "7640348500")
    assert json.loads(whole["collaborators"]) == ["library", "theatre"]
    seen = us.fetch(stage.posts()[0].remote_id)
    assert seen is not None and seen.alts == ("First.", "", "")


def test_a_film_goes_up_from_us_and_becomes_a_reel(stage: InstagramStage, us: Instagram) -> None:
    film = stage.video()
    rehearsal = Rehearsal(us, Draft((Part("The new bridge.", (film,)),), {"reels_only": True, "cover_at": "4"}))
    us._lend = None  # nobody needs to reach us for it
    assert [line.step.kind for line in rehearsal.lines] == ["container", "upload", "post"]
    rehearsal.rest()
    (made,) = stage.server.containers.values()
    assert made.body == film.path.read_bytes()
    asked = {name: made.asked[name] for name in ("media_type", "share_to_feed", "thumb_offset")}
    assert asked == {"media_type": "REELS", "share_to_feed": "false", "thumb_offset": "4000"}
    assert [p.text for p in stage.posts()] == ["The new bridge."]


def test_a_film_goes_on_from_the_last_byte_that_was_taken(stage: InstagramStage, us: Instagram) -> None:
    film = stage.video(300_000)
    rehearsal = Rehearsal(us, Draft((Part("The new bridge.", (film,)),)))
    rehearsal.say()
    (made,) = stage.server.containers.values()
    made.body, made.size = film.path.read_bytes()[:123_456], film.size  # what had arrived when the worker was killed
    us.http.exchanges.clear()
    rehearsal.say()
    assert made.body == film.path.read_bytes()
    assert max(exchange.sent for exchange in us.http.exchanges) < 200_000


def test_an_upload_whose_answer_was_lost_is_not_sent_again(stage: InstagramStage, us: Instagram) -> None:
    rehearsal = Rehearsal(us, Draft((Part("x", (stage.video(),)),)))
    rehearsal.say()
    stage.faults.arm(Fault("lose_answer", lambda method, path: "/ig-api-upload/" in path))
    with pytest.raises(Unknown):
        rehearsal.say()
    us.http.exchanges.clear()
    rehearsal.say()
    assert max(exchange.sent for exchange in us.http.exchanges) < 10_000


def test_bytes_go_to_metas_own_host_only(stage: InstagramStage, us: Instagram) -> None:
    rehearsal = Rehearsal(us, Draft((Part("x", (stage.video(),)),)))
    rehearsal.say()
    settled = rehearsal.lines[0].settled
    assert settled is not None
    settled.handle["address"] = "https://evil.example/ig-api-upload/v25.0/1"  # type: ignore[index]
    us.http.exchanges.clear()
    rehearsal.rest()
    assert not any("evil.example" in exchange.url for exchange in us.http.exchanges)
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("is_film", [True, False])
def test_a_story_is_found_among_the_stories(stage: InstagramStage, us: Instagram, is_film: bool) -> None:
    file = stage.video() if is_film else stage.picture("not shown")
    rehearsal = Rehearsal(us, Draft((Part("Not shown.", (file,)),), {"publish_as": "story"})).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    found = rehearsal.recover()
    assert [(p.remote_id, p.text) for p in stage.posts()] == [(found.remote_id, "")]
    numbers = us.measure([found.remote_id])[found.remote_id].numbers
    assert numbers["views"] == 7 and "saves" not in numbers


def test_a_post_without_words_is_not_taken_for_another_kind(stage: InstagramStage, us: Instagram) -> None:
    rehearsal = Rehearsal(us, stage.draft("")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    ours = stage.posts()[0].remote_id
    stage.server.say(US, "", more={"kind": "REELS"})
    assert rehearsal.recover().remote_id == ours


def test_a_lost_container_is_simply_made_again_with_a_new_address(stage: InstagramStage, us: Instagram) -> None:
    rehearsal = Rehearsal(us, stage.draft("x"))
    stage.faults.arm(Fault("lose_answer", lambda method, path: path.endswith("/media")))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    rehearsal.rest()
    assert len(stage.posts()) == 1 and len(stage.server.containers) == len(stage.server.lent) == 2
    assert "signature=" not in json.dumps([line.payload for line in rehearsal.lines])


def test_without_a_public_address_pictures_are_refused(stage: InstagramStage) -> None:
    us = Instagram(stage.network().account, http=stage.http(), vault=NoVault(stage.kept()), app=stage.app)
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft("x")).rest()
    assert caught.value.code == "no_address"


def test_a_picture_that_instagram_cannot_fetch_is_tried_again_later(stage: InstagramStage, us: Instagram) -> None:
    us._lend = lambda media: "https://elsewhere.example/x"
    with pytest.raises(NotNow) as caught:
        Rehearsal(us, stage.draft("x")).rest()
    assert caught.value.code == "9004/2207052" and caught.value.retry_at is not None


def test_a_container_that_failed_says_why(stage: InstagramStage, us: Instagram) -> None:
    stage.process_media(times=1, then="failed")
    with pytest.raises(Refused, match="The video could not be read"):
        Rehearsal(us, Draft((Part("x", (stage.video(),)),))).rest()


def test_a_container_that_is_a_day_old_is_not_published(stage: InstagramStage, us: Instagram) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    (made,) = stage.server.containers.values()
    made.at -= timedelta(hours=25)
    assert rehearsal.look() == Absent(complete=True)
    with pytest.raises(Refused, match="kept for a day only"):
        rehearsal.say()
    assert stage.posts() == []


def test_a_post_that_is_out_but_not_listed_yet_is_waited_for(stage: InstagramStage, us: Instagram) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.listed_late = True
    with pytest.raises(NotNow, match="does not list it yet"):
        rehearsal.look()
    stage.server.listed_late = False
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


def test_a_clock_that_is_behind_hides_nothing(stage: InstagramStage, us: Instagram) -> None:
    stage.server.behind = timedelta(minutes=5)
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


def test_a_used_up_day_is_not_exceeded(stage: InstagramStage, us: Instagram) -> None:
    stage.server.used = 50
    with pytest.raises(NotNow, match="50 posts in a day") as caught:
        Rehearsal(us, stage.draft()).rest()
    assert caught.value.code == "quota" and stage.server.containers == {}


@pytest.mark.parametrize(
    ("code", "subcode", "word"),
    [
        (190, 460, SignInAgain), (10, 0, SignInAgain), (200, 0, SignInAgain), (4, 0, NotNow), (9, 2_207_042, NotNow),
        (9007, 2_207_027, NotNow), (9004, 2_207_052, NotNow), (4, 2_207_051, Refused), (25, 2_207_050, Refused),
        (36003, 2_207_009, Refused), (36001, 2_207_005, Refused), (352, 2_207_026, Refused), (100, 0, Refused),
        (-1, 2_207_053, Unknown), (-2, 2_207_003, NotNow), (-1, 2_207_032, Unknown), (1, 0, Unknown),
    ],
)  # fmt: skip
def test_each_code_becomes_one_of_four_words(us: Instagram, code: int, subcode: int, word: type[Exception]) -> None:
    body = json.dumps({"error": {"message": "x", "code": code, "error_subcode": subcode}}).encode()
    assert type(us.understand(Answer(400, {}, body), writing=True)) is word


# --- comments ---------------------------------------------------------------------------------------------------------


def test_a_first_comment_follows_and_a_lost_one_is_found(stage: InstagramStage, us: Instagram) -> None:
    rehearsal = Rehearsal(us, stage.draft("Read on.", first_comment="Questions? Ask here."))
    post = [rehearsal.say() for _step in ("container", "post")][-1]
    stage.stranger_replies(post.remote_id, "Questions? Ask here.")
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    comment = rehearsal.recover()
    assert comment.url == post.url
    assert [(p.remote_id, p.text, p.parent_id) for p in stage.posts()] == [
        (post.remote_id, "Read on.", ""), (comment.remote_id, "Questions? Ask here.", post.remote_id),
    ]  # fmt: skip


def test_a_lost_answer_to_a_long_conversation_is_found_in_whatever_order_it_comes(
    stage: InstagramStage, us: Instagram
) -> None:
    theirs = stage.stranger_posts("When?")
    for number in range(120):
        stage.stranger_replies(theirs, f"{number}")
    for one in stage.server.posts.values():
        one.at -= timedelta(days=1)
    rehearsal = Rehearsal(us, stage.draft("At nine.")).to_the_post()
    line = rehearsal.line
    line.step = type(line.step)("post", line.step.number, payload={**line.step.payload, "in_reply_to": theirs})
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)
