"""Lemmy on its contract stage, and what only Lemmy has: communities, codes for errors, a password that is not kept."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clarion.networks.base import Account, Draft, Network, Part, Step
from clarion.networks.http import Answer, Http
from clarion.networks.lemmy import Lemmy
from clarion.networks.words import Absent, Failure, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.lemmy import LemmyStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Asked, Said, StandIn
from clarion.testing.stages import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LemmyStage]:
    with LemmyStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: LemmyStage) -> Lemmy:
    us = stage.network()
    assert isinstance(us, Lemmy)
    return us


class TestLemmy(Conformance):
    network = Lemmy

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[LemmyStage]:
        with LemmyStage(tmp_path) as stage:
            yield stage

    @proves("publish")
    def test_the_limit_passes_and_one_more_is_refused_before_sending(self, stage: Stage, us: Network) -> None:
        """What older servers refuse is a warning beside it."""
        exact = stage.draft("a" * 50_000)
        assert [p.level for p in us.problems(exact)] == ["warn"]
        Rehearsal(us, exact).rest()
        assert [len(p.text) for p in stage.posts()] == [50_000]
        problems = us.problems(stage.draft("a" * 50_001))
        assert [(p.field, p.level, p.count, p.limit) for p in problems] == [("text", "stop", 50_001, 50_000)]

    @proves("publish")
    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        """The marks that keep a plain text plain count as well: they travel."""
        start = "👩‍👩‍👧‍👦 *starred* "
        exact = start + "b" * (50_000 - len(start) - 2)
        assert [p.level for p in us.problems(stage.draft(exact))] == ["warn"]
        Rehearsal(us, stage.draft(exact)).rest()
        assert [p.level for p in us.problems(stage.draft(exact + "b"))] == ["stop"]
        with pytest.raises(Refused):
            Rehearsal(us, stage.draft(exact + "b")).rest()
        assert [p.text for p in stage.posts()] == [exact]

    @proves("notifications")
    def test_notifications_page_without_gap_or_repeat(self, stage: Stage, us: Network) -> None:
        """Lemmy tells of answers only, nothing of votes."""
        assert isinstance(us, Lemmy)
        (remote_id,) = self.publish(stage, us, "News.")
        said = [stage.stranger_replies(remote_id, f"Question {n}") for n in range(60)]
        assert [m.remote_id for m in self.listed(us.notifications)] == said[::-1]

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Lemmy has no shares; whoever posts votes for it first."""
        assert isinstance(us, Lemmy)
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        assert set(us.measure([remote_id, "9999"])) == {remote_id}
        assert us.measure([remote_id])[remote_id].numbers == {"likes": 2, "dislikes": 0, "replies": 1}
        stage.hide_numbers()
        assert set(us.measure([remote_id])[remote_id].numbers.values()) == {None}


# --- signing in -------------------------------------------------------------------------------------------------------


def connect(stage: LemmyStage, **fields: str) -> Account:
    given = {
        "server": stage.server.url,
        "username": "cityhall",
        "password": stage.server.password,
        "community": "!town",
    }
    connected = Lemmy.connect({**given, **fields}, http=stage.http())
    assert connected.secrets == {"access_token": stage.server.token}  # the password is not kept
    return connected.account


def test_a_person_connects_and_names_a_community(stage: LemmyStage) -> None:
    account = connect(stage)
    assert (account.remote_id, account.name, account.handle) == (
        "7",
        "Our town",
        f"!town@127.0.0.1:{stage.server.port}",
    )
    assert account.settings == {"community": "town", "user": "cityhall", "user_id": 2, "version": "0.19.11"}


def test_a_second_factor_is_asked_for(stage: LemmyStage) -> None:
    stage.server.code = "123456"
    for wrong in ("", "654321"):
        with pytest.raises(SignInAgain, match="did not accept"):
            connect(stage, code=wrong)
    assert connect(stage, code="123456").remote_id == "7"


def test_who_cannot_be_connected_is_told_why(stage: LemmyStage) -> None:
    with pytest.raises(SignInAgain, match="did not accept"):
        connect(stage, password="wrong password")
    with pytest.raises(Refused, match="no community “village” here"):
        connect(stage, community="village")
    with pytest.raises(Refused, match="Type your user name"):
        connect(stage, community=" ")
    stage.server.opened = False
    with pytest.raises(Refused, match="has not opened this account yet"):
        connect(stage)


class Newer(StandIn):
    def handle(self, asked: Asked) -> Said:
        return Said.json({"error": "not_found"}, 404)


def test_a_server_of_another_version_is_told_in_one_sentence(stage: LemmyStage) -> None:
    with Newer() as server, pytest.raises(Refused, match=r"does not answer like Lemmy 0\.19"):
        connect(stage, server=server.url)


# --- publishing -------------------------------------------------------------------------------------------------------


def test_a_post_carries_all_that_was_chosen(stage: LemmyStage, us: Lemmy) -> None:
    draft = stage.draft("**Closed**", alts=("A [map] of it", "b"), title="Works", url="https://city.example/?utm_source=x",
                        nsfw="on", format="markdown", first_comment="Ask *below*")  # fmt: skip
    done, comment = Rehearsal(us, draft).rest()
    (post,) = stage.server.posts.values()
    assert (post.name, post.url, post.nsfw, post.alt) == ("Works", "https://city.example/", True, "")
    assert post.body.startswith("**Closed**\n\n![A \\[map\\] of it](") and stage._post(post).alts == (
        "A [map] of it",
        "b",
    )
    assert done.url == f"{stage.server.url}/post/{post.id}"
    assert [c.content for c in stage.server.comments.values()] == ["Ask \\*below\\*"]
    assert comment.remote_id.startswith(f"{done.remote_id}/")


