"""Approvals: who has to say yes to what, and who said it to exactly which words."""
