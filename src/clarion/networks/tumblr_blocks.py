"""Posts of Tumblr as blocks (Neue Post Format): made from a draft, and read back. https://www.tumblr.com/docs/npf

Places within a text count code points.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .api import mappings, text, within
from .canonical import same_form
from .draft import Media
from .text import links

LINKS, MENTIONS = 100, 50
"""So many of a post are formatted; those behind them stay plain words."""
_APART = re.compile(r"\n[^\S\n]*\n\s*")
_MENTION = re.compile(r"(?<![\w/@.&=?#-])@([a-z0-9][a-z0-9-]{0,31})(?![\w@.-]*@|[\w-])", re.IGNORECASE)
_KEPT = {
    "text": ("type", "subtype", "indent_level", "text", "formatting"),
    "image": ("type", "media", "alt_text", "caption", "attribution"),
    "video": ("type", "media", "provider", "url", "poster", "embed_html", "embed_url", "embed_iframe", "metadata",
              "attribution"),
    "link": ("type", "url", "title", "description", "author", "site_name", "poster"),
}  # fmt: skip
_KEPT_OF_MEDIA = ("url", "type", "width", "height")


def paragraphs(words: str) -> list[str]:
    """A text block is a paragraph: an empty line is between two; a single line end stays within one."""
    return [one for one in _APART.split(words.strip()) if one.strip()]


def names_in(words: str) -> list[str]:
    """The blogs that are mentioned, each once, in lower case."""
    return list(dict.fromkeys(name.lower() for name in _MENTION.findall(words)))[:MENTIONS]


def text_blocks(words: str, *, uuids: Mapping[str, str], title: str = "") -> list[dict[str, Any]]:
    """``uuids``: blog name -> its id, for those that are there."""
    blocks: list[dict[str, Any]] = [{"type": "text", "subtype": "heading1", "text": title}] if title else []
    left = {"link": LINKS, "mention": MENTIONS}
    for paragraph in paragraphs(words):
        block: dict[str, Any] = {"type": "text", "text": paragraph}
        if found := list(_formatting(paragraph, uuids, left)):
            block["formatting"] = found
        blocks.append(block)
    return blocks


def _formatting(words: str, uuids: Mapping[str, str], left: dict[str, int]) -> Iterable[dict[str, Any]]:
    found: list[tuple[int, int, str, dict[str, Any]]] = [
        (start, end, "link", {"url": words[start:end]}) for start, end in links(words)
    ]
    for mention in _MENTION.finditer(words):
        if uuid := uuids.get(mention[1].lower()):
            found.append((mention.start(), mention.end(), "mention", {"blog": {"uuid": uuid}}))
    for start, end, kind, more in sorted(found, key=lambda one: one[:2]):
        if left[kind] > 0:
            left[kind] -= 1
            yield {"start": start, "end": end, "type": kind, **more}


def file_block(media: Media, *, identifier: str) -> dict[str, Any]:
    """A file that comes with the same request, under ``identifier``."""
    sides = {"width": media.width, "height": media.height} if media.width and media.height else {}
    file = {"type": media.mime, "identifier": identifier, **sides}
    if media.is_video:
        return {"type": "video", "media": file}
    return {"type": "image", "media": [file], **({"alt_text": media.alt} if media.alt else {})}


def again(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block that Tumblr showed as Tumblr takes it back: what is only shown is left out."""
    kept = _KEPT.get(text(block, "type"))
    told = {name: block[name] for name in kept if block.get(name)} if kept else dict(block)
    for name in ("media", "poster"):
        files = told.get(name)
        if isinstance(files, Mapping):
            told[name] = _file(files)
        elif isinstance(files, list):
            told[name] = [_file(file) for file in mappings(files)]
    return told


def _file(file: Mapping[str, Any]) -> dict[str, Any]:
    return {name: file[name] for name in _KEPT_OF_MEDIA if name in file}


def is_there(block: Mapping[str, Any]) -> bool:
    """Whether the file of a block has an address: a video that is still worked on has none."""
    if block.get("type") == "image":
        return bool(text(block, "media", 0, "url"))
    return bool(text(block, "media", "url") or text(block, "url")) if block.get("type") == "video" else True


def words_of(content: Any) -> str:
    """What a post says, without its heading."""
    said = [one for one in mappings(content) if one.get("type") == "text" and one.get("subtype") != "heading1"]
    return "\n\n".join(text(one, "text") for one in said)


def alts_of(content: Any) -> tuple[str, ...]:
    return tuple(text(one, "alt_text") for one in mappings(content) if one.get("type") == "image")


def files_of(content: Any) -> Sequence[str]:
    """What kinds of files a post has, in order."""
    return [text(one, "type") for one in mappings(content) if one.get("type") in ("image", "video", "audio")]


def says_the_same(theirs: Any, ours: Any) -> bool:
    return files_of(theirs) == files_of(ours) and same_form(words_of(theirs)) == same_form(words_of(ours))


def weight(content: Sequence[Mapping[str, Any]]) -> int:
    """Bytes of a post without its files, as Tumblr stores it (M: by its documentation's own reckoning)."""
    return len(json.dumps(list(content), ensure_ascii=False, separators=(",", ":")).encode())


def said_in(note: Mapping[str, Any]) -> str:
    """The words of a note: a reply's, or those that a reblog adds."""
    return text(note, "reply_text") or text(note, "added_text") or words_of(within(note, "content"))
