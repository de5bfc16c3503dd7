"""A directory provides people and groups; who leaves there loses every door here in the same moment."""

from __future__ import annotations

import json

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarion.deliveries.models import Delivery
from clarion.organisations.models import (
    DirectoryToken,
    Domain,
    IdentityProvider,
    Invitation,
    Member,
    Provision,
    Team,
    User,
)
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.records.models import Event

pytestmark = pytest.mark.django_db
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bjensen@halden.example",
    "externalId": "701984",
    "name": {"formatted": "Ms. Barbara J Jensen", "familyName": "Jensen", "givenName": "Barbara"},
    "emails": [{"value": "bjensen@halden.example", "type": "work", "primary": True}], "active": True,
}  # fmt: skip


@pytest.fixture
def scim(cityhall, ingrid):
    """The directory of Halden, with its token; newcomers become viewers."""
    house = cityhall.organisation
    provider = IdentityProvider.objects.arrange(
        organisation=house, kind="oidc", name="House", issuer="https://idp.example", told={}, by=ingrid,
        newcomer_workspace=cityhall, newcomer_role="viewer",
    )  # fmt: skip
    Domain.objects.state(provider=provider, name="halden.example", by=ingrid).confirm(by=None, now=provider.made_at)
    _token, secret = DirectoryToken.objects.issue(organisation=house, by=ingrid)

    class Directory:
        bearer = {"authorization": f"Bearer {secret}"}
        home = f"/scim/v2/{house.pk}/"

        def ask(self, method: str, path: str, body: object = None, **query):
            data = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
            return Client().generic(
                method, self.home + path, data, content_type="application/scim+json", headers=self.bearer,
                query_params=query,
            )  # fmt: skip

        def make(self, **changed):
            answer = self.ask("POST", "Users", {**USER, **changed})
            assert answer.status_code == 201, answer.content
            return answer.json()

        def patch(self, path: str, *operations):
            return self.ask("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})

    return Directory()


def test_who_guesses_tokens_is_asked_to_wait_and_shuts_nobody_out(scim, monkeypatch):
    monkeypatch.setattr("clarion.web.pages.scim.GUESSES", 3)
    wrong = {"authorization": "Bearer of-bad-news"}
    codes = [Client().get(f"{scim.home}Users", headers=wrong).status_code for _ in range(4)]
    assert codes == [401, 401, 401, 429]
    answer = Client().get(f"{scim.home}Users", headers=wrong)
    assert answer["Retry-After"] == "60" and answer.json()["schemas"] == [ERROR] and answer.json()["status"] == "429"
    assert scim.ask("GET", "Users").status_code == 200


def test_a_person_is_provided_found_changed_and_ended(scim, cityhall):
    made = scim.make()
    barbara = User.objects.get(email="bjensen@halden.example")
    assert (made["externalId"], barbara.name, made["active"]) == ("701984", "Ms. Barbara J Jensen", True)
    assert Member.objects.get(user=barbara).role == "viewer"
    found = scim.ask("GET", "Users", filter='userName eq "BJENSEN@halden.example"').json()
    assert found["totalResults"] == 1 and found["Resources"][0]["id"] == made["id"]
    assert scim.ask("GET", "Users", filter='externalId eq "701984" and active eq true').json()["totalResults"] == 1
    assert scim.ask("GET", "Users", filter='userName eq "nobody"').json()["Resources"] == []
    put = scim.ask("PUT", f"Users/{made['id']}", {**USER, "displayName": "Barbara Jensen"})
    barbara.refresh_from_db()
    assert put.status_code == 200 and barbara.name == "Barbara Jensen"
    assert scim.ask("DELETE", f"Users/{made['id']}").status_code == 204
    assert scim.ask("GET", f"Users/{made['id']}").status_code == 404
    barbara.refresh_from_db()
    assert not barbara.is_active and not barbara.memberships.exists()
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"person.provided", "person.left", "person.deactivated", "member.left"} <= verbs


LEAVES = {
    "as the RFC has it": {"op": "replace", "path": "active", "value": False},
    "as Okta sends it": {"op": "replace", "value": {"active": False}},
    "as Entra sends it": {"op": "Replace", "path": "active", "value": "False"},
}


