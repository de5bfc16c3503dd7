"""Where all have to say yes: who that is."""

from __future__ import annotations

import pytest

from clarion.approvals.models import Stage, Workflow
from clarion.organisations.models import Member

pytestmark = pytest.mark.django_db


def test_all_of_a_role_means_each_who_has_it_and_an_author_is_not_waited_for(
    cityhall, written, says, ingrid, mayor, vera
):
    Member.objects.join(workspace=cityhall, user=vera, role="editor")
    stage = Stage("Desk", rule="all", people=(str(ingrid.pk),), roles=("editor",))
    Workflow.objects.set_up(workspace=cityhall, name="All", stages=[stage], by=ingrid)
    delivery = written(ingrid)
    assert says(mayor, delivery).state == "waiting", "the other editor has not said it"
    assert says(vera, delivery).state == "approved", "who wrote it is named, and cannot"
    delivery = written(mayor)
    assert says(ingrid, delivery).state == "waiting"
    assert says(vera, delivery).state == "approved"


def test_where_all_who_are_named_wrote_it_those_who_are_next_are_asked(cityhall, written, says, ingrid, mayor):
    stage = Stage("Desk", rule="all", people=(str(ingrid.pk),), escalate=(str(mayor.pk),))
    Workflow.objects.set_up(workspace=cityhall, name="All", stages=[stage], by=ingrid)
    assert says(mayor, written(ingrid)).state == "approved"
