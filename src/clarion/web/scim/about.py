"""What this server says of itself: its abilities, the kinds of things it knows, their attributes (RFC 7643, 5 to 7)."""

from __future__ import annotations

from typing import Any

from .words import GROUP, MOST, USER, Refused

PAGE = 200
"""So many are listed at once."""
CONFIG = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
TYPE = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:Schema"


def config(at: str) -> dict[str, Any]:
    return {
        "schemas": [CONFIG], "patch": {"supported": True},
        "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": MOST},
        "filter": {"supported": True, "maxResults": PAGE}, "changePassword": {"supported": False},
        "sort": {"supported": False}, "etag": {"supported": False},
        "authenticationSchemes": [{
            "type": "oauthbearertoken", "name": "Bearer token", "primary": True,
            "description": "A token that an owner or an administrator of the organisation issues.",
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": f"{at}/ServiceProviderConfig"},
    }  # fmt: skip


def types(at: str) -> list[dict[str, Any]]:
    return [
        {
            "schemas": [TYPE], "id": name, "name": name, "endpoint": f"/{name}s", "schema": schema,
            "schemaExtensions": [], "meta": {"resourceType": "ResourceType", "location": f"{at}/ResourceTypes/{name}"},
        }
        for name, schema in (("User", USER), ("Group", GROUP))
    ]  # fmt: skip


def schemas(at: str) -> list[dict[str, Any]]:
    user = [
        _attribute("userName", required=True, uniqueness="server"), _attribute("externalId", exact=True),
        _attribute("displayName"), _attribute("active", "boolean"),
        _attribute("name", "complex", inner=[_attribute(one) for one in ("formatted", "givenName", "familyName")]),
        _attribute("emails", "complex", many=True, inner=[
            _attribute("value", required=True), _attribute("type"), _attribute("primary", "boolean"),
        ]),
        _attribute("groups", "complex", many=True, mutability="readOnly", inner=[
            _attribute("value", mutability="readOnly"), _attribute("display", mutability="readOnly"),
        ]),
    ]  # fmt: skip
    group = [
        _attribute("displayName", required=True, uniqueness="server"), _attribute("externalId", exact=True),
        _attribute("members", "complex", many=True, inner=[
            _attribute("value", mutability="immutable", exact=True), _attribute("type", mutability="immutable"),
        ]),
    ]  # fmt: skip
    return [
        {
            "schemas": [SCHEMA], "id": schema, "name": name, "attributes": attributes,
            "meta": {"resourceType": "Schema", "location": f"{at}/Schemas/{schema}"},
        }
        for name, schema, attributes in (("User", USER, user), ("Group", GROUP, group))
    ]  # fmt: skip


def one_of(found: list[dict[str, Any]], pk: str) -> dict[str, Any]:
    for each in found:
        if each["id"].lower() == pk.lower():
            return each
    raise Refused(404, "There is no such thing here.")


def _attribute(
    name: str, kind: str = "string", *, many: bool = False, required: bool = False, exact: bool = False,
    mutability: str = "readWrite", uniqueness: str = "none", inner: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": name, "type": kind, "multiValued": many, "required": required, "caseExact": exact,
        "mutability": mutability, "returned": "default", "uniqueness": uniqueness,
        **({"subAttributes": inner} if inner else {}),
    }  # fmt: skip
