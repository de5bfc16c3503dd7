"""LinkedIn: its answers in our words, what others say, and its numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Budget, Draft, Part
from clarion.networks.http import Answer, Http
from clarion.networks.linkedin import LinkedIn
from clarion.networks.linkedin_api import VERSION
from clarion.networks.words import NotNow, Refused, SignInAgain, Unknown
from clarion.testing.linkedin import LinkedInStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.linkedin import STRANGER
from clarion.testing.servers.linkedin_desk import MEMBER, PAGE
from clarion.testing.videos import video


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LinkedInStage]:
    with LinkedInStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: LinkedInStage) -> LinkedIn:
    us = stage.network()
    assert isinstance(us, LinkedIn)
    return us


@pytest.fixture
def member(stage: LinkedInStage, tmp_path: Path) -> LinkedIn:
    stage.us = MEMBER
    us = stage.network()
    assert isinstance(us, LinkedIn)
    return us


@pytest.fixture
def alone() -> LinkedIn:
    """A page without anybody to ask: for what is decided without a call."""
    return LinkedIn(Account(remote_id=PAGE, handle="cityhall"), http=Http())


# --- answers ----------------------------------------------------------------------------------------------------------


def answer(status: int, data: Any = None, headers: dict[str, str] | None = None) -> Answer:
    body = data if isinstance(data, bytes) else json.dumps(data).encode() if data is not None else b""
    return Answer(status, headers or {}, body, "https://api.linkedin.com/rest/posts")


def problem(code: str, message: str = "Sorry.") -> dict[str, Any]:
    return {"status": 400, "code": code, "message": message, "serviceErrorCode": 100}


@pytest.mark.parametrize(
    ("status", "body", "word", "code"),
    [
        (401, problem("EXPIRED_ACCESS_TOKEN"), SignInAgain, "EXPIRED_ACCESS_TOKEN"),
        (401, problem("REVOKED_ACCESS_TOKEN"), SignInAgain, "REVOKED_ACCESS_TOKEN"),
        (401, b"<html>", SignInAgain, "401"),
        (403, problem("ACCESS_DENIED"), SignInAgain, "scope"),
        (403, {"status": 403, "message": "Accessing this resource is forbidden."}, SignInAgain, "scope"),
        (403, {"status": 403, "message": "This content breaks our rules."}, Refused, "403"),
        (422, problem("DUPLICATE_POST"), Refused, "duplicate"),
        (422, {"errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST"}]}}, Refused, "duplicate"),
        (422, problem("FIELD_LENGTH_TOO_LONG"), Refused, "422"),
        (400, problem("MEDIA_ASSET_WAITING_UPLOAD"), NotNow, "MEDIA_ASSET_WAITING_UPLOAD"),
        (426, problem("NONEXISTENT_VERSION"), Refused, "version"),
        (400, problem("VERSION_MISSING"), Refused, "version"),
        (429, b"", NotNow, "429"),
        (409, problem("CONFLICT"), Unknown, "409"),
        (500, problem("INTERNAL"), Unknown, "500"),
        (503, b"", Unknown, "503"),
    ],
)
def test_an_answer_becomes_one_of_the_four_words(
    alone: LinkedIn, status: int, body: Any, word: type, code: str
) -> None:
    failure = alone.understand(answer(status, body), writing=True)
    assert type(failure) is word and failure.code == code
    assert "LinkedIn" in failure.sentence


def test_a_used_up_day_ends_at_midnight_and_the_budget_is_told(alone: LinkedIn) -> None:
    said = {"status": 429, "message": "Resource level throttle MEMBER DAY limit for calls to this resource is reached."}
    given = answer(429, said)
    given.at = datetime(2026, 12, 31, 17, 3, tzinfo=UTC)
    failure, midnight = alone.understand(given, writing=True), datetime(2027, 1, 1, tzinfo=UTC)
    assert isinstance(failure, NotNow) and failure.retry_at == midnight and "after midnight" in failure.sentence
    told = alone.budget_told(given)
    assert told is not None and (told.remaining, told.resets_at) == (0, midnight)
    assert alone.budget_told(answer(429, {"message": "Too fast."})) is None
    assert [(budget.of, budget.per) for budget in LinkedIn.budgets()] == [
        (Budget.CHANNEL, timedelta(days=1)), (Budget.APP, timedelta(days=1)),
    ]  # fmt: skip


def test_a_version_that_is_no_more_is_told_to_an_administrator(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.server.versions = {"202710"}
    with pytest.raises(Refused, match="An administrator has to update Clarion") as caught:
        Rehearsal(us, stage.draft()).say()
    assert caught.value.code == "version" and stage.posts() == []
    newer = LinkedIn(us.account, http=us.http, vault=us.vault, app={**stage.app, "version": "202710"})
    Rehearsal(newer, stage.draft()).rest()
    assert len(stage.posts()) == 1


def test_the_version_has_an_end_that_is_known(alone: LinkedIn) -> None:
    assert re.fullmatch(r"20\d{4}", VERSION.name)
    assert VERSION.ends > datetime.strptime(VERSION.name, "%Y%m").replace(tzinfo=UTC).date()


def test_somebody_who_lost_their_role_connects_again(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.server.roles[PAGE] = "ANALYST"
    with pytest.raises(SignInAgain, match="lost their role"):
        Rehearsal(us, stage.draft()).say()


def test_a_page_that_was_deleted_is_no_longer_there(stage: LinkedInStage, us: LinkedIn) -> None:
    del stage.server.names[PAGE]
    with pytest.raises(Refused):
        us.whoami()


def test_a_renamed_page_keeps_its_number(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.server.names[PAGE] = ("Town Hall", "townhall")
    again = us.whoami()
    assert (again.remote_id, again.handle) == (us.account.remote_id, "townhall")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"elements": 7}', b'"x"', b"null", b'{"paging": {}}'])
def test_a_listing_of_another_shape_is_asked_again(stage: LinkedInStage, us: LinkedIn, body: bytes) -> None:
    rehearsal = Rehearsal(us, stage.draft("One."))
    step = rehearsal.step(rehearsal.line)
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):
        us.find(step, key="k")


def test_an_answer_of_endless_size_is_unknown(stage: LinkedInStage, us: LinkedIn) -> None:
    stage.answer_next(201, b"x" * 5_100_000)
    with pytest.raises(Unknown) as caught:
        Rehearsal(us, stage.draft("One.")).say()
    assert caught.value.code == "oversized"


# --- what others say, and numbers -------------------------------------------------------------------------------------


def test_a_like_our_own_words_and_what_is_no_list_are_not_heard(stage: LinkedInStage) -> None:
    post = "urn:li:share:7390000000000000"
    told = [
        stage.server.notify("LIKE", source=post),
        stage.server.notify("COMMENT", words="Ours", source=post, author=PAGE),
        stage.server.notify("SHARE_MENTION", words=r"Thanks @[City Hall](urn:li:organization:123) \(all\)"),
    ]  # fmt: skip
    headers, body, secret = stage.signed(told)
    (heard,) = LinkedIn.hear(headers, body, secret=secret)
    assert (heard.kind, heard.text, heard.author) == ("mention", "Thanks City Hall (all)", STRANGER)
    prefixed = {"x-li-signature": "hmacsha256=" + headers["X-LI-Signature"]}
    assert LinkedIn.hear(prefixed, body, secret=secret) == (heard,)


def test_members_see_no_replies_and_are_told_why(stage: LinkedInStage, member: LinkedIn) -> None:
    for ask in (lambda: member.replies("urn:li:share:1"), member.mentions, member.notifications):
        with pytest.raises(Refused, match="only for pages"):
            ask()
    assert set(member.measure_account().numbers.values()) == {None}


def test_the_numbers_of_a_page_do_without_those_that_are_refused(stage: LinkedInStage, us: LinkedIn) -> None:
    assert us.measure_account().numbers["followers"] == 4711
    stage.faults.arm(Fault("answer", lambda method, path: "networkSizes" in path, status=404))
    numbers = us.measure_account().numbers
    assert (numbers["followers"], numbers["posts"], numbers["likes"]) == (None, 0, 9)


def test_the_numbers_of_videos_and_posts_are_asked_together(stage: LinkedInStage, us: LinkedIn, tmp_path: Path) -> None:
    (post,) = Rehearsal(us, stage.draft("Words.")).rest()
    (film,) = Rehearsal(us, Draft((Part("Film.", (video(tmp_path),)),))).rest()
    found = us.measure([post.remote_id, film.remote_id, "urn:li:share:1"])
    assert set(found) == {post.remote_id, film.remote_id}
    assert found[film.remote_id].numbers["reach"] == 50


@pytest.mark.parametrize(
    ("link", "urn"),
    [
        ("https://www.linkedin.com/feed/update/urn:li:share:7390000000000/", "urn:li:share:7390000000000"),
        ("https://www.linkedin.com/feed/update/urn%3Ali%3AugcPost%3A739/?utm=1", "urn:li:ugcPost:739"),
        ("https://www.linkedin.com/posts/cityhall_water-activity-7390000000000-AbCd", "urn:li:activity:7390000000000"),
        ("https://www.linkedin.com/feed/update/urn:li:share:1/?commentUrn=urn%3Ali%3Acomment%3A%28urn%3Ali%3Ashare%3A1%2C2%29",
         "urn:li:comment:(urn:li:share:1,2)"),
    ],
)  # fmt: skip
def test_a_pasted_link_names_its_post(link: str, urn: str) -> None:
    assert LinkedIn.id_in(link) == urn
