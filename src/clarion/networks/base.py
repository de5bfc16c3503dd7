"""What a network is. One subclass in one file each; having an optional method is the declaration of the ability.

Plain Python: no Django, no database, no clock of its own. The core hands in an ``Account``, a ``Vault`` for the
credentials, an ``Http`` that records evidence, and (for our own ground) a ``Ground``; it gets back answers or raises
one of the four words of ``clarion.networks.words``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol

from .http import Answer, Http
from .text import UNITS, count_text
from .words import Absent, Failure, NotNow, Processing, Published, Refused, SignInAgain, Unknown

JSON = Mapping[str, Any]


# --- what is said -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Media:
    """One file to publish. ``path`` is readable and already cleaned; sizes in bytes, pixels, seconds."""

    path: Path
    mime: str
    size: int
    sha256: str
    alt: str = ""
    width: int = 0
    height: int = 0
    duration: float = 0.0
    name: str = ""

    @property
    def is_image(self) -> bool:
        return self.mime.startswith("image/")

    @property
    def is_video(self) -> bool:
        return self.mime.startswith("video/")


@dataclass(frozen=True)
class Part:
    """One part of a thread (a post without a thread has one part)."""

    text: str
    media: tuple[Media, ...] = ()


@dataclass(frozen=True)
class Draft:
    """What one channel shall say. ``options`` are the network's own declared options (``Option``), by name."""

    parts: tuple[Part, ...]
    options: JSON = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One thing said to the network.

    ``payload`` is JSON made by ``plan`` and completed by ``prepare`` before the first byte leaves. ``earlier`` are the
    settled steps before it, in order. ``public`` is False for steps that show nothing (uploads): they may simply be
    repeated. ``since`` is when the intent was first written, ``taken`` the remote ids that belong to other deliveries.
    """

    kind: str
    number: int
    part: int = 0
    public: bool = True
    payload: JSON = field(default_factory=dict)
    media: Media | None = None
    earlier: tuple[Settled, ...] = ()
    since: datetime | None = None
    taken: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Settled:
    """A step that is done, as later steps see it."""

    kind: str
    part: int
    remote_id: str = ""
    url: str = ""
    handle: JSON = field(default_factory=dict)
    payload: JSON = field(default_factory=dict)


# --- what a network declares ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """The network's own nouns and verbs, for people."""

    post: str = "post"
    share: str = "share"
    like: str = "like"


@dataclass(frozen=True)
class Text:
    """How long a part may be. ``unit`` is a key of ``clarion.networks.text.UNITS``; ``max_bytes`` counts UTF-8."""

    limit: int
    unit: str = "grapheme"
    max_bytes: int | None = None
    url_length: int = 23

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown text unit: {self.unit}")

    def count(self, text: str, *, warning: str = "") -> int:
        """Length of ``text`` (with a content warning, where the network counts it) in this network's unit."""
        return count_text(text, unit=self.unit, url_length=self.url_length) + (
            count_text(warning, unit=self.unit, url_length=self.url_length) if warning else 0
        )


@dataclass(frozen=True)
class Images:
    """Pictures of one part: how many, how heavy (bytes), which types, how long the alt text (characters)."""

    count: int
    size: int = 16_000_000
    alt: int = 1500
    types: tuple[str, ...] = ("image/jpeg", "image/png", "image/gif", "image/webp")


@dataclass(frozen=True)
class Videos:
    """Videos of one part, taken as they are."""

    count: int = 1
    size: int = 99_000_000
    seconds: float | None = None
    types: tuple[str, ...] = ("video/mp4",)
    with_images: bool = False


@dataclass(frozen=True)
class Polls:
    options: int = 4
    length: int = 50
    shortest: timedelta = timedelta(minutes=5)
    longest: timedelta = timedelta(days=30)


@dataclass(frozen=True)
class Rules:
    """The limits of one network or, after ``limits()`` asked, of one server."""

    text: Text
    images: Images | None = None
    videos: Videos | None = None
    polls: Polls | None = None
    parts: int = 1
    """Longest thread; 1 means that the network has no threads."""
    text_required: bool = True
    asked_of_server: bool = False

    def told(self, limits: JSON) -> Rules:
        """These rules with what a server announced: ``{"text": {"limit": 5000}, "images": {"count": 6}, …}``."""
        changed: dict[str, Any] = {}
        for name in ("text", "images", "videos", "polls"):
            mine, theirs = getattr(self, name), limits.get(name)
            if mine is not None and theirs:
                known = {
                    k: tuple(v)
                    if isinstance(v, list)
                    else (timedelta(seconds=v) if isinstance(getattr(mine, k), timedelta) else v)
                    for k, v in theirs.items()
                    if hasattr(mine, k) and v is not None
                }
                changed[name] = replace(mine, **known)
        return replace(self, **changed)


