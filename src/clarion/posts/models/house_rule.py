from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.organisations.ids import new_id
from clarion.organisations.models import Organisation, Workspace
from clarion.organisations.models.user import person
from clarion.posts.content import Content, hash_of
from clarion.posts.countries import country_of
from clarion.posts.house import Book, Entry
from clarion.records.models import Event

from .almanac import Almanac
from .judged import Beside, Judged
from .ruling import BadRule, Kind, entry_of, sound
from .verdict import Ruled, Verdict

if TYPE_CHECKING:
    from .post import Post

MOST = 300
"""So many rules a workspace has at most, those of its organisation included."""
KEPT = 256
"""So many workspaces' rules stay in the memory of a process."""

type Mark = tuple[UUID, int, int]
"""A rule that is on: its id, version and position."""
type Stamp = tuple[frozenset[Mark], str]
"""The marks of the rules that hold in a workspace, and the country in which it dials."""


class RuleLevel(models.TextChoices):
    """What a rule does to a post in which it finds something."""

    WARN = "warn", gettext_lazy("Warn")
    STOP = "stop", gettext_lazy("Stop")


@dataclass(frozen=True)
class House:
    """The rules that hold in a workspace, put together: read once, and again after one of them was changed."""

    rules: Sequence[HouseRule]
    levels: Sequence[str]
    book: Book
    stamp: Stamp

    def judge(self, judged: Judged) -> list[Verdict]:
        """One verdict for everything that is found; overrides are not looked up."""
        if not self.rules:
            return []
        passages = judged.passages(links=self.book.asks_links)
        hits = self.book.look(passages, language=judged.language, leads=judged.leads)
        sha256 = judged.sha256 if hits else ""
        return [
            Verdict(self.rules[hit.rule], self.levels[hit.rule], hit, passages[hit.passage], sha256) for hit in hits
        ]

    def refuse(self, content: Content, *, workspace: Workspace) -> None:
        """Raises ``Ruled`` for words that belong to no post yet, where nobody can have overridden anything."""
        if stops := [one for one in self.judge(Judged(content, workspace=workspace)) if one.stops]:
            raise Ruled(stops)


@dataclass(frozen=True)
class Risk:
    """Whether a rule found anything in a post; ``sha256``: of what stood beside its words then."""

    beside: Beside
    sha256: str
    found: bool


_remembering = Lock()
_houses: OrderedDict[UUID, House] = OrderedDict()
_risks: OrderedDict[tuple[UUID, int, Stamp], Risk] = OrderedDict()


