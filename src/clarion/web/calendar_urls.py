"""Addresses of the calendar and of what stands in it."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import calendar, moves

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/calendar", calendar.calendar, name="calendar"),
    path("w/<uuid:workspace>/calendar/move", moves.move, name="calendar_move"),
    path("w/<uuid:workspace>/calendar/undo", moves.undo, name="calendar_undo"),
]
