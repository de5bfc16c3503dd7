"""Nostr on its contract relay."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import coincurve
import pytest

from clarion.networks.base import Account, Network, NoVault
from clarion.networks.http import Http
from clarion.networks.nostr import Nostr
from clarion.networks.nostr_event import encoded, id_of, is_true, npub, public_of, secret_in, signed
from clarion.networks.words import NotNow, Refused, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.nostr import OURS, THEIRS, NostrStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.nostr import Relay, canonical
from clarion.testing.stages import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[NostrStage]:
    with NostrStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def us(stage: NostrStage) -> Nostr:
    return stage.network()


class NostrSuite(Conformance):
    """What does not fit a network of keys and relays, and why."""

    __test__ = False
    network = Nostr

    def test_a_dead_token_asks_for_sign_in(self, stage: Stage, us: Network) -> None:
        pytest.skip("a key cannot be taken back, so no sign-in ever ends")

    def test_alt_text_arrives(self, stage: Stage, us: Network) -> None:
        pytest.skip("Nostr has no files of its own")

    @proves("publish")
    def test_throttling_says_when(self, stage: Stage, us: Network) -> None:
        """A relay says that it is too much, and never for how long: a minute is believed."""
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.answer_next(429)
        with pytest.raises(NotNow) as caught:
            rehearsal.say()
        assert caught.value.code == "rate-limited" and caught.value.retry_at is not None
        assert timedelta(seconds=40) < caught.value.retry_at - datetime.now(UTC) < timedelta(seconds=80)
        rehearsal.say()
        assert len(stage.posts()) == 1

    @proves("fetch")
    def test_a_post_can_be_fetched_and_a_missing_one_is_none(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "Read https://city.example now.")
        seen = us.fetch(remote_id)  # type: ignore[attr-defined]
        assert (seen.remote_id, seen.text, seen.alts) == (remote_id, "Read https://city.example now.", ())
        us.delete(remote_id)  # type: ignore[attr-defined]
        assert us.fetch(remote_id) is None  # type: ignore[attr-defined]


class TestNostr(NostrSuite):
    __test__ = True

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[NostrStage]:
        with NostrStage(tmp_path) as stage:
            yield stage


# --- events and keys --------------------------------------------------------------------------------------------------


def test_the_id_is_the_hash_of_the_canonical_form() -> None:
    said = 'Ça va "gut"\\ \n\t\r\b\f 👩‍👩‍👧‍👦 / <b> \u2028 \x7f'
    event = signed(OURS, kind=1, content=said, tags=[["e", "x" * 64], ["t", "größe"]], at=1_700_000_000)
    assert event["id"] == hashlib.sha256(canonical(event)).hexdigest() == id_of(event)
    assert is_true(event)
    assert not is_true({**event, "content": said + "!"})
    assert not is_true({**event, "pubkey": public_of(THEIRS)})
    assert not is_true({"id": "nonsense"})


def test_keys_read_as_people_write_them() -> None:
    # The example of NIP-19.
    hexed = "67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa"
    nsec = "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5"
    assert secret_in(f" {nsec}\n") == secret_in(hexed) == hexed
    assert encoded("nsec", bytes.fromhex(hexed)) == nsec
    assert npub("3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d").startswith(
        "npub180cvv07tjdrrgpa0j7"
    )


@pytest.mark.parametrize(
    "typed",
    ["", "nsec1", "hello", "npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6",
     "nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe6"],
    ids=["nothing", "half", "a word", "a public key", "a typing error"],
)  # fmt: skip
def test_what_is_no_secret_key_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(Refused) as caught:
        secret_in(typed)
    assert len(typed) < 6 or typed not in caught.value.sentence


def test_a_wrong_relay_is_named(stage: NostrStage) -> None:
    with pytest.raises(Refused, match="is no relay"):
        Nostr.connect({"secret_key": stage.nsec, "relays": "https://city.example"}, http=stage.http())


def test_a_profile_gives_the_name(stage: NostrStage) -> None:
    assert stage.network().account.handle.startswith("npub1")
    told = json.dumps({"name": "cityhall", "picture": "https://city.example/a.png"})
    stage.tell(signed(OURS, kind=0, content=told, tags=[], at=1_700_000_000))
    account = stage.network().account
    assert (account.handle, account.avatar) == ("cityhall", "https://city.example/a.png")
    assert account.url.startswith("https://njump.me/npub1")


# --- several relays ---------------------------------------------------------------------------------------------------


def nowhere() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"ws://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def two(stage: NostrStage) -> Iterator[tuple[Nostr, Relay]]:
    with Relay() as second:
        account = Account(remote_id=public_of(OURS), settings={"relays": [stage.address, second.url]})
        yield Nostr(account, http=stage.http(), vault=NoVault({"secret_key": OURS})), second


def test_every_relay_gets_the_same_event(stage: NostrStage, two: tuple[Nostr, Relay]) -> None:
    us, second = two
    (done,) = Rehearsal(us, stage.draft("Everywhere.")).rest()
    assert set(stage.relay.events) == set(second.events) == {done.remote_id}
    assert done.handle["missing"] == {}


@pytest.mark.parametrize("said", ["blocked: not on the list", "error: disk full", "pow: 28 bits needed"])
def test_one_relay_is_enough_and_the_other_is_named(stage: NostrStage, two: tuple[Nostr, Relay], said: str) -> None:
    us, second = two
    second.refuses = said
    (done,) = Rehearsal(us, stage.draft("Here.")).rest()
    assert list(done.handle["missing"]) == [second.url] and said in done.handle["missing"][second.url]


def test_a_relay_that_is_down_is_named_too(stage: NostrStage) -> None:
    gone = nowhere()
    account = Account(remote_id=public_of(OURS), settings={"relays": [gone, stage.address]})
    us = Nostr(account, http=stage.http(), vault=NoVault({"secret_key": OURS}))
    (done,) = Rehearsal(us, stage.draft("Here.")).rest()
    assert list(done.handle["missing"]) == [gone] and len(stage.posts()) == 1


def test_an_answer_that_was_lost_on_the_only_relay_that_took_it_is_looked_for(
    stage: NostrStage, two: tuple[Nostr, Relay]
) -> None:
    us, second = two
    second.refuses = "blocked: no"
    rehearsal = Rehearsal(us, stage.draft("Here.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


def test_a_forged_event_of_a_relay_is_not_believed(stage: NostrStage, us: Nostr) -> None:
    event = signed(THEIRS, kind=1, content="We close for ever.", tags=[["p", public_of(OURS)]], at=1_700_000_000)
    stage.tell({**event, "content": "We open."})
    assert us.mentions().items == ()


# --- what is said -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_false", [True, False])
def test_a_relay_that_has_it_already_has_taken_it(stage: NostrStage, us: Nostr, is_false: bool) -> None:
    stage.relay.answers_false_for_duplicates = is_false
    rehearsal = Rehearsal(us, stage.draft("Twice.")).to_the_post()
    line = rehearsal.line
    first, again = (us.publish(rehearsal.step(line), key=line.key) for _n in range(2))
    assert first.remote_id == again.remote_id and len(stage.posts()) == 1


def test_hashtags_threads_and_warnings_are_tags(stage: NostrStage, us: Nostr) -> None:
    draft = stage.draft("The #Pool is open. #pool #Größe", "More.", "And more.", content_warning="Water")
    first, second, third = Rehearsal(us, draft).rest()
    events = stage.relay.events
    assert events[first.remote_id]["tags"][:-1] == [
        ["t", "pool"],
        ["t", "größe"],
        ["content-warning", "Water"],
    ]
    marked = [tag for tag in events[third.remote_id]["tags"] if tag[0] == "e"]
    assert marked == [["e", first.remote_id, "", "root"], ["e", second.remote_id, "", "reply"]]


def test_the_event_is_signed_when_it_leaves_and_not_when_it_is_planned(stage: NostrStage, us: Nostr) -> None:
    (step,) = us.plan(stage.draft("Soon."))
    assert "event" not in step.payload
    now = datetime.now(UTC)
    assert us.prepare(step, key="k", now=now)["event"]["created_at"] == int(now.timestamp())


@pytest.mark.parametrize(
    ("said", "word"),
    [("invalid: bad", Refused), ("blocked: no", Refused), ("restricted: members", Refused), ("pow: 20", Refused),
     ("error: disk", NotNow), ("rate-limited: slow", NotNow), ("auth-required: who", NotNow)],
)  # fmt: skip
def test_a_relay_s_no_is_one_of_the_four_words(stage: NostrStage, us: Nostr, said: str, word: type) -> None:
    stage.relay.refuses = said
    with pytest.raises(word) as caught:
        Rehearsal(us, stage.draft()).rest()
    assert said in caught.value.sentence


def test_a_clock_that_is_ahead_is_told_as_what_it_is(stage: NostrStage, us: Nostr) -> None:
    (step,) = us.plan(stage.draft("From the future."))
    payload = us.prepare(step, key="k", now=datetime.now(UTC) + timedelta(minutes=20))
    with pytest.raises(NotNow, match="the clock of this server is wrong") as caught:
        us.publish(replace(step, payload=payload), key="k")
    assert caught.value.code == "clock" and stage.posts() == []


def test_a_note_that_was_signed_yesterday_is_no_fault_of_the_clock(stage: NostrStage, us: Nostr) -> None:
    (step,) = us.plan(stage.draft("From yesterday."))
    payload = us.prepare(step, key="k", now=datetime.now(UTC) - timedelta(days=1))
    stage.relay.refuses = "invalid: event creation date is too far off from the current time"
    with pytest.raises(Refused, match="signed so long ago"):
        us.publish(replace(step, payload=payload), key="k")


@pytest.mark.parametrize(
    "odd",
    [
        {"content": 7},
        {"created_at": "soon"},
        {"created_at": 10**30},
        {"created_at": -1},
        {"kind": None},
        {"tags": "e"},
        {"tags": [["e", 7]]},
        {"tags": [[]] * 3 + [{}]},
    ],
    ids=repr,
)
def test_a_signed_event_of_another_shape_is_not_believed(stage: NostrStage, us: Nostr, odd: dict[str, Any]) -> None:
    (remote_id,) = [done.remote_id for done in Rehearsal(us, stage.draft("Questions?")).rest()]
    stage.stranger_replies(remote_id, "When?")
    event = signed(THEIRS, kind=1, content="Odd.", tags=[["e", remote_id]], at=1_700_000_000) | odd
    event["id"] = id_of(event)
    event["sig"] = coincurve.PrivateKey(bytes.fromhex(THEIRS)).sign_schnorr(bytes.fromhex(event["id"])).hex()
    stage.tell(event)
    stage.relay.lax = True
    assert [message.text for message in us.replies(remote_id).items] == ["When?"]


def test_a_private_relay_is_not_called_unless_it_is_allowed(stage: NostrStage) -> None:
    account = Account(remote_id=public_of(OURS), settings={"relays": [stage.address]})
    us = Nostr(account, http=Http(), vault=NoVault({"secret_key": OURS}))
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft()).rest()
    assert caught.value.code == "private_address" and stage.posts() == []


def test_a_page_of_the_web_is_no_relay(stage: NostrStage, mastodon_server) -> None:
    account = Account(remote_id=public_of(OURS), settings={"relays": [mastodon_server.url.replace("http", "ws")]})
    us = Nostr(account, http=stage.http(), vault=NoVault({"secret_key": OURS}))
    with pytest.raises(NotNow, match="does not speak as expected"):
        Rehearsal(us, stage.draft()).rest()


def test_what_leaves_stands_in_the_evidence_without_the_key(stage: NostrStage, us: Nostr) -> None:
    Rehearsal(us, stage.draft("Seen.")).rest()
    (exchange,) = [one for one in us.http.exchanges if one.method == "SOCKET" and one.sent > 300]
    assert exchange.status == 101 and OURS not in repr(us.http.exchanges)


def test_a_reply_to_a_stranger_is_tagged(stage: NostrStage, us: Nostr) -> None:
    theirs = stage.stranger_posts("When?")
    rehearsal = Rehearsal(us, stage.draft("At nine."))
    rehearsal.line.step = replace(rehearsal.line.step, payload={"text": "At nine.", "in_reply_to": theirs})
    rehearsal.say()
    assert [p.parent_id for p in stage.posts()] == [theirs]
