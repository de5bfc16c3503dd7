"""The command line as scripts rely on it: names, flags, keys, exit codes, and one sentence for every refusal."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.sources import Deliveries
from clarion.networks import registry
from clarion.organisations.models import Domain, IdentityProvider, Organisation, Workspace
from clarion.posts.models import HouseRule, Post
from clarion.web.command_line import app

pytestmark = pytest.mark.django_db


class Terminal:
    def __init__(self) -> None:
        self.runner = CliRunner()

    def __call__(self, *words: str, said: str | None = None, code: int = 0):
        result = self.runner.invoke(app, [str(word) for word in words], input=said)
        assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
        assert "Traceback" not in result.stdout + result.stderr
        return result

    def json(self, *words: str, said: str | None = None):
        lines = self(*words, "--json", said=said).stdout.strip().splitlines()
        return [json.loads(line) for line in lines]

    def refused(self, *words: str, said: str | None = None) -> str:
        stderr = self(*words, said=said, code=1).stderr
        assert stderr.startswith("clarion: ") or "\nclarion: " in stderr
        return stderr


@pytest.fixture
def clarion() -> Terminal:
    return Terminal()


@pytest.fixture
def office(clarion):
    (founded,) = clarion.json(
        "init", "--organisation", "City of Halden", "--workspace", "Press office", "--email", "ingrid@halden.example",
        "--password", "correct horse 7", "--zone", "Europe/Oslo",
    )  # fmt: skip
    return founded


@pytest.fixture
def channel(clarion, office, mastodon_server):
    (connected,) = clarion.json(
        "channels", "connect", "mastodon", "--workspace", "Press office", f"server={mastodon_server.url}",
        f"access_token={mastodon_server.token}",
    )  # fmt: skip
    return connected


def tick() -> None:
    source = Deliveries()
    for lease in source.claim(owner="test", now=datetime.now(UTC), limit=50):
        source.run(lease)


def soon(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


def test_init_twice_changes_nothing_and_answers_the_same(clarion, office):
    again = clarion.json(
        "init", "--organisation", "City of Halden", "--workspace", "Press office", "--email", "ingrid@halden.example",
        "--password", "correct horse 7",
    )  # fmt: skip
    assert again == [office]
    assert set(office) == {"organisation", "workspace", "user"}
    assert Workspace.objects.count() == 1


def test_who_opens_a_second_organisation_hears_of_the_domains_that_nobody_confirmed(clarion, office):
    made = IdentityProvider.objects.create(organisation=Organisation.objects.get(), kind="oidc", name="Halden")
    Domain.objects.state(provider=made, name="halden.example", by=None)
    words = ("init", "--workspace", "Desk", "--email", "oscar@other.example", "--password", "correct horse 7")
    assert "in force: halden.example (City of Halden)." in clarion(*words, "--organisation", "Elsewhere").stderr
    assert "in force" not in clarion(*words, "--organisation", "Elsewhere").stderr, "once: nothing was opened"


def test_init_reads_the_password_from_standard_input_and_refuses_a_weak_one(clarion):
    words = ("init", "--organisation", "A", "--workspace", "B", "--email", "a@b.example", "--password")
    assert "too short" in clarion.refused(*words, "abc")
    clarion.json(*words, "-", said="correct horse 7\n")


def test_connect_says_who_it_is_and_never_shows_the_secret(clarion, channel, mastodon_server):
    assert set(channel) == {"id", "network", "handle", "url"}
    assert "cityhall" in channel["handle"]
    assert mastodon_server.token not in json.dumps(clarion.json("channels", "list"))
    sealed = Channel.objects.get(pk=channel["id"]).credential.sealed
    assert mastodon_server.token not in sealed and sealed.startswith("k1:")


def test_connect_with_a_dead_token_keeps_nothing(clarion, office, mastodon_server):
    sentence = clarion.refused(
        "channels",
        "connect",
        "mastodon",
        "--workspace",
        "Press office",
        f"server={mastodon_server.url}",
        "access_token=nope",
    )
    assert "nope" not in sentence
    assert not Channel.objects.filter(network="mastodon").exists()


def test_connect_reads_secrets_from_files_variables_and_standard_input(
    clarion, office, mastodon_server, tmp_path, monkeypatch
):
    file = tmp_path / "token"
    file.write_text(mastodon_server.token + "\n")
    monkeypatch.setenv("TOKEN", mastodon_server.token)
    words = ("channels", "connect", "mastodon", "--workspace", "Press office", f"server={mastodon_server.url}")
    for given, said in (
        (f"access_token=@{file}", None),
        ("access_token=$TOKEN", None),
        ("access_token=-", mastodon_server.token),
    ):
        clarion.json(*words, given, said=said)
    assert "no variable NOWHERE" in clarion.refused(*words, "access_token=$NOWHERE")


def test_an_unknown_network_lists_the_known_ones(clarion, office):
    assert "noticeboard" in clarion.refused("channels", "connect", "orkut", "--workspace", "Press office")


def test_channels_check_tells_health(clarion, channel):
    (health,) = clarion.json("channels", "check", channel["id"])
    assert (
        health["state"] == "connected"
        and health["missing_scopes"] == []
        and "days_left" in health
        and "budget" in health
    )


def test_posts_add_promises_and_the_same_key_makes_nothing_new(clarion, channel):
    words = (
        "posts",
        "add",
        "--workspace",
        "Press office",
        "--channel",
        channel["id"],
        "--text",
        "Hello",
        "--at",
        soon(hours=1),
        "--key",
        "k-1",
    )
    (first,) = clarion.json(*words)
    (again,) = clarion.json(*words)
    assert first == again
    assert set(first) == {"post", "deliveries"}
    assert set(first["deliveries"][0]) == {"id", "channel", "state", "due_at", "key"}
    assert Post.objects.count() == 1


def test_a_post_for_now_goes_out_and_is_listed(clarion, channel, mastodon_server):
    (added,) = clarion.json(
        "posts", "add", "--workspace", "Press office", "--channel", channel["handle"], "--text", "Hello", "--at", "now"
    )
    tick()
    (line,) = clarion.json("deliveries", "--workspace", "Press office", "--state", "published")
    assert set(line) == {
        "id", "post", "channel", "state", "due_at", "started_at", "published_at", "attempts", "remote_id", "url",
        "reason",
    }  # fmt: skip
    assert line["id"] == added["deliveries"][0]["id"] and line["remote_id"] in mastodon_server.statuses
    (whole,) = clarion.json("deliveries", "show", line["id"])
    (step,) = whole["steps"]
    assert step["intended_at"] and step["attempts"][0]["outcome"] == "published"
    assert mastodon_server.token not in json.dumps(whole)


def test_a_picture_with_its_description_goes_along(clarion, channel, mastodon_server, tmp_path):
    from PIL import Image

    file = tmp_path / "library.png"
    Image.new("RGB", (40, 30), "navy").save(file)
    clarion.json(
        "posts",
        "add",
        "--workspace",
        "Press office",
        "--channel",
        channel["id"],
        "--text",
        "The library",
        "--media",
        f"{file}=The library, seen from the square.",
        "--at",
        "now",
    )
    tick()
    (attachment,) = mastodon_server.media.values()
    assert "The library, seen from the square." in str(vars(attachment))


def test_next_is_a_free_half_hour(clarion, channel):
    words = ("posts", "add", "--workspace", "Press office", "--channel", channel["id"], "--at", "next", "--text")
    first, second = (clarion.json(*words, text)[0]["deliveries"][0]["due_at"] for text in ("One", "Two"))
    assert first != second
    assert datetime.fromisoformat(first).minute in (0, 30)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--text", "x", "--at", "2020-01-01T10:00+00:00"), "has passed"),
        (("--text", "x", "--at", "tomorrow-ish"), "is not a time"),
        (("--text", "x", "--at", "2027-03-28T02:30"), "does not exist"),
        (("--text", "x", "--at", "2027-10-31T02:30"), "happens twice"),
        (("--text", "x" * 501, "--at", "now"), "501 of 500"),
        (("--text", "bell \x07", "--at", "now"), "control character"),
        (("--text", "x", "--at", "now", "--late", "whenever"), "--late"),
        (("--text", "x", "--at", "now", "--media", "/nowhere.png=x"), "not a file"),
        (("--text", "   ", "--at", "now"), "nothing to say"),
    ],
)  # fmt: skip
def test_bad_posts_are_refused_with_one_sentence_and_nothing_is_kept(words, sentence, clarion, channel):
    said = clarion.refused("posts", "add", "--workspace", "Press office", "--channel", channel["id"], *words)
    assert sentence in said
    assert len(said.strip().splitlines()) == 1
    assert not Post.objects.exists()


def test_a_post_that_a_rule_of_the_house_stops_is_refused_and_a_draft_is_kept(clarion, channel):
    place = Workspace.objects.get(name="Press office")
    HouseRule.objects.make(
        organisation=place.organisation, workspace=place, kind="words", level="stop", name="Names", by=None,
        what={"lines": ["Ola"]},
    )  # fmt: skip
    words = ("posts", "add", "--workspace", "Press office", "--channel", channel["id"], "--text", "Ola won")
    assert "The rule “Names” is against “Ola”" in clarion.refused(*words, "--at", "now")
    assert not Post.objects.exists()
    clarion.json(*words)
    assert Post.objects.get().text == "Ola won"


def test_an_unknown_channel_names_those_that_there_are(clarion, channel):
    assert "cityhall" in clarion.refused(
        "posts", "add", "--workspace", "Press office", "--channel", "@nobody", "--text", "x"
    )


def test_the_same_text_within_a_day_warns(clarion, channel):
    words = ("posts", "add", "--workspace", "Press office", "--channel", channel["id"], "--text", "Twice", "--at")
    clarion(*words, soon(hours=1))
    assert "same text" in clarion(*words, soon(hours=2)).stderr


def test_wrong_usage_is_exit_2(clarion):
    clarion("posts", "add", "--nonsense", code=2)
    clarion("deliveries", "--json", code=2)


def rows_file(tmp_path, rows: list[str], header: str = "at,text,channel,media,alt,key"):
    file = tmp_path / "posts.csv"
    file.write_text("\n".join([header, *rows]) + "\n")
    return file


def test_import_takes_a_file_in_order_and_twice_makes_nothing_new(clarion, channel, tmp_path):
    file = rows_file(tmp_path, [f"{soon(hours=n + 1)},Post {n},{channel['id']},,,row-{n}" for n in range(30)])
    (done,) = clarion.json("posts", "import", file, "--workspace", "Press office")
    assert done["imported"] == 30
    clarion.json("posts", "import", file, "--workspace", "Press office")
    assert [post.text for post in Post.objects.order_by("id")] == [f"Post {n}" for n in range(30)]


def test_import_names_row_and_column_and_writes_nothing(clarion, channel, tmp_path):
    file = rows_file(
        tmp_path,
        [
            f"{soon(hours=1)},Good,{channel['id']},,,a",
            f"2020-01-01T10:00,Past,{channel['id']},,,b",
            f"{soon(hours=1)},Nobody,@nobody,,,c",
            f"{soon(hours=1)},Picture,{channel['id']},nowhere.png,,d",
            f"{soon(hours=1)},{'x' * 501},{channel['id']},,,e",
            f"{soon(hours=1)},Same key,{channel['id']},,,a",
        ],
    )
    said = clarion.refused("posts", "import", file, "--workspace", "Press office")
    for cell in ("row 3, at", "row 4, channel", "row 5, media", "row 6, text", "row 7, key"):
        assert cell in said
    assert not Post.objects.exists()
    clarion.json("posts", "import", file, "--workspace", "Press office", "--keep-going")
    assert [post.text for post in Post.objects.all()] == ["Good"]


def test_a_dry_run_writes_nothing(clarion, channel, tmp_path):
    file = rows_file(tmp_path, [f"{soon(hours=1)},Good,{channel['id']},,,a"])
    (checked,) = clarion.json("posts", "import", file, "--workspace", "Press office", "--dry-run")
    assert checked == {"rows": 1, "errors": [], "imported": 0}
    assert not Post.objects.exists()


def test_json_lines_are_imported_too(clarion, channel, tmp_path):
    file = tmp_path / "posts.jsonl"
    file.write_text(json.dumps({"at": soon(hours=1), "text": "Line", "channel": channel["id"], "key": None}) + "\n")
    assert clarion.json("posts", "import", file, "--workspace", "Press office")[0]["imported"] == 1


def test_an_import_that_breaks_in_the_middle_is_taken_back(clarion, channel, tmp_path, monkeypatch):
    from clarion.web.commands import importing

    monkeypatch.setattr(importing, "TOGETHER", 5)
    write, calls = importing._write, []

    def full(rows, **more):
        calls.append(rows)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return write(rows, **more)

    monkeypatch.setattr(importing, "_write", full)
    file = rows_file(tmp_path, [f"{soon(hours=n + 1)},Post {n},{channel['id']},,," for n in range(8)])
    assert "No space left" in clarion.refused("posts", "import", file, "--workspace", "Press office")
    assert not Delivery.objects.exclude(state=State.CANCELLED).exists()
    assert not Post.objects.kept().exists()


def test_networks_says_what_each_can_do(clarion):
    lines = {line["name"]: line for line in clarion.json("networks")}
    assert set(lines) == set(registry.names()) >= {"mastodon", "pixelfed", "bluesky", "noticeboard", "manual"}
    for name, line in lines.items():
        assert set(line) >= {"name", "label", "once", "abilities", "limits", "proved"}
        assert {"text", "unit", "images"} <= set(line["limits"])
        assert ("publish" in line["abilities"]) != (name == "manual"), "a person's hand proves nothing of ours"


@pytest.mark.parametrize(
    ("network", "text", "count", "unit"),
    [
        ("mastodon", "a " + "https://example.org/" + "x" * 80, 25, "mastodon"),
        ("mastodon", "hello @ada@far.example", 10, "mastodon"),
        ("bluesky", "👨‍👩‍👧‍👦 🇳🇴", 3, "grapheme"),
        ("noticeboard", "abc", 3, "codepoint"),
    ],
)
def test_count_counts_as_the_network_does(network, text, count, unit, clarion):
    (said,) = clarion.json("count", network, said=json.dumps({"text": text}) + "\n")
    assert (said["count"], said["unit"], said["fits"]) == (count, unit, True)


def test_count_says_what_does_not_fit_and_which_line_is_wrong(clarion):
    (said,) = clarion.json("count", "bluesky", said=json.dumps({"text": "x" * 301}) + "\n")
    assert said == {"count": 301, "limit": 300, "unit": "grapheme", "fits": False}
    assert "Line 1" in clarion.refused("count", "bluesky", said="nonsense\n")


def test_doctor_says_what_to_do(clarion, office):
    (found,) = clarion.json("doctor")
    assert found["verdict"] in ("ok", "warn", "stop")
    assert all(finding["do"] for finding in found["findings"] if finding["level"] != "ok")


def test_credentials_rotate_to_the_newest_key(clarion, channel, mastodon_server, settings, monkeypatch):
    before = Channel.objects.get(pk=channel["id"]).credential.sealed
    old = "k1:" + settings.ENVIRONMENT.kept_secret("encryption")
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", f"k2:a new passphrase,{old}")
    (done,) = clarion.json("credentials", "rotate")
    assert done["rotated"] >= 1
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", "k2:a new passphrase")
    credential = Channel.objects.get(pk=channel["id"]).credential
    assert credential.sealed.startswith("k2:") and credential.sealed != before
    assert credential.open()["access_token"] == mastodon_server.token


def test_a_missing_key_is_named(clarion, channel, monkeypatch):
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", "other:x")
    assert "k1" in clarion.refused("channels", "check", channel["id"])


def test_deliveries_can_be_cancelled_moved_and_settled(clarion, channel):
    (added,) = clarion.json(
        "posts", "add", "--workspace", "Press office", "--channel", channel["id"], "--text", "x", "--at", soon(hours=1)
    )
    pk = added["deliveries"][0]["id"]
    clarion("deliveries", "reschedule", pk, "--at", soon(hours=3))
    clarion("deliveries", "cancel", pk)
    assert "Too late" in clarion.refused("deliveries", "settle", pk, "--absent")
    assert "There is no delivery" in clarion.refused("deliveries", "show", "nonsense")
