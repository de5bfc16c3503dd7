"""What a post says: parts of a thread, each with text and files, and options by name. Immutable, JSON, hashable."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from clarion.networks.editing import AS_IT_IS, Edit

LINKS = "links"
"""The one option that is ours and no network's: whether links go out short, and with which preset."""


@dataclass(frozen=True)
class Shot:
    """One file of a part: the id of a ``Media`` row, the description it carries here, and what is done to it here."""

    media: str
    alt: str = ""
    edit: Edit = AS_IT_IS

    @property
    def as_json(self) -> dict[str, Any]:
        return {"media": self.media, "alt": self.alt, **self.edit.as_json}


@dataclass(frozen=True)
class Words:
    """One part: its text and its files."""

    text: str = ""
    shots: tuple[Shot, ...] = ()


@dataclass(frozen=True)
class Content:
    """The whole. ``options`` are those that networks declare (content_warning, visibility, language, poll, …).

    ``help``: the models that helped to write it, by name. ``post``: the id of the post that says it, where there is
    one; it is no part of what is said.
    """

    parts: tuple[Words, ...] = (Words(),)
    options: Mapping[str, Any] = field(default_factory=dict)
    help: tuple[str, ...] = ()
    post: str = field(default="", compare=False)

    @classmethod
    def of(cls, text: str, *shots: Shot, **options: Any) -> Content:
        return cls((Words(text, shots),), options)

    @classmethod
    def from_json(cls, data: Mapping[str, Any], *, post: str = "") -> Content:
        parts = tuple(
            Words(
                part.get("text", ""),
                tuple(Shot(shot["media"], shot.get("alt", ""), Edit.read(shot)) for shot in part.get("shots", ())),
            )
            for part in data.get("parts", ())
        )
        return cls(parts or (Words(),), dict(data.get("options", {})), tuple(data.get("help", ())), post)

    def as_json(self) -> dict[str, Any]:
        return {
            "parts": [{"text": part.text, "shots": [shot.as_json for shot in part.shots]} for part in self.parts],
            "options": dict(self.options),
            **({"help": list(self.help)} if self.help else {}),
        }

    @property
    def text(self) -> str:
        return "\n\n".join(part.text for part in self.parts)

    @property
    def media_ids(self) -> list[str]:
        return [shot.media for part in self.parts for shot in part.shots]

    def with_media(self, instead: Mapping[str, str]) -> Content:
        """With other files in the places of some; their descriptions stay."""
        parts = tuple(
            replace(part, shots=tuple(replace(shot, media=instead.get(shot.media, shot.media)) for shot in part.shots))
            for part in self.parts
        )
        return replace(self, parts=parts)

    @property
    def sha256(self) -> str:
        """The hash of exactly these words, files, descriptions and options."""
        return hash_of(self.as_json())

    @property
    def text_sha256(self) -> str:
        """The hash of the text as readers would compare it: NFC, white space folded."""
        return hashlib.sha256(" ".join(unicodedata.normalize("NFC", self.text).split()).encode()).hexdigest()


def hash_of(data: Any) -> str:
    """SHA-256 (hex) of JSON with sorted keys and no spare white space."""
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
