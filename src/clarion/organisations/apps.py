from django.apps import AppConfig


class Organisations(AppConfig):
    name = "clarion.organisations"
