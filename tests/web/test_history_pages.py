"""The history of a post: who changed which words, two versions side by side, and an old one again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery
from clarion.posts.content import Content, Words
from clarion.posts.models import Post, Working

from .desk import a_channel, form, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def post(cityhall, ingrid, amir, halden):
    made = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("The market moves."), channels=[halden])
    made.edit(by=amir, version=1, content=Content.of("The market moves to the harbour."))
    second = Content((Words("The market moves to the harbour."), Words("Bring a bag.")), {"content_warning": "Crowds"})
    made.edit(by=ingrid, version=2, content=second, variants={halden.pk: Content.of("Market: harbour!")})
    return made


def address(post, name="post_history", *more):
    return reverse(name, args=[post.workspace_id, post.pk, *more])


def test_each_version_says_who_changed_which_words(ingrid, post):
    page = text_of(signed_in(ingrid).get(address(post)))
    assert page.index("Version 3") < page.index("Version 2") < page.index("Version 1")
    assert "Amir Haddad" in page and "The text now" in page
    assert "The market moves<ins>" in page and "added: </bdi> to the harbour</ins>." in page
    assert "Part 2" in page and "Bring a bag." in page and "Content warning" in page
    assert "Only on @halden has words of its own" in page


def test_words_that_have_no_version_yet_are_shown_as_the_text_now(ingrid, post):
    post.keep(
        by=ingrid, version=3, page="p", content=Content.of("Cancelled."), channels=post.channels.all(), variants={},
        labels=[], late="send", late_minutes=360,
    )  # fmt: skip
    page = text_of(signed_in(ingrid).get(address(post)))
    assert "Version 4" in page and "Cancelled." in page


def test_any_two_versions_are_compared(ingrid, post):
    page = text_of(signed_in(ingrid).get(address(post) + "?old=1&new=3"))
    assert "From version 1 to version 3" in page
    assert signed_in(ingrid).get(address(post) + "?old=1&new=9").status_code == 404


def test_an_old_version_is_taken_again_as_a_new_one(ingrid, post):
    answer = signed_in(ingrid).post(address(post, "post_restore", 1), follow=True)
    assert "Version 1 is the text again" in text_of(answer)
    post = Post.objects.get()
    assert (post.text, post.version, post.variants.count()) == ("The market moves.", 4, 0)
    assert [one.version for one in post.revisions.order_by("version")] == [1, 2, 3, 4]


def test_an_old_version_of_a_scheduled_post_waits_until_it_is_saved(ingrid, amir, post, halden, now):
    Delivery.objects.schedule(post, channels=[halden], at=now + timedelta(days=1), by=ingrid, now=now)
    client = signed_in(ingrid)
    answer = client.post(address(post, "post_restore", 1), follow=True)
    assert "Save it, and it goes out" in text_of(answer) and form(answer)["text:all:0"] == ["The market moves."]
    assert Post.objects.get().version == 3 and Working.objects.get().user == ingrid
    assert signed_in(amir).post(address(post, "post_restore", 1)).status_code == 403


def test_a_long_history_is_paged(ingrid, post):
    for version in range(3, 20):
        post.edit(by=ingrid, version=version, content=Content.of(f"Edition {version}"))
    client = signed_in(ingrid)
    assert "Earlier versions" in text_of(client.get(address(post)))
    page = text_of(client.get(address(post) + "?before=9"))
    assert "Version 8" in page and "Version 9<" not in page and "The text now" not in page


def test_viewers_read_it_and_outsiders_do_not(vera, outsider, post):
    page = signed_in(vera).get(address(post))
    assert page.status_code == 200 and "Take this version" not in text_of(page)
    assert signed_in(vera).post(address(post, "post_restore", 1)).status_code == 403
    client = signed_in(outsider)
    assert client.get(address(post)).status_code == 404
    assert client.post(address(post, "post_restore", 1)).status_code == 404
