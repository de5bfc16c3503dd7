"""Nostr: a key pair on several relays. https://github.com/nostr-protocol/nips

An event is signed before the first byte leaves, and its id is the hash of what it says: the same event again is the
same event, on every relay. A post is published when one relay has taken it; which ones have not is written beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable, data_of
from .api import text
from .base import (
    JSON,
    Absent,
    Account,
    Budget,
    Connected,
    Field,
    Http,
    Message,
    Network,
    NotNow,
    NoVault,
    Once,
    Option,
    Page,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Token,
    Unknown,
    Words,
    utc,
)
from .clocks import wrong_clock
from .look import Look
from .nostr_event import is_true, npub, public_of, secret_in, signed
from .sockets import Socket
from .wording import _, gettext_noop, quoting

NOTE, DELETED, REPOST, LIKE, COMMENT, PROFILE = 1, 5, 6, 7, 1111, 0
MOST = 500
"""Events that one question asks for."""
RELAYS = "wss://relay.damus.io wss://nos.lol wss://relay.primal.net"
SIGNED_LATELY = timedelta(minutes=10)
"""What was signed longer ago is old, whatever the clocks say."""
_OF_TIME = re.compile(r"created_at|creation date|creation time|timestamp|in the future", re.IGNORECASE)
"""How relays speak of a time that they do not believe; NIP-01 has the first example, others are K."""
_HASHTAG = re.compile(r"(?<!\w)#(\w+)")

Event = Mapping[str, Any]


class Nostr(Network):
    """``account.remote_id`` is the public key in hex; ``settings["relays"]`` are written to and read."""

    name = "nostr"
    label = "Nostr"
    words = Words(post="note", share="repost", like="reaction")
    sign_in = (
        Token(
            fields=(
                Field(
                    "secret_key", gettext_noop("Secret key"), secret=True,
                    help=gettext_noop("It begins with nsec1. Who has it is you, for ever."),
                ),
                Field(
                    "relays", gettext_noop("Relays"), default=RELAYS,
                    help=gettext_noop("Addresses with spaces between."),
                ),
            )
        ),
    )  # fmt: skip
    look = Look(card="small", tiles="stack", most=10, acts=("message-square", "repeat-2", "heart"))
    rules = Rules(text=Text(20_000, unit="utf8_bytes"), parts=50)  # K: each relay has its own limit, its answer decides
    options: ClassVar[tuple[Option, ...]] = (
        Option("content_warning", gettext_noop("Content warning"), "text", limit=200),
    )
    once = Once(Once.KEY, settle=timedelta(seconds=1), settle_slow=timedelta(seconds=5))
    budget = Budget(60, per=timedelta(minutes=1))
    docs = "https://github.com/nostr-protocol/nips"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        secret = secret_in(fields.get("secret_key", ""))
        relays = list(dict.fromkeys(re.split(r"[\s,]+", fields.get("relays", "").strip() or RELAYS)))
        wrong = next((one for one in relays if not one.startswith(("wss://", "ws://"))), "")
        if wrong:
            sentence = _("“%(relay)s” is no relay: their addresses begin with wss://.")
            raise Refused(sentence % {"relay": wrong}, code="relays")
        account = Account(remote_id=public_of(secret), settings={"relays": relays})
        return Connected(cls(account, http=http, vault=NoVault()).whoami(), {"secret_key": secret})

    def whoami(self) -> Account:
        """The profile as a relay has it; somebody without one is known by the key."""
        found = self._asked({"kinds": [PROFILE], "authors": [self._me], "limit": 1})
        told = _json(found[0]["content"]) if found else {}
        name, key = text(told, "name") or text(told, "display_name"), npub(self._me)
        return Account(
            remote_id=self._me, handle=name or f"{key[:12]}…{key[-4:]}", name=name, url=f"https://njump.me/{key}",
            avatar=text(told, "picture"), settings=self.account.settings,
        )  # fmt: skip

    @property
    def _me(self) -> str:
        return self.account.remote_id

    @property
    def _relays(self) -> list[str]:
        return [str(one) for one in self.account.settings.get("relays") or ()]

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """The whole event, signed: it is what leaves, whenever that is."""
        said, options = str(step.payload.get("text") or ""), step.payload.get("options") or {}
        before = [done.remote_id for done in step.earlier if done.kind == "post"]
        tags = [["t", word] for word in dict.fromkeys(word.lower() for word in _HASHTAG.findall(said))]
        if before:
            tags += [["e", before[0], "", "root"]]
            tags += [["e", before[-1], "", "reply"]] if len(before) > 1 else []
            tags += [["p", self._me]]
        elif above := str(step.payload.get("in_reply_to") or ""):
            tags += [["e", above, "", "root"]]
        if options.get("content_warning"):
            tags += [["content-warning", str(options["content_warning"])]]
        tags += [["clarion", key[:16]]]  # the same words in the same second are two notes, not one
        event = signed(self._secret(), kind=NOTE, content=said, tags=tags, at=int(now.timestamp()))
        return {**step.payload, "event": event}

    def _secret(self) -> str:
        return str(self.vault.read().get("secret_key") or "")

    def publish(self, step: Step, *, key: str) -> Published:
        event = step.payload["event"]
        missing = self._told(event)
        return Published(event["id"], _url(event["id"]), handle={"missing": missing})

    def reply(self, step: Step, *, key: str) -> Published:
        return self.publish(step, key=key)

    def _told(self, event: Event) -> dict[str, str]:
        """Gives the event to every relay; those that have not got it, with the reason. Raises when none has."""
        refused: dict[str, Refused] = {}
        away: dict[str, NotNow | Unknown] = {}
        for relay in self._relays:
            try:
                self._talk(relay, lambda socket: self._offer(socket, event), writing=True)
            except Refused as failure:
                refused[relay] = failure
            except (NotNow, Unknown) as failure:
                away[relay] = failure
        if len(refused) + len(away) < len(self._relays):
            return {relay: failure.sentence for relay, failure in {**refused, **away}.items()}
        unknown = next((one for one in away.values() if isinstance(one, Unknown)), None)
        if unknown is not None:
            raise unknown
        raise next(iter(away.values())) if away else next(iter(refused.values()))

    def _offer(self, socket: Socket, event: Event) -> None:
        """One relay, one event. What a relay has already is as good as taken."""
        socket.say(_line(["EVENT", event]))
        while True:
            told = _json(socket.hear())
            if not isinstance(told, list) or not told or not isinstance(told[0], str):
                sentence = _("A relay gave an answer that cannot be read: it may have happened.")
                raise Unknown(sentence, code="unreadable")
            if told[0] != "OK" or told[1:2] != [event["id"]]:
                continue  # a notice, or word of something else
            said = text(told, 3)
            if told[2:3] == [True] or said.startswith("duplicate:"):
                return
            if told[2:3] != [False]:
                sentence = _("A relay gave an answer that cannot be read: it may have happened.")
                raise Unknown(sentence, code="unreadable")
            raise self._no(said, event)

    def _no(self, said: str, event: Event) -> Refused | NotNow:
        code = said.partition(":")[0]
        if code == "invalid" and _OF_TIME.search(said):
            if self._now() - utc(event["created_at"]) < SIGNED_LATELY:
                return wrong_clock(self.label)
            sentence = _("A relay takes no note that was signed so long ago. Nothing was published. Send it anew.")
            return Refused(quoting(sentence, said), code="too_old")
        if code == "rate-limited":
            at = self._now() + timedelta(minutes=1)
            return NotNow(quoting(_("A relay asks us to slow down."), said), retry_at=at, code=code)
        if code == "restricted":
            sentence = _("A relay takes notes from its members only. Ask its owner for permission, or name another.")
            return Refused(quoting(sentence, said), code=code)
        if code == "blocked":
            return Refused(quoting(_("A relay has blocked this key. Name another relay."), said), code=code)
        if code in ("error", "auth-required"):
            return NotNow(quoting(_("A relay did not take it for now."), said), code=code)
        return Refused(quoting(_("A relay refused it. Nothing was published."), said), code=code or "refused")

    @staticmethod
    def _now() -> datetime:
        return datetime.now().astimezone()

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """By the id, which was known before. One relay that has it is enough; where none has, it is said again."""
        event = step.payload["event"]
        there = self._asked({"ids": [event["id"]]})
        return Published(event["id"], _url(event["id"])) if there else Absent(complete=True)

    # -- relays

    def _talk[Result](self, relay: str, talk: Callable[[Socket], Result], *, writing: bool) -> Result:
        return self.http.converse(relay, talk, writing=writing, seconds=None)

    def _asked(self, *filters: JSON) -> list[Event]:
        """The events that any relay has, newest first, each once and only if it is true. NotNow when none answers."""
        found: dict[str, Event] = {}
        failure: NotNow | Refused | None = None
        answered = 0
        for relay in self._relays:
            try:
                for event in self._talk(relay, lambda socket: _heard(socket, filters), writing=False):
                    if is_true(event):
                        found.setdefault(event["id"], event)
                answered += 1
            except (NotNow, Refused) as error:
                failure = error
        if not answered:
            raise failure or NotNow(_("No relay is named for this channel."), code="no_relay")
        return sorted(found.values(), key=lambda event: (-event["created_at"], event["id"]))

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        found = self._asked({"ids": [remote_id]}, {"kinds": [DELETED], "#e": [remote_id]})
        one = next((event for event in found if event["id"] == remote_id), None)
        if one is None or any(e["kind"] == DELETED and e["pubkey"] == one["pubkey"] for e in found):
            return None
        return Seen(remote_id, _url(remote_id), one["content"], utc(one["created_at"]), (), one)

    def delete(self, remote_id: str) -> None:
        """Asks every relay to forget the event. Most do; none has to."""
        self._say(DELETED, "", [["e", remote_id], ["k", str(NOTE)]])

    def _say(self, kind: int, content: str, tags: Sequence[Sequence[str]]) -> None:
        self._told(signed(self._secret(), kind=kind, content=content, tags=tags, at=int(self._now().timestamp())))

    def like(self, remote_id: str) -> None:
        self._once(LIKE, "+", remote_id)

    def share(self, remote_id: str) -> None:
        self._once(REPOST, "", remote_id)

    def _once(self, kind: int, content: str, remote_id: str) -> None:
        """A reaction or a repost, unless it is there already."""
        found = self._asked({"ids": [remote_id]}, {"kinds": [kind], "authors": [self._me], "#e": [remote_id]})
        if any(event["kind"] == kind and event["pubkey"] == self._me for event in found):
            return
        author = [["p", event["pubkey"]] for event in found if event["id"] == remote_id]
        self._say(kind, content, [["e", remote_id], *author])

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        found = self._asked({"kinds": [NOTE, COMMENT], "#e": [remote_id], "limit": MOST})
        return Page(tuple(_message(one, "reply", remote_id) for one in found if one["pubkey"] != self._me))

    def mentions(self, *, cursor: str = "") -> Page:
        """Notes that name us, also those that answer ours."""
        found = self._asked({"kinds": [NOTE, COMMENT], "#p": [self._me], "limit": MOST})
        return Page(tuple(_message(one, "mention", "") for one in found if one["pubkey"] != self._me))

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Counted on our relays: others may know more. A relay that does not answer counts nothing, and not 0."""
        readings: dict[str, Reading] = {}
        for id in remote_ids:
            try:
                found = self._asked({"kinds": [NOTE, REPOST, LIKE, COMMENT], "#e": [id], "limit": MOST})
            except NotNow:
                readings[id] = Reading({"likes": None, "replies": None, "shares": None}, {})
                continue
            kinds = {"likes": (LIKE,), "replies": (NOTE, COMMENT), "shares": (REPOST,)}
            counts = {name: sum(1 for one in found if one["kind"] in of) for name, of in kinds.items()}
            readings[id] = Reading(counts, {"relays": self._relays})
        return readings

    def measure_account(self) -> Reading:
        try:
            found = self._asked({"kinds": [NOTE], "authors": [self._me], "limit": MOST})
        except NotNow:
            return Reading({"posts": None}, {})
        return Reading({"posts": len(found)}, {"relays": self._relays})


def _heard(socket: Socket, filters: Iterable[JSON]) -> list[Event]:
    """What a relay has, up to its word that this is all of it. Raises NotNow when it will not say."""
    socket.say(_line(["REQ", "clarion", *filters]))
    found: list[Event] = []
    while True:
        told = _json(socket.hear())
        word = told[0] if isinstance(told, list) and told else ""
        if word == "EVENT" and len(told) > 2 and isinstance(told[2], dict):
            found.append(told[2])
        elif word == "EOSE":
            return found
        elif word != "NOTICE":
            sentence = _("A relay does not answer what it is asked.")
            raise NotNow(quoting(sentence, text(told, 2) if word == "CLOSED" else ""), code="closed")


def _line(told: list[Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _json(said: str) -> Any:
    try:
        return data_of(said)
    except Unreadable:
        return {}


def _url(id: str) -> str:
    return f"https://njump.me/{id}"


def _message(event: Event, kind: str, parent: str) -> Message:
    author = npub(event["pubkey"])
    return Message(
        event["id"], kind, author, "", event["content"], utc(event["created_at"]), _url(event["id"]), parent, event
    )  # fmt: skip
