"""Every setting that a person may set: the environment first, then ``clarion.toml`` in the data folder, then defaults.

This table is the only list of settings; ``docs/settings.md`` is tested against it.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from clarion.files.bucket import BadAddress, Bucket, can_be_reached


@dataclass(frozen=True)
class Setting:
    name: str
    default: str
    help: str


SETTINGS: tuple[Setting, ...] = (
    Setting("CLARION_DATA", "./clarion-data", "The data folder: database, media, keys, clarion.toml."),
    Setting("DATABASE_URL", "", "postgres://user:password@host/name. Empty: SQLite in the data folder."),
    Setting("CLARION_BASE_URL", "http://127.0.0.1:8000", "The address under which people reach this installation."),
    Setting(
        "CLARION_SHORT_URL", "",
        "The address before a short link's name, such as https://go.example.org. Empty: the base URL with /l.",
    ),
    Setting("CLARION_SECRET_KEY", "", "Signs sessions and links. Empty: made once and kept in the data folder."),
    Setting(
        "CLARION_OLD_SECRET_KEYS", "",
        "Former secret keys, comma-separated: what they signed still counts. Empty: those in the data folder, if any.",
    ),
    Setting(
        "CLARION_ENCRYPTION_KEYS", "",
        "Keys that seal credentials, newest first: id:key,id:key. Empty: made once and kept in the data folder.",
    ),
    Setting(
        "CLARION_PRIVATE_HOSTS", "",
        "Hosts or CIDRs on private or loopback addresses that Clarion may call, comma-separated. Empty: none.",
    ),
    Setting(
        "CLARION_TRUSTED_PROXIES", "127.0.0.1,::1",
        "Addresses or CIDRs of the proxies in front, comma-separated: they are believed who a visitor is.",
    ),
    Setting(
        "CLARION_HSTS", "host",
        "Whom browsers are told to ask by https only: host, subdomains (all below it too), preload, or off.",
    ),
    Setting("CLARION_EMAIL_URL", "", "smtp://user:password@host:587. Empty: e-mails are written to the log."),
    Setting("CLARION_EMAIL_FROM", "", "The sender of Clarion's e-mails. Empty: clarion@ the host of the base URL."),
    Setting(
        "CLARION_MEDIA_URL", "",
        "s3://KEY:SECRET@HOST/BUCKET, or s3://BUCKET at AWS: keeps pictures and videos there. Empty: the data folder.",
    ),
    Setting("CLARION_LANGUAGE", "en", "en, fr, de, es or ar: for those whose browser asks for none of them."),
    Setting("CLARION_LOG", "console", "json or console."),
)  # fmt: skip

_DEFAULTS = {setting.name: setting.default for setting in SETTINGS}


EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  only compared with


def served_at(host: str, port: int) -> None:
    """Told before settings are read: while nobody has said how people reach us, they reach us where we are served."""
    if port:
        name = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
        _DEFAULTS["CLARION_BASE_URL"] = f"http://{name}:{port}"


class BadSetting(Exception):
    """A setting that cannot be used; the sentence names it and says what to do."""


class Environment:
    """Reads settings for one data folder. ``data`` is made on demand, private to its owner."""

    def __init__(self) -> None:
        self.data = Path(os.environ.get("CLARION_DATA") or _DEFAULTS["CLARION_DATA"]).expanduser().absolute()
        self._file = self._read_file()

    def _read_file(self) -> dict[str, str]:
        path = self.data / "clarion.toml"
        if not path.is_file():
            return {}
        try:
            return {key: str(value) for key, value in tomllib.loads(path.read_text()).items()}
        except (tomllib.TOMLDecodeError, OSError) as error:
            raise BadSetting(f"{path.name} in the data folder cannot be read: {error}. Mend the file.") from error

    def __getitem__(self, name: str) -> str:
        return os.environ.get(name) or self._file.get(name) or _DEFAULTS.get(name, "")

    @property
    def names(self) -> list[str]:
        """What the file in the data folder sets."""
        return list(self._file)

    def app_key(self, network: str, what: str) -> str:
        """``CLARION_<NETWORK>_CLIENT_ID``, ``_CLIENT_SECRET`` or ``_BASE_URL``."""
        name = f"CLARION_{network.upper()}_{what}"
        return os.environ.get(name) or self._file.get(name, "")

    def ensure_data(self) -> Path:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.data

    def kept_secret(self, name: str, make: str | None = None) -> str:
        """A secret that is made once and then kept in the data folder, readable by its owner only."""
        path = self.data / "keys" / name
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            self.ensure_data()
            path.parent.mkdir(mode=0o700, exist_ok=True)
            fresh = self._written(path, make or secrets.token_urlsafe(48))
            with suppress(FileExistsError):  # another process was first: its secret is the one
                os.link(fresh, path)
            fresh.unlink()
            return path.read_text().strip()

    def keep_secret(self, name: str, text: str) -> None:
        """Puts another text in its place, whole or not at all, and only after it is safely on the disk."""
        path = self.data / "keys" / name
        self._written(path, text).replace(path)

    def _written(self, path: Path, text: str) -> Path:
        """The text safely on the disk, beside the file that it is meant for: nobody ever reads half of a secret."""
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return fresh

    @property
    def signing_keys(self) -> list[str]:
        """The secret key, and behind it former ones. Those of the data folder stand on a line each."""
        older = [key.strip() for key in self["CLARION_OLD_SECRET_KEYS"].split(",") if key.strip()]
        if given := self["CLARION_SECRET_KEY"]:
            return [given, *older]
        return [*self.kept_secret("secret").splitlines(), *older]

    @property
    def private_hosts(self) -> tuple[str, ...]:
        return tuple(h.strip() for h in self["CLARION_PRIVATE_HOSTS"].split(",") if h.strip())

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        proxies = tuple(one.strip() for one in self["CLARION_TRUSTED_PROXIES"].split(",") if one.strip())
        for proxy in proxies:
            try:
                ip_network(proxy)
            except ValueError:
                raise BadSetting(
                    f"CLARION_TRUSTED_PROXIES: {proxy} is neither an address nor a block such as 10.0.0.0/8."
                ) from None
        return proxies


def hsts(whom: str) -> str:
    """The header Strict-Transport-Security, for a year (https://hstspreload.org/ asks for that); empty: none."""
    ends = {"host": "", "subdomains": "; includeSubDomains", "preload": "; includeSubDomains; preload"}
    if whom == "off":
        return ""
    if whom not in ends:
        raise BadSetting(f"CLARION_HSTS must be one of {', '.join(ends)}, off.")
    return f"max-age={60 * 60 * 24 * 365}{ends[whom]}"


def bucket(address: str) -> Bucket | None:
    """The bucket that keeps media; None: the data folder does. No sentence repeats the address: it holds a secret."""
    if not address:
        return None
    try:
        found = Bucket.parse(address)
    except BadAddress as error:
        raise BadSetting(f"CLARION_MEDIA_URL: {error}.") from None
    if not can_be_reached():
        raise BadSetting("CLARION_MEDIA_URL needs the client for S3. Install it: pip install 'clarion[s3]'")
    return found


def mailer(url: str) -> dict[str, Any]:
    """Django's mailer for ``smtp://user:password@host:port``, ``smtps://…`` (TLS from the start) or nothing (the log).

    Over ``smtp`` the connection is upgraded to TLS, except to a mail server on this machine or with ``?tls=off``.
    """
    if not url:
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or port == -1:
        raise BadSetting("CLARION_EMAIL_URL must look like smtp://user:password@mail.example.org:587.")
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": port or (465 if parts.scheme == "smtps" else 587),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp" and not local and "tls=off" not in parts.query,
            "timeout": 15,
        },
    }
