"""Hashnode on its contract stage, and what only it has: a no with status 200, blogs to choose from, lost drafts."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clarion.networks.base import Account, Network, NoVault, Step
from clarion.networks.hashnode import ASK, Hashnode
from clarion.networks.http import Answer, Http
from clarion.networks.words import Absent, Failure, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.conformance import proves
from clarion.testing.hashnode import HashnodeStage
from clarion.testing.rehearsal import NeedsAPerson, Rehearsal
from clarion.testing.servers.hashnode import INPUTS
from clarion.testing.stages import Stage

from .words_only import WordsOnly


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[HashnodeStage]:
    with HashnodeStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: HashnodeStage) -> Hashnode:
    us = stage.network()
    assert isinstance(us, Hashnode)
    return us


class TestHashnode(WordsOnly):
    __test__ = True
    network = Hashnode

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[HashnodeStage]:
        with HashnodeStage(tmp_path) as stage:
            yield stage

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Hashnode has no shares."""
        assert isinstance(us, Hashnode)
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        stage.stranger_replies(remote_id, "Counted.")
        assert us.measure([remote_id, "f" * 24]) == {remote_id: us.measure([remote_id])[remote_id]}
        assert us.measure([remote_id])[remote_id].numbers == {"views": 0, "likes": 1, "replies": 1}
        stage.hide_numbers()
        assert set(us.measure([remote_id])[remote_id].numbers.values()) == {None}


# --- signing in -------------------------------------------------------------------------------------------------------


def connect(stage: HashnodeStage, **fields: str) -> Account:
    given = {"access_token": stage.server.token, **fields}
    return Hashnode.connect(given, http=stage.http(), app={"base_url": stage.server.url}).account


def test_a_person_with_one_blog_needs_the_token_only(stage: HashnodeStage) -> None:
    account = connect(stage)
    assert (account.handle, account.name, account.settings["user"]) == ("news.city.example", "City Hall", "cityhall")


@pytest.mark.parametrize("typed", ["works.city.example", " https://Works.city.example/ "])
def test_a_person_with_two_blogs_names_one(stage: HashnodeStage, typed: str) -> None:
    stage.server.blogs.append({**stage.server.blog, "id": "c" * 24, "url": "https://works.city.example"})
    with pytest.raises(Refused, match=r"news\.city\.example, works\.city\.example"):
        connect(stage)
    assert connect(stage, blog=typed).remote_id == "c" * 24


def test_who_cannot_be_connected_is_told_why(stage: HashnodeStage) -> None:
    with pytest.raises(SignInAgain, match="no longer accepts our token"):
        connect(stage, access_token="wrong-token")
    with pytest.raises(Refused, match="Paste your access token"):
        connect(stage, access_token=" ")
    stage.server.blogs.clear()
    with pytest.raises(Refused, match="no blog on Hashnode yet"):
        connect(stage)


def test_hashnode_itself_is_called_where_no_stand_in_is_named() -> None:
    assert Hashnode(Account(), http=Http())._address("") == "https://gql.hashnode.com/"


# --- publishing -------------------------------------------------------------------------------------------------------


def test_an_article_carries_all_that_was_chosen(stage: HashnodeStage, us: Hashnode) -> None:
    draft = stage.draft(
        "---\nslug: other\n---\n## Where\nMain **Street**", title="Closed", format="markdown", subtitle="Until May",
        tags="Water, #Über uns", canonical_url="https://city.example/closed", cover_url="https://city.example/c.png",
        newsletter="on", first_comment="Ask *below*",
    )  # fmt: skip
    article, comment = Rehearsal(us, draft).rest()
    (held,) = stage.server.articles.values()
    assert held.told["contentMarkdown"] == "## Where\nMain **Street**" and held.slug == "closed"
    assert held.told["tags"] == [{"name": "Water", "slug": "water"}, {"name": "Über uns", "slug": "uber-uns"}]
    assert held.told["subtitle"] == "Until May" and stage.server.mailed == [article.remote_id]
    assert article.url == "https://news.city.example/closed"
    assert [(m.text, m.remote_id) for m in us.replies(article.remote_id).items] == [("Ask *below*", comment.remote_id)]


