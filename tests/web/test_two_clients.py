"""An agency with two clients: who works for one of them finds nothing of the other, on no page, not even a count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, Organisation, Team, User, Workspace
from clarion.posts.content import Content, Words
from clarion.posts.models import Campaign, Feed, Folder, Idea, Label, Post
from clarion.web.place import Rule

from .test_every_route import routes, rule_of

pytestmark = pytest.mark.django_db

CANARY = "Kanarifugl"


def person(name: str, workspace: Workspace, role: str) -> User:
    user = User.objects.create_user(f"{name.split()[-1].lower()}@clients.example", name=name)
    Member.objects.join(workspace=workspace, user=user, role=role)
    return user


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clients(db, now) -> tuple[Workspace, Workspace, User]:
    """The first client, the second, full of canaries, and the manager of the first."""
    agency = Organisation.objects.found(name="Agency")
    first, second = (Workspace.objects.open(organisation=agency, name=name) for name in ("Bakery", f"{CANARY} Bank"))
    manager, hers = person("Anna", first, "manager"), person(f"{CANARY} Bjorn", second, "manager")
    Channel.objects.open_own_ground(workspace=first, by=manager, now=now)
    channel = Channel.objects.create(
        workspace=second, network="manual", remote_id="x", handle=f"@{CANARY}", name=CANARY, connected_at=now
    )
    label, _made = Label.objects.get_or_create(workspace=second, name=CANARY)
    Campaign.objects.begin(workspace=second, by=hers, name=CANARY, hue="sea", starts=None, ends=None, brief="")
    Folder.objects.create(workspace=second, name=CANARY)
    Idea.objects.put(workspace=second, by=hers, text=f"{CANARY} idea")
    Feed.objects.create(workspace=second, url="https://x.example/feed", host="x.example", name=CANARY, by=hers)
    post = Post.objects.write(
        workspace=second, by=hers, content=Content((Words(f"{CANARY} news"),)), channels=[channel], labels=[label]
    )
    Delivery.objects.schedule(post, channels=[channel], at=now + timedelta(hours=3), by=hers, now=now)
    Delivery.objects.update(state="failed", reason=CANARY)
    team = Team.objects.gather(organisation=agency, name=f"{CANARY} team", by=None)
    team.place(workspace=second, role="editor", by=None)
    return first, second, manager


def pages_of(workspace: Workspace) -> list[tuple[str, Rule]]:
    """Every page of a workspace that needs no other id."""
    return [
        ("/" + address.replace("<uuid:workspace>", str(workspace.pk)), rule)
        for address, pattern in routes()
        if (rule := rule_of(pattern)) is not None and rule.where == "workspace" and address.count("<") == 1
    ]


def test_no_page_of_one_client_shows_anything_of_the_other(clients):
    first, second, manager = clients
    client, seen = client_of(manager), 0
    for address, _rule in [*pages_of(first), ("/", Rule("anybody"))]:
        for query in ("", f"?q={CANARY.lower()}"):
            answer = client.get(address + query, follow=True)
            if answer.status_code != 200:
                continue
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            text = body.decode(errors="replace")
            assert CANARY not in text, address
            assert str(second.pk) not in text, address
            seen += 1
    assert seen > 60, "the pages were looked at"


def test_what_belongs_to_the_other_is_not_found_at_ones_own_address(clients):
    first, second, manager = clients
    client, address = client_of(manager), f"/w/{first.pk}"
    post, delivery = Post.objects.get(workspace=second), Delivery.objects.get(workspace=second)
    channel, member = Channel.objects.get(workspace=second), second.members.get()
    asked: list[tuple[str, dict[str, Any]]] = [
        (f"posts/{post.pk}/move", {"date": "2035-01-01", "time": "10:00"}), (f"posts/{post.pk}/remove", {}),
        (f"posts/{post.pk}/edit", {"do": "save"}), (f"deliveries/{delivery.pk}/send", {}),
        (f"channels/{channel.pk}/disconnect", {}), (f"channels/{channel.pk}/roles", {}),
        (f"queue/{channel.pk}/slots", {"do": "daily"}), (f"people/{member.pk}/role", {"role": "viewer"}),
        (f"people/{member.pk}/remove", {}), (f"people/invited/{uuid4()}/again", {}),
    ]  # fmt: skip
    for path, data in asked:
        assert client.post(f"{address}/{path}", data).status_code == 404, path
    for page in (f"posts/{post.pk}", f"deliveries/{delivery.pk}", f"channels/{channel.pk}"):
        assert client.get(f"{address}/{page}").status_code == 404
    client.post(f"{address}/people/away", {"deputy": str(member.pk), "first": "2035-01-01", "last": "2035-01-02"})
    assert not member.stands_in.exists()


def test_a_name_or_an_address_that_the_other_has_is_free_here(clients):
    first, second, manager = clients
    client, address = client_of(manager), f"/w/{first.pk}"
    theirs = second.members.get().user
    said = client.post(f"{address}/people/add", {"emails": theirs.email, "role": "editor"}, follow=True)
    assert "1 invitation is out" in said.text and str(theirs) not in said.text
    assert client.post(f"{address}/campaigns/new", {"name": CANARY, "hue": "sea"}).status_code == 302
    assert client.post(f"{address}/incoming/new", {
        "url": "https://x.example/feed", "target": "idea", "template": "{title}", "every": "30"
    }).status_code == 302  # fmt: skip


def test_a_guest_sees_only_what_waits_for_her(clients):
    first, _second, _manager = clients
    guest = client_of(person("Gerd", first, "guest"))
    page = guest.get("/", follow=True)
    assert page.redirect_chain[-1][0] == f"/w/{first.pk}/approvals"
    for word in ("Calendar", "Posts", "Channels", "Library", "Publishing", 'id="palette"'):
        assert word not in page.text, word


@pytest.mark.parametrize("role", ["auditor", "viewer", "responder"])
def test_who_changes_nothing_finds_no_form_that_would(clients, role):
    """Forms that are shown post only where the role may: in its own matters, or nowhere."""
    first, _second, manager = clients
    Post.objects.write(workspace=first, by=manager, content=Content((Words("Rolls"),)), channels=[])
    client = client_of(person("Astrid", first, role))
    own, found = ("/theme", "/language", "/account/", "/me", "/people/away", "/notifications", "/rules#tried"), []
    for address, _rule in pages_of(first):
        answer = client.get(address)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        for piece in answer.text.split("<form")[1:]:
            tag, _more, rest = piece.partition(">")
            action = tag.split('action="')[1].split('"')[0] if 'action="' in tag else address
            changes = 'method="post"' in tag and "<button" in rest.split("</form>")[0]
            if changes and not any(one in action for one in own):
                found.append(f"{address}: {action}")
    assert found == []
