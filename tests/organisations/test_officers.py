"""Offices: who has one, what it gives everywhere, and that an organisation never loses its last owner."""

from __future__ import annotations

import pytest
from django.test import Client

from clarion.organisations.models import Invitation, Member, Officer, Organisation, Team, User, Workspace

pytestmark = pytest.mark.django_db


def person(name: str) -> User:
    return User.objects.create_user(f"{name.lower()}@halden.example", name=name)


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def house(cityhall, ingrid) -> Organisation:
    return cityhall.organisation


def test_an_office_holds_in_every_workspace_also_in_those_opened_later(house, ingrid, cityhall):
    sara = person("Sara")
    Officer.objects.appoint(organisation=house, user=sara, role="auditor", by=ingrid)
    later = Workspace.objects.open(organisation=house, name="Library", by=ingrid)
    assert {member.role for member in Member.objects.filter(user=sara)} == {"auditor"}
    house.officers.get(user=sara).dismiss(by=ingrid)
    assert not Member.objects.filter(user=sara, workspace__in=[cityhall, later]).exists()


def test_an_administrator_makes_no_owner_and_touches_none(house, ingrid, amir):
    sara = person("Sara")
    Officer.objects.appoint(organisation=house, user=sara, role="administrator", by=ingrid)
    client, address = as_(sara), f"/o/{house.pk}/officers"
    for user, role in ((amir, "owner"), (ingrid, "auditor"), (ingrid, ""), (sara, "owner")):
        client.post(address, {"user": str(user.pk), "role": role})
    assert dict(house.officers.values_list("user__name", "role")) == {
        "Ingrid Solberg": "owner", "Sara": "administrator",
    }  # fmt: skip
    client.post(address, {"user": str(amir.pk), "role": "auditor"})
    assert house.officers.get(user=amir).role == "auditor"
    said = client.post(f"/o/{house.pk}/people/{ingrid.pk}/let-go", follow=True)
    assert "Only an owner may change an owner" in said.text and house.officers.filter(user=ingrid).exists()


def test_the_last_owner_stays_by_every_way_out(house, ingrid, cityhall):
    client = as_(ingrid)
    client.post(f"/o/{house.pk}/officers", {"user": str(ingrid.pk), "role": "auditor"})
    client.post(f"/o/{house.pk}/officers", {"user": str(ingrid.pk), "role": ""})
    said = client.post(f"/o/{house.pk}/people/{ingrid.pk}/let-go", follow=True)
    assert "needs an owner" in said.text
    assert house.officers.get().role == "owner" and cityhall.members.get().role == "owner"


def test_nobody_from_outside_is_appointed(house, ingrid, outsider):
    assert as_(ingrid).post(
        f"/o/{house.pk}/officers", {"user": str(outsider.pk), "role": "auditor"}
    ).status_code == 404  # fmt: skip
    assert as_(ingrid).get(f"/o/{house.pk}/people/{outsider.pk}").status_code == 404


def test_the_auditor_reads_every_page_and_finds_nothing_to_press(house, ingrid, cityhall):
    sara, team = person("Sara"), Team.objects.gather(organisation=house, name="Night desk", by=ingrid)
    Officer.objects.appoint(organisation=house, user=sara, role="auditor", by=ingrid)
    client, at = as_(sara), f"/o/{house.pk}"
    for path in ("/", "/workspaces", "/teams", f"/teams/{team.pk}", "/roles", f"/people/{ingrid.pk}"):
        page = client.get(at + path)
        assert page.status_code == 200, path
        shown = page.text.split('<main class="page')[1].split("</main>")[0]
        assert 'method="post"' not in shown and "commandfor" not in shown, path
    for path in ("/workspaces", "/teams", f"/teams/{team.pk}/do", "/roles/new", "/officers"):
        assert client.post(at + path, {"name": "Other", "do": "dissolve"}).status_code == 403, path


def test_a_leaver_has_nothing_at_the_next_click_and_what_she_wrote_stays(house, ingrid, amir, cityhall):
    team = Team.objects.gather(organisation=house, name="Night desk", by=ingrid)
    second = Workspace.objects.open(organisation=house, name="Library", by=ingrid)
    team.place(workspace=second, role="editor", by=ingrid)
    team.take_in([amir], by=ingrid)
    Officer.objects.appoint(organisation=house, user=amir, role="administrator", by=ingrid)
    now = second.created_at
    Invitation.objects.send(workspace=second, email="friend@x.example", role="editor", by=amir, now=now)
    clients = [as_(amir), as_(amir)]
    assert all(client.get(f"/w/{second.pk}/").status_code == 200 for client in clients)
    as_(ingrid).post(f"/o/{house.pk}/people/{amir.pk}/let-go")
    for client in clients:
        for path in (f"/w/{cityhall.pk}/", f"/w/{second.pk}/", f"/o/{house.pk}/"):
            assert client.get(path).status_code == 404
        assert client.post(f"/w/{second.pk}/people/add").status_code == 404
    assert not second.invitations.waiting().exists() and User.objects.filter(pk=amir.pk).exists()


def test_two_owners_who_go_at_once_leave_one(house, ingrid):
    """Each has looked before the other went: what counts is asked again, with the rows of the owners locked."""
    sara = person("Sara")
    Officer.objects.appoint(organisation=house, user=sara, role="owner", by=ingrid)
    first, second = (house.officers.get(user=user) for user in (ingrid, sara))
    first.dismiss(by=ingrid)
    with pytest.raises(ValueError, match="needs an owner"):
        second.dismiss(by=sara)
    with pytest.raises(ValueError, match="needs an owner"):
        Officer.objects.appoint(organisation=house, user=sara, role="auditor", by=sara)
    assert house.officers.get().user == sara
