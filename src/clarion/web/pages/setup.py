"""First set-up: the house, its first workspace and owner. The page is there only while nobody exists."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from clarion.organisations.models import User
from clarion.web.first_set_up import found
from clarion.web.place import stated

BACKEND = "clarion.web.accounts.Backend"


def zones() -> list[tuple[str, str]]:
    """Zones that people know: continents and cities, and UTC."""
    known = sorted(z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "SystemV/", "US/")))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in known)]


class FirstSetUp(forms.Form):
    organisation = forms.CharField(
        label=gettext_lazy("Organisation"), max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
        help_text=gettext_lazy("A city hall, a library, a shop, or your own name."),
    )  # fmt: skip
    workspace = forms.CharField(
        label=gettext_lazy("Workspace"), max_length=160, initial=gettext_lazy("Press office"),
        help_text=gettext_lazy("The team that works together."),
    )  # fmt: skip
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"), choices=zones, initial="UTC")
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("At least 15 characters. Several words in a row are best."),
    )  # fmt: skip


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@stated("anybody")
def setup(request: HttpRequest) -> HttpResponse:
    if User.objects.exists():
        raise Http404
    form = FirstSetUp(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = found(**form.cleaned_data, now=timezone.now())
        except ValidationError as error:
            form.add_error("password", error)
        else:
            login(request, made.user, backend=BACKEND)
            return redirect("today", made.workspace.pk)
    return render(request, "setup.html", {"form": form}, status=422 if form.errors else 200)
