"""Two people, or two open pages, wrote at once: what differs, question by question, and one composition of both.

The form's names: ``join:NAME`` answers one question with ``mine``, ``theirs`` or ``both``. A question that is not
answered is decided by who changed it since ``base``; where both did, both stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import zip_longest

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.networks.editing import Edit
from clarion.posts.content import LINKS, Content, Shot, Words
from clarion.posts.diff import Passage, joined, passages, words
from clarion.posts.models import Label, Late, Media
from clarion.web.forms.composition import ALL, Composition, declared, shot_told
from clarion.web.forms.spoken import OURS, links_said

AROUND = 8
"""So many words are shown before and behind a passage."""


@dataclass(frozen=True)
class Question:
    """One thing that differs. ``before`` and ``after`` are the words around it; ``by`` says who changed it."""

    name: str
    mine: str
    theirs: str
    by: str
    before: str = ""
    after: str = ""
    can_be_both: bool = True

    @property
    def proposed(self) -> str:
        """What is chosen when the person only looks."""
        return self.by if self.by != "both" or self.can_be_both else "mine"


@dataclass(frozen=True)
class Subject:
    """What some questions are about: a part of the text, its pictures, the channels."""

    title: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Conflict:
    """``theirs`` is what is kept now; ``base`` what both began from, where that is known."""

    mine: Composition
    theirs: Composition
    by: str
    at: datetime
    base: Composition | None = None
    channels: tuple[Channel, ...] = ()
    gone: bool = False
    myself: bool = False
    """The other one is the same person, in another open page."""

    # -- what differs

    @cached_property
    def subjects(self) -> list[Subject]:
        return [subject for subject in self._subjects() if subject.questions]

    def _subjects(self) -> Iterator[Subject]:
        for panel, number, title in self._places():
            yield Subject(title, tuple(self._words(panel, number)))
            yield Subject(
                _("%(where)s: pictures") % {"where": title}, tuple(self._shots(panel, number))
            )  # fmt: skip
        for panel in self._one_sided():
            has = panel in self.mine.variants
            yes, no = _("Words of its own"), _("The same words as all")
            yield Subject(
                self._title(panel), (Question(f"own:{panel}", yes if has else no, no if has else yes,
                                              self._by_own(panel), can_be_both=False),),
            )  # fmt: skip
        yield from self._settings()

    def _places(self) -> Iterator[tuple[str, int, str]]:
        """Every part of every panel that both have, with its name."""
        for panel in (ALL, *(pk for pk in self.mine.variants if pk in self.theirs.variants)):
            count = max(len(one.content_of(panel).parts) for one in (self.mine, self.theirs))
            for number in range(count):
                title = self._title(panel)
                if count > 1:
                    title = _("%(where)s, part %(n)d") % {"where": title, "n": number + 1}
                yield panel, number, title

    def _title(self, panel: str) -> str:
        names = {str(one.pk): one.handle for one in self.channels}
        return _("All channels") if panel == ALL else _("Only on %(name)s") % {"name": names.get(panel, "")}

    def _one_sided(self) -> list[str]:
        return [pk for pk in {**self.mine.variants, **self.theirs.variants}
                if (pk in self.mine.variants) != (pk in self.theirs.variants)]  # fmt: skip

    def _by_own(self, panel: str) -> str:
        if self.base is None:
            return "mine"
        return "mine" if (panel in self.base.variants) != (panel in self.mine.variants) else "theirs"

    def _passages(self, panel: str, number: int) -> list[Passage]:
        base = None if self.base is None else _part(self.base.content_of(panel), number).text
        mine, theirs = (_part(one.content_of(panel), number).text for one in (self.mine, self.theirs))
        return passages(mine, theirs, base=base)

    def _words(self, panel: str, number: int) -> Iterator[Question]:
        found = self._passages(panel, number)
        for name, index in _named(found, f"{panel}:{number}"):
            before = found[index - 1].mine if index else ""
            after = found[index + 1].mine if index + 1 < len(found) else ""
            one = found[index]
            yield Question(
                name, one.mine, one.theirs, one.by, "".join(words(before)[-AROUND:]), "".join(words(after)[:AROUND])
            )

    def _shots(self, panel: str, number: int) -> Iterator[Question]:
        mine, theirs = (_part(one.content_of(panel), number).shots for one in (self.mine, self.theirs))
        if mine != theirs:
            before = None if self.base is None else _part(self.base.content_of(panel), number).shots
            yield Question(f"shots:{panel}:{number}", self._told(mine), self._told(theirs), _by(before, mine, theirs))

    def _told(self, shots: Sequence[Shot]) -> str:
        names = self._names
        told = [shot_told(shot, names.get(shot.media, "")) for shot in shots]
        return "\n".join(told) or _("None")

    @cached_property
    def _names(self) -> dict[str, str]:
        ids = {pk for one in (self.mine, self.theirs) for content in one.contents for pk in content.media_ids}
        return {str(row.pk): row.name for row in Media.objects.filter(pk__in=ids)}

    def _settings(self) -> Iterator[Subject]:
        options = declared(self.channels)
        for name in {**self.mine.words.options, **self.theirs.words.options}:
            mine, theirs = (one.words.options.get(name) for one in (self.mine, self.theirs))
            if mine != theirs:
                title = options[name][0].label if name in options else OURS.get(name, name)
                before = None if self.base is None else self.base.words.options.get(name)
                yield Subject(title, (Question(f"option:{name}", _value(mine, name), _value(theirs, name),
                                               _by(before, mine, theirs), can_be_both=False),))  # fmt: skip
        for name, title, told in (
            ("channels", _("Channels"), self._handles), ("labels", _("Labels"), self._labels),
        ):  # fmt: skip
            mine, theirs = getattr(self.mine, name), getattr(self.theirs, name)
            if set(mine) != set(theirs):
                yield Subject(title, (Question(name, told(mine), told(theirs), "mine"),))
        if self.mine.moment != self.theirs.moment and self.mine.moment != self.mine.offered:
            shown = [one.moment.replace("T", " ") for one in (self.mine, self.theirs)]
            yield Subject(_("Time"), (Question("time", *shown, "mine", can_be_both=False),))
        lates = [(one.late, one.late_minutes) for one in (self.mine, self.theirs)]
        if lates[0] != lates[1]:
            shown = [f"{dict(Late.choices).get(late, late)} ({minutes})" for late, minutes in lates]
            yield Subject(
                _("When it cannot leave on time"), (Question("late", *shown, "mine", can_be_both=False),)
            )  # fmt: skip

    def _handles(self, ids: Iterable[str]) -> str:
        return ", ".join(one.handle for one in self.channels if str(one.pk) in ids) or _("None")

    def _labels(self, ids: Iterable[str]) -> str:
        return ", ".join(one.name for one in Label.objects.filter(pk__in=ids)) or _("None")

    # -- one of both

    def joined(self, answers: Mapping[str, str]) -> Composition:
        """One composition, by the answers (``join:NAME`` → choice); it goes on from the version that is kept now."""
        asked = {q.name: q for subject in self.subjects for q in subject.questions}

        def choice(name: str) -> str:
            given = answers.get(f"join:{name}", "")
            question = asked.get(name)
            if question is None:
                return "mine"
            return given if given in ("mine", "theirs") or (given == "both" and question.can_be_both) else (
                question.proposed
            )  # fmt: skip

        def one_of[T](name: str, mine: T, theirs: T) -> T:
            return theirs if choice(name) == "theirs" else mine

        variants = {}
        for pk in {**self.mine.variants, **self.theirs.variants}:
            if pk in self.mine.variants and pk in self.theirs.variants:
                variants[pk] = self._content(pk, choice)
            elif (pk in self.mine.variants) == (choice(f"own:{pk}") == "mine"):
                variants[pk] = (self.mine if pk in self.mine.variants else self.theirs).variants[pk]
        both = {
            name: _both(getattr(self.theirs, name), getattr(self.mine, name)) if choice(name) == "both"
            else one_of(name, getattr(self.mine, name), getattr(self.theirs, name))
            for name in ("channels", "labels")
        }  # fmt: skip
        when = one_of("time", self.mine, self.theirs)
        late = one_of("late", self.mine, self.theirs)
        return replace(
            self.mine, words=self._content(ALL, choice), variants=variants, **both, date=when.date, time=when.time,
            fold=when.fold, offered=when.offered, was=self.theirs.was, late=late.late, late_minutes=late.late_minutes,
            version=self.theirs.version, base=0, troubles=(),
        )  # fmt: skip

    def _content(self, panel: str, choice: Callable[[str], str]) -> Content:
        mine, theirs = self.mine.content_of(panel), self.theirs.content_of(panel)
        parts = []
        for number, (own, other) in enumerate(zip_longest(mine.parts, theirs.parts)):
            found = self._passages(panel, number)
            text = joined(found, [choice(name) for name, _index in _named(found, f"{panel}:{number}")])
            shots = [one.shots if one is not None else () for one in (own, other)]
            picked = {"theirs": shots[1], "both": _shots_of_both(*shots)}.get(
                choice(f"shots:{panel}:{number}") if shots[0] != shots[1] else "mine", shots[0]
            )
            if text.strip() or picked or (own is not None and other is not None):
                parts.append(Words(text, tuple(picked)))
        options = dict(mine.options)
        for name in {**self.mine.words.options, **self.theirs.words.options}:
            if choice(f"option:{name}") == "theirs":
                options[name] = theirs.options.get(name)
        return Content(tuple(parts) or (Words(),), {k: v for k, v in options.items() if v not in (None, "")})


def _part(content: Content, number: int) -> Words:
    return content.parts[number] if number < len(content.parts) else Words()


def _named(found: Sequence[Passage], place: str) -> list[tuple[str, int]]:
    """Passages that differ, each with a name made from its words: an answer never goes to other words."""
    named, seen = [], set()
    for index, one in enumerate(found):
        if one.is_same:
            continue
        again = 0
        while True:
            said = f"{place}\0{one.mine}\0{one.theirs}\0{again}"
            name = f"{place}:{hashlib.sha256(said.encode()).hexdigest()[:10]}"
            if name not in seen:
                break
            again += 1
        seen.add(name)
        named.append((name, index))
    return named


def _by(before: object, mine: object, theirs: object) -> str:
    if before is None:
        return "mine"
    return "theirs" if before == mine else "mine" if before == theirs else "both"


def _both[T](first: Sequence[T], second: Sequence[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _shots_of_both(mine: Sequence[Shot], theirs: Sequence[Shot]) -> tuple[Shot, ...]:
    """Every picture once; where both described it, mine."""
    alts = {**{one.media: one.alt for one in theirs}, **{one.media: one.alt for one in mine if one.alt}}
    edits = {**{one.media: one.edit for one in theirs}, **{one.media: one.edit for one in mine if one.edit.as_json}}
    return tuple(
        Shot(pk, alts.get(pk, ""), edits.get(pk, Edit()))
        for pk in _both([s.media for s in theirs], [s.media for s in mine])
    )


def _value(value: object, name: str = "") -> str:
    if name == LINKS:
        return links_said(value)
    if isinstance(value, dict):
        return ", ".join(str(one) for one in value.get("options", ()))
    return _("None") if value in (None, "") else _("yes") if value is True else str(value)
