from .comment import Comment, Passage
from .guest import Guest, GuestLink
from .request import Asked, Decision, Delegation, Request
from .workflow import Stage, When, Window, Workflow

__all__ = [
    "Asked", "Comment", "Decision", "Delegation", "Guest", "GuestLink", "Passage", "Request", "Stage", "When", "Window",
    "Workflow",
]  # fmt: skip
