"""The four words for every failure of a network, and the answers of a success.

What decides is not "may I retry?" but "did it happen?":

    Failure
    ├── Refused        no, and never as written
    ├── SignInAgain    no, until a person reconnects the channel
    ├── NotNow         no, but later: ``retry_at`` says when, if the network told us
    └── Unknown        maybe: the request left and no readable answer came back

Anything that an adapter does not classify is ``Unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Failure(Exception):
    """A call to a network that did not succeed. ``sentence`` is written for a press officer, not for a developer."""

    word = "failure"

    def __init__(self, sentence: str, *, code: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Refused(Failure):
    """It did not happen, and it never will as written."""

    word = "refused"


class SignInAgain(Failure):
    """It did not happen, and nothing will until a person reconnects the channel."""

    word = "sign_in_again"


class NotNow(Failure):
    """It did not happen; the same call may succeed later. ``retry_at`` is aware and UTC; None: use a back-off."""

    word = "not_now"

    def __init__(self, sentence: str, *, retry_at: datetime | None = None, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.retry_at = retry_at


class Unknown(Failure):
    """It may have happened. Nothing may be sent again before somebody has looked.

    ``slow`` is true when the network simply did not answer in time: it may still finish long after we hung up. The code
    ``duplicate`` is a refusal of words that were said before: they may be ours, so they are looked for; if they are
    not, nothing is sent again.
    """

    word = "unknown"

    def __init__(self, sentence: str, *, slow: bool = False, code: str = "") -> None:
        super().__init__(sentence, code=code)
        self.slow = slow


@dataclass(frozen=True)
class Published:
    """A step that the network has done. ``remote_id`` and ``url`` are empty for steps that show nothing (an upload)."""

    remote_id: str = ""
    url: str = ""
    handle: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Processing:
    """A step that the network has taken and is working on. ``handle`` (JSON) finds it again; ask after ``seconds``."""

    handle: Mapping[str, Any]
    seconds: float = 1.0


@dataclass(frozen=True)
class Absent:
    """A complete look at the network did not show the step. ``complete`` is False when the look itself was partial."""

    complete: bool = True
