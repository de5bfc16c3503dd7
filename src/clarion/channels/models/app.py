from __future__ import annotations

from typing import Any

from django.db import models

from clarion.channels.sealing import seal, unseal


class App(models.Model):
    """Clarion's registration as an application at one server of a network; registered once and re-used."""

    network = models.CharField(max_length=40)
    server = models.CharField(max_length=300)
    redirect_uri = models.CharField(max_length=600)
    sealed = models.TextField()
    registered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint("network", "server", "redirect_uri", name="app_once_per_server")]

    def __str__(self) -> str:
        return f"{self.network} app at {self.server}"

    @property
    def keys(self) -> dict[str, Any]:
        return unseal(self.sealed)

    @keys.setter
    def keys(self, keys: dict[str, Any]) -> None:
        self.sealed = seal(keys)
