"""Bluesky's own server from npm, over loopback: what is promised holds there, not only against our own contract."""

import base64
import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import asdict
from datetime import UTC, datetime

import pytest

from clarion.networks import atproto
from clarion.networks.base import Draft, Part, Settled
from clarion.networks.bluesky import Bluesky
from clarion.networks.http import Http
from clarion.networks.words import NotNow, Published, Refused, SignInAgain, Unknown
from clarion.testing.bluesky import BlueskyContract
from clarion.testing.conformance import Conformance
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.bluesky_appview import POST
from clarion.testing.stages import LOOPBACK
from clarion.testing.videos import WORDS, captions

from .bluesky_films import Films
from .bluesky_stages import ENDED, BlueskyServer
from .real_servers import server

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("bluesky")]


@pytest.fixture(scope="module")
def config():
    with server("bluesky") as told:
        yield told


@pytest.fixture
def stage(config, tmp_path):
    with BlueskyServer(tmp_path, config) as stage:
        yield stage


class TestBlueskyServer(Films, Conformance):
    """The suite for all networks."""

    network = Bluesky


@pytest.fixture
def network(stage):
    return stage.network()


# --- publishing


def test_a_post_appears_once_with_the_address_and_hash_that_we_knew_before(stage, network):
    text = "Hello 👨‍👩‍👧 @nobody.test, see https://example.org/ä #Köln"
    rehearsal = Rehearsal(network, stage.draft(text, language="de", link_card="off")).to_the_post()
    known = rehearsal.step(rehearsal.line).payload["records"][0]
    rehearsal.rest()
    there = stage.records(stage.cityhall, POST)
    assert [(record["uri"], record["cid"], record["value"]) for record in there] == [
        (known["uri"], known["cid"], known["record"])
    ]


def test_a_thread_with_a_picture_appears_whole(stage, network):
    rehearsal = Rehearsal(network, stage.draft("One", "Two", "Three", alts=("A red bridge over the river",)))
    rehearsal.rest()
    there = stage.records(stage.cityhall, POST)
    assert [record["value"]["text"] for record in there] == ["One", "Two", "Three"]
    assert [record["cid"] for record in there] == rehearsal.posts[0].handle["cids"]
    image = there[0]["value"]["embed"]["images"][0]
    assert (image["alt"], image["aspectRatio"]) == ("A red bridge over the river", {"width": 8, "height": 6})
    assert there[2]["value"]["reply"]["parent"] == {"uri": there[1]["uri"], "cid": there[1]["cid"]}
    url = (
        f"{stage.direct}/xrpc/com.atproto.sync.getBlob?did={stage.cityhall['did']}&cid={image['image']['ref']['$link']}"
    )
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == rehearsal.lines[0].step.media.path.read_bytes()


def test_a_post_can_be_read_back_and_deleted_twice(stage, network):
    rehearsal = Rehearsal(network, stage.draft("One", "Two", alts=("A red bridge",)))
    rehearsal.rest()
    seen = network.fetch(rehearsal.posts[0].remote_id)
    assert (seen.text, seen.alts) == ("One", ("A red bridge",))
    network.delete(rehearsal.posts[0].remote_id)
    network.delete(rehearsal.posts[0].remote_id)
    assert network.fetch(rehearsal.posts[0].remote_id) is None
    assert stage.posts() == []


def test_a_mention_leads_to_the_person(stage, network):
    Rehearsal(network, stage.draft(f"Thanks @{stage.gazette['handle']}!")).rest()
    facet = stage.records(stage.cityhall, POST)[0]["value"]["facets"][0]
    assert facet["features"][0]["did"] == stage.gazette["did"]


def test_an_answer_stands_under_somebody_elses_post(stage, network):
    theirs = stage.stranger_posts("When does the library open?")
    rehearsal = Rehearsal(network, stage.draft("At nine.", in_reply_to=theirs))
    rehearsal.rest()
    assert [post.parent_id for post in stage.posts()] == [theirs]


