"""For networks whose threads have one root: every later part answers the first, not the one before it."""

import pytest

from clarion.networks.base import Network
from clarion.networks.words import Unknown
from clarion.testing.conformance import proves
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.stages import Stage


class FlatThreads:
    @proves("publish", "find")
    def test_a_thread_hangs_together_and_a_lost_part_is_found(self, stage: Stage, us: Network) -> None:
        """As in the suite, but all parts hang on the first: this network's threads have no branches."""
        rehearsal = Rehearsal(us, stage.draft("First.", "Second.", "Third."))
        rehearsal.say()
        for _part in range(2):
            stage.lose_next_answer()
            with pytest.raises(Unknown):
                rehearsal.say()
            rehearsal.recover()
        first, second, third = stage.posts()
        assert [post.text for post in (first, second, third)] == ["First.", "Second.", "Third."]
        assert (first.parent_id, second.parent_id, third.parent_id) == ("", first.remote_id, first.remote_id)