@pytest.mark.parametrize("way", LEAVES)
def test_who_leaves_loses_every_door_at_once_and_what_she_scheduled_stays(scim, way, cityhall, board, now):
    made = scim.make()
    barbara = User.objects.get(email="bjensen@halden.example")
    Member.objects.join(workspace=cityhall, user=barbara, role="editor")
    scim.ask("POST", "Groups", {"displayName": "Night desk", "externalId": "g1", "members": [{"value": made["id"]}]})
    post = Post.objects.write(workspace=cityhall, by=barbara, content=Content.of("Water is back"), channels=[board])
    (delivery,) = Delivery.objects.schedule(post, channels=[board], at=now.replace(year=2030), by=barbara, now=now)
    browser = Client()
    browser.force_login(barbara)
    assert browser.get(f"/w/{cityhall.pk}/").status_code == 200
    answer = scim.patch(f"Users/{made['id']}", LEAVES[way])
    assert answer.status_code == 200 and answer.json()["active"] is False
    gone = browser.get(f"/w/{cityhall.pk}/")
    assert gone.status_code == 302 and "/account/login/" in gone["Location"]
    assert not barbara.memberships.exists() and not barbara.teams.exists()
    delivery.refresh_from_db()
    assert delivery.state == "scheduled"
    back = scim.patch(f"Users/{made['id']}", {"op": "replace", "path": "active", "value": True}).json()
    barbara.refresh_from_db()
    assert back["active"] and barbara.is_active and Member.objects.get(user=barbara).role == "viewer"
    assert browser.get(f"/w/{cityhall.pk}/").status_code == 302, "her sessions stay ended"


def test_who_leaves_has_left_no_door_open_behind_her(scim, cityhall, ingrid, now):
    """Neither by an invitation of hers to an address of her own, nor by one that waits for her."""
    made = scim.make()
    barbara = User.objects.get(email="bjensen@halden.example")
    Member.objects.join(workspace=cityhall, user=barbara, role="manager")
    _kept, others = Invitation.objects.send(
        workspace=cityhall, email="nils@halden.example", role="viewer", by=ingrid, now=now
    )
    invited = ((barbara, "barbara@private.example"), (ingrid, barbara.email))
    secrets = [
        Invitation.objects.send(workspace=cityhall, email=email, role="editor", by=by, now=now)[1]
        for by, email in invited
    ]
    assert all(Invitation.objects.by_secret(one, now=now) for one in secrets)
    scim.patch(f"Users/{made['id']}", LEAVES["as Okta sends it"])
    assert [Invitation.objects.by_secret(one, now=now) for one in secrets] == [None, None]
    assert Invitation.objects.by_secret(others, now=now)


def test_who_belongs_to_another_organisation_too_loses_only_this_one(scim, outsider, cityhall):
    """An agency's person works for both; one of the two lets them go."""
    Member.objects.join(workspace=cityhall, user=outsider, role="editor")
    made = scim.make(userName="oscar", emails=[{"value": outsider.email}])
    scim.patch(f"Users/{made['id']}", {"op": "replace", "path": "active", "value": False})
    outsider.refresh_from_db()
    assert outsider.is_active and outsider.memberships.exists()
    assert not outsider.memberships.filter(workspace=cityhall).exists()


def test_a_directory_opens_no_door_again_that_the_installation_has_closed(scim, outsider, now):
    """She belongs to another organisation too, and her account was shut: its password is in other hands."""
    made = scim.make()
    barbara = User.objects.get(email="bjensen@halden.example")
    Member.objects.join(workspace=outsider.memberships.get().workspace, user=barbara, role="editor")
    barbara.deactivate(by=None, because="stolen", now=now)
    for active in (False, True):
        assert (
            scim.patch(f"Users/{made['id']}", {"op": "replace", "path": "active", "value": active}).status_code == 200
        )
    barbara.refresh_from_db()
    assert not barbara.is_active
    assert scim.ask("DELETE", f"Users/{made['id']}").status_code == 204
    scim.make()
    barbara.refresh_from_db()
    assert not barbara.is_active


def test_a_directory_takes_nobody_of_another_organisation(scim, outsider):
    answer = scim.ask("POST", "Users", {**USER, "userName": outsider.email, "emails": [{"value": outsider.email}]})
    assert answer.status_code == 409 and "outside this organisation" in answer.json()["detail"]
    made = scim.make()
    moved = scim.patch(f"Users/{made['id']}", {"op": "replace", "path": "emails", "value": [{"value": outsider.email}]})
    assert moved.status_code == 409
    assert User.objects.filter(email__in=[outsider.email, "bjensen@halden.example"]).count() == 2


def test_a_directory_gives_nobody_of_two_organisations_another_address(scim, outsider, cityhall):
    """With an address of its own domain it could sign in as Oscar, at Elsewhere too."""
    Member.objects.join(workspace=cityhall, user=outsider, role="editor")
    made = scim.make(userName="oscar", emails=[{"value": outsider.email}])
    mine = [{"value": "oscar@halden.example"}]
    moved = scim.patch(f"Users/{made['id']}", {"op": "replace", "path": "emails", "value": mine})
    outsider.refresh_from_db()
    assert moved.status_code == 409 and outsider.email == "oscar@elsewhere.example"


