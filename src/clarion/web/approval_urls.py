"""Addresses of approvals: what waits for a yes, one question, and what can be answered."""

from __future__ import annotations

from django.urls import path

from clarion.web.pages import approvals, asking

urlpatterns = [
    path("w/<uuid:workspace>/approvals", approvals.approvals, name="approvals"),
    path("w/<uuid:workspace>/approvals/yes", approvals.many, name="approvals_yes"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>", approvals.approval, name="approval"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/answer", approvals.answer, name="approval_answer"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/hand", approvals.hand, name="approval_hand"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/back", approvals.take_back, name="approval_take_back"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/files/<uuid:media>", approvals.file, name="approval_file"),
    path("w/<uuid:workspace>/approvals/<uuid:asked>/withdraw", asking.withdraw, name="approval_withdraw"),
    path("w/<uuid:workspace>/posts/<uuid:post>/ask", asking.ask, name="post_ask"),
    path("w/<uuid:workspace>/posts/<uuid:post>/without", asking.break_glass, name="post_without"),
]
