"""One e-mail to one person about everything that waits to be told: at once, or once a day as a digest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from clarion.notifications.kinds import KINDS, TOPICS, topic_of
from clarion.notifications.models.notification import Notification
from clarion.notifications.models.telling import Telling
from clarion.notifications.waiting import Waiting, shortened
from clarion.organisations.dates import written

SALT = "clarion.notifications.off"


class Letter:
    """Gathers what waits for the person, sends one message, and marks it. A dead mail server is tried again."""

    def __init__(self, telling: Telling, *, clock: Callable[[], datetime]) -> None:
        self.waiting = Waiting(telling, clock=clock)
        self.person = telling.person
        self.digest = telling.digest

    def send(self) -> None:
        told = self.waiting.told()
        if not told:
            return
        with override(self.person.language or settings.LANGUAGE_CODE):
            letter = self.letter(told)
        try:
            letter.send()
        except OSError as error:
            self.waiting.try_again(error)
        else:
            self.waiting.sent()

    def letter(self, told: list[Notification]) -> EmailMultiAlternatives:
        """Text, and the same as simple HTML. What can be off can be so at one press of the mail program (RFC 8058)."""
        off = off_address(self.person.pk, told)
        facts = {
            "items": [_facts(one) for one in told], "base": settings.BASE_URL, "off": off, "digest": self.digest,
            "choices": settings.BASE_URL + reverse("notification_choices"),
        }  # fmt: skip
        headers = {"Auto-Submitted": "auto-generated"}
        if off:
            headers |= {"List-Unsubscribe": f"<{off}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        letter = EmailMultiAlternatives(
            " ".join(self.subject(told).split()), render_to_string("notifications/letter.txt", facts).strip() + "\n",
            settings.DEFAULT_FROM_EMAIL, [self.person.email], headers=headers,
        )  # fmt: skip
        letter.attach_alternative(render_to_string("notifications/letter.html", facts), "text/html")
        return letter

    def subject(self, told: list[Notification]) -> str:
        if self.digest:
            return ngettext("Your day: %(count)d notification", "Your day: %(count)d notifications", len(told)) % {
                "count": len(told)
            }
        if len(told) == 1:
            one = told[0]
            about = shortened(one.about)
            return _("%(what)s – %(text)s") % {"what": one.title, "text": about} if about else one.title
        if all(topic_of(one.kind).floor for one in told if one.kind in KINDS):
            return ngettext("%d post needs you", "%d posts need you", len(told)) % len(told)
        return ngettext("%(count)d thing to look at", "%(count)d things to look at", len(told)) % {"count": len(told)}


def _facts(one: Notification) -> dict[str, Any]:
    when = ""
    if one.at is not None:
        zone = one.workspace.tz if one.workspace else None
        when = written(one.at.astimezone(zone), "D j M Y, H:i")
    return {
        "title": one.title, "about": one.about, "place": one.place, "when": when, "sentence": one.sentence,
        "zone": one.workspace.zone if one.workspace else "UTC", "where": one.workspace,
        "link": settings.BASE_URL + one.address if one.address else "",
    }  # fmt: skip


# --- switched off by one press ----------------------------------------------------------------------------------------


def off_address(person: Any, told: list[Notification]) -> str:
    """Where the topics of a letter are switched off without a sign-in; empty when none of them can be."""
    topics = sorted({topic_of(one.kind).name for one in told if one.kind in KINDS and not topic_of(one.kind).floor})
    if not topics:
        return ""
    token = signing.dumps([str(person), topics], salt=SALT)
    return settings.BASE_URL + reverse("notifications_off", args=[token])


def off(token: str) -> tuple[str, list[str]]:
    """The person's id and the topics of such an address. Raises ``BadSignature`` for what we did not write."""
    person, topics = signing.loads(token, salt=SALT)
    return str(person), [topic for topic in topics if topic in TOPICS]
