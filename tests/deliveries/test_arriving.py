"""Imports as the workers carry them: checked, come in whole or in part, stopped, gone on with, and undone."""

from __future__ import annotations

import io
import threading
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from clarion.deliveries import arriving
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.sources import Arrivals
from clarion.organisations.models import Organisation, Workspace
from clarion.posts.columns import recognised
from clarion.posts.models import Arrival, Blackout, Fate, HouseRule, Media, Post, Revision, Stage, TooSoon
from clarion.posts.sheets import read
from clarion.records.models import Event
from clarion.testing.pictures import png
from tests.web.desk import a_channel

pytestmark = pytest.mark.django_db


class Clerk:
    """A worker that makes what is due by its clock."""

    def __init__(self, now) -> None:
        self.now = now
        self.source = Arrivals(clock=lambda: self.now)

    def works(self) -> int:
        leases = self.source.claim(owner="clerk", now=self.now, limit=10)
        for lease in leases:
            self.source.run(lease)
        return len(leases)


@pytest.fixture
def clerk(now):
    return Clerk(now)


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def soon(now):
    return lambda hours=1.0: f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def brought(cityhall, ingrid, channel, clerk, now):
    """A file that was brought and checked by what its columns say."""

    def bring(*rows: str, header: str = "at,text,channel,media,alt,key", check: bool = True, **more) -> Arrival:
        data = "\n".join([header, *rows]).encode()
        arrival = Arrival.objects.receive(data, name="posts.csv", workspace=cityhall, by=ingrid)
        if check:
            columns = recognised(read(data, name="posts.csv"))
            given = {"order": "", "channels": [], "drafts": False, **more}
            arrival.examine(columns=columns, by=ingrid, now=now, **given)
            clerk.works()
            arrival.refresh_from_db()
        return arrival

    return bring


def come(arrival, clerk, ingrid, *, whole=True) -> Arrival:
    arrival.come(whole=whole, by=ingrid, now=clerk.now)
    clerk.works()
    arrival.refresh_from_db()
    return arrival


def fates(arrival) -> dict[str, int]:
    return {fate: n for fate, n in arrival.counts().items() if n}


def test_a_row_becomes_what_writing_and_scheduling_make(brought, clerk, ingrid, channel, cityhall, soon, now):
    arrival = come(brought(f"{soon()},Open today,@halden,,,a", f"{soon(2)},Closed,@halden,,,b"), clerk, ingrid)
    assert arrival.stage == Stage.CAME and fates(arrival) == {Fate.CAME: 2}
    by_hand = Post.objects.write(workspace=cityhall, by=ingrid, content=Post.objects.first().said, channels=[channel])
    (promise,) = Delivery.objects.schedule(by_hand, channels=[channel], at=now + timedelta(hours=1), by=ingrid, now=now)
    came, made = Post.objects.get(key="a"), Delivery.objects.get(post__key="a")
    assert [one.pk for one in came.channels.all()] == [channel.pk] and came.author == ingrid
    assert Revision.objects.get(post=came).sha256 == Revision.objects.get(post=by_hand).sha256
    for name in ("state", "late", "late_minutes", "text_sha256", "scheduled_by_id", "workspace_id"):
        assert getattr(made, name) == getattr(promise, name)
    assert made.wake_at == made.due_at == came.wanted_at and len(made.key) == len(promise.key)
    for one, other in ((came, by_hand), (made, promise)):
        verbs = [list(Event.objects.of(row).values_list("verb", "by_name")) for row in (one, other)]
        assert verbs[0] == verbs[1] and verbs[0]


def test_every_cell_that_is_wrong_is_named(brought, soon, cityhall, ingrid, now):
    Blackout.objects.declare(
        workspace=cityhall, name="Election", from_day=date.today() + timedelta(days=5),
        until_day=date.today() + timedelta(days=6), level="block", by=ingrid,
    )  # fmt: skip
    other = Workspace.objects.open(organisation=Organisation.objects.found(name="Elsewhere"), name="Desk", zone="UTC")
    a_channel(other, now, handle="@foreign")
    arrival = brought(
        f"{soon()},Good,@halden,,,a", "2020-01-01T10:00,Past,@halden,,,b", f"{soon()},Foreign,@foreign,,,c",
        f"{soon()},No file,@halden,nowhere.png,,d", f"{soon()},{'x' * 501},@halden,,,e", f"{soon()},Again,@halden,,,a",
        f"{soon(5 * 24 + 12)},Election,@halden,,,g", f"{soon()},Too many,@halden,,,h,more",
    )  # fmt: skip
    found = {row.number: [(column, field) for column, field, _said in row.wrongs] for row in arrival.rows.all()}
    assert found == {
        2: [], 3: [(0, "at")], 4: [(2, "channel")], 5: [(3, "media")], 6: [(1, "text")], 7: [(5, "key")],
        8: [(0, "at")], 9: [(None, "row")],
    }  # fmt: skip
    assert not Post.objects.exists(), "a check writes nothing"
    with pytest.raises(TooSoon, match="not good"):
        arrival.come(whole=True, by=ingrid, now=now)


