"""Addresses of categories, of their pools, and of what says itself again."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import categories, evergreens, recurring

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/categories", categories.categories, name="categories"),
    path("w/<uuid:workspace>/categories/<uuid:category>", categories.category, name="category"),
    path("w/<uuid:workspace>/categories/<uuid:category>/remove", categories.remove, name="category_remove"),
    path("w/<uuid:workspace>/posts/<uuid:post>/evergreen", evergreens.evergreen, name="evergreen"),
    path("w/<uuid:workspace>/posts/<uuid:post>/evergreen/turn", evergreens.turn, name="evergreen_turn"),
    path("w/<uuid:workspace>/recurrences/<uuid:recurrence>", recurring.recurrence, name="recurrence"),
]
