"""Meetings: from ``#startmeeting`` to minutes that people like to read."""

from plugins.meetings.offered import (
    HeldItem,
    HeldMeeting,
    How,
    MinutesListener,
    News,
    meeting_by_key,
    page_path,
    public_meetings,
)
from plugins.meetings.plugin import Meetings
from plugins.meetings.telling import Forms

__all__ = [
    "Forms",
    "HeldItem",
    "HeldMeeting",
    "How",
    "Meetings",
    "MinutesListener",
    "News",
    "meeting_by_key",
    "page_path",
    "public_meetings",
]
