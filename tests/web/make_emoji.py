"""Makes ``vendor/emoji-<language>.json`` of npm's ``emojibase-data``: ``python -m tests.web.make_emoji <its folder>``.

One file a language: ``{"groups": [[name, [[emoji, name, other words, places of a tone], …]], …]}``. A skin tone stands
behind every code point that takes one, in place of its variation selector; emoji for which that is not so get none.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from clarion.web.assets import FOLDER

LANGUAGES = ("en", "fr", "de", "es")
"""Those of Clarion that the source knows; others get the English names."""
NEWEST = 15.1
"""The version of Emoji that phones and desks of the last years can show."""
COMPONENTS = 2
"""A group of the source that has only parts of emoji."""
TONES = tuple(map(chr, range(0x1F3FB, 0x1F400)))
MOST = 40 * 1024


def made(folder: Path, language: str) -> bytes:
    rows = json.loads((folder / language / "data.json").read_text())
    names = {one["order"]: one["message"] for one in _json(folder, language, "messages.json")["groups"]}
    groups: dict[int, list[list[Any]]] = {}
    for row in sorted(rows, key=lambda row: row.get("order", 0)):
        if row.get("group", COMPONENTS) != COMPONENTS and row["version"] <= NEWEST:
            groups.setdefault(row["group"], []).append(_entry(row))
    body = {"groups": [[names[number], entries] for number, entries in sorted(groups.items())]}
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _entry(row: dict[str, Any]) -> list[Any]:
    label, seen = row["label"], set(row["label"].lower().split())
    words = [word for word in dict.fromkeys(" ".join(row.get("tags", ())).lower().split()) if word not in seen]
    entry = [row["emoji"], label, " ".join(words[:6])]
    bases = _bases(row)
    return [*entry, bases] if bases else entry


def _bases(row: dict[str, Any]) -> list[int]:
    """Behind which code points a tone stands: found by the source's own toned forms, and only where all five agree."""
    toned = {one["tone"]: one["emoji"] for one in row.get("skins", ()) if isinstance(one["tone"], int)}
    toned |= {
        one["tone"][0]: one["emoji"] for one in row.get("skins", ()) if one["tone"] in [[n, n] for n in range(1, 6)]
    }
    if set(toned) != set(range(1, 6)):
        return []
    plain, found, at = row["emoji"], [], -1
    for letter in toned[1]:
        if letter in TONES:
            found.append(at)
        else:
            at = plain.find(letter, at + 1)
            if at < 0:
                return []
    return found if all(with_tone(plain, found, tone) == text for tone, text in toned.items()) else []


def with_tone(emoji: str, bases: list[int], tone: int) -> str:
    """What the picker's script does as well."""
    letters = list(emoji)
    for at in bases:
        letters[at] += TONES[tone - 1]
        if letters[at + 1 : at + 2] == ["\ufe0f"]:
            letters[at + 1] = ""
    return "".join(letters)


def _json(folder: Path, language: str, name: str) -> Any:
    return json.loads((folder / language / name).read_text())


if __name__ == "__main__":
    source = Path(sys.argv[1])
    for code in LANGUAGES:
        data = made(source, code)
        small = len(gzip.compress(data, 9, mtime=0))
        assert small <= MOST, f"{code}: {small}"
        (FOLDER / "vendor" / f"emoji-{code}.json").write_bytes(data)
        print(f'"vendor/emoji-{code}.json" = "{hashlib.sha256(data).hexdigest()}"', small)  # noqa: T201
