"""The page of imports: a file is brought, its columns told, its rows checked, let in, and taken back."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.posts.models import Arrival, Post, Stage
from tests.deliveries.test_arriving import Clerk
from tests.web.desk import a_channel, signed_in, text_of


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def soon(now):
    return f"{now + timedelta(days=2):%Y-%m-%d %H:%M}"


def works(now) -> None:
    """The workers do what is due by now: pages use the clock, which has gone on since ``now``."""
    Clerk(now + timedelta(minutes=1)).works()


def named(data: str | bytes, name: str = "plan.csv") -> io.BytesIO:
    file = io.BytesIO(data.encode() if isinstance(data, str) else data)
    file.name = name
    return file


@pytest.fixture
def walks(desk, now):
    """Brings a file, checks it as the page proposes (with ``more``), and gives the page of the result."""

    def walk(data: str | bytes, **more):
        page = desk.post("imports", {"file": named(data)})
        assert page.status_code == 302, text_of(page)
        arrival = Arrival.objects.order_by("created_at").last()
        said = desk.post(f"imports/{arrival.pk}/check", {**_guess(arrival), **more}, follow=True)
        works(now)
        arrival.refresh_from_db()
        return arrival, said

    return walk


def _guess(arrival) -> dict[str, str]:
    return {f"column-{n}": field for n, field in enumerate(arrival.columns)}


def test_a_file_is_brought_checked_imported_and_undone(desk, walks, channel, soon, now):
    arrival, _page = walks(f"at,text,channel\n{soon},The library is open,@halden\n")
    page = text_of(desk.get(f"imports/{arrival.pk}"))
    assert "Every row is good" in page and "Import 1 post" in page
    desk.post(f"imports/{arrival.pk}/do", {"do": "whole"})
    assert "data-underway" in text_of(desk.get(f"imports/{arrival.pk}"))
    works(now)
    page = text_of(desk.get(f"imports/{arrival.pk}"))
    assert "It is in" in page and "Take this import back?" in page
    assert Delivery.objects.get().state == State.SCHEDULED
    desk.post(f"imports/{arrival.pk}/do", {"do": "undo"})
    works(now)
    assert "off the desk again" in text_of(desk.get(f"imports/{arrival.pk}"))
    assert Delivery.objects.get().state == State.CANCELLED and not Post.objects.kept().exists()


def test_each_wrong_cell_is_shown_where_it_stands(desk, walks, channel, soon):
    arrival, _page = walks(f"at,text,channel\n{soon},Good,@halden\nsoon,Bad,@nobody\n")
    page = text_of(desk.get(f"imports/{arrival.pk}"))
    assert "1 row needs mending" in page and "Import the good row" in page
    assert "<b>A3</b>" in page and "<b>C3</b>" in page and "There is no channel “@nobody”" in page
    assert "Good" not in text_of(desk.get(f"imports/{arrival.pk}?show=bad")).partition('class="rows-of"')[2]


def test_dates_that_can_be_read_in_two_ways_are_asked_once(desk, walks, channel, now):
    year = now.year + 1
    arrival, page = walks(f"Date,Message,Channel\n03/04/{year} 09:00,Open,@halden\n", order="")
    assert "the day or the month" in text_of(page) and arrival.stage == Stage.READ
    desk.post(f"imports/{arrival.pk}/check", {**_guess(arrival), "order": "day"})
    works(now)
    assert arrival.rows.get().ready["at"].startswith(f"{year}-04-03")


def test_columns_are_put_right_by_hand(desk, walks, channel, soon):
    arrival, _page = walks(f"when?,what?\n{soon},Open\n", **{"column-0": "at", "column-1": "text"}, channel=channel.pk)
    assert arrival.rows.get().ready["channels"] == [str(channel.pk)]
    said = desk.post(f"imports/{arrival.pk}/check", {"column-0": "text", "column-1": "text"}, follow=True)
    assert "two columns" in text_of(said)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"PK\x03\x04 broken", "damaged"), (b"", "no rows"), (b"at,text\n", "no rows"), (b"\x00\x01\x02", "not a table")],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(desk, data, sentence):
    page = desk.post("imports", {"file": named(data)} if data else {"file": named(b"\n")})
    assert page.status_code == 422 and sentence in text_of(page)
    assert not Arrival.objects.exists()


def test_who_may_not_publish_brings_drafts(walks, desk, amir, channel, soon, now):
    desk.sign_in(amir)
    arrival, _page = walks(f"at,text,channel\n{soon},Mine,@halden\n", **{"as": "scheduled"})
    assert arrival.drafts
    desk.post(f"imports/{arrival.pk}/do", {"do": "whole"})
    works(now)
    assert Post.objects.get().author == amir and not Delivery.objects.exists()


def test_imports_are_closed_to_viewers_and_outsiders(desk, walks, vera, outsider, amir, channel, soon, cityhall):
    arrival, _page = walks(f"at,text,channel\n{soon},Open,@halden\n")
    for path in ("imports", f"imports/{arrival.pk}"):
        assert signed_in(vera).get(f"/w/{cityhall.pk}/{path}").status_code == 403
        assert signed_in(outsider).get(f"/w/{cityhall.pk}/{path}").status_code == 404
    said = signed_in(amir).post(f"/w/{cityhall.pk}/imports/{arrival.pk}/do", {"do": "whole"})
    assert said.status_code == 403, "what is scheduled takes the right to publish"


def test_the_example_can_be_brought_as_it_is(desk, walks, channel):
    arrival, _page = walks(desk.get("imports/example.csv").content)
    assert arrival.counts()["good"] == 2


def test_the_page_asks_few_questions_of_the_database(desk, walks, channel, soon, django_assert_max_num_queries):
    arrival, _page = walks("at,text,channel\n" + f"{soon},Open,@halden\n" * 60)
    with django_assert_max_num_queries(14):
        desk.get(f"imports/{arrival.pk}?show=all")
