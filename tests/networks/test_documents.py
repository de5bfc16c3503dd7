"""Documents: a paper goes out as a file wherever a network takes files, and is refused in words where it takes none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from clarion.networks import registry
from clarion.networks.base import Account, Draft, Media, Part
from clarion.networks.http import Http
from clarion.networks.words import Unknown
from clarion.testing.discord import DiscordStage
from clarion.testing.documents import document, pdf
from clarion.testing.linkedin import LinkedInStage
from clarion.testing.matrix_room import MatrixStage
from clarion.testing.mattermost import MattermostStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.rocketchat import RocketChatStage
from clarion.testing.slack import SlackStage
from clarion.testing.stages import Stage
from clarion.testing.telegram import TelegramStage
from clarion.testing.wordpress import WordPressStage

NAME = "budget.pdf"
SIZE = len(pdf(NAME))
OPTIONS = {"wordpress": {"title": "The budget"}}


def last(server: Any) -> Any:
    """The newest message of a chat."""
    told = server.posts if hasattr(server, "posts") else server.messages
    return (told if isinstance(told, list) else list(told.values()))[-1]


def on_telegram(server: Any) -> list[tuple[str, int]]:
    (kind, id) = last(server).file
    assert kind == "document"
    return [(server.names[id], len(server.files[id][1]))]


def on_discord(server: Any) -> list[tuple[str, int]]:
    return [(file["filename"], len(file["bytes"])) for file in last(server).files]


def on_slack(server: Any) -> list[tuple[str, int]]:
    return [(server.files[id]["name"], server.files[id]["length"]) for id in last(server).files]


def on_mattermost(server: Any) -> list[tuple[str, int]]:
    files = [server.files[id] for id in last(server).files]
    assert [file["mime_type"] for file in files] == ["application/pdf"]
    return [(file["name"], file["size"]) for file in files]


def on_rocketchat(server: Any) -> list[tuple[str, int]]:
    file = server.files[last(server).file]
    assert file["type"] == "application/pdf"
    return [(file["name"], file["size"])]


def on_matrix(server: Any) -> list[tuple[str, int]]:
    said = [event["content"] for event in server.events if event["content"].get("msgtype") == "m.file"]
    assert all(one["url"].startswith("mxc://") and one["info"]["mimetype"] == "application/pdf" for one in said)
    return [(one.get("filename") or one["body"], one["info"]["size"]) for one in said]


def on_linkedin(server: Any) -> list[tuple[str, int]]:
    (post,) = server.things.values()
    media = post.content["media"]
    return [(media["title"], len(server.uploads[media["id"]].raw))]


def on_wordpress(server: Any) -> list[tuple[str, int]]:
    ((id, file),) = server.media.items()
    (post,) = server.posts.values()
    block = f'<!-- wp:file {{"id":{id},"href":"{file["source_url"]}","showDownloadButton":false}} -->'
    assert block in post.content
    assert f'<a href="{file["source_url"]}">{NAME}</a>' in post.content
    return [(NAME, SIZE)] if file["mime_type"] == "application/pdf" else []


WAYS = {
    TelegramStage: on_telegram, DiscordStage: on_discord, SlackStage: on_slack, MattermostStage: on_mattermost,
    RocketChatStage: on_rocketchat, MatrixStage: on_matrix, LinkedInStage: on_linkedin, WordPressStage: on_wordpress,
}  # fmt: skip


@pytest.fixture(params=WAYS, ids=lambda stage: stage.__name__)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with request.param(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


def paper(stage: Stage, *more: Media, name: str = NAME) -> Draft:
    options = OPTIONS.get(stage.network().name, {})
    return Draft((Part("The budget of the town.", (document(stage.folder, name=name), *more)),), options)


def stops(network: Any, draft: Draft) -> list[str]:
    return [problem.sentence for problem in network.problems(draft) if problem.level == "stop"]


def test_a_paper_arrives_whole_and_under_its_name(stage: Stage) -> None:
    us, draft = stage.network(), paper(stage)
    assert us.problems(draft) == []
    Rehearsal(us, draft).rest()
    assert WAYS[type(stage)](stage.server) == [(NAME, SIZE)]  # type: ignore[attr-defined]


LOOKED_UP = [kind for kind in WAYS if kind is not TelegramStage]
"""On Telegram a person looks."""


@pytest.mark.parametrize("stage", LOOKED_UP, indirect=True, ids=lambda stage: stage.__name__)
def test_a_paper_whose_answer_is_lost_is_there_once(stage: Stage) -> None:
    rehearsal = Rehearsal(stage.network(), paper(stage)).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    rehearsal.rest()
    assert len(stage.posts()) == 1


def test_what_stands_beside_a_paper_is_told_where_it_may_not(stage: Stage) -> None:
    us = stage.network()
    beside = paper(stage, stage.picture(alt=""))
    alone = {"telegram", "matrix", "rocketchat", "linkedin"}
    told = stops(us, beside)
    assert [f"{us.label} takes a document with nothing beside it" in one for one in told] == (
        [True] if us.name in alone else []
    )


def test_two_papers_where_one_is_taken(stage: Stage) -> None:
    us = stage.network()
    two = paper(stage, document(stage.folder, name="annex.pdf"))
    one = {"matrix", "rocketchat", "linkedin"}
    expected = [f"2 documents; {us.label} takes 1. Remove some, or start a new part."] if us.name in one else []
    assert stops(us, two) == expected
    if not expected:
        Rehearsal(us, two).rest()
        assert len(stage.posts()) == 1


def test_another_kind_of_file_is_named(stage: Stage, tmp_path: Path) -> None:
    us = stage.network()
    path = tmp_path / "budget.xlsx"
    path.write_bytes(b"PK\x03\x04")
    sheet = Media(path, "application/vnd.ms-excel", 4, "0" * 64, name="budget.xlsx")
    draft = Draft((Part("The budget.", (sheet,)),), OPTIONS.get(us.name, {}))
    assert stops(us, draft) == [f"{us.label} does not take application/vnd.ms-excel (“budget.xlsx”)."]


NONE = [kind for kind in registry.all() if kind.rules.documents is None]


@pytest.mark.parametrize("kind", NONE, ids=lambda kind: kind.name)
def test_a_network_that_takes_none_says_so(kind: Any, tmp_path: Path) -> None:
    us = kind(Account(remote_id="1", handle="@city", server="https://city.example"), http=Http())
    told = stops(us, Draft((Part("The budget.", (document(tmp_path),)),)))
    assert f"{us.label} takes no documents. Leave the document out for this channel." in told


def test_an_album_of_papers_on_telegram_is_one_group(tmp_path: Path) -> None:
    with TelegramStage(tmp_path, files_chat=True) as stage:
        us, server = stage.network(), stage.server
        draft = Draft((Part("Both papers.", tuple(papers(tmp_path, "budget.pdf", "annex.pdf"))),), {"spoiler": True})
        assert us.problems(draft) == []
        Rehearsal(us, draft).rest()
        shown = [one for one in server.messages if one.chat == server.channel]
        assert [server.names[one.file[1]] for one in shown] == ["budget.pdf", "annex.pdf"]
        assert len({one.group for one in shown}) == 1 and shown[0].group
        assert all("has_spoiler" not in item for item in shown[0].told["media"])
        assert stage.complaints() == []


@pytest.mark.parametrize("kind", [DiscordStage, MattermostStage, SlackStage], ids=lambda kind: kind.__name__)
def test_all_files_together_are_counted(kind: type[Stage], tmp_path: Path) -> None:
    with kind(tmp_path) as stage:
        us = stage.network()
        files = (*(stage.picture() for _ in range(6)), *papers(tmp_path, *(f"{n}.pdf" for n in range(5))))
        told = stops(us, Draft((Part("Much.", files),)))
        assert told == [f"11 files; {us.label} takes 10 together. Remove some."]
        assert stops(us, Draft((Part("Less.", files[1:]),))) == []


def test_a_paper_stays_in_a_post_of_wordpress_whose_words_change(tmp_path: Path) -> None:
    with WordPressStage(tmp_path) as stage:
        us: Any = stage.network()
        (sent,) = Rehearsal(us, paper(stage)).rest()
        us.edit(sent.remote_id, Draft((Part("The budget, corrected."),), OPTIONS["wordpress"]))
        (post,) = stage.server.posts.values()
        assert "corrected" in post.content and post.content.count("<!-- wp:file ") == 1


def papers(folder: Path, *names: str) -> Sequence[Media]:
    return [document(folder, name=name) for name in names]
