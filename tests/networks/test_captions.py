"""Caption files: what is read, what is refused and in which words, and what becomes of one kind as the other."""

from __future__ import annotations

from pathlib import Path

import pytest

from clarion.networks.base import Captions, Draft, Media, Part, Rules, Step, Text, Videos
from clarion.networks.captions import BadCaptions, Cue, file_of, language_tag, locale_of, read, steps, taken
from clarion.networks.problems import problems
from clarion.networks.words import Refused

VTT = """WEBVTT - Council
Kind: captions

STYLE
::cue { color: papayawhip }

NOTE The mayor
speaks first.

intro
00:01.000 --> 00:04.250 line:0 position:20%
<v.loud Åse Berg>Good <i.slow>morning</i> &amp; welcome.
Snow &lt; 2 cm<00:03.000>

01:02:03.004 --> 01:02:05.000
<c.yellow>The bridge</c> is <b>open</b>.
"""
SRT = """1
00:00:01,000 --> 00:00:04,250
{\\an8}Good <I>morning</I> & welcome.
Snow < 2 cm --> soon

2
01:02:03,004 --> 01:02:05,000
<font color="yellow">The bridge</font> is <b>open</b>.
"""


def track(text: str, name: str = "council.vtt"):
    return read(text.encode(), name=name)


# --- reading


def test_both_kinds_are_known_by_what_is_in_them():
    assert track(VTT, "a.txt").kind == "vtt"
    assert track(SRT, "a.vtt").kind == "srt"


def test_cues_have_their_times_and_notes_and_styles_are_none():
    assert [(cue.start, cue.end) for cue in track(VTT).cues] == [(1000, 4250), (3_723_004, 3_725_000)]
    assert track(SRT).cues[0] == Cue(1000, 4250, "{\\an8}Good <I>morning</I> & welcome.\nSnow < 2 cm --> soon")


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_and_marks_of_all_editors_are_taken(end, mark):
    found = read(mark + VTT.replace("\n", end).encode(), name="a.vtt")
    assert found.cues == track(VTT).cues and found.text == VTT


def test_a_file_in_utf_16_is_taken():
    assert read(SRT.encode("utf-16"), name="a.srt").cues == track(SRT).cues


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "has no captions in it"),
        (b"WEBVTT\n\nNOTE nothing\n", "has no captions in it"),
        (b"The council met.\n\nIt was late.", "neither WebVTT (.vtt) nor SubRip (.srt)"),
        (b"%PDF-1.7\n%\x93\x8c", "not in UTF-8"),
        ("1\n00:00:01,000 --> 00:00:02,000\nÅpent".encode("latin-1"), "Save it as UTF-8"),
        (b"1\n00:00:01,000 --> 00:00:02,000\n\x00", "not a text file"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:03,000 --> 00:04,000\nTwo", "line 6 should say from when"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nOne\n\nTwo\nThree", "line 5 should say from when"),
        (b"WEBVTT\n\n00:02.000 --> 00:02.000\nOne", "line 3 ends before it begins"),
        (b"WEBVTT\n\n00:05.000 --> 00:06.000\nOne\n\n\n00:01.000 --> 00:02.000\nTwo", "line 7 begins before the one"),
        (b"WEBVTT\n\n00:61.000 --> 01:02.000\nOne", "line 3 should say from when"),
        (b"WEBVTT\n\n00:01.000 -->\nOne", "line 3 should say from when"),
        (b"x" * 1_000_001, "more than 1 MB"),
    ],
)
def test_a_bad_file_is_one_clear_sentence_with_its_name(raw, sentence):
    with pytest.raises(BadCaptions) as refused:
        read(raw, name="council.srt")
    assert sentence in str(refused.value) and "“council.srt”" in str(refused.value)
    assert "\n" not in str(refused.value)


# --- turning one into the other


def test_webvtt_becomes_subrip_and_says_who_speaks():
    assert track(VTT).written("srt").decode() == (
        "1\n00:00:01,000 --> 00:00:04,250\nÅse Berg: Good <i>morning</i> & welcome.\nSnow < 2 cm\n\n"
        "2\n01:02:03,004 --> 01:02:05,000\nThe bridge is <b>open</b>.\n"
    )


def test_subrip_becomes_webvtt_and_nothing_in_it_is_taken_for_markup():
    assert track(SRT).written("vtt").decode() == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:04.250\nGood <i>morning</i> &amp; welcome.\nSnow &lt; 2 cm --&gt; soon\n\n"
        "01:02:03.004 --> 01:02:05.000\nThe bridge is <b>open</b>.\n"
    )


