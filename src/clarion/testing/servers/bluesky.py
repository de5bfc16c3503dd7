"""A contract server for Bluesky: a Personal Data Server and an AppView in one, in memory, with two accounts.

Written from the public lexicons (https://github.com/bluesky-social/atproto/tree/main/lexicons) and from what the
official server was seen to do with the same write twice. ``python -m clarion.testing.servers.bluesky --port 2583``.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clarion.networks import atproto
from clarion.networks.text import graphemes

from .base import Asked, Said, StandIn, with_unknown
from .bluesky_appview import LIKE, POST, REPOST, AppView, Kept, Person, Wrong
from .bluesky_oauth import BadProof, Doorkeeper
from .bluesky_video import SERVER_DID, VideoService
from .lexicons import Lexicons

BLOB_LIMIT = 5_242_880


class Bluesky(VideoService, AppView, StandIn):
    """``cityhall`` is ours, ``gazette`` a stranger. ``lexicons``: folder of the official files, to judge all we say."""

    def __init__(self, *, lexicons: Path | None = None, appview: bool = True, **more: Any) -> None:
        StandIn.__init__(self, **more)
        VideoService.__init__(self)
        self.cityhall = Person("cityhall.test", "did:plc:" + "a" * 24, "aaaa-bbbb-cccc-dddd")
        self.gazette = Person("gazette.test", "did:plc:" + "g" * 24, "gggg-hhhh-iiii-jjjj")
        self.people = (self.cityhall, self.gazette)
        self.unknown_fields = False
        self.numbers = True
        self.may_chat = True
        self.private: list[dict[str, Any]] = []
        self.refreshes = 0
        self.log_ins = 0
        self.commits = 0
        self.unlawful: list[str] = []
        """What we or the adapter said against the lexicons; a test looks here at its end."""
        self._lexicons = Lexicons(lexicons) if lexicons else None
        self._appview = appview
        self._lock = threading.RLock()
        self._seen = datetime.now(UTC)
        self.door = Doorkeeper(self)

    # -- the door

    def handle(self, asked: Asked) -> Said:
        with self._lock:
            said = self.door.answers(asked)
            if said is not None:
                return said
            said = self._proved(asked)
        if said is not None:
            return said
        said = self._answered(asked)
        is_keyed = asked.headers.get("authorization", "").startswith("DPoP ")
        return Said(said.status, said.body, {**said.headers, "dpop-nonce": self.door.nonce}) if is_keyed else said

    def _proved(self, asked: Asked) -> Said | None:
        """Why a call with a bound token is turned away; None: its proof holds, or its token is of another kind."""
        scheme, _space, token = asked.headers.get("authorization", "").partition(" ")
        if scheme != "DPoP":
            return None
        try:
            if self.door.bound(token, self.door.checked(asked, token=token)):
                return None
            word, said = "invalid_token", "The proof does not hold."
        except BadProof as bad:
            word, said = str(bad), bad.said
        headers = {**self.door.headers(), "www-authenticate": f'DPoP error="{word}"'}
        return Said.json({"error": word, "message": said}, 401, headers)

    def _answered(self, asked: Asked) -> Said:
        name = asked.path.removeprefix("/xrpc/")
        method: Callable[[Asked], Any] | None = getattr(self, "x_" + name.replace(".", "_"), None)
        if method is None or (name.startswith("app.bsky.") and not self._appview):
            word = "InvalidRequest" if name.startswith("app.bsky.") else "MethodNotImplemented"
            return Wrong(word, f"No service configured for {name}", 400 if word == "InvalidRequest" else 501).said
        is_json = "json" in asked.headers.get("content-type", "")
        try:
            body = json.loads(asked.body) if is_json and asked.body else None
            self._note(self._lexicons.given(name, body) if self._lexicons and body is not None else [])
            self._note(self._lexicons.asked(name, asked.query) if self._lexicons else [])
            with self._lock:
                gives = method(asked)
        except Wrong as wrong:
            return wrong.said
        self._note(self._lexicons.gave(name, gives) if self._lexicons else [])
        headers = {
            "ratelimit-limit": "3000", "ratelimit-remaining": "2990", "ratelimit-policy": "3000;w=300",
            "ratelimit-reset": str(int(time.time()) + 300),
        }  # fmt: skip
        if self.unknown_fields:
            gives = with_unknown(gives, kept=("record", "value"))
        return Said.json(gives, headers=headers)

    def _note(self, problems: list[str]) -> None:
        self.unlawful += problems

    def _who(self, asked: Asked, *, refresh: bool = False) -> Person:
        token = asked.headers.get("authorization", "").removeprefix("Bearer ").removeprefix("DPoP ")
        if not token:
            raise Wrong("AuthMissing", "Authentication Required", 401)
        for person in self.people:
            if token in (person.refresh if refresh else person.access):
                return person
            if token in person.ended:
                raise Wrong("ExpiredToken", "Token has expired" if not refresh else "Token has been revoked")
        raise Wrong("InvalidToken", "Token could not be verified")

    def _person(self, name: str) -> Person:
        for person in self.people:
            if name in (person.did, person.handle):
                return person
        raise Wrong("InvalidRequest", f"Could not find repo: {name}")

    # -- com.atproto.server, identity

    def x__health(self, asked: Asked) -> Any:
        return {"version": "contract"}

    def x_com_atproto_server_describeServer(self, asked: Asked) -> Any:
        return {"did": SERVER_DID, "availableUserDomains": [".test"], "blobUploadLimit": BLOB_LIMIT}

    def x_com_atproto_server_createSession(self, asked: Asked) -> Any:
        self.log_ins += 1
        given = json.loads(asked.body)
        for person in self.people:
            if given["identifier"] in (person.handle, person.did) and given["password"] == person.app_password:
                return self._session(person)
        raise Wrong("AuthenticationRequired", "Invalid identifier or password", 401)

    def x_com_atproto_server_refreshSession(self, asked: Asked) -> Any:
        self.refreshes += 1
        person = self._who(asked, refresh=True)
        used = asked.headers["authorization"].removeprefix("Bearer ")
        person.refresh.discard(used)
        person.ended.add(used)
        return self._session(person)

    def x_com_atproto_server_getSession(self, asked: Asked) -> Any:
        person = self._who(asked)
        return {"did": person.did, "handle": person.handle, "active": True}

    def _session(self, person: Person) -> Any:
        access, refresh = secrets.token_urlsafe(40), secrets.token_urlsafe(40)
        person.access.add(access)
        person.refresh.add(refresh)
        return {
            "did": person.did, "handle": person.handle, "active": True, "accessJwt": access, "refreshJwt": refresh,
            "didDoc": {"id": person.did, "service": [{"id": "#atproto_pds", "serviceEndpoint": "https://localhost"}]},
        }  # fmt: skip

    def x_com_atproto_identity_resolveHandle(self, asked: Asked) -> Any:
        try:
            return {"did": self._person(asked.one("handle")).did}
        except Wrong:
            raise Wrong("HandleNotFound", "Unable to resolve handle") from None

    # -- com.atproto.repo

    def x_com_atproto_repo_uploadBlob(self, asked: Asked) -> Any:
        person = self._who(asked)
        if len(asked.body) > BLOB_LIMIT:
            raise Wrong("PayloadTooLarge", "request entity too large", 413)
        cid, mime = atproto.blob_cid(asked.body), asked.headers.get("content-type", "")
        person.blobs[cid] = (mime, asked.body)
        return {"blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": len(asked.body)}}

    def x_com_atproto_repo_putRecord(self, asked: Asked) -> Any:
        person, given = self._own(asked)
        where = (given["collection"], given["rkey"])
        cid = self._judged(person, *where, given["record"])
        there = person.records.get(where)
        if "swapRecord" in given and (there and there.cid) != given["swapRecord"] and not (there and there.cid == cid):
            raise Wrong("InvalidSwap", f"Record was at {there.cid if there else 'null'}")
        if there is None or there.cid != cid:
            self._keep(person, where, cid, given["record"])
        return {"uri": person.uri(*where), "cid": cid, "validationStatus": "valid"}

    def x_com_atproto_repo_createRecord(self, asked: Asked) -> Any:
        person, given = self._own(asked)
        rkey = given.get("rkey") or atproto.new_tids(1, now=datetime.now(UTC))[0]
        where = (given["collection"], rkey)
        cid = self._judged(person, *where, given["record"])
        if where in person.records:
            raise Wrong("InternalServerError", "Internal Server Error", 500)
        self._keep(person, where, cid, given["record"])
        return {"uri": person.uri(*where), "cid": cid, "validationStatus": "valid"}

    def x_com_atproto_repo_applyWrites(self, asked: Asked) -> Any:
        person, given = self._own(asked)
        if len(given["writes"]) > 200:
            raise Wrong("InvalidRequest", "Too many writes. Max: 200")
        made, results = [], []
        for write in given["writes"]:
            if write["$type"] != "com.atproto.repo.applyWrites#create":
                raise Wrong("InvalidRequest", "only creates are known here")
            where = (write["collection"], write["rkey"])
            made.append((where, self._judged(person, *where, write["value"]), write["value"]))
        if any(where in person.records for where, _, _ in made):
            raise Wrong("InternalServerError", "Internal Server Error", 500)
        for where, cid, value in made:  # all or nothing
            self._keep(person, where, cid, value)
            result = {"$type": "com.atproto.repo.applyWrites#createResult", "uri": person.uri(*where), "cid": cid}
            results.append({**result, "validationStatus": "valid"})
        return {"results": results}

    def x_com_atproto_repo_getRecord(self, asked: Asked) -> Any:
        person = self._person(asked.one("repo"))
        where = (asked.one("collection"), asked.one("rkey"))
        kept = person.records.get(where)
        if kept is None:
            raise Wrong("RecordNotFound", f"Could not locate record: {person.uri(*where)}")
        return {"uri": person.uri(*where), "cid": kept.cid, "value": kept.value}

    def x_com_atproto_repo_deleteRecord(self, asked: Asked) -> Any:
        person, given = self._own(asked)
        person.records.pop((given["collection"], given["rkey"]), None)
        return {}

    def _own(self, asked: Asked) -> tuple[Person, Any]:
        person, given = self._who(asked), json.loads(asked.body)
        if given.get("repo") not in (person.did, person.handle):
            raise Wrong("AuthenticationRequired", "Not your repo", 401)
        return person, given

    def _keep(self, person: Person, where: tuple[str, str], cid: str, value: dict[str, Any]) -> None:
        # The AppView sees one thing after another: its times never repeat.
        self._seen = max(datetime.now(UTC), self._seen + timedelta(milliseconds=1))
        person.records[where] = Kept(cid, value, atproto.timestamp(self._seen))
        self.commits += 1

    def _judged(self, person: Person, collection: str, rkey: str, record: dict[str, Any]) -> str:
        """The record's CID, or a refusal as the real server words it."""
        if not atproto.is_tid(rkey) and collection in (POST, LIKE, REPOST):
            raise Wrong("InvalidRequest", "Invalid TID string")
        if record.get("$type") != collection:
            raise Wrong("InvalidRequest", f"Invalid $type: expected {collection}")
        if self._lexicons:
            problems = self._lexicons.record(record)
            if problems:
                raise Wrong("InvalidRequest", f"Invalid {collection} record: {problems[0]}")
        if collection == POST:
            self._judge_post(person, record)
        return atproto.record_cid(record)

    def _judge_post(self, person: Person, record: dict[str, Any]) -> None:
        def must(holds: bool, why: str) -> None:
            if not holds:
                raise Wrong("InvalidRequest", f"Invalid {POST} record: {why}")

        text = record.get("text")
        must(isinstance(text, str), 'Record must have the property "text"')
        size = len(str(text).encode())
        must(size <= 3000, "Record/text must not be longer than 3000 characters")
        must(graphemes(str(text)) <= 300, "Record/text must not be longer than 300 graphemes")
        must(isinstance(record.get("createdAt"), str), 'Record must have the property "createdAt"')
        must(len(record.get("langs", [])) <= 3, "Record/langs must not have more than 3 elements")
        for facet in record.get("facets", []):
            must(0 <= facet["index"]["byteStart"] < facet["index"]["byteEnd"] <= size, "facet outside of the text")
        embed = record.get("embed") or {}
        images = embed.get("images", [])
        must(len(images) <= 4, "Record/embed/images must not have more than 4 elements")
        must(all("alt" in image for image in images), 'Image must have the property "alt"')
        thumb, video, tracks = embed.get("external", {}).get("thumb"), embed.get("video"), embed.get("captions", [])
        must(len(tracks) <= 20, "Record/embed/captions must not have more than 20 elements")
        for blob, most in [
            *((image["image"], 2_000_000) for image in images),
            *((track["file"], 20_000) for track in tracks),
            *([(thumb, 1_000_000)] if thumb else []),
            *([(video, 300_000_000)] if video else []),
        ]:
            if blob["ref"]["$link"] not in person.blobs:
                raise Wrong("BlobNotFound", f"Could not find blob: {blob['ref']['$link']}")
            must(blob["size"] <= most, "This file is too large")

    # -- the other side

    def says(self, person: Person, collection: str, **value: Any) -> str:
        """``person`` makes a record in their own program; its address."""
        with self._lock:
            now = datetime.now(UTC)
            rkey = atproto.new_tids(1, now=now)[0]
            record = {"$type": collection, "createdAt": atproto.timestamp(now), **value}
            self._keep(person, (collection, rkey), self._judged(person, collection, rkey, record), record)
            return person.uri(collection, rkey)

    def ref(self, uri: str) -> dict[str, str]:
        at = atproto.AtUri.read(uri)
        return {"uri": uri, "cid": self._person(at.authority).records[(at.collection, at.rkey)].cid}

    def end_access(self) -> None:
        """Every access token has run out; refresh tokens still work."""
        with self._lock:
            for person in self.people:
                person.ended |= person.access
                person.access.clear()

    def end_sign_in(self, person: Person) -> None:
        """The app password is taken back, and every token with it."""
        with self._lock:
            person.ended |= person.access | person.refresh
            person.access.clear()
            person.refresh.clear()
            person.app_password = secrets.token_urlsafe(12)

    def stand(self, asked: Asked) -> Said:
        if asked.path == "/_stand/posts":
            with self._lock:
                return Said.json([{"uri": uri, **kept.value} for _, uri, kept in self._everyone(POST)])
        return super().stand(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description="A contract server for Bluesky, on 127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that each answer takes")
    parser.add_argument("--lose", type=float, default=0.0, help="share of writes whose answer is lost, 0 to 1")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    ended = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    with Bluesky(port=given.port, latency=given.latency, lose=given.lose, seed=given.seed) as server:
        lines = [f"base_url={server.url}"]
        for tail, person in (("", server.cityhall), ("_b", server.gazette)):
            lines += [f"identifier{tail}={person.handle}", f"app_password{tail}={person.app_password}"]
            lines += [f"did{tail}={person.did}"]
        print("\n".join(lines), flush=True)  # noqa: T201 - these lines are what it is started for
        ended.wait()


if __name__ == "__main__":
    main()
