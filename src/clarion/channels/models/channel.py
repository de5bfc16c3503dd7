from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from clarion.channels.news import reconnected, sign_in_needed
from clarion.networks import base as networks
from clarion.networks.http import Http
from clarion.networks.registry import all as all_networks
from clarion.networks.registry import get as network_class
from clarion.networks.words import Failure, SignInAgain
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.records.models import Event

from .app import App

if TYPE_CHECKING:
    from .credential import Credential

LIMITS_LAST = timedelta(hours=12)


class ChannelQuerySet(models.QuerySet["Channel"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def connected(self) -> Self:
        return self.filter(disconnected_at=None)

    def for_posts(self) -> Self:
        """The connected ones that posts may go to: not the team's own chats."""
        return self.connected().filter(for_us=False)

    def connect(
        self, *, workspace: Workspace, network: str, fields: Mapping[str, str], by: Any, now: datetime
    ) -> Channel:
        """Asks the network who we are, then keeps the channel. Raises one of the four words; nothing is kept then."""
        kind = network_class(network)
        return self.keep(
            workspace=workspace, network=network, by=by, now=now,
            connected=kind.connect(
                fields, http=http_out(workspace), app=App.objects.keys(kind, organisation=workspace.organisation)
            ),
        )  # fmt: skip

    def open_own_ground(self, *, workspace: Workspace, by: Any, now: datetime) -> None:
        """Connects what needs no account: the networks that Clarion itself is."""
        for kind in all_networks():
            if kind.own_ground and not self.filter(workspace=workspace, network=kind.name).exists():
                self.connect(workspace=workspace, network=kind.name, fields={}, by=by, now=now)

    def keep(
        self, *, workspace: Workspace, network: str, connected: networks.Connected, by: Any, now: datetime
    ) -> Channel:
        """Keeps a channel that the network has confirmed; the same account again is a reconnection."""
        account = connected.account
        with transaction.atomic():
            channel = self.filter(
                workspace=workspace, network=network, server=account.server, remote_id=account.remote_id
            ).first() or Channel(
                workspace=workspace, network=network, server=account.server, remote_id=account.remote_id
            )
            again = not channel._state.adding
            channel.handle, channel.name, channel.url = account.handle, account.name, account.url
            channel.settings = dict(account.settings)
            channel.scopes, channel.missing_scopes = list(connected.scopes), list(connected.missing_scopes)
            channel.connected_at, channel.disconnected_at = now, None
            channel.sign_in_needed_at, channel.sign_in_because, channel.checked_at = None, "", now
            channel.save()
            vault = channel.vault
            vault.expires_at = connected.expires_at  # none: that of the sign-in before is no longer true
            vault.keep(connected.secrets)
            Event.objects.write(
                "channel.reconnected" if again else "channel.connected", subject=channel, by=by,
                after={"network": network, "handle": account.handle, "server": account.server},
            )  # fmt: skip

            reconnected.send(Channel, channel=channel, by=by, now=now)
        return channel


class Channel(models.Model):
    """A connected account on a network. Only a real refusal by the network marks it as needing sign-in."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="channels")
    network = models.CharField(max_length=40)
    server = models.CharField(max_length=300, blank=True)
    remote_id = models.CharField(max_length=300, blank=True)
    handle = models.CharField(max_length=300)
    name = models.CharField(max_length=300, blank=True)
    url = models.URLField(max_length=600, blank=True)
    settings = models.JSONField(default=dict)
    scopes = models.JSONField(default=list)
    missing_scopes = models.JSONField(default=list)
    limits = models.JSONField(default=dict)
    limits_at = models.DateTimeField(null=True, blank=True)
    connected_at = models.DateTimeField()
    disconnected_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    sign_in_needed_at = models.DateTimeField(null=True, blank=True)
    sign_in_because = models.CharField(max_length=500, blank=True)
    for_us = models.BooleanField(default=False)
    """It is the team's own chat: told of what happens here, and never offered for posts."""

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["connected_at", "id"]
        constraints = [
            models.UniqueConstraint("workspace", "network", "server", "remote_id", name="channel_once_per_workspace")
        ]

    def __str__(self) -> str:
        return f"{self.handle} ({self.label})"

    # -- its network

    @property
    def kind(self) -> type[networks.Network]:
        return network_class(self.network)

    @property
    def label(self) -> str:
        return self.kind.label

    @property
    def vault(self) -> Credential:
        from .credential import Credential  # noqa: PLC0415  the credential points at the channel

        known: Credential | None = getattr(self, "credential", None)
        return known or Credential.objects.get_or_create(channel=self)[0]

    def account(self) -> networks.Account:
        return networks.Account(
            server=self.server, remote_id=self.remote_id, handle=self.handle, name=self.name, url=self.url,
            settings=self.settings,
        )  # fmt: skip

    def speak(self, http: Http | None = None, *, lend: networks.Lend | None = None) -> networks.Network:
        """The network, ready to speak for this channel; ``lend`` gives files addresses, for networks that fetch."""
        from .notice import BoardGround  # noqa: PLC0415  the notice points at the channel

        kind = self.kind
        return kind(
            self.account(), http=http or http_out(self.workspace), vault=self.vault, limits=self.limits,
            ground=BoardGround(self) if kind.own_ground else None, lend=lend,
            app=App.objects.keys(kind, organisation=self.workspace.organisation, server=self.server),
        )  # fmt: skip

    @property
    def rules(self) -> networks.Rules:
        return self.kind.rules.told(self.limits)

    def problems(self, draft: networks.Draft) -> list[networks.Problem]:
        """Why the draft cannot go out here, without a call: by the limits that the server last told."""
        return self.kind(self.account(), http=NO_HTTP, limits=self.limits).problems(draft)

    def price(self, draft: networks.Draft) -> networks.Price | None:
        """What the network takes for the draft; None: nothing. No call leaves."""
        return self.kind(self.account(), http=NO_HTTP, limits=self.limits).price(draft)

    # -- health

    @property
    def needs_sign_in(self) -> bool:
        return self.sign_in_needed_at is not None

    @property
    def is_connected(self) -> bool:
        return self.disconnected_at is None

    @property
    def state(self) -> str:
        """``connected``, ``sign_in_again`` or ``disconnected``."""
        if not self.is_connected:
            return "disconnected"
        return "sign_in_again" if self.needs_sign_in else "connected"

    def days_left(self, now: datetime) -> int | None:
        """Days until the token dies; None when it does not, or nobody said."""
        credential = getattr(self, "credential", None)
        expires_at = credential.expires_at if credential else None
        return None if expires_at is None else max((expires_at - now).days, 0)

    def health(self, now: datetime) -> dict[str, Any]:
        return {
            "id": str(self.id), "network": self.network, "handle": self.handle, "url": self.url,
            "state": self.state,
            "because": self.sign_in_because, "days_left": self.days_left(now), "missing_scopes": self.missing_scopes,
            "last_success_at": self.last_success_at.isoformat() if self.last_success_at else None,
            "checked_at": self.checked_at.isoformat() if self.checked_at else None,
            "budget": [budget.as_json(now) for budget in self.budgets.all()],
        }  # fmt: skip

    def verify(self, *, now: datetime) -> Failure | None:
        """Asks the network who we are and what it allows. A passing trouble changes nothing; a no asks for sign-in."""
        network = self.speak()
        try:
            account = network.whoami()
        except SignInAgain as failure:
            self.ask_for_sign_in(because=failure.sentence, now=now)
            return failure
        except Failure as failure:
            return failure
        self.handle, self.name = account.handle or self.handle, account.name or self.name
        self.url = account.url or self.url
        self.checked_at = now
        because, self.sign_in_needed_at, self.sign_in_because = self.sign_in_because, None, ""
        with transaction.atomic():
            self.save(update_fields=["handle", "name", "url", "checked_at", "sign_in_needed_at", "sign_in_because"])
            if because:
                # The network takes the old sign-in again: what waited for a new one goes on.
                Event.objects.write("channel.sign_in_works", subject=self, before={"because": because})
                reconnected.send(Channel, channel=self, by=None, now=now)
        return self.ask_limits(network, now=now)

    def ask_limits(self, network: networks.Network, *, now: datetime) -> Failure | None:
        """Asks the server for its limits, where it tells them; the old ones stand when it does not answer."""
        limits = getattr(network, "limits", None)
        if not callable(limits):
            return None
        try:
            self.limits = dict(limits())
        except Failure as failure:
            return failure
        self.limits_at = now
        self.save(update_fields=["limits", "limits_at"])
        return None

    def limits_are_old(self, now: datetime) -> bool:
        return "limits" in self.kind.abilities() and (self.limits_at is None or now - self.limits_at > LIMITS_LAST)

    def ask_for_sign_in(self, *, because: str, now: datetime) -> None:
        with transaction.atomic():
            if (
                type(self)
                .objects.filter(pk=self.pk, sign_in_needed_at=None)
                .update(sign_in_needed_at=now, sign_in_because=because[:500])
            ):
                Event.objects.write("channel.sign_in_needed", subject=self, because=because[:500])
                sign_in_needed.send(Channel, channel=self, because=because[:500], now=now)
        self.sign_in_needed_at, self.sign_in_because = now, because[:500]

    def disconnect(self, *, by: Any, now: datetime | None = None) -> None:
        """Forgets the secrets. What was published stays, what is scheduled waits for a reconnection."""
        with transaction.atomic():
            self.disconnected_at = now or timezone.now()
            self.save(update_fields=["disconnected_at"])
            self.vault.keep({})
            Event.objects.write("channel.disconnected", subject=self, by=by, before={"handle": self.handle})


def http_out(workspace: Workspace, **options: Any) -> Http:
    """The way out of a workspace, with this installation's rule about private addresses. A demo has no way out."""
    demo = workspace.organisation.is_demo
    hosts = (*settings.PRIVATE_HOSTS, "127.0.0.1") if demo else settings.PRIVATE_HOSTS
    return Http(private_hosts=hosts, confined=demo, **options)


NO_HTTP = Http()
"""For questions that need no call."""
