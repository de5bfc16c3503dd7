"""Rules of good writing: one table of what is found, one of what is left in peace, in several languages."""

from __future__ import annotations

import pytest

from clarion.networks import text_emoji
from clarion.posts.lint import RULES, Picture, language_of, look, read
from clarion.posts.lint.hashtags import split
from clarion.posts.lint.plain import syllables

EN = "The library is open for all of you on Monday and it is free. "
DE = "Die Bücherei ist am Montag für alle offen und das ist gut. "

FOUND = [
    # rule, text, passage, fix
    ("hashtag_capitals", "See you there #libraryhours", "#libraryhours", "#LibraryHours"),
    ("hashtag_capitals", "#summerreading2026", "#summerreading2026", "#SummerReading2026"),
    ("hashtag_capitals", "#LIBRARYHOURS", "#LIBRARYHOURS", "#LibraryHours"),
    ("hashtag_capitals", "#hochwasserwarnung", "#hochwasserwarnung", "#HochwasserWarnung"),
    ("hashtag_capitals", "#conseilmunicipal", "#conseilmunicipal", "#ConseilMunicipal"),
    ("hashtag_capitals", "#bibliotecamunicipal", "#bibliotecamunicipal", "#BibliotecaMunicipal"),
    ("hashtag_capitals", "#nowthatcherisdead", "#nowthatcherisdead", None),
    ("hashtag_place", "Come to #Halden and see the fort.", "#Halden", None),
    ("capitals", EN + "ROAD CLOSED TODAY for works.", "ROAD CLOSED TODAY", "Road closed today"),
    ("capitals", EN + "It is a WARNING for all.", "WARNING", "warning"),
    ("capitals", DE + "BITTE NICHT FAHREN.", "BITTE NICHT FAHREN", None),
    ("capitals", "ВНИМАНИЕ: дорога закрыта", "ВНИМАНИЕ", None),
    ("letters", "Come to the 𝗯𝗼𝗹𝗱 show", "𝗯𝗼𝗹𝗱", "bold"),
    ("letters", "𝓕𝓻𝓮𝓮 𝓮𝓷𝓽𝓻𝔂 tonight", "𝓕𝓻𝓮𝓮 𝓮𝓷𝓽𝓻𝔂", "Free entry"),
    ("letters", "Ｓａｌｅ today", "Ｓａｌｅ", "Sale"),
    ("letters", "We are ᴄʟᴏsᴇᴅ now", "ᴄʟᴏsᴇᴅ", "closed"),
    ("emoji", "✅ Bring water\n✅ Bring a hat", "✅ ", "– "),
    ("emoji", "Well done 👏👏👏👏", "👏👏👏👏", "👏"),
    ("emoji", "Be a h❤️ro", "❤️", None),
    ("emoji", "The 🚌 leaves at noon", "🚌", None),
    ("link_text", "Click here: https://halden.example/x", "Click here", None),
    ("link_text", "Hier klicken: https://halden.example/x", "Hier klicken", None),
    ("link_text", "Cliquez ici https://halden.example/x", "Cliquez ici", None),
    ("link_text", "Haz clic aquí https://halden.example/x", "Haz clic aquí", None),
    ("link_text", "The plan: https://halden.example/plan.pdf.", "https://halden.example/plan.pdf",
     "https://halden.example/plan.pdf (PDF)"),
    ("abbreviations", "The HRF comes on Monday.", "HRF", None),
    ("abbreviations", "Das LRA ist zu.", "LRA", None),
    ("sentences", "word " * 26 + "end.", ("word " * 26 + "end.").strip(), None),
]  # fmt: skip

PEACE = [
    ("hashtag_capitals", "#LibraryHours #Halden #halden #museum #therapist #2026 #café"),
    ("hashtag_capitals", DE + "#stadtbibliothek #wochenmarkt #hochwasser"),
    ("hashtag_capitals", "https://halden.example/#libraryhours"),
    ("hashtag_place", "The library is open. #Halden #Library https://halden.example @city"),
    ("hashtag_place", "#Halden\nThe library is open."),
    ("capitals", EN + "The EU and NATO and the BBC."),
    ("capitals", "東京は晴れです。عربى"),
    ("capitals", "https://HALDEN.EXAMPLE/LIBRARY"),
    ("letters", "Straße, œuvre, ǫ and ½ and 5 km², ﬁne; ① two"),
    ("letters", "日本語のＡ棟"),
    ("emoji", "The library is open 📚"),
    ("emoji", "👏👏 Well done"),
    ("link_text", "The plan (PDF): https://halden.example/plan.pdf"),
    ("link_text", "You can click on any of the boxes here and there."),
    ("abbreviations", "Fire and Rescue (HRF) comes. HRF is quick. The EU pays; see the PDF from MMXX and Louis XIV."),
    ("abbreviations", "HRF (Halden Fire and Rescue) comes."),
    ("sentences", "One. Two, e.g. Dr. Smith.\n" + "Short line\n" * 30),
    ("reading", EN * 3),
]


@pytest.mark.parametrize(("rule", "text", "passage", "fix"), FOUND)
def test_it_is_found_where_it_stands(rule, text, passage, fix):
    found = [one for one in look(text) if one.rule == rule]
    assert found, f"nothing found in {text!r}"
    assert text[found[0].start : found[0].end] == passage
    assert found[0].fix == fix
    assert found[0].sentence.endswith(".")


