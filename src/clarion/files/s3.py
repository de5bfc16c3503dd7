"""Files in a bucket on an S3 server, with copies on this machine while they are used."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from .bucket import Bucket
from .cache import Cache, Lent
from .store import Missing, Readable, Store, StoreGone

PIECE = 1024 * 1024
ASK_AGAIN = 60
"""Seconds for which an answer to “can anything be kept?” is believed."""

NOT_OURS = {401, 403}
FULL = {507}
FULL_CODES = {"QuotaExceeded", "StorageFull", "XMinioStorageFull", "InsufficientStorage"}


class S3Store(Store):
    """One bucket. The client is loaded with the first file, and is safe to be shared by threads."""

    def __init__(self, bucket: Bucket, *, cache: Path) -> None:
        self.bucket = bucket
        self.cache = Cache(cache, most=bucket.cache_mb * 1_000_000)
        self._lock = threading.Lock()
        self._client: Any = None
        self._asked, self._told = float("-inf"), ""

    @contextmanager
    def received(self) -> Iterator[Path]:
        with self.cache.received() as path:
            yield path

    def put(self, key: str, source: Path) -> None:
        with source.open("rb") as file:
            self._ask("put_object", key, Body=file)
        self.cache.put(key, source)  # it will be shown, and published, soon

    def size(self, key: str) -> int | None:
        if here := self.cache.found(key):
            return here.stat().st_size
        try:
            return int(self._ask("head_object", key)["ContentLength"])
        except Missing:
            return None

    def local(self, key: str, *, size: int | None = None, sha256: str = "") -> Path:
        if here := self.cache.found(key, size=size):
            return here
        try:
            with self.cache.lane(key):
                if here := self.cache.found(key, size=size):
                    return here
                with self.cache.received() as path:
                    self._fetch(key, path, sha256=sha256)
                    self.cache.put(key, path)
        except OSError as error:
            if isinstance(error, Missing):
                raise
            raise StoreGone(
                _("A file cannot be fetched: the disk is full, or the data folder cannot be written.")
            ) from error
        return self.cache.path(key)

    def _fetch(self, key: str, path: Path, *, sha256: str) -> None:
        answer = self._ask("get_object", key)
        self.cache.trim(room=int(answer["ContentLength"]))
        digest = hashlib.sha256()
        body = _Body(answer["Body"], self)
        try:
            with path.open("wb") as file:
                while piece := body.read(PIECE):
                    digest.update(piece)
                    file.write(piece)
        finally:
            body.close()
        if path.stat().st_size != answer["ContentLength"] or (sha256 and digest.hexdigest() != sha256):
            raise StoreGone(
                _("The media store at %(where)s gave back another file than was kept there. Ask who runs Clarion.")
                % {"where": self.bucket.shown}
            )

    def lent(self, key: str, *, size: int | None = None, sha256: str = "") -> Path:
        return Lent(self.cache.path(key), fetch=lambda: self.local(key, size=size, sha256=sha256))

    def open(self, key: str, *, first: int = 0, last: int | None = None) -> Readable:
        if here := self.cache.found(key):
            file = here.open("rb")
            file.seek(first)
            return file
        range_ = {"Range": f"bytes={first}-{'' if last is None else last}"} if first or last is not None else {}
        return _Body(self._ask("get_object", key, **range_)["Body"], self)

    def remove(self, key: str) -> None:
        with suppress(Missing):
            self._ask("delete_object", key)
        self.cache.remove(key)

    def trouble(self) -> str:
        """Writes a small file, at most once a minute: reading alone would not show a store that is full."""
        if time.monotonic() - self._asked > ASK_AGAIN:
            try:
                self._ask("put_object", ".writable", Body=b"")
                self._told = ""
            except StoreGone as gone:
                self._told = gone.what
            self._asked = time.monotonic()
        return self._told

    # -- the wire

    def _ask(self, verb: str, key: str, **words: Any) -> Any:
        # It costs half a second and 40 MB, which only those pay whose files are in a bucket.
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        name = f"{self.bucket.folder}/{key}" if self.bucket.folder else key
        try:
            return getattr(self._speaking(), verb)(Bucket=self.bucket.name, Key=name, **words)
        except ClientError as error:
            raise self._no(error.response, key) from None
        except BotoCoreError as error:
            raise self.gone(error) from None

    def _speaking(self) -> Any:
        import botocore.session  # noqa: PLC0415  see _ask
        from botocore.config import Config  # noqa: PLC0415

        with self._lock:
            if self._client is None:
                bucket, session = self.bucket, botocore.session.get_session()
                self._client = session.create_client(
                    "s3", endpoint_url=bucket.server or None, aws_access_key_id=bucket.key or None,
                    aws_secret_access_key=bucket.secret or None,
                    region_name=bucket.region or session.get_config_variable("region") or "us-east-1",
                    config=Config(
                        connect_timeout=5, read_timeout=30, max_pool_connections=32, user_agent_extra="Clarion",
                        retries={"mode": "standard", "total_max_attempts": 2},
                        s3={"addressing_style": "path" if bucket.server else "auto"},
                        # Other servers than AWS do not all know the checksums that it now asks for by default.
                        request_checksum_calculation="when_required", response_checksum_validation="when_required",
                    ),
                )  # fmt: skip
            return self._client

    def _no(self, answer: Any, key: str) -> Exception:
        code, status = answer["Error"].get("Code", ""), answer["ResponseMetadata"].get("HTTPStatusCode", 0)
        where = {"where": self.bucket.shown}
        if code == "NoSuchBucket":
            return StoreGone(_("There is no bucket %(where)s. Ask who runs Clarion.") % where)
        if status == 404:
            return Missing(key)
        if status in FULL or code in FULL_CODES:
            return StoreGone(_("The media store at %(where)s is full. Ask who runs Clarion.") % where)
        if status in NOT_OURS:
            return StoreGone(_("The media store at %(where)s does not accept our keys. Ask who runs Clarion.") % where)
        return StoreGone(
            _("The media store at %(where)s is in trouble (%(code)s).") % {**where, "code": code or status}
        )

    def gone(self, error: Exception) -> StoreGone:
        where = {"where": self.bucket.shown}
        if "Credential" in type(error).__name__ or "Profile" in type(error).__name__:
            return StoreGone(_("There are no keys for the media store at %(where)s. Ask who runs Clarion.") % where)
        return StoreGone(_("The media store at %(where)s does not answer.") % where)


class _Body:
    """An answer's bytes as they arrive."""

    def __init__(self, body: Any, store: S3Store) -> None:
        self._body, self._store = body, store

    def read(self, size: int, /) -> bytes:
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415  loaded already

        try:
            return bytes(self._body.read(size))
        except (BotoCoreError, OSError) as error:
            raise self._store.gone(error) from None

    def close(self) -> None:
        self._body.close()
