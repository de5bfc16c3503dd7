"""Did it happen? Own posts read back to before the intent, where a network keeps neither key nor handle."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .base import Step
from .words import Absent, Published

BEFORE = timedelta(seconds=60)
"""So far before the intent a listing must reach: clocks differ."""


@dataclass(frozen=True)
class Mine:
    """One of our posts as the network lists it. ``at`` None: it does not say when."""

    remote_id: str
    url: str = ""
    at: datetime | None = None


def looked_up[P](
    step: Step,
    pages: Iterable[Iterable[P]],
    *,
    mine: Callable[[P], Mine],
    is_it: Callable[[P], bool],
    skew: timedelta = timedelta(),
    whole: bool = False,
) -> Published | Absent:
    """The step's post among ``pages`` of our own (newest first), or that it is not there.

    ``is_it`` compares words, media and parent; posts of other deliveries (``step.taken``) and older ones are never
    asked about. ``skew``: how far the network's clock is behind ours (zero or less). Absence is complete when the
    pages reached back to before the intent, or when they are all there is (``whole``). Of two hits the older is it.
    """
    since = None if step.since is None else step.since - BEFORE + skew
    hits: list[Mine] = []
    reached = False
    for page in pages:
        for post in page:
            one = mine(post)
            if since is not None and one.at is not None and one.at < since:
                reached = True
            elif one.remote_id and one.remote_id not in step.taken and is_it(post):
                hits.append(one)
        if reached:
            break
    else:
        reached = whole
    if hits:
        return Published(hits[-1].remote_id, hits[-1].url)
    return Absent(complete=reached)
