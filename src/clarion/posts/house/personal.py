"""Personal data in a text: e-mail addresses, telephone numbers, payment cards, accounts, national identity numbers.

Numbers are believed by their check digits: Luhn (ISO/IEC 7812), mod 97 (ISO 13616), and what each country has.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from clarion.networks.text import links
from clarion.networks.wording import gettext_noop

DATA: dict[str, str] = {
    "phone": gettext_noop("Telephone numbers"),
    "email": gettext_noop("E-mail addresses"),
    "card": gettext_noop("Payment cards"),
    "iban": gettext_noop("Bank accounts (IBAN)"),
    "id": gettext_noop("National identity numbers"),
}
"""Every kind with its name."""


@dataclass(frozen=True)
class _Number:
    """How a country writes its numbers, and the module of ``stdnum`` that knows them; empty: the form alone."""

    name: str
    form: re.Pattern[str]
    module: str = ""


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w]){pattern}(?![\w])", re.IGNORECASE | re.ASCII)


COUNTRIES: dict[str, _Number] = {
    "DE": _Number("Steuer-ID", _form(r"\d{2}(?: ?\d{3}){3}"), "de.idnr"),
    "DK": _Number("CPR", _form(r"\d{6}[- ]?\d{4}"), "dk.cpr"),
    "ES": _Number("DNI, NIE", _form(r"(?:\d{8}|[XYZ]-?\d{7})[- ]?[A-Z]"), "es.nie,es.dni"),
    "FI": _Number("HETU", _form(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]"), "fi.hetu"),
    "FR": _Number("NIR", _form(r"[1-478] ?\d{2} ?\d{2} ?\d[0-9AB] ?\d{3} ?\d{3} ?\d{2}"), "fr.nir"),
    "GB": _Number(
        "NINO", _form(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]")
    ),
    "IT": _Number("Codice fiscale", _form(r"[A-Z]{6}[0-9L-NP-V]{2}[A-EHLMPR-T][0-9L-NP-V]{2}[A-Z][0-9L-NP-V]{3}[A-Z]"),
                  "it.codicefiscale"),
    "NO": _Number("Fødselsnummer", _form(r"\d{6}[ -]?\d{5}"), "no.fodselsnummer"),
    "SE": _Number("Personnummer", _form(r"(?:19|20)?\d{6}[-+]?\d{4}"), "se.personnummer"),
    "US": _Number("SSN", _form(r"\d{3}-\d{2}-\d{4}"), "us.ssn"),
}  # fmt: skip
"""The countries whose numbers are known, by their ISO codes."""

# Not a handle of a federated network (@kari@example.org), and not within an address with a scheme.
_EMAIL = re.compile(r"(?<![@\w.+-])[\w.+'-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}(?![\w@])")
_BETWEEN = r"[ .\-\u2010-\u2015\u2212/_\u00b7\u2022]"
"""What people write between the groups of a number, dashes of every length among it."""
_CARD = re.compile(rf"(?<![\w+])\d(?:{_BETWEEN}{{0,3}}\d){{12,18}}(?!\w)", re.ASCII)
_IBAN = re.compile(rf"(?<!\w)[A-Z]{{2}}\d{{2}}(?:{_BETWEEN}{{0,3}}[A-Z0-9]{{1,4}}){{3,8}}", re.IGNORECASE | re.ASCII)
_DIGITS = re.compile(r"[0-9]+")
AROUND = 24
"""So many signs before and after digits are read with them."""
_LONG = re.compile(r"\d(?:[\s().\-\u2010-\u2015\u2212/]{0,3}\d){5}")
_YEARS = re.compile(r"(?:1[89]|20)\d\d\s?[-/–]?\s?(?:1[89]|20)\d\d")
_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|[12]\d|3[01])[./-](?:\d{2}|(?:19|20)\d{2})|(?:19|20)\d\d-\d\d-\d\d"
)
_THOUSANDS = re.compile(r"\d{1,3}(?:[ .,'’]\d{3})+")
_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}|3[47]\d{13}"
    r"|(?:6011|64[4-9]\d|65\d{2})\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}"
    r"|(?:5018|5020|5038|6304|6759|676[1-3])\d{8,15}|220[0-4]\d{12}"
)


@dataclass(frozen=True)
class DataRule:
    """``kinds`` of ``DATA``; of identity numbers those of ``countries``. ``allowed``: what we publish ourselves, as
    ``plain`` writes it."""

    rule: int
    kinds: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()


def find(rules: Collection[DataRule], text: str, *, region: str = "") -> Iterator[tuple[int, str, int, int]]:
    """The rule's number, the kind, and where it stands. ``text``: as ``folding.clean`` gives it. ``region``: the
    country (ISO code) in which numbers without a country's prefix are dialled. The text is read once for all rules."""
    kinds = frozenset[str]().union(*(one.kinds for one in rules))
    countries = sorted(frozenset[str]().union(*(one.countries for one in rules if "id" in one.kinds)))
    taken: list[tuple[int, int]] = []
    for kind, country, start, end in _all(text, kinds=kinds, countries=countries, region=region):
        if any(start < there and end > here for here, there in taken):
            continue
        taken.append((start, end))
        for one in rules:
            if kind not in one.kinds or (country and country not in one.countries):
                continue
            if not (one.allowed and _is_allowed(text[start:end], kind, allowed=one.allowed, region=region)):
                yield one.rule, kind, start, end


