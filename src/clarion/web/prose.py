"""The part of Markdown that our own documents use, as HTML: headings, paragraphs, lists, tables, code, links, emphasis.

Everything is escaped; only what is known becomes a tag. Links within the project are asked of ``Where``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

Where = Callable[[str], str]
"""The address of a link such as ``other.md``; empty where no page has it: then only its words stay."""

_INLINE = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>.+?)\*\*|(?<!\w)\*(?P<em>[^*\s](?:[^*]*[^*\s])?)\*(?!\w)"
    r"|\[(?P<words>[^\]]+)\]\((?P<href>[^)\s]+)\)|<(?P<bare>https?://[^>\s]+)>"
)
_ITEM = re.compile(r"(?P<mark>[-*]|\d+\.)(?P<gap> +)")
_FENCE = "```"


def html_of(markdown: str, where: Where) -> SafeString:
    return mark_safe("\n".join(_blocks(markdown.split("\n"), where)))  # noqa: S308  escaped below, tag by tag


def words_of(markdown: str) -> str:
    """One line without its marks, for titles."""
    return re.sub(r"[*`]", "", markdown).strip()


def _blocks(lines: list[str], where: Where) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if not line.strip():
            at += 1
            continue
        reads = next(read for begins, read in _KINDS if begins(line))
        taken, html = reads(lines[at:], where)
        at += taken
        yield html


def _code(lines: list[str], where: Where) -> tuple[int, str]:
    end = next((n for n, line in enumerate(lines[1:], 1) if line.startswith(_FENCE)), len(lines))
    return end + 1, f'<pre tabindex="0"><code>{escape("\n".join(lines[1:end]))}</code></pre>'


def _heading(lines: list[str], where: Where) -> tuple[int, str]:
    level = min(len(lines[0]) - len(lines[0].lstrip("#")), 4)
    return 1, f"<h{level}>{_said(lines[0].lstrip('# '), where)}</h{level}>"


def _table(lines: list[str], where: Where) -> tuple[int, str]:
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]])
    head, body = rows[0], rows[2:]
    cells = "".join(f'<th scope="col">{_said(cell, where)}</th>' if cell else "<td></td>" for cell in head)
    lines_of = "".join(
        f'<tr><th scope="row">{_said(first, where)}</th>'
        + "".join(f"<td>{_said(cell, where)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in body
    )
    top = f"<thead><tr>{cells}</tr></thead>" if any(head) else ""
    return len(rows), f"<table>{top}<tbody>{lines_of}</tbody></table>"


def _list(lines: list[str], where: Where) -> tuple[int, str]:
    """Items with everything that is indented below them: more lines, other lists, code."""
    tag = "ol" if lines[0][0].isdigit() else "ul"
    items, at = [], 0
    while at < len(lines) and (found := _ITEM.match(lines[at])) and (found["mark"][0].isdigit() == (tag == "ol")):
        width = found.end()
        inside = [lines[at][width:]]
        at += 1
        while at < len(lines) and (lines[at].startswith(" " * width) or not lines[at].strip()):
            inside.append(lines[at][width:])
            at += 1
        first, *rest = _blocks(inside, where)
        # An item's own words stand in it bare, as browsers space them best.
        items.append("<li>" + "\n".join([re.sub(r"^<p>(.*)</p>$", r"\1", first, flags=re.DOTALL), *rest]) + "</li>")
    return at, f"<{tag}>{''.join(items)}</{tag}>"


def _paragraph(lines: list[str], where: Where) -> tuple[int, str]:
    taken = [lines[0]]
    for line in lines[1:]:
        if not line.strip() or any(begins(line) for begins, _read in _KINDS[:-1]):
            break
        taken.append(line)
    return len(taken), f"<p>{_said(' '.join(line.strip() for line in taken), where)}</p>"


_Read = Callable[[list[str], Where], tuple[int, str]]
_KINDS: tuple[tuple[Callable[[str], bool], _Read], ...] = (
    (lambda line: line.startswith(_FENCE), _code),
    (lambda line: bool(re.match(r"#{1,6} ", line)), _heading),
    (lambda line: line.startswith("|"), _table),
    (lambda line: bool(_ITEM.match(line)), _list),
    (lambda line: True, _paragraph),
)


def _said(text: str, where: Where) -> str:
    """One stretch of words with its marks."""
    made, last = [], 0
    for found in _INLINE.finditer(text):
        made.append(escape(text[last : found.start()]))
        last = found.end()
        if found["code"] is not None:
            made.append(f"<code>{escape(found['code'])}</code>")
        elif found["strong"] is not None:
            made.append(f"<strong>{_said(found['strong'], where)}</strong>")
        elif found["em"] is not None:
            made.append(f"<em>{_said(found['em'], where)}</em>")
        else:
            made.append(_link(found["href"] or found["bare"], found["words"] or found["bare"], where))
    return "".join([*made, escape(text[last:])])


def _link(href: str, words: str, where: Where) -> str:
    if href.startswith(("https://", "http://")):
        return f'<a href="{escape(href)}" target="_blank" rel="noopener noreferrer">{_said(words, where)}</a>'
    address = where(href)
    return f'<a href="{escape(address)}">{_said(words, where)}</a>' if address else _said(words, where)
