"""The almanac of a workspace: whose holidays its calendar shows, and on which day a week begins."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clarion.posts.countries import countries, country_of, subdivisions
from clarion.posts.models import Almanac
from clarion.web.forms.planning import AlmanacForm
from clarion.web.place import in_workspace


@require_http_methods(["GET", "HEAD", "POST"])
@in_workspace("calendar")
def almanac(request: HttpRequest) -> HttpResponse:
    """With ``country`` in the address, its regions are offered before it is kept."""
    workspace = request.member.workspace  # type: ignore[attr-defined]
    found, known = Almanac.objects.of_workspace(workspace), countries()
    codes = {code for code, _name in known}
    asked = request.POST.get("country", request.GET.get("country", found.country))
    country = asked if asked in codes else ""
    initial = {"country": country, "subdivision": found.subdivision, "week_starts": found.week_starts}
    form = AlmanacForm(request.POST or None, countries=known, subdivisions=subdivisions(country), initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = form.cleaned_data
        found.keep(
            by=request.user, country=kept["country"], subdivision=kept.get("subdivision", ""),
            week_starts=kept["week_starts"],
        )  # fmt: skip
        messages.success(request, _("The calendar shows it from now on."))
        return redirect("calendar", workspace.pk)
    near = country_of(workspace.zone)
    return render(request, "almanac.html", {
        "here": "calendar", "form": form, "near": dict(known).get(near, "") if not country else "", "near_code": near,
    }, status=422 if request.method == "POST" else 200)  # fmt: skip
