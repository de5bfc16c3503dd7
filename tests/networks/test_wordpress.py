"""WordPress on its contract stage, and what only a blog has: drafts, slugs, blocks, terms, comments."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Account, Draft, NoVault, Part
from clarion.networks.http import Answer, Http
from clarion.networks.wordpress import WordPress
from clarion.networks.words import Absent, Failure, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.rehearsal import NeedsAPerson, Rehearsal
from clarion.testing.servers.base import Asked, Fault, Said, StandIn
from clarion.testing.servers.wordpress import WordPressServer
from clarion.testing.stages import LOOPBACK
from clarion.testing.videos import captions, video
from clarion.testing.wordpress import WordPressStage

from .wordpress_ways import WordPressWays, comment


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[WordPressStage]:
    with WordPressStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: WordPressStage) -> WordPress:
    us = stage.network()
    assert isinstance(us, WordPress)
    return us


class TestWordPress(WordPressWays):
    __test__ = True

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[WordPressStage]:
        with WordPressStage(tmp_path) as stage:
            yield stage


def test_what_the_site_does_not_count_is_not_zero(stage: WordPressStage, us: WordPress) -> None:
    (article,) = Rehearsal(us, stage.draft()).rest()
    stage.hide_numbers()
    assert us.measure([article.remote_id])[article.remote_id].numbers == {"replies": None}
    assert us.measure_account().numbers == {"posts": None}


# --- signing in -------------------------------------------------------------------------------------------------------


def fields(server: StandIn, **more: str) -> dict[str, str]:
    return {"server": server.url, "username": "cityhall", "password": "Xk2p 9Qmv R4tL w8Zn B6yH c3Jd", **more}


def test_a_person_connects_with_an_application_password_typed_in_groups(stage: WordPressStage) -> None:
    connected = WordPress.connect(fields(stage.server), http=stage.http())
    assert connected.account.handle == f"cityhall@127.0.0.1:{stage.server.port}"
    assert connected.account.settings == {"rest": f"{stage.server.url}/wp-json"}
    assert connected.secrets == {"username": "cityhall", "password": stage.server.password}


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}])
def test_a_wrong_password_says_what_else_may_be_the_cause(stage: WordPressStage, wrong: dict[str, str]) -> None:
    with pytest.raises(SignInAgain, match="removes the Authorization header"):
        WordPress.connect(fields(stage.server, **wrong), http=stage.http())


class Odd(StandIn):
    """A site whose front page says that its API is ``there``."""

    there = ""

    def handle(self, asked: Asked) -> Said:
        return Said(
            200, b"<html>Hello</html>", {"Link": f'<{self.there}>; rel="https://api.w.org/"'} if self.there else {}
        )


def test_a_site_that_is_not_wordpress_is_told_in_one_sentence(stage: WordPressStage) -> None:
    with Odd() as site, pytest.raises(Refused, match="does not answer like WordPress"):
        WordPress.connect(fields(site), http=stage.http())


def test_a_site_cannot_send_the_password_to_another_host(stage: WordPressStage) -> None:
    with Odd() as site:
        site.there = "https://elsewhere.example/wp-json/"
        with pytest.raises(Refused, match="keeps its API on another host"):
            WordPress.connect(fields(site), http=stage.http())
        assert site.asked == 1


def test_a_site_without_pretty_links_is_spoken_to_as_well() -> None:
    account = Account(server="https://blog.example", settings={"rest": "https://blog.example/?rest_route="})
    us = WordPress(account, http=Http(), app={"base_url": "http://127.0.0.1:1"})
    assert us._address("/wp/v2/posts") == "http://127.0.0.1:1/?rest_route=/wp/v2/posts"


@pytest.mark.parametrize("missing", ["username", "password"])
def test_both_are_needed(stage: WordPressStage, missing: str) -> None:
    with pytest.raises(Refused, match="Type your user name"):
        WordPress.connect(fields(stage.server, **{missing: " "}), http=stage.http())


# --- publishing -------------------------------------------------------------------------------------------------------


def test_an_article_carries_all_that_was_chosen(stage: WordPressStage, us: WordPress) -> None:
    stage.server.terms["tags"][7] = "Water & wells"
    draft = stage.draft(
        "# Where\nMain Street **only**\n\n- one\n- two", alts=("The cover.", "Below."), title="Closed <today>",
        cover="on", excerpt="In short", tags="water & wells, Roads", categories="News", format="markdown",
        first_comment="Ask & see",
    )  # fmt: skip
    article, comment = Rehearsal(us, draft).rest()
    post = stage.server.posts[int(article.remote_id)]
    assert (post.title, post.slug, post.excerpt) == ("Closed &lt;today&gt;", "closed-today", "In short")
    assert '<!-- wp:heading {"level":2} -->\n<h2>Where</h2>' in post.content
    assert "<ul><li>one</li><li>two</li></ul>" in post.content and "<strong>only</strong>" in post.content
    assert stage.posts()[0].alts == ("The cover.", "Below.") and post.content.count("<img") == 1
    assert [stage.server.terms["tags"][t] for t in post.tags] == ["Water & wells", "Roads"]
    assert [stage.server.terms["categories"][c] for c in post.categories] == ["News"]
    assert article.url == f"{stage.server.url}/closed-today/"
    assert [c.content for c in stage.server.comments.values()] == ["Ask &amp; see"]
    assert comment.remote_id.startswith(f"{article.remote_id}/")


def test_a_plain_text_shows_every_sign_as_typed(stage: WordPressStage, us: WordPress) -> None:
    said = "[gallery] <script>alert(1)</script> & **not bold**"
    Rehearsal(us, stage.draft(said)).rest()
    (post,) = stage.server.posts.values()
    assert "[gallery]" not in post.content and "<script>" not in post.content
    assert [p.text for p in stage.posts()] == [said]


def test_an_article_needs_a_title(us: WordPress, stage: WordPressStage) -> None:
    (problem,) = us.problems(stage.draft(title=" "))
    assert (problem.field, problem.level) == ("title", "stop")


def test_a_title_without_latin_letters_leaves_the_link_to_wordpress(stage: WordPressStage, us: WordPress) -> None:
    Rehearsal(us, stage.draft(title="مرحبا")).rest()
    (post,) = stage.server.posts.values()
    assert post.slug and not post.slug.startswith("clarion")


def test_an_article_that_somebody_threw_away_needs_a_person(stage: WordPressStage, us: WordPress) -> None:
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    next(iter(stage.server.posts.values())).status = "trash"
    with pytest.raises(NeedsAPerson):
        rehearsal.recover()


def test_a_user_who_may_only_write_drafts_is_told_so(stage: WordPressStage, us: WordPress) -> None:
    stage.server.may_publish = False
    with pytest.raises(SignInAgain, match="role of an editor"):
        Rehearsal(us, stage.draft()).rest()
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(200, b'{"id": 11, "status": "pending"}')
    with pytest.raises(SignInAgain, match="pending"):
        rehearsal.say()


def test_a_file_that_is_too_big_for_the_site_is_refused(stage: WordPressStage, us: WordPress) -> None:
    stage.server.largest = 10
    with pytest.raises(Refused):
        Rehearsal(us, stage.draft(pictures=1)).rest()


def test_a_video_stands_in_the_article(stage: WordPressStage, us: WordPress) -> None:
    draft = stage.draft(pictures=1)
    video = replace(draft.parts[0].media[0], mime="video/mp4", name="Über uns.mp4")
    Rehearsal(us, replace(draft, parts=(replace(draft.parts[0], media=(video,)),))).rest()
    (post,) = stage.server.posts.values()
    assert "<!-- wp:video" in post.content and "uber-uns.mp4" in post.content


def test_a_comment_under_a_comment_keeps_its_place(stage: WordPressStage, us: WordPress) -> None:
    (article,) = Rehearsal(us, stage.draft()).rest()
    theirs = stage.stranger_replies(article.remote_id, "When?")
    step = comment(us, theirs, "At nine.")
    done = us.reply(step, key="k")
    assert us.find(step, key="k") == Published(done.remote_id, done.url)
    assert {m.parent_id for m in us.replies(article.remote_id).items} == {article.remote_id, theirs}
    us.delete(done.remote_id)
    us.delete(done.remote_id)
    assert us.find(step, key="k") == Absent(complete=True)


def test_a_pasted_link_is_understood(stage: WordPressStage, us: WordPress) -> None:
    (article,) = Rehearsal(us, stage.draft("Hello.")).rest()
    for url in (f"{stage.server.url}/?p={article.remote_id}", article.url):
        seen = us.fetch(us.id_in(url))
        assert seen is not None and seen.remote_id == article.remote_id
    assert us.fetch("no-such-article") is None


def test_the_cover_is_told_with_the_other_pictures_and_an_edit_takes_a_new_title(
    stage: WordPressStage, us: WordPress
) -> None:
    (article,) = Rehearsal(us, stage.draft("Hello.", alts=("Cover.", "Second."), cover=True)).rest()
    us.edit(article.remote_id, stage.draft("Hello again.", title="New"))
    seen = us.fetch(article.remote_id)
    assert seen is not None and (seen.text, seen.alts) == ("Hello again.", ("Cover.", "Second."))
    assert stage.server.posts[int(article.remote_id)].title == "New"


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "writing", "word"),
    [
        (401, b'{"code": "rest_not_logged_in", "message": "No."}', True, SignInAgain),
        (403, b'{"code": "incorrect_password", "message": "No."}', True, SignInAgain),
        (403, b'{"code": "rest_cannot_publish", "message": "No."}', True, SignInAgain),
        (403, b'{"code": "rest_forbidden_context", "message": "No."}', False, SignInAgain),
        (400, b'{"code": "rest_invalid_param", "message": "No."}', True, Refused),
        (500, b'{"code": "rest_upload_unknown_error", "message": "No."}', True, Refused),
        (404, b'{"code": "rest_no_route", "message": "No."}', True, Refused),
        (403, b"<html>Blocked by the firewall</html>", True, Unknown),
        (403, b"<html>Blocked by the firewall</html>", False, NotNow),
        (413, b"<html>Too large</html>", True, Refused),
        (301, b"", True, Refused),
        (500, b'{"code": "internal_server_error", "message": "No."}', True, Unknown),
        (429, b"<html>", True, NotNow),
    ],
)
def test_answers_become_words(status: int, body: bytes, writing: bool, word: type[Failure]) -> None:
    us = WordPress(Account(server="https://blog.example"), http=Http())
    assert type(us.understand(Answer(status, {}, body), writing=writing)) is word


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b'{"id": true}', b'"yes"'])
def test_an_answer_of_another_shape_ends_in_a_word(stage: WordPressStage, us: WordPress, body: bytes) -> None:
    for call in (us.whoami, lambda: us.measure_account(), lambda: us.fetch("1")):
        stage.answer_next(200, body, any_call=True)
        with suppress(Failure):  # one of the four words, or an answer; never a traceback
            call()
    stage.faults.clear()
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    stage.answer_next(200, body)
    with pytest.raises(Unknown):
        rehearsal.say()


def test_the_server_itself_refuses_what_wordpress_refuses(stage: WordPressStage, us: WordPress) -> None:
    def post(path: str, given: Any) -> int:
        pair = NoVault({"username": "cityhall", "password": stage.server.password})
        return WordPress(us.account, http=stage.http(), vault=pair)._ask("POST", path, json=given).status

    assert post("/wp/v2/posts", {"status": "live"}) == 400
    assert post("/wp/v2/posts", {"status": "draft"}) == 400
    assert post("/wp/v2/comments", {"post": 999, "content": "x"}) == 403
    assert Http(private_hosts=LOOPBACK).get(f"{stage.server.url}/wp-json/wp/v2/users/me").status == 401
    assert isinstance(stage.server, WordPressServer)


# --- a video with captions --------------------------------------------------------------------------------------------


def test_a_videos_captions_are_tracks_of_its_block(stage: WordPressStage, us: WordPress) -> None:
    both = (
        captions(stage.folder, "nb", label="norsk “bokmål” --> æ"),
        captions(stage.folder, "en", text="1\n00:00:01,000 --> 00:00:02,000\nOpen.\n"),
    )
    films = (replace(video(stage.folder), captions=both), video(stage.folder, number=1))
    rehearsal = Rehearsal(us, Draft((Part("See.", films),), {"title": "The bridge"}))
    kinds = [line.step.kind for line in rehearsal.lines]
    assert kinds == ["upload", "captions", "captions", "upload", "draft", "post"]
    rehearsal.rest()
    (post,) = stage.server.posts.values()
    first, second = re.findall(r"<!-- wp:video (.*?) -->(.*?)<!-- /wp:video -->", post.content, re.DOTALL)
    told = json.loads(first[0])["tracks"]
    assert [(one["srcLang"], one["label"], one["kind"]) for one in told] == [
        ("nb", "norsk “bokmål” --> æ", "captions"), ("en", "en", "captions"),
    ]  # fmt: skip
    assert first[1].count("<track ") == 2 and f'src="{told[1]["src"]}" label="en" srclang="en"' in first[1]
    assert "tracks" not in second[0] and "<track" not in second[1]
    assert [one["mime_type"] for one in stage.server.media.values()].count("text/vtt") == 2


def test_a_site_that_takes_no_caption_files_is_quoted_and_nothing_is_published(
    stage: WordPressStage, us: WordPress
) -> None:
    film = replace(video(stage.folder), captions=(captions(stage.folder, "nb"),))
    rehearsal = Rehearsal(us, Draft((Part("See.", (film,)),), {"title": "The bridge"}))
    rehearsal.say()
    body = b'{"code": "rest_upload_unknown_error", "message": "Sorry, you are not allowed to upload this file type."}'
    stage.faults.arm(Fault("answer", lambda method, path: path.endswith("/media"), status=400, body=body))
    with pytest.raises(Refused, match="not allowed to upload this file type"):
        rehearsal.rest()
    assert stage.posts() == []
