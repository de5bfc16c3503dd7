"""A composition kept as a template, and a new one begun from it: everything but the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError

from clarion.channels.models import Channel
from clarion.organisations.models import Workspace
from clarion.posts.content import Content
from clarion.posts.models import Media, Template
from clarion.web.forms.composition import Composition

KEPT = ("words", "variants", "channels", "labels", "new_labels", "late", "late_minutes")


def keep_as_template(composition: Composition, *, name: str, workspace: Workspace, by: Any) -> Template:
    """Under a name that a template has already it takes that one's place."""
    whole = {key: value for key, value in composition.as_working.items() if key in KEPT}
    known = Template.objects.filter(workspace=workspace, name=name).first()
    if known is None:
        made: Template = Template.objects.make(workspace=workspace, name=name, by=by, whole=whole)
        return made
    known.change(by=by, name=name, whole=whole)
    return known


def begun_from(
    template: str, begun: Composition, *, workspace: Workspace, channels: Iterable[Channel]
) -> Composition:  # fmt: skip
    """``begun`` with what the template says; channels and files that are gone meanwhile are left out."""
    try:
        found = Template.objects.filter(workspace=workspace, pk=template).first() if template else None
    except ValidationError:
        found = None
    if found is None:
        return begun
    whole, known = found.whole, {str(one.pk) for one in channels if not one.needs_sign_in}
    words = Content.from_json(whole["words"])
    variants = {pk: Content.from_json(said) for pk, said in whole["variants"].items() if pk in known}
    wanted = {pk for content in (words, *variants.values()) for pk in content.media_ids}
    there = {str(pk) for pk in Media.objects.filter(workspace=workspace, pk__in=wanted).values_list("pk", flat=True)}
    return replace(
        begun, words=_with(words, there), variants={pk: _with(said, there) for pk, said in variants.items()},
        channels=tuple(pk for pk in whole["channels"] if pk in known), labels=tuple(whole["labels"]),
        new_labels=whole["new_labels"], late=whole["late"], late_minutes=whole["late_minutes"],
    )  # fmt: skip


def _with(content: Content, files: set[str]) -> Content:
    """Only with these files, and without who helped to write it: that is said of the new words anew."""
    parts = tuple(
        replace(part, shots=tuple(shot for shot in part.shots if shot.media in files)) for part in content.parts
    )
    return replace(content, parts=parts, help=())
