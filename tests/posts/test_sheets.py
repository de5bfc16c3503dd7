"""Tables that people bring: read whatever program wrote them, and refused in one sentence where they cannot be."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from clarion.posts import columns, sheets
from clarion.posts.sheets import BadSheet, read
from clarion.posts.when import BadTime, parse

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def book(*rows, sheets_too=(), **more) -> bytes:
    made = Workbook()
    if more.get("mac"):
        made.epoch = CALENDAR_MAC_1904
    sheet = made.active
    for row in rows:
        sheet.append(row)
    for merged in more.get("merged", ()):
        sheet.merge_cells(merged)
    for name in sheets_too:
        made.create_sheet(name)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        "at,text\n2026-12-01T09:00,Grüße\n".encode(),
        "\ufeffat,text\n2026-12-01T09:00,Grüße\n".encode(),
        "at;text\r\n2026-12-01T09:00;Grüße\r\n".encode("cp1252"),
        "at\ttext\n2026-12-01T09:00\tGrüße\n".encode("utf-16"),
    ],
    ids=["comma", "byte order mark", "semicolon in Windows-1252", "tab in UTF-16"],
)
def test_a_table_is_read_as_its_program_wrote_it(data):
    sheet = read(data, name="posts.csv")
    assert sheet.header == ("at", "text")
    assert sheet.lines[0].cells == ("2026-12-01T09:00", "Grüße") and sheet.lines[0].number == 2
    assert bool(sheet.notes) == (b"\xfc" in data and not data.startswith(b"\xff"))


def test_lines_within_a_cell_and_blank_rows_keep_the_numbers_of_rows():
    sheet = read(b'at,text\n\n2026-12-01 09:00,"One\r\nTwo, three"\n', name="posts.csv")
    assert [(line.number, line.cells[1]) for line in sheet.lines] == [(3, "One\nTwo, three")]


@pytest.mark.parametrize("mac", [False, True])
def test_dates_of_a_workbook_are_times_whichever_year_it_counts_from(mac):
    data = book(["Date", "Text"], [datetime(2026, 12, 1, 9, 30), "Open"], [date(2026, 12, 2), 7.0], mac=mac)
    sheet = read(data, name="posts.xlsx")
    assert [line.cells for line in sheet.lines] == [("2026-12-01 09:30:00", "Open"), ("2026-12-02 00:00:00", "7")]


def test_a_workbook_says_what_it_left_out(tmp_path):
    data = book(["at", "text"], ["x", "y"], ["", "=1+1"], merged=["A2:A3"], sheets_too=["Old"])
    sheet = read(data, name="posts.xlsx")
    assert len(sheet.notes) == 2 and "merged" in sheet.notes[1]
    assert sheet.formulas == {"B3"}, "a formula that nobody has worked out has no value"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/workbook.xml", "<workbook/>")
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)
    return out.getvalue()


def laughs() -> bytes:
    """A workbook whose sheet names entities that name entities."""
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )  # fmt: skip
    source, out = io.BytesIO(book(["at", "text"], ["x", "y"])), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                data = b"<!DOCTYPE x [" + entities.encode() + b"]>" + data.replace(b"<v>", b"<v>&a9;", 1)
            new.writestr(info, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (bomb(), "far too much"), (laughs(), "damaged"), (b"PK\x03\x04 broken", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "old kind"), (b"\x89PNG\r\n\x1a\n\0\0", "not a table"),
        (book(["at"], *([n] for n in range(sheets.MOST_ROWS + 1))), "Split it"),
        (b"at,text\n" + b"x,y\n" * 1_000_000, "Split it"), (b"x" * (sheets.MOST_BYTES + 1), "MB"),
        (",".join("abc" for _n in range(100)).encode(), "columns"),
    ],
    ids=["zip bomb", "entities", "broken zip", "old workbook", "picture", "too many rows", "a million rows", "too big",
         "too wide"],
)  # fmt: skip
def test_what_is_no_table_or_too_much_is_refused_in_one_sentence(data, sentence):
    with pytest.raises(BadSheet, match=sentence) as refused:
        read(data, name="posts.xlsx")
    assert "\n" not in str(refused.value)


def test_a_quote_that_never_ends_is_said_of_its_row():
    sheet = read(b'at,text\nx,"never', name="posts.csv")
    assert sheet.lines[-1].wrong.startswith("It cannot be read as CSV")


# --- columns ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "tool", "fields"),
    [
        ("at,text,channel,media,alt,key", "", ("at", "text", "channel", "media", "alt", "key")),
        ("Date,Text,Link(s),Media URL(s),Title,Labels,Alt text(s),Comment(s)", "Publer",
         ("at", "text", "link", "media", "title", "labels", "alt", "")),
        ("Text,Image URL,Tags,Posting Time", "Buffer", ("text", "media", "labels", "at")),
        ("01/12/2026 09:00,The library is open,https://halden.example", "Hootsuite", ("at", "text", "link")),
    ],
)  # fmt: skip
def test_columns_of_other_tools_are_recognised(data, tool, fields):
    sheet = read(f"{data}\n".encode(), name="posts.csv")
    assert (columns.tool_of(sheet), columns.recognised(sheet)) == (tool, fields)


@pytest.mark.parametrize(
    ("times", "order"),
    [
        (["03/04/2026 09:00", "25/04/2026 09:00"], "day"), (["03/04/2026 09:00", "04/25/2026 09:00"], "month"),
        (["03/04/2026 09:00"], ""), (["04/04/2026 09:00", "2026-04-03T09:00", "3.4.2026 9:00"], None),
    ],
)  # fmt: skip
def test_which_number_is_the_month_is_asked_only_where_no_row_tells(times, order):
    assert columns.order_of(times) == order


@pytest.mark.parametrize(
    ("text", "order", "local"),
    [
        ("03/04/2027 09:05", "day", "2027-04-03 09:05"), ("03/04/2027 09:05", "month", "2027-03-04 09:05"),
        ("25/04/2027 9:05", "", "2027-04-25 09:05"), ("3.4.2027, 09:05", "", "2027-04-03 09:05"),
        ("04/25/2027 01:30 pm", "", "2027-04-25 13:30"), ("4/25/27 12:10 AM", "month", "2027-04-25 00:10"),
        ("2027/04/25 18:00", "", "2027-04-25 18:00"), ("2027-04-25 18:00", "", "2027-04-25 18:00"),
    ],
)  # fmt: skip
def test_times_are_read_as_people_write_them(text, order, local):
    zone = ZoneInfo("Europe/Oslo")
    at = parse(columns.written(text, order=order), zone=zone, now=NOW)
    assert f"{at.astimezone(zone):%Y-%m-%d %H:%M}" == local


@pytest.mark.parametrize(
    ("text", "why"),
    [("03/04/2027 09:00", "two ways"), ("25/04/2027", "without a time"), ("31/02/2027 09:00", "no day"),
     ("99/99/2027 09:00", "no day")],
)  # fmt: skip
def test_a_time_that_nobody_can_read_is_not_guessed(text, why):
    with pytest.raises(BadTime, match=why):
        columns.written(text, order="")
