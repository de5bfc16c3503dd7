"""clarion posts import: CSV, XLSX or JSON lines. Everything is checked before anything is written."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from clarion.deliveries.arriving import Ready, write
from clarion.deliveries.models import Delivery
from clarion.organisations.models import Workspace
from clarion.posts import sheets
from clarion.posts.checking import Checker
from clarion.posts.columns import recognised
from clarion.posts.content import Shot
from clarion.posts.models import Post
from clarion.posts.models.media import BadMedia
from clarion.web.commands import asked
from clarion.web.commands.asked import OPERATOR, answer
from clarion.web.commands.posts import already, kept_media, promised
from clarion.web.said import Said

COLUMNS = ("at", "text", "channel", "media", "alt", "key")
NEEDED = ("at", "text", "channel")
TOGETHER = 100
"""Rows in one transaction: short ones, so that publishing goes on while a long file is taken in."""


def take_in(*, file: Path, workspace: str, dry_run: bool, keep_going: bool, json: bool) -> None:
    place = asked.workspace(workspace)
    now = timezone.now()
    rows, errors = checked(file, place=place, now=now)
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


def checked(file: Path, *, place: Workspace, now: datetime) -> tuple[list[Ready], list[str]]:
    """The good rows, ready to be written, and a line for each thing that is wrong. Files named in it lie beside it."""
    data = file.read_bytes()
    try:
        sheet = sheets.read(data, name=file.name)
    except sheets.BadSheet as error:
        raise Said(str(error)) from None
    columns = recognised(sheet)
    if sheet.header is None or (missing := [name for name in NEEDED if name not in columns]):
        lacking = ", ".join(NEEDED if sheet.header is None else missing)
        raise Said(f"{file.name} has no column {lacking}. Columns are: {', '.join(COLUMNS)}.")

    def beside(name: str, alt: str) -> Shot:
        try:
            return kept_media(f"{name}={alt}", place=place, folder=file.parent)
        except Said as error:
            raise BadMedia(str(error)) from None

    for note in sheet.notes:
        asked.warn(note)
    checker = Checker(
        place, columns=columns, now=now, sha256=hashlib.sha256(data).hexdigest(), find=beside, formulas=sheet.formulas
    )
    good, errors = [], []
    for row in map(checker.row, sheet.lines):
        errors += [f"row {row.number}, {wrong.field}: {wrong.sentence}" for wrong in row.wrongs]
        if not row.wrongs:
            good.append(Ready.of(row, place=place))
    return good, errors


def _batches(rows: Sequence[Ready]) -> Iterable[Sequence[Ready]]:
    for start in range(0, len(rows), TOGETHER):
        yield rows[start : start + TOGETHER]


def _write(rows: Sequence[Ready], *, place: Workspace, now: datetime) -> list[dict[str, Any]]:
    with transaction.atomic():
        known = {row.key: found for row in rows if (found := already(place, row.key)) is not None}
        fresh = [row for row in rows if row.key not in known]
        posts = dict(zip((row.key for row in fresh), write(fresh, place=place, by=OPERATOR, now=now), strict=True))
        return [
            {"row": row.number, **known[row.key]} if row.key in known
            else {"row": row.number, "new": True, **promised(posts[row.key], list(posts[row.key].deliveries.all()))}
            for row in rows
        ]  # fmt: skip


def _take_back(written: Sequence[dict[str, Any]], *, now: datetime) -> None:
    """All or nothing: what was scheduled before the trouble is cancelled and taken off the desk."""
    for entry in written:
        if not entry.get("new"):
            continue
        with transaction.atomic():
            for delivery in Delivery.objects.filter(post=entry["post"]).select_related("post", "channel"):
                delivery.cancel(by=OPERATOR, now=now, because="the import did not finish")
            Post.objects.get(pk=entry["post"]).remove(by=OPERATOR, now=now)
