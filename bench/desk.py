"""A signed-in person at the desk: pages asked for in this process (time, queries) and of a real server (bytes)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench.house import House
from bench.processes import Serve, ask
from bench.report import percentile
from clarion.deliveries.models import Delivery
from clarion.web.serving import started_up


@dataclass(frozen=True)
class Took:
    """Milliseconds of the server's own work, p50 and p95; ``busy``: of them on the processor, in this process."""

    median: float
    p95: float
    busy: float
    queries: int


@dataclass(frozen=True)
class Opened(Took):
    """``bytes``: of the page as it is sent, packed."""

    bytes: int


class Desk:
    def __init__(self, house: House) -> None:
        self._client = Client(headers={"accept-encoding": "gzip"}, SERVER_NAME="localhost")
        self._client.force_login(house.user, backend="clarion.web.accounts.Backend")

    @property
    def session(self) -> str:
        """The value of her session's cookie."""
        return str(self._client.cookies[settings.SESSION_COOKIE_NAME].value)

    def opened(self, serve: Serve, address: str, *, times: int = 40) -> Opened:
        took = self.took(address, times=times)
        return Opened(took.median, took.p95, took.busy, took.queries, len(self.sent(serve, address)))

    def took(self, address: str, *, times: int = 40) -> Took:
        """Opens the page often, first a few times so that templates are compiled."""
        for _ in range(3):
            self._get(address)
        started_up()  # as the server does
        took, busy = [], []
        for _ in range(times):
            clock, used = time.perf_counter(), time.process_time()
            self._get(address)
            took.append((time.perf_counter() - clock) * 1000)
            busy.append((time.process_time() - used) * 1000)
        with CaptureQueriesContext(connection) as queries:
            self._get(address)
        median, p95, on_processor = percentile(took, 0.5), percentile(took, 0.95), percentile(busy, 0.5)
        return Took(median or 0, p95 or 0, on_processor or 0, len(queries))

    def _get(self, address: str) -> Any:
        answer = self._client.get(address)
        assert answer.status_code == 200, f"{address} answered {answer.status_code}"
        return answer

    def sent(self, serve: Serve, address: str) -> bytes:
        cookie = f"{settings.SESSION_COOKIE_NAME}={self.session}"
        return ask(serve.url + address, headers={"accept-encoding": "gzip", "cookie": cookie})


def addresses(house: House) -> dict[str, str]:
    """The pages that are used most, by name."""
    place = house.workspace.pk
    one = Delivery.objects.filter(workspace=place).order_by("due_at", "id")[0]
    return {
        "today": reverse("today", args=[place]),
        "composer": reverse("composer_new", args=[place]),
        "composer, a post": reverse("composer", args=[place, one.post_id]),
        "calendar": reverse("calendar", args=[place]),
        "posts": reverse("posts", args=[place]),
        "post": reverse("post", args=[place, one.post_id]),
        "delivery": reverse("delivery", args=[place, one.pk]),
        "channels": reverse("channels", args=[place]),
        "noticeboard": reverse("noticeboard", args=[house.workspace.slug]),
    }
