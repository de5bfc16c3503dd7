from django.apps import AppConfig, apps

from clarion.channels import sealing


class Web(AppConfig):
    name = "clarion.web"

    def ready(self) -> None:
        if apps.is_installed("allauth.mfa"):
            sealing.ALSO["mfa.Authenticator"] = "data"  # the secrets of second factors
