"""Addresses of the calendar, of what stands in it, and of its feeds."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import almanac, blackouts, calendar, campaigns, moves, notes, subscriptions

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/calendar", calendar.calendar, name="calendar"),
    path("w/<uuid:workspace>/calendar/move", moves.move, name="calendar_move"),
    path("w/<uuid:workspace>/calendar/undo", moves.undo, name="calendar_undo"),
    path("w/<uuid:workspace>/calendar/notes/new", notes.new, name="note_new"),
    path("w/<uuid:workspace>/calendar/notes/<uuid:note>", notes.note, name="note"),
    path("w/<uuid:workspace>/calendar/notes/<uuid:note>/remove", notes.remove, name="note_remove"),
    path("w/<uuid:workspace>/calendar/blackouts", blackouts.blackouts, name="blackouts"),
    path("w/<uuid:workspace>/calendar/blackouts/new", blackouts.new, name="blackout_new"),
    path("w/<uuid:workspace>/calendar/blackouts/<uuid:blackout>", blackouts.blackout, name="blackout"),
    path("w/<uuid:workspace>/calendar/blackouts/<uuid:blackout>/settle", blackouts.settle, name="blackout_settle"),
    path("w/<uuid:workspace>/calendar/blackouts/<uuid:blackout>/lift", blackouts.lift, name="blackout_lift"),
    path("w/<uuid:workspace>/calendar/holidays", almanac.almanac, name="almanac"),
    path("w/<uuid:workspace>/calendar/feeds", subscriptions.subscriptions, name="subscriptions"),
    path("w/<uuid:workspace>/calendar/feeds/<uuid:feed>/revoke", subscriptions.revoke, name="subscription_revoke"),
    path("calendar/<str:secret>.ics", subscriptions.ical, name="ical"),
    path("w/<uuid:workspace>/campaigns", campaigns.campaigns, name="campaigns"),
    path("w/<uuid:workspace>/campaigns/new", campaigns.new, name="campaign_new"),
    path("w/<uuid:workspace>/campaigns/<uuid:campaign>", campaigns.campaign, name="campaign"),
    path("w/<uuid:workspace>/campaigns/<uuid:campaign>/edit", campaigns.edit, name="campaign_edit"),
    path("w/<uuid:workspace>/campaigns/<uuid:campaign>/remove", campaigns.remove, name="campaign_remove"),
    path("w/<uuid:workspace>/posts/<uuid:post>/campaign", campaigns.join, name="post_campaign"),
]  # fmt: skip
