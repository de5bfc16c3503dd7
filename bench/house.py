"""A small installation for one bench: an organisation, a workspace, channels on the bench's network, posts.

Django is set up for the installation's data folder before this module is imported; see ``bench.__main__``.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from bench.network import Network
from bench.processes import Process, Serve, TookTooLong, Worker, until
from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery, State
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Media, Post
from clarion.testing.pictures import png
from clarion.web.first_set_up import found
from clarion.web.migrating import bring_up_to_date

PASSWORD = "correct horse 7"  # noqa: S105  of a folder that lives for one bench
FINAL = (State.PUBLISHED, State.FAILED, State.MISSED, State.CANCELLED, State.HELD, State.UNKNOWN)


class House:
    """``channels`` are those of :meth:`connect`, in order; the noticeboard is not among them."""

    def __init__(self) -> None:
        self.folder = Path(settings.DATA)
        self._ends = ExitStack()
        self._serves = 0
        bring_up_to_date()
        founded = found(
            organisation="City of Halden", workspace="Press office", email="ingrid@halden.example", password=PASSWORD,
            zone="Europe/Oslo", now=datetime.now(UTC),
        )  # fmt: skip
        self.workspace, self.user = founded.workspace, founded.user
        self.channels: list[Channel] = []

    def __enter__(self) -> House:
        return self

    def __exit__(self, *error: object) -> None:
        self._ends.close()

    # -- processes

    def _keep[P: Process](self, process: P) -> P:
        self._ends.callback(process.end)
        return process

    def network(self, **options: Any) -> Network:
        return self._keep(Network(folder=self.folder, **options))

    def serve(self, **options: Any) -> Serve:
        self._serves += 1
        return self._keep(Serve(folder=self.folder, number=self._serves, **options))

    def worker(self) -> Worker:
        self._serves += 1
        return self._keep(Worker(folder=self.folder, number=self._serves))

    # -- what it holds

    def connect(self, network: Network) -> list[Channel]:
        """A channel for each account of the network, connected as ``clarion channels connect`` does."""
        now = datetime.now(UTC)
        made = []
        for token in network.tokens:
            channel = Channel.objects.connect(
                workspace=self.workspace, network="mastodon", by=self.user, now=now,
                fields={"server": network.url, "access_token": token},
            )  # fmt: skip
            channel.ask_limits(channel.speak(), now=now)
            made.append(channel)
        self.channels += made
        return made

    def picture(self) -> Shot:
        media = Media.objects.keep(
            workspace=self.workspace,
            file=BytesIO(png(640, 400)),
            name="square.png",
            alt="The town square.",
            by=self.user,
        )
        return Shot(str(media.pk), media.alt)

    def schedule(
        self, texts: Sequence[str], *, at: datetime, every: timedelta = timedelta(0), channels: Sequence[Channel] = (),
        shots: tuple[Shot, ...] = (),
    ) -> list[Delivery]:  # fmt: skip
        """One post for each text, each on one channel in turn, ``every`` so often from ``at`` on."""
        channels = channels or self.channels
        made: list[Delivery] = []
        with transaction.atomic():
            for number, text in enumerate(texts):
                channel = channels[number % len(channels)]
                post = Post.objects.write(
                    workspace=self.workspace, by=self.user, content=Content((Words(text, shots),)), channels=[channel]
                )
                made += Delivery.objects.schedule(
                    post, channels=[channel], at=at + every * number, by=self.user, now=datetime.now(UTC)
                )
        return made

    def unsettled(self) -> int:
        """Deliveries that are due and neither published nor waiting for a person."""
        return Delivery.objects.filter(due_at__lte=datetime.now(UTC)).exclude(state__in=FINAL).count()

    def settled(self, *, seconds: float) -> bool:
        """Waits until nothing that is due is on its way any more; False when it took too long."""
        try:
            until(lambda: self.unsettled() == 0, seconds=seconds, what="all is settled", every=0.25)
        except TookTooLong:
            return False
        return True

    def waiting_for_a_person(self) -> int:
        return Delivery.objects.exclude(state__in=(State.PUBLISHED, State.SCHEDULED, State.PUBLISHING)).count()

    @property
    def database(self) -> str:
        if connection.vendor == "sqlite":
            return "SQLite"
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return f"PostgreSQL {str(cursor.fetchone()[0]).split()[0]}"


def texts(count: int, *, about: str = "Storgata is closed") -> list[str]:
    """Texts that differ, of an ordinary length."""
    return [
        f"{about} ({number}). The fire service trains from nine to twelve; buses of line 4 stop at the library. #halden"
        for number in range(count)
    ]
