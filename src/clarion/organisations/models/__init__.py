from clarion.organisations.policy import Role

from .absence import Absence
from .custom_role import CustomRole
from .member import Member
from .officer import Officer
from .organisation import Organisation
from .sign_in_policy import SignInPolicy, Strictest
from .tally import Tally
from .team import Team, TeamPlace
from .user import User
from .workspace import Workspace

__all__ = [
    "Absence", "CustomRole", "Member", "Officer", "Organisation", "Role", "SignInPolicy", "Strictest", "Tally", "Team",
    "TeamPlace", "User", "Workspace",
]  # fmt: skip
