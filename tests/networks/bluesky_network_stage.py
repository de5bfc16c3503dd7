"""The stage of Bluesky's whole network (`tests/servers/bluesky_network`): an AppView hears what is said on the server.

It hears it a little later. So whatever the other side does here is waited for until the AppView shows it, with a limit.
"""

from __future__ import annotations

import json
import urllib.request
from collections import Counter
from dataclasses import replace
from urllib.parse import urlencode

from clarion.testing.servers.bluesky_appview import LIKE, POST
from clarion.testing.servers.proxy import Proxy
from tests.engines.installation import until

from .bluesky_stages import BlueskyServer

PATIENCE = 20
"""Seconds; most is there after a tenth of one."""


class Numberless(Proxy):
    """A proxy that can leave every count out, as a server might that hides them."""

    numbers = True

    def handle(self, asked):
        said = super().handle(asked)
        if self.numbers or "json" not in said.headers.get("content-type", ""):
            return said
        return replace(said, body=json.dumps(_without_counts(json.loads(said.body))).encode())


def _without_counts(data):
    if isinstance(data, list):
        return [_without_counts(one) for one in data]
    if not isinstance(data, dict):
        return data
    return {name: _without_counts(value) for name, value in data.items() if not name.endswith("Count")}


class BlueskyNetwork(BlueskyServer):
    lacks = {
        "messages": "chat is a service of Bluesky's own, which cannot be had",
        "search": "its search is a crude stand-in, which misses a word by its capital",
    }

    def __init__(self, folder, config):
        super().__init__(folder, config)
        self.proxy = Numberless(self.direct, kept=("record", "value"))
        self._replies = Counter()

    # -- what people see

    def app(self, method, **query):
        """The AppView asked directly, by nobody in particular."""
        address = f"{self.config['appview_url']}/xrpc/{method}?{urlencode(query)}"
        with urllib.request.urlopen(address, timeout=20) as answer:
            return json.load(answer)

    def seen(self, uri):
        """The post as the AppView shows it to everybody; None when it does not."""
        return next(iter(self.app("app.bsky.feed.getPosts", uris=uri)["posts"]), None)

    def shown(self, uri):
        return until(lambda: self.seen(uri), seconds=PATIENCE, what=f"the AppView shows {uri}")

    def counted(self, uri, **numbers):
        """Until the AppView counts no less than that; what it counts."""

        def there():
            post = self.seen(uri) or {}
            return post if all(post.get(name, 0) >= number for name, number in numbers.items()) else None

        return until(there, seconds=PATIENCE, what=f"the AppView counts {numbers} of {uri}")

    def told(self, uri):
        """Until we are notified of it."""

        def there():
            found = self.call("app.bsky.notification.listNotifications", token=self.cityhall["token"], limit=100)
            return any(one["uri"] == uri for one in found["notifications"])

        return until(there, seconds=PATIENCE, what=f"we are told of {uri}")

    def published(self, uris):
        """Until everybody sees what we have published, and our profile counts it."""
        for uri in uris:
            self.shown(uri)
        until(
            lambda: self.app("app.bsky.actor.getProfile", actor=self.cityhall["did"])["postsCount"] >= len(uris),
            seconds=PATIENCE, what="our profile counts our posts",
        )  # fmt: skip

    def in_reach(self, address):
        """An address of the AppView's, where its name is this machine's."""
        return address.replace("//localhost:", "//127.0.0.1:")

    # -- the other side

    def ref(self, uri):
        return {name: self.shown(uri)[name] for name in ("uri", "cid")}

    def stranger_posts(self, text):
        uri = super().stranger_posts(text)
        self.shown(uri)
        return uri

    def stranger_replies(self, remote_id, text):
        (uri,) = self.strangers_reply(remote_id, [text])
        return uri

    def strangers_reply(self, remote_id, texts):
        parent = self.shown(remote_id)
        above = {name: parent[name] for name in ("uri", "cid")}
        root = (parent["record"].get("reply") or {}).get("root") or above
        uris = [self.stranger_says(POST, text=text, reply={"root": root, "parent": above}) for text in texts]
        self._replies[remote_id] += len(uris)
        for uri in uris:
            self.shown(uri)
        self.counted(remote_id, replyCount=self._replies[remote_id])
        return uris

    def stranger_mentions(self, text):
        (uri,) = self.strangers_mention([text])
        return uri

    def strangers_mention(self, texts):
        name = f"@{self.identifier}"
        facet = {
            "index": {"byteStart": 0, "byteEnd": len(name)},
            "features": [{"$type": "app.bsky.richtext.facet#mention", "did": self.cityhall["did"]}],
        }
        uris = [self.stranger_says(POST, text=f"{name} {text}", facets=[facet]) for text in texts]
        for uri in uris:
            self.told(uri)
        return uris

    def stranger_likes(self, remote_id):
        uri = self.stranger_says(LIKE, subject=self.ref(remote_id))
        self.counted(remote_id, likeCount=1)
        self.told(uri)

    def marks(self, remote_id):
        """What everybody sees, once it is no less than what the server holds."""
        held = super().marks(remote_id)
        post = self.counted(remote_id, likeCount=held["likes"], repostCount=held["shares"])
        return {"likes": post["likeCount"], "shares": post["repostCount"]}

    def hide_numbers(self):
        self.proxy.numbers = False
