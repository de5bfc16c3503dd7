"""Lock files: complete, hashed, in step with each other, and naming no host."""

import json
import re
import tomllib
from itertools import chain

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from . import ROOT, words

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-build.lock")
PINNED = re.compile(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)((?:[^\n]*\\\n)*[^\n]*)")


def pins(name):
    return {canonicalize_name(m[1]): Version(m[2]) for m in PINNED.finditer(words(ROOT / name))}


def project():
    return tomllib.loads(words(ROOT / "pyproject.toml"))


def wanted():
    """Each requirement of pyproject.toml with the locks that must satisfy it."""
    told = project()
    runtime = [*told["project"]["dependencies"], *chain(*told["project"]["optional-dependencies"].values())]
    for line in runtime:
        yield line, "requirements.lock"
        yield line, "requirements-dev.lock"
    for line in told["dependency-groups"]["dev"]:
        yield line, "requirements-dev.lock"
    for line in told["build-system"]["requires"]:
        yield line, "requirements-build.lock"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host(name):
    text = words(ROOT / name)
    assert not re.search(r"(?i)://|--(extra-)?index-url|--find-links|--trusted-host|\bfile:", text)


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name):
    found = list(PINNED.finditer(words(ROOT / name)))
    assert found
    assert [m[1] for m in found if "--hash=sha256:" not in m[3]] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock"])
def test_what_runs_is_what_is_tested(name):
    tested = pins("requirements-dev.lock")
    assert {package: version for package, version in pins(name).items() if tested.get(package) != version} == {}


def test_locks_satisfy_pyproject():
    missing = []
    for line, lock in wanted():
        requirement = Requirement(line)
        version = pins(lock).get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            missing.append(f"{lock}: {line} (has {version}); run bin/lock")
    assert missing == []


def test_every_dependency_has_its_reason():
    """docs/dependencies.md gives one line for each package that pyproject.toml names, and for no other."""
    listed = re.findall(r"(?m)^\| `([^`]+)`", words(ROOT / "docs" / "dependencies.md"))
    named = {canonicalize_name(Requirement(line).name) for line, _ in wanted()}
    assert {canonicalize_name(name) for name in listed} == named


def test_the_tests_servers_from_npm_name_no_host():
    locks = [path for path in (ROOT / "tests").rglob("package-lock.json") if "node_modules" not in path.parts]
    for path in locks:
        packages = json.loads(words(path))["packages"].values()
        assert [p["resolved"] for p in packages if "://" in p.get("resolved", "")] == [], path