class HouseRuleQuerySet(models.QuerySet["HouseRule"]):
    def of(self, user: Any) -> Self:
        mine = Workspace.objects.of(user)
        return self.filter(Q(workspace__in=mine) | Q(workspace=None, organisation__in=mine.values("organisation")))

    def holding_in(self, workspace: Workspace) -> Self:
        """Those of the organisation, then the workspace's own, as they are ordered; also what is switched off."""
        own = Q(workspace=workspace) | Q(workspace=None, organisation=workspace.organisation_id)
        return self.filter(own, removed_at=None).order_by(F("workspace").asc(nulls_first=True), "position", "pk")

    def house(self, workspace: Workspace, *, marks: Iterable[Mark] | None = None) -> House:
        """The rules that hold there now. Costs one short question while none of them changes; none with their
        ``marks``, for those who have asked for them."""
        mine = self.holding_in(workspace).filter(is_active=True)
        asked = mine.order_by().values_list("pk", "version", "position") if marks is None else marks
        region = Almanac.objects.of_workspace(workspace).country or country_of(workspace.zone)
        stamp: Stamp = (frozenset(asked), region)
        known = _houses.get(workspace.pk)
        if known is not None and known.stamp == stamp:
            return known
        rules = list(mine.select_related("organisation").prefetch_related("stricter"))
        found = House(
            rules, [one.level_in(workspace) for one in rules],
            Book([one.entry for one in rules], region=region), stamp,
        )  # fmt: skip
        _remember(_houses, workspace.pk, found, most=KEPT)
        return found

    def judge(
        self, content: Content, *, workspace: Workspace, channel: Any = None, house: House | None = None
    ) -> list[Verdict]:
        """What the rules of the house say of a content, as it would go out on ``channel``; in the order of the rules.

        Verdicts that a person has overridden for exactly these words say so. ``house``: the rules, to whoever has them.
        """
        house = house or self.house(workspace)
        verdicts = house.judge(Judged(content, workspace=workspace, channel=channel))
        if not content.post or not any(one.stops for one in verdicts):
            return verdicts
        return overridden(verdicts, post=content.post)

    def refuse(
        self, content: Content, *, workspace: Workspace, channel: Any = None, house: House | None = None
    ) -> list[Verdict]:
        """Raises ``Ruled`` when a rule stops the content; else what was only warned of, or overridden."""
        verdicts = self.judge(content, workspace=workspace, channel=channel, house=house)
        if stops := [one for one in verdicts if one.stops]:
            raise Ruled(stops)
        return verdicts

    def risk(self, post: Post) -> bool:
        """Whether any rule finds anything in the post, on any of its channels. Remembered for each of its versions, and
        for what it then showed and led to beside its own words."""
        house = self.house(post.workspace)
        key = (post.pk, post.version, house.stamp)
        known = _risks.get(key)
        if known is None or known.beside.sha256 != known.sha256:
            contents = [post.said, *(Content.from_json(one.content, post=str(post.pk)) for one in post.variants.all())]
            beside = Beside.of(contents, post=post.pk, workspace=post.workspace_id)
            sha256 = beside.sha256  # before it is judged: what changes meanwhile is judged again
            found = any(house.judge(Judged(one, workspace=post.workspace)) for one in contents)
            known = Risk(beside, sha256, found)
            _remember(_risks, key, known, most=20_000)
        return known.found

    def make(
        self, *, organisation: Organisation, workspace: Workspace | None, kind: str, name: str, what: Mapping[str, Any],
        by: Any, level: str = RuleLevel.WARN, explanation: str = "", language: str = "",
    ) -> HouseRule:  # fmt: skip
        """A new rule; without a ``workspace`` it holds in the whole organisation. Raises ``BadRule``."""
        place = Q(workspace=workspace) if workspace else Q(workspace=None)
        rows = self.filter(place, organisation=organisation, removed_at=None)
        if rows.count() >= MOST:
            raise BadRule(_("There are %(n)d rules already. Take one away first.") % {"n": MOST})
        last = rows.aggregate(last=Max("position"))["last"] or 0
        rule = HouseRule(
            organisation=organisation, workspace=workspace, kind=kind, name=name.strip(), level=level,
            explanation=explanation.strip(), language=language, what=sound(kind, what), by=person(by),
            position=last + 1,
        )  # fmt: skip
        rule._refuse_nameless()
        with transaction.atomic():
            rule.save()
            rule._tell("rule.made", by=by, after=rule._told())
        return rule