def test_a_lost_answer_sends_no_second_newsletter(stage: HashnodeStage, us: Hashnode) -> None:
    rehearsal = Rehearsal(us, stage.draft(newsletter=True)).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    assert len(stage.server.mailed) == 1


def test_a_draft_that_is_forgotten_after_publishing_is_found_by_its_slug(stage: HashnodeStage, us: Hashnode) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.server.forgets_drafts = True
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert rehearsal.recover().remote_id == stage.posts()[0].remote_id
    other = Rehearsal(us, stage.draft(title="Another title")).to_the_post()
    other.step(other.line)
    for one in list(stage.server.articles.values()):
        if not one.post_id:
            del stage.server.articles[one.id]
    with pytest.raises(NeedsAPerson):
        other.recover()


def test_a_comment_is_found_although_its_writer_has_another_name_by_now(stage: HashnodeStage, us: Hashnode) -> None:
    rehearsal = Rehearsal(us, stage.draft(first_comment="Ask below."))
    rehearsal.say()
    rehearsal.say()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.rename("townhall")
    done = rehearsal.recover()
    assert [m.remote_id for m in us.replies(rehearsal.posts[0].remote_id).items] == [done.remote_id]


def test_a_reply_to_a_comment_keeps_its_place(stage: HashnodeStage, us: Hashnode) -> None:
    (article,) = Rehearsal(us, stage.draft()).rest()
    theirs = stage.stranger_replies(article.remote_id, "When?")
    step = Step("post", 0, payload={"text": "At nine, *sharp*.", "in_reply_to": theirs}, since=datetime.now(UTC))
    step = replace(step, payload=us.prepare(step, key="k", now=datetime.now(UTC)))
    assert us.find(step, key="k") == Absent(complete=True)
    done = us.reply(step, key="k")
    assert us.find(step, key="k") == Published(done.remote_id)
    said = {m.text: m.parent_id for m in us.replies(article.remote_id).items}
    assert said == {"When?": article.remote_id, "At nine, *sharp*.": theirs}


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "writing", "word"),
    [
        ("UNAUTHENTICATED", True, SignInAgain), ("FORBIDDEN", True, SignInAgain), ("BAD_USER_INPUT", True, Refused),
        ("NOT_FOUND", True, Refused), ("GRAPHQL_VALIDATION_FAILED", True, Refused), ("RATE_LIMITED", True, NotNow),
        ("INTERNAL_SERVER_ERROR", True, Unknown), ("INTERNAL_SERVER_ERROR", False, NotNow), ("", True, Unknown),
        ("NEW_CODE", True, Unknown),
    ],
)  # fmt: skip
def test_a_no_with_status_200_becomes_a_word(code: str, writing: bool, word: type[Failure]) -> None:
    us = Hashnode(Account(), http=Http(), vault=NoVault({"access_token": "t"}))
    body = json.dumps({"data": None, "errors": [{"message": "No.", "extensions": {"code": code}}]}).encode()
    failure = us.understand(Answer(200, {}, body), writing=writing)
    assert isinstance(failure, word) and "No." in failure.sentence


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b'{"data": 3}', b'{"data": {"publishDraft": null}}'])
def test_an_answer_of_another_shape_ends_in_a_word(stage: HashnodeStage, us: Hashnode, body: bytes) -> None:
    for call in (us.whoami, us.measure_account, lambda: us.fetch("1"), lambda: us.replies("1"), lambda: us.delete("1")):
        stage.answer_next(200, body, any_call=True)
        with suppress(Failure):  # one of the four words, or an answer; never a traceback
            call()
    stage.faults.clear()
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(200, body)
    with pytest.raises(Unknown):
        rehearsal.say()


def test_the_server_answers_every_operation_that_we_know() -> None:
    assert {name for name, query in ASK.items() if query.startswith("mutation")} == set(INPUTS)
