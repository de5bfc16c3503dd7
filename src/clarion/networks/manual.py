"""By hand: a channel that no interface reaches. A personal profile, a paper notice, a WhatsApp Channel.

At the due time the person on duty is told, with text and files ready to copy, posts it there, and confirms with its
link. It goes through the same machine as every other delivery; only the hand is a person's.
"""

from __future__ import annotations

from collections.abc import Mapping

from .base import (
    JSON,
    Account,
    Connected,
    Documents,
    Draft,
    Field,
    Http,
    Images,
    Network,
    Once,
    Refused,
    Rules,
    Step,
    Text,
    Token,
    Videos,
)
from .wording import _, gettext_noop


class Manual(Network):
    """What is kept of the channel is its name, and where it is shown."""

    name, label = "manual", "By hand"
    sign_in = (
        Token(
            fields=(
                Field(
                    "name", gettext_noop("Name"),
                    help=gettext_noop("Where it appears: “Mayor's profile on LinkedIn”, “Notice at the town hall”."),
                ),
                Field(
                    "url", gettext_noop("Address"), required=False,
                    help=gettext_noop("The page to open when it is time, if there is one."),
                ),
            )
        ),
    )  # fmt: skip
    rules = Rules(
        text=Text(100_000, unit="grapheme"), images=Images(50, size=500_000_000, alt=10_000),
        videos=Videos(
            10, size=500_000_000, with_images=True, types=("video/mp4", "video/quicktime", "video/webm"),
            captions=("vtt", "srt"),
        ),
        documents=Documents(50, size=500_000_000, with_others=True),
        parts=25, text_required=False,
    )  # fmt: skip
    once = Once(Once.NONE)
    by_hand = True

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``name`` and, where there is one, ``url``. Nobody is asked: there is nobody to ask."""
        name, url = " ".join(fields.get("name", "").split()), fields.get("url", "").strip()
        if not name:
            raise Refused(_("Give the channel a name, so that the person on duty knows where to post."), code="name")
        if url and not url.startswith(("https://", "http://")):
            raise Refused(_("The address starts with https://."), code="url")
        return Connected(Account(remote_id=name.casefold()[:200], handle=name[:200], name=name[:200], url=url), {})

    def whoami(self) -> Account:
        return self.account

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """One step: everything at once, in a person's hands."""
        return (Step("hand", 0, payload={"texts": [part.text for part in draft.parts]}),)
