from .answer import Asked, Decision, Delegation
from .comment import Comment, Passage
from .guest import Guest, GuestLink
from .request import Request
from .workflow import Stage, When, Window, Workflow

__all__ = [
    "Asked", "Comment", "Decision", "Delegation", "Guest", "GuestLink", "Passage", "Request", "Stage", "When", "Window",
    "Workflow",
]  # fmt: skip
