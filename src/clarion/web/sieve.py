"""The filters of a calendar: what an address asks for, and the menus in which it is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import CharField, DateField, F, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clarion.channels.models import Channel
from clarion.organisations.ids import is_id
from clarion.organisations.models import Member, Workspace
from clarion.posts.models import Campaign, Label
from clarion.web.entries import FILTERS, Wanted

MOST = 100
"""So many values of one filter are read from an address."""


@dataclass(frozen=True)
class Choice:
    value: str
    word: str
    network: str = ""
    hue: str = ""


@dataclass(frozen=True)
class Menu:
    """One filter. ``title`` says what is chosen now; an empty choice means all."""

    name: str
    icon: str
    title: str
    caption: str
    choices: tuple[Choice, ...]
    chosen: tuple[str, ...]


def wanted(asked: QueryDict) -> Wanted:
    """Whatever cannot be an id, a state or a zone is left out."""
    return Wanted(
        channels=_kept(asked.getlist("channel"), is_id),
        labels=_kept(asked.getlist("label"), lambda text: text.isascii() and text.isdigit() and len(text) < 18),
        campaigns=_kept(asked.getlist("campaign"), is_id),
        authors=_kept(asked.getlist("author"), is_id),
        states=_kept(asked.getlist("state"), FILTERS.__contains__),
        zone=asked.get("zone", "") if _is_zone(asked.get("zone", "")) else "",
    )


class Choices:
    """What can be chosen in a workspace: labels, campaigns and people, read in one question."""

    def __init__(self, workspace: Workspace) -> None:
        labels = Label.objects.filter(workspace=workspace)
        campaigns = Campaign.objects.filter(workspace=workspace)
        members = Member.objects.filter(workspace=workspace)
        who = Coalesce(NullIf(F("user__name"), Value("")), F("user__email"), output_field=CharField())
        nothing, no_day = Value("", CharField()), Cast(Value(None), DateField())
        rows = _columns(labels, "label", F("pk"), F("name"), nothing, no_day, no_day).union(
            _columns(campaigns, "campaign", F("pk"), F("name"), F("hue"), F("starts"), F("ends")),
            _columns(members, "author", F("user"), who, nothing, no_day, no_day), all=True,
        ).order_by()  # fmt: skip
        self.campaigns: list[Campaign] = []
        self._words: dict[str, list[Choice]] = {"label": [], "campaign": [], "author": []}
        for kind, key, word, hue, starts, ends in sorted(rows, key=lambda row: row[2].casefold()):
            value = key if kind == "label" else str(UUID(key))  # SQLite keeps the letters of a UUID without its lines
            self._words[kind].append(Choice(value, word, hue=hue))
            if kind == "campaign":
                self.campaigns.append(Campaign(pk=UUID(key), name=word, hue=hue, starts=starts, ends=ends))

    def __getitem__(self, kind: str) -> list[Choice]:
        return self._words[kind]


def menus(known: Choices, wanted: Wanted, channels: Iterable[Channel]) -> list[Menu]:
    """The menus of a workspace; one that has nothing to choose from is not there."""
    made = [
        _menu(
            "channel", "radio-tower", _("All channels"), _("Channels"),
            [Choice(str(one.pk), one.handle, one.network) for one in channels], wanted.channels,
            lambda n: ngettext("%(n)d channel", "%(n)d channels", n),
        ),
        _menu(
            "label", "tag", _("Labels"), _("Labels"), known["label"], wanted.labels,
            lambda n: ngettext("%(n)d label", "%(n)d labels", n),
        ),
        _menu(
            "campaign", "flag", _("Campaigns"), _("Campaigns"), known["campaign"], wanted.campaigns,
            lambda n: ngettext("%(n)d campaign", "%(n)d campaigns", n),
        ),
        _menu(
            "author", "user", _("Anyone"), _("Written by"), known["author"], wanted.authors,
            lambda n: ngettext("%(n)d person", "%(n)d people", n),
        ),
        _menu(
            "state", "circle-dashed", _("Every state"), _("States"),
            [Choice(name, word) for name, word in _state_words().items()], wanted.states,
            lambda n: ngettext("%(n)d state", "%(n)d states", n),
        ),
    ]  # fmt: skip
    return [menu for menu in made if menu.choices or menu.chosen]


def _menu(
    name: str, icon: str, nothing: str, caption: str, choices: Sequence[Choice], chosen: Sequence[str],
    several: Callable[[int], str],
) -> Menu:  # fmt: skip
    words = [choice.word for choice in choices if choice.value in chosen]
    title = nothing if not words else words[0] if len(words) == 1 else several(len(words)) % {"n": len(words)}
    return Menu(name, icon, title, caption, tuple(choices), tuple(chosen))


def _state_words() -> dict[str, str]:
    return {
        "draft": _("Drafts"), "scheduled": _("Scheduled"), "published": _("Published"), "needs": _("Needs you"),
    }  # fmt: skip


def _columns(rows: Any, kind: str, key: Any, word: Any, hue: Any, starts: Any, ends: Any) -> Any:
    """The same columns of whatever can be chosen; names that no model has, so that each can be said anew."""
    rows = rows.order_by().annotate(
        c_kind=Value(kind), c_key=Cast(key, CharField()), c_word=word, c_hue=hue, c_starts=starts, c_ends=ends
    )
    return rows.values_list("c_kind", "c_key", "c_word", "c_hue", "c_starts", "c_ends")


def _kept(values: Iterable[str], is_good: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(value for value in dict.fromkeys(list(values)[:MOST]) if is_good(value))


def _is_zone(text: str) -> bool:
    try:
        return bool(text) and len(text) <= 64 and ZoneInfo(text).key == text
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
