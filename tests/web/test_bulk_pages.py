"""Many posts at once: chosen in a list, changed each for itself, told what could not be, and undone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Organisation, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Blackout, Label, Post
from clarion.records.models import Event
from tests.web.desk import a_channel, text_of


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def three(promise, channel):
    """Two that wait, and one that is out."""
    return [
        promise(channel, text="The library is open.", minutes=600), promise(channel, text="Council.", minutes=700),
        promise(channel, text="Storgata.", minutes=10, state="published"),
    ]  # fmt: skip


def chosen(deliveries, **more):
    return {"post": [str(one.post_id) for one in deliveries], **more}


def again(deliveries):
    return [Delivery.objects.get(pk=one.pk) for one in deliveries]


def test_many_are_moved_each_by_its_own_time_and_put_back(desk, three):
    said = text_of(desk.post("posts/many", chosen(three, do="shift", days="2", hours="-1"), follow=True))
    assert "2 posts are moved." in said and "“Storgata.” stays as it was. It is on its way or out" in said
    moved = timedelta(days=2, hours=-1)
    assert [one.due_at - before.due_at for one, before in zip(again(three), three, strict=True)] == [
        moved, moved, timedelta(0)
    ]  # fmt: skip
    assert "Undo the change of 2 posts" in said
    assert "2 posts are as they were before." in text_of(desk.post("posts/many/undo", follow=True))
    assert [one.due_at for one in again(three)] == [one.due_at for one in three]
    assert "nothing to undo" in text_of(desk.post("posts/many/undo", follow=True))


def test_many_are_moved_to_a_day_and_keep_their_time_of_day(desk, three, cityhall, now):
    day = (now + timedelta(days=20)).date()
    desk.post("posts/many", chosen(three[:2], do="date", date=f"{day}"))
    for one, before in zip(again(three[:2]), three, strict=False):
        assert one.due_at.astimezone(cityhall.tz).date() == day
        assert one.due_at.astimezone(cityhall.tz).time() == before.due_at.astimezone(cityhall.tz).time()


def test_one_that_must_stay_does_not_keep_the_others(desk, three, cityhall, ingrid, now):
    day = (three[0].due_at + timedelta(days=3)).astimezone(cityhall.tz).date()
    Blackout.objects.declare(
        workspace=cityhall, name="Election", from_day=day, until_day=day, level="block", by=ingrid,
        from_time=three[0].due_at.astimezone(cityhall.tz).time().replace(second=0, microsecond=0),
        until_time=(three[0].due_at + timedelta(minutes=5)).astimezone(cityhall.tz).time(),
    )  # fmt: skip
    said = text_of(desk.post("posts/many", chosen(three[:2], do="shift", days="3"), follow=True))
    assert "1 post is moved." in said and "Election" in said
    first, second = again(three[:2])
    assert first.due_at == three[0].due_at and second.due_at == three[1].due_at + timedelta(days=3)


def test_drafts_are_moved_where_they_have_a_time(desk, cityhall, ingrid, now):
    planned, idle = (
        Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text)) for text in ("Planned.", "Idle.")
    )
    planned.want(now + timedelta(hours=1))
    said = text_of(desk.post("posts/many", {"post": [planned.pk, idle.pk], "do": "shift", "days": "1"}, follow=True))
    planned.refresh_from_db()
    assert planned.wanted_at == now + timedelta(days=1, hours=1) and "It has no time yet" in said
    desk.post("posts/many/undo")
    planned.refresh_from_db()
    assert planned.wanted_at == now + timedelta(hours=1)


def test_many_get_a_label_and_lose_it(desk, three, cityhall):
    desk.post("posts/many", chosen(three, do="label", label=" city  news "))
    assert Label.objects.get().name == "city news" and Label.objects.get().posts.count() == 3
    assert Event.objects.filter(verb="post.labelled").count() == 3
    desk.post("posts/many/undo")
    desk.post("posts/many", chosen(three, do="typed", label="city news", days="", hours=""))
    assert Label.objects.get().posts.count() == 3, "Enter in a field means what is typed there"
    desk.post("posts/many/undo")
    assert Label.objects.get().posts.count() == 0
    said = desk.post("posts/many", chosen(three, do="unlabel", label="city news"), follow=True)
    assert "It does not have this label." in text_of(said)


def test_who_may_not_publish_takes_no_label_off_what_is_promised(desk, amir, three, cityhall, ingrid):
    """A label may decide whose yes is needed: without it the post would leave with nobody's."""
    council = Label.objects.create(workspace=cityhall, name="Council")
    for one in three:
        council.put_on(one.post, by=ingrid)
    desk.sign_in(amir)
    said = desk.post("posts/many", chosen(three, do="unlabel", label="Council"), follow=True)
    assert "may not publish on" in text_of(said)
    assert set(council.posts.all()) == {one.post for one in three[:2]}, "what is out is only sorted by it"


