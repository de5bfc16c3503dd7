"""Files on their way to LinkedIn. A video goes up in parts; after a crash it goes on with the part where it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from . import captions
from .api import mappings, number, text, within
from .base import JSON, Answer, Draft, Media, Processing, Published, Refused, SignInAgain, Step
from .bodies import Content, Stretch
from .link_card import card_for
from .linkedin_api import LinkedInApi
from .resumable import file_of
from .wording import _

DOCUMENTS = (
    "application/pdf", "application/msword", "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
)  # fmt: skip
PICTURES = ("image/jpeg", "image/png", "image/gif")
PART = 4 * 1024 * 1024
PARTS = 4
"""A video's parts are so large; so many go in one step, and after a crash no more than these are sent again."""
GONE = frozenset({"403", "404", "410"})
"""The address of a part has ended: the file is sent anew."""


def kind_of(media: Media) -> str:
    """``image``, ``video`` or ``document``: each has an address and a life of its own."""
    return "image" if media.is_image else "video" if media.is_video else "document"


class LinkedInUploads(LinkedInApi):
    """The steps that show nothing. Repeating one costs a file that nobody sees."""

    def _upload_steps(self, draft: Draft) -> Iterator[tuple[str, JSON, Media | None]]:
        """What has to be there before the post: its files, or what its link says of itself."""
        part, options = draft.parts[0], draft.options
        for media in part.media:
            if media.is_video:
                rule = self.told_rules.videos
                tracks = captions.taken(media, rule) if rule else ()
                yield "open", {"captions": bool(tracks)}, media
                sends = max(1, ceil(media.size / (PART * PARTS)))
                for index in range(sends):
                    yield "send", {"index": index, "of": sends}, media
                for step in captions.steps(media, tracks, after=0):
                    yield step.kind, step.payload, media
            yield "upload", {"alt": media.alt}, media
        if link := str(options.get("link") or "").strip():
            given = {name: str(options.get(f"link_{name}") or "").strip() for name in ("title", "description")}
            yield "card", {"url": link, **given, "picture": not part.media}, None

    def _quiet(self, step: Step) -> Published | Processing:
        if step.kind == "card":
            return self._card(step.payload)
        media, path, size = file_of(step)
        if step.kind == "open":
            return Published(handle=self._opened(size, with_captions=bool(step.payload.get("captions"))))
        if step.kind == "send":
            return self._sent(step, path)
        if step.kind == "captions":
            return self._captions(step)
        if media.is_video:
            return self._closed(step, path, size)
        answer = self._post(f"/rest/{kind_of(media)}s?action=initializeUpload", json=self._wish({}))
        urn = self._id(answer, "value", kind_of(media))
        self._put(self._id(answer, "value", "uploadUrl"), path, with_token=True)
        return Processing({"urn": urn}, 2.0 if self._is_page else 20.0)

    def _wish(self, more: Mapping[str, Any]) -> JSON:
        return {"initializeUploadRequest": {"owner": self._me, **more}}

    def _theirs(self, address: str) -> str:
        """An address for an upload that LinkedIn named. Raises Refused for one that is not LinkedIn's."""
        parts = urlsplit(address)
        host = f".{parts.hostname or ''}"
        if not self.app.get("base_url") and not (
            parts.scheme == "https" and host.endswith((".linkedin.com", ".licdn.com"))
        ):
            sentence = _("%(network)s named an address for the upload that is not its own. Nothing was sent.")
            raise Refused(sentence % {"network": self.label}, code="foreign_address")
        return self._at(address)

    def _put(self, address: str, content: Content, *, with_token: bool = False) -> Answer:
        """Sends bytes to an address that LinkedIn named."""
        headers = {"Content-Type": "application/octet-stream"}
        token = {"Authorization": f"Bearer {self._token()}"} if with_token else {}
        answer = self.http.put(
            self._theirs(address), content=content, headers={**headers, **token}, secrets=self._secrets()
        )
        self._done(answer)
        return answer

    # -- a video

    def _opened(self, size: int, *, with_captions: bool) -> JSON:
        wish = {"fileSizeBytes": size, "uploadCaptions": with_captions, "uploadThumbnail": False}
        value = within(self._post("/rest/videos?action=initializeUpload", json=self._wish(wish)), "value")
        parts = [
            [text(one, "uploadUrl"), number(one, "firstByte"), number(one, "lastByte")]
            for one in mappings(value, "uploadInstructions")
        ]
        whole = parts and all(url and first is not None and last is not None for url, first, last in parts)
        if not whole or [parts[0][1], parts[-1][2]] != [0, size - 1]:
            raise self._unreadable(writing=True)
        address = self._id(value, "captionsUploadUrl") if with_captions else ""
        return {
            "urn": self._id(value, "video"), "token": text(value, "uploadToken"), "parts": parts, "captions": address,
        }  # fmt: skip

    def _sent(self, step: Step, path: Path) -> Published:
        parts = _opening(step)["parts"]
        start, end = (len(parts) * (step.payload["index"] + more) // step.payload["of"] for more in (0, 1))
        try:
            return Published(handle={"etags": self._parts(path, parts[start:end])})
        except (Refused, SignInAgain) as failure:
            # A part carries no sign-in of ours: even 401 speaks of its address, which ends after a while.
            if isinstance(failure, Refused) and failure.code not in GONE:
                raise
            return Published(handle={"gone": True})

    def _parts(self, path: Path, parts: Sequence[Sequence[Any]]) -> list[str]:
        """Sends these parts of the file, each to its own address; gives what each answered as its tag."""
        etags = []
        for address, first, last in parts:
            answer = self._put(str(address), Stretch(path, int(first), int(last) - int(first) + 1))
            tag = answer.headers.get("etag", "").strip('"')
            if not tag:
                raise self._unreadable(writing=True)
            etags.append(tag)
        return etags

    def _captions(self, step: Step) -> Published:
        """The one caption file of the video, where its address has not ended with the others."""
        if any(done.handle.get("gone") for done in step.earlier):
            return Published(handle={"gone": True})
        try:
            self._captioned(step, str(_opening(step)["captions"]))
        except Refused as failure:
            if failure.code not in GONE:
                raise
            return Published(handle={"gone": True})
        return Published()

    def _captioned(self, step: Step, address: str) -> None:
        """M: a form with the file and what it is."""
        told, _kind, raw = captions.file_of(step, (captions.SRT,))
        locale = dict(zip(("language", "country"), captions.locale_of(told.language) or [told.language], strict=False))
        about = {
            "format": "SRT", "source": "USER_PROVIDED", "transcriptType": "CLOSED_CAPTION",
            "locale": {name: value.upper() for name, value in locale.items()},
        }  # fmt: skip
        answer = self.http.post(
            self._theirs(address), data={"metadata": json.dumps(about)},
            files={"file": ("captions.srt", raw, captions.TYPES[captions.SRT])},
            headers={"Authorization": f"Bearer {self._token()}"}, secrets=self._secrets(),
        )  # fmt: skip
        self._done(answer)

    def _closed(self, step: Step, path: Path, size: int) -> Processing:
        sent = [done for done in step.earlier if done.kind == "send"]
        tracks = [done for done in step.earlier if done.kind == "captions"]
        opened, etags = _opening(step), [tag for done in sent for tag in done.handle.get("etags", ())]
        if any(done.handle.get("gone") for done in (*sent, *tracks)):
            opened = self._opened(size, with_captions=bool(tracks))
            etags = self._parts(path, opened["parts"])
            for done in tracks:
                self._captioned(replace(step, payload=done.payload), opened["captions"])
        wish = {"video": opened["urn"], "uploadToken": opened["token"], "uploadedPartIds": etags}
        try:
            self._done(self._ask("POST", "/rest/videos?action=finalizeUpload", json={"finalizeUploadRequest": wish}))
        except Refused:
            if self._status(opened["urn"]) not in ("PROCESSING", "AVAILABLE"):
                raise  # else it was closed before, and the answer was lost
        return Processing({"urn": opened["urn"]}, 5.0)

    # -- is it ready?

    def _status(self, urn: str) -> str:
        """``AVAILABLE``, ``PROCESSING``…; empty where this sign-in may not ask (M: a member's, of pictures)."""
        kind = urn.split(":")[2]
        try:
            return self._id(self._get(f"/rest/{kind}s/{quote(urn, safe='')}"), "status", writing=False)
        except SignInAgain as failure:
            if failure.code != "scope":
                raise
            return ""

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        urn = str(processing.handle["urn"])
        status = self._status(urn)
        if status in ("AVAILABLE", ""):
            return Published(handle={"urn": urn})
        if status.endswith("FAILED"):
            name = step.media.name if step.media else ""
            sentence = _("%(network)s could not work with the file “%(name)s”. Choose another one.")
            raise Refused(sentence % {"network": self.label, "name": name}, code="media")
        return Processing(processing.handle, min(processing.seconds * 1.5, 60.0))

    # -- the card of a link

    def _card(self, payload: JSON) -> Published:
        """M: LinkedIn does not read the page of a link; title, description and picture are told, or there are none.

        Where the post has a picture of its own, that is the card's.
        """

        def upload(raw: bytes, *, mime: str) -> dict[str, Any]:
            if not payload.get("picture") or mime not in PICTURES:
                return {}
            answer = self._post("/rest/images?action=initializeUpload", json=self._wish({}))
            urn = self._id(answer, "value", "image")
            self._put(self._id(answer, "value", "uploadUrl"), raw, with_token=True)
            return {"urn": urn}

        card = card_for(payload, http=self.http, upload=upload).get("card") or {}
        address = urlsplit(str(payload["url"]))
        plain = {"uri": payload["url"], "title": f"{address.netloc}{address.path}".rstrip("/")}
        return Published(handle={"card": card or plain})


def _opening(step: Step) -> JSON:
    return next(done.handle for done in step.earlier if done.kind == "open")
