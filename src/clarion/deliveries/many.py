"""The same done to many posts at once: each for itself, all of a post or nothing of it, and undone as it was done.

What cannot be done to a post leaves the others alone: it is told with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clarion.channels.rights import refused, said
from clarion.deliveries import together
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import TooLate
from clarion.organisations.models import Member, Workspace
from clarion.posts.models import Gated, Label, Post, Stays
from clarion.posts.when import BadTime, resolve

MOST = 500
LEAVES = (TooLate, BadTime, Gated, Stays)
"""What keeps one post as it is, with a sentence."""


@dataclass
class Many:
    """``member``: whose rights decide what of the scheduled may be touched. ``done`` are small records by which
    ``undo`` puts things back; ``left`` are posts that stayed as they were, each with the reason."""

    member: Member
    now: datetime
    done: list[dict[str, Any]] = field(default_factory=list)
    left: list[tuple[Post, str]] = field(default_factory=list)

    def each(self, posts: Iterable[Post], act: Callable[[Post], dict[str, Any]]) -> Many:
        """Does one thing to every post, each in its own transaction."""
        for post in posts:
            try:
                with transaction.atomic():
                    self.done.append({"post": str(post.pk), **act(post)})
            except LEAVES as why:
                self.left.append((post, str(why)))
        return self

    @property
    def workspace(self) -> Workspace:
        return self.member.workspace

    @property
    def by(self) -> Any:
        return self.member.user

    # -- what can be done

    def move(self, to: Callable[[datetime], datetime]) -> Callable[[Post], dict[str, Any]]:
        """``to`` gives another wall time (naive) for each; clocks that change do not change what it says."""

        def act(post: Post) -> dict[str, Any]:
            alive = self._alive(post)
            if not alive:
                if post.wanted_at is None:
                    raise TooLate(_("It has no time yet. Give it one on its own page."))
                at = self._moved(post.wanted_at, to)
                was = post.wanted_at.isoformat()
                post.want(at, by=self.by)
                return {"do": "want", "was": was}
            movable = [one for one in alive if one.can_be_moved]
            if not movable:
                raise TooLate(_("It is on its way or out already: its time can no longer be changed."))
            for one in movable:
                one.reschedule(at=self._moved(one.due_at, to), by=self.by, now=self.now, keep_held=True)
            return {"do": "move", "deliveries": [str(one.pk) for one in movable]}

        return act

    def _moved(self, at: datetime, to: Callable[[datetime], datetime]) -> datetime:
        zone = self.workspace.tz
        try:
            due = resolve(to(at.astimezone(zone).replace(tzinfo=None)), zone=zone).at
        except OverflowError:
            raise BadTime(_("That is too far away.")) from None
        if due < self.now:
            raise BadTime(_("That time has passed: nothing can go out then."))
        return due

    def label(self, label: Label, *, on: bool = True) -> Callable[[Post], dict[str, Any]]:
        def act(post: Post) -> dict[str, Any]:
            self._may_change(post)
            if not (label.put_on(post, by=self.by) if on else label.take_off(post, by=self.by)):
                raise TooLate(_("It has this label already.") if on else _("It does not have this label."))
            return {"do": "label", "label": label.pk, "on": on}

        return act

    def _may_change(self, post: Post) -> None:
        """A label may decide whose yes a post needs: of what is promised, only who may publish there changes it."""
        promised = post.deliveries.filter(on_request=False).exclude(state__in=(State.CANCELLED, State.PUBLISHED))
        if not_there := refused(self.member, [one.channel for one in promised.select_related("channel")]):
            raise TooLate(said(not_there))

    def hold(self, post: Post) -> dict[str, Any]:
        some = [one for one in self._alive(post) if one.state == State.SCHEDULED]
        if not some:
            raise TooLate(_("Nothing of it is scheduled."))
        for one in some:
            one.hold(by=self.by, because=_("held back together with others"))
        return {"do": "hold", "deliveries": [str(one.pk) for one in some]}

    def release(self, post: Post) -> dict[str, Any]:
        some = [one for one in self._alive(post) if one.state == State.HELD]
        if not some:
            raise TooLate(_("Nothing of it is held back."))
        for one in some:
            one.release(by=self.by, now=self.now)
        return {"do": "release", "deliveries": [str(one.pk) for one in some]}

    def remove(self, post: Post) -> dict[str, Any]:
        """Takes it off the desk; what is scheduled is taken back first."""
        alive = self._alive(post)
        if any(one.state in (State.PUBLISHING, State.UNKNOWN) for one in alive):
            raise TooLate(_("It is on its way out. Wait until that is settled, then remove it."))
        were = [[str(one.pk), one.state] for one in alive if one.can_be_cancelled]
        for one in alive:
            if one.can_be_cancelled:
                one.cancel(by=self.by, now=self.now, because=_("the post was removed"))
        post.remove(by=self.by, now=self.now)
        return {"do": "remove", "deliveries": were}

    def _alive(self, post: Post) -> list[Delivery]:
        rows = post.deliveries.exclude(state=State.CANCELLED).select_related("channel", "workspace__organisation")
        some = list(rows.order_by("due_at", "id"))
        for one in some:
            one.post = post
        touched = [one.channel for one in some if one.can_be_moved or one.can_be_cancelled]
        if not_there := refused(self.member, touched):
            raise TooLate(said(not_there))
        return some

    # -- and undone

    def undo(self, record: dict[str, Any]) -> Callable[[Post], dict[str, Any]]:
        """The way back of one record. What has happened since then stays."""
        did = record["do"]

        def act(post: Post) -> dict[str, Any]:
            if did == "want":
                post.want(datetime.fromisoformat(record["was"]), by=self.by)
            elif did == "label":
                label = Label.objects.filter(workspace=self.workspace, pk=record["label"]).first()
                if label is not None:
                    label.take_off(post, by=self.by) if record["on"] else label.put_on(post, by=self.by)
            elif did == "remove":
                self._bring_back(post, dict(record["deliveries"]))
            else:
                some = [one for one in self._alive(post) if str(one.pk) in record["deliveries"]]
                if did == "move":
                    together.put_back(some, by=self.by, now=self.now)
                for one in some:
                    if did == "hold":
                        one.release(by=self.by, now=self.now)
                    elif did == "release":
                        one.hold(by=self.by, because=_("held back together with others"))
            return {"do": did}

        return act

    def _bring_back(self, post: Post, were: dict[str, str]) -> None:
        """On the desk again; what was scheduled or held is so again, unless its time has passed."""
        taken = post.deliveries.filter(pk__in=list(were), state=State.CANCELLED)
        some = list(taken.select_related("channel", "workspace"))
        if not_there := refused(self.member, [one.channel for one in some]):
            raise TooLate(said(not_there))
        post.bring_back(by=self.by)
        for one in some:
            was = were[str(one.pk)]
            if was not in (State.SCHEDULED, State.HELD) or one.due_at < self.now:
                continue
            one.reschedule(at=one.due_at, by=self.by, now=self.now)
            if was == State.HELD:
                one.hold(by=self.by, because=_("held back together with others"))
