"""What a workspace keeps to write with: groups of hashtags, snippets with gaps; and the hashtags it has used."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from clarion.posts.content import Content
from clarion.posts.models import Post, Snippet, TagGroup, UtmPreset
from clarion.posts.models.tags import tags_in, tags_used
from clarion.records.models import Event

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("#Halden, #OpenLibrary", ["#Halden", "#OpenLibrary"]),
        ("halden  library", ["#halden", "#library"]),
        ("#Halden #halden", ["#Halden"]),
        ("#2026 ## # !", []),
        ("＃ハルデン;#Sør_Øst", ["#ハルデン", "#Sør_Øst"]),
    ],
)
def test_a_typed_list_becomes_hashtags_each_once(typed, tags):
    assert tags_in(typed) == tags


def test_the_commonest_hashtags_of_a_workspace_come_first_as_most_of_its_posts_write_them(cityhall, ingrid, outsider):
    for text in ("#HaldenReads on Monday", "Again #haldenreads", "#HaldenReads and #Books #Books", "no tag # here"):
        Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text))
    other = outsider.memberships.get().workspace
    Post.objects.write(workspace=other, by=outsider, content=Content.of("#Elsewhere"))
    assert tags_used(cityhall) == [("#HaldenReads", 3), ("#Books", 1)]


def test_what_was_taken_off_the_desk_suggests_nothing(cityhall, ingrid, now):
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("#Mistake"))
    post.remove(by=ingrid, now=now)
    assert tags_used(cityhall) == []


def test_the_gaps_of_a_snippet_are_asked_for_but_for_those_that_the_day_answers(cityhall, ingrid):
    one = Snippet.objects.make(
        workspace=cityhall,
        name="Closed",
        by=ingrid,
        text="{street} is closed on {weekday}, {date}. {street}: {link} {}",
    )
    assert one.variables == ["street", "weekday", "date", "link"]
    assert one.asked == ["street", "link"]
    assert one.filled({"street": "Storgata", "date": "3 May"}) == (
        "Storgata is closed on {weekday}, 3 May. Storgata: {link} {}"
    )


@pytest.mark.parametrize(
    ("kind", "noun", "values"),
    [
        (TagGroup, "tag_group", {"tags": "#Halden"}), (Snippet, "snippet", {"text": "Thank you"}),
        (UtmPreset, "utm_preset", {"medium": "social"}),
    ],
)  # fmt: skip
def test_every_deed_on_the_kit_is_recorded(kind, noun, values, cityhall, ingrid):
    one = kind.objects.make(workspace=cityhall, name="One", by=ingrid, **values)
    one.change(by=ingrid, name="Two")
    key = str(one.pk)
    one.remove(by=ingrid)
    told = Event.objects.filter(subject=key).order_by("id").values_list("verb", "workspace_id", "by_id")
    assert list(told) == [(f"{noun}.{verb}", cityhall.pk, ingrid.pk) for verb in ("made", "changed", "removed")]


def test_without_its_record_nothing_is_done(cityhall, ingrid, monkeypatch):
    one = TagGroup.objects.make(workspace=cityhall, name="One", by=ingrid, tags="#a")
    monkeypatch.setattr(type(Event.objects.all()), "create", lambda *a, **k: 1 / 0)
    for deed in (
        lambda: TagGroup.objects.make(workspace=cityhall, name="Two", by=ingrid, tags="#b"),
        lambda: one.change(by=ingrid, name="Three"), lambda: one.remove(by=ingrid),
    ):  # fmt: skip
        with pytest.raises(ZeroDivisionError):
            deed()
    assert list(TagGroup.objects.values_list("name", flat=True)) == ["One"]


def test_a_name_is_given_once_in_a_workspace_and_again_in_another(cityhall, ingrid, outsider):
    TagGroup.objects.make(workspace=cityhall, name="Library", by=ingrid, tags="#a")
    with pytest.raises(IntegrityError), transaction.atomic():
        TagGroup.objects.make(workspace=cityhall, name="Library", by=ingrid, tags="#b")
    other = outsider.memberships.get().workspace
    TagGroup.objects.make(workspace=other, name="Library", by=outsider, tags="#c")
    assert [one.tags for one in TagGroup.objects.of(ingrid)] == ["#a"]
