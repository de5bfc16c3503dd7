"""The form of a rule of the house, by its kind; and what the rule looks for, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language_info, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from clarion.posts import house
from clarion.posts.models import HouseRule, RuleKind, RuleLevel


@dataclass(frozen=True)
class About:
    """How a kind of rule is shown where one is chosen."""

    kind: str
    icon: str
    word: str | Promise
    text: str | Promise


KINDS = (
    About(RuleKind.WORDS, "text", RuleKind.WORDS.label,
          gettext_lazy("Names of children, a code name, words that your house does not use.")),
    About(RuleKind.PERSONAL, "user-round", RuleKind.PERSONAL.label,
          gettext_lazy("Telephone numbers, e-mail addresses, cards, accounts, identity numbers.")),
    About(RuleKind.LINKS, "link", RuleKind.LINKS.label,
          gettext_lazy("Hosts that are denied, or the only ones allowed; addresses that deceive.")),
    About(RuleKind.PATTERN, "hash", RuleKind.PATTERN.label,
          gettext_lazy("Case numbers and other codes, as a regular expression.")),
)  # fmt: skip
ABOUT = {one.kind: one for one in KINDS}

LANGUAGES = ("ar", "da", "de", "en", "es", "fi", "fr", "it", "nl", "no", "pl", "pt", "sv", "uk")
"""In which a list of words can be: names of all of them are known."""


class RuleForm(forms.Form):
    """``everywhere``: whether it may be asked for the whole organisation. ``fixed``: it is a rule that exists."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("People read it when the rule warns or stops them."),
    )  # fmt: skip
    lines = forms.CharField(
        label=gettext_lazy("Words and phrases"), max_length=250_000, required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line. Capitals, look-alike letters and invisible signs make no difference. A star stands for any "
            "ending or beginning: referend* finds “referendum”."
        ),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("Only in texts in"), required=False)
    pattern = forms.CharField(
        label=gettext_lazy("Pattern"), max_length=house.patterns.LONGEST, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=gettext_lazy("A regular expression, without regard to capitals. case-\\d{4} finds “Case-2034”."),
    )  # fmt: skip
    data = forms.MultipleChoiceField(
        label=gettext_lazy("What is looked for"), required=False, widget=forms.CheckboxSelectMultiple
    )
    countries = forms.MultipleChoiceField(
        label=gettext_lazy("Identity numbers of"), required=False, widget=forms.CheckboxSelectMultiple
    )
    allowed = forms.CharField(
        label=gettext_lazy("What you publish yourselves"), max_length=250_000, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: +47 69 17 45 00, press@example.org, or @example.org for every address there."
        ),
    )  # fmt: skip
    only = forms.ChoiceField(
        label=gettext_lazy("These domains"), required=False, widget=forms.RadioSelect, initial="",
        choices=(("", gettext_lazy("are denied")), ("only", gettext_lazy("are the only ones allowed"))),
    )  # fmt: skip
    domains = forms.CharField(
        label=gettext_lazy("Domains"), max_length=250_000, required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "dir": "ltr"}),
        help_text=gettext_lazy("One a line, such as example.org. What lies below a domain belongs to it."),
    )  # fmt: skip
    signs = forms.MultipleChoiceField(
        label=gettext_lazy("Also looked at"), required=False, widget=forms.CheckboxSelectMultiple
    )
    ours = forms.CharField(
        label=gettext_lazy("Our own domains"), max_length=250_000, required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "dir": "ltr"}),
        help_text=gettext_lazy("With these, hosts that only look alike are compared."),
    )  # fmt: skip
    level = forms.ChoiceField(
        label=gettext_lazy("What it does"), widget=forms.RadioSelect, initial=RuleLevel.WARN,
        choices=(
            (RuleLevel.WARN, gettext_lazy("Warns: the post goes out all the same")),
            (RuleLevel.STOP, gettext_lazy("Stops: nothing is scheduled, and what is scheduled already is held back")),
        ),
    )  # fmt: skip
    explanation = forms.CharField(
        label=gettext_lazy("What to do instead"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 2}), help_text=gettext_lazy("One or two sentences for who writes."),
    )  # fmt: skip
    everywhere = forms.BooleanField(label=gettext_lazy("In every workspace of the organisation"), required=False)
    sample = forms.CharField(required=False, max_length=20_000)

    FIELDS: Mapping[str, tuple[str, ...]] = {
        RuleKind.WORDS: ("lines", "language"), RuleKind.PATTERN: ("pattern",),
        RuleKind.PERSONAL: ("data", "countries", "allowed"), RuleKind.LINKS: ("domains", "only", "signs", "ours"),
    }  # fmt: skip

    def __init__(self, *args: Any, kind: str, everywhere: bool, fixed: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind = kind
        for other, names in self.FIELDS.items():
            for name in names if other != kind else ():
                del self.fields[name]
        if fixed or not everywhere:
            del self.fields["everywhere"]
        for name, sentence in (("lines", _("Write at least one word or phrase.")), ("pattern", _("Write a pattern."))):
            if name in self.fields:
                self.fields[name].required, self.fields[name].error_messages["required"] = True, sentence
        if kind == RuleKind.WORDS:
            self._offer("language", [("", _("Every language")), *languages()])
        elif kind == RuleKind.PERSONAL:
            self._offer("data", [(name, _(word)) for name, word in house.DATA.items()])
            self._offer("countries", [(code, f"{code} · {one.name}") for code, one in house.COUNTRIES.items()])
        elif kind == RuleKind.LINKS:
            self._offer("signs", [(name, _(word)) for name, word in house.SIGNS.items()])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def asked(self) -> list[Any]:
        """The fields of what the rule looks for."""
        return [self[name] for name in self.FIELDS[self.kind]]

    def what(self) -> dict[str, Any]:
        """As ``HouseRule`` takes it, from a form that is valid."""
        data = {name: value for name, value in self.cleaned_data.items() if name in self.FIELDS[self.kind]}
        data.pop("language", None)
        for name in ("lines", "allowed", "domains", "ours"):
            if name in data:
                data[name] = data[name].splitlines()
        if "only" in data:
            data["only"] = data["only"] == "only"
        return data

    def values(self) -> dict[str, Any]:
        """The columns that every kind has."""
        return {name: self.cleaned_data.get(name, "") for name in ("name", "level", "explanation", "language")}


def as_typed(rule: HouseRule) -> dict[str, Any]:
    """What a form shows of a rule that exists."""
    typed = {name: getattr(rule, name) for name in ("name", "level", "explanation", "language")}
    for name, value in rule.what.items():
        typed[name] = "\n".join(value) if name in ("lines", "allowed", "domains", "ours") else value
    if "only" in typed:
        typed["only"] = "only" if typed["only"] else ""
    return typed


def languages() -> list[tuple[str, str]]:
    """Code and name, by name."""
    return sorted(
        ((code, str(get_language_info(code)["name_translated"])) for code in LANGUAGES), key=lambda one: one[1]
    )


def summary(rule: HouseRule) -> str:
    """What it looks for, in a few words."""
    what = rule.what
    if rule.kind == RuleKind.WORDS:
        count = len(what["lines"])
        return ngettext("%(n)d word or phrase", "%(n)d words and phrases", count) % {"n": count}
    if rule.kind == RuleKind.PATTERN:
        return str(what["pattern"])
    if rule.kind == RuleKind.PERSONAL:
        return " · ".join(_(house.DATA[name]) for name in what["data"])
    said = [_(house.SIGNS[name]) for name in what["signs"]]
    if count := len(what["domains"]):
        only = ngettext("Nothing but %(n)d domain", "Nothing but %(n)d domains", count)
        denied = ngettext("%(n)d domain is denied", "%(n)d domains are denied", count)
        said.insert(0, (only if what["only"] else denied) % {"n": count})
    return " · ".join(said)
