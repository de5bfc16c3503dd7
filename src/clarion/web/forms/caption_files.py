"""Caption files in the composer: those that come with the form, and those that are sent by themselves.

The form's names, for the video ``MEDIA`` in part ``K`` of panel ``P``: ``captions:P:K:MEDIA`` is a file,
``captions-language:P:K:MEDIA`` its language; ``uncaption`` lists ids of caption files that shall go.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.conf.locale import LANG_INFO
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from clarion.organisations.ids import is_id
from clarion.organisations.models import Workspace
from clarion.posts.models import Captions, Media
from clarion.posts.models.media import BadMedia
from clarion.web.forms.composition import ALL, DISK, Composition, Trouble


def taken_in(
    composition: Composition, files: MultiValueDict[str, Any], *, data: QueryDict, workspace: Workspace, by: Any
) -> Composition:
    """Keeps the caption files that came with the form, and takes away those that were ticked. A bad file stays beside
    its part, with its sentence."""
    for pk in data.getlist("uncaption"):
        removed(pk, workspace=workspace, by=by)
    troubles = list(composition.troubles)
    for panel in (ALL, *composition.variants):
        for number, key in enumerate(dict.fromkeys(data.getlist(f"part:{panel}"))):
            for media in dict.fromkeys(data.getlist(f"media:{panel}:{key}")):
                file = files.get(f"captions:{panel}:{key}:{media}")
                language = data.get(f"captions-language:{panel}:{key}:{media}", "")
                if file is not None and (sentence := kept(media, file, language, workspace=workspace, by=by)):
                    troubles.append(Trouble(sentence, panel, number))
    return replace(composition, troubles=tuple(troubles))


def kept(media: Any, file: Any, language: str, *, workspace: Workspace, by: Any) -> str:
    """Keeps one caption file; gives the sentence why it cannot be, empty when it is kept."""
    name = file.name or "file"
    if not language.strip():
        return _("Say in which language “%(name)s” is.") % {"name": name}
    row = Media.objects.filter(workspace=workspace, pk=media).first() if is_id(media) else None
    if row is None:
        return _("The video of “%(name)s” is gone. Attach it again.") % {"name": name}
    try:
        Captions.objects.keep(media=row, file=file, name=name, language=language, by=by)
    except BadMedia as error:
        return str(error)
    except OSError:
        return _(DISK)
    return ""


def removed(captions: Any, *, workspace: Workspace, by: Any) -> Media | None:
    """Takes a caption file away, and gives its video; None when there is no such file here."""
    found = Captions.objects.filter(media__workspace=workspace, pk=captions).first() if is_id(captions) else None
    if found is None:
        return None
    found.remove(by=by)
    return found.media


def languages() -> list[tuple[str, str]]:
    """Codes and names of languages to choose from, in the reader's words; any other code may be typed."""
    codes = [code for code, info in LANG_INFO.items() if "name" in info]
    named = [(code, str(get_language_info(code)["name_translated"])) for code in codes]
    return sorted(named, key=lambda pair: pair[1].casefold())


def names(captions: Iterable[Captions]) -> str:
    """Their languages as a person reads them."""
    return ", ".join(one.language_name for one in captions)
