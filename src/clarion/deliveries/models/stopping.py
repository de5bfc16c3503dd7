"""What a pause means for deliveries: what it stops, what leaves all the same, and what it keeps back at its end."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from clarion.deliveries.progress import State
from clarion.organisations.models import Pause, Spokesperson
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

PAUSED = "paused"
"""The code of what a pause stopped or kept back: it waits for its review."""
UNDECIDED: dict[str, Any] = {"let_by": None, "let_at": None, "caught": False}
"""Whoever decides anew about a delivery ends what a pause, or a spokesperson in it, had said about it."""
AT_ONCE = 400


class Stopping(Timed):
    """What a pause writes on a delivery. ``let_by`` let it go, since ``let_at``, although everything was paused.

    ``caught``: a pause ended while it was on its way. What may be there is still looked for, and nothing more is said.
    """

    let_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    let_at = models.DateTimeField(null=True, blank=True)
    caught = models.BooleanField(default=False)

    class Meta:
        abstract = True


class Stoppable(TimedQuerySet):
    """Deliveries as a pause sees them."""

    def not_stopped(self, *, asking: bool) -> Self:
        """Those that no pause stops. One query more, and only while something is paused a longer one.

        ``asking``: also those of which the network only has to be asked what became of them.
        """
        found = self
        for pause in Pause.objects.stopping():
            goes = _let_in(pause)
            if asking:
                goes |= self._asked()
            if pause.reach:
                goes |= ~pause.reach
            found = found.filter(goes)
        return found

    def let_out(self) -> Self:
        """Those of which something may be said at this moment."""
        return self.not_stopped(asking=False).filter(caught=False)

    def speaks(self, user: Any) -> Self:
        """Those of which this person may have something said at this moment, by her own hand."""
        found = self
        for pause in Pause.objects.stopping():
            able = Spokesperson.objects.able().filter(organisation=OuterRef("workspace__organisation"), user=user)
            goes = Q(Exists(able)) if pause.lets else Q(pk__in=())
            if pause.reach:
                goes |= ~pause.reach
            found = found.filter(goes)
        return found

    def _asked(self) -> Q:
        """On their way, with a step that may have happened, or that the network is still working on."""
        steps = self.model._meta.apps.get_model("deliveries", "Step").objects
        open_ = Q(maybe_since__isnull=False, public=True) | Q(processing__isnull=False)
        rows = steps.filter(open_, delivery=OuterRef("pk"), round=OuterRef("round"), done_at=None)
        return Q(state=State.PUBLISHING) & Q(Exists(rows))

    def let(self, *, by: Any, now: datetime) -> int:
        """These leave although everything is paused, because a spokesperson says so, now. How many they are.

        Nothing is let by itself: what a recurrence, a pool, a feed or an import promises in their name stays stopped.
        """
        pauses = Pause.objects.stopping()
        if not pauses:
            return 0
        rows = self.filter(state=State.SCHEDULED).select_related("workspace")
        some = [one for one in rows if _may_be_let(one, by, pauses)]
        with transaction.atomic():
            self.model.objects.filter(pk__in=[one.pk for one in some]).update(let_by=by, let_at=now)
            for one in some:
                Event.objects.write("delivery.let", subject=one, by=by, after={"let_at": now.isoformat()})
        return len(some)

    def caught_by(self, pause: Pause) -> Self:
        """What the pause stops, or has stopped, but for what a spokesperson let go in it."""
        return self.filter(pause.reach).exclude(_let_in(pause))

    def keep_back(self, pause: Pause, *, until: datetime, by: Any) -> list[Any]:
        """At the end of a pause: what it stopped, and what is due before ``until``, waits for a person; which it is.

        What may be there is still looked for; nothing more of it is said before somebody decides. The pause
        ends in the same transaction: no worker says anything in between.
        """
        rows, sentence = self.caught_by(pause), _("It was kept back when everything was paused. Decide about it.")
        due = Q(state=State.SCHEDULED, due_at__lte=until) | Q(state=State.PUBLISHING, lease_owner="") & ~self._asked()
        with transaction.atomic():
            rows.filter(state=State.PUBLISHING).update(caught=True)
            waiting = list(rows.filter(due).select_related("workspace__organisation").order_by("due_at", "id"))
            for start in range(0, len(waiting), AT_ONCE):
                some = waiting[start : start + AT_ONCE]
                self.model.objects.filter(
                    pk__in=[one.pk for one in some], state__in=(State.SCHEDULED, State.PUBLISHING)
                ).update(
                    state=State.HELD, wake_at=None, reason=sentence, code=PAUSED, version=F("version") + 1,
                    fence=F("fence") + 1, lease_owner="", lease_until=None, **UNDECIDED,
                )  # fmt: skip
                for one in some:
                    before, one.state, one.reason = {"state": one.state}, State.HELD, sentence
                    Event.objects.write("delivery.held", subject=one, by=by, because=sentence, before=before)
        return waiting


def _let_in(pause: Pause) -> Q:
    """A spokesperson let it go in this pause, and is one still."""
    if not pause.lets:
        return Q(pk__in=())
    able = Spokesperson.objects.able().filter(organisation=OuterRef("workspace__organisation"), user=OuterRef("let_by"))
    return Q(let_at__gte=pause.began_at, let_at__isnull=False) & Q(Exists(able))


def _may_be_let(delivery: Any, by: Any, pauses: list[Pause]) -> bool:
    """During a pause, and by somebody whom each of those that stop it lets."""
    organisation = delivery.workspace.organisation_id
    stopped_by = [one for one in pauses if one.stops_in(delivery.workspace_id, organisation_id=organisation)]
    return bool(stopped_by) and all(one.lets_publish(by, organisation=organisation) for one in stopped_by)
