"""Threads on the contract stage, and what only it has."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Draft, Media, Network, NoVault, Part
from clarion.networks.http import Answer
from clarion.networks.threads import Threads
from clarion.networks.words import Absent, NotNow, Refused, SignInAgain, Unknown
from clarion.testing.conformance import FAMILY, Conformance, proves
from clarion.testing.pictures import picture
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.threads import US_ID, weight
from clarion.testing.stages import Stage
from clarion.testing.threads import ThreadsStage

from .signing_in import TROUBLE, SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[ThreadsStage]:
    with ThreadsStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: ThreadsStage) -> Threads:
    us = stage.network()
    assert isinstance(us, Threads)
    return us


class TestThreads(Conformance):
    network = Threads

    # Threads tells followers, but never how many posts there are.

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Threads) -> None:
        assert us.measure_account().numbers["followers"] == 812
        stage.hide_numbers()
        assert set(us.measure_account().numbers.values()) == {None}

    @proves("hide")
    def test_a_reply_of_a_stranger_can_be_hidden(self, stage: ThreadsStage, us: Threads) -> None:
        (remote_id,) = self.publish(stage, us, "Questions?")
        theirs = stage.stranger_replies(remote_id, "Buy my watches")
        us.hide(theirs)
        assert stage.server.posts[theirs].hidden


# --- signing in -------------------------------------------------------------------------------------------------------


class TestSigningIn(SignsIn):
    network = Threads
    scope_separator = ","
    renews = False  # not by a refresh token; see below

    def test_an_hour_becomes_sixty_days(self, stage: ThreadsStage) -> None:
        (connected,) = self.there_and_back(stage)
        assert connected.account.remote_id == US_ID and connected.account.handle == "@cityhall"
        assert connected.expires_at is not None
        assert 59 * 86_400 < connected.expires_at.timestamp() - time.time() < 61 * 86_400

    def test_neither_token_nor_secret_of_the_address_is_in_the_evidence(self, stage: ThreadsStage) -> None:
        http = stage.http()
        stage.http = lambda **given: http  # type: ignore[method-assign]
        (connected,) = self.there_and_back(stage)
        evidence = repr(http.exchanges)
        assert "client_secret" in evidence, "the documentation wants it in the address"
        for secret in (connected.secrets["access_token"], stage.app["client_secret"]):
            assert secret not in evidence


DAY = 86_400


def aged(us: Threads, days: float) -> dict[str, Any]:
    us.vault.write({**us.vault.read(), "expires_at": time.time() + (60 - days) * DAY})
    return us.vault.read()


def test_a_token_renews_itself_after_a_week_and_at_most_once_a_day(stage: ThreadsStage, us: Threads) -> None:
    aged(us, 6.9)
    us.whoami()
    assert stage.consent.renewals == 0
    before = aged(us, 7.1)
    us.whoami()
    after = us.vault.read()
    assert stage.consent.renewals == 1 and after["access_token"] != before["access_token"]
    assert after["expires_at"] - time.time() > 59 * DAY
    us.vault.write({**after, "expires_at": before["expires_at"]})
    us.whoami()
    assert stage.consent.renewals == 1


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda trouble: f"{trouble['kind']} {trouble.get('status', '')}")
def test_trouble_while_renewing_neither_disconnects_nor_delays(stage: ThreadsStage, trouble: dict[str, Any]) -> None:
    us = stage.network(seconds=0.4)
    assert isinstance(us, Threads)
    before = aged(us, 30)
    stage.faults.arm(Fault(match=lambda method, path: path == "/refresh_access_token", **trouble))
    assert us.whoami().remote_id == US_ID
    assert us.vault.read()["access_token"] == before["access_token"]
    us.whoami()
    assert stage.consent.renewals <= 1, "it is tried again in an hour, not with each call"


def test_a_token_that_was_taken_back_asks_for_sign_in_also_while_renewing(stage: ThreadsStage, us: Threads) -> None:
    aged(us, 30)
    stage.end_token()
    with pytest.raises(SignInAgain):
        us.whoami()


def test_a_renamed_account_is_known_by_its_id(stage: ThreadsStage, us: Threads) -> None:
    before = us.whoami()
    stage.server.username = "townhall"
    assert us.whoami().remote_id == before.remote_id and us.whoami().handle == "@townhall"


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "count"), [("é", 1), ("Straße", 6), ("😀", 4), (FAMILY, 25), ("a😀b", 6)])
def test_an_emoji_counts_as_its_bytes(text: str, count: int) -> None:
    assert Threads.rules.text.count(text) == count == weight(text)


def test_what_threads_would_refuse_is_refused_before(stage: ThreadsStage, us: Threads) -> None:
    def said(**options: Any) -> list[tuple[str, str]]:
        return [(problem.field, problem.level) for problem in us.problems(stage.draft("Hello.", **options))]

    assert said(topic_tag="city.news") == [("topic_tag", "stop")]
    assert said(topic_tag="x" * 51) == [("topic_tag", "stop")]
    assert said(topic_tag="City news") == []
    assert said(poll={"options": ["x" * 26, "b"]}) == [("poll", "warn")]
    assert said(link="https://cityhall.example", pictures=1) == [("link", "warn")]
    mixed = (*(stage.picture() for _ in range(12)), *([stage.video()] * 12))
    assert [(p.field, p.count) for p in us.problems(Draft((Part("x", mixed),)))] == [("media", 24)]


# --- publishing -------------------------------------------------------------------------------------------------------


def test_options_reach_the_container_and_only_there(stage: ThreadsStage, us: Threads) -> None:
    poll = {"options": ["Monday", "Tuesday", "Friday"]}
    options = {"reply_control": "followers_only", "topic_tag": "City news", "poll": poll, "spoiler": True}
    Rehearsal(us, stage.draft("When shall we open longer?", "Tell us.", **options)).rest()
    first, second = (dict(one.asked) for one in stage.server.containers.values())
    assert first["reply_control"] == "followers_only" and first["topic_tag"] == "City news"
    assert json.loads(first["poll_attachment"]) == {"option_a": "Monday", "option_b": "Tuesday", "option_c": "Friday"}
    assert "is_spoiler_media" not in first, "there is nothing to hide"
    assert "topic_tag" not in second and second["reply_to_id"] == stage.posts()[0].remote_id


def test_pictures_and_a_video_go_as_a_carousel_in_order(stage: ThreadsStage, us: Threads) -> None:
    files = (stage.picture("First."), stage.video(), stage.picture(""))
    rehearsal = Rehearsal(us, Draft((Part("Three.", files),), {"spoiler": True}))
    assert [line.step.kind for line in rehearsal.lines] == ["item", "item", "item", "container", "post"]
    rehearsal.rest()
    assert [p.alts for p in stage.posts()] == [("First.", "A bridge.", "")]
    whole = list(stage.server.containers.values())[-1].asked
    assert (whole["media_type"], whole["is_spoiler_media"]) == ("CAROUSEL", "true")
    assert us.fetch(stage.posts()[0].remote_id).alts == ("First.", "A bridge.", "")  # type: ignore[union-attr]


def test_a_lost_container_is_simply_made_again_with_a_new_address(stage: ThreadsStage, us: Threads) -> None:
    rehearsal = Rehearsal(us, stage.draft("x", pictures=1))
    stage.faults.arm(Fault("lose_answer", lambda method, path: path.endswith("/me/threads")))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    rehearsal.rest()
    assert len(stage.posts()) == 1 and len(stage.server.containers) == 2
    assert len(stage.server.lent) == 2, "an address is good for a while only"
    assert "signature=" not in json.dumps([line.payload for line in rehearsal.lines])


def test_without_a_public_address_files_are_refused_and_words_are_not(stage: ThreadsStage) -> None:
    us = Threads(stage.network().account, http=stage.http(), vault=NoVault({"access_token": stage.server.token}),
                 app=stage.app)  # fmt: skip
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft("x", pictures=1)).rest()
    assert caught.value.code == "no_address"
    Rehearsal(us, stage.draft("Words.")).rest()
    assert [p.text for p in stage.posts()] == ["Words."]


def test_a_file_that_threads_cannot_fetch_is_tried_again_later(stage: ThreadsStage, us: Threads) -> None:
    us._lend = lambda media: "https://elsewhere.example/x"
    with pytest.raises(NotNow) as caught:
        Rehearsal(us, stage.draft("x", pictures=1)).rest()
    assert caught.value.code == "9004/2207052" and caught.value.retry_at is not None


def test_a_container_that_failed_says_why(stage: ThreadsStage, us: Threads) -> None:
    stage.process_media(times=1, then="failed")
    with pytest.raises(Refused, match="FAILED_DOWNLOADING_VIDEO"):
        Rehearsal(us, Draft((Part("x", (stage.video(),)),))).rest()


def test_a_container_that_is_a_day_old_is_not_published(stage: ThreadsStage, us: Threads) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    (made,) = stage.server.containers.values()
    made.at -= timedelta(hours=25)
    assert rehearsal.look() == Absent(complete=True)
    with pytest.raises(Refused, match="kept for a day only"):
        rehearsal.say()
    assert stage.posts() == []


def test_a_container_that_is_not_ready_waits(stage: ThreadsStage, us: Threads) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    (made,) = stage.server.containers.values()
    made.checks = 1
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.code == "9007/2207027"
    rehearsal.say()
    assert len(stage.posts()) == 1


def test_a_post_that_is_out_but_not_listed_yet_is_waited_for(stage: ThreadsStage, us: Threads) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.listed_late = True
    with pytest.raises(NotNow, match="does not list it yet"):
        rehearsal.look()
    stage.server.listed_late = False
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


def test_a_clock_that_is_behind_hides_nothing(stage: ThreadsStage, us: Threads) -> None:
    """Threads' clock is five minutes behind ours: its Date header says so, and its times are read with that in mind."""
    stage.server.behind = timedelta(minutes=5)
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


