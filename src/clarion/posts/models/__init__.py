from .advice import Advice, Gated
from .assist import Assist
from .card import LinkCard
from .conversion import Conversion
from .label import Label
from .media import Media
from .post import Late, Post, Revision, Stale, Variant
from .slot import DayOff, Slot

__all__ = [
    "Advice", "Assist", "Conversion", "DayOff", "Gated", "Label", "Late", "LinkCard", "Media", "Post", "Revision",
    "Slot", "Stale", "Variant",
]  # fmt: skip
