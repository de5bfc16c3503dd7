"""Addresses of what comes in: imports, feeds, ideas; and of what is done to many posts at once."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import bulk, feeds, ideas, imports

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/imports", imports.imports, name="imports"),
    path("w/<uuid:workspace>/imports/example.csv", imports.example, name="import_example"),
    path("w/<uuid:workspace>/imports/<uuid:arrival>", imports.one, name="import"),
    path("w/<uuid:workspace>/imports/<uuid:arrival>/check", imports.check, name="import_check"),
    path("w/<uuid:workspace>/imports/<uuid:arrival>/do", imports.do, name="import_do"),
    path("w/<uuid:workspace>/ideas", ideas.ideas, name="ideas"),
    path("w/<uuid:workspace>/ideas/new", ideas.new, name="idea_new"),
    path("w/<uuid:workspace>/ideas/names", ideas.names, name="idea_names"),
    path("w/<uuid:workspace>/ideas/<uuid:idea>", ideas.edit, name="idea"),
    path("w/<uuid:workspace>/ideas/<uuid:idea>/do", ideas.do, name="idea_do"),
    path("w/<uuid:workspace>/incoming", feeds.feeds, name="feeds_in"),
    path("w/<uuid:workspace>/incoming/new", feeds.new, name="feed_in_new"),
    path("w/<uuid:workspace>/incoming/<uuid:feed>", feeds.one, name="feed_in"),
    path("w/<uuid:workspace>/incoming/<uuid:feed>/edit", feeds.edit, name="feed_in_edit"),
    path("w/<uuid:workspace>/incoming/<uuid:feed>/do", feeds.do, name="feed_in_do"),
    path("w/<uuid:workspace>/posts/many", bulk.many, name="many"),
    path("w/<uuid:workspace>/posts/many/undo", bulk.undo, name="many_undo"),
]
