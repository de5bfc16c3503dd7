"""Short links on the organisation's own domain: fixed when a post is saved, followed, counted, and never lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.posts.clicks import Clicks
from clarion.posts.content import LINKS, Content, Words
from clarion.posts.models import BadLink, Campaign, Label, Link, Person, Post, UtmPreset, Visit
from clarion.posts.models.link import LENGTH, SHORT, with_values
from clarion.posts.models.post import drafted
from clarion.posts.speech import Speech
from clarion.records.models import Event
from clarion.testing.servers.base import Fault
from tests.deliveries.test_once import posting

pytestmark = pytest.mark.django_db

WINTER = "https://www.halden.example/library/winter?lang=nb"


@pytest.fixture
def second(cityhall, now):
    """Another channel of the workspace."""
    return Channel.objects.create(
        workspace=cityhall, network="noticeboard", server="", remote_id="second", handle="second", connected_at=now
    )


@pytest.fixture
def write(cityhall, ingrid, board):
    def write(text=f"Winter hours: {WINTER}", *, how=SHORT, channels=(), **more):
        content = Content((Words(text),), {LINKS: how} if how else {})
        return Post.objects.write(
            workspace=cityhall, by=ingrid, content=content, channels=channels or [board], **more
        )  # fmt: skip

    return write


def test_a_post_whose_links_go_out_as_written_has_no_short_ones(write, board):
    post = write(how="")
    assert not Link.objects.exists()
    assert post.draft_for(board).parts[0].text == f"Winter hours: {WINTER}"


def test_each_channel_of_a_post_has_its_own_short_address_for_a_link(write, board, second, settings):
    post = write(channels=[board, second])
    addresses = {link.channel_id: link.address for link in post.links.all()}
    assert len(set(addresses.values())) == 2
    for channel in (board, second):
        assert post.draft_for(channel).parts[0].text == f"Winter hours: {addresses[channel.pk]}"
        assert addresses[channel.pk].startswith(f"{settings.BASE_URL}/l/")
        assert len(addresses[channel.pk].rpartition("/")[2]) == LENGTH


def test_what_is_approved_and_compared_stays_the_text_as_it_was_written(write, board):
    post = write()
    assert WINTER in post.said.text
    assert post.said_on(board).sha256 == Content((Words(f"Winter hours: {WINTER}"),), {LINKS: SHORT}).sha256


def test_the_address_stays_the_same_while_words_around_it_and_settings_change(write, board, ingrid, settings):
    post = write()
    before = post.links.get().address
    settings.SHORT_URL = "https://go.halden.example"
    said = Content((Words(f"Open again: {WINTER} and http://bus.example/12."),), {LINKS: SHORT})
    post.edit(by=ingrid, version=post.version, content=said, channels=[board])
    text = post.draft_for(board).parts[0].text
    assert text.startswith(f"Open again: {before} and https://go.halden.example/")
    assert text.endswith(".")


def test_a_channel_that_joins_when_it_is_scheduled_gets_its_own_address_too(write, second, ingrid, now):
    post = write()
    Delivery.objects.schedule(post, channels=[second], at=now + timedelta(hours=1), by=ingrid, now=now)
    assert post.links.filter(channel=second).get().address in post.draft_for(second).parts[0].text


def test_a_copy_of_a_post_counts_for_itself(write, cityhall, ingrid, board):
    post = write()
    copy = Post.objects.write(workspace=cityhall, by=ingrid, content=post.said, channels=[board])
    assert copy.links.get().address != post.links.get().address
    assert copy.draft_for(board).parts[0].text != post.draft_for(board).parts[0].text


def test_a_content_of_no_post_is_drafted_as_it_is_written(write, board):
    assert WINTER in drafted(Content.of(WINTER, **{LINKS: SHORT}), channel=board).parts[0].text


def test_a_preset_says_where_readers_come_from_and_leaves_what_the_link_says_already(write, cityhall, ingrid, board):
    preset = UtmPreset.objects.make(
        workspace=cityhall, name="Usual", by=ingrid, source="{network}", medium="social", campaign="{campaign}",
        content="{label}",
    )  # fmt: skip
    label = Label.objects.create(workspace=cityhall, name="Library & Reading")
    post = write(f"{WINTER}&utm_medium=own#hours", how=str(preset.pk), labels=[label])
    target = post.links.get().target
    assert target == (
        f"{WINTER}&utm_medium=own&utm_source={board.network}&utm_content=library-reading#hours"
    )  # fmt: skip


def test_where_a_link_leads_follows_the_campaign_and_its_address_does_not_change(write, cityhall, ingrid):
    preset = UtmPreset.objects.make(workspace=cityhall, name="Usual", by=ingrid, source="", medium="")
    post = write(how=str(preset.pk))
    before = post.links.get()
    assert before.target == WINTER
    post.join(Campaign.objects.begin(workspace=cityhall, name="Winter 2027", by=ingrid), by=ingrid)
    after = post.links.get()
    assert (after.address, after.target) == (before.address, f"{WINTER}&utm_campaign=winter-2027")


def test_where_a_person_led_a_link_stands_when_the_post_is_saved_again(write, board, ingrid):
    post = write()
    post.links.get().lead("https://halden.example/moved", by=ingrid)
    post.edit(by=ingrid, version=post.version, content=post.said, channels=[board])
    assert post.links.get().target == "https://halden.example/moved"


def test_a_preset_of_another_workspace_adds_nothing(write, outsider):
    other = outsider.memberships.get().workspace
    theirs = UtmPreset.objects.make(workspace=other, name="Theirs", by=outsider)
    assert write(how=str(theirs.pk)).links.get().target == WINTER


def test_values_go_into_the_query_and_never_twice():
    assert with_values("https://a.example", {"utm_source": "ø x"}) == "https://a.example?utm_source=%C3%B8%20x"
    assert with_values("https://a.example/?utm_source=", {"utm_source": "b"}) == "https://a.example/?utm_source="


@pytest.mark.parametrize(
    "target",
    [
        "javascript:alert(1)", "data:text/html,x", "//evil.example", "/l/abc", "ftp://a.example/", "https://", "halden",
        "https://a.example/\r\nSet-Cookie: x=1", "https://user:secret@a.example/", "https://a.example:99999999/",
        "https://a.example/" + "x" * 2_000, "http://127.0.0.1:8000/l/another", "https://[::1",
    ],
)  # fmt: skip
def test_a_link_leads_only_to_a_whole_web_address(target, cityhall, ingrid):
    with pytest.raises(BadLink):
        Link.objects.make(workspace=cityhall, target=target, by=ingrid)
    assert not Link.objects.exists()


@pytest.mark.parametrize("name", ["admin", "W", "a", "-ab", "ab-", "a_b", "ä", "x" * 41, "a/b", ".."])
def test_a_name_that_is_reserved_or_no_name_is_refused(name, cityhall, ingrid):
    with pytest.raises(BadLink):
        Link.objects.make(workspace=cityhall, target=WINTER, by=ingrid, slug=name)


def test_a_name_is_given_once_in_the_whole_installation(cityhall, ingrid, outsider):
    Link.objects.make(workspace=cityhall, target=WINTER, by=ingrid, slug="Winter")
    with pytest.raises(BadLink, match="winter"):
        Link.objects.make(
            workspace=outsider.memberships.get().workspace, target=WINTER, by=outsider, slug="winter"
        )  # fmt: skip


def test_who_made_a_link_and_who_led_it_elsewhere_is_recorded(cityhall, ingrid, amir):
    link = Link.objects.make(workspace=cityhall, target=WINTER, by=ingrid, slug="winter")
    link.lead("https://halden.example/summer", by=amir)
    told = Event.objects.of(link).order_by("id").values_list("verb", "by_id", "after")
    assert list(told) == [
        ("link.made", ingrid.pk, {"slug": "winter"}),
        ("link.led", amir.pk, {"target": "https://halden.example/summer"}),
    ]


def test_a_lost_answer_is_found_by_the_words_that_went_out(mastodon, mastodon_server, write, cityhall, ingrid, worker):
    Person.objects.make(workspace=cityhall, name="Kari", by=ingrid, handles={("mastodon", ""): "kari@social.example"})
    post = write(f"@[Kari] has the hours: {WINTER}", channels=[mastodon])
    now = worker.clock()
    (delivery,) = Delivery.objects.schedule(post, channels=[mastodon], at=now, by=ingrid, now=now)
    mastodon_server.faults.arm(Fault("lose_answer", match=posting))
    assert worker.work_until_settled(delivery).state == "published"
    (status,) = mastodon_server.statuses.values()
    assert status.text == f"@kari@social.example has the hours: {post.links.get().address}"


# --- following --------------------------------------------------------------------------------------------------------

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
PHONE = (
    "Mozilla/5.0 (Linux; Android 9; CUBOT P30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 Mobile Safari/537.36"
)


@pytest.fixture
def counted(monkeypatch):
    """The clicks of this test alone, written when it asks."""
    mine = Clicks(every=3600)
    monkeypatch.setattr("clarion.web.pages.following.clicks", mine)
    yield mine
    if mine._timer:
        mine._timer.cancel()


@pytest.fixture
def winter(cityhall, ingrid):
    return Link.objects.make(workspace=cityhall, target=WINTER, by=ingrid, slug="winter")


def test_a_short_link_leads_to_its_target_in_one_question_and_without_a_cookie(
    client, winter, counted, django_assert_num_queries
):
    with django_assert_num_queries(1):
        answer = client.get("/l/winter?to=https://evil.example", headers={"User-Agent": BROWSER})
    assert (answer.status_code, answer["Location"]) == (302, WINTER)
    assert not answer.cookies
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get("/l/WINTER").status_code == 302
    for name in ("summer", "winter%00", "win%2Fter", "x" * 300, "%C3%A5"):
        assert client.get(f"/l/{name}").status_code == 404
    assert client.post("/l/winter").status_code == 405


def test_clicks_are_counted_by_day_and_programs_are_not(client, winter, counted):
    for agent in (BROWSER, PHONE, BROWSER):
        client.get("/l/winter", headers={"User-Agent": agent})
    for agent in ("", "curl/8", "SomeBot/2.1 (+https://bot.example)", f"{BROWSER} Lynx-preview", "python-httpx/0.28"):
        client.get("/l/winter", headers={"User-Agent": agent})
    client.head("/l/winter", headers={"User-Agent": BROWSER})
    assert not Visit.objects.exists()
    counted.write()
    client.get("/l/winter", headers={"User-Agent": BROWSER})
    counted.write()
    visit = Visit.objects.get()
    assert (visit.link, visit.count) == (winter, 4)
    assert visit.day == datetime.now(UTC).astimezone(winter.workspace.tz).date()


def test_what_two_processes_count_is_added_up(winter):
    day = date(2026, 11, 27)
    for count in (2, 3):
        Visit.objects.count_up({(winter.pk, day): count, (winter.pk, day + timedelta(days=1)): 1})
    assert list(winter.visits.values_list("count", flat=True)) == [5, 2]


def test_clicks_on_a_link_that_is_gone_are_passed_over(winter, cityhall, ingrid):
    other = Link.objects.make(workspace=cityhall, target=WINTER, by=ingrid)
    gone = other.pk
    other.delete()
    Visit.objects.count_up({(gone, date(2026, 1, 1)): 1, (winter.pk, date(2026, 1, 1)): 1})
    assert winter.visits.get().count == 1


def test_links_keep_working_when_their_post_is_taken_off_the_desk(write, client, ingrid, now, counted):
    post = write()
    link = post.links.get()
    post.remove(by=ingrid, now=now)
    assert client.get(f"/l/{link.slug}")["Location"] == WINTER


def test_a_short_domain_of_its_own_has_nothing_but_links(client, winter, counted, settings):
    settings.SHORT_HOST = "go.halden.example"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "go.halden.example"]
    here = {"Host": "go.halden.example"}
    assert client.get("/winter", headers=here)["Location"] == WINTER
    assert client.get("/account/login/", headers=here).status_code == 404
    assert client.get("/", headers=here).status_code == 404
    assert client.get("/account/login/").status_code == 200


def test_what_is_spoken_already_is_not_asked_about_again(write, board, django_assert_num_queries):
    post = write()
    spoken = Speech(post.workspace_id).of(post.said_on(board), board)
    with django_assert_num_queries(0):
        assert Speech(post.workspace_id).of(spoken, board) == spoken
