"""Pixelfed: pictures first, by Mastodon's API. Not observed on a running server; what is known is in Mastodon's file.

Where Pixelfed's own documentation is silent the narrower rule is taken: nothing is offered that might be dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from .base import Images, OAuth, Once, Rules, Text, Token, Videos, Words
from .look import Look
from .mastodon import Mastodon
from .wording import gettext_noop


class Pixelfed(Mastodon):
    """Every post needs a picture or a video; there are no polls and no threads."""

    name = "pixelfed"
    label = "Pixelfed"
    words = Words(post="post", share="share", like="like")
    known_as = ()
    scopes: ClassVar[Mapping[str, str]] = {
        "read": gettext_noop("read the account, its posts and what is said to it"),
        "write": gettext_noop("publish and take down posts, upload pictures and videos, answer and like"),
    }
    sign_in = (
        OAuth(scopes=scopes, at_each_server=True, fields=Mastodon.sign_in[0].fields),
        Token(Mastodon.sign_in[1].fields, scopes=scopes),
    )
    look = Look(
        frame="picture", tiles="row", many=1.0, most=10, single=(0.8, 1.91), alt_badge=True, lines=4,
        acts=("heart", "message-square", "repeat-2"),
    )  # fmt: skip
    rules = Rules(
        text=Text(500, unit="mastodon"),
        images=Images(
            4, size=15_000_000, alt=1000, types=("image/jpeg", "image/png", "image/gif", "image/webp"), required=True
        ),
        videos=Videos(1, size=15_000_000, types=("video/mp4",)),
        parts=1,
        text_required=False,
        asked_of_server=True,
    )
    options = tuple(option for option in Mastodon.options if option.name in ("content_warning", "visibility"))
    once = Once(Once.LOOKUP, window=None, settle=timedelta(seconds=60))
    """Whether Pixelfed keeps Idempotency-Key is not known, so only looking counts."""
    docs = "https://docs.pixelfed.org/"
