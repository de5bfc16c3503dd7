"""Matrix against Synapse, its reference server (`tests/servers/synapse`), behind a proxy that can lose answers."""

from __future__ import annotations

import json
import secrets
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from clarion.networks.base import Draft, Network, Part
from clarion.networks.matrix import KEY, Matrix
from clarion.networks.words import Published, Unknown
from clarion.testing.conformance import Conformance, proves
from clarion.testing.documents import document
from clarion.testing.matrix_room import MatrixStage
from clarion.testing.rehearsal import Rehearsal
from clarion.testing.servers.base import Faults
from clarion.testing.servers.proxy import Proxy
from clarion.testing.stages import Stage

from .real_servers import server

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("synapse")]

CLIENT = "/_matrix/client/v3"


class Synapse:
    """The server seen by its people, without any code of ours."""

    def __init__(self, told: dict[str, str]) -> None:
        self.url = told["base_url"]
        self.passwords = {name: told[f"password_{name}"] for name in ("cityhall", "resident")}
        self.resident = self.signed_in("resident")

    def ask(self, method: str, path: str, token: str = "", body: Any = None) -> Any:
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def signed_in(self, name: str) -> str:
        who = {"type": "m.id.user", "user": name}
        body = {"type": "m.login.password", "identifier": who, "password": self.passwords[name]}
        return str(self.ask("POST", f"{CLIENT}/login", body=body)["access_token"])


class SynapseRoom(MatrixStage):
    """A new room on the server, and a new sign-in of ours, for each stage."""

    kind = "server"
    seconds = 10.0
    us = "@cityhall:localhost"

    def __init__(self, folder: Path, synapse: Synapse) -> None:
        Stage.__init__(self, folder)
        self.synapse = synapse
        self.proxy = Proxy(synapse.url, kept=("content", "joined"))
        self.token, name = synapse.signed_in("cityhall"), f"news-{secrets.token_hex(6)}"
        asked = {"preset": "public_chat", "name": "City news", "room_alias_name": name}
        self.room = synapse.ask("POST", f"{CLIENT}/createRoom", self.token, asked)["room_id"]
        self.alias = f"#{name}:localhost"
        synapse.ask("POST", f"{CLIENT}/join/{quote(self.room)}", synapse.resident, {})
        self.secrets = (self.token,)

    def start(self) -> None:
        self.proxy.start()

    def stop(self) -> None:
        self.proxy.stop()

    @property
    def faults(self) -> Faults:
        return self.proxy.faults

    def complaints(self) -> list[str]:
        return []

    def fields(self) -> dict[str, str]:
        return {"server": self.proxy.url, "room": self.alias, "access_token": self.token}

    def events(self) -> list[dict[str, Any]]:
        found = self.synapse.ask(
            "GET", f"{CLIENT}/rooms/{quote(self.room)}/messages?dir=f&limit=1000", self.synapse.resident
        )
        return list(found["chunk"])

    def put(self, kind: str, content: dict[str, Any]) -> str:
        path = f"{CLIENT}/rooms/{quote(self.room)}/send/{kind}/{secrets.token_hex(8)}"
        return str(self.synapse.ask("PUT", path, self.synapse.resident, content)["event_id"])

    def end_token(self) -> None:
        self.synapse.ask("POST", f"{CLIENT}/logout", self.token, {})

    def rename(self, handle: str) -> None:
        alias, room = f"#{handle}-{secrets.token_hex(6)}:localhost", quote(self.room)
        self.synapse.ask("PUT", f"{CLIENT}/directory/room/{quote(alias)}", self.token, {"room_id": self.room})
        self.synapse.ask(
            "PUT", f"{CLIENT}/rooms/{room}/state/m.room.canonical_alias/", self.token, {"alias": alias}
        )  # fmt: skip

    def add_unknown_fields(self) -> None:
        self.proxy.unknown_fields = True

    def hide_numbers(self) -> None:
        self.cannot()


