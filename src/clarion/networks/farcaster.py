"""Farcaster, by way of Neynar: one account whose signer a person approved. https://docs.neynar.com/reference

A cast carries a key of ours (``idem``). How long Neynar remembers it is not said, so soon after a lost answer the same
is said again, and later the account's own casts are read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .api import JsonApi, id_at, instant, mappings, number, text, with_ids, within
from .base import (
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Connected,
    Failure,
    Field,
    Http,
    Message,
    NoVault,
    Once,
    Option,
    Page,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Token,
    Unknown,
    Words,
    utc,
)
from .canonical import same_form
from .hooks import signed_body
from .look import Look
from .lookup import Mine, read_back
from .text import links
from .wording import _, gettext_noop, quoting

LISTED = 100
EMBEDS = 2
_NEEDED = {
    "PUBLISH_CAST": gettext_noop("publish casts"),
    "DELETE_CAST": gettext_noop("take casts down"),
    "PUBLISH_REACTION": gettext_noop("like and recast"),
}
_KINDS = {"mention": "mention", "reply": "reply", "quote": "mention", "likes": "like", "recasts": "share",
          "follows": "follow"}  # fmt: skip


class Farcaster(JsonApi):
    """One account. ``account.remote_id`` is its number (fid)."""

    name = "farcaster"
    label = "Farcaster"
    known_as = ("Warpcast", "Neynar")
    words = Words(post="cast", share="recast", like="like")
    sign_in = (
        Token(
            (
                Field("api_key", gettext_noop("API key"), secret=True, help=gettext_noop("Neynar → your app.")),
                Field(
                    "signer_uuid", gettext_noop("Signer"), secret=True,
                    help=gettext_noop("The UUID of a signer of that app, approved for your account."),
                ),
            ),
            scopes=_NEEDED,
        ),
    )  # fmt: skip
    # No pictures: the network keeps none, and an address that Clarion lends would end.
    look = Look(card="large", cut=320, most=2, many=1.5, acts=("message-square", "repeat-2", "heart"))
    rules = Rules(text=Text(1024, unit="utf8_bytes"), parts=50)
    options: ClassVar[tuple[Option, ...]] = (
        Option("embed", gettext_noop("Link or picture to show"), "address",
               help=gettext_noop("A public address that stays. Otherwise the links in the text are shown.")),
        Option("channel_id", gettext_noop("Channel"), "text", help=gettext_noop("Its name, without the slash.")),
    )  # fmt: skip
    once = Once(Once.KEY, window=timedelta(minutes=10))  # K: the window
    budget = Budget(60, per=timedelta(minutes=1))  # K
    api = "https://api.neynar.com"
    docs = "https://docs.neynar.com/reference"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``api_key`` and ``signer_uuid``; the signer says whose it is."""
        secrets = {name: fields.get(name, "").strip() for name in ("api_key", "signer_uuid")}
        if not all(secrets.values()):
            raise Refused(_("Paste both the API key and the signer's UUID."), code="signer")
        us = cls(Account(), http=http, vault=NoVault(secrets), app=app)
        signer = us._get("/v2/farcaster/signer/", signer_uuid=secrets["signer_uuid"])
        if text(signer, "status") != "approved":
            sentence = _("This signer is not approved. Open its approval link in your Farcaster app, then try again.")
            raise SignInAgain(sentence, code=text(signer, "status") or "signer")
        told = within(signer, "permissions")
        allowed = {str(one) for one in told} if isinstance(told, list) and told else {"WRITE_ALL"}
        missing = () if "WRITE_ALL" in allowed else tuple(scope for scope in _NEEDED if scope not in allowed)
        us.account = Account(remote_id=us._id(signer, "fid", writing=False))
        return Connected(us.whoami(), secrets, scopes=tuple(sorted(allowed)), missing_scopes=missing)

    def whoami(self) -> Account:
        me = self._me()
        id = self._id(me, "fid", writing=False)
        name = text(me, "username") or id  # K: somebody without a name is known by their number
        return replace(
            self.account, remote_id=id, handle=f"@{name}",
            name=text(me, "display_name") or name, url=f"https://farcaster.xyz/{name}", avatar=text(me, "pfp_url"),
        )  # fmt: skip

    def _me(self) -> Mapping[str, Any]:
        told = self._get("/v2/farcaster/user/bulk/", fids=self.account.remote_id)
        return (mappings(told, "users") or [{}])[0]

    def _headers(self) -> Mapping[str, str]:
        return {"x-api-key": str(self.vault.read().get("api_key") or "")}

    def _signed(self, **fields: Any) -> JSON:
        known = {name: value for name, value in fields.items() if value}
        return {"signer_uuid": str(self.vault.read().get("signer_uuid") or ""), **known}

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        failure = super().understand(answer, writing=writing)
        if answer.status == 403:
            sentence = _("The signer was revoked or may not do that. Approve a new one and connect again.")
            return SignInAgain(quoting(sentence, answer.reason()), code="403")
        return failure

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact fields of the cast but for the signer, which is a secret."""
        return {**step.payload, "request": self._request(step, key)}

    def _request(self, step: Step, key: str) -> dict[str, Any]:
        said, options = str(step.payload.get("text") or ""), step.payload.get("options") or {}
        earlier = [done.remote_id for done in step.earlier if done.remote_id]
        parent = str(step.payload.get("in_reply_to") or "") or (earlier[-1] if earlier else "")
        named = [str(options["embed"])] if options.get("embed") and not parent else []
        shown = [said[start:end] for start, end in links(said)]
        request: dict[str, Any] = {"text": said, "idem": key[:16]}
        if embeds := list(dict.fromkeys([*named, *shown]))[:EMBEDS]:
            request["embeds"] = [{"url": address} for address in embeds]
        if parent:
            return {**request, "parent": parent}
        channel = str(options.get("channel_id") or "").strip().lstrip("/")
        return {**request, "channel_id": channel} if channel else request

    def publish(self, step: Step, *, key: str) -> Published:
        request = step.payload.get("request") or self._request(step, key)
        made = self._post("/v2/farcaster/cast/", json=self._signed(**request))
        if within(made, "success") is False:
            sentence = _("%(network)s says both no and yes: it may have happened.") % {"network": self.label}
            raise Unknown(sentence, code="success")
        return self._published(self._id(made, "cast", "hash"))

    def reply(self, step: Step, *, key: str) -> Published:
        """A cast below another: ``in_reply_to`` is that one's hash."""
        return self.publish(step, key=key)

    def _published(self, hash: str) -> Published:
        name = self.account.handle.removeprefix("@")
        return Published(hash, f"https://farcaster.xyz/{name}/{hash[:10]}")

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Reads the account's own casts back to before the intent; the words and the parent tell."""
        request = step.payload.get("request") or self._request(step, key)
        wanted, parent = same_form(str(request["text"])), str(request.get("parent") or "")

        def is_it(one: Mapping[str, Any]) -> bool:
            return same_form(text(one, "text")) == wanted and text(one, "parent_hash") == parent

        def casts(cursor: str) -> tuple[list[Mapping[str, Any]], str]:
            told = self._get("/v2/farcaster/feed/user/casts/", fid=self.account.remote_id, limit=LISTED, cursor=cursor)
            if not isinstance(within(told, "casts"), list):
                raise self._unreadable(writing=False)
            return mappings(told, "casts"), text(told, "next", "cursor")

        def mine(one: Mapping[str, Any]) -> Mine:
            done = self._published(text(one, "hash"))
            return Mine(done.remote_id, done.url, instant(one, "timestamp"))

        return read_back(step, casts, http=self.http, mine=mine, is_it=is_it)

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        answer = self._ask("GET", "/v2/farcaster/cast/", params={"identifier": remote_id, "type": "hash"})
        if answer.status == 404:
            return None
        one = within(self._read(answer, writing=False), "cast")
        done = self._published(self._id(one, "hash", writing=False))
        return Seen(done.remote_id, done.url, text(one, "text"), instant(one, "timestamp"), raw=dict(one))

    def delete(self, remote_id: str) -> None:
        answer = self._ask("DELETE", "/v2/farcaster/cast/", json=self._signed(target_hash=remote_id))
        if answer.status != 404:
            self._done(self._read(answer, writing=True))

    def _done(self, told: Any) -> None:
        """A yes that says no."""
        if within(told, "success") is False:
            sentence = _("%(network)s refused it. Nothing was sent.") % {"network": self.label}
            raise Refused(quoting(sentence, text(told, "message")), code="success")

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        told = self._get(
            "/v2/farcaster/cast/conversation/", identifier=remote_id, type="hash", reply_depth=1,
            sort_type="desc_chron", limit=50, cursor=cursor,
        )  # fmt: skip
        found = with_ids(told, "conversation", "cast", "direct_replies", name="hash")
        theirs = [one for one in found if id_at(one, "author", "fid") != self.account.remote_id]
        return Page(tuple(_message(one, "reply") for one in theirs), text(told, "next", "cursor"))

    def mentions(self, *, cursor: str = "") -> Page:
        told = self._notified(cursor, type="mentions")
        found = [one["cast"] for one in mappings(told, "notifications") if text(one, "cast", "hash")]
        return Page(tuple(_message(one, "mention") for one in found), text(told, "next", "cursor"))

    def notifications(self, *, cursor: str = "") -> Page:
        told = self._notified(cursor)
        return Page(tuple(map(_notice, mappings(told, "notifications"))), text(told, "next", "cursor"))

    def _notified(self, cursor: str, **more: str) -> Any:
        return self._get("/v2/farcaster/notifications/", fid=self.account.remote_id, limit=25, cursor=cursor, **more)

    def search(self, query: str, *, cursor: str = "") -> Page:
        told = self._get("/v2/farcaster/cast/search/", q=query, sort_type="desc_chron", limit=LISTED, cursor=cursor)
        found = with_ids(told, "result", "casts", name="hash")
        return Page(tuple(_message(one, "post") for one in found), text(told, "result", "next", "cursor"))

    def like(self, remote_id: str) -> None:
        self._react("like", remote_id)

    def share(self, remote_id: str) -> None:
        self._react("recast", remote_id)

    def _react(self, kind: str, hash: str) -> None:
        """The network keeps one reaction of a kind for each account: again is the same."""
        self._done(self._post("/v2/farcaster/reaction/", json=self._signed(reaction_type=kind, target=hash)))

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """A call of Neynar's webhook ``cast.created``. K: the header and its digest."""
        told = signed_body(
            headers, body, header="x-neynar-signature", digest="sha512", secret=secret, label=cls.label
        )  # fmt: skip
        one = within(told, "data")
        if text(told, "type") != "cast.created" or not isinstance(one, Mapping) or not text(one, "hash"):
            return ()
        return (_message(one, "reply" if text(one, "parent_hash") else "mention"),)

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        found: dict[str, Reading] = {}
        for start in range(0, len(remote_ids), 25):
            told = self._get("/v2/farcaster/casts/", casts=",".join(remote_ids[start : start + 25]))
            for one in mappings(told, "result", "casts"):
                counts = {"likes": ("reactions", "likes_count"), "shares": ("reactions", "recasts_count"),
                          "replies": ("replies", "count")}  # fmt: skip
                found[text(one, "hash")] = Reading({ours: number(one, *path) for ours, path in counts.items()}, one)
        return found

    def measure_account(self) -> Reading:
        me = self._me()
        return Reading({"followers": number(me, "follower_count"), "following": number(me, "following_count")}, me)


