from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import uuid4

import pytest

from clarion.files.bucket import Bucket
from clarion.posts.models import Media
from tests.deliveries.conftest import clock, promise, worker  # noqa: F401
from tests.posts.s3_server import S3Server


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.stop()


@pytest.fixture
def bucket(s3: S3Server, settings, tmp_path) -> Bucket:
    """An empty bucket, in which this installation keeps its media."""
    settings.MEDIA_BUCKET = s3.bucket(f"press-{uuid4().hex[:12]}")
    settings.MEDIA_CACHE = tmp_path / "cache"
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_BUCKET


@pytest.fixture
def gone(settings) -> Callable[[], None]:
    """Takes the server away: nobody listens at its address."""

    def take() -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            port = listener.getsockname()[1]
        settings.MEDIA_BUCKET = replace(settings.MEDIA_BUCKET, server=f"http://127.0.0.1:{port}")

    return take


@pytest.fixture
def keep(cityhall, ingrid) -> Callable[..., Media]:
    def keep(data: bytes, name: str = "picture.jpg", **more) -> Media:
        return Media.objects.keep(workspace=cityhall, file=io.BytesIO(data), name=name, by=ingrid, **more)

    return keep
