from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.records.models import Event

from .house_rule import HouseRule
from .post import Post
from .verdict import Verdict, by_rule

LONGEST = 500


class NoReason(ValueError):
    """Nobody lets a post out against a rule without saying why."""


class OverrideQuerySet(models.QuerySet["Override"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def grant(self, verdicts: Iterable[Verdict], *, post: Post, by: Any, because: str) -> list[Override]:
        """Lets exactly what was judged go out all the same; other words are asked anew. Raises ``NoReason``."""
        because = " ".join(because.split())
        if not because:
            raise NoReason(_("Say why it should go out all the same: the reason is kept with the post."))
        if len(because) > LONGEST:
            raise NoReason(_("A reason has at most %(n)d characters.") % {"n": LONGEST})
        made = []
        with transaction.atomic():
            for one in by_rule([verdict for verdict in verdicts if verdict.stops]).values():
                override = self.create(
                    workspace=post.workspace, post=post, rule=one.rule, rule_name=one.rule.name,
                    rule_version=one.rule.version, sha256=one.sha256, kind=one.hit.kind, by=person(by),
                    because=because,
                )  # fmt: skip
                Event.objects.write(
                    "rule.overridden", subject=post, by=by, because=because, after={**one.told, "sha256": one.sha256}
                )
                made.append(override)
        return made


class Override(models.Model):
    """Somebody let a post go out against a rule: whose decision, why, and exactly which words. Never changed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="overrides")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="overrides")
    rule = models.ForeignKey(HouseRule, on_delete=models.RESTRICT, related_name="overrides")
    rule_name = models.CharField(max_length=80)
    rule_version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    """Of what was judged: words, descriptions, options, captions, and what those lead to and call people."""
    kind = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    because = models.CharField(max_length=LONGEST)
    at = models.DateTimeField(default=timezone.now)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "id"]
        indexes = [models.Index(fields=["post", "sha256"], name="override_of_words")]

    def __str__(self) -> str:
        return f"{self.rule_name} for {self.post_id}"
