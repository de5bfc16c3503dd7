"""The identity provider of ../saml: pysaml2's, with a page to log in. What is secret comes by environment."""

import json
import os
from datetime import UTC, datetime, timedelta
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAMEID_FORMAT_PERSISTENT, NameID
from saml2.server import Server

TOLD = json.loads(os.environ["SAML"])
URL, DATA = TOLD["url"], Path(TOLD["data"])
KEY, CERTIFICATE, KNOWN = DATA / "key.pem", DATA / "certificate.pem", DATA / "known.xml"


def certified():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "idp.halden.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30)).sign(key, hashes.SHA256())
    )  # fmt: skip
    KEY.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    ))  # fmt: skip
    CERTIFICATE.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def configured():
    return IdPConfig().load({
        "entityid": f"{URL}/metadata", "xmlsec_binary": TOLD["xmlsec"], "key_file": str(KEY),
        "cert_file": str(CERTIFICATE), "metadata": {"local": [str(KNOWN)]} if KNOWN.exists() else {},
        "service": {"idp": {
            "name": "House of Halden", "endpoints": {"single_sign_on_service": [(f"{URL}/sso", BINDING_HTTP_REDIRECT)]},
            "policy": {"default": {
                "lifetime": {"minutes": 5}, "attribute_restrictions": None,
                "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
            }},
            "name_id_format": [NAMEID_FORMAT_PERSISTENT],
        }},
    })  # fmt: skip


class Door(BaseHTTPRequestHandler):
    server_version = "idp"

    def log_message(self, *given): ...

    def do_GET(self):
        asked = urlsplit(self.path)
        if asked.path == "/metadata":
            return self.say(str(entity_descriptor(configured())), kind="application/samlmetadata+xml")
        if asked.path == "/sso":
            query = "".join(
                f'<input type="hidden" name="{name}" value="{escape(value[0])}">'
                for name, value in parse_qs(asked.query).items()
            )
            fields = f'{query}<input name="login"><input name="password">'
            return self.say(f'<form method="post" action="/login">{fields}</form>')
        return self.say("", status=404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/known":
            KNOWN.write_bytes(body)
            return self.say("known")
        form = {name: value[0] for name, value in parse_qs(body.decode()).items()}
        person = TOLD["people"].get(form.get("login"))
        if not person or person["password"] != form.get("password"):
            return self.say("That is not right.", status=403)
        server = Server(config=configured())
        request = server.parse_authn_request(form["SAMLRequest"], BINDING_HTTP_REDIRECT).message
        how = form.get("sign", "assertion")
        made = server.create_authn_response(
            identity={name: value for name, value in person.items() if name != "password"}, userid=form["login"],
            name_id=NameID(format=NAMEID_FORMAT_PERSISTENT, text=f"id-of-{form['login']}"),
            authn={"class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"},
            sign_response=how in ("response", "both"), sign_assertion=how in ("assertion", "both"),
            sign_alg="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            digest_alg="http://www.w3.org/2001/04/xmlenc#sha256",
            **server.response_args(request),
        )  # fmt: skip
        destination = server.response_args(request)["destination"]
        posted = server.apply_binding(BINDING_HTTP_POST, str(made), destination, response=True)
        return self.say(posted["data"])

    def say(self, text, *, status=200, kind="text/html"):
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", f"{kind}; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


certified()
ThreadingHTTPServer(("127.0.0.1", int(urlsplit(URL).port)), Door).serve_forever()
