"""Teams and roles of one's own: what they give, and that it is gone at once."""

from __future__ import annotations

import pytest
from django.test import Client

from clarion.channels.models import ChannelRole
from clarion.organisations.models import CustomRole, Member, Role, Team, User, Workspace
from clarion.organisations.policy import RIGHTS

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(ingrid) -> Client:
    client = Client()
    client.force_login(ingrid)
    return client


@pytest.fixture
def nils(cityhall) -> User:
    """Known to the organisation by a team that gives nothing yet."""
    user = User.objects.create_user("nils@halden.example", name="Nils Nygaard")
    Team.objects.gather(organisation=cityhall.organisation, name="Pool", by=None).take_in([user], by=None)
    return user


def role_of(user: User, workspace: Workspace) -> str:
    return next(iter(workspace.members.filter(user=user).values_list("role", flat=True)), "")


def test_a_team_is_made_given_a_place_and_filled_on_its_page(owner, cityhall, nils):
    at = f"/o/{cityhall.organisation_id}/teams"
    team_at = owner.post(at, {"name": "Night desk"})["Location"]
    assert "There is a team of this name already" in owner.post(at, {"name": "Night desk"}).text
    owner.post(f"{team_at}/do", {"do": "place", "workspace": str(cityhall.pk), "role": "editor"})
    owner.post(f"{team_at}/do", {"do": "in", "user": str(nils.pk)})
    assert role_of(nils, cityhall) == "editor"
    reader = Client()
    reader.force_login(nils)
    assert reader.get(f"/w/{cityhall.pk}/").status_code == 200
    owner.post(f"{team_at}/do", {"do": "out", "user": str(nils.pk)})
    assert reader.get(f"/w/{cityhall.pk}/").status_code == 404


def test_of_several_teams_the_one_that_may_most_counts_and_what_is_given_directly_comes_first(cityhall, ingrid, nils):
    teams = [Team.objects.gather(organisation=cityhall.organisation, name=name, by=ingrid) for name in ("A", "B")]
    for team, role in zip(teams, ("viewer", "editor"), strict=True):
        team.place(workspace=cityhall, role=role, by=ingrid)
        team.take_in([nils], by=ingrid)
    assert role_of(nils, cityhall) == "editor"
    Member.objects.join(workspace=cityhall, user=nils, role="contributor", by=ingrid)
    teams[1].dissolve(by=ingrid)
    assert role_of(nils, cityhall) == "contributor"
    cityhall.members.get(user=nils).leave(by=ingrid)
    assert role_of(nils, cityhall) == "viewer", "the team that is left gives it again"


def test_a_team_has_no_place_in_another_organisation_and_takes_in_nobody_from_there(owner, cityhall, outsider):
    team = Team.objects.gather(organisation=cityhall.organisation, name="Night desk", by=None)
    at, theirs = f"/o/{cityhall.organisation_id}/teams/{team.pk}/do", Workspace.objects.of(outsider).get()
    assert owner.post(at, {"do": "in", "user": str(outsider.pk)}).status_code == 404
    assert owner.post(at, {"do": "place", "workspace": str(theirs.pk), "role": "editor"}).status_code == 404
    with pytest.raises(ValueError, match="its own organisation"):
        team.place(workspace=theirs, role="editor", by=None)


def test_a_role_of_ones_own_changes_for_everybody_at_once(owner, cityhall, amir):
    at = f"/o/{cityhall.organisation_id}/roles"
    owner.post(f"{at}/new", {"name": "Planner", "permission": ["read", "calendar", "owners", "nonsense"]})
    custom = CustomRole.objects.get()
    assert custom.rights == {"read", "calendar"}, "what is of the organisation, or nothing, is no part of it"
    Member.objects.join(workspace=cityhall, user=amir, role=Role.CUSTOM, custom=custom)
    client = Client()
    client.force_login(amir)
    page = f"/w/{cityhall.pk}/calendar/blackouts/new"
    assert client.get(page).status_code == 200
    owner.post(f"{at}/{custom.pk}", {"name": "Planner", "permission": ["read"]})
    assert client.get(page).status_code == 403


def test_a_role_in_use_is_not_taken_apart_and_the_page_says_who_has_it(owner, cityhall, amir, vera, ingrid, board):
    custom = CustomRole.objects.put_together(
        organisation=cityhall.organisation, name="Planner", permissions=["read"], by=ingrid
    )
    at = f"/o/{cityhall.organisation_id}/roles/{custom.pk}"
    member = Member.objects.join(workspace=cityhall, user=amir, role=Role.CUSTOM, custom=custom, by=ingrid)
    one = ChannelRole.objects.give(
        channel=board, member=cityhall.members.get(user=vera), role=Role.CUSTOM, custom=custom, by=ingrid
    )
    said = owner.post(f"{at}/apart", follow=True).text
    assert "Amir Haddad in Press office" in said and "Vera Lie on" in said and CustomRole.objects.exists()
    one.take_back(by=ingrid)
    member.leave(by=ingrid)
    owner.post(f"{at}/apart")
    assert not CustomRole.objects.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [({"name": "", "permission": "read"}, "Give the role a name"), ({"name": "X"}, "Tick what it may do"),
     ({"name": "editor", "permission": "read"}, "The house has a role of this name"),
     ({"name": "Planner", "permission": "read"}, "There is a role of this name already")],
)  # fmt: skip
def test_what_is_no_role_is_refused_with_a_sentence(owner, cityhall, given, said):
    CustomRole.objects.put_together(organisation=cityhall.organisation, name="Planner", permissions=["read"], by=None)
    page = owner.post(f"/o/{cityhall.organisation_id}/roles/new", given)
    assert page.status_code == 422 and said in page.text and CustomRole.objects.count() == 1


def test_a_workspace_is_opened_and_renamed_and_its_name_is_its_own(owner, cityhall, outsider):
    at = f"/o/{cityhall.organisation_id}/workspaces"
    assert owner.post(at, {"name": "Desk", "zone": "Europe/Oslo"}).status_code == 302, "elsewhere is one of this name"
    desk = cityhall.organisation.workspaces.get(name="Desk")
    taken = owner.post(f"{at}/{desk.pk}", {"name": "Press office", "zone": "UTC"})
    assert taken.status_code == 422 and "of this name already" in taken.text
    owner.post(f"{at}/{desk.pk}", {"name": "Library", "zone": "Europe/Berlin"})
    desk.refresh_from_db()
    assert (desk.name, desk.zone) == ("Library", "Europe/Berlin")
    assert owner.get(f"{at}/{Workspace.objects.of(outsider).get().pk}").status_code == 404
    assert {RIGHTS[one.role] for one in desk.members.all()} == {RIGHTS[Role.OWNER]}, "its officers are there"
