"""A short link, followed: one question to the database, then off to its target. Nothing is kept of who came."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from clarion.posts.clicks import clicks
from clarion.posts.models import Link
from clarion.posts.models.link import NAME
from clarion.web.place import stated

MACHINE = re.compile(
    r"(?<!cu)bot\b|crawl|spider|slurp|preview|externalhit|embed|fetch|scan|monitor|validator|archiv|feed|proxy|headless"
    r"|curl|wget|python|java/|okhttp|go-http|node|ruby|perl|php|libwww|https?://|^\S*$",
    re.IGNORECASE,
)
"""What no person's browser calls itself: programs say what they are, or where to read about them, or one word."""
HEADERS = {
    "Cache-Control": "private, no-store", "X-Robots-Tag": "noindex",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}  # fmt: skip


@require_safe
@stated("anybody")
def follow(request: HttpRequest, slug: str) -> HttpResponse:
    return followed(request, slug)


def followed(request: HttpRequest, slug: str) -> HttpResponse:
    """302 to where the link leads; 404 for a name that nobody has. Nothing of the request is part of the target."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    name = slug.lower()
    rows = Link.objects.filter(slug=name).values_list("pk", "target", "workspace__zone")
    found = rows.first() if NAME.fullmatch(name) else None
    if found is None:
        return HttpResponse(render_to_string("404.html"), status=404)
    link, target, zone = found
    if request.method == "GET" and not MACHINE.search(request.headers.get("User-Agent", "")):
        clicks.count(link, timezone.now().astimezone(ZoneInfo(zone)).date())
    return HttpResponse(status=302, headers={"Location": iri_to_uri(target), **HEADERS})
