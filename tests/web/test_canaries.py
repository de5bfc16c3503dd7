"""What passes through pages and commands is written down by no line, whatever breaks on the way."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading

import pytest
from django.db import OperationalError

from clarion.config import discretion, logs
from clarion.config.discretion import discreet, said
from clarion.web.pages import channels, people
from tests.canaries import CODE, MAIL, PASSWORD, PHONE, TOKEN, WORDS, breaks
from tests.web.test_command_line import Terminal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goes_on(client):
    """A page that breaks is answered, as in real life."""
    client.raise_request_exception = False


def test_a_page_that_breaks_tells_neither_codes_nor_sessions(client, desk, lines, monkeypatch):
    def taken(request, *, now):
        raise ValueError(f"cannot use {dict(request.COOKIES)}")

    monkeypatch.setattr(channels.sign_in, "taken", taken)
    assert client.get(f"/connect/back?code={CODE}&state=x").status_code == 500
    lines.keep(CODE, client.cookies["sessionid"].value)


def test_what_was_typed_is_not_written_down(client, desk, lines, monkeypatch):
    monkeypatch.setattr(people, "_hindrance", breaks(lambda me, emails, role: (MAIL in emails, emails, PHONE)))
    assert desk.post("people/add", {"emails": MAIL, "role": "editor"}).status_code == 500
    tried = breaks(lambda view, request: (request.POST, request.headers))
    monkeypatch.setattr("allauth.account.views.LoginView.dispatch", tried)
    client.post("/account/login/", {"login": MAIL, "password": PASSWORD}, headers={"authorization": f"Bearer {TOKEN}"})
    lines.keep(MAIL, PHONE, PASSWORD, TOKEN)


def test_an_address_that_is_a_secret_is_told_by_its_pattern(client, lines, monkeypatch):
    monkeypatch.setattr("clarion.posts.models.subscription.SubscriptionQuerySet.opened", breaks(lambda rows, secret: 7))
    assert client.get(f"/calendar/{TOKEN}.ics").status_code == 500
    lines.keep(TOKEN)
    assert "/calendar/<" in lines.ours.getvalue()


def test_a_database_that_quotes_the_row_is_not_repeated(desk, client, lines, monkeypatch):
    def fails(*args, **kwargs):
        raise OperationalError(f'value too long for column "words"\nDETAIL: Failing row contains (7, {WORDS}, {MAIL}).')

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fails)
    assert desk.get().status_code == 503
    lines.keep(WORDS, MAIL)
    assert 'for column "words"' in lines.ours.getvalue().replace("\\", "")


def test_a_thread_that_ends_by_an_error_is_told_as_quietly(lines, monkeypatch):
    def falls(token):
        raise KeyError(token)

    monkeypatch.setattr(threading, "excepthook", logs._thread_ended)
    thread = threading.Thread(target=falls, args=[TOKEN])
    thread.start()
    thread.join()
    lines.keep(TOKEN)


def test_a_command_that_breaks_says_and_keeps_no_secret(lines, monkeypatch, settings, tmp_path, mastodon_server):
    settings.DATA = tmp_path

    def falls(*args, **kwargs):
        raise RuntimeError(f"cannot connect {{'access_token': '{TOKEN}'}}")

    monkeypatch.setattr("clarion.web.commands.asked.workspace", falls)
    told = Terminal()("channels", "connect", "mastodon", "--workspace", "w", f"access_token={TOKEN}", code=1)
    assert "RuntimeError" in told.stderr and TOKEN not in told.stdout + told.stderr
    kept = (tmp_path / "mistakes.log").read_text()
    assert "falls" in kept and TOKEN not in kept


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", f"postgres://clarion:{TOKEN}@[/clarion"),
        ("CLARION_EMAIL_URL", f"smtp://ola:{TOKEN}@mail.example:x"),
        ("CLARION_MEDIA_URL", f"s3://key:{TOKEN}@/"),
    ],
)
def test_a_bad_setting_is_told_without_its_secret(name, value, tmp_path):
    environment = {**os.environ, "CLARION_DATA": str(tmp_path), name: value}
    told = subprocess.run([sys.executable, "-m", "clarion", "doctor"], capture_output=True, text=True, env=environment)
    assert told.returncode == 1 or '"stop"' in told.stdout or "stop" in told.stdout
    kept = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert TOKEN not in told.stdout + told.stderr + kept


def test_secrets_of_the_operator_are_known_by_their_value(monkeypatch):
    monkeypatch.setenv("CLARION_X_CLIENT_SECRET", TOKEN)
    monkeypatch.setenv("DATABASE_URL", f"postgres://clarion:{CODE}@db/clarion")
    monkeypatch.setenv("CLARION_ENCRYPTION_KEYS", f"k2:{PASSWORD},k1:older")
    discretion._secrets_of.cache_clear()
    told = discreet(f"it was {TOKEN} and {CODE} and {PASSWORD}")
    discretion._secrets_of.cache_clear()
    assert told == "it was [hidden] and [hidden] and [hidden]"


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (AttributeError("'Post' object has no 'word'"), "AttributeError: 'Post' object has no 'word'"),
        (KeyError("the mayor"), "KeyError: '…'"),
        (ValueError("no float: 'the mayor'"), "ValueError: no float: '…'"),
        (ValueError(), "ValueError"),
        (OSError(28, "No space left on device"), "OSError: [Errno 28] No space left on device"),
    ],
)  # fmt: skip
def test_what_helps_to_mend_it_stays(error, line):
    assert said(error) == line


@pytest.mark.parametrize(
    "line",
    ["mastodon stumbled", "delivery 01a21f68-df6c-7000-9705-6b358f9b8a52 waits", "2026-11-27 23:43:30+02:00", "k1:7"],
)
def test_a_plain_line_is_left_as_it_is(line):
    assert discreet(line) == line


@pytest.mark.parametrize("form", ["json", "console"])
def test_nobody_writes_a_line_of_their_own_or_speaks_to_the_terminal(form):
    told = "it broke\n2027-01-01 [info] all is well\r\x1b[2J\u2028\x9b"
    record = logging.LogRecord("clarion", logging.WARNING, "", 0, "%s", (told,), None)
    line = logs.Line(form).format(record)
    assert "\n" not in line.strip() and not set(line) & set("\r\x1b\u2028\x9b")
    assert "all is well" in line
