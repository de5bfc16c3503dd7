from django.apps import AppConfig


class Web(AppConfig):
    name = "clarion.web"
