"""Every address, tried by every role of the own and of another organisation: what its rule says is what happens."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from copy import copy
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from clarion.organisations.models import CustomRole, Member, Organisation, User, Workspace
from clarion.organisations.policy import IN_A_WORKSPACE, IN_THE_ORGANISATION, RIGHTS, Role
from clarion.web.accounts import Backend
from clarion.web.pages import errors
from clarion.web.place import THEIRS, Rule

pytestmark = pytest.mark.django_db

SAMPLES: dict[str, Any] = {
    "UUIDConverter": UUID(int=7), "SlugConverter": "mastodon", "StringConverter": "x", "PathConverter": "x/y",
    "IntConverter": 7,
}  # fmt: skip


def routes(resolver: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address of the house, with its pattern."""
    for one in (resolver or get_resolver()).url_patterns:
        address = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from routes(one, address)
        else:
            yield address, one


def rule_of(pattern: URLPattern) -> Rule | None:
    return getattr(pattern.callback, "rule", None) or THEIRS.get(pattern.name or "")


def inside() -> list[tuple[str, Rule, str]]:
    """Addresses below a workspace or an organisation: their route, their rule, and which id comes first."""
    found = []
    for address, pattern in routes():
        rule = rule_of(pattern)
        if rule is not None and rule.where in ("workspace", "organisation"):
            found.append((address, rule, rule.where))
    return found


def filled(address: str, pattern_of: dict[str, Any], place: SimpleNamespace) -> str:
    own = {"workspace": str(place.workspace.pk), "organisation": str(place.organisation.pk)}
    converters = pattern_of[address].pattern.converters
    text = address
    for name, converter in converters.items():
        value = own.get(name) or SAMPLES[type(converter).__name__]
        for kind in ("uuid", "slug", "str", "path", "int"):
            text = text.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in text, f"{text}: a kind of address that this test does not know"
    return "/" + text


def test_every_address_states_its_rule():
    without = [address for address, pattern in routes() if rule_of(pattern) is None]
    assert without == [], "state who may come in: @in_workspace, @in_organisation, @signed_in or @stated"


def test_every_rule_names_a_permission_that_there_is():
    for address, rule, where in inside():
        known = IN_A_WORKSPACE if where == "workspace" else IN_THE_ORGANISATION
        assert rule.may in known, f"{address} asks for {rule.may!r}"
        assert rule.or_may in ("", *known), f"{address} asks for {rule.or_may!r}"


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Thousands of refusals, each with its page and its traceback in the log: nobody reads them. And of thousands of
    requests it is the same person who comes."""
    people: dict[Any, Any] = {}
    find = Backend.get_user

    def found(self: Backend, user_id: Any) -> Any:
        if user_id not in people:
            people[user_id] = find(self, user_id)
        return copy(people[user_id])

    monkeypatch.setattr(Backend, "get_user", found)
    monkeypatch.setattr(errors, "render_to_string", lambda *_: "")
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def place(cityhall) -> SimpleNamespace:
    return SimpleNamespace(workspace=cityhall, organisation=cityhall.organisation)


def _person(name: str) -> User:
    return User.objects.create_user(f"{name}@halden.example", name=name)


def _try_all(user: User, place: SimpleNamespace) -> Iterator[tuple[str, Rule, str, int]]:
    """Every address inside, by both methods: what was answered. 405 is no answer of the rule."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    patterns = dict(routes())
    for address, rule, _where in inside():
        for method in ("get", "post"):
            answer = getattr(client, method)(filled(address, patterns, place))
            if answer.status_code != 405:
                yield address, rule, method, answer.status_code


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.CUSTOM])
def test_a_role_comes_in_where_it_may_and_is_told_where_it_may_not(place, role):
    user = _person(role)
    Member.objects.join(workspace=place.workspace, user=user, role="owner" if role == "owner" else role)
    officer = place.organisation.officers.filter(user=user).exists()
    for address, rule, method, status in _try_all(user, place):
        said = f"{role}: {method} {address} ({rule.may}) was answered {status}"
        if rule.where == "organisation" and not officer:
            assert status == 404, said
        elif {rule.may, rule.or_may} & RIGHTS[role]:
            assert status != 500, said
            # What a page refuses further inside is its own; the rule has let them in.
        else:
            assert status == 403, said


def test_a_custom_role_may_what_was_put_into_it(place):
    custom = CustomRole.objects.put_together(
        organisation=place.organisation, name="Calendar keeper", permissions=["asked", "read", "calendar"], by=None
    )
    user = _person("keeper")
    Member.objects.join(workspace=place.workspace, user=user, role=Role.CUSTOM, custom=custom)
    for address, rule, method, status in _try_all(user, place):
        if rule.where == "workspace" and not {rule.may, rule.or_may} & custom.rights:
            assert status == 403, f"{method} {address} was answered {status}"
        elif rule.where == "organisation":
            assert status == 404, f"{method} {address} was answered {status}"
    page = Client()
    page.force_login(user)
    assert page.get(f"/w/{place.workspace.pk}/calendar/blackouts/new").status_code == 200


@pytest.mark.parametrize("role", ["owner", "manager"])
def test_who_leads_another_organisation_finds_nothing_here(place, outsider, role):
    if role == "manager":
        elsewhere = Workspace.objects.of(outsider).get()
        outsider = _person("otto")
        Member.objects.join(workspace=elsewhere, user=outsider, role="manager")
    for address, _rule, method, status in _try_all(outsider, place):
        assert status == 404, f"{method} {address} was answered {status}"


def test_a_member_of_one_workspace_finds_nothing_in_the_next_of_the_same_organisation(place):
    second = Workspace.objects.open(organisation=place.organisation, name="Second client")
    user = _person("anna")
    Member.objects.join(workspace=second, user=user, role="manager")
    for address, _rule, method, status in _try_all(user, place):
        assert status == 404, f"{method} {address} was answered {status}"


def test_a_stranger_is_asked_to_sign_in_everywhere(place, client):
    patterns = dict(routes())
    for address, pattern in routes():
        rule = rule_of(pattern)
        if rule is None or rule.where in ("anybody", "secret"):
            continue
        answer = client.get(filled(address, patterns, place))
        if answer.status_code != 405:
            assert answer.status_code == 302 and "/account/login/" in answer["Location"], address


def test_a_team_gives_a_role_and_takes_it_away_at_once(place):
    organisation = Organisation.objects.get(pk=place.organisation.pk)
    team = organisation.teams.gather(organisation=organisation, name="Night desk", by=None)
    anna = _person("anna")
    team.take_in([anna], by=None)
    team.place(workspace=place.workspace, role=Role.EDITOR, by=None)
    assert place.workspace.members.get(user=anna).may("publish")
    team.let_go([anna], by=None)
    assert not place.workspace.members.filter(user=anna).exists()
