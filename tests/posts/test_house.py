"""What rules of the house find in a text, however it is written; and what they leave alone."""

from __future__ import annotations

import random
import string
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.no import fodselsnummer

from clarion.posts.house import COUNTRIES, DATA, SIGNS, BadPattern, Book, Entry, Passage, compiled, masked
from clarion.posts.house.folding import fold
from clarion.posts.house.patterns import ready


def found(entry: Entry, text: str, **more) -> list[tuple[str, str]]:
    return [(hit.kind, hit.words) for hit in Book([entry], region="NO").look([Passage(text)], **more)]


WORDS = Entry(
    "words", words=["Geheimplan", "secret plan", "referend*", "*gate", "C++", "机密", "пидор", "straße", "*rot*"]
)


@pytest.mark.parametrize(("text", "words"), [
    ("ＧＥＨＥＩＭＰＬＡＮ", "ＧＥＨＥＩＭＰＬＡＮ"),
    ("Ein g\u200behe\u00adim\u200bplan!", "g\u200behe\u00adim\u200bplan"),
    ("Der Gеhеimplаn", "Gеhеimplаn"),  # Cyrillic е and а
    ("GΕΗΕΙΜΡLΑΝ", "GΕΗΕΙΜΡLΑΝ"),  # Greek capitals
    ("пидop", "пидop"),  # Latin o and p
    ("the Secret-\nPlan", "Secret-\nPlan"), ("Referendum!", "Referendum"), ("a Watergate", "Watergate"),
    ("in C++.", "C++"), ("这是机密文件", "机密"), ("STRASSE", "STRASSE"), ("karottensaft", "rot"),
])  # fmt: skip
def test_a_blocked_word_is_found_however_it_is_written(text, words):
    assert found(WORDS, text) == [("words", words)]


@pytest.mark.parametrize("text", ["Geheimplanung", "secretplan", "C is a language", "preferendum", "gateway", ""])
def test_another_word_is_left_alone(text):
    assert not found(WORDS, text)


def test_a_word_is_asked_only_in_its_language():
    gift = Entry("words", words=["Gift"], language="de")
    assert not found(gift, "The city gives a gift to every child that is born this year, and to its parents.")
    assert found(gift, "Das Gift ist aus dem See, und die Stadt hat das Wasser wieder freigegeben.")
    assert found(gift, "gift", language="de-AT") and not found(gift, "gift", language="en")


def _twists(word: str) -> st.SearchStrategy[str]:
    """The word in other capitals, other forms, wide or mathematical letters, with what is invisible between them."""

    def twist(seed: int) -> str:
        chance, made = random.Random(seed), ""
        for letter in word:
            letter = chance.choice([letter.upper(), letter.lower()])
            if letter in string.ascii_letters and chance.random() < 0.4:
                letter = chance.choice([chr(ord(letter) + 0xFEE0), letter + "\u200d", letter + "\u0336"])
            made += letter + chance.choice(["", "", "\u00ad", "\u200b", "\ufeff"])
        return unicodedata.normalize(chance.choice(["NFC", "NFD", "NFKC", "NFKD"]), made)

    return st.integers(0, 2**32).map(twist)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_text_with_a_blocked_word_goes_past(data):
    word = data.draw(st.text("abcdefghijklmnopqrstuvwxyzæøåäöüßéñçабвгдежзαβγδ", min_size=2, max_size=12))
    around = data.draw(
        st.tuples(st.sampled_from(["", "So: ", "«", "(", "#", "1, "]), st.sampled_from(["", "!", " to", "»."]))
    )
    text = around[0] + data.draw(_twists(word)) + around[1]
    assert found(Entry("words", words=[word]), text), (word, text, fold(text))


# -- patterns


def test_a_pattern_that_runs_away_is_refused_and_cannot_hang_anybody():
    with pytest.raises(BadPattern, match="takes too long"):
        compiled("(a+)+$")
    began = time.monotonic()
    hits = Book([Entry("pattern", pattern="(a+)+$")]).look([Passage("a" * 5_000 + "!")] * 200)
    assert [hit.kind for hit in hits][:1] == ["late"] and len(hits) == 200  # what could not be read counts as found
    assert time.monotonic() - began < 60
    assert ready("(a+)+$")


@pytest.mark.parametrize("pattern", ["", "(", "a*", "x" * 501, "[z-a]"])
def test_a_pattern_that_is_none_is_refused_with_a_sentence(pattern):
    with pytest.raises(BadPattern, match=r"\.$"):
        compiled(pattern)


def test_a_pattern_is_found_whatever_its_capitals():
    assert found(Entry("pattern", pattern=r"case-\d{4}"), "See CASE-2034 and Ｃase-2035") == [
        ("pattern", "CASE-2034"), ("pattern", "Ｃase-2035"),
    ]  # fmt: skip


# -- personal data

ALL = Entry("personal", data=list(DATA), countries=list(COUNTRIES), allowed=["@halden.example", "69 17 45 00"])


