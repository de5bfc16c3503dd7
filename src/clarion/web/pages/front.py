"""The way in: the root of the site, the look, and the gallery of components."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from clarion.organisations.models import Member, Officer, User
from clarion.web.context import THEMES
from clarion.web.pages.examples import PICTURE, examples, made_up
from clarion.web.place import in_workspace, stated

YEAR = 60 * 60 * 24 * 365


@require_safe
@stated("anybody")
def home(request: HttpRequest) -> HttpResponse:
    """Set-up while nobody exists, sign-in for strangers, Today of the workspace last looked at for members."""
    if not request.user.is_authenticated:
        return redirect("account_login" if User.objects.exists() else "setup")
    rows = Member.objects.filter(user=request.user).select_related("workspace", "custom")
    mine = [one for one in rows.order_by("workspace__created_at") if one.may("asked") or one.may("read")]
    if not mine:
        office = Officer.objects.of(request.user).first()
        return redirect("organisation", office.organisation_id) if office else render(request, "nowhere.html")
    last = request.session.get("workspace", "")
    reads = [one for one in mine if one.may("read")] or mine
    place = next((one for one in reads if str(one.workspace_id) == last), reads[0])
    return redirect("today" if place.may("read") else "approvals", place.workspace_id)


@require_POST
@stated("anybody")
def theme(request: HttpRequest) -> HttpResponse:
    """Remembers light or dark; anything else gives the choice back to the system."""
    chosen, back = request.POST.get("theme", ""), request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else "/")
    if chosen in THEMES:
        response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@stated("anybody")
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The reader's language: for this browser, and for letters to her."""
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in dict(settings.LANGUAGES):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    return set_language(request)


@require_safe
@in_workspace()
def pulse(request: HttpRequest) -> HttpResponse:
    """Only the pulse, and how much is new to the person, for js/live.js."""
    response = render(request, "parts/pulse_live.html")
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@login_required
@stated("signed in")
def design(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who build pages."""
    return render(request, "design.html", examples(timezone.now()))


@require_safe
@login_required
@stated("signed in")
def picture(request: HttpRequest, **asked: object) -> HttpResponse:
    """The picture of what is made up in the gallery; its address is what a real one would be."""
    return HttpResponse(PICTURE, content_type="image/svg+xml")


@require_safe
@login_required
@stated("signed in")
def made_up_pulse(request: HttpRequest) -> HttpResponse:
    """The pulse of the gallery, for js/live.js."""
    return render(request, "parts/pulse.html", {"shell": made_up()})
