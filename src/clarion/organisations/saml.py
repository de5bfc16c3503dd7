"""Signing in by SAML 2.0: the browser profile, our request by redirect and the answer by post (SAML Core and Profiles).

``signxml`` checks the XML signature against the certificates that were agreed on, and gives back what was signed;
nothing else of the answer is read. Before that the answer must have the one shape that an honest one has, so nothing
can be wrapped around, beside or into what was signed. Encrypted assertions are not read: the way is TLS already.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from django.conf import settings
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from lxml import etree

from clarion.organisations.oidc import safe
from clarion.organisations.sign_on import SKEW, Claims, NotLetIn

P, A = "{urn:oasis:names:tc:SAML:2.0:protocol}", "{urn:oasis:names:tc:SAML:2.0:assertion}"
M, DS = "{urn:oasis:names:tc:SAML:2.0:metadata}", "{http://www.w3.org/2000/09/xmldsig#}"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"

EMAIL = (
    "email", "mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)  # fmt: skip
NAME = (
    "name", "displayname", "cn", "urn:oid:2.16.840.1.113730.3.1.241", "urn:oid:2.5.4.3",
    "http://schemas.microsoft.com/identity/claims/displayname",
)  # fmt: skip
"""Names under which providers tell an address and a name, in small letters; the first that is there counts."""


@dataclass(frozen=True)
class Read:
    """``until``: when the assertion can be used no more."""

    claims: Claims
    assertion_id: str
    in_response_to: str
    until: datetime


def entity(pk: Any) -> str:
    """Our own name towards this provider: the address of our description."""
    return settings.BASE_URL + reverse("sign_on_metadata", args=[pk])


def acs(pk: Any) -> str:
    """The address to which this provider posts its answers."""
    return settings.BASE_URL + reverse("sign_on_saml", args=[pk])


def request(told: Any, *, entity: str, acs: str, now: datetime) -> tuple[str, str]:
    """Where the person is sent, and the id that the answer has to name."""
    key = f"_{secrets.token_hex(20)}"
    node = etree.Element(f"{P}AuthnRequest", nsmap={"samlp": P[1:-1], "saml": A[1:-1]}, attrib={
        "ID": key, "Version": "2.0", "IssueInstant": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Destination": told["address"], "ProtocolBinding": POST, "AssertionConsumerServiceURL": acs,
    })  # fmt: skip
    etree.SubElement(node, f"{A}Issuer").text = entity
    etree.SubElement(node, f"{P}NameIDPolicy", AllowCreate="true")
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(etree.tostring(node)) + packer.flush()
    query = urlencode({"SAMLRequest": base64.b64encode(packed).decode()})
    return f"{told['address']}{'&' if '?' in told['address'] else '?'}{query}", key


def metadata(*, entity: str, acs: str) -> bytes:
    """Our description for the provider."""
    node = etree.Element(f"{M}EntityDescriptor", nsmap={None: M[1:-1]}, attrib={"entityID": entity})
    side = etree.SubElement(node, f"{M}SPSSODescriptor", attrib={
        "AuthnRequestsSigned": "false", "WantAssertionsSigned": "true", "protocolSupportEnumeration": PROTOCOL,
    })  # fmt: skip
    etree.SubElement(side, f"{M}NameIDFormat").text = PERSISTENT
    etree.SubElement(side, f"{M}AssertionConsumerService", Binding=POST, Location=acs, index="0", isDefault="true")
    return bytes(etree.tostring(node, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def described(text: str) -> tuple[str, dict[str, Any]]:
    """A provider's metadata: its own name, and its address with its certificates. Raises NotLetIn."""
    bad = NotLetIn("bad_metadata", _("That is not the description (metadata) of a SAML identity provider."))
    try:
        root = _parsed(text.strip().encode())
    except NotLetIn:
        raise bad from None
    found = [node for node in root.iter(f"{M}EntityDescriptor") if node.find(f"{M}IDPSSODescriptor") is not None]
    if len(found) != 1:
        raise bad
    side = found[0].find(f"{M}IDPSSODescriptor")
    addresses = {one.get("Binding"): one.get("Location") for one in side.findall(f"{M}SingleSignOnService")}
    address = addresses.get(REDIRECT) or ""
    keys = [one for one in side.findall(f"{M}KeyDescriptor") if one.get("use", "signing") == "signing"]
    certificates = [(node.text or "") for key in keys for node in key.iter(f"{DS}X509Certificate")]
    try:
        safe(address)
    except NotLetIn:
        sentence = _("The description has no address for redirects that begins with https://.")
        raise NotLetIn("bad_address", sentence) from None
    told = {"address": address, "certificates": [pem(one) for one in dict.fromkeys(certificates)]}
    if not told["certificates"] or not found[0].get("entityID"):
        raise bad
    return found[0].get("entityID"), told


