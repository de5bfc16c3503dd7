"""Pictures: what is to be seen, said shortly; and the words of a flyer in the text as well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clarion.networks.wording import _

from .finding import Finding, Picture
from .texts import WORD, each, without

LONGEST = 350
"""Characters of a description that a listener follows; more belongs into the text."""

_OPENS = re.compile(
    r"\s*(?:(?:this is |here is )?(?:an? |the )?(?:image|picture|photo(?:graph)?|pic|graphic|screenshot)"
    r" (?:of|showing|that shows)"
    r"|(?:dieses |ein |das )?(?:bild|foto) (?:von|mit|zeigt)"
    r"|(?:cette |une? |la )?(?:image|photo) (?:de|du|d['’]|montrant)"
    r"|(?:esta |una? |la )?(?:imagen|foto(?:grafía)?) (?:de|del|que muestra)|(?:immagine|foto) (?:di|del|della)"
    r"|(?:afbeelding|foto) van|(?:bilde?|bild|billede|foto) (?:av|på|af))\s+",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"^\s*(?:\S+\.(?:jpe?g|png|gif|webp|heic|avif|tiff?|bmp|mp4|mov|webm)|(?:img|dsc[nf]?|dscf|pxl|image|photo|screenshot"
    r"|bildschirmfoto|whatsapp[ _-]image)[ _-]*\d[\w .:_-]*|[0-9a-f]{16,}|[\d_\-.]+)\s*$",
    re.IGNORECASE,
)
_NOTHING = each(
    "image picture photo pic graphic logo flyer poster banner screenshot bild foto grafik plakat affiche imagen cartel "
    "immagine afbeelding bilde billede video film untitled alt description"
)


def look(text: str, pictures: Sequence[Picture]) -> Iterator[Finding]:
    for one in pictures:
        alt = one.alt.strip()
        if not alt:
            sentence = _("A picture has no description. People who cannot see it, and search, will miss it.")
            yield Finding("alt_missing", sentence, media=one.media)
        else:
            yield from _description(one, one.alt)
    if pictures and len(WORD.findall(without(text))) < 3 and all(len(WORD.findall(one.alt)) < 8 for one in pictures):
        sentence = _(
            "There is hardly any text. If the picture holds words, such as a flyer's, say them in the text too."
        )
        yield Finding("flyer", sentence)


def _description(one: Picture, alt: str) -> Iterator[Finding]:
    bare = alt.strip()
    stem = one.name.rsplit(".", 1)[0].strip().lower()
    if _FILE_NAME.match(bare) or (stem and bare.lower() in (stem, one.name.lower()) and not bare.count(" ")):
        sentence = _("“%(alt)s” is the name of a file, not what is to be seen.") % {"alt": _brief(bare)}
        yield Finding("alt_lazy", sentence, 0, len(alt), media=one.media)
    elif bare.lower().strip(".!") in _NOTHING:
        sentence = _("“%(alt)s” does not say what is to be seen.") % {"alt": _brief(bare)}
        yield Finding("alt_lazy", sentence, 0, len(alt), media=one.media)
    elif (opens := _OPENS.match(alt)) and (rest := alt[opens.end() :]).strip():
        sentence = _("“%(words)s” is said by the screen reader already. Begin with what is to be seen.")
        values = {"words": opens.group().strip()}
        end = opens.end() + 1
        yield Finding("alt_lazy", sentence % values, 0, end, rest[0].upper(), media=one.media)
    if len(bare) > LONGEST:
        sentence = _("The description has %(n)d characters. Keep to two sentences; the rest belongs into the text.")
        yield Finding("alt_lazy", sentence % {"n": len(bare)}, 0, len(alt), media=one.media, calm=True)


def _brief(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
