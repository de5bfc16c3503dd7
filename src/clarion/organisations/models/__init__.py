from .member import Member, Role
from .organisation import Organisation
from .sign_in_policy import SignInPolicy, Strictest
from .tally import Tally
from .user import User
from .workspace import Workspace

__all__ = ["Member", "Organisation", "Role", "SignInPolicy", "Strictest", "Tally", "User", "Workspace"]
