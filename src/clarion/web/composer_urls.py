"""Addresses of what stands around the composer: keeping, who is here, sets of channels, history."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import keeping

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/write/keep", keeping.keep, name="composer_keep"),
    path("w/<uuid:workspace>/posts/<uuid:post>/here", keeping.present, name="composer_present"),
]
