"""The ASGI application that ``clarion serve`` runs."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clarion.config.settings")
application = get_asgi_application()
