"""What deliveries tell of their post to those who list posts: whether it is promised, and for when.

Kept by triggers in ``Listing``, beside its words. They fire when something is promised, moved or taken back, and never
on the way out: a publication changes nothing here.
"""

# ruff: noqa: S608  statements made of our own names
from __future__ import annotations

from clarion.posts.searched import GIN, trigger
from clarion.posts.triggers import Triggers

FIRST = "(SELECT min(d.due_at) FROM deliveries_delivery d WHERE d.post_id = {post} AND d.state <> 'cancelled')"
"""When the first of a post's deliveries is due; none when nothing is promised."""
WANTED = "(SELECT p.wanted_at FROM posts_post p WHERE p.id = {post})"
OTHERWISE = "OLD.due_at {other} NEW.due_at OR (OLD.state = 'cancelled') <> (NEW.state = 'cancelled')"


def _told(post: str, *, where: str = "", is_not: str = "IS NOT") -> str:
    first = FIRST.format(post=post)
    row = f"({first} IS NULL, coalesce({first}, {WANTED.format(post=post)}))"
    return (
        f"UPDATE posts_listing SET (is_draft, at) = {row}"
        f" WHERE {where or f'post_id = {post}'} AND (is_draft, at) {is_not} {row};"
    )


SQLITE = {
    "deliveries_promised": f"AFTER INSERT ON deliveries_delivery BEGIN {_told('NEW.post_id')} END",
    "deliveries_gone": f"AFTER DELETE ON deliveries_delivery BEGIN {_told('OLD.post_id')} END",
    "deliveries_moved": "AFTER UPDATE OF due_at, state ON deliveries_delivery"
    f" WHEN {OTHERWISE.format(other='<>')} BEGIN {_told('NEW.post_id')} END",
    "deliveries_listed": "AFTER INSERT ON posts_listing WHEN EXISTS (SELECT 1 FROM deliveries_delivery d"
    f" WHERE d.post_id = NEW.post_id) BEGIN {_told('NEW.post_id')} END",
}
_PG = "IS DISTINCT FROM"
POSTGRESQL = (
    *trigger("deliveries_promised", on="deliveries_delivery", when="INSERT",
        body=_told("posts_listing.post_id", where="post_id IN (SELECT f.post_id FROM fresh f)", is_not=_PG)),
    *trigger("deliveries_gone", on="deliveries_delivery", when="DELETE", body=_told("OLD.post_id", is_not=_PG)),
    *trigger("deliveries_moved", on="deliveries_delivery", when="UPDATE OF due_at, state",
        only=OTHERWISE.format(other=_PG), body=_told("NEW.post_id", is_not=_PG)),
    *trigger("deliveries_listed", on="posts_listing", when="INSERT",
        body=_told("posts_listing.post_id", where="post_id IN (SELECT f.post_id FROM fresh f JOIN deliveries_delivery d"
            " ON d.post_id = f.post_id)", is_not=_PG)),
)  # fmt: skip
_HERE = "post_id > %(above)s AND post_id <= %(to)s"

DELIVERIES = Triggers(
    of="posts_post", sqlite=SQLITE, postgresql=POSTGRESQL,
    mending={
        "sqlite": (_told("posts_listing.post_id", where=_HERE),),
        "postgresql": (_told("posts_listing.post_id", where=_HERE, is_not=_PG),),
    },
    indexes={"postgresql": (*GIN, "ANALYZE posts_listing")},
)  # fmt: skip
