"""Reddit: posts in a community or on a profile, and comments. https://www.reddit.com/dev/api

Reddit keeps no key of ours, so an own post is recognised among the account's last ones. Posts with a picture or a video
appear some time after they were taken, without an id in the answer: they are looked for in the same way. Votes are for
people only, by Reddit's rules: there is no like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from .api import text, within
from .base import (
    FIRST_COMMENT,
    JSON,
    Absent,
    Budget,
    Draft,
    Images,
    OAuth,
    Once,
    Option,
    Problem,
    Processing,
    Published,
    Refused,
    Rules,
    Seen,
    Step,
    Text,
    Unknown,
    Videos,
    Words,
)
from .canonical import same_form
from .look import Look
from .lookup import BEFORE, Mine, looked_up
from .reddit_api import HOME, created
from .reddit_community import RedditCommunity
from .wording import _, gettext_noop

PAGES = 10
"""A thousand posts: Reddit lists no more (K)."""
PATIENCE = 12
"""So often a post with a picture or a video is looked for before a person is asked."""
LONGEST_COMMENT = 10_000
_COMMUNITY = re.compile(r"(?:https?://(?:\w+\.)?reddit\.com)?/?(?:(r|u|user)/)?(\w[\w-]{1,40})/?\Z", re.IGNORECASE)


class Reddit(RedditCommunity):
    """One account, in one community or on its own profile; a post may name another community."""

    name = "reddit"
    label = "Reddit"
    words = Words(post="post", share="crosspost", like="upvote")
    app_words = (gettext_noop("The id below the name"), gettext_noop("Secret"))
    sign_in = (
        OAuth(scopes={
            "identity": gettext_noop("read the account's name"),
            "read": gettext_noop("read communities, posts and comments"),
            "submit": gettext_noop("publish posts and comments"),
            "edit": gettext_noop("edit and take down what the account said"),
            "flair": gettext_noop("choose a post's flair"),
            "history": gettext_noop("look whether a post is there"),
            "privatemessages": gettext_noop("read and answer private messages"),
            "mysubreddits": gettext_noop("list the communities that the account moderates"),
        }),
    )  # fmt: skip
    # K, all of it.
    look = Look(
        frame="headline", card="small", face="round", lines=8, tiles="row", most=20, many=1.33,
        thread="apart", warning="blur",
        acts=("arrow-up", "arrow-down", "message-square", "send"),
    )  # fmt: skip
    rules = Rules(
        text=Text(40_000, unit="char"),
        images=Images(1, size=20_000_000, alt=10_000, types=("image/jpeg", "image/png", "image/gif")),
        videos=Videos(
            1, size=1_000_000_000, seconds=900, types=("video/mp4", "video/quicktime"), with_images=True
        ),
        text_required=False,
    )  # fmt: skip
    unsure = frozenset(
        {("text", 40_000), ("media", 20_000_000), ("media", 1_000_000_000), ("media", 900), ("title", 300)}
    )
    options = (
        Option("title", gettext_noop("Title"), "text", required=True, limit=300),
        Option(
            "community", gettext_noop("Community"), "text", limit=100,
            help=gettext_noop("Such as r/halden; each has rules of its own. Empty: where this channel posts."),
        ),
        Option(
            "link", gettext_noop("Link"), "address",
            help=gettext_noop("Makes it a link post. Leave pictures and videos out then."),
        ),
        Option(
            "flair", gettext_noop("Flair"), "text", limit=64, help=gettext_noop("Its name, as the community has it.")
        ),
        Option("nsfw", gettext_noop("Not safe for work"), "flag"),
        Option("spoiler", gettext_noop("Spoiler"), "flag"),
        Option("again", gettext_noop("Post the link again"), "flag",
               help=gettext_noop("Otherwise Reddit refuses a link that the community has.")),
        Option("quiet", gettext_noop("No messages about comments"), "flag"),
        FIRST_COMMENT,
    )  # fmt: skip
    once = Once(Once.LOOKUP, settle=timedelta(seconds=60), settle_slow=timedelta(seconds=120))
    budget = Budget(100, per=timedelta(minutes=1), of=Budget.APP)
    docs = "https://www.reddit.com/dev/api"

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        """Nothing that nobody is sure of stops a draft: Reddit's answer decides."""
        found = [
            replace(problem, level="warn") if (problem.field, problem.limit) in self.unsure else problem
            for problem in super().problems(draft)
        ]  # fmt: skip
        part, options = draft.parts[0], draft.options
        pictures = sum(media.is_image for media in part.media)
        if part.media and str(options.get("link") or "").strip():
            sentence = _("A post on Reddit has a link or files, not both. Write the link into the text.")
            found.append(Problem("link", sentence))
        if len(part.media) > pictures and not pictures:  # M
            sentence = _("Reddit wants a picture with a video, to show before it plays. Attach one.")
            found.append(Problem("media", sentence))
        if (said := str(options.get("community") or "").strip()) and not _COMMUNITY.match(said):
            sentence = _("“%(name)s” is no name of a community on Reddit. It looks like r/halden.")
            found.append(Problem("community", sentence % {"name": said}))
        if (count := len(str(options.get(FIRST_COMMENT.name) or ""))) > LONGEST_COMMENT:
            sentence = _("The first comment has %(count)d characters; Reddit may take only %(limit)d.")
            values = {"count": count, "limit": LONGEST_COMMENT}
            found.append(Problem(FIRST_COMMENT.name, sentence % values, 0, count, LONGEST_COMMENT, "warn"))
        return found

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """What the community allows, the files, the post, the first comment."""
        part, options = draft.parts[0], dict(draft.options)
        kind = _kind(draft)
        said = {"text": part.text, "options": options, "as": kind, "community": self._community(options)}
        steps = [Step("community", 0, public=False, payload=said)]
        for media in part.media:
            steps.append(Step("upload", len(steps), public=False, media=media))
        steps.append(Step("post", len(steps), payload=said))
        return (*steps, *self.comment(draft, after=len(steps)))

    def _community(self, options: Mapping[str, Any]) -> str:
        """Where it goes: a community's name, or ``u_`` and the name of a profile."""
        said = str(options.get("community") or "").strip() or str(self.account.settings.get("community") or "")
        found = _COMMUNITY.match(said)
        if found is None:
            return f"u_{self._user}"
        return f"u_{found[2]}" if (found[1] or "").lower() in ("u", "user") else found[2]

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds the exact form."""
        payload = dict(step.payload)
        parent = str(payload.get("in_reply_to") or "")
        if step.kind == "comment":
            parent = next(done.remote_id for done in reversed(step.earlier) if done.kind == "post")
        if parent:
            return {**payload, "request": {"thing_id": parent, "text": dressed(str(payload["text"]))}}
        if step.kind != "post":
            return payload
        options, kind = payload["options"], payload["as"]
        flair = next((done.handle for done in step.earlier if done.kind == "community"), {})
        files = [done.handle for done in step.earlier if done.kind == "upload"]
        request = {
            "sr": payload["community"], "kind": kind, "title": " ".join(str(options.get("title") or "").split()),
            "text": dressed(str(payload["text"])), "nsfw": _flag(options.get("nsfw")),
            "spoiler": _flag(options.get("spoiler")), "sendreplies": _flag(not options.get("quiet")),
            "resubmit": _flag(kind != "link" or options.get("again")),
            "flair_id": str(flair.get("flair_id") or ""), "flair_text": str(flair.get("flair_text") or ""),
        }  # fmt: skip
        if kind == "link":
            request["url"] = str(options["link"]).strip()
        for file in files:
            is_poster = kind == "video" and str(file["mime"]).startswith("image/")
            request["video_poster_url" if is_poster else "url"] = str(file["url"])
        return {**payload, "request": {name: value for name, value in request.items() if value}}

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if step.kind == "community":
            return self._allowed(step.payload)
        if step.kind == "upload":
            return self._upload(step)
        request = step.payload["request"]
        if "thing_id" in request:
            made = within(self._form("/api/comment", **request), "things", 0, "data")
            id = self._id(made, "name")
            return Published(id, self._address_of(made))
        made = self._form("/api/submit", **request)
        if step.payload["as"] in ("image", "video") and not text(made, "name"):
            if not isinstance(made, Mapping):
                raise self._unreadable(writing=True)
            return Processing({"asked": 0}, 5.0)
        id = self._id(made, "name")
        return Published(id, text(made, "url") or _short(id))

    def reply(self, step: Step, *, key: str) -> Published | Processing:
        """A comment below the post or comment ``in_reply_to``, or an answer to a private message."""
        return self.publish(step, key=key)

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        """Whether the post has appeared among ours; of one that does not, Reddit tells nothing here."""
        seen, asked = self.find(step, key=key), int(processing.handle.get("asked") or 0) + 1
        if isinstance(seen, Published):
            return seen
        if asked >= PATIENCE:
            sentence = _("Reddit took the post, but does not show it yet: it may still be working on the file.")
            raise Unknown(sentence, code="not_shown")
        return Processing({"asked": asked}, 10.0)

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        """Own posts (or comments, or messages) since the intent. A post with a file may appear late (M)."""
        request = step.payload["request"]
        parent = str(request.get("thing_id") or "")
        user = quote(self._user, safe="")
        path = f"/user/{user}/comments" if parent else f"/user/{user}/submitted"
        if parent.startswith("t4_"):
            path = "/message/sent"

        def is_it(one: Mapping[str, Any]) -> bool:
            if parent:
                same = text(one, "parent_id") == parent or text(one, "first_message_name") == parent
                return same and _same(text(one, "body"), request["text"])
            return _is_post(one, request)

        def mine(one: Mapping[str, Any]) -> Mine:
            return Mine(text(one, "name"), self._address_of(one), created(one))

        pages, whole = self._own(path, step)
        found = looked_up(step, pages, mine=mine, is_it=is_it, whole=whole)
        late = step.payload.get("as") in ("image", "video")
        return Absent(complete=False) if late and isinstance(found, Absent) else found

    def _own(self, path: str, step: Step) -> tuple[list[list[Mapping[str, Any]]], bool]:
        """The pages back to before the intent, newest first, and whether that is all there is."""
        read: list[list[Mapping[str, Any]]] = []
        cursor = ""
        while True:
            page, cursor = self._page_of(path, cursor, sort="new")
            read.append(page)
            at = created(page[-1]) if page else None
            if not cursor:
                return read, len(read) < PAGES
            if len(read) == PAGES or (step.since is not None and at is not None and at < step.since - BEFORE):
                return read, False

    def _address_of(self, one: Any) -> str:
        link = text(one, "permalink")
        return f"{HOME}{link}" if link else _short(text(one, "name"))

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """The words of a text post or a comment. Titles, links and files stay for ever."""
        now = self._one(remote_id)
        if now is None:
            raise Refused(_("The post is no longer on Reddit."), code="gone")
        if remote_id.startswith("t3_") and now.get("is_self") is False:
            sentence = _("Reddit lets the words of text posts be edited only. Nothing was changed.")
            raise Refused(sentence, code="not_a_text_post")
        made = self._form("/api/editusertext", thing_id=remote_id, text=dressed(draft.parts[0].text))
        id = self._id(within(made, "things", 0, "data"), "name")
        return Published(id, self._address_of(now))

    def delete(self, remote_id: str) -> None:
        """Reddit answers yes also to what is gone."""
        answer = self._ask("POST", "/api/del", data={"id": remote_id})
        if answer.status != 404:
            self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        """K: what moderators or filters removed is still shown to its author; ``raw`` has ``removed_by_category``."""
        one = self._one(remote_id)
        if one is None:
            return None
        said = undressed(text(one, "selftext") or text(one, "body"))
        return Seen(remote_id, self._address_of(one), said, created(one), raw=one)

    def _one(self, remote_id: str) -> Mapping[str, Any] | None:
        found = next((one for one in self._info([remote_id]) if text(one, "name") == remote_id), None)
        return None if found is None or text(found, "author") in ("", "[deleted]") else found

    @classmethod
    def id_in(cls, url: str) -> str:
        if found := re.search(r"/comments/(\w+)(?:/[^/?#]*/(\w+))?", url):
            return f"t1_{found[2]}" if found[2] else f"t3_{found[1]}"
        last = super().id_in(url)
        return f"t3_{last}" if urlsplit(url).hostname in ("redd.it", "www.redd.it") else last


def _kind(draft: Draft) -> str:
    media = draft.parts[0].media
    if media:
        return "video" if any(one.is_video for one in media) else "image"
    return "link" if str(draft.options.get("link") or "").strip() else "self"


def _is_post(one: Mapping[str, Any], request: JSON) -> bool:
    same = text(one, "subreddit").casefold() == str(request["sr"]).casefold() and same_form(
        text(one, "title")
    ) == same_form(request["title"])
    if request["kind"] == "self":
        return same and one.get("is_self") is not False and _same(text(one, "selftext"), str(request.get("text") or ""))
    if request["kind"] == "link":
        return same and text(one, "url").rstrip("/") == str(request["url"]).rstrip("/")
    return same and one.get("is_self") is not True


def _same(theirs: str, ours: str) -> bool:
    return same_form(theirs) == same_form(ours)


def dressed(words: str) -> str:
    """As Reddit's Markdown says the same: lines stay lines, and a hashtag at the start of one is no heading."""
    words = re.sub(r"(?m)^#(?=[^\s#])", r"\\#", words.strip())
    return re.sub(r"(?<=\S)[ \t]*\n(?=[ \t]*\S)", "  \n", words)


def undressed(words: str) -> str:
    return re.sub(r"(?m)^\\#", "#", re.sub(r" +\n", "\n", words))


def _short(name: str) -> str:
    return f"https://redd.it/{name.removeprefix('t3_')}" if name.startswith("t3_") else HOME


def _flag(said: Any) -> str:
    return "true" if said else "false"
