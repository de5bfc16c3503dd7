from .advice import Advice, Gated
from .almanac import Almanac
from .arrival import Arrival, ArrivalRow, Fate, Stage, TooSoon
from .assist import Assist
from .blackout import Blackout, InBlackout, Level
from .campaign import Campaign, Hue
from .captions import Captions
from .card import LinkCard
from .channel_set import ChannelSet
from .conversion import Conversion
from .feed import BadTemplate, Feed, FeedItem, Target
from .idea import Idea, IdeaBoard, Ripeness
from .label import Label
from .media import Media
from .note import Note
from .post import Late, Post, Promised, Stale
from .presence import Presence
from .recurrence import Recurrence
from .revision import Revision, Variant
from .slot import DayOff, Slot
from .subscription import Subscription
from .working import OtherPage, Working

__all__ = [
    "Advice", "Almanac", "Arrival", "ArrivalRow", "Assist", "BadTemplate", "Blackout", "Campaign", "Captions",
    "ChannelSet", "Conversion", "DayOff", "Fate", "Feed", "FeedItem", "Gated", "Hue", "Idea", "IdeaBoard",
    "InBlackout", "Label", "Late", "Level", "LinkCard", "Media", "Note", "OtherPage", "Post", "Presence", "Promised",
    "Recurrence", "Revision", "Ripeness", "Slot", "Stage", "Stale", "Subscription", "Target", "TooSoon", "Variant",
    "Working",
]  # fmt: skip
