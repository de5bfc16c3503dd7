"""The suite's tests of trouble: what a network says of our sign-in, our account and its clock ends in its word."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, ClassVar

import pytest

from clarion.networks.base import Network
from clarion.networks.words import Failure, NotNow, Published, Unknown

from .proving import proves
from .rehearsal import Rehearsal
from .stages import TROUBLES, Stage

RENAMED = "renamed"
OF_EVERY_CALL = ("expired", "revoked")
"""Troubles that every call meets, not only the one that publishes."""
LISTINGS = ("replies", "mentions", "notifications", "messages")
CURE = re.compile(r"permission|allow|connect|sign in|scope|right|admin|owner|role|invite", re.IGNORECASE)
"""What a sentence on a missing permission speaks of: the permission, or what to do."""
OURS = re.compile(r"Traceback|Error\(|Exception|\bNone\b|<[a-z!/]|\{['\"]")
"""What no sentence for people holds: our own words, markup, data."""


class Troubles:
    network: ClassVar[type[Network]]

    # -- troubles by name

    @proves("publish")
    def test_every_trouble_is_declared(self, stage: Stage) -> None:
        if stage.kind != "contract":
            pytest.skip("the contract stage declares them")
        declared = [*stage.troubles, *stage.untroubled]
        assert sorted(declared) == sorted(set(declared)), "declared twice"
        assert set(TROUBLES) <= set(declared), "declare it in troubles, or why not in untroubled"
        assert set(declared) <= {*TROUBLES, RENAMED}
        assert all(len(reason) > 10 for reason in stage.untroubled.values())

    @proves("publish")
    @pytest.mark.parametrize("name", TROUBLES)
    def test_trouble_while_publishing_ends_in_its_word(self, stage: Stage, us: Network, name: str) -> None:
        said = stage.trouble(name)
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        us.http.exchanges.clear()
        stage.answer_always(said, any_call=name in OF_EVERY_CALL)
        with pytest.raises(Failure) as caught:
            rehearsal.say()
        stage.calm()
        failure = caught.value
        assert isinstance(failure, TROUBLES[name]), f"{failure.word}: {failure.sentence}"
        assert failure.sentence and not OURS.search(failure.sentence) and failure.code
        if name == "scope":
            assert CURE.search(failure.sentence), failure.sentence
        assert any(one.method == "SOCKET" or one.status == said.status for one in us.http.exchanges), "no evidence"
        assert stage.posts() == []
        if isinstance(failure, Unknown):
            assert failure.code == "duplicate"
            assert "find" not in us.abilities() or not isinstance(rehearsal.look(), Published), "it is another's"

    @proves("publish", "find")
    def test_a_post_that_is_called_a_duplicate_and_is_ours_is_adopted(self, stage: Stage, us: Network) -> None:
        stage.trouble("duplicate")
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            rehearsal.say()
        there, said = stage.posts(), stage.trouble("duplicate")
        stage.answer_always(said)
        try:
            done = rehearsal.say()  # it has looked by itself
        except Unknown:
            stage.calm()
            done = rehearsal.recover()
        assert done.remote_id == there[0].remote_id
        assert stage.posts() == there and len(there) == 1

    @pytest.mark.parametrize("name", [name for name in TROUBLES if name != "duplicate"])
    def test_trouble_while_reading_ends_in_a_word(self, stage: Stage, us: Network, name: str) -> None:
        said = stage.trouble(name)
        asks: list[Callable[[], Any]] = [us.whoami]
        listing = next((one for one in LISTINGS if one in us.abilities() and one not in stage.lacks), "")
        if listing == "replies":
            (done,) = Rehearsal(us, stage.draft("Questions?")).rest()[:1]
            asks.append(lambda: us.replies(done.remote_id))  # type: ignore[attr-defined]
        elif listing:
            asks.append(getattr(us, listing))
        for ask in asks:
            us.http.exchanges.clear()
            ask()
            if not us.http.exchanges:
                continue  # nobody is asked
            stage.answer_always(said, any_call=True)
            with pytest.raises(Failure) as caught:
                ask()
            stage.calm()
            assert caught.value.sentence and not OURS.search(caught.value.sentence)

    # -- other clocks

    @proves("publish")
    @pytest.mark.parametrize("minutes", [-10, 10])
    def test_a_network_with_another_clock_says_when(self, stage: Stage, us: Network, minutes: int) -> None:
        if not stage.http_answers:
            pytest.skip("its answers carry no clock")
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        asked_at = datetime.now(UTC)
        there = asked_at + timedelta(minutes=minutes)
        stage.answer_next(429, b"", {"date": _stamp(there), "retry-after": _stamp(there + timedelta(seconds=120))})
        with pytest.raises(NotNow) as caught:
            rehearsal.say()
        assert caught.value.retry_at is not None
        assert timedelta(seconds=100) < caught.value.retry_at - asked_at < timedelta(seconds=140)

    # -- other names

    def test_a_renamed_account_is_the_same_account(self, stage: Stage, us: Network) -> None:
        before, after = self._renamed(stage, us)
        assert after.remote_id == before.remote_id
        assert "townhall" in after.handle and after.handle != before.handle

    @proves("publish")
    def test_a_renamed_account_publishes_or_says_why_not(self, stage: Stage, us: Network) -> None:
        self._renamed(stage, us)
        rehearsal = Rehearsal(us, stage.draft("We have a new name."))
        try:
            (done,) = rehearsal.rest()
        except Failure as failure:
            assert failure.sentence and not isinstance(failure, Unknown)
            assert stage.posts() == []
        else:
            assert [post.remote_id for post in stage.posts()] == [done.remote_id]
            if "find" in us.abilities() and "find" not in stage.lacks:
                found = rehearsal.look(rehearsal.lines[-1])
                assert getattr(found, "remote_id", None) == done.remote_id

    def _renamed(self, stage: Stage, us: Network) -> Any:
        if RENAMED in stage.untroubled:
            pytest.skip(stage.untroubled[RENAMED])
        before = us.whoami()
        stage.rename("townhall")
        return before, us.whoami()


def _stamp(at: datetime) -> str:
    return format_datetime(at, usegmt=True)
