"""What stands in a calendar: posts due in a span of days, and drafts meant for it.

A month may hold ten thousand of them. So light columns of all are read, as bare numbers and keys that no converter
touches; only what is shown becomes an ``Entry``, with its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, Func
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from clarion.approvals.progress import State as Asking
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import CAN_BE_MOVED, NEEDS_A_PERSON
from clarion.deliveries.recurring import Coming, predicted
from clarion.organisations.models import Workspace
from clarion.posts.models import Label, Listing, Post
from clarion.web.groups import Group, Groups, speaking
from clarion.web.questions import keeping, question

type Networks = Mapping[UUID, str]
"""Names of networks by channel."""
type Said = tuple[str, UUID | None, str | None]
"""Of a post: its first words, its campaign, and the state of the question for its yes."""

MOST = 40_000
"""So many deliveries are read for one page; beyond it the page says so."""
FILTERS: dict[str, tuple[str, ...]] = {
    "scheduled": (State.SCHEDULED, State.PUBLISHING),
    "published": (State.PUBLISHED,),
    "needs": NEEDS_A_PERSON,
    "draft": (),
}
"""States by the words of the filter; drafts have no delivery."""
MOVABLE = frozenset(CAN_BE_MOVED) - {State.CANCELLED}
DRAFT = "draft"
AGAIN = "again"
"""What a rule will bring: there is no post yet."""


class Epoch(Func):
    """Whole seconds since 1970, so that no datetime is made for a row that nobody sees. Django would turn what it takes
    for an integer into an integer once more, ten thousand times: so it is not told."""

    output_field = CharField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)", **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="FLOOR(EXTRACT(EPOCH FROM %(expressions)s))::bigint", **more)


def _bare(name: str) -> Func:
    """A key as the database gives it: a UUID on PostgreSQL, its 32 letters on SQLite. See ``_id``."""
    return Func(F(name), template="%(expressions)s", output_field=CharField())


def _id(key: Any) -> UUID:
    return key if isinstance(key, UUID) else UUID(key)


@dataclass(frozen=True)
class Wanted:
    """What the person wants to see; nothing means all. ``zone``: in whose time, when not the workspace's."""

    channels: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    zone: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As an address names them."""
        names = ("channel", "label", "campaign", "author", "state")
        chosen = (self.channels, self.labels, self.campaigns, self.authors, self.states)
        return [(name, value) for name, values in zip(names, chosen, strict=True) for value in values]

    @property
    def is_narrow(self) -> bool:
        return bool(self.pairs)

    @property
    def query(self) -> str:
        """To be put behind another query."""
        pairs = [*self.pairs, *([("zone", self.zone)] if self.zone else [])]
        return f"&{urlencode(pairs)}" if pairs else ""

    @property
    def wants_drafts(self) -> bool:
        return not self.states or DRAFT in self.states

    @property
    def wants_promises(self) -> bool:
        return not self.states or set(self.states) != {DRAFT}

    def of_posts(self, rows: Any, prefix: str = "") -> Any:
        """Narrows posts, or what points at them by ``prefix``, to those that are wanted."""
        if self.labels:
            labelled = Label.posts.through.objects.filter(label__in=self.labels).values("post")
            rows = rows.filter(**{f"{prefix}pk__in": labelled})
        if self.campaigns:
            rows = rows.filter(**{f"{prefix}campaign__in": self.campaigns})
        if self.authors:
            rows = rows.filter(**{f"{prefix}author__in": self.authors})
        return rows


def tally(groups: Groups) -> tuple[int, int]:
    """How many of them are posts, and how many of these have yet to leave."""
    # Ten thousand posts have a handful of states: each is asked once.
    found = groups.counted()
    del found[AGAIN,]
    return found.total(), sum(n for some, n in found.items() if speaking(some) in FILTERS["scheduled"])


@dataclass(frozen=True)
class Entry:
    """One post at one local time, on the channels ``networks``. ``can_move``: a part of it has not left.
    ``is_unapproved``: somebody let it go without its yes.

    Of what a rule will bring, ``post`` is the id of the rule, and ``state`` is ``AGAIN``.
    """

    at: datetime
    post: UUID
    state: str
    networks: tuple[str, ...]
    text: str = ""
    campaign: UUID | None = None
    can_move: bool = False
    is_unapproved: bool = False


@dataclass(frozen=True)
class Found:
    """All that stands in a span, in order of time. ``is_cut``: there was more than is read. ``ghosts``: what rules will
    bring; they stand among the ``groups``."""

    groups: Groups
    zone: ZoneInfo
    networks: Networks
    is_cut: bool = False
    ghosts: Sequence[Coming] = ()

    def with_ghosts(self, ghosts: Sequence[Coming]) -> Found:
        """With what rules will bring, each at its time."""
        made = [(int(one.at.timestamp()), one.recurrence.pk, tuple(one.channels), AGAIN) for one in ghosts]
        return replace(self, groups=self.groups.with_more(made), ghosts=ghosts)

    def between(self, start: int, end: int) -> Groups:
        """Those from one instant to before another, in seconds."""
        return self.groups.between(start, end)

    def on(self, day: date) -> Groups:
        return self.between(midnight(day, self.zone), midnight(date.fromordinal(day.toordinal() + 1), self.zone))

    def entries(self, groups: Iterable[Group], *, longest: int = 60) -> list[Entry]:
        """The groups as people see them, with the first words of their posts, at most ``longest`` characters."""
        shown = [(_id(group.post), group) for group in groups]
        words = self._words({post for post, group in shown if group.states != [AGAIN]}, longest=longest)
        return [self._entry(post, group, *words.get(post, ("", None, None))) for post, group in shown]

    def _words(self, posts: set[UUID], *, longest: int) -> dict[UUID, Said]:
        words = _said(posts, longest=longest)
        for one in self.ghosts:
            words[one.recurrence.pk] = one.recurrence.summary[:longest] or _("(no text)"), None, None
        return words

    def _entry(self, post: UUID, group: Group, text: str, campaign: UUID | None, asked: str | None) -> Entry:
        return Entry(
            datetime.fromtimestamp(group.at, self.zone), post,
            keeping(group.state, asked),
            tuple([self._names[channel] for channel in group.channels]), text, campaign,
            can_move=group.states != [AGAIN] and (not group.channels or not MOVABLE.isdisjoint(group.states)),
            is_unapproved=asked == Asking.GLASS,
        )  # fmt: skip

    @cached_property
    def _names(self) -> dict[Any, str]:
        """The networks by their channels' keys, as either database gives them: see ``_bare``."""
        return {key: name for channel, name in self.networks.items() for key in (channel, channel.hex)}


