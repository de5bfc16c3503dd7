"""A network that answers JSON over HTTP: its addresses, its token, and answers read into data or one of the words."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlunsplit

from .addresses import apart
from .answers import Unreadable
from .base import Answer, Network, NotNow, Unknown
from .wording import _

LONGEST = timedelta(days=100 * 366)
MOST = 2**63
"""Every number of the house is smaller."""


class JsonApi(Network):
    """Give ``api``; calls are ``self._get("/path")`` and ``self._post("/path", json=…)``, which raise or give data.

    A stand-in that the operator names (``CLARION_<NETWORK>_BASE_URL``) takes the place of every host of the network.
    """

    api: ClassVar[str] = ""

    # -- addresses and tokens

    def _address(self, path: str) -> str:
        """``path`` below ``api``, or a whole address as it is."""
        return self._at(path if "://" in path else self._root() + path)

    def _root(self) -> str:
        """Where the API is; a network with many servers asks its account."""
        return self.api

    def _at(self, address: str) -> str:
        base = str(self.app.get("base_url") or "").rstrip("/")
        if not base:
            return address
        parts = apart(address)
        return base + urlunsplit(("", "", parts.path, parts.query, ""))

    def _token(self) -> str:
        return str(self.vault.read().get("access_token") or "")

    def _headers(self) -> Mapping[str, str]:
        """What proves who we are."""
        token = self._token()
        return {"Authorization": f"Bearer {token}"} if token else {}

    def _secrets(self) -> tuple[str, ...]:
        """Values that no evidence may show."""
        held = [*self.vault.read().values(), self.app.get("client_secret")]
        return tuple(value for value in held if isinstance(value, str) and len(value) > 5)

    # -- calls

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
        """One call and its answer, whatever it says. ``writing`` is true for everything but GET, unless given."""
        given.setdefault("writing", method not in ("GET", "HEAD"))
        return self.http.request(
            method, self._address(path), secrets=self._secrets(),
            headers={"Accept": "application/json", **self._headers(), **(headers or {})}, **given,
        )  # fmt: skip

    def _say(self, method: str, path: str, **given: Any) -> Any:
        """One call, and the data of its answer; None for an empty one (204). Raises one of the four words."""
        writing = given.get("writing", method not in ("GET", "HEAD"))
        return self._read(self._ask(method, path, **given), writing=writing)

    def _get(self, path: str, **params: Any) -> Any:
        """A reading call; parameters that are None or empty are left out."""
        known = {name: value for name, value in params.items() if value not in (None, "")}
        return self._say("GET", path, params=known or None)

    def _object(self, path: str, **params: Any) -> Mapping[str, Any]:
        """A reading call whose answer must be an object. Raises NotNow when it is none."""
        found = self._get(path, **params)
        if not isinstance(found, Mapping):
            raise self._unreadable(writing=False)
        return found

    def _post(self, path: str, **given: Any) -> Any:
        return self._say("POST", path, **given)

    def _read(self, answer: Answer, *, writing: bool) -> Any:
        failure = self.understand(answer, writing=writing)
        if failure is not None:
            raise failure
        if answer.status == 204:
            return None
        try:
            return answer.json()
        except Unreadable:
            raise self._unreadable(writing=writing) from None

    def _unreadable(self, *, writing: bool) -> NotNow | Unknown:
        """For a yes that nobody can read: of a write, it did happen or it did not; of a read, ask again."""
        if writing:
            sentence = _("%(network)s gave an answer that cannot be read: it may have happened.")
            return Unknown(sentence % {"network": self.label}, code="unreadable")
        sentence = _("%(network)s gave an answer that cannot be read. It is asked again.")
        return NotNow(sentence % {"network": self.label}, code="unreadable")

    def _id(self, made: Any, *path: str | int, writing: bool = True) -> str:
        """The id that an answer must carry, at ``path`` within it. Raises Unknown (of a read: NotNow) without it."""
        found = id_at(made, *(path or ("id",)))
        if not found:
            raise self._unreadable(writing=writing)
        return found


def within(data: Any, *path: str | int) -> Any:
    """What lies at ``path`` in JSON data; None when any part of the way is missing or of another shape."""
    for name in path:
        if isinstance(name, int):
            data = data[name] if isinstance(data, list) and -len(data) <= name < len(data) else None
        else:
            data = data.get(name) if isinstance(data, Mapping) else None
    return data


def mappings(data: Any, *path: str | int) -> list[Mapping[str, Any]]:
    """The objects of the list at ``path``; empty when there is no list."""
    found = within(data, *path) if path else data
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def with_ids(data: Any, *path: str | int, name: str = "id") -> list[Mapping[str, Any]]:
    """The objects of the list at ``path`` whose ``name`` is a text: what has no id cannot be spoken of."""
    return [one for one in mappings(data, *path) if text(one, name)]


def id_at(data: Any, *path: str | int) -> str:
    """The id at ``path``: text, or a number as text; empty when there is none."""
    found = within(data, *path)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def number(data: Any, *path: str | int) -> int | None:
    """The count at ``path``, also one that is written as text. What was not told, or cannot be a count, is None."""
    found = within(data, *path)
    if isinstance(found, str) and found.isdecimal() and len(found) < 20:
        found = int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) and abs(found) < MOST else None


def span(data: Any, *path: str | int) -> timedelta | None:
    """The seconds at ``path``, of a token's life or a pause; None when there are none, or too many to be true."""
    found = within(data, *path)
    with suppress(ValueError):
        found = float(found) if isinstance(found, str) else found
    if isinstance(found, bool) or not isinstance(found, int | float) or not 0 < found < LONGEST.total_seconds():
        return None
    return timedelta(seconds=found)


def text(data: Any, *path: str | int) -> str:
    """The text at ``path``; empty when there is none."""
    found = within(data, *path)
    return found if isinstance(found, str) else ""


def host_of(address: str) -> str:
    """``blog.example:8443`` of an address that we were told; empty when it is none."""
    return apart(address).netloc.lower()


def instant(data: Any, *path: str | int, parts: int = 1) -> datetime | None:
    """The moment at ``path``, in UTC: ISO 8601 (without a zone it is UTC) or epoch seconds, or so many ``parts`` of a
    second (1000: milliseconds); None when there is none."""
    found = within(data, *path)
    with suppress(ValueError, OverflowError, OSError):
        if isinstance(found, int | float) and not isinstance(found, bool):
            return datetime.fromtimestamp(found / parts, UTC)
        at = datetime.fromisoformat(found if isinstance(found, str) else "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return None
