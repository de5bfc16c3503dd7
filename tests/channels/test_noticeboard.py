"""The noticeboard in the suite that judges every network, on the database itself: there is no wire to break.

What can go wrong between Clarion and its own ground is that the process dies: before the notice is kept, or after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from clarion.channels.models import Channel, Notice
from clarion.channels.models.notice import BoardGround
from clarion.networks.base import Account, Draft, Network, Part
from clarion.networks.noticeboard import Noticeboard
from clarion.networks.words import Unknown
from clarion.testing.conformance import Conformance
from clarion.testing.documents import document, pdf
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Faults
from clarion.testing.stages import Shown, Stage
from clarion.testing.videos import captions, video


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


# --- a video with captions --------------------------------------------------------------------------------------------


@pytest.fixture
def film(tmp_path, board, settings):
    """A notice with a film whose captions came as SubRip and as WebVTT."""
    settings.MEDIA_ROOT = tmp_path / "media"
    both = (captions(tmp_path, "nb", label="norsk bokmål"), captions(tmp_path, "en", text=SRT))
    media = replace(video(tmp_path), alt="The bridge", captions=both)
    with BoardStage(tmp_path, board) as stage:
        Rehearsal(stage.network(), Draft((Part("See.", (media,)),))).rest()
    return Notice.objects.get().parts[0]["media"][0]


SRT = "1\n00:00:01,000 --> 00:00:04,250\nThe bridge & the ferry.\n"


@pytest.mark.django_db
def test_captions_are_shown_by_any_browser_and_in_the_feeds(film, client, cityhall):
    page = client.get(f"/n/{cityhall.slug}/").text
    nb, en = (f"/n/{cityhall.slug}/files/{one['file']}" for one in film["captions"])
    assert f'<track kind="captions" src="{nb}" srclang="nb" label="norsk bokmål" default>' in page
    assert f'<track kind="captions" src="{en}" srclang="en" label="en">' in page
    answer = client.get(en)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/vtt; charset=utf-8")
    assert answer.content == b"WEBVTT\n\n00:00:01.000 --> 00:00:04.250\nThe bridge &amp; the ferry.\n"
    assert client.get(en + "?small").content == answer.content
    feed = client.get(f"/n/{cityhall.slug}/feed.json").json()
    assert f'src="http://127.0.0.1:8000{nb}"' in feed["items"][0]["content_html"]


@pytest.mark.django_db
def test_captions_of_a_notice_that_was_taken_down_are_gone(film, client, cityhall, now):
    Notice.objects.update(removed_at=now)
    for one in film["captions"]:
        assert client.get(f"/n/{cityhall.slug}/files/{one['file']}").status_code == 404


# --- a document -------------------------------------------------------------------------------------------------------


@pytest.fixture
def paper(tmp_path, board, settings):
    settings.MEDIA_ROOT = tmp_path / "media"
    with BoardStage(tmp_path, board) as stage:
        files = (document(tmp_path, name="budsjett «1».pdf"), stage.picture("The town hall"))
        Rehearsal(stage.network(), Draft((Part("The budget.", files),))).rest()
    return Notice.objects.get().parts[0]["media"][0]


@pytest.mark.django_db
def test_a_document_is_a_link_with_its_name_and_size(paper, client, cityhall):
    address = f"/n/{cityhall.slug}/files/{paper['file']}"
    page = client.get(f"/n/{cityhall.slug}/").text
    link = f'<a href="{address}" type="application/pdf" download="budsjett «1».pdf">budsjett «1».pdf</a>'
    assert link in page and "(PDF, " in page
    answer = client.get(address)
    assert (answer["Content-Type"], b"".join(answer)) == ("application/pdf", pdf("budsjett «1».pdf"))
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''budsjett")


@pytest.mark.django_db
def test_a_document_is_no_picture_of_a_notice(paper, client, cityhall):
    notice = client.get(Notice.objects.get().url).text
    assert notice.count('property="og:image" ') == 1 and 'property="og:image:alt" content="The town hall"' in notice
    (item,) = client.get(f"/n/{cityhall.slug}/feed.json").json()["items"]
    assert item["image"].endswith((".png", ".jpg"))
    files = {one["mime_type"]: one["title"] for one in item["attachments"]}
    assert files["application/pdf"] == "budsjett «1».pdf" and len(files) == 2
