"""What blogs publish: an article with a title. Its words as safe HTML or as Markdown, and the addresses of its site.

A text is plain by default: every sign appears as it was typed, whatever the blog would read into it. Who chooses
Markdown gets headings, lists, quotes, emphasis, code and links; on blogs of HTML these and nothing else become tags.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from .base import Media, Option, Refused
from .text import links
from .wording import _, gettext_noop

LONGEST = 100_000
"""So many code points are taken where a blog has no limit of its own: a book is not an article."""
EXCERPT = Option(
    "excerpt", gettext_noop("Excerpt"), "lines", help=gettext_noop("Shown in lists and in search results."), limit=300
)
TAGS = Option("tags", gettext_noop("Tags"), "tags")
COVER = Option(
    "cover", gettext_noop("The first picture is the cover"), "flag",
    help=gettext_noop("It then stands above the article, no longer in it."),
)  # fmt: skip
FORMAT = Option(
    "format", gettext_noop("The text is"), "choice", default="plain",
    choices=(("plain", gettext_noop("as typed")), ("markdown", gettext_noop("Markdown"))),
    help=gettext_noop("Markdown: headings, lists, quotes, emphasis and links become what they mean."),
)  # fmt: skip
CANONICAL = Option(
    "canonical_url", gettext_noop("First published at"), "address",
    help=gettext_noop("The address of the same article on your own site; search engines then prefer it."),
)  # fmt: skip


def title_of_at_most(limit: int | None) -> Option:
    """The option without which no blog takes an article."""
    return Option("title", gettext_noop("Title"), "text", required=True, limit=limit)


def is_on(value: Any) -> bool:
    """Whether a flag of the draft's options is set."""
    return str(value or "").strip().lower() in ("true", "on", "1", "yes")


def is_markdown(options: Mapping[str, Any]) -> bool:
    return options.get("format") == "markdown"


def tags_of(options: Mapping[str, Any], name: str = "tags") -> list[str]:
    """The words of an option of the kind ``tags``, each once."""
    said = options.get(name) or ()
    words = said.split(",") if isinstance(said, str) else [str(word) for word in said]
    return list(dict.fromkeys(word.strip().lstrip("#") for word in words if word.strip().lstrip("#")))


def slug_of(title: str, *, longest: int = 80) -> str:
    """The last part of an address, made from a title; empty where nothing of it can be written in ASCII."""
    plain = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(slug) <= longest:
        return slug
    return slug[:longest].rpartition("-")[0] or slug[:longest]


def file_name(media: Media) -> str:
    """The file's name as it may stand in a header: ASCII, without quotes or paths."""
    stem, _dot, ending = (media.name or media.path.name).rpartition(".")
    kind = media.mime.partition("/")[2].replace("jpeg", "jpg").replace("quicktime", "mov")
    return f"{slug_of(stem) or 'file'}.{slug_of(ending) or kind}"


# --- HTML -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """One piece of an article: ``kind`` is paragraph, heading, list, quote or code."""

    kind: str
    html: str
    level: int = 0
    ordered: bool = False


def blocks(text: str, *, markdown: bool = False) -> Iterator[Block]:
    """The text as blocks of safe HTML: only our own tags, only links to http and https."""
    for piece in re.split(r"\n[ \t]*\n\s*", text.replace("\r\n", "\n").strip("\n")):
        if piece.strip():
            yield from _marked(piece) if markdown else [Block("paragraph", f"<p>{_lines(piece, _typed)}</p>")]


def html_of(text: str, *, markdown: bool = False) -> str:
    return "\n".join(block.html for block in blocks(text, markdown=markdown))


def image(url: str, alt: str) -> str:
    return f'<img src="{html.escape(url)}" alt="{html.escape(alt)}">'


def _lines(text: str, say: Any) -> str:
    return "<br>\n".join(say(line) for line in text.split("\n"))


def _escaped(text: str) -> str:
    # A bracket that stays a bracket: some blogs run what stands between brackets.
    return html.escape(text, quote=False).replace("[", "&#91;").replace("]", "&#93;")


def _typed(text: str) -> str:
    """The text with its links made links, and nothing else."""
    said, last = [], 0
    for start, end in links(text):
        address = html.escape(text[start:end])
        said += [_escaped(text[last:start]), f'<a href="{address}">{_escaped(text[start:end])}</a>']
        last = end
    return "".join([*said, _escaped(text[last:])])


