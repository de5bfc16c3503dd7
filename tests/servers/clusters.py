"""A throw-away PostgreSQL cluster in a server's own folder, on 127.0.0.1 only.

It keeps nothing safe from a power cut: fsync is off, for speed. PostgreSQL refuses to run as root; started by root, it
runs as the user `postgres`.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from housing import LOOPBACK, CannotBeHad, free_port

OPTIONS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10s",
}


def programs():
    """The folder with initdb and postgres: that of PATH, else the newest of Debian's."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise CannotBeHad("PostgreSQL's initdb is not on this machine (Debian and Ubuntu: apt-get install postgresql)")


def _version(folder):
    return [int(number) for number in re.findall(r"\d+", str(folder))]


def begin_cluster(run, folder, *, port=0):
    """Starts a cluster with the database `clarion` in a folder below the run's; gives its configuration.

    `folder`: what `programs` gave. `url` is a DATABASE_URL.
    """
    whom, home = _not_root(), run.data / "postgresql"
    home.mkdir()
    password, port = home / "password", port or free_port()
    password.write_text(secrets.token_hex(16))
    if whom:
        run.data.chmod(0o711)  # the way to it
        for path in (home, password):
            os.chown(path, whom["user"], whom["group"])
    kept = {"cwd": home, "env": {**run.environment(LC_ALL="C", TZ="UTC"), "HOME": str(home)}, **whom}
    initdb = [folder / "initdb", "-D", home / "data", "-U", "clarion", "-A", "scram-sha-256"]
    run.call([*initdb, f"--pwfile={password}", "--encoding=UTF8", "--no-locale", "--no-sync"], **kept)
    settings = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
    # SIGINT ends every session and shuts down; SIGTERM would wait for them.
    process = run.process([folder / "postgres", "-D", home / "data", "-p", port, *settings], by=signal.SIGINT, **kept)
    there = ["-h", LOOPBACK, "-p", str(port)]
    run.wait(process, lambda: subprocess.run([folder / "pg_isready", "-q", *there], check=False).returncode == 0)
    secret = password.read_text()
    kept["env"]["PGPASSWORD"] = secret
    run.call([folder / "createdb", *there, "-U", "clarion", "clarion"], **kept)
    return {
        "url": f"postgres://clarion:{secret}@{LOOPBACK}:{port}/clarion",
        "version": _told_version(run, folder), "pid": str(process.pid),
    }  # fmt: skip


def _not_root():
    """Whom PostgreSQL runs as: nothing to say when we are not root ourselves."""
    if os.geteuid() != 0:
        return {}
    try:
        someone = pwd.getpwnam("postgres")
    except KeyError:
        raise CannotBeHad("PostgreSQL does not run as root, and there is no user postgres here") from None
    return {"user": someone.pw_uid, "group": someone.pw_gid, "extra_groups": []}


def _told_version(run, folder):
    found = re.search(r"\d+(\.\d+)?", run.call([folder / "postgres", "--version"]))
    return found.group() if found else ""
