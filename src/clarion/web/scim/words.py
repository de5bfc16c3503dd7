"""What a directory sends, taken apart: bodies, filters, and changes of a part (RFC 7644, 3.4.2.2 and 3.5.2)."""

from __future__ import annotations

import json
import re
from typing import Any

from django.utils.translation import gettext as _

MOST = 1_000_000
"""Bytes of a body."""
MOST_CHANGES = 1_000
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"

MANY = frozenset({"emails", "members"})
_PATH = re.compile(
    r"""^(?P<attr>[A-Za-z$][\w$-]*)
        (?:\[\s*(?P<by>[A-Za-z$][\w$-]*)\s+[eE][qQ]\s+(?P<value>"(?:[^"\\]|\\.)*"|true|false)\s*\])?
        (?:\.(?P<sub>[A-Za-z$][\w$-]*))?$""",
    re.VERBOSE,
)
_TERM = re.compile(
    r"""\s*(?P<attr>[A-Za-z][\w.:$\-]*(?:\[[^\]]*\][\w.]*)?)\s+[eE][qQ]\s+(?P<value>"(?:[^"\\]|\\.)*"|true|false)\s*"""
)
_AND = re.compile(r"[aA][nN][dD]\b")


class Refused(Exception):
    """What is said to the directory: ``status``, ``kind`` (RFC 7644, table 9), and a sentence."""

    def __init__(self, status: int, sentence: str, kind: str = "") -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.kind = status, sentence, kind


def bad(sentence: str, kind: str = "invalidValue") -> Refused:
    return Refused(400, sentence, kind)


