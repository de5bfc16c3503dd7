"""Slack's Web API as a language: signing in with an application of the organisation's own, and ``ok: false`` in a yes.

https://docs.slack.dev/apis/web-api/
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from .answers import Unreadable
from .api import mappings, text, within
from .base import JSON, Account, Answer, Connected, Failure, Http, NotNow, NoVault, Refused, SignInAgain, Unknown, utc
from .chat_api import ChatApi, One
from .oauth import OAuthApi, _Told
from .wording import _, gettext_noop, quoting

PAGE = 100
PICKED = 99
"""More channels than this are not offered to choose from; others are connected by their id."""

_SIGN_IN = frozenset((
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "no_permission", "missing_scope",
    "org_login_required", "ekm_access_denied", "team_added_to_org", "not_allowed_token_type",
))  # fmt: skip
_CLOSED = frozenset(("account_inactive", "access_denied", "team_access_not_granted", "enterprise_is_restricted"))
_REFUSED: Mapping[str, str] = {
    "channel_not_found": gettext_noop(
        "The channel is gone, or our application may not see it. Nothing was sent. Connect another channel."
    ),
    "is_archived": gettext_noop(
        "The channel is archived. Nothing was sent. Bring it back on %(network)s, or connect another one."
    ),
    "restricted_action": gettext_noop(
        "The workspace lets only some people write in that channel. Nothing was sent. Ask its administrator."
    ),
    "msg_too_long": gettext_noop("The text is too long for %(network)s. Nothing was sent. Shorten it."),
    "": gettext_noop("%(network)s refused it. Nothing was sent."),
}
"""H and K. Of a name that has more to it (``restricted_action_…``) the beginning counts."""
_FULL = "message_limit_exceeded"
"""K: a workspace that does not pay has written what it may."""
_LATER = frozenset(("rate_limited", "ratelimited"))
_MAYBE = frozenset(("fatal_error", "internal_error", "service_unavailable", "request_timeout", "unknown_error"))
_DEAD = frozenset(("invalid_refresh_token", "token_revoked", "token_expired", "invalid_auth", "account_inactive"))
_APP = frozenset(("invalid_client_id", "bad_client_secret"))


class SlackApi(OAuthApi, ChatApi):
    """One channel; ``settings`` tell the workspace (team) and our bot there."""

    api = "https://slack.com/api"
    authorise_at = "https://slack.com/oauth/v2/authorize"
    token_at = "https://slack.com/api/oauth.v2.access"  # noqa: S105 - an address
    scope_separator = ","

    def __init__(self, account: Account, **given: Any) -> None:
        super().__init__(account, **given)
        self._names: dict[str, str] | None = {}

    # -- signing in

    @classmethod
    def authorise_url(
        cls, server: str, app: Mapping[str, str], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """Without the challenge: an application that may use one is a public client from then on, for ever."""
        whole = super().authorise_url(server, app, redirect_uri=redirect_uri, state=state, challenge=challenge)
        address, _mark, query = whole.partition("?")
        kept = [one for one in parse_qsl(query) if not one[0].startswith("code_challenge")]
        return f"{address}?{urlencode(kept)}"

    def _token_call(self, form: Mapping[str, str], *, secrets: Sequence[str] = ()) -> _Told:
        known = {name: value for name, value in form.items() if name != "code_verifier"}
        return super()._token_call(known, secrets=secrets)

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``bot_token`` and ``channel`` (a link or an id). Raises Refused for what is neither."""
        token = fields.get("bot_token", "").strip()
        if not re.fullmatch(r"xox[a-z](?:\.xox[a-z])?-[\w-]{10,300}", token, re.ASCII):
            raise Refused(_("Paste the bot token of your application. It begins with xoxb-."), code="bot_token")
        channel = re.search(r"\b([CG][A-Z0-9]{5,20})(?:/p\d+)?/?\s*\Z", fields.get("channel", ""), re.ASCII)
        if channel is None:
            raise Refused(_("Paste the link of the channel, or its id."), code="channel")
        secrets = {"access_token": token}
        us = cls(Account(remote_id=channel[1]), http=http, vault=NoVault(secrets), app=app)
        return Connected(us.whoami(), secrets)

    def whoami(self) -> Account:
        """The channel. Without one (the first question of a sign-in) the bot itself."""
        me = self._get("/auth.test")
        names = {"team_id": "team_id", "team": "team", "team_url": "url", "bot_id": "bot_id", "user_id": "user_id"}
        team = {name: text(me, told) for name, told in names.items()}
        if not self.account.remote_id:
            known = self._id(me, "user_id", writing=False)
            return Account(remote_id=known, handle=text(me, "user") or known, name=team["team"], settings=team)
        channel = within(self._get("/conversations.info", channel=self.account.remote_id), "channel")
        return self._account(channel, team)

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        """The channels of the workspace to choose from, those with our bot first."""
        team = self.whoami().settings
        found: list[One] = []
        cursor = ""
        for _page in range(5):
            page = self._get(
                "/conversations.list", types="public_channel,private_channel", exclude_archived="true", limit=200,
                cursor=cursor,
            )  # fmt: skip
            found += mappings(page, "channels")
            cursor = text(page, "response_metadata", "next_cursor")
            if not cursor:
                break
        found.sort(key=lambda one: not one.get("is_member"))
        return [(self._account(one, team), {}) for one in found[:PICKED]]

    def _account(self, channel: Any, team: JSON) -> Account:
        known = self._id(channel, writing=False)
        handle = f"#{text(channel, 'name') or known}"
        told = {**team, "private": within(channel, "is_private") is True}
        return Account(
            remote_id=known, handle=handle, name=f"{handle}, {team['team']}", settings=told,
            url=f"{team['team_url']}archives/{known}" if team["team_url"] else "",
        )  # fmt: skip

    def _told(self, answer: Answer, *, is_code: bool) -> _Told:
        """Slack says no within a 200, in words of its own."""
        try:
            error = text(answer.json(), "error")
        except Unreadable:
            error = ""
        ours = {"network": self.label}
        if error in _APP:
            sentence = _("%(network)s does not know our application. Check its client id and secret.")
            raise Refused(sentence % ours, code="invalid_client")
        if error and is_code and error not in _LATER | _MAYBE:
            raise Refused(_("The sign-in was not completed. Start it again."), code="invalid_grant")
        if error in _DEAD:
            sentence = _("%(network)s no longer accepts our sign-in.") % ours
            raise SignInAgain(quoting(sentence, error), code=error)
        return super()._told(answer, is_code=is_code)

    def _name(self, user: str) -> str:
        """What a person is called there; their id where we may not ask."""
        if self._names is not None and user not in self._names:
            try:
                told = within(self._get("/users.info", user=user), "user")
            except Failure:
                self._names = None  # no name is worth a second refusal
            else:
                known = (text(told, "profile", "display_name"), text(told, "real_name"), text(told, "name"))
                self._names[user] = next(filter(None, known), user)
        return (self._names or {}).get(user, user)

    # -- answers

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
        """As everywhere; but a token that ended is told with a 200, and then nothing was done."""
        before = self.vault.read()
        answer = super()._ask(method, path, headers=headers, **given)
        if answer.ok and error_of(answer) == "token_expired" and self._can_renew(before):
            self._renewed(before)
            answer = super()._ask(method, path, headers=headers, **given)
        return answer

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        error = error_of(answer)
        if not error:
            return super().understand(answer, writing=writing)
        ours = {"network": self.label}
        if error in _CLOSED:
            sentence = _(
                "%(network)s or the workspace has closed our application's access. Ask the workspace's administrator, "
                "then connect again."
            )
            return SignInAgain(quoting(sentence % ours, error), code=error)
        if error in _SIGN_IN:
            needed = text(answer.json(), "needed")
            if error == "missing_scope" and needed:
                sentence = _(
                    "%(network)s needs the permission “%(scope)s”. Add it to the application, then install it."
                )
                return SignInAgain(sentence % {**ours, "scope": needed}, code=error)
            return SignInAgain(quoting(_("%(network)s no longer accepts our sign-in.") % ours, error), code=error)
        if error == "not_in_channel":
            sentence = _("The application is not in the channel. Invite it there (/invite), then connect again.")
            return SignInAgain(sentence, code=error)
        if error in _LATER or answer.status == 429:
            sentence = _("%(network)s asks us to slow down.") % ours
            return NotNow(quoting(sentence, error), retry_at=answer.retry_at, code=error)
        if error == _FULL:
            sentence = _("The workspace has used up what it may write on %(network)s. It is tried again.") % ours
            return NotNow(quoting(sentence, error), retry_at=answer.retry_at or answer.after(3600), code=error)
        if error in _MAYBE or answer.status >= 500:
            if writing:
                sentence = _("%(network)s failed while it worked on it: it may have happened.") % ours
                return Unknown(quoting(sentence, error), code=error)
            return NotNow(quoting(_("%(network)s is not working at the moment.") % ours, error), code=error)
        known = next((name for name in _REFUSED if name and error.startswith(name)), "")
        return Refused(quoting(_(_REFUSED[known]) % ours, error), code=error)

    def _read(self, answer: Answer, *, writing: bool) -> Any:
        """Nothing is a yes that does not say so."""
        told = super()._read(answer, writing=writing)
        if within(told, "ok") is not True:
            raise self._unreadable(writing=writing)
        return told


def error_of(answer: Answer) -> str:
    """Slack's word for what went wrong; empty for a success. A no without a word is no less a no."""
    try:
        data = answer.json()
    except Unreadable:
        return ""
    return (text(data, "error") or "unknown_error") if within(data, "ok") is False else ""


def escaped(said: str) -> str:
    """A text in Slack's own escapes: the three characters that begin its links and mentions."""
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


_LINK = re.compile(r"<((?:https?|mailto):[^<>|]*)(?:\|[^<>]*)?>")


def unescaped(shown: str) -> str:
    """A text of Slack as it was written: links are their addresses."""
    return html.unescape(_LINK.sub(r"\1", shown))


def instant(ts: str) -> datetime | None:
    """A message's id is the second at which it was said."""
    return utc(float(ts)) if re.fullmatch(r"\d{9,11}\.\d{1,6}", ts) else None


def now() -> datetime:
    return datetime.now(UTC)
