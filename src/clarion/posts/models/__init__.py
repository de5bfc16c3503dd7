from .conversion import Conversion
from .label import Label
from .media import Media
from .post import Late, Post, Revision, Stale, Variant
from .slot import DayOff, Slot

__all__ = ["Conversion", "DayOff", "Label", "Late", "Media", "Post", "Revision", "Slot", "Stale", "Variant"]
