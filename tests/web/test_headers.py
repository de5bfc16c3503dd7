"""Every answer of every address is guarded, on http and on https, whoever asks and however."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from uuid import UUID

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, get_resolver

from clarion.config.environment import BadSetting, hsts
from clarion.web.bodies import Bounded
from clarion.web.headers import ALWAYS, HARMLESS
from clarion.web.pages import front
from clarion.web.pages.errors import too_much

pytestmark = pytest.mark.django_db

MADE_UP = {
    "uuid": str(UUID(int=7)), "slug": "nothing", "str": "nothing", "path": "nothing", "int": "1",
}  # fmt: skip
CONVERTER = re.compile(r"<(?:(\w+):)?(\w+)>")


def patterns(resolver, before=""):
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from patterns(one, route)


def filled(route: str, **known: object) -> str:
    """An address of the pattern: of the workspace where it wants one, else of something that is not there."""
    plain = re.sub(r"\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)", r"<str:\1>", route).replace("^", "").replace("$", "")
    return "/" + CONVERTER.sub(lambda found: str(known.get(found[2], MADE_UP[found[1] or "str"])), plain)


def is_guarded(answer, *, is_secure: bool = False) -> list[str]:
    """What is missing of it; a list, so that a failure names all of it."""
    policy = answer.get("Content-Security-Policy", "")
    kind = answer.get("Content-Type", "").partition(";")[0]
    missing = [name for name in ALWAYS if name not in answer]
    missing += [] if "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy else ["policy"]
    missing += [] if "frame-ancestors 'none'" in policy or "sandbox" in policy else ["frames"]
    missing += [] if kind in ("text/html", "text/javascript") or "sandbox" in policy else ["sandbox"]
    missing += [] if kind != "text/html" or "Cache-Control" in answer else ["cache"]
    missing += [] if ("Strict-Transport-Security" in answer) is is_secure else ["transport"]
    return missing


def test_every_answer_of_every_address_is_guarded(ingrid, cityhall, board, settings):
    known = {"workspace": cityhall.pk, "organisation": cityhall.organisation_id, "slug": board.remote_id}
    addresses = sorted({filled(route, **known) for route in patterns(get_resolver())})
    assert len(addresses) > 150
    stranger, member = (Client(enforce_csrf_checks=True, raise_request_exception=False) for _ in range(2))
    member.force_login(ingrid)
    few = addresses[::8]
    asked = [
        *((stranger.get, address, False) for address in addresses),
        *((member.get, address, False) for address in addresses),
        *((member.post, address, False) for address in addresses[::3]),
        *((stranger.put, address, True) for address in few),
        *((member.get, address, True) for address in few),
    ]
    bad, seen, was = {}, set(), None
    for ask, address, is_secure in asked:
        if was is not is_secure:  # each time that it is set lies over the one before
            settings.HSTS, was = hsts("host") if is_secure else "", is_secure
        answer = ask(address, secure=is_secure)
        seen.add(answer.status_code)
        if missing := is_guarded(answer, is_secure=is_secure):
            bad[address, ask.__name__, answer.status_code] = missing
    assert bad == {}
    assert seen >= {200, 302, 403, 404, 405, 503}  # 503: no worker ticks here
    assert 500 not in seen


def test_what_breaks_is_guarded_too(client, desk, monkeypatch, settings):
    def breaks(error):
        def page(*args, **kwargs):
            raise error

        return page

    client.raise_request_exception = False
    for error, status in ((RuntimeError("a fault"), 500), (OperationalError("it is gone"), 503)):
        with monkeypatch.context() as patch:
            patch.setattr(front, "render", breaks(error))
            answer = client.get("/design")
        assert (answer.status_code, is_guarded(answer)) == (status, [])
    with monkeypatch.context() as patch:
        patch.setattr("django.contrib.sessions.backends.db.SessionStore.load", breaks(OperationalError("it is gone")))
        answer = desk.get()
    assert (answer.status_code, is_guarded(answer)) == (503, [])
    assert is_guarded(client.get("/", headers={"host": "evil.example"})) == []
    settings.SHORT_HOST = "go.halden.example"
    settings.ALLOWED_HOSTS = ["go.halden.example"]
    assert is_guarded(client.get("/nothing", headers={"host": "go.halden.example"})) == []


def test_what_never_came_to_a_page_is_guarded():
    said = []

    async def never(scope, receive, send):
        raise AssertionError("it was asked")

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        said.append(message)

    scope = {"type": "http", "headers": [(b"content-length", b"9")]}
    asyncio.run(Bounded(never, page=too_much, most=8)(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    assert said[0]["status"] == 413
    assert headers.keys() >= {name.lower() for name in (*ALWAYS, "Content-Security-Policy")}


def test_what_is_no_page_can_do_nothing(client, desk):
    assert client.get("/health/live")["Content-Security-Policy"] == HARMLESS
    assert "script-src 'self'" in desk.get()["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("whom", "header"),
    [
        ("host", "max-age=31536000"), ("subdomains", "max-age=31536000; includeSubDomains"),
        ("preload", "max-age=31536000; includeSubDomains; preload"), ("off", ""),
    ],
)  # fmt: skip
def test_how_far_https_is_promised_is_a_choice(whom, header):
    assert hsts(whom) == header


def test_an_unknown_choice_is_refused():
    with pytest.raises(BadSetting, match="CLARION_HSTS"):
        hsts("everybody")


SHOW = """
import json
from django.conf import settings as s
print(json.dumps({name: getattr(s, name) for name in (
    "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "HSTS")}))
"""


def told(tmp_path, address: str) -> dict[str, object]:
    """What the settings make of an address."""
    environment = {
        **os.environ,
        "CLARION_DATA": str(tmp_path),
        "CLARION_BASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "clarion.config.settings",
    }
    done = subprocess.run([sys.executable, "-c", SHOW], capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stdout)


def test_over_https_people_sign_in_with_cookies_of_this_host_alone(tmp_path, client, ingrid, settings):
    for name, value in told(tmp_path, "https://social.halden.example").items():
        setattr(settings, name, value)
    client.handler.enforce_csrf_checks = True
    page = client.get("/account/login/", secure=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[1]
    form = {"login": "ingrid@halden.example", "password": "correct horse 7", "csrfmiddlewaretoken": token}
    there = {"secure": True, "headers": {"referer": "https://testserver/account/login/"}}
    assert client.post("/account/login/", form, **there).status_code == 302
    assert client.get("/design", secure=True).status_code == 200
    assert {"__Host-session", "__Host-csrf"} <= set(client.cookies)
    for name in ("__Host-session", "__Host-csrf"):
        cookie = client.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")


def test_over_http_the_same_cookies_have_plain_names(tmp_path):
    found = told(tmp_path, "http://127.0.0.1:8000")
    assert (found["SESSION_COOKIE_NAME"], found["HSTS"]) == ("sessionid", "")
