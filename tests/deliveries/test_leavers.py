"""Somebody leaves: what she scheduled goes out all the same, so those who lead hear of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from clarion.approvals.models import Request, Stage, Workflow
from clarion.deliveries.models import Delivery
from clarion.notifications.models import Notification
from clarion.organisations.models import Member, Role, User
from clarion.posts.content import Content
from clarion.posts.models import Post

pytestmark = pytest.mark.django_db


@pytest.fixture
def nora(cityhall):
    """An editor who is about to go."""
    user = User.objects.create_user("nora@halden.example", "correct horse 7", name="Nora Vik")
    return Member.objects.join(workspace=cityhall, user=user, role="editor").user


@pytest.fixture
def promise(cityhall, board, now):
    def make(by, text: str) -> Delivery:
        post = Post.objects.write(workspace=cityhall, by=by, content=Content.of(text), channels=[board])
        return Delivery.objects.schedule(post, channels=[board], at=now + timedelta(days=2), by=by, now=now)[0]

    return make


@pytest.fixture
def waiting(cityhall, board, ingrid, amir, nora, promise):
    """A post of Amir's that only Nora can approve; ``next_one``: who is named to be asked after her."""

    def make(next_one=None, *, others=(), rule="any") -> Request:
        asked = (str(nora.pk), *(str(one.pk) for one in others))
        after = (str(next_one.pk),) if next_one else ()
        stage = Stage("Desk", people=asked, rule=rule, hours=48 if after else 0, escalate=after)
        Workflow.objects.set_up(workspace=cityhall, name="Desk", stages=[stage], by=ingrid)
        return Request.objects.counting().get(post=promise(amir, "The pool is open.").post_id)

    return make


def told(person) -> list[str]:
    kinds = Notification.objects.of(person).unread().filter(kind__in=["person.left_scheduled", "person.left_asked"])
    return list(kinds.order_by("id").values_list("kind", flat=True))


def removed(nora, cityhall, ingrid, now) -> None:
    cityhall.members.get(user=nora).leave(by=ingrid)


def deactivated(nora, cityhall, ingrid, now) -> None:
    nora.deactivate(by=ingrid, because="new job", now=now)


def taken_from_everything(nora, cityhall, ingrid, now) -> None:
    cityhall.organisation.let_go(nora, by=ingrid, now=now)


@pytest.mark.parametrize("go", [removed, deactivated, taken_from_everything])
def test_those_who_lead_hear_how_much_is_still_scheduled_and_find_it(go, nora, cityhall, ingrid, amir, promise, now):
    promise(nora, "Water is back.")
    promise(nora, "Roadworks end.")
    promise(nora, "Taken back.").cancel(by=nora, now=now)
    promise(ingrid, "Hers stays hers.")
    go(nora, cityhall, ingrid, now)

    (one,) = Notification.objects.of(ingrid)
    assert one.title == "Nora Vik has left, and 2 posts of theirs are still scheduled"
    assert told(amir) == told(nora) == []
    browser = Client()
    browser.force_login(ingrid)
    page = browser.get(one.address).text
    assert "Water is back." in page and "Roadworks end." in page
    assert "Taken back." not in page and "Hers stays hers." not in page
    assert f'<option value="{nora.pk}" selected>Nora Vik</option>' in page


def test_nobody_is_told_of_who_leaves_nothing_behind_nor_of_who_only_changes_her_role(
    nora, cityhall, ingrid, promise, now
):
    other = User.objects.create_user("ola@halden.example", name="Ola Moe")
    Member.objects.join(workspace=cityhall, user=other, role="editor")
    cityhall.members.get(user=other).leave(by=ingrid)
    cityhall.organisation.officers.appoint(
        organisation=cityhall.organisation, user=nora, role=Role.ADMINISTRATOR, by=ingrid
    )
    promise(nora, "Water is back.")
    Member.objects.join(workspace=cityhall, user=nora, role="editor", by=ingrid)
    assert told(ingrid) == []


def test_who_comes_back_is_no_longer_told_of(nora, cityhall, ingrid, promise, now):
    promise(nora, "Water is back.")
    removed(nora, cityhall, ingrid, now)
    assert told(ingrid) == ["person.left_scheduled"]
    Member.objects.join(workspace=cityhall, user=nora, role="editor", by=ingrid)
    assert told(ingrid) == []


def test_a_list_names_nobody_who_never_wrote_here(cityhall, ingrid, outsider):
    browser = Client()
    browser.force_login(ingrid)
    page = browser.get(f"/w/{cityhall.pk}/posts", {"author": str(outsider.pk)})
    assert page.status_code == 200 and "Oscar" not in page.text


def test_what_waited_for_her_yes_alone_goes_to_whoever_is_named_next(waiting, nora, vera, cityhall, ingrid, now):
    request = waiting(vera)
    deactivated(nora, cityhall, ingrid, now)
    assert told(ingrid) == ["person.left_asked"]
    assert list(Request.objects.due(now)) == [request], "the next worker takes it up, 48 hours early"
    assert "escalated" in request.come(now=now)
    assert request.asked.get(person=vera).escalated
    assert Notification.objects.of(vera).get().kind == "approval.passed_on"


@pytest.mark.parametrize(
    ("rule", "with_ingrid", "expected"),
    [("any", False, ["person.left_asked"]), ("any", True, []), ("all", True, ["person.left_asked"])],
)
def test_those_who_lead_hear_of_what_cannot_be_decided_without_her(
    rule, with_ingrid, expected, waiting, nora, cityhall, ingrid, now
):
    request = waiting(others=[ingrid] if with_ingrid else [], rule=rule)
    removed(nora, cityhall, ingrid, now)
    assert told(ingrid) == expected
    request.come(now=now)
    request.refresh_from_db()
    assert request.state == "waiting" and not request.asked.filter(escalated=True).exists()


def test_what_is_written_after_she_left_does_not_wait_for_nobody_unheard(
    waiting, nora, vera, cityhall, ingrid, amir, now
):
    """The workflow still names her: whoever is named next is asked at once; where nobody is, those who lead hear."""
    removed(nora, cityhall, ingrid, now)
    request = waiting(vera)
    assert request.asked.get().person == vera and Notification.objects.of(vera).get().kind == "approval.passed_on"
    Workflow.objects.get().end(by=ingrid)
    lonely = waiting()
    (one,) = Notification.objects.of(ingrid).filter(kind="approval.nobody")
    assert (one.title, one.subject) == ("Nobody is left who could approve it", str(lonely.pk))
    assert not Notification.objects.of(amir).filter(kind="approval.nobody").exists()


@pytest.mark.parametrize("taker_may_approve", [False, True])
def test_what_she_had_handed_on_ends_with_her_and_is_not_waited_for_in_vain(
    waiting, nora, vera, cityhall, ingrid, now, taker_may_approve
):
    kari = User.objects.create_user("kari@halden.example", "correct horse 7", name="Kari Moe")
    taker = Member.objects.join(workspace=cityhall, user=kari, role="editor", by=ingrid)
    request = waiting(vera, others=[kari] if taker_may_approve else [])
    request.delegate(member=cityhall.members.get(user=nora), to=taker, because="I am away.", now=now)
    removed(nora, cityhall, ingrid, now)
    assert told(ingrid) == ([] if taker_may_approve else ["person.left_asked"])
    assert ("escalated" in request.come(now=now)) is not taker_may_approve
