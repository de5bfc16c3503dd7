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
