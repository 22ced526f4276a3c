"""Muster's core: chat, plugins, storage and time. It knows no meeting, team or bug."""

__version__ = "0.1.0"
