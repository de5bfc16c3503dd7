"""Logs: one line an event, for people (console) or machines (json), without secrets and without people.

Nothing that a network said or was told is logged; it is kept, redacted, as evidence beside the delivery. What comes
along by accident, in the words of an error or in an address, is left out by ``discretion``.
"""

from __future__ import annotations

import logging
import logging.config
import re
import threading
from typing import Any

from .discretion import discreet, kept_quiet


def logging_config(form: str) -> dict[str, Any]:
    """A ``logging`` configuration; ``form`` is ``json`` or ``console``."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "clarion.config.logs.Line", "form": form}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["out"], "level": "WARNING"},
        "loggers": {
            "clarion": {"level": "INFO"},
            "django.request": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
            "uvicorn.error": {"level": "WARNING"},
        },
    }


def start_logging(form: str) -> None:
    logging.config.dictConfig(logging_config(form))
    threading.excepthook = _thread_ended


def _thread_ended(how: threading.ExceptHookArgs) -> None:
    """Python would write it to standard error as it is."""
    if how.exc_value is not None and not isinstance(how.exc_value, SystemExit):
        logging.getLogger("clarion").error("a thread ended by an error", exc_info=how.exc_value)


class Line(logging.Formatter):
    """Renders by structlog, which is loaded with the first line: most commands never log."""

    def __init__(self, form: str = "console") -> None:
        super().__init__()
        self._form = form
        self._inner: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._inner is None:
            import structlog  # noqa: PLC0415  costs 30 ms at start, and most commands never log

            renderer: Any = (
                structlog.processors.JSONRenderer()
                if self._form == "json"
                else structlog.dev.ConsoleRenderer(colors=False)
            )
            shared: list[Any] = [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.stdlib.ExtraAdder(),
                _quietly,
            ]
            self._inner = structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
        return self._inner.format(kept_quiet(record))


def _quietly(logger: Any, method: str, event: dict[str, Any]) -> dict[str, Any]:
    """What is neither text nor a number is told as text: it may hold anything."""
    plain = (bool, int, float, type(None))
    return {
        name: value if isinstance(value, plain) or name.startswith("_") else discreet(_on_one_line(name, str(value)))
        for name, value in event.items()
    }


def _on_one_line(name: str, text: str) -> str:
    """Nobody writes lines of their own into our logs, nor speaks to the terminal that shows them."""
    return _CONTROL.sub(
        lambda found: found[0] if found[0] == "\n" and name == "exception" else ascii(found[0])[1:-1], text
    )


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
