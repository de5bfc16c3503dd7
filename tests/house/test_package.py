"""The wheel: it carries everything, and Clarion runs from it away from the checkout."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
import zipfile

import pytest

from . import ROOT, SOURCE, project_files

pytestmark = [pytest.mark.package, pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from the tree with the locked build tool: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("clarion-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The `clarion` of a new environment that has our wheel and borrows only the dependencies from this one."""
    home = tmp_path_factory.mktemp("installed") / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", wheel], check=True)
    (packages,) = (home / "lib").glob("python3.*/site-packages")
    # A plain line in a .pth file adds the folder and does not read the .pth files in it: not our own editable install.
    (packages / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return home / "bin" / "clarion"


@pytest.fixture
def elsewhere(tmp_path):
    """A working folder that knows nothing of the checkout, and an environment without any setting."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CLARION_", "PYTHON", "DJANGO_", "DATABASE_URL", "COV_", "PYTEST_"))
    }
    return {"cwd": tmp_path, "env": {**clean, "HOME": str(tmp_path)}}


def call(command, *arguments, **elsewhere):
    return subprocess.run([command, *arguments], capture_output=True, text=True, timeout=120, **elsewhere)


def test_the_wheel_carries_every_file_of_the_package(wheel):
    ours = {path.relative_to(SOURCE.parent).as_posix() for path in project_files() if path.is_relative_to(SOURCE)}
    # The pages about networks are written among the documents and read inside the product.
    ours |= {f"clarion/web/guides/{path.name}" for path in (ROOT / "docs" / "networks").glob("*.md")}
    carried = set(zipfile.ZipFile(wheel).namelist())
    assert ours - carried == set()
    stray = {name for name in carried - ours if not re.match(r"clarion-[^/]+\.dist-info/", name)}
    assert stray == set()


@pytest.mark.parametrize(
    "pattern",
    [
        r"clarion/web/templates/.+\.html",
        r"clarion/web/static/css/.+\.css",
        r"clarion/web/static/.+\.js",
        r"clarion/web/guides/not-now\.md",
        r"clarion/deliveries/migrations/0001_.+\.py",
        r"clarion/records/migrations/0001_.+\.py",
        r"clarion/networks/proved\.json",
        r"clarion-[^/]+\.dist-info/licenses/LICENSE",
        r"clarion-[^/]+\.dist-info/entry_points\.txt",
    ],
)
def test_the_wheel_carries(wheel, pattern):
    assert [name for name in zipfile.ZipFile(wheel).namelist() if re.fullmatch(pattern, name)]


def test_the_command_answers_away_from_the_checkout(installed, elsewhere):
    where = call(installed.parent / "python", "-c", "import clarion; print(clarion.__file__)", **elsewhere).stdout
    assert where.startswith(str(installed.parents[1]))
    told = call(installed, "--help", **elsewhere)
    assert told.returncode == 0, told.stderr
    for command in ("init", "serve", "channels", "posts", "deliveries", "demo", "networks", "count", "doctor"):
        assert command in told.stdout


def test_a_first_installation_is_set_up_from_the_wheel(installed, elsewhere):
    arguments = ["init", "--organisation", "City of Example", "--workspace", "Press office", "--json"]
    arguments += ["--email", "press@example.org", "--password", "a long enough sentence"]
    first = call(installed, *arguments, **elsewhere)
    assert first.returncode == 0, first.stderr
    assert set(json.loads(first.stdout)) >= {"organisation", "workspace", "user"}
    assert (elsewhere["cwd"] / "clarion-data").is_dir()
    assert not (ROOT / "src" / "clarion-data").exists()

    again = call(installed, *arguments, **elsewhere)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout) == json.loads(first.stdout)


def test_the_networks_of_the_wheel_are_known(installed, elsewhere):
    told = call(installed, "networks", "--json", **elsewhere)
    assert told.returncode == 0, told.stderr
    networks = {network["name"]: network for network in map(json.loads, told.stdout.splitlines())}
    assert {"mastodon", "pixelfed", "bluesky", "noticeboard"} <= set(networks)
    assert all("proved" in network for network in networks.values())


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def fetch(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_pages_are_served_from_the_wheel(installed, elsewhere):
    """Templates and style sheets are found where the package is, not where the checkout is."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with (elsewhere["cwd"] / "log").open("w") as log:
        server = subprocess.Popen([installed, "serve", "--port", str(port)], stdout=log, stderr=log, **elsewhere)
    try:
        give_up = time.monotonic() + 60
        ready, why = fetch(f"{base}/health/ready")
        while ready != 200 and server.poll() is None and time.monotonic() < give_up:
            time.sleep(0.1)
            ready, why = fetch(f"{base}/health/ready")
        assert ready == 200, why + (elsewhere["cwd"] / "log").read_text()
        # Nobody has set this installation up, so the first page is the set-up.
        status, page = fetch(base)
        assert status == 200, page
        sheets = re.findall(r'<link[^>]+href="([^"]+\.css[^"]*)"', page)
        assert sheets, page
        for sheet in sheets:
            status, css = fetch(base + sheet)
            assert status == 200, sheet
            assert "{" in css
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=30)
