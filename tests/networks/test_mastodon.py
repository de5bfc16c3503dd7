"""What only Mastodon and its kin have: signing in at each server, dialects, polls, and recognising an own post."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from clarion.networks.base import Account, Draft, NoVault, Part, Step
from clarion.networks.http import Answer, Http
from clarion.networks.mastodon import Mastodon
from clarion.networks.mastodon_api import announced, server_address
from clarion.networks.pixelfed import Pixelfed
from clarion.networks.words import Absent, NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.mastodon import MastodonStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Asked, Fault, Said, StandIn
from clarion.testing.servers.mastodon import MastodonServer
from clarion.testing.stages import LOOPBACK

HERE = "https://clarion.example/channels/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def server() -> Iterator[MastodonServer]:
    with MastodonServer(judge=True) as server:
        yield server
        assert server.complaints == []


@pytest.fixture
def http() -> Http:
    return Http(private_hosts=LOOPBACK, seconds=3)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[MastodonStage]:
    with MastodonStage(tmp_path) as stage:
        yield stage


@pytest.fixture
def us(stage: MastodonStage) -> Mastodon:
    us = stage.network()
    assert isinstance(us, Mastodon)
    return us


# --- signing in -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("social.example", "https://social.example"),
        (" Social.Example/ ", "https://social.example"),
        ("https://social.example/@press/1?x#y", "https://social.example"),
        ("http://social.example", "https://social.example"),
        ("@press@social.example", "https://social.example"),
        ("social.example:8443", "https://social.example:8443"),
        ("http://127.0.0.1:4000/about", "http://127.0.0.1:4000"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://mastodon.lan", "http://mastodon.lan"),
    ],
)
def test_a_server_is_understood_as_it_is_typed(typed: str, address: str) -> None:
    assert server_address(typed) == address


@pytest.mark.parametrize("typed", ["", "   ", "ftp://social.example", "not a server", "https://"])
def test_what_is_no_server_is_told_in_one_sentence(typed: str) -> None:
    with pytest.raises(Refused, match="Type the name of your Mastodon server"):
        server_address(typed)


def test_a_person_connects_with_a_token(server: MastodonServer, http: Http) -> None:
    connected = Mastodon.connect({"server": server.url, "access_token": f" {server.token} "}, http=http)
    assert connected.account.handle == f"@cityhall@{server.host}"
    assert connected.account.settings == {"kind": "mastodon", "version": "4.7.0"}
    assert connected.secrets == {"access_token": server.token}


@pytest.mark.parametrize("dialect", ["gotosocial", "takahe", "snac", "pixelfed"])
def test_kin_are_known_by_their_words(http: Http, dialect: str) -> None:
    with MastodonServer(dialect=dialect) as server:
        connected = Mastodon.connect({"server": server.url, "access_token": server.token}, http=http)
    assert connected.account.settings["kind"] == dialect


@pytest.mark.parametrize("dialect", ["mastodon", "takahe"])
def test_a_wrong_token_does_not_connect(http: Http, dialect: str) -> None:
    with MastodonServer(dialect=dialect) as server, pytest.raises(SignInAgain):
        Mastodon.connect({"server": server.url, "access_token": "tok-wrong"}, http=http)


class Blog(StandIn):
    def handle(self, asked: Asked) -> Said:
        return Said(200, b"<html>My blog</html>", {"content-type": "text/html"})


def test_a_server_that_is_not_mastodon_is_told_in_one_sentence(http: Http) -> None:
    with Blog() as blog:
        for call in (
            lambda: Mastodon.connect({"server": blog.url, "access_token": "tok"}, http=http),
            lambda: Mastodon.register(blog.url, redirect_uri=HERE, http=http),
        ):
            with pytest.raises(Refused) as caught:
                call()
            said = f"127.0.0.1:{blog.port} does not answer like Mastodon. Check the server's name."
            assert caught.value.sentence == said


def test_a_server_on_a_private_address_is_not_called() -> None:
    with MastodonServer() as server, pytest.raises(Refused) as caught:
        Mastodon.connect({"server": server.url, "access_token": server.token}, http=Http())
    assert caught.value.code == "private_address" and server.asked == 0


def signed_in(server: MastodonServer, http: Http, verifier: str = VERIFIER) -> Any:
    app = Mastodon.register(server.url, redirect_uri=HERE, http=http)
    url = Mastodon.authorise_url(server.url, app, redirect_uri=HERE, state="st4te", challenge=CHALLENGE)
    assert {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}["state"] == "st4te"
    code = server.approve(url)
    (connected,) = Mastodon.exchange(server.url, app, code=code, redirect_uri=HERE, verifier=verifier, http=http)
    return app, code, connected


def test_a_person_signs_in_in_the_browser_and_leaves_again(server: MastodonServer, http: Http) -> None:
    app, code, connected = signed_in(server, http)
    assert connected.account.remote_id == "1"
    assert set(connected.scopes) == set(Mastodon.scopes) and connected.missing_scopes == ()
    assert connected.secrets["access_token"] in server.people
    us = Mastodon(connected.account, http=http, vault=NoVault(connected.secrets))
    us.revoke(app)
    with pytest.raises(SignInAgain):
        us.whoami()
    evidence = repr(http.exchanges)
    for secret in (connected.secrets["access_token"], app["client_secret"], code, VERIFIER):
        assert secret not in evidence
    with pytest.raises(Refused):  # a code is good for one use
        Mastodon.exchange(server.url, app, code=code, redirect_uri=HERE, verifier=VERIFIER, http=http)


def test_a_wrong_verifier_gets_no_token(server: MastodonServer, http: Http) -> None:
    with pytest.raises(Refused, match="The sign-in was not completed"):
        signed_in(server, http, verifier="w" * 64)


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        ("read write", ()),
        ("read write:statuses", ("write:media", "write:favourites")),
        ("write:statuses write:media write:favourites", ("read",)),
        ("", ()),
    ],
)
def test_scopes_that_were_not_granted_are_named(
    server: MastodonServer, http: Http, granted: str, missing: tuple[str, ...]
) -> None:
    server.granted = granted
    assert signed_in(server, http)[2].missing_scopes == missing


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dialect", "limit"), [("gotosocial", 5000), ("takahe", 500), ("snac", 100_000)])
def test_limits_are_asked_of_the_server_whatever_its_version(http: Http, dialect: str, limit: int) -> None:
    with MastodonServer(dialect=dialect) as server:
        us = Mastodon(Account(server=server.url), http=http, vault=NoVault({"access_token": server.token}))
        told = us.limits()
    rules = Mastodon.rules.told(json.loads(json.dumps(told)))
    assert rules.text.limit == limit
    assert rules.polls is not None and rules.polls.shortest == timedelta(minutes=5)
    assert rules.images is not None and "image/png" in rules.images.types


def test_a_server_without_limits_leaves_the_defaults(http: Http) -> None:
    with Blog() as blog:
        assert Mastodon(Account(server=blog.url), http=http).limits() == {}


def test_the_words_of_pleroma_are_understood() -> None:
    told = announced({"max_toot_chars": 5000, "upload_limit": 16_000_000, "poll_limits": {"max_options": 20}})
    assert told == {"text": {"limit": 5000}, "images": {"size": 16_000_000}, "polls": {"options": 20}}


@pytest.mark.parametrize(
    "nonsense", [{}, {"configuration": None}, {"configuration": {"statuses": {"max_characters": "x"}}}]
)
def test_nonsense_is_no_limit(nonsense: dict[str, Any]) -> None:
    assert announced(nonsense) == {}


# --- publishing -------------------------------------------------------------------------------------------------------


def test_the_networks_own_options_arrive(stage: MastodonStage, us: Mastodon) -> None:
    poll = {"options": ["Yes", "No"], "seconds": 3600, "multiple": True}
    draft = stage.draft("Shall we?", content_warning="Vote", visibility="unlisted", language="cy", poll=poll)
    assert us.problems(draft) == []
    Rehearsal(us, draft).rest()
    (status,) = stage.server.of("1")
    assert (status.warning, status.visibility, status.language) == ("Vote", "unlisted", "cy")
    assert status.poll == {"options": ["Yes", "No"], "expires_in": 3600, "multiple": True}


def test_each_part_has_its_own_key_and_a_key_stays(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = Rehearsal(us, stage.draft("One.", "Two."))
    rehearsal.rest()
    assert [s.key for s in stage.server.of("1")] == [line.key for line in rehearsal.lines]


def test_pictures_stay_with_their_part(stage: MastodonStage, us: Mastodon) -> None:
    draft = Draft((Part("One.", (stage.picture("a"),)), Part("Two.", (stage.picture("b"), stage.picture("c")))))
    Rehearsal(us, draft).rest()
    assert [p.alts for p in stage.posts()] == [("a",), ("b", "c")]


def test_the_point_that_matters_is_told_with_the_picture(stage: MastodonStage, us: Mastodon) -> None:
    draft = Draft((Part("One.", (replace(stage.picture("a"), focus=(0.25, 0.9)), stage.picture("b"))),))
    assert us.plan(draft)[0].payload == {"alt": "a", "focus": [0.25, 0.9]}
    Rehearsal(us, draft).rest()
    assert [media.focus for media in stage.server.media.values()] == ["-0.50,-0.80", ""]


def test_media_that_is_not_ready_yet_waits(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = Rehearsal(us, stage.draft("Now.", alts=("a",))).to_the_post()
    for media in stage.server.media.values():
        media.waits = 1
    with pytest.raises(NotNow) as caught:
        rehearsal.say()
    assert caught.value.retry_at is not None
    assert caught.value.retry_at - datetime.now(UTC) < timedelta(seconds=6)


def test_an_edit_brings_new_descriptions_and_keeps_the_pictures(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = Rehearsal(us, stage.draft("Old.", alts=("old alt",), content_warning="CW"))
    (done,) = rehearsal.rest()
    us.edit(done.remote_id, stage.draft("New.", alts=("new alt",)))
    (status,) = stage.server.of("1")
    assert (status.text, status.warning, [m.alt for m in status.media]) == ("New.", "", ["new alt"])


def test_pixelfed_needs_a_picture_and_has_no_polls_and_no_threads() -> None:
    us = Pixelfed(Account(server="https://pix.example"), http=Http())
    poll = {"options": ["a", "b"]}
    fields = {p.field for p in us.problems(Draft((Part("One."), Part("Two.")), {"poll": poll}))}
    assert fields == {"media", "parts", "poll"}


# --- did it happen? ---------------------------------------------------------------------------------------------------


def lost(stage: MastodonStage, us: Mastodon, draft: Draft, **more: Any) -> Rehearsal:
    """A delivery whose public step happened and whose answer was lost."""
    rehearsal = Rehearsal(us, draft, **more).to_the_post()
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    return rehearsal


def test_a_look_goes_back_over_many_pages(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = lost(stage, us, stage.draft("The one."))
    person = stage.server.people[stage.server.token]
    for n in range(150):
        stage.server.write(person, {"status": f"Later {n}"})
    assert isinstance(rehearsal.look(), Published)


def test_a_look_at_a_server_that_does_not_page_is_not_complete(stage: MastodonStage, us: Mastodon) -> None:
    person = stage.server.people[stage.server.token]
    for n in range(60):
        stage.server.write(person, {"status": f"Before {n}"})
    shown = [stage.server.show(s) for s in stage.server.of("1")[::-1][:40]]
    rehearsal = Rehearsal(us, stage.draft("Never sent."))
    for _ in range(2):
        stage.answer_next(200, json.dumps(shown).encode(), {"content-type": "application/json"}, any_call=True)
    assert rehearsal.look() == Absent(complete=False)


def test_boosts_replies_and_older_posts_are_not_ours(stage: MastodonStage, us: Mastodon) -> None:
    person = stage.server.people[stage.server.token]
    parent = stage.stranger_posts("Hello?")
    old = stage.server.write(person, {"status": "Same words."})
    old.at -= timedelta(minutes=5)
    stage.server.write(person, {"status": "Same words.", "in_reply_to_id": parent})
    pictured = stage.server.write(person, {"status": "Same words."})
    pictured.media = [stage.server.media.setdefault("m", _attachment())]
    assert Rehearsal(us, stage.draft("Same words.")).look() == Absent(complete=True)


def _attachment() -> Any:
    from clarion.testing.servers.mastodon_entities import Attachment

    return Attachment("m", "image/png", "")


def test_of_two_hits_the_oldest_is_ours(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = lost(stage, us, stage.draft("Twice."))
    first = stage.posts()[0].remote_id
    stage.server.write(stage.server.people[stage.server.token], {"status": "Twice."})
    seen = rehearsal.look()
    assert isinstance(seen, Published) and seen.remote_id == first


def test_a_server_whose_clock_is_behind_hides_nothing(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = lost(stage, us, stage.draft("Late clock."))
    (status,) = stage.server.of("1")
    status.at -= timedelta(hours=2)
    listing = [stage.server.show(status)]
    clock = (datetime.now(UTC) - timedelta(hours=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    stage.answer_next(200, json.dumps(listing).encode(), {"date": clock}, any_call=True)
    assert isinstance(rehearsal.look(), Published)


def test_a_server_that_reads_markdown_is_asked_for_the_source(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = lost(stage, us, stage.draft("**Closed** today: see [the list](https://city.example/list) please"))
    (status,) = stage.server.of("1")
    status.html = '<p><strong>Closed</strong> today: see <a href="https://city.example/list">the list</a> please</p>'
    assert isinstance(rehearsal.look(), Published)
    status.text = "Another post with **Closed** today: see the list please"
    assert rehearsal.look() == Absent(complete=True)


def test_a_post_of_pictures_alone_is_known_by_its_pictures(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = lost(stage, us, stage.draft("", alts=("The new bridge.",)))
    assert isinstance(rehearsal.look(), Published)
    other = Rehearsal(us, stage.draft("", alts=("Another bridge.",))).to_the_post()
    assert other.look() == Absent(complete=True)


def test_a_look_that_fails_is_not_an_absence(stage: MastodonStage, us: Mastodon) -> None:
    rehearsal = Rehearsal(us, stage.draft("Anything."))
    for status, body in ((500, b"<h1>Oops</h1>"), (200, b"<html>"), (200, b"{}"), (429, b"")):
        stage.answer_next(status, body, any_call=True)
        with pytest.raises(NotNow):
            rehearsal.look()


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (401, b'{"error": "The access token is invalid"}', SignInAgain),
        (403, b'{"error": "Your login is currently disabled"}', SignInAgain),
        (403, b'{"error": "This action is outside the authorized scopes"}', SignInAgain),
        (403, b'{"error": "This action is not allowed"}', Refused),
        (404, b"<html><h1>Not found</h1></html>", Refused),
        (422, b'{"error": "Validation failed: Text character limit of 500 exceeded"}', Refused),
        (301, b"", Refused),
        (409, b"", Unknown),
        (503, b"", Unknown),
        (520, b"", Unknown),
    ],
)
def test_answers_become_words(status: int, body: bytes, word: type[Exception]) -> None:
    us = Mastodon(Account(server="https://social.example"), http=Http())
    assert type(us.understand(Answer(status, {}, body), writing=True)) is word


def test_a_rate_header_is_no_promise_of_a_failing_server() -> None:
    us = Mastodon(Account(server="https://social.example"), http=Http())
    headers = {"X-RateLimit-Reset": "2026-11-23T12:00:00Z"}
    assert isinstance(us.understand(Answer(503, headers, b""), writing=True), Unknown)
    assert isinstance(us.understand(Answer(503, {"Retry-After": "9"}, b""), writing=True), NotNow)


def test_throttling_without_a_word_of_when_means_five_minutes() -> None:
    us = Mastodon(Account(server="https://social.example"), http=Http())
    answer = Answer(429, {}, b"")
    failure = us.understand(answer, writing=True)
    assert isinstance(failure, NotNow) and failure.retry_at == answer.at + timedelta(minutes=5)


def test_plain_text_400_is_a_dead_token_only_when_a_second_question_says_so(tmp_path: Path) -> None:
    with MastodonStage(tmp_path, dialect="takahe") as stage:
        rehearsal = Rehearsal(stage.network(), stage.draft())
        stage.answer_next(400, b"Bad request", {"content-type": "text/plain"})
        with pytest.raises(Refused):
            rehearsal.say()
        stage.end_token()
        with pytest.raises(SignInAgain):
            rehearsal.say()


@pytest.mark.parametrize("reset", ["2026-11-23T12:05:00.000Z", "1795435500"])
def test_the_budget_is_told_by_headers_of_any_form(reset: str) -> None:
    us = Mastodon(Account(server="https://social.example"), http=Http())
    headers = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": reset}
    told = us.budget_told(Answer(200, headers, b"{}"))
    assert told is not None and (told.limit, told.remaining) == (300, 7)
    assert told.resets_at == datetime(2026, 11, 23, 12, 5, tzinfo=UTC)
    assert us.budget_told(Answer(200, {}, b"{}")) is None


def test_a_reply_is_a_step_with_a_parent(stage: MastodonStage, us: Mastodon) -> None:
    theirs = stage.stranger_posts("When?")
    step = Step("post", 0, payload={"text": "At nine.", "in_reply_to": theirs, "options": {"visibility": "private"}})
    step = replace(step, payload=us.prepare(step, key="k" * 32, now=datetime.now(UTC)))
    us.reply(step, key="k" * 32)
    (status,) = stage.server.of("1")
    assert (status.parent_id, status.visibility) == (theirs, "private")


# --- the server itself is honest --------------------------------------------------------------------------------------


def test_the_contract_server_answers_as_the_specification_says(tmp_path: Path) -> None:
    with MastodonStage(tmp_path) as stage:
        spec = stage.server._spec
        if spec is None:
            pytest.skip("the public specification of Mastodon is not at hand")
        us = stage.network()
        (done,) = Rehearsal(us, stage.draft("Hello.", alts=("a",))).rest()
        stage.stranger_replies(done.remote_id, "Hi.")
        stage.stranger_writes("In private.")
        paths = ["/api/v1/accounts/verify_credentials", "/api/v1/accounts/1/statuses", "/api/v1/notifications",
                 "/api/v1/conversations", "/api/v1/timelines/tag/a", "/api/v2/search?q=Hello", "/api/v2/instance",
                 *(f"/api/v1/statuses/{done.remote_id}{tail}" for tail in ("", "/context", "/source"))]  # fmt: skip
        for path in paths:
            answer = stage.http().get(
                f"{stage.server.url}{path}", headers={"Authorization": f"Bearer {stage.server.token}"}
            )
            plain = path.partition("?")[0]
            said = spec.complaints_about_answer(method="GET", path=plain, status=answer.status, data=answer.json())
            assert said == [], path


def test_a_bench_can_lose_answers_and_look_at_what_is_held(http: Http) -> None:
    with MastodonServer(lose=1.0, honour_keys=False) as server:
        us = Mastodon(Account(server=server.url), http=http, vault=NoVault({"access_token": server.token}))
        with pytest.raises(Unknown):
            us.publish(Step("post", 0, payload={"text": "Lost."}), key="k" * 32)
        rows = http.get(f"{server.url}/_stand/statuses").json()
        assert [(row["text"], row["key"]) for row in rows] == [("Lost.", "k" * 32)]
        http.post(f"{server.url}/_stand/faults", json={"lose": 0})
        for _ in range(2):
            us.publish(Step("post", 0, payload={"text": "Twice."}), key="q" * 32)
        assert len(server.statuses) == 3


def test_faults_hit_once_and_what_they_are_meant_for(server: MastodonServer, http: Http) -> None:
    server.faults.arm(Fault("answer", lambda method, path: path.endswith("/instance"), status=418))
    assert http.get(f"{server.url}/_stand/statuses").status == 200
    assert [http.get(f"{server.url}/api/v2/instance").status for _ in range(2)] == [418, 200]
