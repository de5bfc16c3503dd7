"""Caption files of a video: kept by language, carried into what networks are given, and never silently wrong."""

from __future__ import annotations

import io

import pytest

from clarion.channels.models import Notice
from clarion.deliveries.models import State
from clarion.posts.content import Content, Shot, Words
from clarion.posts.fitting import fitted
from clarion.posts.models import Captions, HouseRule, Media, Post
from clarion.posts.models.media import BadMedia, NotKept
from clarion.posts.news import meant_otherwise
from clarion.records.models import Event
from clarion.testing.videos import WORDS
from tests.posts.test_media import Film, photo

pytestmark = pytest.mark.django_db
SRT = "1\r\n00:00:01,000 --> 00:00:04,250\r\nThe bridge is open.\r\n"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def council(keep) -> Media:
    return keep(Film(5000).read(5000), name="council.mp4")


@pytest.fixture
def add(council, ingrid):
    def add(text: str | bytes = WORDS, language: str = "nb", *, name: str = "council.vtt", media: Media | None = None):
        raw = text.encode() if isinstance(text, str) else text
        return Captions.objects.keep(
            media=media or council, file=io.BytesIO(raw), name=name, language=language, by=ingrid
        )

    return add


def draft(media: Media, channel):
    return fitted(Content((Words("See.", (Shot(str(media.pk)),)),)), channel=channel).draft


# --- keeping


def test_captions_are_kept_by_language_with_who_gave_them(add, council, ingrid):
    one = add(language="NB_no")
    assert (one.language, one.kind, one.made_by, one.added_by) == ("nb-NO", "vtt", "person", ingrid)
    assert one.language_name == "Norwegian Bokmal"
    event = Event.objects.of(council).get(verb="captions.kept")
    assert event.after == {"language": "nb-NO", "sha256": one.sha256, "made_by": "person"} and event.by_id == ingrid.pk


def test_the_file_is_kept_in_utf_8_whatever_editor_made_it(add, council):
    add(SRT.replace("bridge", "brú").encode("utf-16"), "is", name="council.srt")
    (shown,) = council.shown("").captions
    assert shown.path.read_bytes().decode() == "1\n00:00:01,000 --> 00:00:04,250\nThe brú is open.\n"
    assert (shown.path.suffix, shown.language, shown.label, shown.size) == (".srt", "is", "Íslenska", 50)


def test_another_file_in_the_same_language_takes_the_place_of_the_first(add, council):
    add()
    add(WORDS.replace("bridge", "ferry"))
    add(SRT, "en", name="council.srt")
    assert [(one.language, b"ferry" in one.path.read_bytes()) for one in council.shown("").captions] == [
        ("nb", True), ("en", False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language", "sentence"),
    [
        ("Nothing but words", "nb", "“council.vtt” is neither WebVTT (.vtt) nor SubRip (.srt)"),
        (WORDS, "Norwegian", "“Norwegian” is no language"),
        ("WEBVTT\n\n00:04.000 --> 00:01.000\nBack", "nb", "line 3 ends before it begins"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"x" * 1_000_000, "nb", "more than 1 MB"),
    ],
)
def test_a_bad_file_is_refused_in_one_sentence_and_nothing_is_kept(add, folder, text, language, sentence):
    before = sorted(folder.rglob("*"))
    with pytest.raises(BadMedia) as refused:
        add(text, language)
    assert sentence in str(refused.value)
    assert not Captions.objects.exists() and sorted(folder.rglob("*")) == before


def test_a_picture_has_no_captions(add, keep):
    with pytest.raises(BadMedia, match="only videos have captions"):
        add(media=keep(photo()))


def test_captions_that_were_removed_go_nowhere_and_the_record_tells(add, council, ingrid):
    add().remove(by=ingrid)
    assert council.shown("").captions == ()
    assert Event.objects.of(council).get(verb="captions.removed").before["language"] == "nb"


def test_other_captions_are_told_of_the_posts_that_show_the_video(add, council, cityhall, ingrid):
    """Nobody edited them, and yet readers get something else: who approved them is asked anew."""
    said = Content((Words("See.", (Shot(str(council.pk)),)),))
    mine = Post.objects.write(workspace=cityhall, by=ingrid, content=said)
    Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("No video."))
    found = []

    def hear(sender, *, workspace, by, fits, **kwargs):
        found.append((by, list(Post.objects.filter(fits, workspace=workspace))))

    meant_otherwise.connect(hear)
    try:
        add().remove(by=ingrid)
    finally:
        meant_otherwise.disconnect(hear)
    assert found == [(ingrid, [mine])] * 2


def test_a_language_that_django_does_not_know_keeps_its_code(add):
    assert add(language="sme").language_name == "sme"
    assert add(language="pt-AO").language_name == "Portuguese"


@pytest.mark.server
def test_in_a_bucket_captions_are_kept_and_read_like_the_video(add, bucket, gone, settings, tmp_path):
    add()
    settings.MEDIA_CACHE = tmp_path / "another"
    assert Captions.objects.get().shown().path.read_bytes() == WORDS.encode()
    gone()
    with pytest.raises(NotKept, match="could not be kept"):
        add(SRT, "en")


# --- into the draft


def test_a_draft_carries_the_captions_of_its_video(add, council, board):
    add()
    (media,) = draft(council, board).parts[0].media
    assert [one.language for one in media.captions] == ["nb"]


def test_a_video_that_was_made_fit_carries_the_captions_of_the_one_it_came_from(add, council):
    add()
    smaller = Media.objects.create(
        workspace=council.workspace, source=council, sha256="f" * 64, clean_sha256="f" * 64, mime="video/mp4",
        ending=".mp4", size=10, name="council.mp4",
    )  # fmt: skip
    assert [one.language for one in smaller.shown("").captions] == ["nb"]


def test_pictures_cost_no_question_about_captions(keep, django_assert_num_queries):
    picture = keep(photo())
    with django_assert_num_queries(0):
        picture.shown("A photo")


def test_a_rule_of_the_house_hears_what_captions_say_and_not_their_times(add, council, cityhall, ingrid):
    HouseRule.objects.make(
        organisation=cityhall.organisation, workspace=cityhall, kind="personal", level="stop", name="Numbers",
        what={"data": ["phone"]}, by=ingrid,
    )  # fmt: skip
    said = Content((Words("The council", (Shot(str(council.pk)),)),))
    add()
    before = HouseRule.objects.judge(said, workspace=cityhall)
    add(WORDS.replace("free", "call +47 900 12 345"))
    (found,) = HouseRule.objects.judge(said, workspace=cityhall)
    assert not before and found.passage.place == "captions" and "It stands in the captions" in found.sentence


def test_a_published_video_has_its_captions(add, council, board, promise, worker):
    add(SRT, "en", name="council.srt")
    delivery = worker.work_until_settled(promise(board, parts=[Words("See.", (Shot(str(council.pk)),))]))
    assert delivery.state == State.PUBLISHED
    ((file,),) = [part["media"] for part in Notice.objects.get().parts]
    assert [(one["language"], one["label"]) for one in file["captions"]] == [("en", "English")]
