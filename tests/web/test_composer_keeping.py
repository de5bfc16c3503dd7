"""Kept without a press: drafts, working copies of what is promised, two people and two pages at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery
from clarion.posts.content import Content
from clarion.posts.models import Post, Presence, Working
from clarion.records.models import Event

from .desk import a_channel, composed, form, signed_in, text_of

pytestmark = pytest.mark.django_db
BEFORE = "The library opens at ten on Monday. The children's floor stays closed until noon."


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def write(cityhall):
    return reverse("composer_new", args=[cityhall.pk])


@pytest.fixture
def draft(cityhall, ingrid, halden):
    return Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(BEFORE), channels=[halden])


@pytest.fixture
def promised(draft, halden, ingrid, now):
    Delivery.objects.schedule(draft, channels=[halden], at=now + timedelta(days=1), by=ingrid, now=now)
    return draft


def address_of(post):
    return reverse("composer", args=[post.workspace_id, post.pk])


class Page:
    """An open composer with its script: it keeps what is typed, and learns from the answers."""

    def __init__(self, person, address, *, name="page-1"):
        self.client, self.address = signed_in(person), address
        self.fields = {**form(self.client.get(address)), "page": [name]}

    def keeps(self, text, **changes):
        self.fields |= {"text:all:0": [text], **{name: [value] for name, value in changes.items()}}
        workspace = self.address.split("/")[2]
        told = self.client.post(reverse("composer_keep", args=[workspace]), self.fields).json()
        if told.get("post"):
            self.fields["post"], self.address = [told["post"]], told["address"]
        if told["where"] == "draft":
            self.fields["version"] = [str(told["version"])]
        if told.get("working"):
            self.fields["working"] = [str(told["working"])]
        return told["where"]

    def presses(self, do, **changes):
        return self.client.post(self.address, {**self.fields, **changes, "do": do})


# -- drafts


def test_the_first_words_make_a_draft_and_an_empty_page_leaves_none(ingrid, halden, write):
    page = Page(ingrid, write)
    assert page.keeps("  ") == "nothing" and not Post.objects.exists()
    assert page.keeps("The mar") == "draft"
    assert page.keeps("The market moves.") == "draft"
    post = Post.objects.get()
    assert (post.text, post.author, list(post.channels.all())) == ("The market moves.", ingrid, [halden])
    assert not Delivery.objects.exists()


def test_a_new_page_whose_first_answer_was_lost_goes_on_with_the_same_draft(ingrid, halden, write):
    page = Page(ingrid, write)
    before = dict(page.fields)
    page.keeps("The mar")
    page.fields = before
    assert page.keeps("The market moves.") == "draft"
    assert Post.objects.get().text == "The market moves."
    page.fields = before
    page.presses("save", **{"text:all:0": ["The market moves on Friday."]})
    assert Post.objects.get().text == "The market moves on Friday."


def test_what_one_person_writes_in_a_row_is_one_version_of_the_history(ingrid, draft):
    page = Page(ingrid, address_of(draft))
    for text in ("One", "One two", "One two three"):
        assert page.keeps(text) == "draft"
    assert [one.version for one in draft.revisions.all()] == [1]
    page.presses("save")
    draft.refresh_from_db()
    assert [one.whole["content"]["parts"][0]["text"] for one in draft.revisions.order_by("version")] == [
        BEFORE, "One two three",
    ]  # fmt: skip
    assert Event.objects.of(draft).filter(verb="post.edited").count() == 1
    page.presses("save")
    assert draft.revisions.count() == 2, "a second press on the same words is no version"


def test_other_hands_that_go_on_leave_a_version_of_the_first(ingrid, amir, draft):
    Page(ingrid, address_of(draft)).keeps("Ingrid's words")
    Page(amir, address_of(draft), name="page-2").keeps("Ingrid's words and Amir's")
    kept = [(one.whole["content"]["parts"][0]["text"], one.by) for one in draft.revisions.order_by("version")]
    assert kept == [(BEFORE, ingrid), ("Ingrid's words", ingrid)]
    assert Post.objects.get().text == "Ingrid's words and Amir's"


def test_an_answer_that_was_lost_is_no_conflict_with_oneself(ingrid, draft):
    page = Page(ingrid, address_of(draft))
    page.keeps("First words")
    page.fields["version"] = ["1"]
    assert page.keeps("First words, and more") == "draft"
    page.fields["version"] = ["1"]
    assert page.presses("save", **{"text:all:0": ["All of it"]}).status_code == 302
    assert Post.objects.get().text == "All of it"


def test_a_half_typed_label_is_not_made(ingrid, draft):
    Page(ingrid, address_of(draft)).keeps("Words", new_labels="Traf")
    assert not Post.objects.get().labels.exists()


def test_a_control_character_is_refused_with_its_sentence(ingrid, draft):
    assert Page(ingrid, address_of(draft)).keeps("nothing\x00") == "refused"
    assert Post.objects.get().text == BEFORE


# -- two people, two pages


def test_no_keeping_overwrites_what_somebody_else_wrote(ingrid, amir, draft):
    hers, his = Page(ingrid, address_of(draft)), Page(amir, address_of(draft), name="page-2")
    assert his.keeps("His words") == "draft"
    assert hers.keeps("Her words") == "apart"
    assert hers.keeps("Her words, and more") == "apart"
    assert Post.objects.get().text == "His words"
    assert Working.objects.get(user=ingrid).whole["words"]["parts"][0]["text"] == "Her words, and more"
    again = signed_in(ingrid).get(hers.address)
    assert form(again)["text:all:0"] == ["Her words, and more"], "they stand there when she comes back"
    assert "Amir Haddad saved this post while you were writing" in text_of(again)


def test_two_people_make_one_text_of_both_and_nobody_loses_a_word(ingrid, amir, draft):
    hers, his = Page(ingrid, address_of(draft)), Page(amir, address_of(draft), name="page-2")
    his.keeps(BEFORE.replace("noon", "one o'clock"))
    answer = hers.presses("save", **{"text:all:0": [BEFORE.replace("ten", "nine")]})
    assert answer.status_code == 409
    page = text_of(answer)
    assert "<del>" in page and "<ins>" in page and "Amir Haddad wrote:" in page and "You wrote:" in page
    fields = form(answer)
    assert [value[0] for name, value in fields.items() if name.startswith("join:")] == ["mine", "theirs"]
    hers.client.post(hers.address, {**fields, "do": "join"})
    assert Post.objects.get().text == BEFORE.replace("noon", "one o'clock").replace("ten", "nine")
    assert not Working.objects.exists()
    texts = [one.whole["content"]["parts"][0]["text"] for one in draft.revisions.order_by("version")]
    assert BEFORE.replace("noon", "one o'clock") in texts, "his are in the history"


@pytest.mark.parametrize(
    ("choice", "text"), [("mine", "opens at nine"), ("theirs", "opens at eleven"), ("both", "opens at eleven nine")]
)
def test_a_passage_that_both_changed_is_a_choice(ingrid, amir, draft, choice, text):
    hers, his = Page(ingrid, address_of(draft)), Page(amir, address_of(draft), name="page-2")
    his.keeps(BEFORE.replace("ten", "eleven"))
    fields = form(hers.presses("save", **{"text:all:0": [BEFORE.replace("ten", "nine")]}))
    (name,) = [name for name in fields if name.startswith("join:")]
    hers.client.post(hers.address, {**fields, name: choice, "do": "join"})
    assert text in Post.objects.get().text


def test_who_saves_again_while_one_chooses_is_asked_about_as_well(ingrid, amir, draft):
    hers, his = Page(ingrid, address_of(draft)), Page(amir, address_of(draft), name="page-2")
    his.keeps("His words")
    fields = form(hers.presses("save", **{"text:all:0": ["Her words"]}))
    his.keeps("His words, later")
    answer = hers.client.post(hers.address, {**fields, "do": "join"})
    assert answer.status_code == 409 and "later" in text_of(answer)
    assert Post.objects.get().text == "His words, later"


def test_channels_labels_pictures_and_parts_are_joined_as_well(ingrid, amir, cityhall, draft, halden, now):
    sky = a_channel(cityhall, now, network="bluesky", handle="halden.example")
    hers, his = Page(ingrid, address_of(draft)), Page(amir, address_of(draft), name="page-2")
    his.fields |= {"channels": [str(sky.pk)], "part:all": ["0", "1"], "text:all:1": ["His second part"]}
    his.keeps(BEFORE)
    hers.fields |= {"option:content_warning": ["Snow"]}
    fields = form(hers.presses("save", **{"text:all:0": [BEFORE]}))
    hers.client.post(hers.address, {**fields, "join:channels": "both", "do": "join"})
    post = Post.objects.get()
    assert set(post.channels.all()) == {halden, sky}
    assert [part.text for part in post.said.parts] == [BEFORE, "His second part"]
    assert post.said.options == {"content_warning": "Snow"}


def test_two_pages_of_one_person_do_not_overwrite_each_other(ingrid, promised):
    one, other = (Page(ingrid, address_of(promised), name=f"page-{n}") for n in (1, 2))
    assert one.keeps("In the first page") == "working"
    assert other.keeps("In the second page") == "pages"
    assert Working.objects.get().whole["words"]["parts"][0]["text"] == "In the first page"
    answer = other.presses("schedule")
    assert answer.status_code == 409 and "You saved this post in another page" in text_of(answer)
    assert "</span> first</del>" in text_of(answer) and form(answer)["text:all:0"] == ["In the second page"]


def test_a_post_that_was_taken_off_the_desk_is_told(ingrid, draft, now):
    page = Page(ingrid, address_of(draft))
    draft.remove(by=ingrid, now=now)
    assert page.keeps("Still wanted") == "gone"


# -- what is promised


def test_words_of_a_scheduled_post_do_not_go_out_until_they_are_saved(ingrid, promised, halden):
    page = Page(ingrid, address_of(promised))
    assert page.keeps("Half a sen") == "working"
    promised.refresh_from_db()
    assert (promised.text, promised.version) == (BEFORE, 1)
    again = signed_in(ingrid).get(page.address)
    assert "not yet in what goes out" in text_of(again) and form(again)["text:all:0"] == ["Half a sen"]
    page.keeps("A whole sentence.")
    assert page.presses("schedule").status_code == 302
    promised.refresh_from_db()
    assert promised.text == "A whole sentence." and not Working.objects.exists()


def test_changes_are_dropped_and_what_goes_out_stands(ingrid, promised):
    page = Page(ingrid, address_of(promised))
    page.keeps("A whim")
    page.presses("drop")
    assert not Working.objects.exists()
    assert form(signed_in(ingrid).get(page.address))["text:all:0"] == [BEFORE]


def test_a_working_copy_is_its_writers_alone(ingrid, promised, cityhall):
    from clarion.organisations.models import Member, User

    ella = User.objects.create_user("ella@halden.example", "correct horse 7", name="Ella Vik")
    Member.objects.join(workspace=cityhall, user=ella, role="editor")
    Page(ingrid, address_of(promised)).keeps("A whim")
    assert form(signed_in(ella).get(address_of(promised)))["text:all:0"] == [BEFORE]


def test_a_draft_that_was_scheduled_meanwhile_is_not_changed(amir, ingrid, draft, halden, now):
    """The keeping that was on its way finds a promise: the verb itself refuses."""
    from clarion.posts.models import Promised

    Delivery.objects.schedule(draft, channels=[halden], at=now + timedelta(days=1), by=ingrid, now=now)
    with pytest.raises(Promised):
        draft.keep(
            by=amir, version=1, page="p", content=Content.of("Slipped in"), channels=[halden], variants={}, labels=[],
            late="send", late_minutes=360,
        )  # fmt: skip
    assert Post.objects.get().text == BEFORE


# -- who is here


def test_one_sees_who_else_reads_and_writes(ingrid, amir, draft):
    hers, his = signed_in(ingrid), signed_in(amir)
    here = reverse("composer_present", args=[draft.workspace_id, draft.pk])
    assert his.post(here).json()["others"] == ""
    assert hers.post(here).json()["others"] == "Amir is reading along"
    Page(amir, address_of(draft)).keeps("Words")
    told = hers.post(here).json()
    assert told["others"] == "Amir is writing" and told["version"] == 2 and "Amir Haddad" in told["sentence"]
    Presence.objects.update(seen_at=draft.created_at - timedelta(minutes=5))
    assert hers.post(here).json()["others"] == ""


def test_an_outsider_keeps_nothing_and_sees_nobody(outsider, ingrid, draft):
    client = signed_in(outsider)
    for workspace in (draft.workspace_id, outsider.memberships.get().workspace_id):
        assert client.post(reverse("composer_present", args=[workspace, draft.pk])).status_code == 404
    assert client.post(reverse("composer_keep", args=[draft.workspace_id])).status_code == 404
    own = reverse("composer_new", args=[outsider.memberships.get().workspace_id])
    data = composed(client, own, **{"text:all:0": "Mine", "post": str(draft.pk)})
    client.post(reverse("composer_keep", args=[outsider.memberships.get().workspace_id]), data)
    assert Post.objects.get(pk=draft.pk).text == BEFORE


def test_the_composer_asks_the_database_little(ingrid, draft, promised, django_assert_max_num_queries):
    client, address = signed_in(ingrid), address_of(draft)
    client.get(address)
    with django_assert_max_num_queries(10):
        client.get(address)
