from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.db import models, transaction
from django.utils.translation import gettext as _

from clarion.organisations.models import Workspace
from clarion.posts import lint
from clarion.posts.content import Content
from clarion.records.models import Event

from .media import Media

OFF, ADVICE, GATE = "off", "advice", "gate"
FORCES = (OFF, ADVICE, GATE)
MOST_KNOWN = 500
"""So many words are known in a workspace at most."""


class Gated(ValueError):
    """A rule that this workspace made a gate stops the words; the sentence says which and why."""


class AdviceQuerySet(models.QuerySet["Advice"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def for_workspace(self, workspace: Workspace) -> Advice:
        """The workspace's own choice; where none was made, every rule is advice."""
        return self.filter(workspace=workspace).first() or Advice(workspace=workspace)

    def settle(self, workspace: Workspace, *, forces: Mapping[str, str], known: Iterable[str], by: Any) -> Advice:
        """Says which rules are off, advice or a gate here, and which words readers know. Raises ``ValueError``."""
        wanted = {rule: force for rule, force in forces.items() if rule in lint.RULES and force in FORCES}
        words = sorted({word.strip() for word in known if word.strip()}, key=str.lower)
        if len(words) > MOST_KNOWN or any(len(word) > 80 for word in words):
            sentence = _("At most %(n)d words are known here, each of at most 80 characters.")
            raise ValueError(sentence % {"n": MOST_KNOWN})
        with transaction.atomic():
            advice, _made = self.get_or_create(workspace=workspace)
            before = {rule: advice.force(rule) for rule in lint.RULES}
            required = wanted.get("alt_missing", before["alt_missing"]) == GATE
            advice.forces, advice.known = {**before, **wanted}, words
            advice.save()
            if workspace.alt_text_required != required:
                workspace.alt_text_required = required
                workspace.save(update_fields=["alt_text_required"])
            after = {rule: advice.force(rule) for rule in lint.RULES}
            changed = [rule for rule in lint.RULES if before[rule] != after[rule]]
            Event.objects.write(
                "advice.settled", subject=workspace, workspace=workspace, by=by,
                before={rule: before[rule] for rule in changed},
                after={**{rule: after[rule] for rule in changed}, "known": len(words)},
            )  # fmt: skip
        return advice


class Advice(models.Model):
    """How a workspace takes the rules of good writing: each is off, advice, or a gate that stops scheduling.

    Whether pictures need a description is the workspace's own field (``alt_text_required``): the gate is that field.
    """

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="advice")
    forces = models.JSONField(default=dict)
    known = models.JSONField(default=list)

    objects = AdviceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"advice of {self.workspace}"

    def force(self, rule: str) -> str:
        """``off``, ``advice`` or ``gate``."""
        said = self.forces.get(rule, ADVICE)
        if rule == "alt_missing":
            return GATE if self.workspace.alt_text_required else said if said != GATE else ADVICE
        return str(said)

    @property
    def gates(self) -> frozenset[str]:
        return frozenset(rule for rule in lint.RULES if self.force(rule) == GATE)

    @property
    def asked(self) -> frozenset[str]:
        """The rules that are not off."""
        return frozenset(rule for rule in lint.RULES if self.force(rule) != OFF)

    def findings(
        self, content: Content, *, names: Mapping[str, str] | None = None, rules: Iterable[str] | None = None
    ) -> list[tuple[int, lint.Finding]]:
        """What is found in each part (by number). ``names``: of the files, by media id; ``rules``: only these."""
        wanted = self.asked if rules is None else self.asked & frozenset(rules)
        language = str(content.options.get("language") or "")
        return [
            (number, finding)
            for number, words in enumerate(content.parts)
            for finding in lint.look(
                words.text, [lint.Picture(one.media, one.alt, (names or {}).get(one.media, "")) for one in words.shots],
                known=self.known, language=language, rules=wanted,
            )
        ]  # fmt: skip

    def refuse(self, content: Content) -> None:
        """Raises ``Gated`` with one sentence when a gate of this workspace stops these words."""
        if not self.gates:
            return
        ids = content.media_ids
        names = {
            str(pk): name for pk, name in Media.objects.filter(pk__in=ids).values_list("pk", "name")
        } if ids and self.gates & {"alt_lazy"} else {}  # fmt: skip
        for _number, finding in self.findings(content, names=names, rules=self.gates):
            raise Gated(stopped(finding.sentence))


def stopped(sentence: str) -> str:
    """A finding's sentence where its rule is a gate."""
    return _("%(sentence)s This workspace does not let it go out like this.") % {"sentence": sentence}
