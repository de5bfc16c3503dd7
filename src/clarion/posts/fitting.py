"""A content as one channel's network is given it: its options and parts, and its pictures made fit for that network."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from clarion.channels.models import Channel
from clarion.files.store import StoreGone
from clarion.networks import base as networks
from clarion.networks.editing import Edit
from clarion.networks.fitting import CannotFit, Recipe, told
from clarion.networks.fitting_videos import VideoRecipe, ffmpeg
from clarion.networks.fitting_videos import told as told_of_video
from clarion.networks.words import Refused
from clarion.posts.content import Content, Shot
from clarion.posts.models.conversion import Conversion
from clarion.posts.models.media import Media
from clarion.posts.speech import Speech


@dataclass(frozen=True)
class Fitted:
    """``rows`` are the files of the draft by their path; ``changed`` says what happens to them, for people."""

    draft: networks.Draft
    rows: Mapping[Path, Media]
    changed: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    """Names of videos that are not made fit yet."""


def prepare(content: Content, *, channel: Channel, now: datetime) -> None:
    """Has videos made fit ahead of time. What cannot be looked at now is looked at when the post is due."""
    if Media.objects.filter(pk__in=content.media_ids, mime__startswith="video/").exists():
        with contextlib.suppress(Refused, StoreGone):
            fitted(content, channel=channel, ask=now)


def used(rows: Mapping[str, Media], shots: Sequence[Shot]) -> list[Media]:
    """The files of these shots as they are used there, to be looked at; as they are, where what was done to them cannot
    be done now. ``rows`` has all of them, by id."""
    made, found = _made_before(rows, shots), []
    for shot in shots:
        row = rows[shot.media]
        with contextlib.suppress(CannotFit, StoreGone, OSError):
            row = _edited(row, shot.edit, made)
        found.append(row)
    return found


def _edited(row: Media, edit: Edit, made: Mapping[str, Media]) -> Media:
    if not edit.changes:
        return row
    return made.get(Media.objects.key_of(row, edit.name)) or Media.objects.edited(row, edit)


def _made_before(rows: Mapping[str, Media], shots: Iterable[Shot]) -> dict[str, Media]:
    """Of what the shots want to be done, what is there already: one question for all."""
    wanted = {
        Media.objects.key_of(rows[shot.media], shot.edit.name): rows[shot.media].workspace_id
        for shot in shots if shot.edit.changes
    }  # fmt: skip
    if not wanted:
        return {}
    found = Media.objects.filter(workspace__in=set(wanted.values()), sha256__in=wanted)
    return {row.sha256: row for row in found}


def fitted(
    content: Content,
    *,
    channel: Channel,
    rules: networks.Rules | None = None,
    make: bool = True,
    ask: datetime | None = None,
    is_spoken: bool = False,
) -> Fitted:
    """The draft for the channel, by ``rules`` or by those that the channel knows. Without ``make`` no file is changed.
    ``is_spoken``: mentions and links are resolved already.

    Pictures are made fit at once; a video only where ``ask`` is the present time, and then by the workers, ahead of
    time: until it is there, it is ``waiting`` and the draft shows it as it will be. What cannot be made fit stays as it
    is: the network's ``problems`` say why it cannot go. Raises Refused when a file is gone, because nothing is left
    out, or when a picture cannot be edited as somebody wanted, and ``StoreGone`` when one has to be read and cannot be.
    """
    ids = content.media_ids
    rows_of = Media.objects.filter(workspace=channel.workspace_id, pk__in=ids) if ids else ()
    mine = {str(row.pk): row for row in rows_of}
    if set(ids) - set(mine):
        raise Refused(_("A picture of this post is gone. Attach it again."), code="media_gone")
    content = content if is_spoken else Speech(channel.workspace_id).of(content, channel)
    known_rules = channel.kind.rules_for(rules or channel.rules, content.options)
    recipe = Recipe.of(known_rules.images) if known_rules.images is not None and make else None
    films = VideoRecipe.of(known_rules.videos) if known_rules.videos is not None and make else None
    rows: dict[Path, Media] = {}
    changed: list[str] = []
    waiting: list[str] = []

    made = _made_before(mine, [shot for part in content.parts for shot in part.shots]) if make else {}

    def given(shot: Shot) -> networks.Media:
        row = mine[shot.media]
        if make:
            try:
                row = _edited(row, shot.edit, made)
            except CannotFit:
                sentence = _("“%(name)s” cannot be turned or cut: it moves, or is no picture. Undo that.")
                raise Refused(sentence % {"name": row.name}, code="edit") from None
        media = row.shown(shot.alt, focus=shot.edit.centre)
        if recipe is not None and row.is_image and not recipe.fits(media):
            try:
                row = Media.objects.fitted(row, recipe)
            except CannotFit:
                pass
            else:
                before, media = media, row.shown(shot.alt, focus=shot.edit.centre)
                changed.append(told(before, media, changes=tuple(row.changes.split())))
        elif films is not None and row.is_video and not films.fits(media) and films.can_help(media) and ffmpeg():
            known = Conversion.objects.ask(row, films, now=ask) if ask else Conversion.objects.of(row, films)
            if known is None or not known.failed:
                result = known.result if known is not None else None
                changed.append(told_of_video(media, recipe=films, is_done=result is not None))
                if result is None:
                    waiting.append(media.name)
                    media = films.planned(media)
                else:
                    row, media = result, result.shown(shot.alt)
        rows[media.path] = row
        return media

    known = {option.name for option in channel.kind.options}
    draft = networks.Draft(
        parts=tuple(networks.Part(part.text, tuple(map(given, part.shots))) for part in content.parts),
        options={name: value for name, value in content.options.items() if name in known and value not in ("", None)},
    )
    return Fitted(draft, rows, tuple(dict.fromkeys(changed)), tuple(waiting))
