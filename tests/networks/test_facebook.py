"""Facebook Pages on the contract stage, and what only they have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clarion.networks.base import Account, Draft, Network, NoVault, Part, Step
from clarion.networks.facebook import Facebook
from clarion.networks.words import Absent, NotNow, Processing, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.facebook import FacebookStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.facebook import PAGE_ID, FacebookServer
from clarion.testing.servers.graph import Wrong
from clarion.testing.stages import Stage

from .signing_in import SignsIn


class TestFacebook(Conformance):
    network = Facebook

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[FacebookStage]:
        with FacebookStage(tmp_path) as stage:
            yield stage

    # Pictures are there at once on Facebook; only videos are worked on.

    @proves("check")
    def test_processing_media_ends_published(self, stage: FacebookStage, us: Network) -> None:
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, Draft((Part("Slow.", (stage.video(),)),)))
        for _upload in ("session", "upload"):
            rehearsal.say()
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        stage.process_media(times=2)
        (done,) = rehearsal.rest()
        assert [(p.remote_id, p.text) for p in stage.posts()] == [(done.remote_id, "Slow.")]

    @proves("check")
    def test_processing_media_ends_refused(self, stage: FacebookStage, us: Network) -> None:
        stage.process_media(times=1, then="failed")
        with pytest.raises(Refused, match="could not use the video"):
            Rehearsal(us, Draft((Part("Broken.", (stage.video(),)),))).rest()
        assert stage.posts() == []

    @proves("hide")
    def test_a_comment_of_a_stranger_can_be_hidden(self, stage: Stage, us: Facebook) -> None:
        (remote_id,) = self.publish(stage, us, "Questions?")
        theirs = stage.stranger_replies(remote_id, "Buy my watches")
        us.hide(theirs)
        assert stage.server.things[theirs].hidden  # type: ignore[attr-defined]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[FacebookStage]:
    with FacebookStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def server(stage: FacebookStage) -> FacebookServer:
    return stage.server


@pytest.fixture
def us(stage: FacebookStage) -> Facebook:
    us = stage.network()
    assert isinstance(us, Facebook)
    return us


# --- signing in -------------------------------------------------------------------------------------------------------


class TestSigningIn(SignsIn):
    network = Facebook
    scope_separator = ","
    renews = False  # a page's token has no end; see below for one that is refused

    def test_a_person_chooses_among_the_pages(self, stage: FacebookStage) -> None:
        hall, library = self.there_and_back(stage)
        assert (hall.account.remote_id, hall.account.handle) == (PAGE_ID, "cityhall")
        assert library.account.handle == "City Library"
        assert hall.secrets["access_token"] == stage.server.token and hall.secrets["page_id"] == PAGE_ID
        assert hall.secrets["user_token"] not in (stage.server.token, library.secrets["access_token"])
        assert hall.expires_at is None, "a page's token does not end with the person's sixty days"

    def test_no_token_of_the_way_is_in_the_evidence(self, stage: FacebookStage) -> None:
        http = stage.http()
        stage.http = lambda **given: http  # type: ignore[method-assign]
        hall, _library = self.there_and_back(stage)
        us = Facebook(hall.account, http=http, vault=NoVault(hall.secrets), app=stage.app)
        assert us.whoami() == hall.account
        evidence = repr(http.exchanges)
        for name in ("access_token", "user_token"):
            assert hall.secrets[name] not in evidence
        assert stage.app["client_secret"] not in evidence

    def test_a_picker_that_facebook_does_not_tell_scopes_still_works(self, stage: FacebookStage) -> None:
        stage.faults.arm(Fault("answer", lambda m, path: path.endswith("/me/permissions"), status=500))
        assert [one.missing_scopes for one in self.there_and_back(stage)] == [(), ()]


def test_every_call_is_proved_with_the_applications_secret(stage: FacebookStage) -> None:
    us = Facebook(Account(), http=stage.http(), vault=NoVault({"access_token": stage.server.token}),
                  app={**stage.app, "client_secret": "of another application"})  # fmt: skip
    with pytest.raises(Refused, match="appsecret_proof"):
        us.whoami()


def test_a_refused_page_token_is_read_anew_with_the_persons(stage: FacebookStage, us: Facebook) -> None:
    us.vault.write({**us.vault.read(), "access_token": "EAAG-old-page-token"})
    assert us.whoami().remote_id == PAGE_ID
    assert us.vault.read()["access_token"] == stage.server.token


def test_a_renewal_that_fails_on_the_way_never_disconnects(stage: FacebookStage, us: Facebook) -> None:
    us.vault.write({**us.vault.read(), "access_token": "EAAG-old-page-token"})
    stage.faults.arm(Fault("answer", lambda method, path: path.endswith(PAGE_ID), status=502))
    with pytest.raises(NotNow):
        us.whoami()
    assert us.whoami().remote_id == PAGE_ID


def test_a_person_who_lost_the_page_signs_in_again(stage: FacebookStage, us: Facebook) -> None:
    us.vault.write({**us.vault.read(), "access_token": "EAAG-old-page-token"})
    stage.server.consent.tokens.pop(stage.server.user_token)
    with pytest.raises(SignInAgain):
        us.whoami()


# --- publishing -------------------------------------------------------------------------------------------------------


def test_nothing_is_public_before_the_last_call(stage: FacebookStage, us: Facebook) -> None:
    rehearsal = Rehearsal(us, stage.draft("Open again.", alts=("The reading room.", "")))
    assert [line.step.kind for line in rehearsal.lines] == ["photo", "photo", "draft", "post"]
    assert [line.step.public for line in rehearsal.lines] == [False, False, False, True]
    rehearsal.to_the_post()
    assert stage.posts() == []
    rehearsal.say()
    assert [p.alts for p in stage.posts()] == [("The reading room.", "")]


def test_a_link_is_a_card_and_a_first_comment_follows(stage: FacebookStage, us: Facebook) -> None:
    draft = stage.draft("Read on.", link="https://cityhall.example/news", first_comment="Questions? Ask here.")
    rehearsal = Rehearsal(us, draft)
    rehearsal.say()
    post = rehearsal.say()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    comment = rehearsal.recover()
    assert [(p.remote_id, p.text, p.parent_id) for p in stage.posts()] == [
        (post.remote_id, "Read on.", ""), (comment.remote_id, "Questions? Ask here.", post.remote_id),
    ]  # fmt: skip


def test_a_lost_first_comment_is_not_taken_for_an_older_one(stage: FacebookStage, us: Facebook) -> None:
    rehearsal = Rehearsal(us, stage.draft("Read on.", first_comment="Questions?"))
    rehearsal.say()
    rehearsal.say()
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)


def test_where_facebook_does_not_tell_whether_it_is_public_the_page_is_read(stage: FacebookStage, us: Facebook) -> None:
    stage.server.tells_published = False
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    assert rehearsal.look() == Absent(complete=True)
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


@pytest.mark.parametrize(("code", "subcode"), [(506, 0), (100, 1_366_051)])
def test_said_before_is_adopted_when_it_is_ours_and_refused_when_not(
    stage: FacebookStage, us: Facebook, code: int, subcode: int
) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.server.refusals.append(Wrong("Duplicate status message", code, subcode))
    with pytest.raises(Refused):
        rehearsal.say()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.refusals.append(Wrong("Duplicate status message", code, subcode))
    assert rehearsal.say().remote_id == stage.posts()[0].remote_id


def test_a_picture_that_is_too_heavy_is_refused_in_plain_words(stage: FacebookStage, us: Facebook) -> None:
    said = json.dumps({"error": {"message": "No.", "code": 100, "error_subcode": 1_366_046}}).encode()
    stage.faults.arm(Fault("answer", lambda m, path: path.endswith("/photos"), 400, said))
    with pytest.raises(Refused, match="does not take this picture"):
        Rehearsal(us, stage.draft(pictures=1)).rest()


def test_limits_that_nobody_official_tells_only_warn(stage: FacebookStage, us: Facebook) -> None:
    assert {problem.level for problem in us.problems(stage.draft(pictures=11))} == {"warn"}
    assert {problem.level for problem in us.problems(stage.draft(alts=("x" * 1001,)))} == {"warn"}


# --- videos and reels -------------------------------------------------------------------------------------------------


def test_a_video_goes_on_from_the_last_byte_that_was_taken(stage: FacebookStage, us: Facebook) -> None:
    film = stage.video(300_000)
    rehearsal = Rehearsal(us, Draft((Part("The new bridge.", (film,)),), {"title": "Bridge"}))
    rehearsal.say()
    (session,) = stage.server.sessions.values()
    session.body = film.path.read_bytes()[:123_456]  # what had arrived when the worker was killed
    us.http.exchanges.clear()
    rehearsal.say()
    assert session.body == film.path.read_bytes()
    assert max(exchange.sent for exchange in us.http.exchanges) < 200_000
    (done,) = rehearsal.rest()
    assert done.url == f"https://www.facebook.com/cityhall/videos/{done.remote_id.partition('_')[2]}/"


def test_a_reel_is_uploaded_published_by_one_call_and_asked_until_it_is_out(stage: FacebookStage, us: Facebook) -> None:
    film = stage.video(200_000)
    rehearsal = Rehearsal(us, Draft((Part("The new bridge.", (film,)),), {"video_as": "reel"}))
    assert [(line.step.kind, line.step.public) for line in rehearsal.lines] == [
        ("reel", False), ("upload_reel", False), ("post", True),
    ]  # fmt: skip
    rehearsal.say()
    reel = next(one for one in stage.server.things.values() if one.kind == "video")
    reel.body, reel.size = film.path.read_bytes()[:50_000], film.size
    rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)
    stage.faults.arm(Fault("lose_answer", lambda m, path: path.endswith("/video_reels")))
    stage.process_media(times=1)
    with pytest.raises(Unknown):
        rehearsal.say()
    with pytest.raises(NotNow, match="still working"):
        rehearsal.look()
    found = rehearsal.look()
    assert isinstance(found, Published) and [p.text for p in stage.posts()] == ["The new bridge."]


def test_a_reel_that_cannot_be_used_is_refused(stage: FacebookStage, us: Facebook) -> None:
    stage.process_media(times=1, then="failed")
    with pytest.raises(Refused, match="No video track"):
        Rehearsal(us, Draft((Part("x", (stage.video(),)),), {"video_as": "reel"})).rest()
    assert stage.posts() == []


def test_a_reel_of_another_length_is_refused_before_sending(stage: FacebookStage, us: Facebook) -> None:
    draft = Draft((Part("x", (stage.video(seconds=91.0),)),), {"video_as": "reel"})
    assert [problem.sentence for problem in us.problems(draft)] == [
        "A reel on Facebook lasts 3 to 90 seconds; this one has 91."
    ]
    assert us.problems(Draft(draft.parts, {"video_as": "video"})) == []


def test_a_file_that_is_gone_is_told(stage: FacebookStage, us: Facebook) -> None:
    film = stage.video()
    rehearsal = Rehearsal(us, Draft((Part("x", (film,)),)))
    rehearsal.say()
    film.path.unlink()
    with pytest.raises(Refused, match="The file of this upload is gone"):
        rehearsal.say()


# --- numbers and calls in ---------------------------------------------------------------------------------------------


def test_a_metric_that_is_gone_is_left_out_and_named(stage: FacebookStage, us: Facebook) -> None:
    (done,) = Rehearsal(us, stage.draft()).rest()
    stage.server.dead_metrics = {"post_media_view"}
    reading = us.measure([done.remote_id])[done.remote_id]
    assert (reading.numbers["views"], reading.numbers["reach"], reading.numbers["clicks"]) == (None, 7, 7)
    assert reading.raw["insights"]["refused"] == ["post_media_view"]


def test_a_post_that_is_gone_has_no_numbers(us: Facebook) -> None:
    assert us.measure([f"{PAGE_ID}_404"]) == {}


def heard(stage: FacebookStage, change: dict[str, object]) -> list[tuple[str, str, str]]:
    body = json.dumps({"entry": [{"id": PAGE_ID, "changes": [change]}]}).encode()
    headers, secret = stage.signature(body), stage.app["client_secret"]
    return [(m.kind, m.remote_id, m.parent_id) for m in Facebook.hear(headers, body, secret=secret)]


def test_only_what_others_say_is_heard(stage: FacebookStage) -> None:
    said = {"item": "comment", "verb": "add", "comment_id": "1_2", "post_id": "1", "message": "Hi", "from": {"id": "9"}}
    assert heard(stage, {"field": "feed", "value": said}) == [("reply", "1_2", "1")]
    assert heard(stage, {"field": "feed", "value": {**said, "from": {"id": PAGE_ID}}}) == []
    assert heard(stage, {"field": "feed", "value": {**said, "verb": "remove"}}) == []
    assert heard(stage, {"field": "feed", "value": {"item": "reaction", "verb": "add", "post_id": "1"}}) == []
    assert heard(stage, {"field": "feed", "value": "of another shape"}) == []


def test_an_old_call_is_heard_again_with_the_same_id(stage: FacebookStage) -> None:
    """Meta signs no time and repeats calls for hours: whoever keeps messages keeps them by their id."""
    headers, body, secret = stage.hook("Is the pool open?")
    assert Facebook.hear(headers, body, secret=secret) == Facebook.hear(headers, body, secret=secret)


def test_a_look_does_not_go_back_for_ever(stage: FacebookStage, us: Facebook) -> None:
    post = stage.server.put("post", text="Busy.")
    for number in range(300):
        stage.stranger_replies(post.id, f"{number}")
    since = datetime.now(UTC) - timedelta(days=1)
    step = Step("comment", 1, payload={"target": post.id, "request": {"message": "x"}}, since=since)
    us.http.exchanges.clear()
    assert us.find(step, key="k") == Absent(complete=False)
    assert len(us.http.exchanges) == 10


def test_a_renamed_page_is_known_by_its_id(stage: FacebookStage, us: Facebook) -> None:
    before = us.whoami()
    stage.server.pages[PAGE_ID] = ("Town Hall", "townhall")
    assert us.whoami().remote_id == before.remote_id and us.whoami().handle == "townhall"


def test_without_a_page_of_ours_the_account_is_not_made_up(stage: FacebookStage) -> None:
    us = Facebook(Account(), http=stage.http(), vault=NoVault({"access_token": stage.server.user_token}), app=stage.app)
    with pytest.raises(Refused):
        us.whoami()