class HouseRule(models.Model):
    """What may not be said, or only with care: words, patterns, personal data, links. Of one workspace, or of its whole
    organisation, where a workspace can make it stricter and never milder. ``version`` counts its changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="house_rules")
    workspace = models.ForeignKey(
        Workspace, null=True, blank=True, on_delete=models.CASCADE, related_name="house_rules"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(max_length=80)
    explanation = models.CharField(max_length=300, blank=True)
    level = models.CharField(max_length=4, choices=RuleLevel.choices, default=RuleLevel.WARN)
    language = models.CharField(max_length=8, blank=True)
    """Only texts in it are asked (a code such as ``de``); empty: all."""
    what = models.JSONField(default=dict)
    """As ``ruling.sound`` gives it."""
    is_active = models.BooleanField(default=True)
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    stricter = models.ManyToManyField(Workspace, related_name="stricter_rules", blank=True)
    """Where a rule of the organisation that warns stops."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = HouseRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="house_rule_kind_known"),
            models.CheckConstraint(condition=Q(level__in=RuleLevel.values), name="house_rule_level_known"),
        ]
        indexes = [
            models.Index(fields=["workspace", "position"], condition=Q(removed_at=None), name="house_rule_own"),
            models.Index(
                fields=["organisation", "position"], condition=Q(removed_at=None, workspace=None), name="house_rule_all"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_everywhere(self) -> bool:
        """It holds in every workspace of the organisation."""
        return self.workspace_id is None

    @cached_property
    def entry(self) -> Entry:
        return entry_of(self.kind, self.what, self.language)

    def level_in(self, workspace: Workspace) -> str:
        stricter = self.is_everywhere and any(one.pk == workspace.pk for one in self.stricter.all())
        return RuleLevel.STOP.value if stricter else str(self.level)

    # -- verbs

    def change(self, *, by: Any, **values: Any) -> None:
        """``values``: name, level, explanation, language, what. What was let through is asked anew.

        Raises ``BadRule``."""
        before = self._told()
        for name, value in values.items():
            setattr(self, name, sound(self.kind, value) if name == "what" else value)
        self._refuse_nameless()
        self.__dict__.pop("entry", None)
        self._keep("rule.changed", by=by, before=before, fields=tuple(values))

    def switch(self, *, on: bool, by: Any) -> None:
        if self.is_active == on:
            return
        before = self._told()
        self.is_active = on
        self._keep("rule.switched", by=by, before=before, fields=("is_active",))

    def tighten(self, workspace: Workspace, *, by: Any) -> None:
        """A rule of the organisation that warns stops in this workspace."""
        if self.is_everywhere and workspace.organisation_id == self.organisation_id:
            self._strict(workspace, "rule.tightened", by=by)

    def ease(self, workspace: Workspace, *, by: Any) -> None:
        """It is there again what the organisation made it."""
        self._strict(workspace, "rule.eased", by=by)

    def move(self, *, up: bool, by: Any) -> None:
        """One place up or down among those of the same place: in this order people are told."""
        mine = Q(workspace=self.workspace_id) if self.workspace_id else Q(workspace=None)
        with transaction.atomic():
            rows = list(
                HouseRule.objects.select_for_update()
                .filter(mine, organisation=self.organisation_id, removed_at=None).order_by("position", "pk")
            )  # fmt: skip
            here = next(number for number, one in enumerate(rows) if one.pk == self.pk)
            there = here + (-1 if up else 1)
            if not 0 <= there < len(rows):
                return
            rows[here], rows[there] = rows[there], rows[here]
            now = timezone.now()
            for number, one in enumerate(rows, start=1):
                if one.position != number:
                    HouseRule.objects.filter(pk=one.pk).update(position=number, changed_at=now)
            self._tell("rule.moved", by=by, before={"place": here + 1}, after={"place": there + 1})

    def remove(self, *, by: Any) -> None:
        """It holds no more. The row stays: what was let through against it points there."""
        before = self._told()
        self.removed_at = timezone.now()
        self._keep("rule.removed", by=by, before=before, fields=("removed_at",))

    # -- how they are kept

    def _strict(self, workspace: Workspace, verb: str, *, by: Any) -> None:
        with transaction.atomic():
            (self.stricter.remove if verb == "rule.eased" else self.stricter.add)(workspace)
            HouseRule.objects.filter(pk=self.pk).update(version=F("version") + 1, changed_at=timezone.now())
            self.refresh_from_db(fields=["version", "changed_at"])
            self._tell(verb, by=by, workspace=workspace, after={"version": self.version})

    def _keep(self, verb: str, *, by: Any, before: dict[str, Any], fields: Iterable[str]) -> None:
        self.changed_at = timezone.now()
        with transaction.atomic():
            self.save(update_fields=[*fields, "changed_at"])
            HouseRule.objects.filter(pk=self.pk).update(version=F("version") + 1)
            self.refresh_from_db(fields=["version"])
            self._tell(verb, by=by, before=before, after=self._told())

    def _refuse_nameless(self) -> None:
        if not self.name.strip():
            raise BadRule(_("Give the rule a name: people read it when it stops them."))
        if self.kind not in Kind.values or self.level not in RuleLevel.values:
            raise BadRule(_("Choose what the rule looks for and what it does."))

    def _tell(self, verb: str, *, by: Any, workspace: Any = None, **more: Any) -> None:
        place = workspace or self.workspace
        Event.objects.write(verb, subject=self, by=by, organisation=self.organisation, workspace=place, **more)

    def _told(self) -> dict[str, Any]:
        """For the record: what it looks for only as a hash, since a list may hold names that nobody should read."""
        return {
            "name": self.name, "level": self.level, "active": self.is_active, "version": self.version,
            "sha256": hash_of({"what": self.what, "language": self.language}),
        }  # fmt: skip


def overridden(verdicts: Sequence[Verdict], *, post: str) -> list[Verdict]:
    """The same, saying of each whether somebody has let exactly this go out all the same."""
    from_rule = {(one.rule.pk, one.rule.version) for one in verdicts}
    rules = HouseRule.objects.filter(overrides__post=post, overrides__sha256=verdicts[0].sha256)
    let = set(rules.values_list("pk", "overrides__rule_version")) & from_rule
    return [
        Verdict(one.rule, one.level, one.hit, one.passage, one.sha256, (one.rule.pk, one.rule.version) in let)
        for one in verdicts
    ]


def _remember(kept: OrderedDict[Any, Any], key: Any, value: Any, *, most: int) -> None:
    with _remembering:
        kept[key] = value
        kept.move_to_end(key)
        while len(kept) > most:
            kept.popitem(last=False)
