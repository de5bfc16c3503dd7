"""The pages of what goes out without a yes: marked in every list, and looked at by somebody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from clarion.approvals.models import Request
from clarion.organisations.models import Member
from clarion.posts.models import Post, Recurrence
from clarion.posts.rules import Rule
from clarion.web import departures

from ..approvals.conftest import asked, flow, mayor, says, written  # noqa: F401  fixtures
from ..deliveries.conftest import clock, worker  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db


def at(name: str, request: Request) -> str:
    return reverse(name, args=[request.workspace_id, request.pk])


def test_what_went_out_without_a_yes_stands_above_the_list_until_somebody_has_looked(
    flow, written, client, ingrid, amir, mayor, cityhall  # noqa: F811
):  # fmt: skip
    request = asked(written(amir))
    request.break_glass(
        member=cityhall.members.get(user=ingrid), because="The dam has broken.", now=request.asked_at
    )  # fmt: skip
    shelves, heading = reverse("approvals", args=[cityhall.pk]), "somebody has to look"
    client.force_login(mayor)
    page = client.get(shelves).text
    assert heading in page and "Ingrid Solberg let it go: “The dam has broken.”" in page and "A look is due" in page
    Request.objects.update(ended_at=request.asked_at - timedelta(hours=24))
    assert "Nobody has looked in a day" in client.get(f"{shelves}?shelf=all").text
    assert "Nobody has looked in a day" in client.get(at("approval", request)).text
    for person, shelf, sees in ((ingrid, "", False), (ingrid, "all", True), (mayor, "decided", False)):
        client.force_login(person)
        assert (heading in client.get(f"{shelves}?shelf={shelf}").text) is sees, "her own press is not hers to look at"
    client.force_login(mayor)
    request.post.owe([mayor.pk])
    assert heading not in client.get(shelves).text, "nor is what says her own words"
    assert heading in client.get(f"{shelves}?shelf=all").text
    request.post.words_of.clear()
    hers = Post.objects.write(workspace=cityhall, by=mayor, content=request.post.said)
    begins = request.asked_at.astimezone(cityhall.tz).replace(tzinfo=None)
    rule = Recurrence.objects.begin(hers, rule=Rule.of(begins, every=1, unit="week"), by=mayor, now=request.asked_at)
    Post.objects.filter(pk=request.post_id).update(recurrence=rule, source="recurrence")
    assert heading not in client.get(shelves).text, "nor what comes by a rule of her words"
    Post.objects.filter(pk=request.post_id).update(recurrence=None, source="composer")
    assert heading in client.get(shelves).text
    Request.objects.update(state="void")
    changed = client.get(at("approval", request)).text
    assert "Ingrid Solberg let it go without an approval." in changed and "The dam has broken." in changed
    client.post(at("approval_review", request), {"review": "It was right."})
    assert heading not in client.get(f"{shelves}?shelf=all").text


def test_out_without_a_yes_takes_a_reason_and_is_marked(
    cityhall, flow, written, worker, clock, client, ingrid  # noqa: F811
):  # fmt: skip
    delivery = written(ingrid, minutes=0)
    worker.tick()
    client.force_login(ingrid)
    address = reverse("post_without", args=[cityhall.pk, delivery.post_id])
    assert "Say why it cannot wait" in client.post(address, {"because": "quick"}, follow=True).text
    marked = client.post(address, {"because": "The dam may break tonight."}, follow=True).text
    assert "out without an approval" in marked and "The dam may break tonight." in marked
    assert worker.work_until_settled(delivery).state == "published"


def test_what_goes_out_without_its_yes_is_marked_in_every_list_and_waits_for_a_look(
    flow, written, client, ingrid, mayor  # noqa: F811
):  # fmt: skip
    delivery = written(ingrid)
    request, day = asked(delivery), f"{delivery.due_at.astimezone(delivery.workspace.tz):%Y-%m-%d}"
    calendar, posts = (reverse(name, args=[request.workspace_id]) for name in ("calendar", "posts"))
    lists = [*(f"{calendar}?view={view}&day={day}" for view in ("month", "week", "list")), posts]
    client.force_login(mayor)

    def marked() -> list[int]:
        """How often each list says it, beside the meaning of the colours."""
        pages = [client.get(address).text for address in lists]
        return [page.count("Without an approval") - page.count("What the colours mean") for page in pages]

    assert marked() == [0, 0, 0, 0]
    press = Member.objects.get(workspace=request.workspace, user=ingrid)
    request.break_glass(member=press, because="The dam may break tonight.", now=delivery.due_at)
    assert marked() == [1, 1, 1, 1]
    (row,) = departures.board(request.workspace, now=delivery.due_at).rows
    assert row.is_unapproved and row.state == "scheduled"
    waiting = reverse("approvals", args=[request.workspace_id])
    assert "The dam may break tonight." in client.get(waiting).text
    client.post(at("approval_review", request), {"review": "Rightly so."})
    assert "The dam may break tonight." not in client.get(waiting).text
    assert "Rightly so." in client.get(at("approval", request)).text and marked() == [1, 1, 1, 1]
