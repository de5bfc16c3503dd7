"""The list of posts: what a person wants to see of them, from the address and back into it; and one page of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Substr
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clarion.approvals.models import Request
from clarion.approvals.progress import State as Asking
from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import NEEDS_A_PERSON
from clarion.organisations.dates import written
from clarion.organisations.ids import is_id
from clarion.organisations.models import User, Workspace
from clarion.posts.looking import Having, Look, Mark, Page, Rows, Words
from clarion.posts.models import Listing, Post
from clarion.posts.search import Asked
from clarion.web import states
from clarion.web.questions import keeping, question

SUMMARY = 140
"""Characters of a post's words in the list."""
SHELVES = (
    ("drafts", _("Drafts")), ("scheduled", _("Scheduled")), ("published", _("Published")), ("needs", _("Needs you")),
    ("waits", _("Waits for a yes")), ("refused", _("Sent back")),
)  # fmt: skip
STATES: Mapping[str, tuple[str, ...]] = {
    "scheduled": (State.SCHEDULED, State.PUBLISHING), "published": (State.PUBLISHED,), "needs": NEEDS_A_PERSON,
}  # fmt: skip
"""A post is on every shelf that one of its deliveries is on; drafts have no promise."""
ASKED = {"waits": Asking.WAITING, "refused": Asking.REFUSED}
"""And on that of the question about it that counts now."""


@dataclass(frozen=True)
class Wanted:
    """Whatever cannot be one is empty: an old or mistyped address shows more, never an error."""

    q: str = ""
    shelf: str = ""
    channel: str = ""
    label: str = ""
    author: str = ""
    since: str = ""
    until: str = ""
    asked: Asked = field(default=Asked(()), compare=False)

    @classmethod
    def read(cls, given: Mapping[str, str]) -> Wanted:
        q, shelf, label = given.get("q", "")[:200], given.get("shelf", ""), given.get("label", "")
        q = q.replace("\x00", "").lstrip()  # a space behind the last word says that it is finished
        return cls(
            q=q, asked=Asked.read(q), shelf=shelf if shelf in dict(SHELVES) else "",
            channel=_id(given.get("channel", "")), author=_id(given.get("author", "")),
            label=label if label.isascii() and label.isdigit() and len(label) < 18 else "",
            since=_date(given.get("since", "")), until=_date(given.get("until", "")),
        )  # fmt: skip

    @property
    def is_all(self) -> bool:
        return self == Wanted()

    @property
    def is_narrowed(self) -> bool:
        """By something that the row of filters shows."""
        return bool(self.channel or self.label or self.author or self.since or self.until)

    def query(self, **changed: str) -> str:
        """The address's query, with some of it changed."""
        words = {name: getattr(self, name) for name in ("q", "shelf", "channel", "label", "author", "since", "until")}
        return urlencode({name: value for name, value in {**words, **changed}.items() if value})

    # -- as a question

    def look(self, workspace: Workspace) -> Look:
        """What leads when nothing is rare comes first: what is most likely to be the narrowest."""
        return Look(
            workspace, tuple(self._having(workspace)),
            since=_midnight(self.since, workspace) if self.since else None,
            until=_midnight(self.until, workspace, after=1) if self.until else None,
        )  # fmt: skip

    def _having(self, workspace: Workspace) -> list[Having]:
        found: list[Having] = []
        if self.asked:
            found.append(Words(self.asked, workspace=workspace))
        elif self.q:
            found.append(Rows(Listing.objects.none()))  # signs alone are in no post
        if self.shelf == "drafts":
            found.append(Rows(Listing.objects.filter(workspace=workspace, is_draft=True)))
        elif self.shelf in ASKED:
            found.append(Rows(Request.objects.filter(workspace=workspace, state=ASKED[self.shelf])))
        elif self.shelf:
            mine = Delivery.objects.filter(workspace=workspace)
            found.append(Rows(*(mine.filter(state=state) for state in STATES[self.shelf])))
        if self.label:
            found.append(Rows(Post.labels.through.objects.filter(label=self.label)))
        if self.author:
            found.append(Rows(Post.objects.filter(workspace=workspace, author=self.author), key="id"))
        if self.channel:
            found.append(Rows(Post.channels.through.objects.filter(channel=self.channel)))
        return found


