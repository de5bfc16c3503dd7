from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext, ngettext

from clarion.networks.wording import speak


class Channels(AppConfig):
    name = "clarion.channels"

    def ready(self) -> None:
        # Networks know no framework: the first room that speaks to them hands them its translators.
        speak(gettext=gettext, ngettext=ngettext)