def read(raw: bytes) -> dict[str, Any]:
    """The object that a body holds. Raises Refused."""
    if len(raw) > MOST:
        raise Refused(413, _("The request is too large."))
    try:
        document = json.loads(raw)
        json.dumps(document, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        raise bad(_("The request is not JSON."), "invalidSyntax") from None
    if not isinstance(document, dict):
        raise bad(_("The request is not a JSON object."), "invalidSyntax")
    return document


def text(value: Any, name: str, *, most: int = 250) -> str:
    """A line of text; empty where nothing is said. Raises Refused."""
    if value is None:
        return ""
    if not isinstance(value, str) or "\x00" in value:
        raise bad(_("%(name)s has to be text.") % {"name": name})
    if len(value) > most:
        raise bad(_("%(name)s is too long.") % {"name": name})
    return value.strip()


def truth(value: Any, name: str) -> bool:
    """True or false, also as the text that some directories send. Raises Refused."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise bad(_("%(name)s has to be true or false.") % {"name": name})


def objects(value: Any, name: str) -> list[dict[str, Any]]:
    """A list of objects, each with a value; one alone, or a bare value, is taken for such a list. Raises Refused."""
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    found = [{"value": one} if isinstance(one, str) else one for one in listed]
    if not all(isinstance(one, dict) for one in found):
        raise bad(_("%(name)s has to be a list of objects.") % {"name": name})
    return found


def known(document: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Of an object what we keep, by the names that we write: in a directory capitals do not matter."""
    by_small = {name.lower(): name for name in names}
    return {by_small[key.lower()]: value for key, value in document.items() if key.lower() in by_small}


def filtered(asked: str) -> list[tuple[str, str]]:
    """``userName eq "amir" and active eq true`` as pairs of name and value. Raises Refused."""
    wrong = bad(_("This filter is not supported: only “eq”, joined by “and”."), "invalidFilter")
    if len(asked) > 2_000:
        raise wrong
    pairs, at = [], 0
    while True:
        term = _TERM.match(asked, at)
        if term is None:
            raise wrong
        pairs.append((_bare(term["attr"]), _literal(term["value"])))
        if (at := term.end()) == len(asked):
            return pairs
        joined = _AND.match(asked, at)
        if joined is None:
            raise wrong
        at = joined.end()


def patched(document: dict[str, Any], body: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The object with these changes made, in their order; of attributes that are not kept here, nothing. Raises
    Refused."""
    body = {key.lower(): value for key, value in body.items()}
    said = body.get("schemas")
    if not isinstance(said, list) or PATCH not in said:
        raise bad(_("The request lacks the schema %(schema)s.") % {"schema": PATCH}, "invalidSyntax")
    changes = body.get("operations")
    if not isinstance(changes, list) or not changes or len(changes) > MOST_CHANGES:
        raise bad(_("The request holds no list of operations."), "invalidSyntax")
    found: dict[str, Any] = json.loads(json.dumps(document))
    for change in changes:
        if not isinstance(change, dict):
            raise bad(_("An operation has to be an object."), "invalidSyntax")
        change = {key.lower(): value for key, value in change.items()}
        verb = str(change.get("op", "")).lower()
        if verb not in ("add", "replace", "remove"):
            raise bad(_("An operation is add, replace or remove."), "invalidSyntax")
        path = change.get("path")
        if path is None or path == "":
            if verb == "remove" or not isinstance(change.get("value"), dict):
                raise bad(_("An operation without a path needs an object as its value."), "noTarget")
            for name, value in change["value"].items():
                _change(found, verb, name, value, names)
        elif isinstance(path, str):
            if verb != "remove" and "value" not in change:
                raise bad(_("The operation has no value."))
            _change(found, verb, path, change.get("value"), names)
        else:
            raise bad(_("The path of an operation has to be text."), "invalidPath")
    return found


def _change(document: dict[str, Any], verb: str, path: str, value: Any, names: tuple[str, ...]) -> None:
    if path.lower() in ("schemas", "id", "meta") or (path.lower().startswith("urn:") and not _is_core(path)):
        return
    place = _PATH.match(_bare(path))
    if place is None:
        raise bad(_("The path “%(path)s” cannot be read.") % {"path": path[:100]}, "invalidPath")
    attr = next((name for name in names if name.lower() == place["attr"].lower()), None)
    if attr is None:
        return
    if attr in MANY:
        document[attr] = _change_many(objects(document.get(attr), attr), verb, place, value, attr)
    elif place["by"]:
        raise bad(_("The path “%(path)s” cannot be read.") % {"path": path[:100]}, "invalidPath")
    elif place["sub"]:
        inner = document.setdefault(attr, {})
        if not isinstance(inner, dict):
            raise bad(_("%(name)s has no parts.") % {"name": attr}, "invalidPath")
        _set(inner, verb, place["sub"], value)
    elif isinstance(value, dict) and isinstance(document.get(attr), dict) and verb != "remove":
        document[attr] |= value
    else:
        _set(document, verb, attr, value)


def _change_many(there: list[dict[str, Any]], verb: str, place: Any, value: Any, attr: str) -> list[dict[str, Any]]:
    if place["by"]:
        wanted = _literal(place["value"])
        hit = [one for one in there if _same(one.get(place["by"]), wanted)]
        if verb == "remove" and not place["sub"]:
            return [one for one in there if one not in hit]
        if not hit:
            if verb == "remove":
                return there
            hit = [{place["by"]: wanted}]
            there = [*there, *hit]
        for one in hit:
            if place["sub"]:
                _set(one, verb, place["sub"], value)
            elif isinstance(value, dict):
                one |= value
            else:
                raise bad(_("%(name)s has to be a list of objects.") % {"name": attr})
        return there
    if place["sub"] and place["sub"].lower() != "value":
        raise bad(_("The path “%(path)s” cannot be read.") % {"path": place.string[:100]}, "invalidPath")
    given = objects(value, attr)
    values = [one.get("value") for one in given]
    if verb == "remove":
        return [one for one in there if given and one.get("value") not in values]
    if verb == "replace":
        return given
    return [*(one for one in there if one.get("value") not in values), *given]


def _set(document: dict[str, Any], verb: str, name: str, value: Any) -> None:
    if verb == "remove":
        document.pop(name, None)
    else:
        document[name] = value


def _same(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return str(value).lower() == wanted.lower()
    return isinstance(value, str) and value.lower() == wanted.lower()


def _is_core(path: str) -> bool:
    return path.lower().startswith((f"{USER.lower()}:", f"{GROUP.lower()}:"))


def _bare(path: str) -> str:
    """Without the name of the schema before it."""
    for schema in (USER, GROUP):
        if path.lower().startswith(f"{schema.lower()}:"):
            return path[len(schema) + 1 :]
    return path.strip()


def _literal(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        said = str(json.loads(value, strict=False))
        said.encode()  # half a character is none
        return said
    except ValueError:
        raise bad(_("This filter is not supported: only “eq”, joined by “and”."), "invalidFilter") from None