@pytest.mark.parametrize(("text", "kind", "words"), [
    ("Call 900 12 345 today", "phone", "900 12 345"), ("Call +44 20 7946 0958", "phone", "+44 20 7946 0958"),
    ("Write to kari@example.org.", "email", "kari@example.org"),
    ("card 4111-1111-1111-1111", "card", "4111-1111-1111-1111"),
    ("NO93 8601 1117 947 is hers", "iban", "NO93 8601 1117 947"), ("born 010107 50160", "id", "010107 50160"),
    ("٤١١١١١١١١١١١١١١١", "card", "٤١١١١١١١١١١١١١١١"), ("RSSMRA85T10A562S", "id", "RSSMRA85T10A562S"),
    ("SSN 536-90-4399", "id", "536-90-4399"), ("NINO AB 12 34 56 C", "id", "AB 12 34 56 C"),
    ("12345678Z", "id", "12345678Z"), ("Call 900–12–345", "phone", "900–12–345"),
    ("4111 – 1111 – 1111 – 1111", "card", "4111 – 1111 – 1111 – 1111"),
    ("4111_1111_1111_1111", "card", "4111_1111_1111_1111"), ("NO93-8601-1117-947", "iban", "NO93-8601-1117-947"),
    ("NO93·8601·1117·947", "iban", "NO93·8601·1117·947"),
    ("86095742719", "id", "86095742719"), ("2 95 10 99 126 111 93", "id", "2 95 10 99 126 111 93"),
    ("880320-0016", "id", "880320-0016"), ("131052-308T", "id", "131052-308T"),
])  # fmt: skip
def test_personal_data_are_found(text, kind, words):
    assert found(ALL, text) == [(kind, words)]


@pytest.mark.parametrize("text", [
    "Our desk: 69 17 45 00, press@halden.example", "@kari@mastodon.social says so", "In 2024-2025 and 2024 2025",
    "In 2024–2025, open 10.00–16.00",
    "22 500 000 kroner", "https://halden.example/case/90012345", "Open 10.00-16.00, 24.12.2034", "Room 4111",
])  # fmt: skip
def test_what_only_looks_like_it_and_what_we_publish_is_left_alone(text):
    assert not found(ALL, text)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["4", "51", "2221", "37", "6011"]), st.integers(0, 10**15), st.sampled_from(["", " ", "-"]))
def test_every_card_is_found(start, number, between):
    length = 14 if start == "37" else 15
    body = (start + f"{number:015d}")[:length]
    whole = body + luhn.calc_check_digit(body)
    said = between.join(whole[at : at + 4] for at in range(0, len(whole), 4))
    assert ("card", said) in found(Entry("personal", data=["card"]), f"It is {said}.")


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**10 - 1))
def test_every_account_and_identity_number_is_found(number):
    account = f"DE00{10000000 + number % 10**7:08d}{number:010d}"
    account = account[:2] + iban.calc_check_digits(account) + account[4:]
    assert ("iban", account) in found(Entry("personal", data=["iban"]), f"Pay to {account} now")
    body = f"{number % 28 + 1:02d}{number % 12 + 1:02d}{number % 100:02d}{number % 500:03d}"
    first = fodselsnummer.calc_check_digit1(body)
    second = fodselsnummer.calc_check_digit2(body + first)
    whole = body + first + second
    if fodselsnummer.is_valid(whole):
        assert found(Entry("personal", data=["id"], countries=["NO"]), f"no. {whole}") == [("id", whole)]


def test_digits_by_chance_are_mostly_none():
    chance = random.Random(11)
    texts = ["".join(chance.choices(string.digits, k=16)) for _number in range(400)]
    assert sum(bool(found(Entry("personal", data=["card", "iban"]), text)) for text in texts) < 40


@pytest.mark.parametrize(("words", "shown"), [
    ("900 12 345", "••• •• •45"), ("kari@example.org", "k•••@example.org"),
    ("4111 1111 1111 1111", "•••• •••• •••• ••11"),
    ("AB1", "•••"),
])  # fmt: skip
def test_what_is_told_of_personal_data_does_not_give_it_away(words, shown):
    assert masked(words) == shown


# -- links

LINKS = Entry("links", domains=["evil.example", "xn--mnchen-3ya.example"], signs=list(SIGNS), ours=["halden.no"])


@pytest.mark.parametrize(("text", "wrong"), [
    ("https://a.evil.example/x", "denied"), ("see evil.example now", "denied"),
    ("https://halden.no@evil.example", "denied"), ("https://evil%2Eexample/x", "denied"),
    ("https://EVIL。example/", "denied"), ("https://münchen.example/", "denied"), ("http://halden.no", "http"),
    ("https://3232235777/", "ip"), ("https://[::1]/x", "ip"), ("https://hаlden.no", "lookalike"),
    ("https://ha1den.no", "lookalike"), ("https://halden.no.other.net/login", "lookalike"),
    ("https://haldan.no", "lookalike"),
    ("bit.ly/3x", "shortener"),
])  # fmt: skip
def test_bad_addresses_are_found(text, wrong):
    assert [kind for kind, _words in found(LINKS, text)] == [wrong]


@pytest.mark.parametrize(
    "text", ["https://blog.halden.no/a", "https://notevil.example", "press@evil.example", "e.g. this"]
)
def test_good_addresses_are_left_alone(text):
    assert not found(LINKS, text)


def test_only_listed_hosts_may_be_linked_where_a_list_says_so():
    only = Entry("links", domains=["halden.no"], only=True)
    assert not found(only, "https://www.halden.no/a and halden.no, and node.js")
    assert found(only, "https://example.org and www.example.com") == [
        ("unlisted", "https://example.org"), ("unlisted", "www.example.com"),
    ]  # fmt: skip
    assert found(only, "https://sho.rt/abc", leads=lambda url: "https://example.org/x") == [
        ("unlisted", "https://sho.rt/abc")
    ]
