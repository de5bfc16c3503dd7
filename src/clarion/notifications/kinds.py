"""What people are told of. A *kind* is one sentence; a *topic* is what a person chooses ways for.

Rooms above raise kinds by name (``Notification.objects.tell``); a new one is a line here. A title is translated when it
is read or sent, with the values that were raised with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

OFF, AT_ONCE, DIGEST = "off", "at_once", "digest"
EMAIL, PUSH = "email", "push"
WAYS = (EMAIL, PUSH)


@dataclass(frozen=True)
class Topic:
    """``email`` and ``push`` say when, until somebody chooses. ``floor``: it cannot be off for everyone of a workspace,
    and waits for no digest. ``chat``: a team may have it told in its own chat."""

    name: str
    label: str | Promise
    about: str | Promise
    email: str = AT_ONCE
    push: str = AT_ONCE
    floor: bool = False
    chat: bool = False

    def default(self, way: str) -> str:
        return self.email if way == EMAIL else self.push

    def choices(self, way: str) -> tuple[str, ...]:
        """When it may come this way. A failure in tomorrow's digest would help nobody."""
        return (AT_ONCE, OFF) if way == PUSH or self.floor else (AT_ONCE, DIGEST, OFF)


TOPICS = {
    topic.name: topic
    for topic in (
        Topic(
            "failures", _("Posts that did not go out"),
            _("One failed, is held back, missed its time, or nobody can tell whether it is there."),
            floor=True, chat=True,
        ),
        Topic(
            "sign_ins", _("Channels that need a new sign-in"),
            _("Nothing goes out there until somebody signs in again."),
        ),
        Topic(
            "asked", _("Your approval is asked for"), _("And reminders, when it is waited for."), chat=True,
        ),
        Topic("answered", _("Answers to what you handed in"), _("It was approved, refused, or changed afterwards.")),
        Topic(
            "break_glass", _("Published without approval"), _("Somebody used the way round, and a review is due."),
            chat=True,
        ),
        Topic("comments", _("Comments and mentions"), _("What colleagues say about your posts."), email=DIGEST),
        Topic("crisis", _("Everything is paused or goes on"), _("The crisis switch of your organisation."), chat=True),
        Topic(
            "leavers", _("People who have left"),
            _("What they scheduled goes out all the same, and what waited for their yes waits for somebody else’s."),
        ),
        Topic("imports", _("Imports that have ended"), _("A file of posts that you handed in."), email=OFF, push=OFF),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """``title`` with its named values is the whole sentence. ``level``: wrong, unsure, waits, going or done."""

    name: str
    topic: str
    title: str | Promise
    level: str

    def said(self, values: Mapping[str, Any]) -> str:
        """The sentence in the reader's language. A value that is missing is a mistake of the caller: KeyError."""
        return str(self.title % values)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("delivery.failed", "failures", _("%(network)s did not take it"), "wrong"),
        Kind("delivery.unknown", "failures", _("Did it appear on %(network)s?"), "unsure"),
        Kind("delivery.by_hand", "failures", _("Post it by hand: %(channel)s"), "unsure"),
        Kind("delivery.missed", "failures", _("It missed its time on %(network)s"), "wrong"),
        Kind("delivery.held", "failures", _("Held back on %(network)s"), "unsure"),
        Kind(
            "delivery.kept_back", "failures",
            ngettext_lazy(
                "%(count)d post was kept back by the pause", "%(count)d posts were kept back by the pause", "count"
            ),
            "unsure",
        ),
        Kind("delivery.sign_in", "failures", _("%(network)s asks for a new sign-in"), "wrong"),
        Kind("channel.sign_in", "sign_ins", _("Sign in again: %(channel)s"), "wrong"),
        Kind("approval.asked", "asked", _("%(by)s asks for your approval"), "waits"),
        Kind("approval.reminder", "asked", _("Your approval is still waited for"), "waits"),
        Kind("approval.escalated", "asked", _("An approval is overdue and was passed to you"), "wrong"),
        Kind("approval.given", "answered", _("%(by)s approved it"), "done"),
        Kind("approval.refused", "answered", _("%(by)s did not approve it"), "wrong"),
        Kind("approval.voided", "answered", _("It was changed, so it needs a new approval"), "unsure"),
        Kind("break_glass.used", "break_glass", _("%(by)s published without approval"), "wrong"),
        Kind("break_glass.review_due", "break_glass", _("A review is due: published without approval"), "unsure"),
        Kind(
            "break_glass.review_overdue", "break_glass",
            _("Published without approval, and nobody has looked at it in a day"), "wrong",
        ),
        Kind("comment.made", "comments", _("%(by)s commented on it"), "going"),
        Kind("comment.mention", "comments", _("%(by)s mentioned you"), "going"),
        Kind("crisis.paused", "crisis", _("%(organisation)s: everything is paused"), "wrong"),
        Kind("crisis.resumed", "crisis", _("%(organisation)s: publishing goes on"), "done"),
        Kind("crisis.drill", "crisis", _("%(organisation)s: a fire drill has begun"), "going"),
        Kind("crisis.drill_ended", "crisis", _("%(organisation)s: the fire drill is over"), "done"),
        Kind(
            "person.left_scheduled", "leavers",
            ngettext_lazy(
                "%(person)s has left, and %(count)d post of theirs is still scheduled",
                "%(person)s has left, and %(count)d posts of theirs are still scheduled", "count",
            ),
            "unsure",
        ),
        Kind(
            "person.left_asked", "leavers",
            ngettext_lazy(
                "%(person)s has left, and %(count)d post waits for their yes",
                "%(person)s has left, and %(count)d posts wait for their yes", "count",
            ),
            "wrong",
        ),
        Kind(
            "approval.passed_on", "asked", _("Nobody else is left to answer: an approval was passed to you"), "unsure"
        ),
        Kind("approval.nobody", "asked", _("Nobody is left who could approve it"), "wrong"),
        Kind("import.ended", "imports", _("The import of %(file)s has ended"), "done"),
    )
}  # fmt: skip


def topic_of(kind: str) -> Topic:
    return TOPICS[KINDS[kind].topic]
