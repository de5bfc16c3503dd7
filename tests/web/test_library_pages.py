"""The library's pages, without scripts: what is there is shown, sorted, described, moved, taken out and put back."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.formats import date_format
from PIL import Image

from clarion.posts.content import Content, Shot
from clarion.posts.models import Folder, Label, Media, Post, Quota
from clarion.records.models import Event

from .desk import composed, signed_in, text_of

pytestmark = pytest.mark.django_db


def picture(colour="navy", size=(60, 40), form="PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form)
    return out.getvalue()


@pytest.fixture(autouse=True)
def folder_of_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def keep(cityhall, ingrid):
    def keep(name="park.png", colour="navy", **more):
        return Media.objects.keep(
            workspace=cityhall, file=io.BytesIO(picture(colour)), name=name, by=more.pop("by", ingrid), **more
        )

    return keep


@pytest.fixture
def client(ingrid):
    return signed_in(ingrid)


def home(cityhall):
    return reverse("library", args=[cityhall.pk])


def at(name, media):
    return reverse(name, args=[media.workspace_id, media.pk])


def names(page):
    return re.findall(r'class="name ellipsis">([^<]+)</span></a>', text_of(page))


def test_an_empty_library_says_what_will_be_here(client, cityhall):
    assert "No pictures here yet" in text_of(client.get(home(cityhall)))


def test_files_of_a_plain_form_are_kept_and_bad_ones_say_why(client, cityhall):
    files = [
        SimpleUploadedFile("a.png", picture("red")), SimpleUploadedFile("b.png", picture("green")),
        SimpleUploadedFile("again.png", picture("red")), SimpleUploadedFile("evil.svg", b"<svg onload='x'/>"),
        SimpleUploadedFile("empty.jpg", b""),
    ]  # fmt: skip
    page = client.post(reverse("library_add", args=[cityhall.pk]), {"files": files}, follow=True)
    text = text_of(page)
    assert "2 files are here." in text and "1 file was here already." in text
    assert "evil.svg” is an SVG" in text and "empty.jpg” is empty" in text
    assert names(page) == ["b.png", "a.png"]


def test_nothing_chosen_is_said(client, cityhall):
    page = client.post(reverse("library_add", args=[cityhall.pk]), {}, follow=True)
    assert "No file came with it" in text_of(page)


def test_folders_hold_files_and_lie_in_each_other(client, cityhall, keep):
    keep("on top.png", "red")
    client.post(reverse("folder_open", args=[cityhall.pk]), {"name": "Summer"})
    summer = Folder.objects.get()
    client.post(reverse("folder_open", args=[cityhall.pk]), {"name": "Park", "parent": summer.pk})
    park = Folder.objects.get(parent=summer)
    keep("bench.png", "green", folder=park)
    assert names(client.get(home(cityhall))) == ["on top.png"]
    inside = client.get(home(cityhall), {"folder": park.pk})
    assert names(inside) == ["bench.png"] and ">Summer</a>" in text_of(inside)
    # A search looks everywhere; from a folder on, it looks below it.
    assert names(client.get(home(cityhall), {"q": "bench"})) == ["bench.png"]
    assert names(client.get(home(cityhall), {"q": "png", "folder": summer.pk})) == ["bench.png"]
    page = client.post(reverse("folder_remove", args=[cityhall.pk, park.pk]), follow=True)
    assert names(page) == ["bench.png"] and "Summer" in text_of(page)
    client.post(reverse("folder_rename", args=[cityhall.pk, summer.pk]), {"name": "July"})
    assert Folder.objects.get().name == "July"


def test_a_folder_is_opened_once_and_not_too_deep(client, cityhall, ingrid):
    where, parent = reverse("folder_open", args=[cityhall.pk]), ""
    for name in ("a", "b", "c", "d"):
        client.post(where, {"name": name, "parent": parent})
        parent = str(Folder.objects.get(name=name).pk)
    assert "at most 4 deep" in text_of(client.post(where, {"name": "e", "parent": parent}, follow=True))
    client.post(where, {"name": " a "})
    assert Folder.objects.count() == 4
    assert "needs a name" in text_of(client.post(where, {"name": "\x00 "}, follow=True))


def test_the_library_is_narrowed_and_sorted(client, cityhall, keep, amir, now):
    old = keep("Zebra.png", "red", alt="A zebra")
    mine = keep("apple.png", "green")
    keep("boat.png", "blue", alt="A boat", by=amir)
    zoo = Label.objects.create(workspace=cityhall, name="Zoo")
    old.label([zoo], by=None)
    old.permit(holder="", permission="", until=now.date() + timedelta(days=9), note="", by=None, now=now)
    mine.permit(holder="", permission="", until=now.date() - timedelta(days=2), note="", by=None, now=now)
    Post.objects.write(workspace=cityhall, by=None, content=Content.of("Look", Shot(str(old.pk), "A zebra")))

    def seen(**wanted):
        return names(client.get(home(cityhall), wanted))

    assert seen() == ["boat.png", "apple.png", "Zebra.png"]
    assert seen(sort="old") == ["Zebra.png", "apple.png", "boat.png"]
    assert seen(sort="name") == ["apple.png", "boat.png", "Zebra.png"]
    assert len(seen(sort="large")) == 3
    assert seen(q="zoo") == seen(label=zoo.pk) == seen(q="A zeb") == ["Zebra.png"]
    assert seen(show="unused") == ["boat.png", "apple.png"]
    assert seen(show="bare") == ["apple.png"]
    assert seen(show="ending") == ["Zebra.png"] and seen(show="ended") == ["apple.png"]
    assert seen(by=amir.pk) == ["boat.png"]
    assert seen(kind="video") == [] and len(seen(kind="image")) == 3
    assert seen(q="!!!") == []
    for name in ("folder", "label", "by", "show", "sort", "kind", "page"):
        assert client.get(home(cityhall), {name: "'x\x00"}).status_code == 200


def test_many_are_moved_labelled_taken_out_and_put_back(client, cityhall, keep, ingrid):
    one, two = keep("one.png", "red"), keep("two.png", "green")
    folder = Folder.objects.open(workspace=cityhall, name="Summer", by=ingrid)
    both, where = {"media": [one.pk, two.pk]}, reverse("library_many", args=[cityhall.pk])
    assert "2 files lie in “Summer”" in text_of(
        client.post(where, {**both, "do": "move", "to": folder.pk}, follow=True)
    )
    assert set(folder.media.all()) == {one, two}
    client.post(where, {**both, "do": "label", "new_labels": "Sun,  Sea , "})
    assert [str(label) for label in one.labels.all()] == ["Sea", "Sun"]
    page = client.post(where, {**both, "do": "remove"}, follow=True)
    assert "2 files are out of the library" in text_of(page)
    assert names(client.get(home(cityhall), {"folder": folder.pk})) == []
    assert names(client.get(home(cityhall), {"show": "removed"})) == ["two.png", "one.png"]
    client.post(where, {**both, "do": "restore"})
    assert names(client.get(home(cityhall), {"folder": folder.pk})) == ["two.png", "one.png"]
    verbs = Event.objects.of(one).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["media.kept", "media.moved", "media.labelled", "media.removed", "media.restored"]
    assert "Nothing is chosen" in text_of(client.post(where, {"do": "remove"}, follow=True))


def test_a_file_is_described_named_moved_and_labelled_on_its_page(client, cityhall, keep, ingrid):
    media = keep()
    folder = Folder.objects.open(workspace=cityhall, name="Summer", by=ingrid)
    given = {"name": "pond.png", "alt": "A pond", "folder": folder.pk, "new_labels": "Water"}
    page = text_of(client.post(at("library_change", media), given, follow=True))
    media.refresh_from_db()
    assert (media.name, media.alt, media.folder) == ("pond.png", "A pond", folder)
    assert "Ingrid Solberg</strong> described it" in page and "checked>Water" in page
    before = Event.objects.count()
    label = Label.objects.get()
    client.post(at("library_change", media), {**given, "new_labels": "", "labels": [label.pk]})
    assert Event.objects.count() == before  # nothing changed


def test_rights_are_noted_and_a_day_that_is_none_is_refused(client, keep):
    media = keep()
    given = {"holder": "Marte Dahl", "until": "2030-12-31", "permission": "For the city's own channels", "note": ""}
    assert "until 31 Dec 2030" in text_of(client.post(at("library_rights", media), given, follow=True))
    media.refresh_from_db()
    assert (media.rights.holder, media.rights.until) == ("Marte Dahl", date(2030, 12, 31))
    assert "is not a day" in text_of(client.post(at("library_rights", media), {"until": "31.12."}, follow=True))


def test_the_original_comes_as_a_download(client, keep):
    media = keep("Påsk & <b>.png")
    answer = client.get(at("library_original", media))
    assert answer["Content-Disposition"].startswith("attachment;") and "P%C3%A5sk" in answer["Content-Disposition"]
    assert answer.content == picture()
    assert answer["Content-Type"] == "application/octet-stream"


def test_where_it_is_used_is_told_with_links(client, cityhall, keep):
    media = keep()
    post = Post.objects.write(workspace=cityhall, by=None, content=Content.of("Look", Shot(str(media.pk))))
    page = text_of(client.get(at("library_media", media)))
    assert reverse("post", args=[cityhall.pk, post.pk]) in page
    assert "In no post yet" not in page


def test_versions_replace_each_other_and_posts_take_them_when_told(client, cityhall, keep, board, ingrid, now):
    from clarion.deliveries.models import Delivery

    old = keep("park.png", "red", alt="The park")
    shot = Shot(str(old.pk), "The park")
    out, waits = (
        Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text, shot), channels=[board])
        for text in ("It is out", "It waits")
    )
    for post in (out, waits):
        Delivery.objects.schedule(post, channels=[board], at=now + timedelta(days=1), by=ingrid, now=now)
    out.deliveries.update(state="published")
    upload = {"file": SimpleUploadedFile("park2.png", picture("green"))}
    page = client.post(at("library_version", old), upload, follow=True)
    new = Media.objects.get(is_current=True)
    assert (new.version, new.alt) == (2, "The park") and "Version 1" in text_of(page)
    assert names(client.get(home(cityhall))) == ["park2.png"]
    assert "It waits" in text_of(page) and text_of(page).count("version 1</small>") == 1
    client.post(at("library_take", new), {"posts": [waits.pk, out.pk]})
    assert (waits.media.get(), out.media.get()) == (new, old)
    waits.refresh_from_db()
    assert waits.said.parts[0].shots == (Shot(str(new.pk), "The park"),)
    client.post(at("library_bring_back", old))
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.version, old.is_current, new.is_current) == (3, True, False)


def test_the_same_file_is_no_new_version(client, keep):
    media, other = keep("a.png", "red"), keep("b.png", "green")
    Post.objects.write(workspace=media.workspace, by=None, content=Content.of("x", Shot(str(other.pk))))
    for data, sentence in ((picture("red"), "the same file as before"), (picture("green"), "a file of its own")):
        upload = {"file": SimpleUploadedFile("c.png", data)}
        assert sentence in text_of(client.post(at("library_version", media), upload, follow=True))
    assert Media.objects.filter(is_current=True).count() == 2


def test_there_is_room_until_somebody_says_how_much(client, cityhall, keep, amir):
    keep("a.png", "red")
    where = reverse("library_quota", args=[cityhall.pk])
    client.post(where, {"gigabytes": "0.0000002"})
    assert Quota.objects.get().bytes == 200
    page = client.post(
        reverse("library_add", args=[cityhall.pk]),
        {"files": SimpleUploadedFile("b.png", picture("green"))},
        follow=True,
    )
    assert "this library may hold" in text_of(page) and Media.objects.count() == 1
    assert "Write a number" in text_of(client.post(where, {"gigabytes": "much"}, follow=True))
    client.post(where, {"gigabytes": ""})
    assert not Quota.objects.exists()
    assert signed_in(amir).post(where, {"gigabytes": "9"}).status_code == 403


def test_the_picker_offers_what_may_be_used(client, cityhall, keep, now):
    good, ended = keep("good.png", "red", alt="Good"), keep("ended.png", "green")
    ended.permit(holder="", permission="", until=now.date() - timedelta(days=1), note="", by=None, now=now)
    answer = client.get(reverse("library_pick", args=[cityhall.pk]), {"for": "part-1"})
    text = text_of(answer)
    assert "<html" not in text and 'data-for="part-1"' in text
    assert re.search(
        rf'type="checkbox" name="media" value="{good.pk}" data-name="good.png" data-alt="Good"[^>]*(?<!disabled)>', text
    )
    assert re.search(rf'value="{ended.pk}"[^>]* disabled>', text)
    one = text_of(client.get(reverse("library_pick", args=[cityhall.pk]), {"for": "x", "one": "1", "q": "good"}))
    assert 'type="radio"' in one and "ended.png" not in one


PAGES = ("library_media", "library_original")
VERBS = (
    "library_change", "library_rights", "library_version", "library_bring_back", "library_take", "library_remove",
    "library_restore",
)  # fmt: skip


def test_a_viewer_looks_and_an_outsider_finds_nothing(vera, outsider, keep, cityhall):
    media = keep()
    for name in PAGES:
        assert signed_in(vera).get(at(name, media)).status_code == 200
        assert signed_in(outsider).get(at(name, media)).status_code == 404
    for name in VERBS:
        assert signed_in(vera).post(at(name, media)).status_code == 403
        assert signed_in(outsider).post(at(name, media)).status_code == 404
        assert signed_in(vera).get(at(name, media)).status_code in (403, 405)
    theirs = outsider.memberships.get().workspace
    assert signed_in(outsider).get(reverse("library_media", args=[theirs.pk, media.pk])).status_code == 404
    page = text_of(signed_in(vera).get(home(cityhall)))
    assert "Upload" not in page and "park.png" in page


def test_another_workspaces_files_are_not_touched(outsider, keep):
    media, theirs = keep(), outsider.memberships.get().workspace
    signed_in(outsider).post(reverse("library_many", args=[theirs.pk]), {"media": [media.pk], "do": "remove"})
    media.refresh_from_db()
    assert media.removed_at is None


def test_the_library_asks_the_same_number_of_questions_for_one_file_and_for_forty(
    client, cityhall, keep, django_assert_max_num_queries
):
    for number in range(40):
        keep(f"{number}.png", (number * 6, 0, 99))
    with django_assert_max_num_queries(18):
        client.get(home(cityhall))


# -- rights, in the composer


@pytest.fixture
def written(cityhall, ingrid, board, keep):
    """A draft with a picture; gives the composer's form with the picture's rights ending so many days from now."""
    media = keep("fog.png", alt="Fog")
    post = Post.objects.write(
        workspace=cityhall, by=ingrid, content=Content.of("Look", Shot(str(media.pk), "Fog")), channels=[board]
    )
    return media, reverse("composer", args=[cityhall.pk, post.pk])


@pytest.mark.parametrize(
    ("days", "stops", "said"),
    [
        (1, True, "“fog.png” may be used until {day}. Choose another picture, or an earlier time."),
        (2, False, "“fog.png” may be used until {day}. It stays in the post after that"),
        (8, False, "“fog.png” may be used until {day}. It stays in the post after that"),
        (9, False, ""),
    ],
)
def test_a_picture_is_not_promised_for_after_its_rights_end(client, cityhall, written, now, days, stops, said):
    media, where = written
    today = now.astimezone(cityhall.tz).date()
    media.permit(holder="", permission="", until=today + timedelta(days=days), note="", by=None, now=now)
    fields = composed(client, where, date=f"{today + timedelta(days=2)}", time="12:00", do="schedule")
    answer = client.post(where, fields)
    assert (answer.status_code == 422) is stops
    checked = client.post(reverse("composer_check", args=[cityhall.pk]), fields).json()
    day = date_format(today + timedelta(days=days), "j F Y")
    assert (said.format(day=day) in checked["checks"]) if said else "may be used until" not in checked["checks"]
    assert bool(checked["stops"]) is stops


def test_a_whole_album_comes_in_one_form(client, cityhall):
    """Five hundred files, without scripts; here of two pictures, so that it is quick."""
    data = picture("red"), picture("green")
    files = [SimpleUploadedFile(f"{number}.png", data[number % 2]) for number in range(500)]
    page = text_of(client.post(reverse("library_add", args=[cityhall.pk]), {"files": files}, follow=True))
    assert "2 files are here." in page and "498 files were here already." in page
