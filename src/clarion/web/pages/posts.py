"""Posts: the list with its search, and one post with its words, deliveries and history."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import Channel
from clarion.channels.rights import refused
from clarion.deliveries.models import Delivery, State
from clarion.deliveries.progress import BY_A_RULE, TooLate
from clarion.organisations.models import User, Workspace
from clarion.posts.content import Content, Words
from clarion.posts.fitting import used
from clarion.posts.models import Campaign, Gated, Label, Media, Post
from clarion.posts.when import BadTime
from clarion.web import told
from clarion.web.asked import comments_on
from clarion.web.forms.composition import Composition
from clarion.web.forms.visit import LIVES
from clarion.web.pages import recurring
from clarion.web.pages.deliveries import back, typed
from clarion.web.place import in_workspace, refuse
from clarion.web.shelf import SHELVES, Wanted, lines, mark_of, row_of
from clarion.web.standing import asked_of, shown_each, standing, waits_or

A_PAGE = 40
WAITS = (State.SCHEDULED, State.HELD, State.FAILED, State.MISSED)
"""States in which a delivery can still be moved or taken back."""


@require_safe
@in_workspace()
def posts(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    wanted, after = Wanted.read(request.GET), mark_of(request.GET.get("after", ""))
    page = wanted.look(workspace).page(after=after, most=A_PAGE)
    channels = {one.pk: one for one in Channel.objects.filter(workspace=workspace)}
    people = authors(workspace, wanted)
    labels = list(Label.objects.filter(workspace=workspace).values("pk", "name"))
    return render(request, "posts.html", {
        "wanted": wanted, "page": page, "is_first": after is None,
        "lines": lines(page, workspace=workspace, channels=channels, people=people, now=timezone.now()),
        "shelves": [(key, word, wanted.query(shelf=key)) for key, word in (("", _("All")), *SHELVES)],
        "older": wanted.query(after=str(page.after)) if page.after else "", "newest": wanted.query(),
        "everything": wanted.query(channel="", label="", author="", since="", until=""),
        "labels": labels, "label_names": [one["name"] for one in labels],
        "channels": channels.values(), "people": people.values(),
    })  # fmt: skip


def authors(workspace: Workspace, wanted: Wanted) -> dict[UUID, User]:
    """The members, and whoever is asked for and wrote here before she left."""
    people = {one.pk: one for one in User.objects.filter(memberships__workspace=workspace).order_by("name", "email")}
    if wanted.author and UUID(wanted.author) not in people:
        mine = Post.objects.filter(workspace=workspace, author=OuterRef("pk"))
        people |= User.objects.filter(Exists(mine)).in_bulk([wanted.author])
    return people


@require_safe
@in_workspace()
def post(request: HttpRequest, post: UUID) -> HttpResponse:
    found, now = _find(request, post), timezone.now()
    deliveries = list(found.deliveries.select_related("channel").order_by("due_at", "id"))
    asks = all(one.on_request for one in deliveries if one.state in LIVES)
    member, green = request.member, getattr(found, "evergreen", None)  # type: ignore[attr-defined]
    where = standing(found, deliveries, member=member)
    shown_each(deliveries, where)
    return render(request, "post.html", {
        "now": now, "post": found, "deliveries": deliveries, "outs": told.outs(deliveries),
        "state": waits_or(row_of(found, deliveries).state, where),
        "can_cancel": any(one.can_be_cancelled for one in deliveries),
        "saids": saids(found), "revisions": list(found.revisions.select_related("by").order_by("-version")[:30]),
        "record": told.happenings(found, *([green] if green else []), *asked_of(found))[-50:],
        "moves": told.under_way(deliveries, now=now),
        "offer": Composition.of(found, at=_next(deliveries), now=now),
        "can_edit": found.can_be_edited and member.may("write")
        and (asks or not refused(member, _where(deliveries, LIVES))),
        "may_publish": member.may_somewhere("publish") and not refused(member, _where(deliveries, WAITS)),
        "can_move": any(one.can_be_moved for one in deliveries),
        "is_ruled": any(one.state == State.HELD and one.code == BY_A_RULE for one in deliveries),
        "overrides": list(found.overrides.select_related("by")[:20]),
        "again": recurring.of(found, deliveries, now=now), "evergreen": green,
        "standing": where, "here_is": request.get_full_path(),
        "comments": comments_on(found, member),
        "campaigns": list(Campaign.objects.filter(workspace=found.workspace)[:500]),
    })  # fmt: skip


@require_POST
@in_workspace("publish", somewhere=True)
def move(request: HttpRequest, post: UUID) -> HttpResponse:
    """Gives every delivery that has not left another time."""
    found, now = _find(request, post), timezone.now()
    try:
        due = typed(request).due(zone=found.workspace.tz, now=now)
        with transaction.atomic():
            movable = [one for one in _deliveries(found) if one.can_be_moved and one.state != State.CANCELLED]
            refuse(request.member, [one.channel for one in movable])  # type: ignore[attr-defined]
            for one in movable:
                one.reschedule(at=due.at, by=request.user, now=now)
        messages.success(request, " ".join([_("It has another time."), due.note]).strip())
    except (TooLate, BadTime, Gated) as error:
        messages.error(request, str(error))
    return back(request) or redirect("post", found.workspace_id, found.pk)


@require_POST
@in_workspace("publish", somewhere=True)
def cancel(request: HttpRequest, post: UUID) -> HttpResponse:
    """Takes back what has not left. Each channel says for itself when it is too late."""
    found, taken, late = _find(request, post), 0, []
    some = [one for one in _deliveries(found) if one.can_be_cancelled]
    refuse(request.member, [one.channel for one in some])  # type: ignore[attr-defined]
    for one in some:
        try:
            one.cancel(by=request.user, now=timezone.now(), because=request.POST.get("because", "")[:300])
            taken += 1
        except TooLate as error:
            late.append(_("%(channel)s: %(sentence)s") % {"channel": one.channel, "sentence": error})
    if taken:
        messages.success(
            request, ngettext("Taken back on %(n)d channel.", "Taken back on %(n)d channels.", taken) % {"n": taken}
        )
    for sentence in late:
        messages.error(request, sentence)
    return back(request) or redirect("post", found.workspace_id, found.pk)


@require_POST
@in_workspace("write")
def remove(request: HttpRequest, post: UUID) -> HttpResponse:
    """Takes a post off the desk; what was scheduled is taken back first."""
    found, now = _find(request, post), timezone.now()
    deliveries = _deliveries(found)
    refuse(request.member, [one.channel for one in deliveries if one.state in LIVES])  # type: ignore[attr-defined]
    if any(one.state in (State.PUBLISHING, State.UNKNOWN) for one in deliveries):
        messages.error(request, _("It is on its way out. Wait until that is settled, then remove it."))
        return redirect("post", found.workspace_id, found.pk)
    try:
        with transaction.atomic():
            for one in deliveries:
                if one.can_be_cancelled:
                    one.cancel(by=request.user, now=now, because=_("the post was removed"))
            found.remove(by=request.user, now=now)
    except TooLate as error:
        messages.error(request, str(error))
        return redirect("post", found.workspace_id, found.pk)
    messages.success(
        request, _("It is off the desk. What is published stays published, and the record keeps all of it.")
    )
    return redirect("posts", found.workspace_id)


@require_POST
@in_workspace("write")
def duplicate(request: HttpRequest, post: UUID) -> HttpResponse:
    """A draft with the same words, files and channels."""
    found = _find(request, post)
    copy = Post.objects.write(
        workspace=found.workspace, by=request.user, content=found.said, labels=found.labels.all(),
        channels=found.channels.filter(disconnected_at=None),
        variants={v.channel_id: Content.from_json(v.content) for v in found.variants.all()},
        late=found.late, late_minutes=found.late_minutes, words_of=found.writers,
    )  # fmt: skip
    messages.success(request, _("This is a copy. Nothing goes out until you schedule it."))
    return redirect("composer", copy.workspace_id, copy.pk)


@dataclass(frozen=True)
class Said:
    """Words and files of one part, for the page; ``channel`` is None for what all channels say."""

    channel: Any
    parts: tuple[tuple[str, tuple[tuple[Media, str], ...]], ...]


def saids(post: Post) -> list[Said]:
    rows = {str(row.pk): row for row in post.media.all()}
    contents = [(None, post.said)] + [
        (v.channel, Content.from_json(v.content)) for v in post.variants.select_related("channel")
    ]

    def files(words: Words) -> tuple[tuple[Media, str], ...]:
        shots = [shot for shot in words.shots if shot.media in rows]
        return tuple(zip(used(rows, shots), [shot.alt for shot in shots], strict=True))

    return [Said(channel, tuple((words.text, files(words)) for words in said.parts)) for channel, said in contents]


def _next(deliveries: list[Delivery]) -> datetime | None:
    return min((one.due_at for one in deliveries if one.state == State.SCHEDULED), default=None)


def _deliveries(post: Post) -> list[Delivery]:
    return list(post.deliveries.select_related("channel", "workspace", "post__workspace"))


def _where(deliveries: list[Delivery], states: Collection[str]) -> list[Channel]:
    return [one.channel for one in deliveries if one.state in states]


def _find(request: HttpRequest, pk: UUID) -> Post:
    rows = Post.objects.select_related("workspace", "author", "campaign", "category", "again_of", "evergreen")
    rows = rows.prefetch_related("variants__channel", "labels")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
