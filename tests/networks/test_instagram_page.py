"""Instagram by Facebook Login on the contract stage; and what others say, which is the same through both doors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clarion.networks.base import Network, NoVault
from clarion.networks.instagram import Instagram, InstagramPage
from clarion.networks.words import Refused, SignInAgain
from clarion.testing.conformance import Conformance, proves
from clarion.testing.instagram import InstagramPageStage, InstagramStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.containers import US
from clarion.testing.servers.instagram import PAGE_ID, STRANGER_ID, US_ID

from .signing_in import SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[InstagramPageStage]:
    with InstagramPageStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: InstagramPageStage) -> InstagramPage:
    us = stage.network()
    assert isinstance(us, InstagramPage)
    return us


class TestInstagramPage(Conformance):
    network = InstagramPage

    @proves("hide")
    def test_a_comment_of_a_stranger_can_be_hidden(self, stage: InstagramPageStage, us: InstagramPage) -> None:
        (remote_id,) = self.publish(stage, us, "Questions?")
        theirs = stage.stranger_replies(remote_id, "Buy my watches")
        us.hide(theirs)
        assert stage.server.posts[theirs].hidden


class TestSigningIn(SignsIn):
    network = InstagramPage
    scope_separator = ","
    renews = False  # a page's token has no end; see below for one that is refused

    def test_the_accounts_of_the_pages_are_offered(self, stage: InstagramPageStage) -> None:
        (hall,) = self.there_and_back(stage)
        assert (hall.account.remote_id, hall.account.handle) == (US_ID, "@cityhall")
        assert hall.secrets["access_token"] == stage.server.token and hall.secrets["page_id"] == PAGE_ID
        assert hall.expires_at is None, "a page's token does not end with the person's sixty days"

    def test_pages_without_an_account_are_told(self, stage: InstagramPageStage) -> None:
        stage.server.is_linked = False  # type: ignore[attr-defined]
        with pytest.raises(Refused, match="None of these Pages") as caught:
            self.there_and_back(stage)
        assert caught.value.code == "no_account"

    def test_no_token_of_the_way_is_in_the_evidence(self, stage: InstagramPageStage) -> None:
        http = stage.http()
        stage.http = lambda **given: http  # type: ignore[method-assign]
        (hall,) = self.there_and_back(stage)
        us = InstagramPage(hall.account, http=http, vault=NoVault(hall.secrets), app=stage.app)
        assert us.whoami() == hall.account
        evidence = repr(http.exchanges)
        for secret in (hall.secrets["access_token"], hall.secrets["user_token"], stage.app["client_secret"]):
            assert secret not in evidence


def test_a_refused_page_token_is_read_anew_with_the_persons(stage: InstagramPageStage, us: InstagramPage) -> None:
    us.vault.write({**us.vault.read(), "access_token": "EAAG-old-page-token"})
    assert us.whoami().remote_id == US_ID
    assert us.vault.read()["access_token"] == stage.server.token


def test_a_person_who_lost_the_page_signs_in_again(stage: InstagramPageStage, us: InstagramPage) -> None:
    us.vault.write({**us.vault.read(), "access_token": "EAAG-old-page-token"})
    stage.consent.tokens.pop(stage.server.user_token)
    with pytest.raises(SignInAgain):
        us.whoami()


def test_what_cannot_be_taken_down_is_told(stage: InstagramPageStage, us: InstagramPage) -> None:
    (done,) = Rehearsal(us, stage.draft()).rest()
    body = b'{"error": {"message": "Media posted this way cannot be deleted", "code": 100, "error_subcode": 2534}}'
    stage.faults.arm(Fault("answer", lambda method, path: method == "DELETE", 400, body))
    with pytest.raises(Refused, match="cannot be deleted"):
        us.delete(done.remote_id)
    assert len(stage.posts()) == 1


# --- what others say, through both doors ------------------------------------------------------------------------------


@pytest.fixture(params=[InstagramStage, InstagramPageStage])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[InstagramStage]:
    with request.param(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


def test_answers_to_comments_are_replies_too(door: InstagramStage) -> None:
    us = door.network()
    (post,) = Rehearsal(us, door.draft()).rest()
    first = door.stranger_replies(post.remote_id, "Is it open?")
    second = door.stranger_replies(first, "I would like to know as well")
    page = us.replies(post.remote_id)  # type: ignore[attr-defined]
    assert {(m.remote_id, m.parent_id, m.author) for m in page.items} == {
        (first, post.remote_id, "@rita"), (second, first, "@rita"),
    }  # fmt: skip


def test_our_own_words_in_a_conversation_are_no_messages(door: InstagramStage) -> None:
    first = door.whisper("t_1", "Is the pool open?")
    door.whisper("t_1", "Yes.", author=US)
    last = door.whisper("t_1", "Thank you!")
    us = door.network()
    (*messages,) = us.messages().items  # type: ignore[attr-defined]
    assert {(m.remote_id, m.parent_id) for m in messages} == {(first, "t_1"), (last, "t_1")}


def test_a_metric_that_is_gone_is_left_out_and_named(door: InstagramStage) -> None:
    us = door.network()
    (done,) = Rehearsal(us, door.draft()).rest()
    door.server.dead_metrics = {"reach"}
    reading = us.measure([done.remote_id, "404"])  # type: ignore[attr-defined]
    assert [*reading] == [done.remote_id], "a post that is gone has no numbers"
    one = reading[done.remote_id]
    assert (one.numbers["reach"], one.numbers["views"], one.numbers["saves"]) == (None, 7, 7)
    assert one.raw["insights"]["refused"] == ["reach"]


@pytest.mark.parametrize("network", [Instagram, InstagramPage])
def test_a_private_message_is_heard_and_our_own_words_are_not(
    stage: InstagramPageStage, network: type[Network]
) -> None:
    def heard(**entry: object) -> list[tuple[str, str, str]]:
        told = {"object": "instagram", "entry": [{"id": US_ID, "time": 1_790_000_000, **entry}]}
        headers, secret = stage.signature(told), stage.app["client_secret"]
        found = network.hear(headers, json.dumps(told).encode(), secret=secret)  # type: ignore[attr-defined]
        return [(m.kind, m.remote_id, m.text) for m in found]

    said = {"sender": {"id": STRANGER_ID}, "timestamp": 1_790_000_000_123, "message": {"mid": "m1", "text": "Hi"}}
    assert heard(messaging=[said]) == [("message", "m1", "Hi")]
    assert heard(messaging=[{**said, "sender": {"id": US_ID}}]) == []
    assert heard(messaging=[{**said, "message": {"mid": "m1", "is_echo": True}}]) == []
    assert heard(messaging=[{"sender": {"id": STRANGER_ID}, "reaction": {}}, "odd"]) == []
    own = {"field": "comments", "value": {"id": "1", "text": "Ours", "from": {"id": US_ID}}}
    assert heard(changes=[own, {"field": "comments", "value": "odd"}, {"field": "mentions", "value": {}}]) == []
    assert heard(messaging=[{**said, "timestamp": 10**20}])[0][1] == "m1"


def test_an_old_call_is_heard_again_with_the_same_id(stage: InstagramPageStage) -> None:
    """Meta signs no time and repeats calls for hours: whoever keeps messages keeps them by their id."""
    headers, body, secret = stage.hook("Is the pool open?")
    assert InstagramPage.hear(headers, body, secret=secret) == InstagramPage.hear(headers, body, secret=secret)


def test_both_doors_say_the_same_and_differ_in_name_only() -> None:
    assert Instagram.rules == InstagramPage.rules and Instagram.options == InstagramPage.options
    assert set(InstagramPage.abilities()) - set(Instagram.abilities()) == {"delete"}
    assert Instagram.label != InstagramPage.label
