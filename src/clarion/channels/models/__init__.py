from .app import App
from .budget import Budget
from .channel import Channel, http_out
from .credential import Credential
from .notice import Notice

__all__ = ["App", "Budget", "Channel", "Credential", "Notice", "http_out"]