def test_there_and_back_says_the_same():
    once = track(SRT).written("vtt")
    again = read(read(once, name="a").written("srt"), name="b").written("vtt")
    assert again == once


def test_webvtt_stays_as_it_is_and_careless_subrip_is_set_right():
    assert track(VTT).written("vtt") == VTT.encode()
    careless = "7\n0:00:01.000 --> 0:00:02.000 X1:40\nOne\n\n\n7\n0:00:02,000 --> 0:00:03,000\n \n"
    assert track(careless).written("srt") == b"1\n00:00:01,000 --> 00:00:02,000\nOne\n"


# --- languages


@pytest.mark.parametrize(
    ("typed", "tag"),
    [("EN", "en"), (" nb_no ", "nb-NO"), ("ZH-hant-tw", "zh-Hant-TW"), ("es-419", "es-419"),
     ("ca-VALENCIA", "ca-valencia"), ("sme", "sme")],
)  # fmt: skip
def test_languages_are_written_as_the_standard_writes_them(typed, tag):
    assert language_tag(typed) == tag


@pytest.mark.parametrize("typed", ["", "English", "e", "en us", "en-", "<b>", "x" * 99])
def test_what_is_no_language_is_refused_in_one_sentence(typed):
    with pytest.raises(BadCaptions, match="is no language"):
        language_tag(typed)


def test_a_country_is_added_where_a_network_wants_one_and_the_language_has_one():
    assert [locale_of(tag) for tag in ("nb", "en-GB", "zh-Hant", "zh-Hans", "es-419", "sme")] == [
        ("nb", "NO"), ("en", "GB"), ("zh", "TW"), ("zh", "CN"), ("es", "ES"), None,
    ]  # fmt: skip


# --- before sending


def video(*captions: Captions) -> Media:
    return Media(Path("council.mp4"), "video/mp4", 1000, "0" * 64, name="council.mp4", captions=captions)


def said(rule: Videos, *captions: Captions):
    draft = Draft((Part("See", (video(*captions),)),))
    return [(p.level, p.sentence) for p in problems(Rules(Text(100), videos=rule), (), draft, label="Nettet")]


NB, EN = Captions(Path("nb.vtt"), "nb", "norsk bokmål", 900), Captions(Path("en.srt"), "en", "English", 2100)


def test_a_network_without_captions_says_so_before_sending_and_the_post_may_go():
    assert said(Videos(), NB, EN) == [
        ("warn", "Nettet takes no caption files: “council.mp4” goes there without its captions.")
    ]
    assert taken(video(NB, EN), Videos()) == ()


def test_what_a_network_takes_needs_no_word():
    assert said(Videos(captions=("vtt",)), NB, EN) == []
    assert taken(video(NB, EN), Videos(captions=("vtt",))) == (NB, EN)
    assert said(Videos()) == []


def test_one_language_too_many_stays_away_and_is_named():
    rule = Videos(captions=("srt",), captions_most=1)
    assert said(rule, NB, EN) == [
        ("warn", "Nettet takes captions in 1 language. “council.mp4” goes without those in English.")
    ]
    assert taken(video(NB, EN), rule) == (NB,)


def test_captions_that_are_too_heavy_stay_away_and_are_named():
    rule = Videos(captions=("vtt",), captions_size=2000)
    assert said(rule, NB, EN) == [
        ("warn", "The captions in English have 2.1 kB; Nettet takes 2.0 kB. “council.mp4” goes without them.")
    ]
    assert taken(video(NB, EN), rule) == (NB,)


# --- on their way


def test_a_step_finds_its_file_in_the_kind_that_the_network_takes(tmp_path):
    path = tmp_path / "nb.srt"
    path.write_text(SRT)
    media = video(EN, Captions(path, "nb"))
    (step,) = steps(media, media.captions[1:], part=2, after=5)
    assert (step.kind, step.number, step.part, step.public) == ("captions", 5, 2, False)
    assert file_of(step, ("srt", "vtt"))[1:] == ("srt", track(SRT).written("srt"))
    assert file_of(step, ("vtt",))[1:] == ("vtt", track(SRT).written("vtt"))


@pytest.mark.parametrize("captions", [(), (Captions(Path("nowhere/nb.srt"), "nb"),)])
def test_captions_that_are_gone_meanwhile_are_named_and_never_skipped(captions):
    with pytest.raises(Refused) as refused:
        file_of(Step("captions", 0, payload={"language": "nb"}, media=video(*captions)), ("vtt",))
    assert refused.value.code == "captions" and "“nb”" in refused.value.sentence
