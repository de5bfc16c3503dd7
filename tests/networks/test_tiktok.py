"""TikTok: uploads that go on after a kill, a last chunk that publishes once, pictures that are fetched, audiences."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Draft, Media, Network, NoVault, Part
from clarion.networks.http import Answer, Http
from clarion.networks.tiktok import TikTok
from clarion.networks.words import NotNow, Processing, Refused, SignInAgain, Unknown
from clarion.testing.conformance import LINK, Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.stages import Stage
from clarion.testing.tiktok import TikTokStage
from tests.networks.signing_in import SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TikTokStage]:
    with TikTokStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def us(stage: TikTokStage) -> TikTok:
    return stage.network()


class TestTikTok(Conformance):
    network = TikTok

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[TikTokStage]:
        with TikTokStage(tmp_path) as stage:
            yield stage

    def test_alt_text_arrives(self, stage: Stage, us: Network) -> None:
        pytest.skip("TikTok has no descriptions of pictures")

    @proves("fetch")
    def test_a_post_can_be_fetched_and_a_missing_one_is_none(self, stage: Stage, us: Network) -> None:
        """TikTok lets nobody take down from outside: somebody does it in the app."""
        assert isinstance(stage, TikTokStage)
        (remote_id,) = self.publish(stage, us, f"Read {LINK} now.")
        seen = us.fetch(remote_id)  # type: ignore[attr-defined]
        assert (seen.remote_id, seen.text, seen.alts) == (remote_id, f"Read {LINK} now.", ())
        assert seen.url == f"https://www.tiktok.com/@halden/video/{remote_id}" and seen.at.tzinfo
        stage.remove(remote_id)
        assert us.fetch(remote_id) is None  # type: ignore[attr-defined]

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network) -> None:
        """It is the last chunk, not the steps before it, that TikTok works on."""
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, stage.draft("Slow.")).to_the_post()
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        assert stage.posts() == []
        rehearsal.rest()
        assert [post.text for post in stage.posts()] == ["Slow."]

    @proves("hear")
    def test_a_call_of_the_network_is_heard_and_a_forged_one_is_not(self, stage: Stage) -> None:
        """TikTok tells what became of a post, not what strangers say."""
        headers, body, secret = stage.hook("file_format_check_failed")
        (heard,) = TikTok.hear(headers, body, secret=secret)
        assert (heard.kind, heard.remote_id) == ("notification", "v_pub_file~v2-1.7")
        assert "did not publish" in heard.text and "file_format_check_failed" in heard.text and heard.at.tzinfo
        for given in (
            (headers, body + b" ", secret),
            (headers, body, "another"),
            ({}, body, secret),
            (headers, body, ""),
        ):
            with pytest.raises(Refused) as caught:
                TikTok.hear(given[0], given[1], secret=given[2])
            assert caught.value.code == "signature"


class TestSigningIn(SignsIn):
    network = TikTok
    scope_separator = ","

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[TikTokStage]:
        with TikTokStage(tmp_path) as stage:
            yield stage

    def test_the_end_of_the_renewal_is_told_to_the_person(self, stage: TikTokStage) -> None:
        (connected,) = self.there_and_back(stage)
        assert connected.expires_at is not None
        assert timedelta(days=360) < connected.expires_at - datetime.now(UTC) < timedelta(days=366)

    def test_a_no_to_the_code_may_come_with_a_200(self, stage: TikTokStage) -> None:
        said = json.dumps({"error": "invalid_grant", "error_description": "Used.", "log_id": "2"}).encode()
        stage.faults.arm(Fault("answer", lambda method, path: path == stage.token_path, status=200, body=said))
        with pytest.raises(Refused) as caught:
            self.there_and_back(stage)
        assert caught.value.code == "invalid_grant"

    def test_who_does_not_allow_the_profile_is_connected_by_the_shown_name(self, stage: TikTokStage) -> None:
        stage.server.scopes = {"user.info.basic", "video.publish"}
        (connected,) = self.there_and_back(stage)
        assert connected.account.handle == "City of Halden"


def test_a_token_that_ended_is_renewed_also_when_it_is_told_with_a_200(stage: TikTokStage, us: TikTok) -> None:
    said = json.dumps({"data": {}, "error": {"code": "access_token_invalid", "message": "No."}}).encode()
    stage.faults.arm(Fault("answer", lambda method, path: path == "/v2/user/info/", status=200, body=said))
    assert us.whoami().handle == "@halden" and stage.consent.renewals == 1


def test_somebody_elses_token_asks_for_sign_in(stage: TikTokStage) -> None:
    us = TikTok(Account(), http=stage.http(), vault=NoVault({"access_token": "long-gone"}), app=stage.app)
    with pytest.raises(SignInAgain):
        us.whoami()


# --- before sending ---------------------------------------------------------------------------------------------------


def test_what_cannot_go_is_told_before_sending(stage: TikTokStage, us: TikTok) -> None:
    bare = Draft((Part("Only words."),), {})
    assert {p.field for p in us.problems(bare) if p.level == "stop"} == {"media", "privacy"}
    both = stage.draft()
    both = replace(both, parts=(replace(both.parts[0], media=(*both.parts[0].media, stage.picture())),))
    assert any("not both" in p.sentence for p in us.problems(both))
    secret = us.problems(stage.draft(privacy="SELF_ONLY", brand_content=True))
    assert [(p.field, p.level) for p in secret] == [("privacy", "stop"), ("privacy", "warn")]
    assert [p.field for p in us.problems(stage.draft(cover="the third"))] == ["cover"]
    assert [p.field for p in us.problems(stage.photos("Two.", cover="3"))] == ["cover"]
    assert us.problems(stage.photos("Two.", cover="2")) == []


def test_pictures_have_more_room_for_words_and_a_title_of_their_own(stage: TikTokStage, us: TikTok) -> None:
    assert us.problems(stage.photos("ä" * 4000, title="t" * 90)) == []
    found = us.problems(stage.photos("ä" * 4001, title="🌉" * 46))
    assert [(p.field, p.count, p.limit) for p in found] == [("text", 4001, 4000), ("title", 92, 90)]
    assert us.told_rules.text.limit == 2200


def test_how_long_a_video_may_be_is_asked_of_the_account(stage: TikTokStage, us: TikTok) -> None:
    stage.server.longest = 60
    told = TikTok.rules.told(us.limits())
    assert told.videos is not None and told.videos.seconds == 60


def test_odd_sides_are_only_a_warning(stage: TikTokStage, us: TikTok) -> None:
    draft = stage.draft()
    small = replace(draft.parts[0].media[0], width=240, height=320)
    found = us.problems(replace(draft, parts=(replace(draft.parts[0], media=(small,)),)))
    assert [(p.field, p.level) for p in found] == [("media", "warn")]


# --- who may see it ---------------------------------------------------------------------------------------------------


def test_an_audience_that_the_account_may_not_choose_is_refused_by_name(stage: TikTokStage, us: TikTok) -> None:
    stage.server.audiences = ["FOLLOWER_OF_CREATOR", "SELF_ONLY"]
    with pytest.raises(Refused, match="Followers, Only me"):
        Rehearsal(us, stage.draft()).rest()
    assert stage.server.uploads == {}, "nothing was begun"


def test_a_video_that_is_too_long_for_this_account_is_not_begun(stage: TikTokStage, us: TikTok) -> None:
    stage.server.longest = 10
    with pytest.raises(Refused, match="at most 10 seconds"):
        Rehearsal(us, stage.draft()).rest()
    assert stage.server.uploads == {}


def test_an_application_without_audit_is_told_plainly(stage: TikTokStage, us: TikTok) -> None:
    stage.server.audited = False
    with pytest.raises(Refused, match="has not audited our application") as caught:
        Rehearsal(us, stage.draft(privacy="SELF_ONLY")).rest()
    assert caught.value.code == "unaudited_client_can_only_post_to_private_accounts" and stage.posts() == []


def test_what_only_we_see_is_published_and_its_audience_is_kept(stage: TikTokStage, us: TikTok) -> None:
    stage.server.audited, stage.server.private = False, True
    rehearsal = Rehearsal(us, stage.draft("For us.", privacy="SELF_ONLY"))
    (done,) = rehearsal.rest()
    assert done.remote_id.startswith("v_pub_file") and done.handle["privacy"] == "SELF_ONLY"
    assert done.url == "https://www.tiktok.com/@halden"
    assert [post.text for post in stage.posts()] == ["For us."]
    seen = us.fetch(done.remote_id)
    assert seen is not None and seen.remote_id == done.remote_id
    assert us.measure([done.remote_id]) == {}


def test_the_switches_are_off_until_a_person_sets_them(stage: TikTokStage, us: TikTok) -> None:
    for options in ({}, {"allow_comment": True, "allow_duet": True, "allow_stitch": True}):
        Rehearsal(us, stage.draft(**options)).rest()
    shut, free = (post.info for post in stage.server.posts.values())
    names = ("disable_comment", "disable_duet", "disable_stitch")
    assert [shut[name] for name in names] == [True] * 3 and [free[name] for name in names] == [False] * 3


def test_what_the_account_has_switched_off_stays_off(stage: TikTokStage, us: TikTok) -> None:
    stage.server.off = {"duet"}
    Rehearsal(us, stage.draft(allow_comment=True, allow_duet=True)).rest()
    (post,) = stage.server.posts.values()
    assert post.info["disable_duet"] is True and post.info["disable_comment"] is False


def test_advertising_is_disclosed(stage: TikTokStage, us: TikTok) -> None:
    Rehearsal(us, stage.draft(brand_organic=True, brand_content=True, generated=True, cover="2,5")).rest()
    (post,) = stage.server.posts.values()
    told = {name: post.info[name] for name in ("brand_organic_toggle", "brand_content_toggle", "is_aigc")}
    assert all(told.values()) and post.info["video_cover_timestamp_ms"] == 2500


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_an_old_call_is_not_believed(stage: TikTokStage) -> None:
    secret = stage.consent.app["client_secret"]
    for away in (timedelta(minutes=-10), timedelta(minutes=10)):
        headers, body = stage.server.call("post.publish.complete", {"publish_id": "p"}, at=datetime.now(UTC) + away)
        with pytest.raises(Refused, match="too old") as caught:
            TikTok.hear(headers, body, secret=secret)
        assert caught.value.code == "signature"


@pytest.mark.parametrize(
    ("event", "content", "id", "said"),
    [
        ("post.publish.complete", {"publish_id": "p.1"}, "p.1", "has published"),
        ("post.publish.publicly_available", {"publish_id": "p.1", "post_id": "73"}, "73", "can be seen"),
        ("authorization.removed", {"reason": 1}, "authorization.removed", "access to the account was ended"),
    ],
)
def test_news_of_a_post_is_heard(stage: TikTokStage, event: str, content: dict[str, Any], id: str, said: str) -> None:
    headers, body = stage.server.call(event, content)
    (heard,) = TikTok.hear(headers, body, secret=stage.consent.app["client_secret"])
    assert heard.remote_id.startswith(id) and said in heard.text and heard.author == "open-halden"


def test_news_that_we_have_never_heard_of_is_no_message(stage: TikTokStage) -> None:
    headers, body = stage.server.call("portability.download.ready", {"request_id": 1})
    assert TikTok.hear(headers, body, secret=stage.consent.app["client_secret"]) == ()


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("access_token_invalid", SignInAgain),
        ("scope_not_authorized", SignInAgain),
        ("rate_limit_exceeded", NotNow),
        ("spam_risk_too_many_posts", NotNow),
        ("reached_active_user_cap", NotNow),
        ("spam_risk_too_many_pending_share", NotNow),
        ("spam_risk_user_banned_from_posting", Refused),
        ("spam_risk_text", Refused),
        ("spam_risk", Refused),
        ("unaudited_client_can_only_post_to_private_accounts", Refused),
        ("privacy_level_option_mismatch", Refused),
        ("url_ownership_unverified", Refused),
        ("invalid_param", Refused),
    ],
)
def test_codes_become_words_whatever_the_status(code: str, word: type[Exception], status: int) -> None:
    body = json.dumps({"data": {}, "error": {"code": code, "message": "Said by TikTok.", "log_id": "2"}}).encode()
    failure = TikTok(Account(), http=Http()).understand(Answer(status, {}, body), writing=True)
    assert type(failure) is word and failure.code == code and "Said by TikTok." in failure.sentence


def test_how_long_to_wait_follows_from_the_code() -> None:
    us, waits = TikTok(Account(), http=Http()), {"rate_limit_exceeded": 60, "spam_risk_too_many_posts": 86_400}
    for code, seconds in waits.items():
        answer = Answer(429, {}, json.dumps({"error": {"code": code}}).encode())
        failure = us.understand(answer, writing=True)
        assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("status", "writing", "word"),
    [(200, True, Unknown), (200, False, NotNow), (500, True, Unknown), (400, True, Refused)],
)
def test_a_code_that_nobody_knows_is_judged_with_care(status: int, writing: bool, word: type[Exception]) -> None:
    body = json.dumps({"error": {"code": "never_heard", "message": "Hm."}}).encode()
    assert type(TikTok(Account(), http=Http()).understand(Answer(status, {}, body), writing=writing)) is word


@pytest.mark.parametrize(
    ("why", "word"),
    [
        ("duration_check_failed", Refused),
        ("frame_rate_check_failed", Refused),
        ("picture_size_check_failed", Refused),
        ("internal", Refused),
        ("spam_risk_text", Refused),
        ("auth_removed", SignInAgain),
        ("something_new", Refused),
    ],
)
def test_a_failure_of_the_work_itself_is_told(stage: TikTokStage, us: TikTok, why: str, word: type[Exception]) -> None:
    stage.server.then.append((1, why))
    with pytest.raises(word) as caught:
        Rehearsal(us, stage.draft()).rest()
    assert caught.value.code == why and stage.posts() == []  # type: ignore[attr-defined]


def test_a_banned_account_is_told_before_anything_is_begun(stage: TikTokStage, us: TikTok) -> None:
    stage.server.banned = "spam_risk_user_banned_from_posting"
    with pytest.raises(Refused, match="banned"):
        Rehearsal(us, stage.draft()).rest()
    assert stage.server.uploads == {}


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"ok"', b'{"data": null}', b'{"data": {"videos": 7}}', b'{"error": "ok"}']
)
def test_answers_of_another_shape_are_asked_for_again(stage: TikTokStage, us: TikTok, body: bytes) -> None:
    for ask in (us.whoami, lambda: us.measure(["73"]), lambda: us._creator(), lambda: us._status("p")):
        stage.answer_next(200, body, any_call=True)
        with pytest.raises(NotNow):
            ask()


@pytest.mark.parametrize(
    ("url", "id"),
    [
        ("https://www.tiktok.com/@halden/video/7301?is_copy_url=1", "7301"),
        ("https://www.tiktok.com/@halden/photo/7302", "7302"),
    ],
)
def test_a_pasted_link_names_its_post(url: str, id: str) -> None:
    assert TikTok.id_in(url) == id


def test_many_posts_are_measured_in_few_calls(stage: TikTokStage, us: TikTok) -> None:
    ids = [stage.server.put(text=f"Post {number}").id for number in range(45)]
    before = stage.server.asked
    assert set(us.measure(ids)) == set(ids) and stage.server.asked - before == 3


def test_a_picture_of_the_wrong_type_is_told(us: TikTok) -> None:
    png = Media(Path("a.png"), "image/png", 10, "", name="a.png")
    draft = Draft((Part("Look.", (png,)),), {"privacy": "PUBLIC_TO_EVERYONE"})
    assert ["does not take image/png" in p.sentence for p in us.problems(draft)] == [True]
