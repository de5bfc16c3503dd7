"""A throw-away PostgreSQL cluster in its default configuration, or a database of our own on a given server."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of an empty database. ``DATABASE_URL`` of the environment names a server; without it one is made."""
    server = os.environ.get("DATABASE_URL", "")
    if server:
        with _database(server) as url:
            yield url
        return
    with _cluster(folder / "postgresql") as server, _database(server) as url:
        yield url


@contextmanager
def _database(server: str) -> Iterator[str]:
    name = f"clarion_bench_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[call-overload]


@contextmanager
def _cluster(folder: Path) -> Iterator[str]:
    tools = _tools()
    folder.mkdir(mode=0o700)
    # PostgreSQL refuses to run as root; its packages bring a user for it.
    options: dict[str, str] = {}
    if os.geteuid() == 0:
        options = {"user": "postgres", "group": "postgres"}
        shutil.chown(folder, "postgres", "postgres")
        folder.parent.chmod(0o711)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    quiet = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder, **options}
    subprocess.run([tools / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"], **quiet)  # type: ignore[call-overload]  # noqa: S603
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    subprocess.run([tools / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start"], **quiet)  # type: ignore[call-overload]  # noqa: S603
    try:
        yield f"postgres://postgres@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([tools / "pg_ctl", "-D", data, "-w", "-m", "fast", "stop"], **{**quiet, "check": False})  # type: ignore[call-overload]  # noqa: S603


def _tools() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    if initdb is None:
        raise LookupError("PostgreSQL is not installed: install it, or name a server in DATABASE_URL.")
    return Path(initdb).parent
