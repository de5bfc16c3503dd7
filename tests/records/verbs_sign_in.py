"""Verbs of signing in and of leaving, with the event that each leaves."""

from __future__ import annotations

from collections.abc import Callable

from clarion.organisations.models import SignInPolicy

BECAUSE = "because of the flood"


def decided(desk) -> None:
    SignInPolicy.objects.decide(
        organisation=desk.house, second_factor_from=desk.now, idle_hours=1, whole_hours=24, by=desk.ingrid
    )


def left(desk) -> None:
    desk.amir.deactivate(by=desk.ingrid, because="leave", now=desk.now)


SIGN_IN: dict[str, tuple[str, Callable]] = {
    "User.rename": ("person.renamed", lambda d: d.amir.rename("Amir H.", by=d.amir)),
    "User.change_email": ("person.email_changed", lambda d: d.amir.change_email("a@halden.example", by=d.amir)),
    "User.end_sessions": ("person.sessions_ended", lambda d: d.amir.end_sessions(by=d.amir)),
    "User.deactivate": ("person.deactivated", lambda d: d.amir.deactivate(by=d.ingrid, because=BECAUSE, now=d.now)),
    "User.reactivate": ("person.reactivated", lambda d: d.amir.reactivate(by=d.ingrid, because="back")),
    "SignInPolicyQuerySet.decide": ("sign_in.decided", decided),
}  # fmt: skip

SIGN_IN_BEFORE: dict[str, Callable] = {"User.reactivate": left}

SIGN_IN_NO_VERBS = {
    "SignInPolicyQuerySet.over", "SignInPolicy.as_json", "User.tell",
    # What is kept of a password; who changed it, and that it was, is told where allauth says so.
    "User.set_password", "User.check_password",
}  # fmt: skip
