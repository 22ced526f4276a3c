"""Meetings: from ``#startmeeting`` to minutes that people like to read."""

from plugins.meetings.plugin import Meetings

__all__ = ["Meetings"]
