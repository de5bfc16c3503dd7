"""Members who are named in a comment, by an @ before their name, a part of it that only one has, or their e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clarion.organisations.models import Member, User, Workspace

MOST = 1000
"""Members of a workspace among whom names are looked for."""
_AT = re.compile(r"(?<![\w@.])@(?=\w)")
_WORD = re.compile(r"[\w'’-]+")


@dataclass(frozen=True)
class Named:
    """A mention in a text: where it stands with its @, and who is meant. Several people: nobody can tell who."""

    start: int
    end: int
    people: tuple[User, ...]


@dataclass(frozen=True)
class Piece:
    """Some of a text as it is shown."""

    text: str
    is_name: bool = False


def mentionable(workspace: Workspace) -> list[User]:
    """Whom a comment can be addressed to: members who see the workspace's posts."""
    rows = Member.objects.filter(workspace=workspace, user__is_active=True)
    rows = rows.select_related("user", "custom", "workspace").order_by("user__name", "user__email")
    return [one.user for one in rows[:MOST] if one.may("read")]


def named_in(text: str, people: Sequence[User]) -> list[Named]:
    """The mentions in a text, in its order. The longest name wins; a name of several people is not guessed."""
    found: list[Named] = []
    for at in _AT.finditer(text):
        if (named := _whole(text, at.end(), people) or _part(text, at.end(), people)) is not None:
            found.append(Named(at.start(), *named))
    return found


def _whole(text: str, start: int, people: Iterable[User]) -> tuple[int, tuple[User, ...]] | None:
    """Whose whole name or e-mail stands here."""
    fits: dict[int, list[User]] = {}
    for person in people:
        for name in filter(None, (person.name.strip(), person.email)):
            if match := re.compile(re.escape(name) + r"(?!\w)", re.IGNORECASE).match(text, start):
                fits.setdefault(match.end(), []).append(person)
                break
    return (end, tuple(fits[end])) if (end := max(fits, default=0)) else None


def _part(text: str, start: int, people: Iterable[User]) -> tuple[int, tuple[User, ...]] | None:
    """Who has this word in the name."""
    word = _WORD.match(text, start)
    if word is None:
        return None
    said = word[0].casefold()
    fits = tuple(person for person in people if said in person.name.casefold().split())
    return (word.end(), fits) if fits else None


def pieces(text: str, people: Sequence[User]) -> list[Piece]:
    """The text with the names of those who were meant set apart."""
    found, done = [], 0
    for named in named_in(text, people):
        if len(named.people) == 1 and named.start >= done:
            found += [Piece(text[done : named.start]), Piece(text[named.start : named.end], is_name=True)]
            done = named.end
    return [one for one in (*found, Piece(text[done:])) if one.text]


def told_apart(people: Sequence[User]) -> dict[Any, str]:
    """By id how each is called where a list has to tell them apart: the name, or the e-mail of who shares it."""
    names = [one.name.casefold() for one in people]
    return {one.pk: one.email if names.count(one.name.casefold()) > 1 else str(one) for one in people}