def test_a_link_that_the_server_cleaned_is_still_our_post(stage: LemmyStage, us: Lemmy) -> None:
    rehearsal = Rehearsal(us, stage.draft(url="https://city.example/?utm_source=x"))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id


def test_a_deleted_post_of_the_same_words_is_not_ours_to_adopt(stage: LemmyStage, us: Lemmy) -> None:
    (before,) = Rehearsal(us, stage.draft("Again.")).rest()
    us.delete(before.remote_id)
    rehearsal = Rehearsal(us, stage.draft("Again."))
    rehearsal.step(rehearsal.line)
    assert rehearsal.look() == Absent(complete=True)


def test_a_busy_account_is_looked_at_back_to_the_intent(stage: LemmyStage, us: Lemmy) -> None:
    rehearsal = Rehearsal(us, stage.draft("Find me."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    for n in range(70):
        stage.server.write(stage.server.us, {"name": f"Later {n}"})
    assert isinstance(rehearsal.look(), Published)
    old = stage.server.write(stage.server.us, {"name": "Opening hours", "body": "Old words."})
    old.at -= timedelta(days=1)
    other = Rehearsal(us, stage.draft("Old words."))
    other.step(other.line)
    assert other.look() == Absent(complete=True)


def test_a_reply_to_a_comment_keeps_its_place(stage: LemmyStage, us: Lemmy) -> None:
    (post,) = Rehearsal(us, stage.draft()).rest()
    theirs = stage.stranger_replies(post.remote_id, "When?")
    step = Step("post", 0, payload={"text": "At nine.", "in_reply_to": theirs}, since=datetime.now(UTC))
    step = replace(step, payload=us.prepare(step, key="k", now=datetime.now(UTC)))
    assert us.find(step, key="k") == Absent(complete=True)
    done = us.reply(step, key="k")
    assert us.find(step, key="k") == Published(done.remote_id, done.url)
    assert {m.text: m.parent_id for m in us.replies(post.remote_id).items} == {
        "When?": post.remote_id, "At nine.": theirs,
    }  # fmt: skip
    us.like(theirs)
    assert stage.marks(theirs) == {"likes": 1}
    us.delete(done.remote_id)
    assert us.find(step, key="k") == Absent(complete=True)


def test_our_own_letters_are_no_news(stage: LemmyStage, us: Lemmy) -> None:
    stage.server.write_to_us("From us", by_us=True)
    theirs = stage.stranger_writes("To us")
    assert [m.remote_id for m in us.messages().items] == [theirs]


def test_an_edit_takes_a_new_title_and_keeps_every_picture(stage: LemmyStage, us: Lemmy) -> None:
    (post,) = Rehearsal(us, stage.draft("Hello.", alts=("One.", "Two [2]."))).rest()
    us.edit(post.remote_id, Draft((Part("Hello again."),), {"title": "New title"}))
    seen = us.fetch(post.remote_id)
    assert seen is not None and (seen.text, seen.alts) == ("Hello again.", ("One.", "Two [2]."))
    us.delete(post.remote_id)
    with pytest.raises(Refused, match="was deleted"):
        us.edit(post.remote_id, Draft((Part("Once more."),)))


def test_what_older_servers_refuse_is_a_warning(stage: LemmyStage, us: Lemmy) -> None:
    problems = us.problems(stage.draft("a" * 10_001, title="t" * 201))
    assert [(p.field, p.level, p.count) for p in problems] == [("title", "warn", 201), ("text", "warn", 10_001)]
    with pytest.raises(Refused, match="invalid_post_title"):
        Rehearsal(us, stage.draft(title="t" * 201)).rest()


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "writing", "word"),
    [
        (401, "not_logged_in", True, SignInAgain), (400, "not_logged_in", True, SignInAgain),
        (400, "rate_limit_error", True, NotNow), (429, "", True, NotNow), (400, "banned_from_community", True, Refused),
        (403, "site_ban", True, Refused), (400, "only_mods_can_post_in_community", True, Refused),
        (400, "invalid_post_title", True, Refused), (400, "couldnt_create_post", True, Unknown),
        (400, "couldnt_create_post", False, Refused), (500, "", True, Unknown), (500, "", False, NotNow),
        (301, "", True, Refused),
    ],
)  # fmt: skip
def test_answers_become_words(status: int, code: str, writing: bool, word: type[Failure]) -> None:
    us = Lemmy(Account(server="https://lemmy.example"), http=Http())
    failure = us.understand(Answer(status, {}, b'{"error": "%s"}' % code.encode()), writing=writing)
    assert type(failure) is word
    if isinstance(failure, NotNow) and status < 500:
        assert failure.retry_at is not None and failure.retry_at > datetime.now(UTC) + timedelta(minutes=9)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b'{"post_view": 3}', b'{"post_view": {"post": {}}}'])
def test_an_answer_of_another_shape_ends_in_a_word(stage: LemmyStage, us: Lemmy, body: bytes) -> None:
    for call in (
        us.whoami,
        us.measure_account,
        lambda: us.fetch("1"),
        lambda: us.replies("1"),
        us.messages,
        us.mentions,
    ):
        stage.answer_next(200, body, any_call=True)
        with suppress(Failure):  # one of the four words, or an answer; never a traceback
            call()
    stage.faults.clear()
    rehearsal = Rehearsal(us, stage.draft())
    stage.answer_next(200, body)
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.answer_next(200, body, any_call=True)
    with pytest.raises(NotNow):  # a look that fails is not an absence
        rehearsal.look()
