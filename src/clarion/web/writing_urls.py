"""Addresses of what helps to write: the workspace's rules of good writing, and the cards of links."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import advice, cards

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/advice", advice.advice, name="advice"),
    path("w/<uuid:workspace>/write/card", cards.ask, name="composer_card"),
    path("w/<uuid:workspace>/write/card/<str:name>", cards.picture, name="composer_card_picture"),
]
