"""What the documents promise exists: commands, scripts, settings, links."""

import ast
import functools
import os
import re
import shlex
import textwrap

import pytest
from typer.testing import CliRunner

from clarion.config.environment import SETTINGS
from clarion.web.command_line import app as clarion

from . import ROOT, SOURCE, shown, words

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "STYLE.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]

# Commands of the system that documents may use without our testing them.
SYSTEM = {
    "apt-get", "cat", "cd", "cp", "createdb", "createuser", "curl", "export", "git", "ls", "mkdir", "pg_dump", "pip",
    "python3", "sqlite3", "sudo", "systemctl", "tar",
}  # fmt: skip
APP_KEY = re.compile(r"CLARION_(?:<NETWORK>|[A-Z]+(?:_[A-Z]+)?)_(?:CLIENT_ID|CLIENT_SECRET|BASE_URL|SCOPES|VERSION)")
SETTING = re.compile(r"\b(?:CLARION_[A-Z_<>]+[A-Z>]|DATABASE_URL)")


def commands(text):
    """The command lines of ```console blocks: what follows “$ ”, with its continued lines."""
    for block in re.findall(r"(?ms)^```console\n(.*?)^```", text):
        for line in re.findall(r"(?m)^\$ ((?:.*\\\n)*.*)$", block):
            yield line.replace("\\\n", " ").strip()


def parts(line):
    """One command line as its single commands, without assignments before them and without redirections."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = "#"
    command = []
    for word in [*lexer, ";"]:
        if set(word) <= set("|&;<>()"):
            if command:
                yield command
            command = [None] if "<" in word or ">" in word else []
        elif command == [None]:
            command = []
        elif command or not re.match(r"[A-Za-z_]+=", word):
            command.append(word)


EXAMPLES = [(shown(path), line) for path in DOCUMENTS if path.is_file() for line in commands(words(path))]


@functools.cache
def help_of(*command):
    return CliRunner(env={"NO_COLOR": "1"}).invoke(clarion, [*command, "--help"])


def missing(command):
    """Why a single command of an example cannot be right, or None."""
    name, *rest = command
    if name.startswith(("bin/", "./bin/", "tests/servers/", ".ci/")):
        return None if os.access(ROOT / name, os.X_OK) else f"there is no script {name}"
    if name in ("clarion", ".venv/bin/clarion"):
        # The real command line judges names and flags; --help keeps it from doing anything.
        told = help_of(*rest)
        return None if told.exit_code == 0 else told.stderr.strip() or told.stdout.strip()
    return None if name in SYSTEM else f"{name} is not known"


@pytest.mark.parametrize(("where", "line"), EXAMPLES, ids=[f"{where}: {line}" for where, line in EXAMPLES])
def test_a_command_in_the_documents_exists(where, line):
    assert [why for command in parts(line) if (why := missing(command))] == [], where


def test_a_command_that_does_not_exist_would_be_seen():
    (line,) = commands("```console\n$ clarion publish --loudly | tee log\n```\n")
    first, second = parts(line)
    assert missing(first)
    assert missing(second) == "tee is not known"
    assert missing(["clarion", "serve", "--no-such-flag"])
    assert missing(["bin/nothing"]) == "there is no script bin/nothing"


def test_examples_of_several_lines_and_pipes_are_read_whole():
    (line,) = commands("```console\n$ A=1 clarion init \\\n    --json < names > out && bin/test  # all\nanswer\n```\n")
    assert list(parts(line)) == [["clarion", "init", "--json"], ["bin/test"]]


def test_the_readme_shows_its_two_commands():
    lines = commands(words(ROOT / "README.md"))
    assert {"bin/run", "bin/test"} <= {command[0].removeprefix("./") for line in lines for command in parts(line)}


# --- settings ---------------------------------------------------------------------------------------------------------

DECLARED = {setting.name for setting in SETTINGS}
PROMISED = {
    "DATABASE_URL", "CLARION_DATA", "CLARION_BASE_URL", "CLARION_SECRET_KEY", "CLARION_ENCRYPTION_KEYS",
    "CLARION_PRIVATE_HOSTS", "CLARION_EMAIL_URL", "CLARION_MEDIA_URL", "CLARION_LOG",
}  # fmt: skip


def test_the_promised_settings_are_declared():
    assert PROMISED <= DECLARED


def test_every_setting_is_documented_with_its_default():
    page = words(ROOT / "docs" / "settings.md")
    assert DECLARED - set(SETTING.findall(page)) == set()
    for setting in SETTINGS:
        line = next(line for line in page.splitlines() if f"`{setting.name}`" in line)
        assert not setting.default or setting.default in line, f"{setting.name}: the default is not told"


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_documents_name_only_settings_that_exist(path):
    named = {name for name in SETTING.findall(words(path)) if not APP_KEY.fullmatch(name)}
    assert named - DECLARED == set()


def test_code_reads_only_declared_settings():
    """Any string in the code that is the name of a setting is one that the table declares."""
    found = {
        node.value: shown(path)
        for path in SOURCE.rglob("*.py")
        if not path.is_relative_to(SOURCE / "testing")  # the kit has its own
        for node in ast.walk(ast.parse(words(path)))
        if isinstance(node, ast.Constant) and re.fullmatch(r"CLARION_[A-Z_]+", str(node.value))
    }
    assert {name: where for name, where in found.items() if name not in DECLARED and not APP_KEY.fullmatch(name)} == {}


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", DOCUMENTS, ids=shown)
def test_links_within_the_project_lead_somewhere(path):
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", words(path)) if "://" not in link]
    assert [link for link in links if link and not (path.parent / link).exists()] == []


# --- code -------------------------------------------------------------------------------------------------------------


def test_the_code_on_the_page_about_adding_a_network_is_code_that_runs():
    """Every example stands, line by line, in the example that the tests load or in a network of ours."""
    folders = (ROOT / "tests" / "example", ROOT / "src" / "clarion" / "networks")
    sources = [words(path) for folder in folders for path in folder.glob("*.py")]
    examples = re.findall(r"(?ms)^```python\n(.*?)^```", words(ROOT / "docs" / "adding-a-network.md"))
    assert len(examples) > 5
    strange = [
        example for example in examples
        if not any(textwrap.indent(example, " " * depth) in source for depth in (0, 4, 8, 12) for source in sources)
    ]  # fmt: skip
    assert strange == []
