"""A picture is cut, turned and given a focal point for one post: the dialog, and what comes out of it."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clarion.channels.models import Channel
from clarion.files.store import StoreGone
from clarion.networks.fitting import CannotFit
from clarion.posts.models import Media
from clarion.web.forms.composition import edit_of
from clarion.web.library import as_id
from clarion.web.place import in_workspace
from clarion.web.shapes import shapes


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def edit(request: HttpRequest, media: UUID) -> HttpResponse:
    """``GET`` with ``channels``: what the dialog shows. ``POST`` with ``edit``: the picture so, made now."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    pictures = Media.objects.filter(workspace=workspace, mime__startswith="image/", frames__lt=2)
    found = get_object_or_404(pictures, pk=media)
    if request.method != "POST":
        ids = [pk for pk in request.GET.getlist("channels") if as_id(pk)]
        chosen = list(Channel.objects.filter(workspace=workspace, pk__in=ids))
        return render(request, "parts/editor.html", {"media": found, "shapes": shapes(chosen), "place": workspace})
    wanted = edit_of(request.POST.get("edit", ""))
    try:
        shown = Media.objects.edited(found, wanted) if wanted.changes else found
    except CannotFit:
        sentence = _("“%(name)s” cannot be edited here: it moves, or it is damaged.")
        return JsonResponse({"sentence": sentence % {"name": found.name}}, status=422)
    except StoreGone as gone:
        return JsonResponse({"sentence": gone.what}, status=503)
    small = reverse("media_file", args=[workspace.pk, shown.pk]) + "?small"
    said = json.dumps(wanted.as_json) if wanted.as_json else ""
    return JsonResponse({"edit": said, "small": small, "width": shown.width, "height": shown.height})
