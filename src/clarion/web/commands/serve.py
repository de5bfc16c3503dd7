"""clarion serve, clarion worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from types import FrameType

from django.conf import settings

from clarion.web.migrating import bring_up_to_date
from clarion.web.said import Said
from clarion.web.serving import Folder, embedded_loop, listening, started_up


def serve(*, host: str, port: int, workers: str, banner: str = "Clarion") -> None:
    counts = _counts(workers)
    folder = Folder()
    folder.own()
    bring_up_to_date()
    listener = listening(host, port)
    loop = embedded_loop() if counts["work"] else None
    children = [_child_web(listener.fileno()) for _ in range(counts["web"] - 1)]
    children += [_child_worker() for _ in range(max(counts["work"] - 1, 0))]
    if loop is not None:
        loop.start()
    shown = listener.getsockname()
    sys.stdout.write(f"{banner} is at http://{shown[0]}:{shown[1]}  (data: {settings.DATA}; stop with Ctrl-C)\n")
    sys.stdout.flush()
    # The web server raises the signal again when it has ended; without this it would end us before we have tidied up.
    signal.signal(signal.SIGTERM, _end)
    try:
        if counts["web"]:
            _web(listener)
        else:
            signal.pause()
    finally:
        if loop is not None:
            loop.stop()
        for child in children:
            child.terminate()
        for child in children:
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=20)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _counts(text: str) -> dict[str, int]:
    counts = {"web": 1, "work": 1}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        if name not in counts or not number.isdigit() or int(number) > 32:
            raise Said(f"--workers: “{part}” is not web=N or work=N.")
        counts[name] = int(number)
    if counts["work"] > 1 and settings.IS_SQLITE:
        raise Said("More than one worker needs PostgreSQL: set DATABASE_URL, or use work=1.")
    return counts


def _web(listener: object) -> None:
    import uvicorn  # noqa: PLC0415  only the server needs it

    from clarion.config.asgi import application  # noqa: PLC0415  builds the whole web application

    started_up()
    config = uvicorn.Config(
        application, log_config=None, access_log=False, lifespan="off", server_header=False, date_header=True,
        timeout_graceful_shutdown=10, proxy_headers=True, forwarded_allow_ips=list(settings.TRUSTED_PROXIES),
        ws="none", http="h11", loop="asyncio",
    )  # fmt: skip
    uvicorn.Server(config).run(sockets=[listener])  # type: ignore[list-item]


def _child_web(fd: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "clarion.config.asgi:application",
        "--fd",
        str(fd),
        "--lifespan",
        "off",
        "--log-level",
        "warning",
        "--no-access-log",
        "--forwarded-allow-ips",
        ",".join(settings.TRUSTED_PROXIES),
    ]
    return subprocess.Popen(command, pass_fds=[fd], env=_environment())  # noqa: S603  our own interpreter


def _child_worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "clarion", "worker"], env=_environment())


def _environment() -> dict[str, str]:
    """Ours, with the address that only we know while nobody has set one."""
    return {**os.environ, "CLARION_BASE_URL": settings.BASE_URL}


def worker(*, concurrency: int) -> None:
    if settings.IS_SQLITE:
        raise Said("clarion worker needs PostgreSQL: set DATABASE_URL. With SQLite, clarion serve does the work.")
    bring_up_to_date()
    from clarion.web.distributed import run_worker  # noqa: PLC0415  Procrastinate is an extra

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    started_up()
    run_worker(concurrency=concurrency)
