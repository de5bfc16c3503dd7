"""Addresses of the crisis switch: its board, the review after a pause, drills."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import crisis, drill, review

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/crisis", crisis.board, name="crisis"),
    path("w/<uuid:workspace>/pause", crisis.pause, name="pause"),
    path("w/<uuid:workspace>/resume", crisis.resume, name="resume"),
    path("w/<uuid:workspace>/crisis/until", crisis.announce, name="crisis_until"),
    path("w/<uuid:workspace>/crisis/people", crisis.appoint, name="crisis_people"),
    path("w/<uuid:workspace>/crisis/people/<uuid:one>/withdraw", crisis.withdraw, name="crisis_withdraw"),
    path("w/<uuid:workspace>/crisis/review", review.review, name="review"),
    path("w/<uuid:workspace>/crisis/drill", drill.begin, name="drill"),
    path("w/<uuid:workspace>/crisis/drill/say", drill.say, name="drill_say"),
    path("w/<uuid:workspace>/crisis/<uuid:pause>", crisis.report, name="pause_report"),
]
