"""Somebody acts at the moment at which the post leaves: what she did counts, or she is told that it is too late."""

from __future__ import annotations

import time
from threading import Event as Flag
from threading import Thread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from clarion.approvals.models import Request, Stage, Workflow
from clarion.approvals.progress import NotNow
from clarion.channels.models import Channel
from clarion.deliveries.arriving import take_back
from clarion.deliveries.asking import ask_for_yes, withdraw_question
from clarion.deliveries.models import Delivery, State, Step
from clarion.deliveries.run import Run
from clarion.deliveries.sources import Deliveries
from clarion.organisations.models import Member, Organisation, User, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.posts.models.post import AlreadyLeaving


class Desk:
    """A post that is due, one who edits it, and a worker; each in a thread of its own, one of them slow."""

    def __init__(self) -> None:
        now = timezone.now()
        house = Organisation.objects.found(name="City of Halden")
        workspace = Workspace.objects.open(organisation=house, name="Press office", zone="Europe/Oslo")
        self.author = User.objects.create_user("ingrid@halden.example", name="Ingrid")
        Member.objects.join(workspace=workspace, user=self.author, role="editor")
        Channel.objects.open_own_ground(workspace=workspace, by=None, now=now)
        board = next(one for one in workspace.channels.all() if one.kind.own_ground)
        self.post = Post.objects.write(
            workspace=workspace, by=self.author, content=Content.of("Friday"), channels=[board]
        )
        (self.delivery,) = Delivery.objects.schedule(self.post, channels=[board], at=now, by=self.author, now=now)
        self.is_there, self.has_acted = Flag(), Flag()
        self.said, self.wrong = "", []

    def slowly(self, monkeypatch, place, name):
        """The one stops behind ``name`` until the other has acted, or clearly waits."""
        real = getattr(place, name)

        def slow(*args, **more):
            found = real(*args, **more)
            if not self.is_there.is_set():
                self.is_there.set()
                self.has_acted.wait(0.5)
            return found

        monkeypatch.setattr(place, name, slow)

    def edits(self):
        mine = Post.objects.get(pk=self.post.pk)
        try:
            mine.edit(by=self.author, version=mine.version, content=Content.of("Saturday"))
        except AlreadyLeaving:
            self.said = "too late"

    def takes_back(self):
        with transaction.atomic():
            more = {"workspace": self.post.workspace, "by": self.author, "now": timezone.now(), "because": "the import"}
            self.said = "stays" if self.post.pk in take_back([self.post], **more) else "gone"

    def approved(self):
        """From here on everything needs a yes, and this has it."""
        house, mayor = self.post.workspace, User.objects.create_user("anne@halden.example", name="Anne")
        member = Member.objects.join(workspace=house, user=mayor, role="manager")
        Workflow.objects.set_up(workspace=house, name="Four eyes", stages=[Stage()], by=self.author)
        asked = ask_for_yes(self.post, by=self.author, now=timezone.now())
        asked.decide(member=member, yes=True, sha256=asked.sha256, now=timezone.now())

    def withdraws(self):
        try:
            withdraw_question(Request.objects.counting().get(), by=self.author, now=timezone.now())
            self.said = "withdrawn"
        except NotNow as refusal:
            self.said = str(refusal)[:8]

    def carries(self):
        worker, end = Deliveries(), time.monotonic() + 30
        while time.monotonic() < end and not Delivery.objects.filter(state=State.PUBLISHED).exists():
            for lease in worker.claim(owner="worker", now=timezone.now(), limit=5):
                while lease:
                    lease = worker.run(lease)

    def together(self, first, second):
        def at_last(act):
            try:
                if act is second:
                    self.is_there.wait(10)
                act()
            except Exception as error:
                self.wrong.append(error)
            finally:
                if act is second:
                    self.has_acted.set()
                connection.close()

        threads = [Thread(target=at_last, args=[act]) for act in (first, second)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(timeout=60)
        assert not self.wrong and self.is_there.is_set()
        self.post.refresh_from_db()
        self.delivery.refresh_from_db()
        return str(Step.objects.filter(delivery=self.delivery).latest("round").payload), self.delivery.state


def test_an_edit_while_the_intent_is_written_comes_too_late(committed, monkeypatch):
    desk = Desk()
    desk.slowly(monkeypatch, Run, "_refuse_what_came_since")
    said, state = desk.together(desk.carries, desk.edits)
    assert (desk.said, desk.post.text, desk.post.version) == ("too late", "Friday", 1)
    assert state == State.PUBLISHED and "Friday" in said


def test_words_that_are_being_saved_are_waited_for_and_leave(committed, monkeypatch):
    desk = Desk()
    desk.slowly(monkeypatch, Post, "_leaving")
    said, state = desk.together(desk.edits, desk.carries)
    assert (desk.said, desk.post.text) == ("", "Saturday")
    assert state == State.PUBLISHED and "Saturday" in said


def test_an_import_that_is_taken_back_while_one_of_its_posts_leaves_waits_and_leaves_it(committed, monkeypatch):
    desk = Desk()
    desk.slowly(monkeypatch, Run, "_keep_others_from_the_words")
    said, state = desk.together(desk.carries, desk.takes_back)
    assert (desk.said, desk.post.removed_at) == ("stays", None)
    assert state == State.PUBLISHED and "Friday" in said


def test_a_yes_that_is_withdrawn_while_the_intent_is_written_comes_too_late(committed, monkeypatch):
    desk = Desk()
    desk.approved()
    desk.slowly(monkeypatch, Run, "_refuse_what_came_since")
    _said, state = desk.together(desk.carries, desk.withdraws)
    assert (desk.said, state, Request.objects.get().state) == ("Too late", State.PUBLISHED, "approved")


@pytest.mark.django_db
def test_words_that_were_changed_between_the_claim_and_the_intent_are_those_that_leave(
    mastodon, mastodon_server, promise, worker, ingrid
):
    """Whoever saved them in time was told so: what the worker has in hand is old."""
    delivery = promise(mastodon, "Closed on Friday.")
    (lease,) = worker.claim()
    post = Post.objects.get(pk=delivery.post_id)
    post.edit(by=ingrid, version=post.version, content=Content.of("Closed on Saturday."))
    worker.carry(lease)
    assert worker.work_until_settled(delivery).state == State.PUBLISHED
    (said,) = mastodon_server.statuses.values()
    assert "Saturday" in str(said) and delivery.planned_version == post.version