@pytest.mark.parametrize(("verb", "mark"), [("like", "likes"), ("share", "shares")])
def test_a_mark_is_made_once_even_when_its_answer_is_lost(stage, network, verb, mark):
    theirs = stage.stranger_posts("The bridge is open")
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        getattr(network, verb)(theirs)
    getattr(network, verb)(theirs)
    assert stage.marks(theirs)[mark] == 1


def test_three_hundred_characters_fit_and_one_more_is_refused_by_us_and_by_the_server(stage, network):
    Rehearsal(network, stage.draft("é" * 300)).rest()
    too_long = stage.draft("é" * 301)
    assert [problem.limit for problem in network.problems(too_long)] == [300]
    with pytest.raises(Refused):
        Rehearsal(network, too_long).rest()
    assert len(stage.posts()) == 1


def test_what_the_server_announces_is_kept_to(stage, network):
    assert network.limits() == {"images": {"size": 2_000_000}}


# --- maybe


def test_a_lost_answer_is_unknown_then_found(stage, network):
    rehearsal = Rehearsal(network, stage.draft("The library opens at nine."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert isinstance(rehearsal.look(), Published)
    rehearsal.recover()
    assert [post.text for post in stage.posts()] == ["The library opens at nine."]


def test_a_lost_request_is_unknown_then_absent_then_sent(stage, network):
    rehearsal = Rehearsal(network, stage.draft("The library opens at nine."))
    stage.lose_next_request()
    with pytest.raises(Unknown):
        rehearsal.say()
    assert stage.posts() == []
    rehearsal.recover()
    assert len(stage.posts()) == 1


def test_the_same_thread_sent_twice_is_an_error_there_and_one_thread_for_everybody(stage, network):
    rehearsal = Rehearsal(network, stage.draft("One", "Two", "Three"))
    step = rehearsal.step(rehearsal.line)
    network.publish(step, key=rehearsal.line.key)
    with pytest.raises(Unknown):
        network.publish(step, key=rehearsal.line.key)
    rehearsal.recover()
    assert [post.text for post in stage.posts()] == ["One", "Two", "Three"]


def test_the_same_post_sent_ten_times_is_one_post(stage, network):
    rehearsal = Rehearsal(network, stage.draft("The library opens at nine."))
    step = rehearsal.step(rehearsal.line)
    for _ in range(10):
        network.publish(step, key=rehearsal.line.key)
    assert len(stage.posts()) == 1


def test_another_post_under_our_key_is_refused_and_stays(stage, network):
    rehearsal = Rehearsal(network, stage.draft("Theirs"))
    rehearsal.rest()
    other = Rehearsal(network, stage.draft("Ours"))
    step = other.step(other.line)
    item = step.payload["records"][0]
    item["rkey"], item["uri"] = rehearsal.posts[0].remote_id.rpartition("/")[2], rehearsal.posts[0].remote_id
    with pytest.raises(Refused) as failure:
        network.publish(step, key=other.line.key)
    assert failure.value.code == "other_record"
    assert [post.text for post in stage.posts()] == ["Theirs"]


AGAIN = """
import json, sys
from clarion.networks.base import Account, NoVault, Step
from clarion.networks.bluesky import Bluesky
from clarion.networks.http import Http
from clarion.networks.http import Http
told = json.load(sys.stdin)
network = Bluesky(
    Account(**told["account"]), http=Http(private_hosts=["127.0.0.1"]), vault=NoVault(told["secrets"])
)
step = Step("thread", 0, payload=told["payload"])
found = network.find(step, key="k" * 32)
if not hasattr(found, "remote_id"):
    found = network.publish(step, key="k" * 32)
print(found.remote_id)
"""


@pytest.mark.parametrize("lost", ["answer", "request"])
def test_another_process_ends_what_a_killed_one_began(stage, network, lost):
    """All that is left of the first process is the stored payload, as after kill -9."""
    rehearsal = Rehearsal(network, stage.draft("One", "Two"))
    getattr(stage, f"lose_next_{lost}")()
    with pytest.raises(Unknown):
        rehearsal.say()
    told = {"account": asdict(network.account), "secrets": stage.vault.read(), "payload": rehearsal.line.payload}
    done = subprocess.run([sys.executable, "-c", AGAIN], input=json.dumps(told), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == told["payload"]["records"][0]["uri"]
    assert [post.text for post in stage.posts()] == ["One", "Two"]


# --- sessions


def test_a_session_is_renewed_by_its_refresh_token(stage, network):
    before = stage.vault.read()
    stage.vault.write({**before, "access": before["refresh"]})  # a token that is none for this
    assert network.whoami().remote_id == stage.cityhall["did"]
    after = stage.vault.read()
    assert after["refresh"] != before["refresh"]
    assert [e.url.rpartition(".")[2] for e in network.http.exchanges if e.method == "POST"] == ["refreshSession"]


def test_a_dead_refresh_token_is_replaced_by_the_app_password(stage, network):
    stage.vault.write({**stage.vault.read(), "access": ENDED, "refresh": "dead"})
    assert network.whoami().remote_id == stage.cityhall["did"]
    assert stage.vault.read()["access"] != ENDED


def test_an_app_password_taken_back_asks_for_sign_in(stage, network):
    stage.end_token()
    with pytest.raises(SignInAgain):
        Rehearsal(network, stage.draft("The library opens at nine.")).rest()
    assert stage.posts() == []


def test_a_server_that_is_down_is_not_now_and_nothing_happened(stage, network):
    stage.stop()
    with pytest.raises(NotNow):
        Rehearsal(network, stage.draft("The library opens at nine.")).rest()
    stage.proxy.start()
    assert stage.posts() == []


def test_no_secret_is_in_the_evidence(stage, network):
    stage.vault.write({**stage.vault.read(), "access": ENDED, "refresh": "dead"})
    Rehearsal(network, stage.draft("The library opens at nine.", pictures=1)).rest()
    said = json.dumps([asdict(e) for e in network.http.exchanges], default=str)
    kept = stage.vault.read()
    assert [name for name in ("access", "refresh", "app_password") if kept[name] in said] == []


# --- our contract server does what the real one does


def both(raw):
    """What a sequence of raw writes answers: ``[(status, error), …]``."""

    def write(method, body, token=raw["token"]):
        request = urllib.request.Request(
            f"{raw['url']}/xrpc/com.atproto.repo.{method}",
            data=json.dumps({"repo": raw["did"], **body}).encode(),
            headers={"content-type": "application/json", "authorization": f"Bearer {token}"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())["error"]

    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    one, two, three = atproto.new_tids(3, now=datetime.now(UTC))

    def record(text, **more):
        return {"$type": POST, "text": text, "createdAt": atproto.timestamp(now), **more}

    def creates(*keys):
        kind = "com.atproto.repo.applyWrites#create"
        return {"writes": [{"$type": kind, "collection": POST, "rkey": key, "value": record(key)} for key in keys]}

    ghost = {"$type": "blob", "ref": {"$link": atproto.blob_cid(b"ghost")}, "mimeType": "image/png", "size": 5}
    images = {"$type": "app.bsky.embed.images", "images": [{"alt": "", "image": ghost}]}
    put = {"collection": POST, "rkey": one, "swapRecord": None}
    return [
        ("a key that is no TID", write("putRecord", {**put, "rkey": "my-own-key", "record": record("a")})),
        ("put", write("putRecord", {**put, "record": record("a")})),
        ("put again", write("putRecord", {**put, "record": record("a")})),
        ("put another", write("putRecord", {**put, "record": record("b")})),
        ("create there", write("createRecord", {"collection": POST, "rkey": one, "record": record("a")})),
        ("thread", write("applyWrites", creates(two, three))),
        ("thread again", write("applyWrites", creates(two, three))),
        ("delete", write("deleteRecord", {"collection": POST, "rkey": one})),
        ("delete again", write("deleteRecord", {"collection": POST, "rkey": one})),
        ("put after the delete", write("putRecord", {**put, "record": record("a")})),
        ("too long", write("putRecord", {**put, "rkey": atproto.next_tid(three), "record": record("x" * 301)})),
        ("no blob", write("putRecord", {**put, "rkey": atproto.next_tid(three), "record": record("x", embed=images)})),
        ("bad token", write("putRecord", {**put, "record": record("a")}, token="bad")),
    ]


def test_our_contract_server_answers_as_the_real_one_does(stage, network, tmp_path):
    with BlueskyContract(tmp_path) as contract:
        contract.network()
        ours = {"url": contract.url, "did": contract.server.cityhall.did, "token": contract.vault.read()["access"]}
        theirs = {"url": stage.direct, "did": stage.cityhall["did"], "token": stage.vault.read()["access"]}
        assert both(ours) == both(theirs)
        assert len(contract.posts()) == len(stage.posts()) == 3


# --- videos: what a server alone can tell of them


def test_the_server_signs_a_token_for_the_video_service_that_says_only_what_we_asked(stage, network):
    head, told, _signature = network._token_for_videos().split(".")
    claims = json.loads(base64.urlsafe_b64decode(told + "=="))
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "ES256K"
    about = stage.call("com.atproto.server.describeServer")
    assert (claims["iss"], claims["aud"], claims["lxm"]) == (
        stage.cityhall["did"], about["did"], "com.atproto.repo.uploadBlob",
    )  # fmt: skip
    assert 29 * 60 < claims["exp"] - time.time() <= 30 * 60


def test_a_server_without_a_video_service_is_one_clear_sentence_and_nothing_is_public(stage, network):
    with pytest.raises(Refused, match="takes no videos for this account's server") as refused:
        Rehearsal(network, Draft((Part("The film.", (stage.film(),)),))).rest()
    assert refused.value.code == "video_service"
    assert stage.posts() == []


def test_a_post_with_a_video_and_its_captions_is_taken_as_we_write_it(stage, network):
    """What the service would have done is done by the server's own upload: the rest is ours."""
    media = stage.film(captions(stage.folder, "nb"), alt="The council")
    rehearsal = Rehearsal(network, Draft((Part("The film.", (media,)),)))
    opened, upload = rehearsal.lines[:2]
    opened.settled = Settled("open", 0, media=media)
    blob = network.session.upload(media.path, mime=media.mime)
    upload.settled = Settled("upload", 0, handle={"blob": blob}, payload=upload.step.payload, media=media)
    rehearsal.rest()
    (there,) = stage.records(stage.cityhall, POST)
    assert there["cid"] == rehearsal.posts[0].handle["cids"][0]
    embed = there["value"]["embed"]
    assert (embed["video"], embed["alt"], [one["lang"] for one in embed["captions"]]) == (blob, "The council", ["nb"])
    url = f"{stage.direct}/xrpc/com.atproto.sync.getBlob?did={stage.cityhall['did']}"
    with urllib.request.urlopen(f"{url}&cid={embed['captions'][0]['file']['ref']['$link']}") as answer:
        assert answer.read() == WORDS.encode()


# --- signing in by OAuth: as far as it goes without a browser


def test_the_real_server_takes_our_pushed_request_and_knows_our_key(config):
    http = Http(private_hosts=LOOPBACK)
    back = "http://127.0.0.1:8000/connect/back"
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    address, begun = Bluesky.begin(
        config["base_url"], {}, redirect_uri=back, state="st4te", challenge=challenge, http=http
    )  # fmt: skip
    assert "request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A" in address
    assert begun["token_endpoint"].endswith("/oauth/token")
    page = http.get(address, headers={"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document",
                                      "sec-fetch-site": "none"})  # fmt: skip
    assert page.status == 200, "its sign-in page opens"
    with pytest.raises(Refused, match="not completed"):
        Bluesky.exchange(
            config["base_url"], {}, code="cod-" + "0" * 64, redirect_uri=back, verifier="v" * 64,
            came_from=begun["issuer"], begun=begun, http=http,
        )  # fmt: skip
