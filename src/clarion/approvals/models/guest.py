from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from clarion.approvals.eyes import authors_of, guests_asked
from clarion.approvals.progress import NotNow
from clarion.approvals.refusals import turned_away
from clarion.organisations.ids import new_id
from clarion.organisations.models import Workspace
from clarion.organisations.models.user import person
from clarion.records.models import Event
from clarion.work.models import Timed, TimedQuerySet

from .answer import Decision
from .request import Request

LASTS = timedelta(days=14)
"""So long does a link work."""
GATHER = timedelta(minutes=2)


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


class GuestQuerySet(models.QuerySet["Guest"]):
    def of(self, user: Any) -> Self:
        return self.filter(workspace__members__user=user)

    def invite(
        self, *, workspace: Workspace, email: str, now: datetime, by: Any = None, name: str = "",
        gather: timedelta = GATHER,
    ) -> Guest:  # fmt: skip
        """Has a link written to this address: one letter for what is asked while it gathers. Who the guest is and what
        she answered stays, whatever links come and go."""
        with transaction.atomic():
            guest, _made = self.get_or_create(
                workspace=workspace, email=email.strip().lower(), defaults={"name": name.strip()}
            )
            if guest.links.filter(sent_at=None, ended_at=None).exists():
                return guest
            GuestLink.objects.create(guest=guest, expires_at=now + LASTS, wake_at=now + gather)
            Event.objects.write("guest.invited", subject=guest, by=by, after={"until": (now + LASTS).isoformat()})
        return guest

    def call(self, *, workspace: Workspace, email: str, name: str, by: Any) -> None:
        """Says who is behind an address, before or after she is first written to."""
        email, name = email.strip().lower(), " ".join(name.split())[:120]
        with transaction.atomic():
            known = self.filter(workspace=workspace, email=email).first()
            if name == (known.name if known else ""):
                return
            before = {"name": known.name} if known else {}
            guest, _made = self.update_or_create(workspace=workspace, email=email, defaults={"name": name})
            Event.objects.write("guest.named", subject=guest, by=by, before=before, after={"name": name})

    def names(self, workspace: Workspace, emails: Iterable[str]) -> dict[str, str]:
        """By address the names of those whose name was given."""
        rows = self.filter(workspace=workspace, email__in=set(emails)).exclude(name="")
        return dict(rows.values_list("email", "name"))


class Guest(models.Model):
    """Somebody without an account whose yes a workflow wants: a client, a mayor. Comes by links that expire."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="guests")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)

    objects = GuestQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("workspace", "email", name="guest_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def whole(self) -> str:
        """The name with the address, as in a letter's head; the address alone where no name was given."""
        return f"{self.name} ({self.email})" if self.name else self.email

    @property
    def token(self) -> str:
        """What an answer of this guest covers."""
        return f"guest:{self.email}"

    def requests(self) -> models.QuerySet[Request]:
        """What waits for this guest now, and nothing else of the workspace. Bounded by those that wait at all."""
        waiting = Request.objects.waiting().filter(workspace=self.workspace).select_related("post__workspace")
        mine = [one.pk for one in waiting.order_by("due_at", "id")[:2000] if self.email in one.here.guests]
        return waiting.filter(pk__in=mine).order_by("due_at", "id")

    def decide(
        self, request: Request, *, link: GuestLink, yes: bool, sha256: str, now: datetime, because: str = ""
    ) -> Decision:
        """As a member's ``decide``. Whoever wrote the post is no guest of it, whatever address she uses here, and
        whoever gave her the link."""
        try:
            with transaction.atomic():
                row = request._locked()
                row._refuse_unless_same(sha256, now=now)
                if row.workspace_id != self.workspace_id or self.email not in row.here.guests:
                    raise NotNow(_("Your yes is not asked for here, or no longer. Nothing was changed."))
                authors = authors_of(row)
                if yes and self.email not in guests_asked(row, authors):
                    raise NotNow(_("You wrote some of this yourself: somebody else has to say yes to it."))
                if yes and link.shown_to_id in authors:
                    raise NotNow(
                        _("Somebody who wrote this was shown this link. Ask for one by e-mail, and say yes there.")
                    )
                return row._answered(yes=yes, because=because, now=now, covers=[self.token], guest=self, by=self)
        except NotNow as refusal:
            turned_away("approval.turned_away", subject=request, by=self, because=refusal, yes=yes)
            raise

    def end_links(self, *, by: Any, now: datetime) -> None:
        """None of the links written so far works any more."""
        with transaction.atomic():
            live = self.links.filter(ended_at=None)
            if live.update(ended_at=now, wake_at=None):
                Event.objects.write("guest.links_ended", subject=self, by=by)


class GuestLinkQuerySet(TimedQuerySet):
    def take(self, pk: Any, *, owner: str, now: datetime) -> GuestLink | None:
        with transaction.atomic():
            if not self.claim(pk, owner=owner, now=now):
                return None
            return self.select_related("guest__workspace__organisation").get(pk=pk)

    def known(self, token: str, *, now: datetime) -> GuestLink | None:
        """The link of this address, if it works now."""
        found = self.filter(sha256=hashed(token), ended_at=None, expires_at__gt=now).exclude(sha256="")
        return found.select_related("guest__workspace__organisation").first()

    def refuse(self, token: str) -> GuestLink | None:
        """The link that once worked at an address that does not: that it was tried is in the record, and nobody outside
        is told. None where nobody was ever given it."""
        found = self.filter(sha256=hashed(token)).exclude(sha256="").select_related("guest__workspace").first()
        if found is None:
            return None
        because = _("The link was ended.") if found.ended_at else _("The link had expired.")
        turned_away("guest.turned_away", subject=found.guest, by=found.guest, because=because, link=str(found.pk))
        return found


class GuestLink(Timed):
    """One link that was, or is to be, written to a guest. Its secret is made with the letter: only a hash is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="links")
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    shown_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    """Who passes it on by hand: she could use it herself."""

    objects = GuestLinkQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["wake_at"], condition=Q(wake_at__isnull=False, lease_owner=""), name="guest_link_wakes"
            ),
        ]

    def __str__(self) -> str:
        return f"link of {self.guest}"

    def new_token(self) -> str:
        """Makes the secret of the address, and forgets it: nobody can read it from here."""
        token = secrets.token_urlsafe(32)
        self.sha256 = hashed(token)
        self.save(update_fields=["sha256"])
        return token

    def show(self, *, by: Any, now: datetime) -> str:
        """The secret of the address, for somebody who decides over the workflows and passes it on: no letter does."""
        with transaction.atomic():
            token = self.new_token()
            type(self).objects.filter(pk=self.pk).update(
                sent_at=now, wake_at=None, lease_owner="", lease_until=None, shown_to=person(by)
            )
            Event.objects.write("guest.link_shown", subject=self.guest, by=by, after={"link": str(self.pk)})
        return token

    def opened(self, *, now: datetime) -> None:
        """Leaves a record, once an hour; decides nothing: programs that look through mail open links, too."""
        if self.opened_at is None or now - self.opened_at > timedelta(hours=1):
            with transaction.atomic():
                type(self).objects.filter(pk=self.pk).update(opened_at=now)
                Event.objects.write("guest.opened", subject=self.guest, by=self.guest)


def after_begin(sender: Any, *, request: Request, now: datetime, **kwargs: Any) -> None:
    """Guests whose yes a stage wants are written to."""
    for email in request.here.guests:
        Guest.objects.invite(workspace=request.workspace, email=email, now=now, by=request.asked_by)
