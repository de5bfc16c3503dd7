"""One letter to a guest: what waits for her yes, and the link by which she comes. Nobody else sees this link."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import ngettext

from clarion.approvals.models import GuestLink
from clarion.work.backoff import backoff

log = logging.getLogger("clarion.approvals")
SHOWN = 10


class Letter:
    """Makes the secret of the link, sends it, and marks the link. A dead mail server is tried again, with a new one."""

    def __init__(self, link: GuestLink, *, clock: Callable[[], datetime]) -> None:
        self.link = link
        self.clock = clock

    def send(self) -> None:
        now, guest = self.clock(), self.link.guest
        waiting = list(guest.requests()[:50])
        mine = GuestLink.objects.filter(pk=self.link.pk, fence=self.link.fence)
        if not waiting or self.link.ended_at is not None:  # it was answered or changed meanwhile
            mine.update(wake_at=None, lease_owner="", lease_until=None, ended_at=self.link.ended_at or now)
            return
        facts = {
            "guest": guest, "house": guest.workspace.organisation.name, "count": len(waiting),
            "texts": [one.post.summary for one in waiting[:SHOWN]], "until": self.link.expires_at,
            "address": settings.BASE_URL + reverse("guest", args=[self.link.new_token()]),
        }  # fmt: skip
        subject = ngettext(
            "%(house)s asks for your yes to %(n)d post", "%(house)s asks for your yes to %(n)d posts", len(waiting)
        ) % {"house": facts["house"], "n": len(waiting)}  # fmt: skip
        letter = EmailMultiAlternatives(
            " ".join(subject.split()), render_to_string("approvals/letter.txt", facts).strip() + "\n",
            settings.DEFAULT_FROM_EMAIL, [guest.email], headers={"Auto-Submitted": "auto-generated"},
        )  # fmt: skip
        letter.attach_alternative(render_to_string("approvals/letter.html", facts), "text/html")
        try:
            letter.send()
        except OSError as error:
            log.warning("e-mail to guest %s failed: %s", guest.pk, error)
            tries = self.link.tries + 1
            mine.update(
                tries=tries,
                wake_at=now + backoff(tries, first=5, most=600),
                lease_owner="",
                lease_until=None,
                sha256="",
            )
            return
        mine.update(sent_at=now, wake_at=None, lease_owner="", lease_until=None)
