"""What the columns of a table mean, and how people write a time in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.posts.sheets import Sheet
from clarion.posts.when import BadTime

FIELDS = {
    "at": gettext_lazy("Time"), "text": gettext_lazy("Text"), "channel": gettext_lazy("Channel"),
    "media": gettext_lazy("Files"), "alt": gettext_lazy("Descriptions"),
    "link": gettext_lazy("Link"), "title": gettext_lazy("Title"), "labels": gettext_lazy("Labels"),
    "key": gettext_lazy("Key"),
}  # fmt: skip
"""What a column can be. Each is one column at most."""

KNOWN = {
    "at": ("at", "date", "when", "time", "date and time", "date & time", "datetime", "date/time", "posting time",
           "scheduled time", "schedule", "publish at", "post at"),
    "text": ("text", "message", "post", "caption", "content", "post text", "words"),
    "channel": ("channel", "channels", "account", "accounts", "profile", "profiles"),
    "media": ("media", "image", "images", "picture", "pictures", "photo", "image url", "image urls", "image url(s)",
              "media url", "media urls", "media url(s)"),
    "alt": ("alt", "alt text", "alt texts", "alt text(s)", "description", "descriptions"),
    "link": ("link", "links", "link(s)", "url"),
    "title": ("title",),
    "labels": ("labels", "label", "tags", "tag", "label(s)", "tag(s)"),
    "key": ("key",),
}  # fmt: skip

LAYOUTS = {
    # K: https://publer.com/help/en/article/how-to-use-a-csv-file-18qhxcq and its template of twelve columns
    "Publer": {"date", "text", "link(s)", "media url(s)", "labels"},
    # K: the template of Buffer's bulk upload
    "Buffer": {"text", "image url", "tags", "posting time"},
}
"""Files of other tools by names of columns that they have together."""
HEADLESS = "Hootsuite"
"""K: its bulk composer takes no header, and three columns: dd/mm/yyyy hh:mm or mm/dd/yyyy hh:mm, message, link."""

DAY, MONTH = "day", "month"
_PARTED = re.compile(
    r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})(?:[ ,T]+(\d{1,2})[:.h](\d{2})(?:[:.]\d{2})?\s*([ap])?\.?(?:m\.?)?)?",
    re.IGNORECASE,
)


def recognised(sheet: Sheet) -> tuple[str, ...]:
    """A field for each column, or "" where nothing is known of it. The first that fits has it."""
    if sheet.header is None:
        guess = ("at", "text", "link")
        return (*guess[: sheet.width], *("",) * (sheet.width - len(guess)))
    found: list[str] = []
    for name in sheet.header:
        plain = " ".join(name.casefold().split())
        field = next((one for one, names in KNOWN.items() if plain in names), "")
        found.append("" if field in found else field)
    return tuple(found)


def tool_of(sheet: Sheet) -> str:
    """The tool for which the file was made, as far as its columns tell; empty when it is none that is known."""
    if sheet.header is None:
        return HEADLESS if sheet.width in (2, 3) else ""
    names = {" ".join(name.casefold().split()) for name in sheet.header}
    return next((tool for tool, wanted in LAYOUTS.items() if wanted <= names), "")


def order_of(times: Iterable[str]) -> str | None:
    """Whether the day or the month comes first, where a table leaves it open: ``DAY``, ``MONTH``, "" when no time shows
    it, None when there is nothing to ask."""
    asked = False
    for text in times:
        found = _PARTED.fullmatch(text.strip())
        if found and found[2] != "." and len(found[1]) < 3:
            if int(found[1]) > 12:
                return DAY
            if int(found[3]) > 12:
                return MONTH
            asked = asked or found[1].zfill(2) != found[3].zfill(2)
    return "" if asked else None


def written(text: str, *, order: str) -> str:
    """A time as people write it, as ISO 8601 (or ``now``) that ``when.parse`` takes. What is not known is given as it
    is. Raises ``BadTime`` for a day without a time, and for one of which nobody knows which number is the month."""
    text = text.strip()
    found = _PARTED.fullmatch(text)
    if not found:
        return text
    first, mark, second, third, hour, minute, half = found.groups()
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third)
    else:
        if mark != "." and not order and first.zfill(2) != second.zfill(2) and int(first) < 13 and int(second) < 13:
            raise BadTime(_("“%(text)s” can be read in two ways. Say above which comes first.") % {"text": text})
        is_day_first = mark == "." or (order or (DAY if int(first) > 12 else MONTH)) == DAY
        day, month = (int(first), int(second)) if is_day_first else (int(second), int(first))
        year = int(third) + (2000 if len(third) < 3 else 0)
    if hour is None:
        raise BadTime(_("“%(text)s” is a day without a time. Add one, such as 09:00.") % {"text": text})
    hours = int(hour)
    if half:
        hours = hours % 12 + (12 if half.lower() == "p" else 0)
    try:
        return datetime(year, month, day, hours, int(minute)).isoformat()
    except ValueError:
        sentence = _("“%(text)s” is no day of the calendar. Look which number is the month.")
        raise BadTime(sentence % {"text": text}) from None


def several(cell: str) -> list[str]:
    """Addresses or names of one cell: parted by semicolons, bars or lines; by commas where addresses follow."""
    return [one.strip() for one in re.split(r"[;|\n]|,(?=\s*https?://)", cell) if one.strip()]


def words(cell: str) -> list[str]:
    """Labels of one cell."""
    return list(dict.fromkeys(one.strip()[:60] for one in re.split(r"[;,|\n]", cell) if one.strip()))


def named(columns: Sequence[str]) -> dict[str, int]:
    """The place of each field among the columns."""
    return {field: place for place, field in enumerate(columns) if field}
