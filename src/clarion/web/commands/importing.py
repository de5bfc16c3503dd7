"""clarion posts import: CSV or JSON lines. Everything is checked before anything is written."""

from __future__ import annotations

import csv
import hashlib
import json as jsonlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Workspace
from clarion.posts.content import Content, Shot, Words
from clarion.posts.models import Advice, Post
from clarion.posts.models.media import BadMedia
from clarion.posts.when import BadTime, parse
from clarion.web.commands import asked
from clarion.web.commands.asked import OPERATOR, answer
from clarion.web.commands.posts import already, kept_media, missing_alt, promised, stops
from clarion.web.said import Said

COLUMNS = ("at", "text", "channel", "media", "alt", "key")
NEEDED = ("at", "text", "channel")
TOGETHER = 100
"""Rows in one transaction: short ones, so that publishing goes on while a long file is taken in."""


@dataclass(frozen=True)
class Row:
    """A checked row, ready to be written. ``number`` counts as a spreadsheet does: the header is row 1."""

    number: int
    at: datetime
    content: Content
    channels: tuple[Channel, ...]
    key: str


class Errors(list[str]):
    def say(self, number: int, column: str, sentence: str) -> None:
        self.append(f"row {number}, {column}: {sentence}")


def take_in(*, file: Path, workspace: str, dry_run: bool, keep_going: bool, json: bool) -> None:
    place = asked.workspace(workspace)
    now = timezone.now()
    errors = Errors()
    rows = list(Checker(place, file, now=now, errors=errors).rows())
    for sentence in errors:
        sys.stderr.write(f"{file.name}: {sentence}\n")
    if errors and not keep_going:
        raise Said(f"{len(errors)} errors; nothing was imported. Mend them, or take the good rows with --keep-going.")
    if dry_run:
        answer(
            {"rows": len(rows), "errors": list(errors), "imported": 0},
            json=json,
            human=f"{len(rows)} rows can be imported.",
        )
        return
    written: list[dict[str, Any]] = []
    try:
        for batch in _batches(rows):
            written.extend(_write(batch, place=place, now=now))
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{len(written)} of {len(rows)}")
    except BaseException:
        _take_back(written, now=now)
        raise
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    answer(
        {"rows": len(rows), "errors": list(errors), "imported": len(written), "posts": written},
        json=json, human=f"{len(written)} posts are scheduled.",
    )  # fmt: skip


