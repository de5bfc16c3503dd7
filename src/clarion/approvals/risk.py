"""Whether a post is one of those that a workflow wants to see because a rule of the house warns about it."""

from __future__ import annotations

from clarion.posts.models import Advice, HouseRule, Post


def is_warned(post: Post) -> bool:
    """True when a rule of the house, or one of good writing, finds something in what the post says anywhere."""
    if HouseRule.objects.risk(post):
        return True
    advice = Advice.objects.for_workspace(post.workspace)
    said = [post.said, *(post.said_on(variant.channel) for variant in post.variants.all())]
    return any(advice.findings(one) for one in said)
