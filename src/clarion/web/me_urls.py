"""Addresses of one's own account, and of the rules of signing in to an organisation."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import me, sign_in_policy

urlpatterns: list[URLPattern] = [
    path("me", me.me, name="me"),
    path("me/name", me.name, name="me_name"),
    path("me/email", me.email, name="me_email"),
    path("me/email/<str:token>", me.email_confirm, name="me_email_confirm"),
    path("me/sessions/end", me.end_others, name="me_sessions_end"),
    path("me/sessions/<int:session>/end", me.end_one, name="me_session_end"),
    path("me/second-factor", me.second_factor_first, name="second_factor_first"),
    path("o/<uuid:organisation>/sign-in", sign_in_policy.sign_in_policy, name="sign_in_policy"),
]
