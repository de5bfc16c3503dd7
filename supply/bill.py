"""usage: bin/sbom [--to FOLDER]

Writes clarion-VERSION.cdx.json, the bill of materials of this version in CycloneDX 1.6: every pinned package with the
hashes of what may be installed, every vendored file with its own, who needs whom, and licences as
the installed packages say them. Nothing is fetched; the same checkout gives the same bill.
  --to FOLDER   where it is written; without it: dist
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from supply.parts import ROOT, Part, all_parts, needed, plain

SELF = "clarion"


def version() -> str:
    found = re.search(r'__version__ = "([^"]+)"', (ROOT / "src" / "clarion" / "__init__.py").read_text())
    if not found:
        raise SystemExit("bin/sbom: src/clarion/__init__.py names no version.")
    return found[1]


def bill(parts: Sequence[Part], *, version: str, at: datetime) -> dict[str, Any]:
    """A CycloneDX 1.6 document: https://cyclonedx.org/docs/1.6/json/"""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    always = needed(parts, (re.split(r"[\[<>=!~ ;]", line)[0] for line in project["dependencies"]))
    us = {
        "type": "application", "bom-ref": SELF, "name": SELF, "version": version,
        "purl": f"pkg:pypi/{SELF}@{version}", "licenses": [{"expression": project["license"]}],
    }  # fmt: skip
    components = [_component(part, is_optional=part.kind == "pypi" and part.name not in always) for part in parts]
    told = json.dumps([us, components], sort_keys=True)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, told)}", "version": 1,
        "metadata": {"timestamp": at.isoformat(timespec="seconds"), "component": us},
        "components": components, "dependencies": _dependencies(parts),
    }  # fmt: skip


def _component(part: Part, *, is_optional: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "library", "bom-ref": part.purl, "name": part.name, "version": part.version, "purl": part.purl,
        "scope": "optional" if is_optional else "required",
    }  # fmt: skip
    if licences := _licences(part):
        told["licenses"] = licences
    if part.hashes:
        told["hashes"] = [{"alg": "SHA-256", "content": one} for one in part.hashes]
    if part.marker:
        told["properties"] = [{"name": "clarion:only-where", "value": part.marker}]
    if part.files:
        told["components"] = [
            {
                "type": "file",
                "bom-ref": f"{part.purl}#{name}",
                "name": name,
                "hashes": [{"alg": "SHA-256", "content": one}],
            }
            for name, one in sorted(part.files.items())
        ]
    return told


def _licences(part: Part) -> list[dict[str, Any]]:
    """As the package itself says it, where it is installed here: an expression of SPDX, or a name."""
    if part.licence:
        return [{"license": {"name": part.licence}}]
    try:
        told = metadata.metadata(part.name)
    except metadata.PackageNotFoundError:
        return []
    if expression := told.get("License-Expression"):
        return [{"expression": expression}]
    names = [
        line.rpartition(" :: ")[2] for line in told.get_all("Classifier") or () if line.startswith("License :: OSI")
    ]
    return [{"license": {"name": name}} for name in names]


def _dependencies(parts: Sequence[Part]) -> list[dict[str, Any]]:
    known = {part.name: part.purl for part in parts if part.kind == "pypi"} | {SELF: SELF}
    wants: dict[str, set[str]] = {ref: set() for ref in [SELF, *(part.purl for part in parts)]}
    for part in parts:
        for by in part.wanted_by:
            if plain(by) in known:
                wants[known[plain(by)]].add(part.purl)
    return [{"ref": ref, "dependsOn": sorted(on)} for ref, on in wants.items()]


def changed_at() -> datetime:
    """The time of the last change, so that a bill can be made again and be the same."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return datetime.fromtimestamp(int(told), UTC)
    asked = subprocess.run(["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True)  # noqa: S603, S607
    return datetime.fromtimestamp(int(asked.stdout), UTC) if asked.returncode == 0 else datetime.now(UTC)


def main() -> None:
    asked = argparse.ArgumentParser(prog="bin/sbom", usage="bin/sbom [--to FOLDER]")
    asked.add_argument("--to", type=Path, default=ROOT / "dist", metavar="FOLDER", help="without it: dist")
    folder = asked.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{SELF}-{version()}.cdx.json"
    path.write_text(
        json.dumps(bill(all_parts(), version=version(), at=changed_at()), indent=1, ensure_ascii=False) + "\n"
    )
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
