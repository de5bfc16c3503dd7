"""Comments: said where the post is shown, between colleagues, or with its guests."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clarion.approvals.models import Comment, Guest, Stage, Workflow
from clarion.deliveries.asking import ask_for_yes
from clarion.notifications.models import Notification
from clarion.organisations.models import Member, Officer, User
from clarion.records.models import Event

from ..approvals.conftest import flow, mayor, written  # noqa: F401  fixtures
from ..deliveries.conftest import clock  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def post(written, ingrid):  # noqa: F811
    return written(ingrid, "The bridge is closed on Friday.").post


def says(client, post, **fields):
    return client.post(reverse("comment_say", args=[post.workspace_id, post.pk]), fields, follow=True)


def test_said_on_the_post_about_a_passage_answered_and_settled(client, flow, post, ingrid, vera):  # noqa: F811
    client.force_login(vera)
    page = says(client, post, text="Which one?", quote="The bridge")
    assert "Your comment is kept." in page.text and '<blockquote dir="auto">The bridge</blockquote>' in page.text
    first = Comment.objects.get()
    assert (first.person, first.for_guests, first.part, first.start) == (vera, False, 0, 0)
    settle = reverse("comment_settle", args=[post.workspace_id, first.pk])
    assert client.post(settle).status_code == 403, "a viewer settles nothing"
    client.force_login(ingrid)
    says(client, post, text="The old one.", answers=str(first.pk))
    assert first.answered_by.get().person == ingrid
    client.post(settle)
    first.refresh_from_db()
    assert first.resolved_by == ingrid
    asked = post.approval_requests.get()
    page = client.get(reverse("approval", args=[post.workspace_id, asked.pk])).text
    assert "Which one?" in page and "The old one." in page and "Open again" in page
    client.post(settle)
    first.refresh_from_db()
    assert first.resolved_at is None


def test_what_the_post_does_not_say_is_no_quote_of_it(client, post, ingrid):
    client.force_login(ingrid)
    says(client, post, text="Look at this.", quote="The mayor is a crook.")
    assert Comment.objects.get().quote == ""


def test_nothing_and_too_much_are_refused_in_words(client, post, ingrid):
    client.force_login(ingrid)
    for text in (" ", "x" * 4001):
        assert "Write between 1 and 4000 characters." in says(client, post, text=text).text
    assert not Comment.objects.exists()


def test_an_answer_belongs_to_its_own_post(client, post, written, ingrid):  # noqa: F811
    client.force_login(ingrid)
    says(client, post, text="Here.")
    other = written(ingrid, "Another.").post
    says(client, other, text="There.", answers=str(Comment.objects.get().pk))
    assert Comment.objects.get(text="There.").answers is None


def test_what_is_between_colleagues_is_not_told_to_a_member_who_is_a_guest(cityhall, post, ingrid, mayor):  # noqa: F811
    """She is asked for her yes, and hears of what guests may read only."""
    client = User.objects.create_user("kunde@example.org", "correct horse 7", name="A client")
    Member.objects.join(workspace=cityhall, user=client, role="guest")
    stage = Stage("Client", people=(str(client.pk), str(mayor.pk)))
    Workflow.objects.set_up(workspace=cityhall, name="Client", stages=[stage], by=ingrid)
    ask_for_yes(post, by=ingrid, now=post.created_at)
    Comment.objects.say(post, text="She must not read this.", by=ingrid, now=post.created_at)
    told = Notification.objects.filter(kind="comment.made")
    assert [one.person for one in told] == [mayor]
    Comment.objects.say(post, text="Dear client", by=ingrid, now=post.created_at, for_guests=True)
    assert told.get(person=client).sentence == "Dear client"


def test_auditors_read_and_outsiders_and_guest_members_do_not_even_that(client, cityhall, post, ingrid, outsider):
    says_what = Comment.objects.say(post, text="Between us.", by=ingrid, now=post.created_at)
    auditor = User.objects.create_user("audit@halden.example", "correct horse 7", name="Una")
    Officer.objects.appoint(organisation=cityhall.organisation, user=auditor, role="auditor", by=ingrid)
    client.force_login(auditor)
    page = client.get(reverse("post", args=[cityhall.pk, post.pk])).text
    assert "Between us." in page and 'id="remark-text"' not in page
    assert says(client, post, text="Me too.").status_code == 403
    guest = User.objects.create_user("client@example.org", "correct horse 7", name="A client")
    Member.objects.join(workspace=cityhall, user=guest, role="guest")
    for person, status in ((guest, 404), (outsider, 404)):
        client.force_login(person)
        assert says(client, post, text="Me too.").status_code == status
        settle = client.post(reverse("comment_settle", args=[cityhall.pk, says_what.pk]))
        assert settle.status_code in (403, 404)
    assert Comment.objects.get().resolved_at is None


def told(person) -> list[str]:
    rows = Notification.objects.of(person).filter(kind__startswith="comment.")
    return list(rows.order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize("name", ["Vera Lie", "vera lie", "Vera", "Lie", "vera@halden.example"])
def test_who_is_mentioned_is_told_just_that_and_her_name_stands_out(client, post, ingrid, amir, vera, name):
    client.force_login(amir)
    page = says(client, post, text=f"Ask @{name}, please.").text
    assert f'<strong class="named">@{name}</strong>, please.' in page
    assert (told(vera), told(ingrid), told(amir)) == (["comment.mention"], ["comment.made"], [])
    (mention,) = Notification.objects.of(vera)
    assert mention.title == "Amir Haddad mentioned you" and client.get(mention.address).status_code == 200
    assert Event.objects.get(verb="comment.said").after["mentioned"] == [str(vera.pk)]


def test_a_name_of_several_is_not_guessed_but_listed(client, cityhall, post, ingrid, vera):
    other = User.objects.create_user("vera.two@halden.example", name="Vera Moe")
    Member.objects.join(workspace=cityhall, user=other, role="editor")
    client.force_login(ingrid)
    page = says(client, post, text="Ask @Vera.").text
    assert "“@Vera” can be @Vera Lie, @Vera Moe. None of them was told" in page and 'class="named"' not in page
    assert (told(vera), told(other)) == ([], [])
    User.objects.filter(pk=other.pk).update(name="Vera Lie")
    assert "@vera.two@halden.example, @vera@halden.example" in says(client, post, text="Ask @Vera Lie.").text
    says(client, post, text="Ask @vera.two@halden.example.")
    assert (told(vera), told(other)) == ([], ["comment.mention"])
    offered = client.get(reverse("comment_names", args=[cityhall.pk])).json()["@"]
    assert {one["text"] for one in offered} == {
        "@vera@halden.example", "@vera.two@halden.example", "@Ingrid Solberg",
    }  # fmt: skip


def test_only_members_who_see_the_post_are_mentioned_and_never_by_guests(client, cityhall, post, ingrid, outsider):
    client_side = User.objects.create_user("client@example.org", name="Carla Guest")
    Member.objects.join(workspace=cityhall, user=client_side, role="guest")
    client.force_login(ingrid)
    page = says(client, post, text=f"@Carla Guest @{outsider.name} @Ingrid a@Ingrid <b>@Ingrid</b> and @nobody.").text
    assert (told(client_side), told(outsider), told(ingrid)) == ([], [], [])
    assert page.count('<strong class="named">@Ingrid</strong>') == 2 and "&lt;b&gt;" in page
    guest = Guest.objects.create(workspace=cityhall, email="x@example.org")
    Comment.objects.say(post, text="Hello @Ingrid", by=None, guest=guest, now=post.created_at)
    assert told(ingrid) == ["comment.made"]
    client.force_login(outsider)
    assert client.get(reverse("comment_names", args=[cityhall.pk])).status_code == 404
