"""Did it happen? Own posts read back to before the intent, where a network keeps neither key nor handle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from .base import Answer, Http, Step
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


def read_back[P](
    step: Step,
    ask: Callable[[str], tuple[Sequence[P], str]],
    *,
    http: Http,
    mine: Callable[[P], Mine],
    is_it: Callable[[P], bool],
    most: int = 10,
) -> Published | Absent:
    """Like ``looked_up``, page by page. ``ask(cursor)`` gives a page, newest first, and the next cursor (empty: none).

    At most ``most`` pages are read, none after the one that reaches back to before the intent; the server's clock is
    read from its answers. Absence is complete when the pages reached so far, or to the very end.
    """
    pages: list[Sequence[P]] = []
    whole, cursor, skew = False, "", timedelta()
    for _page in range(most):
        page, cursor = ask(cursor)
        pages.append(page)
        skew = behind(http.answer) if http.answer is not None else skew
        times = [at for one in page if (at := mine(one).at) is not None]
        if step.since is not None and times and min(times) < step.since - BEFORE + skew:
            break
        if not cursor:
            whole = True
            break
    return looked_up(step, pages, mine=mine, is_it=is_it, skew=skew, whole=whole)


def behind(answer: Answer) -> timedelta:
    """How far the server's clock is behind ours (never more than zero): its dates are compared with ours."""
    theirs = answer.server_time
    return min(theirs - answer.at, timedelta()) if theirs else timedelta()
