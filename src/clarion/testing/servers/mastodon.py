"""A contract server for the Mastodon API, written from its documentation, in the dialects that were observed.

``MastodonServer(dialect="gotosocial", latency=0.2, lose=0.1).start()``; ``python -m clarion.testing.servers.mastodon``
runs it in a process of its own. Two accounts: ``cityhall`` (ours, ``token``) and ``resident`` (``other_token``).
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from .base import Asked, Said, StandIn
from .mastodon_dialects import DIALECTS, rendered
from .mastodon_entities import Attachment, Person, Status, account_entity, status_entity
from .mastodon_routes import ROUTES, form
from .openapi import OpenApi, specification


class MastodonServer(StandIn):
    """In memory. ``honour_keys`` and ``text_limit`` override the dialect; ``judge=True`` collects ``complaints``
    of requests that the public specification does not know."""

    def __init__(
        self,
        *,
        dialect: str = "mastodon",
        latency: float = 0.0,
        lose: float = 0.0,
        honour_keys: bool | None = None,
        text_limit: int | None = None,
        seed: int | None = None,
        port: int = 0,
        judge: bool = False,
    ) -> None:
        super().__init__(port=port, latency=latency, lose=lose, seed=seed)
        self.dialect = DIALECTS[dialect]
        self.honours_keys = self.dialect.honours_keys if honour_keys is None else honour_keys
        self.text_limit = text_limit or self.dialect.limit
        self.token, self.other_token = "tok-cityhall-5f1c9a", "tok-resident-77ab02"
        self.people = {
            self.token: Person("1", "cityhall", "City Hall"),
            self.other_token: Person("2", "resident", "Rita"),
        }
        self.statuses: dict[str, Status] = {}
        self.media: dict[str, Attachment] = {}
        self.notifications: list[dict[str, Any]] = []
        self.apps: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, dict[str, Any]] = {}
        self.complaints: list[str] = []
        self.extra_fields = False
        self.no_numbers = False
        self.granted: str | None = None
        self._keys: dict[tuple[str, str], tuple[float, str]] = {}
        self._lock = threading.RLock()
        self._last_id = 0
        self._asked: Counter[str] = Counter()
        self._slow_media: list[tuple[int, str]] = []
        self._spec: OpenApi | None = specification("mastodon", "schema.json") if judge else None

    # -- the desk

    def handle(self, asked: Asked) -> Said:
        for method, pattern, public, handler in ROUTES:
            found = pattern.match(asked.path)
            if found is None or method != asked.method:
                continue
            self._judge(asked)
            if self.dialect.needs_agent and not asked.headers.get("user-agent"):
                return Said.json({"error": "Not Acceptable: no user-agent sent with request"}, 406)
            person = self.people.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
            if person is None and not public:
                return self.bad_token()
            with self._lock:
                said = handler(self, asked, person, found.groups())
            return self._headed(said, of=person.id if person else "")
        return self.missing()

    def bad_token(self) -> Said:
        if self.dialect.bad_token == "text400":  # noqa: S105 - a dialect's word
            return Said(400, b"Invalid bearer token", {"content-type": "text/plain"})
        return Said.json({"error": "The access token is invalid"}, 401)

    def missing(self) -> Said:
        if self.dialect.not_found == "html":
            return Said.html("404 Not Found", 404)
        return Said.json({"error": "Record not found"}, 404)

    def wrong(self, sentence: str) -> Said:
        return Said.json({"error": sentence}, self.dialect.errors)

    def _headed(self, said: Said, *, of: str) -> Said:
        """Each account has three hundred requests in five minutes; the last is never taken from it."""
        if not self.dialect.rate:
            return said
        self._asked[of] += 1
        left = max(300 - self._asked[of], 1)
        reset = datetime.now(UTC) + timedelta(minutes=5)
        told = reset.isoformat().replace("+00:00", "Z") if self.dialect.rate == "iso" else str(int(reset.timestamp()))
        limits = {"X-RateLimit-Limit": "300", "X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": told}
        return Said(said.status, said.body, {**said.headers, **limits})

    def _judge(self, asked: Asked) -> None:
        if self._spec is None:
            return
        kind = asked.headers.get("content-type", "")
        fields = json.loads(asked.body) if kind.startswith("application/json") and asked.body else list(form(asked))
        self.complaints += self._spec.complaints_about_request(
            method=asked.method, path=asked.path, query=asked.query, content_type=kind, fields=fields
        )

    def stand(self, asked: Asked) -> Said:
        if asked.path == "/_stand/statuses":
            with self._lock:
                return Said.json([status.row() for status in self.statuses.values()])
        return super().stand(asked)

    # -- what is held

    def next_id(self) -> str:
        """Ids grow with time, as everywhere."""
        self._last_id = max(self._last_id + 1, int(time.time() * 1000) << 8)
        return str(self._last_id)

    def of(self, person_id: str) -> list[Status]:
        """The statuses of one account, oldest first."""
        with self._lock:
            return [s for s in self.statuses.values() if s.person.id == person_id]

    def person(self, person_id: str) -> Person | None:
        return next((p for p in self.people.values() if p.id == person_id), None)

    def write(self, person: Person, told: Mapping[str, Any], *, key: str = "") -> Status:
        """Puts a status and tells those whom it concerns."""
        text = str(told.get("status") or "")
        status = Status(
            id=self.next_id(), person=person, text=text, key=key, visibility=str(told.get("visibility") or "public"),
            warning=str(told.get("spoiler_text") or ""), language=told.get("language"),
            parent_id=str(told.get("in_reply_to_id") or ""), poll=told.get("poll"),
            media=[self.media[m] for m in told.get("media_ids") or ()],
            html=rendered(text, host=self.host, links=self.dialect.links),
        )  # fmt: skip
        self.statuses[status.id] = status
        parent = self.statuses.get(status.parent_id)
        for other in self.people.values():
            answers = parent is not None and parent.person is other
            if other is not person and (answers or f"@{other.name}" in text):
                self.notify(other, person, "mention", status)
        return status

    def notify(self, to: Person, who: Person, kind: str, status: Status) -> None:
        self.notifications.append({"id": self.next_id(), "to": to.id, "who": who, "type": kind, "status": status,
                                   "at": datetime.now(UTC)})  # fmt: skip

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def process_next_media(self, *, times: int, then: str) -> None:
        self._slow_media.append((times, then))

    def approve(self, address: str) -> str:
        """What a person's click on “Authorise” does: gives the code for ``address`` (the authorise page)."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_hex(16)
        self.codes[code] = asked
        return code

    # -- what is shown

    def show(self, status: Status) -> dict[str, Any]:
        replies = sum(1 for s in self.statuses.values() if s.parent_id == status.id)
        shown = status_entity(status, url=self.url, replies=replies, account=self.show_person(status.person))
        if self.no_numbers:
            for name in ("replies_count", "reblogs_count", "favourites_count", "quotes_count"):
                shown.pop(name)
        return self.strange(shown)

    def show_person(self, person: Person) -> dict[str, Any]:
        mine = self.of(person.id)
        shown = account_entity(person, url=self.url, statuses=len(mine))
        if self.no_numbers:
            for name in ("followers_count", "following_count", "statuses_count"):
                shown.pop(name)
        return shown

    def strange(self, data: dict[str, Any]) -> dict[str, Any]:
        return {**data, "x_unheard_of": {"a": [1, None]}, "kind_of_thing": "new"} if self.extra_fields else data

    def listed(
        self, asked: Asked, items: Iterable[Any], id_of: Callable[[Any], str], show: Callable[[Any], Any]
    ) -> Said:
        """One page, newest first, with its Link header, by ``max_id`` and ``limit``."""
        limit = min(int(asked.one("limit", "20")), 40)
        ordered = sorted(items, key=lambda item: int(id_of(item)), reverse=True)
        if asked.one("max_id"):
            ordered = [item for item in ordered if int(id_of(item)) < int(asked.one("max_id"))]
        page = ordered[:limit]
        headers = {}
        if len(ordered) > limit:
            headers["Link"] = f'<{self.url}{asked.path}?max_id={id_of(page[-1])}>; rel="next"'
        return Said.json([show(item) for item in page], headers=headers)


def main() -> None:
    """Runs the server until SIGTERM or SIGINT and says first where it listens."""
    parser = argparse.ArgumentParser(prog="python -m clarion.testing.servers.mastodon", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dialect", choices=sorted(DIALECTS), default="mastodon")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every answer takes")
    parser.add_argument("--lose", type=float, default=0.0, help="share of answers to writes that are lost, 0 to 1")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--ignore-keys", action="store_true", help="make a second post of the same Idempotency-Key")
    parser.add_argument("--print-json", action="store_true")
    given = parser.parse_args()
    server = MastodonServer(
        dialect=given.dialect, latency=given.latency, lose=given.lose, seed=given.seed, port=given.port,
        honour_keys=False if given.ignore_keys else None,
    ).start()  # fmt: skip
    told = {"url": server.url, "token": server.token, "other_token": server.other_token}
    lines = [json.dumps(told)] if given.print_json else [f"{name}={value}" for name, value in told.items()]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    ended = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.set())
    ended.wait()
    server.stop()


if __name__ == "__main__":
    main()
