"""What feeds say: RSS and Atom, JSON Feed, and alerts of the Common Alerting Protocol, as plain items.

Sources: https://www.jsonfeed.org/version/1.1/ · https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2.html
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from django.utils.translation import gettext as _

from clarion.organisations.dates import written

VARIABLES = ("title", "link", "summary", "sender", "event", "severity", "urgency", "area", "expires")
CAP = "urn:oasis:names:tc:emergency:cap:1."
CAP_TYPE = "application/cap+xml"
SUMMARY = 600
"""Characters of a summary; longer ones end at a word."""
MOST_ITEMS = 300


class BadFeed(ValueError):
    """An answer that is no feed; the sentence says so."""


@dataclass(frozen=True)
class Item:
    """``guid`` is what the feed calls it. ``at`` is when it was published, None when nobody says.

    Of alerts: ``status`` (Actual, Test …), ``kind`` (Alert, Update, Cancel), ``references`` are identifiers of earlier
    ones, and ``alert`` is the address of the whole alert where the feed is only an index.
    """

    guid: str
    title: str = ""
    link: str = ""
    summary: str = ""
    picture: str = ""
    at: datetime | None = None
    sender: str = ""
    event: str = ""
    severity: str = ""
    urgency: str = ""
    area: str = ""
    expires: datetime | None = None
    status: str = ""
    kind: str = ""
    references: tuple[str, ...] = ()
    alert: str = ""
    identifier: str = ""
    is_alert: bool = False

    def written(self, template: str, *, zone: Any) -> str:
        """The template with its variables filled in; lines that stay empty are closed up."""
        said = {name: getattr(self, name) for name in VARIABLES if name != "expires"}
        until = self.expires.astimezone(zone) if self.expires else None
        said["expires"] = written(until, "j F Y, H:i") if until else ""
        text = re.sub(r"\{(\w+)\}", lambda found: said.get(found[1], found[0]), template)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip()


@dataclass(frozen=True)
class Told:
    kind: str
    title: str
    items: tuple[Item, ...]


def read(body: bytes, *, url: str, headers: Mapping[str, str] | None = None) -> Told:
    """Reads a feed by what it is. ``url`` is its own address, against which links are resolved. Raises ``BadFeed``."""
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:400]
    if start[:1] == b"{":
        return _json_feed(body, url=url)
    if CAP.encode() in body[:4000] and re.search(rb"<(\w+:)?alert[\s>]", start):
        item = alert(body)
        return Told("CAP", item.sender, (item,))
    return _rss(body, url=url, headers=headers or {})


def plain(text: Any) -> str:
    """The words of HTML: without marks, links and scripts, with its paragraphs."""
    import nh3  # noqa: PLC0415  loaded only where something is read

    said = re.sub(r"(?i)<(br|/p|/div|/li|/h\d)[^>]*>", "\n", str(text or ""))
    bare = html.unescape(nh3.clean(said, tags=set(), clean_content_tags={"script", "style"}))
    lines = [" ".join(line.split()) for line in bare.replace("\x00", "").splitlines()]
    return "\n\n".join(line for line in lines if line)


def shortened(text: str) -> str:
    if len(text) <= SUMMARY:
        return text
    return text[:SUMMARY].rsplit(" ", 1)[0].rstrip(",;:–- ") + " …"


# --- RSS and Atom -----------------------------------------------------------------------------------------------------


def _rss(body: bytes, *, url: str, headers: Mapping[str, str]) -> Told:
    import feedparser  # noqa: PLC0415  60 ms, and only where a feed is read

    kind = headers.get("content-type", "application/xml")
    found = feedparser.parse(body, response_headers={"content-type": kind, "content-location": url})
    if not found.version and not found.entries:
        raise BadFeed(_("What is at this address is no feed. Look for its RSS, Atom or JSON address."))
    items = tuple(_entry(one, url=url) for one in found.entries[:MOST_ITEMS])
    name = "Atom" if found.version.startswith("atom") else "RSS"
    is_index = any(item.alert or item.is_alert for item in items)
    return Told(f"{name}, CAP" if is_index else name, plain(found.feed.get("title")), items)


def _entry(entry: Any, *, url: str) -> Item:
    links = entry.get("links", [])
    link = _address(entry.get("link", ""), url)
    content = next((one.get("value") for one in entry.get("content", [])), "")
    summary = plain(entry.get("summary") or content)
    at = entry.get("published_parsed") or entry.get("updated_parsed")
    pictures = [
        *(one for one in entry.get("media_content", [])
          if str(one.get("medium", one.get("type", ""))).startswith("image")),
        *entry.get("media_thumbnail", []),
        *({"url": one.get("href")} for one in links if one.get("rel") == "enclosure"
          and str(one.get("type", "")).startswith("image/")),
    ]  # fmt: skip
    cap = {name: plain(entry.get(f"cap_{name.lower()}")) for name in (
        "event", "severity", "urgency", "areaDesc", "status", "msgType", "expires",
    )}  # fmt: skip
    whole = next((one.get("href") for one in links if one.get("type") == CAP_TYPE), "")
    return Item(
        guid=str(entry.get("id") or link or entry.get("title", "")), link=link,
        title=plain(entry.get("title")).replace("\n\n", " "),
        summary=shortened(summary), sender=plain(entry.get("author")),
        picture=_address(str(pictures[0].get("url") or ""), url) if pictures else "",
        at=datetime(*at[:6], tzinfo=UTC) if at else None, alert=_address(str(whole or ""), url),
        event=cap["event"], severity=cap["severity"], urgency=cap["urgency"], area=cap["areaDesc"],
        status=cap["status"], kind=cap["msgType"], expires=_instant(cap["expires"]),
        is_alert=bool(cap["event"] or whole),
    )  # fmt: skip


def _address(text: str, base: str) -> str:
    try:
        found = urljoin(base, text.strip())
    except ValueError:
        return ""
    return found[:2000] if text and found.startswith(("http://", "https://")) else ""


# --- JSON Feed --------------------------------------------------------------------------------------------------------


def _json_feed(body: bytes, *, url: str) -> Told:
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not str(data.get("version", "")).startswith("https://jsonfeed.org/version/"):
        raise BadFeed(_("What is at this address is no feed. Look for its RSS, Atom or JSON address."))
    rows = data.get("items")
    items = tuple(_json_item(one, url=url) for one in (rows if isinstance(rows, list) else [])[:MOST_ITEMS]
                  if isinstance(one, dict))  # fmt: skip
    return Told("JSON Feed", plain(data.get("title")), items)


def _json_item(row: Mapping[str, Any], *, url: str) -> Item:
    link = _address(str(row.get("url") or row.get("external_url") or ""), url)
    authors = row.get("authors") or [row.get("author")]
    people = [one for one in authors if isinstance(one, dict)] if isinstance(authors, list) else []
    sender = next((one.get("name") for one in people), "")
    said = row.get("summary") or row.get("content_text")
    return Item(
        guid=str(row.get("id") or link), title=plain(row.get("title")).replace("\n\n", " "), link=link,
        summary=shortened(plain(html.escape(str(said))) if said else plain(row.get("content_html"))),
        picture=_address(str(row.get("image") or row.get("banner_image") or ""), url), sender=plain(sender),
        at=_instant(str(row.get("date_published") or row.get("date_modified") or "")),
    )  # fmt: skip


# --- alerts -----------------------------------------------------------------------------------------------------------


def alert(body: bytes) -> Item:
    """One alert of CAP 1.1 or 1.2; of several languages the first. Raises ``BadFeed``."""
    from defusedxml import ElementTree  # noqa: PLC0415
    from defusedxml.common import DefusedXmlException  # noqa: PLC0415

    sentence = _("The alert at this address cannot be read.")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise BadFeed(sentence) from error
    space = root.tag[: root.tag.index("}") + 1] if root.tag.startswith("{" + CAP) else None
    if space is None or root.tag != f"{space}alert":
        raise BadFeed(sentence)
    info = root.find(f"{space}info")

    def said(name: str, of: Any) -> str:
        return plain(html.escape(of.findtext(f"{space}{name}") or "")) if of is not None else ""

    areas = [said("areaDesc", area) for area in (info.findall(f"{space}area") if info is not None else [])]
    references = [one.split(",")[1] for one in said("references", root).split() if one.count(",") >= 2]
    identifier = said("identifier", root)
    event = said("event", info)
    return Item(
        guid=identifier, identifier=identifier, title=said("headline", info) or event,
        link=_address(said("web", info), ""),
        summary=shortened(said("description", info)), at=_instant(said("sent", root)),
        sender=said("senderName", info) or said("sender", root), event=event, severity=said("severity", info),
        urgency=said("urgency", info), area=", ".join(area for area in areas if area),
        expires=_instant(said("expires", info)), status=said("status", root), kind=said("msgType", root),
        references=tuple(references), is_alert=True,
    )  # fmt: skip


def with_alert(item: Item, whole: Item) -> Item:
    """An entry of an index, with what the alert itself says. The index's own name for it stays."""
    return replace(whole, guid=item.guid, link=whole.link or item.link, at=whole.at or item.at)


def _instant(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
