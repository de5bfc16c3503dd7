"""What a network is. One subclass in one file each; having an optional method is the declaration of the ability.

Plain Python: no Django, no database, no clock of its own. The core hands in an ``Account``, a ``Vault`` for the
credentials, an ``Http`` that records evidence, and (for our own ground) a ``Ground``; it gets back answers or raises
one of the four words of ``clarion.networks.words``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Protocol

from .draft import JSON, Captions, Draft, Media, Part, Settled, Step
from .http import Answer, Http
from .look import FAMILIES, Look
from .problems import problems
from .rules import (
    FIRST_COMMENT,
    Documents,
    Images,
    Option,
    Polls,
    Price,
    Problem,
    Rules,
    Text,
    Videos,
)
from .wording import _, gettext_noop, quoting
from .words import Absent, Failure, NotNow, Processing, Published, Refused, SignInAgain, Unknown

# --- what a network declares ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """The network's own nouns and verbs, for people."""

    post: str = "post"
    share: str = "share"
    like: str = "like"


@dataclass(frozen=True)
class Field:
    """One thing a person types to connect a channel."""

    name: str
    label: str
    secret: bool = False
    help: str = ""
    default: str = ""
    required: bool = True


Scopes = Collection[str]
"""Permissions by the network's own names; a mapping also says what each is for, to people."""


@dataclass(frozen=True)
class Token:
    """Sign-in by something typed or pasted (access token, app password, nothing at all).

    ``scopes``: what it has to be allowed, where a person chooses that when making it.
    """

    fields: tuple[Field, ...] = ()
    scopes: Scopes = ()


@dataclass(frozen=True)
class OAuth:
    """Sign-in in the browser. ``at_each_server``: one application is registered per server and re-used."""

    scopes: Scopes
    at_each_server: bool = False
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Once:
    """What the network gives against doubles, and how long to look before believing that a step is absent.

    After a lost answer the core looks at once and then again until ``settle`` has passed since the last byte left
    (``settle_slow`` when the network was silent until our time-out, because it may still be at work).
    """

    kind: str
    window: timedelta | None = None
    settle: timedelta = timedelta(seconds=60)
    settle_slow: timedelta = timedelta(seconds=120)

    KEY: ClassVar[str] = "KEY"
    HANDLE: ClassVar[str] = "HANDLE"
    LOOKUP: ClassVar[str] = "LOOKUP"
    NONE: ClassVar[str] = "NONE"


@dataclass(frozen=True)
class Budget:
    """How much may be said: ``limit`` writes ``per`` time. A network's headers correct it (``Network.budget_told``).

    ``of``: for each channel, or for all channels together that speak through one application of ours.
    """

    limit: int
    per: timedelta
    cost: int = 1
    name: str = "writes"
    of: str = "channel"

    CHANNEL: ClassVar[str] = "channel"
    APP: ClassVar[str] = "app"


@dataclass(frozen=True)
class Told:
    """What an answer's headers say of the budget."""

    limit: int | None
    remaining: int | None
    resets_at: datetime | None


# --- what comes back --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Account:
    """Who we are on the network. ``settings`` is JSON that is not secret (server kind, did, pds address)."""

    server: str = ""
    remote_id: str = ""
    handle: str = ""
    name: str = ""
    url: str = ""
    avatar: str = ""
    settings: JSON = field(default_factory=dict)


@dataclass(frozen=True)
class Connected:
    """The result of signing in: the account and its secrets, and what is known of their life."""

    account: Account
    secrets: JSON
    scopes: tuple[str, ...] = ()
    missing_scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Message:
    """One thing that somebody said on the network: a reply, a mention, a direct message, a notification."""

    remote_id: str
    kind: str
    author: str
    author_name: str
    text: str
    at: datetime
    url: str = ""
    parent_id: str = ""
    raw: JSON = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Messages, newest first, and the cursor of the next (older) page: empty when there is none."""

    items: tuple[Message, ...]
    cursor: str = ""


@dataclass(frozen=True)
class Reading:
    """Numbers of a post or an account as the network gives them. A number that was not given is None, never 0."""

    numbers: Mapping[str, int | None]
    raw: JSON = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A post of ours as the network shows it now."""

    remote_id: str
    url: str
    text: str
    at: datetime | None = None
    alts: tuple[str, ...] = ()
    raw: JSON = field(default_factory=dict)


