"""Canaries: secrets and people's words, to be planted where they pass; and all lines that are written meanwhile.

Beside our own forms of a line stands Python's plain one: where it does not hold a canary, a test shows nothing.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from clarion.config.logs import Line

PASSWORD, TOKEN, CODE = "cAnary horse 71", "cAnary-t0ken-72", "cAnary-c0de-73"
WORDS, MAIL, PHONE = "cAnary: the mayor resigns", "canary.olsen@halden.example", "+47 22 74 75 76"


class Plain(logging.Formatter):
    """Says everything that hangs on a record, as a form without discretion might."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{super().format(record)} {getattr(record, 'request', '')!r}"


class Lines:
    def __init__(self) -> None:
        self.ours, self.plain = io.StringIO(), io.StringIO()
        forms = [(self.ours, Line("json")), (self.ours, Line("console")), (self.plain, Plain())]
        self._handlers = [logging.StreamHandler(stream) for stream, _form in forms]
        for handler, (_stream, form) in zip(self._handlers, forms, strict=True):
            handler.setFormatter(form)

    @contextmanager
    def written(self) -> Iterator[Lines]:
        root, asked = logging.getLogger(), logging.getLogger("django.request")
        levels = {root: root.level, asked: asked.level}  # a command that ran before may have made them less
        root.setLevel(logging.INFO)
        asked.setLevel(logging.NOTSET)
        for handler in self._handlers:
            root.addHandler(handler)
        try:
            yield self
        finally:
            for logger, level in levels.items():
                logger.setLevel(level)
            for handler in self._handlers:
                root.removeHandler(handler)

    def keep(self, *canaries: str) -> None:
        """They came by, and were not written down."""
        ours, plain = self.ours.getvalue(), self.plain.getvalue()
        assert [one for one in canaries if one not in plain] == [], "never came by"
        assert [one for one in canaries if one in ours] == []


def breaks(words: Callable[..., Any]) -> Callable[..., Any]:
    """A fault of ours whose error says more than it should: ``words`` makes that of what it was asked with."""

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ValueError(f"cannot use {words(*args)!r}")

    return broken
