"""What an identity provider says of a person, and why somebody is not let in. Protocols make these; nouns read them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

SKEW = timedelta(seconds=120)
"""So far may the clock of a provider be from ours."""


@dataclass(frozen=True)
class Claims:
    """``subject``: the provider's own name for the person, which never changes. ``groups``: None when it told none.

    ``second_factor``: how the person proved who they are (``acr``, or the class of the authentication context).
    ``raw``: everything that came, to be shown to whoever tries a provider out.
    """

    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    groups: tuple[str, ...] | None = None
    second_factor: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


class NotLetIn(Exception):
    """A sign-in that is refused: a sentence for people, and a code for the record."""

    def __init__(self, code: str, sentence: str, *, detail: str = "") -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.detail = code, sentence, detail.replace("\x00", "")[:300]


def domain_of(email: str) -> str:
    """The part behind the last @, as domains are kept: in small letters, without a dot at its end."""
    return email.rpartition("@")[2].strip().lower().rstrip(".")