def test_an_address_that_a_directory_changed_is_told_and_the_old_one_opens_nothing(
    scim, mailoutbox, django_capture_on_commit_callbacks
):
    made = scim.make()
    barbara = User.objects.get(email="bjensen@halden.example")
    barbara.set_password("correct horse 7")
    barbara.save()
    EmailAddress.objects.create(user=barbara, email=barbara.email, primary=True, verified=True)
    with django_capture_on_commit_callbacks(execute=True):
        scim.patch(
            f"Users/{made['id']}", {"op": "replace", "path": "emails", "value": [{"value": "barbara@halden.example"}]}
        )
    event = Event.objects.get(verb="person.email_changed")
    assert event.after == {"email": "barbara@halden.example"} and "directory" in event.because
    assert [one.to[0] for one in mailoutbox] == ["bjensen@halden.example", "barbara@halden.example"]
    opened = [
        Client().post("/account/login/", {"login": email, "password": "correct horse 7"}).status_code
        for email in ("bjensen@halden.example", "barbara@halden.example")
    ]
    assert opened == [200, 302]


def test_what_is_far_too_large_is_said_to_be(scim):
    assert scim.ask("POST", "Users", "x" * 1_000_001).status_code == 413
    assert scim.ask("POST", "Users", "x" * 10_000_001).status_code == 413


def test_a_token_opens_only_its_own_organisation_and_nothing_when_it_is_ended(scim, outsider, now):
    theirs = Member.objects.get(user=outsider).workspace.organisation_id
    for home in (f"/scim/v2/{theirs}/", scim.home):
        headers = scim.bearer if home != scim.home else {"authorization": "Bearer wrong"}
        answer = Client().get(home + "Users", headers=headers)
        assert answer.status_code == 401 and answer.json()["schemas"] == [ERROR] and answer["WWW-Authenticate"]
    DirectoryToken.objects.get().end(by=None, now=now)
    assert scim.ask("GET", "Users").status_code == 401


def test_the_last_owner_is_shut_out_and_the_organisation_keeps_its_owner(scim, ingrid, cityhall):
    made = scim.make(userName=ingrid.email, emails=[{"value": ingrid.email}])
    assert scim.ask("DELETE", f"Users/{made['id']}").status_code == 204
    ingrid.refresh_from_db()
    assert not ingrid.is_active and cityhall.organisation.officers.get().user == ingrid


def test_a_group_is_a_team_with_its_places(scim, cityhall, ingrid):
    IdentityProvider.objects.update(newcomer_role="", newcomer_workspace=None)  # teams alone give roles
    one, two = (
        scim.make(),
        scim.make(userName="j@halden.example", externalId="2", emails=[{"value": "j@halden.example"}]),
    )
    team = Team.objects.gather(organisation=cityhall.organisation, name="Night desk", by=ingrid)
    team.place(workspace=cityhall, role="editor", by=ingrid)
    made = scim.ask(
        "POST", "Groups", {"displayName": "Night desk", "externalId": "g1", "members": [{"value": one["id"]}]}
    )
    assert made.status_code == 201 and made.json()["id"] == str(team.pk), "the team of this name is taken over"
    at = f"Groups/{team.pk}"

    def people() -> list[str]:
        return list(cityhall.members.filter(role="editor").values_list("user__email", flat=True))

    assert people() == ["bjensen@halden.example"]
    scim.patch(at, {"op": "add", "path": "members", "value": [{"value": two["id"]}]})
    assert len(people()) == 2
    scim.patch(at, {"op": "remove", "path": f'members[value eq "{one["id"]}"]'})
    assert people() == ["j@halden.example"]
    scim.patch(at, {"op": "Remove", "path": "members", "value": [{"value": two["id"]}]})  # as Entra sends it
    assert not people()
    scim.patch(at, {"op": "replace", "value": {"displayName": "Night shift", "members": [{"value": two["id"]}]}})
    assert len(people()) == 1 and Team.objects.get().name == "Night shift"
    found = scim.ask("GET", "Groups", filter='displayName eq "night shift"', excludedAttributes="members").json()
    assert found["totalResults"] == 1 and "members" not in found["Resources"][0]
    assert scim.ask("DELETE", at).status_code == 204 and not people() and not Team.objects.exists()