@pytest.mark.parametrize(("rule", "text"), PEACE)
def test_what_is_well_is_left_in_peace(rule, text):
    assert [one.sentence for one in look(text, rules={rule})] == []


@pytest.mark.parametrize(("rule", "text", "passage", "fix"), [row for row in FOUND if row[3] is not None])
def test_a_fix_is_found_no_more_once_it_is_made(rule, text, passage, fix):
    while True:
        again = [one for one in look(text, rules={rule}) if one.fix is not None]
        if not again:
            break
        mended = again[0].mend(text)
        assert mended != text
        text = mended
    assert fix.strip("– ") in text


@pytest.mark.parametrize(
    ("alt", "said"),
    [
        ("Image of a dog by the sea", "A dog by the sea"),
        ("Bild von einem Hund", "Einem Hund"),
        ("Photo de la mairie", "La mairie"),
        ("Imagen de una plaza", "Una plaza"),
    ],
)
def test_what_a_screen_reader_says_anyhow_is_taken_off(alt, said):
    (one,) = look(EN, [Picture("m", alt)], rules={"alt_lazy"})
    assert one.media == "m"
    assert one.mend(alt) == said


@pytest.mark.parametrize("alt", ["IMG_2031.jpg", "DSC00012", "photo", "Logo.", "library-front.png", "3f2a9c0d11e84b6f"])
def test_a_file_name_is_no_description(alt):
    assert [one.rule for one in look(EN, [Picture("m", alt, "library-front.png")])] == ["alt_lazy"]


def test_a_description_is_missing_or_good_or_too_long():
    assert [one.rule for one in look(EN, [Picture("m", "  ")])] == ["alt_missing"]
    assert look(EN, [Picture("m", "The library on a bright day, seen from the square.")]) == ()
    assert [one.rule for one in look(EN, [Picture("m", "A long wall. " * 40)])] == ["alt_lazy"]


def test_a_flyer_without_its_words_is_told():
    assert [one.rule for one in look("#Halden", [Picture("m", "The poster of the fair")])] == ["flyer"]
    told = "The fair, 3 May, 10 to 16, at the fort: music, food, and free busses from the square."
    assert look("#Halden", [Picture("m", told)]) == ()


def test_what_readers_know_is_not_asked_about():
    assert look("HRF comes. #haldenreads", known={"HRF"}, rules={"abbreviations"}) == ()
    (tag,) = look("HRF comes. #haldenreads", known={"#HaldenReads"}, rules={"hashtag_capitals"})
    assert tag.fix == "#HaldenReads"


def test_a_tag_with_two_readings_is_never_changed():
    assert len(split("together")) >= 1
    assert ("together",) in split("together")
    assert look("#together", rules={"hashtag_capitals"}) == ()


def test_languages_are_told_apart_by_their_small_words():
    assert language_of(EN) == "en"
    assert language_of(DE) == "de"
    assert language_of("La mairie est fermée pour les fêtes et nous vous souhaitons une bonne année.") == "fr"
    assert language_of("El ayuntamiento está cerrado por las fiestas y los servicios no abren hasta el lunes.") == "es"
    assert language_of("Halden 2026") == ""


# Reference values by hand: 2 sentences, 23 words; see the formulas in clarion.posts.lint.plain.
EASY = "The cat sat on the mat and the dog ran to the door. We can see it all from here, and it is good fun."


def test_reading_levels_follow_the_published_formulas():
    said = read(EASY, language="en")
    # 24 words, 2 sentences, 24 syllables: 206.835 - 1.015 * 12 - 84.6 * 1 = 110; LIX 12 + 0
    assert (said.level, said.flesch, said.lix) == ("plain", 110, 12)
    hard = (
        "Notwithstanding organisational considerations, interdepartmental communication necessitates comprehensive "
        "documentation, administrative responsibilities, professional accountability, institutional transparency, "
        "methodological consistency, procedural standardisation, operational sustainability."
    )
    assert read(hard, language="en").level == "hard"
    assert "reading" in {one.rule for one in look(hard, language="en")}
    assert read(hard, language="xx").flesch is None
    assert read(hard, language="xx").level == "hard"
    assert read("Too short.", language="en") is None
    assert read("図書館は月曜日から冬の時間です。" * 12) is None


@pytest.mark.parametrize(
    ("language", "word", "count"),
    [
        ("en", "library", 3), ("en", "make", 1), ("en", "wanted", 2), ("en", "houses", 2), ("en", "table", 2),
        ("de", "Bücherei", 3), ("de", "Straße", 2), ("de", "neue", 2), ("fr", "mairie", 2), ("fr", "fermée", 2),
        ("es", "ayuntamiento", 5), ("es", "día", 2), ("es", "ciudad", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted(language, word, count):
    assert syllables(word, language) == count


def test_a_hundred_thousand_characters_are_looked_at_without_harm():
    assert len(look("#libraryhours " * 8000)) <= 60
    for hostile in ("a" * 100_000, "x" * 100_000, "s" * 100_000, "(a) " * 25_000, "@a." * 30_000, "HRF " * 25_000):
        assert len(look(hostile)) <= 60  # quadratic patterns would take minutes here
    assert len(look("❤️ x\n" * 5000)) <= 60
    assert text_emoji.emoji_spans("❤️")


def test_every_rule_has_its_words():
    seen = {rule for rule, *_rest in FOUND} | {"alt_missing", "alt_lazy", "flyer", "reading"}
    assert seen == set(RULES)
