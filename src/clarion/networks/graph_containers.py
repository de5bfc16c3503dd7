"""Publishing in two phases, as Instagram and Threads do: a container is made, waited for, and published by one call.

A container shows nothing and dies after a day, so making it again is harmless; publishing names it, and it remembers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from .api import instant, mappings, number, text
from .base import (
    JSON,
    Absent,
    NotNow,
    Processing,
    Published,
    Refused,
    SignInAgain,
    Step,
    Unknown,
)
from .canonical import same_form
from .graph import MAYBE, NEVER, GraphApi
from .lookup import Mine, looked_up
from .wording import _, gettext_noop, quoting

FIRST_LOOK, LAST_LOOK = 3.0, 60.0
FULL_FOR = timedelta(hours=1)
_LATER = {
    9007: timedelta(seconds=30), 2207027: timedelta(seconds=30),  # the container is not ready
    2207003: timedelta(minutes=5), 2207052: timedelta(minutes=5),  # our file could not be fetched
    2207042: FULL_FOR,  # the posts of the day are used up
}  # fmt: skip
_NEVER = {
    2207001: gettext_noop("%(network)s takes this for spam. Wait a day, change the words, then send it again."),
    2207050: gettext_noop("%(network)s has restricted the account. Look at it there before you send anything again."),
    2207051: gettext_noop("%(network)s blocks this for now. Look at the account there before you send it again."),
    2207020: gettext_noop("What was uploaded to %(network)s was kept for a day only. Send it again to upload it anew."),
    2207004: gettext_noop("%(network)s finds the picture too heavy."),
    2207005: gettext_noop("%(network)s does not take files of this type."),
    2207009: gettext_noop("%(network)s does not take pictures of this shape."),
    36003: gettext_noop("%(network)s does not take pictures of this shape."),
    2207010: gettext_noop("%(network)s finds the text too long."),
    2207026: gettext_noop("%(network)s does not take this kind of video. Send it as MP4 (H.264, AAC)."),
    2207028: gettext_noop("%(network)s does not take these files together."),
    2207081: gettext_noop("%(network)s has no trial reels for this account."),
}
"""M: codes of Instagram. K: that those of Threads are the same."""


class Containers(GraphApi):
    """Give the names that differ. ``container`` in a handle is a container's id."""

    never = {**NEVER, **_NEVER}
    later = _LATER
    maybe = MAYBE | {2207032, 2207053, 2207082}
    make_edge: ClassVar[str]
    publish_edge: ClassVar[str]
    limit_edge: ClassVar[str]
    status_fields: ClassVar[str]
    status_name: ClassVar[str]
    reason_name: ClassVar[str]
    own_fields: ClassVar[str]
    """What own posts are asked for in a look: id, words, time, address."""
    words_name: ClassVar[str]

    @property
    def _me(self) -> str:
        return self.account.remote_id

    # -- phase one: nothing is shown

    def _made(self, asked: Mapping[str, Any]) -> Any:
        """The answer to the call that makes a container."""
        known = {name: value for name, value in asked.items() if value not in (None, "", False)}
        return self._post(f"/{self._me}/{self.make_edge}", data=known)

    def _container(self, asked: Mapping[str, Any]) -> str:
        return self._id(self._made(asked))

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        """Whether the container is ready to be published."""
        id = str(processing.handle["container"])
        told = self._get(f"/{id}", fields=self.status_fields)
        status = text(told, self.status_name)
        if status in ("FINISHED", "PUBLISHED"):
            return Published(handle=processing.handle)
        if status in ("ERROR", "EXPIRED"):
            sentence = _("%(network)s could not use it. Nothing was published.") % {"network": self.label}
            raise Refused(quoting(sentence, text(told, self.reason_name)), code=status.lower())
        if not status:
            raise self._unreadable(writing=False)
        return Processing(processing.handle, min(processing.seconds * 1.5, LAST_LOOK))

    def _ask_room(self, *, used: str = "quota_usage", config: str = "config") -> None:
        """Raises NotNow when today's posts are used up, whoever made them. A question that fails stops nobody."""
        try:
            told = self._get(f"/{self._me}/{self.limit_edge}", fields=f"{used},{config}")
        except (NotNow, Refused):
            return
        (row, *_more) = mappings(told, "data") or [{}]
        count, most = number(row, used), number(row, config, "quota_total")
        if count is not None and most is not None and 0 < most <= count:
            sentence = _("%(network)s takes %(limit)d posts in a day, and they are used up. It goes on by itself.")
            at = self.http.answer.at + FULL_FOR if self.http.answer else None
            raise NotNow(sentence % {"network": self.label, "limit": most}, retry_at=at, code="quota")

    # -- phase two: one call

    def _publish(self, container: str) -> Published:
        made = self._post(f"/{self._me}/{self.publish_edge}", data={"creation_id": container})
        id = self._id(made)
        return Published(id, self._permalink(id))

    def _permalink(self, id: str) -> str:
        """The post's address; empty when nobody tells it now: the post is out all the same."""
        try:
            return text(self._get(f"/{id}", fields="permalink"), "permalink")
        except (NotNow, Refused, SignInAgain):
            return ""

    def _at_once(self, asked: Mapping[str, Any]) -> Published:
        """Both phases of a few words in one step. Before the second nothing was shown, so a maybe of it is a no."""
        try:
            container = self._container(asked)
            status = text(self._get(f"/{container}", fields=self.status_fields), self.status_name)
        except Unknown as failure:
            raise NotNow(failure.sentence, code=failure.code) from None
        if status == "ERROR":
            raise Refused(_("%(network)s could not use it. Nothing was published.") % {"network": self.label})
        if status != "FINISHED":
            raise NotNow(_("%(network)s is still working on it.") % {"network": self.label}, code="container")
        return self._publish(container)

    # -- did it happen?

    def _found(self, step: Step, container: str, edge: str) -> Published | Absent:
        """Asks the container; one that was published is looked for among our own posts of ``edge``."""
        try:
            status = text(self._get(f"/{container}", fields=self.status_fields), self.status_name)
        except Refused:
            status = "GONE"  # containers are forgotten after a day; then only the posts themselves can tell
        if status in ("FINISHED", "ERROR", "EXPIRED"):
            return Absent(complete=True)
        if status == "IN_PROGRESS":
            raise NotNow(_("%(network)s is still working on it.") % {"network": self.label}, code="container")
        seen = self._said_before(step, edge)
        if isinstance(seen, Absent) and status == "PUBLISHED":
            sentence = _("%(network)s says that it is out, but does not list it yet. It is looked for again.")
            raise NotNow(sentence % {"network": self.label}, code="not_listed")
        return seen

    def _said_before(self, step: Step, edge: str, *, parent: str = "") -> Published | Absent:
        pages, whole, skew = self._back_to(step, f"/{self._me}/{edge}", at="timestamp", fields=self.own_fields)
        ours = same_form(str(step.payload.get("text") or ""))

        def is_it(one: JSON) -> bool:
            below = text(one, "replied_to", "id")
            same = same_form(text(one, self.words_name)) == ours and (not parent or below == parent)
            return same and self._looks_like(one, step)

        return looked_up(step, pages, mine=_mine, is_it=is_it, skew=skew, whole=whole)

    def _looks_like(self, one: Mapping[str, Any], step: Step) -> bool:
        """Whether what is not its words speaks for this post of ours, too."""
        return True


def _mine(one: Mapping[str, Any]) -> Mine:
    return Mine(text(one, "id"), text(one, "permalink"), instant(one, "timestamp"))
