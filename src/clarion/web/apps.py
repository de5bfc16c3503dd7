from django.apps import AppConfig


class Web(AppConfig):
    name = "clarion.web"

    def ready(self) -> None:
        from clarion.web.account_news import listen  # noqa: PLC0415  apps must be loaded first

        listen()
