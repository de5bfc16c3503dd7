"""What "Before it goes out" says of people without a name on a network, and of links that become short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clarion.channels.models import Channel
from clarion.posts.content import LINKS, Content
from clarion.posts.models import UtmPreset
from clarion.posts.models.link import preset_of
from clarion.posts.speech import Speech
from clarion.web.forms.notes import Note

OURS = {LINKS: gettext_lazy("Links")}
"""What options are called that no network declares."""


def links_said(value: object) -> str:
    """How links go out, by the value of that option."""
    if not value:
        return _("Go out as they are written")
    preset = UtmPreset.objects.filter(pk=preset_of({LINKS: value})).first()
    if preset is None:
        return _("Go out short, and are counted")
    return _("Short, with the UTM preset “%(name)s”") % {"name": preset.name}


def spoken_notes(speech: Speech, said: Mapping[Any, Content], channels: Sequence[Channel]) -> list[Note]:
    notes = []
    strangers: dict[str, None] = {}
    for channel in channels:
        for one in speech.unnamed(said[channel.pk], channel):
            if not one.is_known:
                strangers[one.name] = None
                continue
            if channel.kind.own_ground:  # there plain names are all there is
                continue
            sentence = _("has no name for %(name)s: the plain name goes out there.") % {"name": one.name}
            notes.append(Note("going", "at-sign", sentence, channel.handle))
    for name in strangers:
        sentence = _("%(name)s is not in the kit: the plain name goes out everywhere.") % {"name": name}
        notes.append(Note("unsure", "at-sign", sentence))
    count = max((speech.unfixed(said[channel.pk], channel) for channel in channels), default=0)
    if count:
        sentence = ngettext(
            "One link gets its short address when this is saved.",
            "%(n)d links get their short addresses when this is saved.", count,
        )  # fmt: skip
        notes.append(Note("done", "link", sentence % {"n": count}))
    return notes
