from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.db import models


class Immutable(Exception):
    """An event can be neither changed nor deleted."""


class EventQuerySet(models.QuerySet["Event"]):
    def write(
        self, verb: str, *, subject: models.Model, by: Any = None, because: str = "", organisation: Any = None,
        workspace: Any = None, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None,
    ) -> Event:  # fmt: skip
        """Writes who did what to which thing, and why. Call it inside the verb's own transaction.

        ``before`` and ``after`` hold small values and references (a revision's hash, a state), never whole contents and
        never a secret. ``by`` is a User, or None for Clarion itself.
        """
        return self.create(**self._told(verb, subject, by, because, organisation, workspace, before, after))

    def write_all(
        self, verb: str, *, about: Iterable[tuple[models.Model, dict[str, Any], dict[str, Any]]], by: Any = None,
        because: str = "", workspace: Any = None,
    ) -> None:  # fmt: skip
        """Writes that the same was done to many things, each with its ``before`` and ``after``: in few queries."""
        self.bulk_create(
            [
                self.model(**self._told(verb, subject, by, because, None, workspace, before, after))
                for subject, before, after in about
            ], batch_size=500,
        )  # fmt: skip

    def _told(
        self, verb: str, subject: models.Model, by: Any, because: str, organisation: Any, workspace: Any,
        before: dict[str, Any] | None, after: dict[str, Any] | None,
    ) -> dict[str, Any]:  # fmt: skip
        workspace = workspace or getattr(subject, "workspace", None)
        organisation = organisation or getattr(workspace, "organisation", None)
        return {
            "verb": verb, "kind": subject._meta.model_name or "", "subject": str(subject.pk),
            "by_id": getattr(by, "pk", None), "by_name": str(by) if by is not None else "Clarion", "because": because,
            "before": before or {}, "after": after or {}, "organisation_id": getattr(organisation, "pk", None),
            "workspace_id": getattr(workspace, "pk", None),
        }  # fmt: skip

    def of(self, subject: models.Model) -> Self:
        return self.filter(kind=subject._meta.model_name, subject=str(subject.pk))

    def update(self, **kwargs: Any) -> int:
        raise Immutable("Events are not changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise Immutable("Events are not deleted.")


class Event(models.Model):
    """One thing that somebody did. Ids are kept as plain values, so an event outlives what it speaks of."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    by_id = models.UUIDField(null=True)
    by_name = models.CharField(max_length=200)
    because = models.CharField(max_length=500, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    organisation_id = models.UUIDField(null=True)
    workspace_id = models.UUIDField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["kind", "subject", "id"], name="event_subject"),
            models.Index(fields=["workspace_id", "id"], name="event_workspace"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.by_name} {self.verb} {self.kind} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise Immutable("Events are not changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise Immutable("Events are not deleted.")
