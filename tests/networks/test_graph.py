"""What Facebook, Instagram and Threads share: errors in Meta's shape, usage headers, calls in."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from clarion.networks.base import Account
from clarion.networks.facebook import Facebook
from clarion.networks.graph import GRAPH, instant, signed_call
from clarion.networks.http import Answer, Http
from clarion.networks.words import NotNow, Refused, SignInAgain, Unknown

PAGE_ID = "1100022"


@pytest.fixture
def us() -> Facebook:
    return Facebook(Account(remote_id=PAGE_ID), http=Http())


# --- errors ----------------------------------------------------------------------------------------------------------


def error(code: int, subcode: int = 0, **more: object) -> bytes:
    told = {"message": "As Meta says it.", "type": "OAuthException", "code": code, **more}
    return json.dumps({"error": {**told, **({"error_subcode": subcode} if subcode else {})}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "writing", "reading"),
    [
        pytest.param(401, error(190, 463), SignInAgain, SignInAgain, id="session expired"),
        pytest.param(400, error(102), SignInAgain, SignInAgain, id="no session"),
        pytest.param(403, error(10), SignInAgain, SignInAgain, id="permission denied"),
        pytest.param(403, error(200), SignInAgain, SignInAgain, id="permission missing"),
        pytest.param(400, error(4), NotNow, NotNow, id="app limit"),
        pytest.param(400, error(32), NotNow, NotNow, id="page limit"),
        pytest.param(400, error(80001), NotNow, NotNow, id="business limit"),
        pytest.param(403, error(368), NotNow, NotNow, id="blocked for a while"),
        pytest.param(400, error(100, 1390008), NotNow, NotNow, id="too fast"),
        pytest.param(500, error(1, is_transient=True), Unknown, NotNow, id="unknown error"),
        pytest.param(500, error(2), Unknown, NotNow, id="service down"),
        pytest.param(400, error(100, 1609010), Unknown, NotNow, id="temporarily unavailable"),
        pytest.param(400, error(9999, is_transient=True), Unknown, NotNow, id="transient"),
        pytest.param(400, error(100), Refused, Refused, id="invalid parameter"),
        pytest.param(400, error(100, 1366046), Refused, Refused, id="picture too heavy"),
        pytest.param(400, error(100, 1404102), Refused, Refused, id="community standards"),
        pytest.param(400, error(1, 1404006), SignInAgain, SignInAgain, id="security check"),
        pytest.param(400, error(200, 4854002), SignInAgain, SignInAgain, id="identity"),
        pytest.param(200, error(100), Refused, Refused, id="a 200 that says no"),
        pytest.param(400, error(490), Refused, Refused, id="a number that looks like another"),
        pytest.param(500, error(4711), Unknown, NotNow, id="nobody knows"),
    ],
)
def test_errors_are_one_of_the_four_words(us, status, body, writing, reading) -> None:  # type: ignore[no-untyped-def]
    for word, is_writing in ((writing, True), (reading, False)):
        failure = us.understand(Answer(status, {}, body), writing=is_writing)
        assert type(failure) is word
        assert "Facebook" in failure.sentence and "As Meta says it." in failure.sentence and failure.code


def test_what_meta_writes_for_people_is_what_people_read(us: Facebook) -> None:
    failure = us.understand(Answer(400, {}, error(100, error_user_msg="Das Bild ist zu groß.")), writing=True)
    assert failure is not None and "Das Bild ist zu groß." in failure.sentence


def test_a_throttled_page_is_told_when_it_may_go_on(us: Facebook) -> None:
    rows = {PAGE_ID: [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 19}]}
    answer = Answer(400, {"X-Business-Use-Case-Usage": json.dumps(rows)}, error(80001))
    failure = us.understand(answer, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(minutes=19)
    told = us.budget_told(answer)
    assert told is not None and (told.remaining, told.resets_at) == (0, answer.at + timedelta(minutes=19))


@pytest.mark.parametrize(("use", "slows"), [(12, False), (79, False), (80, True), (100, True)])
def test_we_slow_down_before_facebook_does_it(us: Facebook, use: int, slows: bool) -> None:
    told = us.budget_told(Answer(200, {"x-app-usage": json.dumps({"call_count": use, "total_time": 1})}))
    assert (told is not None and told.remaining == 0) is slows


@pytest.mark.parametrize("header", ["", "not json", "[]", '{"call_count": "many"}', '"x"'])
def test_usage_that_cannot_be_read_slows_nobody(us: Facebook, header: str) -> None:
    names = ("x-app-usage", "x-business-use-case-usage")
    assert all(us.budget_told(Answer(200, {name: header})) is None for name in names)


def test_the_version_stands_in_one_place_with_its_end() -> None:
    assert GRAPH.ends is not None and GRAPH.ends.year >= 2028
    assert f"/{GRAPH.name}" in Facebook.api and f"/{GRAPH.name}/" in Facebook.authorise_at


@pytest.mark.parametrize("told", [None, "", "yesterday", "2026-11-24T09:00:00+0000x", True, [], 10**40])
def test_a_time_that_cannot_be_read_is_none(told: object) -> None:
    assert instant({"at": told}, "at") is None


@pytest.mark.parametrize("given", [{}, {"X-Hub-Signature-256": ""}, {"x-hub-signature-256": "sha256=\u00e4"}])
def test_a_call_in_without_a_right_signature_is_not_read(given: dict[str, str]) -> None:
    for secret in ("shh", ""):
        with pytest.raises(Refused) as caught:
            signed_call(given, b"{}", secret=secret, label="Facebook")
        assert caught.value.code == "signature"
