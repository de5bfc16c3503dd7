"""Mattermost: one channel of a server of one's own, spoken to by a bot account. https://developers.mattermost.com/api-documentation/

A post carries data of ours (``props``), so a lost answer is looked up exactly. The server also remembers the
``pending_post_id`` of a post for half a minute and gives the first post again; it is sent and not relied upon.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from .answers import Unreadable
from .api import instant, mappings, number, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Connected,
    Documents,
    Draft,
    Failure,
    Field,
    Http,
    Images,
    Message,
    NoVault,
    Once,
    Page,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Token,
    Unknown,
    Videos,
    Words,
    utc,
)
from .canonical import same_form
from .chat_api import ChatApi, One
from .lookup import Mine
from .mastodon_api import server_address
from .wording import _, gettext_noop, quoting

PAGE = 100
_ID = re.compile(r"[a-z0-9]{26}")
_PENDING = "api.post.deduplicate_create_post.pending"
"""K: what is said of a post while the first call with the same ``pending_post_id`` is still at work."""


class Mattermost(ChatApi):
    """``account.server`` is the server, ``account.remote_id`` the channel; ``settings`` tell our user and the team."""

    name, label = "mattermost", "Mattermost"
    shows_names = True
    words = Words(post="post", share="forward", like="reaction")
    sign_in = (
        Token(
            (
                Field("server", gettext_noop("Server"), help=gettext_noop("for example chat.example")),
                Field(
                    "access_token", gettext_noop("Bot access token"), secret=True,
                    help=gettext_noop("Integrations → Bot accounts → your bot → Create new token"),
                ),
                Field("channel", gettext_noop("Channel"), help=gettext_noop("Its link: channel menu → Copy link.")),
            )
        ),
    )  # fmt: skip
    # K: 16,383 code points, ten files, 100 MB; the server's own configuration tells the first and the last.
    text_limit_is_sure = False
    rules = Rules(
        text=Text(16_383, unit="codepoint"), images=Images(10, size=104_857_600, alt=0),
        videos=Videos(10, size=104_857_600, with_images=True, types=("video/mp4", "video/webm", "video/quicktime")),
        documents=Documents(10, size=104_857_600, with_others=True),
        files=10, parts=50, text_required=False, asked_of_server=True,
    )  # fmt: skip
    options = (FIRST_COMMENT,)
    once = Once(Once.LOOKUP)
    budget = Budget(10, per=timedelta(seconds=1))  # K: the usual setting of a server
    docs = "https://developers.mattermost.com/api-documentation/"

    def __init__(self, account: Account, **given: Any) -> None:
        super().__init__(account, **given)
        self._names: dict[str, str] = {}

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``server``, ``access_token`` and ``channel`` (a link, or the id of 26 letters)."""
        server = server_address(fields.get("server", ""), label=cls.label)
        token, typed = fields.get("access_token", "").strip(), fields.get("channel", "").strip().rstrip("/")
        if not token:
            raise Refused(_("Paste the access token of your bot."), code="access_token")
        us = cls(Account(server=server), http=http, vault=NoVault({"access_token": token}), app=app)
        link = re.search(r"/([\w.-]+)/channels/([\w.-]+)\Z", typed)
        if link:
            found = us._get(f"/api/v4/teams/name/{link[1]}/channels/name/{link[2]}")
        elif _ID.fullmatch(typed):
            found = us._get(f"/api/v4/channels/{typed}")
        else:
            raise Refused(_("Paste the link of the channel, or its id."), code="channel")
        told = {"team": link[1]} if link else {}
        known = us._id(found, writing=False)
        us = cls(Account(server=server, remote_id=known, settings=told), http=http, vault=us.vault, app=app)
        return Connected(us.whoami(), {"access_token": token})

    def whoami(self) -> Account:
        me = self._get("/api/v4/users/me")
        channel = self._get(f"/api/v4/channels/{self.account.remote_id}")
        known, name = self._id(channel, writing=False), text(channel, "name")
        told = {**self.account.settings, "user_id": self._id(me, writing=False), "user": text(me, "username")}
        team = str(told.get("team") or "")
        url = f"{self.account.server}/{team}/channels/{name}" if team else self.account.server
        title = text(channel, "display_name") or name or known
        return Account(self.account.server, known, f"~{name or known}", title, url, settings=told)

    def limits(self) -> JSON:
        """The server's own limits; empty when it does not tell them. K: the names of its settings."""
        told = self._get("/api/v4/config/client", format="old")
        limits: dict[str, Any] = {}
        if letters := number(told, "MaxPostSize"):
            limits["text"] = {"limit": letters}
        if size := number(told, "MaxFileSize"):
            limits |= {kind: {"size": size} for kind in ("images", "videos", "documents")}
        return limits

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact post; ``props`` carry the key where only programs see it."""
        if step.kind == "upload":
            return step.payload
        posts = self._posts(step)
        root = posts[0] if posts else str(step.payload.get("in_reply_to") or "")
        files = [str(handle["file_id"]) for handle in self._handles(step)] if step.kind == "post" else []
        post: dict[str, Any] = {
            "channel_id": self.account.remote_id, "message": str(step.payload.get("text") or ""),
            "props": {"clarion_key": key},
            # Others put the time behind the colon; two posts of one moment would then be taken for one.
            "pending_post_id": f"{self.account.settings.get('user_id')}:{key}",
        }  # fmt: skip
        return {**step.payload, "post": {**post, **({"root_id": root} if root else {}),
                                         **({"file_ids": files} if files else {})}}  # fmt: skip

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._upload(step)
        return self._published(self._post("/api/v4/posts", json=self._rooted(step, key)))

    def reply(self, step: Step, *, key: str) -> Published:
        """A post whose payload has ``in_reply_to``: the id of the post whose thread it joins."""
        return self.publish(step, key=key)

    def _prepared(self, step: Step, key: str) -> JSON:
        payload = step.payload if "post" in step.payload else self.prepare(step, key=key, now=datetime.now(UTC))
        post: JSON = payload["post"]
        return post

    def _rooted(self, step: Step, key: str) -> JSON:
        """The step's post; an answer to an answer hangs on the root of its thread: others are refused."""
        post, told = self._prepared(step, key), str(step.payload.get("in_reply_to") or "")
        if not told or self._posts(step):
            return post
        return {**post, "root_id": text(self._one(told), "root_id") or told}

    def _upload(self, step: Step) -> Published:
        media = self._held(step)
        file = (media.name or media.path.name, media.path, media.mime)
        made = self._post("/api/v4/files", data={"channel_id": self.account.remote_id}, files={"files": file})
        return Published(handle={"file_id": self._id(made, "file_infos", 0, "id")})

    def _published(self, made: Any) -> Published:
        known = self._id(made)
        return Published(known, self._link(known))

    def _link(self, known: str) -> str:
        return f"{self.account.server}/{self.account.settings.get('team') or '_redirect'}/pl/{known}"

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Reads the channel back to the intent: by our key, else by words, files and thread."""
        post = self._rooted(step, key)
        return self._read_back(
            step, self._listed, is_it=lambda one: self._is_it(one, post),
            mine=lambda one: Mine(text(one, "id"), self._link(text(one, "id")), _instant(one)),
        )  # fmt: skip

    def _listed(self, cursor: str) -> tuple[Sequence[One], str]:
        page = int(cursor or 0)
        found = self._posts_in(self._get(f"/api/v4/channels/{self.account.remote_id}/posts", page=page, per_page=PAGE))
        return found, str(page + 1) if len(found) >= PAGE else ""

    def _posts_in(self, data: Any) -> list[One]:
        """The posts of a listing, in its order."""
        order, posts = within(data, "order"), within(data, "posts")
        if not isinstance(order, list):
            raise self._unreadable(writing=False)
        return self._listed_in([within(posts, str(known)) for known in order])

    def _is_it(self, one: One, post: JSON) -> bool:
        told = within(one, "props", "clarion_key")
        if told is not None:
            return bool(told == post["props"]["clarion_key"])
        return (
            text(one, "user_id") == self.account.settings.get("user_id")
            and same_form(text(one, "message")) == same_form(post["message"])
            and (within(one, "file_ids") or []) == (post.get("file_ids") or [])
            and text(one, "root_id") == str(post.get("root_id") or "")
        )

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words; files stay."""
        changed = {"message": draft.parts[0].text}
        return self._published(self._say("PUT", f"/api/v4/posts/{remote_id}/patch", json=changed))

    def delete(self, remote_id: str) -> None:
        """What is gone already is no failure."""
        with suppress(_Missing):
            self._say("DELETE", f"/api/v4/posts/{remote_id}")

    def fetch(self, remote_id: str) -> Seen | None:
        one = self._one(remote_id)
        return one and Seen(remote_id, self._link(remote_id), text(one, "message"), _instant(one), (), one)

    def _one(self, remote_id: str) -> Any:
        try:
            one = self._get(f"/api/v4/posts/{remote_id}")
        except _Missing:
            return None
        self._id(one, writing=False)
        return None if number(one, "delete_at") else one

    def like(self, remote_id: str) -> None:
        told = {"user_id": self.account.settings.get("user_id"), "post_id": remote_id, "emoji_name": "thumbsup"}
        self._post("/api/v4/reactions", json=told)

    # -- what others say, and numbers

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        """What others say below the post, newest first. The server gives it whole."""
        found = self._posts_in(self._get(f"/api/v4/posts/{remote_id}/thread"))
        items = self._heard([one for one in found if text(one, "root_id")])
        return Page(tuple(sorted(items, key=lambda message: message.at, reverse=True)))

    def mentions(self, *, cursor: str = "") -> Page:
        """Posts of the channel that name our user, newest first."""
        found, onward = self._listed(cursor)
        us = re.compile(rf"(?<![\w@])@{re.escape(str(self.account.settings.get('user')))}(?![\w-])", re.IGNORECASE)
        return Page(tuple(self._heard([one for one in found if us.search(text(one, "message"))])), onward)

    def _heard(self, found: Sequence[One]) -> list[Message]:
        """The messages of others among ``found``, with the names of those who wrote them."""
        ours = self.account.settings.get("user_id")
        others = [one for one in found if text(one, "id") and text(one, "user_id") != ours]
        self._learn({text(one, "user_id") for one in others} - set(self._names))
        return [
            Message(
                remote_id=text(one, "id"), kind="reply" if text(one, "root_id") else "mention",
                author=text(one, "user_id"), author_name=self._names.get(text(one, "user_id"), text(one, "user_id")),
                text=text(one, "message"), at=_instant(one) or utc(0), url=self._link(text(one, "id")),
                parent_id=text(one, "root_id"), raw=one,
            )
            for one in others
        ]  # fmt: skip

    def _learn(self, users: set[str]) -> None:
        """Asks what people are called. K: the call; without an answer their ids are shown."""
        if users:
            with suppress(Failure):
                for user in mappings(self._say("POST", "/api/v4/users/ids", json=sorted(users), writing=False)):
                    names = (text(user, "nickname"), text(user, "username"))
                    self._names[text(user, "id")] = next(filter(None, names), text(user, "id"))

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Reactions and replies. Mattermost counts no views and no shares."""
        found = {remote_id: self._one(remote_id) for remote_id in remote_ids}
        return {
            remote_id: Reading(
                {
                    "likes": len(mappings(one, "metadata", "reactions"))
                    if isinstance(within(one, "metadata", "reactions"), list) else None,
                    "replies": number(one, "reply_count"),
                },
                one,
            )
            for remote_id, one in found.items() if one is not None
        }  # fmt: skip

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        said = answer.reason()
        if answer.status >= 500 and said and _id_in(answer) == _PENDING:
            sentence = _("%(network)s is busy with this very post already.") % {"network": self.label}
            return Unknown(quoting(sentence, said), code="duplicate")
        if answer.status == 403:
            sentence = _("The bot may not do that on %(network)s. Add it to the channel again, then connect again.")
            return SignInAgain(quoting(sentence % {"network": self.label}, said), code="403")
        if answer.status == 404:
            sentence = _("%(network)s does not know it (any more).") % {"network": self.label}
            return _Missing(quoting(sentence, said), code="404")
        return super().understand(answer, writing=writing)


class _Missing(Refused):
    """404: nothing of this name or id is there."""


def _instant(one: One) -> datetime | None:
    return instant(one, "create_at", parts=1000)


def _id_in(answer: Answer) -> str:
    """The name of what went wrong."""
    with suppress(Unreadable):
        return text(answer.json(), "id")
    return ""
