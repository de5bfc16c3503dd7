"""Captions on the command line: behind the file stands its language."""

from __future__ import annotations

import pytest

from clarion.posts.models import Captions, Post
from clarion.testing.videos import WORDS

from .test_command_line import clarion, office  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def add(clarion, office, settings, tmp_path):  # noqa: F811
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "council.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(5000))
    (tmp_path / "nb=1.vtt").write_text(WORDS)
    (tmp_path / "en.srt").write_text("1\n00:00:01,000 --> 00:00:04,250\nThe bridge is open.\n")
    words = ("posts", "add", "--workspace", "Press office", "--channel", "Noticeboard", "--text", "See.")

    def add(*more: str, media: bool = True, refused: bool = False):
        film = ("--media", f"{tmp_path}/council.mp4=The council") if media else ()
        given = (*words, *film, *(f"{tmp_path}/{one}" if one[:2] in ("nb", "en") else one for one in more))
        return clarion.refused(*given) if refused else clarion(*given)

    return add


def test_captions_are_given_with_their_languages(add):
    add("--captions", "nb=1.vtt=nb", "--captions", "en.srt=en-GB")
    assert [(one.language, one.kind) for one in Captions.objects.all()] == [("nb", "vtt"), ("en-GB", "srt")]
    assert Post.objects.get().media.get() == Captions.objects.first().media


@pytest.mark.parametrize(
    ("words", "media", "sentence"),
    [
        (("--captions", "nb=1.vtt=nb"), False, "give one video with --media"),
        (("--captions", "en.srt"), True, "Write --captions FILE=LANGUAGE"),
        (("--captions", "en.srt="), True, "is no language"),
        (("--captions", "nowhere.vtt=nb"), True, "not a file"),
        (("--captions", "en.srt=English"), True, "“English” is no language"),
    ],
)
def test_captions_that_cannot_be_are_refused_in_one_sentence(add, words, media, sentence):
    said = add(*words, media=media, refused=True)
    assert sentence in said and len(said.strip().splitlines()) == 1
    assert not Post.objects.exists() and not Captions.objects.exists()
