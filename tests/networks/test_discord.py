"""Discord on its contract stage: the bot, whose nonce is enforced, and the webhook, which can only speak."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.discord import Discord, DiscordWebhook
from clarion.networks.http import Answer, Http
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.discord import DiscordStage, DiscordWebhookStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.discord import BOT, CHANNEL, GUILD, HOOK
from clarion.testing.stages import LOOPBACK, Stage


class TestDiscord(Conformance):
    network = Discord

    @pytest.fixture(params=["now", "minutes later", "minutes later, without a nonce"])
    def stage(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DiscordStage]:
        now, told = request.param == "now", "without" not in request.param
        with DiscordStage(tmp_path, honours_nonce=now, shows_nonce=told) as stage:
            yield stage

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Discord counts reactions and nothing else."""
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        assert us.measure([remote_id, "1"])[remote_id].numbers == {"likes": 1}  # type: ignore[attr-defined]
        stage.hide_numbers()
        assert us.measure([remote_id])[remote_id].numbers == {"likes": None}  # type: ignore[attr-defined]

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Discord counts members of the server, no messages."""
        assert us.measure_account().numbers == {"followers": 4321}  # type: ignore[attr-defined]
        stage.hide_numbers()
        assert us.measure_account().numbers == {"followers": None}  # type: ignore[attr-defined]


class TestDiscordWebhook(Conformance):
    network = DiscordWebhook

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[DiscordStage]:
        with DiscordWebhookStage(tmp_path) as stage:
            yield stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[DiscordStage]:
    with DiscordStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: DiscordStage) -> Discord:
    us = stage.network()
    assert isinstance(us, Discord)
    return us


def http() -> Http:
    return Http(private_hosts=LOOPBACK, seconds=2)


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [CHANNEL, f" {CHANNEL} ", f"https://discord.com/channels/{GUILD}/{CHANNEL}/"])
def test_a_channel_is_understood_as_it_is_typed(stage: DiscordStage, typed: str) -> None:
    given = {"bot_token": f"Bot {stage.server.token}", "channel": typed}
    connected = Discord.connect(given, http=http(), app={"base_url": stage.server.url})
    assert (connected.account.remote_id, connected.account.handle) == (CHANNEL, "#news")
    assert connected.account.settings == {
        "guild_id": GUILD, "channel_id": CHANNEL, "kind": 5, "bot_id": BOT, "bot": "cityhall"
    }  # fmt: skip
    assert connected.secrets == {"bot_token": stage.server.token}


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"bot_token": "x"}, "bot_token"), ({"channel": "news"}, "channel"), ({"channel": ""}, "channel")],
)
def test_what_was_typed_wrongly_is_told_before_anything_is_asked(
    stage: DiscordStage, fields: dict[str, str], code: str
) -> None:
    given = {"bot_token": stage.server.token, "channel": CHANNEL, **fields}
    with pytest.raises(Refused) as caught:
        Discord.connect(given, http=http(), app={"base_url": stage.server.url})
    assert caught.value.code == code and stage.server.asked == 0


def test_a_forum_and_a_channel_that_is_gone_are_not_connected(stage: DiscordStage) -> None:
    app, given = {"base_url": stage.server.url}, {"bot_token": stage.server.token, "channel": CHANNEL}
    stage.server.kind = 15
    with pytest.raises(Refused, match="“#news” takes no messages"):
        Discord.connect(given, http=http(), app=app)
    with pytest.raises(SignInAgain, match="no longer there"):
        Discord.connect({**given, "channel": "123456"}, http=http(), app=app)


def test_a_bot_that_was_shut_out_of_the_channel_asks_for_its_permissions(stage: DiscordStage, us: Discord) -> None:
    for code, said in ((50001, "Missing Access"), (50013, "Missing Permissions")):
        stage.answer_next(403, json.dumps({"code": code, "message": said}).encode())
        with pytest.raises(SignInAgain, match=f"Give it its permissions there.*{said}"):
            Rehearsal(us, stage.draft()).rest()
    assert stage.posts() == []


@pytest.mark.parametrize("typed", ["", "https://discord.com/api/webhooks/1", "https://example.org/hook", "900/abc"])
def test_what_is_no_webhook_is_told_before_anything_is_asked(typed: str) -> None:
    with pytest.raises(Refused, match="Paste the whole address"):
        DiscordWebhook.connect({"address": typed}, http=http())


def test_a_webhook_that_was_removed_asks_for_sign_in(stage: DiscordStage) -> None:
    address = f"https://discord.com/api/webhooks/{HOOK}/{'x' * 40}"
    with pytest.raises(SignInAgain):
        DiscordWebhook.connect({"address": address}, http=http(), app={"base_url": stage.server.url})


# --- publishing -------------------------------------------------------------------------------------------------------


def told(stage: DiscordStage) -> Any:
    return list(stage.server.messages.values())[-1].told


def test_nobody_is_rung_at_and_the_nonce_is_enforced(stage: DiscordStage, us: Discord) -> None:
    rehearsal = Rehearsal(us, stage.draft("@everyone it opens", silent=True, no_embeds=True))
    rehearsal.rest()
    assert told(stage) == {
        "content": "@everyone it opens", "allowed_mentions": {"parse": []}, "enforce_nonce": True,
        "nonce": rehearsal.lines[0].key[:25], "flags": 4096 | 4,
    }  # fmt: skip


def test_the_nonce_brings_back_the_message_whatever_became_of_the_answer(stage: DiscordStage, us: Discord) -> None:
    rehearsal = Rehearsal(us, stage.draft("Once.", alts=("a", "b"))).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.say().remote_id == stage.posts()[0].remote_id
    assert len(stage.posts()) == 1


def test_a_poll_has_whole_hours(stage: DiscordStage, us: Discord) -> None:
    poll = {"options": ["Yes ", "No"], "seconds": 5400}
    assert us.problems(stage.draft("Shall we?", poll=poll)) == []
    rehearsal = Rehearsal(us, stage.draft("Shall we?", poll=poll))
    rehearsal.rest()
    assert told(stage)["poll"] == {
        "question": {"text": "Shall we?"}, "duration": 2, "allow_multiselect": False,
        "answers": [{"poll_media": {"text": "Yes"}}, {"poll_media": {"text": "No"}}],
    }  # fmt: skip
    stage.server.shows_nonce = False
    assert isinstance(rehearsal.look(rehearsal.lines[0]), Published)
    assert [p.field for p in us.problems(stage.draft("", poll=poll))] == ["text"]
    assert [p.limit for p in us.problems(stage.draft("a" * 301, poll=poll))] == [300]


def test_files_that_are_too_heavy_together_are_told(stage: DiscordStage, us: Discord) -> None:
    heavy = tuple(replace(stage.picture(), size=9_000_000) for _ in range(3))
    (problem,) = us.problems(Draft((Part("Heavy.", heavy),)))
    assert (problem.field, problem.count) == ("media", 27_000_000)


def test_a_message_is_handed_on_to_followers_once(stage: DiscordStage, us: Discord) -> None:
    rehearsal = Rehearsal(us, stage.draft("To all.", crosspost=True))
    assert [line.step.kind for line in rehearsal.lines] == ["post", "crosspost"]
    rehearsal.say()
    assert rehearsal.look() == Absent(complete=True)
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)
    rehearsal.say()  # “already crossposted” is a yes
    assert [(m.text, m.flags) for m in stage.server.messages.values()] == [("To all.", 1)]


def test_a_common_channel_has_no_followers(stage: DiscordStage) -> None:
    stage.server.kind = 0
    us = stage.network()
    assert [step.kind for step in us.plan(stage.draft("Here.", crosspost=True))] == ["post"]


# --- did it happen? ---------------------------------------------------------------------------------------------------


def test_a_look_goes_back_over_many_pages_and_stops_at_the_intent(stage: DiscordStage, us: Discord) -> None:
    rehearsal = Rehearsal(us, stage.draft("The one.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    for n in range(250):
        stage.stranger_posts(f"Later {n}")
    assert isinstance(rehearsal.look(), Published)
    other = Rehearsal(us, stage.draft("Never sent."))
    old = [stage.server.write(BOT, "Never sent.", at=other.network.http.exchanges[0].began_at.timestamp() - 900)]
    assert other.look() == Absent(complete=True) and old


def test_a_channel_that_is_too_busy_is_looked_at_in_part(stage: DiscordStage, us: Discord) -> None:
    for n in range(1001):
        stage.stranger_posts(f"Busy {n}")
    stage.server._spec = None
    assert Rehearsal(us, stage.draft("Never sent.")).look() == Absent(complete=False)


def test_a_look_knows_that_the_networks_clock_is_slow(stage: DiscordStage, us: Discord) -> None:
    stage.server.clock, stage.server.shows_nonce = -600.0, False
    rehearsal = Rehearsal(us, stage.draft("Ten minutes ago, by their clock.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)


def test_a_look_that_fails_is_not_an_absence(stage: DiscordStage, us: Discord) -> None:
    rehearsal = Rehearsal(us, stage.draft("Anything."))
    shapes = (b"{}", b"null", b"[3]", b"[{}]", b'{"messages": []}')
    for status, body in ((500, b"<h1>Oops</h1>"), (200, b"<html>"), (429, b""), *((200, shape) for shape in shapes)):
        stage.answer_next(status, body, any_call=True)
        with pytest.raises(NotNow):
            rehearsal.look()


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "word"),
    [
        (401, 0, SignInAgain),
        (404, 10015, SignInAgain),
        (403, 50001, SignInAgain),
        (403, 50013, SignInAgain),
        (404, 10003, SignInAgain),
        (400, 50006, Refused),
        (400, 50035, Refused),
        (413, 40005, Refused),
        (400, 200000, Refused),
        (403, 20028, NotNow),
        (400, 20016, NotNow),
        (429, 0, NotNow),
        (409, 1, Unknown),
        (500, 0, Unknown),
        (502, 131000, Unknown),
    ],
)
def test_answers_become_words(us: Discord, status: int, code: int, word: type[Exception]) -> None:
    body = json.dumps({"code": code, "message": "So it is."}).encode()
    assert type(us.understand(Answer(status, {}, body), writing=True)) is word


def test_throttling_says_when_in_the_body_and_headers_tell_the_budget(us: Discord) -> None:
    answer = Answer(429, {}, b'{"message": "Slow.", "retry_after": 2.5, "global": false}')
    failure = us.understand(answer, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(seconds=2.5)
    headers = {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1.5"}
    answer = Answer(200, headers, b"{}")
    budget = us.budget_told(answer)
    assert budget is not None and (budget.limit, budget.remaining) == (5, 0)
    assert budget.resets_at == answer.at + timedelta(seconds=1.5)
    assert us.budget_told(Answer(200, {}, b"{}")) is None


def test_the_webhooks_secret_is_never_in_the_evidence(stage: DiscordStage) -> None:
    us = stage.network(DiscordWebhook)
    Rehearsal(us, stage.draft("Said.", alts=("a",))).rest()
    assert "/webhooks/" in repr(us.http.exchanges) and stage.server.hook_token not in repr(us.http.exchanges)
    assert "find" not in us.abilities()