def _all(
    text: str, *, kinds: Collection[str], countries: Collection[str], region: str
) -> Iterator[tuple[str, str, int, int]]:
    """Kind, country of an identity number, start, end. What is sure comes first: a card's number is no telephone's."""
    if "email" in kinds and "@" in text:
        yield from (("email", "", found.start(), found.end()) for found in _EMAIL.finditer(text))
    unlinked = text  # what stands in the address of a page is no number to call
    for start, end in links(text) if "phone" in kinds else ():
        unlinked = unlinked[:start] + "_" * (end - start) + unlinked[end:]
    for here, there in _windows(text):
        some = text[here:there]
        for kind, country, start, end in _numbers(some, kinds=kinds, countries=countries):
            yield kind, country, here + start, here + end
        if "phone" in kinds:
            for start, end in _phones(unlinked[here:there], region=region):
                yield "phone", "", here + start, here + end


def _windows(text: str) -> Iterator[tuple[int, int]]:
    """The pieces of a text in which digits stand, with enough around them for whatever they may belong to: most of a
    text has none, and need not be read again for every kind of number."""
    start, end = 0, -1
    for found in _DIGITS.finditer(text):
        if end < 0 or found.start() - AROUND > end:
            if end >= 0:
                yield start, end
            start = max(found.start() - AROUND, 0)
        end = found.end() + AROUND
    if end >= 0:
        yield start, end


def _numbers(text: str, *, kinds: Collection[str], countries: Collection[str]) -> Iterator[tuple[str, str, int, int]]:
    if "iban" in kinds:
        yield from (("iban", "", start, end) for start, end in _ibans(text))
    if "card" in kinds:
        for found in _CARD.finditer(text):
            digits = re.sub(r"\D", "", found.group())
            if _ISSUERS.fullmatch(digits) and _luhn(digits):
                yield "card", "", found.start(), found.end()
    for country in countries:
        known = COUNTRIES[country]
        for found in known.form.finditer(text):
            if _holds(known, found.group()):
                yield "id", country, found.start(), found.end()


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(one - 9 if one > 9 else one for one in doubled) % 10 == 0


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """The longest beginning of what looks like one that is one: words after it are no part of it."""
    for found in _IBAN.finditer(text):
        raw = found.group()
        for end in range(len(raw), 14, -1):
            cut = raw[:end]
            if not cut[-1].isspace() and not raw[end : end + 1].isalnum() and _is_iban(cut):
                yield found.start(), found.start() + end
                break


def _is_iban(raw: str) -> bool:
    compact = re.sub(r"[\W_]", "", raw).upper()
    number = "".join(str(int(letter, 36)) for letter in compact[4:] + compact[:4])
    return int(number) % 97 == 1 and bool(_module("iban").is_valid(compact))


def _holds(known: _Number, raw: str) -> bool:
    """As ``stdnum`` says, which takes the separators away by itself."""
    return not known.module or any(_module(name).is_valid(raw) for name in known.module.split(","))


def _module(name: str) -> Any:
    """A part of ``python-stdnum``, loaded when a number of its kind is seen: together they are 250 files."""
    return importlib.import_module(f"stdnum.{name}")


def _phones(text: str, *, region: str) -> Iterator[tuple[int, int]]:
    """Without spans of years, dates, and amounts with marks between their thousands."""
    if not _LONG.search(text):
        return
    phonenumbers = importlib.import_module("phonenumbers")  # 0.2 s and 9 MB: only where a rule asks for it
    for found in phonenumbers.PhoneNumberMatcher(text, region or None):
        raw = found.raw_string
        if not any(other.fullmatch(raw) for other in (_YEARS, _DATE, _THOUSANDS)):
            yield found.start, found.end


def plain(value: str, *, region: str = "") -> str:
    """How an allowed address, host (``@example.org``) or number is compared."""
    value = value.strip().casefold()
    if "@" in value:
        return value
    digits = re.sub(r"\D", "", value)
    if value.startswith("00"):
        digits = digits[2:]
    if not value.startswith(("+", "00")) and region and digits:
        code = importlib.import_module("phonenumbers").country_code_for_region(region)
        return f"{code}{digits.removeprefix('0')}" if code else digits
    return digits


def _is_allowed(raw: str, kind: str, *, allowed: Collection[str], region: str) -> bool:
    if kind == "email":
        value = raw.casefold()
        return value in allowed or value[value.index("@") :] in allowed
    return kind == "phone" and plain(raw, region=region) in allowed
