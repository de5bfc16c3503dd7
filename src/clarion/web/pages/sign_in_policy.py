"""How the people of an organisation sign in: whether a second factor is asked of all, and how long a session lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clarion.organisations.models import SignInPolicy, User
from clarion.web.accounts import FACTORS
from clarion.web.place import in_organisation

FREE, KEEP = "free", "keep"
GRACE = ("0", "7", "14", "30")
MOST = 200
"""So many people without a second factor are named."""


class PolicyForm(forms.Form):
    second_factor = forms.ChoiceField(label=gettext_lazy("Second factor"), widget=forms.RadioSelect)
    idle_hours = forms.TypedChoiceField(
        label=gettext_lazy("Signed out when nothing happens for"), coerce=int,
        choices=[
            (1, gettext_lazy("1 hour")), (8, gettext_lazy("8 hours")), (24, gettext_lazy("1 day")),
            (7 * 24, gettext_lazy("7 days")), (14 * 24, gettext_lazy("14 days")),
        ],
    )  # fmt: skip
    whole_hours = forms.TypedChoiceField(
        label=gettext_lazy("Signed out in any case after"), coerce=int,
        choices=[
            (12, gettext_lazy("12 hours")), (24, gettext_lazy("1 day")), (7 * 24, gettext_lazy("7 days")),
            (30 * 24, gettext_lazy("30 days")),
        ],
    )  # fmt: skip

    def __init__(self, *args: Any, policy: SignInPolicy, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "second_factor": KEEP if policy.second_factor_from else FREE,
            "idle_hours": policy.idle_hours, "whole_hours": policy.whole_hours,
        }  # fmt: skip
        super().__init__(*args, **kwargs)
        self.policy = policy
        choices = [
            (FREE, _("Each person may choose")), ("0", _("Everybody, from now on")),
            ("7", _("Everybody, from 7 days on")), ("14", _("Everybody, from 14 days on")),
            ("30", _("Everybody, from 30 days on")),
        ]  # fmt: skip
        if policy.second_factor_from:
            choices.insert(1, (KEEP, _("Everybody, as it is decided")))
        self.fields["second_factor"].choices = choices  # type: ignore[attr-defined]

    def second_factor_from(self) -> Any:
        chosen = self.cleaned_data["second_factor"]
        if chosen == KEEP:
            return self.policy.second_factor_from
        return timezone.now() + timedelta(days=int(chosen)) if chosen in GRACE else None


@require_http_methods(["GET", "HEAD", "POST"])
@in_organisation("sign_in")
def sign_in_policy(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    house = request.officer.organisation  # type: ignore[attr-defined]
    policy = SignInPolicy.objects.filter(organisation=house).first() or SignInPolicy(organisation=house)
    form = PolicyForm(request.POST or None, policy=policy)
    if request.method == "POST" and form.is_valid():
        SignInPolicy.objects.decide(
            organisation=house, second_factor_from=form.second_factor_from(), by=request.user,
            idle_hours=form.cleaned_data["idle_hours"], whole_hours=form.cleaned_data["whole_hours"],
        )  # fmt: skip
        messages.success(request, _("This is how people sign in from now on."))
        return redirect("sign_in_policy", house.pk)
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    people = User.objects.filter(memberships__workspace__organisation=house, is_active=True).distinct()
    without = people.filter(~Exists(factors)).order_by("name", "email")
    return render(request, "sign_in_policy.html", {
        "here": "sign_in_policy", "form": form, "policy": policy, "house": house, "without": without[:MOST],
        "lacking": without.count(), "all": people.count(),
    }, status=422 if form.errors else 200)  # fmt: skip
