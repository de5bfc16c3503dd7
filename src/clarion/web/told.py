"""What happened to a delivery, told to a person: one sentence on top, then every step and every call in order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clarion.deliveries.asking import APPROVAL
from clarion.deliveries.models import Attempt, Delivery, State, Step
from clarion.deliveries.progress import BY_HAND
from clarion.records.models import Event

STEPS = {
    "hand": gettext_lazy("By hand"), "comment": gettext_lazy("First comment"),
    "upload": gettext_lazy("Upload a file"), "post": gettext_lazy("Post"), "thread": gettext_lazy("Post the thread"),
    "card": gettext_lazy("Make the link card"), "mentions": gettext_lazy("Look up who is mentioned"),
    "parent": gettext_lazy("Look up what it answers"),
}  # fmt: skip
"""Kinds of steps that people may meet. Another network's own kind keeps its own word."""

OUTCOMES: dict[tuple[str, str], tuple[str, str | Promise]] = {
    ("send", "published"): ("done", gettext_lazy("The network took it.")),
    ("send", "done"): ("done", gettext_lazy("Done.")),
    ("check", "published"): ("done", gettext_lazy("It is ready and out.")),
    ("check", "done"): ("done", gettext_lazy("It is ready.")),
    ("send", "processing"): ("going", gettext_lazy("The network has it and is working on it.")),
    ("check", "processing"): ("going", gettext_lazy("Not ready yet.")),
    ("send", "asked"): ("going", gettext_lazy("The person on duty was told.")),
    ("look", "found"): ("done", gettext_lazy("It is there. Nothing was sent again.")),
    ("look", "absent"): ("going", gettext_lazy("It is not there.")),
    ("look", "cannot_tell"): ("unsure", gettext_lazy("The network cannot tell.")),
    ("send", "unknown"): ("unsure", gettext_lazy("No readable answer: it may have happened.")),
    ("change", "done"): ("done", gettext_lazy("The network did it.")),
    ("change", "unknown"): ("unsure", gettext_lazy("No readable answer. Doing it again is safe.")),
}
WORDS: dict[str, tuple[str, str | Promise]] = {
    "refused": ("wrong", gettext_lazy("The network refused.")),
    "sign_in_again": ("wrong", gettext_lazy("The network asks for a new sign-in.")),
    "not_now": ("unsure", gettext_lazy("Not now. It did not happen.")),
    "unknown": ("unsure", gettext_lazy("No readable answer.")),
}
ICONS = {"done": "circle-check", "going": "clock", "unsure": "circle-question-mark", "wrong": "circle-alert"}
ONE_CALL = timedelta(minutes=2)
"""An attempt that began longer ago than this and never ended was cut off."""

