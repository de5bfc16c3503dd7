"""Addresses of the rules of the house."""

from __future__ import annotations

from django.urls import URLPattern, path

from clarion.web.pages import house_rules

urlpatterns: list[URLPattern] = [
    path("w/<uuid:workspace>/rules", house_rules.rules, name="rules"),
    path("w/<uuid:workspace>/rules/new", house_rules.new, name="rule_new"),
    path("w/<uuid:workspace>/rules/<uuid:rule>", house_rules.rule, name="rule"),
    path("w/<uuid:workspace>/rules/<uuid:rule>/act", house_rules.act, name="rule_act"),
    path("w/<uuid:workspace>/posts/<uuid:post>/override", house_rules.override, name="post_override"),
]
