from .advice import Advice, Gated
from .almanac import Almanac
from .assist import Assist
from .blackout import Blackout, InBlackout, Level
from .campaign import Campaign, Hue
from .captions import Captions
from .card import LinkCard
from .channel_set import ChannelSet
from .conversion import Conversion
from .label import Label
from .link import BadLink, Link, UtmPreset, Visit
from .media import Media
from .mention import Handle, Person
from .note import Note
from .post import Late, Post, Promised, Revision, Stale, Variant
from .presence import Presence
from .recurrence import Recurrence
from .slot import DayOff, Slot
from .snippet import Snippet, Template
from .subscription import Subscription
from .tags import TagGroup
from .working import OtherPage, Working

__all__ = [
    "Advice", "Almanac", "Assist", "BadLink", "Blackout", "Campaign", "Captions", "ChannelSet", "Conversion", "DayOff",
    "Gated", "Handle", "Hue", "InBlackout", "Label", "Late", "Level", "Link", "LinkCard", "Media", "Note", "OtherPage",
    "Person", "Post", "Presence", "Promised", "Recurrence", "Revision", "Slot", "Snippet", "Stale", "Subscription",
    "TagGroup", "Template", "UtmPreset", "Variant", "Visit", "Working",
]  # fmt: skip