def test_a_row_that_a_rule_of_the_house_stops_is_named_also_when_the_rule_came_in_between(
    brought, clerk, cityhall, ingrid, soon
):
    def rule(word):
        HouseRule.objects.make(
            organisation=cityhall.organisation, workspace=cityhall, kind="words", level="stop", name="Names", by=ingrid,
            what={"lines": [word]},
        )  # fmt: skip

    rule("Ola")
    arrival = brought(f"{soon()},Good,@halden,,,a", f"{soon()},Ola won,@halden,,,b", f"{soon()},Kari won,@halden,,,c")
    wrongs = {row.number: row.wrongs for row in arrival.rows.all()}
    assert not wrongs[2] and not wrongs[4] and wrongs[3][0][:2] == [1, "text"] and "“Ola”" in wrongs[3][0][2]
    rule("Kari")
    come(arrival, clerk, ingrid, whole=False)
    assert [post.text for post in Post.objects.all()] == ["Good"]


def test_the_good_rows_come_alone_where_somebody_says_so(brought, clerk, ingrid, soon):
    arrival = come(brought(f"{soon()},Good,@halden,,,a", "gibberish,Bad,@halden,,,b"), clerk, ingrid, whole=False)
    assert fates(arrival) == {Fate.CAME: 1, Fate.BAD: 1} and Post.objects.get().text == "Good"


def test_what_turns_bad_on_the_way_takes_the_whole_back(brought, clerk, ingrid, soon, monkeypatch):
    monkeypatch.setattr(arriving, "TOGETHER", 2)
    arrival = brought(*(f"{soon(5)},Post {n},@halden,,," for n in range(3)), f"{soon(1)},Late,@halden,,,late")
    clerk.now += timedelta(hours=2)
    come(arrival, clerk, ingrid)
    clerk.works()
    arrival.refresh_from_db()
    assert arrival.stage == Stage.UNDONE and "Row 5" in arrival.reason
    assert not Post.objects.kept().exists() and not Delivery.objects.exclude(state=State.CANCELLED).exists()


def test_the_same_file_makes_nothing_twice_and_comes_again_after_an_undo(brought, clerk, ingrid, soon, now):
    rows = (f"{soon()},One,@halden,,,", f"{soon(2)},Two,@halden,,,")
    first = come(brought(*rows), clerk, ingrid)
    assert fates(brought(*rows)) == {Fate.THERE: 2}
    first.undo(by=ingrid, now=now)
    clerk.works()
    assert fates(first) == {Fate.GONE: 2} and not Post.objects.kept().exists()
    assert fates(come(brought(*rows), clerk, ingrid)) == {Fate.CAME: 2}
    assert Post.objects.kept().count() == 2


def test_an_undo_leaves_what_is_out_and_says_so(brought, clerk, ingrid, soon, now):
    arrival = come(brought(f"{soon()},Out,@halden,,,out", f"{soon(2)},Waits,@halden,,,waits"), clerk, ingrid)
    Delivery.objects.filter(post__key="out").update(state=State.PUBLISHED)
    arrival.undo(by=ingrid, now=now)
    clerk.works()
    assert fates(arrival) == {Fate.LEFT: 1, Fate.GONE: 1}
    assert [post.text for post in Post.objects.kept()] == ["Out"]


def test_a_person_stops_an_import_and_goes_on(brought, clerk, ingrid, soon, monkeypatch, now):
    monkeypatch.setattr(arriving, "TOGETHER", 2)
    arrival = brought(*(f"{soon(n + 1)},Post {n},@halden,,," for n in range(5)))

    def pressed(workspace, keys):
        if Post.objects.exists():  # the second piece is being made while she presses: it must not count
            Arrival.objects.get().stop(by=ingrid, now=now)
        return set()

    monkeypatch.setattr(arriving, "known_keys", pressed)
    come(arrival, clerk, ingrid)
    assert arrival.stage == Stage.STOPPED and Post.objects.count() == 2 and arrival.done == 2
    monkeypatch.undo()
    arrival.go_on(by=ingrid, now=now)
    clerk.works()
    assert Post.objects.count() == 5 and Arrival.objects.get().stage == Stage.CAME


def test_a_worker_that_dies_leaves_whole_pieces(brought, clerk, ingrid, soon, monkeypatch):
    monkeypatch.setattr(arriving, "TOGETHER", 2)
    arrival, write = brought(*(f"{soon(n + 1)},Post {n},@halden,,," for n in range(5))), arriving.write

    def dies(*args, **more):
        made = write(*args, **more)
        if Post.objects.count() > 2:
            raise MemoryError
        return made

    monkeypatch.setattr(arriving, "write", dies)
    with pytest.raises(MemoryError):
        come(arrival, clerk, ingrid)
    assert Post.objects.count() == Delivery.objects.count() == 2
    monkeypatch.setattr(arriving, "write", write)
    clerk.now += timedelta(minutes=1)
    clerk.works()
    assert sorted(Post.objects.values_list("text", flat=True)) == [f"Post {n}" for n in range(5)]


