from .choice import Choice, Reader, Unreachable
from .device import BadDevice, Device, PushKey
from .notification import Notification
from .team_chat import Announcement, TeamChat
from .telling import Telling

__all__ = [
    "Announcement", "BadDevice", "Choice", "Device", "Notification", "PushKey", "Reader", "TeamChat", "Telling",
    "Unreachable",
]  # fmt: skip
