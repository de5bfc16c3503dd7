"""The tags of every page; a builtin library, so templates need not load it. See ``docs``: parts of the face."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.forms import BoundField
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from clarion.networks import registry
from clarion.organisations.dates import LETTERS, written
from clarion.web import assets, icons, kinds, states, times

register = template.Library()


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file, with the hash of its content: ``{% asset "js/x.js" %}``."""
    return assets.address(path)


@register.simple_tag
def emoji_language() -> str:
    """The language in which the reader gets the names of emoji: her own, or English where there are none."""
    code = (get_language() or "")[:2]
    return code if f"vendor/emoji-{code}.json" in assets.assets().files else "en"


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """``{% icon "clock" %}``, ``{% icon "clock" "small" %}``: any Lucide icon that is vendored."""
    return icons.icon(str(name), classes)


@register.simple_tag
def mark(network: str, classes: str = "") -> SafeString:
    """``{% mark channel.network %}``: the network's mark. Write its name beside it, or use ``marks``."""
    return icons.mark(str(network), classes)


@register.simple_tag
def state(value: Any, shape: str = "", word: str = "") -> SafeString:
    """``{% state delivery.state %}`` as text, ``{% state "draft" "tag" %}`` as a pill; ``word`` replaces the word."""
    found = states.shown(value)
    return format_html(
        '<span class="{} {}">{}{}</span>',
        "tag" if shape == "tag" else "state", found.hue,
        icons.icon(found.icon, "spin" if str(value) in ("publishing", "working") else ""), word or found.word,
    )  # fmt: skip


@register.simple_tag
def marks(deliveries: Any) -> SafeString:
    """Marks of the channels of some deliveries; each says channel and state, and shows by its ring what is amiss."""
    return format_html(
        '<ul class="marks">{}</ul>',
        format_html_join("", "{}", ((_channel_mark(delivery),) for delivery in deliveries)),
    )


def _channel_mark(delivery: Any) -> SafeString:
    found = states.shown(delivery.state)
    label = _("%(channel)s: %(state)s") % {"channel": str(delivery.channel), "state": str(found.word)}
    hue = found.hue if found.hue in ("wrong", "unsure", "waits") else ""
    return format_html(
        '<li class="{}" title="{}">{}<span class="unseen">{}</span></li>',
        hue,
        label,
        icons.mark(delivery.channel.network),
        label,
    )


@register.filter
def hue(value: Any) -> str:
    """The hue of a state, for a class: ``<a class="chip {{ delivery.state|hue }}">``."""
    return states.shown(value).hue


@register.filter
def state_icon(value: Any) -> str:
    return states.shown(value).icon


@register.filter
def state_word(value: Any) -> str:
    return str(states.shown(value).word)


@register.simple_tag(takes_context=True)
def clock(context: template.Context, at: datetime | None, form: str = "H:i") -> SafeString | str:
    """``{% clock delivery.due_at "H:i" %}`` → ``<time datetime=…>09:00</time>`` in the workspace's zone."""
    if at is None:
        return ""
    of_page = context.get("workspace") or context.get("shell")
    local = timezone.localtime(at, getattr(of_page, "tz", None))
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"), written(local, "l j F Y, H:i:s T"), written(local, form),
    )  # fmt: skip


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Any, form: str) -> str:
    """Django's ``date``, in the forms of the reader's language."""
    return "" if value in (None, "") else written(value, form)


@register.filter
def weekday_letters(number: int) -> str:
    """Two letters of a weekday, 0 is Monday."""
    return str(LETTERS[number])


def _workspace(context: template.Context) -> Any:
    """The workspace that the page is in, or None on public and signed-out pages."""
    shell = context.get("shell")
    return context.get("workspace") or (shell.workspace if shell else None)


@register.simple_tag(takes_context=True)
def until(context: template.Context, at: datetime | None) -> str:
    """ "in 12 min" or "4 min ago", as seen from the page's ``now``."""
    return "" if at is None else times.until(at, context.get("now") or timezone.now())


@register.filter("until_filter")
def until_as_filter(at: datetime | None, now: datetime) -> str:
    """Like ``until``, inside a translated sentence."""
    return "" if at is None else times.until(at, now)


@register.filter
def lateness(value: Any) -> str:
    """ "on time" or "+1.1 s", of a timedelta."""
    return "" if value is None else times.lateness(value)


@register.filter
def span(value: Any) -> str:
    return "" if value is None else times.span(value)


