"""The address of a bucket, ``s3://…``, read once at start."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.util import find_spec
from urllib.parse import parse_qsl, unquote, urlsplit

CACHE_MB = 2000
FORM = "s3://KEY:SECRET@HOST[:PORT]/BUCKET[/FOLDER] for a server, or s3://BUCKET[/FOLDER] for AWS"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
REGION = re.compile(r"[A-Za-z0-9-]{1,40}")


class BadAddress(ValueError):
    """An address that cannot be used. The sentence never repeats it: it holds a secret."""


@dataclass(frozen=True)
class Bucket:
    """A bucket and the folder in it. ``server`` is empty for AWS; without ``key`` the AWS environment is asked."""

    name: str
    folder: str = ""
    server: str = ""
    region: str = ""
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    cache_mb: int = CACHE_MB

    @classmethod
    def parse(cls, address: str) -> Bucket:
        """What stands behind an ``@`` is a server; without one it is a bucket at AWS. Raises ``BadAddress``."""
        scheme, _, rest = address.strip().partition("://")
        if scheme != "s3" or not rest:
            raise BadAddress(f"it must look like {FORM}")
        rest, _, query = rest.partition("?")
        # The last @ ends the keys: a secret may hold a slash, and nobody remembers to encode it.
        keys, at, where = rest.rpartition("@")
        options = cls._options(query)
        server = ""
        if at:
            host, _, where = where.partition("/")
            server = cls._server(host, tls=options["tls"])
        key, colon, secret = keys.partition(":")
        if bool(key) != bool(secret) or (colon and not key):
            raise BadAddress("a key needs its secret, as KEY:SECRET@HOST")
        name, _, folder = where.partition("/")
        if not NAME.fullmatch(name):
            told = "the bucket's name is missing or cannot be one"
            if ":" in name:
                told += (
                    "; a server needs an @ before it (s3://@HOST:PORT/BUCKET takes the keys from the AWS environment)"
                )
            raise BadAddress(f"{told}; it must look like {FORM}")
        folder = unquote(folder).strip("/")
        if any(part in ("", ".", "..") for part in folder.split("/")) and folder:
            raise BadAddress("the folder in the bucket cannot be used")
        return cls(
            name=name, folder=folder, server=server, region=options["region"], key=unquote(key),
            secret=unquote(secret), cache_mb=int(options["cache"]),
        )  # fmt: skip

    @staticmethod
    def _options(query: str) -> dict[str, str]:
        options = {"region": "", "tls": "yes", "cache": str(CACHE_MB)}
        for name, value in parse_qsl(query, keep_blank_values=True):
            if name not in options:
                raise BadAddress(f"“{name}” is not known; behind the ? may stand region=, tls= and cache=")
            options[name] = value
        if options["tls"] not in ("yes", "no"):
            raise BadAddress("tls= is yes or no")
        if options["region"] and not REGION.fullmatch(options["region"]):
            raise BadAddress("region= is no name of a region")
        if not re.fullmatch(r"[0-9]{1,7}", options["cache"]) or int(options["cache"]) < 100:
            raise BadAddress("cache= is a number of megabytes, 100 or more")
        return options

    @staticmethod
    def _server(host: str, *, tls: str) -> str:
        try:
            parts = urlsplit(f"//{host}")
            good = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            good = False
        if not good or not re.fullmatch(r"[A-Za-z0-9._-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?", host):
            raise BadAddress("behind the @ must stand HOST or HOST:PORT")
        return f"{'https' if tls == 'yes' else 'http'}://{host}"

    @property
    def shown(self) -> str:
        """The bucket for people and logs: never with a key."""
        return "/".join(part for part in (self.server.partition("://")[2] or "AWS", self.name, self.folder) if part)


def can_be_reached() -> bool:
    """Whether the client for S3 is installed; it is not loaded by asking."""
    return find_spec("botocore") is not None
