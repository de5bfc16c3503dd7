"""Cards of links: asked for while one writes, beside the page that is never held up by them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from clarion.posts.models import LinkCard
from clarion.posts.models.card import first_link
from clarion.web.place import in_workspace


@require_POST
@in_workspace("write")
def ask(request: HttpRequest) -> JsonResponse:
    """Has the linked page told of itself; whether there is a card now. What is known already is not asked again."""
    url, now = request.POST.get("url", ""), timezone.now()
    workspace = request.member.workspace  # type: ignore[attr-defined]
    if len(url) > 2000 or first_link(url) != url or not url:
        return JsonResponse({"card": False}, status=422)
    known = LinkCard.objects.known(workspace, [url], now=now).get(url)
    card = known or LinkCard.objects.fetch(workspace, url, now=now)
    return JsonResponse({"card": bool(card.title)})


@require_safe
@in_workspace()
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """The card's picture, from our own ground: readers' addresses stay with us."""
    rows = LinkCard.objects.filter(workspace=request.member.workspace, has_picture=True)  # type: ignore[attr-defined]
    card = get_object_or_404(rows, name=name)
    answer = HttpResponse(bytes(card.picture), content_type="image/webp")
    answer["Cache-Control"] = "private, max-age=3600"
    return answer
