"""DEV on its contract stage, and what only a Forem has: front matter, Liquid tags, drafts that carry our key."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clarion.networks.base import Account, Draft, Network, Part
from clarion.networks.devto import DevTo
from clarion.networks.http import Answer, Http
from clarion.networks.words import Absent, Failure, NotNow, Refused, SignInAgain, Unknown
from clarion.testing.conformance import proves
from clarion.testing.devto import DevToStage
from clarion.testing.rehearsal import NeedsAPerson, Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.stages import Stage

from .words_only import WordsOnly


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[DevToStage]:
    with DevToStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: DevToStage) -> DevTo:
    us = stage.network()
    assert isinstance(us, DevTo)
    return us


class TestDevTo(WordsOnly):
    __test__ = True
    network = DevTo

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[DevToStage]:
        with DevToStage(tmp_path) as stage:
            yield stage

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """DEV has no shares."""
        assert isinstance(us, DevTo)
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        assert us.measure([remote_id])[remote_id].numbers == {"views": 0, "likes": 1, "replies": 1}
        stage.hide_numbers()
        assert set(us.measure([remote_id])[remote_id].numbers.values()) == {None}


# --- signing in -------------------------------------------------------------------------------------------------------


def test_a_person_connects_with_an_api_key(stage: DevToStage) -> None:
    connected = DevTo.connect({"server": stage.server.url, "api_key": f" {stage.server.key} "}, http=stage.http())
    assert (connected.account.handle, connected.account.name) == ("@cityhall", "City Hall")


def test_dev_itself_is_meant_when_no_site_is_typed() -> None:
    us = DevTo(Account(server="https://dev.to"), http=Http())
    assert us._address("/users/me") == "https://dev.to/api/users/me"
    with pytest.raises(Refused, match="Paste your API key"):
        DevTo.connect({"api_key": " "}, http=Http())


def test_a_wrong_key_does_not_connect(stage: DevToStage) -> None:
    with pytest.raises(SignInAgain, match="no longer accepts our API key"):
        DevTo.connect({"server": stage.server.url, "api_key": "wrong-key"}, http=stage.http())


# --- publishing -------------------------------------------------------------------------------------------------------


def test_an_article_carries_all_that_was_chosen_and_no_trace_of_us(stage: DevToStage, us: DevTo) -> None:
    draft = stage.draft(
        "## Where\nMain **Street**", title="Closed", format="markdown", tags="water, #roads", series="Works",
        excerpt="In short", canonical_url="https://city.example/closed", cover_url="https://city.example/c.png",
        organization_id="12",
    )  # fmt: skip
    (article,) = Rehearsal(us, draft).rest()
    held = stage.server.articles[int(article.remote_id)]
    assert (held.title, held.body, held.tags) == ("Closed", "## Where\nMain **Street**", ["water", "roads"])
    assert {name: held.told[name] for name in ("series", "description", "main_image", "organization_id")} == {
        "series": "Works", "description": "In short", "main_image": "https://city.example/c.png", "organization_id": 12,
    }  # fmt: skip
    assert article.url.startswith(f"{stage.server.url}/cityhall/closed-")


def test_front_matter_does_not_publish_behind_our_back(stage: DevToStage, us: DevTo) -> None:
    text = "---\ntitle: Other\npublished: true\n---\n---\npublished: true\n---\nThe text."
    Rehearsal(us, stage.draft(text, format="markdown")).to_the_post()
    (held,) = stage.server.articles.values()
    assert not held.published and held.title == "Opening hours" and held.body.startswith("The text.")


@pytest.mark.parametrize("said", ["---\npublished: true\n---\nHello", "{% youtube 1 %} {{ x }}", "<b>&amp;</b> # no"])
def test_a_plain_text_shows_every_sign_as_typed(stage: DevToStage, us: DevTo, said: str) -> None:
    rehearsal = Rehearsal(us, stage.draft(said)).to_the_post()
    assert stage.posts() == []
    rehearsal.rest()
    assert [p.text for p in stage.posts()] == [said]


def test_a_draft_whose_answer_was_lost_is_found_and_not_made_twice(stage: DevToStage, us: DevTo) -> None:
    first = Rehearsal(us, stage.draft("The same.")).to_the_post()
    second = Rehearsal(us, stage.draft("The same."))
    stage.faults.arm(Fault("lose_answer", lambda method, path: method == "POST"))
    with pytest.raises(Unknown):
        second.say()
    second.rest()
    first.rest()
    assert len(stage.server.articles) == len(stage.posts()) == 2


def test_an_article_that_stands_on_neither_list_needs_a_person(stage: DevToStage, us: DevTo) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.server.articles.clear()
    assert rehearsal.look() == Absent(complete=False)
    with pytest.raises(NeedsAPerson):
        rehearsal.recover()


def test_what_dev_may_refuse_is_a_warning(stage: DevToStage, us: DevTo) -> None:
    problems = us.problems(stage.draft(title="t" * 129, tags="a,b,c,d,e"))
    assert [(p.field, p.level, p.count, p.limit) for p in problems] == [
        ("title", "warn", 129, 128),
        ("tags", "warn", 5, 4),
    ]
    with pytest.raises(Refused, match="Title is too long"):
        Rehearsal(us, stage.draft(title="t" * 129)).rest()


def test_a_taken_down_article_is_a_draft_again(stage: DevToStage, us: DevTo) -> None:
    (article,) = Rehearsal(us, stage.draft("Hello.")).rest()
    assert us.fetch(us.id_in(article.url)) is not None
    us.delete(us.id_in(article.url))
    us.delete(article.remote_id)
    us.delete("99999")
    assert stage.posts() == [] and len(stage.server.articles) == 1


def test_an_edit_changes_only_what_is_given(stage: DevToStage, us: DevTo) -> None:
    (article,) = Rehearsal(us, stage.draft("Hello.", tags="water", excerpt="In short")).rest()
    us.edit(article.remote_id, Draft((Part("Hello again."),), {"title": "New"}))
    held = stage.server.articles[int(article.remote_id)]
    assert (held.title, held.tags, held.told["description"], held.published) == ("New", ["water"], "In short", True)


def test_answers_within_a_thread_know_what_they_answer(stage: DevToStage, us: DevTo) -> None:
    (article,) = Rehearsal(us, stage.draft()).rest()
    stage.stranger_replies(article.remote_id, "Why?")
    (top,) = stage.server.articles[int(article.remote_id)].comments
    top["children"] = [{**top, "id_code": "child", "children": []}]
    assert [(m.remote_id, m.parent_id) for m in us.replies(article.remote_id).items] == [
        (top["id_code"], article.remote_id), ("child", top["id_code"]),
    ]  # fmt: skip


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "writing", "word"),
    [
        (401, True, SignInAgain), (422, True, Refused), (404, True, Refused), (301, True, Refused),
        (429, True, NotNow), (500, True, Unknown), (500, False, NotNow), (409, True, Unknown),
    ],
)  # fmt: skip
def test_answers_become_words(status: int, writing: bool, word: type[Failure]) -> None:
    us = DevTo(Account(server="https://dev.to"), http=Http())
    failure = us.understand(Answer(status, {}, b'{"error": "No.", "status": 1}'), writing=writing)
    assert type(failure) is word
    if isinstance(failure, NotNow) and status == 429:
        assert failure.retry_at is not None


def test_a_title_that_was_used_just_now_waits_for_five_minutes(stage: DevToStage, us: DevTo) -> None:
    rehearsal = Rehearsal(us, stage.draft())
    body = b'{"error": "Title has already been used in the last five minutes", "status": 422}'
    stage.faults.arm(Fault("answer", lambda method, path: method == "POST", status=422, body=body))
    with pytest.raises(NotNow, match="only every five minutes") as caught:
        rehearsal.say()
    assert caught.value.retry_at is not None
    assert timedelta(minutes=4) < caught.value.retry_at - datetime.now(UTC) < timedelta(minutes=6)
    assert len(rehearsal.rest()) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b"[3]", b'{"id": null}'])
def test_an_answer_of_another_shape_ends_in_a_word(stage: DevToStage, us: DevTo, body: bytes) -> None:
    for call in (us.whoami, lambda: us.fetch("1"), lambda: us.replies("1"), lambda: us.measure(["1"])):
        stage.answer_next(200, body, any_call=True)
        with suppress(Failure):  # one of the four words, or an answer; never a traceback
            call()
    stage.faults.clear()
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(200, body)
    with pytest.raises(Unknown):
        rehearsal.say()
