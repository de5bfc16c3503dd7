"""VK: one community's wall. https://dev.vk.com/reference

A post carries a ``guid`` of ours, which VK is said to honour for a while. Nobody has proved that, so after a lost
answer the wall is read.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .answers import Unreadable, data_of
from .api import id_at, instant, mappings, number, text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Account,
    Budget,
    Connected,
    Draft,
    Field,
    Http,
    Images,
    Message,
    NoVault,
    Once,
    Option,
    Page,
    Problem,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Token,
    Videos,
    Words,
    utc,
)
from .canonical import same_form
from .look import Look
from .lookup import Mine, read_back
from .vk_api import VKApi
from .wording import _, gettext_noop

LISTED = 100
_MENTION = re.compile(r"\[(?:club|id|public)\d+\|([^\]]*)\]")


class VK(VKApi):
    """One community. ``account.remote_id`` is its number, without the minus that its wall has."""

    name = "vk"
    label = "VK"
    known_as = ("VKontakte",)
    words = Words(post="post", share="repost", like="like")
    sign_in = (
        Token(
            fields=(
                Field("community", gettext_noop("Community"), help=gettext_noop("Its address or number: vk.com/…")),
                Field(
                    "access_token", gettext_noop("Access token"), secret=True,
                    help=gettext_noop("Of a person who may publish in the community."),
                ),
            ),
            scopes={
                "wall": gettext_noop("publish, edit and take down posts; read and write comments"),
                "photos": gettext_noop("upload pictures"),
                "video": gettext_noop("upload videos"),
                "groups": gettext_noop("read the community's name and members"),
                "offline": gettext_noop("stay signed in"),
            },
        ),
    )  # fmt: skip
    look = Look(card="large", cut=350, lines=8, most=10, many=1.5, acts=("heart", "message-square", "send"))
    rules = Rules(
        text=Text(16_000, unit="codepoint"),  # K
        images=Images(10, size=50_000_000, alt=2000, types=("image/jpeg", "image/png", "image/gif"), frames=1),
        videos=Videos(1, size=2_000_000_000, types=("video/mp4", "video/quicktime"), with_images=True),
        text_required=False,
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("close_comments", gettext_noop("Comments off"), "flag"),
        Option("mute_notifications", gettext_noop("Do not notify followers"), "flag"),
        Option("signed", gettext_noop("Sign with the author's name"), "flag"),
        Option("copyright", gettext_noop("Source"), "address"),
        FIRST_COMMENT,
    )
    once = Once(Once.LOOKUP, settle=timedelta(seconds=60), settle_slow=timedelta(seconds=120))
    budget = Budget(50, per=timedelta(hours=24))  # K
    docs = "https://dev.vk.com/reference"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        token, community = fields.get("access_token", "").strip(), _community(fields.get("community", ""))
        if not community:
            raise Refused(_("Give the address of your community, such as vk.com/cityhall."), code="community")
        us = cls(Account(remote_id=community), http=http, vault=NoVault({"access_token": token}), app=app)
        return Connected(us.whoami(), {"access_token": token})

    def whoami(self) -> Account:
        one = self._group()
        if within(one, "is_admin") == 0:  # K: the field; only a clear no counts
            raise Refused(_("This token may not publish in the community. Use one of an administrator."), code="role")
        known = self._whole(one, "id", writing=False)
        name = text(one, "screen_name") or f"club{known}"
        return Account(
            remote_id=known, handle=name, name=text(one, "name"), url=f"https://vk.com/{name}",
            avatar=text(one, "photo_100"),
        )  # fmt: skip

    def _group(self) -> Mapping[str, Any]:
        """The community; older versions answer a list, newer ones a list ``groups``."""
        fields = {"group_id": self.account.remote_id, "fields": "members_count"}
        return next(iter(self._all(self._call("groups.getById", fields, writing=False), "groups")), {})

    def _all(self, told: Any, name: str) -> list[Mapping[str, Any]]:
        """The things of an answer, in either shape. Raises NotNow for what has neither."""
        found = within(told, name)
        if not isinstance(found, list) and not isinstance(told, list):
            raise self._unreadable(writing=False)
        return mappings(told, name) or mappings(told)

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        """How long a text may be is written nowhere: too long is a warning, and VK decides."""
        limit = self.rules.text.limit
        return [
            replace(problem, level="warn") if (problem.field, problem.limit) == ("text", limit) else problem
            for problem in super().problems(draft)
        ]

    # -- publishing

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact fields of the call, with our ``guid``."""
        return {**step.payload, "request": self._request(step, key)} if step.public else step.payload

    def _request(self, step: Step, key: str) -> dict[str, Any]:
        said = str(step.payload.get("text") or "")
        parent = str(step.payload.get("in_reply_to") or "")
        if step.kind == "comment" or parent:
            post, _sign, above = parent.partition("_") if parent else (step.earlier[-1].remote_id, "", "")
            below: dict[str, Any] = {"owner_id": self._wall, "post_id": _number(post), "message": said, "guid": key}
            below["from_group"] = int(self.account.remote_id)
            return {**below, "reply_to_comment": _number(above)} if above else below
        options: JSON = step.payload.get("options") or {}
        files = [str(done.handle["attachment"]) for done in step.earlier if done.kind == "upload"]
        request: dict[str, Any] = {"owner_id": self._wall, "from_group": 1, "message": said, "guid": key}
        request |= {"attachments": ",".join(files)} if files else {}
        request |= {name: 1 for name in ("close_comments", "mute_notifications", "signed") if options.get(name) is True}
        return request | ({"copyright": str(options["copyright"])} if options.get("copyright") else {})

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._uploaded(step)
        request = step.payload.get("request") or self._request(step, key)
        if "post_id" in request:
            made = self._call("wall.createComment", request)
            return self._commented(request, self._whole(made, "comment_id"))
        return self._published(self._whole(self._call("wall.post", request), "post_id"))

    def reply(self, step: Step, *, key: str) -> Published:
        """A comment: ``in_reply_to`` is the number of a post, or of a post and a comment (``12_3``)."""
        return self.publish(step, key=key)

    def _uploaded(self, step: Step) -> Published:
        """A file in two calls and an upload between them; nothing of it shows before the post names it."""
        media, group = step.media, int(self.account.remote_id)
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        file = (media.name or media.path.name, media.path, media.mime)
        if media.is_video:
            told = self._call("video.save", {"group_id": group, "name": media.name or "video", "wallpost": 0})
            self._sent(text(told, "upload_url"), {"video_file": file})
            owner, video = self._whole(told, "owner_id"), self._whole(told, "video_id")
            return Published(handle={"attachment": f"video{owner}_{video}"})
        place = text(self._call("photos.getWallUploadServer", {"group_id": group}, writing=False), "upload_url")
        sent = self._sent(place, {"photo": file})
        if not text(sent, "photo") or text(sent, "photo") == "[]":
            raise Refused(
                _("VK could not read the picture “%(name)s”. Save it anew.") % {"name": media.name}, code="photo"
            )
        fields: dict[str, Any] = {"group_id": group, "caption": step.payload.get("alt") or None}
        fields |= {"photo": text(sent, "photo"), "server": number(sent, "server"), "hash": text(sent, "hash")}
        kept = self._call("photos.saveWallPhoto", fields)
        return Published(handle={"attachment": f"photo{self._whole(kept, 0, 'owner_id')}_{self._whole(kept, 0, 'id')}"})

    def _sent(self, address: str, files: JSON) -> Any:
        """An upload to the address that VK gave. It shows nothing, so it may simply be done again."""
        if not address:
            raise self._unreadable(writing=True)
        return self._read(self._ask("POST", address, files=files), writing=True)

    def _published(self, post: str) -> Published:
        return Published(post, f"https://vk.com/wall{self._wall}_{post}")

    def _commented(self, request: JSON, comment: str) -> Published:
        post = str(request["post_id"])
        return Published(f"{post}_{comment}", f"https://vk.com/wall{self._wall}_{post}?reply={comment}")

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Reads the community's own posts, or our comments below the post, back to before the intent."""
        request = step.payload.get("request") or self._request(step, key)
        wanted = same_form(str(request["message"]))
        if "post_id" in request:
            above = request.get("reply_to_comment")

            def is_ours(one: Mapping[str, Any]) -> bool:
                ours = number(one, "from_id") == self._wall and number(one, "reply_to_comment") in (above, above or 0)
                return ours and _said(one) == wanted

            fields = {"owner_id": self._wall, "post_id": int(request["post_id"]), "sort": "desc"}
            fields |= {"comment_id": above} if above else {}
            return read_back(
                step, lambda cursor: self._listed("wall.getComments", fields, cursor), http=self.http, is_it=is_ours,
                mine=lambda one: _mine(one, self._commented(request, id_at(one, "id"))),
            )  # fmt: skip
        files = len([name for name in str(request.get("attachments") or "").split(",") if name])

        def is_it(one: Mapping[str, Any]) -> bool:
            return _said(one) == wanted and len(_files(one)) == files

        def posts(cursor: str) -> tuple[list[Mapping[str, Any]], str]:
            found, more = self._listed("wall.get", self._owner(), cursor)
            # The pinned post stands first whatever its age, and would end the look before it began.
            return [one for one in found if not (one.get("is_pinned") and _is_before(one, step.since))], more

        return read_back(
            step, posts, http=self.http, is_it=is_it,
            mine=lambda one: _mine(one, self._published(id_at(one, "id"))),
        )  # fmt: skip

    def _owner(self) -> dict[str, Any]:
        return {"domain": f"club{self.account.remote_id}", "filter": "owner"}

    def _listed(self, method: str, fields: JSON, cursor: str) -> tuple[list[Mapping[str, Any]], str]:
        """A page, newest first, and where the next one begins."""
        start = int(cursor or 0)
        told = self._call(method, {**fields, "offset": start, "count": LISTED}, writing=False)
        if not isinstance(within(told, "items"), list):
            raise self._unreadable(writing=False)
        found = mappings(told, "items")
        return found, str(start + LISTED) if len(found) == LISTED else ""

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        told = self._call("wall.getById", {"posts": f"{self._wall}_{remote_id}"}, writing=False)
        one = next(iter(self._all(told, "items")), None)
        if one is None or one.get("is_deleted"):
            return None
        self._whole(one, "id", writing=False)
        url = self._published(remote_id).url
        return Seen(remote_id, url, text(one, "text"), _at(one), tuple(map(_caption, _files(one))), one)

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """Other words for the same post. VK drops what an edit does not name, so the files are named again."""
        seen = self.fetch(remote_id)
        if seen is None:
            raise Refused(_("This post is no longer on %(network)s.") % {"network": self.label}, code="not_found")
        files = ",".join(filter(None, map(_name, _files(seen.raw))))
        fields = {"owner_id": self._wall, "post_id": _number(remote_id), "message": draft.parts[0].text}
        self._call("wall.edit", {**fields, "attachments": files or None})
        return self._published(remote_id)

    def delete(self, remote_id: str) -> None:
        post, _sign, comment = remote_id.partition("_")
        try:
            if comment:
                self._call("wall.deleteComment", {"owner_id": self._wall, "comment_id": _number(comment)})
            else:
                self._call("wall.delete", {"owner_id": self._wall, "post_id": _number(post)})
        except Refused as refused:
            if refused.code not in ("104", "100"):
                raise
            if comment or self.fetch(post) is not None:
                raise

    # -- what others say

    def replies(self, remote_id: str, *, cursor: str = "") -> Page:
        post = remote_id.partition("_")[0]
        fields = {"owner_id": self._wall, "post_id": _number(post), "offset": int(cursor or 0), "count": LISTED}
        told = self._call("wall.getComments", {**fields, "sort": "desc", "extended": 1}, writing=False)
        people = {number(one, "id"): one for one in [*mappings(told, "profiles"), *mappings(told, "groups")]}
        found = self._all(told, "items")
        theirs = [one for one in found if id_at(one, "id") and number(one, "from_id") != self._wall]
        more = str(int(cursor or 0) + LISTED) if len(found) == LISTED else ""
        return Page(tuple(_message(one, people, post, self._wall) for one in theirs), more)

    @classmethod
    def hear(cls, headers: Mapping[str, str], body: bytes, *, secret: str) -> tuple[Message, ...]:
        """A call of the Callback API. VK puts the secret into the body and signs nothing."""
        try:
            told = data_of(body)
        except Unreadable:
            raise Refused(_("%(network)s sent something unreadable.") % {"network": cls.label}, code="body") from None
        if not secret or not hmac.compare_digest(text(told, "secret").encode(), secret.encode()):
            raise Refused(_("This call does not come from %(network)s.") % {"network": cls.label}, code="signature")
        one, wall = within(told, "object"), -(number(told, "group_id") or 0)
        if text(told, "type") != "wall_reply_new" or not isinstance(one, Mapping) or number(one, "from_id") == wall:
            return ()
        return (_message(one, {}, id_at(one, "post_id"), wall),) if id_at(one, "id") else ()

    @classmethod
    def id_in(cls, url: str) -> str:
        """``wall-1_45`` and ``wall-1_45?reply=9``: the post's number, and that of the comment behind it."""
        found = re.search(r"wall-?\d+_(\d+)(?:[^#]*[?&]reply=(\d+))?", url)
        return "_".join(filter(None, found.groups())) if found else super().id_in(url)

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        found: dict[str, Reading] = {}
        for start in range(0, len(remote_ids), LISTED):
            posts = ",".join(f"{self._wall}_{id}" for id in remote_ids[start : start + LISTED])
            told = self._call("wall.getById", {"posts": posts}, writing=False)
            for one in self._all(told, "items"):
                counts = {"likes": "likes", "replies": "comments", "shares": "reposts", "views": "views"}
                numbers = {ours: number(one, theirs, "count") for ours, theirs in counts.items()}
                found[id_at(one, "id")] = Reading(numbers, one)
        return found

    def measure_account(self) -> Reading:
        one = self._group()
        wall = self._call("wall.get", {**self._owner(), "count": 1}, writing=False)
        return Reading({"followers": number(one, "members_count"), "posts": number(wall, "count")}, one)


