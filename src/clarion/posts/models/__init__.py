from .channel_set import ChannelSet
from .conversion import Conversion
from .label import Label
from .media import Media
from .post import Late, Post, Promised, Revision, Stale, Variant
from .presence import Presence
from .recurrence import Recurrence
from .slot import DayOff, Slot
from .working import OtherPage, Working

__all__ = [
    "ChannelSet",
    "Conversion",
    "DayOff",
    "Label",
    "Late",
    "Media",
    "OtherPage",
    "Post",
    "Presence",
    "Promised",
    "Recurrence",
    "Revision",
    "Slot",
    "Stale",
    "Variant",
    "Working",
]
