"""Tables that people bring: CSV, XLSX and JSON lines, read with bounds. Nothing here knows what a column means.

A table in a spreadsheet program's words: rows count from 1 (the header is row 1), columns are letters.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

MOST_BYTES = 25_000_000
MOST_ROWS = 20_000
MOST_COLUMNS = 60
MOST_LETTERS = 100_000
"""Characters of one cell."""
UNPACKED = 80_000_000
"""Bytes to which a workbook may unfold: twenty thousand rows of a thousand characters need less than half of it."""
RATIO = 200
"""So many times smaller than its content is no workbook that a person made, from a megabyte on."""
_FORMULA, _MERGED = re.compile(rb"<f[ >/]"), re.compile(rb"<mergeCell ")


class BadSheet(ValueError):
    """A file that cannot be read as a table; the sentence says why and what to do."""


@dataclass(frozen=True)
class Line:
    """One row: its number, and its cells from column A on. ``wrong``: why it cannot be read."""

    number: int
    cells: tuple[str, ...]
    wrong: str = ""


@dataclass(frozen=True)
class Sheet:
    """``header`` is None when the first row is already a post. ``formulas`` are cells (A1) without a value.

    ``notes``: sentences that a person should know before she goes on.
    """

    header: tuple[str, ...] | None
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()
    formulas: frozenset[str] = field(default=frozenset())

    @property
    def width(self) -> int:
        return max([len(self.header or ()), *(len(line.cells) for line in self.lines)], default=0)


def letter(column: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def read(data: bytes, *, name: str) -> Sheet:
    """Reads a file by what it is, not by what it is called. Raises ``BadSheet``."""
    if len(data) > MOST_BYTES:
        raise BadSheet(
            _("“%(name)s” has more than %(n)d MB. Split it into smaller files.")
            % {"name": name, "n": MOST_BYTES // 1_000_000}
        )
    if data[:4] == b"PK\x03\x04":
        return _workbook(data, name=name)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise BadSheet(
            _("“%(name)s” is a workbook of the old kind, or has a password. Save it as XLSX without one, or as CSV.")
            % {"name": name}
        )
    text, notes = _decoded(data, name=name)
    if name.lower().endswith((".jsonl", ".ndjson")):
        return _lines_of_json(text, notes)
    return _csv(text, notes, name=name)


# --- CSV and JSON -----------------------------------------------------------------------------------------------------


def _decoded(data: bytes, *, name: str) -> tuple[str, list[str]]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif b"\x00" in data:
        raise BadSheet(_("“%(name)s” is not a table: it is neither CSV nor XLSX.") % {"name": name})
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        strange = encoding == "cp1252" and _("It is not UTF-8, so it was read as Windows-1252. Look at accents below.")
        return text, [strange] if strange else []
    raise BadSheet(_("The letters of “%(name)s” cannot be read. Save it as UTF-8.") % {"name": name})


def _csv(text: str, notes: list[str], *, name: str) -> Sheet:
    delimiter = _delimiter(text)
    rows: list[Line] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for cells in reader:
            number += 1
            if any(cell.strip() for cell in cells):
                rows.append(Line(number, _bounded(cells, number)))
            _refuse_too_many(rows, name=name)
    except csv.Error as error:
        rows.append(Line(number + 1, (), _("It cannot be read as CSV: %(why)s.") % {"why": error}))
    return _with_header(rows, notes)


def _delimiter(text: str) -> str:
    """Which of comma, semicolon and tab parts the first line; a quoted one does not count."""
    first = re.sub(r'"[^"]*"', "", text[:20_000].lstrip().partition("\n")[0])
    return max((",", ";", "\t"), key=first.count)


def _lines_of_json(text: str, notes: list[str]) -> Sheet:
    read: list[tuple[int, dict[str, Any] | str]] = []
    names: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            cells = json.loads(line)
            if not isinstance(cells, dict):
                raise ValueError("it is no object")
            names += [key for key in cells if key not in names]
            read.append((number, cells))
        except (ValueError, RecursionError) as error:
            read.append((number, _("It is not JSON: %(why)s.") % {"why": error}))
        _refuse_too_many(read, name="")
    lines = [
        Line(number, (), cells) if isinstance(cells, str)
        else Line(number, _bounded([_plain(cells.get(key)) for key in names], number))
        for number, cells in read
    ]  # fmt: skip
    return Sheet(tuple(names), tuple(lines), tuple(notes))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(str(item) for item in value)
    return "" if value is None else str(value)


# --- workbooks --------------------------------------------------------------------------------------------------------


def _workbook(data: bytes, *, name: str) -> Sheet:
    """The first sheet that is shown. Bounds are asked before a byte is unfolded."""
    formulas, merged = _looked_through(data, name=name)
    import openpyxl  # noqa: PLC0415  loaded only by who brings a workbook: 12 MB

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        shown = [one for one in book.worksheets if one.sheet_state == "visible"] or book.worksheets
        if not shown:
            raise BadSheet(_("“%(name)s” has no sheet with rows.") % {"name": name})
        title = shown[0].title
        rows = list(_rows_of(shown[0], name=name))
        blank = _without_value(data, title, known=rows) if formulas else frozenset()
    except BadSheet:
        raise
    except Exception as error:  # whatever a broken workbook makes its reader stumble over
        raise BadSheet(
            _("“%(name)s” is damaged and cannot be read. Open it, save it again as XLSX or CSV, and bring that.")
            % {"name": name}
        ) from error
    notes = []
    if len(shown) > 1:
        notes.append(
            ngettext(
                "Only the sheet “%(sheet)s” is read. %(n)d other sheet is left alone.",
                "Only the sheet “%(sheet)s” is read. %(n)d other sheets are left alone.", len(shown) - 1,
            ) % {"sheet": title, "n": len(shown) - 1}
        )  # fmt: skip
    if merged:
        notes.append(_("Some cells are merged: what they say counts for the first row of each alone."))
    found = _with_header([Line(number, cells) for number, cells in rows if any(cells)], notes)
    return Sheet(found.header, found.lines, found.notes, blank)


def _looked_through(data: bytes, *, name: str) -> tuple[bool, bool]:
    """Whether there are formulas, and merged cells. Raises ``BadSheet`` for what unfolds without measure.

    The sizes that a zip file declares are believed: its reader stops there.
    """
    bomb = BadSheet(
        _(
            "“%(name)s” would unfold to far too much to open safely. "
            "Copy its rows into a new workbook, or save it as CSV."
        )
        % {"name": name}
    )
    formulas = merged = False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            infos = parts.infolist()
            whole = sum(info.file_size for info in infos)
            packed = sum(info.compress_size for info in infos) or 1
            if len(infos) > 2000 or whole > UNPACKED or (whole > 1_000_000 and whole > RATIO * packed):
                raise bomb
            if "xl/workbook.xml" not in parts.namelist():
                raise BadSheet(_("“%(name)s” is not a table: it is neither CSV nor XLSX.") % {"name": name})
            for info in infos:
                if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                    xml = parts.read(info)
                    formulas, merged = formulas or bool(_FORMULA.search(xml)), merged or bool(_MERGED.search(xml))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise BadSheet(
            _("“%(name)s” is damaged and cannot be read. Open it, save it again as XLSX or CSV, and bring that.")
            % {"name": name}
        ) from error
    return formulas, merged


def _rows_of(sheet: Any, *, name: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    # A sheet may declare a size that it does not have: rows are counted as they come.
    sheet.reset_dimensions()
    kept = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = _bounded([_said(value) for value in values], number)
        while cells and not cells[-1]:
            cells = cells[:-1]
        kept += bool(cells)
        if kept > MOST_ROWS + 1 or number > 50 * MOST_ROWS:
            raise _too_many(name)
        if cells:
            yield number, cells


def _without_value(data: bytes, title: str, *, known: Sequence[tuple[int, tuple[str, ...]]]) -> frozenset[str]:
    """Cells (A1) that are a formula which nobody has worked out, or that came to an error."""
    import openpyxl  # noqa: PLC0415

    values = dict(known)
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    sheet = book[title]
    sheet.reset_dimensions()
    found = set()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        for column, value in enumerate(row):
            if isinstance(value, str) and value.startswith("="):
                cells = values.get(number, ())
                worked_out = cells[column] if column < len(cells) else ""
                if not worked_out or worked_out.startswith("#"):
                    found.add(f"{letter(column)}{number}")
    return frozenset(found)


def _said(value: Any) -> str:
    """A cell as text. Dates are written as ISO 8601, whichever year the workbook counts from."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        rounded = (value + timedelta(milliseconds=500)).replace(microsecond=0)  # days as fractions are never exact
        return rounded.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# --- both -------------------------------------------------------------------------------------------------------------


