"""What is said of a call that ended without its whole answer: nothing was sent, or it may have happened."""

from __future__ import annotations

from .addresses import Unresolved
from .wire import Call, NotConnected, Why
from .wording import _, gettext_noop
from .words import Failure, NotNow, Unknown


def gone(host: str, code: str, *, call: Call, writing: bool) -> Failure:
    if not call.touched:
        sentence = _("%(host)s cannot be reached: no answer in time. Nothing was sent.")
        return NotNow(sentence % {"host": host}, code="unreachable")
    if writing:
        return Unknown(_(_MAYBE[code]) % {"host": host}, slow=code == "timeout", code=code)
    return NotNow(_(_BROKEN[code]) % {"host": host}, code=code)


_MAYBE = {
    "timeout": gettext_noop("%(host)s did not answer in time: it may or may not have happened."),
    "reset": gettext_noop("%(host)s broke the connection before it answered: it may or may not have happened."),
    "truncated": gettext_noop("%(host)s broke off in the middle of its answer: it may or may not have happened."),
    "oversized": gettext_noop("%(host)s answered with far too much to be read: it may or may not have happened."),
}
"""What is said of a write whose answer was lost, by code; below the same of a read."""
_BROKEN = {
    "timeout": gettext_noop("%(host)s did not answer in time."),
    "reset": gettext_noop("%(host)s broke the connection before it answered."),
    "truncated": gettext_noop("%(host)s broke off in the middle of its answer."),
    "oversized": gettext_noop("%(host)s answered with far too much to be read."),
}
_UNREACHED = {
    Why.CERTIFICATE: gettext_noop(
        "%(host)s cannot be reached: its certificate is not valid: %(detail)s. Nothing was sent."
    ),
    Why.INSECURE: gettext_noop("%(host)s cannot be reached: no secure connection (%(detail)s). Nothing was sent."),
    Why.SILENT: gettext_noop("%(host)s cannot be reached: no answer. Nothing was sent."),
    Why.REFUSED: gettext_noop("%(host)s cannot be reached: %(detail)s. Nothing was sent."),
    Why.NOWHERE: gettext_noop("%(host)s cannot be reached: no connection. Nothing was sent."),
}


def unreached(host: str, error: Unresolved | NotConnected) -> str:
    if isinstance(error, Unresolved):
        return _("%(host)s cannot be reached: its name was not found. Nothing was sent.") % {"host": host}
    return _(_UNREACHED[error.why]) % {"host": host, "detail": error.detail}
