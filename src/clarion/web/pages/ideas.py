"""The board of ideas: put, shaped, moved between its columns, and made a draft of in one press."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clarion.organisations.ids import as_id
from clarion.posts.models import Idea, IdeaBoard, Media, Ripeness
from clarion.posts.models.idea import MOST_IN_A_COLUMN
from clarion.posts.models.media import BadMedia
from clarion.web.forms.incoming import IdeaForm, labelled
from clarion.web.place import in_workspace


@require_safe
@in_workspace()
def ideas(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    rows = list(
        Idea.objects.on_board().filter(workspace=workspace).select_related("by", "picture").prefetch_related("labels")
        [: MOST_IN_A_COLUMN * len(Ripeness.values)]
    )  # fmt: skip
    names = IdeaBoard.names_of(workspace)
    columns = [(value, name, [row for row in rows if row.ripeness == value]) for value, name in names.items()]
    gone = Idea.objects.filter(workspace=workspace).exclude(removed_at=None)
    removed = gone.filter(pk=as_id(request.GET.get("removed", "")))
    return render(request, "ideas.html", {
        "here": "ideas", "columns": columns, "names": names.items(), "removed": removed.first(), "is_empty": not rows,
        "share": request.build_absolute_uri(reverse("idea_new", args=[workspace.pk])),
    })  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def new(request: HttpRequest) -> HttpResponse:
    """A new idea. What a bookmark or another app shares (``title``, ``url``, ``text``) is filled in for a person."""
    given = request.GET
    text = "\n\n".join(filter(None, (given.get("title", "").strip()[:500], given.get("text", "").strip()[:4000])))
    initial = {"text": text, "link": given.get("url", "")[:2000], "ripeness": Ripeness.IDEA}
    form = IdeaForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = _kept(request, form, None)
        if values is not None:
            workspace = request.member.workspace  # type: ignore[attr-defined]
            made = Idea.objects.put(
                workspace=workspace, by=request.user, ripeness=form.cleaned_data["ripeness"] or Ripeness.IDEA, **values
            )
            messages.success(request, _("The idea is on the board."))
            return redirect(f"{reverse('ideas', args=[workspace.pk])}#idea-{made.pk}")
    return _form(request, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("write")
def edit(request: HttpRequest, idea: UUID) -> HttpResponse:
    found = _find(request, idea)
    labels = ", ".join(label.name for label in found.labels.all())
    initial = {"text": found.text, "link": found.link, "labels": labels, "ripeness": found.ripeness}
    form = IdeaForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = _kept(request, form, None if request.POST.get("no-picture") else found.picture)
        if values is not None:
            found.change(by=request.user, **values)
            to = form.cleaned_data["ripeness"]
            if to and to != found.ripeness:
                found.move(to=to, by=request.user)
            messages.success(request, _("The idea is kept."))
            return redirect(f"{reverse('ideas', args=[found.workspace_id])}#idea-{found.pk}")
    return _form(request, form, found)


@require_POST
@in_workspace("write")
def do(request: HttpRequest, idea: UUID) -> HttpResponse:
    """Moves it (``to`` a column, ``ahead_of`` another idea), makes it a draft, removes it, or brings it back."""
    found, by, given = _find(request, idea), request.user, request.POST
    asked, board = given.get("do", ""), reverse("ideas", args=[found.workspace_id])
    if asked == "draft":
        post = found.become_draft(by=by)
        messages.success(request, _("This draft says what the idea said. Nothing goes out until you schedule it."))
        return redirect("composer", post.workspace_id, post.pk)
    if asked == "remove":
        found.remove(by=by, now=timezone.now())
        return redirect(f"{board}?removed={found.pk}")
    if asked == "back":
        found.bring_back(by=by)
    elif given.get("to") in Ripeness.values:
        pk = as_id(given.get("ahead_of", ""))
        before = Idea.objects.on_board().filter(workspace=found.workspace_id, pk=pk).first() if pk else None
        found.move(to=given["to"], ahead_of=before, by=by)
    if request.headers.get("X-Part"):
        return HttpResponse(status=204)
    return redirect(f"{board}#idea-{found.pk}")


@require_POST
@in_workspace("publish")
def names(request: HttpRequest) -> HttpResponse:
    """What the columns are called."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    given = {key: request.POST.get(key, "") for key in Ripeness.values}
    IdeaBoard.rename(workspace, names=given, by=request.user)
    messages.success(request, _("The columns have these names now."))
    return redirect("ideas", workspace.pk)


def _kept(request: HttpRequest, form: IdeaForm, picture: Media | None) -> dict[str, Any] | None:
    """The form as ``put`` and ``change`` take it; None when its picture cannot be kept, and the form says why."""
    workspace, values = request.member.workspace, form.cleaned_data  # type: ignore[attr-defined]
    if values["picture"] is not None:
        try:
            picture = Media.objects.keep(
                workspace=workspace, file=values["picture"], name=values["picture"].name, by=request.user
            )
        except BadMedia as error:
            form.add_error("picture", str(error))
            return None
    labels = labelled(values["labels"], workspace=workspace)
    return {"text": values["text"], "link": values["link"], "picture": picture, "labels": labels}


def _form(request: HttpRequest, form: IdeaForm, found: Idea | None) -> HttpResponse:
    form.fields["ripeness"].choices = list(IdeaBoard.names_of(request.member.workspace).items())  # type: ignore[attr-defined]
    return render(
        request, "idea_form.html", {"here": "ideas", "form": form, "idea": found},
        status=422 if request.method == "POST" else 200,
    )  # fmt: skip


def _find(request: HttpRequest, pk: UUID) -> Any:
    rows = Idea.objects.select_related("workspace__organisation", "picture").prefetch_related("labels")
    return get_object_or_404(rows, workspace=request.member.workspace, pk=pk)  # type: ignore[attr-defined]
