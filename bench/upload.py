"""A large video on its way to a network in chunks, from a process of its own: how much its memory grows."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.report import Figure, Report
from clarion.testing.videos import video
from clarion.testing.youtube import YouTubeStage

# A small film goes first, so that what is loaded with the first call is not counted as growth.
UPLOADER = """
import json, sys, time
from pathlib import Path
from clarion.networks.base import Account, Draft, Media, NoVault, Part
from clarion.networks.http import Http
from clarion.networks.youtube import YouTube
from clarion.testing.rehearsal import Rehearsal

given = json.load(sys.stdin)

def most():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024

def send(film):
    http = Http(private_hosts=["127.0.0.1"])
    us = YouTube(Account("bench"), http=http, vault=NoVault(given["secrets"]), app=given["app"])
    us.account = us.whoami()
    media = Media(Path(film["path"]), "video/mp4", film["size"], film["sha256"], duration=12.0, name="film.mp4")
    Rehearsal(us, Draft((Part("A film.", (media,)),), {"title": "News", "made_for_kids": "no"}), patience=60).rest()

send(given["small"])
before = most()
clock = time.perf_counter()
send(given["large"])
print(json.dumps([before, most(), time.perf_counter() - clock]))
"""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--megabytes", type=int, default=300)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    size = given.megabytes * 1_000_000
    with tempfile.TemporaryDirectory() as folder, YouTubeStage(Path(folder)) as stage:
        films = {
            name: {"path": str(film.path), "size": film.size, "sha256": film.sha256}
            for name, film in (
                ("small", video(Path(folder), size=300_000, number=1)),
                ("large", video(Path(folder), size=size, number=2)),
            )
        }
        told = {**films, "secrets": dict(stage.vault.read()), "app": stage.app}
        answer = subprocess.run(  # noqa: S603
            [sys.executable, "-c", UPLOADER], input=json.dumps(told), capture_output=True, text=True, check=True
        )
        start, peak, seconds = json.loads(answer.stdout.splitlines()[-1])
        arrived = {one.sha256 for one in stage.server.videos.values()}
        assert films["large"]["sha256"] in arrived, "the server has another film"
    return Report(
        "upload", f"a video of {given.megabytes} MB in chunks",
        {"megabytes": given.megabytes, "server": "contract server in another process"},
        (
            Figure("growth of memory (peak RSS)", peak - start, "MiB", 32),
            Figure("memory before (peak RSS)", start, "MiB"),
            Figure("time", seconds, "s"),
        ),
        conditions=before,
    )  # fmt: skip
