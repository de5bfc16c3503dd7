"""Pixelfed: pictures first, by Mastodon's API. Not observed on a running server; what is known is in Mastodon's file.

Where Pixelfed's own documentation is silent the narrower rule is taken: nothing is offered that might be dropped.
"""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from .base import Draft, Images, OAuth, Once, Problem, Rules, Text, Videos, Words
from .look import Look
from .mastodon import Mastodon
from .wording import _


class Pixelfed(Mastodon):
    """Every post needs a picture or a video; there are no polls and no threads."""

    name = "pixelfed"
    label = "Pixelfed"
    words = Words(post="post", share="share", like="like")
    scopes: ClassVar[tuple[str, ...]] = ("read", "write")
    sign_in = (
        OAuth(scopes=scopes, at_each_server=True, fields=Mastodon.sign_in[0].fields),
        Mastodon.sign_in[1],
    )
    look = Look(
        frame="picture", tiles="row", many=1.0, most=10, single=(0.8, 1.91), alt_badge=True, lines=4,
        acts=("heart", "message-square", "repeat-2"),
    )  # fmt: skip
    rules = Rules(
        text=Text(500, unit="mastodon"),
        images=Images(4, size=15_000_000, alt=1000, types=("image/jpeg", "image/png", "image/gif", "image/webp")),
        videos=Videos(1, size=15_000_000, types=("video/mp4",)),
        parts=1,
        text_required=False,
        asked_of_server=True,
    )
    options = tuple(option for option in Mastodon.options if option.name in ("content_warning", "visibility"))
    once = Once(Once.LOOKUP, window=None, settle=timedelta(seconds=60))
    """Whether Pixelfed keeps Idempotency-Key is not known, so only looking counts."""
    docs = "https://docs.pixelfed.org/"

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        for index, part in enumerate(draft.parts):
            if not part.media:
                sentence = _("%(network)s needs a picture or a video in every post.") % {"network": self.label}
                found.append(Problem("media", sentence, index))
        return found
