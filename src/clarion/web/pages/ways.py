"""How a person is told of what: her choices for all workspaces or for one, when her digest comes, and her devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from clarion.notifications import mail
from clarion.notifications.kinds import AT_ONCE, DIGEST, EMAIL, OFF, PUSH, TOPICS, WAYS, Topic
from clarion.notifications.models import Choice, PushKey, Reader, Unreachable
from clarion.organisations.models import User, Workspace
from clarion.organisations.models.workspace import known_zone
from clarion.web.pages.notifications import _at_home
from clarion.web.place import in_workspace, shell_of, signed_in, stated

WORDS = {AT_ONCE: gettext_lazy("At once"), DIGEST: gettext_lazy("In the digest"), OFF: gettext_lazy("Off")}
WAY_WORDS = {EMAIL: gettext_lazy("E-mail"), PUSH: gettext_lazy("On your devices")}


@dataclass(frozen=True)
class Cell:
    """One choice: of a topic and a way. The empty option stands for what holds otherwise."""

    name: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


@dataclass(frozen=True)
class Line:
    topic: Topic
    cells: list[Cell]


class Digest(forms.Form):
    hour = forms.TypedChoiceField(
        label=gettext_lazy("Your digest comes at"),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
    )
    zone = forms.CharField(
        label=gettext_lazy("Time zone"), required=False, max_length=64, validators=[known_zone],
        help_text=gettext_lazy("Such as Europe/Oslo. Empty: that of the workspace."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    return _at_home(request, "told_ways")


@in_workspace("asked")
def ways(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    only = workspace if request.GET.get("for") == "workspace" else None
    reader = Reader.objects.known([request.user.pk])[request.user.pk]
    form = Digest(request.POST or None, initial={"hour": reader.hour, "zone": reader.zone})
    status = 200
    if request.method == "POST":
        chosen = _read(request.POST)
        if only is None and not form.is_valid():
            return _page(request, only, form, chosen=chosen, status=422)
        try:
            Choice.objects.choose(request.user, workspace=only, chosen=chosen)
        except Unreachable as error:
            messages.error(request, str(error))
            return _page(request, only, form, chosen=chosen, status=422)
        if only is None:
            reader.hour, reader.zone = form.cleaned_data["hour"], form.cleaned_data["zone"]
            reader.save()
        _keep_language(request.user)
        messages.success(request, _("Kept. From now on you are told this way."))
        return redirect(reverse("told_ways", args=[workspace.pk]) + ("?for=workspace" if only else ""))
    return _page(request, only, form, chosen=None, status=status)


def _keep_language(user: Any) -> None:
    """Who never chose a language has at least read this page in one."""
    if not user.language:
        User.objects.filter(pk=user.pk).update(language=get_language() or "")


def _read(data: Any) -> dict[tuple[str, str], str]:
    return {(topic, way): data.get(f"{topic}.{way}", "") for topic in TOPICS for way in WAYS}


def _page(request: HttpRequest, only: Workspace | None, form: Digest, *, chosen: Any, status: int) -> HttpResponse:
    mine = Choice.objects.of(request.user, workspace=None)
    shown = chosen if chosen is not None else Choice.objects.of(request.user, workspace=only) if only else mine
    return render(request, "ways.html", {
        "here": "told", "only": only,
        "lines": [_line(topic, shown, mine if only else None) for topic in TOPICS.values()],
        "ways": [WAY_WORDS[way] for way in WAYS], "form": form, "devices": request.user.devices.all(),
        "key": PushKey.objects.ours(now=timezone.now()).public, "several": len(shell_of(request).workspaces) > 1,
    }, status=status)  # fmt: skip


def _line(topic: Topic, shown: Any, everywhere: Any) -> Line:
    return Line(topic, [_cell(topic, way, shown.get((topic.name, way), ""), everywhere) for way in WAYS])


def _cell(topic: Topic, way: str, chosen: str, everywhere: Any) -> Cell:
    label = _("%(topic)s: %(way)s") % {"topic": topic.label, "way": WAY_WORDS[way]}
    options = [(when, str(WORDS[when])) for when in topic.choices(way)]
    default = topic.default(way)
    if everywhere is not None:
        default = everywhere.get((topic.name, way), default)
        options.insert(0, ("", _("As everywhere: %(when)s") % {"when": _lower(WORDS[default])}))
    return Cell(f"{topic.name}.{way}", label, options, chosen or ("" if everywhere is not None else default))


def _lower(word: str | Promise) -> str:
    text = str(word)
    return text[:1].lower() + text[1:]


@stated("secret")
@csrf_exempt  # mail programs press it for people, without any page of ours: RFC 8058, section 3.1
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """No e-mails of these topics any more. Opening it does nothing: those who look through mail open every link."""
    try:
        person, topics = mail.off(token)
    except BadSignature as error:
        raise Http404 from error
    user = User.objects.filter(pk=person, is_active=True).first()
    if user is None:
        raise Http404
    if request.method == "POST":
        chosen = {(topic, EMAIL): OFF for topic in topics}
        Choice.objects.choose(user, workspace=None, chosen=chosen)
        for workspace in Workspace.objects.of(user):
            if kept := {key: "" for key in Choice.objects.of(user, workspace=workspace) if key in chosen}:
                Choice.objects.choose(user, workspace=workspace, chosen=kept)
    return render(request, "notifications_off.html", {
        "done": request.method == "POST", "topics": [TOPICS[topic] for topic in topics], "email": user.email,
    })  # fmt: skip
