"""clarion channels."""

from __future__ import annotations

from django.utils import timezone

from clarion.channels.models import Channel
from clarion.web.commands import asked
from clarion.web.commands.asked import OPERATOR, answer, secret
from clarion.web.said import Said


def connect(*, network: str, workspace: str, fields: list[str], json: bool) -> None:
    place = asked.workspace(workspace)
    given = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals:
            raise Said(f"“{field}” is not key=value.")
        given[name] = secret(value)
    now = timezone.now()
    channel = Channel.objects.connect(workspace=place, network=network, fields=given, by=OPERATOR, now=now)
    channel.ask_limits(channel.speak(), now=now)
    answer(
        {"id": str(channel.pk), "network": channel.network, "handle": channel.handle, "url": channel.url},
        json=json, human=f"Connected: {channel.handle} ({channel.label}), id {channel.pk}",
    )  # fmt: skip


def show(*, workspace: str | None, json: bool) -> None:
    now = timezone.now()
    rows = Channel.objects.select_related("credential", "workspace").prefetch_related("budgets")
    if workspace is not None:
        rows = rows.filter(workspace=asked.workspace(workspace))
    for channel in rows:
        health = {**channel.health(now), "workspace": str(channel.workspace_id)}
        answer(health, json=json, human=f"{channel.pk}  {channel.label:<12} {channel.handle:<40} {health['state']}")


def check(*, channel: str, json: bool) -> None:
    row, now = asked.channel(channel), timezone.now()
    failure = row.verify(now=now)
    health = {**row.health(now), "failure": failure.word if failure else None}
    if failure:
        health["because"] = failure.sentence
    answer(health, json=json, human=f"{row.handle}: {failure.sentence if failure else 'works'}")


def disconnect(*, channel: str, json: bool) -> None:
    row, now = asked.channel(channel), timezone.now()
    row.disconnect(by=OPERATOR, now=now)
    answer(row.health(now), json=json, human=f"{row.handle} is disconnected; its secrets are forgotten.")
