"""One message to the team's own chat, through the adapter of its network: once and only once, by the four words.

The intent (words, key) is committed before the first byte leaves. What may have happened is looked for before anything
is said again; what cannot be told stays so, and is shown: nobody needs the same message twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from clarion.channels.models import http_out
from clarion.networks.base import Draft, Network, Part, Step
from clarion.networks.words import Absent, Failure, NotNow, Processing, Published, Refused, SignInAgain, Unknown
from clarion.notifications.kinds import KINDS
from clarion.notifications.models.team_chat import Announcement, Fate
from clarion.notifications.waiting import shortened
from clarion.organisations.dates import written
from clarion.work.backoff import backoff
from clarion.work.lease import Lease, LostLease

log = logging.getLogger("clarion.notifications")

MOST = 10
"""Things that one message tells one by one; of the others it gives the number."""
LATE = timedelta(hours=12)
"""After so long the team has heard of it otherwise."""
LOOKS = 12


class Announcing:
    """Carries one claimed announcement as far as it goes, without waiting."""

    def __init__(self, row: Announcement, *, lease: Lease, clock: Callable[[], datetime]) -> None:
        self.row, self.lease, self.clock = row, lease, clock
        self.channel = row.chat.channel
        self.http = http_out(row.chat.workspace, before=lease.check)
        self.network: Network = self.channel.speak(self.http)

    def carry(self) -> None:
        now = self.clock()
        if self.row.maybe_since is not None:
            if not self._look():
                return
        elif now - self.row.made_at > LATE:
            self._end(Fate.DROPPED)
            return
        elif self.channel.needs_sign_in or not self.channel.is_connected:
            self._end(Fate.SIGN_IN, reason=self.channel.sign_in_because)
            return
        self._say()

    def _say(self) -> None:
        now = self.clock()
        if self.row.payload is None:
            try:
                self.row.payload = dict(self.network.prepare(self._step(self._planned()), key=self.row.key, now=now))
            except Refused as refused:
                self._end(Fate.REFUSED, reason=refused.sentence)
                return
        self.row.intended_at = self.row.intended_at or now
        self._fenced(
            payload=self.row.payload, intended_at=self.row.intended_at, maybe_since=now, maybe_slow=False
        )  # fmt: skip
        outcome = self._call(lambda: self.network.publish(self._step(self.row.payload or {}), key=self.row.key))
        if isinstance(outcome, Published | Processing):
            # What the network still works on it has taken: of a line of words that is enough to know.
            found = outcome if isinstance(outcome, Published) else Published()
            self._end(Fate.SENT, remote_id=found.remote_id, url=found.url, maybe_since=None)
        elif isinstance(outcome, Unknown):
            self._again(reason=outcome.sentence, tries=0, maybe_slow=outcome.slow)
        elif isinstance(outcome, SignInAgain):
            self.channel.ask_for_sign_in(because=outcome.sentence, now=self.clock())
            self._end(Fate.SIGN_IN, reason=outcome.sentence, maybe_since=None)
        elif isinstance(outcome, NotNow):
            self._again(reason=outcome.sentence, at=outcome.retry_at, maybe_since=None)
        else:
            self._end(Fate.REFUSED, reason=outcome.sentence, maybe_since=None)

    def _look(self) -> bool:
        """Did it happen? True when it surely did not, and may be said."""
        find: Any = getattr(self.network, "find", None)
        if find is None or self.row.tries > LOOKS:
            self._end(Fate.UNKNOWN, reason=self.row.reason)
            return False
        outcome = self._call(lambda: find(self._step(self.row.payload or {}), key=self.row.key))
        if isinstance(outcome, Published):
            self._end(Fate.SENT, remote_id=outcome.remote_id, url=outcome.url, maybe_since=None)
            return False
        once, now = self.network.once, self.clock()
        settle = once.settle_slow if self.row.maybe_slow else once.settle
        since = self.row.maybe_since or now
        if isinstance(outcome, Absent) and outcome.complete and now >= since + settle:
            self._fenced(maybe_since=None, maybe_slow=False)
            self.row.maybe_since = None
            return True
        if isinstance(outcome, Absent):
            self._again(reason=self.row.reason, at=min(since + settle, now + timedelta(seconds=30)))
        elif isinstance(outcome, NotNow):
            self._again(reason=self.row.reason, at=outcome.retry_at)
        else:
            self._end(Fate.UNKNOWN, reason=getattr(outcome, "sentence", "") or self.row.reason)
        return False

    # -- what is said

    def _planned(self) -> dict[str, Any]:
        """The payload of the one step that says it; shorter and shorter until it fits. Nothing is ever cut."""
        items = self.row.items
        with override(self.row.chat.language or settings.LANGUAGE_CODE):
            for shown in range(min(len(items), MOST), -1, -1):
                draft = Draft((Part(words(items, shown=shown, zone=self.row.chat.workspace.tz)),))
                if not any(problem.level == "stop" for problem in self.network.problems(draft)):
                    break
        return dict(self.network.plan(draft)[0].payload)

    def _step(self, payload: Mapping[str, Any]) -> Step:
        return Step("post", 0, payload=dict(payload), since=self.row.intended_at)

    # -- writing

    def _fenced(self, **changes: Any) -> None:
        mine = Announcement.objects.filter(pk=self.row.pk, fence=self.lease.fence, lease_owner=self.lease.owner)
        if not mine.update(**changes):
            self.lease.lose()
            raise LostLease(f"announcement {self.row.pk}")

    def _end(self, fate: str, **changes: Any) -> None:
        self._fenced(fate=fate, wake_at=None, lease_owner="", lease_until=None, **changes)

    def _again(self, *, reason: str, at: datetime | None = None, tries: int | None = None, **changes: Any) -> None:
        now, tries = self.clock(), (self.row.tries if tries is None else tries) + 1
        wake_at = max(at or now, now + backoff(tries, first=3, most=120))
        self._fenced(wake_at=wake_at, tries=tries, reason=reason, lease_owner="", lease_until=None, **changes)

    def _call(self, call: Callable[[], Any]) -> Any:
        """The answer or one of the four words. A fault of ours may have happened."""
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()
        try:
            return call()
        except Failure as failure:
            return failure
        except LostLease:
            raise
        except Exception as error:
            log.exception("%s stumbled over an announcement", self.channel.network)
            sent = any(exchange.sent and exchange.method != "GET" for exchange in self.http.exchanges)
            values = {"error": type(error).__name__}
            if sent:
                return Unknown(_("Clarion stumbled over the answer (%(error)s).") % values)
            return Refused(
                _("Clarion made a mistake before anything was sent (%(error)s). Please report it.") % values
            )  # fmt: skip


def words(items: list[dict[str, Any]], *, shown: int, zone: Any) -> str:
    """The message, in the language that is on: ``shown`` things one by one, and how many more there are."""
    blocks = [_block(item, zone) for item in items[:shown]]
    if (more := len(items) - shown) > 0:
        said = ngettext("… and %(count)d more: %(link)s", "… and %(count)d more: %(link)s", more)
        blocks.append(said % {"count": more, "link": settings.BASE_URL})
    return "\n\n".join(blocks)


def _block(item: Mapping[str, Any], zone: Any) -> str:
    kind, at = KINDS[item["kind"]], parse_datetime(item["at"]) if item["at"] else None
    when = written(at.astimezone(zone), "D j M, H:i") if at else ""
    lines = (
        kind.said(item["values"]), shortened(" ".join(item["about"].split()), 140),
        " · ".join(filter(None, (item["place"], when))), item["sentence"],
        settings.BASE_URL + item["address"] if item["address"] else "",
    )  # fmt: skip
    return "\n".join(filter(None, lines))
