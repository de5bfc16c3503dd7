"""Addresses of what people write with: the kit, the composer's tools, short links."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import following, kit, links, tools

urlpatterns: list[URLPattern] = [
    path("l/<str:slug>", following.follow, name="follow"),
    path("w/<uuid:workspace>/kit", kit.kit, name="kit"),
    path("w/<uuid:workspace>/kit/<slug:shelf>", kit.kit, name="kit_shelf"),
    path("w/<uuid:workspace>/kit/<slug:shelf>/new", kit.new, name="kit_new"),
    path("w/<uuid:workspace>/kit/<slug:shelf>/<uuid:pk>", kit.edit, name="kit_edit"),
    path("w/<uuid:workspace>/kit/<slug:shelf>/<uuid:pk>/remove", kit.remove, name="kit_remove"),
    path("w/<uuid:workspace>/write/tools/<slug:name>", tools.tool, name="composer_tool"),
    path("w/<uuid:workspace>/write/offers", tools.offers, name="composer_offers"),
    path("w/<uuid:workspace>/links", links.links, name="links"),
    path("w/<uuid:workspace>/links/new", links.new, name="link_new"),
    path("w/<uuid:workspace>/links.csv", links.table, name="links_csv"),
    path("w/<uuid:workspace>/links/<uuid:link>", links.link, name="link"),
]
