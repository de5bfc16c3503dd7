"""Addresses of the pages. What belongs to a workspace is below ``/w/<its id>/``; names are plain nouns."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from clarion.web import assets
from clarion.web.pages import front, today

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front.home, name="home"),
    path("theme", front.theme, name="theme"),
    path("design", front.design, name="design"),
    path("static/<str:stamp>/<path:path>", assets.asset, name="asset"),
    path("w/<uuid:workspace>/pulse", front.pulse, name="pulse"),
    path("w/<uuid:workspace>/", today.today, name="today"),
]
