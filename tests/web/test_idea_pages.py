"""The board of ideas: who puts them, how they move, and how one becomes a draft."""

from __future__ import annotations

import io

import pytest

from clarion.posts.models import Idea, IdeaBoard, Media, Post
from clarion.records.models import Event
from clarion.testing.pictures import png
from tests.web.desk import signed_in, text_of


@pytest.fixture
def put(cityhall, ingrid):
    return lambda text, **more: Idea.objects.put(workspace=cityhall, by=ingrid, text=text, **more)


def column(value: str) -> list[str]:
    return [one.text for one in Idea.objects.on_board().filter(ripeness=value)]


def test_an_idea_is_put_changed_and_becomes_a_draft_once(desk):
    picture = io.BytesIO(png())
    picture.name = "tree.png"
    given = {"text": "The tree is lit", "link": "halden.example/tree", "labels": "advent, city", "picture": picture}
    desk.post("ideas/new", given)
    idea = Idea.objects.get()
    assert "The tree is lit" in text_of(desk.get("ideas")) and idea.link == "https://halden.example/tree"
    desk.post(f"ideas/{idea.pk}", {"text": "The tree is lit on Sunday", "link": idea.link, "labels": "advent"})
    answer = desk.post(f"ideas/{idea.pk}/do", {"do": "draft"})
    post = Post.objects.get()
    assert answer.url.endswith(f"{post.pk}/edit")
    assert post.text == "The tree is lit on Sunday\n\nhttps://halden.example/tree"
    assert [label.name for label in post.labels.all()] == ["advent"] and post.media.get() == Media.objects.get()
    assert post.ideas.get() == idea and "The tree" not in text_of(desk.get("ideas"))
    desk.post(f"ideas/{idea.pk}/do", {"do": "draft"})
    assert Post.objects.count() == 1


def test_ideas_move_between_columns_and_before_each_other(desk, put):
    one, two, three = put("One"), put("Two"), put("Three")
    desk.post(f"ideas/{three.pk}/do", {"to": "idea", "ahead_of": str(one.pk)})
    assert column("idea") == ["Three", "One", "Two"]
    desk.post(f"ideas/{one.pk}/do", {"to": "ready"})
    desk.post(f"ideas/{two.pk}/do", {"to": "ready", "ahead_of": str(one.pk)}, headers={"X-Part": "idea"})
    assert (column("idea"), column("ready")) == (["Three"], ["Two", "One"])
    desk.post(f"ideas/{one.pk}/do", {"to": "nowhere", "ahead_of": "x"})
    assert column("ready") == ["Two", "One"]
    assert Event.objects.filter(verb="idea.moved").count() == 2


def test_a_removed_idea_is_brought_back(desk, put):
    idea = put("Not now")
    page = text_of(desk.post(f"ideas/{idea.pk}/do", {"do": "remove"}, follow=True))
    assert "“Not now” is off the board." in page and not column("idea")
    desk.post(f"ideas/{idea.pk}/do", {"do": "back"})
    assert column("idea") == ["Not now"]


def test_what_is_shared_is_filled_in_and_put_by_a_person(desk):
    page = text_of(desk.get("ideas/new", data={"title": "Snow", "url": "https://met.example", "text": "<b>30 cm</b>"}))
    assert "Snow\n\n&lt;b&gt;30 cm&lt;/b&gt;" in page and 'value="https://met.example"' in page
    assert not Idea.objects.exists(), "an address alone puts nothing"
    assert "not an address" in text_of(desk.post("ideas/new", {"text": "x", "link": "javascript:alert(1)"}))


def test_columns_have_the_workspaces_own_names(desk, cityhall, amir, put):
    put("One")
    desk.post("ideas/names", {"idea": "Maybe", "shaping": "", "ready": " Soon  now "})
    assert list(IdeaBoard.names_of(cityhall).values()) == ["Maybe", "Shaping", "Soon now"]
    assert "Soon now" in text_of(desk.get("ideas"))
    assert desk.sign_in(amir).post("ideas/names", {"idea": "Mine"}).status_code == 403


def test_viewers_look_and_outsiders_see_nothing(put, vera, outsider, cityhall):
    idea = put("Inside")
    home = f"/w/{cityhall.pk}/ideas"
    page = text_of(signed_in(vera).get(home))
    assert "Inside" in page and 'name="do"' not in page
    assert signed_in(vera).post(f"{home}/{idea.pk}/do", {"do": "draft"}).status_code == 403
    assert signed_in(outsider).get(home).status_code == 404
    assert signed_in(outsider).post(f"{home}/{idea.pk}/do", {"do": "draft"}).status_code == 404


def test_a_picture_that_is_none_is_refused_and_the_words_stay(desk):
    file = io.BytesIO(b"<svg/>")
    file.name = "x.svg"
    page = desk.post("ideas/new", {"text": "Keep me", "picture": file})
    assert page.status_code == 422 and "SVG" in text_of(page) and "Keep me" in text_of(page)


def test_the_board_asks_few_questions(desk, put, django_assert_max_num_queries):
    for number in range(60):
        put(f"Idea {number}")
    with django_assert_max_num_queries(10):
        desk.get("ideas")
