"""People: who is in the workspace and what each may do."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clarion.organisations.models import Member, Role, User
from clarion.organisations.policy import OF_A_WORKSPACE, OF_THE_ORGANISATION
from clarion.web.invitations import invite
from clarion.web.place import in_workspace

MEANS = {
    Role.OWNER: gettext_lazy("everything, in every workspace of the organisation"),
    Role.ADMINISTRATOR: gettext_lazy("everything but making owners, in every workspace"),
    Role.AUDITOR: gettext_lazy("reads everything, changes nothing"),
    Role.MANAGER: gettext_lazy("channels, people, approvals, rules, and the crisis switch"),
    Role.EDITOR: gettext_lazy("writes, schedules and publishes; can be asked for a yes"),
    Role.CONTRIBUTOR: gettext_lazy("writes drafts and asks for a yes"),
    Role.RESPONDER: gettext_lazy("reads, and answers what people write"),
    Role.VIEWER: gettext_lazy("reads"),
    Role.GUEST: gettext_lazy("sees only what waits for their own yes"),
}


def roles_for(member: Member) -> list[tuple[str, str]]:
    """The roles that ``member`` may give: only an owner makes owners."""
    offices = [role for role in OF_THE_ORGANISATION if member.may("owners" if role == Role.OWNER else "officers")]
    return [(role.value, str(role.label)) for role in (*offices, *OF_A_WORKSPACE)]


class NewMember(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"))

    def __init__(self, *args: object, by: Member, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["role"].choices = roles_for(by)  # what each may do is told on the same page
        self.fields["role"].initial = Role.EDITOR


@require_safe
@in_workspace()
def people(request: HttpRequest) -> HttpResponse:
    return _page(request, NewMember(by=request.member))  # type: ignore[attr-defined]


def _page(request: HttpRequest, form: NewMember, status: int = 200) -> HttpResponse:
    me = request.member  # type: ignore[attr-defined]
    members = list(me.workspace.members.select_related("user").order_by("user__name", "user__email"))
    for member in members:
        member.key, member.can_change = (
            str(member.pk),
            me.may("people") and (member.role != Role.OWNER or me.role == Role.OWNER),
        )
        member.roles = roles_for(me)
    return render(request, "people.html", {"members": members, "form": form, "means": MEANS.items()}, status=status)


@require_POST
@in_workspace("people")
def add(request: HttpRequest) -> HttpResponse:
    me = request.member  # type: ignore[attr-defined]
    form = NewMember(request.POST, by=me)
    if not form.is_valid():
        return _page(request, form, 422)
    email, role = form.cleaned_data["email"].strip().lower(), form.cleaned_data["role"]
    with transaction.atomic():
        user = User.objects.filter(email__iexact=email).first()
        is_new = user is None
        user = user or User.objects.create_user(email, name=form.cleaned_data["name"])
        if me.workspace.members.filter(user=user).exists():
            form.add_error("email", _("This person is a member already. Change the role in the list."))
            return _page(request, form, 422)
        Member.objects.join(workspace=me.workspace, user=user, role=role, by=request.user)
    if not is_new:
        messages.success(request, _("%(who)s is a member now.") % {"who": user})
        return redirect("people", me.workspace_id)
    link = invite(request, user)
    if settings.ENVIRONMENT["CLARION_EMAIL_URL"]:
        messages.success(request, _("%(who)s is a member now and was sent a link to set a password.") % {"who": user})
    else:
        messages.warning(
            request,
            _("%(who)s is a member now. No e-mail is set up here: pass on this link to set a password: %(link)s")
            % {"who": user, "link": link},
        )
    return redirect("people", me.workspace_id)


@require_POST
@in_workspace("people")
def change(request: HttpRequest, member: str) -> HttpResponse:
    me = request.member  # type: ignore[attr-defined]
    other = get_object_or_404(
        Member.objects.select_related("user", "workspace__organisation"), workspace=me.workspace, pk=member
    )
    role = request.POST.get("role", "")
    if role not in dict(roles_for(me)):
        messages.error(request, _("You cannot give this role. Only an owner makes owners."))
    elif sentence := _hindrance(me, other, role):
        messages.error(request, sentence)
    else:
        Member.objects.join(workspace=me.workspace, user=other.user, role=role, by=request.user)
        messages.success(request, _("%(who)s: %(role)s.") % {"who": other.user, "role": Role(role).label})
    return redirect("people", me.workspace_id)


@require_POST
@in_workspace("people")
def remove(request: HttpRequest, member: str) -> HttpResponse:
    me = request.member  # type: ignore[attr-defined]
    other = get_object_or_404(
        Member.objects.select_related("user", "workspace__organisation"), workspace=me.workspace, pk=member
    )
    if sentence := _hindrance(me, other, ""):
        messages.error(request, sentence)
    else:
        other.leave(by=request.user)
        messages.success(request, _("%(who)s is no longer a member. What they wrote stays.") % {"who": other.user})
    return redirect(
        "home" if other.user_id == request.user.pk else "people",
        *([] if other.user_id == request.user.pk else [me.workspace_id]),
    )


def _hindrance(me: Member, other: Member, role: str) -> str:
    """Why this member may not be given ``role`` (empty: taken out) by me; empty when nothing hinders."""
    if other.role == Role.OWNER and me.role != Role.OWNER:
        return _("Only an owner may change an owner.")
    owners = other.workspace.members.filter(role=Role.OWNER)
    if other.role == Role.OWNER and role != Role.OWNER and not owners.exclude(pk=other.pk).exists():
        return _("A workspace needs an owner. Make somebody else owner first.")
    return ""