@dataclass(frozen=True)
class Option:
    """A choice that only this network has. ``kind`` is ``text``, ``choice``, ``flag``, ``language`` or ``poll``."""

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""


@dataclass(frozen=True)
class Problem:
    """Why a draft cannot go to this network as it is. ``part`` counts from 0; ``level`` is ``stop`` or ``warn``."""

    field: str
    sentence: str
    part: int = 0
    count: int | None = None
    limit: int | None = None
    level: str = "stop"


@dataclass(frozen=True)
class Field:
    """One thing a person types to connect a channel."""

    name: str
    label: str
    secret: bool = False
    help: str = ""
    default: str = ""
    required: bool = True


@dataclass(frozen=True)
class Token:
    """Sign-in by something typed or pasted (access token, app password, nothing at all)."""

    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class OAuth:
    """Sign-in in the browser. ``at_each_server``: one application is registered per server and re-used."""

    scopes: tuple[str, ...]
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
    """How much may be said: ``limit`` writes ``per`` time. A network's headers correct it (``Network.budget_told``)."""

    limit: int
    per: timedelta
    cost: int = 1


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
    "hide", "like", "share", "measure", "measure_account", "search", "stream", "limits",
)  # fmt: skip


class Network:
    """One network, spoken to on behalf of one account.

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
    - ``limits() -> JSON``  what the server announces, in the form that ``Rules.told`` takes
    """

    name: ClassVar[str]
    label: ClassVar[str]
    words: ClassVar[Words] = Words()
    sign_in: ClassVar[tuple[Token | OAuth, ...]] = (Token(),)
    rules: ClassVar[Rules]
    options: ClassVar[tuple[Option, ...]] = ()
    once: ClassVar[Once]
    budget: ClassVar[Budget | None] = None
    docs: ClassVar[str] = ""
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
    ) -> None:
        self.account = account
        self.http = http
        self.vault: Vault = vault or NoVault()
        self._ground = ground
        self.told_rules = self.rules.told(limits or {})

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http) -> Connected:
        """Asks the network who we are with what a person typed; raises one of the four words."""
        raise Refused(f"{cls.label} cannot be connected by typing.")

    def whoami(self) -> Account:
        """Asks the network who we are. A read: it may be repeated."""
        raise Refused(f"{self.label} does not say who we are.")

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """The steps that publish ``draft``, in order: uploads of a part, then the part. No call leaves here."""
        steps: list[Step] = []
        for index, part in enumerate(draft.parts):
            for media in part.media:
                steps.append(
                    Step("upload", len(steps), part=index, public=False, payload={"alt": media.alt}, media=media)
                )
            steps.append(
                Step("post", len(steps), part=index, payload={"text": part.text, "options": dict(draft.options)})
            )
        return tuple(steps)

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """The step's exact payload with every id that we can choose. Committed before the first byte leaves."""
        return step.payload

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        """Says the step to the network, once."""
        raise Refused(f"Nothing can be published on {self.label}.")

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
    def abilities(cls) -> tuple[str, ...]:
        return tuple(name for name in ABILITIES if callable(getattr(cls, name, None)))

    def problems(self, draft: Draft) -> list[Problem]:
        """Every reason why this draft would be refused, with counts. Nothing is ever cut."""
        return list(_problems(self.told_rules, draft, label=self.label))


def understood(answer: Answer, *, writing: bool, label: str, now: datetime | None = None) -> Failure | None:
    """The default mapping of a status to a word. ``answer.retry_at`` is read from Retry-After when there is one."""
    status = answer.status
    if 200 <= status < 300:
        return None
    said = answer.reason()
    tail = f" It said: “{said}”" if said else ""
    if status == 401:
        return SignInAgain(f"{label} no longer accepts our sign-in.{tail}", code="401")
    if status == 429:
        return NotNow(f"{label} asks us to slow down.{tail}", retry_at=answer.retry_at, code="429")
    if status in (408, 409, 425):
        if writing:
            return Unknown(f"{label} answered {status}: it may or may not have happened.{tail}", code=str(status))
        return NotNow(f"{label} is busy ({status}).{tail}", code=str(status))
    if 400 <= status < 500:
        return Refused(f"{label} refused it ({status}).{tail}", code=str(status))
    # Retry-After only: rate headers come with every answer of some servers and say nothing of a failure.
    if status == 503 and "retry-after" in answer.headers:
        return NotNow(f"{label} is down for maintenance.{tail}", retry_at=answer.retry_at, code="503")
    if writing:
        return Unknown(
            f"{label} failed while it worked on it ({status}): it may have happened.{tail}", code=str(status)
        )
    return NotNow(f"{label} is not working at the moment ({status}).{tail}", code=str(status))


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def _problems(rules: Rules, draft: Draft, *, label: str) -> Iterable[Problem]:
    if len(draft.parts) > rules.parts:
        sentence = (
            f"{label} has no threads: this has {len(draft.parts)} parts."
            if rules.parts == 1
            else f"A thread on {label} has at most {rules.parts} parts; this has {len(draft.parts)}."
        )
        yield Problem("parts", sentence, count=len(draft.parts), limit=rules.parts)
    warning = str(draft.options.get("content_warning") or "")
    poll = draft.options.get("poll")
    for index, part in enumerate(draft.parts):
        where = f"Part {index + 1}: " if len(draft.parts) > 1 else ""
        if _CONTROL.search(part.text):
            yield Problem("text", f"{where}the text has a control character. Remove it and type the line anew.", index)
        count = rules.text.count(part.text, warning=warning)
        if count > rules.text.limit:
            over = count - rules.text.limit
            yield Problem(
                "text",
                f"{where}{count} of {rules.text.limit} on {label}: {over} over. Shorten it, or write a variant.",
                index, count, rules.text.limit,
            )  # fmt: skip
        size = len(part.text.encode())
        if rules.text.max_bytes is not None and size > rules.text.max_bytes:
            yield Problem(
                "text", f"{where}{size} of {rules.text.max_bytes} bytes on {label}. Shorten it.",
                index, size, rules.text.max_bytes,
            )  # fmt: skip
        has_poll = bool(poll) and index == 0
        if not part.text.strip() and not has_poll and (rules.text_required or not part.media):
            needs = "text" if rules.text_required else "text or a picture"
            yield Problem("text", f"{where}there is nothing to say yet: {label} needs {needs}.", index)
        yield from _media_problems(rules, part, index, where, label)
        if has_poll:
            yield from _poll_problems(rules, part, poll, label)


