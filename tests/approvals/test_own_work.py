"""Nobody approves own work, by whatever way her words come to be another's post; and nobody lowers what is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.approvals.models import Guest, Request, Stage, Workflow
from clarion.approvals.progress import NotNow
from clarion.deliveries.many import Many
from clarion.deliveries.models import Delivery, State
from clarion.posts.content import Content
from clarion.posts.models import BadLink, Category, Evergreen, Idea, Label, Link, Post, Recurrence, Stays
from clarion.posts.rules import Rule
from clarion.records.models import Event

from .conftest import refuses_a_yes

pytestmark = pytest.mark.django_db


class Ways:
    """How the mayor's words come to be a post of Ingrid's."""

    def __init__(self, cityhall, first, board, ingrid, mayor, client, now) -> None:
        self.cityhall, self.first, self.board, self.now = cityhall, first, board, now
        self.ingrid, self.mayor, self.client = ingrid, mayor, client

    def by_a_rule(self, first: Post | None = None) -> Post:
        begins = self.now.astimezone(self.cityhall.tz).replace(tzinfo=None)
        weekly = Rule.of(begins, every=1, unit="week")
        rule = Recurrence.objects.begin(first or self.first, rule=weekly, by=self.ingrid, now=self.now)
        return rule.write(begins + timedelta(days=7))

    def by_a_rule_from_here_on(self) -> Post:
        """She changes one of those that come again, and all that follow say it."""
        hers = Post.objects.write(workspace=self.cityhall, by=self.ingrid, content=Content.of("Market on Monday."))
        second = self.by_a_rule(hers)
        second.edit(by=self.mayor, version=1, content=self.first.said)
        second.recurrence.say(second, by=self.mayor)
        begins = self.now.astimezone(self.cityhall.tz).replace(tzinfo=None)
        return Recurrence.objects.get().write(begins + timedelta(days=14))

    def evergreen(self) -> Post:
        self._sort(self.first)
        green = Evergreen.objects.begin(self.first, times=3, rest_days=2, by=self.ingrid, now=self.now)
        return green.write(self.board, at=self.now + timedelta(days=3), number=0)

    def evergreen_in_other_words(self) -> Post:
        hers = Post.objects.write(workspace=self.cityhall, by=self.ingrid, content=Content.of("Market on Monday."))
        self._sort(hers)
        Evergreen.objects.begin(hers, times=3, rest_days=2, by=self.ingrid, now=self.now)
        green = Evergreen.objects.begin(
            hers, times=3, rest_days=2, by=self.mayor, now=self.now, variations=[self.first.text]
        )
        return green.write(self.board, at=self.now + timedelta(days=3), number=1)

    def copied(self) -> Post:
        self.client.force_login(self.ingrid)
        self.client.post(f"/w/{self.cityhall.pk}/posts/{self.first.pk}/duplicate")
        return Post.objects.exclude(pk=self.first.pk).get()

    def copied_twice(self) -> Post:
        once = self.copied()
        self.client.post(f"/w/{self.cityhall.pk}/posts/{once.pk}/duplicate")
        return Post.objects.exclude(pk__in=[self.first.pk, once.pk]).get()

    def her_idea(self) -> Post:
        return Idea.objects.put(workspace=self.cityhall, by=self.mayor, text=self.first.text).become_draft(
            by=self.ingrid
        )

    def an_idea_in_her_words(self) -> Post:
        idea = Idea.objects.put(workspace=self.cityhall, by=self.ingrid, text="Council?")
        idea.change(by=self.mayor, text=self.first.text, link="", picture=None, labels=[])
        return idea.become_draft(by=self.ingrid)

    def _sort(self, post: Post) -> None:
        tips = Category.objects.make(workspace=self.cityhall, name="Tips", by=self.ingrid)
        post.sort(tips, by=self.ingrid, now=self.now)


@pytest.mark.parametrize("how", [name for name in vars(Ways) if not name.startswith("_")])
def test_who_wrote_it_approves_it_no_more_in_the_name_of_another(
    cityhall, flow, written, says, ingrid, mayor, board, clock, client, how
):
    first = written(mayor, "Council on Monday.").post
    again = getattr(Ways(cityhall, first, board, ingrid, mayor, client, clock()), how)()
    assert (again.author, again.text) == (ingrid, first.text)
    at = clock() + timedelta(days=7)
    Delivery.objects.schedule(again, channels=[board], at=at, by=ingrid, now=clock())
    refuses_a_yes(says, mayor, again, clock())


def test_a_link_that_was_shown_to_an_author_gives_no_yes_to_her_work(
    cityhall, written, ingrid, mayor, board, clock, client
):
    email = "client@shop.example"
    Workflow.objects.set_up(workspace=cityhall, name="Client", stages=[Stage(guests=(email,))], by=ingrid)
    hers, of_another = written(ingrid, "Hers."), written(mayor, "Of another.")
    guest = Guest.objects.get()
    client.force_login(ingrid)
    told = client.post(f"/w/{cityhall.pk}/guests/{guest.pk}/write", {"show": "1"}, follow=True).content.decode()
    link = guest.links.get(ended_at=None)
    assert link.shown_to == ingrid and "By this link no yes to that is taken" in told
    assert Event.objects.get(verb="guest.link_shown").by_id == ingrid.pk
    asked = {one: Request.objects.counting().get(post=one.post) for one in (hers, of_another)}
    with pytest.raises(NotNow, match="was shown this link"):
        guest.decide(asked[hers], link=link, yes=True, sha256=asked[hers].sha256, now=clock())
    guest.decide(asked[of_another], link=link, yes=True, sha256=asked[of_another].sha256, now=clock())
    guest.decide(asked[hers], link=link, yes=False, because="No.", sha256=asked[hers].sha256, now=clock())
    assert [Request.objects.get(pk=one.pk).state for one in asked.values()] == ["refused", "approved"]


@pytest.fixture
def bound(cityhall, ingrid, mayor) -> Label:
    """Posts of the council need the mayor's yes; Ingrid leads and decides over that, Vera edits."""
    label = Label.objects.create(workspace=cityhall, name="Council")
    stages = [Stage(people=(str(mayor.pk),))]
    Workflow.objects.set_up(workspace=cityhall, name="Council", stages=stages, by=ingrid, labels=[label])
    return label


