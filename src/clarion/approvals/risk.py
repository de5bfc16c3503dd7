"""Whether a post is one of those that a workflow wants to see because a rule of the house warns about it."""

from __future__ import annotations

from clarion.posts.models import HouseRule, Post


def is_warned(post: Post) -> bool:
    return HouseRule.objects.risk(post)
