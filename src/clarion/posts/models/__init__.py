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
from .listing import Listing, MediaListing
from .media import Media
from .note import Note
from .post import Late, Post, Promised, Revision, Stale, Variant
from .presence import Presence
from .quota import Quota
from .recurrence import Recurrence
from .removal import Removal
from .rights import Rights, RightsEnded
from .slot import DayOff, Slot
from .subscription import Subscription
from .upload import Upload
from .working import OtherPage, Working

__all__ = [
    "Advice", "Almanac", "Assist", "Blackout", "Campaign", "Captions", "ChannelSet", "Conversion", "DayOff", "Folder",
    "Gated", "Hue", "InBlackout", "Label", "Late", "Level", "LinkCard", "Listing", "Media", "MediaListing", "Note",
    "OtherPage", "Post", "Presence", "Promised", "Quota", "Recurrence", "Removal", "Revision", "Rights",
    "RightsEnded", "Slot", "Stale", "Subscription", "Upload", "Variant", "Working",
]  # fmt: skip
