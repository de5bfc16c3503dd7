"""Blocks as the editor of WordPress keeps them: of words, and of files. https://developer.wordpress.org/block-editor/"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from typing import Any

from .articles import Block, image


def wrapped(block: Block) -> str:
    """A block as the site's editor keeps it."""
    told = {"heading": f' {{"level":{block.level}}}', "list": ' {"ordered":true}' if block.ordered else ""}
    return f"<!-- wp:{block.kind}{told.get(block.kind, '')} -->\n{block.html}\n<!-- /wp:{block.kind} -->"


def attached(file: Mapping[str, Any]) -> str:
    """The block of a file, by what the step that sent it has kept: its ``kind``, number and address."""
    id, url = file["media_id"], str(file["url"])
    if file["kind"] == "video":
        tracks = file.get("tracks") or []
        shown = "".join(
            f'<track src="{html.escape(one["src"])}" label="{html.escape(one["label"])}" '
            f'srclang="{html.escape(one["srcLang"])}" kind="{one["kind"]}"/>'
            for one in tracks
        )
        inner = f'<figure class="wp-block-video"><video controls src="{html.escape(url)}">{shown}</video></figure>'
        told = {"id": id, **({"tracks": tracks} if tracks else {})}
        return f"<!-- wp:video {_told(told)} -->\n{inner}\n<!-- /wp:video -->"
    if file["kind"] == "file":
        shown = html.escape(str(file["alt"] or file["name"]), quote=False)
        inner = f'<div class="wp-block-file"><a href="{html.escape(url)}">{shown}</a></div>'
        attributes = {"id": id, "href": url, "showDownloadButton": False}
        return f"<!-- wp:file {_told(attributes)} -->\n{inner}\n<!-- /wp:file -->"
    inner = f'<figure class="wp-block-image">{image(url, str(file["alt"]))}</figure>'
    return f'<!-- wp:image {{"id":{id}}} -->\n{inner}\n<!-- /wp:image -->'


def _told(attributes: Mapping[str, Any]) -> str:
    """A block's attributes as the editor writes them: nothing in them may end the comment that they stand in."""
    said = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    for mark in ("--", "<", ">", "&"):
        said = said.replace(mark, "".join(f"\\u{ord(one):04x}" for one in mark))
    return said
