"""Rules of the house on their pages and in the composer: written, tried, told as one writes, overridden."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from clarion.deliveries.models import Delivery, State
from clarion.posts.content import Content
from clarion.posts.models import HouseRule, Override, Post
from clarion.records.models import Event

from .desk import a_channel, composed, signed_in, text_of, tomorrow

pytestmark = pytest.mark.django_db


@pytest.fixture
def halden(cityhall, now):
    return a_channel(cityhall, now)


@pytest.fixture
def write(cityhall):
    return reverse("composer_new", args=[cityhall.pk])


@pytest.fixture
def rule(cityhall, ingrid):
    return HouseRule.objects.make(
        organisation=cityhall.organisation, workspace=cityhall, kind="words", level="stop", name="Names of children",
        explanation="Write “a child”.", what={"lines": ["Ola"]}, by=ingrid,
    )  # fmt: skip


@pytest.fixture
def everywhere(cityhall, ingrid):
    return HouseRule.objects.make(
        organisation=cityhall.organisation, workspace=None, kind="personal", level="warn", name="Numbers",
        what={"data": ["phone"]}, by=ingrid,
    )  # fmt: skip


WORDS = {"name": "Code names", "lines": "Aurora\nBlue Whale", "level": "stop", "explanation": "", "language": ""}


def test_a_rule_is_written_changed_and_taken_away(cityhall, ingrid, amir, outsider):
    page, theirs = signed_in(ingrid), reverse("rule_new", args=[cityhall.pk])
    assert "Words and phrases" in text_of(page.get(theirs))
    assert page.get(f"{theirs}?kind=links").status_code == 200
    assert page.post(f"{theirs}?kind=words", WORDS).status_code == 302
    made = HouseRule.objects.get()
    assert (made.what, made.level, made.workspace) == ({"lines": ["Aurora", "Blue Whale"]}, "stop", cityhall)
    address = reverse("rule", args=[cityhall.pk, made.pk])
    assert "Blue Whale" in text_of(page.get(address))
    page.post(address, {**WORDS, "lines": "Aurora", "level": "warn"})
    made.refresh_from_db()
    assert (made.version, made.level) == (2, "warn")
    assert Event.objects.filter(kind="houserule").count() == 2
    assert "Aurora" not in str(
        list(Event.objects.values_list("before", "after"))
    )  # a list may hold what nobody may read
    assert "2 words" not in text_of(signed_in(amir).get(address)) and signed_in(amir).get(address).status_code == 200
    assert signed_in(amir).post(address, WORDS).status_code == 403
    for name, args in (("rules", [cityhall.pk]), ("rule", [cityhall.pk, made.pk]), ("rule_new", [cityhall.pk])):
        assert signed_in(outsider).get(reverse(name, args=args)).status_code == 404
    page.post(reverse("rule_act", args=[cityhall.pk, made.pk]), {"do": "remove"})
    assert "Code names" not in text_of(page.get(reverse("rules", args=[cityhall.pk])))


@pytest.mark.parametrize(("kind", "more", "why"), [
    ("words", {"lines": ""}, "at least one word"), ("pattern", {"pattern": "(a+)+$"}, "takes too long"),
    ("personal", {"data": "id"}, "Choose the countries"), ("links", {"domains": "no domain!"}, "is no domain"),
])  # fmt: skip
def test_what_cannot_be_a_rule_is_said_and_what_was_typed_stays(cityhall, ingrid, kind, more, why):
    address = reverse("rule_new", args=[cityhall.pk]) + f"?kind={kind}"
    answer = signed_in(ingrid).post(address, {"name": "My rule", "level": "warn", **more})
    assert answer.status_code == 422 and why in text_of(answer) and "My rule" in text_of(answer)
    assert not HouseRule.objects.exists()


def test_a_rule_is_tried_on_a_text_and_on_the_posts_of_late_before_it_is_kept(cityhall, ingrid):
    Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Project Aurora begins."))
    Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("The library is open."))
    address = reverse("rule_new", args=[cityhall.pk]) + "?kind=words"
    shown = text_of(signed_in(ingrid).post(address, {**WORDS, "do": "try", "sample": "We call it aurora."}))
    assert "is against “aurora”" in shown and "in 1 of the last 2 posts" in shown and "Project Aurora begins." in shown
    assert not HouseRule.objects.exists()
    address = reverse("rules", args=[cityhall.pk])
    assert "Nothing is found" in text_of(signed_in(ingrid).post(address, {"sample": "We call it aurora."}))


def test_an_organisations_rule_is_changed_by_its_owners_and_only_made_stricter_by_managers(
    cityhall, ingrid, amir, everywhere
):
    cityhall.members.filter(user=amir).update(role="manager")
    theirs, act = signed_in(amir), reverse("rule_act", args=[cityhall.pk, everywhere.pk])
    assert "everywhere" in text_of(theirs.get(reverse("rules", args=[cityhall.pk])))
    assert "never milder" in text_of(theirs.get(reverse("rule", args=[cityhall.pk, everywhere.pk])))
    assert theirs.post(act, {"do": "off"}).status_code == 403
    assert theirs.post(act, {"do": "tighten"}).status_code == 302
    assert everywhere.level_in(cityhall) == "stop"
    signed_in(ingrid).post(act, {"do": "off"})
    everywhere.refresh_from_db()
    assert not everywhere.is_active
    assert theirs.post(
        reverse("rule_new", args=[cityhall.pk]) + "?kind=words", {**WORDS, "everywhere": "on"}
    ).status_code == 302  # fmt: skip
    assert HouseRule.objects.get(name="Code names").workspace == cityhall


def test_the_composer_tells_and_who_may_lets_it_go_out_with_a_reason(cityhall, ingrid, halden, write, rule, now):
    page = signed_in(ingrid)
    data = composed(page, write, **{"text:all:0": "Little Ola won.", "date": tomorrow(now), "channels": str(halden.pk)})
    told = json.loads(page.post(reverse("composer_check", args=[cityhall.pk]), data).content)
    assert "is against “Ola”" in told["checks"] and "Write “a child”." in told["checks"] and "Say why" in told["checks"]
    assert page.post(write, {**data, "do": "schedule"}).status_code == 422 and not Delivery.objects.exists()
    answer = page.post(write, {**data, "do": "schedule", "override": "His parents asked for it."})
    assert answer.status_code == 302 and Delivery.objects.get().state == State.SCHEDULED
    let = Override.objects.get()
    assert (let.because, let.by, let.rule) == ("His parents asked for it.", ingrid, rule)
    assert Event.objects.get(verb="delivery.scheduled").after["overridden"] == ["Names of children"]
    shown = text_of(page.get(reverse("post", args=[cityhall.pk, let.post_id])))
    assert "His parents asked for it." in shown
    assert "His parents asked for it." in text_of(page.get(reverse("rules", args=[cityhall.pk])))


def test_an_editor_without_the_right_is_told_who_has_it(cityhall, amir, halden, write, rule, now):
    cityhall.members.filter(user=amir).update(role="editor")
    page = signed_in(amir)
    data = composed(page, write, **{"text:all:0": "Little Ola won.", "date": tomorrow(now), "channels": str(halden.pk)})
    told = json.loads(page.post(reverse("composer_check", args=[cityhall.pk]), data).content)
    assert "Say why" not in told["checks"] and "can let it go out all the same" in told["checks"]
    assert page.post(write, {**data, "do": "schedule", "override": "I want to."}).status_code == 422
    assert not Override.objects.exists() and not Delivery.objects.exists()


def test_what_a_rule_held_back_is_let_out_on_the_posts_page(cityhall, ingrid, amir, halden, rule, now):
    rule.switch(on=False, by=ingrid)
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Little Ola won."), channels=[halden])
    (one,) = Delivery.objects.schedule(post, channels=[halden], at=now, by=ingrid, now=now)
    rule.switch(on=True, by=ingrid)
    Delivery.objects.filter(pk=one.pk).update(state=State.HELD, code="rule", reason="A rule", wake_at=None)
    page, address = signed_in(ingrid), reverse("post_override", args=[cityhall.pk, post.pk])
    assert "Let it go out all the same" in text_of(page.get(reverse("post", args=[cityhall.pk, post.pk])))
    assert signed_in(amir).post(address, {"because": "x"}).status_code == 403
    page.post(address, {"because": " "})
    assert not Override.objects.exists()
    page.post(address, {"because": "It is in the paper already."})
    one.refresh_from_db()
    assert one.state == State.SCHEDULED and one.wake_at is not None and Override.objects.count() == 1
    page.post(address, {"because": "Again"})
    assert Override.objects.count() == 1
