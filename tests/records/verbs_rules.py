"""The verbs of rules of the house."""

from __future__ import annotations

from collections.abc import Callable

from clarion.posts.models import HouseRule, Override


def rule(desk, *, everywhere: bool = False) -> None:
    HouseRule.objects.make(
        organisation=desk.house, workspace=None if everywhere else desk.workspace, kind="words", name="Words",
        what={"lines": ["halden", "storgata", "closed", "roads", "the"]}, level="stop", by=desk.ingrid,
    )  # fmt: skip


def two_rules(desk) -> None:
    rule(desk)
    rule(desk)


def everywhere(desk) -> None:
    rule(desk, everywhere=True)


def made_stricter(desk) -> None:
    everywhere(desk)
    the_rule().tighten(desk.workspace, by=desk.ingrid)


def the_rule() -> HouseRule:
    return HouseRule.objects.order_by("position").first()


def overridden(desk) -> None:
    verdicts = HouseRule.objects.judge(desk.post.said, workspace=desk.workspace)
    Override.objects.grant(verdicts, post=desk.post, by=desk.ingrid, because="It is true.")


RULES: dict[str, tuple[str, Callable]] = {
    "HouseRuleQuerySet.make": ("rule.made", rule),
    "HouseRule.change": ("rule.changed", lambda d: the_rule().change(by=d.ingrid, name="Other words")),
    "HouseRule.switch": ("rule.switched", lambda d: the_rule().switch(on=False, by=d.ingrid)),
    "HouseRule.tighten": ("rule.tightened", lambda d: the_rule().tighten(d.workspace, by=d.ingrid)),
    "HouseRule.ease": ("rule.eased", lambda d: the_rule().ease(d.workspace, by=d.ingrid)),
    "HouseRule.move": ("rule.moved", lambda d: the_rule().move(up=False, by=d.ingrid)),
    "HouseRule.remove": ("rule.removed", lambda d: the_rule().remove(by=d.ingrid)),
    "OverrideQuerySet.grant": ("rule.overridden", overridden),
}  # fmt: skip

RULES_BEFORE: dict[str, Callable] = {
    "HouseRule.change": rule, "HouseRule.switch": rule, "HouseRule.remove": rule, "HouseRule.move": two_rules,
    "HouseRule.tighten": everywhere, "HouseRule.ease": made_stricter, "OverrideQuerySet.grant": rule,
}  # fmt: skip

RULES_NO_VERBS = {
    # questions
    "HouseRuleQuerySet.of", "HouseRuleQuerySet.holding_in", "HouseRuleQuerySet.house", "HouseRuleQuerySet.judge",
    "HouseRuleQuerySet.refuse", "HouseRuleQuerySet.risk", "HouseRule.level_in", "OverrideQuerySet.of",
}  # fmt: skip