@dataclass(frozen=True)
class Row:
    post: Post
    deliveries: tuple[Delivery, ...]
    state: str
    at: datetime | None


def row_of(post: Post, deliveries: Any = None) -> Row:
    some = tuple(post.deliveries.all() if deliveries is None else deliveries)
    alive = [one for one in some if one.state != State.CANCELLED]
    state = states.worst(one.state for one in alive) if alive else "draft"
    at = min((one.due_at for one in alive), default=post.wanted_at)
    return Row(post, some, "removed" if post.removed_at else state, at)


@dataclass(frozen=True)
class Carrier:
    """One delivery as a list shows it."""

    channel: Channel
    state: str
    due_at: datetime


@dataclass(frozen=True)
class Line:
    """One post as the list shows it. ``time`` and ``day`` are local words; empty: it is meant for no time."""

    pk: UUID
    text: str
    byline: str
    state: str
    at: datetime | None
    time: str
    day: str
    deliveries: tuple[Carrier, ...]
    is_unapproved: bool = False


def lines(
    page: Page, *, workspace: Workspace, channels: Mapping[UUID, Channel], people: Mapping[UUID, Any], now: datetime
) -> list[Line]:
    """The posts of a page, in its order. Light columns and few queries: the list is asked for often."""
    head = Substr(F("text"), 1, SUMMARY * 2)
    columns = ("pk", "head", "author_id", "wanted_at", "asking")
    rows_of = Post.objects.filter(pk__in=page.posts).annotate(head=head, asking=question())
    posts = {row[0]: row for row in rows_of.values_list(*columns)}
    carriers: dict[UUID, list[Carrier]] = defaultdict(list)
    rows = Delivery.objects.filter(post__in=page.posts).order_by("due_at")
    for post, channel, state, due_at in rows.values_list("post_id", "channel_id", "state", "due_at"):
        carriers[post].append(Carrier(channels[channel], state, due_at))
    labels: dict[UUID, list[str]] = defaultdict(list)
    named = Post.labels.through.objects.filter(post__in=page.posts).order_by("label__name")
    for post, name in named.values_list("post_id", "label__name"):
        labels[post].append(name)
    gone = {row[2] for row in posts.values()} - set(people) - {None}
    people = {**people, **(User.objects.in_bulk(gone) if gone else {})}  # who has left the workspace still wrote it
    found = []
    for pk, text, author, wanted_at, asked in (posts[pk] for pk in page.posts if pk in posts):
        alive = [one for one in carriers[pk] if one.state != State.CANCELLED]
        at = alive[0].due_at if alive else wanted_at
        local = at.astimezone(workspace.tz) if at else None
        state = states.worst(one.state for one in alive) if alive else "draft"
        writer = [str(people[author])] if author in people else []
        found.append(Line(
            pk, " ".join(text.split())[:SUMMARY] or gettext("(no text)"), " · ".join([*writer, *labels[pk]]),
            keeping(state, asked), at,
            f"{local:%H:%M}" if local else "",
            written(local, "D j M" if local.year == now.year else "j M Y") if local else "", tuple(carriers[pk]),
            is_unapproved=asked == Asking.GLASS,
        ))  # fmt: skip
    return found


def mark_of(text: str) -> Mark | None:
    return Mark.read(text) if text else None


def _id(text: str) -> str:
    return text if is_id(text) else ""


def _date(text: str) -> str:
    try:
        return text if 1990 <= datetime.strptime(text, "%Y-%m-%d").year <= 2200 else ""
    except ValueError:
        return ""


def _midnight(text: str, workspace: Workspace, *, after: int = 0) -> datetime:
    day = date.fromisoformat(text) + timedelta(days=after)
    return datetime(day.year, day.month, day.day, tzinfo=workspace.tz).astimezone(UTC)
