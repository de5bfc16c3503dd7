"""Files of a workspace, and captions of its videos: kept on upload, shown to its members."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clarion.posts.fetching import fetched
from clarion.posts.lending import borrowed
from clarion.posts.models import Captions, Media
from clarion.posts.models.media import BadMedia, NotKept
from clarion.web.forms.caption_files import kept, removed
from clarion.web.forms.composition import DISK
from clarion.web.kept_files import Kept, answered
from clarion.web.library import told
from clarion.web.place import in_workspace, stated

FRESH = "private, max-age=604800, immutable"


@require_POST
@in_workspace("write")
def add(request: HttpRequest) -> JsonResponse:
    """Keeps one file. A file that cannot be published is refused with its sentence, and nothing is kept."""
    file = request.FILES.get("file")
    if file is None:
        return JsonResponse({"sentence": _("No file came with it. Choose one.")}, status=400)
    workspace = request.member.workspace  # type: ignore[attr-defined]
    return _kept(request, lambda: Media.objects.keep(
        workspace=workspace, file=file, name=file.name or "file", by=request.user
    ))  # fmt: skip


@require_POST
@in_workspace("write")
def fetch(request: HttpRequest) -> JsonResponse:
    """Keeps the file at a web address, or says why not."""
    url, workspace = request.POST.get("url", "")[:2000], request.member.workspace  # type: ignore[attr-defined]
    return _kept(request, lambda: fetched(url, workspace=workspace, by=request.user))


def _kept(request: HttpRequest, keep: Callable[[], Media]) -> JsonResponse:
    try:
        media = keep()
    except NotKept as error:
        return JsonResponse({"sentence": str(error)}, status=503)
    except BadMedia as error:
        return JsonResponse({"sentence": str(error)}, status=422)
    except OSError:
        return JsonResponse({"sentence": _(DISK)}, status=507)
    return JsonResponse(whole_of(request, media))


@require_safe
@in_workspace("write")
def known(request: HttpRequest, media: UUID) -> JsonResponse:
    """What the composer has to know of a file of the library."""
    rows = Media.objects.select_related("workspace")
    found = get_object_or_404(rows, workspace=request.member.workspace, pk=media)  # type: ignore[attr-defined]
    return JsonResponse(whole_of(request, found))


def whole_of(request: HttpRequest, media: Media) -> dict[str, object]:
    """A file for the composer: as scripts know it, and the captions of a video."""
    return {**told(media), **(_captions(request, media) if media.is_video else {})}


def _captions(request: HttpRequest, media: Media) -> dict[str, str]:
    """Where captions of a video are sent to, and its list of them as a fragment of the page."""
    shell = {"shell": {"workspace": media.workspace}}
    return {
        "captions": reverse("captions_add", args=[media.workspace_id, media.pk]),
        "list": render_to_string("parts/composer_captions.html", {"media": media, **shell}, request),
    }


@require_POST
@in_workspace("write")
def captions_add(request: HttpRequest, media: UUID) -> JsonResponse:
    """Keeps the captions of a video in a language. A file that cannot be shown is refused with its sentence."""
    found = get_object_or_404(Media, workspace=request.member.workspace, pk=media)  # type: ignore[attr-defined]
    came = request.FILES.get("file")
    if came is None:
        return JsonResponse({"sentence": _("No file came with it. Choose one.")}, status=400)
    language = request.POST.get("language", "")
    if sentence := kept(str(media), came, language, workspace=found.workspace, by=request.user):
        return JsonResponse({"sentence": sentence}, status=422)
    return JsonResponse(_captions(request, found))


@require_POST
@in_workspace("write")
def captions_remove(request: HttpRequest, captions: UUID) -> JsonResponse:
    media = removed(captions, workspace=request.member.workspace, by=request.user)  # type: ignore[attr-defined]
    if media is None:
        raise Http404
    return JsonResponse(_captions(request, media))


@require_safe
@in_workspace()
def captions_file(request: HttpRequest, captions: UUID) -> HttpResponseBase:
    """A caption file as it was given. Its address may show another one later: the same video, the same language."""
    rows = Captions.objects.select_related("media")
    found = get_object_or_404(rows, media__workspace=request.member.workspace, pk=captions)  # type: ignore[attr-defined]
    file = Kept(found.key, f"{found.mime}; charset=utf-8", found.sha256, found.size)
    response = answered(request, file, fresh="private, no-cache")
    response["Content-Disposition"] = "inline"
    return response


@require_safe
@in_workspace()
def file(request: HttpRequest, media: UUID) -> HttpResponseBase:
    """The copy that goes out, or with ``?small`` one for lists. An address never shows another file."""
    found = get_object_or_404(Media, workspace=request.member.workspace, pk=media)  # type: ignore[attr-defined]
    asked = Kept(found.key, found.mime, found.clean_sha256, found.size)
    response = answered(request, asked, fresh=FRESH, small=found.small_key if "small" in request.GET else None)
    as_file = content_disposition_header(as_attachment=True, filename=found.name) if found.is_document else None
    response["Content-Disposition"] = as_file or "inline"
    return response


@require_safe
@stated("secret")
def lent(request: HttpRequest, name: str) -> HttpResponseBase:
    """A file for a network that fetches: nobody signs in here, the address itself is the permission."""
    found = borrowed(name)
    if found is None:
        raise Http404
    response = answered(request, Kept(found.key, found.mime, found.clean_sha256, found.size), fresh="private, no-store")
    response["X-Robots-Tag"] = "noindex"
    return response
