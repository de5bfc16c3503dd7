"""Nobody opens a connection by themselves: what goes out passes the one guard, or is listed here with its reason."""

import ast

import pytest

from . import SOURCE, words

SPEAK = {
    "aiohttp", "asyncssh", "boto3", "botocore", "ftplib", "http.client", "httpcore", "httpx", "imaplib", "paramiko",
    "poplib", "pywebpush", "requests", "smtplib", "socket", "socketserver", "telnetlib", "urllib.request", "urllib3",
    "websocket", "websockets", "xmlrpc",
}  # fmt: skip
"""Modules that open connections."""
CALLS = {
    "open_connection",
    "create_connection",
    "open_unix_connection",
    "urlopen",
    "urlretrieve",
    "create_datagram_endpoint",
}
ALLOWED = {
    "networks/addresses.py": "asks the resolver, and judges what it says",
    "networks/wire.py": "the one way out, to judged addresses",
    "web/serving.py": "listens",
    "web/distributed.py": "asks for the name of this machine",
    "files/s3.py": "the bucket that the operator named in a setting; nobody else can",
}


def ways_out(source: str) -> set[str]:
    """What a file would open connections with."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute) and node.attr in CALLS:
            found.add(node.attr)
            continue
        else:
            continue
        found |= {name for name in names for speaks in SPEAK if name == speaks or name.startswith(f"{speaks}.")}
    return found


def test_everything_leaves_by_the_one_way_out():
    # The kit that judges networks plays their servers.
    files = [path for path in SOURCE.rglob("*.py") if not path.is_relative_to(SOURCE / "testing")]
    found = {path.relative_to(SOURCE).as_posix(): ways_out(words(path)) for path in files}
    assert {name: ways for name, ways in found.items() if ways and name not in ALLOWED} == {}
    assert [name for name in ALLOWED if not found[name]] == [], "these open nothing any more"


@pytest.mark.parametrize(
    "source",
    [
        "import urllib.request", "from urllib import request", "from http import client", "import requests as r",
        "def f():\n    import httpx", "import botocore.session", "import asyncio\nasyncio.open_connection('a', 1)",
    ],
)  # fmt: skip
def test_a_way_round_it_would_be_seen(source):
    assert ways_out(source)


def test_what_opens_nothing_is_left_alone():
    assert ways_out("from urllib.parse import urlsplit\nimport http\nfrom django.http import HttpRequest") == set()
