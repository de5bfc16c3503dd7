"""Addresses of the desk: composer, media, calendar, posts, deliveries."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from clarion.web import composer_urls
from clarion.web.pages import composer, deliveries, media, media_edit, posts

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("clarion.web.approval_urls")),
    path("", include("clarion.web.calendar_urls")),
    path("", include("clarion.web.queue_urls")),
    path("", include("clarion.web.writing_urls")),
    path("", include("clarion.web.library_urls")),
    path("", include("clarion.web.kit_urls")),
    path("", include("clarion.web.category_urls")),
    path("", include("clarion.web.arrivals_urls")),
    path("", include("clarion.web.notification_urls")),
    path("", include("clarion.web.rules_urls")),
    path("w/<uuid:workspace>/write", composer.write, name="write"),
    path("w/<uuid:workspace>/write", composer.write, name="composer_new"),
    path("w/<uuid:workspace>/write/check", composer.check, name="composer_check"),
    path("w/<uuid:workspace>/media", media.add, name="media_add"),
    path("w/<uuid:workspace>/media/fetch", media.fetch, name="media_fetch"),
    path("w/<uuid:workspace>/media/<uuid:media>/known", media.known, name="media_known"),
    path("w/<uuid:workspace>/media/<uuid:media>/edit", media_edit.edit, name="media_edit"),
    path("w/<uuid:workspace>/media/<uuid:media>", media.file, name="media_file"),
    path("w/<uuid:workspace>/media/<uuid:media>/captions", media.captions_add, name="captions_add"),
    path("w/<uuid:workspace>/captions/<uuid:captions>", media.captions_file, name="captions_file"),
    path("w/<uuid:workspace>/captions/<uuid:captions>/remove", media.captions_remove, name="captions_remove"),
    path("lent/<str:name>", media.lent, name="lent"),
    path("w/<uuid:workspace>/posts", posts.posts, name="posts"),
    path("w/<uuid:workspace>/posts/<uuid:post>", posts.post, name="post"),
    path("w/<uuid:workspace>/posts/<uuid:post>/edit", composer.edit, name="composer"),
    path("w/<uuid:workspace>/posts/<uuid:post>/move", posts.move, name="post_move"),
    path("w/<uuid:workspace>/posts/<uuid:post>/cancel", posts.cancel, name="post_cancel"),
    path("w/<uuid:workspace>/posts/<uuid:post>/remove", posts.remove, name="post_remove"),
    path("w/<uuid:workspace>/posts/<uuid:post>/duplicate", posts.duplicate, name="post_duplicate"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>", deliveries.delivery, name="delivery"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/send", deliveries.send, name="delivery_send"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/move", deliveries.move, name="delivery_move"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/hold", deliveries.hold, name="delivery_hold"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/release", deliveries.release, name="delivery_release"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/skip", deliveries.skip, name="delivery_skip"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/there", deliveries.there, name="delivery_there"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/absent", deliveries.absent, name="delivery_absent"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/edit", deliveries.edit, name="delivery_edit"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/say", deliveries.say_corrected, name="delivery_say"),
    path("w/<uuid:workspace>/deliveries/<uuid:delivery>/take-down", deliveries.take_down, name="delivery_take_down"),
    *composer_urls.urlpatterns,
]
