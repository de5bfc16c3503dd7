"""The door for directories: one address for each organisation, opened by a token of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote
from uuid import UUID

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from clarion.organisations.models import DirectoryToken
from clarion.web.place import stated
from clarion.web.scim import about, groups, people, words
from clarion.web.scim.words import Refused, bad
from clarion.web.tally import too_often

KIND = "application/scim+json"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
RECORDED = 60
"""So many refusals of one token are recorded in a minute."""
GUESSES = 30
"""So many wrong tokens from one address are answered in a minute."""


@csrf_exempt
@never_cache
@stated("secret")
def door(request: HttpRequest, organisation: UUID, rest: str) -> HttpResponse:
    """Every request of a directory. Whatever it sends is answered in its language, with what to mend."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    token = DirectoryToken.objects.opened(secret.strip(), organisation=organisation) if secret else None
    if token is None or scheme.lower() != "bearer":
        return _unopened(request)
    token.was_used(timezone.now())
    try:
        with transaction.atomic():
            return _answered(request, token, [unquote(part) for part in rest.strip("/").split("/")])
    except Refused as refused:
        _recorded(request, token, refused, rest)
        return _error(refused)


def _unopened(request: HttpRequest) -> HttpResponse:
    """Who guesses is asked to wait. A token that is right opens all the while: nobody else can shut a directory out."""
    if too_often(f"directory-guessed-{get_client_ip(request)}", at_most=GUESSES, seconds=60):
        answer = _error(Refused(429, _("Too many tries. Wait a few minutes, then try again.")))
        answer["Retry-After"] = "60"
        return answer
    answer = _error(Refused(401, _("This token opens nothing here.")))
    answer["WWW-Authenticate"] = 'Bearer realm="SCIM"'
    return answer


def _answered(request: HttpRequest, token: DirectoryToken, path: list[str]) -> HttpResponse:
    at = settings.BASE_URL + reverse("scim", args=[token.organisation_id, "-"]).removesuffix("/-")
    kind, pk = path[0], "/".join(path[1:])
    match kind.lower():
        case "users":
            return _users(request, token, pk, at)
        case "groups":
            return _groups(request, token, pk, at)
        case "serviceproviderconfig" if not pk:
            return _read_only(request, about.config(at))
        case "resourcetypes":
            found = about.types(at)
            return _read_only(request, about.one_of(found, pk) if pk else _list(found))
        case "schemas":
            found = about.schemas(at)
            return _read_only(request, about.one_of(found, pk) if pk else _list(found))
    raise Refused(404, _("There is nothing at this address."))


def _users(request: HttpRequest, token: DirectoryToken, pk: str, at: str) -> HttpResponse:
    house, now = token.organisation, timezone.now()
    if not pk:
        if request.method == "GET":
            found = people.listed(house, request.GET.get("filter", ""))
            return _said(_page(request, found, lambda row: people.shown(row, at)))
        if request.method == "POST":
            made = people.make(house, _body(request), now=now)
            return _said(people.shown(people.one(house, str(made.pk)), at), status=201)
        raise _not_so()
    one = people.one(house, pk)
    match request.method:
        case "GET":
            return _said(people.shown(one, at))
        case "PUT":
            people.change(one, _body(request), now=now)
        case "PATCH":
            people.patch(one, _body(request), now=now)
        case "DELETE":
            people.remove(one, now=now)
            return HttpResponse(status=204)
        case _:
            raise _not_so()
    return _said(people.shown(people.one(house, pk), at))


def _groups(request: HttpRequest, token: DirectoryToken, pk: str, at: str) -> HttpResponse:
    house = token.organisation
    members = "members" not in request.GET.get("excludedAttributes", "").split(",")
    if not pk:
        if request.method == "GET":
            found = groups.listed(house, request.GET.get("filter", ""))
            return _said(_page(request, found, lambda row: groups.shown(row, at, with_members=members)))
        if request.method == "POST":
            return _said(groups.shown(groups.make(house, _body(request)), at), status=201)
        raise _not_so()
    one = groups.one(house, pk)
    match request.method:
        case "GET":
            return _said(groups.shown(one, at, with_members=members))
        case "PUT":
            groups.change(one, _body(request))
        case "PATCH":
            groups.patch(one, _body(request))
        case "DELETE":
            groups.remove(one)
            return HttpResponse(status=204)
        case _:
            raise _not_so()
    return _said(groups.shown(groups.one(house, pk), at))


def _not_so() -> Refused:
    return Refused(405, _("This cannot be done at this address."))


def _read_only(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
    if request.method != "GET":
        raise _not_so()
    return _said(document)


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        return words.read(request.body)
    except RequestDataTooBig:
        raise Refused(413, _("The request is too large.")) from None
    except RawPostDataException:
        raise bad(_("The request is not JSON."), "invalidSyntax") from None


def _page(request: HttpRequest, found: Any, shown: Any) -> dict[str, Any]:
    start = max(_number(request, "startIndex", 1), 1)
    count = min(max(_number(request, "count", about.PAGE), 0), about.PAGE)
    return _list([shown(row) for row in found[start - 1 : start - 1 + count]], start=start, total=found.count())


def _number(request: HttpRequest, name: str, default: int) -> int:
    asked = request.GET.get(name, "")
    if not asked:
        return default
    if not asked.lstrip("-").isascii() or not asked.lstrip("-").isdigit() or len(asked) > 9:
        raise bad(_("%(name)s has to be a whole number.") % {"name": name})
    return int(asked)


def _list(rows: list[dict[str, Any]], *, start: int = 1, total: int | None = None) -> dict[str, Any]:
    return {
        "schemas": [LIST], "totalResults": len(rows) if total is None else total, "startIndex": start,
        "itemsPerPage": len(rows), "Resources": rows,
    }  # fmt: skip


def _said(document: dict[str, Any], *, status: int = 200) -> HttpResponse:
    answer = JsonResponse(document, status=status, content_type=KIND)
    if status == 201:
        answer["Location"] = document["meta"]["location"]
    return answer


def _error(refused: Refused) -> HttpResponse:
    document = {"schemas": [ERROR], "status": str(refused.status), "detail": refused.sentence}
    if refused.kind:
        document["scimType"] = refused.kind
    return JsonResponse(document, status=refused.status, content_type=KIND)


def _recorded(request: HttpRequest, token: DirectoryToken, refused: Refused, rest: str) -> None:
    """What a directory could not do stands in the record, but for looking for somebody who is not there."""
    if refused.status == 404 and request.method == "GET":
        return
    if not too_often(f"directory-refused-{token.pk}", at_most=RECORDED, seconds=60):
        token.refuse(
            why=refused.sentence,
            after={
                "method": (request.method or "")[:10], "path": rest.replace("\x00", "")[:100],
                "status": refused.status,
            },
        )  # fmt: skip
