"""One delivery: what happened in plain words, its steps with their evidence, and what can be pressed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.approvals.clearing import needs_yes
from clarion.deliveries.asking import ask_for_yes, has_unsaid_words
from clarion.deliveries.models import Delivery, Live, State
from clarion.deliveries.models.live import NotPossible
from clarion.deliveries.progress import BY_HAND, TooLate
from clarion.networks.words import Unknown
from clarion.posts.content import Content
from clarion.posts.fitting import used
from clarion.posts.models import Blackout, Gated, HouseRule, Media, Stale
from clarion.posts.when import BadTime
from clarion.web import told
from clarion.web.forms.composition import Composition, with_texts
from clarion.web.letting import stopped
from clarion.web.place import in_workspace, refuse
from clarion.web.standing import standing


@require_safe
@in_workspace()
def delivery(request: HttpRequest, delivery: UUID) -> HttpResponse:
    found, now = _find(request, delivery), timezone.now()
    said = found.post.said_on(found.channel)
    offer = Composition.of(found.post, at=found.due_at if found.due_at > now else None, now=now)
    live, where = Live(found), standing(found.post, [found], member=request.member)  # type: ignore[attr-defined]
    unsaid = live.can_edit and where is not None and has_unsaid_words(found)
    return render(request, "delivery.html", {
        "now": now, "delivery": found, "post": found.post, "said": said, "headline": told.headline(found),
        "live": live, "unsaid": unsaid, "stages": told.stages(found, round=found.round, now=now), "offer": offer,
        "earlier": [(number, told.stages(found, round=number, now=now)) for number in range(1, found.round)],
        "by_hand": found.state == State.UNKNOWN and found.code == BY_HAND, "files": _files(found, said),
        "record": told.happenings(found), "moves": told.under_way([found], now=now),
        "standing": where, "here_is": request.get_full_path(),
    })  # fmt: skip


def _files(delivery: Delivery, said: Content) -> list[tuple[Media, str]]:
    """The files that a person takes along, with their descriptions, where one publishes by hand."""
    if not delivery.channel.kind.by_hand:
        return []
    rows = {str(row.pk): row for row in Media.objects.filter(workspace=delivery.workspace_id, pk__in=said.media_ids)}
    shots = [shot for part in said.parts for shot in part.shots if shot.media in rows]
    return list(zip(used(rows, shots), [shot.alt for shot in shots], strict=True))


@require_POST
@in_workspace("publish", somewhere=True)
def send(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        one.send_now(by=request.user, now=timezone.now())
        return stopped(request, [one], now=timezone.now()) or _("It goes out now.")

    return _done(request, delivery, act)


@require_POST
@in_workspace("publish", somewhere=True)
def move(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        due = typed(request).due(zone=one.workspace.tz, now=timezone.now())
        one.reschedule(at=due.at, by=request.user, now=timezone.now())
        if waits := stopped(request, [one], now=timezone.now()):
            return waits
        return " ".join(
            [_("It has another time.") if one.due_at > timezone.now() else _("It goes out now."), due.note]
        ).strip()

    return _done(request, delivery, act)


@require_POST
@in_workspace("publish", somewhere=True)
def hold(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        one.hold(by=request.user, because=_("%(who)s held it back.") % {"who": request.user})
        return _("It is held back until somebody lets it go.")

    return _done(request, delivery, act)


@require_POST
@in_workspace("publish", somewhere=True)
def release(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        now = timezone.now()
        Blackout.objects.refuse(one.workspace, post=one.post, channels=[one.channel_id], at=max(one.due_at, now))
        HouseRule.objects.refuse(one.post.said_on(one.channel), workspace=one.workspace, channel=one.channel)
        one.release(by=request.user, now=now)
        return _("It goes out at its time.")

    return _done(request, delivery, act)


@require_POST
@in_workspace("publish", somewhere=True)
def skip(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        one.cancel(by=request.user, now=timezone.now(), because=request.POST.get("because", "")[:300])
        return _("Taken back. It does not go out on %(channel)s.") % {"channel": one.channel}

    return _done(request, delivery, act)


@require_POST
@in_workspace("publish", somewhere=True)
def there(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        url = request.POST.get("url", "").strip()
        if url:
            URLValidator(
                ["http", "https"], message=_("That is not a link. Paste the post's address, or leave it empty.")
            )(url)
        one.confirm_there(by=request.user, url=url, now=timezone.now())
        return _("Good: it counts as published. Nothing was sent again.")

    return _done(request, delivery, act)


@require_POST
@in_workspace("publish", somewhere=True)
def absent(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        one.confirm_absent(by=request.user, now=timezone.now())
        return _("It is being sent again, with the same key.")

    return _done(request, delivery, act)


@require_POST
@in_workspace("publish", somewhere=True)
def take_down(request: HttpRequest, delivery: UUID) -> HttpResponse:
    def act(one: Delivery) -> str:
        Live(one).take_down(by=request.user, now=timezone.now(), because=request.POST.get("because", "")[:300])
        return _("It is deleted on %(channel)s. The record keeps what was said and when.") % {"channel": one.channel}

    return _done(request, delivery, act)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("publish", somewhere=True)
def edit(request: HttpRequest, delivery: UUID) -> HttpResponse:
    """Corrects what is out, where the network can. What it refuses is put back; the typed words stay."""
    found = _find(request, delivery)
    refuse(request.member, [found.channel])  # type: ignore[attr-defined]
    said = found.post.said_on(found.channel)
    shown = {
        "delivery": found,
        "texts": [part.text for part in said.parts],
        "live": Live(found),
        "version": found.post.version,
    }
    if request.method != "POST":
        return render(request, "delivery_edit.html", shown)
    new = with_texts(said, request.POST.getlist("text"))
    try:
        waits = _correct(request, found, new)
    except (TooLate, Stale, ValueError) as error:
        sentence = (
            _("Somebody else changed it in between. Look at it again.") if isinstance(error, Stale) else str(error)
        )
        found.refresh_from_db()
        return render(request, "delivery_edit.html", {
            **shown, "texts": [part.text for part in new.parts], "sentence": sentence, "version": found.post.version,
        }, status=409)  # fmt: skip
    if waits:
        messages.success(request, _("The corrected words wait for a yes. Until then the old ones stay out there."))
    else:
        messages.success(request, _("It is changed on %(channel)s.") % {"channel": found.channel})
    return redirect("delivery", found.workspace_id, found.pk)


@require_POST
@in_workspace("publish")
def say_corrected(request: HttpRequest, delivery: UUID) -> HttpResponse:
    """Words that were corrected and approved replace those that are out."""

    def act(one: Delivery) -> str:
        Live(one).edit(post=one.post, by=request.user, now=timezone.now())
        return _("It is changed on %(channel)s.") % {"channel": one.channel}

    return _done(request, delivery, act)


def _correct(request: HttpRequest, found: Delivery, new: Content) -> bool:
    """First our words, then the network's; a refusal of the network puts ours back. Where a yes is needed, ours wait
    for it, and it is True."""
    post, channel, old = found.post, found.channel, found.post.said_on(found.channel)
    version = request.POST.get("version", "")
    if not Live(found).can_edit:
        raise NotPossible(
            _("%(network)s does not let us change this. Delete it and write anew.") % {"network": channel.label}
        )
    if new.text == old.text:
        raise NotPossible(_("The words are the same as before."))
    post.correct(channel=channel, content=new, by=request.user, version=int(version) if version.isdigit() else 0)
    if found.on_request or needs_yes(post, channel):
        return ask_for_yes(post, by=request.user, now=timezone.now(), corrected=[found]) is not None
    try:
        Live(found).edit(post=post, by=request.user, now=timezone.now())
    except NotPossible as error:
        if not isinstance(error.__cause__, Unknown):
            post.correct(channel=channel, content=old, by=request.user, version=post.version)
        raise
    return False


def _find(request: HttpRequest, pk: UUID) -> Delivery:
    rows = Delivery.objects.select_related("channel", "workspace", "post__workspace", "post__author", "scheduled_by")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]


def _done(request: HttpRequest, pk: UUID, act: Callable[[Delivery], str]) -> HttpResponse:
    """Does it, says so, and goes back to where the person came from."""
    found = _find(request, pk)
    refuse(request.member, [found.channel])  # type: ignore[attr-defined]
    try:
        messages.success(request, act(found))
    except (TooLate, BadTime, Gated) as error:
        messages.error(request, str(error))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return back(request) or redirect("delivery", found.workspace_id, found.pk)


def typed(request: HttpRequest) -> Composition:
    """The date and time of a small form."""
    return Composition(
        date=request.POST.get("date", ""), time=request.POST.get("time", ""), fold=request.POST.get("fold", "")
    )


def back(request: HttpRequest) -> HttpResponse | None:
    """To the page named by ``next``, when it is one of ours."""
    where = request.POST.get("next", "")
    local = where.startswith("/") and url_has_allowed_host_and_scheme(where, allowed_hosts=None)
    return redirect(where) if local else None