@pytest.fixture(scope="module")
def synapse() -> Iterator[Synapse]:
    with server("synapse") as told:
        yield Synapse(told)


@pytest.fixture
def stage(synapse: Synapse, tmp_path: Path) -> Iterator[SynapseRoom]:
    with SynapseRoom(tmp_path, synapse) as stage:
        yield stage


class TestSynapse(Conformance):
    network = Matrix

    def test_emoji_and_links_count_as_the_network_counts(self, stage: Stage, us: Network) -> None:
        pytest.skip("Matrix counts the bytes of the whole event, which no text alone can tell")

    @proves("measure")
    def test_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """Matrix has no shares."""
        assert isinstance(us, Matrix)
        (remote_id,) = self.publish(stage, us, "Count me.")
        stage.stranger_likes(remote_id)
        for n in range(3):
            stage.stranger_replies(remote_id, f"Counted {n}.")
        assert us.measure([remote_id])[remote_id].numbers == {"likes": 1, "replies": 3}

    @proves("measure_account")
    def test_the_accounts_numbers_are_the_networks_and_none_is_not_zero(self, stage: Stage, us: Network) -> None:
        """A room tells who is in it."""
        assert isinstance(us, Matrix)
        assert us.measure_account().numbers == {"followers": 2}


# --- once and only once -----------------------------------------------------------------------------------------------


@pytest.fixture
def us(stage: SynapseRoom) -> Matrix:
    us = stage.network()
    assert isinstance(us, Matrix)
    return us


def test_the_same_message_ten_times_is_one_message(stage: SynapseRoom, us: Matrix) -> None:
    rehearsal = Rehearsal(us, stage.draft("Once."))
    step = rehearsal.step(rehearsal.line)
    ids = {us.publish(step, key=rehearsal.line.key).remote_id for _ in range(10)}
    assert ids == {post.remote_id for post in stage.posts()} and len(ids) == 1


def test_after_a_new_sign_in_our_key_in_the_message_still_finds_it(stage: SynapseRoom, us: Matrix) -> None:
    """The server forgets a transaction with its sign-in: there only looking helps."""
    rehearsal = Rehearsal(us, stage.draft("Once."))
    stage.lose_next_answer()
    with pytest.raises(Unknown):
        rehearsal.say()
    stage.token = stage.synapse.signed_in("cityhall")
    rehearsal.network = stage.network()
    found = rehearsal.look()
    assert isinstance(found, Published) and [post.remote_id for post in stage.posts()] == [found.remote_id]
    assert [event["content"].get(KEY) for event in stage.events() if KEY in event["content"]] == [rehearsal.line.key]


def test_a_paper_is_there_for_those_who_read_the_room(stage: SynapseRoom, us: Matrix) -> None:
    paper = document(stage.folder)
    Rehearsal(us, Draft((Part("The budget of the town.", (paper,)),))).rest()
    (said,) = [one["content"] for one in stage.events() if one["content"].get("msgtype") == "m.file"]
    assert (said["filename"], said["body"]) == ("budget.pdf", "The budget of the town.")
    where = said["url"].removeprefix("mxc://")
    request = urllib.request.Request(f"{stage.synapse.url}/_matrix/client/v1/media/download/{where}")
    request.add_header("authorization", f"Bearer {stage.synapse.resident}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert (answer.headers["content-type"], answer.read()) == ("application/pdf", paper.path.read_bytes())


def test_a_person_signs_in_with_a_password_that_is_not_kept(stage: SynapseRoom) -> None:
    fields = {**stage.fields(), "access_token": "", "username": "cityhall"}
    fields["password"] = stage.synapse.passwords["cityhall"]
    connected = Matrix.connect(fields, http=stage.http())
    assert connected.account.settings["user"] == stage.us and connected.account.name == "City news"
    assert set(connected.secrets) == {"access_token"}
