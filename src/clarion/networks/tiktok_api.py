"""The half of TikTok around its posts: signing in, numbers, what its webhooks tell, answers.

https://developers.tiktok.com/doc/oauth-user-access-token-management, .../tiktok-api-v2-video-query, .../webhooks-events
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable, data_of
from .api import id_at, instant, mappings, number, text, within
from .base import (
    Account,
    Answer,
    Failure,
    Message,
    NotNow,
    Reading,
    Refused,
    Seen,
    SignInAgain,
    Unknown,
    utc,
)
from .oauth import OAuthApi, _Told
from .wording import _, gettext_noop, quoting

HOME = "https://www.tiktok.com"
AT_ONCE = 20
"""So many videos are asked about in one call (H)."""
STALE = timedelta(minutes=5)
"""A webhook's call that was signed so long ago may be somebody's copy of it."""
_VIDEO = "id,create_time,share_url,video_description,title,like_count,comment_count,share_count,view_count"
_COUNTS = {"likes": "like_count", "replies": "comment_count", "shares": "share_count", "views": "view_count"}
_ACCOUNT = {
    "followers": "follower_count", "following": "following_count", "likes": "likes_count", "posts": "video_count",
}  # fmt: skip

# M: the codes, from other clients' handling. What stands nowhere is judged by its status.
SIGNED_OUT = frozenset({"access_token_invalid", "access_token_has_been_revoked"})
NOT_ALLOWED = frozenset({"scope_not_authorized", "scope_permission_missed"})
_LATER: Mapping[str, tuple[timedelta, str]] = {
    "rate_limit_exceeded": (timedelta(seconds=60), gettext_noop("TikTok asks us to slow down.")),
    "spam_risk_too_many_posts": (
        timedelta(hours=24),
        gettext_noop("TikTok takes no more posts by applications from this account today. It goes on tomorrow."),
    ),
    "reached_active_user_cap": (
        timedelta(hours=24),
        gettext_noop(
            "TikTok lets only a few accounts a day post through an application that it has not audited. "
            "It goes on tomorrow."
        ),
    ),
    "spam_risk_too_many_pending_share": (
        timedelta(hours=1),
        gettext_noop(
            "Too many posts wait in the account's TikTok inbox. Finish or discard them in the TikTok app; "
            "it is tried again."
        ),
    ),
}
_REFUSED: Mapping[str, str] = {
    "unaudited_client_can_only_post_to_private_accounts": gettext_noop(
        "TikTok has not audited our application: until then it takes posts only from private accounts, and only for "
        "“Only me”. Nothing was published. Make the account private, send it to the inbox, or ask TikTok for the audit."
    ),
    "privacy_level_option_mismatch": gettext_noop(
        "This account may not choose that audience on TikTok. Nothing was published. Choose another."
    ),
    "url_ownership_unverified": gettext_noop(
        "TikTok fetches pictures only from addresses that it knows as ours. Nothing was published. "
        "Verify Clarion's address in TikTok's developer portal."
    ),
    "spam_risk_user_banned_from_posting": gettext_noop("TikTok has banned this account from posting."),
    "spam_risk_text": gettext_noop("TikTok takes the text for spam. Nothing was published. Change the text."),
    "spam_risk": gettext_noop("TikTok takes the post for spam. Nothing was published."),
    "invalid_param": gettext_noop("TikTok did not take a setting of this post. Nothing was published."),
    "invalid_params": gettext_noop("TikTok did not take a setting of this post. Nothing was published."),
}
_WHY: Mapping[str, str] = {
    "": gettext_noop("TikTok did not accept the post (%(why)s). It was not published."),
    "file_format_check_failed": gettext_noop("TikTok cannot read the file. It was not published. Save it as MP4."),
    "duration_check_failed": gettext_noop("The video is too long or too short for TikTok. It was not published."),
    "frame_rate_check_failed": gettext_noop("TikTok takes 23 to 60 pictures a second. It was not published."),
    "picture_size_check_failed": gettext_noop("The video has a size that TikTok does not take. It was not published."),
    "video_pull_failed": gettext_noop("TikTok could not fetch the video. It was not published. Send it again."),
    "photo_pull_failed": gettext_noop("TikTok could not fetch the pictures. It was not published. Send it again."),
    "internal": gettext_noop("TikTok failed while it worked on the post. It was not published. Send it again."),
    "publish_cancelled": gettext_noop("The post was cancelled on TikTok. It was not published."),
}  # fmt: skip
"""K: reasons of a post that failed."""
_NEWS: Mapping[str, str] = {
    "post.publish.complete": gettext_noop("TikTok has published the post."),
    "post.publish.publicly_available": gettext_noop("The post can be seen by its audience on TikTok now."),
    "post.publish.no_longer_publicaly_available": gettext_noop("The post can no longer be seen on TikTok."),
    "post.publish.failed": gettext_noop("TikTok did not publish the post."),
    "post.publish.inbox_delivered": gettext_noop("The post is in the account's TikTok inbox. Finish it there."),
    "authorization.removed": gettext_noop("Our access to the account was ended on TikTok. Connect the channel again."),
}
"""K: the names of the events."""


class TikTokApi(OAuthApi):
    """One account. Posts are known by their id, or by ``publish_id`` while TikTok keeps their id to itself."""

    label: ClassVar[str] = "TikTok"
    api = "https://open.tiktokapis.com"
    authorise_at = "https://www.tiktok.com/v2/auth/authorize/"
    token_at = "https://open.tiktokapis.com/v2/oauth/token/"  # noqa: S105 - an address
    client_id_name = "client_key"
    scope_separator = ","

    # -- signing in

    @classmethod
    def authorise_url(
        cls, server: str, app: Mapping[str, str], *, redirect_uri: str, state: str, challenge: str
    ) -> str:
        """TikTok wants the challenge in hexadecimal digits, not in base64url (M)."""
        digits = base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4)).hex()
        return super().authorise_url(server, app, redirect_uri=redirect_uri, state=state, challenge=digits)

    def _told(self, answer: Answer, *, is_code: bool) -> _Told:
        """TikTok may say no with a 200, and has a name of its own for the end of the renewal."""
        data = _data(answer)
        if is_code and answer.ok and text(data, "error") and text(data, "error") != "invalid_client":
            raise Refused(_("The sign-in was not completed. Start it again."), code="invalid_grant")
        told = super()._told(answer, is_code=is_code)
        if seconds := number(data, "refresh_expires_in"):
            told.secrets["refresh_ends_at"] = answer.after(seconds).timestamp()
        return told

    def whoami(self) -> Account:
        basic = "open_id,avatar_url,display_name"
        try:
            told = self._get("/v2/user/info/", fields=f"{basic},username")
        except SignInAgain as failure:
            if failure.code not in NOT_ALLOWED:
                raise
            told = self._get("/v2/user/info/", fields=basic)
        me = within(told, "data", "user")
        id, name = self._id(me, "open_id", writing=False), text(me, "display_name")
        handle = text(me, "username")
        return Account(
            remote_id=id, handle=f"@{handle}" if handle else name or id, name=name, avatar=text(me, "avatar_url"),
            url=f"{HOME}/@{handle}" if handle else HOME,
        )  # fmt: skip

    def _ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **given: Any) -> Answer:
        """As everywhere; but a token that ended may also be told with a 200."""
        before = self.vault.read()
        answer = super()._ask(method, path, headers=headers, **given)
        if answer.status != 401 and code_of(answer) == "access_token_invalid" and self._can_renew(before):
            self._renewed(before)
            answer = super()._ask(method, path, headers=headers, **given)
        return answer

    # -- how a post stands

    def _status(self, publish_id: str) -> Mapping[str, Any]:
        """``{"status", "fail_reason", "publicaly_available_post_id", "uploaded_bytes"}``; thirty times a minute (H)."""
        told = self._post("/v2/post/publish/status/fetch/", json={"publish_id": publish_id}, writing=False)
        found = within(told, "data")
        if not text(found, "status"):
            raise self._unreadable(writing=False)
        return found if isinstance(found, Mapping) else {}

    def _failure(self, why: str) -> Failure:
        """What a post failed of."""
        if why == "auth_removed":
            return SignInAgain(_("TikTok no longer accepts our sign-in. It was not published."), code=why)
        sentence = _(_REFUSED[why]) if why in _REFUSED else _(_WHY.get(why) or _WHY[""]) % {"why": why or "?"}
        return Refused(sentence, code=why or "failed")

    def _post_id(self, remote_id: str) -> str:
        """The post's own id; empty as long as TikTok does not tell it (moderation, or seen by the account only)."""
        if remote_id.isdecimal():
            return remote_id
        try:
            return post_id_in(self._status(remote_id))
        except Refused:
            return ""

    def _link(self, id: str, *, photos: bool = False) -> str:
        """A post's address; the account's own while the post's id is not known."""
        if not id:
            return self.account.url or HOME
        name = self.account.handle.lstrip("@") if self.account.handle.startswith("@") else ""
        return f"{HOME}/@{name}/{'photo' if photos else 'video'}/{id}"

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        """TikTok gives the first 150 letters of the text (H). A post whose id it keeps is known by its state alone."""
        id = self._post_id(remote_id)
        if not id:
            try:
                state = self._status(remote_id)
            except Refused:
                return None
            done = text(state, "status") in ("PUBLISH_COMPLETE", "SEND_TO_USER_INBOX")
            return Seen(remote_id, self._link(""), "", raw=state) if done else None
        one = next((one for one in self._videos([id]) if text(one, "id") == id), None)
        if one is None:
            return None
        url = text(one, "share_url").partition("?")[0] or self._link(id)
        return Seen(remote_id, url, text(one, "video_description") or text(one, "title"), created(one), raw=one)

    def _videos(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        told = self._post(
            "/v2/video/query/", params={"fields": _VIDEO}, json={"filters": {"video_ids": list(ids)}}, writing=False
        )  # fmt: skip
        if not isinstance(within(told, "data", "videos"), list):
            raise self._unreadable(writing=False)
        return mappings(told, "data", "videos")

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Likes, comments, shares and views, of posts that everybody sees."""
        known = {post: asked for asked in remote_ids if (post := self._post_id(asked))}
        readings, ids = {}, list(known)
        for start in range(0, len(ids), AT_ONCE):
            for one in self._videos(ids[start : start + AT_ONCE]):
                if text(one, "id") in known:
                    counts = {name: number(one, field) for name, field in _COUNTS.items()}
                    readings[known[text(one, "id")]] = Reading(counts, one)
        return readings

    def measure_account(self) -> Reading:
        me = within(self._get("/v2/user/info/", fields=",".join(("open_id", *_ACCOUNT.values()))), "data", "user")
        counts = {name: number(me, field) for name, field in _ACCOUNT.items()}
        return Reading(counts, me if isinstance(me, Mapping) else {})

    # -- what TikTok tells by itself

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """What became of a post, as notifications. ``secret`` is the application's. Raises Refused(``signature``)."""
        given = {name.lower(): value for name, value in headers.items()}.get("tiktok-signature", "")
        parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
        at, said = str(parts.get("t", "")), str(parts.get("s", ""))
        ours = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
        if not secret or not re.fullmatch(r"\d{1,11}", at) or not hmac.compare_digest(said.encode(), ours.encode()):
            raise Refused(_("This call does not come from %(network)s.") % {"network": cls.label}, code="signature")
        if abs(datetime.now(UTC) - utc(int(at))) > STALE:
            sentence = _("This call of %(network)s is too old, or the clock of this server is wrong. It was not read.")
            raise Refused(sentence % {"network": cls.label}, code="signature")
        try:
            told = data_of(body)
        except Unreadable:
            raise Refused(_("%(network)s sent something unreadable.") % {"network": cls.label}, code="body") from None
        event = text(told, "event")
        if event not in _NEWS:
            return ()
        content: Any = {}
        with suppress(Unreadable):
            content = data_of(text(told, "content") or "{}")
        sentence, why = _(_NEWS[event]), text(content, "reason")
        return (Message(
            remote_id=text(content, "post_id") or text(content, "publish_id") or f"{event}:{at}", kind="notification",
            author=text(told, "user_openid"), author_name=cls.label, text=quoting(sentence, why),
            at=instant(told, "create_time") or utc(int(at)), parent_id=text(content, "publish_id"),
            raw={**(told if isinstance(told, Mapping) else {}), "content": content},
        ),)  # fmt: skip

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        usual, code = super().understand(answer, writing=writing), code_of(answer)
        if not code or code == "ok":
            return usual
        said = answer.reason()
        if code in SIGNED_OUT:
            return SignInAgain(quoting(_("TikTok no longer accepts our sign-in."), said), code=code)
        if code in NOT_ALLOWED:
            sentence = _("Our sign-in may not do this on TikTok. Connect the channel again and allow everything.")
            return SignInAgain(quoting(sentence, said), code=code)
        if code in _LATER:
            wait, sentence = _LATER[code]
            return NotNow(quoting(_(sentence), said), retry_at=answer.at + wait, code=code)
        if code in _REFUSED:
            return Refused(quoting(_(_REFUSED[code]), said), code=code)
        if usual is not None:
            return usual
        # A 200 that says no, in a word that we have never heard.
        if writing:
            sentence = _("TikTok answered with “%(code)s”: it may or may not have happened.") % {"code": code}
            return Unknown(quoting(sentence, said), code=code)
        return NotNow(quoting(_("TikTok answered with “%(code)s”.") % {"code": code}, said), code=code)

    @classmethod
    def id_in(cls, url: str) -> str:
        found = re.search(r"/(?:video|photo)/(\d+)", url)
        return found.group(1) if found else super().id_in(url)


def code_of(answer: Answer) -> str:
    """TikTok's word in an answer: ``ok``, or what went wrong; empty when there is none."""
    return text(_data(answer), "error", "code")


def post_id_in(state: Any) -> str:
    """The id of a post that everybody may see. The field is spelt like this (H)."""
    found = id_at(state, "publicaly_available_post_id", 0)
    return found if found.isdecimal() else ""


def created(one: Any) -> datetime | None:
    return instant(one, "create_time")


def _data(answer: Answer) -> Any:
    with suppress(Unreadable):
        return answer.json()
    return None
