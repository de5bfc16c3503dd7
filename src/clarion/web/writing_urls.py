"""Addresses of what helps to write: the workspace's rules of good writing."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import advice

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/advice", advice.advice, name="advice"),
]
