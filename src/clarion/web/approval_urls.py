"""Addresses of approvals: what waits for a yes, one question, and what can be answered."""

from __future__ import annotations

from django.urls import path

from clarion.web.pages import approvals, asking, comments, guests, workflows

urlpatterns = [
    path("w/<uuid:workspace>/approvals", approvals.approvals, name="approvals"),
    path("w/<uuid:workspace>/approvals/yes", approvals.many, name="approvals_yes"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>", approvals.approval, name="approval"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/answer", approvals.answer, name="approval_answer"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/hand", approvals.hand, name="approval_hand"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/back", approvals.take_back, name="approval_take_back"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/files/<uuid:media>", approvals.file, name="approval_file"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/withdraw", asking.withdraw, name="approval_withdraw"),
    path("w/<uuid:workspace>/workflows", workflows.workflows, name="workflows"),
    path("w/<uuid:workspace>/workflows/new", workflows.new, name="workflow_new"),
    path("w/<uuid:workspace>/workflows/<uuid:workflow>", workflows.workflow, name="workflow"),
    path("w/<uuid:workspace>/workflows/<uuid:workflow>/end", workflows.end, name="workflow_end"),
    path("w/<uuid:workspace>/workflows/<uuid:workflow>/ask", workflows.ask, name="workflow_ask"),
    path("w/<uuid:workspace>/guests", guests.guests, name="guests"),
    path("w/<uuid:workspace>/guests/<uuid:guest>/write", guests.write_again, name="guest_write"),
    path("w/<uuid:workspace>/guests/<uuid:guest>/end", guests.end, name="guest_end"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/review", approvals.review, name="approval_review"),
    path("w/<uuid:workspace>/posts/<uuid:post>/comments", comments.say, name="comment_say"),
    path("w/<uuid:workspace>/comments/names", comments.names, name="comment_names"),
    path("w/<uuid:workspace>/comments/<uuid:comment>/settle", comments.resolve, name="comment_settle"),
    path("g/<str:token>/", guests.guest, name="guest"),
    path("g/<str:token>/<uuid:asked>/answer", guests.answer, name="guest_answer"),
    path("g/<str:token>/<uuid:asked>/comment", guests.comment, name="guest_comment"),
    path("g/<str:token>/files/<uuid:asked>/<uuid:media>", guests.file, name="guest_file"),
    path("w/<uuid:workspace>/posts/<uuid:post>/ask", asking.ask, name="post_ask"),
    path("w/<uuid:workspace>/posts/<uuid:post>/without", asking.break_glass, name="post_without"),
]
