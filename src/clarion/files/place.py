"""The store of this installation."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from .bucket import Bucket
from .s3 import S3Store
from .store import Folder, Store


def store() -> Store:
    bucket: Bucket | None = settings.MEDIA_BUCKET
    return _in_bucket(bucket, Path(settings.MEDIA_CACHE)) if bucket else Folder(Path(settings.MEDIA_ROOT))


@lru_cache(maxsize=8)
def _in_bucket(bucket: Bucket, cache: Path) -> S3Store:
    return S3Store(bucket, cache=cache)
