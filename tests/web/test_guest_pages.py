"""Guests: a letter, a link that opens what waits for one person and nothing else, and an answer to exactly that."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarion.approvals.letters import Letter
from clarion.approvals.models import Comment, Guest, GuestLink, Request, Stage, Workflow
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Workspace
from clarion.posts.content import Content, Words
from clarion.posts.models import Link, Post
from clarion.records.models import Event

from ..approvals.conftest import written  # noqa: F401  a fixture
from ..deliveries.conftest import clock  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db
CANARY = "canary-of-the-desk"
EMAIL = "client@harbour.example"


@pytest.fixture
def flow(cityhall, ingrid):
    stages = [Stage("Client", guests=(EMAIL,))]
    return Workflow.objects.set_up(workspace=cityhall, name="The client", stages=stages, by=ingrid)


@pytest.fixture
def sends(clock):  # noqa: F811
    """Posts every letter that is due by now; the address in the last one."""

    def send() -> str:
        clock.pass_by(minutes=3)
        for pk in GuestLink.objects.filter(wake_at__lte=clock()).values_list("pk", flat=True):
            Letter(GuestLink.objects.take(pk, owner="w", now=clock()), clock=clock).send()
        return re.search(r"/g/[\w-]+/", mail.outbox[-1].body)[0]

    return send


@pytest.fixture
def asked(flow, written, ingrid):  # noqa: F811
    return written(ingrid, "The quay is open again.").post.approval_requests.get()


def answers(client, link: str, asked: Request, answer: str = "yes", **fields):
    fields = {"answer": answer, "sha256": asked.sha256} | fields
    return client.post(f"{link}{asked.pk}/answer", fields, follow=True)


def test_one_letter_for_what_is_asked_together_and_its_link_opens_just_that(
    flow, asked, written, sends, client, ingrid  # noqa: F811
):  # fmt: skip
    written(ingrid, "Berth 7 is under repair.")
    hidden = Workflow.objects.set_up(workspace=flow.workspace, name="Desk", stages=[Stage()], by=ingrid)
    flow.end(by=ingrid)
    written(ingrid, CANARY)
    Comment.objects.say(asked.post, text=CANARY, by=ingrid, now=timezone.now())
    Comment.objects.say(asked.post, text="For you.", by=ingrid, now=timezone.now(), for_guests=True)
    link = sends()
    (letter,) = mail.outbox
    assert letter.to == [EMAIL] and letter.subject == "City of Halden asks for your yes to 2 posts"
    assert letter.alternatives[0][0].count(link) == 2 and "Auto-Submitted" in letter.extra_headers
    page = client.get(link)
    assert page.status_code == 200 and "2 posts wait for your yes" in page.text
    assert "The quay is open again." in page.text and "For you." in page.text
    assert CANARY not in page.text and hidden.name not in page.text and "/w/" not in page.text
    assert page["X-Robots-Tag"] == "noindex, nofollow" and "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert GuestLink.objects.get().sha256 not in page.text and link.split("/")[2] not in str(GuestLink.objects.values())


def test_programs_that_look_through_mail_decide_nothing_and_leave_a_record(asked, sends, client):
    link = sends()
    for look in (client.head, client.get, client.get):
        assert look(link).status_code == 200
    for look in (client.head, client.get):
        assert look(f"{link}{asked.pk}/answer?answer=yes&sha256={asked.sha256}").status_code == 405
        assert look(f"{link}{asked.pk}/comment?text=yes").status_code == 405
    asked.refresh_from_db()
    assert asked.state == "waiting" and not asked.decisions.exists() and not Comment.objects.exists()
    assert Event.objects.filter(verb="guest.opened").count() == 1, "once an hour"


def test_a_guest_who_comments_without_end_is_asked_to_wait(asked, sends, client, monkeypatch):
    monkeypatch.setattr("clarion.web.pages.guests.COMMENTS", 2)
    link = sends()
    for n in range(2):
        assert client.post(f"{link}{asked.pk}/comment", {"text": f"Lovely {n}."}).status_code == 302
    answer = client.post(f"{link}{asked.pk}/comment", {"text": "And again."})
    assert answer.status_code == 429 and "Too many tries" in answer.text
    assert Comment.objects.filter(post=asked.post).count() == 2


def test_a_yes_a_replay_and_a_comment(asked, sends, client, ingrid):
    link = sends()
    said = client.post(f"{link}{asked.pk}/comment", {"text": "Lovely."}, follow=True)
    assert "Those who wrote it read it" in said.text and "Lovely." in said.text
    client.force_login(ingrid)
    assert "Lovely." in client.get(reverse("post", args=[asked.workspace_id, asked.post_id])).text
    client.logout()
    page = answers(client, link, asked)
    asked.refresh_from_db()
    assert asked.state == "approved" and asked.decisions.get().guest.email == EMAIL
    assert "Nothing waits for you" in page.text and "What you answered" in page.text
    again = answers(client, link, asked, "no", because="No!")
    assert again.status_code == 409 and "no longer" in again.text
    assert client.post(f"{link}{asked.pk}/comment", {"text": "Late."}).status_code == 404
    asked.refresh_from_db()
    assert asked.state == "approved" and asked.decisions.count() == 1
    kept = Event.objects.get(verb="guest.turned_away")
    assert (kept.by_name, kept.after) == (EMAIL, {"asked": str(asked.pk)}), "the replay is in the record"


def test_whoever_names_a_guest_gives_her_name_and_she_sees_as_whom_she_answers(
    cityhall, client, ingrid, written, sends  # noqa: F811
):  # fmt: skip
    client.force_login(ingrid)
    new = reverse("workflow_new", args=[cityhall.pk])
    typed = {"name": "The client", "when": "always", "window": "exact", "s0-rule": "any"}
    guests = f'"Carla Client" <{EMAIL.upper()}>; two@harbour.example three@harbour.example Max <four@harbour.example>'
    listed = client.post(new, typed | {"s0-guests": guests}, follow=True).text
    made = Workflow.objects.get()
    assert made.steps[0].guests == (
        EMAIL, "two@harbour.example", "three@harbour.example", "four@harbour.example"
    )  # fmt: skip
    assert "One of these: Carla Client, two@harbour.example, three@harbour.example, Max" in listed
    page = html.unescape(client.get(reverse("workflow", args=[cityhall.pk, made.pk])).text)
    assert f"Carla Client <{EMAIL}>, two@harbour.example" in page, "as it was typed"
    written(ingrid, "The quay is open again.")
    sends()
    way = next(re.search(r"/g/[\w-]+/", one.body)[0] for one in mail.outbox if one.to == [EMAIL])
    client.logout()
    assert f"You answer as Carla Client ({EMAIL})." in client.get(way).text
    client.force_login(ingrid)
    client.post(reverse("workflow", args=[cityhall.pk, made.pk]), typed | {"s0-guests": EMAIL})
    assert Guest.objects.get(email=EMAIL).name == "", "and takes it away again"
    assert Event.objects.filter(verb="guest.named").count() == 3


def test_where_short_links_lead_is_shown_as_it_was_sealed(flow, cityhall, ingrid, mastodon, sends, client, clock):  # noqa: F811
    target = "https://halden.example/quay?step=2&lang=en"
    content = Content((Words(f"Read {target}."),), {"links": "short"})
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=content, channels=[mastodon])
    Delivery.objects.schedule(post, channels=[mastodon], at=clock() + timedelta(hours=2), by=ingrid, now=clock())
    asked, short = Request.objects.get(post=post), Link.objects.get()
    way = sends()
    shown = re.search(r'<li class="leads">.*?</li>', client.get(way).text)[0]
    assert short.address in shown and html.unescape(shown).count(target) == 2, "the whole target, and as a link"
    short.lead("https://elsewhere.example/", by=ingrid)
    late = answers(client, way, asked)
    assert late.status_code == 409 and not asked.decisions.exists(), "where it leads now is not what she saw"
    assert "https://elsewhere.example/" in late.text, "what she is asked now"


def test_sent_back_with_a_reason_and_never_without(asked, sends, client):
    link = sends()
    assert answers(client, link, asked, "no").status_code == 409
    answers(client, link, asked, "no", because="Which quay?")
    asked.refresh_from_db()
    assert (asked.state, asked.because) == ("refused", "Which quay?")


def test_what_was_changed_in_between_is_shown_and_not_approved(asked, sends, client, ingrid):
    link = sends()
    post = asked.post
    post.edit(by=ingrid, version=post.version, content=Content((Words("The quay is closed."),)))
    late = answers(client, link, asked)
    assert late.status_code == 409 and "The quay is closed." in late.text
    fresh = Request.objects.counting().get(post=post)
    wrong = answers(client, link, fresh, sha256=asked.sha256)
    assert wrong.status_code == 409 and not fresh.decisions.exists() and not asked.decisions.exists()
    answers(client, link, fresh)
    assert Request.objects.counting().get(post=post).state == "approved"


def test_a_link_is_for_one_guest_and_one_workspace(asked, sends, written, client, ingrid, flow, outsider):  # noqa: F811
    link = sends()
    flow.change(
        by=ingrid, name="B", stages=[Stage(guests=("b@b.example",))], when="always", window="exact", channels=[],
        labels=[],
    )  # fmt: skip
    other = written(ingrid, "For another guest.").post.approval_requests.get()
    theirs = Workspace.objects.get(members__user=outsider)
    foreign = GuestLink.objects.create(
        guest=Guest.objects.create(workspace=theirs, email=EMAIL), expires_at=timezone.now() + timedelta(days=1)
    )
    away = f"/g/{foreign.new_token()}/"
    for way, what in ((link, other), (away, asked), (away, other)):
        assert answers(client, way, what).status_code == 409
        assert client.post(f"{way}{what.pk}/comment", {"text": "Hello."}).status_code == 404
        assert client.get(f"{way}files/{what.pk}/{what.pk}").status_code == 404
    assert "For another guest." not in client.get(link).text
    assert not asked.decisions.exists() and not other.decisions.exists() and not Comment.objects.exists()


def test_expired_ended_and_replaced_links_open_nothing_and_say_nothing(flow, asked, sends, client, ingrid, lines):
    link, guest = sends(), Guest.objects.get()
    GuestLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    gone = client.get(link)
    assert gone.status_code == 410 and "does not work any more" in gone.text and "Halden" not in gone.text
    assert answers(client, link, asked).status_code == 410
    kept = Event.objects.filter(verb="guest.turned_away").values_list("because", "by_name", "workspace_id")
    assert set(kept) == {("The link had expired.", EMAIL, flow.workspace_id)}
    GuestLink.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert client.get(link).status_code == 200
    client.force_login(ingrid)
    told = client.post(reverse("guest_write", args=[guest.workspace_id, guest.pk]), {"show": "1"}, follow=True).text
    fresh = re.search(r"/g/[\w-]+/", told)[0]
    assert client.get(link).status_code == 410 and client.get(fresh).status_code == 200
    client.post(reverse("guest_end", args=[guest.workspace_id, guest.pk]))
    assert client.get(fresh).status_code == 410
    assert "The link was ended." in Event.objects.filter(verb="guest.turned_away").values_list("because", flat=True)
    lines.keep(link.split("/")[2], fresh.split("/")[2])
    assert not asked.decisions.exists()


def test_links_that_nobody_was_given_are_in_the_record_and_cannot_fill_it(client, flow):
    """By network, the first of an hour, then each power of ten: the record tells of a flood without being one."""
    for number in range(12):
        assert client.get(f"/g/forged-{number}/", REMOTE_ADDR=f"192.0.2.{number}").status_code == 410
    assert client.get("/g/forged/", REMOTE_ADDR="2001:db8::1").status_code == 410
    kept = Event.objects.filter(verb="guest.turned_away").order_by("id")
    assert [one.after for one in kept] == [
        {"network": "192.0.2.0/24", "times": 1}, {"network": "192.0.2.0/24", "times": 10},
        {"network": "2001:db8::/48", "times": 1},
    ]  # fmt: skip
    assert {(one.organisation_id, one.because) for one in kept} == {(None, "Nobody was ever given this link.")}


def test_however_many_networks_forge_links_the_record_is_not_filled(client, flow, monkeypatch):
    monkeypatch.setattr("clarion.web.strays.MOST", 3)
    for number in range(6):
        client.get("/g/forged/", REMOTE_ADDR=f"10.0.{number}.1")
    assert Event.objects.filter(verb="guest.turned_away").count() == 3


def test_a_new_letter_only_when_something_waits_and_only_by_who_may(asked, sends, client, ingrid, amir, outsider):
    link, guest = sends(), Guest.objects.get()
    again = reverse("guest_write", args=[guest.workspace_id, guest.pk])
    for person, status in ((amir, 403), (outsider, 404)):
        client.force_login(person)
        assert client.post(again, {"show": "1"}).status_code == status
    client.force_login(ingrid)
    assert "last opened" not in client.get(reverse("guests", args=[guest.workspace_id])).text
    client.get(link)
    assert "last opened" in client.get(reverse("guests", args=[guest.workspace_id])).text
    assert "is written a new link" in client.post(again, follow=True).text
    newer = sends()
    assert len(mail.outbox) == 2 and client.get(link).status_code == 410
    answers(client, newer, asked)
    assert "Nothing waits for" in client.post(again, follow=True).text
    assert client.get(newer).status_code == 200, "and what she has goes on working"


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    token=st.text(st.characters(exclude_characters="/\\?#%.", exclude_categories=["C", "Z"]), min_size=1, max_size=60)
)
def test_no_other_address_opens_anything(asked, sends, client, token):
    """``asked`` waits all the time, and an unsent link has no secret to be guessed."""
    for answer in (client.get(f"/g/{token}/"), client.post(f"/g/{token}/{asked.pk}/answer", {"answer": "yes"})):
        assert answer.status_code == 410 and "The quay" not in answer.text
    assert not asked.decisions.exists()
