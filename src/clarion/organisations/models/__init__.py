from clarion.organisations.policy import Role

from .absence import Absence
from .custom_role import CustomRole
from .invitation import Invitation
from .member import Member
from .officer import Officer
from .organisation import Organisation
from .pause import HOLD, Acknowledgement, Pause, Rehearsed, Spokesperson
from .sign_in_policy import SignInPolicy, Strictest
from .tally import Tally
from .team import Team, TeamPlace
from .user import User
from .workspace import Workspace

__all__ = [
    "HOLD", "Absence", "Acknowledgement", "CustomRole", "Invitation", "Member", "Officer", "Organisation", "Pause",
    "Rehearsed", "Role", "SignInPolicy", "Spokesperson", "Strictest", "Tally", "Team", "TeamPlace", "User", "Workspace",
]  # fmt: skip
