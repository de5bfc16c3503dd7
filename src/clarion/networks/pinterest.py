"""Pinterest: pins on one board. https://developers.pinterest.com/docs/api/v5

A pin needs a picture or a video. Pictures travel within the call, so nothing has to be reachable from outside.
No key is kept; after a lost answer the board's pins are read. Their order is not documented, so absence is believed
only when the whole board was read, or when the pins came newest first as far as they were read.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from .api import id_at, instant, mappings, number, text, within
from .base import (
    JSON,
    Absent,
    Account,
    Answer,
    Budget,
    Draft,
    Failure,
    Images,
    Media,
    OAuth,
    Once,
    Option,
    Problem,
    Processing,
    Published,
    Reading,
    Refused,
    Rules,
    Seen,
    SignInAgain,
    Step,
    Text,
    Videos,
    Words,
)
from .canonical import same_form
from .look import Look
from .lookup import BEFORE, Mine, looked_up
from .oauth import OAuthApi
from .wording import _, gettext_noop, quoting

PAGES = 10
AT_ONCE = 250
HOME = "https://www.pinterest.com"
METRICS = {"views": "impression", "likes": "reaction", "replies": "comment", "shares": "save", "clicks": "pin_click",
           "link_clicks": "clickthrough"}  # fmt: skip


_CLOSED = re.compile(r"suspended|deactivated|account (?:is|was|has been) closed", re.IGNORECASE)
"""K: how Pinterest speaks of an account that is no longer one."""


class Pinterest(OAuthApi):
    """One board. ``settings["user"]`` is the name of the account that it belongs to."""

    name = "pinterest"
    label = "Pinterest"
    words = Words(post="pin", share="save", like="reaction")
    app_words = (gettext_noop("App ID"), gettext_noop("App secret key"))
    sign_in = (
        OAuth(
            scopes={
                "boards:read": gettext_noop("list your boards"),
                "boards:write": gettext_noop("pin on your boards"),
                "pins:read": gettext_noop("read your pins and their numbers"),
                "pins:write": gettext_noop("publish, edit and take down pins"),
                "user_accounts:read": gettext_noop("read the account's name and numbers"),
            }
        ),
    )
    look = Look(
        frame="picture", cut=100, tiles="row", most=5, many=0.67, single=(0.5, 1.0), links=False, thread="apart",
        acts=("heart", "message-square", "upload"),
    )  # fmt: skip
    rules = Rules(
        text=Text(800, unit="codepoint"),
        # Five pictures of this size make a call of 34 MB; Pinterest itself may take more (K: 20 MB each).
        images=Images(5, size=5_000_000, alt=500, types=("image/jpeg", "image/png"), required=True),
        videos=Videos(
            1, size=2_000_000_000, seconds=900, shortest=4, types=("video/mp4", "video/quicktime"), with_images=True
        ),  # K
        text_required=False,
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("title", gettext_noop("Title"), "text", limit=100),
        Option("link", gettext_noop("Link"), "address", limit=2048, help=gettext_noop("Where the pin leads.")),
        Option(
            "cover_second", gettext_noop("Cover of the video: second"), "moment",
            help=gettext_noop("Which moment of the video is its cover. A picture beside it is the cover instead."),
        ),
    )  # fmt: skip
    once = Once(Once.LOOKUP, settle=timedelta(seconds=60), settle_slow=timedelta(seconds=120))
    budget = Budget(1000, per=timedelta(days=1), name="trial", of=Budget.APP)
    docs = "https://developers.pinterest.com/docs/api/v5"
    api = "https://api.pinterest.com/v5"
    authorise_at = f"{HOME}/oauth/"
    token_at = "https://api.pinterest.com/v5/oauth/token"  # noqa: S105 - an address
    scope_separator = ","
    client_in_header = True

    # -- signing in

    def accounts(self) -> Sequence[tuple[Account, JSON]]:
        """Every board of the person."""
        user = text(self._get("/user_account"), "username")
        found: list[tuple[Account, JSON]] = [
            (self._board(one, user), {}) for page in self._pages("/boards") for one in page
        ]
        if not found:
            raise Refused(_("This account has no board. Make one on Pinterest, then sign in again."), code="no_board")
        return found

    def whoami(self) -> Account:
        if not self.account.remote_id:
            return self.accounts()[0][0]
        user = text(self._get("/user_account"), "username")
        return self._board(self._get(f"/boards/{self.account.remote_id}"), user)

    def _board(self, one: Any, user: str) -> Account:
        id, name = self._id(one, writing=False), text(one, "name")
        owner = text(one, "owner", "username") or user
        avatar = text(one, "media", "image_cover_url")
        return Account(
            remote_id=id, handle=f"{owner}/{name}" if name else owner or id, name=name, url=f"{HOME}/{owner}/",
            avatar=avatar, settings={"user": user},
        )  # fmt: skip

    def _pages(self, path: str, **params: Any) -> Iterator[list[Mapping[str, Any]]]:
        bookmark = ""
        while True:
            told = self._get(path, page_size=AT_ONCE, bookmark=bookmark, **params)
            if not isinstance(within(told, "items"), list):
                raise self._unreadable(writing=False)
            yield mappings(told, "items")
            bookmark = text(told, "bookmark")
            if not bookmark:
                return

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        failure = super().understand(answer, writing=writing)
        if isinstance(failure, Refused) and _CLOSED.search(answer.reason()):
            sentence = _("Pinterest has suspended or closed the account. Look at it there, then connect it again.")
            return SignInAgain(quoting(sentence, answer.reason()), code="suspended")
        if isinstance(failure, Refused) and answer.status == 403:
            sentence = _("We may not do that on Pinterest. Sign in again and allow every permission.")
            return SignInAgain(quoting(sentence, answer.reason()), code="403")
        if isinstance(failure, Refused) and answer.status == 404 and writing:
            sentence = _("The board is gone, or is no longer ours. Connect another one.")
            return Refused(quoting(sentence, answer.reason()), code="404")
        return failure

    # -- before publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found, part = super().problems(draft), draft.parts[0]
        pictures, films = _kinds(part.media)
        if films and len(pictures) > 1:
            sentence = _("Beside a video Pinterest takes one picture, its cover. Remove the others.")
            found.append(Problem("media", sentence, 0, len(pictures), 1))
        second = str(draft.options.get("cover_second") or "").strip()
        if second and not second.isdecimal():
            found.append(Problem("cover_second", _("The second of the cover is a number, such as 3.")))
        if len(pictures) > 1 and not films and len({(one.width, one.height) for one in pictures}) > 1:
            sentence = _("Pinterest may refuse pictures of different sizes in one pin.")
            found.append(Problem("media", sentence, 0, level="warn"))
        if films and not draft.options.get("title"):
            found.append(Problem("title", _("A video without a title is hard to find on Pinterest."), level="warn"))
        return found

    # -- publishing

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """A video goes up before its pin: a place for it, then its bytes."""
        part, steps = draft.parts[0], list[Step]()
        for media in part.media:
            kinds = ("open", "upload") if media.is_video else ("upload",)
            for kind in kinds:
                steps.append(Step(kind, len(steps), public=False, payload={"alt": media.alt}, media=media))
        payload = {"text": part.text, "options": dict(draft.options)}
        return (*steps, Step("post", len(steps), payload=payload))

    def publish(self, step: Step, *, key: str) -> Published | Processing:
        if step.kind == "open":
            made = self._post("/media", json={"media_type": "video"})
            told, fields = {"media_id": self._id(made, "media_id")}, within(made, "upload_parameters")
            if not isinstance(fields, Mapping) or not text(made, "upload_url"):
                raise self._unreadable(writing=True)
            return Published(handle={**told, "url": text(made, "upload_url"), "fields": dict(fields)})
        if step.kind == "upload":
            return self._uploaded(step)
        made = self._post("/pins", json={**self._request(step), "media_source": self._source(step)})
        return self._published(self._id(made))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        """Adds what the pin says; its pictures are read from disk when it leaves."""
        return {**step.payload, "request": self._request(step)} if step.public else step.payload

    def _request(self, step: Step) -> dict[str, Any]:
        if step.payload.get("request"):
            return dict(step.payload["request"])
        options = step.payload.get("options") or {}
        alts = [str(done.payload.get("alt") or "") for done in step.earlier if done.kind == "upload"]
        told = {
            "board_id": self.account.remote_id, "description": str(step.payload.get("text") or ""),
            "title": str(options.get("title") or ""), "link": str(options.get("link") or ""),
            "alt_text": next(filter(None, alts), ""),
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}

    def _source(self, step: Step) -> dict[str, Any]:
        """The files of the pin, as Pinterest names each way of giving them."""
        files = [done.media for done in step.earlier if done.kind == "upload" and done.media is not None]
        pictures, films = _kinds(files)
        if films:
            id = next(done.handle["media_id"] for done in step.earlier if done.kind == "upload" and done.handle)
            source: dict[str, Any] = {"source_type": "video_id", "media_id": id}
            if pictures:
                return {**source, "cover_image_content_type": pictures[0].mime, "cover_image_data": _data(pictures[0])}
            second = str((step.payload.get("options") or {}).get("cover_second") or "0")
            return {**source, "cover_image_key_frame_time": int(second)}
        if len(pictures) > 1:
            items = [{"content_type": one.mime, "data": _data(one)} for one in pictures]
            return {"source_type": "multiple_image_base64", "items": items}
        if not pictures:
            raise Refused(_("A pin needs a picture or a video. Attach one."), code="media")
        return {"source_type": "image_base64", "content_type": pictures[0].mime, "data": _data(pictures[0])}

    def _uploaded(self, step: Step) -> Published | Processing:
        """The bytes of a video; of a picture nothing goes up beforehand."""
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        if not media.is_video:
            return Published()
        opened = next(done.handle for done in reversed(step.earlier) if done.kind == "open")
        # Pinterest gives a place at a third party, with its own proof in the fields: our token stays here.
        answer = self.http.request(
            "POST", self._at(str(opened["url"])), data={n: str(v) for n, v in opened["fields"].items()},
            files={"file": (media.name or media.path.name, media.path, media.mime)}, writing=True,
            secrets=[str(value) for value in opened["fields"].values() if len(str(value)) > 15],
        )  # fmt: skip
        failure = self.understand(answer, writing=True)
        if failure is not None:
            raise failure
        return Processing(handle={"media_id": str(opened["media_id"])}, seconds=5)

    def check(self, processing: Processing, step: Step, *, key: str) -> Published | Processing:
        id = str(processing.handle["media_id"])
        state = text(self._get(f"/media/{id}"), "status")
        if not state:
            raise self._unreadable(writing=False)
        if state == "failed":
            raise Refused(_("Pinterest could not read the video. Export it anew as MP4."), code="media")
        return Published(handle={"media_id": id}) if state == "succeeded" else Processing({"media_id": id}, seconds=5)

    def _published(self, id: str) -> Published:
        return Published(id, f"{HOME}/pin/{id}/")

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent:
        request = self._request(step)

        def is_it(one: Mapping[str, Any]) -> bool:
            return all(
                same_form(text(one, name)) == same_form(str(request.get(name) or ""))
                for name in ("description", "title", "link")
            )

        pages: list[list[Mapping[str, Any]]] = []
        whole, told = True, list[datetime]()
        for page in self._pages(f"/boards/{self.account.remote_id}/pins"):
            pages.append(page)
            told += [at for one in page if (at := instant(one, "created_at"))]
            is_sorted = told == sorted(told, reverse=True)
            if len(pages) == PAGES or (is_sorted and step.since and told and told[-1] < step.since - BEFORE):
                whole = is_sorted and len(pages) < PAGES
                break
        found = looked_up(step, pages, is_it=is_it, whole=whole, mine=self._mine)
        return found if isinstance(found, Published) else Absent(complete=whole)

    def _mine(self, one: Mapping[str, Any]) -> Mine:
        id = id_at(one, "id")
        return Mine(id, self._published(id).url, instant(one, "created_at"))

    # -- after publishing

    def fetch(self, remote_id: str) -> Seen | None:
        answer = self._ask("GET", f"/pins/{remote_id}")
        if answer.status == 404:
            return None
        one = self._read(answer, writing=False)
        id = self._id(one, writing=False)
        count = max(len(mappings(one, "media", "items")), 1)
        alts = (text(one, "alt_text"), *[""] * (count - 1))
        return Seen(id, self._published(id).url, text(one, "description"), instant(one, "created_at"), alts, one)

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """Words, title and link; the picture stays."""
        options = draft.options
        told = {"description": draft.parts[0].text, "title": options.get("title"), "link": options.get("link")}
        self._say("PATCH", f"/pins/{remote_id}", json={name: str(value) for name, value in told.items() if value})
        return self._published(remote_id)

    def delete(self, remote_id: str) -> None:
        answer = self._ask("DELETE", f"/pins/{remote_id}")
        if answer.status != 404:
            failure = self.understand(answer, writing=True)
            if failure is not None:
                raise failure

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """Since the pin was made; Pinterest tells comments and reactions for the whole time only."""
        found: dict[str, Reading] = {}
        for id in remote_ids:
            answer = self._ask("GET", f"/pins/{id}", params={"pin_metrics": "true"})
            if answer.status == 404:
                continue
            one = self._read(answer, writing=False)
            self._id(one, writing=False)
            counts = within(one, "pin_metrics", "lifetime_metrics")
            found[id] = Reading({ours: number(counts, theirs) for ours, theirs in METRICS.items()}, one)
        return found

    def measure_account(self) -> Reading:
        told = self._get("/user_account")
        if not isinstance(told, Mapping):
            raise self._unreadable(writing=False)
        names = {"followers": "follower_count", "following": "following_count", "posts": "pin_count",
                 "views": "monthly_views"}  # fmt: skip
        return Reading({ours: number(told, theirs) for ours, theirs in names.items()}, told)


def _kinds(files: Sequence[Media]) -> tuple[list[Media], list[Media]]:
    """Pictures and films."""
    return [one for one in files if one.is_image], [one for one in files if one.is_video]


def _data(media: Media) -> str:
    try:
        return base64.b64encode(media.path.read_bytes()).decode()
    except OSError:
        raise Refused(_("A file of this post can no longer be read. Attach it again."), code="file") from None
