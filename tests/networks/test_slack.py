"""Slack on its contract stage: a yes that says no, our key beside the message, files shared by another call."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Draft, Network, NoVault, Part
from clarion.networks.http import Answer, Http
from clarion.networks.slack import Slack
from clarion.networks.slack_api import escaped, unescaped
from clarion.networks.words import Absent, NotNow, Processing, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.slack import BOT_USER
from clarion.testing.slack import SlackStage
from clarion.testing.stages import LOOPBACK, Shown, Stage

from .flat_threads import FlatThreads

HERE = "https://clarion.example/connect/back"


class TestSlack(FlatThreads, Conformance):
    network = Slack

    @pytest.fixture(params=[True, False], ids=["our key is shown", "our key is not shown"])
    def stage(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SlackStage]:
        with SlackStage(tmp_path, metadata=request.param) as stage:
            yield stage

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network) -> None:
        """On Slack it is the message that appears late, not the upload that is slow."""
        stage.process_media(times=2)
        rehearsal = Rehearsal(us, stage.draft("Slow.", alts=("A picture.",))).to_the_post()
        line = rehearsal.line
        outcome = us.publish(rehearsal.step(line), key=line.key)
        assert isinstance(outcome, Processing)
        asked = us.check(outcome, rehearsal.step(line), key=line.key)  # type: ignore[attr-defined]
        assert isinstance(asked, Processing) and asked.seconds > outcome.seconds
        settled = rehearsal._settle(line, asked)
        assert stage.posts() == [Shown(settled.remote_id, "Slow.", ("A picture.",))]

    @proves("check")
    def test_processing_media_ends_refused(self, stage: Stage, us: Network) -> None:
        """Slack says no at the call itself or not at all: a file that it does not know is refused there."""
        rehearsal = Rehearsal(us, stage.draft("Broken.", alts=("A picture.",))).to_the_post()
        stage.server.files.clear()  # type: ignore[attr-defined]
        with pytest.raises(Refused):
            rehearsal.say()
        assert stage.posts() == []

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """As in the suite, without shares: Slack counts none."""
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        measured = us.measure([remote_id, "1.1"])  # type: ignore[attr-defined]
        assert measured[remote_id].numbers == {"likes": 1, "replies": 1} and len(measured) == 1
        stage.hide_numbers()
        assert set(us.measure([remote_id])[remote_id].numbers.values()) == {None}  # type: ignore[attr-defined]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[SlackStage]:
    with SlackStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: SlackStage) -> Slack:
    us = stage.network()
    assert isinstance(us, Slack)
    return us


def http() -> Http:
    return Http(private_hosts=LOOPBACK, seconds=2)


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["C0NEWS", " https://city.slack.com/archives/C0NEWS ", "https://x.slack.com/archives/C0NEWS/p17"]
)
def test_a_channel_is_understood_as_it_is_typed(stage: SlackStage, typed: str) -> None:
    connected = Slack.connect({"bot_token": stage.server.token, "channel": typed}, http=http(), app=stage.app)
    assert (connected.account.remote_id, connected.account.handle) == ("C0NEWS", "#news")
    assert connected.account.url == "https://city.slack.com/archives/C0NEWS"


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"bot_token": "abc"}, "bot_token"), ({"channel": "#news"}, "channel"), ({}, "channel_not_found")],
)
def test_what_was_typed_wrongly_is_refused(stage: SlackStage, fields: dict[str, str], code: str) -> None:
    with pytest.raises(Refused) as caught:
        Slack.connect({"bot_token": stage.server.token, "channel": "C0OTHER", **fields}, http=http(), app=stage.app)
    assert caught.value.code == code


def signed_in(stage: SlackStage, **app: str) -> Any:
    given = {**stage.app, **app}
    url = Slack.authorise_url("", stage.app, redirect_uri=HERE, state="st4te", challenge="c" * 43)
    code = stage.server.approve(url)
    asked = stage.server.codes[code]
    assert (asked["state"], asked["redirect_uri"]) == ("st4te", HERE)
    assert asked["scope"].split(",") == list(Slack.scopes())
    assert "code_challenge" not in asked  # that would make the application a public client
    return Slack.exchange("", given, code=code, redirect_uri=HERE, verifier="v" * 43, http=http())


def test_a_person_signs_in_and_chooses_among_the_channels(stage: SlackStage) -> None:
    found = signed_in(stage)
    assert [one.account.handle for one in found] == ["#news", "#shut", "#open"]  # those with our bot first
    assert found[0].missing_scopes == (
        "groups:read", "groups:history", "channels:join", "files:write", "users:read",
    )  # fmt: skip
    us = Slack(found[0].account, http=http(), vault=NoVault(found[0].secrets), app=stage.app)
    (done,) = Rehearsal(us, stage.draft("Hello.")).rest()
    assert done.url.startswith("https://city.slack.com/archives/C0NEWS/p")
    assert Slack.id_in(done.url) == done.remote_id


def test_a_code_that_was_used_and_a_wrong_secret_are_told_apart(stage: SlackStage) -> None:
    with pytest.raises(Refused) as caught:
        signed_in(stage, client_secret="another")
    assert caught.value.code == "invalid_client"
    with pytest.raises(Refused) as caught:
        Slack.exchange("", stage.app, code="used", redirect_uri=HERE, verifier="v" * 43, http=http())
    assert caught.value.code == "invalid_grant"


def test_a_token_that_ends_is_renewed_ahead_and_rotated(stage: SlackStage) -> None:
    stage.server.refresh_token = "xoxe-1-first"
    ends = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()
    vault = NoVault({"access_token": stage.server.token, "refresh_token": "xoxe-1-first", "expires_at": ends})
    us = Slack(Account(remote_id="C0NEWS"), http=http(), vault=vault, app=stage.app)
    assert us.whoami().handle == "#news"
    assert vault.read()["refresh_token"] == stage.server.refresh_token != "xoxe-1-first"
    assert vault.read()["expires_at"] > ends + 3600


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (200, b'{"ok": false, "error": "invalid_refresh_token"}', SignInAgain),
        (200, b'{"ok": false, "error": "internal_error"}', NotNow),
        (503, b"", NotNow),
        (200, b"<html>", NotNow),
    ],
)
def test_only_a_dead_refresh_token_asks_for_sign_in(
    stage: SlackStage, status: int, body: bytes, word: type[Exception]
) -> None:
    vault = NoVault({"access_token": stage.server.token, "refresh_token": "xoxe-1-first", "expires_at": 1.0})
    us = Slack(Account(remote_id="C0NEWS"), http=http(), vault=vault, app=stage.app)
    stage.answer_next(status, body, any_call=True)
    with pytest.raises(word):
        us.whoami()
    assert vault.read()["refresh_token"] == "xoxe-1-first"


# --- publishing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["a < b & c > d", "<!channel> <@U123> <https://x.example|no link>", "&lt; &amp;"])
def test_nothing_that_is_written_becomes_a_command(stage: SlackStage, us: Slack, text: str) -> None:
    rehearsal = Rehearsal(us, stage.draft(text, no_previews=True))
    (done,) = rehearsal.rest()
    told = stage.server.messages[0].told
    assert told["text"] == escaped(text) and "<" not in told["text"]
    assert (told["unfurl_links"], told["unfurl_media"]) == (False, False)
    assert told["metadata"]["event_payload"] == {"key": rehearsal.lines[0].key, "step": 0}
    seen = us.fetch(done.remote_id)
    assert seen is not None and seen.text == text
    assert unescaped("see <https://a.example/x?a=1&amp;b=2|a.example> &amp; <mailto:a@b.example>") == (
        "see https://a.example/x?a=1&b=2 & mailto:a@b.example"
    )


def test_a_public_channel_is_joined_and_a_private_one_asks_for_an_invitation(stage: SlackStage) -> None:
    us = stage.network(channel="C0OPEN")
    Rehearsal(us, stage.draft("Here I am.")).rest()
    assert [one.channel for one in stage.server.messages] == ["C0OPEN"]
    with pytest.raises(SignInAgain, match="Invite it there"):
        Rehearsal(stage.network(channel="G0SHUT"), stage.draft()).rest()


def test_a_first_comment_and_pictures_of_later_parts_land_in_the_thread(stage: SlackStage, us: Slack) -> None:
    draft = Draft((Part("One."), Part("", (stage.picture("a"),))), {"first_comment": "More below."})
    Rehearsal(us, draft).rest()
    one, two, three = stage.posts()
    assert (two.parent_id, three.parent_id) == (one.remote_id, one.remote_id)
    assert (two.alts, three.text) == (("a",), "More below.")


def test_shared_files_are_found_by_their_number_also_within_a_thread(stage: SlackStage, us: Slack) -> None:
    rehearsal = Rehearsal(us, Draft((Part("One."), Part("Two.", (stage.picture("a"), stage.picture("b"))))))
    rehearsal.say()
    rehearsal.to_the_post()
    assert rehearsal.look() == Absent(complete=True)
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)


def test_another_applications_message_of_the_same_words_is_not_ours(stage: SlackStage, us: Slack) -> None:
    stage.server.write("U0OTHER", "Same words.")
    stage.server.write(BOT_USER, "Same words.", metadata={"event_type": "x", "event_payload": {"key": "another"}})
    assert Rehearsal(us, stage.draft("Same words.")).look() == Absent(complete=True)


def test_an_answer_to_an_answer_joins_the_thread_of_its_root(stage: SlackStage, us: Slack) -> None:
    theirs = stage.stranger_posts("When?")
    between = stage.stranger_replies(theirs, "Yes, when?")
    for draft in (stage.draft("At nine."), stage.draft("See here.", alts=("a",))):
        rehearsal = Rehearsal(us, draft).to_the_post()
        line = rehearsal.line
        line.step = replace(line.step, payload={**line.step.payload, "in_reply_to": between})
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            us.reply(rehearsal.step(line), key=line.key)
        rehearsal.recover()
    assert [(post.text, post.parent_id) for post in stage.posts()] == [("At nine.", theirs), ("See here.", theirs)]


def test_people_have_names_where_we_may_ask_for_them(stage: SlackStage, us: Slack) -> None:
    (done,) = Rehearsal(us, stage.draft("Questions?")).rest()
    for n in range(3):
        stage.stranger_replies(done.remote_id, f"Question {n}")
    assert {message.author_name for message in us.replies(done.remote_id).items} == {"Rita Reader"}
    stage.server.tells_names, before = False, stage.server.asked
    again = stage.network()
    assert {(message.author, message.author_name) for message in again.replies(done.remote_id).items} == {
        ("U0RITA", "U0RITA")
    }  # fmt: skip
    assert stage.server.asked == before + 4  # two for the sign-in, the thread, one refusal


def test_files_that_come_late_into_a_busy_channel_are_found(stage: SlackStage, us: Slack) -> None:
    rehearsal = Rehearsal(us, stage.draft("Busy.", alts=("a",))).to_the_post()
    line = rehearsal.line
    outcome = us.publish(rehearsal.step(line), key=line.key)
    assert isinstance(outcome, Processing)
    for n in range(120):
        stage.stranger_posts(f"Later {n}")
    assert isinstance(us.check(outcome, rehearsal.step(line), key=line.key), Published)


@pytest.mark.parametrize("body", [b'{"ok": true}', b'{"ok": true, "messages": {}}', b'{"ok": true, "messages": [{}]}'])
def test_a_listing_of_another_shape_is_no_empty_channel(stage: SlackStage, us: Slack, body: bytes) -> None:
    rehearsal = Rehearsal(us, stage.draft("Anything."))
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):
        rehearsal.look()


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("token_revoked", SignInAgain),
        ("account_inactive", SignInAgain),
        ("missing_scope", SignInAgain),
        ("not_in_channel", SignInAgain),
        ("is_archived", Refused),
        ("restricted_action_read_only_channel", Refused),
        ("msg_too_long", Refused),
        ("edit_window_closed", Refused),
        ("ratelimited", NotNow),
        ("fatal_error", Unknown),
        ("service_unavailable", Unknown),
    ],
)
def test_a_yes_that_says_no_is_read(us: Slack, error: str, word: type[Exception]) -> None:
    body = json.dumps({"ok": False, "error": error, "needed": "files:write"}).encode()
    failure = us.understand(Answer(200, {"retry-after": "30"}, body), writing=True)
    assert type(failure) is word and failure.code == error
    assert us.understand(Answer(200, {}, b'{"ok": true, "warning": "missing_charset"}'), writing=True) is None


def test_a_token_that_ended_within_a_yes_is_renewed_and_nothing_is_said_twice(stage: SlackStage, us: Slack) -> None:
    us.vault.write({"access_token": stage.server.token, "refresh_token": "xoxe-1-refresh-of-ours"})
    stage.server.refresh_token = "xoxe-1-refresh-of-ours"
    stage.answer_next(200, b'{"ok": false, "error": "token_expired"}')
    Rehearsal(us, stage.draft("Renewed.")).rest()
    assert [post.text for post in stage.posts()] == ["Renewed."]
    assert us.vault.read()["access_token"] == stage.server.token


def test_an_event_from_another_time_may_be_the_fault_of_our_clock(stage: SlackStage) -> None:
    headers, body, secret = stage.hook("From the future.", age=-600)
    with pytest.raises(Refused, match="the clock of this server is wrong"):
        Slack.hear(headers, body, secret=secret)


def test_an_old_event_is_refused_and_events_of_applications_are_not_heard(stage: SlackStage) -> None:
    headers, body, secret = stage.hook("Old.", age=600)
    with pytest.raises(Refused) as caught:
        Slack.hear(headers, body, secret=secret)
    assert caught.value.code == "signature"


def test_the_token_does_not_go_to_the_upload_address(stage: SlackStage, us: Slack) -> None:
    Rehearsal(us, stage.draft("Picture.", alts=("a",))).rest()
    assert [file["alt_txt"] for file in stage.server.files.values()] == ["a"]
    stage.answer_next(200, b'{"ok": true, "file_id": "F1", "upload_url": "http://evil.example/"}', any_call=True)
    with pytest.raises(Unknown):
        Rehearsal(us, stage.draft("Picture.", alts=("a",))).say()
