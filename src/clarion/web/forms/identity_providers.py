"""Forms about identity providers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy

from clarion.channels.sealing import seal
from clarion.organisations import oidc
from clarion.organisations.models import IdentityProvider, Organisation, Role
from clarion.organisations.policy import OF_A_WORKSPACE
from clarion.organisations.sign_on import NotLetIn
from clarion.web.single_sign_on import SECRET, http_out

PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
NOBODY = ("", gettext_lazy("Nobody: they have to be added first"))


class ProviderForm(forms.Form):
    """What every provider has. ``found``: the one that is changed; None for a new one."""

    once: tuple[str, ...] = ()
    """What a new one needs, and a later change may leave as it is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(attrs=PLAIN))
    newcomer_workspace = forms.ChoiceField(label=gettext_lazy("Newcomers come into"), required=False)
    newcomer_role = forms.ChoiceField(label=gettext_lazy("As"))
    groups_claim = forms.CharField(
        label=gettext_lazy("Claim that holds the groups"), max_length=120, required=False,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=gettext_lazy(
            "Whoever is in a group is taken into the team that follows it. Empty: teams stay as they are."
        ),
    )  # fmt: skip
    acr = forms.CharField(
        label=gettext_lazy("What proves a second factor"), max_length=300, required=False,
        widget=forms.TextInput(attrs=PLAIN),
        help_text=gettext_lazy(
            "Values of acr, or classes of the authentication context, with spaces between. Who comes with none of them "
            "is not let in. Empty: the provider decides."
        ),
    )  # fmt: skip
    break_glass = forms.BooleanField(
        label=gettext_lazy("Owners with a passkey may sign in past it, in an emergency"), required=False, initial=True
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False, initial=True)

    def __init__(self, *args: Any, organisation: Organisation, found: IdentityProvider | None, **more: Any) -> None:
        initial = {name: getattr(found, name) for name in self.base_fields if hasattr(found, name)} if found else {}
        initial["newcomer_workspace"] = str(found.newcomer_workspace_id or "") if found else ""
        super().__init__(*args, initial=initial, **more)
        self.organisation, self.found = organisation, found
        self.workspaces = {str(one.pk): one for one in organisation.workspaces.order_by("name")}
        places = [(pk, one.name) for pk, one in self.workspaces.items()]
        self.fields["newcomer_workspace"].choices = [NOBODY, *places]  # type: ignore[attr-defined]
        self.fields["newcomer_role"].choices = [(one.value, one.label) for one in reversed(OF_A_WORKSPACE)]  # type: ignore[attr-defined]
        if not found:
            self.fields["newcomer_role"].initial = Role.VIEWER
            for name in self.once:
                self.fields[name].required = True

    def chosen(self) -> dict[str, Any]:
        """For the noun: everything that a person chooses."""
        said = self.cleaned_data
        workspace = self.workspaces.get(said["newcomer_workspace"])
        return {
            **{name: said[name] for name in ("name", "groups_claim", "acr", "break_glass", "active")},
            "newcomer_workspace": workspace, "newcomer_role": said["newcomer_role"] if workspace else "",
        }  # fmt: skip

    def _bare(self) -> IdentityProvider:
        return self.found or IdentityProvider(organisation=self.organisation)


class OidcForm(ProviderForm):
    issuer = forms.CharField(
        label=gettext_lazy("Issuer"), max_length=500, widget=forms.URLInput(attrs=PLAIN),
        help_text=gettext_lazy("The address by which the provider names itself. Its description is read from there."),
    )  # fmt: skip
    client_id = forms.CharField(label=gettext_lazy("Client ID"), max_length=300, widget=forms.TextInput(attrs=PLAIN))
    secret = forms.CharField(
        label=gettext_lazy("Client secret"), max_length=2000, required=False,
        widget=forms.PasswordInput(attrs={**PLAIN, "class": "secret"}),
    )  # fmt: skip
    believed = forms.BooleanField(
        label=gettext_lazy("Addresses count although the provider does not say that it verified them"), required=False,
        help_text=gettext_lazy("Only where nobody but your own administrators can give out addresses there."),
    )  # fmt: skip
    field_order = ("name", "issuer", "client_id", "secret")
    once = ("secret",)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("issuer") and not self.errors:
            try:
                self.told = oidc.discover(said["issuer"], http=http_out(self._bare()))
            except NotLetIn as failure:
                self.add_error("issuer", f"{failure.sentence} {failure.detail}".strip())
        return said

    def chosen(self) -> dict[str, Any]:
        secret = self.cleaned_data["secret"]
        return {
            **super().chosen(), "issuer": self.told["issuer"],
            "believed": self.cleaned_data["believed"],
            "client_id": self.cleaned_data["client_id"].strip(),
            "told": self.told, **({"sealed": seal({SECRET: secret})} if secret else {}),
        }  # fmt: skip


class SamlForm(ProviderForm):
    metadata = forms.CharField(
        label=gettext_lazy("Description of the provider (metadata)"), required=False, max_length=400_000,
        widget=forms.Textarea(attrs={**PLAIN, "rows": 8, "class": "num"}),
        help_text=gettext_lazy(
            "The whole XML, as the provider shows it. When its certificate is replaced, paste it anew: it holds both."
        ),
    )  # fmt: skip
    unsolicited = forms.BooleanField(
        label=gettext_lazy("People may come from the provider’s own list of applications"), required=False,
        help_text=gettext_lazy("Less safe: somebody could be led into a session that is not theirs."),
    )  # fmt: skip
    field_order = ("name", "metadata")
    once = ("metadata",)

    def clean_metadata(self) -> str:
        from clarion.organisations import saml  # noqa: PLC0415  lxml is loaded where it is needed

        text: str = self.cleaned_data["metadata"]
        if not text.strip():
            return ""  # a change leaves it as it is
        try:
            self.described = saml.described(text)
        except NotLetIn as failure:
            raise ValidationError(failure.sentence) from None
        return text

    def chosen(self) -> dict[str, Any]:
        described = getattr(self, "described", None)
        return {
            **super().chosen(), "unsolicited": self.cleaned_data["unsolicited"],
            **({"issuer": described[0], "told": described[1]} if described else {}),
        }  # fmt: skip


class DomainForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Domain"), max_length=253,
        widget=forms.TextInput(attrs={**PLAIN, "placeholder": "halden.example"}),
    )  # fmt: skip