def _media_problems(rules: Rules, part: Part, index: int, where: str, label: str) -> Iterable[Problem]:
    images = [m for m in part.media if m.is_image]
    videos = [m for m in part.media if m.is_video]
    for found, rule, noun in ((images, rules.images, "picture"), (videos, rules.videos, "video")):
        if found and rule is None:
            yield Problem("media", f"{where}{label} takes no {noun}s. Leave the {noun} out for this channel.", index)
            continue
        if rule is None:
            continue
        if len(found) > rule.count:
            yield Problem(
                "media", f"{where}{len(found)} {noun}s; {label} takes {rule.count}. Remove some, or start a new part.",
                index, len(found), rule.count,
            )  # fmt: skip
        for media in found:
            name = media.name or noun
            if media.mime not in rule.types:
                yield Problem("media", f"{where}{label} does not take {media.mime} (“{name}”).", index)
            if media.size > rule.size:
                yield Problem(
                    "media", f"{where}“{name}” has {_megabytes(media.size)}; {label} takes {_megabytes(rule.size)}.",
                    index, media.size, rule.size,
                )  # fmt: skip
    if images and videos and rules.videos is not None and not rules.videos.with_images:
        yield Problem("media", f"{where}{label} takes pictures or a video, not both.", index)
    if rules.images is not None:
        for media in images:
            if len(media.alt) > rules.images.alt:
                yield Problem(
                    "alt", f"{where}the description of “{media.name}” has {len(media.alt)} characters; "
                    f"{label} takes {rules.images.alt}.", index, len(media.alt), rules.images.alt,
                )  # fmt: skip


def _poll_problems(rules: Rules, part: Part, poll: Any, label: str) -> Iterable[Problem]:
    if rules.polls is None:
        yield Problem("poll", f"{label} has no polls. Leave the poll out for this channel.")
        return
    options = [str(o).strip() for o in poll.get("options", ())] if isinstance(poll, Mapping) else []
    if not 2 <= len(options) <= rules.polls.options or not all(options):
        yield Problem(
            "poll", f"A poll on {label} has 2 to {rules.polls.options} answers, none of them empty.",
            count=len(options), limit=rules.polls.options,
        )  # fmt: skip
    for option in options:
        if len(option) > rules.polls.length:
            yield Problem(
                "poll", f"The answer “{option}” has {len(option)} characters; {label} takes {rules.polls.length}.",
                count=len(option), limit=rules.polls.length,
            )  # fmt: skip
    if part.media:
        yield Problem("poll", f"{label} takes a poll or media, not both.")


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def utc(stamp: float) -> datetime:
    """An epoch second as an aware UTC instant."""
    return datetime.fromtimestamp(stamp, UTC)


__all__ = [
    "ABILITIES", "JSON", "Absent", "Account", "Answer", "Budget", "Connected", "Draft", "Failure", "Field", "Ground",
    "Http", "Images", "Media", "Message", "Network", "NoVault", "NotNow", "OAuth", "Once", "Option", "Page", "Part",
    "Polls", "Problem", "Processing", "Published", "Reading", "Refused", "Rules", "Seen", "Settled", "SignInAgain",
    "Step", "Text", "Token", "Told", "Unknown", "Vault", "Videos", "Words", "understood", "utc",
]  # fmt: skip