def _bounded(cells: Sequence[str], number: int) -> tuple[str, ...]:
    if len(cells) > MOST_COLUMNS and any(cell.strip() for cell in cells[MOST_COLUMNS:]):
        raise BadSheet(
            _("Row %(row)d has more than %(n)d columns. Remove those that are not needed.")
            % {"row": number, "n": MOST_COLUMNS}
        )
    return tuple(_clean(cell) for cell in cells[:MOST_COLUMNS])


def _clean(cell: str) -> str:
    """What a database keeps: no NUL, no half of a pair, lines that end in one way."""
    whole = cell[:MOST_LETTERS].encode("utf-8", "replace").decode()
    return whole.replace("\x00", "").replace("\r\n", "\n")


def _refuse_too_many(rows: Sequence[Any], *, name: str) -> None:
    if len(rows) > MOST_ROWS + 1:
        raise _too_many(name)


def _too_many(name: str) -> BadSheet:
    return BadSheet(
        _("“%(name)s” has more than %(n)d rows. Split it: each file is an import that can be undone alone.")
        % {"name": name, "n": MOST_ROWS}
    )


def _with_header(rows: Sequence[Line], notes: Sequence[str]) -> Sheet:
    """The first row is the header, unless one of its cells is a time: then the file has none."""
    if not rows:
        return Sheet(None, (), tuple(notes))
    first = rows[0]
    if first.wrong or any(re.match(r"\s*(\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|now\s*$)", cell) for cell in first.cells):
        return Sheet(None, tuple(rows), tuple(notes))
    return Sheet(tuple(cell.strip() for cell in first.cells), tuple(rows[1:]), tuple(notes))