def pem(text: str) -> str:
    """A certificate as a PEM block, of one in any spelling. Raises NotLetIn."""
    lines = [line for line in text.splitlines() if not line.startswith("-----")]
    try:
        der = base64.b64decode("".join("".join(lines).split()), validate=True)
        x509.load_der_x509_certificate(der).public_key()
    except (ValueError, binascii.Error, TypeError):
        raise NotLetIn("bad_certificate", _("One of the certificates cannot be read.")) from None
    body = base64.b64encode(der).decode()
    folded = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{folded}\n-----END CERTIFICATE-----\n"


def checked(
    answer: str, *, issuer: str, certificates: Sequence[str], entity: str, acs: str, groups_claim: str, now: datetime
) -> Read:  # fmt: skip
    """What a provider says of a person, after every check. Raises NotLetIn."""
    try:
        raw = base64.b64decode("".join(answer.split()), validate=True)
    except (ValueError, binascii.Error):
        raise _malformed() from None
    root = _parsed(raw)
    signed_by_whole = _shape(root)
    status = root.find(f"{P}Status/{P}StatusCode")
    if status is None or status.get("Value") != SUCCESS:
        raise NotLetIn(
            "provider_error", _("The provider did not let you in."),
            detail="" if status is None else status.get("Value", ""),
        )  # fmt: skip
    verified = _verified(raw, "./" if signed_by_whole else f"./{A}Assertion/", certificates)
    where = root if signed_by_whole else root.find(f"{A}Assertion")
    if verified.tag != where.tag or verified.get("ID") != where.get("ID"):
        raise _forged()
    assertion = verified.find(f"{A}Assertion") if signed_by_whole else verified
    destination = root.get("Destination")
    if destination and destination != acs:
        raise NotLetIn("wrong_recipient", _("The answer was meant for another address."), detail=destination)
    return _read(assertion, issuer=issuer, entity=entity, acs=acs, groups_claim=groups_claim, now=now)


