"""People: who may do what, and who may change that."""

from __future__ import annotations

import re

import pytest

from clarion.organisations.models import Member, Role, User


@pytest.fixture
def marta(cityhall):
    user = User.objects.create_user("marta@halden.example", "correct horse 7", name="Marta Berg")
    Member.objects.join(workspace=cityhall, user=user, role=Role.MANAGER)
    return user


def role_of(user, workspace):
    return Member.objects.get(user=user, workspace=workspace).role


def test_everybody_sees_who_is_in_the_workspace(desk, vera, amir):
    page = desk.sign_in(vera).get("people").text
    assert "Ingrid Solberg" in page
    assert "amir@halden.example" in page
    assert "Add a person" not in page
    assert 'name="role"' not in page


def test_a_known_person_is_added_at_once(desk, outsider, cityhall):
    desk.post("people/add", {"email": "OSCAR@elsewhere.example", "role": "editor"})
    assert role_of(outsider, cityhall) == "editor"


def test_a_new_person_gets_a_link_to_set_a_password_and_comes_in(desk, client, cityhall, mailoutbox):
    page = desk.post("people/add", {"email": "Nils@halden.example", "name": "Nils", "role": "editor"}, follow=True)
    link = re.search(r"http\S+/account/password/reset/key/\S+/", mailoutbox[0].body)[0]
    assert mailoutbox[0].to == ["nils@halden.example"]
    assert "No e-mail is set up here" in page.text
    client.logout()
    form = client.get(link.split("8000", 1)[1], follow=True)
    assert "Set your password" in form.text
    done = client.post(
        form.request["PATH_INFO"], {"password1": "seven calm horses", "password2": "seven calm horses"}, follow=True
    )
    assert done.status_code == 200
    assert client.login(email="nils@halden.example", password="seven calm horses")
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200


def test_a_member_is_not_added_twice(desk, amir):
    page = desk.post("people/add", {"email": "amir@halden.example", "role": "editor"})
    assert page.status_code == 422
    assert "is a member already" in page.text


def test_an_owner_changes_roles(desk, amir, cityhall):
    member = Member.objects.get(user=amir)
    desk.post(f"people/{member.pk}/role", {"role": "editor"})
    assert role_of(amir, cityhall) == "editor"


@pytest.mark.parametrize("role", ["owner", "emperor", ""])
def test_a_manager_makes_no_owners_and_nobody_gets_an_unknown_role(desk, marta, amir, cityhall, role):
    desk.sign_in(marta)
    page = desk.post(f"people/{Member.objects.get(user=amir).pk}/role", {"role": role}, follow=True)
    assert role_of(amir, cityhall) == "contributor"
    assert 'class="flash wrong"' in page.text


def test_a_manager_cannot_touch_an_owner(desk, marta, ingrid, cityhall):
    owner = Member.objects.get(user=ingrid)
    desk.sign_in(marta)
    desk.post(f"people/{owner.pk}/role", {"role": "viewer"})
    desk.post(f"people/{owner.pk}/remove")
    assert role_of(ingrid, cityhall) == "owner"


def test_the_last_owner_stays_owner(desk, ingrid, cityhall):
    me = Member.objects.get(user=ingrid)
    for path, data in ((f"people/{me.pk}/role", {"role": "editor"}), (f"people/{me.pk}/remove", {})):
        assert "needs an owner" in desk.post(path, data, follow=True).text
    assert role_of(ingrid, cityhall) == "owner"


def test_taking_somebody_out_ends_their_view_of_the_workspace(desk, amir, cityhall, client):
    desk.post(f"people/{Member.objects.get(user=amir).pk}/remove")
    assert desk.sign_in(amir).get("").status_code == 404


def test_a_contributor_changes_nobody(desk, amir, vera, cityhall):
    desk.sign_in(amir)
    assert desk.post(f"people/{Member.objects.get(user=vera).pk}/remove").status_code == 403
    assert desk.post("people/add", {"email": "x@x.example", "role": "editor"}).status_code == 403
    assert not User.objects.filter(email="x@x.example").exists()


def test_a_member_of_another_workspace_is_out_of_reach(desk, outsider):
    theirs = Member.objects.get(user=outsider)
    assert desk.post(f"people/{theirs.pk}/remove").status_code == 404