def test_where_the_container_is_forgotten_our_posts_are_read(stage: ThreadsStage, us: Threads) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.containers.clear()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


def test_a_suspended_account_is_told_and_nothing_is_sent_again(stage: ThreadsStage, us: Threads) -> None:
    body = json.dumps({"error": {"message": "Restricted", "code": 100, "error_subcode": 2_207_050}}).encode()
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(400, body)
    with pytest.raises(Refused, match="has restricted the account"):
        rehearsal.say()
    assert stage.posts() == []


def test_a_permission_that_is_missing_asks_for_sign_in(stage: ThreadsStage, us: Threads) -> None:
    body = json.dumps({"error": {"message": "Requires threads_content_publish", "code": 10}}).encode()
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(403, body)
    with pytest.raises(SignInAgain, match="a permission is missing"):
        rehearsal.say()


def test_a_used_up_day_is_not_exceeded(stage: ThreadsStage, us: Threads) -> None:
    stage.server.used = 250
    with pytest.raises(NotNow, match="250 posts in a day") as caught:
        Rehearsal(us, stage.draft()).rest()
    assert caught.value.code == "quota" and caught.value.retry_at is not None
    assert stage.server.containers == {}


@pytest.mark.parametrize("status", [400, 500])
def test_a_quota_that_is_not_told_stops_nobody(stage: ThreadsStage, us: Threads, status: int) -> None:
    stage.faults.arm(Fault("answer", lambda method, path: path.endswith("_limit"), status=status))
    Rehearsal(us, stage.draft()).rest()
    assert len(stage.posts()) == 1


