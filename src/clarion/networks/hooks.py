"""Calls that networks make to us: nothing is read that is not signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping

from .base import JSON, Refused
from .wording import _


def signed_body(
    headers: Mapping[str, str], body: bytes, *, header: str, secret: str, label: str,
    digest: str = "sha256", before: bytes = b"", mark: str = "",
) -> JSON:  # fmt: skip
    """The data of a call whose ``header`` holds the HMAC of ``before`` and the body in hex, after a ``mark`` if any.

    Raises Refused (``signature``). Unreadable data is empty. A call carries no time of its own: an old one may come
    again, so whoever keeps messages keeps them by their id.
    """
    given = next((value for name, value in headers.items() if name.lower() == header), "").removeprefix(mark)
    ours = hmac.new(secret.encode(), before + body, getattr(hashlib, digest)).hexdigest()
    if not secret or not hmac.compare_digest(given.lower().encode(), ours.encode()):
        sentence = _("A call in the name of %(network)s is not signed by it. It was not read.")
        raise Refused(sentence % {"network": label}, code="signature")
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    return data if isinstance(data, Mapping) else {}
