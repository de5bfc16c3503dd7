"""Bluesky and other servers of the AT Protocol. Lexicons: https://github.com/bluesky-social/atproto (app.bsky.*)

A post's key, its time and its whole record are fixed before the first byte leaves, so its address and hash are known:
`putRecord` with `swapRecord: null` makes it once however often it is sent, and a thread goes in one atomic write.

Not declared: `edit` (servers accept it, but the network does not show edits).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from . import atproto, captions
from .answers import Answer
from .api import number, text, within
from .atproto import AtUri
from .atproto_session import error_of, understood_xrpc
from .base import (
    JSON,
    Absent,
    Budget,
    Draft,
    Failure,
    Images,
    NotNow,
    Once,
    Option,
    Part,
    Problem,
    Processing,
    Published,
    Refused,
    Rules,
    Step,
    Text,
    Told,
    Unknown,
    Videos,
    Words,
    understood,
)
from .bluesky_conversation import POST
from .bluesky_video import BlueskyVideos
from .link_card import card_for
from .look import Look
from .wording import _, gettext_noop

LONG = 600
"""M: seconds after which Bluesky's own program takes no video. The service's answer decides."""


class Bluesky(BlueskyVideos):
    """Bluesky, and every Personal Data Server of the AT Protocol."""

    name, label = "bluesky", "Bluesky"
    known_as = ("AT Protocol",)
    words = Words(post="post", share="repost", like="like")
    docs = "https://docs.bsky.app/"
    look = Look(
        card="large", alt_badge=True, single=(0.5, 2.5), many=1.5,
        acts=("message-square", "repeat-2", "heart", "ellipsis"),
    )  # fmt: skip
    rules = Rules(
        text=Text(300, unit="grapheme", max_bytes=3000), images=Images(4, size=2_000_000, alt=2000, frames=1),
        # H: what is put into a record. M: that the service takes QuickTime and makes MP4 of it.
        videos=Videos(
            1, size=300_000_000, types=("video/mp4", "video/quicktime"), captions=("vtt",), captions_most=20,
            captions_size=20_000,
        ),
        parts=50, text_required=False, asked_of_server=True,
    )  # fmt: skip
    options = (
        Option(
            "language", gettext_noop("Language"), "language", help=gettext_noop("Up to three, for example: de, en")
        ),
        Option(
            "link_card", gettext_noop("Link card"), "flag",
            help=gettext_noop("Show a card for the first link when there is no picture."),
        ),
        Option("link_title", gettext_noop("Title of the link card"), "text"),
        Option("link_description", gettext_noop("Description on the link card"), "text"),
    )  # fmt: skip
    # The same key and record again is the same post, at any time: there is nothing to wait for but a late first answer.
    once = Once(Once.KEY, settle=timedelta(seconds=2), settle_slow=timedelta(seconds=10))
    budget = Budget(5000, per=timedelta(hours=1), cost=3)
    """Write points: 5,000 an hour for an account, 3 for each record made. The server does not tell them."""

    def limits(self) -> JSON:
        told = number(self._read("com.atproto.server.describeServer", token=False), "blobUploadLimit")
        size = self.rules.images.size if self.rules.images else 0
        return {"images": {"size": min(size, told)}} if told and told > 0 else {}

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        for index, part in enumerate(draft.parts):
            for media in part.media:
                if media.is_video and media.duration > LONG:
                    sentence = _("%(network)s may refuse a video of more than %(limit)d minutes.")
                    values = {"network": self.label, "limit": LONG // 60}
                    found.append(Problem("media", sentence % values, index, round(media.duration), LONG, "warn"))
        if len(_languages(draft.options)) > 3:
            sentence = _("%(network)s takes up to three languages.") % {"network": self.label}
            found.append(Problem("language", sentence, limit=3))
        return found

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """Everything that shows nothing first (uploads, names, link cards), then all parts in one public step."""
        quiet: list[tuple[str, int, JSON, Any]] = []
        handles: set[str] = set()
        for index, part in enumerate(draft.parts):
            for media in part.media:
                if media.is_video:
                    quiet.append(("open", index, {}, media))
                quiet.append(("upload", index, {"alt": media.alt}, media))
                taken = captions.taken(media, self.told_rules.videos) if self.told_rules.videos else ()
                quiet += [("captions", index, step.payload, media) for step in captions.steps(media, taken, after=0)]
            spans = atproto.spans(part.text)
            handles |= {span.value for span in spans if span.kind == "mention"}
            link = next((span.value for span in spans if span.kind == "link"), "")
            if link and not part.media and _wanted(draft.options.get("link_card")):
                given = {name: str(draft.options.get(f"link_{name}") or "") for name in ("title", "description")}
                quiet.append(("card", index, {"url": link, **(given if index == 0 else {})}, None))
        if handles:
            quiet.append(("mentions", 0, {"handles": sorted(handles)}, None))
        payload = {"parts": [_said(part) for part in draft.parts], "languages": _languages(draft.options)}
        if above := draft.options.get("in_reply_to"):
            quiet.append(("parent", 0, {"in_reply_to": above}, None))
            payload["in_reply_to"] = above
        steps = [
            Step(kind, number, part=part, public=False, payload=data, media=media)
            for number, (kind, part, data, media) in enumerate(quiet)
        ]
        return (*steps, Step("thread", len(steps), payload=payload))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """For the thread: every record, exact to the byte, with its key, address and hash. Otherwise as planned."""
        if "parts" not in step.payload or step.payload.get("records"):
            return step.payload
        dids: dict[str, str] = {}
        reply: dict[str, Any] | None = None
        for done in step.earlier:
            dids |= done.handle.get("dids") or {} if done.kind == "mentions" else {}
            reply = dict(done.handle["reply"]) if done.kind == "parent" else reply
        if step.payload.get("in_reply_to") and reply is None:
            reply = self._parent(step.payload["in_reply_to"])  # a step made by hand; ``plan`` gives the read its own
        records: list[dict[str, Any]] = []
        parts = step.payload["parts"]
        for index, (part, rkey) in enumerate(zip(parts, atproto.new_tids(len(parts), now=now), strict=True)):
            # A millisecond apart, so that clients that sort by time keep the order.
            record: dict[str, Any] = {
                "$type": POST, "text": part["text"], "createdAt": atproto.timestamp(now + timedelta(milliseconds=index))
            }  # fmt: skip
            if facets := atproto.facets(part["text"], did_of=dids.get):
                record["facets"] = facets
            if step.payload.get("languages"):
                record["langs"] = list(step.payload["languages"])
            if reply:
                record["reply"] = reply
            if embed := _embed(step, index, part["media"]):
                record["embed"] = embed
            uri, cid = str(AtUri(self.did, POST, rkey)), atproto.record_cid(record)
            records.append({"rkey": rkey, "uri": uri, "cid": cid, "record": record})
            this = {"uri": uri, "cid": cid}
            reply = {"root": reply["root"] if reply else this, "parent": this}
        return {**step.payload, "repo": self.did, "records": records}

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if step.kind == "open":
            return self._open(step)
        if step.kind == "captions":
            return self._captions(step)
        if step.kind == "upload":
            return self._video(step) if step.media and step.media.is_video else self._upload(step)
        if step.kind == "mentions":
            return Published(handle={"dids": self._dids(step.payload["handles"])})
        if step.kind == "card":
            return Published(handle=card_for(step.payload, http=self.http, upload=self.session.upload))
        if step.kind == "parent":
            return Published(handle={"reply": self._parent(step.payload["in_reply_to"])})
        records = step.payload.get("records")
        if not records:
            raise Refused(_("This post was not prepared before it was sent."), code="unprepared")
        if len(records) > 1:
            writes = [
                {
                    "$type": "com.atproto.repo.applyWrites#create",
                    "collection": POST, "rkey": item["rkey"], "value": item["record"],
                }
                for item in records
            ]  # fmt: skip
            self.session.do("com.atproto.repo.applyWrites", {"repo": self.did, "writes": writes})
            return self._published(records)
        body = {
            "repo": self.did, "collection": POST, "rkey": records[0]["rkey"],
            "record": records[0]["record"], "swapRecord": None,
        }  # fmt: skip
        try:
            made = self.session.do("com.atproto.repo.putRecord", body)
        except Refused as refused:
            if refused.code != "InvalidSwap":
                raise
            # Something stands there already: ours is a success, anything else is refused loudly.
            found = self.find(step, key=key)
            if isinstance(found, Published):
                return found
            raise
        if text(made, "uri") != records[0]["uri"]:
            sentence = _("%(network)s did not confirm the post's address.") % {"network": self.label}
            raise Unknown(sentence, code="unconfirmed")
        return self._published(records)

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A post whose draft, or whose payload, had ``in_reply_to``: the address of the post that is answered."""
        return self.publish(step, key=key)

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """By our own keys. A thread is atomic: one part there means that it happened, whatever was deleted since."""
        records = step.payload.get("records") or ()
        for item in records:
            there = self._record(AtUri.read(item["uri"]))
            if there is None:
                continue
            if there.get("cid") != item["cid"] and there["value"] != item["record"]:
                sentence = _(
                    "Another post already stands where this one belongs on %(network)s. Nothing was overwritten. "
                    "Look at the account, then publish again as a new post."
                )
                raise Refused(sentence % {"network": self.label}, code="other_record")
            return self._published(records)
        return Absent()

    def _published(self, records: Iterable[JSON]) -> Published:
        uris = [str(item["uri"]) for item in records]
        urls = [self._url(uri) for uri in uris]
        return Published(uris[0], urls[0], {"uris": uris, "cids": [item["cid"] for item in records], "urls": urls})

    def _upload(self, step: Step) -> Published:
        if step.media is None:
            raise Refused(_("The picture is missing."), code="file")
        blob = self.session.upload(step.media.path, mime=step.media.mime)
        if blob["size"] != step.media.size:
            raise NotNow(_("The picture did not arrive whole."), code="damaged")
        return Published(handle={"blob": blob})

    def _dids(self, handles: Iterable[str]) -> dict[str, str]:
        """Who stands behind each handle. A name that nobody has, or that cannot be asked for, stays plain text."""
        found: dict[str, str] = {}
        for handle in handles:
            try:
                answer = self.session.ask("com.atproto.identity.resolveHandle", {"handle": handle}, token=False)
            except NotNow as failure:
                if failure.code in ("unreachable", "RateLimitExceeded", "429"):
                    raise
            except Refused:
                pass
            else:
                did = text(answer, "did")
                if atproto.is_did(did):
                    found[handle] = did
        return found

    def _parent(self, above: Any) -> dict[str, Any]:
        """Root and parent of an answer, each by address and hash."""
        there = self._record(AtUri.read(above if isinstance(above, str) else str(above["uri"])))
        if there is None:
            raise Refused(_("The post to answer is no longer there."), code="parent")
        root = within(there, "value", "reply", "root") or there
        ends = [{"uri": text(one, "uri"), "cid": text(one, "cid")} for one in (root, there)]
        if not all(end["uri"] and end["cid"] for end in ends):
            raise self._unreadable()
        return dict(zip(("root", "parent"), ends, strict=True))

    # -- reading and taking back

    def delete(self, remote_id: str) -> None:
        """Takes back a post and the parts of its thread that follow it (their keys follow its key). Twice is quiet."""
        first = AtUri.read(remote_id)
        keys, above = [first.rkey], remote_id
        while atproto.is_tid(keys[-1]) and len(keys) < self.rules.parts:
            after = AtUri(first.authority, POST, atproto.next_tid(keys[-1]))
            there = self._record(after)
            if text(there, "value", "reply", "parent", "uri") != above:
                break
            keys.append(after.rkey)
            above = str(after)
        for rkey in reversed(keys):
            self.session.do(
                "com.atproto.repo.deleteRecord", {"repo": self.did, "collection": first.collection, "rkey": rkey}
            )

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        name, message = error_of(answer)
        if answer.status in (400, 404) and (name == "RecordNotFound" or message.startswith("Could not locate record")):
            return Refused(_("It is not there on %(network)s.") % {"network": self.label}, code="RecordNotFound")
        return understood_xrpc(answer, writing=writing, label=self.label) or understood(
            answer, writing=writing, label=self.label
        )

    def budget_told(self, answer: Answer) -> Told | None:
        """The headers tell the tightest limiter: mostly that of requests from our address, not that of writes.

        So they are passed on when they are about writes (an hour or a day), or when nearly nothing is left.
        """
        try:
            limit, remaining = int(answer.headers["ratelimit-limit"]), int(answer.headers["ratelimit-remaining"])
        except (KeyError, ValueError):
            return None
        window = answer.headers.get("ratelimit-policy", "").rpartition("w=")[2]
        about_writes = window in ("3600", "86400")
        return Told(limit, remaining, answer.resets_at) if about_writes or remaining * 20 <= limit else None


