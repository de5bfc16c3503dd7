"""A file piece by piece: begun, gone on with after whatever stopped it, kept with the last piece.

- ``POST uploads`` with ``name``, ``size``, ``fingerprint`` [``folder``, ``replaces``]: a new upload, or the one that
  this person began with the same file; ``{"url", "offset", "piece"}``, the last the most bytes of one piece.
- ``PATCH url`` with ``Upload-Offset`` and bytes: ``{"offset"}``, and with the last piece ``{"media"}`` as
  ``media.whole_of`` says it. 409 with ``{"offset"}``: go on from there. 422 with ``{"sentence"}``: refused for good.
  503 or 507 with ``{"sentence"}``: the same piece again later.
- ``HEAD url``: ``Upload-Offset`` and ``Upload-Length``.
- ``DELETE url``: never mind.
"""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clarion.files.store import StoreGone
from clarion.posts.models import Folder, Media, Upload
from clarion.posts.models.media import BadMedia, NotKept
from clarion.posts.models.upload import AT_A_TIME, OutOfStep
from clarion.web.forms.composition import DISK
from clarion.web.library import as_id
from clarion.web.pages.media import whole_of
from clarion.web.place import in_workspace


@require_POST
@in_workspace("write")
def begin(request: HttpRequest) -> JsonResponse:
    workspace, given = request.member.workspace, request.POST  # type: ignore[attr-defined]
    size = given.get("size", "")
    folder, replaces = as_id(given.get("folder", "")), as_id(given.get("replaces", ""))
    try:
        with transaction.atomic():  # two tabs that begin at once begin the same upload
            type(request.member).objects.select_for_update().get(pk=request.member.pk)  # type: ignore[attr-defined]
            found = Upload.objects.begin(
                workspace=workspace, by=request.user, name=given.get("name", ""),
                size=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0,
                fingerprint=given.get("fingerprint", ""), now=timezone.now(),
                folder=Folder.objects.filter(workspace=workspace, pk=folder).first() if folder else None,
                replaces=Media.objects.filter(workspace=workspace, pk=replaces).first() if replaces else None,
            )  # fmt: skip
    except BadMedia as error:
        return JsonResponse({"sentence": str(error)}, status=422)
    return JsonResponse(
        {"url": reverse("upload", args=[workspace.pk, found.pk]), "offset": found.received, "piece": AT_A_TIME},
        status=201,
    )


@require_http_methods(["HEAD", "GET", "PATCH", "DELETE"])
@in_workspace("write")
def upload(request: HttpRequest, upload: UUID) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found = get_object_or_404(Upload, workspace=workspace, by=request.user, pk=upload)
    if request.method == "DELETE":
        with suppress(StoreGone, OSError):  # it is swept tomorrow
            found.forget()
        return HttpResponse(status=204)
    if request.method == "PATCH":
        return _add(request, found)
    response = JsonResponse(_where(request, found))
    response["Upload-Offset"], response["Upload-Length"] = str(found.received), str(found.size)
    response["Cache-Control"] = "no-store"
    return response


def _add(request: HttpRequest, found: Upload) -> JsonResponse:
    offset = request.headers.get("Upload-Offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
        return JsonResponse({"sentence": _("The piece does not say where it begins.")}, status=400)
    try:
        found.add(request, offset=int(offset), now=timezone.now())  # type: ignore[arg-type]  a request is read as a file
    except OutOfStep as step:
        return JsonResponse({"offset": step.received}, status=409)
    except NotKept as error:
        return JsonResponse({"sentence": str(error), "offset": found.received}, status=503)
    except BadMedia as error:
        return JsonResponse({"sentence": str(error)}, status=422)
    except OSError:
        return JsonResponse({"sentence": _(DISK), "offset": found.received}, status=507)
    return JsonResponse(_where(request, found), status=422 if found.refused else 200)


def _where(request: HttpRequest, found: Upload) -> dict[str, object]:
    if found.refused:
        return {"sentence": found.refused}
    if found.media is None:
        return {"offset": found.received, "size": found.size}
    found.media.was_here = found.was_here
    return {"offset": found.received, "media": whole_of(request, found.media)}
