"""``clarion worker``: the distributed engine over this installation's rows."""

from __future__ import annotations

import os
import socket

from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app as desk
from procrastinate.contrib.django.utils import connector_params

from clarion.deliveries.sources import every
from clarion.web.serving import Beat, close_connection
from clarion.work.handing import Distributed


def run_worker(*, concurrency: int) -> None:
    owner = f"worker-{socket.gethostname()[:60]}:{os.getpid()}"
    Distributed(
        open_app, every(), desk=desk, owner=owner, concurrency=concurrency,
        beat=Beat(owner=owner, kind="distributed"), after=close_connection,
    ).run()  # fmt: skip


def open_app() -> App:
    """Procrastinate with a few connections of its own: one listens, the others take and settle jobs."""
    return App(connector=PsycopgConnector(kwargs=connector_params("default"), min_size=1, max_size=4, timeout=20))
