"""A stage: one network's server, seen from the other side, with faults at hand. The conformance suite plays on it.

A stage is made anew for each test and holds one account of ours and, where the network has an inbox, a stranger.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Self

import pytest

from clarion.networks.base import Draft, Media, Network, Part
from clarion.networks.http import Http
from clarion.networks.words import Failure, NotNow, Refused, SignInAgain, Unknown

from .pictures import picture
from .servers.base import Fault, Faults, Said

LOOPBACK = ("127.0.0.1", "localhost", "::1")

TROUBLES: Mapping[str, tuple[type[Failure], ...]] = {
    "expired": (SignInAgain,),  # the token's time is over
    "revoked": (SignInAgain,),  # a person took the permission back
    "scope": (SignInAgain, Refused),  # the token lacks the permission: the sentence says which, or what to do
    "suspended": (Refused, SignInAgain, NotNow),  # the account is suspended, blocked or restricted
    "deleted": (Refused, SignInAgain),  # the account, page, room or blog is gone
    "quota": (NotNow,),  # what may be said in a day or a month has been said
    "duplicate": (
        Unknown,
        Refused,
    ),  # the same was said just now: Unknown (code "duplicate") unless it was looked up
}
"""What a network may say of us in the middle of the work, and the words that are right for it."""


@dataclass(frozen=True)
class Shown:
    """One public post as the server holds it."""

    remote_id: str
    text: str
    alts: tuple[str, ...] = ()
    parent_id: str = ""


class Stage(ABC):
    """What the suite needs of a server. Methods of the other side that a network does not have may stay as they are."""

    kind: ClassVar[str] = "contract"
    """``contract`` (ours, by the specification), ``mock`` (another's), ``server`` (the real thing), ``live``."""
    honours_keys: bool = True
    """False for a server that makes a second post of the same key: then only looking helps."""
    text_limit: int | None = None
    """The server's true limit in the network's unit, if the stage knows it."""
    lacks: Mapping[str, str] = {}
    """Abilities that this very server does not have, with the reason: their tests are skipped and prove nothing."""
    secrets: tuple[str, ...] = ()
    """Values that must never be seen in evidence, exceptions or logs."""
    counts_as_documented: bool = True
    """False for a server that is known to count emoji or links in another way than the network's documentation says."""
    needs_picture: bool = False
    """True where no post goes without a picture: a draft that names none gets one."""
    seconds: float = 5.0
    """How long our calls wait on this stage."""
    troubles: Mapping[str, Said | Callable[[Any], Said]] = {}
    """What the network answers a publishing call in trouble, by the name of the trouble (see TROUBLES): as its
    documentation says. A callable gets the stage, for answers that name ids."""
    untroubled: Mapping[str, str] = {}
    """Troubles (and ``renamed``) that have no answer of their own on this network, with the reason in one sentence."""
    token_path: str = ""
    """Where tokens are renewed, if they are."""
    http_answers: bool = True
    """False where answers have no status and no headers: a socket, or no wire at all."""
    any_yes: bool = False
    """True where a yes carries nothing, so that any answer of success is one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pictures = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    # -- the server

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """Ends the server: from now on nobody answers. May be called twice."""

    @abstractmethod
    def network(self, network: type[Network] | None = None, *, seconds: float | None = None) -> Network:
        """Our side, connected, with its own ``Http`` (evidence starts empty)."""

    @abstractmethod
    def posts(self) -> list[Shown]:
        """Every public post of our account that the server really holds, oldest first, read from the other side."""

    @property
    @abstractmethod
    def faults(self) -> Faults:
        """The faults of the server, or of the proxy in front of it."""

    def complaints(self) -> Sequence[str]:
        """What the server found in our requests that its public specification does not know."""
        return ()

    def forgive(self) -> None:
        """After spoilt answers: who got an id that is none asks what no specification knows."""
        found = self.complaints()
        if isinstance(found, list):
            found.clear()

    def is_publishing(self, method: str, path: str) -> bool:
        """True for the call that makes a post public: the one that a fault shall hit."""
        return method in ("POST", "PUT")

    # -- what is said

    def draft(self, *texts: str, pictures: int = 0, alts: tuple[str, ...] = (), **options: Any) -> Draft:
        """A draft with one part per text; the pictures hang on the first part."""
        pictures = max(pictures, int(self.needs_picture))
        media = tuple(self.picture(alts[i] if i < len(alts) else "") for i in range(max(pictures, len(alts))))
        texts = texts or ("The library opens at nine.",)
        parts = tuple(Part(text, media if index == 0 else ()) for index, text in enumerate(texts))
        return Draft(parts, options)

    def slow_draft(self, text: str) -> Draft:
        """A draft that the network works on for a while, where it does so at all (``process_media``)."""
        return self.draft(text, alts=("A picture.",))

    def picture(self, alt: str = "") -> Media:
        self._pictures += 1
        return picture(self.folder, alt=alt, number=self._pictures)

    def http(self, *, seconds: float | None = None) -> Http:
        return Http(private_hosts=LOOPBACK, seconds=seconds or self.seconds)

    # -- faults; each hits the next publishing call only

    def lose_next_answer(self) -> None:
        """The server does the work; the connection breaks before the answer."""
        self.faults.arm(Fault("lose_answer", self.is_publishing))

    def lose_next_request(self) -> None:
        """The connection breaks before the server has done anything."""
        self.faults.arm(Fault("lose_request", self.is_publishing))

    def answer_next(
        self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None, *, any_call: bool = False
    ) -> None:
        """The server does nothing and answers this. ``any_call``: whatever is asked next, reads too."""
        match = (lambda method, path: True) if any_call else self.is_publishing
        self.faults.arm(Fault("answer", match, status=status, body=body, headers=dict(headers or {})))

    def answer_always(self, said: Said, *, any_call: bool = False) -> None:
        """From now on every publishing call (``any_call``: every one but a renewal) is answered so, until ``calm``."""
        match = (lambda method, path: path != self.token_path) if any_call else self.is_publishing
        self.faults.arm(Fault("answer", match, said.status, said.body, said.headers, lasting=True))

    def trouble(self, name: str) -> Said:
        """The network's answer in this trouble. Skips where it has none."""
        if name in self.untroubled:
            pytest.skip(self.untroubled[name])
        if name not in self.troubles:
            pytest.skip("this stage does not declare what is answered")
        said = self.troubles[name]
        return said if isinstance(said, Said) else said(self)

    def calm(self) -> None:
        """No fault waits any more."""
        self.faults.clear()

    def answer_after(self, seconds: float) -> None:
        """The server does the work at once and answers so much later."""
        self.faults.arm(Fault("late", self.is_publishing, seconds=seconds))

    # -- the other side; each network has its own

    def cannot(self) -> NoReturn:
        """A contract stage must be able to do all that its network declares; a real server may not let us."""
        if self.kind == "contract":
            raise NotImplementedError
        pytest.skip("this server cannot be made to do that")

    def end_token(self) -> None:
        """Our sign-in is not accepted any more."""
        self.cannot()

    def rename(self, handle: str) -> None:
        """Somebody gives our account another handle (or name, where that is what is shown)."""
        self.cannot()

    def process_media(self, *, times: int = 2, then: str = "ready") -> None:
        """The next upload is ready only after so many questions, or (``then="failed"``) never."""
        self.cannot()

    def add_unknown_fields(self) -> None:
        """From now on every answer has fields that nobody has heard of."""
        self.cannot()

    def stranger_replies(self, remote_id: str, text: str) -> str:
        """A stranger answers our post; gives the reply's id."""
        self.cannot()

    def stranger_mentions(self, text: str) -> str:
        """A stranger mentions us in a post of their own; gives the post's id."""
        self.cannot()

    def stranger_writes(self, text: str) -> str:
        """A stranger sends us a direct message; gives its id."""
        self.cannot()

    def stranger_posts(self, text: str) -> str:
        """A stranger says something in public that has nothing to do with us; gives the post's id."""
        self.cannot()

    def hook(self, text: str) -> tuple[Mapping[str, str], bytes, str]:
        """What the network sends us by itself when a stranger says ``text``: headers, body, and the shared secret."""
        self.cannot()

    def stranger_likes(self, remote_id: str) -> None:
        self.cannot()

    def marks(self, remote_id: str) -> Mapping[str, int]:
        """How often a post is marked by anybody: ``{"likes": 1, "shares": 0}``, as the server holds it."""
        self.cannot()

    def hide_numbers(self) -> None:
        """From now on the server gives no counts."""
        self.cannot()
