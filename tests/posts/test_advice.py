"""A workspace's rules: off, advice, or a gate that no door gets around."""

from __future__ import annotations

from io import BytesIO

import pytest

from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member
from clarion.posts.content import Content, Shot
from clarion.posts.lint import RULES
from clarion.posts.models import Advice, Gated, Media, Post
from clarion.records.models import Event
from clarion.testing.pictures import png
from tests.web.desk import a_channel

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def gate(cityhall, ingrid):
    def make(*rules, known=()):
        return Advice.objects.settle(cityhall, forces=dict.fromkeys(rules, "gate"), known=known, by=ingrid)

    return make


def written(workspace, by, text, *shots):
    return Post.objects.write(workspace=workspace, by=by, content=Content.of(text, *shots))


def test_where_nobody_chose_every_rule_is_advice_and_nothing_stops(cityhall, ingrid, channel, now):
    assert {Advice.objects.for_workspace(cityhall).force(rule) for rule in RULES} == {"advice"}
    post = written(cityhall, ingrid, "#libraryhours")
    assert len(Delivery.objects.schedule(post, channels=[channel], at=now, by=ingrid, now=now)) == 1


def test_a_gate_stops_the_promise_with_one_sentence(cityhall, ingrid, channel, gate, now):
    gate("hashtag_capitals")
    post = written(cityhall, ingrid, "#libraryhours")
    with pytest.raises(Gated, match=r"#LibraryHours.*does not let it go out"):
        Delivery.objects.schedule(post, channels=[channel], at=now, by=ingrid, now=now)
    assert not Delivery.objects.exists()
    assert not Event.objects.filter(verb="delivery.scheduled").exists()


def test_a_gate_holds_for_the_words_of_one_channel(cityhall, ingrid, channel, gate, now):
    gate("hashtag_capitals")
    post = Post.objects.write(
        workspace=cityhall, by=ingrid, content=Content.of("Open."), variants={channel.pk: Content.of("#libraryhours")}
    )
    with pytest.raises(Gated):
        Delivery.objects.schedule(post, channels=[channel], at=now, by=ingrid, now=now)


def test_a_promise_from_before_the_gate_may_be_moved_but_not_promised_anew(cityhall, ingrid, channel, gate, now):
    post = written(cityhall, ingrid, "#libraryhours")
    (one,) = Delivery.objects.schedule(post, channels=[channel], at=now, by=ingrid, now=now)
    gate("hashtag_capitals")
    one.reschedule(at=now, by=ingrid, now=now)
    one.cancel(by=ingrid, now=now)
    with pytest.raises(Gated):
        one.reschedule(at=now, by=ingrid, now=now)
    one.refresh_from_db()
    assert one.state == "cancelled"


def test_other_words_are_asked_again_when_it_is_moved(cityhall, ingrid, channel, gate, now):
    gate("hashtag_capitals")
    post = written(cityhall, ingrid, "#LibraryHours")
    (one,) = Delivery.objects.schedule(post, channels=[channel], at=now, by=ingrid, now=now)
    post.edit(by=ingrid, version=1, content=Content.of("#libraryhours"))
    one = Delivery.objects.get(pk=one.pk)
    with pytest.raises(Gated):
        one.reschedule(at=now, by=ingrid, now=now)


def test_descriptions_are_one_gate_by_whichever_name(cityhall, ingrid, channel, gate, now):
    media = Media.objects.keep(workspace=cityhall, file=BytesIO(png()), name="a.png", by=ingrid)
    post = written(cityhall, ingrid, "The library is open today.", Shot(str(media.pk)))
    cityhall.alt_text_required = True
    cityhall.save()
    with pytest.raises(Gated, match="no description"):
        Delivery.objects.schedule(post, channels=[channel], at=now, by=ingrid, now=now)
    Advice.objects.settle(cityhall, forces={"alt_missing": "advice"}, known=[], by=ingrid)
    cityhall.refresh_from_db()
    assert not cityhall.alt_text_required
    assert len(Delivery.objects.schedule(post, channels=[channel], at=now, by=ingrid, now=now)) == 1
    gate("alt_missing")
    cityhall.refresh_from_db()
    assert cityhall.alt_text_required


def test_a_change_of_the_rules_is_recorded_and_strange_names_are_dropped(cityhall, ingrid):
    advice = Advice.objects.settle(
        cityhall, forces={"emoji": "off", "nonsense": "gate", "letters": "maybe"}, known=["RFD", " RFD ", ""], by=ingrid
    )
    assert advice.known == ["RFD"]
    assert advice.force("letters") == "advice"
    event = Event.objects.get(verb="advice.settled")
    assert (event.before, event.after) == ({"emoji": "advice"}, {"emoji": "off", "known": 1})
    with pytest.raises(ValueError, match="At most 500"):
        Advice.objects.settle(cityhall, forces={}, known=["x" * 81], by=ingrid)


def test_an_outsider_finds_no_rules_of_ours(cityhall, ingrid, gate):
    gate("emoji")
    assert Advice.objects.of(ingrid).count() == 1
    Member.objects.filter(user=ingrid).delete()
    assert Advice.objects.of(ingrid).count() == 0
