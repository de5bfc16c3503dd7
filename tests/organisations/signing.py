"""A provider of OpenID Connect for one test: keys of its own, and an address on loopback that tells them."""

from __future__ import annotations

import base64
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

HS256 = {"alg": "HS256", "kid": "k1"}


class Signer:
    """Answers with its description, its keys, and what ``token`` says at the token's address."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
        self.token: str = ""
        self.asked: list[str] = []
        signer = self

        class Door(BaseHTTPRequestHandler):
            def log_message(self, *given: Any) -> None: ...

            def do_GET(self) -> None:
                signer.asked.append(self.path)
                answers = {"/.well-known/openid-configuration": signer.described, "/keys": signer.published}
                self.say(200 if self.path in answers else 404, answers.get(self.path, {}))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                self.say(200, {"id_token": signer.token, "access_token": "x", "token_type": "Bearer"})

            def say(self, status: int, document: Any) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def published(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    @property
    def described(self) -> dict[str, Any]:
        return {
            "issuer": self.url, "authorization_endpoint": f"{self.url}/go", "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }  # fmt: skip

    def signed(self, claims: dict[str, Any], *, alg: str = "RS256", key: Any = None, kid: str = "k1") -> str:
        return jwt.encode({"alg": alg, "kid": kid}, claims, key or self.key, algorithms=[alg])

    def by_public_key(self, claims: dict[str, Any]) -> str:
        """Signed with the public key taken for a secret, by hand: the library refuses to do it."""
        parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in (HS256, claims)]
        seal = hmac.digest(self.key.as_pem(private=False), b".".join(parts), "sha256")
        return b".".join([*parts, base64.urlsafe_b64encode(seal).rstrip(b"=")]).decode()


@contextmanager
def signer() -> Iterator[Signer]:
    made = Signer()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()