@register.filter
def seconds(value: Any) -> str:
    """A number of seconds as a person says it."""
    return "" if value is None else times.span(timedelta(seconds=float(value)))


@register.filter
def minutes(value: Any) -> str:
    """A number of minutes as a person says it."""
    return "" if value is None else times.span(timedelta(minutes=int(value)))


@register.filter
def days_left(channel: Any) -> int | None:
    """Days until the channel's sign-in ends; None when nobody said that it does."""
    return channel.days_left(timezone.now())


@register.filter
def permission(name: str) -> str:
    """A permission's name without the address that some networks put before it."""
    return name.rpartition("/")[2]


@register.filter
def grouped(number: Any) -> str:
    """``100,000``, as the reader's language writes it."""
    return "" if number is None else kinds.grouped(int(number))


@register.filter
def initials(value: Any) -> str:
    """Two letters for an avatar."""
    words = str(value).split("@")[0].replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in words[:2]).upper()


@register.filter
def fours(text: str) -> str:
    """A key that somebody types: in groups of four."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


@register.filter
def network_label(name: str) -> str:
    """What a network is called; one whose plug-in is gone keeps its bare name."""
    try:
        return registry.get(name).label
    except LookupError:
        return name


@register.filter
def may(member: Any, what: str) -> bool:
    """``{% if member|may:"channels" %}``: asks the one policy."""
    return bool(member and member.may(what))


@register.filter
def may_somewhere(member: Any, what: str) -> bool:
    """Whether the person may do this in the workspace, or on one of its channels."""
    return bool(member and member.may_somewhere(what))


@register.filter
def publishes_on(member: Any, channel: Any) -> bool:
    """``{% if member|publishes_on:channel %}``: what she may there can be more or less than in the workspace."""
    return bool(member and channel and member.may("publish", on=channel))


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField, **more: Any) -> dict[str, Any]:
    """``{% field form.email %}``: label, help, control, errors. ``label=``, ``help=`` replace the form's own;
    ``focus=``: whether the cursor is put there, ``told=`` the id of a sentence elsewhere that belongs to it."""
    attrs = bound.field.widget.attrs
    if more.get("focus"):
        attrs["autofocus"] = True
        if more.get("told"):
            attrs["aria-describedby"] = more["told"]
    kind = bound.field.widget.__class__.__name__
    if more.get("label"):  # a placeholder that only repeats the label vanishes as one types: it helps nobody
        attrs.pop("placeholder", None)
    return {
        "field": bound, "label": more.get("label") or bound.label, "help": more.get("help") or bound.help_text,
        "tick": kind == "CheckboxInput", "group": bound.field.widget.use_fieldset, "required": bound.field.required,
    }  # fmt: skip


NOUNS = (
    # url name, icon, word, url names that belong to it, who may (one of these rights is enough)
    ("today", "sunrise", gettext_lazy("Today"), {"today", "needs"}, "read"),
    ("calendar", "calendar-days", gettext_lazy("Calendar"), {"calendar", "queue"}, "read"),
    ("posts", "newspaper", gettext_lazy("Posts"), {"posts", "post", "delivery", "import", "ideas", "idea"}, "read"),
    ("approvals", "stamp", gettext_lazy("Approvals"), {"approvals", "approval"}, "asked read"),
    ("library", "images", gettext_lazy("Library"), {"library"}, "read"),
    ("channels", "radio-tower", gettext_lazy("Channels"), {"channels", "channel", "connect", "guide"}, "read"),
    ("people", "users", gettext_lazy("People"), {"people"}, "read"),
)
"""The nouns of the rail. One whose page does not exist is not shown; on a phone five fit under the thumb."""


OF_THE_ORGANISATION = (
    # url name, icon, word, who may
    ("organisation", "users", gettext_lazy("People"), "see_organisation"),
    ("organisation_workspaces", "building-2", gettext_lazy("Workspaces"), "see_organisation"),
    ("teams", "layers", gettext_lazy("Teams"), "see_organisation"),
    ("roles", "key-round", gettext_lazy("Roles"), "see_organisation"),
    ("sign_in_policy", "shield-check", gettext_lazy("Signing in"), "sign_in"),
)
"""The nouns of the rail on the pages of an organisation."""


@register.inclusion_tag("parts/nouns.html", takes_context=True)
def nouns(context: template.Context) -> dict[str, Any]:
    workspace, shell = _workspace(context), context.get("shell")
    match = getattr(context.get("request"), "resolver_match", None)
    here = context.get("here") or (match.url_name if match else "") or ""
    rows: list[dict[str, Any]] = []
    if shell and shell.officer:
        for name, picture, word, right in OF_THE_ORGANISATION:
            if shell.officer.may(right):
                address = reverse(name, args=[shell.organisation.pk])
                rows.append({"icon": picture, "word": word, "address": address, "current": here == name})
        return {"rows": rows}
    counts = {"today": shell.needs, "approvals": "999+" if shell.asks > 999 else shell.asks} if shell else {}
    for name, picture, word, belongs, right in NOUNS:
        address = _address(name, workspace)
        if address and (shell is None or shell.member is None or any(map(shell.member.may, right.split()))):
            rows.append({
                "icon": picture, "word": word, "address": address,
                "current": here == name or here in belongs or here.split("_")[0] in belongs,
                "count": counts.get(name, 0), "apart": name == "channels",
                "asks": name == "approvals", "far": name == "people",
            })  # fmt: skip
    return {"rows": rows}


COMMANDS = (
    # url name, what follows it, icon, word, who may: pages that the rail does not show
    ("posts", "?shelf=drafts", "pencil-line", gettext_lazy("Drafts"), "read"),
    ("posts", "?shelf=scheduled", "clock", gettext_lazy("Scheduled posts"), "read"),
    ("calendar", "?view=list", "list", gettext_lazy("The month as a list"), "read"),
    ("queue", "", "list-end", gettext_lazy("The queue"), "read"),
    ("categories", "", "layers", gettext_lazy("Categories"), "read"),
    ("ideas", "", "star", gettext_lazy("Ideas"), "read"),
    ("idea_new", "", "circle-plus", gettext_lazy("Put an idea"), "write"),
    ("feeds_in", "", "rss", gettext_lazy("Incoming feeds"), "write"),
    ("imports", "", "upload", gettext_lazy("Import a file of posts"), "write"),
    ("campaigns", "", "flag", gettext_lazy("Campaigns"), "read"),
    ("blackouts", "", "ban", gettext_lazy("Blackouts"), "read"),
    ("rules", "", "shield", gettext_lazy("Rules of the house"), "read"),
    ("workflows", "", "stamp", gettext_lazy("Who approves what"), "read"),
    ("guests", "", "mail", gettext_lazy("Guests who approve"), "policies"),
    ("crisis", "", "shield-alert", gettext_lazy("Crisis board: pause everything"), "read"),
    ("needs", "", "bell", gettext_lazy("What needs a person"), "read"),
    ("kit", "", "toolbox", gettext_lazy("Kit: hashtags, snippets, mentions"), "read"),
    ("links", "", "link", gettext_lazy("Short links"), "read"),
    ("channel_sets", "", "list-plus", gettext_lazy("Sets of channels"), "write"),
    ("connect", "", "plug", gettext_lazy("Connect a channel"), "channels"),
    ("told", "", "bell", gettext_lazy("Notifications"), "read"),
    ("told_ways", "", "settings-2", gettext_lazy("What reaches you"), "read"),
    ("team_chats", "", "message-square", gettext_lazy("Tell people in the team's chat"), "channels"),
)


def _of_all(word: Any) -> str:
    return _("%(pages)s of the organisation") % {"pages": word}


@register.inclusion_tag("parts/palette.html", takes_context=True)
def palette(context: template.Context) -> dict[str, Any]:
    """The dialog of commands: the nouns of the rail, and pages that stand behind them."""
    workspace, shell = _workspace(context), context.get("shell")
    member = shell.member if shell else None
    more = [
        {"address": address + query, "icon": picture, "word": word}
        for name, query, picture, word, right in COMMANDS
        if member is not None and member.may(right) and (address := _address(name, workspace))
    ]  # fmt: skip
    if shell and shell.organisation:
        more += [
            {"address": reverse(name, args=[shell.organisation.pk]), "icon": picture, "word": _of_all(word)}
            for name, picture, word, _belongs in OF_THE_ORGANISATION
        ]
    named = {name: context.get(name) for name in ("shell", "here", "composition")}
    return {**named, "write": _address("write", workspace), "commands": [*nouns(context)["rows"], *more]}


@register.simple_tag(takes_context=True)
def page_address(context: template.Context, name: str, *args: Any) -> str:
    """Like ``url`` for a workspace's page, but empty when there is no such page."""
    return _address(name, _workspace(context), *args)


def _address(name: str, workspace: Any, *args: Any) -> str:
    try:
        return reverse(name, args=[workspace.pk, *args] if workspace else list(args))
    except NoReverseMatch:
        return ""