def test_changes_of_a_part_as_entra_and_okta_send_them(scim):
    made = scim.make()
    answer = scim.patch(
        f"Users/{made['id']}",
        {"op": "Add", "path": "name.givenName", "value": "Babs"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": "babs@halden.example"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "IT"},
        {"op": "Replace", "value": {"displayName": "Babs Jensen", "name.familyName": "J."}},
        {"op": "Remove", "path": "phoneNumbers"},
    )
    babs = User.objects.get(email="babs@halden.example")
    assert answer.status_code == 200 and babs.name == "Babs Jensen"
    assert Provision.objects.get().told["name"] | {"formatted": ""} == {
        "givenName": "Babs", "familyName": "J.", "formatted": "",
    }  # fmt: skip


def test_people_come_in_pages(scim):
    for number in range(5):
        scim.make(userName=f"p{number}@halden.example", externalId=str(number), emails=[])
    page = scim.ask("GET", "Users", startIndex="2", count="2").json()
    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (5, 2, 2)
    assert [one["userName"][:2] for one in page["Resources"]] == ["p1", "p2"]
    assert scim.ask("GET", "Users", count="0").json()["Resources"] == []
    assert scim.ask("GET", "Users", count="many").status_code == 400


def test_it_says_what_it_can(scim):
    assert scim.ask("GET", "ServiceProviderConfig").json()["patch"] == {"supported": True}
    assert [one["id"] for one in scim.ask("GET", "ResourceTypes").json()["Resources"]] == ["User", "Group"]
    for one in scim.ask("GET", "Schemas").json()["Resources"]:
        assert scim.ask("GET", f"Schemas/{one['id']}").json() == one


WRONG = {
    "no JSON": ("POST", "Users", "{", 400, "invalidSyntax"),
    "a list": ("POST", "Users", "[]", 400, "invalidSyntax"),
    "too deep": ("POST", "Users", "[" * 100_000, 400, "invalidSyntax"),
    "half a character": ("POST", "Users", '{"userName": "\\ud800"}', 400, "invalidSyntax"),
    "nobody": ("POST", "Users", {}, 400, "invalidValue"),
    "no address": ("POST", "Users", {"userName": "barbara"}, 400, "invalidValue"),
    "a number": ("POST", "Users", {**USER, "userName": 7}, 400, "invalidValue"),
    "neither yes nor no": ("POST", "Users", {**USER, "active": "perhaps"}, 400, "invalidValue"),
    "a zero byte": ("POST", "Users", {**USER, "externalId": "a\x00"}, 400, "invalidValue"),
    "somebody who is not there": ("PATCH", "Users/x", {}, 404, None),
    "a group of strangers": ("POST", "Groups", {"displayName": "x", "members": [{"value": "9"}]}, 400, "invalidValue"),
    "half a filter": ("GET", 'Users?filter=userName eq "\\ud800"', None, 400, "invalidFilter"),
    "a filter": ("GET", 'Users?filter=userName co "x"', None, 400, "invalidFilter"),
    "elsewhere": ("GET", "Robots", None, 404, None),
    "a wrong verb": ("DELETE", "Users", None, 405, None),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_the_language_of_directories_and_recorded(scim, case):
    method, path, body, status, kind = WRONG[case]
    answer = scim.ask(
        method, path.partition("?")[0], body, **({"filter": path.partition("filter=")[2]} if "?" in path else {})
    )
    told = answer.json()
    assert (answer.status_code, told.get("scimType"), told["schemas"]) == (status, kind, [ERROR]) and told["detail"]
    recorded = Event.objects.filter(verb="directory.refused").count()
    assert recorded == (0 if (status, method) == (404, "GET") else 1)


@pytest.mark.parametrize("schemas", [5, True, {"a": 1}, PATCH, None, [], [[PATCH]]])
def test_a_change_without_its_schema_is_refused(scim, schemas):
    made = scim.make()
    answer = scim.ask("PATCH", f"Users/{made['id']}", {"schemas": schemas, "Operations": [{"op": "remove"}]})
    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidSyntax")


def test_the_same_person_twice_is_told_so(scim):
    scim.make()
    answer = scim.ask("POST", "Users", USER)
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")


NAMES = st.sampled_from([
    "op", "path", "value", "Operations", "schemas", "active", "members", "emails", "name", "userName", "displayName",
    "externalId", "type", "primary",
])  # fmt: skip
LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from([
    "add", "replace", "remove", PATCH, 'emails[type eq "work"].value', "name.givenName", "members[", "active", "a@b.no",
]))  # fmt: skip
GARBAGE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=GARBAGE,
    operations=st.lists(st.dictionaries(NAMES, GARBAGE, max_size=4), max_size=3),
    query=st.text(max_size=20),
)
def test_no_garbage_breaks_the_door(scim, body, operations, query):
    found = Provision.objects.first()
    pk = found.pk if found else scim.make()["id"]
    whole = {"schemas": [PATCH], "Operations": operations}
    for method, path, sent in (
        ("POST", "Users", body), ("PUT", f"Users/{pk}", body), ("PATCH", f"Users/{pk}", whole),
        ("POST", "Groups", body), ("GET", "Users", None),
    ):  # fmt: skip
        answer = scim.ask(method, path, sent, **({"filter": query, "startIndex": query} if method == "GET" else {}))
        assert answer.status_code < 500 and answer.json()["schemas"]
