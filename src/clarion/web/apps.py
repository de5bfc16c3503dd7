from django.apps import AppConfig

from clarion.channels import sealing


class Web(AppConfig):
    name = "clarion.web"

    def ready(self) -> None:
        from clarion.web.account_news import listen  # noqa: PLC0415  apps must be loaded first

        sealing.ALSO["mfa.Authenticator"] = "data"  # the secrets of second factors
        listen()
