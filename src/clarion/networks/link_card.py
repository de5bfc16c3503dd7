"""What a web page says of itself, for the card under a post: title, description and picture, by Open Graph first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from .http import Http
from .words import Failure

READ = 500_000
"""So many characters of a page are looked at: what we need stands in its head."""

THUMB = 1_000_000
"""Most bytes of a card's picture."""
_PICTURES = ("image/jpeg", "image/png", "image/webp")


def card_for(wish: Mapping[str, Any], *, http: Http, upload: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """``{"card": {uri, title, description, thumb?}}`` for ``wish``: as typed there, else read from the page itself.

    Whatever fails costs the card (an empty answer) or its picture, never the post.
    """
    card = {"uri": wish["url"], "title": wish.get("title") or "", "description": wish.get("description") or ""}
    if card["title"]:
        return {"card": card}
    try:
        answer = http.get(wish["url"], seconds=10, headers={"accept": "text/html"})
    except Failure:
        return {}
    is_page = answer.status == 200 and "html" in answer.headers.get("content-type", "")
    page = read_card(answer.text, url=answer.url) if is_page else None
    if page is None:
        return {}
    card |= {"title": page.title, "description": card["description"] or page.description}
    thumb = _thumb(page.image, http, upload) if page.image else None
    return {"card": {**card, "thumb": thumb} if thumb else card}


def _thumb(url: str, http: Http, upload: Callable[..., dict[str, Any]]) -> dict[str, Any] | None:
    try:
        answer = http.get(url, seconds=10, headers={"accept": ", ".join(_PICTURES)})
        mime = answer.headers.get("content-type", "").split(";")[0].strip().lower()
        if answer.status != 200 or mime not in _PICTURES or len(answer.body) > THUMB:
            return None
        return upload(answer.body, mime=mime)
    except Failure:
        return None


@dataclass(frozen=True)
class Card:
    """``image`` is a whole address or empty."""

    title: str
    description: str = ""
    image: str = ""


def read_card(page: str, *, url: str) -> Card | None:
    """The card of an HTML page that came from ``url``; None when the page has no title."""
    head = _Head()
    head.feed(page[:READ])
    said = head.said
    title = said.get("og:title") or said.get("twitter:title") or head.title
    if not title.strip():
        return None
    description = said.get("og:description") or said.get("description") or ""
    image = said.get("og:image") or said.get("og:image:url") or said.get("twitter:image") or ""
    return Card(_one_line(title, 300), _one_line(description, 1000), _address(url, image.strip()))


def _address(page: str, image: str) -> str:
    try:
        return urljoin(page, image) if image else ""
    except ValueError:  # brackets that hold no address
        return ""


def _one_line(text: str, limit: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class _Head(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self.title = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "title" and not self.title:
            self._in_title = True
        elif tag == "meta":
            given = {name: value or "" for name, value in attrs}
            name = (given.get("property") or given.get("name") or "").lower()
            if name and given.get("content"):
                self.said.setdefault(name, given["content"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
