"""Posts as a calendar shows them: one chip each. Made by hand, because a month has many of them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from html import escape
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from clarion.deliveries.models import State
from clarion.posts.models import Campaign
from clarion.web import icons, states
from clarion.web.entries import AGAIN, Entry

MARKS = 3
"""So many networks of a post are drawn; of more, one less and the number of the rest."""
NOBODY = UUID(int=0)


class Chips:
    """Makes the chips of one page. The rights of its reader decide what can be moved."""

    def __init__(
        self, workspace: UUID, *, may_publish: bool, may_write: bool, campaigns: Iterable[Campaign] = ()
    ) -> None:
        self._campaigns = {one.pk: (f" hued hue-{one.hue}", f", {escape(one.name)}") for one in campaigns}
        self._before, self._after = reverse("post", args=[workspace, NOBODY]).split(str(NOBODY))
        self._rule = reverse("recurrence", args=[workspace, NOBODY]).split(str(NOBODY))[0]
        self._may_publish, self._may_write = may_publish, may_write
        self._faces: dict[str, tuple[str, str, str]] = {}
        self._marks: dict[tuple[str, ...], str] = {}

    def chip(self, entry: Entry, *, more: str = "") -> SafeString:
        """A link to the post, or to the rule that will bring it. One that can be moved says where it is in time:
        scripts look for ``data-at``."""
        hue, picture, word = self._face(entry.state)
        css, campaign = self._campaigns.get(entry.campaign, ("", ""))
        glass = self._unapproved if entry.is_unapproved else ""
        moves = f' data-at="{int(entry.at.timestamp())}"' if self.can_move(entry) else ""
        before, after = (self._rule, "") if entry.state == AGAIN else (self._before, self._after)
        return mark_safe(  # noqa: S308  the one foreign text is escaped; all else is ours
            f'<a class="chip {hue}{css}{more}" href="{before}{entry.post}{after}"{moves}>'
            f"<time>{entry.at.hour:02}:{entry.at.minute:02}</time>{picture}{glass}{self._marked(entry.networks)}"
            f'<i class="unseen">{word}{campaign}</i><span>{escape(entry.text)}</span></a>'
        )

    @cached_property
    def _unapproved(self) -> str:
        found = states.shown("glass")
        return (
            f'<svg class="icon alarm" aria-hidden="true"><use href="#i-{found.icon}"/></svg>'
            f'<i class="unseen">{escape(str(found.word))}, </i>'
        )

    def can_move(self, entry: Entry) -> bool:
        return entry.can_move and (self._may_publish if entry.networks else self._may_write)

    def _face(self, state: str) -> tuple[str, str, str]:
        if state not in self._faces:
            shown = states.shown(state)
            picture = f'<svg class="icon" aria-hidden="true"><use href="#i-{shown.icon}"/></svg>'
            self._faces[state] = shown.hue, "" if state == State.SCHEDULED else picture, escape(str(shown.word))
        return self._faces[state]

    def _marked(self, networks: tuple[str, ...]) -> str:
        if networks not in self._marks:
            shown = networks if len(networks) <= MARKS else networks[: MARKS - 1]
            mark = '<svg class="mark" aria-hidden="true"><use href="#n-{}"/></svg>'
            drawn = format_html_join("", mark, ((name,) for name in shown))
            rest = len(networks) - len(shown)
            self._marks[networks] = f"{drawn}+{rest}" if rest else drawn
        return self._marks[networks]


def drawings(networks: Iterable[str]) -> SafeString:
    """Marks of the networks and icons of the states, drawn once: chips point at them."""
    drawn = []
    for name in sorted(set(networks)):
        found = icons.marks().get(name, {"icon": icons.STRANGER})
        if "icon" in found:
            drawn.append((f"n-{name}", "none", "currentColor", mark_safe(icons.lucide()[found["icon"]])))  # noqa: S308  ours
        else:
            drawn.append((f"n-{name}", "currentColor", "none", format_html('<path d="{}"/>', found["path"])))
    for name in sorted({one.icon for one in states.STATES.values()}):
        drawn.append((f"i-{name}", "none", "currentColor", mark_safe(icons.lucide()[name])))  # noqa: S308  ours
    symbol = '<symbol id="{}" viewBox="0 0 24 24" fill="{}" stroke="{}" stroke-width="2">{}</symbol>'
    return format_html('<svg class="unseen" aria-hidden="true">{}</svg>', format_html_join("", symbol, drawn))