VERBS = {
    "delivery.scheduled": gettext_lazy("scheduled it"), "delivery.rescheduled": gettext_lazy("gave it another time"),
    "rule.overridden": gettext_lazy("let it out although a rule stops it"),
    "delivery.put_back": gettext_lazy("put it back to its old time"),
    "delivery.cancelled": gettext_lazy("took it back"), "delivery.held": gettext_lazy("held it back"),
    "delivery.let": gettext_lazy("let it go although everything was paused"),
    "delivery.released": gettext_lazy("let it go on"), "delivery.published": gettext_lazy("published it"),
    "delivery.failed": gettext_lazy("could not publish it"),
    "delivery.missed": gettext_lazy("did not send it: too late"),
    "delivery.unknown": gettext_lazy("could not tell whether it appeared"),
    "delivery.confirmed_there": gettext_lazy("saw it on the network"),
    "delivery.confirmed_absent": gettext_lazy("saw that it was not there"),
    "delivery.take_down_asked": gettext_lazy("asked the network to delete it"),
    "delivery.edit_asked": gettext_lazy("asked the network to change it"),
    "delivery.taken_down": gettext_lazy("deleted it on the network"),
    "delivery.edited": gettext_lazy("changed it on the network"), "post.written": gettext_lazy("wrote it"),
    "post.wanted": gettext_lazy("meant it for another time"),
    "post.joined": gettext_lazy("put it into a campaign"), "post.left": gettext_lazy("took it out of its campaign"),
    "post.edited": gettext_lazy("changed the words"), "post.corrected": gettext_lazy("corrected what is out"),
    "post.removed": gettext_lazy("took it off the desk"), "recurrence.begun": gettext_lazy("had it come again"),
    "post.sorted": gettext_lazy("gave it another category"),
    "evergreen.begun": gettext_lazy("had it go out again from time to time"),
    "evergreen.paused": gettext_lazy("paused it among the evergreen posts"),
    "evergreen.resumed": gettext_lazy("let it go out again"),
    "evergreen.ended": gettext_lazy("took it out of the evergreen posts"),
    "evergreen.came": gettext_lazy("had it go out again"),
    "approval.asked": gettext_lazy("asked for a yes"), "approval.noted": gettext_lazy("added a note for who approves"),
    "approval.given": gettext_lazy("said yes"), "approval.refused": gettext_lazy("sent it back"),
    "approval.turned_away": gettext_lazy("answered, and the answer was not taken"),
    "approval.complete": gettext_lazy("gave the last yes that was needed"),
    "approval.void": gettext_lazy("voided the yes"), "approval.withdrawn": gettext_lazy("withdrew the question"),
    "approval.delegated": gettext_lazy("handed the question on"),
    "approval.escalated": gettext_lazy("asked more people, for nobody had answered"),
    "approval.glass_broken": gettext_lazy("let it go out without an approval"),
    "approval.reviewed": gettext_lazy("looked at what went out without an approval"),
    "approval.review_overdue": gettext_lazy("waited a day for somebody to look at what went out without an approval"),
    "assist.used": gettext_lazy("asked a model for help"),
    "media.kept": gettext_lazy("added it"),
    "media.described": gettext_lazy("described it"), "media.renamed": gettext_lazy("gave it another name"),
    "media.moved": gettext_lazy("moved it"), "media.labelled": gettext_lazy("changed its labels"),
    "media.permitted": gettext_lazy("changed its rights"), "media.removed": gettext_lazy("took it out of the library"),
    "media.restored": gettext_lazy("put it back"), "media.renewed": gettext_lazy("added a new version"),
    "media.brought_back": gettext_lazy("brought an older version back"),
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One attempt. ``took`` in seconds, None while it runs or when it was cut off."""

    at: datetime
    purpose: str
    hue: str
    icon: str
    sentence: str
    took: float | None
    worker: str
    evidence: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Stage:
    """One step with its calls."""

    word: str
    file: str
    state: str
    done_at: datetime | None
    url: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Happening:
    """One line of the record."""

    at: datetime
    by: str
    verb: str
    because: str


def headline(delivery: Delivery) -> str:
    """What the state means for the person."""
    name = delivery.channel.label
    if delivery.state == State.UNKNOWN and delivery.code == BY_HAND:
        return delivery.reason
    if delivery.state == State.HELD and delivery.code == APPROVAL:
        return _("Its time came before the yes was there. It goes out when the yes is given.")
    if delivery.removed_at:
        return _("It was published on %(name)s and has been deleted there.") % {"name": name}
    said = {
        State.SCHEDULED: _("It goes out at its time. You can still change it, move it or take it back."),
        State.PUBLISHING: _("It is going out right now."),
        State.PUBLISHED: _("It is on %(name)s, once."),
        State.FAILED: _("%(name)s did not take it."),
        State.UNKNOWN: _("Did it appear on %(name)s? Look there, then say what you saw."),
        State.MISSED: _("It missed its time and was not sent."),
        State.HELD: _("It is held back. Nothing goes out until you decide."),
        State.CANCELLED: _("It was taken back. It does not go out on %(name)s."),
    }  # fmt: skip
    return str(said[State(delivery.state)]) % {"name": name}


def stages(delivery: Delivery, *, round: int, now: datetime) -> list[Stage]:
    """The steps of one plan, in order, each with the calls that were made for it."""
    steps = list(delivery.steps.filter(round=round).select_related("media").order_by("number"))
    calls: dict[Any, list[Call]] = {}
    for attempt in Attempt.objects.filter(delivery=delivery, step__round=round).order_by("id"):
        calls.setdefault(attempt.step_id, []).append(_call(attempt, now=now))
    parts = len({step.part for step in steps if step.public})
    return [
        Stage(
            _step(step, parts=parts), step.media.name if step.media else "", _state(step), step.done_at, step.url,
            tuple(calls.get(step.pk, ())),
        )
        for step in steps
    ]  # fmt: skip


def _step(step: Step, *, parts: int) -> str:
    word = str(STEPS.get(step.kind, step.kind.replace("_", " ").capitalize()))
    return _("%(word)s, part %(n)d") % {"word": word, "n": step.part + 1} if parts > 1 else word


def _state(step: Step) -> str:
    if step.is_done:
        return "done"
    return "unknown" if step.maybe_since else "working" if step.processing is not None else "draft"


def _call(attempt: Attempt, *, now: datetime) -> Call:
    if attempt.ended_at is None:
        cut = now - attempt.began_at > ONE_CALL
        hue = "unsure" if cut else "going"
        sentence = _("It was cut off before an answer: it may have happened.") if cut else _("The call is on its way.")
    else:
        hue, general = (
            OUTCOMES.get((attempt.purpose, attempt.word)) or WORDS.get(attempt.word) or ("unsure", attempt.word)
        )
        sentence = attempt.sentence or str(general)
    took = (attempt.ended_at - attempt.began_at).total_seconds() if attempt.ended_at else None
    return Call(
        attempt.began_at, str(attempt.get_purpose_display()), hue, ICONS[hue], sentence, took, attempt.worker,
        tuple(_exchange(one) for one in attempt.evidence),
    )  # fmt: skip


def _exchange(one: dict[str, Any]) -> dict[str, Any]:
    """A redacted request and answer as lines of text. Whatever is missing in an old row is left out."""
    headers = one.get("headers")
    return {
        "line": " ".join(str(one.get(name) or "") for name in ("method", "url")).strip(), "status": one.get("status"),
        "seconds": one.get("seconds"), "error": one.get("error") or "", "request": one.get("request_excerpt") or "",
        "answer": one.get("answer_excerpt") or "",
        "headers": json.dumps(headers, indent=1, ensure_ascii=False) if headers else "",
    }  # fmt: skip


def happenings(*subjects: Any) -> list[Happening]:
    """The record of these things, the oldest first."""
    kinds: dict[str, list[str]] = {}
    for subject in subjects:
        kinds.setdefault(subject._meta.model_name, []).append(str(subject.pk))
    found = [event for kind, keys in kinds.items() for event in Event.objects.filter(kind=kind, subject__in=keys)]
    return [
        Happening(e.at, e.by_name, str(VERBS.get(e.verb, e.verb.split(".")[-1].replace("_", " "))), e.because)
        for e in sorted(found, key=lambda event: event.pk)
    ]


def under_way(deliveries: Any, *, now: datetime) -> bool:
    """Something will change by itself within the next minutes: the page looks again."""
    soon = now + timedelta(minutes=2)
    return any(
        one.state == State.PUBLISHING
        or (one.state == State.SCHEDULED and one.wake_at is not None and one.wake_at < soon)
        for one in deliveries
    )


def outs(deliveries: Any) -> str:
    """ "2 of 3 are out"."""
    some = list(deliveries)
    out = sum(one.state == State.PUBLISHED for one in some)
    return ngettext("%(out)d of %(all)d is out", "%(out)d of %(all)d are out", out) % {"out": out, "all": len(some)}