# --- what the core hands in -------------------------------------------------------------------------------------------


class Vault(Protocol):
    """A channel's secrets. ``locked`` serialises refreshes among all workers; read again inside it."""

    def read(self) -> dict[str, Any]: ...
    def write(self, secrets: JSON, *, expires_at: datetime | None = None) -> None: ...
    def locked(self) -> AbstractContextManager[None]: ...


class Ground(Protocol):
    """Our own ground: notices that Clarion serves itself. Keys are ours, so putting the same key twice is one notice.

    ``keep`` stores a file and gives its JSON; ``put`` takes parts ``{"text": …, "media": [what keep gave]}`` and gives
    the notice's id and address.
    """

    def keep(self, media: Media) -> JSON: ...
    def put(self, *, key: str, parts: Sequence[JSON], options: JSON) -> tuple[str, str]: ...
    def find(self, *, key: str) -> tuple[str, str] | None: ...
    def fetch(self, remote_id: str) -> Seen | None: ...
    def edit(self, remote_id: str, *, parts: Sequence[JSON], options: JSON) -> None: ...
    def delete(self, remote_id: str) -> None: ...


class Lend(Protocol):
    """Gives a file an address that anybody who has it may fetch, for a while: for networks that pull."""

    def __call__(self, media: Media) -> str: ...


class NoVault:
    """Secrets held in memory only, for sign-in and for tests."""

    def __init__(self, secrets: JSON | None = None) -> None:
        self._secrets = dict(secrets or {})

    def read(self) -> dict[str, Any]:
        return dict(self._secrets)

    def write(self, secrets: JSON, *, expires_at: datetime | None = None) -> None:
        self._secrets = dict(secrets)

    def locked(self) -> AbstractContextManager[None]:
        return _Nothing()


class _Nothing(AbstractContextManager[None]):
    def __exit__(self, *args: object) -> None:
        return None


ABILITIES = (
    "publish", "check", "find", "edit", "delete", "fetch", "replies", "mentions", "messages", "notifications", "reply",
    "hide", "like", "share", "measure", "measure_account", "search", "hear", "limits",
)  # fmt: skip


