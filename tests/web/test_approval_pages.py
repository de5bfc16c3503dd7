"""The pages of approvals: what waits, the exact words, and the answer, which is to those words and to nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clarion.approvals.models import Request, Stage, Workflow
from clarion.organisations.models import Absence, Member, Officer, User
from clarion.posts.content import Content, Words
from clarion.posts.models import Post

from ..approvals.conftest import asked, flow, mayor, says, written  # noqa: F401  fixtures
from ..deliveries.conftest import clock, worker  # noqa: F401  fixtures
from .desk import form

pytestmark = pytest.mark.django_db


def at(name: str, request: Request) -> str:
    return reverse(name, args=[request.workspace_id, request.pk])


def test_the_mayor_sees_the_exact_words_and_says_yes_to_them(flow, written, client, ingrid, mayor):  # noqa: F811
    delivery = written(ingrid)
    request = asked(delivery)
    client.force_login(mayor)
    found = client.get(reverse("approvals", args=[request.workspace_id]))
    assert "The bridge is closed on Friday." in found.text and "Ingrid Solberg asked" in found.text
    page = client.get(at("approval", request))
    assert page.text.count("The bridge is closed on Friday.") >= 2 and request.sha256[:12] in page.text
    client.get(at("approval_answer", request))
    request.refresh_from_db()
    assert request.state == "waiting", "nothing is decided by looking"
    answer = client.post(at("approval_answer", request), {"answer": "yes", "sha256": request.sha256})
    assert answer.status_code == 302
    request.refresh_from_db()
    assert request.state == "approved" and request.decisions.get().person == mayor


def test_whoever_looks_at_old_words_is_told_and_shown_the_new_ones(flow, written, client, ingrid, mayor):  # noqa: F811
    delivery = written(ingrid)
    old, post = asked(delivery), delivery.post
    post.edit(by=ingrid, version=post.version, content=Content((Words("The bridge is closed on Monday."),)))
    client.force_login(mayor)
    answer = client.post(at("approval_answer", old), {"answer": "yes", "sha256": old.sha256})
    assert answer.status_code == 409
    assert "It was changed since" in answer.text and "closed on Monday" in answer.text
    assert asked(delivery).state == "waiting" and not asked(delivery).decisions.exists()


def test_what_changed_since_the_last_yes_is_shown_word_by_word(
    flow, written, client, ingrid, mayor, says, board, mastodon  # noqa: F811
):  # fmt: skip
    delivery = written(ingrid, channels=[board, mastodon])
    says(mayor, delivery)
    post = delivery.post
    post.refresh_from_db()
    post.edit(by=ingrid, version=post.version, content=Content((Words("The bridge is closed on Monday."),)))
    delivery.refresh_from_db()
    delivery.reschedule(at=delivery.due_at + timedelta(hours=1), by=ingrid, now=delivery.due_at - timedelta(minutes=30))
    client.force_login(mayor)
    page = client.get(at("approval", asked(delivery))).text
    assert page.count("Friday</del>") == 1 and page.count("Monday</ins>") == 1, "alike on both channels: told once"
    assert "Changed since the last yes" in page
    listed = client.get(reverse("approvals", args=[post.workspace_id])).text
    assert "Changed since your last yes" in listed


def test_sent_back_with_a_reason_and_never_without(flow, written, client, ingrid, mayor):  # noqa: F811
    request = asked(written(ingrid))
    client.force_login(mayor)
    bare = client.post(at("approval_answer", request), {"answer": "no", "sha256": request.sha256})
    assert bare.status_code == 409 and "Say in a few words what has to change" in bare.text
    client.post(at("approval_answer", request), {"answer": "no", "sha256": request.sha256, "because": "Which bridge?"})
    request.refresh_from_db()
    assert (request.state, request.because) == ("refused", "Which bridge?")


def test_several_at_once_each_by_its_own_seal(flow, written, client, ingrid, mayor):  # noqa: F811
    first, second = asked(written(ingrid, "One.")), asked(written(ingrid, "Two."))
    client.force_login(mayor)
    picked = [f"{first.pk}:{first.sha256}", f"{second.pk}:{first.sha256}", "no such:thing"]
    answer = client.post(reverse("approvals_yes", args=[first.workspace_id]), {"yes": picked}, follow=True)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("approved", "waiting")
    assert "Your yes to 1 post is kept." in answer.text and "“Two.”: It was changed since" in answer.text


def test_a_yes_is_taken_back_while_nothing_has_left(flow, written, client, ingrid, mayor, says):  # noqa: F811
    delivery = written(ingrid)
    given = says(mayor, delivery)
    client.force_login(mayor)
    client.post(at("approval_take_back", given))
    again = asked(delivery)
    given.refresh_from_db()
    assert (given.state, again.state, again.asked_by) == ("withdrawn", "waiting", ingrid)
    says(mayor, delivery)
    type(delivery).objects.filter(pk=delivery.pk).update(state="published")
    late = client.post(at("approval_take_back", asked(delivery)))
    assert late.status_code == 409 and "Too late" in late.text


def test_who_was_handed_the_question_answers_and_it_waits_no_longer_for_the_giver(
    cityhall, flow, written, client, ingrid, mayor, vera  # noqa: F811
):  # fmt: skip
    request = asked(written(ingrid))
    client.force_login(mayor)
    client.post(at("approval_hand", request), {"to": str(cityhall.members.get(user=vera).pk)})
    assert not Request.objects.asking(cityhall.members.get(user=mayor)).exists()
    client.force_login(vera)
    assert client.post(at("approval_answer", request), {"answer": "yes", "sha256": request.sha256}).status_code == 302
    request.refresh_from_db()
    assert request.state == "approved"


def test_who_stands_in_is_told_for_whom_she_answers_and_the_line_says_so_afterwards(
    flow, written, client, ingrid, mayor, vera, cityhall  # noqa: F811
):  # fmt: skip
    deputy = Member.objects.join(workspace=cityhall, user=vera, role="editor", by=ingrid)
    away, now = cityhall.members.get(user=mayor), timezone.now()
    Absence.objects.announce(
        member=away, deputy=deputy, begins_at=now - timedelta(hours=1), ends_at=now + timedelta(days=1), by=mayor
    )
    request = asked(written(ingrid))
    client.force_login(vera)
    assert "You answer for Anne Berg, who is away." in client.get(at("approval", request)).text
    client.post(at("approval_answer", request), {"answer": "yes", "sha256": request.sha256})
    assert "Yes of Vera Lie, for Anne Berg" in client.get(at("approval", request)).text


def test_a_guest_member_sees_what_is_asked_of_her_and_nothing_else(cityhall, written, client, ingrid):  # noqa: F811
    guest = User.objects.create_user("client@example.org", "correct horse 7", name="A client")
    Member.objects.join(workspace=cityhall, user=guest, role="guest")
    Workflow.objects.set_up(workspace=cityhall, name="Desk", stages=[Stage()], by=ingrid)
    hidden = asked(written(ingrid, "Not for her."))
    Workflow.objects.get().change(
        by=ingrid, name="Client", stages=[Stage(people=(str(guest.pk),))], when="always", window="exact", channels=[],
        labels=[],
    )  # fmt: skip
    mine = asked(written(ingrid, "For her."))
    client.force_login(guest)
    assert client.get("/").headers["Location"] == reverse("approvals", args=[cityhall.pk])
    every = client.get(reverse("approvals", args=[cityhall.pk]) + "?shelf=all").text
    assert "For her." in every and "Not for her." not in every
    assert client.get(at("approval", hidden)).status_code == 404
    assert client.get(at("approval", mine)).status_code == 200
    assert client.post(at("approval_answer", mine), {"answer": "yes", "sha256": mine.sha256}).status_code == 302


def test_a_stage_that_is_over_waits_for_nobody(cityhall, written, says, ingrid, mayor, vera):  # noqa: F811
    Member.objects.join(workspace=cityhall, user=vera, role="manager")
    stages = [Stage("Desk", people=(str(vera.pk), str(mayor.pk))), Stage("Head", people=(str(mayor.pk),))]
    Workflow.objects.set_up(workspace=cityhall, name="Two", stages=stages, by=ingrid)
    delivery = written(ingrid)
    says(mayor, delivery)
    assert not Request.objects.asking(cityhall.members.get(user=vera)).exists()
    assert Request.objects.asking(cityhall.members.get(user=mayor)).exists()


def test_a_contributor_asks_in_the_composer(cityhall, desk, board, amir, ingrid):
    Member.objects.join(workspace=cityhall, user=amir, role="contributor")
    desk.sign_in(amir)
    page = desk.get("write")
    assert "Ask for approval" in page.text and "Publish now" not in page.text
    fields = form(page) | {"part": [""]}
    names = [name for name in fields if name.endswith("text") or name.startswith("text")]
    fields |= {names[0]: ["Jazz in the park."], "channels": [str(board.pk)], "do": ["schedule"]}
    fields["approval_note"] = ["The band agreed."]
    answer = desk.post("write", fields, follow=True)
    assert "when the yes is there" in answer.text
    request = Request.objects.get()
    assert (request.note, request.asked_by) == ("The band agreed.", amir)
    assert Post.objects.get().deliveries.get().on_request


def test_the_list_of_many_asks_few_questions(
    cityhall, flow, written, client, ingrid, mayor, django_assert_max_num_queries  # noqa: F811
):  # fmt: skip
    for number in range(5):
        written(ingrid, f"Number {number}.")
    client.force_login(mayor)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("approvals", args=[cityhall.pk])).status_code == 200


def test_contributor_manager_and_mayor(cityhall, written, worker, clock, client, ingrid, mayor, amir):  # noqa: F811
    """The whole way: asked, approved by two, changed, void, approved again, and out."""
    Member.objects.join(workspace=cityhall, user=amir, role="contributor")
    stages = [Stage("Press office", people=(str(ingrid.pk),)), Stage("Mayor", people=(str(mayor.pk),))]
    Workflow.objects.set_up(workspace=cityhall, name="The mayor's yes", stages=stages, by=ingrid)
    delivery = written(amir, minutes=30)

    def says_yes(user) -> int:
        client.force_login(user)
        request = asked(delivery)
        return client.post(at("approval_answer", request), {"answer": "yes", "sha256": request.sha256}).status_code

    assert says_yes(amir) == 409, "one's own yes is refused"
    assert (says_yes(mayor), asked(delivery).stage) == (409, 0), "it is not her turn yet"
    assert (says_yes(ingrid), says_yes(mayor), asked(delivery).state) == (302, 302, "approved")
    client.force_login(amir)
    edit = reverse("composer", args=[cityhall.pk, delivery.post_id])
    page = client.get(edit)
    assert "What you change voids the approval of Ingrid Solberg, Anne Berg" in page.text
    fields = form(page)
    name = next(name for name, values in fields.items() if values == ["The bridge is closed on Friday."])
    assert client.post(edit, {**fields, name: "The bridge is closed on Monday.", "do": "schedule"}).status_code == 302
    again = asked(delivery)
    assert (again.state, again.asked_by) == ("waiting", amir)
    client.force_login(ingrid)
    assert "Changed since the last yes" in client.get(at("approval", again)).text
    shown = client.get(reverse("post", args=[cityhall.pk, delivery.post_id])).text
    assert "Waits for a yes" in shown and "It waits for Ingrid Solberg." in shown
    assert (says_yes(ingrid), says_yes(mayor), asked(delivery).state) == (302, 302, "approved")
    delivery.refresh_from_db()
    clock.pass_by(minutes=(delivery.due_at - clock()).total_seconds() / 60 + 0.1)
    assert worker.work_until_settled(delivery).state == "published"
    delivery.post.refresh_from_db()
    assert delivery.post.said.text == "The bridge is closed on Monday."


def test_a_question_that_was_withdrawn_says_so_and_promises_no_further_step(flow, written, client, ingrid):  # noqa: F811
    request = asked(written(ingrid))
    request.withdraw(by=ingrid, now=request.due_at - timedelta(hours=2), because="It rains.")
    client.force_login(ingrid)
    page = client.get(at("approval", request)).text
    assert "It was withdrawn" in page and "It rains." in page and "Comes after that" not in page


def test_what_nobody_is_asked_about_any_more_is_held_at_once_until_somebody_asks_again(
    flow, written, says, worker, clock, client, ingrid, mayor  # noqa: F811
):  # fmt: skip
    delivery = written(ingrid)
    place, post = delivery.workspace_id, delivery.post_id
    client.force_login(ingrid)
    client.post(at("approval_withdraw", asked(delivery)))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == ("held", "approval")
    page = client.get(reverse("post", args=[place, post])).text
    assert "Nobody is asked for a yes" in page and reverse("post_ask", args=[place, post]) in page
    assert "The bridge is closed" in client.get(reverse("posts", args=[place]), {"shelf": "needs"}).text
    client.post(reverse("post_ask", args=[place, post]))
    assert "The bridge is closed" in client.get(reverse("posts", args=[place]), {"shelf": "waits"}).text
    says(mayor, delivery)
    clock.pass_by(minutes=61)
    worker.tick()
    assert worker.work_until_settled(delivery).state == "published"


def test_a_yes_that_is_withdrawn_holds_what_waited_for_its_time(flow, written, says, client, ingrid, mayor):  # noqa: F811
    delivery = written(ingrid)
    says(mayor, delivery)
    client.force_login(ingrid)
    client.post(at("approval_withdraw", asked(delivery)))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason[:29]) == ("held", "Nobody has been asked for a y")


def test_what_needs_no_yes_any_more_stays_when_the_question_is_withdrawn(flow, written, client, ingrid):  # noqa: F811
    delivery = written(ingrid)
    flow.end(by=ingrid)
    client.force_login(ingrid)
    client.post(at("approval_withdraw", asked(delivery)))
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"


def test_corrected_words_wait_for_a_yes_before_they_replace_those_that_are_out(
    flow, written, says, worker, client, mastodon, ingrid, mayor  # noqa: F811
):  # fmt: skip
    delivery = written(ingrid, minutes=0, channels=[mastodon])
    says(mayor, delivery)
    worker.work_until_settled(delivery)
    client.force_login(ingrid)
    page = reverse("delivery", args=[delivery.workspace_id, delivery.pk])
    delivery.post.refresh_from_db()
    given = {"text": "The bridge is closed on Monday.", "version": delivery.post.version}
    assert "wait for a yes" in client.post(page + "/edit", given, follow=True).text
    assert "waits for a yes" in client.post(page + "/say", follow=True).text, "not before"
    says(mayor, delivery)
    assert "Say the corrected words now" in client.get(page).text
    client.post(page + "/say")
    assert "Say the corrected words now" not in client.get(page).text
    delivery.post.refresh_from_db()
    assert delivery.post.said_on(mastodon).text == "The bridge is closed on Monday."


def test_the_list_of_posts_shows_what_waits_for_a_yes_and_what_was_sent_back(
    cityhall, flow, written, says, client, ingrid, mayor, outsider, django_assert_max_num_queries  # noqa: F811
):  # fmt: skip
    for number in range(5):
        written(ingrid, f"Waiting {number}.")
    says(mayor, written(ingrid, "Returned."), yes=False, because="Which bridge?")
    says(mayor, written(ingrid, "Agreed."))
    client.force_login(ingrid)
    where = reverse("posts", args=[cityhall.pk])

    def seen(**wanted):
        page = client.get(where, wanted).text
        return [words in page for words in ("Waiting 4.", "Returned.", "Agreed.")]

    assert seen() == [True, True, True]
    with django_assert_max_num_queries(14):
        page = client.get(where, {"shelf": "waits"}).text
    assert page.count('<span class="state waits">') == 5 and "Returned." not in page and "Agreed." not in page
    assert seen(shelf="refused") == [False, True, False]
    assert '<span class="state unsure">' in client.get(where, {"shelf": "refused"}).text, "each row has its mark"
    assert seen(shelf="waits", q="waiting") == [True, False, False]
    assert seen(shelf="refused", q="waiting") == [False, False, False]
    client.force_login(outsider)
    theirs = reverse("posts", args=[outsider.memberships.get().workspace_id])
    assert "Waiting" not in client.get(theirs, {"shelf": "waits"}).text


def test_an_auditor_sees_every_question_with_its_answers_and_answers_none(
    cityhall, flow, written, says, client, ingrid, mayor  # noqa: F811
):  # fmt: skip
    auditor = User.objects.create_user("audit@halden.example", "correct horse 7", name="Una")
    Officer.objects.appoint(organisation=cityhall.organisation, user=auditor, role="auditor", by=ingrid)
    waits = asked(written(ingrid, "It waits."))
    sent_back = says(mayor, written(ingrid, "It came back."), yes=False, because="Which bridge?")
    client.force_login(auditor)
    today = client.get(reverse("today", args=[cityhall.pk])).text
    assert reverse("approvals", args=[cityhall.pk]) in today, "the rail leads there"
    listed = client.get(reverse("approvals", args=[cityhall.pk])).text
    assert "It waits." in listed and "For me" not in listed, "nobody asks an auditor"
    page = client.get(at("approval", sent_back)).text
    assert "Anne Berg" in page and "Which bridge?" in page and "Yes, to exactly this" not in page
    for name in ("approval_answer", "approval_hand", "approval_take_back", "approval_review", "approval_withdraw"):
        answer = client.post(at(name, waits), {"answer": "yes", "sha256": waits.sha256, "review": "Well."})
        assert answer.status_code == 403, name
    assert client.post(reverse("approvals_yes", args=[cityhall.pk]), {"yes": "x"}).status_code == 403
    waits.refresh_from_db()
    assert waits.state == "waiting" and not waits.decisions.exists()
