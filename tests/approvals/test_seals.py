"""What a yes is sealed to: the words as readers get them, and where their links lead."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction

from clarion.approvals.models import Decision, Request, Stage, Workflow
from clarion.approvals.progress import NotNow
from clarion.approvals.seal import Promise, Sealing
from clarion.channels.models import Channel
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import Workspace
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Link, Media, Post
from clarion.posts.models.mention import Person
from clarion.testing.pictures import png
from clarion.testing.servers.base import Fault

pytestmark = pytest.mark.django_db


def posting(method: str, path: str) -> bool:
    return method == "POST" and path == "/api/v1/statuses"


def test_what_was_planned_under_another_yes_is_planned_anew(
    cityhall, flow, written, says, worker, clock, mastodon, mastodon_server, ingrid, mayor
):
    """A name is called otherwise after a first try that did not happen: nobody said yes to the old words any more."""
    handles = {("mastodon", ""): "@old@town.example"}
    hall = Person.objects.make(workspace=cityhall, name="Town hall", by=ingrid, handles=handles)
    delivery = written(ingrid, "Ask @[Town hall].", minutes=0, channels=[mastodon])
    says(mayor, delivery)
    mastodon_server.faults.arm(Fault("answer", match=posting, status=429, headers={"retry-after": "60"}))
    worker.tick()
    delivery.refresh_from_db()
    assert delivery.state == State.SCHEDULED and delivery.steps.count() == 1
    hall.change(by=ingrid, name="Town hall", handles={("mastodon", ""): "@new@town.example"})
    clock.pass_by(minutes=2)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "approval") and not mastodon_server.statuses
    ask_for_yes(delivery.post, by=ingrid, now=clock())
    says(mayor, delivery)
    assert worker.work_until_settled(delivery).state == State.PUBLISHED
    assert "@new@town.example" in str(next(iter(mastodon_server.statuses.values())))


def test_where_a_short_link_leads_is_sealed_on_the_one_channel_that_has_it(
    flow, written, cityhall, says, mayor, ingrid, board, mastodon, clock, now
):
    """The first channel sends links as they are, the second short: leading that elsewhere voids the yes."""
    short = Content((Words("Read https://halden.example/bridge."),), {"links": "short"})
    post = Post.objects.write(
        workspace=cityhall, by=ingrid, content=Content((Words("Read it here."),)), channels=[board, mastodon],
        variants={mastodon.pk: short},
    )  # fmt: skip
    sealing = Sealing(post)
    promise = [Promise(one, clock(), clock() + timedelta(hours=1)) for one in (board, mastodon)]
    Link.objects.make(
        workspace=cityhall, target="https://halden.example/bridge", by=ingrid, post=post, channel=mastodon,
        url="https://halden.example/bridge", url_sha256=sha256(b"https://halden.example/bridge").hexdigest(),
    )  # fmt: skip
    sealed = [sealing.seal(one, window="exact") for one in promise]
    assert list(sealed[1].whole["links"].values()) == ["https://halden.example/bridge"]
    Link.objects.get().lead("https://elsewhere.example/", by=ingrid)
    assert Sealing(post).seal(promise[1], window="exact").sha256 != sealed[1].sha256
    assert Sealing(post).seal(promise[0], window="exact").sha256 == sealed[0].sha256


@pytest.mark.parametrize("spelling", ["{}", "{}?from=us", "see {bare}", "{odd}"])
def test_a_short_link_that_somebody_wrote_leads_where_it_led_when_the_yes_was_given(
    cityhall, flow, written, says, worker, clock, ingrid, mayor, spelling
):
    """Not made for the post, but in its words all the same, in whatever spelling."""
    link = Link.objects.make(workspace=cityhall, target="https://halden.example/bridge", by=ingrid, slug="bridge")
    odd = link.address.replace("bridge", "%62ridg%65")
    text = spelling.format(link.address.upper().replace("HTTP", "http"), bare=link.shown, odd=odd)
    delivery = written(ingrid, f"The bridge is closed: {text}", minutes=5)
    assert list(says(mayor, delivery).sealed(delivery.channel_id).whole["links"].values()) == [link.target]
    Link.objects.filter(pk=link.pk).update(target="https://elsewhere.example/")  # whoever writes it, and nobody is told
    clock.pass_by(minutes=6)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "approval")


def test_who_may_only_write_changes_nothing_of_what_others_promised_without_a_yes(
    cityhall, written, ingrid, amir, mastodon
):
    """No workflow is there, and yet it is another text than the one that an editor promised."""
    names = {"handles": {("mastodon", ""): "@hall@town.example"}}
    hall = Person.objects.make(workspace=cityhall, name="Town hall", by=ingrid, **names)
    delivery, other = (written(ingrid, text, channels=[mastodon]) for text in ("Ask @[Town hall].", "Nothing of it."))
    assert not Request.objects.counting().filter(post=delivery.post, state="waiting").exists()
    hall.change(by=ingrid, name="Town hall", handles={("mastodon", ""): "@new@town.example"})
    delivery.refresh_from_db()
    assert not delivery.on_request  # she may publish
    hall.change(by=amir, name="Town hall", handles={("mastodon", ""): "@prank@town.example"})
    for one in (delivery, other):
        one.refresh_from_db()
    assert delivery.on_request and not other.on_request
    assert Request.objects.counting().get(post=delivery.post).state == "waiting"


def test_who_changes_what_readers_get_asks_nothing_in_another_workspace(cityhall, written, ingrid, mastodon, clock):
    """The same person is called by her name in both, and here a workflow is for what a rule warns about."""
    names = {"handles": {("mastodon", ""): "@hall@town.example"}}
    hall = Person.objects.make(workspace=cityhall, name="Town hall", by=ingrid, **names)
    other = Workspace.objects.open(organisation=cityhall.organisation, name="Libraries", zone="UTC")
    Channel.objects.open_own_ground(workspace=other, by=None, now=clock())
    channels = list(Channel.objects.filter(workspace=other))
    there = Post.objects.write(workspace=other, by=None, content=Content.of("Ask @[Town hall]."), channels=channels)
    due = clock() + timedelta(days=1)
    Delivery.objects.schedule(there, channels=channels, at=due, by=None, now=clock())
    for place, when in ((other, "always"), (cityhall, "warned")):
        Workflow.objects.set_up(workspace=place, name="A yes", stages=[Stage()], by=None, when=when)
    written(ingrid, "Ask @[Town hall].", channels=[mastodon])
    hall.change(by=ingrid, name="Town hall", handles={("mastodon", ""): "@new@town.example"})
    assert not Request.objects.filter(workspace=other).exists()


@pytest.mark.parametrize("what", ["a link", "a link that somebody wrote", "a person", "a person who was nobody"])
def test_who_changes_what_readers_get_without_an_edit_has_it_asked_anew_and_is_one_of_its_authors(
    cityhall, flow, written, says, ingrid, mayor, board, mastodon, what
):
    """The mayor has a name called otherwise, or a link lead elsewhere: nobody's yes holds, and hers is not wanted."""
    names = {"handles": {("mastodon", ""): "@hall@town.example"}}
    hall = Person.objects.make(workspace=cityhall, name="Town hall", by=ingrid, **names)
    link = Link.objects.make(workspace=cityhall, target="https://halden.example/a", by=ingrid, slug="bridge")
    text = {
        "a link": "Read https://halden.example/bridge.", "a link that somebody wrote": f"Read {link.address}.",
        "a person": "Ask @[Town hall].", "a person who was nobody": "Ask @[Kari Ødegård].",
    }[what]  # fmt: skip
    delivery = written(ingrid, text, channels=[mastodon])
    if what == "a link":
        said = Content((Words(text),), {"links": "short"})
        delivery.post.edit(by=ingrid, version=delivery.post.version, content=said)
        link = Link.objects.get(post=delivery.post)
    first = says(mayor, delivery)
    other = written(ingrid, "Nothing of it.", channels=[mastodon])
    says(mayor, other)
    if "link" in what:
        link.lead("https://elsewhere.example/", by=mayor)
    elif what == "a person":
        hall.change(by=mayor, name="Town hall", handles={("mastodon", ""): "@new@town.example"})
    else:
        Person.objects.make(workspace=cityhall, name="Kari Ødegård", by=mayor, **names)
    first.refresh_from_db()
    again = Request.objects.counting().get(post=delivery.post)
    assert (first.state, again.state, again.asked_by) == ("void", "waiting", mayor)
    with pytest.raises(NotNow, match="wrote some of this yourself"):
        says(mayor, delivery)
    assert Request.objects.counting().get(post=other.post).state == "approved"


