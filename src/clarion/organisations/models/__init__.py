from .member import Member, Role
from .organisation import Organisation
from .user import User
from .workspace import Workspace

__all__ = ["Member", "Organisation", "Role", "User", "Workspace"]
