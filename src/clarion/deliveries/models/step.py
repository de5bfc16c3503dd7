from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from clarion.networks import base as networks
from clarion.organisations.ids import new_id
from clarion.posts.models import Media

from .delivery import Delivery


class Step(models.Model):
    """One thing said to the network. ``maybe_since`` is set with the intent and stays until somebody knows."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="steps")
    round = models.PositiveIntegerField(default=1)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    part = models.PositiveIntegerField(default=0)
    public = models.BooleanField(default=True)
    media = models.ForeignKey(Media, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    payload = models.JSONField(default=dict)
    prepared = models.BooleanField(default=False)
    intended_at = models.DateTimeField(null=True, blank=True)
    maybe_since = models.DateTimeField(null=True, blank=True)
    maybe_slow = models.BooleanField(default=False)
    looks = models.PositiveIntegerField(default=0)
    processing = models.JSONField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    remote_id = models.CharField(max_length=500, blank=True)
    url = models.CharField(max_length=1000, blank=True)
    handle = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint("delivery", "round", "number", name="step_once"),
        ]
        indexes = [models.Index(fields=["remote_id"], condition=~Q(remote_id=""), name="step_remote")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.delivery_id}"

    @property
    def key(self) -> str:
        """The step's own key: unique, and the same for ever."""
        return hashlib.sha256(f"{self.delivery.key}:{self.round}:{self.number}".encode()).hexdigest()[:32]

    @property
    def is_done(self) -> bool:
        return self.done_at is not None

    @property
    def may_have_happened(self) -> bool:
        return self.done_at is None and self.maybe_since is not None

    @property
    def _file(self) -> networks.Media | None:
        if self.media is None:
            return None
        focus = self.payload.get("focus")
        return self.media.shown(self.payload.get("alt", ""), focus=(focus[0], focus[1]) if focus else None)

    def settled(self) -> networks.Settled:
        return networks.Settled(
            kind=self.kind, part=self.part, remote_id=self.remote_id, url=self.url, handle=self.handle,
            payload=self.payload, media=self._file,
        )  # fmt: skip

    def spoken(self, *, earlier: tuple[networks.Settled, ...], taken: frozenset[str] = frozenset()) -> networks.Step:
        """The step as the network takes it."""
        return networks.Step(
            kind=self.kind, number=self.number, part=self.part, public=self.public, payload=self.payload,
            media=self._file, earlier=earlier, since=self.intended_at, taken=taken,
        )  # fmt: skip

    def finish(self, published: networks.Published, *, now: datetime) -> None:
        self.done_at, self.maybe_since, self.maybe_slow, self.processing = now, None, False, None
        self.remote_id, self.url, self.handle = published.remote_id, published.url, dict(published.handle)
        self.save(
            update_fields=["done_at", "maybe_since", "maybe_slow", "looks", "processing", "remote_id", "url", "handle"]
        )

    def settle_by_person(self, *, url: str, now: datetime) -> None:
        remote_id = self.delivery.channel.kind.id_in(url) if url else ""
        self.finish(networks.Published(remote_id=remote_id, url=url), now=now)

    def taken_elsewhere(self) -> frozenset[str]:
        """Remote ids on this channel that belong to other steps: never adopted here."""
        others = (
            Step.objects.filter(delivery__channel_id=self.delivery.channel_id).exclude(remote_id="").exclude(pk=self.pk)
        )
        same_words = Q(delivery__text_sha256=self.delivery.text_sha256)
        if self.intended_at is not None:
            same_words |= Q(done_at__gte=self.intended_at - timedelta(minutes=2))
        return frozenset(others.filter(same_words).values_list("remote_id", flat=True))
