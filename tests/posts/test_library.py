"""The library's nouns: files that look alike, versions, rights, what is taken out, and descriptions that stay."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw

from clarion.deliveries.models import Delivery, State
from clarion.deliveries.recurring import come
from clarion.deliveries.sources import Removals
from clarion.files.place import store
from clarion.posts.cleaning import BadMedia
from clarion.posts.content import Content, Shot
from clarion.posts.likeness import are_alike, looks_of
from clarion.posts.models import (
    Arrival,
    Fate,
    Folder,
    Idea,
    Media,
    Post,
    Quota,
    Recurrence,
    Removal,
    RightsEnded,
    Template,
    Working,
)  # fmt: skip
from clarion.posts.rules import Rule
from clarion.records.models import Event
from clarion.web.demo_pictures import drawn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder_of_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def as_file(image, form="PNG", **more) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def city(name) -> Image.Image:
    return Image.open(io.BytesIO(drawn(name)))


# -- alike


@pytest.mark.parametrize("name", ["park", "library", "station", "harbour", "market"])
def test_a_picture_looks_the_same_smaller_lighter_and_of_another_type(name):
    image = city(name)
    looks = looks_of(image)
    light = Image.open(io.BytesIO(as_file(image.resize((400, 266)), "JPEG", quality=40)))
    for other in (image.resize((300, 200)), light, image.convert("P"), image.convert("RGBA"), image.convert("L")):
        assert are_alike(looks, looks_of(other))


def test_other_pictures_look_different():
    looks = [looks_of(city(name)) for name in ("park", "library", "station", "harbour", "market", "bridge", "rink")]
    assert [(a, b) for a in looks for b in looks if a is not b and are_alike(a, b)] == []


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "LA", "1", "I;16", "I", "F", "CMYK"])
def test_a_blank_page_looks_like_nothing_in_every_mode(mode):
    assert looks_of(Image.new(mode, (200, 100))) is None


def test_pictures_that_look_alike_are_named_when_one_is_added(keep):
    first = keep(as_file(city("park")), "park.png")
    other = keep(as_file(city("station")), "station.png")
    again = keep(as_file(city("park").resize((600, 400)), "JPEG", quality=70), "small.jpg")
    assert Media.objects.alike(again) == [first]
    assert Media.objects.alike(other) == []
    first.remove(by=None, now=again.added_at)
    assert Media.objects.alike(again) == []


def test_sixteen_bits_of_grey_are_kept(keep):
    image = Image.new("I;16", (60, 40))
    ImageDraw.Draw(image).rectangle((5, 5, 20, 20), fill=40_000)
    assert keep(as_file(image), "xray.png").width == 60


def test_the_same_file_says_that_it_was_here_and_comes_back_when_it_was_taken_out(keep, now):
    first = keep(as_file(city("park")))
    again = keep(as_file(city("park")), name="other.png")
    assert (again.pk, first.was_here, again.was_here) == (first.pk, False, True)
    first.remove(by=None, now=now)
    back = keep(as_file(city("park")))
    assert (back.pk, back.was_here, back.removed_at) == (first.pk, False, None)


# -- versions


def test_versions_share_folder_labels_description_and_rights(keep, cityhall, ingrid, now):
    folder = Folder.objects.open(workspace=cityhall, name="Summer", by=ingrid)
    one = keep(as_file(city("park")), "one.png", alt="The park", folder=folder)
    one.permit(holder="Marte", permission="", until=now.date(), note="", by=ingrid, now=now)
    two, three = keep(as_file(city("rink")), "two.png"), keep(as_file(city("snow")), "three.png")
    two.become(one, by=ingrid)
    three.become(two, by=ingrid)
    three.refresh_from_db()
    assert [m.name for m in three.versions()] == ["three.png", "two.png", "one.png"]
    assert (three.folder, three.alt, three.rights.holder, three.version) == (folder, "The park", "Marte", 3)
    assert list(Media.objects.on_show()) == [three]
    one.refresh_from_db()
    one.bring_back(by=ingrid)
    assert list(Media.objects.on_show()) == [one]
    assert [m.name for m in three.versions()] == ["one.png", "three.png", "two.png"]


def test_a_file_of_its_own_is_not_swallowed(keep, ingrid):
    one, other = keep(as_file(city("park"))), keep(as_file(city("rink")))
    Post.objects.write(workspace=one.workspace, by=ingrid, content=Content.of("x", Shot(str(other.pk))))
    other.refresh_from_db()
    with pytest.raises(BadMedia, match="a file of its own"):
        other.become(one, by=ingrid)
    with pytest.raises(BadMedia, match="same file"):
        one.become(one, by=ingrid)


# -- descriptions


def test_a_description_written_in_a_post_stays_with_a_picture_that_had_none(keep, cityhall, ingrid):
    bare, told = keep(as_file(city("park"))), keep(as_file(city("rink")), alt="Skaters")
    shots = Shot(str(bare.pk), "The park"), Shot(str(told.pk), "Three people on ice")
    Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("x", *shots))
    bare.refresh_from_db()
    told.refresh_from_db()
    assert (bare.alt, told.alt) == ("The park", "Skaters")
    assert bare.used_at is not None
    assert Event.objects.of(bare).filter(verb="media.described", by_id=ingrid.pk).exists()


def test_a_description_that_is_being_typed_waits_until_it_is_saved(keep, cityhall, ingrid):
    bare = keep(as_file(city("park")))

    def typed(alt):
        return Content.of("x", Shot(str(bare.pk), alt))

    post = Post.objects.write(workspace=cityhall, by=ingrid, content=typed("The p"), page="a-page")
    post.keep(by=ingrid, version=1, page="a-page", content=typed("The park"), channels=[], labels=[], variants={},
              late="send", late_minutes=60)  # fmt: skip
    bare.refresh_from_db()
    assert bare.alt == ""
    post.settle()
    bare.refresh_from_db()
    assert bare.alt == "The park"


# -- rights


@pytest.fixture
def promised(keep, cityhall, ingrid, board, now):
    media = keep(as_file(city("park")), "park.png", alt="The park")
    post = Post.objects.write(
        workspace=cityhall, by=ingrid, content=Content.of("Look", Shot(str(media.pk), "x")), channels=[board]
    )
    (delivery,) = Delivery.objects.schedule(post, channels=[board], at=now, by=ingrid, now=now)
    return media, delivery


def until(media, days, now):
    today = now.astimezone(media.workspace.tz).date()
    media.permit(holder="", permission="", until=today + timedelta(days=days), note="", by=None, now=now)


def test_nothing_goes_out_with_a_picture_whose_rights_have_ended(promised, worker, now):
    media, delivery = promised
    until(media, -1, now)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "rights")
    assert "“park.png” may be used until" in delivery.reason
    assert not delivery.steps.exists()
    until(media, 0, now)  # today is the last day
    delivery.release(by=None, now=now)
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED


def test_rights_that_never_end_hold_nothing_up(promised, worker):
    _media, delivery = promised
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.PUBLISHED


def test_nothing_is_promised_for_a_day_after_the_rights(promised, ingrid, board, now):
    media, delivery = promised
    until(media, 3, now)
    with pytest.raises(RightsEnded, match=r"“park.png” may be used until"):
        delivery.reschedule(at=now + timedelta(days=5), by=ingrid, now=now)
    delivery.reschedule(at=now + timedelta(days=2), by=ingrid, now=now)
    again = Post.objects.write(
        workspace=media.workspace, by=ingrid, content=Content.of("Again", Shot(str(media.pk), "x")), channels=[board]
    )
    with pytest.raises(RightsEnded):
        Delivery.objects.schedule(again, channels=[board], at=now + timedelta(days=5), by=ingrid, now=now)
    assert not again.deliveries.exists()


def test_a_post_that_comes_again_waits_as_a_draft_where_the_rights_have_ended(promised, ingrid, now):
    media, delivery = promised
    until(media, 8, now)
    local = now.astimezone(media.workspace.tz).replace(tzinfo=None)
    rule = Recurrence.objects.begin(delivery.post, rule=Rule("FREQ=WEEKLY", local), by=ingrid, now=now)
    later = now + timedelta(hours=2)  # two weeks are an hour longer when the clock is put back in them
    first, second = come(rule, now=later, alive=lambda: None)
    assert first.deliveries.count() == 1
    assert not second.deliveries.exists()
    wall = local.replace(second=0, microsecond=0) + timedelta(days=14)  # also when the clock is changed meanwhile
    assert second.wanted_at == wall.replace(tzinfo=media.workspace.tz)
    assert [one.pk for one in media.coming()] == [rule.pk]
    rule.stop(by=ingrid, now=now)
    assert not media.coming().exists()


# -- taken out


def files(folder):
    return {path.name for path in folder.rglob("*") if path.is_file()}


def sweep(clock):
    source = Removals(clock=clock)
    for lease in source.claim(owner="w", now=clock(), limit=9):
        source.run(lease)


def test_what_no_post_ever_had_is_deleted_after_thirty_days(keep, clock, now, folder_of_media):
    media = keep(as_file(city("park")))
    media.small_key()
    media.remove(by=None, now=now)
    clock.pass_by(days=29)
    sweep(clock)
    assert Media.objects.exists()
    clock.pass_by(days=2)
    sweep(clock)
    assert not Media.objects.exists() and not Removal.objects.exists()
    assert files(folder_of_media) == set()
    assert Event.objects.filter(verb="media.deleted", subject=str(media.pk)).exists()


def test_what_somebody_is_writing_with_is_not_deleted(keep, clock, now, cityhall, ingrid):
    media = keep(as_file(city("park")))
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("promised"))
    whole = {"words": Content.of("with it", Shot(str(media.pk))).as_json()}
    working = Working.objects.keep(post=post, user=ingrid, whole=whole, based_on=1, version=0, page="", now=now)
    assert list(media.in_hand()) == [post]
    media.remove(by=None, now=now)
    clock.pass_by(days=31)
    sweep(clock)
    assert Media.objects.exists()
    working.delete()
    clock.pass_by(days=2)
    sweep(clock)
    assert not Media.objects.exists()


def test_what_a_post_has_had_is_kept_for_the_record(keep, clock, now, cityhall, folder_of_media):
    media = keep(as_file(city("park")))
    post = Post.objects.write(workspace=cityhall, by=None, content=Content.of("x", Shot(str(media.pk))))
    post.edit(by=None, version=1, content=Content.of("without it"))
    media.remove(by=None, now=now)
    clock.pass_by(days=40)
    sweep(clock)
    assert Media.objects.get().removed_at is not None
    assert Removal.objects.get().wake_at is None
    assert files(folder_of_media)


def test_all_versions_of_what_nobody_used_go_the_younger_first(keep, clock, now):
    one, two = keep(as_file(city("park"))), keep(as_file(city("rink")))
    two.become(one, by=None)
    two.remove(by=None, now=now)
    assert Removal.objects.count() == 2
    clock.pass_by(days=31)
    for _ in range(3):
        sweep(clock)
        clock.pass_by(minutes=11)
    assert not Media.objects.exists()


def test_what_is_put_back_is_not_deleted(keep, clock, now):
    media = keep(as_file(city("park")))
    media.remove(by=None, now=now)
    media.restore(by=None)
    clock.pass_by(days=40)
    sweep(clock)
    assert store().size(media.key)


# -- folders, room


def test_what_lies_in_a_removed_folder_moves_up_and_names_stay_apart(cityhall, ingrid, keep):
    outer = Folder.objects.open(workspace=cityhall, name="A", by=ingrid)
    inner = Folder.objects.open(workspace=cityhall, name="B", parent=outer, by=ingrid)
    same = Folder.objects.open(workspace=cityhall, name="A", parent=outer, by=ingrid)
    for name in ("B", "B (2)"):
        Folder.objects.open(workspace=cityhall, name=name, by=ingrid)
    media = keep(as_file(city("park")), folder=outer)
    outer.remove(by=ingrid)
    for one in (media, inner, same):
        one.refresh_from_db()
    assert (media.folder, inner.parent, inner.name, same.name) == (None, None, "B (3)", "A (2)")


def test_a_quota_counts_what_is_there(keep, cityhall, now):
    first = keep(as_file(city("park")))
    Quota.objects.grant(cityhall, first.size + 10, by=None)
    with pytest.raises(BadMedia, match="that this library may hold"):
        keep(as_file(city("rink")), "rink.png")
    assert keep(as_file(city("park"))).was_here  # what is there takes no more room
    first.remove(by=None, now=now)
    keep(as_file(city("snow")), "snow.png")
    Quota.objects.grant(cityhall, None, by=None)
    keep(as_file(city("rink")), "rink.png")


@pytest.mark.parametrize("holder", ["an idea", "a template", "a row of a table"])
def test_what_waits_elsewhere_to_become_a_post_is_not_deleted(keep, clock, now, cityhall, ingrid, holder):
    media = keep(as_file(city("park")))
    said = Content.of("with it", Shot(str(media.pk))).as_json()
    if holder == "an idea":
        held = Idea.objects.put(workspace=cityhall, by=ingrid, text="With it.", picture=media)
    elif holder == "a template":
        held = Template.objects.create(workspace=cityhall, name="With it", whole={"words": said})
    else:
        data = b"at,text\n2050-01-01T09:00,Open\n"
        held = Arrival.objects.receive(data, name="a.csv", workspace=cityhall, by=ingrid)
        held.rows.update(fate=Fate.GOOD, ready={"content": said})
    media.remove(by=None, now=now)
    clock.pass_by(days=31)
    sweep(clock)
    assert Media.objects.filter(pk=media.pk).exists()
    held.delete()
    clock.pass_by(days=2)
    sweep(clock)
    assert not Media.objects.filter(pk=media.pk).exists()
