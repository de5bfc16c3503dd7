from .app import App
from .budget import Allowance, Budget
from .channel import Channel, http_out
from .channel_role import ChannelRole
from .credential import Credential
from .notice import Notice

__all__ = ["Allowance", "App", "Budget", "Channel", "ChannelRole", "Credential", "Notice", "http_out"]
