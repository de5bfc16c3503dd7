"""Addresses of people: a workspace's, with invitations and absences; and an organisation's, with teams and roles."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import absences, channel_roles, invited, organisation, people, roles, teams

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/people", people.people, name="people"),
    path("w/<uuid:workspace>/people/add", people.add, name="people_add"),
    path("w/<uuid:workspace>/people/<uuid:member>/role", people.change, name="member_change"),
    path("w/<uuid:workspace>/people/<uuid:member>/remove", people.remove, name="member_remove"),
    path("w/<uuid:workspace>/people/invited/<uuid:invitation>/again", people.again, name="invitation_again"),
    path("w/<uuid:workspace>/people/invited/<uuid:invitation>/back", people.take_back, name="invitation_back"),
    path("w/<uuid:workspace>/people/away", absences.announce, name="absence_announce"),
    path("w/<uuid:workspace>/people/away/<uuid:absence>/end", absences.end, name="absence_end"),
    path("w/<uuid:workspace>/channels/<uuid:channel>/roles", channel_roles.give, name="channel_role_give"),
    path("w/<uuid:workspace>/channels/<uuid:channel>/roles/<int:role>/back", channel_roles.take_back,
         name="channel_role_back"),
    path("invited/<str:secret>", invited.invited, name="invited"),
    path("o/<uuid:organisation>/", organisation.organisation, name="organisation"),
    path("o/<uuid:organisation>/officers", organisation.appoint, name="officer_appoint"),
    path("o/<uuid:organisation>/people/<uuid:user>", organisation.person, name="organisation_person"),
    path("o/<uuid:organisation>/people/<uuid:user>/let-go", organisation.let_go, name="person_let_go"),
    path("o/<uuid:organisation>/workspaces", organisation.workspaces, name="organisation_workspaces"),
    path("o/<uuid:organisation>/workspaces/<uuid:place>", organisation.workspace, name="organisation_workspace"),
    path("o/<uuid:organisation>/teams", teams.teams, name="teams"),
    path("o/<uuid:organisation>/teams/<uuid:team>", teams.team, name="team"),
    path("o/<uuid:organisation>/teams/<uuid:team>/do", teams.do, name="team_do"),
    path("o/<uuid:organisation>/roles", roles.roles, name="roles"),
    path("o/<uuid:organisation>/roles/new", roles.new, name="role_new"),
    path("o/<uuid:organisation>/roles/<uuid:role>", roles.edit, name="role_edit"),
    path("o/<uuid:organisation>/roles/<uuid:role>/apart", roles.take_apart, name="role_apart"),
]  # fmt: skip
