"""Questions about requests, and asking one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from clarion.approvals.eyes import has_taker
from clarion.approvals.progress import OPEN, State
from clarion.approvals.seal import DAY, EXACT, Promise, Sealing
from clarion.organisations.models import Member
from clarion.organisations.models.user import person
from clarion.posts.content import hash_of
from clarion.posts.models import Post
from clarion.records.models import Event
from clarion.work.models import TimedQuerySet

from .answer import Asked, Delegation
from .workflow import Stage, Workflow

if TYPE_CHECKING:
    from .request import Request


class RequestQuerySet(TimedQuerySet):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def counting(self) -> Self:
        """The one of each post that counts now."""
        return self.filter(state__in=OPEN)

    def waiting(self) -> Self:
        return self.filter(state=State.WAITING)

    def unreviewed(self) -> Self:
        """Those that went out without a yes and that nobody has looked at, also when they were changed since."""
        return self.filter(state__in=(State.GLASS, State.VOID), reviewed_at=None).exclude(glass_by=None)

    def asking(self, member: Member, *, absent: Iterable[Any] = ()) -> Self:
        """Those that wait for this member, or for somebody she stands in for."""
        asked = Asked.objects.filter(request=OuterRef("pk"), person__in=[member.user_id, *absent], answered_at=None)
        return self.waiting().filter(Exists(asked), workspace=member.workspace_id)

    def in_vain(self, gone: Collection[Any]) -> list[Request]:
        """Those that wait for somebody of these (ids), who are gone, and cannot be decided without: nobody else is
        asked who is still here and can answer, or all who are named have to say yes. What they handed on ended with
        them, too."""
        open_ = Asked.objects.filter(request=OuterRef("pk"), stage=OuterRef("stage"), answered_at=None)
        handed = Delegation.objects.filter(stage=OuterRef("stage"), giver__in=gone)
        theirs = handed.filter(request=OuterRef("request"), taker=OuterRef("person"))
        here = Member.objects.filter(
            workspace=OuterRef("request__workspace"), user=OuterRef("person"), user__is_active=True
        )
        rows = self.waiting().filter(
            Exists(open_.filter(person__in=gone)) | Exists(handed.filter(request=OuterRef("pk")))
        )
        rows = rows.annotate(others=Exists(open_.exclude(person__in=gone).filter(Exists(here), ~Exists(theirs))))
        return [
            one for one in rows.defer("said")
            if one.here.needs(gone) or not (one.others or one.here.guests or has_taker(one))
        ]  # fmt: skip

    def shown_to(self, member: Member, *, absent: Iterable[Any] = ()) -> Self:
        """Those of the member's workspace that she may see: all for readers, else what she was ever asked."""
        mine = self.filter(workspace=member.workspace_id)
        if member.may("read"):
            return mine
        return mine.filter(Exists(Asked.objects.filter(request=OuterRef("pk"), person__in=[member.user_id, *absent])))

    def ask(
        self, post: Post, *, promises: Sequence[Promise], by: Any, now: datetime, note: str = "",
        on_request: Collection[Any] = (), warned: bool = False,
    ) -> Request | None:  # fmt: skip
        """Asks for the yes that the workflows of the workspace want for these promises; None when they want none.

        ``on_request``: ids of channels that were chosen by somebody who may not publish there by herself, so that
        somebody has to say yes in any case. A request that asks for just the same stays as it is, with its answers;
        another is void from now on.
        """
        with transaction.atomic():
            flows = Workflow.objects.asking(post, [one.channel for one in promises], warned=warned)
            wanted = [one for one in promises if one.channel.pk in on_request or one.channel.pk in flows]
            if not wanted:
                return self.nothing_needed(post, by=by, now=now)
            known = self.select_for_update().filter(post=post).counting().first()
            ways = {flow.pk: flow for some in flows.values() for flow in some}
            unnamed = any(one.channel.pk not in flows for one in wanted)  # whoever may approve there has to say it
            window = DAY if not unnamed and all(flow.window == DAY for flow in ways.values()) else EXACT
            sealing = Sealing(post)
            seals = {str(one.channel.pk): sealing.seal(one, window=window) for one in wanted}
            versions = {str(pk): flow.version for pk, flow in sorted(ways.items())}
            sha256 = hash_of({pk: seal.sha256 for pk, seal in seals.items()})
            if known is not None:
                if known.sha256 == sha256 and known.workflows == versions and known.state != State.REFUSED:
                    known._take_note(note, by=by)
                    return known
                known.become(State.VOID, by=by, because=_("It was changed."), now=now)
            steps = [stage for flow in ways.values() for stage in flow.steps] + ([Stage()] if unnamed else [])
            stages = list(dict.fromkeys(steps))
            request = self.create(
                workspace_id=post.workspace_id, post=post, version=post.version, asked_by=person(by), asked_at=now,
                note=note[:2000], window=window, workflows=versions, sha256=sha256,
                seals={pk: seal.sha256 for pk, seal in seals.items()},
                said={pk: dict(seal.whole) for pk, seal in seals.items()},
                stages=[stage.as_json for stage in stages], stage_began_at=now,
                due_at=min(one.due_at for one in wanted), until=max(one.until for one in wanted),
            )  # fmt: skip
            Event.objects.write(
                "approval.asked", subject=request, by=by, because=note[:500],
                after={"post": str(post.pk), "version": post.version, "sha256": sha256},
            )  # fmt: skip
            request._begin_stage(now=now)
        return request

    def nothing_needed(self, post: Post, *, by: Any, now: datetime) -> None:
        """A question that still waits is void: nothing of the post needs a yes any more."""
        with transaction.atomic():
            known = self.select_for_update().filter(post=post).waiting().first()
            if known is not None:
                known.become(State.VOID, by=by, because=_("No approval is needed any more."), now=now)

    def take(self, pk: Any, *, owner: str, now: datetime) -> Request | None:
        with transaction.atomic():
            if not self.claim(pk, owner=owner, now=now):
                return None
            return self.select_related("workspace__organisation", "post").get(pk=pk)
