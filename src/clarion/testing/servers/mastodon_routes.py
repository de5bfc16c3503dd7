"""What the contract server for the Mastodon API answers, endpoint by endpoint."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from .base import Asked, Said
from .mastodon_dialects import counted, rendered
from .mastodon_entities import Attachment, Person, Status, account_entity, instance_entity, media_entity

if TYPE_CHECKING:
    from .mastodon import MastodonServer

Handler = Callable[["MastodonServer", Asked, Person | None, tuple[str, ...]], Said]
ROUTES: list[tuple[str, re.Pattern[str], bool, Handler]] = []


def route(method: str, path: str, *, public: bool = False) -> Callable[[Handler], Handler]:
    def keep(handler: Handler) -> Handler:
        ROUTES.append((method, re.compile(re.sub(r"\{\w+\}", r"([^/]+)", path) + r"\Z"), public, handler))
        return handler

    return keep


def form(asked: Asked) -> dict[str, Any]:
    """The fields of a form; a file is ``(name, type, bytes)``."""
    kind = asked.headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return {name: values[-1] for name, values in parse_qs(asked.body.decode(), keep_blank_values=True).items()}
    if not kind.startswith("multipart/form-data"):
        return {}
    message = BytesParser(policy=HTTP).parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + asked.body)
    fields: dict[str, Any] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        raw = part.get_payload(decode=True) or b""
        filename = part.get_filename()
        fields[name] = (filename, part.get_content_type(), raw) if filename else raw.decode()  # type: ignore[union-attr]
    return fields


# --- signing in -------------------------------------------------------------------------------------------------------


@route("POST", "/api/v1/apps", public=True)
def _apps(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    told = form(asked)
    app = {"id": server.next_id(), "client_id": secrets.token_hex(8), "client_secret": secrets.token_hex(16), **told}
    server.apps[app["client_id"]] = app
    uris = [told.get("redirect_uris", "")]
    return Said.json(
        {"id": app["id"], "name": told.get("client_name"), "website": None, "client_id": app["client_id"],
         "client_secret": app["client_secret"], "client_secret_expires_at": 0, "redirect_uri": uris[0],
         "redirect_uris": uris, "scopes": told.get("scopes", "read").split()}
    )  # fmt: skip


@route("POST", "/oauth/token", public=True)
def _token(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    told = form(asked)
    app = server.apps.get(told.get("client_id", ""))
    if app is None or app["client_secret"] != told.get("client_secret"):
        return Said.json({"error": "invalid_client", "error_description": "Client authentication failed."}, 401)
    grant = server.codes.pop(told.get("code", ""), None)
    digest = hashlib.sha256(told.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    fits = (
        grant is not None
        and grant.get("code_challenge_method") == "S256"
        and grant.get("code_challenge") == challenge
        and grant.get("redirect_uri") == told.get("redirect_uri")
        and grant.get("client_id") == told.get("client_id")
    )
    if not fits or grant is None:
        return Said.json({"error": "invalid_grant", "error_description": "The grant is invalid."}, 400)
    token = "tok-" + secrets.token_hex(12)
    server.people[token] = server.people[server.token]
    scope = server.granted if server.granted is not None else grant.get("scope", "read")
    return Said.json({"access_token": token, "token_type": "Bearer", "scope": scope, "created_at": int(time.time())})


@route("POST", "/oauth/revoke", public=True)
def _revoke(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    told = form(asked)
    if server.apps.get(told.get("client_id", ""), {}).get("client_secret") != told.get("client_secret"):
        return Said.json({"error": "unauthorized_client"}, 403)
    server.people.pop(told.get("token", ""), None)
    return Said.json({})


@route("GET", "/api/v1/accounts/verify_credentials")
def _verify(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    assert person is not None
    return Said.json(server.strange(account_entity(person, url=server.url, own=True, **_numbers(server, person))))


def _numbers(server: MastodonServer, person: Person) -> dict[str, int | None]:
    return {"statuses": None} if server.no_numbers else {"statuses": len(server.of(person.id))}


@route("GET", "/api/v2/instance", public=True)
def _instance2(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    if server.dialect.instance_v2 == "html500":
        return Said.html("Server Error (500)", 500)
    if server.dialect.instance_v2 == "no":
        return server.missing()
    return Said.json(server.strange(instance_entity(server.dialect, limit=server.text_limit, host=server.host, v=2)))


@route("GET", "/api/v1/instance", public=True)
def _instance1(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    return Said.json(server.strange(instance_entity(server.dialect, limit=server.text_limit, host=server.host, v=1)))


# --- publishing -------------------------------------------------------------------------------------------------------


@route("POST", "/api/v2/media")
@route("POST", "/api/v1/media")
def _upload(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    told = form(asked)
    file = told.get("file")
    if not isinstance(file, tuple) or not file[2]:
        return server.wrong("Validation failed: File can't be blank")
    kind = file[1] if server.dialect.keeps_type else "image/webp"
    times, then = server._slow_media.pop(0) if server._slow_media else (0, "ready")
    media = Attachment(server.next_id(), kind, str(told.get("description") or ""), waits=times, then=then)
    media.focus = str(told.get("focus") or "")
    server.media[media.id] = media
    return Said.json(media_entity(media, url=server.url), 202 if times else 200)


@route("GET", "/api/v1/media/{id}")
def _media(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    media = server.media.get(at[0])
    if media is None or (not server.dialect.ask_media and not media.slow):
        return server.missing()
    if media.waits:
        media.waits -= 1
        return Said.json(media_entity(media, url=server.url), 206)
    if media.then == "failed":
        return Said.json({"error": "Error processing thumbnail for uploaded media"}, 422)
    return Said.json(media_entity(media, url=server.url))


@route("PUT", "/api/v1/media/{id}")
def _describe(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    media = server.media.get(at[0])
    if media is None:
        return server.missing()
    media.alt = str(form(asked).get("description", media.alt))
    return Said.json(media_entity(media, url=server.url))


def _refusal(server: MastodonServer, told: Mapping[str, Any]) -> Said | None:
    text, media, poll = str(told.get("status") or ""), told.get("media_ids") or [], told.get("poll")
    if not text.strip() and not media and not poll:
        return server.wrong("Validation failed: Text can't be blank")
    if server.dialect.needs_media and not media:
        return server.wrong("Validation failed: media_ids can't be blank")
    if counted(str(told.get("spoiler_text") or "")) + counted(text) > server.text_limit:
        return server.wrong(f"Validation failed: Text character limit of {server.text_limit} exceeded")
    if poll and (media or not server.dialect.polls or not 2 <= len(poll.get("options", [])) <= 4):
        return server.wrong("Validation failed: Poll is not possible")
    if len(media) > 4 or any(m not in server.media for m in media):
        return server.wrong("Validation failed: Media not found or too many")
    if any(server.media[m].waits for m in media):
        said = "Cannot attach files that have not finished processing. Try again in a moment!"
        return Said.json({"error": said}, 422)
    parent = told.get("in_reply_to_id")
    return server.missing() if parent and parent not in server.statuses else None


@route("POST", "/api/v1/statuses")
def _post(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    assert person is not None
    key = asked.headers.get("idempotency-key", "")
    said_at, known = server._keys.get((person.id, key), (0.0, ""))
    if key and server.honours_keys and time.time() - said_at < 3600 and known in server.statuses:
        return Said.json(server.show(server.statuses[known]))
    told = json.loads(asked.body)
    refused = _refusal(server, told)
    if refused is not None:
        return refused
    status = server.write(person, told, key=key)
    server._keys[(person.id, key)] = (time.time(), status.id)
    return Said.json(server.show(status))


# --- a status ---------------------------------------------------------------------------------------------------------


@route("GET", "/api/v1/statuses/{id}")
def _status(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    status = server.statuses.get(at[0])
    return server.missing() if status is None else Said.json(server.show(status))


@route("PUT", "/api/v1/statuses/{id}")
def _edit(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    status = server.statuses.get(at[0])
    if status is None or status.person is not person:
        return server.missing()
    told = json.loads(asked.body)
    refused = _refusal(server, told)
    if refused is not None:
        return refused
    status.text, status.warning = str(told.get("status") or ""), str(told.get("spoiler_text") or "")
    status.html = rendered(status.text, host=server.host, links=server.dialect.links)
    status.media = [server.media[m] for m in told.get("media_ids") or ()]
    status.poll = told.get("poll")
    for given in told.get("media_attributes") or ():
        server.media[given["id"]].alt = given.get("description", "")
    status.edited_at = datetime.now(UTC)
    return Said.json(server.show(status))


@route("DELETE", "/api/v1/statuses/{id}")
def _delete(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    status = server.statuses.get(at[0])
    if status is None or status.person is not person:
        return server.missing()
    del server.statuses[at[0]]
    return Said.json({**server.show(status), "text": status.text})


@route("GET", "/api/v1/statuses/{id}/source")
def _source(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    status = server.statuses.get(at[0])
    if status is None or not server.dialect.source:
        return server.missing()
    return Said.json({"id": status.id, "text": status.text, "spoiler_text": status.warning})


@route("GET", "/api/v1/statuses/{id}/context")
def _context(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    if at[0] not in server.statuses:
        return server.missing()
    below, wanted = [], {at[0]}
    for status in server.statuses.values():
        if status.parent_id in wanted:
            wanted.add(status.id)
            below.append(status)
    above: list[Status] = []
    up = server.statuses.get(server.statuses[at[0]].parent_id)
    while up is not None:
        above.insert(0, up)
        up = server.statuses.get(up.parent_id)
    data = {"ancestors": [server.show(s) for s in above], "descendants": [server.show(s) for s in below]}
    return Said.json(server.strange(data))


@route("POST", "/api/v1/statuses/{id}/favourite")
@route("POST", "/api/v1/statuses/{id}/reblog")
def _mark(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    assert person is not None
    status = server.statuses.get(at[0])
    if status is None:
        return server.missing()
    kind = asked.path.rpartition("/")[2]
    marks = status.likes if kind == "favourite" else status.shares
    if person.id not in marks:
        marks.add(person.id)
        if status.person is not person:
            server.notify(status.person, person, kind, status)
    return Said.json(server.show(status))


# --- lists ------------------------------------------------------------------------------------------------------------


@route("GET", "/api/v1/accounts/{id}/statuses")
def _listing(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    return server.listed(asked, server.of(at[0]), lambda s: s.id, server.show)


@route("GET", "/api/v1/notifications")
def _notifications(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    assert person is not None
    kinds = asked.query.get("types[]")
    mine = [n for n in server.notifications if n["to"] == person.id and (not kinds or n["type"] in kinds)]

    def show(one: dict[str, Any]) -> dict[str, Any]:
        return server.strange(
            {"id": one["id"], "type": one["type"], "created_at": one["at"].isoformat(), "group_key": f"u-{one['id']}",
             "account": server.show_person(one["who"]), "status": server.show(one["status"])}
        )  # fmt: skip

    return server.listed(asked, mine, lambda n: n["id"], show)


@route("GET", "/api/v1/conversations")
def _conversations(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    assert person is not None
    found = [
        s for s in server.statuses.values()
        if s.visibility == "direct" and f"@{person.name}" in s.text and s.person is not person
    ] if server.dialect.conversations else []  # fmt: skip

    def show(status: Status) -> dict[str, Any]:
        account = server.show_person(status.person)
        return {"id": f"c{status.id}", "unread": True, "accounts": [account], "last_status": server.show(status)}

    return server.listed(asked, found, lambda s: s.id, show)


@route("GET", "/api/v1/timelines/tag/{tag}")
def _tag(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    wanted = re.compile(rf"#{re.escape(at[0])}\b", re.IGNORECASE)
    found = [s for s in server.statuses.values() if s.visibility == "public" and wanted.search(s.text)]
    return server.listed(asked, found, lambda s: s.id, server.show)


@route("GET", "/api/v2/search")
def _search(server: MastodonServer, asked: Asked, person: Person | None, at: tuple[str, ...]) -> Said:
    words = asked.one("q").lower()
    found = [s for s in server.statuses.values() if words in s.text.lower()] if server.dialect.search else []
    start, limit = int(asked.one("offset", "0")), int(asked.one("limit", "20"))
    page = sorted(found, key=lambda s: int(s.id), reverse=True)[start : start + limit]
    return Said.json({"accounts": [], "hashtags": [], "statuses": [server.show(s) for s in page]})
