"""What logs leave unsaid: secrets that this process knows, whatever is named like one, and what tells of a person.

An error is told by its type and its way through the code. Of its words stay those of the programmer: values stand in
quotes, and quotes are emptied.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from functools import lru_cache
from urllib.parse import unquote

from clarion.networks.addresses import apart
from clarion.networks.redaction import HIDDEN, Redactor

from .environment import Environment

_NAMED = r"[\w.\-]*(?:token|secret|passw|pwd|api[_-]?key|authori[sz]ation|cookie|session|csrf|credential)[\w.\-]*"
_HEADER = re.compile(
    rf"^(\s*{_NAMED}\s*:\s*)[^\n]+|(\b(?:cookie|authorization)\s*:\s*)[^\n]+", re.IGNORECASE | re.MULTILINE
)
_PAIR = re.compile(rf"""((['"]){_NAMED}\2\s*[:,=]\s*)b?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""", re.IGNORECASE)
_USER = re.compile(r"(\b[a-z][\w+.\-]*://)[^/\s@'\"]+@", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+")
_PHONE = re.compile(r"(?<!\w)\+\d(?:[ ().\-]{0,2}\d){7,14}(?!\d)")

# Messages about code hold names of the code. All others may hold what people typed and what networks said.
_OF_CODE = (AttributeError, TypeError, NameError, ImportError, NotImplementedError, SyntaxError, ZeroDivisionError)
_QUOTED = re.compile(
    r"""(?<!\w)'(?:[^'\\\n]|\\.)*'(?!\w)|“[^”\n]*”"""
    r"""|(?<!constraint )(?<!column )(?<!relation )(?<!table )"(?:[^"\\\n]|\\.)*\""""
)
_MOST = 300


def discreet(text: str) -> str:
    """The text without secrets, e-mail addresses and telephone numbers."""
    text = _known().text(text)
    text = _PAIR.sub(rf"\1'{HIDDEN}'", text)
    text = _HEADER.sub(lambda found: f"{found[1] or found[2]}{HIDDEN}", text)
    text = _USER.sub(rf"\1{HIDDEN}@", text)
    return _PHONE.sub("[phone]", _MAIL.sub("[e-mail]", text))


def _known() -> Redactor:
    from django.conf import settings  # noqa: PLC0415  logs begin before there are settings

    return _secrets_of(settings.ENVIRONMENT) if settings.configured else Redactor()


@lru_cache(maxsize=1)
def _secrets_of(environment: Environment) -> Redactor:
    """The secrets that the operator has set, whatever they are part of."""
    redactor = Redactor(environment.signing_keys)
    names = {name for name in os.environ if name.startswith("CLARION_")} | set(environment.names)
    for name in filter(re.compile("SECRET|KEY|TOKEN|PASSW").search, names):
        for entry in environment[name].split(","):
            redactor.add(entry)
            redactor.add(entry.partition(":")[2])
    for name in ("DATABASE_URL", "CLARION_EMAIL_URL", "CLARION_MEDIA_URL"):
        password = apart(environment[name]).netloc.rpartition("@")[0].partition(":")[2]
        redactor.add(password)
        redactor.add(unquote(password))
    return redactor


def said(error: BaseException) -> str:
    """An error in a line: its type, and its words without values."""
    words = str(error).strip()
    if not isinstance(error, _OF_CODE):
        words = _QUOTED.sub(lambda found: found[0][0] + "…" + found[0][-1], words.partition("\n")[0])
    return f"{type(error).__name__}: {discreet(words[:_MOST])}".rstrip(": ")


def told(error: BaseException) -> str:
    """An error with those that led to it and their ways through the code: as Python tells it, without values."""
    parts, seen, at = [], set(), error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        parts.append("".join(traceback.format_tb(at.__traceback__)) + said(at))
        at = at.__cause__ or (None if at.__suppress_context__ else at.__context__)  # type: ignore[assignment]
    return "\n\nwhich led to\n\n".join(reversed(parts))


def kept_quiet(record: logging.LogRecord) -> logging.LogRecord:
    """A copy of the record that may be written down. A request is told by its method and the pattern of its address."""
    copy = logging.makeLogRecord(record.__dict__)
    for left_by_others in ("message", "asctime"):
        copy.__dict__.pop(left_by_others, None)
    request = copy.__dict__.pop("request", None)
    if isinstance(copy.args, tuple):
        copy.args = tuple(said(one) if isinstance(one, BaseException) else one for one in copy.args)
    if request is not None and (path := getattr(request, "path", "")):
        match = getattr(request, "resolver_match", None)
        route = f"/{match.route}" if match else "an unknown address"
        args = copy.args if isinstance(copy.args, tuple) else ()
        copy.args = tuple(route if one == path else one for one in args)
        copy.method, copy.route = request.method, route
    error = copy.exc_info[1] if isinstance(copy.exc_info, tuple) else None
    copy.exc_info = copy.exc_text = None
    if error is not None:
        copy.exception = told(error)
    return copy
