"""What chat servers and bots have in common: files that travel with the message, and our own messages read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from .api import JsonApi, within
from .base import JSON, Absent, Account, Draft, Media, Problem, Published, Refused, Step
from .lookup import Mine, read_back
from .wording import _, ngettext

PAGES = 10
"""A look goes back this many pages; a busier room than that in the time since the intent is looked at in part."""

One = Mapping[str, Any]


class ChatApi(JsonApi):
    """One room (channel, group, chat) on one server. ``account.remote_id`` is the room, not the bot."""

    family: ClassVar[str] = "chat"
    text_limit_is_sure: ClassVar[bool] = True
    """False where nobody has documented how long a text may be: then too long is a warning, and the server decides."""

    def __init__(self, account: Account, *, limits: JSON | None = None, **given: Any) -> None:
        super().__init__(account, limits=limits, **given)
        self._limit_is_sure = self.text_limit_is_sure or bool((limits or {}).get("text"))

    # -- before sending

    def problems(self, draft: Draft) -> list[Problem]:
        """Descriptions that the network does not show stop nothing; nor does a limit that nobody has documented."""
        found, limit = [], self.told_rules.text.limit
        for problem in super().problems(draft):
            unsure = problem.field == "text" and problem.limit == limit and not self._limit_is_sure
            if not (problem.field == "alt" and problem.limit == 0):
                found.append(replace(problem, level="warn") if unsure else problem)
        images = self.told_rules.images
        for index, part in enumerate(draft.parts):
            described = sum(bool(media.alt) for media in part.media if media.is_image)
            if described and images is not None and not images.alt:
                sentence = ngettext(
                    "%(network)s does not show the description of the picture. Say in the text what it shows.",
                    "%(network)s does not show the descriptions of the pictures. Say in the text what they show.",
                    described,
                )
                found.append(Problem("alt", sentence % {"network": self.label}, index, level="warn"))
        return found

    # -- files

    def _held(self, step: Step) -> Media:
        """The file of an upload step."""
        if step.media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        return step.media

    @staticmethod
    def _handles(step: Step) -> list[One]:
        """What the uploads of the step's own part gave, in order."""
        return [done.handle for done in step.earlier if done.kind == "upload" and done.part == step.part]

    @staticmethod
    def _attached(step: Step) -> list[Media]:
        """The files that leave together with the post itself. Raises Refused when one is no longer there."""
        files = [done.media for done in step.earlier if done.kind == "upload" and done.part == step.part]
        found = [media for media in files if media is not None]
        if len(found) != len(files):
            raise Refused(_("A file of this post can no longer be read. Attach it again."), code="file")
        return found

    # -- parents

    @staticmethod
    def _posts(step: Step) -> list[str]:
        """The ids of the parts that are out already, in order."""
        return [done.remote_id for done in step.earlier if done.kind == "post" and done.remote_id]

    def _root(self) -> str:
        return self.account.server or self.api

    # -- did it happen?

    def _listed_in(self, data: Any, *path: str | int) -> list[One]:
        """The objects of the list at ``path``. What has another shape is no empty room: raises NotNow."""
        found = within(data, *path) if path else data
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise self._unreadable(writing=False)
        return found

    def _read_back(
        self,
        step: Step,
        ask: Callable[[str], tuple[Sequence[One], str]],
        *,
        mine: Callable[[One], Mine],
        is_it: Callable[[One], bool],
    ) -> Published | Absent:
        """The step among the room's messages. ``ask(cursor)`` gives a page, newest first, and the cursor of the next.

        Absence is complete when the pages reached back to before the intent or to the room's beginning.
        """

        def asked(cursor: str) -> tuple[Sequence[One], str]:
            page, following = ask(cursor)
            if not all(mine(one).remote_id for one in page):
                raise self._unreadable(writing=False)
            return page, following

        return read_back(step, asked, http=self.http, mine=mine, is_it=is_it, most=PAGES)
