"""Countries: their public holidays, their regions, the day on which their week begins, and in which one a zone lies.

Holidays are those of the library ``holidays``. It is loaded when they are drawn: that costs a fifth of a second and
some megabytes, which a house without holidays need not pay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

SATURDAY, SUNDAY, FRIDAY, MONDAY = 5, 6, 4, 0
# CLDR, supplemental/weekData: https://github.com/unicode-org/cldr/blob/main/common/supplemental/supplementalData.xml
FIRST_DAYS = {
    FRIDAY: "MV",
    SATURDAY: "AF BH DJ DZ EG IQ IR JO KW LY OM QA SD SY",
    SUNDAY: "AG AS BD BR BS BT BW BZ CA CO DM DO ET GT GU HK HN ID IL IN JM JP KE KH KR LA MH MM MO MT MX MZ NI NP PA "
    "PE PH PK PR PT PY SA SG SV TH TT TW UM US VE VI WS YE ZA ZW",
}
_FIRST = {country: day for day, countries in FIRST_DAYS.items() for country in countries.split()}


def week_starts_in(country: str) -> int:
    """The first day of a week there, 0 is Monday."""
    return _FIRST.get(country, MONDAY)


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Countries by zone, of the first table of the time zone database."""
    text = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def country_of(zone: str) -> str:
    """The country in which a zone lies (two letters); empty for one such as UTC."""
    return _zones().get(zone, "")


def countries() -> list[tuple[str, str]]:
    """(code, name) of all countries whose holidays are known, by name. Names are English: browsers know others."""
    from holidays.registry import COUNTRIES  # noqa: PLC0415  slow, and seldom wanted

    found = {codes[1]: _spaced(codes[0]) for codes in COUNTRIES.values() if len(codes[1]) == 2}
    return sorted(found.items(), key=lambda pair: pair[1])


def subdivisions(country: str) -> list[tuple[str, str]]:
    """(code, name) of the regions of a country that have holidays of their own."""
    kind = _kind(country)
    if kind is None:
        return []
    names: dict[str, str] = {}
    for name, code in getattr(kind, "subdivisions_aliases", {}).items():
        names.setdefault(code, name)
    return sorted(((code, names.get(code, code)) for code in kind.subdivisions), key=lambda pair: pair[1].casefold())


def is_known(country: str, subdivision: str = "") -> bool:
    kind = _kind(country)
    return kind is not None and (not subdivision or subdivision in kind.subdivisions)


@lru_cache(maxsize=64)
def holidays_of(country: str, subdivision: str, year: int, language: str) -> Mapping[date, str]:
    """The public holidays of a year by day, in the language of the reader, else in that of the country. Nothing for a
    country or a year that the library does not know."""
    kind = _kind(country)
    if kind is None:
        return {}
    if subdivision not in kind.subdivisions:
        subdivision = ""
    found = kind(subdiv=subdivision or None, years=year, language=_spoken(kind, language), observed=True)
    return {day: name for day, name in sorted(found.items()) if day.year == year}


def _kind(country: str) -> Any:
    """The library's class for a country; None for one that it does not know."""
    if not re.fullmatch(r"[A-Z]{2}", country):
        return None
    import holidays  # noqa: PLC0415  slow, and seldom wanted

    kind = getattr(holidays, country, None)
    return kind if isinstance(getattr(kind, "subdivisions", None), tuple) else None


def _spoken(kind: Any, language: str) -> str | None:
    """The language among those of the class; None is the country's own."""
    short = language.split("-")[0].lower()
    return next((one for one in kind.supported_languages if one.split("_")[0].lower() == short), None)


def _spaced(name: str) -> str:
    """The library's ``BosniaAndHerzegovina`` as people write it."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+", name.removeprefix("Holidays"))
    small = {"And": "and", "Of": "of", "The": "the"}
    return " ".join(small.get(word, word) for word in words)