class Network:
    """One network, spoken to on behalf of one account.

    ``app`` are the keys of our application there (``client_id``, ``client_secret``) and, where an operator named a
    stand-in, its ``base_url``.

    Required of a subclass: ``name``, ``label``, ``sign_in``, ``rules``, ``once``, ``whoami``, ``connect``, ``publish``.
    Optional methods declare an ability by existing (see ``ABILITIES``):

    - ``check(processing: Processing, step, *, key) -> Published | Processing``  read only, repeatable
    - ``find(step, *, key) -> Published | Absent | None``  did it happen? None: the network cannot tell
    - ``fetch(remote_id) -> Seen | None``; ``edit(remote_id, draft: Draft) -> Published``; ``delete(remote_id) -> None``
    - ``replies(remote_id, *, cursor="") -> Page``, ``mentions(*, cursor="")``, ``messages(*, cursor="")``,
      ``notifications(*, cursor="")``, ``search(query, *, cursor="")``
    - ``reply(step, *, key)`` is a publish step whose payload has ``in_reply_to``
    - ``like(remote_id)``, ``share(remote_id)``, ``hide(remote_id)``
    - ``measure(remote_ids) -> Mapping[str, Reading]``, ``measure_account() -> Reading``
    - ``hear(headers, body, *, secret) -> tuple[Message, ...]``  a webhook's call; raises Refused for a wrong signature
    - ``limits() -> JSON``  what the server announces, in the form that ``Rules.told`` takes
    """

    name: ClassVar[str]
    label: ClassVar[str]
    words: ClassVar[Words] = Words()
    sign_in: ClassVar[tuple[Token | OAuth, ...]] = (Token(),)
    rules: ClassVar[Rules]
    look: ClassVar[Look | None] = None
    """How a post looks there; None: as its family does (``seen_as``)."""
    options: ClassVar[tuple[Option, ...]] = ()
    once: ClassVar[Once]
    budget: ClassVar[Budget | tuple[Budget, ...] | None] = None
    """One or several; headers correct the first that is a channel's own."""
    docs: ClassVar[str] = ""
    family: ClassVar[str] = "social"
    """Where people look for it: ``social``, ``chat`` (rooms and channels) or ``site`` (websites, blogs)."""
    known_as: ClassVar[tuple[str, ...]] = ()
    """Other names by which people look for it."""
    needs_app: ClassVar[bool] = False
    """True where our application's keys are needed after the sign-in as well: to renew a token, to prove a call."""
    app_words: ClassVar[tuple[str, str]] = (gettext_noop("Client ID"), gettext_noop("Client secret"))
    """What the network calls the two keys of an application; the second is empty where it gives only one."""
    by_hand: ClassVar[bool] = False
    """True where a person publishes: at the due time they are told, and they say when it is out."""
    shows_names: ClassVar[bool] = False
    """True where readers see what a picture's file is called. What other files are called they may see anywhere."""
    own_ground: ClassVar[bool] = False
    """True when Clarion itself is the network: nothing leaves the machine."""

    def __init__(
        self,
        account: Account,
        *,
        http: Http,
        vault: Vault | None = None,
        ground: Ground | None = None,
        limits: JSON | None = None,
        app: JSON | None = None,
        lend: Lend | None = None,
    ) -> None:
        self.account = account
        self.http = http
        self.vault: Vault = vault or NoVault()
        self.app: JSON = app or {}
        self._ground = ground
        self._lend = lend
        self.told_rules = self.rules.told(limits or {})

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """Asks the network who we are with what a person typed; raises one of the four words."""
        raise Refused(_("%(network)s cannot be connected by typing.") % {"network": cls.label})

    def whoami(self) -> Account:
        """Asks the network who we are. A read: it may be repeated."""
        raise Refused(_("%(network)s does not say who we are.") % {"network": self.label})

    def lent(self, media: Media) -> str:
        """The address from which the network may fetch the file. Raises Refused where nobody outside can reach us."""
        if self._lend is None:
            sentence = _("%(network)s fetches files from Clarion, which has no public address (CLARION_BASE_URL).")
            raise Refused(sentence % {"network": self.label}, code="no_address")
        return self._lend(media)

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The steps that publish ``draft``, in order: uploads of a part, then the part. No call leaves here."""
        steps: list[Step] = []
        for index, part in enumerate(draft.parts):
            for media in part.media:
                said = {"alt": media.alt} | ({"focus": list(media.focus)} if media.focus else {})
                steps.append(Step("upload", len(steps), part=index, public=False, payload=said, media=media))
            steps.append(
                Step("post", len(steps), part=index, payload={"text": part.text, "options": dict(draft.options)})
            )
        return (*steps, *self.comment(draft, after=len(steps)))

    def comment(self, draft: Draft, *, after: int) -> tuple[Step, ...]:
        """The step that says the first comment, where the network has one and the draft wants it."""
        said = str(draft.options.get(FIRST_COMMENT.name) or "").strip()
        if not said or FIRST_COMMENT not in self.options:
            return ()
        return (Step("comment", after, payload={"text": said}),)

    def price(self, draft: Draft) -> Price | None:
        """What publishing the draft costs; None where the network takes nothing."""
        return None

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """The step's exact payload with every id that we can choose. Committed before the first byte leaves."""
        return step.payload

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        """Says the step to the network, once."""
        raise Refused(_("Nothing can be published on %(network)s.") % {"network": self.label})

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        """The one place where an answer becomes one of the four words; None: it is a success. See networks/README."""
        return understood(answer, writing=writing, label=self.label)

    def budget_told(self, answer: Answer) -> Told | None:
        """What the answer's headers say of the budget, if anything."""
        return None

    @classmethod
    def id_in(cls, url: str) -> str:
        """The remote id that a pasted link carries; by default its last path segment."""
        return url.split("?")[0].split("#")[0].rstrip("/").rsplit("/", 1)[-1]

    # -- what is derived

    @classmethod
    def budgets(cls) -> tuple[Budget, ...]:
        declared = cls.budget
        return () if declared is None else (declared,) if isinstance(declared, Budget) else declared

    @classmethod
    def seen_as(cls) -> Look:
        return cls.look or FAMILIES.get(cls.family, FAMILIES["social"])

    @classmethod
    def abilities(cls) -> tuple[str, ...]:
        return tuple(
            name for name in ABILITIES if callable(getattr(cls, name, None)) and not (cls.by_hand and name == "publish")
        )

    @classmethod
    def purpose(cls, scope: str) -> str:
        """What a permission is for, in the reader's language; empty where nobody declared it."""
        known = (way.scopes for way in cls.sign_in if isinstance(way.scopes, Mapping))
        return next((_(scopes[scope]) for scopes in known if scope in scopes), "")

    @classmethod
    def rules_for(cls, rules: Rules, options: JSON) -> Rules:
        """The rules under a draft's own options: a story may have another shape than a post."""
        return rules

    def problems(self, draft: Draft) -> list[Problem]:
        """Every reason why this draft would be refused, with counts. Nothing is ever cut."""
        return list(problems(self.told_rules, self.options, draft, label=self.label))


