"""Addresses of the queue: a channel's slots and what waits in them."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import queue, recurring

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/queue", queue.queue, name="queue"),
    path("w/<uuid:workspace>/queue/next", queue.following, name="queue_next"),
    path("w/<uuid:workspace>/queue/best", queue.best, name="queue_best"),
    path("w/<uuid:workspace>/queue/<uuid:channel>", queue.queue, name="queue_channel"),
    path("w/<uuid:workspace>/queue/<uuid:channel>/slots", queue.slots, name="queue_slots"),
    path("w/<uuid:workspace>/queue/<uuid:channel>/order", queue.order, name="queue_order"),
    path("w/<uuid:workspace>/queue/<uuid:channel>/day", queue.day, name="queue_day"),
    path("w/<uuid:workspace>/posts/<uuid:post>/again", recurring.begin, name="recurrence_begin"),
    path("w/<uuid:workspace>/posts/<uuid:post>/from-here-on", recurring.from_here_on, name="recurrence_say"),
    path("w/<uuid:workspace>/posts/<uuid:post>/stop", recurring.stop, name="recurrence_stop"),
]
