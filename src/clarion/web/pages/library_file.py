"""One file of the library: seen large, described, its rights, versions and history, and the posts that have it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clarion.channels.models import Channel
from clarion.channels.rights import refused
from clarion.deliveries.models import Delivery, State
from clarion.organisations.models import User
from clarion.posts.fitting import prepare
from clarion.posts.looking import Look, Rows
from clarion.posts.models import Folder, Label, Media, Post, Rights, Stale
from clarion.posts.models.media import BadMedia
from clarion.posts.models.post import AlreadyLeaving
from clarion.web import told
from clarion.web.forms.composition import DISK
from clarion.web.kept_files import Kept, answered
from clarion.web.library import as_date, as_id, not_out_yet, places
from clarion.web.pages.library import labels_of
from clarion.web.pages.media import FRESH
from clarion.web.place import in_workspace
from clarion.web.shelf import lines

POSTS = 12
"""Posts that have the file and are shown with it."""


@require_safe
@in_workspace()
def page(request: HttpRequest, media: UUID) -> HttpResponse:
    found, now = _find(request, media), timezone.now()
    workspace = found.workspace
    versions = list(found.versions().select_related("added_by"))
    used = Look(workspace, (Rows(Post.media.through.objects.filter(media__in=versions)),)).page(after=None, most=POSTS)
    channels = {one.pk: one for one in Channel.objects.filter(workspace=workspace)}
    people = {one.pk: one for one in User.objects.filter(memberships__workspace=workspace)}
    rights = Rights.objects.filter(media=found).first()
    return render(request, "library_file.html", {
        "here": "library", "media": found, "versions": versions, "rights": rights, "now": now,
        "has_ended": rights is not None and rights.have_ended(now, workspace=workspace),
        "used": lines(used, workspace=workspace, channels=channels, people=people, now=now), "more": used.after,
        "in_hand": list(found.in_hand().select_related("workspace")[:POSTS]), "coming": list(found.coming()[:POSTS]),
        "behind": not_out_yet(found) if len(versions) > 1 and found.is_current else [],
        "current": next((one for one in versions if one.is_current), found),
        "alike": Media.objects.alike(found), "places": places(workspace),
        "labels": list(Label.objects.filter(workspace=workspace)), "its_labels": set(found.labels.all()),
        "record": told.happenings(*versions)[-50:],
    })  # fmt: skip


@require_safe
@in_workspace()
def original(request: HttpRequest, media: UUID) -> HttpResponseBase:
    """The file as it was given, to be saved: with all that a camera wrote into it, so for members only."""
    found = _find(request, media)
    kept = Kept(found.original_key, "application/octet-stream", found.sha256)
    response = answered(request, kept, fresh=FRESH)
    response["Content-Disposition"] = content_disposition_header(True, found.name)
    return response


@require_POST
@in_workspace("write")
def change(request: HttpRequest, media: UUID) -> HttpResponse:
    """Name, description, folder and labels, as they stand on the page."""
    found, given, by = _find(request, media), request.POST, request.user
    found.rename(given.get("name", ""), by=by)
    found.describe(given.get("alt", "").replace("\r\n", "\n"), by=by)
    pk = as_id(given.get("folder", ""))
    found.move(Folder.objects.filter(workspace=found.workspace, pk=pk).first() if pk else None, by=by)
    found.label(labels_of(found.workspace, given.getlist("labels"), given.get("new_labels", "")), by=by)
    messages.success(request, _("It is kept."))
    return _home(found)


@require_POST
@in_workspace("write")
def rights(request: HttpRequest, media: UUID) -> HttpResponse:
    found, given = _find(request, media), request.POST
    typed = given.get("until", "").strip()
    until = as_date(typed)
    if typed and until is None:
        messages.error(request, _("“%(text)s” is not a day. Write it like 2026-12-31.") % {"text": typed[:40]})
        return _home(found)
    found.permit(
        holder=given.get("holder", ""), permission=given.get("permission", "")[:4000], until=until,
        note=given.get("note", "")[:4000], by=request.user, now=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("The rights are kept."))
    return _home(found)


# -- versions


@require_POST
@in_workspace("write")
def version(request: HttpRequest, media: UUID) -> HttpResponse:
    """Another file in the place of this one. Posts keep what they have until somebody says otherwise."""
    found, file = _find(request, media), request.FILES.get("file")
    if file is None:
        messages.error(request, _("No file came with it. Choose one."))
        return _home(found)
    try:
        new = Media.objects.keep(workspace=found.workspace, file=file, name=file.name or "file", by=request.user)
        new.become(found, by=request.user)
    except BadMedia as error:
        messages.error(request, str(error))
        return _home(found)
    except OSError:
        messages.error(request, _(DISK))
        return _home(found)
    messages.success(request, _("The new version is here. The old one is kept."))
    return _home(new)


@require_POST
@in_workspace("write")
def bring_back(request: HttpRequest, media: UUID) -> HttpResponse:
    found = _find(request, media)
    found.bring_back(by=request.user)
    messages.success(request, _("This version is the one that is shown again."))
    return _home(found)


@require_POST
@in_workspace("write")
def take(request: HttpRequest, media: UUID) -> HttpResponse:
    """Puts this version into the posts that were chosen, as far as they have not left."""
    found, wanted, taken = _find(request, media), set(request.POST.getlist("posts")), 0
    for post, old in not_out_yet(found):
        if str(post.pk) not in wanted:
            continue
        promised = Delivery.objects.filter(post=post).exclude(state=State.CANCELLED).select_related("channel")
        if refused(request.member, [one.channel for one in promised]):  # type: ignore[attr-defined]
            messages.error(
                request,
                _("“%(post)s” is scheduled: an editor has to give it the new version.") % {"post": post.summary[:60]},
            )
            continue
        try:
            post.take_version(old, found, by=request.user)
        except (Stale, AlreadyLeaving):
            messages.error(
                request, _("“%(post)s” was changed or left in between: look at it.") % {"post": post.summary[:60]}
            )
            continue
        for one in Delivery.objects.filter(post=post, state=State.SCHEDULED).select_related("channel"):
            prepare(post.said_on(one.channel), channel=one.channel, now=timezone.now())
        taken += 1
    if taken:
        sentence = ngettext("%(n)d post has the new version.", "%(n)d posts have the new version.", taken)
        messages.success(request, sentence % {"n": taken})
    return _home(found)


# -- in and out


@require_POST
@in_workspace("write")
def remove(request: HttpRequest, media: UUID) -> HttpResponse:
    found = _find(request, media)
    found.remove(by=request.user, now=timezone.now())
    request.session["taken_out"] = [str(found.pk)]
    return redirect("library", found.workspace_id)


@require_POST
@in_workspace("write")
def restore(request: HttpRequest, media: UUID) -> HttpResponse:
    found = _find(request, media)
    found.restore(by=request.user)
    messages.success(request, _("It is back where it was."))
    return _home(found)


def _find(request: HttpRequest, pk: UUID) -> Media:
    rows = Media.objects.select_related("workspace", "folder", "added_by", "first")
    return get_object_or_404(rows, workspace=request.member.workspace, source=None, pk=pk)  # type: ignore[attr-defined]


def _home(media: Media) -> HttpResponse:
    return redirect("library_media", media.workspace_id, media.pk)
