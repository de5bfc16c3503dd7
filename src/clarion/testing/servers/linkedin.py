"""A contract server for LinkedIn, written from its public documentation: no official machine-readable contract exists.

It reads “little text” by itself and cuts it, without a word, at the first mark that should have been escaped; it counts
by itself; it knows which fields there are and complains about others. ``clock``: how far its clock is from ours.

Ours: the member ``MEMBER`` and the page ``PAGE``, whose administrator they are. ``STRANGER`` is somebody else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from .base import Asked, Said
from .linkedin_desk import MEMBER, PAGE, LinkedInDesk, Thing, Wrong
from .linkedin_text import read_little

STRANGER = "urn:li:person:rita"
LONGEST = 3000
METRICS = {
    "REACTION": "likeCount", "COMMENT": "commentCount", "RESHARE": "shareCount", "IMPRESSION": "impressionCount",
    "MEMBERS_REACHED": "uniqueImpressionsCount",
}  # fmt: skip
FIELDS = {
    "": {"author", "commentary", "visibility", "distribution", "content", "lifecycleState",
         "isReshareDisabledByAuthor", "reshareContext"},
    "distribution": {"feedDistribution", "targetEntities", "thirdPartyDistributionChannels"},
    "media": {"id", "title", "altText"}, "multiImage": {"images"}, "poll": {"question", "options", "settings"},
    "article": {"source", "title", "description", "thumbnail", "thumbnailAltText"},
}  # fmt: skip


class LinkedInServer(LinkedInDesk):
    def handle(self, asked: Asked) -> Said:
        with self._lock:
            try:
                said = self._answered(asked)
            except Wrong as wrong:
                said = wrong.said
        return Said(said.status, said.body, {"date": format_datetime(self._now(), usegmt=True), **said.headers})

    def _answered(self, asked: Asked) -> Said:
        if (asked.method, asked.path) == ("POST", "/oauth/v2/accessToken"):
            return self.consent.token(asked)
        pieces = [unquote(piece) for piece in asked.path.strip("/").split("/")]
        if pieces[0] == "dms-uploads":
            return self._part(asked, pieces[1], pieces[2])
        if self.consent.who(asked) is None:
            raise Wrong(401, "The token used in the request has expired", "EXPIRED_ACCESS_TOKEN")
        if pieces[0] == "v2":
            return self._person(pieces)
        if asked.headers.get("linkedin-version") not in self.versions:
            raise Wrong(426, "Requested version is not active", "NONEXISTENT_VERSION")
        if asked.headers.get("x-restli-protocol-version") != "2.0.0":
            self.complaints.append(f"{asked.method} {asked.path}: no X-Restli-Protocol-Version")
        if re.search(r"=List(%28|\([^&]*:)", asked.target):
            self.complaints.append(f"{asked.target}: a list whose brackets are encoded, or whose values are not")
        told = json.loads(asked.body) if asked.body else {}
        handlers: dict[str, Callable[[Asked, Sequence[str], Any], Said]] = {
            "organizationAcls": self._acls, "organizations": self._organizations, "posts": self._posts,
            "images": self._files, "videos": self._files, "documents": self._files,
            "socialActions": self._social, "reactions": self._reactions, "networkSizes": self._size,
            "organizationalEntityShareStatistics": self._statistics, "memberCreatorPostAnalytics": self._analytics,
            "organizationalEntityNotifications": self._notifications,
        }  # fmt: skip
        handler = handlers.get(pieces[1])
        if pieces[0] != "rest" or handler is None:
            self.complaints.append(f"{asked.method} {asked.path} is not in the contract")
            raise Wrong(404, "No virtual resource found", "RESOURCE_NOT_FOUND")
        return handler(asked, pieces[2:], told)

    # -- people and pages

    def _person(self, pieces: Sequence[str]) -> Said:
        me = MEMBER.rpartition(":")[2]
        if pieces[1:] == ["userinfo"]:
            if not self.openid:
                raise Wrong(403, "Not enough permissions to access: userinfo.GET.NO_VERSION", "ACCESS_DENIED")
            return self._told({"sub": me, "name": self.person, "picture": f"{self.url}/m.png"})
        names = {"localizedFirstName": "Mara", "localizedLastName": "Officer", "vanityName": "mara-officer"}
        return self._told({"id": me, **names})

    def _acls(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        if not self.community:
            raise Wrong(403, "Not enough permissions to access: organizationAcls.FINDER", "ACCESS_DENIED")
        if (asked.one("q"), asked.one("state")) != ("roleAssignee", "APPROVED"):
            raise Wrong(400, "Unknown finder")
        return self._listed(asked, [
            {"organization": urn, "role": role, "state": "APPROVED", "roleAssignee": MEMBER}
            for urn, role in self.roles.items()
        ])  # fmt: skip

    def _organizations(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        urn = f"urn:li:organization:{rest[0]}"
        if urn not in self.names:
            raise Wrong(404, "Organization not found")
        name, vanity = self.names[urn]
        return self._told({"id": int(rest[0]), "localizedName": name, "vanityName": vanity})

    # -- posts

    def _posts(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        if asked.method == "GET" and not rest:
            author = asked.one("author")
            self._readable(author)
            mine = [one for one in self.things.values() if one.author == author and not one.parent]
            return self._listed(asked, [self._post(one) for one in sorted(mine, key=lambda p: p.at, reverse=True)])
        if asked.method == "POST" and not rest:
            return self._create(told)
        thing = self.things.get(rest[0])
        if asked.method == "DELETE":
            if thing is not None:
                self._may(thing.author)
                self.gone[thing.commentary] = self.things.pop(thing.urn).urn
            return Said(204)
        if thing is None:
            raise Wrong(404, "Post not found", "NOT_FOUND")
        if asked.method == "GET":
            self._readable(thing.author)
            return self._told(self._post(thing))
        if asked.headers.get("x-restli-method") != "PARTIAL_UPDATE" or list(told["patch"]["$set"]) != ["commentary"]:
            raise Wrong(400, "Only the commentary can be changed")
        self._may(thing.author)
        thing.commentary = told["patch"]["$set"]["commentary"]
        thing.text = read_little(thing.commentary)
        return Said(204)

    def _readable(self, author: str) -> None:
        if author == MEMBER or not self.community:
            raise Wrong(403, "Not enough permissions to access: posts.GET", "ACCESS_DENIED")

    def _create(self, told: Mapping[str, Any]) -> Said:
        self._may(told["author"])
        self._judge(told)
        words, content = read_little(told["commentary"]), told.get("content", {})
        if len(words) > LONGEST:
            raise Wrong(422, f"commentary exceeds the maximum length of {LONGEST}", "FIELD_LENGTH_TOO_LONG")
        images = content.get("multiImage", {}).get("images") or ([content["media"]] if "media" in content else [])
        if "multiImage" in content and not 2 <= len(images) <= 20:
            raise Wrong(422, "multiImage has 2 to 20 images", "INVALID_CONTENT")
        for urn in [image["id"] for image in images] + [content.get("article", {}).get("thumbnail") or ""]:
            if urn and urn not in self.uploads:
                raise Wrong(400, f"Asset {urn} is unknown", "INVALID_URN")
            if urn and (status := self._status(self.uploads[urn])) != "AVAILABLE":
                self.uploads[urn].waits -= 1
                code = "MEDIA_ASSET_PROCESSING_FAILED" if status.endswith("FAILED") else "MEDIA_ASSET_WAITING_UPLOAD"
                raise Wrong(400, f"Asset {urn} is {status}", code)
        if not words and not content:
            raise Wrong(422, "commentary is required", "MISSING_FIELD")
        double = next((p.urn for p in self.things.values() if not p.parent and p.author == told["author"]
                       and p.commentary == told["commentary"]), self.gone.get(told["commentary"]))  # fmt: skip
        if self.refuses_duplicates and double:
            raise Wrong(422, f"Content is a duplicate of {double}", "DUPLICATE_POST")
        urn = self.new_urn("ugcPost" if ":video:" in str(content) else "share")
        self.things[urn] = Thing(
            urn, told["author"], words, told["commentary"], content, at=self._now(), visibility=told["visibility"],
            no_reshare=told["isReshareDisabledByAuthor"], alts=tuple(image.get("altText", "") for image in images),
        )  # fmt: skip
        return Said(201, b"", {"x-restli-id": urn})

    def _judge(self, told: Mapping[str, Any]) -> None:
        content = told.get("content", {})
        asked = [("", told), ("distribution", told["distribution"]), *content.items()]
        for name, part in asked:
            unknown = set(part) - FIELDS.get(name, set())
            self.complaints += [f"posts: unknown field “{name}.{one}”" for one in unknown]
        if len(content) > 1 or told["visibility"] not in ("PUBLIC", "CONNECTIONS", "LOGGED_IN"):
            raise Wrong(422, "The content is not one kind, or the visibility is unknown", "INVALID_CONTENT")
        poll = content.get("poll")
        if poll and not (
            2 <= len(poll["options"]) <= 4 and 0 < len(poll["question"]) <= 140
            and poll["settings"]["duration"] in ("ONE_DAY", "THREE_DAYS", "SEVEN_DAYS", "FOURTEEN_DAYS")
        ):  # fmt: skip
            raise Wrong(422, "The poll is not valid", "INVALID_CONTENT")
        if "article" in content and not content["article"].get("title"):
            raise Wrong(422, "An article has a title", "MISSING_FIELD")

    def _post(self, one: Thing) -> dict[str, Any]:
        stamp = int(one.at.timestamp() * 1000)
        return self._strange({
            "id": one.urn, "author": one.author, "commentary": one.commentary, "createdAt": stamp,
            "publishedAt": stamp, "lifecycleState": "PUBLISHED", "visibility": one.visibility,
            **({"content": one.content} if one.content else {}),
        })  # fmt: skip

    # -- below posts

    def _social(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        target = rest[0]
        below = [one for one in self.things.values() if one.parent == target]
        if len(rest) == 3:
            return self._comment(asked, f"urn:li:comment:({target},{rest[2]})", told)
        if asked.method == "GET":
            owner = self.things[target].author if target in self.things else STRANGER
            if owner == MEMBER or not self.community:
                raise Wrong(403, "Not enough permissions to access: socialActions.GET", "ACCESS_DENIED")
            return self._listed(asked, [self._comment_shown(one) for one in below])
        self._may(told["actor"])
        unknown = set(told) - {"actor", "object", "message", "parentComment"}
        self.complaints += [f"comments: unknown field “{name}”" for name in unknown]
        if target not in self.things:
            raise Wrong(400, "Unable to obtain activity for the post", "INVALID_URN")
        one = self.put(told["actor"], told["message"]["text"], parent=target)
        return Said.json(self._comment_shown(one), 201, {"x-restli-id": one.urn.rpartition(",")[2].rstrip(")")})

    def _comment(self, asked: Asked, urn: str, told: Any) -> Said:
        one = self.things.get(urn)
        if one is None:
            raise Wrong(404, "Comment not found")
        if asked.method == "GET":
            return self._told(self._comment_shown(one))
        if asked.one("actor") != one.author:
            raise Wrong(403, "Not the author", "ACCESS_DENIED")
        if asked.method == "DELETE":
            del self.things[urn]
        else:
            one.text = told["patch"]["message"]["$set"]["text"]
        return Said(204)

    def _comment_shown(self, one: Thing) -> dict[str, Any]:
        told = {
            "commentUrn": one.urn, "id": one.urn.rpartition(",")[2].rstrip(")"), "actor": one.author,
            "object": one.parent, "message": {"text": one.text, "attributes": []},
            "created": {"time": int(one.at.timestamp() * 1000), "actor": one.author},
        }  # fmt: skip
        return self._strange({**told, **({"parentComment": one.parent} if ":comment:" in one.parent else {})})

    def put(self, author: str, words: str, *, parent: str = "") -> Thing:
        """A post or a comment of anybody."""
        id = next(self._ids)
        root = parent if ":comment:" not in parent else parent.removeprefix("urn:li:comment:(").partition(",")[0]
        urn = f"urn:li:comment:({root},{id})" if parent else f"urn:li:share:{id}"
        self.things[urn] = Thing(urn, author, words, words, parent=parent, at=self._now())
        return self.things[urn]

    def notify(self, action: str, *, words: str = "", source: str = "", author: str = STRANGER) -> dict[str, Any]:
        """What LinkedIn tells of a thing that somebody did to the page."""
        id = next(self._ids)
        kind = "comment" if action == "COMMENT" else "share"
        urn = f"urn:li:comment:({source},{id})" if kind == "comment" else f"urn:li:share:{id}"
        done = {"entity": urn, "owner": author, "text": words, "mediaCategory": "NONE"}
        told = {
            "notificationId": id, "organizationalEntity": PAGE, "action": action, "sourcePost": source,
            "generatedActivity": urn, "lastModifiedAt": int(self._now().timestamp() * 1000), "subscriber": MEMBER,
            **({} if action == "LIKE" else {"decoratedGeneratedActivity": {kind: done}}),
        }  # fmt: skip
        self.notified.append(told)
        return told

    def _reactions(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        self._may(asked.one("actor"))
        thing = self.things.get(told["root"])
        if thing is None or told["reactionType"] != "LIKE":
            raise Wrong(400, "Unknown root")
        if asked.one("actor") in thing.likes:
            raise Wrong(409, "This reaction exists", "CONFLICT")
        thing.likes.add(asked.one("actor"))
        return Said.json({"root": thing.urn, "reactionType": "LIKE"}, 201)

    def _notifications(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        self._may(asked.one("organizationalEntity"))
        actions = _listed_in(asked, "actions")
        return self._listed(asked, [one for one in self.notified[::-1] if one["action"] in actions])

    # -- numbers

    def _size(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        return self._told({} if self.no_numbers else {"firstDegreeSize": 4711})

    def _counts(self, one: Thing) -> dict[str, int]:
        below = sum(1 for other in self.things.values() if other.parent == one.urn)
        return {"likeCount": len(one.likes), "commentCount": below, "shareCount": 0, "impressionCount": 70,
                "uniqueImpressionsCount": 50, "clickCount": 3}  # fmt: skip

    def _statistics(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        self._may(asked.one("organizationalEntity"))
        wanted = [*_listed_in(asked, "shares"), *_listed_in(asked, "ugcPosts")]
        posts = [self.things[urn] for urn in wanted if urn in self.things]
        rows = [
            {"share" if ":share:" in one.urn else "ugcPost": one.urn, "totalShareStatistics": self._counts(one)}
            for one in posts
        ] or ([] if wanted else [{"totalShareStatistics": {"likeCount": 9, "impressionCount": 700}}])
        return self._listed(asked, [{**row, "totalShareStatistics": {}} for row in rows] if self.no_numbers else rows)

    def _analytics(self, asked: Asked, rest: Sequence[str], told: Any) -> Said:
        found = re.search(r"entity=\((?:share|ugc):([^)&]+)\)", asked.target)
        if found is None or unquote(found[1]) not in self.things or asked.one("aggregation") != "TOTAL":
            raise Wrong(400, "Unknown entity")
        counts = self._counts(self.things[unquote(found[1])])
        name = METRICS[asked.one("queryType")]
        return self._listed(asked, [{"metricType": name, **({} if self.no_numbers else {"count": counts[name]})}])


def _listed_in(asked: Asked, name: str) -> list[str]:
    """The values of ``name=List(a,b)``, read from the address as it came."""
    found = re.search(rf"[?&]{name}=List\(([^)]*)\)", asked.target)
    return [unquote(one) for one in found[1].split(",")] if found else []
