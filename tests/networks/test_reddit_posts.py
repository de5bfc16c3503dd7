"""What goes to Reddit: communities and what they take, files, links that are there already, posts that appear late."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clarion.networks.base import Draft, Part, Step
from clarion.networks.reddit import Reddit, dressed, undressed
from clarion.networks.words import Absent, NotNow, Published, Refused, Unknown
from clarion.testing.reddit import RedditStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Fault
from clarion.testing.servers.reddit import US


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[RedditStage]:
    with RedditStage(tmp_path) as stage:
        yield stage
        assert stage.server.complaints == []


@pytest.fixture
def us(stage: RedditStage) -> Reddit:
    return stage.network()


# --- communities ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sr"),
    [
        ("", "halden"), ("r/norway", "norway"), ("/r/Norway/", "Norway"), ("norway", "norway"),
        ("https://www.reddit.com/r/norway/", "norway"), ("u/halden_city", "u_halden_city"),
    ],
)  # fmt: skip
def test_where_it_goes_is_written_as_people_write_it(stage: RedditStage, us: Reddit, said: str, sr: str) -> None:
    (done,) = Rehearsal(us, stage.draft(community=said)).rest()
    assert stage.server.things[done.remote_id].form["sr"] == sr


def test_a_channel_of_the_profile_posts_there(stage: RedditStage) -> None:
    us = stage.network(community="")
    (done,) = Rehearsal(us, stage.draft()).rest()
    assert stage.server.things[done.remote_id].sr == f"u_{US}"


@pytest.mark.parametrize(
    ("about", "draft", "code"),
    [
        ({"user_is_banned": True}, {}, "banned"),
        ({"subreddit_type": "restricted", "user_is_moderator": False}, {}, "restricted"),
        ({"submission_type": "link"}, {}, "NO_SELFS"),
        ({"submission_type": "self"}, {"link": "https://city.example/"}, "NO_LINKS"),
        ({"allow_images": False}, {"pictures": 1}, "no_images"),
    ],
)
def test_what_a_community_does_not_take_is_not_sent(
    stage: RedditStage, us: Reddit, about: dict[str, Any], draft: dict[str, Any], code: str
) -> None:
    stage.server.places["halden"].about = about
    with pytest.raises(Refused, match="Nothing was posted") as caught:
        Rehearsal(us, stage.draft(**draft)).rest()
    assert caught.value.code == code and stage.server.assets == {} and stage.posts() == []


def test_a_member_may_post_where_others_may_not(stage: RedditStage, us: Reddit) -> None:
    stage.server.places["halden"].about = {"subreddit_type": "restricted", "user_is_contributor": True}
    Rehearsal(us, stage.draft()).rest()
    assert len(stage.posts()) == 1


def test_a_community_that_does_not_exist_is_told(stage: RedditStage, us: Reddit) -> None:
    with pytest.raises(Refused, match="no community “nowhere”"):
        Rehearsal(us, stage.draft(community="nowhere")).rest()


@pytest.mark.parametrize("why", ["private", "banned", "quarantined"])
def test_a_closed_community_is_told(stage: RedditStage, us: Reddit, why: str) -> None:
    stage.server.places["norway"].closed = why
    with pytest.raises(Refused, match="Nothing was posted") as caught:
        Rehearsal(us, stage.draft(community="norway")).rest()
    assert caught.value.code == why


def test_a_flair_is_found_by_its_name(stage: RedditStage, us: Reddit) -> None:
    place = stage.server.places["halden"]
    place.flairs = [{"id": "f-1", "text": "Roadworks"}, {"id": "f-2", "text": "Staff", "mod_only": True}]
    place.required = {"is_flair_required": True}
    with pytest.raises(Refused, match="wants a flair"):
        Rehearsal(us, stage.draft()).rest()
    with pytest.raises(Refused, match="It has: Roadworks"):
        Rehearsal(us, stage.draft(flair="Staff")).rest()
    (done,) = Rehearsal(us, stage.draft(flair="roadworks")).rest()
    assert stage.server.things[done.remote_id].form["flair_id"] == "f-1"


@pytest.mark.parametrize(
    ("required", "code"),
    [
        ({"title_text_min_length": 40}, "title"),
        ({"title_text_max_length": 5}, "title"),
        ({"body_restriction_policy": "notAllowed"}, "body"),
    ],
)
def test_what_moderators_laid_down_is_told(stage: RedditStage, us: Reddit, required: dict[str, Any], code: str) -> None:
    stage.server.places["halden"].required = required
    with pytest.raises(Refused) as caught:
        Rehearsal(us, stage.draft()).rest()
    assert caught.value.code == code
    stage.server.tells_requirements = False
    Rehearsal(us, stage.draft()).rest()


# --- posts ------------------------------------------------------------------------------------------------------------


def test_what_only_reddit_asks_arrives(stage: RedditStage, us: Reddit) -> None:
    draft = stage.draft("Words.", title="The  new\nbridge", nsfw=True, spoiler=True, quiet=True)
    (done,) = Rehearsal(us, draft).rest()
    form = stage.server.things[done.remote_id].form
    told = {name: form[name] for name in ("title", "kind", "nsfw", "spoiler", "sendreplies", "resubmit")}
    assert told == {
        "title": "The new bridge", "kind": "self", "nsfw": "true", "spoiler": "true", "sendreplies": "false",
        "resubmit": "true",
    }  # fmt: skip
    assert done.url == f"https://www.reddit.com/r/halden/comments/{done.remote_id[3:]}/_/"


def test_a_picture_goes_up_and_is_posted(stage: RedditStage, us: Reddit) -> None:
    draft = stage.draft("Below it.", pictures=1)
    (done,) = Rehearsal(us, draft).rest()
    post = stage.server.things[done.remote_id]
    assert (post.kind, post.text) == ("image", "Below it.")
    assert stage.server.assets[post.form["url"]] == f"image/png {draft.parts[0].media[0].sha256}"
    (stored,) = [one for one in us.http.exchanges if one.url == f"{stage.server.url}/"]
    assert "s3cret" not in repr(stored), "what opens the store is no evidence"


def test_a_video_goes_up_with_its_picture(stage: RedditStage, us: Reddit) -> None:
    stage.process_media(times=3)
    draft = stage.film()
    (done,) = Rehearsal(us, draft).rest()
    form = stage.server.things[done.remote_id].form
    film, poster = draft.parts[0].media
    assert stage.server.assets[form["url"]] == f"video/mp4 {film.sha256}"
    assert stage.server.assets[form["video_poster_url"]] == f"image/png {poster.sha256}"


def test_a_place_in_the_store_that_expired_is_asked_for_anew(stage: RedditStage, us: Reddit) -> None:
    rehearsal = Rehearsal(us, stage.draft(pictures=1))
    rehearsal.say()
    stage.faults.arm(Fault("answer", lambda method, path: path == "/", status=403))
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.code == "lease"
    rehearsal.rest()
    assert len(stage.posts()) == 1


def test_a_foreign_store_gets_nothing(stage: RedditStage, us: Reddit) -> None:
    lease = {"args": {"action": "//evil.example/", "fields": [{"name": "key", "value": "k"}]}}
    rehearsal = Rehearsal(us, stage.draft(pictures=1))
    rehearsal.say()
    stage.answer_next(200, json.dumps(lease).encode(), any_call=True)
    with pytest.raises(Refused) as caught:
        rehearsal.say()
    assert caught.value.code == "foreign_upload"


def test_a_lost_link_that_reddit_has_is_ours_and_adopted(stage: RedditStage, us: Reddit) -> None:
    rehearsal = Rehearsal(us, stage.draft(link="https://city.example/bridge")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    with pytest.raises(Unknown) as caught:
        rehearsal.say()
    assert caught.value.code == "duplicate"
    done = rehearsal.recover()
    assert [post.remote_id for post in stage.posts()] == [done.remote_id]


def test_a_link_of_somebody_else_is_not_ours_and_may_be_posted_again(stage: RedditStage, us: Reddit) -> None:
    link = "https://city.example/bridge"
    stage.server.put("t3", "rita", "", title="Look", sr="halden", kind="link", url=link)
    rehearsal = Rehearsal(us, stage.draft(link=link))
    with pytest.raises(Unknown, match="Post the link again"):
        rehearsal.rest()
    assert rehearsal.look() == Absent(complete=True)
    Rehearsal(us, stage.draft(link=link, again=True)).rest()
    assert len(stage.posts()) == 1


def test_the_same_words_elsewhere_are_another_post(stage: RedditStage, us: Reddit) -> None:
    Rehearsal(us, stage.draft("Same.", community="norway")).rest()
    Rehearsal(us, stage.draft("Same.", title="Another title")).rest()
    rehearsal = Rehearsal(us, stage.draft("Same.")).to_the_post()
    assert rehearsal.look() == Absent(complete=True)


def test_a_busy_account_is_looked_through_to_the_intent(stage: RedditStage, us: Reddit) -> None:
    rehearsal = Rehearsal(us, stage.draft("The one.")).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    for number in range(45):
        stage.server.put("t3", US, f"Later {number}", title="News of the city", sr="halden")
    found = rehearsal.look()
    assert isinstance(found, Published) and stage.server.things[found.remote_id].text == "The one."
    stage.server.things[found.remote_id].gone = True
    stage.server.page = 2
    assert rehearsal.look() == Absent(complete=False), "more than is read"


def test_a_first_comment_is_said_once(stage: RedditStage, us: Reddit) -> None:
    rehearsal = Rehearsal(us, stage.draft(first_comment="More:\nsoon")).to_the_post()
    rehearsal.say()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    rehearsal.recover()
    post, comment = stage.posts()
    assert (comment.text, comment.parent_id) == ("More:  \nsoon", post.remote_id)


def test_a_private_message_is_answered_once(stage: RedditStage, us: Reddit) -> None:
    theirs = stage.stranger_writes("May I ask?")
    step = Step("post", 0, payload={"text": "Of course.", "in_reply_to": theirs})
    rehearsal = Rehearsal(us, stage.draft()).to_the_post()
    line = rehearsal.line
    line.step = step
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        us.reply(rehearsal.step(line), key=line.key)
    rehearsal.recover()
    assert [(post.text, post.parent_id) for post in stage.posts()] == [("Of course.", theirs)]


def test_only_text_posts_are_edited(stage: RedditStage, us: Reddit) -> None:
    (done,) = Rehearsal(us, stage.draft(link="https://city.example/")).rest()
    with pytest.raises(Refused, match="Nothing was changed"):
        us.edit(done.remote_id, Draft((Part("Other."),)))
    us.delete(done.remote_id)
    with pytest.raises(Refused) as caught:
        us.edit(done.remote_id, Draft((Part("Other."),)))
    assert caught.value.code == "gone"


def test_lines_stay_lines_and_a_hashtag_is_no_heading(stage: RedditStage, us: Reddit) -> None:
    said = "#pool opens\nat nine\n\n# A heading\n* a list"
    assert dressed(said) == "\\#pool opens  \nat nine\n\n# A heading  \n* a list"
    assert undressed(dressed(said)) == said
    (done,) = Rehearsal(us, stage.draft(said)).rest()
    seen = us.fetch(done.remote_id)
    assert seen is not None and seen.text == said