def _community(typed: str) -> str:
    """A number or a short name, from what a person pastes."""
    name = typed.strip().rstrip("/").rsplit("/", 1)[-1].removeprefix("@")
    numbered = re.fullmatch(r"-?(?:club|public|event)?(\d+)", name)
    return numbered[1] if numbered else name


def _said(one: Mapping[str, Any]) -> str:
    """The words for comparison; a mention reads as it was typed."""
    return same_form(_MENTION.sub(r"\1", text(one, "text")))


def _files(one: Any) -> list[Mapping[str, Any]]:
    """Pictures and films; a link's card is none of ours."""
    return [file for file in mappings(one, "attachments") if text(file, "type") in ("photo", "video")]


def _caption(file: Mapping[str, Any]) -> str:
    return text(file, "photo", "text")


def _name(file: Mapping[str, Any]) -> str:
    kind = text(file, "type")
    owner, id = within(file, kind, "owner_id"), within(file, kind, "id")
    return f"{kind}{owner}_{id}" if owner is not None and id is not None else ""


def _at(one: Mapping[str, Any]) -> datetime | None:
    return instant(one, "date")


def _is_before(one: Mapping[str, Any], since: datetime | None) -> bool:
    """Whether it is surely older than an intent, whatever the clocks say."""
    at = _at(one)
    return since is not None and at is not None and at < since - timedelta(hours=1)


def _mine(one: Mapping[str, Any], where: Published) -> Mine:
    return Mine(where.remote_id if id_at(one, "id") else "", where.url, _at(one))


def _number(id: str) -> int:
    """A number as VK wants it. Raises Refused for what is none, such as half a link."""
    if id.isdecimal() and len(id) < 20:
        return int(id)
    raise Refused(_("“%(id)s” is no post on VK. Paste its link.") % {"id": id}, code="id")


def _message(one: Mapping[str, Any], people: Mapping[Any, Mapping[str, Any]], post: str, wall: int) -> Message:
    who, author = number(one, "from_id") or 0, people.get(abs(number(one, "from_id") or 0), {})
    name = text(author, "name") or f"{text(author, 'first_name')} {text(author, 'last_name')}".strip()
    handle = text(author, "screen_name") or (f"club{-who}" if who < 0 else f"id{who}")
    id = f"{post}_{id_at(one, 'id')}"
    return Message(
        id, "reply", f"@{handle}", name, _MENTION.sub(r"\1", text(one, "text")), _at(one) or utc(0),
        f"https://vk.com/wall{wall}_{post}?reply={id_at(one, 'id')}", post, one,
    )  # fmt: skip
