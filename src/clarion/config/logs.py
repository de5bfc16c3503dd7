"""Logs: one line an event, for people (console) or machines (json), without secrets.

Nothing that a network said or was told is logged; it is kept, redacted, as evidence beside the delivery.
"""

from __future__ import annotations

import logging
import logging.config
from typing import Any


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
                # Plain tracebacks: rich ones show local variables, and those may hold a secret.
                else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
            )
            shared: list[Any] = [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.stdlib.ExtraAdder(),
            ]
            if self._form == "json":
                shared.append(structlog.processors.format_exc_info)
            self._inner = structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared)
        return self._inner.format(record)
