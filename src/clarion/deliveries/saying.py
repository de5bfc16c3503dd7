"""What this process is saying to networks at this moment, so that it can tell when a pause has stopped it.

A thread enters here before it asks whether anything is paused. So whoever knows of a pause, and finds nobody here that
it stops, knows that no byte of this process starts after it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clarion.organisations.models import Pause, Workspace

_lock = threading.Lock()
_now: Counter[Any] = Counter()


@contextmanager
def about(workspace: Workspace) -> Iterator[None]:
    """While something is said for the workspace."""
    place = (workspace.pk, workspace.organisation_id)
    with _lock:
        _now[place] += 1
    try:
        yield
    finally:
        with _lock:
            _now[place] -= 1
            if not _now[place]:
                del _now[place]


def against(pause: Pause) -> bool:
    """Whether something is on its way that the pause would stop."""
    with _lock:
        return any(pause.stops_in(workspace, organisation_id=organisation) for workspace, organisation in _now)
