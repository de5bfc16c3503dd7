"""An office in which somebody else has to say yes: Amir writes, Ingrid leads, the mayor approves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from clarion.approvals.models import Decision, Request, Stage, Workflow
from clarion.approvals.progress import NotNow
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, User
from clarion.posts.content import Content, Words
from clarion.posts.models import Post

from ..deliveries.conftest import Clock, Worker, clock, worker  # noqa: F401  fixtures


@pytest.fixture
def mayor(cityhall):
    """She approves, and has no time."""
    user = User.objects.create_user("mayor@halden.example", "correct horse 7", name="Anne Berg")
    Member.objects.join(workspace=cityhall, user=user, role="editor")
    return user


@pytest.fixture
def flow(cityhall, ingrid, mayor) -> Workflow:
    """Every post needs the mayor's yes."""
    return Workflow.objects.set_up(
        workspace=cityhall, name="The mayor's yes", stages=[Stage("Mayor", people=(str(mayor.pk),))], by=ingrid
    )


@pytest.fixture
def written(cityhall, board, clock) -> Callable[..., Delivery]:  # noqa: F811
    """A post of somebody, promised on the noticeboard."""

    def make(by, text: str = "The bridge is closed on Friday.", *, minutes: float = 60, channels=None) -> Delivery:
        some = channels or [board]
        post = Post.objects.write(workspace=cityhall, by=by, content=Content((Words(text),)), channels=some)
        at = clock() + timedelta(minutes=minutes)
        return Delivery.objects.schedule(post, channels=some, at=at, by=by, now=clock())[0]

    return make


@pytest.fixture
def says(cityhall, clock) -> Callable[..., None]:  # noqa: F811
    """A member answers what is asked about a post now."""

    def answer(user, delivery: Delivery, *, yes: bool = True, because: str = "", sha256: str = "") -> Request:
        request = Request.objects.counting().get(post=delivery.post_id)
        member = cityhall.members.get(user=user)
        request.decide(member=member, yes=yes, sha256=sha256 or request.sha256, now=clock(), because=because)
        request.refresh_from_db()
        return request

    return answer


def asked(delivery: Delivery) -> Request:
    """The question that counts about the delivery's post."""
    return Request.objects.counting().get(post=delivery.post_id)


def refuses_a_yes(says, user, post, now) -> None:
    """Neither we nor the database take it."""
    delivery = post.deliveries.get()
    with pytest.raises(NotNow, match="wrote some of this yourself"):
        says(user, delivery)
    request = Request.objects.counting().get(post=post)
    with pytest.raises(DatabaseError, match="own work"), transaction.atomic():
        Decision.objects.create(request=request, stage=0, person=user, answer="yes", sha256=request.sha256, at=now)
