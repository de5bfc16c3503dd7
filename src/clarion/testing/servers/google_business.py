"""A contract server for Google Business Profile: two locations, their posts and reviews, their numbers.

Accounts, locations and numbers are held against Google's discovery documents; the posts (v4) have none that is at hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .base import Asked, Said
from .discovery import discovery
from .google import GoogleServer, Routes, router, stamp

ACCOUNT, PLACE = "accounts/71", "locations/2001"
US = f"{ACCOUNT}/{PLACE}"
MOST = 1500
KNOWN = {"languageCode", "summary", "topicType", "callToAction", "event", "offer", "media"}
ROUTES: Routes = []
route = router(ROUTES)


@dataclass
class Post:
    name: str
    told: dict[str, Any]
    state: str = "LIVE"
    waits: int = 0
    then: str = "LIVE"
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass
class Review:
    name: str
    text: str
    reply: str = ""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class GoogleBusinessServer(GoogleServer):
    """``then``: what becomes of the next posts: (questions until it is looked at, its state). ``approved``: whether the
    project may use the API."""

    routes = ROUTES

    def __init__(self, *, judge: bool = True, **more: Any) -> None:
        names = ("mybusinessaccountmanagement", "mybusinessbusinessinformation", "businessprofileperformance")
        documents = [discovery("google_business", f"{name}.v1.json") for name in names]
        super().__init__(prefix="gbp-", **more)
        self._documents = dict(zip(("accounts", "places", "numbers"), documents, strict=True)) if judge else {}
        self.title = "City Hall"
        self.posts: dict[str, Post] = {}
        self.reviews: dict[str, Review] = {}
        self.then: list[tuple[int, str]] = []
        self.has_places = self.approved = True

    def handle(self, asked: Asked) -> Said:
        if not self.approved and asked.path != self.token_path:
            details = [{"reason": "RATE_LIMIT_EXCEEDED", "metadata": {"quota_limit_value": "0"}}]
            told = {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED", "details": details}
            return Said.json({"error": told}, 429)
        return super().handle(asked)

    def _judge(self, asked: Asked) -> None:
        """Three documents whose paths look alike stand behind three hosts; here the path says which is meant."""
        name = "numbers" if ":" in asked.path else "places" if "/locations" in asked.path else "accounts"
        document = self._documents.get(name) if asked.path.startswith("/v1/") else None
        if document is not None:
            self.complaints += document.complaints_about_request(
                method=asked.method, path=asked.path, query=asked.query, data=None
            )

    def next_name(self, kind: str) -> str:
        return f"{US}/{kind}/{self.next_number()}"

    def review(self, text: str) -> Review:
        found = Review(self.next_name("reviews"), text)
        self.reviews[found.name] = found
        return found

    def show(self, post: Post) -> dict[str, Any]:
        media = [{"name": f"{post.name}/media/{n}", "googleUrl": one["sourceUrl"]}
                 for n, one in enumerate(post.told.get("media", []))]  # fmt: skip
        at, url = stamp(post.at), f"https://local.google.com/place?id=1&use=posts&lpsid={post.name[-1]}"
        told = {"name": post.name, "state": post.state, "createTime": at, "updateTime": at, "searchUrl": url}
        return {**post.told, "media": media, **told}

    def shown(self, review: Review) -> dict[str, Any]:
        reply = {"reviewReply": {"comment": review.reply, "updateTime": stamp(review.at)}} if review.reply else {}
        return {"name": review.name, "reviewId": review.name.rpartition("/")[2], "reviewer": {"displayName": "Rita R."},
                "starRating": "FOUR", "comment": review.text, "createTime": stamp(review.at),
                "updateTime": stamp(review.at), **reply}  # fmt: skip


@route("GET", r"/v1/accounts")
def _accounts(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    return server.say({"accounts": [{"name": ACCOUNT, "accountName": "City of Halden", "type": "PERSONAL"}]})


@route("GET", r"/v1/accounts/71/locations")
def _locations(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    places = (
        [_place(server, PLACE, server.title), _place(server, "locations/2002", "Library")] if server.has_places else []
    )
    page, more = server.page(asked, places, size="pageSize", most=1)
    return server.say({"locations": page, **more})


@route("GET", r"/v1/locations/2001")
def _location(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    return server.say(_place(server, PLACE, server.title))


def _place(server: GoogleBusinessServer, name: str, title: str) -> dict[str, Any]:
    return {"name": name, "title": title, "metadata": {"mapsUri": f"https://maps.google.com/?cid={name[-4:]}"}}


@route("GET", r"/v1/locations/2001:fetchMultiDailyMetricsTimeSeries")
def _numbers(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    day = {"year": 2026, "month": 11, "day": 20}
    series = [
        {"dailyMetric": name, "timeSeries": {"datedValues": [{"date": day, "value": "3"}, {"date": day}]}}
        for name in asked.query["dailyMetrics"]
    ]  # fmt: skip
    return server.say({"multiDailyMetricTimeSeries": [] if server.no_numbers else [{"dailyMetricTimeSeries": series}]})


@route("GET", rf"/v4/{US}/localPosts")
def _posts(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    newest = sorted(server.posts.values(), key=lambda post: -int(post.name.rpartition("/")[2]))
    page, more = server.page(asked, [server.show(post) for post in newest], size="pageSize", most=20)
    return server.say({"localPosts": page, **more} if page else more)


@route("POST", rf"/v4/{US}/localPosts")
def _post(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    told = json.loads(asked.body)
    server.complaints += [f"a post has no field “{name}”" for name in set(told) - KNOWN]
    media = told.get("media", [])
    if not told.get("summary", "").strip() or len(told["summary"]) > MOST or len(media) > 1:
        return server.error(400, "badRequest", "Request contains an invalid argument.", "INVALID_ARGUMENT")
    if not told.get("languageCode") or told.get("topicType") not in ("STANDARD", "EVENT", "OFFER", "ALERT"):
        return server.error(400, "badRequest", "languageCode and topicType are needed.", "INVALID_ARGUMENT")
    schedule = told.get("event", {}).get("schedule", {})
    if told["topicType"] in ("EVENT", "OFFER") and not {"startDate", "endDate"} <= set(schedule):
        return server.error(400, "badRequest", "An event needs a schedule.", "INVALID_ARGUMENT")
    if any(one.get("mediaFormat") != "PHOTO" or not one.get("sourceUrl", "").startswith("http") for one in media):
        return server.error(400, "badRequest", "The photo cannot be fetched.", "INVALID_ARGUMENT")
    waits, then = server.then.pop(0) if server.then else (0, "LIVE")
    post = Post(server.next_name("localPosts"), told, "PROCESSING" if waits else then, waits, then)
    server.posts[post.name] = post
    return server.say(server.show(post))


@route("GET", rf"/v4/({US}/localPosts/\d+)")
def _one(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    post = server.posts.get(at[0])
    if post is None:
        return server.error(404, "notFound", "Requested entity was not found.", "NOT_FOUND")
    if post.state == "PROCESSING":
        post.waits -= 1
        post.state = post.state if post.waits > 0 else post.then
    return server.say(server.show(post))


@route("PATCH", rf"/v4/({US}/localPosts/\d+)")
def _edit(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    post = server.posts.get(at[0])
    if post is None or asked.one("updateMask") != "summary":
        return server.error(404, "notFound", "Requested entity was not found.", "NOT_FOUND")
    post.told |= json.loads(asked.body)
    return server.say(server.show(post))


@route("DELETE", rf"/v4/({US}/localPosts/\d+)")
def _delete(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    if server.posts.pop(at[0], None) is None:
        return server.error(404, "notFound", "Requested entity was not found.", "NOT_FOUND")
    return server.say({})


@route("GET", rf"/v4/{US}/reviews")
def _reviews(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    newest = sorted(server.reviews.values(), key=lambda one: -int(one.name.rpartition("/")[2]))
    page, more = server.page(asked, [server.shown(one) for one in newest], size="pageSize", most=20)
    total = {} if server.no_numbers else {"totalReviewCount": len(newest), "averageRating": 4}
    return server.say({**({"reviews": page} if page else {}), **total, **more})


@route("GET", rf"/v4/({US}/reviews/\d+)")
def _review(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    found = server.reviews.get(at[0])
    return server.say(server.shown(found)) if found else server.error(404, "notFound", "Not found.", "NOT_FOUND")


@route("PUT", rf"/v4/({US}/reviews/\d+)/reply")
def _reply(server: GoogleBusinessServer, asked: Asked, at: tuple[str, ...]) -> Said:
    found = server.reviews.get(at[0])
    if found is None:
        return server.error(404, "notFound", "Requested entity was not found.", "NOT_FOUND")
    found.reply = json.loads(asked.body)["comment"]
    return server.say({"comment": found.reply, "updateTime": stamp(found.at)})
