"""Addresses of what people are told, and how it reaches them."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import devices, notifications, team_chats, ways

urlpatterns: list[URLPattern] = [
    path("notifications", notifications.home, name="notifications"),
    path("notifications/off/<str:token>", ways.off, name="notifications_off"),
    path("me/notifications", ways.home, name="notification_choices"),
    path("sw.js", devices.worker, name="service_worker"),
    path("w/<uuid:workspace>/notifications", notifications.notifications, name="told"),
    path("w/<uuid:workspace>/notifications/few", notifications.few, name="told_few"),
    path("w/<uuid:workspace>/notifications/read", notifications.read, name="told_read"),
    path("w/<uuid:workspace>/notifications/<int:pk>", notifications.follow, name="told_one"),
    path("w/<uuid:workspace>/notifications/ways", ways.ways, name="told_ways"),
    path("w/<uuid:workspace>/notifications/devices", devices.add, name="device_add"),
    path("w/<uuid:workspace>/notifications/devices/<uuid:device>/remove", devices.remove, name="device_remove"),
    path("w/<uuid:workspace>/channels/team", team_chats.team_chats, name="team_chats"),
    path("w/<uuid:workspace>/channels/team/<uuid:chat>", team_chats.change, name="team_chat"),
    path("w/<uuid:workspace>/channels/team/<uuid:chat>/close", team_chats.close, name="team_chat_close"),
]
