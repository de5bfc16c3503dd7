from .advice import Advice, Gated
from .almanac import Almanac
from .assist import Assist
from .blackout import Blackout, InBlackout, Level
from .campaign import Campaign, Hue
from .captions import Captions
from .card import LinkCard
from .category import Category
from .channel_set import ChannelSet
from .conversion import Conversion
from .evergreen import Evergreen
from .label import Label
from .media import Media
from .note import Note
from .post import Late, Post, Promised, Revision, Stale, Variant
from .presence import Presence
from .recurrence import Recurrence
from .slot import DayOff, Slot
from .subscription import Subscription
from .working import OtherPage, Working

__all__ = [
    "Advice", "Almanac", "Assist", "Blackout", "Campaign", "Captions", "Category", "ChannelSet", "Conversion", "DayOff",
    "Evergreen", "Gated", "Hue", "InBlackout", "Label", "Late", "Level", "LinkCard", "Media", "Note", "OtherPage",
    "Post", "Presence", "Promised", "Recurrence", "Revision", "Slot", "Stale", "Subscription", "Variant", "Working",
]  # fmt: skip
