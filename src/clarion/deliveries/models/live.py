"""What can still be done with a post that is out, where its network can: edit it, take it down."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from clarion.approvals.clearing import clearance
from clarion.approvals.seal import Sealing
from clarion.channels.models import Channel, http_out
from clarion.deliveries.asking import promise_of
from clarion.deliveries.progress import State, TooLate
from clarion.networks.http import Http
from clarion.networks.words import Failure, SignInAgain, Unknown
from clarion.posts.lending import lender
from clarion.posts.models import HouseRule, Post, Ruled
from clarion.posts.models.post import drafted
from clarion.posts.models.verdict import as_told
from clarion.records.models import Event

from .attempt import Attempt
from .delivery import Delivery


class NotPossible(TooLate):
    """The network has no such ability, or the post is not out; the sentence says which."""


class Live:
    """A published delivery as it stands on its network. Both verbs may be repeated: they name the post by its id."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.channel: Channel = delivery.channel

    @property
    def is_out(self) -> bool:
        return self.delivery.state == State.PUBLISHED and self.delivery.removed_at is None

    @property
    def can_edit(self) -> bool:
        return self.is_out and "edit" in self.channel.kind.abilities() and self._parts() == 1

    @property
    def can_take_down(self) -> bool:
        return self.is_out and "delete" in self.channel.kind.abilities()

    def take_down(self, *, by: Any, now: datetime, because: str = "") -> None:
        """Deletes every part of it on the network, the last first. What we said and when stays in the record."""
        if not self.can_take_down:
            raise NotPossible(
                _("%(network)s does not let us delete this. Delete it there.") % {"network": self.channel.label}
            )
        self._ask("delivery.take_down_asked", by=by, because=because)
        steps = list(self.delivery.current_steps().filter(public=True).exclude(remote_id="").order_by("-number"))
        for step in steps:
            self._say("delete", step.remote_id, step=step, now=now)
        with transaction.atomic():
            Delivery.objects.filter(pk=self.delivery.pk, removed_at=None).update(removed_at=now)
            Event.objects.write(
                "delivery.taken_down", subject=self.delivery, by=by, because=because,
                before={"remote_id": self.delivery.remote_id, "url": self.delivery.url},
            )  # fmt: skip
        self.delivery.refresh_from_db()

    def edit(self, *, post: Post, by: Any, now: datetime) -> None:
        """Says the post's present words in place of those that are out. The id and the address stay.

        Raises ``NotPossible``, also where a rule of the house stops the words."""
        if not self.can_edit:
            raise NotPossible(
                _("%(network)s does not let us change this. Delete it and write anew.")
                % {"network": self.channel.label}
            )
        said = post.said_on(self.channel)
        try:
            passed = HouseRule.objects.refuse(said, workspace=self.delivery.workspace, channel=self.channel)
        except Ruled as ruled:
            raise NotPossible(str(ruled)) from ruled
        spoken = Sealing(post).spoken(self.channel)
        may = clearance(post, promise_of(self.delivery), on_request=self.delivery.on_request, content=spoken)
        if not may.may_go:
            raise NotPossible(may.sentence)
        draft = drafted(spoken, channel=self.channel, is_spoken=True)
        stops = [p.sentence for p in self.channel.problems(draft) if p.level == "stop"]
        if stops:
            raise NotPossible(" ".join(stops))
        words = {"version": post.version, "sha256": said.sha256, **as_told(passed)}
        with transaction.atomic():  # asked with the intent, as for everything else that leaves
            mine = Delivery.objects.select_for_update().filter(pk=self.delivery.pk)
            if mine.first() is None or not mine.speaks(by).exists():
                raise NotPossible(_("Everything is paused: what is out is not changed either. It can be taken down."))
            self._ask("delivery.edit_asked", by=by, after=words)
        self._say("edit", self.delivery.remote_id, draft, now=now)
        Event.objects.write("delivery.edited", subject=self.delivery, by=by, after=words)

    def _ask(self, verb: str, *, by: Any, **words: Any) -> None:
        """Before anything leaves: who wants it. Should we crash behind it, the record says what may have happened."""
        Event.objects.write(verb, subject=self.delivery, by=by, **words)

    def _parts(self) -> int:
        return self.delivery.current_steps().filter(public=True).count()

    def _say(self, verb: str, *args: Any, now: datetime, step: Any = None) -> None:
        http: Http = http_out(self.delivery.workspace)
        attempt = Attempt.objects.create(
            delivery=self.delivery, step=step, purpose=Attempt.Purpose.CHANGE, worker="web", fence=self.delivery.fence,
            began_at=now,
        )  # fmt: skip
        try:
            getattr(self.channel.speak(http, lend=lender(self.delivery.workspace_id)), verb)(*args)
        except Failure as failure:
            attempt.end(word=failure.word, sentence=failure.sentence, http=http, now=now)
            if isinstance(failure, SignInAgain):
                self.channel.ask_for_sign_in(because=failure.sentence, now=now)
            if isinstance(failure, Unknown):
                raise NotPossible(_("The answer was lost. Doing it again is safe: press it once more.")) from failure
            raise NotPossible(failure.sentence) from failure
        attempt.end(word="done", sentence="", http=http, now=now)
