"""VK's API as a language: every call is a POST, every answer is 200, and a no is an object ``error`` within."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from .answers import Unreadable
from .api import JsonApi, number, text, within
from .base import Answer, Failure, NotNow, Refused, SignInAgain, Unknown
from .wording import _, gettext_noop, quoting

VERSION = "5.251"
"""M: the version of the API that third parties speak in 2026."""
# H: the codes; M and K: what they mean for us.
_SIGN_IN = frozenset({5, 17, 25, 27, 28, 1117, 3609})
_ROLE = frozenset({7, 15, 203})
_PERSON = frozenset({14, 24, 3300, 3301, 3302, 3303, 3304})
_SOON = {6: timedelta(seconds=1), 9: timedelta(hours=1), 29: timedelta(days=1)}
# The parameters, the rights and the limits of walls, photos and videos: a clear no.
_CLOSED = frozenset({18, 37, 3610})
_TOLD = {
    214: gettext_noop(
        "%(network)s did not take the post: one for the same minute stands there, or the community may not be "
        "written to. Nothing was sent."
    ),
    219: gettext_noop("%(network)s takes no second advertisement so soon. Nothing was sent."),
    222: gettext_noop("%(network)s takes no links there. Nothing was sent. Leave the link out."),
    224: gettext_noop("%(network)s takes no more advertisements there. Nothing was sent."),
}
_OF_A_DAY = re.compile(r"\bday\b|\b50\b|limit", re.IGNORECASE)
"""K: what 214 says where it is the posts of the day that are used up."""
_NO = frozenset(
    {3, 8, 16, 18, 19, 20, 22, 23, 30, 33, 34, 35, 37, 42, 43, *range(100, 130), 140, 141, 150, 200, 204,
     *range(210, 226), 243, 300, 302, 703, 704, 800, 801, 3102, 9999}
)  # fmt: skip


class VKApi(JsonApi):
    """Give ``account.remote_id``: the community's number, without the minus that its wall has."""

    api = "https://api.vk.com"

    def _headers(self) -> Mapping[str, str]:
        return {}  # the token is a field of each call

    @property
    def _wall(self) -> int:
        return -int(self.account.remote_id)

    # -- calls and answers

    def _call(self, method: str, fields: Mapping[str, Any], *, writing: bool = True) -> Any:
        """The ``response`` of a method."""
        known = {name: str(value) for name, value in fields.items() if value is not None}
        form = {**known, "access_token": self._token(), "v": VERSION}
        told = self._read(self._ask("POST", f"/method/{method}", data=form, writing=writing), writing=writing)
        found = within(told, "response")
        if found is None:
            raise self._unreadable(writing=writing)
        return found

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        try:
            error = within(answer.json(), "error")
        except Unreadable:
            error = None
        code = number(error, "error_code")
        if code is None or answer.status >= 300:
            return super().understand(answer, writing=writing)
        said, ours = text(error, "error_msg"), {"network": self.label}
        if code in _CLOSED:
            sentence = _("The account was deleted or banned on %(network)s. Connect the channel with another one.")
            return SignInAgain(quoting(sentence % ours, said), code=str(code))
        if code == 214 and _OF_A_DAY.search(said):
            sentence = _("%(network)s takes only so many posts a day, and they are used up. It goes on tomorrow.")
            return NotNow(quoting(sentence % ours, said), retry_at=answer.after(86_400), code=str(code))
        if code in _SIGN_IN:
            return SignInAgain(quoting(_("%(network)s no longer accepts our sign-in.") % ours, said), code=str(code))
        if code in _PERSON:
            sentence = _("%(network)s wants a person to confirm something there. Do that, then connect again.")
            return SignInAgain(quoting(sentence % ours, said), code=str(code))
        if code in _ROLE:
            sentence = _("We may not do that in this community any more. Connect again as one of its administrators.")
            return SignInAgain(quoting(sentence, said), code=str(code))
        if code in _SOON:
            sentence = _("%(network)s asks us to slow down.") % ours
            return NotNow(quoting(sentence, said), retry_at=answer.at + _SOON[code], code=str(code))
        if code not in _NO:  # 1, 10 and whatever nobody has explained
            if writing:
                sentence = _("%(network)s stumbled while it worked on it: it may have happened.") % ours
                return Unknown(quoting(sentence, said), code=str(code))
            return NotNow(quoting(_("%(network)s is not working at the moment.") % ours, said), code=str(code))
        sentence = _(_TOLD[code]) if code in _TOLD else _("%(network)s refused it. Nothing was sent.")
        return Refused(quoting(sentence % ours, said), code=str(code))

    def _whole(self, made: Any, *path: str | int, writing: bool = True) -> str:
        """The number of a post, a comment or a community. Raises Unknown (of a read: NotNow) without it."""
        found = number(made, *path)
        if not found:
            raise self._unreadable(writing=writing)
        return str(found)
