"""Forms of what a workspace keeps to write with: hashtags, snippets, templates, people, UTM presets; and of links."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.models import Channel
from clarion.networks import registry
from clarion.organisations.models import Workspace
from clarion.posts.models import Person
from clarion.posts.models.kit import NAME
from clarion.posts.models.link import LONGEST, VARIABLES
from clarion.posts.models.snippet import LONGEST as WORDS
from clarion.posts.models.tags import MOST, tags_in

UTM = (
    ("source", gettext_lazy("Source")), ("medium", gettext_lazy("Medium")),
    ("campaign", gettext_lazy("Campaign")), ("content", gettext_lazy("Content")),
)  # fmt: skip


class KitForm(forms.Form):
    """``values``: what the noun's ``make`` and ``change`` take besides the name."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=NAME, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, workspace: Workspace, found: Any = None, **more: Any) -> None:
        given = {name: getattr(found, name) for name in self.base_fields if found is not None}
        super().__init__(*args, initial={**given, **more.pop("initial", {})}, **more)
        self.workspace, self.found = workspace, found

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "name"}


class TagGroupForm(KitForm):
    tags = forms.CharField(
        label=gettext_lazy("Hashtags"), max_length=3_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "dir": "auto"}),
        help_text=gettext_lazy("With spaces between. The sign # may be left out."),
    )  # fmt: skip

    def clean_tags(self) -> str:
        tags = tags_in(self.cleaned_data["tags"])
        if not tags:
            raise forms.ValidationError(_("There is no hashtag in it: letters and digits, and at least one letter."))
        if len(tags) > MOST:
            raise forms.ValidationError(_("A group has at most %(n)d hashtags.") % {"n": MOST})
        return " ".join(tags)


class SnippetForm(KitForm):
    text = forms.CharField(
        label=gettext_lazy("Words"), max_length=WORDS, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=gettext_lazy(
            "Gaps stand in braces. {date} and {weekday} are those of the post; {link}, {channel} and names of your own,"
            " such as {street}, are asked for when the words are put in."
        ),
    )  # fmt: skip


class TemplateForm(KitForm):
    for_emergencies = forms.BooleanField(
        label=gettext_lazy("A holding statement for emergencies"), required=False,
        help_text=gettext_lazy("It stands ready on the crisis board."),
    )  # fmt: skip


class PersonForm(KitForm):
    """With a field for every network on which the workspace has a channel, and for each server where it has several."""

    def __init__(self, *args: Any, workspace: Workspace, found: Person | None = None, **more: Any) -> None:
        super().__init__(*args, workspace=workspace, found=found, **more)
        self.fields["name"].help_text = _("As it goes out where no name on the network is known.")
        known = {(one.network, one.server): one.text for one in found.handles.all()} if found else {}
        self._places: dict[str, tuple[str, str]] = {}
        for number, (place, label) in enumerate(_places(workspace, known).items()):
            name = f"handle_{number}"
            self._places[name] = place
            self.fields[name] = forms.CharField(
                label=label, max_length=200, required=False, initial=known.get(place, ""),
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
            )  # fmt: skip

    def clean_name(self) -> str:
        name = super().clean_name()
        if "[" in name or "]" in name:
            raise forms.ValidationError(_("A name has no square brackets."))
        return name

    @property
    def values(self) -> dict[str, Any]:
        return {"handles": {place: self.cleaned_data.get(name, "") for name, place in self._places.items()}}


class UtmPresetForm(KitForm):
    source = forms.CharField(
        label=UTM[0][1], max_length=100, required=False, initial="{network}", help_text="utm_source"
    )
    medium = forms.CharField(label=UTM[1][1], max_length=100, required=False, initial="social", help_text="utm_medium")
    campaign = forms.CharField(
        label=UTM[2][1], max_length=100, required=False, initial="{campaign}", help_text="utm_campaign"
    )
    content = forms.CharField(label=UTM[3][1], max_length=100, required=False, help_text="utm_content")
    is_usual = forms.BooleanField(label=gettext_lazy("New posts begin with it"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name, _label in UTM:
            strange = [one for one in re.findall(r"\{([^{}]*)\}", cleaned.get(name, "")) if one not in VARIABLES]
            if strange:
                sentence = _("{%(name)s} is not known here. Known are {network}, {channel}, {campaign} and {label}.")
                self.add_error(name, sentence % {"name": strange[0]})
        return cleaned


class LinkForm(forms.Form):
    target = forms.CharField(
        label=gettext_lazy("Leads to"), max_length=LONGEST,
        widget=forms.URLInput(attrs={"placeholder": "https://", "autocomplete": "off"}),
    )  # fmt: skip
    slug = forms.CharField(
        label=gettext_lazy("Name in the address"), max_length=40, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Such as “winter”. Empty: six letters of chance."),
    )  # fmt: skip


def _places(workspace: Workspace, known: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Networks, and servers where there are several, with their labels: those of channels, and those already known."""
    channels = [one for one in Channel.objects.filter(workspace=workspace) if one.is_connected and not one.for_us]
    servers: dict[str, set[str]] = {}
    for one in channels:
        if not one.kind.own_ground:
            servers.setdefault(one.network, set()).add(one.server)
    places = {(network, "") for network in servers}
    places |= {(network, server) for network, some in servers.items() if len(some) > 1 for server in some if server}
    labelled = {place: _label(*place) for place in places | set(known)}
    return dict(sorted(labelled.items(), key=lambda item: item[1].casefold()))


def _label(network: str, server: str) -> str:
    try:
        label = registry.get(network).label
    except LookupError:
        label = network
    if not server:
        return label
    return _("%(network)s at %(server)s") % {"network": label, "server": urlsplit(server).netloc or server}
