from .conversion import Conversion
from .folder import Folder
from .label import Label
from .listing import Listing, MediaListing
from .media import Media
from .post import Late, Post, Revision, Stale, Variant
from .quota import Quota
from .removal import Removal
from .rights import Rights
from .upload import Upload

__all__ = [
    "Conversion", "Folder", "Label", "Late", "Listing", "Media", "MediaListing", "Post", "Quota", "Removal",
    "Revision", "Rights", "Stale", "Upload", "Variant",
]  # fmt: skip
