"""Clarion: organisations connect channels on networks, write posts, make deliveries, and keep records."""

__version__ = "0.1.0"
