"""The policy, asked by a page: for a role, for a role on a channel, and for a deputy; and what loading it takes."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.house import House
from bench.report import Figure, Report, percentile
from clarion.channels.models import Channel, ChannelRole
from clarion.organisations.models import Absence, CustomRole, Member, Team, User
from clarion.organisations.policy import Role
from clarion.web.place import member_in


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--channels", type=int, default=50)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--times", type=int, default=20_000)


def run(given: argparse.Namespace, before: Mapping[str, Any]) -> Report:
    with House() as house:
        channels, users = _filled(house, given)
        load, asked, on_channel, deputy = [], [], [], []
        for user in users[:200]:
            load.append(_took(lambda user=user: member_in(house.workspace.pk, user.pk), 1) * 1000)  # type: ignore[misc]
        plain, other = (member_in(house.workspace.pk, users[number].pk) for number in (0, 1))
        assert plain is not None and other is not None
        for member in (plain, other):
            member.may("publish", on=channels[0])  # loaded
        for number in range(200):
            channel = channels[number % len(channels)]
            few = max(given.times // 200, 1)
            asked.append(_took(lambda: plain.may("publish"), few))
            on_channel.append(_took(lambda channel=channel: plain.may("publish", on=channel), few))  # type: ignore[misc]
            deputy.append(_took(lambda channel=channel: other.may("publish", on=channel), few))  # type: ignore[misc]
        figures = [
            Figure("a check in the workspace p50", (percentile(asked, 0.5) or 0) * 1e6, "µs", must=50),
            Figure("a check on a channel p50", (percentile(on_channel, 0.5) or 0) * 1e6, "µs", must=50),
            Figure("a deputy's check on a channel p50", (percentile(deputy, 0.5) or 0) * 1e6, "µs", must=50),
            Figure("a deputy's check on a channel p95", (percentile(deputy, 0.95) or 0) * 1e6, "µs"),
            Figure("loading a member with all that is asked p50", percentile(load, 0.5) or 0, "ms"),
        ]
        return Report(
            "policy", "the policy, asked",
            {
                "channels": given.channels, "people": given.people, "times": given.times, "database": house.database,
            },
            figures,
            notes=["A check is after the load: of a custom role with other roles on half of the channels."],
            conditions=before,
        )  # fmt: skip


def _took(act: Callable[[], Any], times: int) -> float:
    """Seconds of one, of so many in a row."""
    clock = time.perf_counter()
    for _ in range(times):
        act()
    return (time.perf_counter() - clock) / times


def _filled(house: House, given: argparse.Namespace) -> tuple[list[Channel], list[User]]:
    """A workspace full of people; the first two have a custom role and other roles on half of the channels, and the
    second stands in for the first."""
    place, now = house.workspace, datetime.now(UTC)
    channels = [
        Channel.objects.create(
            workspace=place, network="manual", remote_id=str(n), handle=f"Channel {n}", connected_at=now
        )
        for n in range(given.channels)
    ]  # fmt: skip
    custom = CustomRole.objects.put_together(
        organisation=place.organisation, name="Own", permissions=["asked", "read", "write"], by=house.user
    )
    team = Team.objects.gather(organisation=place.organisation, name="Team", by=house.user)
    users = [User.objects.create_user(f"p{n}@halden.example", name=f"Person {n}") for n in range(given.people)]
    for user in users:
        Member.objects.join(workspace=place, user=user, role=Role.CUSTOM, custom=custom, by=house.user)
    team.take_in(users[:2], by=house.user)
    first, second = (place.members.get(user=user) for user in users[:2])
    for channel in channels[::2]:
        ChannelRole.objects.give(channel=channel, member=first, role=Role.EDITOR, by=house.user)
        ChannelRole.objects.give(channel=channel, team=team, role=Role.VIEWER, by=house.user)
    Absence.objects.announce(
        member=first, deputy=second, begins_at=now - timedelta(days=1), ends_at=now + timedelta(days=1), by=house.user
    )
    return channels, users
