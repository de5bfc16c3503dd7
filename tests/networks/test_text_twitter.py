"""X weighs texts as the standard's own examples say. They are read where they lie; our own are judged without them."""

from itertools import accumulate
from pathlib import Path
from unicodedata import normalize

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from clarion.networks.text import count_text
from clarion.networks.text_twitter import V1, V2, V3, Weighing, is_speakable, links, weighed, weight
from clarion.testing.servers.openapi import specs_folder

FAMILY = "👨‍👩‍👧‍👦"


def examples(name: str) -> dict:
    folder = specs_folder()
    path = Path(folder, "twitter-text", name) if folder else None
    if path is None or not path.is_file():
        pytest.skip("the standard's examples are not here")
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parsed(text: str, weighing: Weighing) -> dict[str, object]:
    """What the standard's parser answers, made from our pieces. Its ranges count UTF-16 of the text as typed."""
    composed = normalize("NFC", text)
    pieces = list(weighed(composed, weighing=weighing))
    total = sum(piece.weight for piece in pieces)
    forbidden = [composed.index(letter) for letter in "\ufffe\ufeff\uffff" if letter in composed]
    good = min([len(composed), *forbidden])
    fitting = [
        piece.end
        for piece, so_far in zip(pieces, accumulate(piece.weight for piece in pieces), strict=True)
        if so_far <= weighing.limit and piece.end <= good
    ]
    moved = units(text) - units(composed)
    return {
        "weightedLength": total, "valid": 0 < total <= weighing.limit and is_speakable(composed),
        "permillage": total * 1000 // weighing.limit, "displayRangeStart": 0,
        "displayRangeEnd": units(composed) + moved - 1, "validRangeStart": 0,
        "validRangeEnd": units(composed[: fitting[-1]]) + moved - 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("group", "weighing"),
    [
        ("WeightedTweetsCounterTest", V2),
        ("WeightedTweetsWithDiscountedEmojiCounterTest", V3),
        ("UnicodeDirectionalMarkerCounterTest", V3),
    ],
)
def test_every_example_of_the_standard_is_weighed_as_it_says(group: str, weighing: Weighing) -> None:
    cases = examples("validate.yml")[group]
    wrong = [
        (case["description"], case["expected"], got)
        for case in cases
        if (got := parsed(case["text"], weighing)) != case["expected"]
    ]
    assert cases
    assert wrong == []
    if weighing is V3:
        assert [weight(case["text"]) for case in cases] == [case["expected"]["weightedLength"] for case in cases]


def test_a_short_post_of_the_first_configuration_is_told_from_a_long_one() -> None:
    for case in examples("validate.yml")["tweets"]:
        size = sum(piece.weight for piece in weighed(normalize("NFC", case["text"]), weighing=V1))
        assert (0 < size <= V1.limit) == case["expected"], case["description"]


LINKS = ("urls", "urls_with_indices", "urls_with_directional_markers", "tco_urls_with_params")


@pytest.mark.parametrize("group", LINKS)
def test_every_link_of_the_standard_is_found_where_it_stands(group: str) -> None:
    cases = examples("extract.yml")[group]
    assert cases
    wrong = []
    for case in cases:
        text = case["text"]
        spans = links(text)
        expected = case["expected"]
        got = (
            [{"url": text[a:b], "indices": [a, b]} for a, b in spans]
            if expected and isinstance(expected[0], dict)
            else [text[a:b] for a, b in spans]
        )
        if got != expected:
            wrong.append((case["description"], expected, got))
    assert wrong == []