@pytest.mark.parametrize("was", ["promised", "taken back", "written by another"])
def test_a_label_that_decides_whose_yes_is_needed_comes_off_by_who_decides_over_that(
    cityhall, bound, board, amir, ingrid, mayor, clock, was
):
    """An editor, who may publish: without the label nobody would be asked."""
    other = Label.objects.create(workspace=cityhall, name="Roads")
    author = amir if was == "written by another" else mayor
    text = Content.of("The council meets.")
    post = Post.objects.write(workspace=cityhall, by=author, content=text, channels=[board], labels=[bound, other])
    if was != "written by another":
        (delivery,) = Delivery.objects.schedule(
            post, channels=[board], at=clock() + timedelta(hours=1), by=mayor, now=clock()
        )
        if was == "taken back":
            delivery.cancel(by=mayor, now=clock())
    with pytest.raises(Stays, match="decides whose yes"):
        bound.take_off(post, by=mayor)
    post.edit(by=mayor, version=1, content=text, labels=[])
    assert list(post.labels.all()) == [bound], "the other one came off"
    many = Many(member=cityhall.members.get(user=mayor), now=clock())
    many.each([post], many.label(bound, on=False))
    assert [because for _post, because in many.left] and not many.done
    post.edit(by=ingrid, version=2, content=text, labels=[])
    assert not post.labels.exists()


def test_a_link_of_what_went_out_with_a_yes_is_led_elsewhere_by_who_may_publish_without(
    cityhall, flow, written, says, worker, ingrid, mayor, board
):
    link = Link.objects.make(workspace=cityhall, target="https://halden.example/a", by=ingrid, slug="bridge")
    delivery = written(ingrid, f"Read {link.address}.", minutes=0)
    says(mayor, delivery)
    assert worker.work_until_settled(delivery).state == State.PUBLISHED
    with pytest.raises(BadLink, match="said yes to where it leads"):
        link.lead("https://elsewhere.example/", by=mayor)
    link.refresh_from_db()
    assert link.target == "https://halden.example/a" and not Event.objects.filter(verb="link.led").exists()
    link.lead("https://halden.example/b", by=ingrid)


def test_who_writes_alone_takes_her_own_label_off_before_anybody_is_asked(cityhall, bound, mayor):
    """She need not have put it on. A label of no workflow comes off by anybody who writes."""
    post = Post.objects.write(workspace=cityhall, by=mayor, content=Content.of("A draft."), labels=[bound])
    assert bound.take_off(post, by=mayor)
