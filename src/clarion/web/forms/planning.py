"""Forms of what is planned around posts: notes, blackouts, campaigns, categories, the almanac, subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clarion.channels.models import Channel
from clarion.posts.countries import is_known
from clarion.posts.models import Hue, Level
from clarion.web.span import day_of

DAYS = tuple((day, WEEKDAYS[day]) for day in (0, 6, 5, 4, 1, 2, 3))
"""Those on which weeks begin somewhere come first."""


class DayField(forms.DateField):
    """A day as browsers send it, in a year that calendars have."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), input_formats=["%Y-%m-%d"], **more
        )

    def clean(self, value: Any) -> date | None:
        found: date | None = super().clean(value)
        if found is not None and day_of(f"{found:%Y-%m-%d}") is None:
            raise forms.ValidationError(_("%(day)s is too far away. Check the year.") % {"day": found})
        return found


class TimeOfDay(forms.TimeField):
    def __init__(self, **more: Any) -> None:
        super().__init__(widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **more)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"), max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    day = DayField(label=gettext_lazy("Day"))
    until = DayField(label=gettext_lazy("Until"), required=False)


class BlackoutForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    level = forms.ChoiceField(
        label=gettext_lazy("What it does"), widget=forms.RadioSelect, initial=Level.WARN,
        choices=(
            (Level.WARN, gettext_lazy("Warns whoever schedules a post in it")),
            (Level.BLOCK, gettext_lazy("Blocks: nothing is scheduled in it, and nothing goes out in it")),
        ),
    )  # fmt: skip
    from_day = DayField(label=gettext_lazy("From"))
    from_time = TimeOfDay(label=gettext_lazy("at"), required=False)
    until_day = DayField(label=gettext_lazy("Until"))
    until_time = TimeOfDay(
        label=gettext_lazy("at"), required=False, help_text=gettext_lazy("Without times: whole days."),
    )  # fmt: skip
    channels = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Only on these channels"), queryset=Channel.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("With none chosen it holds for all of them."),
    )  # fmt: skip
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    hold = forms.BooleanField(label=gettext_lazy("Hold back at once what is scheduled in it"), required=False)
    everywhere = forms.BooleanField(label=gettext_lazy("In every workspace of the organisation"), required=False)

    def __init__(self, *args: Any, channels: Any, everywhere: bool, is_new: bool, **more: Any) -> None:
        """``everywhere``: whether it may be declared for the whole organisation."""
        super().__init__(*args, **more)
        self.fields["channels"].queryset = channels  # type: ignore[attr-defined]
        if not is_new:
            del self.fields["hold"]
        if not (is_new and everywhere):
            del self.fields["everywhere"]


class CampaignForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    hue = forms.ChoiceField(
        label=gettext_lazy("Colour"), choices=Hue.choices, initial=Hue.SEA, widget=forms.RadioSelect
    )
    starts = DayField(label=gettext_lazy("Starts"), required=False)
    ends = DayField(label=gettext_lazy("Ends"), required=False)
    brief = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CategoryForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    hue = forms.ChoiceField(
        label=gettext_lazy("Colour"), choices=Hue.choices, initial=Hue.SEA, widget=forms.RadioSelect
    )


class AlmanacForm(forms.Form):
    """``countries`` and ``subdivisions`` as pairs of code and name."""

    country = forms.ChoiceField(label=gettext_lazy("Holidays of"), required=False)
    subdivision = forms.ChoiceField(label=gettext_lazy("Region"), required=False)
    week_starts = forms.TypedChoiceField(
        label=gettext_lazy("A week begins on"), required=False, coerce=int, empty_value=None,
        choices=(("", gettext_lazy("As in the country")), *DAYS),
    )  # fmt: skip

    def __init__(
        self, *args: Any, countries: Sequence[tuple[str, str]], subdivisions: Sequence[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.fields["country"].choices = [("", _("No country: no holidays are shown")), *countries]  # type: ignore[attr-defined]
        self.fields["subdivision"].choices = [("", _("The whole country")), *subdivisions]  # type: ignore[attr-defined]
        if not subdivisions:
            del self.fields["subdivision"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not is_known(cleaned.get("country", ""), cleaned.get("subdivision", "")):
            cleaned["subdivision"] = ""
        return cleaned


class SubscriptionForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Whose calendar is it?"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
