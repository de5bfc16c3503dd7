"""LinkedIn on its contract stages: a page and a member."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clarion.networks.base import Draft, Media, Network, Part
from clarion.networks.linkedin import LinkedIn
from clarion.networks.linkedin_api import RESERVED, little, shown
from clarion.networks.text import count_text
from clarion.networks.words import NotNow, Refused
from clarion.testing.conformance import Conformance, proves
from clarion.testing.linkedin import LinkedInMemberStage, LinkedInStage
from clarion.testing.pictures import png
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Asked, Said, StandIn
from clarion.testing.servers.linkedin_desk import LIBRARY, MEMBER, PAGE
from clarion.testing.servers.linkedin_text import read_little
from clarion.testing.stages import Stage

from .signing_in import BACK, CHALLENGE, VERIFIER, SignsIn


class TestLinkedInPage(Conformance):
    network = LinkedIn

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[LinkedInStage]:
        with LinkedInStage(tmp_path) as stage:
            yield stage


class TestLinkedInMember(Conformance):
    network = LinkedIn

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[LinkedInStage]:
        with LinkedInMemberStage(tmp_path) as stage:
            yield stage

    # Whether a member's picture is ready cannot be asked: only the post itself tells.

    @proves("check")
    def test_processing_media_ends_published(self, stage: Stage, us: Network) -> None:
        stage.process_media(times=1)
        rehearsal = Rehearsal(us, stage.draft("Slow.", alts=("A picture.",))).to_the_post()
        with pytest.raises(NotNow) as caught:
            rehearsal.say()
        assert caught.value.code == "MEDIA_ASSET_WAITING_UPLOAD" and caught.value.retry_at is not None
        rehearsal.say()
        assert [p.alts for p in stage.posts()] == [("A picture.",)]

    @proves("check")
    def test_processing_media_ends_refused(self, stage: Stage, us: Network) -> None:
        stage.process_media(times=0, then="failed")
        with pytest.raises(Refused):
            Rehearsal(us, stage.draft("Broken.", alts=("A picture.",))).rest()
        assert stage.posts() == []


class TestSigningIn(SignsIn):
    network = LinkedIn

    @pytest.fixture
    def stage(self, tmp_path: Path) -> Iterator[LinkedInStage]:
        with LinkedInStage(tmp_path) as stage:
            yield stage

    def test_a_person_chooses_between_themselves_and_the_pages_that_they_may_speak_for(
        self, stage: LinkedInStage
    ) -> None:
        found = self.there_and_back(stage)
        assert [(one.account.remote_id, one.account.handle) for one in found] == [
            (MEMBER, "Mara Officer"), (PAGE, "cityhall"), (LIBRARY, "citylibrary"),
        ]  # fmt: skip
        assert found[1].account.url == "https://www.linkedin.com/company/cityhall/"

    def test_no_verifier_is_sent_because_linkedin_refuses_it(self, stage: LinkedInStage) -> None:
        address = LinkedIn.authorise_url("", stage.app, redirect_uri=BACK, state="s", challenge=CHALLENGE)
        assert "challenge" not in address
        http = stage.http()
        back = stage.consent.person_says_yes(address)
        LinkedIn.exchange("", stage.app, code=back["code"], redirect_uri=BACK, verifier=VERIFIER, http=http)
        assert "verifier" not in http.exchanges[0].request_excerpt

    def test_an_application_for_members_only_connects_the_member(self, stage: LinkedInStage) -> None:
        stage.server.community = False
        stage.consent.app["scopes"] = "openid profile w_member_social"
        address = LinkedIn.authorise_url("", stage.app, redirect_uri=BACK, state="s", challenge=CHALLENGE)
        assert "scope=openid+profile+w_member_social&" in address + "&"
        (one,) = self.there_and_back(stage)
        assert one.account.remote_id == MEMBER and one.missing_scopes == ()

    def test_an_application_without_openid_asks_who_we_are_in_the_other_way(self, stage: LinkedInStage) -> None:
        stage.server.openid = False
        stage.consent.app["scopes"] = "r_basicprofile w_member_social"
        member, *_pages = self.there_and_back(stage)
        assert (member.account.remote_id, member.account.handle) == (MEMBER, "mara-officer")

    def test_what_a_page_misses_is_told_at_the_page_only(self, stage: LinkedInStage) -> None:
        stage.consent.granted = " ".join(scope for scope in LinkedIn.scopes() if scope != "w_organization_social")
        member, page, _library = self.there_and_back(stage)
        assert (member.missing_scopes, page.missing_scopes) == ((), ("w_organization_social",))

    def test_without_a_renewal_the_end_of_the_sign_in_is_known_in_time(self, stage: LinkedInStage) -> None:
        stage.consent.refreshes = False
        member, *_pages = self.there_and_back(stage)
        assert member.expires_at is not None
        assert timedelta(days=59) < member.expires_at - datetime.now(UTC) < timedelta(days=61)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[LinkedInStage]:
    with LinkedInStage(tmp_path) as stage:
        yield stage
        assert stage.complaints() == []


@pytest.fixture
def us(stage: LinkedInStage) -> LinkedIn:
    us = stage.network()
    assert isinstance(us, LinkedIn)
    return us


def request_of(us: LinkedIn, draft: Draft) -> dict[str, Any]:
    """What a draft asks of LinkedIn, when its files are there."""
    rehearsal = Rehearsal(us, draft).to_the_post()
    return dict(rehearsal.step(rehearsal.line).payload["request"])


# --- little text ------------------------------------------------------------------------------------------------------


def test_all_fifteen_marks_arrive_and_nothing_is_cut(stage: LinkedInStage, us: LinkedIn) -> None:
    said = "All: \\ | { } @ [ ] ( ) < > # * _ ~ and on (it goes)."
    assert all(mark in said for mark in RESERVED) and len(RESERVED) == 15
    done = Rehearsal(us, stage.draft(said)).rest()
    assert [p.text for p in stage.posts()] == [said]
    seen = us.fetch(done[0].remote_id)
    assert seen is not None and seen.text == said


@given(st.text(alphabet=st.sampled_from([*RESERVED, "a", "ß", " ", "\n", "＃", "7", "\N{GRINNING FACE}"])))
def test_whatever_is_typed_is_read_as_typed(typed: str) -> None:
    assume("](urn:li:" not in typed and "{hashtag|" not in typed)
    assert read_little(little(typed)) == shown(little(typed)) == typed


@pytest.mark.parametrize(
    ("typed", "wire", "seen"),
    [
        ("#Wasser", r"{hashtag|\#|Wasser}", "#Wasser"),
        ("(#free_wifi)", r"\({hashtag|\#|free\_wifi}\)", "(#free_wifi)"),
        ("#1 of 3, a#b, https://city.org/#top", r"\#1 of 3, a\#b, https://city.org/\#top",
         "#1 of 3, a#b, https://city.org/#top"),
        ("Danke @[City (Hall)](urn:li:organization:12)!", r"Danke @[City \(Hall\)](urn:li:organization:12)!",
         "Danke City (Hall)!"),
        (r"{hashtag|\#|Fest} {hashtag|#|Fest}", r"{hashtag|\#|Fest} {hashtag|\#|Fest}", "#Fest #Fest"),
        ("@[no](https://city.org)", r"\@\[no\]\(https://city.org\)", "@[no](https://city.org)"),
    ],
)  # fmt: skip
def test_mentions_and_hashtags_are_elements_and_all_else_is_escaped(typed: str, wire: str, seen: str) -> None:
    assert little(typed) == wire
    assert read_little(wire) == shown(wire) == seen
    assert count_text(typed, unit="little") == len(seen)


def test_an_unescaped_mark_would_have_cut_the_text(stage: LinkedInStage) -> None:
    assert read_little("Open (today) at nine") == "Open "


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_text_goes_out_with_its_visibility(stage: LinkedInStage, us: LinkedIn) -> None:
    assert request_of(us, stage.draft("Hello.", visibility="LOGGED_IN", no_reshare=True)) == {
        "author": PAGE, "commentary": "Hello.", "visibility": "LOGGED_IN",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED", "isReshareDisabledByAuthor": True,
    }  # fmt: skip


def test_one_picture_and_many_are_two_kinds(stage: LinkedInStage, us: LinkedIn) -> None:
    one = request_of(us, stage.draft("One.", alts=("The pool.",)))["content"]
    assert one["media"]["altText"] == "The pool." and one["media"]["id"].startswith("urn:li:image:")
    many = request_of(us, stage.draft("Two.", alts=("The pool.", "")))["content"]["multiImage"]["images"]
    assert [image.get("altText") for image in many] == ["The pool.", None]


def test_the_bytes_of_a_picture_arrive(stage: LinkedInStage, us: LinkedIn) -> None:
    picture = stage.picture()
    Rehearsal(us, Draft((Part("Look.", (picture,)),))).rest()
    (upload,) = stage.server.uploads.values()
    assert upload.raw == picture.path.read_bytes()


def test_a_poll_asks_its_question_for_as_long_as_linkedin_knows(stage: LinkedInStage, us: LinkedIn) -> None:
    asked = {"options": ["Mon", " Tue "], "seconds": 2 * 86_400}
    content = request_of(us, stage.draft("Which day?\n\nTell us.", poll=asked))["content"]
    assert content["poll"] == {
        "question": "Which day?", "options": [{"text": "Mon"}, {"text": "Tue"}], "settings": {"duration": "THREE_DAYS"},
    }  # fmt: skip
    for days, length in ((1, "ONE_DAY"), (7, "SEVEN_DAYS"), (9, "FOURTEEN_DAYS"), (30, "FOURTEEN_DAYS")):
        draft = stage.draft("Which?", poll={**asked, "seconds": days * 86_400}, poll_question="When?")
        poll = request_of(us, draft)["content"]["poll"]
        assert (poll["question"], poll["settings"]["duration"]) == ("When?", length)
    Rehearsal(us, stage.draft("Which day?", poll=asked)).rest()
    assert len(stage.posts()) == 1


def test_a_document_goes_out_with_its_title(stage: LinkedInStage, us: LinkedIn, tmp_path: Path) -> None:
    path = tmp_path / "budget.pdf"
    path.write_bytes(b"%PDF-1.7 budget")
    paper = Media(path, "application/pdf", path.stat().st_size, "0" * 64, name="budget.pdf")
    draft = Draft((Part("The budget.", (paper,)),))
    assert us.problems(draft) == []
    Rehearsal(us, draft).rest()
    (post,) = stage.server.things.values()
    assert post.content["media"]["title"] == "budget.pdf" and ":document:" in post.content["media"]["id"]
    two = Draft((Part("Two.", (paper, stage.picture())),))
    assert [problem.level for problem in us.problems(two)] == ["stop"]


class Town(StandIn):
    """A page of the town on the web."""

    def handle(self, asked: Asked) -> Said:
        if asked.path == "/pool.png":
            return Said(200, png(), {"content-type": "image/png"})
        if asked.path != "/pool":
            return Said.html("Nothing here", 404)
        head = '<title>The pool</title><meta name="description" content="Open.">'
        head += '<meta property="og:image" content="/pool.png">'
        return Said(200, head.encode(), {"content-type": "text/html"})


def test_a_link_becomes_a_card_with_what_its_page_says(stage: LinkedInStage, us: LinkedIn) -> None:
    with Town() as town:
        link = f"{town.url}/pool"
        Rehearsal(us, stage.draft("Read.", link=link)).rest()
    (post,) = stage.server.things.values()
    article = post.content["article"]
    assert (article["source"], article["title"], article["description"]) == (link, "The pool", "Open.")
    assert stage.server.uploads[article["thumbnail"]].raw == png()


def test_a_card_takes_the_words_and_the_picture_that_were_given(stage: LinkedInStage, us: LinkedIn) -> None:
    draft = stage.draft("Read.", alts=("The pool.",), link="https://city.org/pool", link_title="Pool")
    Rehearsal(us, draft).rest()
    (post,) = stage.server.things.values()
    (upload,) = stage.server.uploads.values()
    assert post.content["article"] == {
        "source": "https://city.org/pool", "title": "Pool", "thumbnail": upload.urn, "thumbnailAltText": "The pool.",
    }  # fmt: skip


def test_a_link_whose_page_says_nothing_is_not_lost(stage: LinkedInStage, us: LinkedIn) -> None:
    with Town() as town:
        link = f"{town.url}/gone"
        Rehearsal(us, stage.draft("Read.", link=link)).rest()
    (post,) = stage.server.things.values()
    assert post.content["article"]["source"] == link and post.content["article"]["title"]


@pytest.mark.parametrize(
    ("options", "pictures", "field", "level"),
    [
        ({"link": "https://city.org"}, 2, "link", "stop"),
        ({"poll": {"options": ["a", "b"]}, "link": "https://city.org"}, 0, "poll", "stop"),
        ({"poll": {"options": ["a", "b" * 31]}}, 0, "poll", "warn"),
        ({"poll": {"options": ["a", "b"]}, "poll_question": "q" * 141}, 0, "poll_question", "warn"),
        ({"first_comment": "c" * 1251}, 0, "first_comment", "warn"),
        ({"visibility": "CONNECTIONS"}, 0, "visibility", "warn"),
    ],
)
def test_what_does_not_go_together_is_told_before_sending(
    stage: LinkedInStage, us: LinkedIn, options: dict[str, Any], pictures: int, field: str, level: str
) -> None:
    problems = us.problems(stage.draft("Hello.", pictures=pictures, **options))
    assert [(problem.field, problem.level) for problem in problems] == [(field, level)]


def test_a_poll_without_words_has_no_question(stage: LinkedInStage, us: LinkedIn) -> None:
    problems = us.problems(stage.draft(" ", poll={"options": ["a", "b"]}))
    assert [problem.field for problem in problems] == ["poll_question"]


def test_a_picture_with_too_many_pixels_is_stopped_and_unsure_limits_only_warn(
    stage: LinkedInStage, us: LinkedIn
) -> None:
    large = replace(stage.picture(), width=8000, height=6000)
    assert [p.level for p in us.problems(Draft((Part("Look.", (large,)),)))] == ["stop"]
    heavy = replace(stage.picture(alt="a" * 4087), size=17_000_000)
    assert [p.level for p in us.problems(Draft((Part("Look.", (heavy,)),)))] == ["warn", "warn"]
    webp = replace(stage.picture(), mime="image/webp")
    assert [p.level for p in us.problems(Draft((Part("Look.", (webp,)),)))] == ["stop"]