def test_the_weights_are_those_of_the_third_configuration() -> None:
    folder = specs_folder()
    path = Path(folder, "twitter-text", "config", "v3.json") if folder else None
    if path is None or not path.is_file():
        pytest.skip("the standard's configuration is not here")
    import json

    config = json.loads(path.read_text())
    assert config["maxWeightedTweetLength"] == V3.limit
    for letter in (*range(0x20, 0x3000), 0x4E00, 0x10FFFF):
        found = [item["weight"] for item in config["ranges"] if item["start"] <= letter <= item["end"]]
        [piece] = list(weighed(chr(letter), weighing=Weighing(emoji=False)))
        assert piece.weight * config["scale"] == (found[0] if found else config["defaultWeight"]), hex(letter)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Rathaus", 7),
        ("Straßenfest um 18 Uhr – Eintritt frei", 37),
        ("Київ", 4),
        ("市役所", 6),
        ("e\u0301", 1),
        (FAMILY, 2),
        (f"{FAMILY}{FAMILY}", 4),
        ("🇺🇦🇩🇪", 4),
        ("1️⃣", 2),
        ("© 2026", 6),
        ("©️ 2026", 7),
        ("☎\ufe0e", 4),
        ("more: city.example", 18),
        ("more: www.city.de/rathaus", 29),
        ("more: https://city.de/" + "a" * 300, 29),
        ("https://city.de.", 24),
        ("(https://city.de/a_(b))", 25),
        ("mail press@city.de", 18),
        ("notes.pdf and notes.md", 14 + 23),
        ("https://例え.テスト/路径 https://例え.みんな/", 25 + 23),
        ("🎉.la", 5),
        ("https://🎉.la", 23),
        ("https://" + "日" * 64 + ".com", 8 + 128 + 4),
        ("https://vermögensberatung.vermögensberatung", 23),
    ],
)
def test_a_text_weighs_what_x_says(text: str, count: int) -> None:
    assert count_text(text, unit="twitter_weighted") == count


def test_the_length_of_a_link_can_be_told() -> None:
    assert count_text("https://city.de/rathaus", unit="twitter_weighted", url_length=30) == 30


def pattern() -> regex.Pattern:
    """The grammar of a name as one pattern that looks back as much as it likes: slow, and simple."""
    name = r"[^!'#%&()*+,\\\-./:;<=>?@\[\]\^_{|}~$\s\ufffe\ufeff\uffff]"
    tld = r"(?:(?:com|de|aaa|みんな)(?=[^0-9a-zA-Z@+-]|$))"
    return regex.compile(
        rf"(?:[^A-Za-z0-9@＠$#＃]|^)(?<link>(?<scheme>https?://)?"
        rf"(?:(?:{name}(?:[_-]|{name})*)?{name}\.)*(?:(?:{name}(?:-|{name})*)?{name}\.){tld})",
        regex.IGNORECASE,
    )


PIECES = ["a", "日", "com", "de", "みんな", "http://", ".", ".", ".", "-", "_", " ", "@", "$", "é"]


@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_names_are_found_where_the_grammar_finds_them(pieces: list[str]) -> None:
    text = "".join(pieces)
    expected = [found.span("link") for found in pattern().finditer(text) if found["scheme"]]
    assert [span for span in links(text) if text.startswith("http", span[0])] == expected


@given(st.text())
def test_pieces_weigh_together_what_the_text_weighs(text: str) -> None:
    composed = normalize("NFC", text)
    pieces = list(weighed(composed))
    assert "".join(composed[piece.start : piece.end] for piece in pieces) == composed
    assert sum(piece.weight for piece in pieces) == weight(text)


HOSTILE = (
    "a.", "a.日a.", "日.", "a_", "a-.", "http://", "http://a.com/((", "(a(", "a.com?!", ".com", "-", "🎉\u200d",
    "a.com日", "https://t.co/a", "a.xn--a", "a@a.com", "日.com/",
)  # fmt: skip


def test_a_hostile_text_is_weighed_at_once() -> None:
    """Nothing here may grow with the square of the text: these would take minutes."""
    for piece in HOSTILE:
        for text in (piece * 5_000, piece * 5_000 + ".com", "http://" + piece * 5_000 + "日.com"):
            weight(text)
