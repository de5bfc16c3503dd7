"""A delivery's page: what happened, its evidence, and the buttons that decide."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from clarion.channels.models import Notice
from clarion.deliveries.models import Attempt, Delivery, State, Step
from clarion.deliveries.sources import Deliveries
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.records.models import Event

from .desk import a_channel, form, signed_in, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(cityhall, ingrid, now):
    channel = a_channel(cityhall, now)
    post = Post.objects.write(
        workspace=cityhall, by=ingrid, content=Content.of("Storgata is closed"), channels=[channel]
    )
    return Delivery.objects.schedule(post, channels=[channel], at=now + timedelta(hours=2), by=ingrid, now=now)[0]


@pytest.fixture
def unknown(delivery, now):
    """The answer was lost, and the network cannot be asked."""
    step = Step.objects.create(
        delivery=delivery, number=0, kind="post", prepared=True, intended_at=now, maybe_since=now
    )
    Attempt.objects.create(
        delivery=delivery, step=step, purpose="send", worker="w", fence=1, began_at=now, ended_at=now, word="unknown",
        sentence="Mastodon did not answer within 40 s: it may have happened.",
        evidence=[{"method": "POST", "url": "https://social.example/api/v1/statuses", "status": None,
                   "request_excerpt": "<script>alert(1)</script>", "answer_excerpt": "", "seconds": 40.0,
                   "error": "read timeout"}],
    )  # fmt: skip
    Delivery.objects.filter(pk=delivery.pk).update(state=State.UNKNOWN, wake_at=None, reason="Nothing was sent again.")
    delivery.refresh_from_db()
    return delivery


@pytest.fixture
def out(cityhall, ingrid, board, now):
    """A notice that really is on the board."""
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Ice rink opens"), channels=[board])
    made = Delivery.objects.schedule(post, channels=[board], at=now, by=ingrid, now=now)[0]
    source = Deliveries()
    for lease in source.claim(owner="w", now=now + timedelta(seconds=1), limit=5):
        source.run(lease)
    made.refresh_from_db()
    assert made.state == State.PUBLISHED
    return made


def address(delivery, verb=""):
    return reverse(f"delivery_{verb}" if verb else "delivery", args=[delivery.workspace_id, delivery.pk])


def press(person, delivery, verb, **data):
    answer = signed_in(person).post(address(delivery, verb), data, follow=True)
    delivery.refresh_from_db()
    return text_of(answer)


# -- what it tells


def test_a_published_delivery_says_so_with_its_lateness_its_steps_and_a_link(ingrid, out):
    page = text_of(signed_in(ingrid).get(address(out)))
    assert "It is on Noticeboard, once." in page
    assert out.url in page and "The network took it." in page
    assert "Clarion</strong> published it" in page


def test_evidence_is_shown_as_text_and_never_as_markup(ingrid, unknown):
    page = text_of(signed_in(ingrid).get(address(unknown)))
    assert "Did it appear on Mastodon?" in page
    assert "did not answer within 40 s" in page and "read timeout" in page
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_a_call_that_was_cut_off_says_that_it_may_have_happened(ingrid, unknown, now):
    Attempt.objects.update(ended_at=None, word="", began_at=now - timedelta(hours=1))
    assert "It was cut off before an answer" in text_of(signed_in(ingrid).get(address(unknown)))


def test_the_page_looks_again_only_while_something_is_under_way(ingrid, delivery, out):
    client = signed_in(ingrid)
    assert "data-underway" not in text_of(client.get(address(delivery)))
    assert "data-underway" not in text_of(client.get(address(out)))
    Delivery.objects.filter(pk=delivery.pk).update(state=State.PUBLISHING)
    assert "data-underway" in text_of(client.get(address(delivery)))


# -- unknown: the two buttons


def test_it_is_there_counts_as_published_with_the_pasted_link(ingrid, unknown):
    page = press(ingrid, unknown, "there", url="https://social.example/@halden/114")
    assert "Nothing was sent again" in page
    step = unknown.steps.get()
    assert (step.is_done, step.url) == (True, "https://social.example/@halden/114")
    assert Event.objects.of(unknown).filter(verb="delivery.confirmed_there", by_id=ingrid.pk).exists()


def test_it_is_there_takes_no_nonsense_for_a_link(ingrid, unknown):
    for url in ("javascript:alert(1)", "nonsense", "ftp://x.example/1"):
        assert "That is not a link" in press(ingrid, unknown, "there", url=url)
        assert unknown.state == State.UNKNOWN


def test_it_is_not_there_sends_the_same_step_again(ingrid, unknown):
    key = unknown.steps.get().key
    assert "sent again, with the same key" in press(ingrid, unknown, "absent")
    assert unknown.state == State.PUBLISHING and unknown.wake_at is not None
    assert (unknown.steps.get().maybe_since, unknown.steps.get().key) == (None, key)


def test_the_second_press_is_told_that_somebody_was_faster(ingrid, unknown):
    press(ingrid, unknown, "there")
    assert "Too late" in press(ingrid, unknown, "absent")


# -- failed, missed, held, scheduled


@pytest.mark.parametrize("state", [State.FAILED, State.MISSED, State.HELD])
def test_what_did_not_go_out_can_be_sent_moved_or_skipped(ingrid, delivery, state):
    def back():
        Delivery.objects.filter(pk=delivery.pk).update(state=state, wake_at=None, reason="It was not taken.")

    back()
    page = text_of(signed_in(ingrid).get(address(delivery)))
    assert "It was not taken." in page
    assert "It goes out now" in press(ingrid, delivery, "send")
    assert delivery.state == State.SCHEDULED
    back()
    press(ingrid, delivery, "move", date="2035-06-01", time="09:00")
    assert f"{delivery.due_at:%Y-%m-%d %H:%M}" == "2035-06-01 07:00"
    back()
    press(ingrid, delivery, "skip", because="no longer true")
    assert delivery.state == State.CANCELLED


def test_a_failed_delivery_leads_to_words_for_that_channel(ingrid, delivery):
    Delivery.objects.filter(pk=delivery.pk).update(state=State.FAILED, wake_at=None)
    page = text_of(signed_in(ingrid).get(address(delivery)))
    assert f"/posts/{delivery.post_id}/edit?channel={delivery.channel_id}" in page


def test_a_scheduled_delivery_is_held_back_and_let_go(ingrid, delivery):
    press(ingrid, delivery, "hold")
    assert delivery.state == State.HELD and "Ingrid Solberg held it back" in delivery.reason
    press(ingrid, delivery, "release")
    assert delivery.state == State.SCHEDULED


def test_a_move_into_a_gap_says_which_time_was_taken(ingrid, delivery):
    page = press(ingrid, delivery, "move", date="2035-03-25", time="02:30")
    assert "does not exist on that day" in page
    assert f"{delivery.due_at:%H:%M}" == "01:30"


def test_too_late_is_a_sentence(ingrid, delivery):
    Delivery.objects.filter(pk=delivery.pk).update(state=State.PUBLISHING)
    assert "Too late" in press(ingrid, delivery, "skip")
    assert delivery.state == State.PUBLISHING


# -- what is out


def test_what_is_out_can_be_corrected_where_the_network_can(ingrid, out):
    client = signed_in(ingrid)
    data = form(client.get(address(out, "edit")), None)
    answer = client.post(address(out, "edit"), {**data, "text": ["Ice rink opens on Saturday"]}, follow=True)
    assert "It is changed on" in text_of(answer)
    assert Notice.objects.get().text == "Ice rink opens on Saturday"
    out.post.refresh_from_db()
    assert out.post.said_on(out.channel).text == "Ice rink opens on Saturday"
    assert [event.verb for event in Event.objects.of(out.post)] == ["post.written", "post.corrected"]


def test_a_correction_over_the_limit_is_refused_and_ours_is_put_back(ingrid, out):
    client = signed_in(ingrid)
    data = form(client.get(address(out, "edit")), None)
    long = "ø" * 20_001
    answer = client.post(address(out, "edit"), {**data, "text": [long]})
    assert answer.status_code == 409 and "20001 of 20000" in text_of(answer)
    assert form(answer, None)["text"] == [long], "the typed words stay on the page"
    out.post.refresh_from_db()
    assert out.post.said_on(out.channel).text == Notice.objects.get().text == "Ice rink opens"


def test_two_people_correcting_lose_neither(ingrid, out):
    client = signed_in(ingrid)
    data = form(client.get(address(out, "edit")), None)
    client.post(address(out, "edit"), {**data, "text": ["One"]})
    answer = client.post(address(out, "edit"), {**data, "text": ["Two"]})
    assert answer.status_code == 409 and form(answer, None)["text"] == ["Two"]
    assert Notice.objects.get().text == "One"


def test_what_is_out_can_be_deleted_there_and_stays_in_the_record(ingrid, out):
    assert "It is deleted on" in press(ingrid, out, "take_down", because="wrong date")
    assert Notice.objects.get().removed_at is not None
    page = text_of(signed_in(ingrid).get(address(out)))
    assert "has been deleted there" in page and "wrong date" in page and "Ice rink opens" in page
    assert "does not let us" in press(ingrid, out, "take_down")


def test_what_is_not_out_can_be_neither_corrected_nor_deleted(ingrid, delivery):
    assert "does not let us" in press(ingrid, delivery, "take_down")
    answer = signed_in(ingrid).post(address(delivery, "edit"), {"text": ["x"], "version": 1})
    assert answer.status_code == 409


# -- who may


VERBS = ("send", "move", "hold", "release", "skip", "there", "absent", "take_down", "edit")


@pytest.mark.parametrize("verb", VERBS)
def test_only_those_who_publish_press_and_outsiders_find_nothing(amir, vera, outsider, delivery, verb):
    for person, status in ((amir, 403), (vera, 403), (outsider, 404)):
        assert (
            signed_in(person).post(address(delivery, verb), {"date": "2035-06-01", "time": "09:00"}).status_code
            == status
        )
    before = delivery.version
    delivery.refresh_from_db()
    assert delivery.version == before


def test_a_viewer_reads_and_sees_no_button(vera, unknown):
    page = text_of(signed_in(vera).get(address(unknown)))
    assert "Did it appear on Mastodon?" in page and "An editor decides" in page
    assert "/there" not in page


def test_a_stranger_is_asked_to_sign_in_and_a_forged_press_is_refused(ingrid, delivery):
    assert "/account/login" in Client().get(address(delivery))["Location"]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ingrid)
    assert strict.post(address(delivery, "skip")).status_code == 403
    delivery.refresh_from_db()
    assert delivery.state == State.SCHEDULED


def test_verbs_are_post_only(ingrid, delivery):
    for verb in VERBS:
        if verb != "edit":
            assert signed_in(ingrid).get(address(delivery, verb)).status_code == 405


def test_the_press_returns_to_today_when_it_came_from_there(ingrid, cityhall, delivery):
    answer = signed_in(ingrid).post(address(delivery, "skip"), {"next": f"/w/{cityhall.pk}/"})
    assert answer["Location"] == f"/w/{cityhall.pk}/"


def test_a_post_by_hand_shows_its_words_ready_to_copy(ingrid, cityhall, now, promise):
    from clarion.channels.models import Channel

    fields = {"name": "Mayor's profile", "url": "https://social.example/mayor"}
    mayor = Channel.objects.connect(workspace=cityhall, network="manual", fields=fields, by=ingrid, now=now)
    delivery = promise(mayor, text="Come to the party <b>tonight</b>.", minutes=-1, state="unknown", code="by_hand",
                       reason="It is time.")  # fmt: skip
    client = signed_in(ingrid)
    page = text_of(client.get(reverse("delivery", args=[cityhall.pk, delivery.pk])))
    assert "Time to post it by hand" in page and "Come to the party &lt;b&gt;tonight&lt;/b&gt;." in page
    assert "https://social.example/mayor" in page and "It is out" in page
    assert "Did it appear" not in page
    needs = text_of(client.get(reverse("needs", args=[cityhall.pk])))
    assert "Post it by hand: Mayor&#x27;s profile" in needs and "Did it appear" not in needs
