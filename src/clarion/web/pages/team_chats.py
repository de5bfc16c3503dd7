"""Tell people: channels that are the team's own chat, and what it hears of there."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clarion.channels.models import Channel
from clarion.deliveries.models import Delivery
from clarion.notifications.kinds import TOPICS
from clarion.notifications.models import TeamChat
from clarion.notifications.models.team_chat import NotAChat
from clarion.organisations.models import Workspace
from clarion.web.place import in_workspace

HEARD = [(topic.name, topic.label) for topic in TOPICS.values() if topic.chat]


class Told(forms.Form):
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("What it hears of"), choices=HEARD, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one thing.")},
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)


class NewChat(Told):
    channel = forms.ModelChoiceField(
        label=gettext_lazy("Channel"), queryset=Channel.objects.none(), empty_label=None,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a channel.")},
    )  # fmt: skip
    field_order = ("channel", "topics", "language")

    def __init__(self, *args: object, workspace: Workspace, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        living = Channel.objects.for_posts().filter(workspace=workspace)
        chats = [one.pk for one in living if one.kind.family == "chat"]
        self.fields["channel"].queryset = living.filter(pk__in=chats)  # type: ignore[attr-defined]

    def clean_channel(self) -> Channel:
        channel: Channel = self.cleaned_data["channel"]
        if Delivery.objects.filter(channel=channel, wake_at__isnull=False).exists():
            raise forms.ValidationError(_("Posts are still promised there. Move them, or choose another channel."))
        return channel


@in_workspace("channels")
def team_chats(request: HttpRequest) -> HttpResponse:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    form = NewChat(
        request.POST or None, workspace=workspace,
        initial={"topics": [name for name, _label in HEARD], "language": request.LANGUAGE_CODE},  # type: ignore[attr-defined]
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data
        try:
            made = TeamChat.objects.open(
                chosen["channel"], topics=chosen["topics"], language=chosen["language"], by=request.user,
                now=timezone.now(),
            )  # fmt: skip
        except NotAChat as error:
            form.add_error("channel", str(error))
        else:
            messages.success(request, _("%(channel)s hears of it from now on.") % {"channel": made.channel})
            return redirect("team_chats", workspace.pk)
    chats = TeamChat.objects.filter(workspace=workspace).select_related("channel")
    return render(request, "team_chats.html", {
        "here": "channels", "form": form, "can_open": form.fields["channel"].queryset.exists(),  # type: ignore[attr-defined]
        "chats": [(chat, _form(chat), str(chat.pk), chat.last()) for chat in chats],
    }, status=422 if form.is_bound else 200)  # fmt: skip


def _form(chat: TeamChat) -> Told:
    return Told(initial={"topics": chat.topics, "language": chat.language}, auto_id=f"{chat.pk}_%s")


@require_POST
@in_workspace("channels")
def change(request: HttpRequest, chat: UUID) -> HttpResponse:
    found, form = _found(request, chat), Told(request.POST)
    if form.is_valid():
        found.change(**form.cleaned_data, by=request.user)
        messages.success(request, _("Kept."))
    else:
        messages.error(request, _("Choose at least one thing. To end it, let the channel take posts again."))
    return redirect("team_chats", found.workspace_id)


@require_POST
@in_workspace("channels")
def close(request: HttpRequest, chat: UUID) -> HttpResponse:
    found = _found(request, chat)
    found.close(by=request.user)
    messages.success(request, _("%(channel)s takes posts again.") % {"channel": found.channel})
    return redirect("team_chats", found.workspace_id)


def _found(request: HttpRequest, chat: UUID) -> TeamChat:
    workspace = request.member.workspace  # type: ignore[attr-defined]
    return get_object_or_404(TeamChat.objects.select_related("channel"), workspace=workspace, pk=chat)
