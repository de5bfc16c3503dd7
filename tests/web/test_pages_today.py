"""Today: what goes out next, what needs a person, and the buttons that settle it."""

from __future__ import annotations

from datetime import time
from html.parser import HTMLParser

import pytest

from clarion.deliveries.models import Delivery
from clarion.organisations.models import Member, User
from clarion.posts.models import Slot
from clarion.records.models import Event
from clarion.web.steps import steps_of
from clarion.work.models import Pulse
from tests.web.desk import a_channel


def test_a_newcomer_is_led_to_the_first_notice(desk):
    page = desk.get()
    assert page.status_code == 200
    assert "Your first post, in a minute" in page.text
    assert "Departures" not in page.text


def test_the_board_shows_what_leaves_with_its_author_channel_and_state(desk, board, promise, ingrid):
    promise(board, text="Snow tonight", minutes=1)
    page = desk.get("?span=week").text
    assert "Snow tonight" in page
    assert "Ingrid Solberg" in page
    assert "Scheduled" in page
    assert str(board) in page


def test_one_post_on_two_channels_is_one_row_and_the_worst_state_speaks(desk, board, mastodon, cityhall, ingrid, now):
    from clarion.posts.content import Content
    from clarion.posts.models import Post
    from clarion.web import departures

    post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of("Twice"), channels=[board, mastodon])
    made = Delivery.objects.schedule(post, channels=[board, mastodon], at=now, by=ingrid, now=now)
    Delivery.objects.filter(pk=made[0].pk).update(state="published", published_at=now)
    Delivery.objects.filter(pk=made[1].pk).update(state="failed")
    rows = departures.board(cityhall, now=now).rows
    assert [row.state for row in rows] == ["failed"]
    assert len(rows[0].deliveries) == 2


def test_the_line_of_now_stands_between_what_left_and_what_leaves(desk, board, promise):
    promise(board, text="Earlier", minutes=-0.05, state="published")
    promise(board, text="Later", minutes=2)
    page = desk.get("?span=week").text
    assert page.index("Earlier") < page.index('class="now"') < page.index("Later")


def test_words_of_a_post_are_escaped(desk, board, promise):
    promise(board, text="<script>alert(1)</script>", minutes=-1, state="failed", reason="<b>no</b>")
    page = desk.get().text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "<b>no</b>" not in page


def test_an_outsider_sees_404_on_every_page_of_the_workspace(desk, outsider, board, promise):
    failed = promise(board, state="failed")
    desk.sign_in(outsider)
    for path in ("", "needs", "channels", "people", "pulse", f"channels/{board.pk}", "channels/connect"):
        assert desk.get(path).status_code == 404, path
    for path in (f"deliveries/{failed.pk}/send", "pause", "people/add", f"channels/{board.pk}/disconnect"):
        assert desk.post(path).status_code == 404, path
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_a_stranger_is_asked_to_sign_in(client, cityhall):
    answer = client.get(f"/w/{cityhall.pk}/")
    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]


def test_a_delivery_of_another_workspace_cannot_be_settled_from_mine(desk, outsider, board, promise, client):
    failed = promise(board, state="failed")
    theirs = outsider.memberships.get().workspace
    client.force_login(outsider)
    assert client.post(f"/w/{theirs.pk}/deliveries/{failed.pk}/send").status_code == 404


def test_unknown_asks_and_it_is_there_counts_as_published_without_sending(desk, board, promise):
    unknown = promise(board, state="unknown", reason="The answer was lost.")
    page = desk.get().text
    assert "Did it appear on" in page
    assert "It is there" in page
    assert "It is not there: send" in page
    desk.post(f"deliveries/{unknown.pk}/there", {"url": "https://halden.example/1"})
    unknown.refresh_from_db()
    assert unknown.state == "publishing"


def test_a_link_that_is_none_is_refused_and_nothing_changes(desk, board, promise):
    unknown = promise(board, state="unknown")
    page = desk.post(f"deliveries/{unknown.pk}/there", {"url": "javascript:alert(1)"}, follow=True)
    unknown.refresh_from_db()
    assert unknown.state == "unknown"
    assert "That is not a link" in page.text


@pytest.mark.parametrize(("act", "before", "after"), [
    ("absent", "unknown", "publishing"), ("send", "failed", "scheduled"), ("send", "missed", "scheduled"),
    ("send", "held", "scheduled"), ("skip", "failed", "cancelled"), ("skip", "held", "cancelled"),
])  # fmt: skip
def test_each_button_does_what_it_says(desk, board, promise, act, before, after):
    delivery = promise(board, state=before)
    desk.post(f"deliveries/{delivery.pk}/{act}")
    delivery.refresh_from_db()
    assert delivery.state == after


def test_too_late_is_said_and_nothing_breaks(desk, board, promise):
    done = promise(board, state="published")
    page = desk.post(f"deliveries/{done.pk}/skip", follow=True)
    assert page.status_code == 200
    assert "Too late" in page.text


