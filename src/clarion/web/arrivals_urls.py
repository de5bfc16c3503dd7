"""Addresses of what comes in: imports, feeds, ideas; and of what is done to many posts at once."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import bulk, imports

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/imports", imports.imports, name="imports"),
    path("w/<uuid:workspace>/imports/example.csv", imports.example, name="import_example"),
    path("w/<uuid:workspace>/imports/<uuid:arrival>", imports.one, name="import"),
    path("w/<uuid:workspace>/imports/<uuid:arrival>/check", imports.check, name="import_check"),
    path("w/<uuid:workspace>/imports/<uuid:arrival>/do", imports.do, name="import_do"),
    path("w/<uuid:workspace>/posts/many", bulk.many, name="many"),
    path("w/<uuid:workspace>/posts/many/undo", bulk.undo, name="many_undo"),
]
