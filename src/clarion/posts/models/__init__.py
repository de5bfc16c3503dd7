from .almanac import Almanac
from .blackout import Blackout, InBlackout, Level
from .campaign import Campaign, Hue
from .captions import Captions
from .conversion import Conversion
from .label import Label
from .media import Media
from .note import Note
from .post import Late, Post, Revision, Stale, Variant
from .recurrence import Recurrence
from .slot import DayOff, Slot
from .subscription import Subscription

__all__ = [
    "Almanac", "Blackout", "Campaign", "Captions", "Conversion", "DayOff", "Hue", "InBlackout", "Label", "Late", "Level",
    "Media", "Note", "Post", "Recurrence", "Revision", "Slot", "Stale", "Subscription", "Variant",
]  # fmt: skip
