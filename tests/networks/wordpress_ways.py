"""The suite for WordPress: a blog tells of comments, and counts nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from clarion.networks.base import Network, Step
from clarion.networks.wordpress import WordPress
from clarion.networks.words import Absent, NotNow, Published, SignInAgain, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.stages import Stage
from clarion.testing.wordpress import WordPressStage


class WordPressWays(Conformance):
    __test__ = False
    network = WordPress

    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        pytest.skip("WordPress has no text limit")

    @proves("notifications")
    def test_notifications_page_without_gap_or_repeat(self, stage: Stage, us: Network) -> None:
        """Comments are all that WordPress tells of others; our own are not news to us."""
        assert isinstance(us, WordPress)
        (remote_id,) = self.publish(stage, us, "News.", first_comment="Ask below.")[:1]
        said = [stage.stranger_replies(remote_id, f"Question {n}") for n in range(60)]
        assert [m.remote_id for m in self.listed(us.notifications)] == said[::-1]

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        assert isinstance(us, WordPress)
        (remote_id,) = self.publish(stage, us, "Count me.")
        assert {id: reading.numbers for id, reading in us.measure([remote_id, "99999"]).items()} == {
            remote_id: {"replies": 0}
        }
        stage.stranger_replies(remote_id, "Counted.")
        assert us.measure([remote_id])[remote_id].numbers == {"replies": 1}

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        assert isinstance(us, WordPress)
        self.publish(stage, us, "One post.")
        assert us.measure_account().numbers == {"posts": 1}

    @proves("hide")
    def test_a_hidden_comment_waits_for_approval_again(self, stage: Stage, us: Network) -> None:
        assert isinstance(us, WordPress)
        (remote_id,) = self.publish(stage, us, "Questions?")
        theirs = stage.stranger_replies(remote_id, "Buy pills")
        us.hide(theirs)
        us.hide(theirs)
        assert us.replies(remote_id).items == ()

    # -- what only a blog has: drafts, addresses, comments

    def test_a_draft_whose_answer_was_lost_is_found_and_not_made_twice(self, stage: Stage, us: Network) -> None:
        assert isinstance(stage, WordPressStage)
        rehearsal = Rehearsal(us, stage.draft(slug="pool"))
        stage.faults.arm(Fault("lose_answer", lambda method, path: method == "POST" and path.endswith("/posts")))
        with pytest.raises(Unknown):
            rehearsal.say()
        (article,) = rehearsal.rest()
        assert article.url.endswith("/pool/") and [p["slug"] for p in stage.articles()] == ["pool"]
        assert stage.drafts() == 0

    def test_a_publication_said_twice_is_one_article_at_one_address(self, stage: Stage, us: Network) -> None:
        assert isinstance(stage, WordPressStage)
        rehearsal = Rehearsal(us, stage.draft()).to_the_post()
        step = rehearsal.step(rehearsal.line)
        said = [us.publish(step, key=rehearsal.line.key) for _ in range(2)]
        assert said[0] == said[1] and len(stage.articles()) == 1

    def test_a_link_in_use_gets_a_number_and_is_told_as_it_is(self, stage: Stage, us: Network) -> None:
        urls = [Rehearsal(us, stage.draft(slug="pool")).rest()[0].url for _ in range(2)]
        assert [url.rsplit("/", 2)[1] for url in urls] == ["pool", "pool-2"]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param('It\'s "at nine" -- 3 < 4 & so on... 3x4 m, come :)', id="what WordPress sets anew"),
            pytest.param("Two paragraphs.\n\nAnd a link: https://city.example/?a=1&b=2#c", id="a link"),
        ],
    )
    def test_a_lost_comment_is_found_and_not_said_twice(self, stage: Stage, us: Network, text: str) -> None:
        assert isinstance(us, WordPress)
        (remote_id,) = self.publish(stage, us, "Questions?")
        step = comment(us, remote_id, text)
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            us.reply(step, key="k")
        (there,) = (post for post in stage.posts() if post.parent_id)
        found = us.find(step, key="k")
        assert isinstance(found, Published) and (found.remote_id, there.text) == (there.remote_id, text)
        assert us.find(comment(us, remote_id, text + " Or later."), key="k") == Absent(complete=True)
        with pytest.raises(Unknown, match="has this comment already"):  # WordPress sees a double by itself
            us.reply(step, key="k")

    def test_a_dead_password_asks_for_sign_in_whatever_we_ask(self, stage: Stage, us: Network) -> None:
        """WordPress itself takes it for none, and tells what a stranger may not do."""
        assert isinstance(us, WordPress)
        (remote_id,) = self.publish(stage, us, "Questions?")
        theirs = stage.stranger_replies(remote_id, "When?")
        step, fresh = comment(us, remote_id, "At nine."), stage.draft("Hello.", pictures=1)
        stage.end_token()
        for ask in (
            us.whoami, us.notifications, Rehearsal(us, fresh).say, Rehearsal(us, stage.draft("Hello.")).say,
            lambda: us.reply(step, key="k"), lambda: us.find(step, key="k"), lambda: us.fetch(remote_id),
            lambda: us.edit(remote_id, stage.draft("Hello again.")), lambda: us.delete(remote_id),
            lambda: us.delete(theirs), lambda: us.hide(theirs),
        ):  # fmt: skip
            with pytest.raises(SignInAgain, match="no longer accepts our sign-in"):
                ask()

    # -- what is otherwise for a user below an editor

    def test_an_author_who_comments_too_fast_is_asked_to_wait(self, stage: Stage, us: Network) -> None:
        assert isinstance(stage, WordPressStage)
        stage.become_author()
        self.publish(stage, us, first_comment="One.")
        second = Rehearsal(us, stage.draft(first_comment="Two."))
        with pytest.raises(NotNow) as caught:
            second.rest()
        assert caught.value.retry_at is not None and len(stage.comments()) == 1
        stage.later()
        second.rest()
        assert [post.text for post in stage.posts() if post.parent_id] == ["One.", "Two."]

    @pytest.mark.parametrize(
        "text", ['It\'s "at nine" -- 3 < 4, and so on...', "Below, it's held: see https://city.example/?a=1&b=2"]
    )
    def test_an_authors_lost_comment_is_found_although_it_waits_for_approval(
        self, stage: Stage, us: Network, text: str
    ) -> None:
        assert isinstance(us, WordPress) and isinstance(stage, WordPressStage)
        stage.become_author()
        step = comment(us, stage.stranger_posts("Questions?"), text)
        stage.lose_next_answer()
        with pytest.raises(Unknown):
            us.reply(step, key="k")
        assert stage.comments() == []  # nobody sees it yet
        assert isinstance(us.find(step, key="k"), Published)

    def test_what_reads_only_alike_needs_a_person(self, stage: Stage, us: Network) -> None:
        """Below an editor comments are read only as WordPress sets them: some marks are lost on the way."""
        assert isinstance(us, WordPress) and isinstance(stage, WordPressStage)
        stage.become_author()
        step = comment(us, stage.stranger_posts("Questions?"), "The pool for children is 3x4 m.")
        us.reply(step, key="k")
        assert us.find(step, key="k") is None

    def test_an_author_hears_of_every_comment_below_her_articles(self, stage: Stage, us: Network) -> None:
        """What waits below the articles of others is counted and left out: pages are short, or empty."""
        assert isinstance(us, WordPress) and isinstance(stage, WordPressStage)
        (mine,), theirs = self.publish(stage, us, "Questions?"), stage.stranger_posts("Theirs")
        said = [stage.stranger_replies(mine, f"Question {n}") for n in range(3)]
        for n in range(30):
            stage.hold(stage.stranger_replies(theirs, f"Not for her {n}"))
        stage.become_author()
        assert [m.remote_id for m in self.listed(us.notifications)] == said[::-1]


def comment(us: WordPress, remote_id: str, text: str) -> Step:
    """A comment of ours below an article, or below a comment, as it is kept before it is said."""
    step = Step("post", 0, payload={"text": text, "in_reply_to": remote_id}, since=datetime.now(UTC))
    return replace(step, payload=us.prepare(step, key="k", now=datetime.now(UTC)))