@pytest.mark.parametrize("code", [2_207_032, 2_207_053, 2_207_082])
def test_an_upload_that_failed_while_publishing_is_a_maybe(us: Threads, code: int) -> None:
    body = json.dumps({"error": {"message": "x", "code": 100, "error_subcode": code}}).encode()
    assert isinstance(us.understand(Answer(400, {}, body), writing=True), Unknown)


def test_a_repost_of_yesterday_is_not_made_again(stage: ThreadsStage, us: Threads) -> None:
    theirs = stage.stranger_posts("Summer party on Sunday")
    us.share(theirs)
    Rehearsal(us, stage.draft()).rest()
    us.share(theirs)
    assert len(stage.server.reposts) == 1


# --- calls in ---------------------------------------------------------------------------------------------------------


def test_both_shapes_of_a_call_are_heard_and_others_are_not(stage: ThreadsStage) -> None:
    _headers, body, secret = stage.hook("Is the pool open?")
    value = json.loads(body)["values"]["value"]
    usual = {"entry": [{"changes": [{"field": "mentions", "value": value}, {"field": "other", "value": value}]}]}
    assert [(m.kind, m.text) for m in Threads.hear(stage.signature(usual), json.dumps(usual).encode(), secret=secret)] \
        == [("mention", "Is the pool open?")]  # fmt: skip
    for odd in ({"values": "x"}, {"values": {"field": "replies", "value": None}}, {"entry": {}}):
        assert Threads.hear(stage.signature(odd), json.dumps(odd).encode(), secret=secret) == ()


def test_pictures_of_another_type_are_refused_before(us: Threads, tmp_path: Path) -> None:
    one = picture(tmp_path)
    gif = Media(one.path, "image/gif", one.size, one.sha256, name="a.gif")
    assert [problem.level for problem in us.problems(Draft((Part("x", (gif,)),)))] == ["stop"]


def test_every_declared_scope_is_used_for_something_that_is_declared() -> None:
    assert isinstance(Threads, type) and issubclass(Threads, Network)
    assert not {"threads_location_tagging", "threads_profile_discovery"} & set(Threads.scopes())
