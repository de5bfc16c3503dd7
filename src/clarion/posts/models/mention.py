from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.news import meant_otherwise

from .kit import Kit, KitQuerySet

MARK = re.compile(r"@\[([^\[\]\n]{1,60})\](?!\()")
"""How a text names a person for every network at once: ``@[Kari Nordmann]``. Before a bracket it is a network's own."""
_BARE = re.compile(r"[\w.-]+(?:@[\w.:-]+)?")


class PersonQuerySet(KitQuerySet):
    def make(self, *, workspace: Workspace, name: str, by: Any, **values: Any) -> Any:
        """``handles``: as ``Person.change`` takes them."""
        handles = values.pop("handles", {})
        with transaction.atomic():
            made = super().make(workspace=workspace, name=name, by=by, **values)
            made._called(handles)
            made._tell({made.mark}, by=by)
        return made

    def named(self, workspace: Workspace | Any, names: set[str]) -> dict[str, Person]:
        """Those of the workspace by their names in small letters."""
        wanted = {name.casefold() for name in names}
        rows = self.filter(workspace=workspace).prefetch_related("handles")
        return {one.name.casefold(): one for one in rows if one.name.casefold() in wanted}


class Person(Kit):
    """Somebody whom posts mention: a name, and what they are called on each network."""

    noun = "person"

    objects = PersonQuerySet.as_manager()

    @property
    def mark(self) -> str:
        return f"@[{self.name}]"

    def handle_on(self, channel: Channel) -> str:
        """What the channel's network calls them, as it is written in a text; empty where nobody knows."""
        mine = {(one.network, one.server): one.text for one in self.handles.all()}
        return mine.get((channel.network, channel.server)) or mine.get((channel.network, ""), "")

    def change(self, *, by: Any, name: str, **values: Any) -> None:
        """``handles``: texts by network and server; without a server for all servers of the network."""
        handles, marks = values.pop("handles", None), {self.mark, f"@[{name}]"}
        with transaction.atomic():
            super().change(by=by, name=name, **values)
            if handles is not None:
                self._called(handles)
            self._tell(marks, by=by)

    def remove(self, *, by: Any) -> None:
        """Posts stay as they are, and say the plain name."""
        with transaction.atomic():
            super().remove(by=by)
            self._tell({self.mark}, by=by)

    def _tell(self, marks: Collection[str], *, by: Any) -> None:
        fits = Q()
        for mark in marks:
            fits |= Q(listing__words__icontains=mark) | Q(listing__variants__icontains=mark)
        meant_otherwise.send(Person, workspace=self.workspace_id, by=by, fits=fits)

    def _called(self, handles: Mapping[tuple[str, str], str]) -> None:
        self.handles.all().delete()
        Handle.objects.bulk_create(
            Handle(person=self, network=network, server=server, text=written(text))
            for (network, server), text in handles.items() if text.strip()
        )  # fmt: skip


class Handle(models.Model):
    """What a person is called on a network, or at one server of it."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="handles")
    network = models.CharField(max_length=40)
    server = models.CharField(max_length=300, blank=True)
    text = models.CharField(max_length=200)

    class Meta:
        ordering = ["network", "server"]
        constraints = [models.UniqueConstraint("person", "network", "server", name="handle_once")]

    def __str__(self) -> str:
        return self.text


def written(text: str) -> str:
    """A handle as a text has it: a bare name gets its sign; what has a form of its own (``u/kari``) keeps it."""
    text = " ".join(text.split())
    return f"@{text}" if _BARE.fullmatch(text) else text
