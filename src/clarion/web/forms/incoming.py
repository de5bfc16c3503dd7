"""Forms of what comes in from outside: a feed with its rule, and an idea."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.models import Channel
from clarion.channels.rights import refused, said
from clarion.organisations.models import Member
from clarion.posts.columns import words
from clarion.posts.models import BadTemplate, Label, Ripeness, Target
from clarion.posts.models.feed import EVERY, PUBLISHES, TEMPLATE, refuse_unknown

SEVERITY = (
    ("", gettext_lazy("Any")), ("Minor", gettext_lazy("Minor or graver")),
    ("Moderate", gettext_lazy("Moderate or graver")), ("Severe", gettext_lazy("Severe or graver")),
    ("Extreme", gettext_lazy("Extreme alone")),
)  # fmt: skip
URGENCY = (
    ("", gettext_lazy("Any")), ("Future", gettext_lazy("In the future, or sooner")),
    ("Expected", gettext_lazy("Expected within the hour, or sooner")), ("Immediate", gettext_lazy("Immediate alone")),
)  # fmt: skip
HOW_OFTEN = (
    (15, gettext_lazy("Every quarter of an hour")), (30, gettext_lazy("Every half hour")),
    (60, gettext_lazy("Every hour")),
    (180, gettext_lazy("Every three hours")), (720, gettext_lazy("Twice a day")), (1440, gettext_lazy("Once a day")),
)  # fmt: skip
assert tuple(minutes for minutes, _word in HOW_OFTEN) == EVERY


def labelled(text: str, *, workspace: Any) -> list[Label]:
    """Labels by their names, parted by commas; made where they are new."""
    return [Label.objects.get_or_create(workspace=workspace, name=name)[0] for name in words(text)]


class AddressField(forms.CharField):
    """An address of the web; one without a scheme is one of https."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=2000, widget=forms.URLInput(attrs={"autocomplete": "off"}), **more)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text and "://" not in text:
            text = f"https://{text}"
        if text:
            try:
                URLValidator(schemes=["http", "https"])(text)
            except forms.ValidationError:
                if not text.startswith(("http://127.0.0.1", "http://localhost")):
                    raise forms.ValidationError(_("This is not an address. It begins with https://.")) from None
        return text


class FeedForm(forms.Form):
    url = AddressField(label=gettext_lazy("Address of the feed"))
    target = forms.ChoiceField(
        label=gettext_lazy("What a new item becomes"), choices=Target.choices, widget=forms.RadioSelect,
        initial=Target.IDEA,
    )  # fmt: skip
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.none(), label=gettext_lazy("Channels"), required=False, widget=forms.CheckboxSelectMultiple
    )
    template = forms.CharField(
        label=gettext_lazy("Text"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}), initial=TEMPLATE,
        strip=False,
    )  # fmt: skip
    labels = forms.CharField(
        label=gettext_lazy("Labels"), required=False, max_length=400,
        help_text=gettext_lazy("Several are parted by commas."),
    )  # fmt: skip
    every = forms.TypedChoiceField(label=gettext_lazy("How often to look"), choices=HOW_OFTEN, coerce=int, initial=30)
    pictures = forms.BooleanField(label=gettext_lazy("Bring its pictures along"), required=False)
    takes_old = forms.BooleanField(label=gettext_lazy("Also take what is there already"), required=False)
    severity = forms.ChoiceField(label=gettext_lazy("How grave"), choices=SEVERITY, required=False)
    urgency = forms.ChoiceField(label=gettext_lazy("How urgent"), choices=URGENCY, required=False)

    def __init__(self, *args: Any, member: Member, **more: Any) -> None:
        super().__init__(*args, **more)
        self.member = member
        self.fields["channels"].queryset = Channel.objects.for_posts().filter(workspace=member.workspace)  # type: ignore[attr-defined]
        if not member.may_somewhere("publish"):
            self.fields["target"].choices = [one for one in Target.choices if one[0] not in PUBLISHES]  # type: ignore[attr-defined]

    def clean_template(self) -> str:
        text: str = self.cleaned_data["template"].replace("\r\n", "\n")
        try:
            refuse_unknown(text)
        except BadTemplate as error:
            raise forms.ValidationError(str(error)) from None
        return text

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("target") in PUBLISHES and not values.get("channels"):
            self.add_error("channels", _("Choose where it goes out."))
        elif values.get("target") in PUBLISHES and (not_there := refused(self.member, values["channels"])):
            self.add_error("channels", said(not_there))
        return values

    @property
    def rule(self) -> dict[str, Any]:
        """What ``Feed.follow`` and ``Feed.change`` take."""
        values = {name: value for name, value in self.cleaned_data.items() if name != "url"}
        return {**values, "labels": labelled(values["labels"], workspace=self.member.workspace)}


class IdeaForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("What is the idea?"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3})
    )
    link = AddressField(label=gettext_lazy("Link"), required=False)
    labels = forms.CharField(
        label=gettext_lazy("Labels"), required=False, max_length=400,
        help_text=gettext_lazy("Several are parted by commas."),
    )  # fmt: skip
    picture = forms.FileField(label=gettext_lazy("Picture"), required=False)
    ripeness = forms.ChoiceField(label=gettext_lazy("Column"), choices=Ripeness.choices, required=False)
