"""Rules of the house keep their word: what one stops is not promised, and does not leave when the rule came later."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest

from clarion.approvals.models import Stage, Workflow
from clarion.deliveries.many import Many
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.models.live import Live, NotPossible
from clarion.organisations.models import Workspace
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import (
    BadRule,
    Captions,
    HouseRule,
    Link,
    Media,
    NoReason,
    Override,
    Person,
    Post,
    Ruled,
)
from clarion.posts.models.link import BadLink
from clarion.records.models import Event

pytestmark = pytest.mark.django_db
EVERYTHING = ("phone", "email", "card", "iban", "id")


@pytest.fixture
def rule(cityhall, ingrid):
    def make(*lines, kind="words", level="stop", everywhere=False, **what):
        return HouseRule.objects.make(
            organisation=cityhall.organisation, workspace=None if everywhere else cityhall, kind=kind, level=level,
            name="Names of children", explanation="The law protects them.", by=ingrid,
            what=what or {"lines": list(lines)},
        )  # fmt: skip

    return make


def judged(post: Post):
    return HouseRule.objects.judge(post.said, workspace=post.workspace)


def test_what_a_rule_stops_is_neither_promised_nor_moved_and_the_sentence_says_why(board, promise, rule, clock, ingrid):
    delivery = promise(board, "Little Ola won.", at=clock() + timedelta(hours=1))
    rule("Ola")
    said = "The rule “Names of children” is against “ola”. The law protects them. Change it, or ask a manager"
    with pytest.raises(Ruled, match=said):
        promise(board, "Well done ola!", at=clock() + timedelta(hours=1))
    with pytest.raises(Ruled):
        delivery.reschedule(at=clock() + timedelta(hours=2), by=ingrid, now=clock())
    promise(board, "Olaf won.", at=clock() + timedelta(hours=1))


def test_a_rule_about_links_follows_a_short_one_in_capitals_too(board, promise, rule, cityhall, ingrid):
    rule(kind="links", domains=["evil.example"])
    link = Link.objects.make(workspace=cityhall, target="https://evil.example/", by=ingrid, slug="bridge")
    for written in (link.address, link.address.upper().replace("HTTP", "http"), f"{link.address}/?a=b"):
        with pytest.raises(Ruled):
            promise(board, f"Look at {written} today.")


def test_no_rule_is_passed_by_over_another_s_short_link_or_two_of_them(
    board, promise, rule, cityhall, ingrid, outsider, settings
):
    settings.SHORT_URL = "https://go.example"
    rule(kind="links", domains=["evil.example"])
    elsewhere = outsider.memberships.get().workspace
    link = Link.objects.make(workspace=elsewhere, target="https://evil.example/", by=outsider, slug="theirs")
    for written in (link.address, f"{settings.BASE_URL}/l/theirs"):
        with pytest.raises(Ruled):
            promise(board, f"Look at {written} today.")
        with pytest.raises(BadLink, match="short address already"):
            Link.objects.make(workspace=cityhall, target=written.replace("http", "HTTP"), by=ingrid, slug="ours")


def test_what_somebody_is_called_is_judged_and_an_override_ends_when_that_is_changed(
    mastodon, promise, rule, clock, ingrid, cityhall, worker
):
    """A name in the kit carries no words past the rules."""
    rule("fools")
    hall = Person.objects.make(workspace=cityhall, name="Town hall", by=ingrid, handles={("mastodon", ""): "the fools"})
    with pytest.raises(Ruled, match="called so on a network"):
        promise(mastodon, "Ask @[Town hall].", at=clock() + timedelta(hours=1))
    hall.change(by=ingrid, name="Town hall", handles={("mastodon", ""): "@hall@town.example"})
    delivery = promise(mastodon, "Ask @[Town hall].", at=clock() + timedelta(minutes=1))
    assert not HouseRule.objects.risk(delivery.post)
    hall.change(by=ingrid, name="Town hall", handles={("mastodon", ""): "the fools"})
    assert HouseRule.objects.risk(delivery.post)
    Override.objects.grant(judged(delivery.post), post=delivery.post, by=ingrid, because="They call themselves so.")
    assert not any(one.stops for one in judged(delivery.post))
    hall.change(by=ingrid, name="Town hall", handles={("mastodon", ""): "those greedy fools"})
    worker.work_until_settled(delivery, minutes=3)
    assert (delivery.state, delivery.code) == (State.HELD, "rule")


def test_an_override_for_a_link_ends_when_it_is_led_elsewhere(board, promise, rule, clock, ingrid, cityhall):
    link = Link.objects.make(workspace=cityhall, target="https://evil.example/a", by=ingrid, slug="bridge")
    delivery = promise(board, f"Read {link.address}.", at=clock() + timedelta(hours=1))
    rule(kind="links", domains=["evil.example"])
    Override.objects.grant(judged(delivery.post), post=delivery.post, by=ingrid, because="We warn of this page.")
    assert not any(one.stops for one in judged(delivery.post))
    link.lead("https://evil.example/b", by=ingrid)
    assert any(one.stops for one in judged(delivery.post))


def test_a_rule_that_came_later_holds_what_was_promised(board, promise, rule, worker, clock):
    delivery = promise(board, "Little Ola won.")
    rule("Ola")
    worker.work_until_settled(delivery)
    assert (delivery.state, delivery.code, delivery.attempts) == (State.HELD, "rule", 0)
    assert delivery.reason.startswith("The rule “Names of children” is against “Ola”.")


def test_a_warning_lets_it_go_and_is_recorded_with_the_promise(board, promise, rule, worker):
    rule("Ola", level="warn")
    delivery = promise(board, "Little Ola won.")
    assert Event.objects.get(verb="delivery.scheduled").after["warned"] == ["Names of children"]
    assert worker.work_until_settled(delivery).state == State.PUBLISHED


def test_everything_that_people_read_is_judged(cityhall, rule):
    rule(kind="personal", data=["phone"], countries=[], allowed=[])
    shot = Shot(str(uuid4()), "A poster with 900 12 345")
    number = "900 12 345"
    for content in (
        Content.of(f"Call {number}"), Content.of("Look", shot), Content.of("Vote", poll={"options": ["Yes", number]}),
        Content((Words("One"), Words(f"Two: {number}"))), Content.of("Hi", first_comment=f"Call {number}"),
        Content.of("@[Ola 900 12 345]"),
    ):  # fmt: skip
        with pytest.raises(Ruled, match=r"against telephone numbers: ••• •• •45"):
            HouseRule.objects.refuse(content, workspace=cityhall)
    HouseRule.objects.refuse(Content.of("Nothing to call"), workspace=cityhall)


def test_an_override_lets_exactly_these_words_out_and_any_edit_is_asked_again(
    board, promise, rule, worker, clock, ingrid
):
    delivery = promise(board, "Call 900 12 345", at=clock() + timedelta(hours=1))
    mine = rule(kind="personal", data=["phone"], countries=[], allowed=[])
    post = delivery.post
    with pytest.raises(NoReason):
        Override.objects.grant(judged(post), post=post, by=ingrid, because="  ")
    Override.objects.grant(judged(post), post=post, by=ingrid, because="It is the emergency line.")
    told = Event.objects.get(verb="rule.overridden")
    assert (told.because, told.after["name"], told.after["version"]) == ("It is the emergency line.", mine.name, 1)
    assert "900 12" not in str(list(Event.objects.values_list("before", "after", "because")))
    delivery.reschedule(at=clock() + timedelta(minutes=1), by=ingrid, now=clock())
    assert Event.objects.filter(verb="delivery.rescheduled").get().after["overridden"] == [mine.name]
    post.edit(by=ingrid, version=post.version, content=Content.of("Call 900 12 346"))
    worker.work_until_settled(delivery, minutes=3)
    assert (delivery.state, delivery.code) == (State.HELD, "rule")
    post.edit(by=ingrid, version=post.version, content=Content.of("Call 900 12 345"))
    delivery.send_now(by=ingrid, now=clock())
    assert worker.work_until_settled(delivery).state == State.PUBLISHED


def test_a_changed_rule_is_asked_again(board, promise, rule, clock, ingrid):
    delivery = promise(board, "Little Ola won.", at=clock() + timedelta(hours=1))
    mine = rule("Ola")
    Override.objects.grant(judged(delivery.post), post=delivery.post, by=ingrid, because="His parents asked for it.")
    assert not any(one.stops for one in judged(delivery.post))
    mine.change(by=ingrid, what={"lines": ["Ola", "Kari"]})
    assert [one.stops for one in judged(delivery.post)] == [True]
    mine.switch(on=False, by=ingrid)
    assert not judged(delivery.post)
    mine.switch(on=True, by=ingrid)
    mine.remove(by=ingrid)
    assert not judged(delivery.post)


def test_a_rule_of_the_organisation_holds_everywhere_and_can_only_be_made_stricter(cityhall, outsider, rule, ingrid):
    other = Workspace.objects.open(organisation=cityhall.organisation, name="Fire brigade", zone="Europe/Oslo")
    elsewhere = outsider.memberships.get().workspace
    everywhere = rule("Ola", level="warn", everywhere=True)
    levels = lambda place: [one.level for one in HouseRule.objects.judge(Content.of("Ola"), workspace=place)]  # noqa: E731
    assert (levels(cityhall), levels(other), levels(elsewhere)) == (["warn"], ["warn"], [])
    everywhere.tighten(other, by=ingrid)
    everywhere.tighten(elsewhere, by=ingrid)
    assert (levels(cityhall), levels(other), levels(elsewhere)) == (["warn"], ["stop"], [])
    assert not HouseRule.objects.of(outsider).exists() and HouseRule.objects.of(ingrid).get() == everywhere


def test_a_correction_of_what_is_out_is_judged_as_well(board, promise, rule, worker, ingrid, clock):
    delivery = worker.work_until_settled(promise(board, "Well done!"))
    rule("Ola")
    post = delivery.post
    post.correct(channel=delivery.channel, content=Content.of("Well done, Ola!"), by=ingrid, version=post.version)
    with pytest.raises(NotPossible, match="Names of children"):
        Live(delivery).edit(post=post, by=ingrid, now=clock())


def test_one_of_many_that_a_rule_stops_leaves_the_others_alone(board, promise, rule, cityhall, ingrid, clock):
    some = [promise(board, text, at=clock() + timedelta(hours=2)) for text in ("Ola won.", "All won.")]
    rule("Ola")
    many = Many(cityhall.members.get(user=ingrid), clock())
    posts = [one.post for one in some]
    many.each(posts, many.move(lambda wall: wall + timedelta(days=1)))
    assert [post for post, _why in many.left] == [posts[0]] and len(many.done) == 1
    assert Delivery.objects.get(pk=some[1].pk).due_at > clock() + timedelta(hours=20)


def test_risk_is_whether_any_rule_finds_anything_and_is_asked_once_for_each_version(
    board, promise, rule, ingrid, clock, django_assert_num_queries
):
    post = promise(board, "Little Ola won.", at=clock() + timedelta(hours=1)).post
    assert not HouseRule.objects.risk(post)
    mine = rule("Ola", level="warn")
    assert HouseRule.objects.risk(post)
    with django_assert_num_queries(1):
        assert HouseRule.objects.risk(post)
    mine.switch(on=False, by=ingrid)
    assert not HouseRule.objects.risk(post)


def test_a_link_that_is_led_elsewhere_is_a_risk_of_the_same_version_and_asks_for_a_yes(
    board, promise, rule, cityhall, ingrid, clock
):
    Workflow.objects.set_up(workspace=cityhall, name="Risks", stages=[Stage()], by=ingrid, when="warned")
    rule(kind="links", level="warn", domains=["evil.example"])
    link = Link.objects.make(workspace=cityhall, target="https://good.example/", by=ingrid, slug="bridge")
    post = promise(board, f"Look at {link.address} today.", at=clock() + timedelta(hours=1)).post
    version = post.version
    assert not HouseRule.objects.risk(post)
    link.lead("https://evil.example/", by=ingrid)
    post.refresh_from_db()
    assert HouseRule.objects.risk(post) and post.version == version
    assert post.approval_requests.get().state == "waiting"


def test_captions_are_a_risk_when_they_come(cityhall, rule, ingrid):
    rule("Ola", level="warn")
    film = Media.objects.create(workspace=cityhall, name="a.mp4", mime="video/mp4", ending="mp4", size=1)
    content = Content((Words("See.", (Shot(str(film.pk), "The council"),)),))
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=content)
    assert not HouseRule.objects.risk(post)
    track = b"WEBVTT\n\n00:00.000 --> 00:02.000\nLittle Ola won.\n"
    Captions.objects.keep(media=film, file=io.BytesIO(track), name="a.vtt", language="en", by=ingrid)
    assert HouseRule.objects.risk(post)


@pytest.mark.parametrize(("kind", "what", "why"), [
    ("words", {"lines": []}, "at least one word"), ("words", {"lines": ["a*"]}, "too short"),
    ("pattern", {"pattern": "(a+)+$"}, "takes too long"), ("personal", {"data": []}, "at least one kind"),
    ("personal", {"data": ["id"]}, "Choose the countries"), ("links", {"only": True}, "at least one domain"),
    ("links", {"domains": ["not a domain"]}, "is no domain"), ("links", {"signs": ["lookalike"]}, "your own domains"),
    ("other", {}, "looks for"),
])  # fmt: skip
def test_a_rule_that_cannot_be_is_refused_with_a_sentence(rule, kind, what, why):
    with pytest.raises(BadRule, match=why):
        rule(kind=kind, **what)


def test_no_number_gets_into_records_or_reasons(board, promise, rule, worker, clock):
    delivery = promise(board, "Pay to NO93 8601 1117 947")
    rule(kind="personal", data=list(EVERYTHING), countries=["NO"], allowed=[])
    worker.work_until_settled(delivery)
    assert delivery.code == "rule" and "8601" not in delivery.reason
    assert "8601 11" not in str(list(Event.objects.values_list("because", "before", "after")))
