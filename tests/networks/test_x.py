"""X on its contract stage."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from clarion.networks import x_uploads
from clarion.networks.base import Account, Draft, Media, Network, Part, Step
from clarion.networks.http import Answer, Http
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.networks.x import X
from clarion.networks.x_api import parent_of, same_words
from clarion.testing.conformance import Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.stages import Stage
from clarion.testing.x import XStage

from .signing_in import SignsIn


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[XStage]:
    with XStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: XStage) -> X:
    us = stage.network()
    assert isinstance(us, X)
    return us


@pytest.fixture
def alone() -> X:
    """X without anybody to ask: for what is decided without a call."""
    return X(Account(remote_id="1", handle="@cityhall"), http=Http())


class TestX(Conformance):
    network = X

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[XStage]:
        with XStage(tmp_path) as stage:
            yield stage

    @proves("hide")
    def test_a_reply_below_our_post_is_hidden(self, stage: Stage, us: Network) -> None:
        (ours,) = self.publish(stage, us, "Questions?")
        theirs = stage.stranger_replies(ours, "An insult.")
        us.hide(theirs)  # type: ignore[attr-defined]
        us.hide(theirs)  # type: ignore[attr-defined]
        assert stage.server.posts[theirs].hidden  # type: ignore[attr-defined]


class TestSignIn(SignsIn):
    network = X

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[XStage]:
        with XStage(tmp_path) as stage:
            yield stage


# --- what it costs, before anything is sent ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "options", "amount", "what"),
    [
        (("The pool is open.",), {}, "0.015", "a post"),
        (("The pool is open: https://city.org/pool",), {}, "0.200", "a post with a link"),
        (("The pool is open: city.org",), {}, "0.200", "a post with a link"),
        (("One.", "Two."), {}, "0.030", "2 posts"),
        (("One.", "Two: https://city.org"), {}, "0.215", "2 posts, 1 with a link"),
        (("One: city.org", "Two: city.org", "Three."), {}, "0.415", "3 posts, 2 with links"),
        (("One.",), {"first_comment": "More: https://city.org"}, "0.215", "2 posts, 1 with a link"),
    ],
)
def test_a_press_officer_sees_what_a_post_costs(
    alone: X, texts: tuple[str, ...], options: dict, amount: str, what: str
) -> None:
    price = alone.price(Draft(tuple(map(Part, texts)), options))
    assert price is not None and (price.amount, price.currency, price.what) == (Decimal(amount), "USD", what)


def test_a_described_picture_costs_a_little_more(stage: XStage, us: X) -> None:
    price = us.price(stage.draft("Look.", alts=("The pool.", "")))
    assert price is not None and (price.amount, price.what) == (Decimal("0.020"), "a post, 1 description")


def test_a_thread_is_allowed_and_its_risk_is_named(stage: XStage, us: X) -> None:
    (problem,) = us.problems(stage.draft("One.", "Two."))
    assert problem.level == "warn" and "first part stands alone" in problem.sentence


def test_two_cashtags_are_a_warning_and_no_stop(stage: XStage, us: X) -> None:
    assert [p.level for p in us.problems(stage.draft("$ABC and $XYZ"))] == ["warn"]
    assert us.problems(stage.draft("It costs $5 and $ABC")) == []


def test_a_paying_account_may_say_more_and_the_network_tells(stage: XStage, us: X) -> None:
    assert us.limits() == {}
    stage.server.plan = "Premium"
    rules = us.rules.told(us.limits())
    assert rules.text.limit == 25_000
    us.told_rules = rules
    Rehearsal(us, stage.draft("a" * 3000)).rest()
    assert len(stage.posts()[0].text) == 3000


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_options_and_polls_are_sent_as_x_names_them(stage: XStage, us: X) -> None:
    draft = stage.draft("Which day?", poll={"options": ["Mon", "Tue"], "seconds": 3600}, paid_partnership=True,
                        reply_settings="following")  # fmt: skip
    line = Rehearsal(us, draft).line
    assert us.prepare(line.step, key="k", now=datetime.now(UTC))["request"] == {
        "text": "Which day?", "poll": {"options": ["Mon", "Tue"], "duration_minutes": 60}, "paid_partnership": True,
        "reply_settings": "following",
    }  # fmt: skip
    rehearsal = Rehearsal(us, draft)
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    assert len(stage.posts()) == 1


def test_the_first_comment_hangs_on_the_post_and_is_found_when_its_answer_is_lost(stage: XStage, us: X) -> None:
    rehearsal = Rehearsal(us, stage.draft("News.", first_comment="More: https://city.org/news"))
    first = rehearsal.say()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    assert [(p.text, p.parent_id) for p in stage.posts()] == [
        ("News.", ""), ("More: https://city.org/news", first.remote_id),
    ]  # fmt: skip


def film(folder: Path, size: int) -> Media:
    path = folder / "film.mp4"
    path.write_bytes(bytes(range(256)) * (size // 256))
    return Media(path, "video/mp4", path.stat().st_size, "0" * 64, alt="The new pool.", duration=12, name="film.mp4")


SEGMENT = 64 * 1024


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x_uploads, "SEGMENT", SEGMENT)


@pytest.mark.usefixtures("small_segments")
def test_a_video_goes_on_from_where_it_was_after_a_kill(stage: XStage, us: X, tmp_path: Path) -> None:
    video = film(tmp_path, 5 * SEGMENT + 512)
    rehearsal = Rehearsal(us, Draft((Part("The film.", (video,)),)))
    assert [line.step.kind for line in rehearsal.lines] == ["open", "send", "send", "upload", "post"]
    rehearsal.say()
    rehearsal.say()
    (upload,) = stage.server.uploads.values()
    assert sorted(upload.segments) == [0, 1, 2, 3]
    asked = stage.server.asked
    stage.faults.arm(Fault("lose_answer", lambda method, path: path.endswith("/append")))
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.rest()
    assert len(stage.server.uploads) == 1 and upload.raw == video.path.read_bytes()
    appended = stage.server.asked - asked
    assert appended == 3 + 2 + 1, "what had arrived was not sent again"
    assert [p.alts for p in stage.posts()] == [("The new pool.",)]


@pytest.mark.usefixtures("small_segments")
def test_a_video_whose_upload_has_ended_meanwhile_is_sent_anew(stage: XStage, us: X, tmp_path: Path) -> None:
    video = film(tmp_path, 3 * SEGMENT)
    rehearsal = Rehearsal(us, Draft((Part("The film.", (video,)),)))
    rehearsal.say()
    stage.server.uploads.clear()
    rehearsal.rest()
    (upload,) = stage.server.uploads.values()
    assert upload.raw == video.path.read_bytes() and len(stage.posts()) == 1


@pytest.mark.usefixtures("small_segments")
def test_only_a_piece_of_a_video_is_in_memory(stage: XStage, us: X, tmp_path: Path) -> None:
    video = film(tmp_path, 3 * SEGMENT)
    rehearsal = Rehearsal(us, Draft((Part("The film.", (video,)),)))
    rehearsal.to_the_post()
    sent = [e.sent for e in us.http.exchanges if e.url.endswith("/append")]
    assert len(sent) == 3 and max(sent) < SEGMENT + 4096


# --- did it happen? ---------------------------------------------------------------------------------------------------


def test_what_x_makes_of_a_post_is_read_back_as_it_was_typed(stage: XStage, us: X) -> None:
    said = "Fish & chips <now> at city.org and https://city.org/a?b=c&d=e"
    done = Rehearsal(us, stage.draft(said, alts=("Fish.",))).rest()
    seen = us.fetch(done[0].remote_id)
    assert seen is not None and seen.text == said


@pytest.mark.parametrize(
    ("shown", "typed", "same"),
    [
        ({"text": "See https://t.co/a", "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "http://city.org"}]}},
         "See city.org", True),
        ({"text": "See https://t.co/a", "entities": {"urls": [{"url": "https://t.co/a", "expanded_url": "https://city.org/"}]}},
         "See https://city.org", True),
        ({"text": "@rita Yes"}, "Yes", False),
        ({"text": "@rita Yes", "referenced_tweets": [{"type": "replied_to", "id": "7"}]}, "Yes", True),
        ({"text": "Long…", "note_tweet": {"text": "Long and whole"}}, "Long and whole", True),
        ({"text": "a &amp; b"}, "a & b", True),
        ({"text": "something else"}, "Yes", False),
    ],
)  # fmt: skip
def test_an_own_post_is_recognised_in_its_dress(shown: dict, typed: str, same: bool) -> None:
    assert same_words(shown, typed, is_reply=bool(parent_of(shown))) is same


def test_a_clock_that_is_behind_hides_nothing(stage: XStage, us: X) -> None:
    rehearsal = Rehearsal(us, stage.draft("On time.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    (post,) = stage.server.posts.values()
    post.at -= timedelta(minutes=4)
    line = rehearsal.line
    assert rehearsal.look() == Absent(complete=True), "its clock is right: this is an older post"
    stage.server.clock = timedelta(minutes=-4)
    assert us.find(rehearsal.step(line), key=line.key) == Published(post.id, f"https://x.com/cityhall/status/{post.id}")


def test_a_refusal_as_duplicate_adopts_our_own_post(stage: XStage, us: X) -> None:
    stage.server.refuses_duplicates = True
    rehearsal = Rehearsal(us, stage.draft("Water is back.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    with pytest.raises(Unknown) as caught:
        rehearsal.say()  # the listing was late, so it was believed absent
    assert caught.value.code == "duplicate"
    assert [p.remote_id for p in stage.posts()] == [rehearsal.recover().remote_id]


def test_a_refusal_as_duplicate_never_takes_the_post_of_another_delivery(stage: XStage, us: X) -> None:
    stage.server.refuses_duplicates = True
    first = Rehearsal(us, stage.draft("Water is back.")).rest()
    second = Rehearsal(us, stage.draft("Water is back."), taken={first[0].remote_id})
    with pytest.raises(Unknown) as caught:
        second.say()
    assert caught.value.code == "duplicate" and "posted already" in caught.value.sentence
    assert second.look() == Absent(complete=True) and len(stage.posts()) == 1


def test_a_reply_that_nobody_asked_for_is_explained(stage: XStage, us: X) -> None:
    stage.server.self_serve = True
    theirs = stage.stranger_posts("When does the library open?")
    step = Step("post", 0, payload={"text": "At nine.", "in_reply_to": theirs}, since=datetime.now(UTC))
    with pytest.raises(Refused, match="takes replies by applications only where the author has asked"):
        us.reply(step, key="k")
    asked = stage.stranger_mentions("When does the library open?")
    done = us.reply(replace(step, payload={"text": "At nine.", "in_reply_to": asked}), key="k")
    assert isinstance(done, Published)


# --- answers ----------------------------------------------------------------------------------------------------------

RESET = int(time.time()) + 600


def answer(status: int, data: Any = None, headers: dict[str, str] | None = None) -> Answer:
    body = data if isinstance(data, bytes) else json.dumps(data).encode() if data is not None else b""
    return Answer(status, headers or {}, body, "https://api.x.com/2/tweets")


def problem(kind: str, detail: str = "Sorry.") -> dict[str, str]:
    return {"title": "No", "type": f"https://api.x.com/2/problems/{kind}", "detail": detail}


@pytest.mark.parametrize(
    ("status", "body", "word", "code"),
    [
        (403, problem("x", "You are not allowed to create a Tweet with duplicate content."), Unknown, "duplicate"),
        (403, problem("client-forbidden"), Refused, "client-forbidden"),
        (403, problem("x", "You are not permitted to perform this action."), Refused, "reply_not_allowed"),
        (403, problem("x", "This account is not permitted to access this feature."), Refused, "premium"),
        (403, problem("x", "You can use a maximum of one cashtag."), Refused, "403"),
        (403, problem("user-suspended"), SignInAgain, "user-suspended"),
        (403, problem("x", "Your account is temporarily locked."), SignInAgain, "locked"),
        (403, problem("unsupported-authentication"), SignInAgain, "unsupported-authentication"),
        (403, problem("x", "The token misses the scope tweet.write."), SignInAgain, "scope"),
        (401, problem("x"), SignInAgain, "401"),
        (429, problem("usage-capped"), NotNow, "usage-capped"),
        (403, problem("usage-capped"), NotNow, "usage-capped"),
        (429, problem("rate-limit-exceeded"), NotNow, "429"),
        (400, problem("invalid-request"), Refused, "400"),
        (400, {"errors": [problem("usage-capped")]}, NotNow, "usage-capped"),
        (500, problem("internal-error"), Unknown, "500"),
        (502, b"<h1>Bad gateway</h1>", Unknown, "502"),
        (503, b"", Unknown, "503"),
        (200, {"errors": [problem("internal-error")]}, Unknown, "internal-error"),
        (200, {"errors": [problem("resource-not-found")]}, Refused, "resource-not-found"),
    ],
)
def test_an_answer_becomes_one_of_the_four_words(alone: X, status: int, body: Any, word: type, code: str) -> None:
    failure = alone.understand(answer(status, body), writing=True)
    assert type(failure) is word and failure.code == code
    assert "X" in failure.sentence


def test_a_part_that_could_not_be_given_is_no_failure(alone: X) -> None:
    told = {"data": {"id": "1", "text": "a"}, "errors": [problem("not-authorized-for-field")]}
    assert alone.understand(answer(200, told), writing=False) is None


def test_throttling_ends_when_the_last_limit_starts_anew(alone: X) -> None:
    headers = {"x-rate-limit-reset": str(RESET), "x-rate-limit-remaining": "40",
               "x-user-limit-24hour-reset": str(RESET + 7200), "x-user-limit-24hour-remaining": "0"}  # fmt: skip
    failure = alone.understand(answer(429, problem("rate-limit-exceeded"), headers), writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == datetime.fromtimestamp(RESET + 7200, UTC)


def test_the_end_of_throttling_is_told_by_our_clock(alone: X) -> None:
    now = datetime.now(UTC)
    theirs = now + timedelta(minutes=10)
    headers = {"x-rate-limit-reset": str(int(theirs.timestamp()) + 120), "x-rate-limit-remaining": "0",
               "date": format_datetime(theirs, usegmt=True)}  # fmt: skip
    failure = alone.understand(answer(429, problem("rate-limit-exceeded"), headers), writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at is not None
    assert abs(failure.retry_at - now - timedelta(seconds=120)) < timedelta(seconds=3)


def test_a_used_up_month_waits_for_the_next_one(alone: X) -> None:
    given = answer(429, problem("usage-capped"))
    given.at = datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
    failure = alone.understand(given, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == datetime(2027, 1, 1, tzinfo=UTC)


def test_the_budget_is_that_of_posting_only(stage: XStage, us: X) -> None:
    Rehearsal(us, stage.draft("One.")).rest()
    assert us.http.answer is not None
    told = us.budget_told(us.http.answer)
    assert told is not None and (told.limit, told.remaining) == (100, 99) and told.resets_at is not None
    us.whoami()
    assert us.budget_told(us.http.answer) is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": 7}', b'"x"', b"null", b'{"meta": {}}'])
def test_a_listing_of_another_shape_is_asked_again(stage: XStage, us: X, body: bytes) -> None:
    rehearsal = Rehearsal(us, stage.draft("One."))
    line = rehearsal.line
    step = rehearsal.step(line)
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):
        us.find(step, key=line.key)


def test_an_answer_of_endless_size_is_unknown(stage: XStage, us: X) -> None:
    rehearsal = Rehearsal(us, stage.draft("One."))
    stage.answer_next(201, b"x" * 5_100_000)
    with pytest.raises(Unknown) as caught:
        rehearsal.say()
    assert caught.value.code == "oversized"


@pytest.mark.parametrize(
    "link",
    ["https://x.com/cityhall/status/19/photo/1", "https://twitter.com/i/status/19?s=20", "https://x.com/a/status/19"],
)
def test_a_pasted_link_names_its_post(link: str) -> None:
    assert X.id_in(link) == "19"
