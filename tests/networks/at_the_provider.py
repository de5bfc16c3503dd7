"""The real OpenID provider of `tests/servers/oidc`, and a person before its pages, which are plain HTML.

``provider`` is a fixture for modules that import it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import urllib.request
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode, urljoin

import pytest

from clarion.networks.base import Connected
from clarion.networks.http import Http
from clarion.networks.oauth import OAuthApi
from clarion.testing.servers.base import Asked, Said
from clarion.testing.servers.proxy import Proxy
from tests.example.pinboard import Pinboard

from .real_servers import server


class Provider:
    def __init__(self, told: dict[str, str]) -> None:
        self.url, self.back = told["base_url"], told["redirect_uri"]
        self.person = {"login": told["login"], "password": told["password"]}
        self.by_form = {"client_id": "by-form", "client_secret": told["secret_by_form"]}
        self.by_header = {"client_id": "by-header", "client_secret": told["secret_by_header"]}

    def person_says_yes(self, address: str, *, without: Collection[str] = ()) -> dict[str, str]:
        """What the browser brings back (``{"code", "state", "iss"}``) when the person allows all but ``without``."""
        return self._through(address, person=self.person, without=without)

    def person_says_no(self, address: str) -> dict[str, str]:
        return self._through(address, person={**self.person, "no": "no"})

    def revoke(self, token: str) -> None:
        """The token is worth nothing any more, nor is any other that came of the same sign-in."""
        form = urlencode({"token": token, **self.by_form}).encode()
        with urllib.request.urlopen(f"{self.url}/oauth/revoke", data=form, timeout=10) as answer:
            assert answer.status == 200

    def _through(self, address: str, *, person: dict[str, str], without: Collection[str] = ()) -> dict[str, str]:
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()), _Stays)
        form: bytes | None = None
        for _step in range(12):
            answer = _opened(browser, address, form)
            form, onward = None, answer.headers.get("location")
            if onward and onward.startswith(self.back):
                return dict(parse_qsl(onward.partition("?")[2]))
            if onward:
                address = urljoin(address, onward)
                continue
            page = _Form(answer.read().decode())
            assert answer.status == 200 and page.fields, f"not a page of the sign-in: {answer.status} {page.text}"
            form = urlencode([one for one in page.filled(person) if one[1] not in without]).encode()
        raise AssertionError("the sign-in never ends")


class _Form(HTMLParser):
    """A page's only form."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.fields = html, []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("input", "button") and (name := dict(attrs).get("name")):
            self.fields.append((name, dict(attrs).get("value", "")))

    def filled(self, person: dict[str, str]) -> list[tuple[str, str]]:
        """As it is sent; a button only when it is pressed."""
        return [(name, person.get(name, value)) for name, value in self.fields if name != "no" or "no" in person]


class _Stays(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *given: Any) -> None:
        return None


def _opened(browser: urllib.request.OpenerDirector, address: str, form: bytes | None) -> HTTPResponse | HTTPError:
    try:
        return browser.open(address, data=form, timeout=10)
    except HTTPError as answer:  # a redirection that was not followed, too
        return answer


class Watched(Proxy):
    """Before the provider: tells renewals apart from all else."""

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream)
        self.renewals = 0

    def handle(self, asked: Asked) -> Said:
        if asked.path == "/oauth/token" and b"grant_type=refresh_token" in asked.body:
            self.renewals += 1
        return super().handle(asked)


class Trip:
    """One sign-in: where the person is sent, what the browser brings back, and our half of the secret (PKCE)."""

    def __init__(self, provider: Provider, network: type[OAuthApi] = Pinboard, **app: str) -> None:
        self.provider, self.network = provider, network
        keys = provider.by_header if network.client_in_header else provider.by_form
        self.app = {**keys, "base_url": provider.url, **app}
        self.verifier, self.state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def address(self) -> str:
        return self.network.authorise_url(
            "", self.app, redirect_uri=self.provider.back, state=self.state, challenge=self.challenge
        )

    def there(self, *, without: tuple[str, ...] = ()) -> dict[str, str]:
        back = self.provider.person_says_yes(self.address, without=without)
        assert back["state"] == self.state
        return back

    def home(self, code: str, **wrong: str) -> tuple[Connected, ...]:
        given = {"redirect_uri": self.provider.back, "verifier": self.verifier, **wrong}
        return self.network.exchange("", self.app, code=code, http=out(), **given)


def out(*, seconds: float = 10) -> Http:
    return Http(private_hosts=("127.0.0.1",), seconds=seconds)


def is_token(method: str, path: str) -> bool:
    return path == "/oauth/token"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with server("oidc") as told:
        yield Provider(told)
