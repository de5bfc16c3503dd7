"""What a spokesperson lets go in a pause are the words that she has seen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, Spokesperson
from clarion.posts.content import Content, Words
from clarion.posts.models import Person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("how", ["an edit", "a name"])
def test_what_a_spokesperson_let_go_stays_stopped_with_the_words_of_another(
    mastodon, mastodon_server, promise, worker, clock, ingrid, amir, cityhall, how
):
    house = cityhall.organisation
    Spokesperson.objects.appoint(organisation=house, user=ingrid, by=ingrid, now=clock())
    Member.objects.join(workspace=cityhall, user=amir, role="editor", by=ingrid)
    names = {("mastodon", ""): "@hall@town.example"}
    hall = Person.objects.make(workspace=cityhall, name="Town hall", by=ingrid, handles=names)
    statement = promise(mastodon, "Ask @[Town hall].", at=clock() + timedelta(minutes=1))
    house.pause(by=ingrid, because="flood", now=clock())
    Delivery.objects.filter(pk=statement.pk).let(by=ingrid, now=clock())
    if how == "an edit":
        post = statement.post
        post.edit(by=amir, version=post.version, content=Content((Words("All is well."),)))
    else:
        hall.change(by=amir, name="Town hall", handles={("mastodon", ""): "@prank@town.example"})
    clock.pass_by(minutes=2)
    assert worker.tick() == 0 and not mastodon_server.statuses
    Delivery.objects.filter(pk=statement.pk).let(by=ingrid, now=clock())
    worker.tick()
    assert len(mastodon_server.statuses) == 1, "she has looked at it again"
