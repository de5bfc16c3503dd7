"""What commands share: finding things by id or exact name, reading secrets, and answering."""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.organisations.ids import as_id
from clarion.organisations.models import Organisation, Workspace
from clarion.web.said import Said

OPERATOR = "command line"
"""Who acted, in the record, when somebody with access to the machine did."""


def answer(data: Mapping[str, Any], *, json: bool, human: str = "") -> None:
    """One JSON object on a line, or a line for people."""
    sys.stdout.write((jsonlib.dumps(data, ensure_ascii=False, default=str) if json else human or _plain(data)) + "\n")


def _plain(data: Mapping[str, Any]) -> str:
    return "  ".join(f"{key}={value}" for key, value in data.items() if value not in (None, "", [], {}))


def warn(sentence: str) -> None:
    sys.stderr.write(f"warning: {sentence}\n")


def secret(value: str) -> str:
    """``@FILE``, ``$VARIABLE``, ``-`` (standard input) or the value itself."""
    if value == "-":
        return sys.stdin.readline().rstrip("\n") if sys.stdin.isatty() else sys.stdin.read().strip()
    if value.startswith("@") and len(value) > 1:
        path = Path(value[1:])
        if not path.is_file():
            raise Said(f"{value[1:]} is not a file that can be read.")
        return path.read_text().strip()
    if value.startswith("$") and len(value) > 1:
        found = os.environ.get(value[1:])
        if found is None:
            raise Said(f"The environment has no variable {value[1:]}.")
        return found
    return value


def _one(found: list[Any], *, noun: str, asked: str, known: list[str]) -> Any:
    if len(found) == 1:
        return found[0]
    if found:
        raise Said(f"More than one {noun} is called “{asked}”. Use its id: {', '.join(str(f.pk) for f in found)}.")
    listed = f" There are: {', '.join(known[:20])}." if known else f" There is no {noun} yet."
    raise Said(f"There is no {noun} “{asked}”.{listed}")


def organisation(asked: str) -> Organisation:
    pk = as_id(asked)
    rows = Organisation.objects.all()
    return _one(
        list(rows.filter(pk=pk) if pk else rows.filter(name=asked)), noun="organisation", asked=asked,
        known=list(rows.values_list("name", flat=True)[:20]),
    )  # fmt: skip


def workspace(asked: str) -> Workspace:
    pk = as_id(asked)
    rows = Workspace.objects.select_related("organisation")
    return _one(
        list(rows.filter(pk=pk) if pk else rows.filter(name=asked)), noun="workspace", asked=asked,
        known=list(rows.values_list("name", flat=True)[:20]),
    )  # fmt: skip


def channel(asked: str, *, place: Workspace | None = None) -> Channel:
    """By id, by exact handle, by exact display name, or by the network's name when there is only one of it."""
    rows = Channel.objects.for_posts().select_related("workspace")
    if place is not None:
        rows = rows.filter(workspace=place)
    pk = as_id(asked)
    if pk:
        found = list(rows.filter(pk=pk))
    else:
        found = list(rows.filter(handle=asked)) or list(rows.filter(name=asked)) or list(rows.filter(network=asked))
    return _one(found, noun="channel", asked=asked, known=[f"{c.handle} ({c.network})" for c in rows[:20]])


def delivery(asked: str) -> Delivery:
    pk = as_id(asked)
    found = list(Delivery.objects.select_related("post", "channel", "workspace").filter(pk=pk)) if pk else []
    if not found:
        raise Said(f"There is no delivery “{asked}”. clarion deliveries --workspace NAME lists them.")
    return found[0]
