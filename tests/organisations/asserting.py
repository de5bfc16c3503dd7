"""A SAML provider for one test: it signs whatever it is told, and what was signed can be wrapped as attackers do."""

from __future__ import annotations

import base64
import copy
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import XMLSigner
from signxml.algorithms import CanonicalizationMethod

P, A = "{urn:oasis:names:tc:SAML:2.0:protocol}", "{urn:oasis:names:tc:SAML:2.0:assertion}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
ISSUER = "https://idp.halden.example/metadata"


@cache
def key(name: str) -> tuple[bytes, str]:
    """A private key and its certificate, each as PEM."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    at = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(made.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=9)).sign(made, hashes.SHA256())
    )  # fmt: skip
    private = made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM).decode()


def assertion(*, acs: str, audience: str, to: str, now: datetime, email: str, named: str = "_a1", **other: Any) -> Any:
    """An unsigned assertion. ``other``: ``subject``, ``issuer``, ``recipient``, ``since`` and ``until`` in seconds."""
    since, until = (now + timedelta(seconds=other.get(name, at)) for name, at in (("since", -10), ("until", 300)))
    moments = {"NotBefore": _at(since), "NotOnOrAfter": _at(until)}
    node = etree.Element(f"{A}Assertion", nsmap={"saml": A[1:-1]}, ID=named, Version="2.0", IssueInstant=_at(now))
    etree.SubElement(node, f"{A}Issuer").text = other.get("issuer", ISSUER)
    subject = etree.SubElement(node, f"{A}Subject")
    name = etree.SubElement(subject, f"{A}NameID", Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
    name.text = other.get("subject", email)
    confirmed = etree.SubElement(subject, f"{A}SubjectConfirmation", Method="urn:oasis:names:tc:SAML:2.0:cm:bearer")
    data = etree.SubElement(confirmed, f"{A}SubjectConfirmationData", NotOnOrAfter=_at(until))
    data.set("Recipient", other.get("recipient", acs))
    if to:
        data.set("InResponseTo", to)
    conditions = etree.SubElement(node, f"{A}Conditions", **moments)
    etree.SubElement(etree.SubElement(conditions, f"{A}AudienceRestriction"), f"{A}Audience").text = audience
    etree.SubElement(node, f"{A}AuthnStatement", AuthnInstant=_at(now))
    told = etree.SubElement(etree.SubElement(node, f"{A}AttributeStatement"), f"{A}Attribute", Name="mail")
    etree.SubElement(told, f"{A}AttributeValue").text = email
    return node


def response(inner: Any, *, acs: str, to: str, now: datetime) -> Any:
    node = etree.Element(f"{P}Response", nsmap={"samlp": P[1:-1]}, ID="_r1", Version="2.0", IssueInstant=_at(now))
    node.set("Destination", acs)
    if to:
        node.set("InResponseTo", to)
    status = etree.SubElement(node, f"{P}Status")
    etree.SubElement(status, f"{P}StatusCode", Value="urn:oasis:names:tc:SAML:2.0:status:Success")
    node.append(inner)
    return node


def signed(node: Any, *, by: str = "now", algorithm: str = "rsa-sha256") -> Any:
    """The element with its signature in it."""
    private, certificate = key(by)
    signer = XMLSigner(
        signature_algorithm=algorithm, digest_algorithm="sha256",
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )  # fmt: skip
    return signer.sign(node, key=private, cert=certificate, reference_uri=node.get("ID"), id_attribute="ID")


def posted(node: Any) -> str:
    return base64.b64encode(node if isinstance(node, bytes) else etree.tostring(node)).decode()


def _at(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# -- wrapping what was signed: the eight ways (XSW) of Somorovsky et al., USENIX Security 2012


def wrapped(way: int, honest: Any, evil: str) -> Any:
    """An honest response (signed as a whole for ways 1 and 2, else its assertion is), and within it a made-up one."""
    return (_whole if way <= 2 else _inner)(way, honest, evil)


def _whole(way: int, honest: Any, evil: str) -> Any:
    forged = _altered(honest, evil)
    forged.set("ID", "_evil")
    signature = forged.find(f"{DS}Signature")
    original = copy.deepcopy(honest)
    original.remove(original.find(f"{DS}Signature"))
    if way == 1:
        signature.append(original)  # what was signed, within the signature
    else:
        forged.insert(list(forged).index(signature), original)  # before it
    return forged


def _inner(way: int, honest: Any, evil: str) -> Any:
    original = honest.find(f"{A}Assertion")
    forged = _altered(original, evil)
    forged.set("ID", "_evil")
    forged.remove(forged.find(f"{DS}Signature"))
    bare = copy.deepcopy(original)
    bare.remove(bare.find(f"{DS}Signature"))
    signature = copy.deepcopy(original.find(f"{DS}Signature"))
    made = copy.deepcopy(honest)
    made.remove(made.find(f"{A}Assertion"))
    if way == 3:  # the made-up one first, beside the signed one
        made.extend([forged, copy.deepcopy(original)])
    elif way == 4:  # the signed one within the made-up one
        forged.append(copy.deepcopy(original))
        made.append(forged)
    elif way == 5:  # the signature moves into the made-up one
        forged.insert(1, signature)
        made.extend([forged, bare])
    elif way == 6:  # and the signed one into that signature
        signature.append(bare)
        forged.insert(1, signature)
        made.append(forged)
    elif way == 7:  # the made-up one in extensions
        etree.SubElement(made, f"{P}Extensions").append(forged)
        made.append(copy.deepcopy(original))
    else:  # the signed one as an object of the signature
        etree.SubElement(signature, f"{DS}Object").append(bare)
        forged.insert(1, signature)
        made.append(forged)
    return made


def _altered(node: Any, evil: str) -> Any:
    made = copy.deepcopy(node)
    for one in (*made.iter(f"{A}NameID"), *made.iter(f"{A}AttributeValue")):
        one.text = evil
    return made
