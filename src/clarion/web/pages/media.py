"""Files of a workspace: kept on upload, shown to its members."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clarion.posts.lending import borrowed
from clarion.posts.models import Media
from clarion.posts.models.media import BadMedia, NotKept
from clarion.web.forms.composition import DISK
from clarion.web.kept_files import Kept, answered
from clarion.web.library import told
from clarion.web.place import in_workspace

FRESH = "private, max-age=604800, immutable"


@require_POST
@in_workspace("write")
def add(request: HttpRequest) -> JsonResponse:
    """Keeps one file. A file that cannot be published is refused with its sentence, and nothing is kept."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"sentence": _("No file came with it. Choose one.")}, status=400)
    workspace = request.member.workspace  # type: ignore[attr-defined]
    try:
        media = Media.objects.keep(workspace=workspace, file=file, name=file.name or "file", by=request.user)
    except NotKept as error:
        return JsonResponse({"sentence": str(error)}, status=503)
    except BadMedia as error:
        return JsonResponse({"sentence": str(error)}, status=422)
    except OSError:
        return JsonResponse({"sentence": _(DISK)}, status=507)
    return JsonResponse(told(media))


@require_safe
@in_workspace()
def file(request: HttpRequest, media: UUID) -> HttpResponseBase:
    """The copy that goes out, or with ``?small`` one for lists. An address never shows another file."""
    found = get_object_or_404(Media, workspace=request.member.workspace, pk=media)  # type: ignore[attr-defined]
    kept = Kept(found.key, found.mime, found.clean_sha256, found.size)
    response = answered(request, kept, fresh=FRESH, small=found.small_key if "small" in request.GET else None)
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
def lent(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file for a network that fetches: nobody signs in here, the address itself is the permission."""
    found = borrowed(name)
    if found is None:
        raise Http404
    response = answered(request, Kept(found.key, found.mime, found.clean_sha256, found.size), fresh="private, no-store")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Robots-Tag"] = "noindex"
    return response
