"""What Reddit's contract server answers, call by call."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .base import Asked, Said

if TYPE_CHECKING:
    from .reddit import Place, RedditServer, Thing

type Handler = Callable[[Any, Asked, tuple[str, ...]], Said]
ROUTES: list[tuple[str, re.Pattern[str], str, Handler]] = []
US = "halden_city"
_FORM = {
    "sr", "kind", "title", "text", "url", "nsfw", "spoiler", "sendreplies", "resubmit", "flair_id", "flair_text",
    "video_poster_url", "api_type", "raw_json",
}  # fmt: skip


def route(method: str, path: str, *, scope: str = "") -> Callable[[Handler], Handler]:
    """``scope``: what the token must be good for; empty: no token is asked for."""

    def keep(handler: Handler) -> Handler:
        ROUTES.append((method, re.compile(path + r"\Z"), scope, handler))
        return handler

    return keep


# --- the account and its communities ----------------------------------------------------------------------------------


@route("GET", "/api/v1/me", scope="identity")
def _me(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    counts = {} if server.no_numbers else {"total_karma": 4711}
    people = {} if server.no_numbers else {"subscribers": 250}
    return server.say(asked, {
        "id": "8c1ty", "name": US, "icon_img": "https://styles.redditmedia.example/a.png?s=1", **counts,
        "is_suspended": server.suspended, "subreddit": {"display_name": f"u_{US}", **people},
    })  # fmt: skip


@route("GET", "/subreddits/mine/moderator", scope="mysubreddits")
def _moderated(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    places = [server.places[name.casefold()] for name in server.moderated]
    return server.listing(asked, [{"kind": "t5", "data": _about_data(server, place)} for place in places])


def _about_data(server: RedditServer, place: Place) -> dict[str, Any]:
    counts = {} if server.no_numbers else {"subscribers": 1200}
    return {
        "name": f"t5_{place.name}", "display_name": place.name, "subreddit_type": "public", "submission_type": "any",
        "allow_images": True, "allow_videos": True, "user_is_banned": False, "user_is_contributor": None,
        "user_is_moderator": place.name in server.moderated, **counts, **place.about,
    }  # fmt: skip


def _closed(place: Place) -> Said:
    status = 404 if place.closed == "banned" else 403
    return Said.json({"reason": place.closed, "message": "Forbidden", "error": status}, status)


@route("GET", r"/r/([\w-]+)/about", scope="read")
def _about(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    place = server.places.get(at[0].casefold())
    if place is None:
        return Said(302, b"", {"location": f"https://oauth.reddit.com/subreddits/search?q={at[0]}"})
    if place.closed:
        return _closed(place)
    return server.say(asked, {"kind": "t5", "data": _about_data(server, place)})


@route("GET", r"/r/([\w-]+)/api/link_flair_v2", scope="flair")
def _flairs(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    return server.say(asked, server.places[at[0].casefold()].flairs)


@route("GET", r"/api/v1/([\w-]+)/post_requirements", scope="submit")
def _requirements(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if not server.tells_requirements:
        return Said.json({"message": "Forbidden", "error": 403}, 403)
    return server.say(asked, server.places[at[0].casefold()].required)


# --- uploads ----------------------------------------------------------------------------------------------------------


@route("POST", "/api/media/asset.json", scope="submit")
def _lease(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    form = server.form(asked)
    if not form.get("filepath") or not re.match(r"(image/(jpeg|png|gif)|video/(mp4|quicktime))\Z", form["mimetype"]):
        return Said.json({"message": "Bad Request", "error": 400}, 400)
    server._last += 1
    key = f"rte_images/asset{server._last}"
    server.leases[key] = form["mimetype"]
    fields = {
        "acl": "private", "key": key,
        "policy": "policy-of-the-store-s3cret", "x-amz-signature": "signature-s3cret-0123",
    }  # fmt: skip
    return server.say(asked, {
        "args": {
            "action": "//reddit-uploaded-media.s3-accelerate.amazonaws.com",
            "fields": [{"name": name, "value": value} for name, value in fields.items()],
        },
        "asset": {"asset_id": f"asset{server._last}", "processing_state": "incomplete",
                  "websocket_url": "wss://ws.reddit.example/s3cret"},
    })  # fmt: skip


@route("POST", "/")
def _store(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    return server.store(asked)


# --- posts ------------------------------------------------------------------------------------------------------------


def _wrong(server: RedditServer, asked: Asked, form: dict[str, str], place: Place | None) -> Said | None:
    kind, title = form.get("kind", ""), form.get("title", "")
    if server.no:
        return server.refuse(asked, *server.no.pop(0))
    if place is None:
        return server.refuse(asked, "SUBREDDIT_NOEXIST", "that subreddit doesn't exist")
    if place.closed:
        return _closed(place)
    if place.about.get("user_is_banned"):
        return server.refuse(asked, "SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.")
    if not title:
        return server.refuse(asked, "NO_TEXT", "we need something here", "title")
    if len(title) > 300:
        return server.refuse(asked, "TOO_LONG", "this is too long (max: 300)", "title")
    if len(form.get("text", "")) > 40_000:
        return server.refuse(asked, "TOO_LONG", "this is too long (max: 40000)", "text")
    if kind == "self" and place.about.get("submission_type") == "link":
        return server.refuse(asked, "NO_SELFS", "that subreddit doesn't allow text posts")
    if kind not in ("self", "link", "image", "video"):
        return server.refuse(asked, "INVALID_OPTION", "that option is not valid", "kind")
    if kind != "self" and not re.match(r"https?://\S+\Z", form.get("url", "")):
        return server.refuse(asked, "NO_URL", "a url is required", "url")
    ids = [flair["id"] for flair in place.flairs]
    if form.get("flair_id") and form["flair_id"] not in ids:
        return server.refuse(asked, "BAD_FLAIR_TEMPLATE_ID", "invalid flair template id", "flair")
    if kind in ("image", "video"):
        wanted = [form["url"], *([form.get("video_poster_url", "")] if kind == "video" else [])]
        types = [server.assets.get(url, "").partition("/")[0] for url in wanted]
        if types != [kind, *["image"][: kind == "video"]]:
            return server.refuse(asked, "BAD_URL", "you should check that url", "url")
    return None


@route("POST", "/api/submit", scope="submit")
def _submit(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    form = server.form(asked)
    server.complaints += [f"/api/submit: {name}" for name in form.keys() - _FORM]
    place = server.places.get(form.get("sr", "").casefold())
    if refused := _wrong(server, asked, form, place):
        return refused
    assert place is not None
    kind, url = form["kind"], form.get("url", "")
    there = [one for one in server.of("t3") if one.kind == "link" and one.sr == place.name and one.url == url]
    if kind == "link" and there and form.get("resubmit") != "true":
        return server.refuse(asked, "ALREADY_SUB", "that link has already been submitted", "url")
    made = server.put("t3", US, form.get("text", ""), title=form["title"], sr=place.name, kind=kind, url=url, form=form)
    if kind in ("image", "video"):
        made.waits, made.lost = server.then.pop(0) if server.then else (0, False)
        made.url = f"https://i.redd.it/{made.id}.png"
        user = f"https://www.reddit.com/user/{US}/submitted/"
        return server.done(asked, {"user_submitted_page": user, "websocket_url": "wss://ws.reddit.example/s3cret"})
    link = f"https://www.reddit.com{server.link(made)}"
    return server.done(asked, {"url": link, "drafts_count": 0, "id": made.id, "name": made.name})


@route("POST", "/api/comment", scope="submit")
def _comment(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    form = server.form(asked)
    if server.no:
        return server.refuse(asked, *server.no.pop(0))
    parent, said = server.things.get(form.get("thing_id", "")), form.get("text", "")
    if parent is None or parent.gone:
        return server.refuse(asked, "DELETED_COMMENT", "that comment has been deleted", "parent")
    if not said or len(said) > 10_000:
        code, why = ("TOO_LONG", "this is too long (max: 10000)") if said else ("NO_TEXT", "we need something here")
        return server.refuse(asked, code, why, "text")
    if parent.name.startswith("t4_"):
        made = server.put("t4", US, said, parent=parent.name, to=parent.author)
    else:
        post = parent.name if parent.name.startswith("t3_") else parent.post
        made = server.put("t1", US, said, parent=parent.name, post=post, sr=parent.sr)
    return server.done(asked, {"things": [server.show(made)]})


@route("POST", "/api/editusertext", scope="edit")
def _edit(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    form = server.form(asked)
    one = server.things.get(form.get("thing_id", ""))
    if one is None or one.author != US or one.gone:
        return server.refuse(asked, "NOT_AUTHOR", "you can't do that", "thing_id")
    one.text = form["text"]
    return server.done(asked, {"things": [server.show(one)]})


@route("POST", "/api/del", scope="edit")
def _delete(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    one = server.things.get(server.form(asked).get("id", ""))
    if one is not None and one.author == US:
        one.gone = True
    return server.say(asked, {})


# --- what is there ----------------------------------------------------------------------------------------------------


@route("GET", "/api/info", scope="read")
def _info(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    ids = asked.one("id").split(",")
    if len(ids) > 100:
        return Said.json({"message": "Bad Request", "error": 400}, 400)
    shown = [server.show(server.things[id]) for id in ids if id in server.things]
    return server.say(asked, {"kind": "Listing", "data": {"after": None, "children": shown}})


@route("GET", r"/user/([\w-]+)/(submitted|comments)", scope="history")
def _own(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    kind = "t3" if at[1] == "submitted" else "t1"
    shown = [server.show(one) for one in server.of(kind) if one.author == at[0]]
    for one in server.things.values():
        one.waits = max(one.waits - 1, 0)
    return server.listing(asked, shown)


@route("GET", r"/comments/(\w+)", scope="read")
def _comments(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    post = server.things.get(f"t3_{at[0]}")
    if post is None:
        return Said.json({"message": "Not Found", "error": 404}, 404)
    top = server.things.get(f"t1_{asked.one('comment')}")
    if top is not None:
        shown = [_tree(server, top)]
    else:
        below = [one for one in server.of("t1") if one.parent == post.name]
        shown = [_tree(server, one) for one in below[: server.most]]
        if left := below[server.most :]:
            shown.append(_more([one.id for one in left], post.name))
    listing = {"kind": "Listing", "data": {"after": None, "children": [server.show(post)]}}
    return server.say(asked, [listing, {"kind": "Listing", "data": {"after": None, "children": shown}}])  # type: ignore[arg-type]


def _tree(server: RedditServer, one: Thing) -> dict[str, Any]:
    shown = server.show(one)
    below = [_tree(server, other) for other in server.of("t1") if other.parent == one.name]
    if below:
        shown["data"]["replies"] = {"kind": "Listing", "data": {"children": below}}
    return shown


def _more(ids: list[str], parent: str) -> dict[str, Any]:
    return {"kind": "more", "data": {"id": ids[0], "name": f"t1_{ids[0]}", "children": ids, "parent_id": parent}}


@route("GET", "/api/morechildren", scope="read")
def _children(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    ids = asked.one("children").split(",")
    if len(ids) > 100 or asked.one("link_id") not in server.things:
        return Said.json({"message": "Bad Request", "error": 400}, 400)
    things = [server.show(server.things[f"t1_{id}"]) for id in ids[: server.most]]
    if left := ids[server.most :]:
        things.append(_more(left, asked.one("link_id")))
    return server.done(asked, {"things": things})


@route("GET", "/message/(inbox|mentions|sent)", scope="privatemessages")
def _messages(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    sent = [one for one in server.of("t4") if one.author == US]
    got = [one for one in server.of("t4") if one.to == US]
    named = [one for one in server.of("t1") if one.author != US and f"u/{US}" in one.text]
    both = sorted(got + named, key=lambda one: (one.at, one.name), reverse=True)
    return server.listing(asked, [server.show(one) for one in {"inbox": both, "mentions": named, "sent": sent}[at[0]]])


@route("GET", "/search", scope="read")
def _search(server: RedditServer, asked: Asked, at: tuple[str, ...]) -> Said:
    wanted = asked.one("q").casefold()
    return server.listing(
        asked, [server.show(one) for one in server.of("t3") if wanted in f"{one.title} {one.text}".casefold()]
    )  # fmt: skip