def understood(answer: Answer, *, writing: bool, label: str, now: datetime | None = None) -> Failure | None:
    """The default mapping of a status to a word. ``answer.retry_at`` is read from Retry-After when there is one."""
    status = answer.status
    if 200 <= status < 300:
        return None
    said, code = answer.reason(), str(status)
    values = {"network": label, "status": status}
    if status == 401:
        sentence = _("%(network)s no longer accepts our sign-in.") % values
        return SignInAgain(quoting(sentence, said), code=code)
    if status == 429:
        return NotNow(
            quoting(_("%(network)s asks us to slow down.") % values, said), retry_at=answer.retry_at, code=code
        )
    if status in (408, 409, 425):
        if writing:
            sentence = _("%(network)s answered %(status)d: it may or may not have happened.") % values
            return Unknown(quoting(sentence, said), code=code)
        return NotNow(quoting(_("%(network)s is busy (%(status)d).") % values, said), code=code)
    if 400 <= status < 500:
        return Refused(quoting(_("%(network)s refused it (%(status)d).") % values, said), code=code)
    # Retry-After only: rate headers come with every answer of some servers and say nothing of a failure.
    if status == 503 and "retry-after" in answer.headers:
        sentence = _("%(network)s is down for maintenance.") % values
        return NotNow(quoting(sentence, said), retry_at=answer.retry_at, code=code)
    if writing:
        sentence = _("%(network)s failed while it worked on it (%(status)d): it may have happened.") % values
        return Unknown(quoting(sentence, said), code=code)
    return NotNow(quoting(_("%(network)s is not working at the moment (%(status)d).") % values, said), code=code)


def utc(stamp: float) -> datetime:
    """An epoch second as an aware UTC instant."""
    return datetime.fromtimestamp(stamp, UTC)


__all__ = [
    "ABILITIES", "FIRST_COMMENT", "JSON", "Absent", "Account", "Answer", "Budget", "Captions", "Connected",
    "Documents", "Draft", "Failure", "Field", "Ground", "Http", "Images", "Lend", "Look", "Media", "Message", "Network",
    "NoVault", "NotNow", "OAuth", "Once", "Option", "Page", "Part", "Polls", "Price", "Problem", "Processing",
    "Published", "Reading", "Refused", "Rules", "Seen", "Settled", "SignInAgain", "Step", "Text", "Token", "Told",
    "Unknown", "Vault", "Videos", "Words", "understood", "utc",
]  # fmt: skip
