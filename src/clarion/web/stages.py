"""The stages of a question as a line: who answered, in whose place, and who is awaited."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from clarion.approvals.eyes import covers, in_whose_place
from clarion.approvals.models import Decision, Request, Stage
from clarion.approvals.progress import State
from clarion.organisations.ids import as_id
from clarion.organisations.models import Member, User
from clarion.records.models import Event

PERSON = "person:"
"""How a token of what an answer covers begins, when it is somebody's."""


@dataclass(frozen=True)
class Step:
    """One stage of a question. ``progress``: ``done``, ``here``, ``wrong`` (sent back), ``ahead``, or ``never`` where
    the question ended before. ``besides``: who was asked as well, because nobody answered."""

    name: str
    progress: str
    answers: tuple[Decision, ...]
    awaited: tuple[str, ...]
    wants_all: bool
    besides: tuple[str, ...] = ()


def steps(request: Request) -> list[Step]:
    """The line of its stages, with who answered and who is awaited."""
    answers: dict[int, list[Decision]] = defaultdict(list)
    awaited: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for given in request.decisions.select_related("person", "guest"):
        answers[given.stage].append(given)
    _told_for_whom([one for some in answers.values() for one in some])
    for asked in request.asked.filter(answered_at=None).select_related("person").order_by("pk"):
        awaited[asked.stage, asked.escalated].append(str(asked.person))
    found = []
    for number, data in enumerate(request.stages):
        stage, here = Stage.from_json(data), number == request.stage and request.state == State.WAITING
        given = {str(one.guest.email) for one in answers[number] if one.guest}
        found.append(Step(
            stage.name or (_("A yes") if len(request.stages) == 1 else _("Step %(n)d") % {"n": number + 1}),
            _progress(request, number), tuple(answers[number]),
            (*awaited[number, False], *(one for one in stage.guests if one not in given)) if here else (),
            stage.rule == "all", tuple(awaited[number, True]) if here else (),
        ))  # fmt: skip
    return found


def _progress(request: Request, number: int) -> str:
    if number < request.stage or (number == request.stage and _was_passed(request)):
        return "done"
    if request.state == State.WAITING:
        return "here" if number == request.stage else "ahead"
    return "wrong" if request.state == State.REFUSED and number == request.stage else "never"


def _was_passed(request: Request) -> bool:
    """Whether its last stage had its yes: it is approved, or was, before it was changed or taken back."""
    if request.state in (State.VOID, State.WITHDRAWN):
        return Event.objects.of(request).filter(verb="approval.complete").exists()
    return request.state == State.APPROVED


def in_place_of(member: Member, request: Request) -> list[Any]:
    """For whom this member would answer, where her yes is asked for in nobody's name but theirs."""
    absent = in_whose_place(member)
    if not absent or request.asked.filter(stage=request.stage, person=member.user_id, answered_at=None).exists():
        return []
    return _people(token for token in covers(request, member) if token in {f"{PERSON}{pk}" for pk in absent})


def _told_for_whom(answers: Iterable[Decision]) -> None:
    """Each with ``instead``: whom it was given for, besides who gave it."""
    for one in answers:
        own = f"{PERSON}{one.person_id}"
        others = [token for token in one.covers if token.startswith(PERSON) and token != own]
        one.instead = _people(others) if others else []  # type: ignore[attr-defined]


def _people(tokens: Iterable[str]) -> list[Any]:
    return list(User.objects.filter(pk__in=[as_id(token.removeprefix(PERSON)) for token in tokens]).order_by("name"))
