"""What the rules of the house say of a composition, in the lines of "Before it goes out"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.models import HouseRule, Post, Verdict
from clarion.posts.models.house_rule import House
from clarion.web.forms.composition import Composition
from clarion.web.forms.notes import Note, Passage, spoken_contents


def ruled(
    composition: Composition, *, channels: Sequence[Channel], workspace: Workspace, post: Post | None,
    house: House | None = None,
) -> list[Note]:  # fmt: skip
    """One line for every thing that is found, in every text that goes out."""
    notes = []
    for panel, about, content in spoken_contents(composition, channels):
        said = replace(content, post=str(post.pk) if post else "")
        verdicts = HouseRule.objects.judge(said, workspace=workspace, house=house)
        notes += [_note(one, panel, about) for one in verdicts]
    return notes


def _note(verdict: Verdict, panel: str, about: str) -> Note:
    passage = _passage(verdict, panel)
    if verdict.is_overridden:
        sentence = _("%(sentence)s Somebody who may has let it out all the same.") % {"sentence": verdict.sentence}
        return Note("going", "shield-check", sentence, about, passage=passage)
    if verdict.stops:
        return Note("wrong", "shield-alert", verdict.sentence, about, True, passage, by_a_rule=True)
    return Note("unsure", "shield", verdict.sentence, about, passage=passage)


def _passage(verdict: Verdict, panel: str) -> Passage | None:
    hit, passage = verdict.hit, verdict.passage
    if passage.place not in ("text", "alt") or hit.start == hit.end:
        return None
    start = len(passage.text[: hit.start].encode("utf-16-le")) // 2
    return Passage(panel, passage.part, start, hit.words, passage.name)
