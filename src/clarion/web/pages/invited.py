"""An invitation seen by whom it was sent to: opening the link does nothing; pressing comes in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clarion.organisations.models import Invitation, User
from clarion.web.invitations import first_password
from clarion.web.place import stated


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@stated("secret")
def invited(request: HttpRequest, secret: str) -> HttpResponse:
    now = timezone.now()
    found = Invitation.objects.by_secret(secret, now=now)
    if found is None:
        return render(request, "invited.html", {"gone": True}, status=404)
    me = request.user if request.user.is_authenticated else None
    mine = me is not None and me.email.lower() == found.email
    if request.method != "POST":  # whether the address is known shows nowhere: the link may be in other hands
        stage = "yes" if mine else "other" if me else "asks"
        return render(request, "invited.html", {"invitation": found, "stage": stage, "place": found.workspace})
    known = me if mine else User.objects.filter(email__iexact=found.email).first()
    if me is not None and not mine:
        raise Http404
    if known is not None and me is None:
        return redirect_to_login(request.path)
    try:
        with transaction.atomic():
            user = known or User.objects.create_user(found.email, name=request.POST.get("name", "").strip()[:120])
            came = found.accept(user=user, now=now)
    except IntegrityError:  # pressed twice at the same moment: the other press made the account
        came = False
    if not came:
        return render(request, "invited.html", {"gone": True}, status=404)
    if known is None:
        return redirect(first_password(user))
    messages.success(request, _("You are in. Welcome to %(workspace)s.") % {"workspace": found.workspace})
    return redirect("today", found.workspace_id)
