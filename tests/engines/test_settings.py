"""What DATABASE_URL says stands: above all, how the line to the database is protected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SHOW = "import json; from clarion.config import settings; print(json.dumps(settings.DATABASES['default']['OPTIONS']))"


def test_the_protection_of_the_line_to_postgresql_is_kept(tmp_path: Path):
    address = "postgres://clarion@db.halden.example/clarion?sslmode=verify-full&connect_timeout=3"
    done = subprocess.run(
        [sys.executable, "-c", SHOW], capture_output=True, text=True, check=True,
        env={**os.environ, "CLARION_DATA": str(tmp_path), "DATABASE_URL": address},
    )  # fmt: skip
    options = json.loads(done.stdout)
    assert options["sslmode"] == "verify-full"
    assert int(options["connect_timeout"]) == 3
    assert options["pool"]["max_size"] > 1
    assert "idle_in_transaction_session_timeout" in options["options"]


@pytest.mark.parametrize(
    ("host", "port", "told", "reached"),
    [
        ("127.0.0.1", 8123, "", "http://127.0.0.1:8123"),
        ("0.0.0.0", 9000, "", "http://127.0.0.1:9000"),
        ("::1", 9000, "", "http://[::1]:9000"),
        ("127.0.0.1", 0, "", "http://127.0.0.1:8000"),
        ("127.0.0.1", 8123, "https://social.halden.example", "https://social.halden.example"),
    ],
)
def test_people_reach_us_where_we_are_served_unless_somebody_said_otherwise(
    tmp_path: Path, host: str, port: int, told: str, reached: str
):
    ask = (
        f"from clarion.config import environment; environment.served_at({host!r}, {port}); "
        "from clarion.config import settings; print(settings.BASE_URL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True,
        env={**os.environ, "CLARION_DATA": str(tmp_path), "CLARION_BASE_URL": told},
    )  # fmt: skip
    assert done.stdout.strip() == reached


@pytest.mark.parametrize(
    ("told", "before", "alone"),
    [
        ("", "", ""),
        ("https://go.halden.example/", "https://go.halden.example", "go.halden.example"),
        ("https://go.halden.example:8443", "https://go.halden.example:8443", "go.halden.example:8443"),
        ("https://www.halden.example/go", "https://www.halden.example/go", ""),
        ("https://halden.example", "", ""),
    ],
)
def test_a_short_domain_stands_alone_where_it_has_no_path_and_is_not_ours(
    tmp_path: Path, told: str, before: str, alone: str
):
    ask = (
        "import json; from clarion.config import settings as s;"
        " print(json.dumps([s.SHORT_URL, s.SHORT_HOST, 'go.halden.example' in s.ALLOWED_HOSTS]))"
    )
    given = {"CLARION_SHORT_URL": told, "CLARION_BASE_URL": "https://halden.example"}
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=True,
        env={**os.environ, "CLARION_DATA": str(tmp_path), **given},
    )  # fmt: skip
    assert json.loads(done.stdout) == [before, alone, bool(alone)]


@pytest.mark.parametrize("told", ["go.halden.example", "ftp://go.halden.example", "https://", "https://a.example/?q=1"])
def test_a_short_domain_that_is_none_is_refused_in_a_sentence(tmp_path: Path, told: str):
    done = subprocess.run(
        [sys.executable, "-c", "from clarion.config import settings"], capture_output=True, text=True,
        env={**os.environ, "CLARION_DATA": str(tmp_path), "CLARION_SHORT_URL": told},
    )  # fmt: skip
    assert done.returncode != 0
    assert "CLARION_SHORT_URL must be an address such as https://go.example.org." in done.stderr
