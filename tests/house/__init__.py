"""What the house promises of itself: its files, its scripts, its documents, its package."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "clarion"


def words(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def shown(path: Path) -> str:
    """A path as a person would type it from the checkout."""
    return path.relative_to(ROOT).as_posix()


def project_files() -> list[Path]:
    """The project's files: what git has or would have, so that nothing made by running is judged.

    A tree without git (an unpacked archive) has only what was unpacked, and what running left in known folders.
    """
    asked = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        capture_output=True,
        text=True,
    )
    if asked.returncode == 0:
        return [path for name in sorted(filter(None, asked.stdout.split("\0"))) if (path := ROOT / name).is_file()]
    made = {"__pycache__", "node_modules", "clarion-data", "build", "dist"}

    def was_made(part: str) -> bool:
        return part in made or (part.startswith(".") and part != ".ci")

    return [p for p in sorted(ROOT.rglob("*")) if p.is_file() and not any(map(was_made, p.relative_to(ROOT).parts))]