_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`|\*\*(?P<strong>[^*\n]+)\*\*|(?<!\w)\*(?P<em>[^*\s][^*\n]*)\*|(?<!\w)_(?P<low>[^_\n]+)_(?!\w)"
    r"|\[(?P<words>[^\[\]\n]+)\]\((?P<href>https?://[^\s()<>\"]+)\)"
)


def _said(text: str) -> str:
    """One line of Markdown."""
    made, last = [], 0
    for found in _INLINE.finditer(text):
        made.append(_typed(text[last : found.start()]))
        last = found.end()
        if found["code"] is not None:
            made.append(f"<code>{_escaped(found['code'])}</code>")
        elif found["href"] is not None:
            made.append(f'<a href="{html.escape(found["href"])}">{_escaped(found["words"])}</a>')
        elif found["strong"] is not None:
            made.append(f"<strong>{_typed(found['strong'])}</strong>")
        else:
            made.append(f"<em>{_typed(found['em'] or found['low'])}</em>")
    return "".join([*made, _typed(text[last:])])


def _marked(piece: str) -> Iterator[Block]:
    lines = piece.split("\n")
    heading = re.match(r"(#{1,6})\s+(.+)", lines[0])
    if heading:
        level = min(max(len(heading[1]), 2), 4)  # the title is the only heading of the first level
        yield Block("heading", f"<h{level}>{_said(heading[2])}</h{level}>", level)
        if lines[1:]:
            yield from _marked("\n".join(lines[1:]))
    elif all(re.match(r"[-*+]\s+\S", line) for line in lines):
        yield Block("list", _items("ul", [re.sub(r"^[-*+]\s+", "", line) for line in lines]))
    elif all(re.match(r"\d{1,3}[.)]\s+\S", line) for line in lines):
        yield Block("list", _items("ol", [re.sub(r"^\d+[.)]\s+", "", line) for line in lines]), ordered=True)
    elif all(line.startswith(">") for line in lines):
        inner = "\n".join(line[1:].removeprefix(" ") for line in lines)
        yield Block("quote", f"<blockquote><p>{_lines(inner, _said)}</p></blockquote>")
    else:
        yield Block("paragraph", f"<p>{_lines(piece, _said)}</p>")


def _items(tag: str, items: list[str]) -> str:
    return f"<{tag}>{''.join(f'<li>{_said(item)}</li>' for item in items)}</{tag}>"


@dataclass(frozen=True)
class Picture:
    url: str
    alt: str


class _Pictures(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Picture] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            told = {name: value or "" for name, value in attrs}
            self.found.append(Picture(told.get("src", ""), told.get("alt", "")))


def pictures(page: str) -> list[Picture]:
    """The pictures that stand in a piece of HTML."""
    reader = _Pictures()
    reader.feed(page)
    reader.close()
    return reader.found


# --- Markdown ---------------------------------------------------------------------------------------------------------

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~^$!&])")
_START = re.compile(r"^(\d*)([-+=.)])(?=[\s=-]|\Z)")
_UNMARK = re.compile(r"\\([\\`*_{}\[\]<>#|~^$!&.)+=-])| {2,}(?=\n)")
_FRONT = re.compile(r"\A\s*---[ \t]*\n.*?\n---[ \t]*(?:\n|\Z)", re.DOTALL)


def markdown_of(text: str, *, markdown: bool = False) -> str:
    """The text as Markdown. Where it is plain its marks are escaped and its line ends kept; front matter, which would
    rule over the article's fields, never comes along."""
    text = text.replace("\r\n", "\n")
    if markdown:
        while front := _FRONT.match(text):
            text = text[front.end() :]
        return text.strip("\n")
    said, last = [], 0
    for start, end in links(text):
        said += [_MARKS.sub(r"\\\1", text[last:start]), text[start:end]]
        last = end
    whole = "".join([*said, _MARKS.sub(r"\\\1", text[last:])])
    # What would start a list or a rule; then a line end that shall be seen, unless a paragraph ends there.
    lines = [_START.sub(r"\1\\\2", line.strip(" \t")) for line in whole.strip("\n").split("\n")]
    return re.sub(r"(?<=[^\n])\n(?=[^\n])", "  \n", "\n".join(lines))


def typed_of(markdown: str) -> str:
    """The text again from what ``markdown_of`` made of it."""
    return _UNMARK.sub(r"\1", markdown).strip()


# --- sites ------------------------------------------------------------------------------------------------------------


def site_address(typed: str, *, label: str) -> str:
    """``https://blog.example/news`` from what a person typed: without a trailing slash, query or fragment.

    Plain http only where no certificate can be expected (an address by number, ``localhost``, a name of the own net).
    """
    text = typed.strip()
    scheme, found, rest = text.partition("://")
    if not found:
        scheme, rest = "https", text
    try:
        parts = urlsplit(f"{scheme.lower()}://{rest}")
        name, good = parts.hostname or "", parts.port is None or parts.port > 0
    except ValueError:
        name, good = "", False
    if (
        not good
        or "@" in parts.netloc
        or scheme.lower() not in ("http", "https")
        or not re.fullmatch(r"[\w.:-]+", name)
    ):
        sentence = _("Type the address of your %(network)s site, for example https://blog.example.")
        raise Refused(sentence % {"network": label}, code="server")
    own_net = "." not in name or name.endswith((".local", ".test", ".internal", ".localhost", ".lan", ".home.arpa"))
    plain = parts.scheme == "http" and (own_net or bool(re.fullmatch(r"[\d.]+|[0-9a-f:]+", name)))
    return f"{'http' if plain else 'https'}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
