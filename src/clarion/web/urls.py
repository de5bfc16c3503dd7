"""Addresses of the pages. What belongs to a workspace is below ``/w/<its id>/``; names are plain nouns."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from clarion.web import assets
from clarion.web.pages import channels, front, guides, noticeboard, setup, today
from clarion.web.pages.examples_plan import MADE_UP

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front.home, name="home"),
    path("setup", setup.setup, name="setup"),
    path("theme", front.theme, name="theme"),
    path("language", front.language, name="language"),
    path("design", front.design, name="design"),
    path(f"w/{MADE_UP}/pulse", front.made_up_pulse),
    path(f"w/{MADE_UP}/media/<uuid:media>", front.picture),
    path(f"w/{MADE_UP}/write/card/<str:name>", front.picture),
    path("static/<str:stamp>/<path:path>", assets.asset, name="asset"),
    # today
    path("w/<uuid:workspace>/", today.today, name="today"),
    path("w/<uuid:workspace>/pulse", front.pulse, name="pulse"),
    path("w/<uuid:workspace>/steps/away", today.put_steps_away, name="steps_away"),
    path("w/<uuid:workspace>/needs", today.needs, name="needs"),
    path("", include("clarion.web.crisis_urls")),
    # channels
    path("w/<uuid:workspace>/channels", channels.channels, name="channels"),
    path("w/<uuid:workspace>/channels/connect", channels.connect, name="connect"),
    path("w/<uuid:workspace>/channels/connect/<slug:network>", channels.connect_network, name="connect_network"),
    path("w/<uuid:workspace>/channels/<uuid:channel>", channels.channel, name="channel"),
    path("w/<uuid:workspace>/channels/<uuid:channel>/check", channels.check, name="channel_check"),
    path("w/<uuid:workspace>/channels/<uuid:channel>/disconnect", channels.disconnect, name="channel_disconnect"),
    path("w/<uuid:workspace>/channels/connect/<slug:network>/app", channels.keep_app, name="keep_app"),
    path("w/<uuid:workspace>/channels/choose", channels.choose_accounts, name="choose_accounts"),
    path("w/<uuid:workspace>/channels/about/<slug:name>", guides.guide, name="guide"),
    path("connect/back", channels.signed_in, name="signed_in"),
    path("connect/client/<slug:network>.json", channels.client_metadata, name="client_metadata"),
    # people
    path("", include("clarion.web.people_urls")),
    path("", include("clarion.web.me_urls")),
    # the public noticeboard
    path("n/<slug:slug>/", noticeboard.noticeboard, name="noticeboard"),
    path("n/<slug:slug>/feed.atom", noticeboard.feed_atom, name="feed_atom"),
    path("n/<slug:slug>/feed.json", noticeboard.feed_json, name="feed_json"),
    path("n/<slug:slug>/files/<str:name>", noticeboard.notice_file, name="notice_file"),
    path("n/<slug:slug>/<uuid:pk>/", noticeboard.notice, name="notice"),
    # the desk
    path("", include("clarion.web.desk_urls")),
    path("", include("clarion.web.sign_on_urls")),
    # for machines
    path("", include("clarion.web.system_urls")),
]
