"""Texts are counted as the networks count them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarion.networks.text import UNITS, count_text, graphemes, links

FAMILY = "👩‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("Rathaus", 7),
        ("a\r\nb", 3),
        ("e\u0301", 1),
        (FAMILY, 1),
        ("🇺🇦🇩🇪", 2),
        ("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 1),
        ("1️⃣", 1),
        ("क्ष", 1),
        ("“ — ” €", 7),
        ("Ελλάδα Україна Հայաստան", 23),
    ],
)
def test_what_a_reader_calls_a_character_counts_once(text: str, count: int) -> None:
    assert count_text(text, unit="grapheme") == count


@pytest.mark.parametrize(
    ("unit", "text", "count"),
    [
        ("codepoint", FAMILY, 7),
        ("char", FAMILY, 7),
        ("utf16", FAMILY, 11),
        ("utf16", "é🎉", 3),
        ("utf8_bytes", FAMILY, 25),
        ("utf8_bytes", "é€", 5),
        ("threads_mixed", "Straßenfest — 市役所", 17),
        ("threads_mixed", FAMILY, 25),
        ("threads_mixed", "🎉 18 Uhr", 4 + 7),
        ("threads_mixed", "1️⃣ © 2026", 7 + 7),
        ("little", "Straßenfest (heute) #Rathaus", 28),
        ("little", "a\\b", 3),
        ("little", "Danke @[City of Example](urn:li:organization:123)!", 22),
        ("little", r"{hashtag|\#|Rathaus} {hashtag|#|Fest}", 14),
        ("little", r"@[Ex\(ample\)](urn:li:person:a_B-1)", 9),
        ("little", "@[not a mention](https://city.example)", 38),
    ],
)
def test_other_units_count_their_own_way(unit: str, text: str, count: int) -> None:
    assert count_text(text, unit=unit) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x" * 476 + " https://example.com/" + "a" * 200, 500),
        ("x" * 475 + " @press@" + "a" * 60 + ".example", 482),
        ("https://example.com", 23),
        ("https://example.com.", 24),
        ("(https://example.com/a_(b))", 25),
        ("https://example.com/a?b=c#d", 23),
        ("see https://example.com, and http://b.example/x!", 4 + 23 + 6 + 23 + 1),
        ("example.com", 11),
        ("ftp://example.com", 17),
        ("http://localhost", 16),
        ("xhttps://example.com", 20),
        ("https://例え.テスト/路径", 23),
        ("@resident", 9),
        ("@resident@city.example", 9),
        ("mail press@city.example", 23),
        ("https://city.example/@resident@other.example", 23),
        (f"{FAMILY}{FAMILY} https://example.com", 26),
    ],
)
def test_mastodon_counts_links_as_23_and_the_host_of_a_mention_as_nothing(text: str, count: int) -> None:
    assert count_text(text, unit="mastodon") == count


def test_the_length_of_a_link_is_what_the_server_says() -> None:
    assert count_text("https://example.com/a/long/path", unit="mastodon", url_length=30) == 30


def test_a_content_warning_counts_as_well() -> None:
    from clarion.networks.base import Text

    rule = Text(500, unit="mastodon")
    assert rule.count("x" * 251, warning="y" * 250) == 501


@given(st.text())
def test_every_unit_counts_every_text(text: str) -> None:
    counts = {unit: count_text(text, unit=unit) for unit in UNITS}
    assert 0 <= counts["grapheme"] <= counts["codepoint"] <= counts["utf16"] <= counts["utf8_bytes"]


@given(st.text(), st.text())
def test_two_texts_joined_are_never_longer_than_both(one: str, two: str) -> None:
    assert graphemes(one + two) <= graphemes(one) + graphemes(two)


@given(st.text(alphabet=st.characters(max_codepoint=0x600)))
def test_the_short_way_counts_as_the_full_rules_do(text: str) -> None:
    import regex

    assert graphemes(text) == len(regex.findall(r"\X", text))


@given(st.text(alphabet="ab:/.()@#? ,htps-_é", max_size=60))
def test_links_are_inside_the_text_and_apart(text: str) -> None:
    last = 0
    for start, end in links("https://a.example/" + text):
        assert last <= start < end <= len(text) + 18
        last = end


def test_a_hostile_text_is_counted_at_once() -> None:
    """Nothing here may grow with the square of the text: these would take minutes."""
    for piece in ("https://a.", "@a.a", "@a@a.", "((((", "https://a.b/((((", "a-", "https://" + "a" * 63 + "."):
        count_text(piece * 10_000, unit="mastodon")
