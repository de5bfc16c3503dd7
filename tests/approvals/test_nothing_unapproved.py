"""Whatever people press, in whatever order: only what somebody else said yes to, or broke the glass for, goes out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as some

from clarion.approvals.models import Request
from clarion.approvals.progress import NotNow
from clarion.channels.models import Notice
from clarion.deliveries.asking import ask_for_yes, withdraw_question
from clarion.deliveries.models import Delivery, State, Step
from clarion.deliveries.progress import TooLate
from clarion.organisations.models import Member
from clarion.posts.content import Content, Words
from clarion.posts.models import Post
from clarion.posts.models.post import AlreadyLeaving, Stale

pytestmark = pytest.mark.django_db

WHO = some.sampled_from(["amir", "ingrid", "mayor"])
VERBS = some.one_of(
    some.tuples(some.just("edit"), WHO, some.integers(0, 3)), some.tuples(some.just("move"), WHO, some.integers(0, 40)),
    some.tuples(some.just("yes"), WHO, some.just(0)), some.tuples(some.just("no"), WHO, some.just(0)),
    some.tuples(some.just("withdraw"), WHO, some.just(0)), some.tuples(some.just("glass"), WHO, some.just(0)),
    some.tuples(some.just("hold"), WHO, some.just(0)), some.tuples(some.just("release"), WHO, some.just(0)),
    some.tuples(some.just("now"), WHO, some.just(0)), some.tuples(some.just("cancel"), WHO, some.just(0)),
    some.tuples(some.just("again"), WHO, some.integers(0, 40)),
    some.tuples(some.just("later"), WHO, some.integers(1, 30)), some.tuples(some.just("tick"), WHO, some.just(0)),
    some.tuples(some.just("role"), WHO, some.integers(0, 2)), some.tuples(some.just("ask"), WHO, some.just(0)),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=some.lists(VERBS, min_size=4, max_size=14))
def test_no_sequence_of_verbs_lets_unapproved_bytes_out(
    cityhall, board, flow, clock, worker, ingrid, amir, mayor, verbs
):
    people = {"amir": amir, "ingrid": ingrid, "mayor": mayor}
    Member.objects.join(workspace=cityhall, user=mayor, role="editor")
    post = Post.objects.write(workspace=cityhall, by=amir, content=Content((Words("Bridge 0"),)), channels=[board])
    Delivery.objects.schedule(post, channels=[board], at=clock() + timedelta(minutes=5), by=amir, now=clock())
    for verb, name, number in verbs:
        post.refresh_from_db()
        delivery = Delivery.objects.select_related("post", "channel", "workspace").get(post=post)
        request = Request.objects.counting().filter(post=post).first()
        who, member = people[name], cityhall.members.filter(user=people[name]).first()
        at = clock() + timedelta(minutes=number)
        try:
            if verb == "edit":
                post.edit(by=who, version=post.version, content=Content((Words(f"Bridge {number}"),)))
            elif verb == "move":
                delivery.reschedule(at=at, by=who, now=clock())
            elif verb in ("yes", "no") and request and member:
                request.decide(member=member, yes=verb == "yes", sha256=request.sha256, now=clock(), because="because")
            elif verb == "withdraw" and request:
                withdraw_question(request, by=who, now=clock())
            elif verb == "ask":
                ask_for_yes(post, by=who, now=clock())
            elif verb == "glass" and request and member:
                request.break_glass(member=member, because="The dam has broken.", now=clock())
            elif verb == "hold":
                delivery.hold(by=who, because="wait")
            elif verb == "release":
                delivery.release(by=who, now=clock())
            elif verb == "now":
                delivery.send_now(by=who, now=clock())
            elif verb == "cancel":
                delivery.cancel(by=who, now=clock())
            elif verb == "again":
                Delivery.objects.schedule(post, channels=[board], at=at, by=who, now=clock())
            elif verb == "later":
                clock.pass_by(minutes=number)
            elif verb == "role" and name == "mayor":
                role = ("editor", "viewer", "contributor")[number]
                Member.objects.join(workspace=cityhall, user=mayor, role=role)
        except (NotNow, TooLate, AlreadyLeaving, Stale):
            pass  # told, and nothing changed
        worker.tick()
    # What an earlier example has promised leaves when the clock of a later one comes so far: each by its own post.
    steps = {step.key: step.delivery for step in Step.objects.select_related("delivery")}
    out = [(notice.text, steps[notice.key]) for notice in Notice.objects.filter(channel=board)]
    for text, left in out:
        said = [
            request for request in Request.objects.filter(post=left.post_id)
            if request.sealed(board.pk).content.text == text
            and (request.glass_by_id or request.decisions.filter(answer="yes", sha256=request.sha256).exists())
        ]  # fmt: skip
        assert said, f"“{text}” is out and nobody said yes to it"
    is_out = any(left.post_id == post.pk for _text, left in out)
    assert (Delivery.objects.get(post=post).state == State.PUBLISHED) == is_out
    event(f"published: {is_out}")
