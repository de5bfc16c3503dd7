"""What waits for a yes in the demo's city: the mayor's own posts, each at another point of its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from clarion.approvals.models import Comment, Guest, Passage, Request, Stage, Workflow
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, User, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Label, Post
from clarion.web import demo_city as city
from clarion.web.demo_people import MANAGER, MAYOR

type Ask = Callable[[city.Told, datetime], Sequence[Delivery]]
"""Schedules a post, and asks for its yes at that time."""

LABEL = "Mayor"
NOTE = "The date is agreed with the school. The picture is ours."
ASKED = city.Told(
    1, "16:00", "The mayor reads to the children of the Berg school on Thursday: come and listen.", "mb", LABEL, 2
)
CHANGED = city.Told(
    3, "15:30", "Mayor Anne Berg opens the new footbridge on Saturday at 11. Everybody is welcome.", "mbn", LABEL, 1
)
CHANGED_TO = "Mayor Anne Berg opens the new footbridge on Sunday at noon. Everybody is welcome, and there is soup."
APPROVED = city.Told(
    6, "10:00", "“We keep the library open on Sundays”: the mayor on the budget, in two minutes.", "mn", LABEL, 1
)
APPROVED_ANEW = "“We keep the library open on Sundays”: the mayor on the budget, in three minutes, with subtitles."
SENT_BACK = city.Told(9, "09:30", "The mayor congratulates all 214 pupils who sang in the town hall.", "m", LABEL, 2)
REASON = "It was 241 pupils. Please ask the school again."
HARBOUR = city.Told(
    4, "11:00", "Visiting boats are welcome again from Friday: berths 1 to 12, first come, first served.", "mn",
    "Harbour", 1,
)  # fmt: skip
GUEST = ("harbour@coast.example", "Per, harbour master")
CONTRIBUTED = city.Told(
    2, "17:00", "Wanted: photographs of the harbour before 1960, for the archive.", "mn", "Culture", 2
)
BUDGET = "Budget"
HALF = city.Told(
    5, "12:00", "What the budget means for your street: four new teachers, more busses, and the same water fee.", "mb",
    BUDGET, 1,
)  # fmt: skip
FERRY = city.Told(1, "06:15", "The first ferry does not sail tomorrow: the wind is too strong.", "mbn", "Harbour", 2)
GLASS = "The ferry company has just called, and nobody at the harbour answers. People have to know before six."


def wait(
    place: Workspace, *, users: Sequence[User], now: datetime,
    ask: Ask,
) -> None:  # fmt: skip
    """Two have to say yes to what is the mayor's: the press office first, and then she."""
    head, editor, _contributor = users[:3]
    email, name = MAYOR
    mayor = User.objects.filter(email=email).first() or User.objects.create_user(email, None, name=name)
    Member.objects.join(workspace=place, user=mayor, role="guest", by=None)
    label, _made = Label.objects.get_or_create(workspace=place, name=LABEL)
    Workflow.objects.set_up(
        workspace=place, name="The mayor’s yes", labels=[label], by=head,
        stages=[Stage("Press office", people=(str(head.pk),)), Stage("Mayor", people=(str(mayor.pk),))],
    )  # fmt: skip
    harbour, _made = Label.objects.get_or_create(workspace=place, name=HARBOUR.label)
    Workflow.objects.set_up(
        workspace=place, name="What concerns the harbour", labels=[harbour], by=head,
        stages=[Stage("Harbour", guests=(GUEST[0],))],
    )  # fmt: skip
    asked, changed, approved, sent_back, _by_request = (
        ask(told, now - timedelta(hours=hours))[0].post
        for told, hours in ((ASKED, 3.0), (CHANGED, 7), (APPROVED, 6.5), (SENT_BACK, 4), (CONTRIBUTED, 0.4))
    )
    ask_for_yes(asked, by=users[2], now=now - timedelta(hours=3), note=NOTE)
    members = {user.pk: Member.objects.get(workspace=place, user=user) for user in (head, mayor)}

    def answers(post: Post, user: Any, *, ago: float, because: str = "") -> None:
        request = Request.objects.counting().get(post=post)
        request.decide(
            member=members[user.pk], yes=not because, sha256=request.sha256, because=because,
            now=now - timedelta(hours=ago),
        )  # fmt: skip

    for post, hours in ((changed, 5.0), (approved, 4.0), (sent_back, 2.0)):
        answers(post, head, ago=hours)
        answers(post, mayor, ago=hours - 1, because=REASON if post == sent_back else "")
    changed.refresh_from_db()
    changed.edit(by=editor, version=changed.version, content=Content.of(CHANGED_TO))
    approved.refresh_from_db()
    approved.edit(by=editor, version=approved.version, content=Content.of(APPROVED_ANEW))
    for user in (head, mayor):
        answers(approved, user, ago=0)
    _in_three_steps(place, head=head, mayor=mayor, ask=ask, now=now)
    _talk(asked, users=users, now=now)
    Guest.objects.create(workspace=place, email=GUEST[0], name=GUEST[1])
    at_the_quay = ask(HARBOUR, now - timedelta(hours=2))[0].post
    guest = Guest.objects.get(workspace=place, email=GUEST[0])
    _without_a_yes(place, ask=ask, now=now)
    Comment.objects.say(
        at_the_quay, by=editor, now=now - timedelta(hours=1.5), for_guests=True, text="Are all twelve berths free?"
    )
    Comment.objects.say(
        at_the_quay, by=None, guest=guest, now=now - timedelta(hours=1),
        text="Berth 7 is under repair until Sunday. The others are.",
    )  # fmt: skip


def _in_three_steps(place: Workspace, *, head: User, mayor: User, ask: Ask, now: datetime) -> None:
    """The budget: the press office, then everybody of the night desk, then the mayor. It stands in the middle."""
    nora, tor = (User.objects.get(email=email) for email, _name in city.NIGHT)
    label, _made = Label.objects.get_or_create(workspace=place, name=BUDGET)
    desk = Stage("Night desk", rule="all", people=(str(nora.pk), str(tor.pk)), hours=24, escalate=(str(head.pk),))
    Workflow.objects.set_up(
        workspace=place, name="The budget, in three steps", labels=[label], by=head,
        stages=[Stage("Press office", people=(str(head.pk),)), desk, Stage("Mayor", people=(str(mayor.pk),))],
    )  # fmt: skip
    post = ask(HALF, now - timedelta(hours=5))[0].post
    for user, hours in ((head, 4.5), (nora, 2.0)):
        request = Request.objects.counting().get(post=post)
        member = Member.objects.get(workspace=place, user=user)
        request.decide(member=member, yes=True, sha256=request.sha256, now=now - timedelta(hours=hours))


def _without_a_yes(place: Workspace, *, ask: Ask, now: datetime) -> None:
    """It could not wait: somebody has to look at it afterwards."""
    email, _name = MANAGER
    post = ask(FERRY, now - timedelta(hours=4))[0].post
    Request.objects.counting().get(post=post).break_glass(
        member=Member.objects.get(workspace=place, user__email=email), because=GLASS, now=now - timedelta(hours=3)
    )


def _talk(post: Post, *, users: Sequence[User], now: datetime) -> None:
    """Two colleagues about one word."""
    quote = "on Thursday"
    first = Comment.objects.say(
        post, by=users[1], now=now - timedelta(hours=2), text="Is that still right? The school closes at three.",
        passage=Passage(quote, start=post.said.parts[0].text.find(quote)),
    )  # fmt: skip
    Comment.objects.say(
        post, by=users[2], now=now - timedelta(hours=1.8), answers=first, text="It is: they stay until five that day."
    )