class Checker:
    """Reads and checks a file, row by row; files named in it lie beside it."""

    def __init__(self, place: Workspace, file: Path, *, now: datetime, errors: Errors) -> None:
        self.place, self.file, self.now, self.errors = place, file, now, errors
        self._channels: dict[str, Channel | str] = {}
        self._advice = Advice.objects.for_workspace(place)
        self._keys: dict[str, int] = {}
        self._sha = ""

    def rows(self) -> Iterator[Row]:
        data = self.file.read_bytes()
        self._sha = hashlib.sha256(data).hexdigest()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Said(f"{self.file.name} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from None
        read = self._jsonl(text) if self.file.suffix.lower() in (".jsonl", ".ndjson") else self._csv(text)
        for number, cells in read:
            if row := self._row(number, cells):
                yield row

    def _csv(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        lines = csv.DictReader(text.splitlines(keepends=True), strict=True)
        try:
            names = [name.strip().lower() for name in lines.fieldnames or ()]
            if missing := [name for name in NEEDED if name not in names]:
                raise Said(f"{self.file.name} has no column {', '.join(missing)}. Columns are: {', '.join(COLUMNS)}.")
            lines.fieldnames = names
            for number, cells in enumerate(lines, start=2):
                if None in cells:
                    self.errors.say(
                        number, "row", f"it has more cells than there are columns ({len(names)}). Quote the text."
                    )
                    continue
                yield number, {name: cells.get(name) or "" for name in COLUMNS}
        except csv.Error as error:
            self.errors.say(lines.line_num, "row", f"it cannot be read as CSV: {error}.")

    def _jsonl(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        for number, line in enumerate(text.splitlines(), start=1):
            if not line.strip():
                continue
            try:
                cells = jsonlib.loads(line)
                if not isinstance(cells, dict):
                    raise ValueError("it is no object")
            except ValueError as error:
                self.errors.say(number, "row", f"it is not JSON: {error}.")
                continue
            yield number, {name: _cell(cells.get(name)) for name in COLUMNS}

    def _row(self, number: int, cells: dict[str, str]) -> Row | None:
        before = len(self.errors)
        at = self._at(number, cells["at"])
        channels = self._channels_of(number, cells["channel"])
        shots = self._shots(number, cells["media"], cells["alt"])
        content = Content((Words(cells["text"], tuple(shots)),))
        key = cells["key"].strip() or f"{self._sha[:24]}:{number}"
        if key in self._keys:
            self.errors.say(number, "key", f"row {self._keys[key]} has the same key “{key}”.")
        self._keys[key] = number
        if missing_alt(content, place=self.place):
            self.errors.say(number, "alt", "this workspace asks for a description of each picture.")
        if len(self.errors) == before:
            for sentence in stops(content, channels=channels, advice=self._advice):
                self.errors.say(number, "text", sentence)
        return Row(number, at, content, tuple(channels), key) if at and len(self.errors) == before else None

    def _at(self, number: int, text: str) -> datetime | None:
        try:
            return parse(text, zone=self.place.tz, now=self.now)
        except BadTime as error:
            self.errors.say(number, "at", str(error))
            return None

    def _channels_of(self, number: int, cell: str) -> list[Channel]:
        names = [name.strip() for name in cell.split(";") if name.strip()]
        if not names:
            self.errors.say(number, "channel", "no channel is named.")
        found = []
        for name in names:
            if name not in self._channels:
                try:
                    self._channels[name] = asked.channel(name, place=self.place)
                except Said as error:
                    self._channels[name] = str(error)
            channel = self._channels[name]
            if isinstance(channel, str):
                self.errors.say(number, "channel", channel)
            else:
                found.append(channel)
        return found

    def _shots(self, number: int, files: str, alts: str) -> list[Shot]:
        names = [name.strip() for name in files.split(";") if name.strip()]
        words = [alts] if len(names) == 1 else [alt.strip() for alt in alts.split(";")]
        shots = []
        for position, name in enumerate(names):
            alt = words[position] if position < len(words) else ""
            try:
                shots.append(kept_media(f"{name}={alt}", place=self.place, folder=self.file.parent))
            except (Said, BadMedia) as error:
                self.errors.say(number, "media", str(error))
        return shots


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(str(item) for item in value)
    return "" if value is None else str(value)


def _batches(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    for start in range(0, len(rows), TOGETHER):
        yield rows[start : start + TOGETHER]


def _write(rows: Sequence[Row], *, place: Workspace, now: datetime) -> list[dict[str, Any]]:
    made = []
    with transaction.atomic():
        for row in rows:
            if (known := already(place, row.key)) is not None:
                made.append({"row": row.number, **known})
                continue
            post = Post.objects.write(
                workspace=place, by=OPERATOR, content=row.content, channels=row.channels, key=row.key, source="import"
            )
            deliveries = Delivery.objects.schedule(post, channels=row.channels, at=row.at, by=OPERATOR, now=now)
            made.append({"row": row.number, "new": True, **promised(post, deliveries)})
    return made


def _take_back(written: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """All or nothing: what was scheduled before the trouble is cancelled and taken off the desk."""
    for entry in written:
        if not entry.get("new"):
            continue
        with transaction.atomic():
            for delivery in Delivery.objects.filter(post=entry["post"]).select_related("post", "channel"):
                delivery.cancel(by=OPERATOR, now=now, because="the import did not finish")
            Post.objects.get(pk=entry["post"]).remove(by=OPERATOR, now=now)
