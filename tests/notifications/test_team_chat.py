"""The team's own chat: told through the adapter of its network, once and only once, and never offered for posts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.deliveries.progress import TooLate
from clarion.notifications.models import Announcement, TeamChat
from clarion.notifications.models.team_chat import NotAChat
from clarion.posts.content import Content
from clarion.posts.models import Post
from clarion.testing.servers.base import Fault
from clarion.testing.servers.mattermost import MattermostServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def server() -> Iterator[MattermostServer]:
    with MattermostServer(judge=False) as running:
        yield running


@pytest.fixture
def room(cityhall, server, now) -> Channel:
    fields = {
        "server": server.url, "access_token": server.token, "channel": f"{server.url}/city/channels/news",
    }  # fmt: skip
    return Channel.objects.connect(workspace=cityhall, network="mattermost", fields=fields, by=None, now=now)


@pytest.fixture
def chat(room, ingrid, now) -> TeamChat:
    return TeamChat.objects.open(room, topics=["failures", "asked", "crisis"], language="en", by=ingrid, now=now)


def said(server) -> list[str]:
    return [one.text for one in server.posts.values()]


def posting(method, path) -> bool:
    return method == "POST" and path == "/api/v4/posts"


def test_a_failure_is_told_there_in_one_message(chat, server, ingrid, tell, post_office, cityhall):
    tell(ingrid, place="@halden (Mastodon)", sentence="It said: too dull.")
    tell(ingrid, kind="approval.asked", about="The library")
    tell(ingrid, kind="comment.made", about="not for the chat")
    post_office()
    (message,) = said(server)
    assert message.startswith("Mastodon did not take it\nStorgata is closed.\n@halden (Mastodon)\nIt said: too dull.")
    assert "Amir asks for your approval\nThe library" in message and "not for the chat" not in message
    assert f"/w/{cityhall.pk}/" in message
    row = Announcement.objects.get()
    assert (row.fate, bool(row.remote_id)) == ("sent", True)
    assert post_office() == 0


def test_it_speaks_the_language_of_the_chat_and_says_how_many_more(chat, server, ingrid, tell, post_office):
    for number in range(13):
        tell(ingrid, about=f"Post {number}")
    post_office()
    (message,) = said(server)
    assert "Post 9" in message and "Post 10" not in message and "… and 3 more: " in message


def test_a_lost_answer_is_looked_up_and_nothing_is_said_twice(chat, server, ingrid, tell, post_office):
    server.faults.arm(Fault("lose_answer", match=posting))
    tell(ingrid)
    post_office()
    assert Announcement.objects.get().fate == "waiting"
    post_office(30)
    assert (Announcement.objects.get().fate, len(said(server))) == ("sent", 1)


def test_what_surely_never_arrived_is_said_again(chat, server, ingrid, tell, post_office):
    server.faults.arm(Fault("lose_request", match=posting))
    tell(ingrid)
    post_office()
    for _look in range(8):
        post_office(40)
    assert (Announcement.objects.get().fate, len(said(server))) == ("sent", 1)


def test_a_dead_sign_in_holds_it_until_somebody_signs_in(chat, room, server, ingrid, tell, post_office, clock):
    server.revoked = True
    tell(ingrid)
    post_office()
    room.refresh_from_db()
    assert Announcement.objects.get().fate == "sign_in" and room.needs_sign_in
    server.revoked = False
    assert room.verify(now=clock()) is None
    post_office()
    assert len(said(server)) == 1


def test_what_the_chat_refuses_is_shown_and_not_tried_again(chat, server, ingrid, tell, post_office):
    server.faults.arm(Fault("answer", match=posting, status=400, body=b'{"message": "no"}'))
    tell(ingrid)
    post_office()
    row = Announcement.objects.get()
    assert row.fate == "refused" and "no" in row.reason and row.wake_at is None


def test_a_throttle_is_waited_for(chat, server, ingrid, tell, post_office):
    server.faults.arm(Fault("answer", match=posting, status=429))
    tell(ingrid)
    post_office()
    assert said(server) == []
    post_office(60)
    assert len(said(server)) == 1


def test_a_pause_is_told_to_every_chat_of_the_organisation(chat, server, cityhall, ingrid, post_office, now):
    cityhall.organisation.pause(by=ingrid, because="Flood", now=now)
    post_office()
    assert said(server)[0].startswith("City of Halden: everything is paused\nFlood")


def test_it_is_for_us_and_not_for_posts(chat, room, cityhall, ingrid, now):
    room.refresh_from_db()
    assert room not in Channel.objects.for_posts() and room in Channel.objects.connected()
    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Hello"), channels=[room])
    with pytest.raises(TooLate, match="your team's own chat"):
        Delivery.objects.schedule(post, channels=[room], at=now, by=ingrid, now=now)
    chat.close(by=ingrid)
    assert room in Channel.objects.for_posts()


def test_only_a_chat_can_be_one(mastodon, ingrid, now):
    with pytest.raises(NotAChat):
        TeamChat.objects.open(mastodon, topics=["failures"], language="en", by=ingrid, now=now)
