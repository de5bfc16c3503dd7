from .advice import Advice, Gated
from .almanac import Almanac
from .assist import Assist
from .blackout import Blackout, InBlackout, Level
from .campaign import Campaign, Hue
from .captions import Captions
from .card import LinkCard
from .channel_set import ChannelSet
from .conversion import Conversion
from .folder import Folder
from .label import Label
from .link import BadLink, Link, UtmPreset, Visit
from .listing import Listing, MediaListing
from .media import Media
from .mention import Handle, Person
from .note import Note
from .post import Late, Post, Promised, Revision, Stale, Variant
from .presence import Presence
from .quota import Quota
from .recurrence import Recurrence
from .removal import Removal
from .rights import Rights, RightsEnded
from .slot import DayOff, Slot
from .snippet import Snippet, Template
from .subscription import Subscription
from .tags import TagGroup
from .upload import Upload
from .working import OtherPage, Working

__all__ = [
    "Advice", "Almanac", "Assist", "BadLink", "Blackout", "Campaign", "Captions", "ChannelSet", "Conversion", "DayOff",
    "Folder", "Gated", "Handle", "Hue", "InBlackout", "Label", "Late", "Level", "Link", "LinkCard", "Listing", "Media",
    "MediaListing", "Note", "OtherPage", "Person", "Post", "Presence", "Promised", "Quota", "Recurrence", "Removal",
    "Revision", "Rights", "RightsEnded", "Slot", "Snippet", "Stale", "Subscription", "TagGroup", "Template", "Upload",
    "UtmPreset", "Variant", "Visit", "Working",
]  # fmt: skip