def test_now_is_when_the_import_comes_in(brought, clerk, ingrid):
    arrival = brought("now,At once,@halden,,,")
    clerk.now += timedelta(hours=1)
    come(arrival, clerk, ingrid)
    assert fates(arrival) == {Fate.CAME: 1} and Delivery.objects.get().due_at == clerk.now


def test_drafts_need_no_time_and_promise_nothing(brought, clerk, ingrid, soon):
    arrival = brought(f"{soon()},Planned,@halden,,,", ",Some day,,,,", drafts=True)
    come(arrival, clerk, ingrid)
    assert fates(arrival) == {Fate.CAME: 2} and not Delivery.objects.exists()
    assert [post.wanted_at is None for post in Post.objects.order_by("text")] == [False, True]


def test_rows_without_a_channel_go_to_those_that_are_chosen(brought, clerk, ingrid, soon, channel):
    arrival = brought(
        f"The library is open,,news;city,{soon()}", header="Text,Image URL,Tags,Posting Time", channels=[channel]
    )
    come(arrival, clerk, ingrid)
    post = Post.objects.get()
    assert list(post.channels.all()) == [channel] and [str(one) for one in post.labels.all()] == ["city", "news"]


@pytest.fixture
def web():
    """A server with one picture, on this machine."""

    class Pictures(BaseHTTPRequestHandler):
        def do_GET(self):
            data = png(40, 30) if self.path == "/library.png" else b"gone"
            self.send_response(200 if self.path == "/library.png" else 404)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Pictures)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_pictures_are_fetched_by_address_while_rows_are_checked(brought, clerk, ingrid, soon, web):
    look, gone = f"{soon()},Look,@halden,{web}/library.png,The library,a", f"{soon()},Gone,@halden,{web}/no.png,,b"
    arrival = brought(look, gone)
    assert [row.fate for row in arrival.rows.all()] == [Fate.GOOD, Fate.BAD]
    assert "404" in arrival.rows.get(number=3).wrongs[0][2]
    come(arrival, clerk, ingrid, whole=False)
    assert Media.objects.get().name == "library.png" and Post.objects.get().said.parts[0].shots[0].alt == "The library"


def test_an_address_inside_the_house_is_never_asked(brought, soon, settings):
    settings.PRIVATE_HOSTS = ()
    arrival = brought(f"{soon()},Look,@halden,http://127.0.0.1:8009/secret.png,x,a")
    assert arrival.rows.get().wrongs[0][1] == "media" and not Media.objects.exists()


# --- files of the library ---------------------------------------------------------------------------------------------


@pytest.fixture
def park(cityhall, ingrid):
    return Media.objects.keep(workspace=cityhall, file=io.BytesIO(png()), name="park.png", alt="The park.", by=ingrid)


def permitted(media, ingrid, now) -> None:
    """For two days more."""
    day = now.date() + timedelta(days=2)
    media.permit(holder="Marte Dahl", permission="", until=day, note="", by=ingrid, now=now)


def test_a_file_whose_rights_end_before_its_time_is_a_wrong_cell(brought, ingrid, park, soon, now):
    permitted(park, ingrid, now)
    arrival = brought(f"{soon(24)},Open,@halden,park.png,,a", f"{soon(240)},Open again,@halden,park.png,,b")
    assert fates(arrival) == {Fate.GOOD: 1, Fate.BAD: 1}
    ((column, field, sentence),) = arrival.rows.get(fate=Fate.BAD).wrongs
    assert (column, field) == (3, "media") and "may be used until" in sentence


def test_rights_that_end_after_the_check_stop_the_row(brought, clerk, ingrid, park, soon, now):
    arrival = brought(f"{soon(240)},Open,@halden,park.png,,a")
    permitted(park, ingrid, now)
    come(arrival, clerk, ingrid, whole=False)
    assert not Delivery.objects.exists()
    assert "may be used until" in arrival.rows.get().wrongs[0][2]


def test_a_file_that_came_into_a_post_is_used(brought, clerk, ingrid, park, soon):
    """So it is kept for the record when it is taken out of the library."""
    come(brought(f"{soon()},Open,@halden,park.png,,a"), clerk, ingrid)
    assert list(Post.objects.get().media.all()) == [park]
    park.refresh_from_db()
    assert park.used_at is not None


def test_a_file_that_was_taken_out_of_the_library_is_not_found(brought, ingrid, park, soon, now):
    park.remove(by=ingrid, now=now)
    arrival = brought(f"{soon()},Open,@halden,park.png,,a")
    assert "neither an address nor a file" in arrival.rows.get().wrongs[0][2]
