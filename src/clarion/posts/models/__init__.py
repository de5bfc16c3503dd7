from .advice import Advice, Gated
from .almanac import Almanac
from .arrival import Arrival, ArrivalRow, Fate, Stage, TooSoon
from .assist import Assist
from .blackout import Blackout, InBlackout, Level
from .campaign import Campaign, Hue
from .captions import Captions
from .card import LinkCard
from .category import Category
from .channel_set import ChannelSet
from .conversion import Conversion
from .evergreen import Evergreen
from .feed import BadTemplate, Feed, FeedItem, Target
from .folder import Folder
from .house_rule import HouseRule, RuleLevel
from .idea import Idea, IdeaBoard, Ripeness
from .label import Label, Stays
from .link import BadLink, Link, UtmPreset, Visit
from .listing import Listing, MediaListing
from .media import Media
from .mention import Handle, Person
from .note import Note
from .override import NoReason, Override
from .post import Late, Post, Promised, Stale
from .presence import Presence
from .quota import Quota
from .recurrence import Recurrence
from .removal import Removal
from .revision import Revision, Variant
from .rights import Rights, RightsEnded
from .ruling import BadRule
from .ruling import Kind as RuleKind
from .slot import DayOff, Slot
from .snippet import Snippet, Template
from .subscription import Subscription
from .tags import TagGroup
from .upload import Upload
from .verdict import Ruled, Verdict
from .working import OtherPage, Working

__all__ = [
    "Advice", "Almanac", "Arrival", "ArrivalRow", "Assist", "BadLink", "BadRule", "BadTemplate", "Blackout",
    "Campaign", "Captions", "Category", "ChannelSet", "Conversion", "DayOff", "Evergreen", "Fate", "Feed", "FeedItem",
    "Folder", "Gated", "Handle", "HouseRule", "Hue", "Idea", "IdeaBoard", "InBlackout", "Label", "Late", "Level",
    "Link", "LinkCard", "Listing", "Media", "MediaListing", "NoReason", "Note", "OtherPage", "Override", "Person",
    "Post", "Presence", "Promised", "Quota", "Recurrence", "Removal", "Revision", "Rights", "RightsEnded", "Ripeness",
    "RuleKind", "RuleLevel", "Ruled", "Slot", "Snippet", "Stage", "Stale", "Stays", "Subscription", "TagGroup",
    "Target", "Template", "TooSoon", "Upload", "UtmPreset", "Variant", "Verdict", "Visit", "Working",
]  # fmt: skip
