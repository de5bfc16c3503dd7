"""The ASGI application that ``clarion serve`` runs."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clarion.config.settings")
_django = get_asgi_application()

from clarion.web.bodies import Bounded  # noqa: E402  Django is set up by now
from clarion.web.pages.errors import too_much  # noqa: E402

application = Bounded(_django, page=too_much)
