"""Words that somebody looks for: what was typed, and the rows of a listing that have them, on both databases.

Every word counts, in any order; “quoted words” stand together; the last word may be unfinished. Whatever is typed is
only words: neither database sees a sign of its own language.
"""

# ruff: noqa: S608  names of ours make the statements; what was typed is always a value
from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models.expressions import RawSQL

LONGEST = 200
MOST = 16
"""Words, or phrases, of one question."""
PIECES = re.compile(r"[\"“”„«»]([^\"“”„«»]*)([\"“”„«»]|$)|[^\s\"“”„«»]+")
TOKENS = re.compile(r"[^\W_]+")
MARKS = re.compile("[\u0300-\u036f]+")


@dataclass(frozen=True)
class Term:
    """Words that stand together. ``unfinished``: the last may go on."""

    tokens: tuple[str, ...]
    unfinished: bool = False


@dataclass(frozen=True)
class Asked:
    terms: tuple[Term, ...]

    @classmethod
    def read(cls, text: str) -> Asked:
        text = unicodedata.normalize("NFC", text)[:LONGEST].lstrip()
        terms = []
        for piece in PIECES.finditer(text):
            inside, closed = piece[1], bool(piece[2])
            tokens = tuple(TOKENS.findall(piece[0] if inside is None else inside))
            if tokens:
                goes_on = piece.end() == len(text) and not closed and TOKENS.search(text[-1:]) is not None
                # One letter is the beginning of too much, where letters are not words.
                terms.append(Term(tokens, goes_on and (len(tokens[-1]) > 1 or not tokens[-1].isascii())))
        return cls(tuple(dict.fromkeys(terms))[:MOST])

    def __bool__(self) -> bool:
        return bool(self.terms)

    @property
    def going_on(self) -> Term | None:
        """The unfinished word, when it stands alone."""
        return next((term for term in self.terms if term.unfinished and len(term.tokens) == 1), None)

    def nearly(self, letters: int) -> Asked | None:
        """With only the first letters of the unfinished word, when it has more."""
        last = self.going_on
        if last is None or len(last.tokens[0]) <= letters:
            return None
        short = replace(last, tokens=(last.tokens[0][:letters],))
        return replace(self, terms=tuple(short if term is last else term for term in self.terms))

    def is_in(self, *texts: str) -> bool:
        """Whether these texts have all the words, as FTS5 would say. A phrase stands in one of them."""
        terms = [tuple(map(_plain, term.tokens)) for term in self.terms]
        plain = [_plain(text) for text in texts]
        if not all(any(token in text for text in plain) for term in terms for token in term):
            return False
        said = [TOKENS.findall(text) for text in plain]
        return all(
            any(_stands_in(words, tokens, unfinished=term.unfinished) for words in said)
            for term, tokens in zip(self.terms, terms, strict=True)
        )

    def as_fts5(self, *columns: str, workspace: UUID | None = None) -> str:
        """https://sqlite.org/fts5.html#full_text_query_syntax"""
        said = " AND ".join(f'"{" ".join(term.tokens)}"{" *" if term.unfinished else ""}' for term in self.terms)
        mine = f' AND workspace_id : "{workspace.hex}"' if workspace else ""
        return f"{{{' '.join(columns)}}} : ({said}){mine}"

    def as_tsquery(self, *, workspace: UUID | None = None) -> str:
        """https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY"""
        mine = [f"'w{workspace.hex}'"] if workspace else []
        return " & ".join([*mine, *filter(None, map(_lexemes, self.terms))])


def _plain(text: str) -> str:
    """As FTS5 compares: small letters without accents."""
    text = text.lower()
    return text if text.isascii() else MARKS.sub("", unicodedata.normalize("NFD", text))


def _stands_in(words: Sequence[str], tokens: tuple[str, ...], *, unfinished: bool) -> bool:
    *whole, last = tokens
    for at in range(len(words) - len(whole)):
        there = words[at + len(whole)]
        if (there.startswith(last) if unfinished else there == last) and words[at : at + len(whole)] == whole:
            return True
    return False


def _lexemes(term: Term) -> str:
    folded = MARKS.sub("", unicodedata.normalize("NFKD", " ".join(term.tokens).lower()))
    tokens = [f"'{token}'" for token in TOKENS.findall(folded)]
    if tokens and term.unfinished:
        tokens[-1] += ":*"
    return f"({' <-> '.join(tokens)})" if tokens else ""


