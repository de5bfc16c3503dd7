from .member import Member, Role
from .organisation import Organisation
from .pause import HOLD, Acknowledgement, Pause, Rehearsed, Spokesperson
from .user import User
from .workspace import Workspace

__all__ = [
    "HOLD", "Acknowledgement", "Member", "Organisation", "Pause", "Rehearsed", "Role", "Spokesperson", "User",
    "Workspace",
]  # fmt: skip