def found(workspace: Workspace, *, start: date, end: date, wanted: Wanted, networks: Networks) -> Found:
    """What is due, or meant for, local days from ``start`` to before ``end``."""
    zone = zone_of(workspace, wanted)
    span = midnight(start, zone), midnight(end, zone)
    rows = _promised(workspace, span, wanted) if wanted.wants_promises else []
    drafts = [(at, post, (), DRAFT) for at, post in _meant(workspace, span, wanted)] if wanted.wants_drafts else []
    return Found(Groups(rows).with_more(drafts), zone, networks, len(rows) >= MOST)


def ghosts(workspace: Workspace, *, start: date, end: date, wanted: Wanted, now: datetime) -> list[Coming]:
    """What rules will bring on local days from ``start`` to before ``end``, as far as it is wanted."""
    if wanted.campaigns or (wanted.states and "scheduled" not in wanted.states):
        return []  # there is no post yet that could belong to a campaign, or wait for somebody
    zone = zone_of(workspace, wanted)
    begin, close = _instants((midnight(start, zone), midnight(end, zone)))
    if close <= now:
        return []
    return predicted(
        workspace, start=max(begin, now), end=close, channels=wanted.channels, labels=wanted.labels,
        people=wanted.authors,
    )  # fmt: skip


def zone_of(workspace: Workspace, wanted: Wanted) -> ZoneInfo:
    return ZoneInfo(wanted.zone) if wanted.zone else workspace.tz


@lru_cache(maxsize=512)
def midnight(day: date, zone: ZoneInfo) -> int:
    """The first instant of a local day, in seconds; where midnight is skipped, the first after it."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def _promised(workspace: Workspace, span: tuple[int, int], wanted: Wanted) -> list[Any]:
    begin, close = _instants(span)
    rows = Delivery.objects.filter(workspace=workspace, due_at__gte=begin, due_at__lt=close)
    if wanted.states:
        rows = rows.filter(state__in=[state for word in wanted.states for state in FILTERS[word]])
    else:
        rows = rows.exclude(state=State.CANCELLED)
    if wanted.channels:
        rows = rows.filter(channel__in=wanted.channels)
    rows = wanted.of_posts(rows, "post__").order_by("due_at")
    # By post and channel they are put in order here: SQLite takes longer for that than for all the rest.
    return sorted(rows.values_list(Epoch("due_at"), _bare("post_id"), _bare("channel_id"), "state")[:MOST])


def _meant(workspace: Workspace, span: tuple[int, int], wanted: Wanted) -> Iterable[Any]:
    begin, close = _instants(span)
    rows = Listing.objects.filter(workspace=workspace, is_draft=True, at__gte=begin, at__lt=close)
    rows = wanted.of_posts(rows, "post__")
    if wanted.channels:
        rows = rows.filter(post__in=Post.channels.through.objects.filter(channel__in=wanted.channels).values("post"))
    return rows.order_by("at", "post").values_list(Epoch("at"), _bare("post_id"))[:MOST]


def _instants(span: tuple[int, int]) -> tuple[datetime, datetime]:
    return datetime.fromtimestamp(span[0], UTC), datetime.fromtimestamp(span[1], UTC)


def _said(posts: set[UUID], *, longest: int) -> dict[UUID, Said]:
    if not posts:
        return {}
    head = Substr(F("text"), 1, longest * 2)
    rows = Post.objects.filter(pk__in=posts).annotate(head=head, asked=question())
    return {
        pk: (" ".join(head.split())[:longest] or _("(no text)"), campaign, asked)
        for pk, head, campaign, asked in rows.values_list("pk", "head", "campaign", "asked")
    }