def _said(part: Part) -> dict[str, Any]:
    media = [
        {"alt": m.alt, "width": m.width, "height": m.height, **({"video": True} if m.is_video else {})}
        for m in part.media
    ]  # fmt: skip
    return {"text": part.text, "media": media}


def _embed(step: Step, index: int, media: list[JSON]) -> dict[str, Any] | None:
    """The pictures or the video of a part, else its link card."""
    blobs = [done.handle["blob"] for done in step.earlier if done.kind == "upload" and done.part == index]
    if len(blobs) != len(media):
        raise Refused(_("A picture of this post was not uploaded."), code="upload")
    if media and media[0].get("video"):
        return _film(step, index, media[0], blobs[0])
    if media:
        images = []
        for blob, one in zip(blobs, media, strict=True):
            images.append({"alt": one["alt"], "image": blob, **_shape(one)})
        return {"$type": "app.bsky.embed.images", "images": images}
    for done in step.earlier:
        if done.kind == "card" and done.part == index and done.handle.get("card"):
            return {"$type": "app.bsky.embed.external", "external": done.handle["card"]}
    return None


def _film(step: Step, index: int, one: JSON, blob: JSON) -> dict[str, Any]:
    tracks = [
        {"lang": done.handle["language"], "file": done.handle["blob"]}
        for done in step.earlier if done.kind == "captions" and done.part == index
    ]  # fmt: skip
    embed = {"$type": "app.bsky.embed.video", "video": blob, "alt": one["alt"], **_shape(one)}
    return {**embed, **({"captions": tracks} if tracks else {})}


def _shape(one: JSON) -> dict[str, Any]:
    """Width and height as a program shows them; nothing where they are not known."""
    sides = {"width": one["width"], "height": one["height"]}
    return {"aspectRatio": sides} if all(sides.values()) else {}


def _wanted(choice: Any) -> bool:
    return str(choice if choice is not None else "on").strip().lower() not in ("", "0", "false", "no", "off")


def _languages(options: JSON) -> list[str]:
    given = options.get("language") or ()
    tags = given.split(",") if isinstance(given, str) else list(given)
    return [tag.strip() for tag in tags if tag.strip()]
