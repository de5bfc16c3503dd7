"""The suite for networks that have no place for descriptions of pictures: what it asks of them is asked of the rest."""

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.testing.conformance import LINK, Conformance, proves
from clarion.testing.stages import Shown, Stage


class NoDescriptions(Conformance):
    __test__ = False

    def test_alt_text_arrives(self, stage: Stage, us: Network) -> None:
        pytest.skip(f"{us.label} has no descriptions of pictures")

    @proves("fetch")
    def test_a_post_can_be_fetched_and_a_missing_one_is_none(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, f"Read {LINK} now.")
        seen = us.fetch(remote_id)  # type: ignore[attr-defined]
        assert (seen.remote_id, seen.text, seen.alts) == (remote_id, f"Read {LINK} now.", ())
        us.delete(remote_id)  # type: ignore[attr-defined]
        assert us.fetch(remote_id) is None  # type: ignore[attr-defined]

    @proves("edit")
    def test_an_edit_keeps_the_id_and_the_pictures(self, stage: Stage, us: Network) -> None:
        (remote_id,) = self.publish(stage, us, "Opens at nine.")
        edited = us.edit(remote_id, Draft((Part("Opens at ten."),)))  # type: ignore[attr-defined]
        assert edited.remote_id == remote_id
        assert stage.posts() == [Shown(remote_id, "Opens at ten.")]
