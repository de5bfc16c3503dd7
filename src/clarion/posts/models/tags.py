from __future__ import annotations

import re
from collections import Counter, defaultdict

from django.db import models

from clarion.organisations.models import Workspace
from clarion.posts.lint.texts import TAG

from .kit import Kit
from .post import Post

MOST = 60
"""Hashtags of a group, at most."""
LOOKED_AT = 400
"""So many of the newest posts are looked through for hashtags."""


class TagGroup(Kit):
    """Hashtags that go together, put into a text in one press."""

    noun = "tag_group"

    tags = models.TextField()
    """With a space between, each with its sign: ``#Halden #OpenLibrary``."""


def tags_in(text: str) -> list[str]:
    """The hashtags of a typed list, each once and with its sign: ``halden, #Library`` → ``#halden``, ``#Library``.

    What cannot be a hashtag is left out.
    """
    found: dict[str, str] = {}
    for word in re.split(r"[\s,;]+", text):
        tag = "#" + word.lstrip("#＃")
        if TAG.fullmatch(tag):
            found.setdefault(tag.casefold(), tag)
    return list(found.values())


def tags_used(workspace: Workspace, *, most: int = 24) -> list[tuple[str, int]]:
    """The hashtags of the newest posts with how many posts have them, the commonest first, as most of them write it."""
    posts, spellings = Counter[str](), defaultdict[str, Counter[str]](Counter)
    texts = Post.objects.kept().filter(workspace=workspace).order_by("-changed_at", "-id")
    for text in texts.values_list("text", flat=True)[:LOOKED_AT]:
        tags = TAG.findall(text)
        posts.update({tag.casefold() for tag in tags})
        for tag in tags:
            spellings[tag.casefold()][tag] += 1
    return [(spellings[tag].most_common(1)[0][0], count) for tag, count in posts.most_common(most)]
