"""Two people at the same moment: neither waits for the other for ever, and what both see afterwards is the same."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from clarion.approvals.models import Request, Stage, Workflow
from clarion.approvals.progress import NotNow
from clarion.channels.models import Channel
from clarion.deliveries.asking import take_yes_back
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models import delivery as moving
from clarion.deliveries.sources import Deliveries
from clarion.organisations.models import Member, Organisation, User, Workspace
from clarion.posts.content import Content, Words
from clarion.posts.models import Post


@pytest.mark.parametrize("what", ["an edit", "another time"])
def test_a_yes_while_the_post_is_being_changed_is_void_or_comes_too_late(committed, monkeypatch, what):
    """The author has her row and wants the question; who says yes has the question. On PostgreSQL each might wait."""
    now, wrong, has_hers, has_said = timezone.now(), [], Flag(), Flag()
    house = Organisation.objects.found(name="City of Halden")
    desk = Workspace.objects.open(organisation=house, name="Press office", zone="Europe/Oslo")
    author, mayor = (User.objects.create_user(f"{name}@halden.example", name=name) for name in ("ingrid", "anne"))
    member = [Member.objects.join(workspace=desk, user=one, role="manager") for one in (author, mayor)][1]
    Channel.objects.open_own_ground(workspace=desk, by=None, now=now)
    board = next(one for one in desk.channels.all() if one.kind.own_ground)
    Workflow.objects.set_up(workspace=desk, name="Four eyes", stages=[Stage()], by=author)
    post = Post.objects.write(workspace=desk, by=author, content=Content((Words("Bridge"),)), channels=[board])
    (delivery,) = Delivery.objects.schedule(post, channels=[board], at=now, by=author, now=now)
    worker = Deliveries()
    for lease in worker.claim(owner="worker", now=timezone.now(), limit=5):
        worker.run(lease)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "approval")

    def slowly(place, name):
        real = getattr(place, name)

        def slow(*args, **more):
            has_hers.set()
            has_said.wait(0.5)
            return real(*args, **more)

        monkeypatch.setattr(place, name, slow)

    def change():
        if what == "an edit":
            mine = Post.objects.get(pk=post.pk)
            mine.edit(by=author, version=mine.version, content=Content((Words("Other words"),)))
        else:
            mine = Delivery.objects.select_related("post__workspace", "channel", "workspace").get(pk=delivery.pk)
            mine.reschedule(at=now + timedelta(hours=3), by=author, now=now)

    def say_yes():
        has_hers.wait(10)
        asked = Request.objects.filter(post=post).earliest("asked_at")
        with contextlib.suppress(NotNow):
            asked.decide(member=member, yes=True, sha256=asked.sha256, now=timezone.now())
        has_said.set()

    def kept(act):
        try:
            act()
        except Exception as error:
            wrong.append(error)
        finally:
            connection.close()

    slowly(*((Post, "_carry") if what == "an edit" else (moving, "ask_for_yes")))
    threads = [Thread(target=kept, args=[act]) for act in (change, say_yes)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    assert not wrong
    assert Request.objects.counting().get(post=post).state == "waiting", "nobody said yes to what stands there now"


@pytest.mark.django_db
def test_one_s_own_yes_is_taken_back_as_long_as_nothing_has_left(flow, written, says, mayor, ingrid, cityhall, clock):
    delivery, member = written(ingrid), cityhall.members.get(user=mayor)
    again = take_yes_back(says(mayor, delivery), member=member, now=clock())
    assert (again.state, again.asked_by) == ("waiting", ingrid)
    given = says(mayor, delivery)
    Delivery.objects.filter(pk=delivery.pk).update(state=State.PUBLISHING)
    with pytest.raises(NotNow, match="Too late"):
        take_yes_back(given, member=member, now=clock())
