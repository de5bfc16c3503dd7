"""The server stage of Bluesky: its own PDS from npm (`tests/servers/bluesky`), behind a proxy that can lose answers."""

from __future__ import annotations

import json
import secrets
import urllib.request
from datetime import UTC, datetime
from urllib.parse import quote

from clarion.networks.atproto import timestamp
from clarion.testing.bluesky import BlueskyStage, shown
from clarion.testing.servers.bluesky_appview import LIKE, POST, REPOST
from clarion.testing.servers.proxy import Proxy

ENDED = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.ZW5kZWQ"
"""A token that no server takes, in the form that tokens have (the real server trips over others)."""


class BlueskyServer(BlueskyStage):
    """The real PDS behind a proxy; a fresh account of ours for each stage. It has no AppView: nobody can be heard."""

    kind = "server"
    seconds = 10.0
    lacks = dict.fromkeys(
        ("replies", "mentions", "notifications", "messages", "measure", "measure_account", "search", "check"),
        "a Personal Data Server alone has no AppView, no chat and no video service",
    )

    def __init__(self, folder, config):
        super().__init__(folder)
        self.config = config
        self.direct = config["base_url"]
        self.proxy = Proxy(self.direct, kept=("record", "value"))

    def start(self):
        self.url = self.proxy.start().url
        self.cityhall, self.gazette = self.new_person("cityhall"), self.old_person()
        self.identifier, self.app_password = self.cityhall["handle"], self.cityhall["app_password"]

    def stop(self):
        self.proxy.stop()

    @property
    def faults(self):
        return self.proxy.faults

    def call(self, method, body=None, *, token="", **query):
        names = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
        request = urllib.request.Request(
            f"{self.direct}/xrpc/{method}" + (f"?{names}" if names else ""),
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {}),
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"{}")

    def new_person(self, name):
        handle = f"{name[:4]}{secrets.token_hex(5)}.test"
        account = {"handle": handle, "email": f"{handle[:-5]}@example.org", "password": secrets.token_hex(12)}
        made = self.call("com.atproto.server.createAccount", account)
        given = self.call("com.atproto.server.createAppPassword", {"name": "clarion"}, token=made["accessJwt"])
        return {"handle": handle, "did": made["did"], "token": made["accessJwt"], "app_password": given["password"]}

    def old_person(self):
        """The server's second account: a stranger may have a past."""
        if "token_b" not in self.config:
            body = {"identifier": self.config["identifier_b"], "password": self.config["account_password_b"]}
            self.config["token_b"] = self.call("com.atproto.server.createSession", body)["accessJwt"]
        names = {"handle": "identifier_b", "did": "did_b", "token": "token_b"}
        return {name: self.config[key] for name, key in names.items()}

    def records(self, person, collection):
        found = self.call("com.atproto.repo.listRecords", repo=person["did"], collection=collection, limit=100)
        return sorted(found["records"], key=lambda record: record["uri"])

    def posts(self):
        return [shown(record["uri"], record["value"]) for record in self.records(self.cityhall, POST)]

    def end_token(self):
        self.network()
        self.call("com.atproto.server.revokeAppPassword", {"name": "clarion"}, token=self.cityhall["token"])
        # An access token lives on for two hours after that; ours has ended.
        self.vault.write({**self.vault.read(), "access": ENDED})

    def add_unknown_fields(self):
        self.proxy.unknown_fields = True

    def stranger_says(self, collection, **record):
        record = {"$type": collection, "createdAt": timestamp(datetime.now(UTC)), **record}
        body = {"repo": self.gazette["did"], "collection": collection, "record": record}
        return self.call("com.atproto.repo.createRecord", body, token=self.gazette["token"])["uri"]

    def stranger_posts(self, text):
        return self.stranger_says(POST, text=text)

    def marks(self, remote_id):
        def count(collection):
            people = (self.cityhall, self.gazette)
            found = [record for person in people for record in self.records(person, collection)]
            return sum(record["value"]["subject"]["uri"] == remote_id for record in found)

        return {"likes": count(LIKE), "shares": count(REPOST)}
