"""People: who may do what, and who may change that."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from clarion.organisations.models import Absence, CustomRole, Member, Role, Team, User


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
    assert "Invite people" not in page
    assert 'name="role"' not in page


def link_in(mail) -> str:
    return re.search(r"http\S+(/invited/\S+)", mail.body)[1]


def test_an_invitation_looks_the_same_whether_the_address_is_known_or_not(desk, outsider, cityhall, mailoutbox):
    desk.post("people/add", {"emails": "OSCAR@elsewhere.example, nils@halden.example", "role": "editor"})
    page = desk.get("people").text
    assert "Oscar Else" not in page, "the name of somebody known elsewhere is not told"
    assert "oscar@elsewhere.example" in page and "nils@halden.example" in page
    assert not Member.objects.filter(user=outsider, workspace=cityhall).exists()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["nils@halden.example", "oscar@elsewhere.example"]
    known, new = (Client().get(link_in(mail)).text for mail in mailoutbox)
    assert known.replace("oscar@elsewhere", "").count("Your name") == new.count("Your name") == 1


def test_a_known_person_comes_in_when_she_says_yes_and_opening_does_nothing(desk, outsider, cityhall, mailoutbox):
    desk.post("people/add", {"emails": "oscar@elsewhere.example", "role": "editor"})
    link, client = link_in(mailoutbox[0]), Client()
    assert "/account/login/" in client.post(link)["Location"]
    client.force_login(outsider)
    assert client.get(link).status_code == 200 and not cityhall.members.filter(user=outsider).exists()
    assert client.post(link)["Location"] == f"/w/{cityhall.pk}/"
    assert role_of(outsider, cityhall) == "editor"
    assert client.get(link).status_code == client.post(link).status_code == 404, "it holds once"


def test_nobody_says_yes_for_somebody_else(desk, outsider, vera, cityhall, mailoutbox):
    desk.post("people/add", {"emails": "oscar@elsewhere.example", "role": "editor"})
    client = Client()
    client.force_login(vera)
    assert "Sign out first" in client.get(link_in(mailoutbox[0])).text
    assert client.post(link_in(mailoutbox[0])).status_code == 404
    assert not cityhall.members.filter(user=outsider).exists() and role_of(vera, cityhall) == "viewer"


def test_a_new_person_sets_a_password_and_comes_in(desk, client, cityhall, mailoutbox):
    page = desk.post("people/add", {"emails": "Nils@halden.example", "role": "editor"}, follow=True)
    assert "did not leave" in page.text, "no e-mail is set up: the link is passed on by hand"
    client.logout()
    form = client.post(link_in(mailoutbox[0]), {"name": "Nils"}, follow=True)
    assert "Set your password" in form.text
    done = client.post(
        form.request["PATH_INFO"], {"password1": "seven calm horses", "password2": "seven calm horses"}, follow=True
    )
    assert done.status_code == 200
    assert client.login(email="nils@halden.example", password="seven calm horses")
    assert client.get(f"/w/{cityhall.pk}/").status_code == 200
    assert User.objects.get(email="nils@halden.example").name == "Nils"


def test_an_invitation_is_sent_again_taken_back_and_ends_by_itself(desk, cityhall, mailoutbox):
    desk.post("people/add", {"emails": "nils@halden.example", "role": "editor"})
    found = cityhall.invitations.get()
    desk.post(f"people/invited/{found.pk}/again")
    first, second = (link_in(mail) for mail in mailoutbox)
    assert Client().get(first).status_code == 404 and Client().get(second).status_code == 200
    cityhall.invitations.update(sent_at=found.sent_at - timedelta(days=15))
    assert Client().post(second).status_code == 404 and "the link has ended" in desk.get("people").text
    desk.post(f"people/invited/{found.pk}/again")
    desk.post(f"people/invited/{found.pk}/back")
    assert Client().get(link_in(mailoutbox[2])).status_code == 404 and not User.objects.filter(name="Nils").exists()


def test_who_was_deactivated_has_invited_nobody(desk, ingrid, mailoutbox, now):
    desk.post("people/add", {"emails": "nils@halden.example", "role": "editor"})
    assert Client().get(link_in(mailoutbox[0])).status_code == 200
    ingrid.deactivate(by=None, because="left", now=now)
    assert Client().post(link_in(mailoutbox[0])).status_code == 404
    assert not User.objects.filter(email="nils@halden.example").exists()


def test_an_invitation_gives_no_more_than_its_sender_may_give_now(desk, marta, ingrid, cityhall, mailoutbox):
    desk.sign_in(marta).post("people/add", {"emails": "nils@halden.example", "role": "editor"})
    assert Client().get(link_in(mailoutbox[0])).status_code == 200
    Member.objects.join(workspace=cityhall, user=marta, role=Role.VIEWER)
    assert Client().post(link_in(mailoutbox[0])).status_code == 404
    assert not User.objects.filter(email="nils@halden.example").exists()
    desk.sign_in(ingrid).post(f"people/invited/{cityhall.invitations.get().pk}/again")
    assert Client().get(link_in(mailoutbox[1])).status_code == 200


@pytest.mark.parametrize(
    ("emails", "said"),
    [("amir@halden.example", "is a member already"), ("nils@halden.example, nobody", "is not an e-mail address"),
     ("", "at least one"), (" ".join(f"p{n}@x.example" for n in range(21)), "too many at once")],
)  # fmt: skip
def test_what_is_wrong_with_one_address_is_said_and_nobody_is_invited(desk, amir, cityhall, emails, said):
    page = desk.post("people/add", {"emails": emails, "role": "editor"})
    assert page.status_code == 422 and said in page.text
    assert not cityhall.invitations.exists()


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
    assert desk.post("people/add", {"emails": "x@x.example", "role": "editor"}).status_code == 403
    assert not User.objects.filter(email="x@x.example").exists()


def test_a_member_of_another_workspace_is_out_of_reach(desk, outsider):
    theirs = Member.objects.get(user=outsider)
    assert desk.post(f"people/{theirs.pk}/remove").status_code == 404


def test_nobody_gives_more_than_they_have(desk, marta, amir, cityhall):
    """A role that only adds people makes no managers: not of others, and not of itself."""
    custom = CustomRole.objects.put_together(
        organisation=cityhall.organisation, name="Doorkeeper", permissions=["read", "people"], by=None
    )
    Member.objects.join(workspace=cityhall, user=marta, role=Role.CUSTOM, custom=custom)
    desk.sign_in(marta)
    for user in (marta, amir):
        desk.post(f"people/{Member.objects.get(user=user).pk}/role", {"role": "manager"})
    assert (role_of(marta, cityhall), role_of(amir, cityhall)) == ("custom", "contributor")
    assert desk.post("people/add", {"emails": "x@x.example", "role": "editor"}).status_code == 422
    desk.post(f"people/{Member.objects.get(user=amir).pk}/role", {"role": str(custom.pk)})
    assert role_of(amir, cityhall) == "contributor", "a contributor writes, which a doorkeeper may not take away"


def test_the_row_says_by_what_somebody_is_here(desk, ingrid, amir, cityhall):
    team = Team.objects.gather(organisation=cityhall.organisation, name="Night desk", by=ingrid)
    nils = User.objects.create_user("nils@halden.example", name="Nils Nygaard")
    team.take_in([nils], by=ingrid)
    team.place(workspace=cityhall, role="editor", by=ingrid)
    page = desk.get("people").text
    assert "by the team Night desk" in page and "by an office in the organisation" in page
    out = desk.post(f"people/{Member.objects.get(user=nils).pk}/remove", follow=True).text
    assert "Take them out of the team" in out and Member.objects.filter(user=nils).exists()


def test_one_says_of_oneself_that_one_is_away_and_a_manager_of_those_below(desk, marta, amir, vera, ingrid, cityhall):
    mine, hers = (Member.objects.get(user=user) for user in (amir, vera))
    owner = Member.objects.get(user=ingrid)
    days = {"first": "2035-03-05", "last": "2035-03-09"}
    desk.sign_in(amir)
    desk.post("people/away", {"deputy": str(hers.pk), **days})
    absence = Absence.objects.get()
    assert (absence.member, absence.deputy) == (mine, hers)
    assert (absence.ends_at - absence.begins_at).days == 5, "the last day is one of them"
    assert desk.post("people/away", {"member": str(hers.pk), "deputy": str(mine.pk), **days}).status_code == 403
    page = desk.get("people").text
    assert "Amir Haddad is away; Vera Lie stands in" in page
    desk.sign_in(marta)
    said = desk.post("people/away", {"member": str(owner.pk), "deputy": str(mine.pk), **days})
    assert said.status_code == 403, "a manager does not put anybody in an owner's place"
    desk.post(f"people/away/{absence.pk}/end")
    absence.refresh_from_db()
    assert absence.ended_at is not None
