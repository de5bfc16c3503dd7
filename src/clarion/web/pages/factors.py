"""Setting up an authenticator app."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from django.http import HttpResponse

from clarion.web.second_factor import STEP


class Activate(ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        app.data[STEP] = form.step
        app.save(update_fields=["data"])
        return answer


activate = Activate.as_view()
