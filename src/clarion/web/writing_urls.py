"""Addresses of what helps to write: the workspace's rules of good writing, the cards of links, writing help."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import advice, assist, cards

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/advice", advice.advice, name="advice"),
    path("w/<uuid:workspace>/assist", assist.settings, name="assist"),
    path("w/<uuid:workspace>/write/help", assist.menu, name="assist_menu"),
    path("w/<uuid:workspace>/write/help/ask", assist.ask, name="assist_ask"),
    path("w/<uuid:workspace>/write/card", cards.ask, name="composer_card"),
    path("w/<uuid:workspace>/write/card/<str:name>", cards.picture, name="composer_card_picture"),
]
