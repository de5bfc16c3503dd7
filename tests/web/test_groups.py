"""A calendar's posts are grouped where they are looked at, and counted as if all of them were."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from clarion.web.groups import Group, Groups

ROWS = st.lists(
    st.tuples(
        st.integers(0, 6), st.sampled_from("abc"), st.sampled_from("xyz"), st.sampled_from(["scheduled", "failed"])
    ),
    max_size=25,
).map(sorted)
OTHERS = st.lists(st.integers(0, 6), max_size=4, unique=True).map(
    lambda times: [(at, f"draft {at}", (), "draft") for at in sorted(times)]
)


def grouped(rows):
    for (at, post), some in groupby(rows, key=lambda row: row[:2]):
        channels, states = zip(*(row[2:] for row in some), strict=True)
        yield Group(at, post, *(([], ["draft"]) if channels == ((),) else (list(channels), list(states))))


@given(rows=ROWS, others=OTHERS, start=st.integers(-1, 8), end=st.integers(-1, 8))
def test_what_is_looked_at_is_what_all_of_it_would_be(rows, others, start, end):
    found = Groups(rows).with_more(others)
    whole = sorted([*grouped(rows), *grouped(others)], key=lambda group: group.at)
    assert list(found) == whole and len(found) == len(whole)
    assert found.times == [group.at for group in whole]
    for some, expected in (
        (found, whole), (found.between(start, end), [group for group in whole if start <= group.at < end]),
        (found[1:3], whole[1:3]), (found[-2:], whole[-2:]),
        (found.between(2, 9)[:2], [group for group in whole if group.at > 1][:2]),
    ):  # fmt: skip
        assert list(some) == expected
        assert some.counted() == Counter(tuple(group.states) for group in expected)
    if whole:
        assert found[-1] == whole[-1] and found[0] == whole[0]


def test_a_rule_with_many_channels_is_one_post():
    (group,) = Groups([]).with_more([(3, "rule", ("x", "y"), "again")])
    assert group == Group(3, "rule", ["x", "y"], ["again"])
