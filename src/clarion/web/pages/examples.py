"""A form for the gallery of components."""

from __future__ import annotations

from django import forms


class Example(forms.Form):
    name = forms.CharField(label="Name", help_text="As people know it.")
    address = forms.EmailField(label="E-mail", required=False)
    zone = forms.ChoiceField(label="Time zone", choices=[("Europe/Oslo", "Europe/Oslo"), ("UTC", "UTC")])
    text = forms.CharField(label="Text", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    tick = forms.BooleanField(label="Ask for a description of every picture", required=False)