def test_many_are_held_and_let_go(desk, three):
    desk.post("posts/many", chosen(three, do="hold"))
    assert [one.state for one in again(three)] == [State.HELD, State.HELD, State.PUBLISHED]
    desk.post("posts/many/undo")
    assert [one.state for one in again(three)] == [State.SCHEDULED, State.SCHEDULED, State.PUBLISHED]
    desk.post("posts/many", chosen(three, do="hold"))
    desk.post("posts/many", chosen(three, do="release"))
    assert again(three)[0].state == State.SCHEDULED


def test_many_are_removed_and_brought_back_as_they_were(desk, three, ingrid):
    three[1].hold(by=ingrid, because="wait")
    desk.post("posts/many", chosen(three[:2], do="remove"))
    assert Post.objects.kept().count() == 1
    assert [one.state for one in again(three[:2])] == [State.CANCELLED, State.CANCELLED]
    desk.post("posts/many/undo")
    assert Post.objects.kept().count() == 3
    assert [one.state for one in again(three[:2])] == [State.SCHEDULED, State.HELD]


def test_who_may_not_publish_changes_drafts_only(desk, amir, three, cityhall):
    desk.sign_in(amir)
    draft = Post.objects.write(workspace=cityhall, by=amir, content=Content.of("Mine."))
    said = desk.post("posts/many", {"post": [draft.pk, three[0].post_id], "do": "remove"}, follow=True)
    assert "may not publish on" in text_of(said)
    assert again(three)[0].state == State.SCHEDULED and not Post.objects.kept().filter(pk=draft.pk).exists()


def test_posts_of_another_workspace_and_nonsense_are_left_alone(desk, vera, ingrid, three, now):
    other = Workspace.objects.open(organisation=Organisation.objects.found(name="Elsewhere"), name="Desk", zone="UTC")
    foreign = Post.objects.write(workspace=other, by=None, content=Content.of("Theirs."))
    said = desk.post("posts/many", {"post": [foreign.pk, "x"], "do": "remove"}, follow=True)
    assert "No post is chosen" in text_of(said)
    for given, sentence in (
        ({"do": "shift", "days": "x"}, "by how many"), ({"do": "date", "date": "x"}, "not a day"),
        ({"do": "label", "label": " "}, "Write the label"), ({"do": "explode"}, "Choose what to do"),
        ({"do": "shift", "days": "-40"}, "has passed"),
    ):  # fmt: skip
        assert sentence in text_of(desk.post("posts/many", chosen(three[:1], **given), follow=True))
    assert again(three[:1])[0].due_at == three[0].due_at
    assert desk.sign_in(vera).post("posts/many", chosen(three, do="remove")).status_code == 403


def test_the_lists_have_ticks_for_those_who_write(desk, vera, three, cityhall):
    for path in ("posts", f"calendar?view=list&day={three[0].due_at.astimezone(cityhall.tz):%Y-%m-%d}"):
        assert f'name="post" value="{three[0].post_id}"' in text_of(desk.get(path))
    assert 'name="post"' not in text_of(desk.sign_in(vera).get("posts"))
