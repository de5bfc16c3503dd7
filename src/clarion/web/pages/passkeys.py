"""Adding a passkey: always one that opens by itself, so the device keeps it and asks for a PIN, a finger or a face."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView


class Add(AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "js_data": {"creation_options": auth.begin_registration(self.request.user, True)}}


add = Add.as_view()
