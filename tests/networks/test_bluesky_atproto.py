"""What we make ourselves for the AT Protocol, judged by the official interop files and by hand."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clarion.networks import atproto
from clarion.testing.bluesky import LEXICONS, SPECS
from clarion.testing.servers.lexicons import Lexicons

NOW = datetime(2026, 11, 23, 20, 49, 25, 158000, tzinfo=UTC)


def lines(name):
    file = Path(SPECS or "", "bluesky", "interop-test-files", "syntax", name)
    if not SPECS or not file.exists():
        pytest.skip("the official interop files are not here (CLARION_SPECS)")
    found = [line.removesuffix("\n") for line in file.read_text().splitlines()]
    return [line for line in found if line and not line.startswith("#")]


def is_at_uri(text):
    try:
        atproto.AtUri.read(text)
    except ValueError:
        return False
    return True


JUDGES = {
    "tid": atproto.is_tid,
    "handle": atproto.is_handle,
    "did": atproto.is_did,
    "recordkey": atproto.is_record_key,
    "aturi": is_at_uri,
}


@pytest.mark.parametrize("name", JUDGES)
def test_the_official_valid_names_are_taken(name):
    assert [line for line in lines(f"{name}_syntax_valid.txt") if not JUDGES[name](line)] == []


@pytest.mark.parametrize("name", JUDGES)
def test_the_official_invalid_names_are_refused(name):
    assert [line for line in lines(f"{name}_syntax_invalid.txt") if JUDGES[name](line)] == []


# --- keys


def test_keys_rise_and_never_repeat_even_when_the_clock_stands_or_goes_back():
    keys = (
        atproto.new_tids(3, now=NOW) + atproto.new_tids(2, now=NOW) + atproto.new_tids(2, now=NOW - timedelta(days=1))
    )
    assert all(atproto.is_tid(key) for key in keys)
    assert sorted(set(keys)) == keys


def test_keys_of_many_threads_are_all_different():
    made = []
    workers = [threading.Thread(target=lambda: made.extend(atproto.new_tids(200, now=NOW))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(made)) == 1600


@given(some.integers(0, 2**53 - 1), some.integers(0, 1023))
def test_a_key_tells_its_time_and_clock(microseconds, clock):
    key = atproto.tid(microseconds, clock)
    assert atproto.read_tid(key) == (microseconds, clock)


def test_the_key_after_a_part_is_the_key_of_the_next_part():
    first, second, third = atproto.new_tids(3, now=NOW)
    assert atproto.next_tid(first) == second
    assert atproto.next_tid(second) == third


def test_the_same_thing_has_the_same_key_and_another_thing_another():
    assert atproto.tid_of("us likes that", at=NOW) == atproto.tid_of("us likes that", at=NOW)
    assert atproto.tid_of("us likes that", at=NOW) != atproto.tid_of("us likes this", at=NOW)


# --- DAG-CBOR and CID


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, "00"), (23, "17"), (24, "1818"), (1000, "1903e8"), (1000000, "1a000f4240"), (-1, "20"), (-100, "3863"),
        (18446744073709551615, "1bffffffffffffffff"), (True, "f5"), (False, "f4"), (None, "f6"), ("ü", "62c3bc"),
        ([1, [2, 3]], "8201820203"), ({"a": 1, "b": [2, 3]}, "a26161016162820203"), (b"\x01\x02", "420102"),
        ({"bb": 1, "c": 2, "aa": 3}, "a3616302626161036262 6201".replace(" ", "")),
        ({"$bytes": "AQI"}, "420102"),
    ],
)  # fmt: skip
def test_values_are_encoded_as_the_specification_says(value, encoded):
    assert atproto.encode(value).hex() == encoded


@pytest.mark.parametrize("value", [1.5, {"x": object()}, 2**64, {"$link": "Qmabc"}])
def test_what_the_data_model_does_not_have_is_an_error(value):
    with pytest.raises(TypeError):
        atproto.encode(value)


def test_hashes_are_those_that_everybody_knows():
    assert atproto.blob_cid(b"hello world") == "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"
    assert atproto.record_cid({}) == "bafyreigbtj4x7ip5legnfznufuopl4sg4knzc2cof6duas4b3q2fy6swua"


def test_a_record_that_a_real_server_hashed_has_the_same_hash_here():
    """Written to and read back from PDS 0.5.35."""
    root = {
        "uri": "at://did:plc:lmriffcbysbzhqw4723xeneg/app.bsky.feed.post/3n2yyxeo4tojk",
        "cid": "bafyreiermw2qydsvapjg5q2l72vntv2jrfcvmiprwpghc62xt53ohylj2e",
    }
    record = {
        "$type": "app.bsky.feed.post", "text": "Teil zwei", "createdAt": "2026-11-23T20:49:25.159Z", "langs": ["de"],
        "reply": {"root": root, "parent": root},
    }  # fmt: skip
    assert atproto.record_cid(record) == "bafyreigsgiytgz5iek6kaxubkrwfyzazshpdjveipnl5yt3e5ljk54gekq"


def test_the_order_of_fields_does_not_change_the_hash():
    assert atproto.record_cid({"a": 1, "text": "x"}) == atproto.record_cid({"text": "x", "a": 1})


# --- facets


def found(text):
    raw = text.encode()
    return [(span.kind, raw[span.start : span.end].decode(), span.value) for span in atproto.spans(text)]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("See https://example.org.", "https://example.org"),
        ("(https://example.org/a_(b))", "https://example.org/a_(b)"),
        ("HTTPS://EXAMPLE.ORG/X", "HTTPS://EXAMPLE.ORG/X"),
        ("„https://example.org/straße?q=1#oben“", "https://example.org/straße?q=1#oben"),
        ("Open at example.org/opening, daily", "https://example.org/opening"),
        ("www.stadt.wien!", "https://www.stadt.wien"),
        ("comune.roma.it", "https://comune.roma.it"),
        ("notes.md/guide", "https://notes.md/guide"),
    ],
)
def test_links_are_found_with_and_without_scheme(text, link):
    assert [value for kind, _, value in found(text) if kind == "link"] == [link]


@pytest.mark.parametrize(
    "text",
    ["e.g. this", "z.B. das", "at 9.30 a.m. sharp", "README.md and run.sh", "mail press@example.org", "It ended.Then",
     "3.14", "https://", "http:///path", "a...b", "version 1.2.3"],
)  # fmt: skip
def test_what_only_looks_like_a_link_stays_text(text):
    assert found(text) == []


def test_positions_are_bytes_whatever_stands_before():
    text = "👨‍👩‍👧 Ä\u202e ﷽ @gazette.test on #Köln 🇪🇺 https://example.org"
    assert found(text) == [
        ("mention", "@gazette.test", "gazette.test"),
        ("tag", "#Köln", "Köln"),
        ("link", "https://example.org", "https://example.org"),
    ]


def test_a_hashtag_is_a_word_and_not_a_number():
    assert found("#1 #2026 #a1 ## # #über-morgen, #🎉") == [
        ("tag", "#a1", "a1"), ("tag", "#über-morgen", "über-morgen"), ("tag", "#🎉", "🎉"),
    ]  # fmt: skip
    assert found("#" + "a" * 65) == []


def test_a_mention_of_nobody_stays_text():
    facets = atproto.facets("@gazette.test and @nobody.test", did_of={"gazette.test": "did:plc:abc"}.get)
    assert [facet["features"][0].get("did") for facet in facets] == ["did:plc:abc"]


@given(some.text(max_size=200))
def test_no_text_breaks_the_facets_and_none_overlap(text):
    raw, end = text.encode("utf-8", "replace"), 0
    for span in atproto.spans(text.encode("utf-8", "replace").decode()):
        assert end <= span.start < span.end <= len(raw)
        raw[span.start : span.end].decode()
        end = span.end


# --- the judge of lexicons judges


GOOD = {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-11-23T20:49:25.159Z"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, ""),
        ({"text": "x" * 301}, "graphemes"),
        ({"text": "👨‍👩‍👧‍👦" * 121}, "bytes"),
        ({"createdAt": "yesterday"}, "datetime"),
        ({"langs": ["de", "en", "fr", "it"]}, "4 of 3 items"),
        ({"reply": {"root": {"uri": "at://x", "cid": "y"}}}, "parent: missing"),
        ({"embed": {"$type": "app.bsky.embed.images", "images": [{"image": {}}]}}, "alt: missing"),
        ({"embed": {"$type": "app.bsky.embed.nothing"}}, "does not belong here"),
        ({"facets": [{"index": {"byteStart": -1, "byteEnd": 2}, "features": []}]}, "out of range"),
    ],
)
def test_the_judge_knows_a_lawful_record_from_others(change, complaint):
    if LEXICONS is None or not LEXICONS.is_dir():
        pytest.skip("the official lexicons are not here (CLARION_SPECS)")
    said = "; ".join(Lexicons(LEXICONS).record({**GOOD, **change}))
    assert (complaint in said) if complaint else (said == "")
