"""What DATABASE_URL says stands: above all, how the line to the database is protected."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

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
