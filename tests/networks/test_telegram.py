"""Telegram on its contract stage, and what only it has: albums, captions, a token in the address, moving groups."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Draft, Media, Network, NoVault, Part, Step
from clarion.networks.http import Answer, Http
from clarion.networks.telegram import Telegram
from clarion.networks.words import NotNow, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.stages import LOOPBACK, Shown, Stage
from clarion.testing.telegram import TelegramStage


class TestTelegram(Conformance):
    network = Telegram

    @pytest.fixture(params=[False, True], ids=["files leave with the post", "files wait in a private chat"])
    def stage(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TelegramStage]:
        with TelegramStage(tmp_path, files_chat=request.param) as stage:
            yield stage

    @proves("publish")
    def test_alt_text_arrives(self, stage: Stage, us: Network) -> None:
        """Telegram has no descriptions: the author is told, and the pictures go out."""
        draft = stage.draft("Three pictures.", alts=("The reading room.", "A street.", ""))
        assert [(p.field, p.level) for p in us.problems(draft)] == [("alt", "warn")]
        Rehearsal(us, draft).rest()
        (album,) = stage.posts()
        assert album.text == "Three pictures." and len(album.remote_id.split(",")) == 3

    @proves("edit")
    def test_an_edit_keeps_the_id_and_the_pictures(self, stage: Stage, us: Network) -> None:
        """As in the suite, without descriptions."""
        (remote_id,) = self.publish(stage, us, "Opens at nine.", pictures=1)
        assert us.edit(remote_id, Draft((Part("Opens at ten."),))).remote_id == remote_id  # type: ignore[attr-defined]
        assert stage.posts() == [Shown(remote_id, "Opens at ten.")]

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """A bot is told the members only, never a number of posts."""
        assert us.measure_account().numbers == {"followers": 1234}  # type: ignore[attr-defined]
        stage.server.members = None  # type: ignore[attr-defined]
        assert us.measure_account().numbers == {"followers": None}  # type: ignore[attr-defined]

    @proves("hear")
    def test_a_call_of_the_network_is_heard_and_a_forged_one_is_not(self, stage: Stage) -> None:
        """Telegram sends a secret and does not sign the body."""
        headers, body, secret = stage.hook("Is the pool open?")
        (heard,) = Telegram.hear(headers, body, secret=secret)
        assert (heard.text, heard.author, heard.author_name) == ("Is the pool open?", "@rita", "Rita")
        assert heard.remote_id and heard.at.tzinfo and heard.url == "https://t.me/residents/9"
        for given, known in ((headers, "another"), ({}, secret), (headers, ""), ({}, "")):
            with pytest.raises(Refused) as caught:
                Telegram.hear(given, body, secret=known)
            assert caught.value.code == "signature"

    @proves("reply")
    def test_a_reply_lands_under_its_parent(self, stage: Stage, us: Network) -> None:
        """As in the suite, without a lost answer: nothing can be looked up."""
        step = Step("post", 0, payload={"text": "At nine.", "in_reply_to": "31"})
        step = replace(step, payload=us.prepare(step, key="k" * 32, now=datetime.now(UTC)))
        us.reply(step, key="k" * 32)  # type: ignore[attr-defined]
        assert [(p.text, p.parent_id) for p in stage.posts()] == [("At nine.", "31")]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TelegramStage]:
    with TelegramStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: TelegramStage) -> Telegram:
    us = stage.network()
    assert isinstance(us, Telegram)
    return us


def connect(stage: TelegramStage, **fields: str) -> Any:
    given = {"bot_token": stage.server.token, "chat": "@cityhall", **fields}
    http = Http(private_hosts=LOOPBACK, seconds=2)
    return Telegram.connect(given, http=http, app={"base_url": stage.server.url})


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["@cityhall", "cityhall", "https://t.me/cityhall", "-1001999888777", "t.me/c/1999888777/5"]
)
def test_a_channel_is_understood_as_it_is_typed(stage: TelegramStage, typed: str) -> None:
    connected = connect(stage, chat=typed)
    assert connected.account.remote_id == "-1001999888777" and connected.account.handle == "@cityhall"
    assert connected.account.settings["bot"] == "@cityhall_bot"
    assert connected.secrets == {"bot_token": stage.server.token}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"bot_token": "hello"}, "bot_token"),
        ({"bot_token": "12:short"}, "bot_token"),
        ({"bot_token": "12:aaaaaaaaaaaaaaaa/../x"}, "bot_token"),
        ({"chat": " "}, "chat"),
    ],
)
def test_what_was_typed_wrongly_is_told_before_anything_is_asked(
    stage: TelegramStage, fields: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as caught:
        connect(stage, **fields)
    assert caught.value.code == code and stage.server.asked == 0


def test_a_bot_that_may_not_post_is_not_connected(stage: TelegramStage) -> None:
    for rights in ({"status": "administrator", "can_post_messages": False}, {"status": "left"}, {"status": "member"}):
        stage.server.rights = rights
        with pytest.raises(Refused, match="administrator") as caught:
            connect(stage)
        assert caught.value.code == "no_right"


def test_a_chat_that_does_not_exist_and_a_token_that_is_over_ask_for_sign_in(stage: TelegramStage) -> None:
    with pytest.raises(SignInAgain):
        connect(stage, chat="@nobody")
    stage.end_token()
    with pytest.raises(SignInAgain):
        connect(stage)


# --- publishing -------------------------------------------------------------------------------------------------------


def test_a_lost_answer_leaves_the_question_to_a_person(stage: TelegramStage, us: Telegram) -> None:
    assert "find" not in us.abilities()
    rehearsal = Rehearsal(us, stage.draft())
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert len(stage.posts()) == 1


SAYS_NOTHING = [
    (200, b"<html>"), (200, b"{}"), (200, b'{"ok": true'), (200, b"[]"), (200, b'{"ok": true, "result": []}'),
    (500, b""), (502, b"<h1>Bad gateway</h1>"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body"), SAYS_NOTHING)
def test_an_answer_that_says_nothing_is_unknown(stage: TelegramStage, us: Telegram, status: int, body: bytes) -> None:
    stage.answer_next(status, body)
    with pytest.raises(Unknown):
        Rehearsal(us, stage.draft()).say()


def test_parts_answer_each_other(stage: TelegramStage, us: Telegram) -> None:
    picture = stage.picture()
    Rehearsal(us, Draft((Part("One."), Part("Two.", (picture, picture)), Part("Three.")))).rest()
    one, two, three = stage.posts()
    assert (two.parent_id, three.parent_id) == (one.remote_id, two.remote_id.split(",")[0])


def test_what_is_sent_is_fixed_before_and_read_as_it_was_written(stage: TelegramStage, us: Telegram) -> None:
    text = "<b>no</b> *markup* _here_ & [none](x)"
    Rehearsal(us, stage.draft(text, silent=True, no_preview=True)).rest()
    told = stage.server.messages[0].told
    assert told == {"chat_id": -1001999888777, "text": text, "disable_notification": True,
                    "link_preview_options": {"is_disabled": True}}  # fmt: skip


def test_files_that_wait_in_a_private_chat_are_sent_by_their_number(tmp_path: Path) -> None:
    with TelegramStage(tmp_path, files_chat=True) as stage:
        us = stage.network()
        Rehearsal(us, stage.draft("Two.", pictures=2, spoiler=True)).rest()
        methods = [m for m in stage.server.asked_methods if m.startswith("send")]
        assert methods == ["sendPhoto", "sendPhoto", "sendMediaGroup"]
        public = [m for m in stage.server.messages if m.chat == stage.server.channel]
        items = public[0].told["media"]
        assert [item["media"] for item in items] == ["AgAC-1", "AgAC-2"] and all(i["has_spoiler"] for i in items)
        assert us.http.exchanges[-1].request_excerpt.startswith("{")  # no file in the public call
        assert stage.complaints() == []


def test_one_file_goes_alone_whatever_it_is(stage: TelegramStage, us: Telegram, tmp_path: Path) -> None:
    picture = stage.picture()
    film = replace(picture, mime="video/mp4", name="film.mp4")
    moving = replace(picture, mime="image/gif", name="moving.gif")
    for media in (picture, film, moving):
        Rehearsal(us, Draft((Part("", (media,)),))).rest()
    assert [m.file[0] for m in stage.server.messages] == ["photo", "video", "animation"]
    problems = us.problems(Draft((Part("", (picture, moving)),)))
    assert [p.field for p in problems] == ["media"]
    assert us.problems(Draft((Part("", (replace(moving, size=52_428_800),)),))) == []
    (problem,) = us.problems(Draft((Part("", (replace(moving, size=52_428_801),)),)))
    assert problem.limit == 52_428_800


def test_a_caption_is_shorter_than_a_text(stage: TelegramStage, us: Telegram) -> None:
    assert us.problems(stage.draft("a" * 1024, pictures=1)) == []
    (problem,) = us.problems(stage.draft("a" * 1025, pictures=1))
    assert (problem.field, problem.level, problem.count, problem.limit) == ("text", "stop", 1025, 1024)
    # That an emoji counts twice is not documented: the author is warned, Telegram decides.
    (problem,) = us.problems(stage.draft("a" * 1022 + "🚧🚧", pictures=1))
    assert (problem.level, problem.count) == ("warn", 1026)
    assert [p.level for p in us.problems(stage.draft("a" * 4094 + "🚧🚧"))] == ["warn"]


def test_eleven_files_are_too_many_for_an_album(stage: TelegramStage, us: Telegram) -> None:
    film = replace(stage.picture(), mime="video/mp4")
    pictures: tuple[Media, ...] = tuple(stage.picture() for _ in range(6))
    fields = [p.field for p in us.problems(Draft((Part("Many.", (*pictures, *([film] * 5))),)))]
    assert fields == ["media"]


def test_a_poll_is_a_question_with_answers(stage: TelegramStage, us: Telegram) -> None:
    poll = {"options": ["Yes", "No"], "seconds": 3600, "multiple": True}
    Rehearsal(us, stage.draft("Shall we?", poll=poll)).rest()
    told = stage.server.messages[0].told
    assert told["question"] == "Shall we?" and told["options"] == [{"text": "Yes"}, {"text": "No"}]
    assert (told["open_period"], told["allows_multiple_answers"]) == (3600, True)
    assert [p.field for p in us.problems(stage.draft(" ", poll=poll))] == ["text"]
    assert [(p.field, p.limit) for p in us.problems(stage.draft("a" * 301, poll=poll))] == [("text", 300)]


def test_a_group_that_became_a_supergroup_is_followed_and_remembered(stage: TelegramStage, us: Telegram) -> None:
    stage.server.moved_to = -1002000000001
    Rehearsal(us, stage.draft("Moved.")).rest()
    Rehearsal(us, stage.draft("Again.")).rest()
    assert [m.chat for m in stage.server.messages] == [-1002000000001] * 2
    assert us.vault.read()["chat_id"] == "-1002000000001"
    assert stage.server.asked_methods[-3:] == ["sendMessage"] * 3  # once refused, twice sent


def test_a_private_channel_has_links_for_its_members(stage: TelegramStage) -> None:
    account = Account(remote_id="-1001999888777", handle="Council", name="Council")
    http = Http(private_hosts=LOOPBACK)
    us = Telegram(
        account, http=http, vault=NoVault({"bot_token": stage.server.token}), app={"base_url": stage.server.url}
    )
    (done,) = Rehearsal(us, stage.draft()).rest()
    assert done.url == f"https://t.me/c/1999888777/{done.remote_id}"
    assert Telegram.id_in(done.url + "?single") == done.remote_id


# --- after publishing -------------------------------------------------------------------------------------------------


def test_an_edit_that_changes_nothing_is_quiet(stage: TelegramStage, us: Telegram) -> None:
    (done,) = Rehearsal(us, stage.draft("Same.")).rest()
    assert us.edit(done.remote_id, stage.draft("Same.")).url == done.url


def test_an_album_is_taken_down_whole(stage: TelegramStage, us: Telegram) -> None:
    (done,) = Rehearsal(us, stage.draft("Album.", pictures=3)).rest()
    us.edit(done.remote_id, stage.draft("New words."))
    assert stage.posts()[0].text == "New words."
    us.delete(done.remote_id)
    us.delete(done.remote_id)
    assert stage.posts() == []


def test_a_message_of_last_week_cannot_be_taken_down(stage: TelegramStage, us: Telegram) -> None:
    (done,) = Rehearsal(us, stage.draft("Old.")).rest()
    stage.server.messages[0].at -= timedelta(days=3).total_seconds()
    with pytest.raises(Refused, match="can't be deleted"):
        us.delete(done.remote_id)


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "said", "word"),
    [
        (401, 401, "Unauthorized", SignInAgain),
        (404, 404, "Not Found", SignInAgain),
        (403, 403, "Forbidden: bot was kicked from the channel chat", SignInAgain),
        (400, 400, "Bad Request: chat not found", SignInAgain),
        (400, 400, "Bad Request: not enough rights to send text messages to the chat", SignInAgain),
        (400, 400, "Bad Request: message is too long", Refused),
        (400, 400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Refused),
        (200, 400, "Bad Request: can't parse entities", Refused),
        (429, 429, "Too Many Requests: retry after 9", NotNow),
        (200, 429, "Too Many Requests", NotNow),
        (500, 500, "Internal Server Error", Unknown),
        (200, 500, "Internal Server Error", Unknown),
        (200, 0, "", Unknown),
        (409, 409, "Conflict", Unknown),
    ],
)
def test_answers_become_words(us: Telegram, status: int, code: int, said: str, word: type[Exception]) -> None:
    body = json.dumps({"ok": False, "error_code": code, "description": said}).encode()
    assert type(us.understand(Answer(status, {}, body), writing=True)) is word


def test_throttling_says_when_in_the_body(us: Telegram) -> None:
    answer = Answer(429, {}, b'{"ok": false, "error_code": 429, "parameters": {"retry_after": 9}}')
    failure = us.understand(answer, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(seconds=9)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[]", b'{"update_id": 1}', b'{"message": 3}', b'{"message": {}}']
)
def test_a_call_that_holds_no_message_breaks_nothing(body: bytes) -> None:
    headers = {"x-telegram-bot-api-secret-token": "s3cret-of-ours"}
    try:
        assert Telegram.hear(headers, body, secret="s3cret-of-ours") == ()
    except Refused as refused:
        assert refused.code == "body"


def test_what_is_no_message_is_not_asked_for(stage: TelegramStage, us: Telegram) -> None:
    for ask in (us.delete, lambda id: us.edit(id, stage.draft("New."))):
        with pytest.raises(Refused, match="no message on Telegram"):
            ask("cityhall")


def test_a_field_that_telegram_does_not_know_is_a_complaint(stage: TelegramStage, us: Telegram) -> None:
    if stage.server._spec is None:
        pytest.skip("the public list of methods is not at hand")
    us._call("sendMessage", {"text": "Hi.", "message_thread_id": "5", "reply_parameters": {"id": 3}, "sound": False})
    assert [c.partition(":")[2].split(" is not")[0] for c in stage.server.complaints] == [
        " unknown “sound”", " “message_thread_id”", " “reply_parameters”"
    ]  # fmt: skip
    stage.server.complaints.clear()


def test_the_token_is_never_in_the_evidence_also_when_the_address_is_quoted_back(
    stage: TelegramStage, us: Telegram
) -> None:
    address = f"https://api.telegram.org/bot{stage.server.token}/sendMessage"
    stage.answer_next(404, f"<h1>Not found: {address}</h1>".encode())
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft()).say()
    seen = repr(us.http.exchanges) + caught.value.sentence
    assert "/sendMessage" in seen and stage.server.token.partition(":")[2] not in seen
