"""One e-mail to one person about everything of theirs that needs a person."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clarion.deliveries.models import Alert, Delivery, State
from clarion.deliveries.progress import BY_HAND
from clarion.work.backoff import backoff

log = logging.getLogger("clarion.deliveries")


class Mail:
    """Gathers the person's unsent alerts, sends one message, and marks them. A dead mail server is tried again."""

    def __init__(self, alert: Alert, *, clock: Callable[[], datetime]) -> None:
        self.alert = alert
        self.clock = clock

    def send(self) -> None:
        now = self.clock()
        mine = Alert.objects.filter(person=self.alert.person, mailed_at=None, wake_at__isnull=False)
        alerts = list(
            mine.select_related("delivery__post", "delivery__channel", "delivery__workspace").order_by("id")[:50]
        )
        try:
            EmailMessage(
                self.subject(alerts), self.body(alerts), settings.DEFAULT_FROM_EMAIL, [self.alert.person.email]
            ).send()
        except OSError as error:
            self._try_again(error, now=now)
            return
        Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(mailed_at=now, wake_at=None)
        self._let_go()

    def subject(self, alerts: list[Alert]) -> str:
        if len(alerts) == 1:
            delivery = alerts[0].delivery
            return _("%(what)s – %(text)s") % {"what": _what(delivery), "text": _shortened(delivery.post.summary)}
        return ngettext("%d post needs you", "%d posts need you", len(alerts)) % len(alerts)

    def body(self, alerts: list[Alert]) -> str:
        blocks = []
        for alert in alerts:
            delivery = alert.delivery
            link = settings.BASE_URL + reverse("delivery", args=[delivery.workspace_id, delivery.pk])
            due = delivery.due_at.astimezone(delivery.workspace.tz)
            blocks.append(
                f"{_words(delivery)}\n"
                f"{delivery.channel.handle} ({delivery.channel.label}), "
                f"{due:%Y-%m-%d %H:%M} {delivery.workspace.zone}\n\n"
                f"{alert.sentence}\n\n{link}\n"
            )
        return (
            ("\n" + "-" * 60 + "\n\n").join(blocks)
            + "\n"
            + _("Clarion at %(base)s") % {"base": settings.BASE_URL}
            + "\n"
        )

    def _try_again(self, error: OSError, *, now: datetime) -> None:
        log.warning("e-mail to %s failed: %s", self.alert.person.pk, error)
        tries = self.alert.tries + 1
        Alert.objects.filter(pk=self.alert.pk).update(tries=tries, wake_at=now + backoff(tries, first=5, most=600))
        self._let_go()

    def _let_go(self) -> None:
        Alert.objects.filter(pk=self.alert.pk, fence=self.alert.fence).update(lease_owner="", lease_until=None)


def _what(delivery: Delivery) -> str:
    """The words of the page, so that who comes from the letter finds what it spoke of."""
    by_hand = delivery.code == BY_HAND
    said = {
        State.UNKNOWN: _("Post it by hand: %(where)s") if by_hand else _("Did it appear on %(name)s?"),
        State.FAILED: _("%(name)s did not take it"),
        State.MISSED: _("It missed its time on %(name)s"),
        State.HELD: _("%(name)s asks for a new sign-in") if delivery.code == "sign_in" else _("Held back on %(name)s"),
    }  # fmt: skip
    settled = _("%(name)s: settled meanwhile")
    return str(said.get(State(delivery.state), settled)) % {
        "name": delivery.channel.label, "where": delivery.channel.handle,
    }  # fmt: skip


def _words(delivery: Delivery) -> str:
    """Its first words; all of them where the reader has to post them."""
    if delivery.code != BY_HAND:
        return delivery.post.summary
    return delivery.post.said_on(delivery.channel).text


def _shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
