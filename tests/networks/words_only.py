"""The suite for blogs that take no files: what it asks of pictures is asked of words alone."""

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.testing.conformance import LINK, Conformance, proves
from clarion.testing.stages import Shown, Stage


class WordsOnly(Conformance):
    __test__ = False

    @proves("fetch")
    def test_a_post_can_be_fetched_and_a_missing_one_is_none(self, stage: Stage, us: Network) -> None:
        said = f"Read {LINK} now, *all* of it.\nThen {{% come %}} 1. - back."
        (remote_id,) = self.publish(stage, us, said)
        seen = us.fetch(remote_id)  # type: ignore[attr-defined]
        assert (seen.remote_id, seen.text, seen.alts) == (remote_id, said, ())
        us.delete(remote_id)  # type: ignore[attr-defined]
        assert us.fetch(remote_id) is None  # type: ignore[attr-defined]

    @proves("edit")
    def test_an_edit_keeps_the_id_and_the_pictures(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "Opens at nine.")
        edited = us.edit(remote_id, Draft((Part("Opens at ten."),)))  # type: ignore[attr-defined]
        assert edited.remote_id == remote_id
        assert stage.posts() == [Shown(remote_id, "Opens at ten.")]

    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        pytest.skip(f"{us.label} has no text limit")

    def test_a_picture_is_refused_before_sending(self, stage: Stage, us: Network) -> None:
        problems = us.problems(stage.draft("Look.", pictures=1))
        assert [(p.field, p.level) for p in problems] == [("media", "stop")]
