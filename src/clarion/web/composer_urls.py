"""Addresses of what stands around the composer: keeping, who is here, sets of channels, history."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import channel_sets, history, keeping

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/write/keep", keeping.keep, name="composer_keep"),
    path("w/<uuid:workspace>/posts/<uuid:post>/here", keeping.present, name="composer_present"),
    path("w/<uuid:workspace>/posts/<uuid:post>/history", history.history, name="post_history"),
    path("w/<uuid:workspace>/posts/<uuid:post>/history/<int:version>/restore", history.restore, name="post_restore"),
    path("w/<uuid:workspace>/sets", channel_sets.sets, name="channel_sets"),
    path("w/<uuid:workspace>/sets/<uuid:channel_set>/rename", channel_sets.rename, name="channel_set_rename"),
    path("w/<uuid:workspace>/sets/<uuid:channel_set>/remove", channel_sets.remove, name="channel_set_remove"),
]
