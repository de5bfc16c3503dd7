"""The noticeboard in the suite that judges every network, on the database itself: there is no wire to break.

What can go wrong between Clarion and its own ground is that the process dies: before the notice is kept, or after.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clarion.channels.models import Channel, Notice
from clarion.channels.models.notice import BoardGround
from clarion.networks.base import Account, Network
from clarion.networks.noticeboard import Noticeboard
from clarion.networks.words import Unknown
from clarion.testing.conformance import Conformance
from clarion.testing.servers.base import Faults
from clarion.testing.stages import Shown, Stage


class DyingGround(BoardGround):
    """The board's ground, whose process dies at the next notice: ``before`` or ``after`` it is kept."""

    def __init__(self, channel: Channel, stage: BoardStage) -> None:
        super().__init__(channel)
        self._stage = stage

    def put(self, **notice: Any) -> tuple[str, str]:
        dies, self._stage.dies = self._stage.dies, ""
        if dies == "before":
            raise Unknown("the process died before the notice was kept")
        kept = super().put(**notice)
        if dies == "after":
            raise Unknown("the process died after the notice was kept")
        return kept


class BoardStage(Stage):
    kind = "server"
    http_answers = False
    dies = ""

    def __init__(self, folder, channel: Channel) -> None:
        super().__init__(folder)
        self.channel = channel

    def start(self) -> None: ...
    def stop(self) -> None: ...

    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        account = Account(remote_id="board", handle="Noticeboard", name="Noticeboard")
        return (network or Noticeboard)(account, http=self.http(), ground=DyingGround(self.channel, self))

    def posts(self) -> list[Shown]:
        return [
            Shown(str(n.pk), n.text, tuple(file["alt"] for part in n.parts for file in part["media"]))
            for n in Notice.objects.filter(channel=self.channel, removed_at=None).order_by("id")
        ]

    @property
    def faults(self) -> Faults:
        return Faults()

    def lose_next_answer(self) -> None:
        self.dies = "after"

    def lose_next_request(self) -> None:
        self.dies = "before"


NO_WIRE = "there is no wire between Clarion and its own ground"


@pytest.mark.django_db
class TestNoticeboard(Conformance):
    network = Noticeboard

    @pytest.fixture
    def stage(self, tmp_path, board, settings) -> Iterator[BoardStage]:
        settings.MEDIA_ROOT = tmp_path / "media"
        with BoardStage(tmp_path, board) as stage:
            yield stage

    def _skip(self, *args: Any, **kwargs: Any) -> None:
        pytest.skip(NO_WIRE)

    test_a_slow_answer_is_unknown_and_slow_and_found = _skip
    test_no_connection_means_that_it_did_not_happen = _skip
    test_an_answer_that_says_nothing_is_unknown = _skip
    test_a_no_is_refused = _skip
    test_a_yes_of_another_shape_is_unknown = _skip
    test_a_huge_answer_is_unknown = _skip
    test_a_dead_token_asks_for_sign_in = _skip
    test_throttling_says_when = _skip
    test_secrets_never_reach_evidence_or_errors = _skip
    test_unknown_answer_fields_break_nothing = _skip
    test_emoji_and_links_count_as_the_network_counts = _skip  # the board counts nothing by itself: our rule is the rule

    def test_a_thread_is_one_notice_with_its_parts(self, stage, us) -> None:
        self.publish(stage, us, "First.", "Second.", alts=("The town hall.",))
        (notice,) = Notice.objects.all()
        assert [part["text"] for part in notice.parts] == ["First.", "Second."]
        assert [file["alt"] for file in notice.parts[0]["media"]] == ["The town hall."]

    test_a_thread_hangs_together_and_a_lost_part_is_found = test_a_thread_is_one_notice_with_its_parts


@pytest.mark.django_db
def test_a_notice_that_was_taken_down_is_kept_in_the_record(board, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    ground = BoardGround(board)
    remote_id, _url = ground.put(key="k", parts=[{"text": "Hello", "media": []}], options={})
    ground.delete(remote_id)
    assert ground.fetch(remote_id) is None
    assert Notice.objects.get().text == "Hello"
