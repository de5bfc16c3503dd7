from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models, transaction
from django.db.models import ExpressionWrapper, OuterRef, Subquery, Value
from django.db.models.functions import Lower, Reverse, Right, StrIndex

from clarion.organisations.ids import new_id
from clarion.organisations.news import happened

from .domain import Domain
from .organisation import Organisation

IDLE, WHOLE = 14 * 24, 30 * 24
"""Hours that a session lasts without a word, and in all, where no organisation says otherwise."""


class SignInPolicyQuerySet(models.QuerySet["SignInPolicy"]):
    def over(self, user: Any) -> Self:
        """Those of the organisations that the person belongs to. ``user`` may be an ``OuterRef``."""
        return self.filter(organisation__workspaces__members__user=user)

    def decide(
        self, *, organisation: Organisation, second_factor_from: datetime | None, idle_hours: int, whole_hours: int,
        by: Any,
    ) -> SignInPolicy:  # fmt: skip
        """What holds from now on; recorded, with what held before."""
        with transaction.atomic():
            policy, _made = self.get_or_create(organisation=organisation)
            before = policy.as_json()
            policy.second_factor_from, policy.idle_hours = second_factor_from, idle_hours
            policy.whole_hours = whole_hours
            policy.save()
            happened.send(
                SignInPolicy, verb="sign_in.decided", subject=policy, by=by, organisation=organisation,
                workspace=None, because="", before=before, after=policy.as_json(),
            )  # fmt: skip
        return policy


class SignInPolicy(models.Model):
    """How people of an organisation sign in. Who belongs to several keeps to the strictest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="sign_in")
    second_factor_from = models.DateTimeField(null=True, blank=True)
    """From when on nobody comes in without a second factor; None: each may choose."""
    idle_hours = models.PositiveIntegerField(default=IDLE)
    whole_hours = models.PositiveIntegerField(default=WHOLE)

    objects = SignInPolicyQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.organisation}"

    def as_json(self) -> dict[str, Any]:
        since = self.second_factor_from
        return {
            "second_factor_from": since.isoformat() if since else None, "idle_hours": self.idle_hours,
            "whole_hours": self.whole_hours,
        }  # fmt: skip


@dataclass(frozen=True)
class Strictest:
    """What holds for one person: the strictest of all their organisations. ``through``: the id of the provider that is
    a must for their address, None where a password will do."""

    second_factor_from: datetime | None
    idle: timedelta
    whole: timedelta
    through: Any = None

    @staticmethod
    def asked() -> dict[str, Subquery]:
        """For ``annotate`` on people: so that the rules come with the person, in one query."""
        mine = SignInPolicy.objects.over(OuterRef("pk"))
        named = mine.exclude(second_factor_from=None)
        email = ExpressionWrapper(OuterRef("email"), output_field=models.EmailField())
        behind_the_last_at = Right(email, StrIndex(Reverse(email), Value("@")) - 1)  # the index of names finds it
        musts = Domain.objects.in_force().filter(name=Lower(behind_the_last_at)).exclude(enforced_at=None)
        return {
            f"strictest_{name}": Subquery(rows.order_by(name).values(name)[:1])
            for name, rows in (("second_factor_from", named), ("idle_hours", mine), ("whole_hours", mine))
        } | {"strictest_through": Subquery(musts.values("provider")[:1], output_field=models.UUIDField())}

    @classmethod
    def of(cls, user: Any) -> Strictest:
        """Of a person who was read with ``asked``."""
        idle, whole = (getattr(user, f"strictest_{name}", None) for name in ("idle_hours", "whole_hours"))
        since = getattr(user, "strictest_second_factor_from", None)
        through = getattr(user, "strictest_through", None)
        return cls(since, timedelta(hours=idle or IDLE), timedelta(hours=whole or WHOLE), through)
