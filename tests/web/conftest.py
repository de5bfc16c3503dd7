from __future__ import annotations

from datetime import timedelta

import pytest

from .sign_on import begun, provider, signer  # noqa: F401  fixtures


@pytest.fixture
def desk(client, ingrid, cityhall, board):
    """The press officer, signed in, with the address of her workspace's pages."""
    client.force_login(ingrid)

    class Desk:
        home = f"/w/{cityhall.pk}/"

        def get(self, path: str = "", **kwargs):
            return client.get(self.home + path, **kwargs)

        def post(self, path: str, data=None, **kwargs):
            return client.post(self.home + path, data or {}, **kwargs)

        def sign_in(self, user):
            client.force_login(user)
            return self

    return Desk()


@pytest.fixture
def promise(cityhall, ingrid, now):
    """A post on a channel at some minutes from now; ``state`` and ``reason`` as an engine would have left them."""

    def make(channel, *, text="The library is open.", minutes=10.0, state="scheduled", reason="", code="", **more):
        from clarion.deliveries.models import Delivery
        from clarion.posts.content import Content
        from clarion.posts.models import Post

        at = now + timedelta(minutes=minutes)
        post = Post.objects.write(workspace=cityhall, by=ingrid, content=Content.of(text), channels=[channel])
        (delivery,) = Delivery.objects.schedule(post, channels=[channel], at=at, by=ingrid, now=now)
        if state != "scheduled":
            Delivery.objects.filter(pk=delivery.pk).update(state=state, reason=reason, code=code, wake_at=None, **more)
            delivery.refresh_from_db()
        return delivery

    return make


@pytest.fixture
def app_key(client, ingrid, monkeypatch):
    """The key of Ingrid's authenticator app, set up through the pages a minute ago; she is signed in."""
    from allauth.mfa.models import Authenticator
    from django.db import transaction

    from .door import code, signs_in

    signs_in(client, ingrid.email)
    page = client.get("/account/factors/app/")
    secret = client.session["mfa.totp.secret"]
    assert " ".join(secret[at : at + 4] for at in range(0, 32, 4)) in page.text
    monkeypatch.setattr(transaction, "on_commit", lambda act, **more: act())  # a test's own transaction never commits
    assert client.post("/account/factors/app/", {"code": code(secret)}).url == "/account/factors/codes/"
    app = Authenticator.objects.get(user=ingrid, type="totp")
    app.data["step"] -= 2
    app.save()
    return secret