def _parsed(raw: bytes) -> Any:
    """XML without a document type, entities, comments or instructions: none of them has a business here."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise _malformed() from None
    if root.getroottree().docinfo.internalDTD is not None or any(not isinstance(node.tag, str) for node in root.iter()):
        raise _malformed()
    before = root.getprevious()
    if before is not None or root.getnext() is not None:
        raise _malformed()
    return root


def _shape(root: Any) -> bool:
    """Holds that this is one response with one assertion, each at its place, with signatures only at theirs, and no id
    twice. True when the response as a whole is signed, False when only the assertion is."""
    assertions, signatures = list(root.iter(f"{A}Assertion")), list(root.iter(f"{DS}Signature"))
    if root.tag != f"{P}Response" or any(node is not root for node in root.iter(f"{P}Response")):
        raise _malformed()
    if next(root.iter(f"{A}EncryptedAssertion"), None) is not None:
        raise NotLetIn("encrypted", _("The provider encrypts its answers. It has to sign them, and no more."))
    ids = [value for node in root.iter() for name in ("ID", "Id", "id") if (value := node.get(name))]
    if len(assertions) != (1 if root.findall(f"{A}Assertion") else 0) or len(set(ids)) != len(ids):
        raise _forged()
    if not assertions:
        if root.find(f"{P}Status/{P}StatusCode[@Value='{SUCCESS}']") is None:
            raise NotLetIn("provider_error", _("The provider did not let you in."))
        raise _malformed()
    of_whole, of_assertion = root.findall(f"{DS}Signature"), assertions[0].findall(f"{DS}Signature")
    if len(of_whole) > 1 or len(of_assertion) > 1 or len(signatures) != len(of_whole) + len(of_assertion):
        raise _forged()
    if not signatures:
        raise NotLetIn("unsigned", _("The answer is not signed by the provider."))
    owner = root if of_whole else assertions[0]
    references = (of_whole or of_assertion)[0].findall(f"{DS}SignedInfo/{DS}Reference")
    if len(references) != 1 or not owner.get("ID") or references[0].get("URI") != f"#{owner.get('ID')}":
        raise _forged()
    return bool(of_whole)


def _verified(raw: bytes, location: str, certificates: Sequence[str]) -> Any:
    """What was signed, as it was signed, by one of these certificates: several while one replaces another."""
    from signxml import SignatureConfiguration, XMLVerifier  # noqa: PLC0415  where somebody signs in
    from signxml.algorithms import DigestAlgorithm as D  # noqa: PLC0415
    from signxml.algorithms import SignatureMethod as S  # noqa: PLC0415
    from signxml.exceptions import SignXMLException  # noqa: PLC0415

    wanted = SignatureConfiguration(
        location=location, expect_references=1, ignore_ambiguous_key_info=False,
        signature_methods=frozenset((
            S.RSA_SHA256, S.RSA_SHA384, S.RSA_SHA512, S.ECDSA_SHA256, S.ECDSA_SHA384, S.ECDSA_SHA512,
            S.SHA256_RSA_MGF1, S.SHA384_RSA_MGF1, S.SHA512_RSA_MGF1,
        )),
        digest_algorithms=frozenset((D.SHA256, D.SHA384, D.SHA512)),
    )  # fmt: skip
    why = ""
    for certificate in certificates:
        try:
            result = XMLVerifier().verify(raw, x509_cert=certificate, expect_config=wanted, id_attribute="ID")
        except (SignXMLException, ValueError, TypeError, KeyError, AttributeError, etree.LxmlError) as error:
            why = why or str(error)
            continue
        if not isinstance(result, list) and result.signed_xml is not None:
            return result.signed_xml
    raise NotLetIn("bad_signature", _("The answer is not signed by the provider."), detail=why)


def _read(assertion: Any, *, issuer: str, entity: str, acs: str, groups_claim: str, now: datetime) -> Read:
    if _text(assertion.find(f"{A}Issuer")) != issuer:
        raise NotLetIn("wrong_issuer", _("The answer was signed for another provider."))
    conditions = assertion.findall(f"{A}Conditions")
    if len(conditions) != 1:
        raise _malformed()
    restrictions = conditions[0].findall(f"{A}AudienceRestriction")
    audiences = [{_text(node) for node in one.findall(f"{A}Audience")} for one in restrictions]
    if not audiences or not all(entity in one for one in audiences):
        raise NotLetIn("wrong_audience", _("The answer was meant for another application."))
    _in_time(conditions[0], now=now)
    until, in_response_to = _confirmed(assertion, acs=acs, now=now)
    name_id = assertion.find(f"{A}Subject/{A}NameID")
    subject = _text(name_id)
    if not subject or len(subject) > 450:
        raise NotLetIn("no_subject", _("The provider’s answer says nothing about who signed in."))
    named = {name.lower(): values for name, values in _attributes(assertion)}
    email = next((named[name][0] for name in EMAIL if named.get(name)), "")
    form = name_id.get("Format", "")
    if not email and "@" in subject and form != PERSISTENT:
        email = subject
    if form == TRANSIENT:
        if not email:
            raise NotLetIn("no_subject", _("The provider names people anew each time. Let it send a lasting name."))
        subject = email.lower()
    context = assertion.find(f"{A}AuthnStatement/{A}AuthnContext/{A}AuthnContextClassRef")
    return Read(
        Claims(
            subject=subject, email=email[:254], email_verified=True,
            name=next((named[name][0] for name in NAME if named.get(name)), "")[:120],
            groups=tuple(named.get(groups_claim.lower(), ())) if groups_claim else None,
            second_factor=_text(context),
            raw={"NameID": subject, **{name: ", ".join(values) for name, values in _attributes(assertion)}},
        ),
        assertion_id=assertion.get("ID", ""), in_response_to=in_response_to, until=until,
    )  # fmt: skip


def _confirmed(assertion: Any, *, acs: str, now: datetime) -> tuple[datetime, str]:
    """Until when, and in answer to what, the bearer of this assertion is its subject."""
    for one in assertion.findall(f"{A}Subject/{A}SubjectConfirmation"):
        data = one.find(f"{A}SubjectConfirmationData")
        if one.get("Method") != BEARER or data is None:
            continue
        if data.get("Recipient") != acs:
            raise NotLetIn("wrong_recipient", _("The answer was meant for another address."))
        until = _in_time(data, now=now)
        if until is None:
            raise _malformed()
        return until, data.get("InResponseTo", "")[:200]
    raise _malformed()


def _in_time(node: Any, *, now: datetime) -> datetime | None:
    since, until = (_instant(node.get(name)) for name in ("NotBefore", "NotOnOrAfter"))
    if since is not None and since - SKEW > now:
        raise NotLetIn("too_early", _("The provider’s answer is from the future: one of the two clocks is wrong."))
    if until is not None and until + SKEW <= now:
        raise NotLetIn("expired", _("The provider’s answer is too old. Start the sign-in again."))
    return until


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise _malformed()
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _attributes(assertion: Any) -> Iterator[tuple[str, list[str]]]:
    for node in assertion.findall(f"{A}AttributeStatement/{A}Attribute"):
        values = [one for one in node.findall(f"{A}AttributeValue") if not len(one)]
        yield node.get("Name", ""), [text for one in values if (text := _text(one))]


def _text(node: Any) -> str:
    """All words of an element. There is nothing in between them: comments were refused, and elements are here."""
    if node is None:
        return ""
    if len(node):
        raise _malformed()
    return (node.text or "").strip()


def _malformed() -> NotLetIn:
    return NotLetIn("malformed", _("The provider’s answer cannot be read."))


def _forged() -> NotLetIn:
    return NotLetIn("forged", _("The provider’s answer was tampered with on its way."))
