"""What a yes is sealed to: the words as readers get them, and where their links lead."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from clarion.approvals.seal import Promise, Sealing
from clarion.deliveries.asking import ask_for_yes
from clarion.deliveries.models import State
from clarion.posts.content import Content, Words
from clarion.posts.models import Link, Post
from clarion.posts.models.mention import Person
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


@pytest.mark.parametrize("spelling", ["{}", "{}?from=us", "see {bare}"])
def test_a_short_link_that_somebody_wrote_leads_where_it_led_when_the_yes_was_given(
    cityhall, flow, written, says, worker, clock, ingrid, mayor, spelling
):
    """Not made for the post, but in its words all the same, in whatever spelling."""
    link = Link.objects.make(workspace=cityhall, target="https://halden.example/bridge", by=ingrid, slug="bridge")
    text = spelling.format(link.address.upper().replace("HTTP", "http"), bare=link.shown)
    delivery = written(ingrid, f"The bridge is closed: {text}", minutes=5)
    assert list(says(mayor, delivery).sealed(delivery.channel_id).whole["links"].values()) == [link.target]
    link.lead("https://elsewhere.example/", by=ingrid)
    clock.pass_by(minutes=6)
    worker.tick()
    delivery.refresh_from_db()
    assert (delivery.state, delivery.code) == (State.HELD, "approval")
