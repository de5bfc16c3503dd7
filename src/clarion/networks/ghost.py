"""Ghost, each site by itself, with the key of an integration. https://docs.ghost.org/admin-api/

An article is made as a draft and then only switched to “published”, by its id. The draft's slug carries our key until
then, so a draft whose answer was lost is found and not made twice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from .answers import Unreadable
from .api import JsonApi, instant, mappings, number, text, within
from .articles import (
    CANONICAL,
    COVER,
    EXCERPT,
    FORMAT,
    LONGEST,
    TAGS,
    file_name,
    html_of,
    image,
    is_markdown,
    is_on,
    pictures,
    site_address,
    slug_of,
    tags_of,
    title_of_at_most,
)
from .base import (
    JSON,
    Absent,
    Account,
    Answer,
    Connected,
    Draft,
    Failure,
    Field,
    Http,
    Images,
    NotNow,
    NoVault,
    Once,
    Option,
    Problem,
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
    Words,
)  # fmt: skip
from .canonical import plain
from .clocks import wrong_clock
from .wording import _, gettext_noop, quoting

API = "/ghost/api/admin"
LIFE = timedelta(minutes=5)
"""A proof is good for so long; a clock that is further off makes every proof look stale."""
OUT = ("published", "sent")
SHORT_TITLE = 255  # K: some versions take no longer title, although the schema says 2,000.


class Ghost(JsonApi):
    """One integration of one site; ``account.server`` is the address below which ``/ghost`` answers."""

    name = "ghost"
    label = "Ghost"
    family = "site"
    shows_names = True  # in the address of the picture
    words = Words(post="article")
    sign_in = (
        Token(
            (
                Field("server", gettext_noop("API URL"), help=gettext_noop("for example https://blog.example")),
                Field(
                    "admin_key", gettext_noop("Admin API key"), secret=True,
                    help=gettext_noop("Settings → Integrations → Add custom integration"),
                ),
            )
        ),
    )  # fmt: skip
    rules = Rules(
        text=Text(LONGEST, unit="codepoint"),
        images=Images(20, size=20_000_000, alt=5_000),  # K: the size is the host's; its answer decides
        text_required=False,
    )
    options = (
        title_of_at_most(2_000), FORMAT, EXCERPT, COVER, TAGS,
        Option("slug", gettext_noop("Address"), "text", limit=191,
               help=gettext_noop("The last part of the link. Left empty, it is made from the title.")),
        replace(CANONICAL, limit=2_000),
        Option("newsletter", gettext_noop("Send as newsletter"), "text",
               help=gettext_noop("The newsletter's short name. Mail that was sent cannot be taken back.")),
        Option("audience", gettext_noop("Newsletter goes to"), "choice", default="all",
               choices=(("all", gettext_noop("all members")), ("status:free", gettext_noop("free members")),
                        ("status:-free", gettext_noop("paying members")))),
    )  # fmt: skip
    once = Once(Once.HANDLE)
    docs = "https://docs.ghost.org/admin-api/"

    # -- signing in

    @classmethod
    def connect(cls, fields: Mapping[str, str], *, http: Http, app: JSON | None = None) -> Connected:
        """By ``server`` and ``admin_key`` (``id:secret``)."""
        server = site_address(fields.get("server", ""), label=cls.label).removesuffix("/ghost")
        key = fields.get("admin_key", "").strip()
        if not re.fullmatch(r"[0-9a-f]+:(?:[0-9a-f]{2})+", key):
            sentence = _("Paste the Admin API key whole: letters and digits with a colon in between.")
            raise Refused(sentence, code="admin_key")
        secrets = {"admin_key": key}
        us = cls(Account(server=server), http=http, vault=NoVault(secrets), app=app)
        return Connected(us.whoami(), secrets)

    def whoami(self) -> Account:
        site = within(self._get("/site/"), "site")
        host = urlsplit(self.account.server).netloc
        if not text(site, "url"):
            sentence = _("%(host)s does not answer like %(network)s. Check the address.")
            raise Refused(sentence % {"host": host, "network": self.label}, code="other_server")
        self._get("/posts/", limit=1, fields="id")  # the site tells about itself without a key as well
        url = text(site, "url").rstrip("/")
        return replace(
            self.account, remote_id=url, handle=re.sub(r"\A\w+://", "", url), url=url,
            name=text(site, "title") or host, avatar=text(site, "icon") or text(site, "logo"),
        )  # fmt: skip

    def _root(self) -> str:
        return self.account.server + API

    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Ghost {self._proof()}", "Accept-Version": "v5.0"}

    def _proof(self) -> str:
        """A token of our own making, good for five minutes (RFC 7519, HS256)."""
        id, _colon, secret = str(self.vault.read().get("admin_key") or "").partition(":")
        now = int(datetime.now(UTC).timestamp())
        head = {"alg": "HS256", "typ": "JWT", "kid": id}
        claims = {"iat": now, "exp": now + int(LIFE.total_seconds()), "aud": "/admin/"}
        signed = ".".join(_base64(json.dumps(piece, separators=(",", ":")).encode()) for piece in (head, claims))
        made = hmac.new(bytes.fromhex(secret), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_base64(made)}"

    def _secrets(self) -> tuple[str, ...]:
        key = str(self.vault.read().get("admin_key") or "")
        return tuple(value for value in (key, key.partition(":")[2]) if value)

    # -- publishing

    def problems(self, draft: Draft) -> list[Problem]:
        found, title = super().problems(draft), str(draft.options.get("title") or "")
        if SHORT_TITLE < len(title) <= 2_000:
            sentence = _("Some versions of %(network)s take a title of at most %(limit)d; this has %(count)d.")
            values = {"network": self.label, "limit": SHORT_TITLE, "count": len(title)}
            found.append(Problem("title", sentence % values, count=len(title), limit=SHORT_TITLE, level="warn"))
        return found

    def plan(self, draft: Draft) -> tuple[Step, ...]:
        """Uploads, the draft, and its publication."""
        part, payload = draft.parts[0], {"text": draft.parts[0].text, "options": dict(draft.options)}
        steps = [
            Step("upload", number, public=False, payload={"alt": media.alt}, media=media)
            for number, media in enumerate(part.media)
        ]
        steps.append(Step("draft", len(steps), public=False, payload=payload))
        return (*steps, Step("post", len(steps), payload=payload))

    def prepare(self, step: Step, *, key: str, now: datetime) -> JSON:
        options = step.payload.get("options") or {}
        if step.kind == "draft":
            return {**step.payload, "request": self._drafted(step, slug=f"clarion-{key}")}
        if step.kind == "post":
            slug = str(options.get("slug") or "").strip() or slug_of(str(options.get("title") or ""))
            (id,) = [s.handle["draft_id"] for s in step.earlier if s.kind == "draft"][-1:] or [""]
            query = {}
            if newsletter := str(options.get("newsletter") or "").strip():
                query = {"newsletter": newsletter, "email_segment": str(options.get("audience") or "all")}
            return {
                **step.payload, "draft_id": str(id), "query": query, "request": {"status": "published", "slug": slug}
            }  # fmt: skip
        return step.payload

    def _drafted(self, step: Step, *, slug: str) -> dict[str, Any]:
        options = step.payload.get("options") or {}
        files = [s.handle for s in step.earlier if s.kind == "upload"]
        cover = files.pop(0) if files and is_on(options.get("cover")) else None
        page = html_of(str(step.payload.get("text", "")), markdown=is_markdown(options))
        figures = [f"<figure>{image(str(file['url']), str(file['alt']))}</figure>" for file in files]
        request: dict[str, Any] = {
            "title": str(options.get("title") or ""), "status": "draft", "slug": slug,
            "html": "\n".join([page, *figures]),
        }  # fmt: skip
        for option, field in (("excerpt", "custom_excerpt"), ("canonical_url", "canonical_url")):
            if options.get(option):
                request[field] = str(options[option])
        if tags := tags_of(options):
            request["tags"] = [{"name": tag} for tag in tags]
        if cover:
            request |= {"feature_image": cover["url"], "feature_image_alt": cover["alt"] or None}
        return request

    def publish(self, step: Step, *, key: str) -> Published:
        if step.kind == "upload":
            return self._upload(step)
        if step.kind == "draft":
            request = step.payload["request"]
            made = _first(self._get("/posts/", filter=f"slug:{request['slug']}", limit=1))
            made = made or _first(self._post("/posts/", params={"source": "html"}, json={"posts": [request]}))
            return Published(handle={"draft_id": self._id(made)})
        path = f"/posts/{quote(step.payload['draft_id'], safe='')}/"
        there = _first(self._get(path))
        if text(there, "status") in OUT:
            return self._published(there)
        # The stamp is no part of what is said: it only tells which version of the draft is meant.
        request = {**step.payload["request"], "updated_at": text(there, "updated_at")}
        query = step.payload.get("query") or None
        return self._published(_first(self._say("PUT", path, params=query, json={"posts": [request]})))

    def _upload(self, step: Step) -> Published:
        media = step.media
        if media is None:
            raise Refused(_("The file of this upload is gone. Attach it again."), code="file")
        files = {"file": (file_name(media), media.path, media.mime)}
        made = self._post("/images/upload/", files=files, data={"purpose": "image", "ref": file_name(media)})
        return Published(handle={"url": self._id(made, "images", 0, "url"), "alt": media.alt})

    def _published(self, post: Any) -> Published:
        id = self._id(post)
        if text(post, "status") not in OUT:
            raise self._unreadable(writing=True)
        return Published(id, text(post, "url"))

    # -- did it happen?

    def find(self, step: Step, *, key: str) -> Published | Absent | None:
        """Asks the draft by its id what became of it."""
        answer = self._ask("GET", f"/posts/{quote(step.payload['draft_id'], safe='')}/")
        if answer.status == 404:
            return Absent()
        post = _first(self._read(answer, writing=False))
        id = self._id(post, writing=False)
        return Published(id, text(post, "url")) if text(post, "status") in OUT else Absent()

    # -- after publishing

    def edit(self, remote_id: str, draft: Draft) -> Published:
        """New words, and a new title or excerpt where given; pictures stay, below the text."""
        there = self._there(remote_id)
        if there is None:
            raise Refused(_("The article was deleted: it cannot be edited."), code="404")
        kept = re.findall(r"<figure\b.*?</figure>", text(there, "html"), re.DOTALL)
        page = html_of(draft.parts[0].text, markdown=is_markdown(draft.options))
        request = {"html": "\n".join([page, *kept]), "updated_at": text(there, "updated_at")}
        for option, field in (("title", "title"), ("excerpt", "custom_excerpt")):
            if draft.options.get(option):
                request[field] = str(draft.options[option])
        path = f"/posts/{self._id(there, writing=False)}/"
        done = _first(self._say("PUT", path, params={"source": "html"}, json={"posts": [request]}))
        return Published(self._id(done), text(done, "url"))

    def delete(self, remote_id: str) -> None:
        there = self._there(remote_id)
        if there is not None:
            answer = self._ask("DELETE", f"/posts/{self._id(there, writing=False)}/")
            if answer.status != 404:
                self._read(answer, writing=True)

    def fetch(self, remote_id: str) -> Seen | None:
        post = self._there(remote_id)
        if post is None or text(post, "status") not in OUT:
            return None
        page = text(post, "html")
        alts = [text(post, "feature_image_alt")] if text(post, "feature_image") else []
        alts += [picture.alt for picture in pictures(page)]
        id = self._id(post, writing=False)
        return Seen(id, text(post, "url"), plain(page).linked, instant(post, "published_at"), tuple(alts), post)

    def _there(self, remote_id: str) -> Mapping[str, Any] | None:
        """The article, by its id or by the slug that a pasted link ends with; None when it is gone."""
        by_id = re.fullmatch(r"[0-9a-f]{24}", remote_id)
        path = f"/posts/{'' if by_id else 'slug/'}{quote(remote_id, safe='')}/"
        answer = self._ask("GET", path, params={"formats": "html", "include": "email"})
        if answer.status == 404:
            return None
        post = _first(self._read(answer, writing=False))
        self._id(post, writing=False)
        return post

    # -- numbers

    def measure(self, remote_ids: Sequence[str]) -> Mapping[str, Reading]:
        """How often the newsletter of each article was delivered and opened (K); None for one without."""
        readings = {}
        for remote_id in remote_ids:
            if (post := self._there(remote_id)) is not None:
                fields = {"deliveries": "delivered_count", "opens": "opened_count"}
                numbers = {name: number(post, "email", field) for name, field in fields.items()}
                readings[remote_id] = Reading(numbers, post)
        return readings

    def measure_account(self) -> Reading:
        """Published articles, and members where the key may see them."""
        told = self._get("/posts/", limit=1, filter="status:published", fields="id")
        answer = self._ask("GET", "/members/", params={"limit": 1})
        members = None
        with suppress(Unreadable):
            members = number(answer.json(), "meta", "pagination", "total") if answer.ok else None
        return Reading({"posts": number(told, "meta", "pagination", "total"), "followers": members})

    # -- answers

    def understand(self, answer: Answer, *, writing: bool) -> Failure | None:
        if answer.ok:
            return None
        kind, said, named = _kind(answer), answer.reason(), {"network": self.label}
        if answer.status == 401 or kind in ("UnauthorizedError", "NoPermissionError"):
            # K: the words of the library that Ghost checks a proof with
            if "jwt expired" in said or "maxAge exceeded" in said or abs(answer.ahead) > LIFE - timedelta(seconds=30):
                return wrong_clock(self.label, answer)
            if kind == "NoPermissionError":
                sentence = _("This key may not do that on %(network)s. Make a custom integration and take its key.")
                return SignInAgain(quoting(sentence % named, said), code=kind)
            sentence = _("%(network)s no longer accepts our key. Copy it anew from the integration.")
            return SignInAgain(quoting(sentence % named, said), code=kind or "401")
        if kind == "UpdateCollisionError":
            sentence = _("Somebody changed the article on %(network)s at this moment. It is tried again.")
            return NotNow(sentence % named, retry_at=answer.at + timedelta(seconds=10), code=kind)
        if kind in (
            "HostLimitError",
            "ValidationError",
            "BadRequestError",
            "NotFoundError",
            "RequestEntityTooLargeError",
        ):
            return Refused(quoting(_("%(network)s refused it.") % named, said), code=kind)
        if kind == "TooManyRequestsError":
            sentence = _("%(network)s asks us to slow down.") % named
            return NotNow(quoting(sentence, said), retry_at=answer.retry_at, code=kind)
        if 300 <= answer.status < 400:
            sentence = _("%(network)s has moved to another address. Connect the channel anew.")
            return Refused(sentence % named, code="moved")
        if not kind and not _is_json(answer) and answer.status in (403, 404) and writing:
            sentence = _("Something in front of %(network)s answered (%(status)d): it may have happened.")
            return Unknown(sentence % {**named, "status": answer.status}, code=str(answer.status))
        return super().understand(answer, writing=writing)


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _is_json(answer: Answer) -> bool:
    with suppress(Unreadable):
        answer.json()
        return True
    return False


def _kind(answer: Answer) -> str:
    with suppress(Unreadable):
        return text(answer.json(), "errors", 0, "type")
    return ""


def _first(data: Any) -> Mapping[str, Any] | None:
    return next(iter(mappings(data, "posts")), None)
