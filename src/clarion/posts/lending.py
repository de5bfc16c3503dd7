"""Files lent to networks that fetch them: an address that says itself, by its signature, what it shows and how long.

Nothing is written for it and nothing has to be cleared: after ``LENGTH`` the address shows nothing any more.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.utils.translation import gettext as _

from clarion.networks import base as networks
from clarion.networks.addresses import PrivateHosts, is_public
from clarion.networks.words import Refused
from clarion.posts.models.media import Media

LENGTH = timedelta(hours=6)
"""Networks fetch within minutes; one that is slow, or that comes again after a fault of its own, still finds it."""
PATH = "/lent/"
_SALT = "clarion.posts.lending"


def lender(workspace_id: UUID) -> networks.Lend:
    """What a network of the workspace asks for addresses."""
    return partial(_lend, workspace_id=workspace_id)


def _lend(media: networks.Media, *, workspace_id: UUID) -> str:
    """The address of the file. Raises Refused where nobody outside can reach this installation, or the file is gone."""
    if not can_be_reached():
        sentence = _(
            "This network fetches files from Clarion, and %(address)s is no address that it can reach. "
            "Set CLARION_BASE_URL to a public one."
        )
        raise Refused(sentence % {"address": settings.BASE_URL}, code="no_address")
    row = Media.objects.filter(workspace=workspace_id, clean_sha256=media.sha256).first()
    if row is None:
        raise Refused(_("A picture of this post is gone. Attach it again."), code="media_gone")
    return f"{settings.BASE_URL}{PATH}{TimestampSigner(salt=_SALT).sign(row.pk.hex)}{row.ending}"


def can_be_reached() -> bool:
    """Whether others can fetch from ``CLARION_BASE_URL``: a name, a public address, or a private host that is named."""
    address = urlsplit(settings.BASE_URL)
    host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    try:
        number = ip_address("127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host)
    except ValueError:
        return "." in host
    return is_public(number) or PrivateHosts(settings.PRIVATE_HOSTS).allow(host=host, address=number, port=port)


def borrowed(name: str) -> Media | None:
    """The file behind the last part of a lent address; None when it was not we who lent it, or the time is over."""
    signed = name.rpartition(".")[0]
    try:
        pk = TimestampSigner(salt=_SALT).unsign(signed, max_age=LENGTH)
    except BadSignature:
        return None
    return Media.objects.filter(pk=UUID(hex=pk)).first()
