from clarion.organisations.policy import Role

from .absence import Absence
from .custom_role import CustomRole
from .domain import Domain
from .identity_provider import Assertion, Identity, IdentityProvider
from .invitation import Invitation
from .member import Member
from .officer import Officer
from .organisation import Organisation
from .pause import HOLD, Acknowledgement, Pause, Rehearsed, Spokesperson
from .provision import DirectoryToken, Foreign, Provision
from .sign_in_policy import SignInPolicy, Strictest
from .tally import Tally
from .team import Team, TeamPlace
from .user import User
from .workspace import Workspace

__all__ = [
    "HOLD", "Absence", "Acknowledgement", "Assertion", "CustomRole", "DirectoryToken", "Domain", "Foreign", "Identity",
    "IdentityProvider", "Invitation", "Member", "Officer", "Organisation", "Pause", "Provision", "Rehearsed", "Role",
    "SignInPolicy", "Spokesperson", "Strictest", "Tally", "Team", "TeamPlace", "User", "Workspace",
]  # fmt: skip