@pytest.mark.parametrize("is_shown", [False, True], ids=["not-shown", "shown"])
def test_what_a_file_is_called_is_sealed_where_readers_see_it(
    cityhall, flow, says, ingrid, mayor, board, clock, monkeypatch, is_shown
):
    """Of a document it is the title, or what is fetched; of a picture some networks show it."""
    monkeypatch.setattr(board.kind, "shows_names", is_shown)
    given = {"minutes.pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n", "map.png": png(8, 8)}
    files = [
        Media.objects.keep(workspace=cityhall, file=BytesIO(data), name=name, by=ingrid) for name, data in given.items()
    ]
    deliveries = []
    for one in files:
        post = Post.objects.write(
            workspace=cityhall, by=ingrid, content=Content.of("Read it.", Shot(str(one.pk), "It"))
        )
        (delivery,) = Delivery.objects.schedule(
            post, channels=[board], at=clock() + timedelta(hours=1), by=ingrid, now=clock()
        )
        says(mayor, delivery)
        deliveries.append(delivery)
        one.rename(f"what-they-hide-{one.name}", by=ingrid)
    states = [Request.objects.counting().get(post=one.post_id).state for one in deliveries]
    assert states == ["waiting", "waiting" if is_shown else "approved"]


@pytest.mark.parametrize("forged", [
    {"state": "approved"}, {"state": "glass"}, {"sha256": "0" * 64}, {"seals": {}},
], ids=str)  # fmt: skip
def test_no_script_answers_a_question_or_puts_another_seal_on_it(flow, written, ingrid, clock, forged):
    """Whatever goes around the verbs: the database knows that nobody said yes."""
    request = Request.objects.counting().get(post=written(ingrid).post)
    with pytest.raises(DatabaseError, match=r"nobody said yes|sealed stays"), transaction.atomic():
        Request.objects.filter(pk=request.pk).update(**forged)
    if "state" in forged:
        request.become("withdrawn", by=ingrid, because="", now=clock())
        request.pk, request._state.adding, request.state = uuid4(), True, forged["state"]
        with pytest.raises(DatabaseError, match="nobody said yes"), transaction.atomic():
            request.save(force_insert=True)


def test_an_answer_is_given_to_no_other_person(flow, written, says, ingrid, mayor, amir):
    decision = says(mayor, written(ingrid)).decisions.get()
    with pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(person=amir)
    Decision.objects.filter(pk=decision.pk).update(person=None)  # somebody is forgotten; the record keeps who it was
