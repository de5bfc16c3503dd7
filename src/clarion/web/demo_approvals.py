"""What waits for a yes in the demo's city: the mayor's own posts, each at another point of its way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from clarion.approvals.models import Request, Stage, Workflow
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, User, Workspace
from clarion.posts.content import Content
from clarion.posts.models import Label, Post
from clarion.web import demo_city as city

MAYOR = ("mayor@halden.example", "Anne Berg")
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
SENT_BACK = city.Told(9, "09:30", "The mayor congratulates all 214 pupils who sang in the town hall.", "m", LABEL, 2)
REASON = "It was 241 pupils. Please ask the school again."
CONTRIBUTED = city.Told(
    2, "17:00", "Wanted: photographs of the harbour before 1960, for the archive.", "mn", "Culture", 2
)


def wait(
    place: Workspace, *, users: Sequence[User], now: datetime,
    schedule: Callable[[city.Told], Sequence[Delivery]],
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
    asked, changed, approved, sent_back, _by_request = (
        schedule(told)[0].post for told in (ASKED, CHANGED, APPROVED, SENT_BACK, CONTRIBUTED)
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
