from .almanac import Almanac
from .blackout import Blackout, InBlackout, Level
from .campaign import Campaign, Hue
from .conversion import Conversion
from .label import Label
from .media import Media
from .note import Note
from .post import Late, Post, Revision, Stale, Variant
from .subscription import Subscription

__all__ = [
    "Almanac", "Blackout", "Campaign", "Conversion", "Hue", "InBlackout", "Label", "Late", "Level", "Media", "Note",
    "Post", "Revision", "Stale", "Subscription", "Variant",
]  # fmt: skip
