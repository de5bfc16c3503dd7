"""Noticeboard: our own ground, a public page that Clarion serves itself. Nothing leaves the machine.

Publishing is one write to our own database under the step's key, so the same key twice is one notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from .base import (
    JSON,
    Absent,
    Account,
    Connected,
    Documents,
    Draft,
    Ground,
    Http,
    Images,
    Network,
    Once,
    Option,
    Published,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Token,
    Videos,
    Words,
)
from .look import Look
from .wording import _, gettext_noop


class Noticeboard(Network):
    """The workspace's public page: list, permalinks, Atom and JSON feeds."""

    name, label = "noticeboard", "Noticeboard"
    docs = "https://www.rfc-editor.org/rfc/rfc4287"
    words = Words(post="notice")
    sign_in = (Token(),)
    own_ground = True
    look = Look(face="none", tiles="stack", most=10, single=(0.5, 2.4), alt_badge=True, acts=())
    rules = Rules(
        text=Text(20_000, unit="codepoint"), images=Images(20, size=40_000_000, alt=5_000),
        videos=Videos(1, size=200_000_000, with_images=True, captions=("vtt",)),
        documents=Documents(20, size=200_000_000, with_others=True), parts=25, text_required=False,
    )  # fmt: skip
    options = (
        Option("title", gettext_noop("Title"), "text", help=gettext_noop("Shown above the notice and in the feeds.")),
        Option("language", gettext_noop("Language"), "language"),
    )
    once = Once(Once.KEY, settle=timedelta(seconds=5))  # our own database tells at once; only not without a pause

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """Nothing is asked: it is ours."""
        return Connected(Account(server="", remote_id="board", handle=cls.label, name=cls.label), secrets={})

    def whoami(self) -> Account:
        return self.account

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        uploads = [
            Step("upload", number, part=index, public=False, payload={"alt": media.alt}, media=media)
            for number, (index, media) in enumerate((i, m) for i, part in enumerate(draft.parts) for m in part.media)
        ]
        payload = {"texts": [part.text for part in draft.parts], "options": dict(draft.options)}
        return (*uploads, Step("post", len(uploads), payload=payload))

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            if step.media is None:
                raise Refused(_("The file is missing."))
            return Published(handle=self.ground.keep(step.media))
        parts = [
            {"text": text, "media": [dict(done.handle) for done in step.earlier if done.part == index]}
            for index, text in enumerate(step.payload["texts"])
        ]
        remote_id, url = self.ground.put(key=key, parts=parts, options=step.payload["options"])
        return Published(remote_id, url)

    def find(self, step: Step, *, key: str) -> Published | Absent:
        found = self.ground.find(key=key)
        return Published(*found) if found else Absent()

    # -- afterwards

    def fetch(self, remote_id: str) -> Seen | None:
        return self.ground.fetch(remote_id)

    def edit(self, remote_id: str, draft: Draft) -> Published:
        if self.ground.fetch(remote_id) is None:
            raise Refused(_("The notice was taken down: it cannot be edited."))
        parts = [{"text": p.text, "media": [dict(self.ground.keep(m)) for m in p.media]} for p in draft.parts]
        self.ground.edit(remote_id, parts=parts, options=draft.options)
        return Published(remote_id)

    def delete(self, remote_id: str) -> None:
        self.ground.delete(remote_id)

    @property
    def ground(self) -> Ground:
        if self._ground is None:
            raise Refused(_("The noticeboard has no ground to stand on."))
        return self._ground
