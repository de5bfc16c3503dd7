from .conversion import Conversion
from .label import Label
from .media import Media
from .post import Late, Post, Revision, Stale, Variant
from .recurrence import Recurrence
from .slot import DayOff, Slot

__all__ = [
    "Conversion",
    "DayOff",
    "Label",
    "Late",
    "Media",
    "Post",
    "Recurrence",
    "Revision",
    "Slot",
    "Stale",
    "Variant",
]
