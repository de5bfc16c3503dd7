"""One push to one device about everything that waits for it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi, ngettext, override
from django.utils.translation import gettext as _

from clarion.channels.models import http_out
from clarion.channels.sealing import CannotOpen
from clarion.networks.http import Http
from clarion.networks.words import Failure, NotNow, Refused
from clarion.notifications import push
from clarion.notifications.models.device import PushKey
from clarion.notifications.models.notification import Notification
from clarion.notifications.models.telling import Telling
from clarion.notifications.waiting import Waiting, shortened
from clarion.organisations.models import Organisation

log = logging.getLogger("clarion.notifications")

LIVES = timedelta(days=1)
"""How long a push service keeps it for a device that is switched off."""
GONE = (404, 410)


class Push:
    """Gathers what waits for the device, sends one message, and marks it. A service that is away is tried again."""

    def __init__(self, telling: Telling, *, clock: Callable[[], datetime], alive: Callable[[], None]) -> None:
        self.waiting = Waiting(telling, clock=clock)
        self.clock, self.alive = clock, alive

    def send(self) -> None:
        told = self.waiting.told()
        if not told:
            return
        device = self.waiting.telling.device
        assert device is not None
        with override(device.language or self.waiting.telling.person.language or settings.LANGUAGE_CODE):
            message = json.dumps(said(told), ensure_ascii=False).encode()
        try:
            self._hand_over(message, urgent=any(one.level == "wrong" for one in told), http=self._http(told))
        except (Refused, CannotOpen) as refused:
            log.warning("push to device %s is given up: %s", device.pk, refused)
            self.waiting.give_up()
        except Failure as failure:
            self.waiting.try_again(failure, at=failure.retry_at if isinstance(failure, NotNow) else None)

    def _http(self, told: list[Notification]) -> Http:
        """The way out of the workspace; nothing of a demo leaves the machine."""
        place = next((one.workspace for one in told if one.workspace is not None), None)
        if place is not None:
            return http_out(place, before=self.alive)
        demo = Organisation.objects.filter(is_demo=True).exists()
        hosts = (*settings.PRIVATE_HOSTS, "127.0.0.1") if demo else settings.PRIVATE_HOSTS
        return Http(private_hosts=hosts, confined=demo, before=self.alive)

    def _hand_over(self, message: bytes, *, urgent: bool, http: Http) -> None:
        device, now = self.waiting.telling.device, self.clock()
        assert device is not None
        to, key = device.subscription, PushKey.objects.ours(now=now)
        signed = push.proof(
            to["endpoint"], private=key.private, public=key.public, contact=settings.BASE_URL, now=now
        )  # fmt: skip
        headers = {
            "Authorization": signed, "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
            "TTL": str(int(LIVES.total_seconds())), "Urgency": "high" if urgent else "normal",
        }  # fmt: skip
        body = push.sealed(message, p256dh=to["p256dh"], auth=to["auth"])
        if connection.vendor != "sqlite" and not connection.in_atomic_block:
            connection.close()  # a slow service must not hold one of the few connections of a pool
        answer = http.post(to["endpoint"], content=body, headers=headers, secrets=(to["endpoint"], to["auth"]))
        if answer.status in GONE:
            device.remove(by=None, because=_("The browser no longer takes notifications."))
            return
        if answer.ok:
            type(device).objects.filter(pk=device.pk).update(reached_at=self.clock())
            self.waiting.sent()
            return
        sentence = _("The push service answered %(status)d.") % {"status": answer.status}
        if answer.status == 429 or answer.status >= 500:
            raise NotNow(sentence, retry_at=answer.retry_at)
        raise Refused(sentence)


def said(told: list[Notification]) -> dict[str, Any]:
    """What the service worker shows: title, body, where a press leads. Never more than a push may hold."""
    language = get_language() or "en"
    if len(told) == 1:
        one = told[0]
        title, body, address = one.title, one.about or one.sentence, one.address
        tag = f"{one.subject_kind}-{one.subject}"
    else:
        title = ngettext("%(count)d thing to look at", "%(count)d things to look at", len(told)) % {"count": len(told)}
        body = "\n".join(one.title for one in told[:3])
        address, tag = "", "several"
    return {
        "title": shortened(title, 120), "body": shortened(body, 240), "address": address or reverse("notifications"),
        "tag": tag, "lang": language, "dir": "rtl" if get_language_bidi() else "ltr",
    }  # fmt: skip
