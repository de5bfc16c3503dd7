"""Whether a post is one of those that a workflow wants to see because a rule of the house warns about it."""

from __future__ import annotations

from clarion.posts.models import Advice, Post


def is_warned(post: Post) -> bool:
    """True when the workspace's rules find something in what the post says anywhere."""
    advice = Advice.objects.for_workspace(post.workspace)
    said = [post.said, *(post.said_on(variant.channel) for variant in post.variants.all())]
    return any(advice.findings(one) for one in said)
