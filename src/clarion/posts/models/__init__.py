from .label import Label
from .media import Media
from .post import Late, Post, Revision, Stale, Variant

__all__ = ["Label", "Late", "Media", "Post", "Revision", "Stale", "Variant"]
