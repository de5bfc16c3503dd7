"""What a person does to a picture for one post: kept with the use, seen in what goes out; the file stays whole."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from clarion.deliveries.sources import Removals
from clarion.networks.editing import Edit
from clarion.networks.words import Refused
from clarion.posts.content import Content, Shot
from clarion.posts.fitting import fitted, used
from clarion.posts.models import Media, Post

pytestmark = pytest.mark.django_db
HALF = Edit(crop=(0, 0, 5000, 10000))


@pytest.fixture(autouse=True)
def folder_of_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def bridge(keep) -> Media:
    out = io.BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(out, "JPEG")
    return keep(out.getvalue(), "bridge.jpg", alt="The bridge")


def looked_at(media: Media, edit: Edit) -> Media:
    (found,) = used({str(media.pk): media}, [Shot(str(media.pk), "", edit)])
    return found


def test_contents_from_before_keep_their_hash():
    said = Content.of("x", Shot("01a21ea1-60cf-7000-b944-0a9f88114088", "a"))
    shot = {"media": "01a21ea1-60cf-7000-b944-0a9f88114088", "alt": "a"}
    assert said.as_json()["parts"][0]["shots"] == [shot]
    edited = Content.of("x", Shot("01a21ea1-60cf-7000-b944-0a9f88114088", "a", HALF))
    assert edited.sha256 != said.sha256
    assert Content.from_json(edited.as_json()) == edited


def test_what_goes_out_is_cut_and_the_file_stays_whole(bridge, board):
    before = bridge.path.read_bytes()
    said = Content.of("x", Shot(str(bridge.pk), "One half", HALF), Shot(str(bridge.pk), "Whole"))
    first, second = fitted(said, channel=board).draft.parts[0].media
    assert ((first.width, first.height), first.alt) == ((200, 300), "One half")
    assert ((second.width, second.height), second.sha256) == ((400, 300), bridge.clean_sha256)
    with Image.open(first.path) as image:
        assert image.size == (200, 300)
    assert bridge.path.read_bytes() == before


def test_it_is_made_once_and_is_no_file_of_the_library(bridge, board):
    made = looked_at(bridge, HALF)
    assert made.pk == looked_at(bridge, HALF).pk and made.source_id == bridge.pk
    assert list(Media.objects.on_show()) == [bridge]
    assert looked_at(bridge, Edit(focus=(0, 0))) == bridge


def test_many_edits_are_one_question(bridge, django_assert_num_queries):
    edits = [Edit(turn=90), Edit(turn=180), HALF]
    shots = [Shot(str(bridge.pk), "", edit) for edit in edits]
    rows = {str(bridge.pk): bridge}
    first = used(rows, shots)
    with django_assert_num_queries(1):
        assert used(rows, shots) == first


def test_a_point_changes_no_file_and_goes_along(bridge, board):
    said = Content.of("x", Shot(str(bridge.pk), "x", Edit(crop=(0, 0, 5000, 10000), focus=(2500, 10000))))
    (media,) = fitted(said, channel=board).draft.parts[0].media
    assert media.focus == (0.5, 1.0)


def test_what_cannot_be_edited_never_goes_out_as_it_is(keep, board):
    out, frames = io.BytesIO(), [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    moving = keep(out.getvalue(), "wave.gif")
    with pytest.raises(Refused, match=r"“wave.gif” cannot be turned or cut"):
        fitted(Content.of("x", Shot(str(moving.pk), "x", HALF)), channel=board)


def test_another_version_of_the_file_is_cut_alike(bridge, keep, cityhall, ingrid):
    out = io.BytesIO()
    Image.effect_noise((800, 600), 50).convert("RGB").save(out, "JPEG")
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("x", Shot(str(bridge.pk), "x", HALF)))
    better = keep(out.getvalue(), "bridge-large.jpg")
    better.become(bridge, by=ingrid)
    (shot,) = post.take_version(bridge, better, by=ingrid).said.parts[0].shots
    assert shot == Shot(str(better.pk), "x", HALF)


def test_what_was_made_of_it_goes_with_a_file_that_nobody_used(bridge, board, clock, now, folder_of_media):
    cut = looked_at(bridge, HALF)
    looked_at(cut, Edit(turn=90))
    bridge.remove(by=None, now=now)
    clock.pass_by(days=31)
    source = Removals(clock=clock)
    for lease in source.claim(owner="w", now=now + timedelta(days=31), limit=9):
        source.run(lease)
    assert not Media.objects.exists()
    assert [path for path in folder_of_media.rglob("*") if path.is_file()] == []
