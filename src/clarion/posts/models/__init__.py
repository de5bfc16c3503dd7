from .captions import Captions
from .conversion import Conversion
from .label import Label
from .media import Media
from .post import Late, Post, Revision, Stale, Variant

__all__ = ["Captions", "Conversion", "Label", "Late", "Media", "Post", "Revision", "Stale", "Variant"]
