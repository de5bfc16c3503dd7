"""What the desk's tests share: a browser without scripts, and channels that need no server."""

from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from clarion.channels.models import Channel


class _Inputs(HTMLParser):
    """Collects a form as a browser would send it."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self._form, self._in, self._skip = form_id, False, 0
        self.fields: dict[str, list[str]] = {}
        self._area: tuple[str, list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        at = dict(attrs)
        if tag == "form":
            self._in = at.get("id") == self._form
        if not self._in or "disabled" in at:
            return
        if tag == "input" and at.get("name") and at.get("type") != "file":
            if at.get("type") not in ("checkbox", "radio") or "checked" in at:
                self._add(at["name"], at.get("value", ""))
        elif tag == "textarea" and at.get("name"):
            self._area = (at["name"], [])
        elif tag == "select" and at.get("name"):
            self._select = (at["name"], [])
        elif tag == "option" and self._select:
            self._select[1].append((at.get("value", ""), "selected" in at))

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in = False
        if tag == "textarea" and self._area:
            self._add(self._area[0], "".join(self._area[1]).removeprefix("\n"))
            self._area = None
        if tag == "select" and self._select:
            chosen = [value for value, on in self._select[1] if on] or [value for value, _on in self._select[1][:1]]
            for value in chosen:
                self._add(self._select[0], value)
            self._select = None

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def form(response: Any, form_id: str = "composer") -> dict[str, list[str]]:
    """The fields of the page's form, as they stand."""
    reader = _Inputs(form_id)
    reader.feed(response.content.decode())
    return reader.fields


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text_of(response: Any) -> str:
    return response.content.decode()


def a_channel(
    workspace: Any, now: Any, *, network: str = "mastodon", handle: str = "@halden", **fields: Any
) -> Channel:
    """A connected channel of a network that nobody calls here."""
    return Channel.objects.create(
        workspace=workspace, network=network, handle=handle, name="City of Halden", server="https://social.example",
        remote_id=handle, connected_at=now, **fields,
    )  # fmt: skip


def composed(client: Client, address: str, **changes: Any) -> dict[str, list[str]]:
    """The form of the page with some fields typed over."""
    fields = form(client.get(address))
    return {**fields, **{name: value if isinstance(value, list) else [value] for name, value in changes.items()}}


def tomorrow(now: Any) -> str:
    return f"{now + timedelta(days=1):%Y-%m-%d}"
