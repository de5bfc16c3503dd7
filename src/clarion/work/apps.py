from django.apps import AppConfig


class Work(AppConfig):
    name = "clarion.work"
