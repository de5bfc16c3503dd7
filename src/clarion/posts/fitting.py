"""A content as one channel's network is given it: its options and parts, and its pictures made fit for that network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.networks import base as networks
from clarion.networks.fitting import CannotFit, Recipe, told
from clarion.networks.words import Refused
from clarion.posts.content import Content, Shot
from clarion.posts.models.media import Media


@dataclass(frozen=True)
class Fitted:
    """``rows`` are the files of the draft by their path; ``changed`` says what happened to them, for people."""

    draft: networks.Draft
    rows: Mapping[Path, Media]
    changed: tuple[str, ...] = ()


def fitted(content: Content, *, channel: Channel, rules: networks.Rules | None = None, make: bool = True) -> Fitted:
    """The draft for the channel, by ``rules`` or by those that the channel knows. Without ``make`` no file is changed.

    A picture that cannot be made fit stays as it is: the network's ``problems`` say why it cannot go. Raises Refused
    when a file is gone, because nothing is left out, and ``StoreGone`` when a picture has to be read and cannot be.
    """
    mine = {str(row.pk): row for row in Media.objects.filter(workspace=channel.workspace_id, pk__in=content.media_ids)}
    if set(content.media_ids) - set(mine):
        raise Refused(_("A picture of this post is gone. Attach it again."), code="media_gone")
    rule = (rules or channel.rules).images
    recipe = Recipe.of(rule) if rule is not None and make else None
    rows: dict[Path, Media] = {}
    changed: list[str] = []

    def given(shot: Shot) -> networks.Media:
        row = mine[shot.media]
        media = row.shown(shot.alt)
        if recipe is not None and row.is_image and not recipe.fits(media):
            try:
                row = Media.objects.fitted(row, recipe)
            except CannotFit:
                pass
            else:
                before, media = media, row.shown(shot.alt)
                changed.append(told(before, media, changes=tuple(row.changes.split())))
        rows[media.path] = row
        return media

    known = {option.name for option in channel.kind.options}
    draft = networks.Draft(
        parts=tuple(networks.Part(part.text, tuple(map(given, part.shots))) for part in content.parts),
        options={name: value for name, value in content.options.items() if name in known and value not in ("", None)},
    )
    return Fitted(draft, rows, tuple(dict.fromkeys(changed)))
