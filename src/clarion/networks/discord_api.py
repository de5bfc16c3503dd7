"""Discord's interface as a language, for bots and for webhooks: what a message is, and what an answer means.

https://docs.discord.com/developers/reference
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from clarion import __version__

from .answers import Unreadable
from .api import mappings, number, span, text, within
from .base import (
    JSON,
    Answer,
    Documents,
    Draft,
    Failure,
    Images,
    Media,
    NotNow,
    Option,
    Polls,
    Problem,
    Published,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Told,
    Videos,
    Words,
)
from .chat_api import ChatApi
from .look import Look
from .wording import _, gettext_noop, quoting

USER_AGENT = f"DiscordBot (Clarion, {__version__})"
"""Discord asks for this form, and may shut out others. K: that a name is taken in the place of an address."""
EPOCH = 1_420_070_400_000
QUESTION = 300
REQUEST = 26_214_400
"""Bytes of one request, all files together."""
NO_EMBEDS, SILENT, CROSSPOSTED = 1 << 2, 1 << 12, 1 << 0

_SIGN_IN = {50014, 10015, 50027}
_RIGHTS = {50001, 50013, 40007}
_GONE = {10003, 10004}
_LATER = {20016, 20022, 20028, 30046}
UNKNOWN_MESSAGE = 10008
ALREADY_CROSSPOSTED = 40033


class DiscordApi(ChatApi):
    """One channel. ``_messages`` is where its messages are, ``settings`` tell the server (guild)."""

    api = "https://discord.com/api/v10"
    shows_names = True
    words = Words(post="message", share="forward", like="reaction")
    # 2,000 is the documented limit; the machine-readable contract says 4,000, which is true of some accounts only.
    look = Look(
        frame="message", card="bar", tiles="grid", most=10, many=1.5, single=(0.5, 2.2), thread="apart",
        acts=("smile",),
    )  # fmt: skip
    rules = Rules(
        text=Text(2000, unit="char"),
        images=Images(10, size=10_485_760, alt=1024),
        videos=Videos(10, size=10_485_760, alt=1024, with_images=True,
                      types=("video/mp4", "video/webm", "video/quicktime")),
        documents=Documents(10, size=10_485_760, with_others=True),
        polls=Polls(10, 55, timedelta(hours=1), timedelta(days=32)),
        files=10,
        text_required=False,
    )  # fmt: skip
    options: ClassVar[tuple[Option, ...]] = (
        Option("silent", gettext_noop("Without a sound"), "flag", help=gettext_noop("Nobody's phone rings.")),
        Option("no_embeds", gettext_noop("Without link previews"), "flag"),
        Option("poll", gettext_noop("Poll"), "poll"),
    )
    docs = "https://docs.discord.com/developers/reference"

    @property
    def _messages(self) -> str:
        raise NotImplementedError

    def _headers(self) -> Mapping[str, str]:
        return {"User-Agent": USER_AGENT}

    # -- what is said

    def problems(self, draft: Draft) -> list[Problem]:
        found = super().problems(draft)
        for index, part in enumerate(draft.parts):
            size = sum(media.size for media in part.media)
            if size > REQUEST:
                told = {"network": self.label, "size": f"{size / 1e6:.1f}", "limit": f"{REQUEST / 1e6:.1f}"}
                sentence = _("All files together have %(size)s MB; %(network)s takes %(limit)s MB in one message.")
                found.append(Problem("media", sentence % told, index, size, REQUEST))
        question = draft.parts[0].text
        if draft.options.get("poll"):
            values: dict[str, Any] = {"network": self.label, "count": len(question), "limit": QUESTION}
            if not question.strip():
                sentence = _("A poll on %(network)s needs a question. Write it as the text.")
                found.append(Problem("text", sentence % values))
            elif len(question) > QUESTION:
                sentence = _("The text is the question of the poll: %(count)d of %(limit)d on %(network)s. Shorten it.")
                found.append(Problem("text", sentence % values, 0, len(question), QUESTION))
        return found

    def _message(self, step: Step) -> dict[str, Any]:
        """The message of a step. Nobody is rung at: names in the text stay names."""
        options: JSON = step.payload.get("options") or {}
        said = str(step.payload.get("text") or "")
        message: dict[str, Any] = {"allowed_mentions": {"parse": []}}
        if options.get("poll") and step.part == 0:
            message["poll"] = _poll(said, options["poll"])
        elif said:
            message["content"] = said
        if files := self._handles(step):
            message["attachments"] = [{"id": str(n), **file} for n, file in enumerate(files)]
        flags = (NO_EMBEDS if options.get("no_embeds") else 0) | (SILENT if options.get("silent") else 0)
        return {**message, "flags": flags} if flags else message

    def _waiting(self, media: Media) -> Published:
        """A file leaves with its message; until then only its name and description are kept."""
        alt = {"description": media.alt} if media.alt else {}
        return Published(handle={"filename": media.name or media.path.name, **alt})

    def _body(self, step: Step, message: JSON) -> dict[str, Any]:
        files = self._attached(step)
        if not files:
            return {"json": message}
        parts = [
            (f"files[{n}]", (media.name or media.path.name, media.path, media.mime)) for n, media in enumerate(files)
        ]
        return {"data": {"payload_json": json.dumps(message, ensure_ascii=False)}, "files": parts}

    def _published(self, made: Any) -> Published:
        remote_id = self._id(made)
        return Published(remote_id, self._link(remote_id))

    def _link(self, remote_id: str) -> str:
        guild, channel = self.account.settings.get("guild_id") or "@me", self.account.settings.get("channel_id")
        return f"https://discord.com/channels/{guild}/{channel}/{remote_id}"

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words; files and their descriptions stay."""
        message = {"content": draft.parts[0].text, "allowed_mentions": {"parse": []}}
        return self._published(self._say("PATCH", f"{self._messages}/{remote_id}", json=message))

    def delete(self, remote_id: str) -> None:
        """What is gone already is no failure."""
        try:
            self._say("DELETE", f"{self._messages}/{remote_id}")
        except Refused as refused:
            if refused.code != str(UNKNOWN_MESSAGE):
                raise

    def fetch(self, remote_id: str) -> Seen | None:
        try:
            one = self._get(f"{self._messages}/{remote_id}")
        except Refused as refused:
            if refused.code == str(UNKNOWN_MESSAGE):
                return None
            raise
        alts = tuple(text(file, "description") for file in mappings(one, "attachments"))
        known = self._id(one, writing=False)
        return Seen(known, self._link(known), text(one, "content"), instant(one), alts, one)

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        try:
            data = answer.json()
        except Unreadable:
            data = None
        code, said = number(data, "code"), answer.reason()
        if answer.ok or (code is None and answer.status != 429):
            return super().understand(answer, writing=writing)
        ours = {"network": self.label}
        if answer.status == 429:
            wait = span(data, "retry_after")
            at = answer.at + min(wait, timedelta(days=1)) if wait else answer.retry_at
            return NotNow(quoting(_("%(network)s asks us to slow down.") % ours, said), retry_at=at, code="429")
        if answer.status >= 500 or code is None:
            return super().understand(answer, writing=writing)
        if answer.status == 401 or code in _SIGN_IN:
            sentence = _("%(network)s no longer accepts our sign-in. Connect the channel again.") % ours
            return SignInAgain(quoting(sentence, said), code=str(code or 401))
        if code in _RIGHTS:
            sentence = _("The bot may not do that on %(network)s. Give it its permissions there, then connect again.")
            return SignInAgain(quoting(sentence % ours, said), code=str(code))
        if code in _GONE:
            sentence = _("The channel is no longer there on %(network)s. Connect another one.")
            return SignInAgain(quoting(sentence % ours, said), code=str(code))
        if code in _LATER:
            return NotNow(quoting(_("%(network)s asks us to slow down.") % ours, said), code=str(code))
        if answer.status in (408, 409, 425):
            return super().understand(answer, writing=writing)
        # Codes of Discord run from 0; what it refused for a reason that nobody listed is refused all the same.
        return Refused(quoting(_("%(network)s refused it. Nothing was sent.") % ours, said), code=str(code))

    def budget_told(self, answer: Answer) -> Told | None:
        """The bucket of the route that was called."""
        given = {name: answer.headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining", "reset-after")}
        if not given["limit"].isdecimal() and not given["remaining"].isdecimal():
            return None
        wait = span(given, "reset-after")
        resets_at = answer.at + min(wait, timedelta(days=1)) if wait else answer.resets_at or answer.at
        limit, left = (int(given[name]) if given[name].isdecimal() else None for name in ("limit", "remaining"))
        return Told(limit, left, resets_at)


def instant(one: Any) -> datetime | None:
    """When a message was made: its own time, else the one in its id."""
    try:
        at = datetime.fromisoformat(text(one, "timestamp"))
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        made = text(one, "id")
        known = made.isdecimal() and len(made) <= 20  # an id has 64 bits
        return datetime.fromtimestamp(((int(made) >> 22) + EPOCH) / 1000, UTC) if known else None


def reactions(one: Any) -> int | None:
    """How often a message was reacted to; None when nothing is told."""
    found = within(one, "reactions")
    counts = [number(kind, "count") for kind in mappings(found)]
    return sum(filter(None, counts)) if isinstance(found, list) else None


def _poll(question: str, poll: Mapping[str, Any]) -> dict[str, Any]:
    """``{"options": […], "seconds": 86400, "multiple": false}`` in Discord's words: whole hours, 24 unless told."""
    hours = max(1, -(-int(poll.get("seconds") or 86_400) // 3600))
    answers: Sequence[Any] = poll["options"]
    return {
        "question": {"text": question}, "duration": min(hours, 768), "allow_multiselect": bool(poll.get("multiple")),
        "answers": [{"poll_media": {"text": str(answer).strip()}} for answer in answers],
    }  # fmt: skip
