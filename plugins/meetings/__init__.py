"""Meetings: from ``#startmeeting`` to minutes that people like to read."""

from plugins.meetings.indexed import key_of, source_of
from plugins.meetings.offered import (
    HeldItem,
    HeldMeeting,
    How,
    MinutesListener,
    News,
    items_behind,
    meeting_by_key,
    page_path,
    public_meetings,
)
from plugins.meetings.plugin import Meetings
from plugins.meetings.stretches import (
    Stretches,
    action_owners,
    readable,
    spans_between,
    stretches_of,
    unindexed,
)
from plugins.meetings.telling import Forms

__all__ = [
    "Forms",
    "HeldItem",
    "HeldMeeting",
    "How",
    "Meetings",
    "MinutesListener",
    "News",
    "Stretches",
    "action_owners",
    "items_behind",
    "key_of",
    "meeting_by_key",
    "page_path",
    "public_meetings",
    "readable",
    "source_of",
    "spans_between",
    "stretches_of",
    "unindexed",
]
