"""The parts: pinned packages, vendored files, and who needs whom."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDORED = ROOT / "src" / "clarion" / "web" / "static" / "vendor" / "vendored.toml"
_PIN = re.compile(r"(?m)^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?: ; (?P<marker>[^\\\n]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"(?m)^    # (?:via |  )(?! *$)([A-Za-z0-9._-]+)")


@dataclass(frozen=True)
class Part:
    """A package or a vendored thing. ``kind``: pypi or npm. ``files``: sha256 by path, where we ship its files.

    ``hashes`` are those of the archives that may be installed; ``wanted_by`` the parts that need it, or ``clarion``.
    """

    kind: str
    name: str
    version: str
    marker: str = ""
    licence: str = ""
    hashes: tuple[str, ...] = ()
    wanted_by: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)

    @property
    def purl(self) -> str:
        """Its package address: https://github.com/package-url/purl-spec"""
        return f"pkg:{self.kind}/{self.name.replace('@', '%40')}@{self.version}"


def plain(name: str) -> str:
    """A name of a package as the index writes it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> list[Part]:
    """The packages of a lock file, in its order."""
    found = []
    for entry in re.split(r"(?m)^(?=[A-Za-z0-9])", text):
        if pin := _PIN.match(entry):
            wanted_by = tuple(sorted({plain(one) for one in _VIA.findall(entry)}))
            hashes, marker = tuple(_HASH.findall(entry)), (pin["marker"] or "").strip()
            found.append(
                Part("pypi", plain(pin["name"]), pin["version"], marker=marker, hashes=hashes, wanted_by=wanted_by)
            )
    return found


def vendored(text: str) -> list[Part]:
    """What others made and the package carries."""
    found = []
    for one in tomllib.loads(text)["vendored"]:
        kind, name, *_more = one["source"].split()
        found.append(
            Part(kind, name, one["version"], licence=one["licence"], wanted_by=("clarion",), files=one["sha256"])
        )
    return found


def all_parts(lock: str = "requirements.lock") -> list[Part]:
    return [*locked((ROOT / lock).read_text()), *vendored(VENDORED.read_text())]


def needed(parts: Iterable[Part], first: Iterable[str]) -> set[str]:
    """Names of the packages that are there because of ``first``, these among them."""
    wants: dict[str, list[str]] = {}
    for part in parts:
        for by in part.wanted_by:
            wants.setdefault(by, []).append(part.name)
    found, open_ = set(), [plain(name) for name in first]
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += wants.get(name, [])
    return found
