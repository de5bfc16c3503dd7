"""One suite for every network. A test file is a stage and a class:

    class TestMastodon(Conformance):
        network = Mastodon

        @pytest.fixture
        def stage(self, tmp_path):
            with MastodonStage(tmp_path) as stage:
                yield stage

Which tests run is derived from the abilities that the network declares by having methods. A skip is never a proof.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from clarion.networks.base import FIRST_COMMENT, Draft, Message, Network, Once, Page, Part, Step
from clarion.networks.words import Absent, Failure, NotNow, Processing, Published, Refused, SignInAgain, Unknown

from .conformance_shapes import Shapes
from .conformance_troubles import Troubles
from .proving import proves
from .rehearsal import Rehearsal
from .stages import Shown, Stage

FAMILY = "👩‍👩‍👧‍👦"
LINK = "https://library.example.org/opening-hours?from=2026-11-23&to=2026-12-31#winter"


class Conformance(Troubles, Shapes):
    """Give ``network`` and a fixture ``stage``."""

    network: ClassVar[type[Network]]

    # -- the house of the suite

    @pytest.fixture(autouse=True)
    def _only_what_is_declared(self, request: pytest.FixtureRequest) -> None:
        """Runs before the stage is built, so that a skip costs nothing."""
        needed, asked = list(getattr(request.function, "proves", ())), getattr(request.node, "callspec", None)
        if asked and asked.params.get("ability", "whoami") != "whoami":
            needed.append(asked.params["ability"])
        missing = [ability for ability in needed if ability not in self.network.abilities()]
        if missing:
            pytest.skip(f"{self.network.label} does not declare: {', '.join(missing)}")

    @pytest.fixture(autouse=True)
    def _recorded(
        self,
        request: pytest.FixtureRequest,
        _only_what_is_declared: None,
        stage: Stage,
        caplog: pytest.LogCaptureFixture,
    ) -> Iterator[None]:
        """Skips what this very server lacks; after the test no secret may be in any log, and nobody may complain."""
        caplog.set_level(logging.DEBUG)
        for ability in getattr(request.function, "proves", ()):
            if ability in stage.lacks:
                pytest.skip(f"this server lacks {ability}: {stage.lacks[ability]}")
            request.node.user_properties.append(("proof", (self.network.name, ability, stage.kind)))
        yield
        assert not list(stage.complaints()), "a request is not in the public specification"
        for secret in stage.secrets:
            assert secret not in caplog.text, "a secret reached the log"

    @pytest.fixture
    def us(self, stage: Stage) -> Network:
        """Our side of the stage."""
        return stage.network(self.network)

    def publish(self, stage: Stage, us: Network, *texts: str, **more: Any) -> list[str]:
        """Publishes a draft in full and gives the ids of its posts."""
        return [settled.remote_id for settled in Rehearsal(us, stage.draft(*texts, **more)).rest()]

    # -- who we are

    def test_every_declared_ability_has_a_test(self) -> None:
        tested = {a for cls in type(self).__mro__ for t in vars(cls).values() for a in getattr(t, "proves", ())}
        assert set(self.network.abilities()) <= tested

    def test_the_network_says_who_we_are(self, us: Network) -> None:
        account = us.whoami()
        assert account.remote_id and account.handle
        assert us.whoami() == account

    # -- once and only once

    @proves("publish")
    def test_a_post_appears_once(self, stage: Stage, us: Network) -> None:
        done = Rehearsal(us, stage.draft("The library opens at nine.")).rest()
        assert [(p.remote_id, p.text) for p in stage.posts()] == [(done[0].remote_id, "The library opens at nine.")]
        assert done[0].url.startswith(("http://", "https://"))

    @proves("publish")
    def test_the_first_comment_is_planned_once_and_last(self, stage: Stage, us: Network) -> None:
        if FIRST_COMMENT not in us.options:
            pytest.skip(f"{us.label} has no first comment")
        kinds = [step.kind for step in us.plan(stage.draft(first_comment="More below."))]
        assert kinds.count("comment") == 1 and kinds[-1] == "comment"
        assert "comment" not in [step.kind for step in us.plan(stage.draft(first_comment=" "))]

    @proves("publish")
    def test_a_step_said_twice_appears_once_where_keys_are_kept(self, stage: Stage, us: Network) -> None:
        if us.once.kind != Once.KEY or not stage.honours_keys:
            pytest.skip("this server does not keep keys")
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        line = rehearsal.line
        first = us.publish(rehearsal.step(line), key=line.key)
        again = us.publish(rehearsal.step(line), key=line.key)
        assert isinstance(first, Published) and isinstance(again, Published)
        assert first.remote_id == again.remote_id
        assert len(stage.posts()) == 1

    @proves("publish", "find")
    def test_a_lost_answer_is_unknown_and_never_doubles(self, stage: Stage, us: Network) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            rehearsal.say()
        there = stage.posts()
        assert len(there) == 1
        assert rehearsal.recover().remote_id == there[0].remote_id
        assert stage.posts() == there

    @proves("publish", "find")
    def test_a_lost_request_is_unknown_and_is_said_again(self, stage: Stage, us: Network) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.lose_next_request()
        with pytest.raises(Unknown):
            rehearsal.say()
        assert stage.posts() == []
        assert rehearsal.look() == Absent(complete=True)
        rehearsal.recover()
        assert len(stage.posts()) == 1

    @proves("publish", "find")
    def test_a_slow_answer_is_unknown_and_slow_and_found(self, stage: Stage) -> None:
        us = stage.network(self.network, seconds=0.6)
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.answer_after(5)
        with pytest.raises(Unknown) as caught:
            rehearsal.say()
        assert caught.value.slow
        assert rehearsal.recover().remote_id == stage.posts()[0].remote_id
        assert len(stage.posts()) == 1

    @proves("publish")
    def test_no_connection_means_that_it_did_not_happen(self, stage: Stage, us: Network) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        rehearsal.step(rehearsal.line)
        stage.stop()
        with pytest.raises(NotNow) as caught:
            rehearsal.say()
        assert caught.value.code == "unreachable"

    @proves("publish", "find")
    @pytest.mark.parametrize(
        ("status", "body"),
        [
            pytest.param(200, b"<html>Under maintenance</html>", id="a page instead of data"),
            pytest.param(200, b"{}", id="yes without an id"),
            pytest.param(200, b'{"id": "1', id="half an answer"),
            pytest.param(500, b"<h1>Oops</h1>", id="500"),
            pytest.param(502, b"<h1>Bad gateway</h1>", id="502"),
            pytest.param(503, b"", id="503"),
            pytest.param(504, b"", id="504"),
        ],
    )
    def test_an_answer_that_says_nothing_is_unknown(self, stage: Stage, us: Network, status: int, body: bytes) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.answer_next(status, body)
        with pytest.raises(Unknown):
            rehearsal.say()
        assert rehearsal.look() == Absent(complete=True)
        rehearsal.recover()
        assert len(stage.posts()) == 1

    @proves("publish")
    @pytest.mark.parametrize("status", [400, 413, 422])
    def test_a_no_is_refused(self, stage: Stage, us: Network, status: int) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.answer_next(status, b'{"error": "It cannot be."}', {"content-type": "application/json"})
        with pytest.raises(Refused) as caught:
            rehearsal.say()
        assert caught.value.sentence and stage.posts() == []

    @proves("publish")
    def test_a_dead_token_asks_for_sign_in(self, stage: Stage, us: Network) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        stage.end_token()
        with pytest.raises(SignInAgain):
            rehearsal.say()
        with pytest.raises(Failure):
            us.whoami()
        assert stage.posts() == []

    @proves("publish")
    def test_throttling_says_when(self, stage: Stage, us: Network) -> None:
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        asked_at = datetime.now(UTC)
        stage.answer_next(429, b"", {"retry-after": "120"})
        with pytest.raises(NotNow) as caught:
            rehearsal.say()
        assert caught.value.retry_at is not None
        assert timedelta(seconds=100) < caught.value.retry_at - asked_at < timedelta(seconds=140)
        rehearsal.say()
        assert len(stage.posts()) == 1

    @proves("find")
    def test_a_published_post_can_be_found_and_is_not_taken_from_another_delivery(
        self, stage: Stage, us: Network
    ) -> None:
        first = Rehearsal(us, stage.draft("Twice the same words."))
        first.rest()
        line = first.lines[-1]
        seen = first.look(line)
        assert isinstance(seen, Published) and seen.remote_id == first.posts[0].remote_id
        second = Rehearsal(us, stage.draft("Twice the same words."), taken={seen.remote_id}).to_the_post()
        assert second.look() == Absent(complete=True)
        second.rest()
        seen = second.look(second.lines[-1])
        assert isinstance(seen, Published) and seen.remote_id == second.posts[0].remote_id

    @proves("find")
    @pytest.mark.parametrize(
        "text",
        [
            pytest.param(f"Water is back in Hill Street.\n\nMore: {LINK} (in English).", id="a link and paragraphs"),
            pytest.param("One line\nand the next & <b>no</b> markup, 3 < 4 > 2", id="marks of HTML"),
            pytest.param(f"Ça va: Müller & naïve {FAMILY} 🇺🇦 — “quoted” #Wasser", id="accents, emoji, hashtag"),
            pytest.param("Straße gesperrt bis 9\u202fUhr, danke an @resident", id="a mention"),
            pytest.param("**bold** _and_ `code` [no](link) * list", id="marks of Markdown"),
            pytest.param("مرحبا بكم في المكتبة", id="right to left"),
            pytest.param("e\u0301te\u0301 décomposé", id="decomposed accents"),
        ],
    )
    def test_a_lost_post_is_found_whatever_it_says(self, stage: Stage, us: Network, text: str) -> None:
        self.publish(stage, us, "Something else before.")
        rehearsal = Rehearsal(us, stage.draft(text)).to_the_post()
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            rehearsal.say()
        before = stage.posts()
        assert rehearsal.recover().remote_id == before[-1].remote_id
        assert len(stage.posts()) == len(before) == 2

    # -- threads, text, media

    @proves("publish", "find")
    def test_a_thread_hangs_together_and_a_lost_part_is_found(self, stage: Stage, us: Network) -> None:
        if self.network.rules.parts < 3:
            pytest.skip(f"{self.network.label} has no threads")
        rehearsal = Rehearsal(us, stage.draft("First.", "Second.", "Third."))
        said = 0
        while any(line.settled is None for line in rehearsal.lines):
            if rehearsal.line.step.public and (said := said + 1) == min(2, len(rehearsal.lines)):
                stage.lose_next_answer()
                with pytest.raises(Unknown):
                    rehearsal.say()
                rehearsal.recover()
            else:
                rehearsal.say()
        first, second, third = sorted(stage.posts(), key=lambda p: ["First.", "Second.", "Third."].index(p.text))
        assert (first.parent_id, second.parent_id, third.parent_id) == ("", first.remote_id, second.remote_id)

    @proves("publish")
    def test_the_limit_passes_and_one_more_is_refused_before_sending(self, stage: Stage, us: Network) -> None:
        limit = us.told_rules.text.limit
        if stage.text_limit is not None:
            assert limit == stage.text_limit, "the declared limit is not the server's"
        exact = stage.draft("a" * limit)
        assert us.problems(exact) == []
        Rehearsal(us, exact).rest()
        assert [len(p.text) for p in stage.posts()] == [limit]
        problems = us.problems(stage.draft("a" * (limit + 1)))
        assert [(p.field, p.level, p.count, p.limit) for p in problems] == [("text", "stop", limit + 1, limit)]

    @proves("publish")
    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        if not stage.counts_as_documented:
            pytest.skip("this server counts in its own way")
        rules = us.told_rules.text
        start = f"{FAMILY} 🇺🇦 e\u0301 {LINK} "
        exact = start + "b" * (rules.limit - rules.count(start))
        assert us.problems(stage.draft(exact)) == []
        Rehearsal(us, stage.draft(exact)).rest()
        with pytest.raises(Refused):  # the server counts by itself: one more is too much for it as well
            Rehearsal(us, stage.draft(exact + "b")).rest()
        assert len(stage.posts()) == 1

    @proves("publish")
    def test_alt_text_arrives(self, stage: Stage, us: Network) -> None:
        rules = self.network.rules.images
        if rules is None:
            pytest.skip(f"{self.network.label} takes no pictures")
        alts = ("The reading room.", "Eine Straße, “gesperrt”, 100 % \U0001f6a7", "")[: rules.count]
        Rehearsal(us, stage.draft("Three pictures.", alts=alts)).rest()
        assert [p.alts for p in stage.posts()] == [alts]

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network) -> None:
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, stage.draft("Slow.", alts=("A picture.",)))
        line = rehearsal.line
        assert isinstance(us.publish(rehearsal.step(line), key=line.key), Processing)
        stage.process_media(times=2)
        rehearsal.rest()
        assert [p.alts for p in stage.posts()] == [("A picture.",)]

    @proves("check")
    def test_processing_media_ends_refused(self, stage: Stage, us: Network) -> None:
        stage.process_media(times=1, then="failed")
        with pytest.raises(Refused):
            Rehearsal(us, stage.draft("Broken.", alts=("A picture.",))).rest()
        assert stage.posts() == []

    # -- after publishing

    @proves("fetch")
    def test_a_post_can_be_fetched_and_a_missing_one_is_none(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, f"Read {LINK} now.", alts=("The reading room.",))
        seen = us.fetch(remote_id)  # type: ignore[attr-defined]
        assert (seen.remote_id, seen.text, seen.alts) == (remote_id, f"Read {LINK} now.", ("The reading room.",))
        us.delete(remote_id)  # type: ignore[attr-defined]
        assert us.fetch(remote_id) is None  # type: ignore[attr-defined]

    @proves("edit")
    def test_an_edit_keeps_the_id_and_the_pictures(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "Opens at nine.", alts=("The reading room.",))
        edited = us.edit(remote_id, Draft((Part("Opens at ten."),)))  # type: ignore[attr-defined]
        assert edited.remote_id == remote_id
        assert stage.posts() == [Shown(remote_id, "Opens at ten.", ("The reading room.",))]

    @proves("delete")
    def test_deleting_twice_is_quiet(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "A mistake.")
        us.delete(remote_id)  # type: ignore[attr-defined]
        us.delete(remote_id)  # type: ignore[attr-defined]
        assert stage.posts() == []

    # -- others

    def listed(self, ask: Callable[..., Page], *given: str) -> list[Message]:
        """Every page of a listing, in order."""
        found: list[Message] = []
        cursor = ""
        for _page in range(50):
            page = ask(*given, cursor=cursor)
            found += page.items
            if not page.cursor:
                return found
            assert page.cursor != cursor, "the same page again"
            cursor = page.cursor
        raise AssertionError("the pages never end")

    @proves("replies")
    def test_replies_page_without_gap_or_repeat(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "Questions?")
        said = [stage.stranger_replies(remote_id, f"Question {n}") for n in range(45)]
        found = self.listed(us.replies, remote_id)  # type: ignore[attr-defined]
        assert sorted(m.remote_id for m in found) == sorted(said)
        assert {m.parent_id for m in found} == {remote_id}
        assert {m.text for m in found} == {f"Question {n}" for n in range(45)}
        assert all(m.author and m.at.tzinfo for m in found)

    @proves("mentions")
    def test_mentions_page_without_gap_or_repeat(self, stage: Stage, us: Network) -> None:
        said = [stage.stranger_mentions(f"Is the pool open? {n}") for n in range(45)]
        found = self.listed(us.mentions)  # type: ignore[attr-defined]
        assert [m.remote_id for m in found] == said[::-1]

    @proves("notifications")
    def test_notifications_page_without_gap_or_repeat(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "News.")
        stage.stranger_likes(remote_id)
        for n in range(43):
            stage.stranger_mentions(f"Hello {n}")
        found = self.listed(us.notifications)  # type: ignore[attr-defined]
        assert len(found) == len({m.remote_id for m in found}) == 44
        assert sum(m.kind != found[0].kind for m in found) == 1

    @proves("messages")
    def test_messages_page_without_gap_or_repeat(self, stage: Stage, us: Network) -> None:
        said = [stage.stranger_writes(f"In private {n}") for n in range(45)]
        found = self.listed(us.messages)  # type: ignore[attr-defined]
        assert [m.remote_id for m in found] == said[::-1]

    @proves("search")
    def test_a_search_finds_what_a_stranger_says(self, stage: Stage, us: Network) -> None:
        said = [stage.stranger_posts(f"The #pool is too cold {n}") for n in range(25)]
        stage.stranger_posts("Nothing to see")
        for query in ("#pool", "too cold"):
            assert sorted(m.remote_id for m in self.listed(us.search, query)) == sorted(said)  # type: ignore[attr-defined]

    @proves("hear")
    def test_a_call_of_the_network_is_heard_and_a_forged_one_is_not(self, stage: Stage) -> None:
        headers, body, secret = stage.hook("Is the pool open?")
        hear = self.network.hear  # type: ignore[attr-defined]
        heard = hear(headers, body, secret=secret)
        assert [message.text for message in heard] == ["Is the pool open?"]
        assert heard[0].remote_id and heard[0].author and heard[0].at.tzinfo
        forged = ((headers, body + b" ", secret), (headers, body, "another " + secret), ({}, body, secret))
        for given_headers, given_body, given_secret in forged:
            with pytest.raises(Refused) as caught:
                hear(given_headers, given_body, secret=given_secret)
            assert caught.value.code == "signature"

    @proves("reply", "find")
    def test_a_reply_lands_under_its_parent(self, stage: Stage, us: Network) -> None:
        theirs = stage.stranger_posts("When does the library open?")
        draft = stage.draft("At nine.")
        rehearsal = Rehearsal(us, draft).to_the_post()
        line = rehearsal.line
        line.step = Step("post", line.step.number, payload={**line.step.payload, "in_reply_to": theirs})
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            us.reply(rehearsal.step(line), key=line.key)  # type: ignore[attr-defined]
        rehearsal.recover()
        assert [(p.text, p.parent_id) for p in stage.posts()] == [("At nine.", theirs)]

    @proves("like")
    def test_a_like_counts_once(self, stage: Stage, us: Network) -> None:
        theirs = stage.stranger_posts("Thank you!")
        us.like(theirs)  # type: ignore[attr-defined]
        us.like(theirs)  # type: ignore[attr-defined]
        assert stage.marks(theirs)["likes"] == 1

    @proves("share")
    def test_a_share_counts_once(self, stage: Stage, us: Network) -> None:
        theirs = stage.stranger_posts("Summer party on Sunday")
        us.share(theirs)  # type: ignore[attr-defined]
        us.share(theirs)  # type: ignore[attr-defined]
        assert stage.marks(theirs)["shares"] == 1

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        numbers = us.measure([remote_id])[remote_id].numbers  # type: ignore[attr-defined]
        assert (numbers["likes"], numbers["replies"], numbers["shares"]) == (1, 1, 0)
        stage.hide_numbers()
        numbers = us.measure([remote_id])[remote_id].numbers  # type: ignore[attr-defined]
        assert set(numbers.values()) == {None}

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        self.publish(stage, us, "One post.")
        assert us.measure_account().numbers["posts"] == 1  # type: ignore[attr-defined]
        stage.hide_numbers()
        assert us.measure_account().numbers["posts"] is None  # type: ignore[attr-defined]

    @proves("limits")
    def test_the_limits_are_asked_of_the_server(self, stage: Stage, us: Network) -> None:
        told = us.rules.told(us.limits())  # type: ignore[attr-defined]
        assert stage.text_limit is None or told.text.limit == stage.text_limit

    # -- care

    @proves("publish")
    def test_unknown_answer_fields_break_nothing(self, stage: Stage, us: Network) -> None:
        stage.add_unknown_fields()
        assert us.whoami().remote_id
        self.publish(stage, us, "Still here.")
        assert [p.text for p in stage.posts()] == ["Still here."]

    @proves("publish")
    def test_secrets_never_reach_evidence_or_errors(self, stage: Stage, us: Network) -> None:
        assert stage.secrets, "the stage must name its secrets"
        errors = []
        self.publish(stage, us, "Evidence.")
        for fault in (stage.lose_next_answer, lambda: stage.answer_next(403, " ".join(stage.secrets).encode())):
            rehearsal = Rehearsal(us, stage.draft("Evidence again.")).to_the_post()
            fault()
            with pytest.raises(Failure) as caught:
                rehearsal.say()
            errors.append("".join(traceback.format_exception(caught.value)) + caught.value.sentence)
        seen = repr(us.http.exchanges) + repr(us.account) + " ".join(errors)
        assert us.http.exchanges
        for secret in stage.secrets:
            assert secret not in seen


__all__ = ["FAMILY", "LINK", "Conformance", "proves"]