def test_a_contributor_sees_what_needs_a_person_but_has_no_buttons(desk, amir, board, promise):
    failed = promise(board, state="failed")
    desk.sign_in(amir)
    page = desk.get().text
    assert "did not take it" in page
    assert "Try again" not in page
    assert desk.post(f"deliveries/{failed.pk}/send").status_code == 403
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_the_way_back_never_leads_elsewhere(desk, board, promise):
    answer = desk.post(f"deliveries/{promise(board, state='failed').pk}/skip", {"next": "https://evil.example/"})
    assert answer["Location"].startswith("/w/")


def test_the_pulse_says_whether_anything_is_being_published(desk, now):
    assert "no worker has started yet" in desk.get("pulse").text
    Pulse.objects.beat(owner="w", kind="work", now=now)
    assert "Publishing" in desk.get("pulse").text


def test_pausing_needs_a_reason_and_a_manager(desk, cityhall, vera):
    desk.post("pause", {"because": " "})
    cityhall.organisation.refresh_from_db()
    assert not cityhall.organisation.is_paused
    desk.post("pause", {"because": "A fire on Storgata"})
    cityhall.organisation.refresh_from_db()
    assert cityhall.organisation.is_paused
    assert "A fire on Storgata" in desk.get().text
    assert desk.sign_in(vera).post("resume").status_code == 403


def test_a_demo_says_so_on_every_page(desk, cityhall):
    type(cityhall.organisation).objects.update(is_demo=True)
    for path in ("", "channels", "people"):
        assert "nothing here leaves this machine" in desk.get(path).text


def test_a_page_asks_the_database_a_fixed_number_of_times(desk, board, promise, django_assert_max_num_queries):
    for number in range(6):
        promise(board, text=f"Post {number}", minutes=number)
    with django_assert_max_num_queries(22):
        desk.get("?span=week")


def test_the_page_fetches_only_what_moves(desk, board, promise):
    promise(board, text="Snow tonight", minutes=1)
    part = desk.get("?span=week", headers={"X-Part": "day"})
    assert part.text.startswith('<div class="stack loose" id="day"')
    assert "Snow tonight" in part.text
    assert "<html" not in part.text and 'class="rail"' not in part.text
    assert "X-Part" in part["Vary"]  # a browser never shows the part for the page


def test_posts_are_found_from_every_page_and_marked_there(desk, board, promise):
    delivery = promise(board)
    posts = f'href="{desk.home}posts"'
    assert posts in desk.get().text
    for path in ("posts", f"posts/{delivery.post_id}", f"posts/{delivery.post_id}/edit", f"deliveries/{delivery.pk}"):
        assert f'{posts} aria-current="page"' in desk.get(path).text, path


def test_a_pause_is_said_once_and_lifted_from_any_page(desk, board, promise):
    promise(board)
    page = desk.post("pause", {"because": "flood"}, follow=True).text
    assert page.count("Everything is paused.") == 1
    assert "Resume everything" in desk.get("channels").text
    desk.post("resume")
    assert "Everything is paused." not in desk.get("channels").text


# --- the first steps --------------------------------------------------------------------------------------------------


def ticked(desk) -> list[str]:
    return Steps(desk.get("").text).made


class Steps(HTMLParser):
    """The steps of the page that are ticked, and whether there are any steps at all."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.made: list[str] = []
        self.has_steps, self._in, self._word = False, "", False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        css = dict(attrs).get("class") or ""
        self.has_steps |= css == "steps"
        if tag == "li":
            self._in = css
        self._word = tag == "strong" and self._in == "made"

    def handle_endtag(self, tag):
        self._in = "" if tag == "li" else self._in

    def handle_data(self, data):
        if self._word:
            self.made.append(data)
            self._word = False


def test_first_steps_are_ticked_by_what_is_there_and_go_when_all_is_done(cityhall, ingrid, board, promise, desk, now):
    Member.objects.filter(workspace=cityhall).exclude(user=ingrid).delete()
    assert ticked(desk) == ["The workspace stands"]
    promise(board, text="Snow tonight", minutes=1)
    assert ticked(desk) == ["Write"] and "Next steps" in desk.get("").text
    channel = a_channel(cityhall, now)
    Slot.objects.offer(channel, at=[(0, time(9))], by=ingrid)
    assert ticked(desk) == ["Write", "Connect a channel", "Plan a queue"]
    Member.objects.join(
        workspace=cityhall, user=User.objects.create_user("new@halden.example"), role="viewer", by=ingrid
    )
    assert not Steps(desk.get("").text).has_steps


def test_whoever_knows_the_way_puts_the_steps_away_for_good_and_for_herself_alone(cityhall, ingrid, amir, desk):
    assert Steps(desk.get("").text).has_steps
    desk.post("steps/away")
    assert not Steps(desk.get("").text).has_steps
    assert Event.objects.get(verb="steps.dismissed").by_id == ingrid.pk
    member = cityhall.members.get(user=amir)
    assert steps_of(member, own_grounds=[]) == [], "a contributor cannot take them"
    Member.objects.join(workspace=cityhall, user=amir, role="manager")
    assert len(steps_of(cityhall.members.get(user=amir), own_grounds=[])) == 4