@dataclass(frozen=True)
class Index:
    """The words over one listing: ``table`` has a row for each thing ``key``, ``columns`` are its words."""

    table: str
    key: str
    columns: tuple[str, ...]

    def having(self, asked: Asked, *, workspace: UUID | None = None) -> RawSQL:
        """The keys of all that has these words, for ``filter(pk__in=…)``."""
        sql, values = self._matching(asked, workspace)
        return RawSQL(f"SELECT l.{self.key} {sql}", values)  # noqa: S611  names of ours, and values apart

    def newest(self, asked: Asked, *, workspace: UUID, below: UUID | None, most: int) -> list[UUID]:
        """The keys of what was listed last, at most so many; ``below`` is the last that was seen."""
        if connection.vendor == "postgresql":
            return self._newest_lexemes(asked, workspace, below, most)
        if most <= A_PAGE and (nearly := asked.nearly(LOOKED_UP)):
            # FTS5 gathers all that an unfinished word may become, before the first of it. Where it is frequent, the
            # newest that begin like it suffice.
            rows = self._newest_rows(
                nearly, workspace, below, most + MORE, "".join(f", l.{name}" for name in self.columns)
            )
            kept = [key for key, *said in rows if asked.is_in(*said)]
            if len(kept) >= most:
                return kept[:most]
        return [key for (key,) in self._newest_rows(asked, workspace, below, most)]

    def _newest_rows(
        self, asked: Asked, workspace: UUID, below: UUID | None, most: int, more: str = ""
    ) -> list[tuple[Any, ...]]:
        sql, values = self._matching(asked, workspace)
        words = f"{self.table}_words"
        if below is not None:
            # Rows are numbered as they were listed; one that is gone meanwhile stands where its elders end.
            sql += (
                f" AND {words}.rowid < coalesce((SELECT id FROM {self.table} WHERE {self.key} = %s),"
                f" (SELECT max(id) + 1 FROM {self.table} WHERE {self.key} < %s))"
            )
            values += [below.hex, below.hex]
        return self._rows(f"SELECT l.{self.key}{more} {sql} ORDER BY {words}.rowid DESC LIMIT %s", [*values, most])

    def size(self, asked: Asked, *, workspace: UUID, most: int) -> int:
        """How many have the words; ``most`` stands for so many and more."""
        if connection.vendor == "postgresql" and len(self._among_the_newest(asked, workspace, None, NEAR)) > SOME:
            return most
        sql, values = self._matching(asked, workspace)
        if connection.vendor == "sqlite":
            words = f"{self.table}_words"
            sql = f"FROM {words} WHERE {words} MATCH %s"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM (SELECT 1 {sql} LIMIT %s) f", [*values, most])
            return int(cursor.fetchone()[0])

    def all(self, asked: Asked, *, workspace: UUID) -> list[UUID]:
        sql, values = self._matching(asked, workspace)
        return self._keys(f"SELECT l.{self.key} {sql}", values)

    def among(self, asked: Asked, keys: Sequence[UUID]) -> set[UUID]:
        """Which of these have the words."""
        if connection.vendor == "postgresql":
            sql = f"SELECT {self.key} FROM {self.table} WHERE document @@ to_tsquery('simple', %s)"
            return set(self._keys(f"{sql} AND {self.key} = ANY(%s)", [asked.as_tsquery(), list(keys)]))
        # To look each of these few up in FTS5 would take ten times as long as to read them.
        columns = "".join(f", {name}" for name in self.columns)
        sql = f"SELECT {self.key}{columns} FROM {self.table} WHERE {self.key} IN (SELECT value FROM json_each(%s))"
        rows = self._rows(sql, [json.dumps([key.hex for key in keys])])
        return {key for key, *said in rows if asked.is_in(*said)}

    def _matching(self, asked: Asked, workspace: UUID | None) -> tuple[str, list[Any]]:
        if connection.vendor == "postgresql":
            return (
                f"FROM {self.table} l WHERE l.document @@ to_tsquery('simple', %s)",
                [asked.as_tsquery(workspace=workspace)],
            )
        words = f"{self.table}_words"
        return (
            f"FROM {words} JOIN {self.table} l ON l.id = {words}.rowid WHERE {words} MATCH %s",
            [asked.as_fts5(*self.columns, workspace=workspace)],
        )

    # -- PostgreSQL: GIN knows no order, so what is frequent is met on the way from the newest, what is rare is gathered

    def _newest_lexemes(self, asked: Asked, workspace: UUID, below: UUID | None, most: int) -> list[UUID]:
        found = self._among_the_newest(asked, workspace, below, NEAR)
        if len(found) < most and len(found) * FAR >= most * NEAR:
            found = self._among_the_newest(asked, workspace, below, FAR)
        if len(found) >= most:
            return found[:most]
        sql, values = self._matching(asked, workspace)
        if below is not None:
            sql, values = f"{sql} AND l.{self.key} < %s", [*values, below]
        # OFFSET 0: first all that have the words, by their index, and then the order.
        return self._keys(
            f"SELECT {self.key} FROM (SELECT l.{self.key} {sql} OFFSET 0) f ORDER BY 1 DESC LIMIT %s", [*values, most]
        )

    def _among_the_newest(self, asked: Asked, workspace: UUID, below: UUID | None, looked: int) -> list[UUID]:
        before, values = (f" AND {self.key} < %s", [below]) if below is not None else ("", [])
        newest = f"SELECT {self.key}, document FROM {self.table} WHERE workspace_id = %s{before}"
        return self._keys(
            f"SELECT {self.key} FROM ({newest} ORDER BY {self.key} DESC LIMIT %s) n"
            f" WHERE document @@ to_tsquery('simple', %s) ORDER BY 1 DESC",
            [workspace, *values, looked, asked.as_tsquery()],
        )

    def _keys(self, sql: str, values: Sequence[Any]) -> list[UUID]:
        return [key for (key,) in self._rows(sql, values)]

    @staticmethod
    def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return [(key if isinstance(key, UUID) else UUID(hex=key), *more) for key, *more in cursor.fetchall()]


LOOKED_UP, MORE = 3, 60
"""Letters of an unfinished word that FTS5 has in its own index (``searched.FTS``); and how many more that begin like it
are looked at."""
A_PAGE = 100
"""Up to so many it may pay to look through what is nearly meant; to gather is as quick for more."""
NEAR, FAR, SOME = 2_000, 20_000, 20
"""So many of the newest are looked through at once; as far when that promises a page; more than so many are many."""
POSTS = Index("posts_listing", "post_id", ("words", "variants"))
MEDIA = Index("posts_medialisting", "media_id", ("name", "alt", "labels"))
