"""The seal of what one channel will say: a hash of the exact words, files, descriptions, links, channel and window.

Two seals are equal only when readers would get the same. It is made of what goes out, after mentions and short links
are resolved, so it changes as well when somebody gives a person another handle or leads a link elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clarion.channels.models import Channel
from clarion.posts.content import LINKS, Content, hash_of
from clarion.posts.models import Captions, Link, Media, Post
from clarion.posts.models.link import names_in
from clarion.posts.speech import Speech

EXACT, DAY = "exact", "day"
_PICTURE = "picture "
"""What a picture is called, which readers see on some networks only."""


@dataclass(frozen=True)
class Promise:
    """What is meant to happen: on this channel, from ``due_at`` on and not after ``until``."""

    channel: Channel
    due_at: datetime
    until: datetime


@dataclass(frozen=True)
class Sealed:
    """What one channel says, as it was or will be said, and the hash of all of it."""

    whole: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        return hash_of(self.whole)

    @property
    def content(self) -> Content:
        return Content.from_json(self.whole["content"])


class Sealing:
    """Seals what a post says on its channels. Asks once about files, captions, people and links."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self._speech = Speech(post.workspace_id)
        self._files: dict[str, Any] | None = None
        self._leads: dict[str, str] | None = None

    def spoken(self, channel: Channel) -> Content:
        """The content as readers of the channel get its words."""
        return self._speech.of(self.post.said_on(channel), channel)

    def seal(self, promise: Promise, *, window: str, content: Content | None = None) -> Sealed:
        """``content``: what is said, when the caller has it already. ``window``: ``exact``, or within the ``day``."""
        content = content or self.spoken(promise.channel)
        begins, ends = _window(promise, window, self.post)
        return Sealed({
            "channel": str(promise.channel.pk), **self._said(content, on=promise.channel),
            "from": begins.isoformat(), "until": ends.isoformat(),
        })  # fmt: skip

    def as_now(self, was: Sealed, *, channel: Channel) -> Sealed:
        """What was sealed, with what the channel would say now; its window stays."""
        content = self.spoken(channel)
        return Sealed({**was.whole, **self._said(content, on=channel)})

    def _said(self, content: Content, *, on: Channel) -> dict[str, Any]:
        files = self._of(content.media_ids)
        if not on.kind.shows_names:
            files = {pk: [one for one in told if not one.startswith(_PICTURE)] for pk, told in files.items()}
        return {
            "content": {**content.as_json(), "help": []}, "files": files, "links": self._leading(content),
        }  # fmt: skip

    def _of(self, ids: Iterable[str]) -> dict[str, list[str]]:
        """The bytes of the files and of their captions, by hash; and by what name readers see them: the title of a
        document, a file to be fetched."""
        wanted = dict.fromkeys(ids)
        if not wanted:
            return {}
        if self._files is None or set(wanted) - set(self._files):
            rows = Media.objects.filter(workspace=self.post.workspace_id, pk__in=wanted)
            found: dict[str, Any] = {
                str(pk): [sha256, f"{_PICTURE if mime.startswith('image/') else 'name '}{name}"]
                for pk, sha256, mime, name in rows.values_list("pk", "clean_sha256", "mime", "name")
            }
            told = Captions.objects.filter(media__in=wanted).order_by("language", "pk")
            for media, language, sha256 in told.values_list("media", "language", "sha256"):
                found.setdefault(str(media), []).append(f"{language} {sha256}")
            self._files = {**(self._files or {}), **found}
        return {pk: self._files.get(pk, []) for pk in wanted}

    def _leading(self, content: Content) -> dict[str, str]:
        """Where the short links in these words lead: those that were made for the post, and those that somebody wrote.
        Whose they are does not matter: wherever an address of ours is led to, its readers follow."""
        text = f"{content.text} {content.options}"
        names, leads = names_in(text), {}
        if names:
            leads = dict(Link.objects.filter(slug__in=names).values_list("address", "target"))
        if content.options.get(LINKS):
            if self._leads is None:
                self._leads = dict(Link.objects.filter(post=self.post).values_list("address", "target"))
            leads |= {address: target for address, target in self._leads.items() if address in text}
        return dict(sorted(leads.items()))


def _window(promise: Promise, window: str, post: Post) -> tuple[datetime, datetime]:
    if window != DAY:
        return promise.due_at, promise.until
    start, end = post.workspace.day(promise.due_at)
    return start, end + max(timedelta(hours=6), promise.until - promise.due_at)
