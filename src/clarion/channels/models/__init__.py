from .app import App
from .budget import Allowance, Budget
from .channel import Channel, http_out
from .credential import Credential
from .notice import Notice

__all__ = ["Allowance", "App", "Budget", "Channel", "Credential", "Notice", "http_out"]