def _message(one: Mapping[str, Any], kind: str) -> Message:
    name, hash = text(one, "author", "username"), text(one, "hash")
    at = instant(one, "timestamp") or utc(0)
    return Message(
        hash, kind, f"@{name}", text(one, "author", "display_name") or name, text(one, "text"), at,
        f"https://farcaster.xyz/{name}/{hash[:10]}", text(one, "parent_hash"), one,
    )  # fmt: skip


def _notice(one: Mapping[str, Any]) -> Message:
    """A mention or an answer by its cast; likes and the like come bundled, and have no id but what they are about."""
    kind, cast = text(one, "type"), within(one, "cast")
    ours = _KINDS.get(kind, kind)
    if kind in ("mention", "reply", "quote") and text(cast, "hash") and isinstance(cast, Mapping):
        return _message(cast, ours)
    who = within((mappings(one, "reactions") or mappings(one, "follows") or [{}])[0], "user")
    name, when = text(who, "username"), text(one, "most_recent_timestamp")
    at = instant(one, "most_recent_timestamp") or utc(0)
    return Message(
        f"{kind}:{text(cast, 'hash')}:{when}", ours, f"@{name}", text(who, "display_name") or name, "", at,
        parent_id=text(cast, "hash"), raw=one,
    )  # fmt: skip
