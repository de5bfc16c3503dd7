"""Sets Django up once for a command, and says plainly what is wrong with the settings."""

from __future__ import annotations

import os

import django
from django.conf import settings

from clarion.config.logs import start_logging


def set_up() -> None:
    os.umask(0o077)
    settings.ENVIRONMENT.ensure_data()
    start_logging(settings.ENVIRONMENT["CLARION_LOG"])
    django.setup(set_prefix=False)
