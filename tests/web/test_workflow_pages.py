"""The pages on which managers decide who has to approve what."""

from __future__ import annotations

import pytest
from django.urls import reverse

from clarion.approvals.models import Request, Workflow

from ..approvals.conftest import flow, mayor, written  # noqa: F401  fixtures
from ..deliveries.conftest import clock  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db


@pytest.fixture
def typed(mayor):  # noqa: F811
    """What a manager types for one yes of the mayor's."""
    return {
        "name": "The mayor's yes",
        "when": "always",
        "window": "exact",
        "s0-rule": "any",
        "s0-people": str(mayor.pk),
    }


def at(name: str, *ids) -> str:
    return reverse(name, args=ids)


def test_set_up_changed_and_ended(cityhall, client, ingrid, mayor, vera, typed):  # noqa: F811
    client.force_login(ingrid)
    answer = client.post(at("workflow_new", cityhall.pk), typed, follow=True)
    made = Workflow.objects.get()
    assert "asks from now on" in answer.text and "Anne Berg" in answer.text
    assert [one.people for one in made.steps] == [(str(mayor.pk),)]
    page = client.get(at("workflow", cityhall.pk, made.pk)).text
    assert f'name="s0-people" value="{mayor.pk}" checked' in page
    second = {"s1-rule": "all", "s1-people": [str(vera.pk)], "s0-order": "2", "s1-order": "1", "name": "Two"}
    client.post(at("workflow", cityhall.pk, made.pk), typed | second)
    made.refresh_from_db()
    assert (made.name, made.version) == ("Two", 2)
    assert [one.people for one in made.steps] == [(str(vera.pk),), (str(mayor.pk),)]
    client.post(at("workflow", cityhall.pk, made.pk), typed | second | {"s0-gone": "on"})
    made.refresh_from_db()
    assert [one.people for one in made.steps] == [(str(vera.pk),)]
    client.post(at("workflow_end", cityhall.pk, made.pk))
    assert not Workflow.objects.in_force().exists()
    assert client.get(at("workflow", cityhall.pk, made.pk)).status_code == 404


def test_another_yes_by_the_button_loses_no_word(cityhall, client, ingrid, typed, mayor):  # noqa: F811
    client.force_login(ingrid)
    typing = typed | {"more": "1", "name": "", "s0-guests": "a@b.example, nonsense"}
    page = client.post(at("workflow_new", cityhall.pk), typing)
    assert page.status_code == 200 and not Workflow.objects.exists()
    assert 'name="s1-rule"' in page.text and 'value="a@b.example' in page.text
    assert f'name="s0-people" value="{mayor.pk}" checked' in page.text
    refused = client.post(
        at("workflow_new", cityhall.pk), typed | {"name": "", "s0-guests": "nonsense", "s0-hours": "x"}
    )
    assert refused.status_code == 422 and not Workflow.objects.exists()
    for sentence in ("Give it a name.", "“nonsense” is no e-mail address", "“x” is no number of hours"):
        assert sentence in refused.text
    assert 'value="nonsense"' in refused.text, "what was typed is there to be mended"


def test_ids_of_another_workspace_name_nothing(cityhall, client, ingrid, outsider, typed):
    client.force_login(ingrid)
    client.post(at("workflow_new", cityhall.pk), typed | {"s0-people": str(outsider.pk), "channels": str(outsider.pk)})
    made = Workflow.objects.get()
    assert made.steps[0].people == () and not made.channels.exists()
    theirs = outsider.memberships.get().workspace
    foreign = Workflow.objects.set_up(workspace=theirs, name="Theirs", stages=made.steps, by=outsider)
    for name in ("workflow", "workflow_end", "workflow_ask"):
        assert client.post(at(name, cityhall.pk, foreign.pk), typed).status_code == 404
        assert client.post(at(name, theirs.pk, foreign.pk), typed).status_code == 404
    foreign.refresh_from_db()
    assert foreign.name == "Theirs" and Workflow.objects.in_force().filter(pk=foreign.pk).exists()


def test_who_may_not_decide_over_it_reads_it_and_changes_nothing(cityhall, flow, client, amir, typed):  # noqa: F811
    client.force_login(amir)
    page = client.get(at("workflows", cityhall.pk)).text
    assert "The mayor&#x27;s yes" in page and at("workflow_new", cityhall.pk) not in page
    for name, ids in (("workflow_new", ()), ("workflow", (flow.pk,)), ("workflow_end", (flow.pk,))):
        assert client.post(at(name, cityhall.pk, *ids), typed).status_code == 403
    assert Workflow.objects.in_force().get().version == 1


def test_what_was_scheduled_before_is_asked_about_by_a_press(cityhall, written, client, amir, ingrid, typed):  # noqa: F811
    delivery = written(ingrid)
    client.force_login(ingrid)
    client.post(at("workflow_new", cityhall.pk), typed)
    assert not Request.objects.exists()
    assert "Ask about what is scheduled already" in client.get(at("workflows", cityhall.pk)).text
    answer = client.post(at("workflow_ask", cityhall.pk, Workflow.objects.get().pk), follow=True)
    assert "1 post waits for a yes now." in answer.text
    assert Request.objects.waiting().get().post_id == delivery.post_id
    assert "Ask about what is scheduled already" not in client.get(at("workflows", cityhall.pk)).text
