"""``clarion worker``: the distributed engine over this installation's rows."""

from __future__ import annotations

import os
import socket

from django.conf import settings
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django.utils import connector_params

from clarion.deliveries.sources import Alerts, Deliveries
from clarion.web.serving import Beat, close_connection
from clarion.work.handing import Distributed


def run_worker(*, concurrency: int) -> None:
    owner = f"worker-{socket.gethostname()[:60]}:{os.getpid()}"
    parameters = {key: value for key, value in connector_params("default").items() if key != "pool"}
    app = App(connector=PsycopgConnector(**parameters))
    Distributed(
        app, [Deliveries(), Alerts()], owner=owner, concurrency=min(concurrency, int(settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"])),
        beat=Beat(owner=owner, kind="distributed"), after=close_connection,
    ).run()  # fmt: skip
