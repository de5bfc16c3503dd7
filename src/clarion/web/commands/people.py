"""clarion people …"""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone

from clarion.organisations.models import IdentityProvider, User
from clarion.web.commands.asked import OPERATOR, answer
from clarion.web.said import Said


def _person(email: str, because: str) -> User:
    if not because.strip():
        raise Said("Say why: --because TEXT. It is kept in the record.")
    found = User.objects.filter(email__iexact=email.strip()).first()
    if found is None:
        raise Said(f"Nobody signs in with {email}.")
    return found


def deactivate(*, email: str, because: str, json: bool) -> None:
    person = _person(email, because)
    changed = person.deactivate(by=OPERATOR, because=because, now=timezone.now())
    human = f"{person.email} is out, and comes in no more." if changed else f"{person.email} was out already."
    answer({"email": person.email, "active": False, "changed": changed}, json=json, human=human)


def reactivate(*, email: str, because: str, json: bool) -> None:
    person = _person(email, because)
    changed = person.reactivate(by=OPERATOR, because=because)
    human = f"{person.email} may sign in again." if changed else f"{person.email} may sign in as before."
    answer({"email": person.email, "active": True, "changed": changed}, json=json, human=human)


def forget_factors(*, email: str, because: str, json: bool) -> None:
    person = _person(email, because)
    with transaction.atomic():
        count = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES).count()
        Authenticator.objects.filter(user=person).delete()
        person.tell("person.factors_forgotten", by=OPERATOR, because=because, before={"factors": count})
        person.end_sessions(by=OPERATOR)
    human = f"{person.email} has no second factor now, and signs in with the password alone until one is set up."
    answer({"email": person.email, "forgotten": count}, json=json, human=human)


def forget_sign_on(*, email: str, because: str, json: bool) -> None:
    person = _person(email, because)
    with transaction.atomic():
        providers = IdentityProvider.objects.filter(identities__user=person).distinct().select_related("organisation")
        for one in (found := list(providers)):
            one.forget(person, by=OPERATOR, because=because)
        person.end_sessions(by=OPERATOR)
    human = f"{person.email} is known to no provider by a name now, and by the address at the next sign-in."
    answer({"email": person.email, "forgotten": len(found)}, json=json, human=human)
